//! Files from the field that other programs got wrong. Every expected value is that of GDAL 3.12.2.

use memtiff::{
    CreateOptions, Crs, DataType, Dataset, GeoKeyValue, GeoKeys, Items, Limits, MemoryFile, ReadRequest,
    Resampling, Vfs,
};
use memtiff_tests::builder::georeferenced;
use memtiff_tests::truth::project;

/// A filesystem that holds the files of `testdata/cases`.
fn cases() -> Vfs {
    let vfs = Vfs::new();
    for entry in std::fs::read_dir(project().join("testdata/cases")).unwrap() {
        let path = entry.unwrap().path();
        vfs.insert(path.file_name().unwrap().to_str().unwrap(), std::fs::read(&path).unwrap()).unwrap();
    }
    vfs
}

fn open(name: &str) -> Dataset {
    Dataset::open(&cases(), name, Limits::default()).unwrap()
}

fn epsg(dataset: &Dataset) -> Option<u32> {
    dataset.crs().and_then(|crs| crs.epsg())
}

/// A file with geokeys of this revision that hold codes and numbers.
fn of_keys(revision: (u16, u16), codes: &[(u16, u16)], numbers: &[(u16, f64)]) -> Dataset {
    let mut keys = GeoKeys::default();
    keys.revision = revision;
    for (key, code) in codes {
        keys.set(*key, GeoKeyValue::Short(*code));
    }
    for (key, number) in numbers {
        keys.set(*key, GeoKeyValue::Doubles(vec![*number]));
    }
    MemoryFile::from_bytes(georeferenced(&keys).unwrap()).open().unwrap()
}

#[test]
fn nodata_near_the_largest_float_hides_pixels() {
    let dataset = open("nodata_near_float_max.tif");
    let hidden = dataset.read_masks(&ReadRequest::new()).unwrap().iter().filter(|mask| **mask == 0).count();
    assert_eq!(hidden, 90);
    let statistics = dataset.statistics(1).unwrap().unwrap();
    assert_eq!((statistics.min, statistics.max, statistics.mean), (90.0, 599.0, 344.5));
    let request = ReadRequest::new().shape(4, 5).resampling(Resampling::Average);
    let average = dataset.read_with::<f32>(&request).unwrap();
    let corners = [average[(0, 0, 0)], average[(0, 1, 0)], average[(0, 3, 4)]];
    assert_eq!((average.dim(), corners), ((1, 4, 5), [107.5, 212.5, 536.5]));
}

#[test]
fn a_shift_to_wgs84_leaves_the_code() {
    let dataset = open("epsg27700_with_towgs84.tif");
    let crs = dataset.crs().unwrap();
    assert_eq!((crs.epsg(), crs.to_string().as_str()), (Some(27700), "EPSG:27700"));
    assert!(crs.to_wkt2().unwrap().starts_with("BOUNDCRS["));
}

#[test]
fn a_code_in_the_wrong_key_is_taken_for_what_it_is() {
    assert_eq!(epsg(&open("epsg4326_in_projected_key.tif")), Some(4326));
    assert_eq!(epsg(&open("epsg32633_in_geographic_key.tif")), Some(32633));
    let cases = [
        // Model type, key, code, revision, the code and the unit of bands.
        (1, 3072, 4979, (1, 0), 4979, None),
        (1, 3072, 4978, (1, 0), 4978, None),
        (1, 3072, 5703, (1, 0), 5703, None),
        (1, 3072, 7405, (1, 0), 27700, Some("metre")),
        (1, 3072, 7405, (1, 1), 7405, Some("metre")),
        (2, 2048, 9518, (1, 0), 4326, Some("metre")),
        (2, 2048, 9518, (1, 1), 9518, Some("metre")),
        (2, 2048, 4978, (1, 0), 4978, None),
    ];
    for (model, key, code, revision, expected, unit) in cases {
        let dataset = of_keys(revision, &[(1024, model), (key, code)], &[]);
        assert_eq!((epsg(&dataset), dataset.units()), (Some(expected), vec![unit]), "{code} in {key}");
        assert!(dataset.warnings().is_empty());
    }
    let with_heights = of_keys((1, 1), &[(1024, 1), (3072, 4326), (4096, 5773)], &[]);
    assert_eq!(epsg(&with_heights), Some(9707));
}

