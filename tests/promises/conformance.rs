//! The requirements of the GeoTIFF standard: each with a file that meets it, and one that does not.

use memtiff::{GeoKeyValue, GeoKeys, Limits, REQUIREMENTS, check};
use memtiff_tests::builder::{Field, georeferenced, handmade};
use memtiff_tests::truth::corpus;

const SHORT: u16 = 3;
const ASCII: u16 = 2;
const DOUBLE: u16 = 12;

/// The numbers of the requirements that a file does not meet.
fn found(file: &[u8]) -> Vec<&'static str> {
    let mut ids: Vec<_> = check(file, &Limits::default()).unwrap().iter().map(|v| v.requirement.id).collect();
    ids.dedup();
    ids
}

/// A file that says its CRS by parts: every kind of key is there, and all requirements are met.
fn whole() -> GeoKeys {
    let mut keys = GeoKeys::default();
    let codes = [
        (1024, 1),
        (1025, 1),
        (2048, 32767),
        (2050, 32767),
        (2051, 8901),
        (2052, 9001),
        (2054, 9102),
        (2056, 32767),
        (2060, 9102),
        (3072, 32767),
        (3074, 32767),
        (3075, 1),
        (3076, 9001),
        (4096, 32767),
        (4098, 5101),
        (4099, 9001),
    ];
    for (key, code) in codes {
        keys.set(key, GeoKeyValue::Short(code));
    }
    for key in [1026, 2049, 3073, 4097] {
        keys.set(key, GeoKeyValue::Text("Site".to_owned()));
    }
    let numbers = [
        (2057, 6_378_137.0),
        (2059, 298.257),
        (3080, 9.0),
        (3081, 0.0),
        (3082, 5e5),
        (3083, 0.0),
        (3092, 1.0),
    ];
    for (key, number) in numbers {
        keys.set(key, GeoKeyValue::Doubles(vec![number]));
    }
    keys
}

fn with(key: u16, code: u16) -> Vec<u8> {
    let mut keys = whole();
    keys.set(key, GeoKeyValue::Short(code));
    georeferenced(&keys).unwrap()
}

fn with_number(key: u16, number: f64) -> Vec<u8> {
    let mut keys = whole();
    keys.set(key, GeoKeyValue::Doubles(vec![number]));
    georeferenced(&keys).unwrap()
}

/// A file whose tags of GeoTIFF are these.
fn with_tags(tags: &[Field]) -> Vec<u8> {
    let plain = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 4096), (277, 1), (278, 1), (279, 1)];
    let plain = plain.map(|(tag, value)| (tag, SHORT, vec![value]));
    handmade(&[&plain[..], tags].concat(), &[7])
}

fn directory(words: &[u64]) -> Vec<u8> {
    with_tags(&[(34735, SHORT, words.to_vec())])
}

#[test]
fn each_requirement_can_be_met_and_failed() {
    assert_eq!(found(&georeferenced(&whole()).unwrap()), Vec::<&str>::new());
    let mut no_model = GeoKeys::default();
    no_model.set(1025, GeoKeyValue::Short(1));
    let mut uncited = GeoKeys::default();
    for (key, code) in [(1024, 2), (2048, 32767), (2050, 6326), (2054, 9102)] {
        uncited.set(key, GeoKeyValue::Short(code));
    }
    let version_7 = [b"II".as_slice(), &[7, 0, 8, 0, 0, 0]].concat();
    let beyond_the_end = [b"II".as_slice(), &[42, 0, 200, 0, 0, 0]].concat();
    let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
    let text = |text: &str| text.bytes().map(u64::from).collect::<Vec<_>>();
    let without_a_bar = with_tags(&[
        (34735, SHORT, vec![1, 1, 1, 2, 1024, 0, 1, 2, 1026, 34737, 4, 0]),
        (34737, ASCII, text("Site\0")),
    ]);
    let failing = [
        (1, b"JJ*\0\x08\0\0\0".to_vec()),
        (2, version_7),
        (3, beyond_the_end),
        (4, with_tags(&[(33550, DOUBLE, bits(&[1.0, 1.0, 0.0]))])),
        (5, directory(&[1, 2, 0, 1, 1024, 0, 1, 32767])),
        (6, directory(&[1, 1, 1, 2, 1025, 0, 1, 1, 1024, 0, 1, 32767])),
        (7, directory(&[1, 1, 1, 2, 1024, 0, 1, 32767, 32768, 34736, 1, 5])),
        (8, without_a_bar),
        (9, georeferenced(&uncited).unwrap()),
        (10, georeferenced(&no_model).unwrap()),
        (11, with(1025, 7)),
        (12, with(2048, 32633)),
        (13, with(2050, 4326)),
        (14, with(2051, 9001)),
        (15, with(2052, 9102)),
        (16, with(2054, 9001)),
        (17, with(2056, 9001)),
        (18, with(2060, 9001)),
        (19, with(3072, 4326)),
        (20, with(3074, 4326)),
        (21, with(3075, 99)),
        (22, with(3076, 9102)),
        (23, with(4096, 32633)),
        (24, with(4098, 6326)),
        (25, with(4099, 9102)),
        (26, with_number(3092, -1.0)),
        (27, with(2000, 1)),
    ];
    for ((number, file), requirement) in failing.iter().zip(REQUIREMENTS) {
        assert_eq!(requirement.id, format!("G{number}"));
        assert!(found(file).contains(&requirement.id), "{}: {:?}", requirement.id, found(file));
    }
}

#[test]
fn user_defined_things_need_their_parts() {
    let cases = [(15, 2052), (16, 2054), (22, 3076)];
    for (number, key) in cases {
        assert_eq!(found(&with(key, 32767)), [format!("G{number}")]);
    }
    for (id, key) in
        [("G12", 2050), ("G13", 2056), ("G17", 2057), ("G19", 3074), ("G20", 3075), ("G23", 4098)]
    {
        let mut keys = GeoKeys::default();
        for (own, value) in whole().iter().filter(|(own, _)| *own != key) {
            keys.set(own, value.clone());
        }
        assert_eq!(found(&georeferenced(&keys).unwrap()), [id], "without key {key}");
    }
}

/// A violation says what, where, and what was expected.
#[test]
fn violations_are_told_with_their_place() {
    let told = check(&with(3075, 99), &Limits::default()).unwrap()[0].to_string();
    for part in ["G21", "ProjMethodGeoKey", "tag 34735", "offset", "key 3075", "99"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// What GDAL writes for GeoTIFF 1.1 meets the standard. Vertical CRSs alone have no model type there: GDAL writes an
/// empty set of keys for them.
#[test]
fn what_gdal_writes_for_1_1_is_right() {
    let Some(corpus) = corpus() else { return println!("no corpus: nothing was looked at") };
    let names: Vec<_> = corpus.records().map(|(name, _)| name.to_owned()).collect();
    let names = names.iter().filter(|name| name.contains("generated/crs_") && name.ends_with("_v11.tif"));
    let (vertical, whole): (Vec<_>, Vec<_>) =
        names.partition(|name| name.contains("epsg3855") || name.contains("epsg5703"));
    println!("{} files of GeoTIFF 1.1, {} of a vertical CRS alone", whole.len(), vertical.len());
    assert!(whole.len() > 10);
    for name in whole {
        assert_eq!(found(&corpus.bytes(name)), Vec::<&str>::new(), "{name}");
    }
    for name in vertical {
        assert_eq!(found(&corpus.bytes(name)), ["G10"], "{name}");
    }
}
