//! CRSs: what files say, against GDAL's words for it; and the registry, against itself, both ways.

use memtiff::{Crs, CrsKind, MemoryFile, RasterType};
use memtiff_tests::truth::{Collection, corpus, testdata};

/// GDAL's WKT of each file is read as the CRS that its geokeys give.
fn same_as_the_texts_of_gdal(collection: &Collection) -> usize {
    let mut looked_at = 0;
    for (name, record) in collection.records() {
        let truth = if record["crs"].is_null() { &record["gcps_crs"] } else { &record["crs"] };
        let Some(text) = truth["wkt"].as_str() else { continue };
        let dataset = MemoryFile::from_bytes(collection.bytes(name)).open().unwrap();
        let ours = dataset.crs().or_else(|| dataset.gcps_crs()).unwrap_or_else(|| panic!("{name}: no CRS"));
        let theirs = Crs::from_wkt(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(*ours == theirs, "{name}:\n{}\n{}", ours.to_wkt2().unwrap(), theirs.to_wkt2().unwrap());
        looked_at += 1;
    }
    looked_at
}

#[test]
fn geokeys_mean_what_gdal_says() {
    let own = same_as_the_texts_of_gdal(&testdata());
    assert!(own > 3);
    match corpus() {
        Some(corpus) => {
            println!("{own} files of testdata, {} of the corpus", same_as_the_texts_of_gdal(&corpus))
        }
        None => println!("{own} files of testdata, no corpus"),
    }
}

/// Every CRS of the registry comes back from each of its texts, and from geokeys if no other has replaced it.
#[test]
fn the_registry_comes_back() {
    let known: Vec<_> = (1024..=32766).filter_map(|code| Some((code, Crs::from_epsg(code).ok()?))).collect();
    assert!(known.len() > 7_000);
    let mut from_keys = 0;
    for (code, crs) in &known {
        for text in [crs.to_wkt2().unwrap(), crs.to_projjson().unwrap()] {
            let again = Crs::from_wkt(&text).or_else(|_| Crs::from_projjson(&text)).unwrap();
            assert!(again == *crs && again.epsg() == Some(*code), "EPSG:{code}: {text}");
        }
        let keys = crs.to_geokeys(RasterType::PixelIsArea).unwrap();
        from_keys += usize::from(Crs::from_geokeys(&keys).and_then(|crs| crs.epsg()) == Some(*code));
    }
    println!("{} CRSs, {from_keys} of them come back from geokeys under their number", known.len());
    assert!(from_keys * 20 > known.len() * 19);
}

/// From EPSG's own pages.
#[test]
fn crss_say_what_they_are() {
    let cases = [
        (4326, "WGS 84", CrsKind::Geographic),
        (4978, "WGS 84", CrsKind::Geocentric),
        (32633, "WGS 84 / UTM zone 33N", CrsKind::Projected),
        (5703, "NAVD88 height", CrsKind::Vertical),
        (7405, "OSGB36 / British National Grid + ODN height", CrsKind::Compound),
    ];
    for (code, name, kind) in cases {
        let crs = Crs::from_epsg(code).unwrap();
        assert_eq!((crs.name(), crs.kind(), crs.epsg()), (name, kind, Some(code)));
        assert_eq!(crs.to_string(), format!("EPSG:{code}"));
    }
    let feet = Crs::from_epsg(2263).unwrap();
    let (name, metres) = feet.unit().unwrap();
    assert!(name == "US survey foot" && (metres - 1200.0 / 3937.0).abs() < 1e-12);
    assert!(feet.is_projected() && !feet.is_geographic() && !feet.is_vertical());
    assert!(Crs::from_epsg(1).is_err());
}

/// A CRS is what it does, not what it is called.
#[test]
fn names_do_not_count() {
    let utm = Crs::from_epsg(32633).unwrap();
    let renamed = utm.to_wkt2().unwrap().replace("PROJCRS[\"WGS 84 / UTM zone 33N\"", "PROJCRS[\"mine\"");
    assert_eq!(Crs::from_wkt(&renamed).unwrap(), utm);
    let moved = renamed.replace("500000", "500001").replace(",ID[\"EPSG\",32633]", "");
    let moved = Crs::from_wkt(&moved).unwrap();
    assert!(moved != utm && moved.epsg().is_none());
    assert_ne!(Crs::from_epsg(32634).unwrap(), utm);
}