const UTM33: [(u16, f64); 5] = [(3080, 15.0), (3081, 0.0), (3082, 500_000.0), (3083, 0.0), (3092, 0.9996)];

#[test]
fn keys_that_contradict_their_code_have_none() {
    let dataset = open("epsg32633_other_false_easting.tif");
    let crs = dataset.crs().unwrap();
    assert_eq!(crs.epsg(), None);
    assert!(crs.to_wkt2().unwrap().contains("PARAMETER[\"False easting\",500001,"));
    let warnings: Vec<_> = dataset.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("EPSG:32633"), "{warnings:?}");

    let codes = [(1024, 1), (3072, 32633), (3075, 1)];
    let same = of_keys((1, 0), &codes, &UTM33);
    assert!(epsg(&same) == Some(32633) && same.warnings().is_empty());
    for (key, other, expected) in
        [(3080, 9.0, Some(32632)), (3081, 1.0, None), (3083, 5.0, None), (3092, 1.0, None)]
    {
        let numbers = UTM33.map(|(own, number)| (own, if own == key { other } else { number }));
        let dataset = of_keys((1, 0), &codes, &numbers);
        assert_eq!((epsg(&dataset), dataset.warnings().len()), (expected, 1), "{key}");
    }
    // The datum, the ellipsoid, the unit of lengths, the method.
    for other in [(2050, 6267), (2056, 7008), (3076, 9003), (3075, 7)] {
        let codes = [(1024, 1), (3072, 32633), (3075, 1), other];
        let dataset = of_keys((1, 0), &codes, &UTM33);
        assert_eq!((epsg(&dataset), dataset.warnings().len()), (None, 1), "{other:?}");
    }
    // Without a method, the parameters do not count; Mercator's parameters are usual for Web Mercator.
    assert_eq!(epsg(&of_keys((1, 0), &[(1024, 1), (3072, 32633)], &[(3082, 500_001.0)])), Some(32633));
    assert_eq!(epsg(&of_keys((1, 0), &[(1024, 1), (3072, 3857), (3075, 7)], &UTM33)), Some(3857));
    // The order of the two parallels does not matter.
    let lambert =
        [(3078, 44.0), (3079, 49.0), (3084, 3.0), (3085, 46.5), (3086, 700_000.0), (3087, 6_600_000.0)];
    assert_eq!(epsg(&of_keys((1, 0), &[(1024, 1), (3072, 2154), (3075, 8)], &lambert)), Some(2154));
    // The code of a geographic CRS overrides all other keys.
    let sphere = [(2057, 6_371_000.0), (2058, 6_371_000.0)];
    assert_eq!(epsg(&of_keys((1, 0), &[(1024, 2), (2048, 4326), (2056, 32767)], &sphere)), Some(4326));
}

#[test]
fn heights_of_geotiff_1_0_give_bands_their_unit() {
    let dataset = open("heights_epsg5703_keys10.tif");
    assert_eq!((epsg(&dataset), dataset.units()), (Some(26910), vec![Some("metre")]));
    for (codes, unit) in [
        (vec![(4096, 8228)], Some("foot")),
        (vec![(4096, 6360)], Some("US survey foot")),
        (vec![(4099, 9003)], Some("US survey foot")),
        (vec![(4096, 32767), (4098, 5103), (4099, 9002)], Some("foot")),
        (vec![(4096, 5703), (4099, 9003)], Some("metre")),
        (vec![(4096, 5019)], Some("metre")),
        (vec![(4096, 9999)], None),
        (vec![(4096, 0)], None),
        (vec![(4096, 4978)], None),
    ] {
        let codes: Vec<_> = [(1024, 1), (3072, 32633)].into_iter().chain(codes).collect();
        let dataset = of_keys((1, 0), &codes, &[]);
        assert_eq!((epsg(&dataset), dataset.units()), (Some(32633), vec![unit]), "{codes:?}");
    }
}

