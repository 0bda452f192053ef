//! Everything but pixels: opening never panics, and what a cut file tells is what the whole file tells.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::{Limits, MemoryFile};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default().with_memory(1 << 20).with_directories(100);
    let open = |data: &[u8]| MemoryFile::from_bytes(data.to_vec()).open_with(limits);
    let Ok(whole) = open(data) else { return };
    let _ = (whole.profile(), whole.bounds(), whole.res(), whole.overviews(), whole.dtypes());
    whole.warnings().iter().for_each(|warning| drop(warning.to_string()));
    if let Ok(cut) = open(&data[..data.len() / 2]) {
        assert_eq!((cut.width(), cut.height(), cut.count()), (whole.width(), whole.height(), whole.count()));
        assert_eq!(cut.dtype(), whole.dtype());
    }
});
