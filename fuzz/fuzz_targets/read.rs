//! Pixels: reading never panics, and a window holds what the whole holds, on one thread or on many.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::MemoryFile;

fuzz_target!(|data: &[u8]| {
    if let Ok(dataset) = MemoryFile::from_bytes(data.to_vec()).open_with(memtiff_fuzz::limits()) {
        memtiff_fuzz::read(&dataset);
    }
});