#[test]
fn heights_above_the_ellipsoid_are_an_axis() {
    assert_eq!(epsg(&open("ellipsoidal_heights_4979.tif")), Some(4979));
    for revision in [(1, 0), (1, 1)] {
        for (base, heights, expected) in [
            (4326, 5030, 4979),
            (4258, 4937, 4937),
            (4258, 4979, 4258),
            (4326, 7912, 4326),
            (4326, 4326, 4326),
        ] {
            let dataset = of_keys(revision, &[(1024, 2), (2048, base), (4096, heights)], &[]);
            assert_eq!((epsg(&dataset), dataset.units()), (Some(expected), vec![None]), "{base} {heights}");
        }
        let dataset = of_keys(revision, &[(1024, 1), (3072, 32633), (4096, 4979)], &[]);
        let crs = dataset.crs().unwrap();
        assert!(crs.epsg().is_none() && dataset.warnings().is_empty());
        assert!(crs.to_wkt2().unwrap().contains("CS[Cartesian,3]"));
        let keys = crs.to_geokeys(memtiff::RasterType::PixelIsArea).unwrap();
        assert_eq!((keys.code(3072), keys.code(4096), keys.revision), (Some(32633), Some(4979), (1, 1)));
    }
}

/// A copy of a case with the files beside it, to be changed.
fn to_change(name: &str) -> (Vfs, MemoryFile) {
    let (all, vfs) = (cases(), Vfs::new());
    for entry in all.list("/").unwrap() {
        let beside = entry.path().file_name();
        if beside.starts_with(name) && beside != name {
            vfs.insert(beside, all.read(beside).unwrap()).unwrap();
        }
    }
    let file = MemoryFile::builder().vfs(&vfs).filename(name).bytes(all.read(name).unwrap()).unwrap();
    (vfs, file)
}

#[test]
fn what_is_set_overrides_the_sidecar() {
    let name = "edit_beside_aux.tif";
    let (vfs, mut file) = to_change(name);
    let before = file.open().unwrap();
    assert_eq!((epsg(&before), before.nodata().unwrap().as_f64()), (Some(32634), 7.0));

    let mut writer = file.update().unwrap();
    writer.set_crs(Crs::from_epsg(3857).unwrap()).unwrap();
    writer.set_nodata(Some(9.0)).unwrap();
    writer.set_description(1, "new").unwrap();
    writer.close().unwrap();
    let after = file.open().unwrap();
    assert_eq!((epsg(&after), after.nodata().unwrap().as_f64()), (Some(3857), 9.0));
    assert_eq!(after.descriptions(), [Some("new")]);
    // The entry that nothing has overridden is still there; with it the file goes.
    let aux = format!("{name}.aux.xml");
    let text = vfs.read(&aux).unwrap();
    assert!(std::str::from_utf8(&text).unwrap().contains("GeoTransform"));
    let mut writer = file.update().unwrap();
    writer.set_transform(memtiff::Affine::from_origin(1.0, 2.0, 3.0, 3.0));
    writer.close().unwrap();
    assert!(!vfs.exists(&aux));
    assert_eq!(file.open().unwrap().transform().to_array(), [3.0, 0.0, 1.0, 0.0, -3.0, 2.0]);
}

#[test]
fn items_of_the_sidecar_are_merged_when_some_are_set() {
    let name = "edit_beside_aux.tif";
    let (vfs, mut file) = to_change(name);
    let xml = "<PAMDataset><Metadata><MDI key=\"A\">side</MDI><MDI key=\"K\">keep</MDI></Metadata>\
               <PAMRasterBand band=\"1\"><UnitType>km</UnitType></PAMRasterBand></PAMDataset>";
    vfs.insert(format!("{name}.aux.xml"), xml).unwrap();
    let mut writer = file.update().unwrap();
    writer.update_tags("", Items::from_iter([("A".to_owned(), "new".to_owned())])).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    let item = |key: &str| dataset.tags().get(key).cloned();
    assert_eq!((item("A").as_deref(), item("K").as_deref()), (Some("new"), Some("keep")));
    assert_eq!(dataset.units(), [Some("km")]);
    let rest = vfs.read(format!("{name}.aux.xml")).unwrap();
    assert!(!std::str::from_utf8(&rest).unwrap().contains("MDI"));
}

