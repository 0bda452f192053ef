//! Everything but pixels: opening never panics, and what a cut file tells is what the whole file tells.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::MemoryFile;

fuzz_target!(|data: &[u8]| {
    let open = |data: &[u8]| MemoryFile::from_bytes(data.to_vec()).open_with(memtiff_fuzz::limits());
    let Ok(whole) = open(data) else { return };
    let _ = (whole.profile(), whole.bounds(), whole.res(), whole.overviews(), whole.dtypes());
    let _ = (whole.colormap(1), whole.gcps(), whole.rpcs(), whole.icc_profile(), whole.xmp());
    whole.tag_domains().iter().for_each(|domain| drop(whole.tags_in(domain)));
    whole.warnings().iter().for_each(|warning| drop(warning.to_string()));
    let _ = memtiff::check(data, &memtiff_fuzz::limits());
    if let Some(crs) = whole.crs().or_else(|| whole.gcps_crs()) {
        memtiff_fuzz::tell(crs);
    }
    if let Ok(cut) = open(&data[..data.len() / 2]) {
        assert_eq!((cut.width(), cut.height(), cut.count()), (whole.width(), whole.height(), whole.count()));
        assert_eq!(cut.dtype(), whole.dtype());
    }
});
