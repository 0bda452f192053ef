//! Texts beside a file: none of them keeps the file from being opened and read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::{Dataset, ReadRequest, Vfs, companion_names};

const IMAGE: &[u8] = include_bytes!("../../testdata/u8_none_strip.tif");

fuzz_target!(|data: &[u8]| {
    let vfs = Vfs::new();
    vfs.insert("/a.tif", IMAGE).unwrap();
    for name in companion_names("a.tif") {
        vfs.insert(name, data.to_vec()).unwrap();
    }
    let dataset = Dataset::open(&vfs, "/a.tif", memtiff_fuzz::limits()).expect("the file itself is sound");
    let _ = (dataset.profile(), dataset.bounds(), dataset.files(), dataset.gcps(), dataset.rpcs());
    let _ = (dataset.colormap(1), dataset.attribute_table(1), dataset.category_names(1));
    dataset.tag_domains().iter().for_each(|domain| drop(dataset.tags_in(domain)));
    dataset.warnings().iter().for_each(|warning| drop(warning.to_string()));
    if let Some(crs) = dataset.crs().or_else(|| dataset.gcps_crs()) {
        memtiff_fuzz::tell(crs);
    }
    let _ = (dataset.read::<u8>().unwrap(), dataset.dataset_mask(&ReadRequest::new()));
});