#[test]
fn overviews_beside_a_file_are_removed() {
    let (vfs, mut file) = to_change("edit_beside_aux.tif");
    vfs.insert("edit_beside_aux.tif.ovr", file.getbuffer()).unwrap();
    let mut writer = file.update().unwrap();
    writer.remove_overviews();
    writer.close().unwrap();
    assert!(!vfs.exists("edit_beside_aux.tif.ovr") && vfs.exists("edit_beside_aux.tif.aux.xml"));
}

#[test]
fn a_crs_that_geokeys_cannot_hold_stands_beside() {
    let source = open("equal_earth.tif");
    assert_eq!(epsg(&source), Some(8857));
    let vfs = Vfs::new();
    let mut copy = MemoryFile::builder().vfs(&vfs).filename("copy.tif").empty().unwrap();
    let mut writer = copy.create(source.create_options().unwrap()).unwrap();
    writer.copy_from(&source, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    assert!(vfs.exists("copy.tif.aux.xml"));
    let copied = copy.open().unwrap();
    assert_eq!((epsg(&copied), copied.geokeys().is_empty()), (Some(8857), true));

    let mut cog = MemoryFile::builder().vfs(&vfs).filename("cog.tif").empty().unwrap();
    let mut writer = cog.create_cog(source.cog_options().unwrap()).unwrap();
    writer.copy_from(&source, &ReadRequest::new()).unwrap();
    writer.close().unwrap();
    assert_eq!(epsg(&cog.open().unwrap()), Some(8857));

    // An update may bring one, and take it away.
    let mut writer = copy.update().unwrap();
    writer.set_crs(Crs::from_epsg(3857).unwrap()).unwrap();
    writer.close().unwrap();
    assert!(epsg(&copy.open().unwrap()) == Some(3857) && !vfs.exists("copy.tif.aux.xml"));
    let mut writer = copy.update().unwrap();
    writer.set_crs(source.crs().unwrap().clone()).unwrap();
    writer.close().unwrap();
    assert!(epsg(&copy.open().unwrap()) == Some(8857) && vfs.exists("copy.tif.aux.xml"));

    // The codec alone refuses it: nobody would write the sidecar.
    let options = CreateOptions::new().width(1).height(1).count(1).dtype(DataType::Uint8);
    let crs = source.crs().unwrap().clone();
    assert!(memtiff_geotiff_writer(options.crs(crs)).is_err());
}

fn memtiff_geotiff_writer(options: CreateOptions) -> memtiff::Result<()> {
    memtiff::Writer::new(Vec::new(), options).map(|_| ())
}

#[test]
fn the_sweep_axis_of_a_satellite_survives() {
    let wkt = std::fs::read_to_string(project().join("testdata/cases/goes_sweep_x.wkt")).unwrap();
    let crs = Crs::from_wkt(&wkt).unwrap();
    let keys = crs.to_geokeys(memtiff::RasterType::PixelIsArea).unwrap();
    // GDAL reads it there.
    assert!(
        keys.text(3073)
            .unwrap()
            .contains("EXTENSION[\"PROJ4\",\"+proj=geos +sweep=x +lon_0=-75 +h=35786023 ")
    );
    let again = Crs::from_geokeys(&keys).unwrap();
    assert!(
        again == crs && again.to_wkt2().unwrap().contains("METHOD[\"Geostationary Satellite (Sweep X)\"]")
    );
}

/// An ESRI text with a projection and parameters of it.
fn esri(projection: &str, parameters: &[(&str, f64)]) -> String {
    let parameters: String =
        parameters.iter().map(|(name, value)| format!(",PARAMETER[\"{name}\",{value:?}]")).collect();
    format!(
        "PROJCS[\"x\",GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
         PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"{projection}\"]{parameters},\
         UNIT[\"Meter\",1.0]]"
    )
}

#[test]
fn parameters_of_esri_texts_are_honoured_or_refused() {
    let dataset = open("esri_interrupted_goode.tif");
    assert!(dataset.crs().unwrap().to_wkt2().unwrap().contains("METHOD[\"Interrupted Goode Homolosine\"]"));
    let method = |projection, parameters: &[(&str, f64)]| {
        let text = Crs::from_wkt(&esri(projection, parameters))?.to_wkt2()?;
        let start = text.find("METHOD[\"").unwrap() + 8;
        memtiff::Result::Ok(text[start..].split('"').next().unwrap().to_owned())
    };
    let krovak = |x, rotation| [("X_Scale", x), ("Y_Scale", 1.0), ("XY_Plane_Rotation", rotation)];
    for (projection, parameters, expected) in [
        ("Goode_Homolosine", &[("Option", 0.0)][..], "Goode Homolosine"),
        ("Goode_Homolosine", &[("Option", 2.0)], "Interrupted Goode Homolosine Ocean"),
        ("Krovak", &krovak(-1.0, 90.0), "Krovak (North Orientated)"),
        ("Krovak", &krovak(1.0, 0.0), "Krovak"),
        ("Mercator_Variant_A", &[("Scale_Factor", 0.9)], "Mercator (variant A)"),
        ("Polar_Stereographic_Variant_A", &[("Latitude_Of_Origin", 90.0)], "Polar Stereographic (variant A)"),
        ("Transverse_Mercator", &[("Option", 0.0), ("X_Scale", 1.0)], "Transverse Mercator"),
        ("Wagner_IV", &[("Latitude_Of_Origin", 0.0)], "Wagner IV"),
        ("Equal_Earth", &[("Central_Meridian", 10.0)], "Equal Earth"),
        // A method that is not known keeps its name and its parameters.
        ("Cube", &[("Option", 1.0)], "Cube"),
    ] {
        assert_eq!(method(projection, parameters).unwrap(), expected);
    }
    for (projection, parameter) in [
        ("Goode_Homolosine", ("Option", 3.0)),
        ("Geostationary_Satellite", ("Option", 1.0)),
        ("Mercator_Auxiliary_Sphere", ("Auxiliary_Sphere_Type", 1.0)),
        ("Mercator_Auxiliary_Sphere", ("Standard_Parallel_1", 30.0)),
        ("Krovak", ("XY_Plane_Rotation", 45.0)),
        ("Transverse_Mercator", ("Foo", 3.0)),
        ("Cassini", ("Scale_Factor", 0.9)),
    ] {
        let message = method(projection, &[parameter]).unwrap_err().to_string();
        assert!(message.contains(parameter.0) && message.contains(projection), "{message}");
    }
    // In a file, the refusal is a warning.
    let mut keys = GeoKeys::default();
    keys.set(1024, GeoKeyValue::Short(32767));
    let text = format!("ESRI PE String = {}", esri("Goode_Homolosine", &[("Option", 3.0)]));
    keys.set(3073, GeoKeyValue::Text(text));
    let dataset = MemoryFile::from_bytes(georeferenced(&keys).unwrap()).open().unwrap();
    assert!(dataset.crs().is_none());
    assert!(dataset.warnings().iter().any(|warning| warning.to_string().contains("Option = 3")));
}

#[test]
fn the_epoch_of_coordinates_is_kept() {
    for revision in [(1, 0), (1, 1)] {
        let dataset = of_keys(revision, &[(1024, 2), (2048, 9000)], &[(5120, 2021.3)]);
        let crs = dataset.crs().unwrap();
        assert_eq!((crs.epsg(), crs.coordinate_epoch()), (Some(9000), Some(2021.3)));
        assert!(*crs != Crs::from_epsg(9000).unwrap());
        let keys = crs.to_geokeys(memtiff::RasterType::PixelIsArea).unwrap();
        assert_eq!((keys.number(5120), keys.revision), (Some(2021.3), (1, 0)));
        assert_eq!(Crs::from_geokeys(&keys).as_ref(), Some(crs));
    }
    let wkt = Crs::from_epsg(9755).unwrap().to_wkt2().unwrap();
    let crs = Crs::from_wkt(&format!("COORDINATEMETADATA[{wkt},EPOCH[2021.3]]")).unwrap();
    assert_eq!((crs.epsg(), crs.coordinate_epoch()), (Some(9755), Some(2021.3)));
    // GDAL's `.aux.xml` has it as an attribute.
    let (vfs, file) = to_change("edit_beside_aux.tif");
    let xml = "<PAMDataset><SRS dataAxisToSRSAxisMapping=\"2,1\" coordinateEpoch=\"2021.3\">EPSG:9000</SRS></PAMDataset>";
    vfs.insert("edit_beside_aux.tif.aux.xml", xml).unwrap();
    let dataset = file.open().unwrap();
    let crs = dataset.crs().unwrap();
    assert_eq!((crs.epsg(), crs.coordinate_epoch()), (Some(9000), Some(2021.3)));
}

/// The case of a MapInfo table, with lines of another one.
fn with_tab(points: &str, coord_sys: &str) -> Dataset {
    let (vfs, file) = to_change("georeferenced_by_tab.tif");
    let text = format!(
        "!table\n!version 300\n\nDefinition Table\n  File \"a.tif\"\n  Type \"RASTER\"\n{points}\n  {coord_sys}\n"
    );
    vfs.insert("georeferenced_by_tab.tab", text).unwrap();
    file.open().unwrap()
}

#[test]
fn a_mapinfo_table_places_an_image() {
    let dataset = open("georeferenced_by_tab.tif");
    assert_eq!(dataset.transform().to_array(), [30.0, 0.0, 500_000.0, 0.0, -30.0, 4_000_000.0]);
    assert_eq!((epsg(&dataset), dataset.files().len()), (Some(32633), 2));

    let corners =
        "(10,20) (0,0) Label \"Pt 1\",\n(40,20) (30,0) Label \"Pt 2\",\n(40,0) (30,20) Label \"Pt 3\"";
    for (coord_sys, expected) in [
        ("CoordSys Earth Projection 1, 104", Some(4326)),
        ("CoordSys Earth Projection 8, 79, \"m\", -2, 49, 0.9996012717, 400000, -100000", Some(27700)),
        (
            "CoordSys Earth Projection 2008, 104, 7, 15, 0, 0.9996, 500000, 10000000 Bounds (0,0) (1,1)",
            Some(32733),
        ),
        ("coordsys earth projection 10, 157, \"m\", 0", Some(3857)),
        ("CoordSys Earth Projection 10, 104, \"m\", 0", Some(3395)),
        ("CoordSys Earth Projection 8, 104, \"ft\", 15, 0, 0.9996, 500000, 0", None),
        ("CoordSys NonEarth Units \"m\"", None),
        ("CoordSys Earth Projection 8, 999, 3, 1, 2, 3, \"m\", 15, 0, 0.9996, 500000, 0", None),
    ] {
        let dataset = with_tab(corners, coord_sys);
        assert_eq!((epsg(&dataset), dataset.crs().is_some()), (expected, true), "{coord_sys}");
        assert_eq!(dataset.transform().to_array(), [1.0, 0.0, 10.0, 0.0, -1.0, 20.0]);
        assert!(dataset.warnings().is_empty());
    }
    let unknown = with_tab(corners, "CoordSys Earth Projection 77, 104, \"m\", 15");
    assert!(unknown.crs().is_none() && unknown.warnings().len() == 1);
    // Points that no transform fits are control points.
    let bent = format!("{corners}\n(10,5) (0,20) Label \"Pt 4\"");
    let dataset = with_tab(&bent, "CoordSys Earth Projection 1, 104");
    assert_eq!(dataset.gcps().unwrap().len(), 4);
    assert_eq!(dataset.gcps_crs().and_then(|crs| crs.epsg()), Some(4326));
}

#[test]
fn metadata_of_satellites_are_domains() {
    let image = cases().read("georeferenced_by_tab.tif").unwrap();
    let domains = |name: &str, beside: &str, text: &str| {
        let vfs = Vfs::new();
        vfs.insert(name, image.clone()).unwrap();
        vfs.insert(beside, text.to_owned()).unwrap();
        let dataset = Dataset::open(&vfs, name, Limits::default()).unwrap();
        let kind = dataset.tags().get("METADATATYPE").cloned();
        let imagery = dataset.tags_in("IMAGERY").unwrap();
        (kind, imagery.get("SATELLITEID").cloned(), dataset.files().len())
    };
    let found = |kind: &str, satellite: &str| (Some(kind.to_owned()), Some(satellite.to_owned()), 2);
    let imd = "BEGIN_GROUP = IMAGE_1\n\tsatId = \"WV02\";\nEND_GROUP = IMAGE_1\nEND;\n";
    assert_eq!(domains("a.tif", "a.IMD", imd), found("DG", "WV02"));
    assert_eq!(domains("a.tif", "a.imd", imd), found("DG", "WV02"));
    let mtl = "GROUP = L1_METADATA_FILE\nGROUP = PRODUCT_METADATA\nSPACECRAFT_ID = \"LANDSAT_8\"\nEND_GROUP = \
               PRODUCT_METADATA\nEND_GROUP = L1_METADATA_FILE\nEND\n";
    for name in ["L_B1.TIF", "L_B6_VCID_1.TIF", "L_BQA.TIF", "L.TIF"] {
        assert_eq!(domains(name, "L_MTL.txt", mtl), found("ODL", "LANDSAT_8"), "{name}");
    }
    assert_eq!(domains("L_SR_B1.TIF", "L_MTL.txt", mtl), (None, None, 1));
    let dim = "<Dimap_Document><Dataset_Sources><Source_Identification><Strip_Source><MISSION>PHR</MISSION>\
               <MISSION_INDEX>1A</MISSION_INDEX></Strip_Source></Source_Identification></Dataset_Sources></Dimap_Document>";
    assert_eq!(domains("IMG_PHR1A_P_001_R2C3.TIF", "DIM_PHR1A_P_001.XML", dim), found("DIMAP", "PHR 1A"));
    assert_eq!(domains("IMG_PHR1A_P_001.TIF", "DIM_PHR1A_P_001.XML", dim), (None, None, 1));
}

/// As GDAL's `Create` and `CreateCopy` delete what belongs to the file that they overwrite.
#[test]
fn a_new_image_is_not_described_by_the_sidecars_of_the_old_one() {
    let (vfs, old) = to_change("edit_beside_aux.tif");
    drop(old);
    for sidecar in
        ["edit_beside_aux.tif.ovr", "edit_beside_aux.tif.msk", "edit_beside_aux.tfw", "other.tif.msk"]
    {
        vfs.insert(sidecar, &b"of the old image"[..]).unwrap();
    }
    let mut file = MemoryFile::builder().vfs(&vfs).filename("edit_beside_aux.tif").empty().unwrap();
    assert!(vfs.exists("edit_beside_aux.tif.aux.xml"));
    let options = CreateOptions::new().width(4).height(3).count(1).dtype(DataType::Uint8);
    let mut writer = file.create(options.clone()).unwrap();
    writer.write(&ndarray::Array3::<u8>::ones((1, 3, 4))).unwrap();
    writer.close().unwrap();
    let left: Vec<String> = vfs.list("/").unwrap().iter().map(|entry| entry.path().to_string()).collect();
    assert_eq!(left, ["/edit_beside_aux.tif", "/other.tif.msk"]);
    let new = file.open().unwrap();
    assert_eq!((new.crs(), new.nodata(), new.warnings().len()), (None, None, 0));

    // A world file may belong to another image of the same stem.
    vfs.insert("edit_beside_aux.tfw", &b"1 0 0 -1 5 5"[..]).unwrap();
    vfs.insert("edit_beside_aux.tiff", &b""[..]).unwrap();
    file.create(options).unwrap().close().unwrap();
    assert!(vfs.exists("edit_beside_aux.tfw"));
}
