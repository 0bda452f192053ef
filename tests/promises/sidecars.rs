//! Files beside a GeoTIFF: what the comparison with GDAL over `testdata/sidecars` (in `corpus.rs`) does not ask.

use memtiff::{AttributeKind, Dataset, ErrorKind, Limits, MaskFlag, ReadRequest, Vfs};
use memtiff_tests::truth;

fn bytes(name: &str) -> Vec<u8> {
    truth::sidecars().bytes(name)
}

/// The image `a.tif` with these beside it.
fn open(image: &str, beside: &[(&str, &[u8])]) -> Dataset {
    let vfs = Vfs::new();
    vfs.insert("/a.tif", bytes(image)).unwrap();
    for (name, content) in beside {
        vfs.insert(*name, content.to_vec()).unwrap();
    }
    Dataset::open(&vfs, "/a.tif", Limits::default()).unwrap()
}

fn warnings(dataset: &Dataset) -> Vec<String> {
    dataset.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn classes_have_names_and_a_table() {
    let dataset = truth::sidecars().open("classes.tif").unwrap();
    assert_eq!(dataset.category_names(1), ["water", "forest"]);
    let table = dataset.attribute_table(1).unwrap();
    let columns: Vec<_> =
        table.columns.iter().map(|column| (column.name.as_str(), column.kind, column.usage)).collect();
    let kinds = (AttributeKind::Integer, AttributeKind::Real, AttributeKind::Text);
    assert_eq!(columns, [("Value", kinds.0, 5), ("Share", kinds.1, 0), ("Class", kinds.2, 2)]);
    assert_eq!(table.rows.len(), 4);
    assert_eq!(table.rows[1], ["1", "0.25", "forest & scrub"]);
    assert!(dataset.attribute_table(2).is_none() && dataset.category_names(0).is_empty());
}

#[test]
fn a_companion_that_is_damaged_is_not_used_and_told() {
    let damaged: [(&str, &[u8]); 5] = [
        ("/a.tif.aux.xml", b"<PAMDataset><SRS>"),
        ("/a.tfw", b"10\n0\n0\n"),
        ("/a_RPC.TXT", b"LINE_OFF: 1\n"),
        ("/a.tif.ovr", b"no TIFF"),
        ("/a.tif.msk", &bytes("world.tif")[..100]),
    ];
    let dataset = open("world.tif", &damaged);
    assert_eq!(dataset.files(), ["/a.tif"]);
    let warnings = warnings(&dataset);
    for (name, _) in damaged {
        assert!(warnings.iter().any(|warning| warning.starts_with(name)), "{name}: {warnings:#?}");
    }
    assert_eq!(warnings.len(), damaged.len());
    assert_eq!(dataset.read::<u8>().unwrap(), open("world.tif", &[]).read::<u8>().unwrap());
}

#[test]
fn a_mask_of_another_size_is_not_used_and_told() {
    let dataset = open("world.tif", &[("/a.tif.msk", &bytes("reduced.tif.ovr"))]);
    assert_eq!(dataset.mask_flags(), [[MaskFlag::AllValid]]);
    assert!(warnings(&dataset)[0].contains("a mask of (30, 24) pixels for an image of (60, 48)"));
}

#[test]
fn a_crs_that_nobody_can_read_is_none_and_told() {
    let dataset =
        open("overruled.tif", &[("/a.tif.aux.xml", b"<PAMDataset><SRS>nonsense</SRS></PAMDataset>")]);
    assert!(dataset.crs().is_none());
    assert!(warnings(&dataset)[0].contains("neither WKT nor an EPSG code"));
}

#[test]
fn pages_but_the_first_have_no_companions() {
    let vfs = Vfs::new();
    vfs.insert("/a.tif", truth::testdata().bytes("i16_lzw_strip_two_pages.tif")).unwrap();
    vfs.insert("/a.tfw", "10\n0\n0\n-10\n505\n4995\n").unwrap();
    let first = Dataset::open(&vfs, "/a.tif", Limits::default()).unwrap();
    let second = first.open_page(1).unwrap();
    assert_eq!((first.files().len(), second.files().len()), (2, 1));
    assert_eq!((first.transform().c, second.transform().c), (500.0, 0.0));
    assert_eq!(second.open_page(0).unwrap().transform(), first.transform());
}

#[test]
fn an_overview_beside_the_file_may_have_other_bands_and_says_so() {
    let dataset = open("masked.tif", &[("/a.tif.ovr", &bytes("world.tif"))]);
    assert_eq!(dataset.overview_shape(0), Some((48, 60)));
    let error = dataset.read_dyn(&ReadRequest::new().overview(0).bands([2])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("bands 1 to 1"), "{error}");
}

#[test]
fn companions_are_read_within_the_limits() {
    let vfs = Vfs::new();
    vfs.insert("/a.tif", bytes("world.tif")).unwrap();
    let items: String = (0..100_000).map(|n| format!("<MDI key=\"{n}\">x</MDI>")).collect();
    vfs.insert("/a.tif.aux.xml", format!("<PAMDataset><Metadata>{items}</Metadata></PAMDataset>")).unwrap();
    let dataset = Dataset::open(&vfs, "/a.tif", Limits::default().with_memory(1 << 20)).unwrap();
    assert!(dataset.warnings().iter().any(|warning| warning.kind() == ErrorKind::Limit));
    let dataset = Dataset::open(&vfs, "/a.tif", Limits::default()).unwrap();
    assert_eq!(dataset.tags().len(), 100_000);
}
