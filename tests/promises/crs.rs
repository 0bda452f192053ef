//! CRSs: what files say, against GDAL's words for it; and the registry, against itself, both ways.

use memtiff::{Affine, Crs, CrsKind, Gcp, GeoKeyValue, GeoKeys, GeoTags, MemoryFile, RasterType};
use memtiff_tests::builder::{georeferenced, located};
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
        // GDAL gives a CRS that it finds in the EPSG registry the registry's order of axes, which geokeys do not hold.
        let same_code = ours.epsg().is_some() && ours.epsg() == theirs.epsg();
        assert!(
            same_code || *ours == theirs,
            "{name}:\n{}\n{}",
            ours.to_wkt2().unwrap(),
            theirs.to_wkt2().unwrap()
        );
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

/// Keys that nobody knows come through as they stand.
#[test]
fn unknown_keys_are_kept() {
    let mut keys = Crs::from_epsg(32633).unwrap().to_geokeys(RasterType::PixelIsPoint).unwrap();
    keys.set(40_000, GeoKeyValue::Doubles(vec![0.1, -0.0, f64::MAX]));
    keys.set(40_001, GeoKeyValue::Text("a|b| c ".to_owned()));
    keys.set(40_002, GeoKeyValue::Shorts(vec![7, 65_535]));
    keys.set(5_000, GeoKeyValue::Short(9));
    let dataset = MemoryFile::from_bytes(georeferenced(&keys).unwrap()).open().unwrap();
    assert_eq!(*dataset.geokeys(), keys);
    assert_eq!(dataset.geokeys().encode().unwrap(), keys.encode().unwrap());
    assert_eq!(dataset.crs().and_then(|crs| crs.epsg()), Some(32633));
}

/// A key whose value cannot be had is told, and nothing else suffers.
#[test]
fn damaged_keys_are_told_and_the_rest_is_read() {
    let mut keys = Crs::from_epsg(32633).unwrap().to_geokeys(RasterType::PixelIsArea).unwrap();
    keys.set(40_000, GeoKeyValue::Doubles(vec![1.0]));
    let mut file = georeferenced(&keys).unwrap();
    let entry = [40_000_u16, 34_736, 1, 0].map(u16::to_le_bytes).concat();
    let at = file.windows(8).position(|bytes| bytes == entry).unwrap();
    file[at + 6] = 200;
    let dataset = MemoryFile::from_bytes(file).open().unwrap();
    let told = dataset.warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert!(told.contains("34736"), "{told}");
    assert_eq!(dataset.crs().and_then(|crs| crs.epsg()), Some(32633));
    assert_eq!(dataset.read::<u8>().unwrap()[[0, 0, 0]], 7);
}

/// A transform that scale and tiepoint cannot say is written as a matrix, and read as it was.
#[test]
fn transforms_come_back_from_their_tags() {
    let north_up = Affine::from_origin(100.0, 200.0, 10.0, 20.0);
    let south_up = Affine { e: 20.0, ..north_up };
    let turned = Affine { b: 1.5, d: -0.5, ..north_up };
    for affine in [north_up, south_up, turned] {
        for raster_type in [RasterType::PixelIsArea, RasterType::PixelIsPoint] {
            let mut keys = GeoKeys::default();
            keys.set(1025, GeoKeyValue::Short(if raster_type == RasterType::PixelIsPoint { 2 } else { 1 }));
            let tags = GeoTags::of_transform(affine, raster_type);
            assert_eq!(tags.matrix.is_none(), affine == north_up);
            let dataset = MemoryFile::from_bytes(located(&keys, &tags).unwrap()).open().unwrap();
            assert_eq!((dataset.transform(), dataset.raster_type()), (affine, raster_type));
        }
    }
    let gcps =
        [(0.0, 0.0), (4.0, 1.0)].map(|(row, col)| Gcp { row, col, x: 10.0 + col, y: 50.0 - row, z: 3.0 });
    let file = located(&GeoKeys::default(), &GeoTags::of_gcps(&gcps, RasterType::PixelIsArea)).unwrap();
    assert_eq!(MemoryFile::from_bytes(file).open().unwrap().gcps().unwrap(), gcps);
}

/// Two ellipsoids that differ in the ninth digit are two; a code that nobody knows is no CRS of the Earth's.
#[test]
fn nothing_is_guessed() {
    let mut keys = GeoKeys::default();
    for (key, code) in [(1024, 2), (2048, 32767), (2050, 32767), (2054, 9102), (2056, 32767)] {
        keys.set(key, GeoKeyValue::Short(code));
    }
    keys.set(2057, GeoKeyValue::Doubles(vec![6_378_137.0]));
    let names = [(298.257_223_563, "WGS 84"), (298.257_222_101, "CGCS2000"), (298.3, "unknown")];
    for (inverse, name) in names {
        keys.set(2059, GeoKeyValue::Doubles(vec![inverse]));
        let text = Crs::from_geokeys(&keys).unwrap().to_wkt2().unwrap();
        assert!(text.contains(&format!("ELLIPSOID[\"{name}\",6378137,{inverse}")), "{text}");
    }
    for code in [1500, 40_000] {
        keys.set(1024, GeoKeyValue::Short(1));
        keys.set(3072, GeoKeyValue::Short(code));
        let crs = Crs::from_geokeys(&keys).unwrap();
        assert_eq!((crs.kind(), crs.epsg()), (CrsKind::Engineering, None));
    }
}

/// In WKT 1 GDAL gives prime meridians in degrees, whatever the unit of the CRS around them is.
#[test]
fn paris_lies_where_gdal_puts_it() {
    let ntf = Crs::from_epsg(4807).unwrap();
    let gdal = r#"GEOGCS["NTF (Paris)",DATUM["Nouvelle_Triangulation_Francaise_Paris",SPHEROID["Clarke 1880 (IGN)",6378249.2,293.466021293627,AUTHORITY["EPSG","7011"]],AUTHORITY["EPSG","6807"]],PRIMEM["Paris",2.33722917,AUTHORITY["EPSG","8903"]],UNIT["grad",0.0157079632679489,AUTHORITY["EPSG","9105"]],AUTHORITY["EPSG","4807"]]"#;
    let read = Crs::from_wkt(gdal).unwrap();
    assert_eq!((read.epsg(), read == ntf), (Some(4807), true));
    assert!(ntf.to_wkt1().unwrap().contains(r#"PRIMEM["Paris",2.33722917,"#));
}
