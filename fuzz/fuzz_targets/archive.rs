//! Zip archives: opening and unpacking never panics and keeps to the limits; members open as datasets.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use memtiff::ZipMemoryFile;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(archive) = ZipMemoryFile::from_bytes_with(data.to_vec(), memtiff_fuzz::limits()) else {
        return Corpus::Reject;
    };
    for name in archive.names() {
        let content = archive.read(name);
        assert!(content.is_ok_and(|content| content.len() <= 1 << 20) || archive.open(name).is_err());
        let _ = archive.open(&format!("{name}/a.tif"));
    }
    Corpus::Keep
});
