//! JPEG of every kind, as GDAL with libjpeg-turbo decodes it; damaged streams too, with a warning.

use memtiff::{MemoryFile, ReadRequest};
use memtiff_tests::truth::project;
use serde_json::Value;
use sha2::{Digest, Sha256};

#[test]
fn samples_are_those_of_libjpeg_turbo() {
    let folder = project().join("testdata/jpeg");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), 15);
    for (name, truth) in expected {
        let dataset = MemoryFile::from_bytes(std::fs::read(folder.join(&name)).unwrap()).open().unwrap();
        let array = dataset.read_dyn(&ReadRequest::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(array.data_type().name(), truth["dtype"], "{name}");
        assert_eq!(array.shape(), serde_json::from_value::<[usize; 3]>(truth["shape"].clone()).unwrap());
        let digest: String =
            Sha256::digest(array.as_bytes().unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, truth["sha256"], "{name}");
        // The changed byte of `ycbcr_2x1_damaged.tif` gives another valid stream, of which GDAL does not warn either.
        let is_damaged = ["cut", "lost"].iter().any(|word| name.contains(word));
        let warnings = dataset.take_read_warnings();
        assert_eq!(!warnings.is_empty(), is_damaged, "{name}: {warnings:?}");
    }
}
