//! What a file in memory does, number by number: `tests/acceptance.md` says what each number is, and which of them
//! have no test here, and why.

use std::collections::BTreeSet;
use std::io::{self, BufRead, ErrorKind as IoErrorKind, Read, Seek, SeekFrom, Write};
use std::panic::catch_unwind;
use std::thread;

use memtiff::vfs::{self, Vfs};
use memtiff::{
    Affine, Bytes, Compress, Compression, CreateOptions, Crs, DataType, Dataset, ErrorKind, Gcp, Interleave,
    Limits, MaskFlag, MemoryFile, ReadRequest, Rpc, Window, ZipMemoryFile,
};
use memtiff_tests::truth;
use ndarray::{Array2, Array3, Axis, s};

const NAME: &str = "utm33_rgb_u16.tif";

fn data() -> Vec<u8> {
    truth::testdata().bytes(NAME)
}

fn beside(name: &str) -> Vec<u8> {
    truth::sidecars().bytes(name)
}

fn assert_is_the_file(dataset: &Dataset) {
    let digests = memtiff_tests::compare::band_digests(&dataset.read_dyn(&ReadRequest::new()).unwrap());
    assert_eq!(serde_json::json!(digests), truth::testdata().record(NAME)["bands"]);
}

/// Gives `data` in pieces of any length, as a socket does.
struct Stream<'a>(&'a [u8]);

impl Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let some = buf.len().min(1 + self.0.len() % 1447);
        self.0.read(&mut buf[..some])
    }
}

#[test]
fn mf01_a_new_file_is_empty() {
    let mut file = MemoryFile::new();
    assert_eq!((file.len(), file.getbuffer().len(), file.stream_position().unwrap()), (0, 0, 0));
    assert!(file.is_empty());
}

#[test]
fn mf02_bytes_become_a_dataset_without_a_copy() {
    let bytes = Bytes::from(data());
    let file = MemoryFile::from_bytes(bytes.clone());
    let dataset = file.open().unwrap();
    assert_eq!((dataset.count(), dataset.height(), dataset.width()), (3, 80, 100));
    assert_eq!(dataset.dtypes(), [memtiff::DataType::Uint16; 3]);
    assert_eq!(dataset.bytes().as_ptr(), bytes.as_ptr());
    assert_eq!(file.getbuffer().as_ptr(), bytes.as_ptr());
    assert_eq!(file.len(), bytes.len() as u64);
    assert_is_the_file(&dataset);
}

#[test]
fn mf03_a_reader_is_drained() {
    let data = data();
    let mut stream = Stream(&data);
    let mut file = MemoryFile::from_reader(&mut stream).unwrap();
    assert!(stream.0.is_empty());
    assert_eq!(file.stream_position().unwrap(), 0);
    assert_is_the_file(&file.open().unwrap());
    let named = MemoryFile::builder().filename("a.tif").reader(Stream(&data)).unwrap();
    assert_is_the_file(&named.open().unwrap());
}

#[test]
fn mf05_bytes_of_any_compression_open() {
    for name in ["u8_lzw_p2_tile_overviews.tif", "f32_zstd_p3_strip_big.tif", "u8_rgb_webp_tile.tif"] {
        let collection = truth::testdata();
        let dataset = MemoryFile::from_bytes(collection.bytes(name)).open().unwrap();
        let outcome = memtiff_tests::compare::compare_dataset(Ok(dataset), collection.record(name));
        assert!(outcome.is_right(), "{name}: {outcome:#?}");
    }
}

#[test]
fn mf06_a_file_made_from_bytes_refuses_to_grow_and_says_what_to_do() {
    let data = data();
    let mut file = MemoryFile::from_bytes(data.clone());
    file.seek(SeekFrom::End(0)).unwrap();
    let error = file.write(b"more").unwrap_err();
    assert_eq!(error.kind(), IoErrorKind::PermissionDenied);
    assert!(error.to_string().contains("start from an empty file, or copy the bytes into one"), "{error}");
    assert!(error.to_string().contains(&format!("offset {}", data.len())), "{error}");
    assert_eq!(file.getbuffer(), data);
}

#[test]
fn mf07_a_write_says_how_much_it_wrote_and_the_file_opens() {
    let data = data();
    let mut file = MemoryFile::new();
    assert_eq!(file.write(&data).unwrap(), data.len());
    assert_is_the_file(&file.open().unwrap());
}

#[test]
fn mf08_a_stream_is_written_piece_by_piece_and_opened() {
    let data = data();
    let mut stream = &data[..];
    let mut file = MemoryFile::new();
    let mut piece = [0; 8192];
    loop {
        let n = stream.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        assert_eq!(file.write(&piece[..n]).unwrap(), n);
    }
    assert_is_the_file(&file.open().unwrap());
    let mut copied = MemoryFile::new();
    assert_eq!(io::copy(&mut Stream(&data), &mut copied).unwrap(), data.len() as u64);
    assert_is_the_file(&copied.open().unwrap());
}

#[test]
fn mf09_written_out_of_order_it_is_the_same_file() {
    let data = data();
    let (head, tail) = data.split_at(data.len() / 2);
    let mut file = MemoryFile::new();
    file.seek(SeekFrom::Start(head.len() as u64)).unwrap();
    file.write_all(tail).unwrap();
    assert_eq!(file.open().unwrap_err().kind(), ErrorKind::NotTiff);
    assert!(file.getbuffer()[..head.len()].iter().all(|byte| *byte == 0));
    file.rewind().unwrap();
    file.write_all(head).unwrap();
    assert_is_the_file(&file.open().unwrap());
}

#[test]
fn mf10_the_bytes_are_read_back_piece_by_piece_and_then_there_are_none() {
    let data = data();
    let mut file = MemoryFile::from_bytes(data.clone());
    let mut out = Vec::new();
    let mut piece = [0; 1000];
    loop {
        let n = file.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        out.extend_from_slice(&piece[..n]);
    }
    assert!(out == data);
    assert_eq!(file.read_to_end(&mut out).unwrap(), 0);
    file.seek(SeekFrom::Start(10)).unwrap();
    let mut rest = Vec::new();
    assert_eq!(file.read_to_end(&mut rest).unwrap(), data.len() - 10);
    assert!(rest == data[10..]);
    assert!(file.fill_buf().unwrap().is_empty());
}

#[test]
fn mf11_seeks_from_start_current_and_end() {
    let mut file = MemoryFile::new();
    file.write_all(b"0123456789").unwrap();
    assert_eq!(file.stream_position().unwrap(), 10);
    assert_eq!(file.seek(SeekFrom::Start(3)).unwrap(), 3);
    assert_eq!(file.seek(SeekFrom::Current(4)).unwrap(), 7);
    assert_eq!(file.seek(SeekFrom::End(-1)).unwrap(), 9);
    assert_eq!(file.seek(SeekFrom::Current(-10)).unwrap_err().kind(), IoErrorKind::InvalidInput);
    assert_eq!(file.stream_position().unwrap(), 9);
    assert_eq!(file.seek(SeekFrom::End(2)).unwrap(), 12);
    assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
    file.write_all(b"x").unwrap();
    assert_eq!(&file.getbuffer()[..], b"0123456789\0\0x");
}

#[test]
fn mf12_a_removed_file_says_closed_and_gives_nothing_old() {
    let vfs = Vfs::new();
    let mut file = MemoryFile::builder().vfs(&vfs).filename("a.tif").empty().unwrap();
    file.write_all(&data()).unwrap();
    vfs.remove("/a.tif").unwrap();
    assert!(!file.exists());
    let closed = [
        file.read(&mut [0; 4]).unwrap_err().to_string(),
        file.fill_buf().unwrap_err().to_string(),
        file.write(b"x").unwrap_err().to_string(),
        file.seek(SeekFrom::Start(0)).unwrap_err().to_string(),
        file.stream_position().unwrap_err().to_string(),
        file.open().unwrap_err().to_string(),
    ];
    for message in closed {
        assert!(message.contains("closed") && message.contains("/a.tif"), "{message}");
    }
    assert_eq!((file.len(), file.getbuffer().len()), (0, 0));
}

fn options() -> CreateOptions {
    CreateOptions::new().width(60).height(45).count(3).dtype(DataType::Uint16)
}

#[test]
fn mf13_a_created_file_has_the_profile_that_was_asked_for() {
    let mut file = MemoryFile::new();
    let (crs, transform) = (Crs::from_epsg(32633).unwrap(), Affine::from_origin(5e5, 5e6, 10.0, 10.0));
    let options = options().crs(crs.clone()).transform(transform).nodata(1.0).tiled(32, 16);
    let writer = file.create(options.compress(Compress::Zstd).interleave(Interleave::Band)).unwrap();
    writer.close().unwrap();
    let profile = file.open().unwrap().profile();
    assert_eq!((profile.width, profile.height, profile.count, profile.dtype), (60, 45, 3, DataType::Uint16));
    assert_eq!((profile.crs, profile.transform), (Some(crs), transform));
    assert_eq!(profile.nodata.map(|nodata| nodata.as_f64()), Some(1.0));
    assert_eq!((profile.tiled, profile.blockxsize, profile.blockysize), (true, 32, 16));
    assert_eq!((profile.compress, profile.interleave), (Compression::ZSTD, Interleave::Band));
}

#[test]
fn mf14_a_writer_reads_back_what_was_written() {
    let mut file = MemoryFile::new();
    let mut writer = file.create(options()).unwrap();
    let pixels = Array3::from_elem((3, 5, 60), 7_u16);
    writer.write_window(Window::new(0, 20, 60, 5), &pixels).unwrap();
    let so_far = writer.read_back().unwrap();
    assert_eq!(so_far.read_window::<u16>(Window::new(0, 20, 60, 5)).unwrap(), pixels);
    assert_eq!(so_far.read::<u16>().unwrap()[(0, 0, 0)], 0);
    // What is read is a snapshot: the next write is not in it.
    writer.write(&Array3::<u16>::from_elem((3, 45, 60), 9)).unwrap();
    assert_eq!(so_far.read::<u16>().unwrap()[(1, 22, 3)], 7);
    assert_eq!(writer.read_back().unwrap().read::<u16>().unwrap()[(1, 22, 3)], 9);
    writer.close().unwrap();
    assert!(file.open().unwrap().read::<u16>().unwrap().iter().all(|sample| *sample == 9));
}

#[test]
fn mf15_what_a_new_file_lacks_is_named_and_it_stays_empty() {
    let mut file = MemoryFile::new();
    let new = CreateOptions::new;
    for (options, lacks) in [
        (new().height(1).count(1).dtype(DataType::Uint8), "width"),
        (new().width(1).count(1).dtype(DataType::Uint8), "height"),
        (new().width(1).height(1).dtype(DataType::Uint8), "count"),
        (new().width(1).height(1).count(1), "dtype"),
        (options().option("BLOCKXSIZE", "16").unwrap(), "TILED=YES"),
    ] {
        let error = file.create(options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(lacks), "{error}");
        assert!(file.is_empty());
    }
}

#[test]
fn mf16_windows_and_bands_come_in_any_order() {
    let pixels = Array3::from_shape_fn((3, 45, 60), |(band, row, col)| (band * 5000 + row * 60 + col) as u16);
    for interleave in [Interleave::Pixel, Interleave::Band] {
        let mut file = MemoryFile::new();
        let mut writer = file.create(options().tiled(16, 32).interleave(interleave).nodata(3.0)).unwrap();
        writer.write_band(3, pixels.index_axis(Axis(0), 2)).unwrap();
        writer.write_bands(&[1], Window::new(7, 9, 50, 30), pixels.slice(s![..1, 9..39, 7..57])).unwrap();
        writer.close().unwrap();
        let read = file.open().unwrap().read::<u16>().unwrap();
        assert_eq!(read.index_axis(Axis(0), 2), pixels.index_axis(Axis(0), 2));
        assert_eq!(read.slice(s![0, 9..39, 7..57]), pixels.slice(s![0, 9..39, 7..57]));
        assert_eq!((read[(0, 0, 0)], read[(1, 20, 20)]), (3, 3));
    }
}

#[test]
fn mf17_what_is_set_on_the_writer_is_there_on_reading_back() {
    let mut file = MemoryFile::new();
    let mut writer =
        file.create(CreateOptions::new().width(9).height(7).count(1).dtype(DataType::Uint8)).unwrap();
    let gcps = vec![
        Gcp { row: 1.0, col: 2.0, x: 13.5, y: 52.25, z: 0.0 },
        Gcp { row: 6.0, col: 8.0, x: 14.0, y: 52.0, z: 1.0 },
    ];
    let numbers = (0..92).map(|n| format!("{n}.5")).collect::<Vec<_>>();
    let rpcs = Rpc::from_rpc_txt(&rpc_text(&numbers)).unwrap();
    writer.set_gcps(gcps.clone());
    writer.set_rpcs(rpcs.clone());
    writer.set_tags("", [("A".to_owned(), "b".to_owned())].into()).unwrap();
    writer.write_colormap(&[[1, 2, 3, 255], [4, 5, 6, 255]]).unwrap();
    writer.write_mask(&Array2::from_shape_fn((7, 9), |(row, _)| u8::from(row > 2))).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!((dataset.gcps().unwrap(), dataset.rpcs().unwrap()), (gcps, Some(rpcs)));
    assert_eq!(dataset.tags()["A"], "b");
    assert_eq!(dataset.colormap(1).unwrap().unwrap()[..2], [[1, 2, 3, 255], [4, 5, 6, 255]]);
    assert_eq!(dataset.mask_flags()[0], [MaskFlag::PerDataset]);
    let masks = dataset.read_masks(&ReadRequest::new()).unwrap();
    assert!(masks.indexed_iter().all(|((_, row, _), mask)| *mask == if row > 2 { 255 } else { 0 }));
}

/// 92 numbers in the words of a `_RPC.TXT`.
fn rpc_text(numbers: &[String]) -> String {
    let singles = "ERR_BIAS ERR_RAND LINE_OFF SAMP_OFF LAT_OFF LONG_OFF HEIGHT_OFF LINE_SCALE SAMP_SCALE LAT_SCALE LONG_SCALE HEIGHT_SCALE";
    let lists = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];
    let lists = lists.iter().flat_map(|list| (1..=20).map(move |place| format!("{list}_{place}")));
    let names = singles.split(' ').map(ToOwned::to_owned).chain(lists);
    names.zip(numbers).map(|(name, number)| format!("{name}: {number}\n")).collect()
}

#[test]
fn mf27_a_file_is_reopened_changed_and_read_again() {
    let mut file = MemoryFile::new();
    let options = CreateOptions::new().width(9).height(7).count(1).dtype(DataType::Uint8);
    let mut writer = file.create(options).unwrap();
    writer.write(&Array3::<u8>::ones((1, 7, 9))).unwrap();
    writer.close().unwrap();
    let before = file.open().unwrap();
    let mut writer = file.update().unwrap();
    writer.write_window(Window::new(2, 3, 1, 1), &Array3::<u8>::from_elem((1, 1, 1), 7)).unwrap();
    writer.close().unwrap();
    let pixels = |dataset: &Dataset| dataset.read_band::<u8>(1).unwrap();
    let after = pixels(&file.open().unwrap());
    assert_eq!((after[(3, 2)], after.iter().filter(|value| **value == 1).count()), (7, 62));
    assert!(pixels(&before).iter().all(|value| *value == 1));
}

#[test]
fn mf18_a_view_is_no_copy_and_no_write_changes_it() {
    let data = data();
    let mut file = MemoryFile::new();
    file.write_all(&data).unwrap();
    let before = file.getbuffer();
    let dataset = file.open().unwrap();
    let again = file.getbuffer();
    assert_eq!(before.as_ptr(), again.as_ptr());
    assert_eq!(before.as_ptr(), dataset.bytes().as_ptr());
    assert_eq!(before.len() as u64, file.len());
    file.rewind().unwrap();
    file.write_all(&[0; 1000]).unwrap();
    assert_eq!((&before[..], &file.getbuffer()[..1000]), (&data[..], &[0; 1000][..]));
    assert_is_the_file(&dataset);
}

#[test]
fn mf19_an_empty_file_exists() {
    let file = MemoryFile::new();
    assert!(file.exists() && file.is_empty());
    let file = MemoryFile::from_bytes(data());
    assert_eq!((file.exists(), file.len()), (true, data().len() as u64));
}

#[test]
fn mf20_names_are_given_or_made_and_never_meet_by_accident() {
    let made: BTreeSet<_> = (0..100).map(|_| MemoryFile::new().name()).collect();
    assert_eq!(made.len(), 100);
    assert!(made.iter().all(|name| name.starts_with('/') && name.ends_with(".tif")));

    let vfs = Vfs::new();
    let scenes = MemoryFile::builder().vfs(&vfs).dirname("scenes");
    let one = scenes.clone().filename("a.tif").empty().unwrap();
    let two = scenes.clone().filename("b.tif").bytes(data()).unwrap();
    assert_eq!((one.name(), two.name()), ("/scenes/a.tif".into(), "/scenes/b.tif".into()));
    let names: Vec<_> =
        vfs.list("/scenes").unwrap().into_iter().map(|entry| entry.path().to_string()).collect();
    assert_eq!(names, ["/scenes/a.tif", "/scenes/b.tif"]);
    for ext in ["jp2", ".jp2"] {
        assert!(scenes.clone().ext(ext).empty().unwrap().name().ends_with(".jp2"));
    }

    // The same name twice is refused, and the first is as it was.
    let error = scenes.clone().filename("b.tif").empty().unwrap_err();
    assert_eq!(error.to_string(), "/scenes/b.tif: wrong use: it exists already");
    assert_eq!(two.len(), data().len() as u64);
    // In another filesystem it is another file.
    assert!(MemoryFile::builder().dirname("scenes").filename("b.tif").empty().is_ok());
    assert!(scenes.clone().filename("../b.tif").empty().is_err());
    let error = scenes.filename("c.tif").ext("jp2").empty().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn mf21_a_file_beside_another_is_its_companion() {
    let vfs = Vfs::new();
    let scenes = MemoryFile::builder().vfs(&vfs).dirname("scenes");
    let image = scenes.clone().filename("foo.tif").bytes(beside("masked.tif")).unwrap();
    assert_eq!(image.open().unwrap().mask_flags()[0], [MaskFlag::AllValid]);
    let mask = scenes.filename("foo.tif.msk").bytes(beside("masked.tif.msk")).unwrap();
    let dataset = image.open().unwrap();
    assert_eq!(dataset.files(), ["/scenes/foo.tif", "/scenes/foo.tif.msk"]);
    assert_eq!(dataset.mask_flags(), [[MaskFlag::PerDataset]; 3]);
    let digest = memtiff_tests::compare::digest(
        dataset.dataset_mask(&ReadRequest::new()).unwrap().as_slice().unwrap(),
    );
    assert_eq!(truth::sidecars().record("masked.tif")["dataset_mask"], digest);
    // The mask is the dataset's own snapshot too.
    drop(mask);
    assert_eq!(dataset.mask_flags(), [[MaskFlag::PerDataset]; 3]);
    assert_eq!(image.open().unwrap().files(), ["/scenes/foo.tif"]);
}

#[test]
fn mf22_a_directory_that_was_copied_is_found_whole() {
    let vfs = Vfs::new();
    for name in ["masked.tif", "masked.tif.msk", "masked.tif.ovr"] {
        vfs.insert(format!("/from/{name}"), beside(name)).unwrap();
    }
    vfs.copy("/from", "/to/here").unwrap();
    vfs.remove_all("/from").unwrap();
    let dataset = Dataset::open(&vfs, "/to/here/masked.tif", Limits::default()).unwrap();
    let names = ["masked.tif", "masked.tif.ovr", "masked.tif.msk"].map(|name| format!("/to/here/{name}"));
    assert_eq!(dataset.files(), names);
    assert_eq!(dataset.overviews(), [2, 4]);
}

/// That all memory comes back is counted in `tests/allocations.rs`.
#[test]
fn mf23_a_dataset_is_a_snapshot_that_outlives_the_file() {
    let vfs = Vfs::new();
    let mut file = MemoryFile::builder().vfs(&vfs).dirname("d").empty().unwrap();
    file.write_all(&data()).unwrap();
    let dataset = file.open().unwrap();
    file.rewind().unwrap();
    file.write_all(&[0; 1000]).unwrap();
    assert!(file.open().is_err());
    file.close();
    assert_is_the_file(&dataset);
    // Nothing is left, the directory that came with the file included; nor after a panic.
    assert_eq!((vfs.usage().bytes, vfs.usage().entries), (0, 0));
    let inside = vfs.clone();
    let panicked = catch_unwind(move || {
        let mut file = MemoryFile::builder().vfs(&inside).empty().unwrap();
        file.write_all(&[1; 1000]).unwrap();
        panic!("on purpose");
    });
    assert!(panicked.is_err());
    assert_eq!((vfs.usage().bytes, vfs.usage().entries), (0, 0));
}

#[test]
fn mf25_many_threads_read_one_dataset() {
    fn assert_shareable<T: Send + Sync + 'static>(_: &T) {}
    let dataset = MemoryFile::from_bytes(data()).open().unwrap();
    assert_shareable(&dataset);
    let whole = dataset.read::<u16>().unwrap();
    thread::scope(|scope| {
        for row in (0..80).step_by(16) {
            let (dataset, whole) = (&dataset, &whole);
            scope.spawn(move || {
                let window = Window::new(0, row, 100, 16);
                let part = dataset.read_window::<u16>(window).unwrap();
                assert_eq!(part, whole.slice(ndarray::s![.., row..row + 16, ..]));
            });
        }
    });
}

#[test]
fn mf26_a_name_may_be_anything_that_a_format_needs() {
    let file = MemoryFile::builder().filename("N47E008.hgt").empty().unwrap();
    assert_eq!(file.name(), "/N47E008.hgt");
    let file = MemoryFile::builder().ext("tiff").bytes(data()).unwrap();
    assert_is_the_file(&file.open().unwrap());
}

#[test]
fn mf28_what_is_no_whole_tiff_is_told_apart_and_where_it_stopped() {
    let error = |data: &[u8]| MemoryFile::from_bytes(data.to_vec()).open().unwrap_err();
    let empty = error(b"");
    assert_eq!((empty.kind(), empty.to_string().contains("empty")), (ErrorKind::NotTiff, true));
    assert_eq!(error(b"\x89PNG\r\n\x1a\n").kind(), ErrorKind::NotTiff);
    let cut = error(&data()[..100]);
    assert_eq!((cut.kind(), cut.needed().is_some()), (ErrorKind::Truncated, true));
    assert!(cut.to_string().contains("the input ends at 100"), "{cut}");
}

#[test]
fn mf29_members_of_an_archive_open_and_a_missing_one_is_named() {
    let bytes = beside("archive.zip");
    let archives = [
        ZipMemoryFile::from_bytes(bytes.clone()).unwrap(),
        ZipMemoryFile::from_reader(Stream(&bytes)).unwrap(),
    ];
    for archive in archives {
        let dataset = archive.open("scenes/masked.tif").unwrap();
        let outcome =
            memtiff_tests::compare::compare_dataset(Ok(dataset), truth::sidecars().record("masked.tif"));
        assert!(outcome.is_right(), "{outcome:#?}");
        let error = archive.open("scenes/missing.tif").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains("scenes/missing.tif"), "{error}");
        assert!(error.to_string().contains("README.txt, inner.zip, scenes/"), "{error}");
        assert_eq!(archive.open("README.txt").unwrap_err().kind(), ErrorKind::NotTiff);
        // An archive within, with a world file beside the image in it.
        assert_eq!(archive.open("inner.zip/world.tif").unwrap().files(), ["/world.tif", "/world.tfw"]);
        assert!(archive.open("inner.zip/missing.tif").is_err());
    }
}

#[test]
fn mf30_nothing_touches_the_disk_or_the_environment() {
    let crates = truth::project().join("crates");
    let mut looked_at = 0;
    for name in ["vfs", "geotiff", "memtiff"] {
        let mut folders = vec![crates.join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ext| ext == "rs") {
                    let code = std::fs::read_to_string(&path).unwrap();
                    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                    for line in lines {
                        let outside = ["std::fs", "std::env", "std::net", "std::process", "File::open("];
                        let found = outside.iter().find(|word| line.contains(*word));
                        assert_eq!(found, None, "{}: {line}", path.display());
                    }
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at > 100, "{looked_at} files");
}

#[test]
fn mf31_the_stories_are_told_in_a_few_lines() {
    // From bytes.
    let dataset = MemoryFile::from_bytes(data()).open().unwrap();
    assert_is_the_file(&dataset);
    // From a stream, 8,192 bytes at a time.
    let (data, mut file) = (data(), MemoryFile::new());
    for piece in data.chunks(8192) {
        file.write_all(piece).unwrap();
    }
    assert_is_the_file(&file.open().unwrap());
    // Back into a stream, 8,192 bytes at a time.
    let (mut out, mut piece) = (Vec::new(), [0; 8192]);
    file.rewind().unwrap();
    while let n @ 1.. = file.read(&mut piece).unwrap() {
        out.write_all(&piece[..n]).unwrap();
    }
    assert!(out == data);
    // Created, written, and read back into a stream.
    let mut file = MemoryFile::new();
    let pixels = Array3::from_elem((3, 45, 60), 5_u16);
    let mut writer = file.create(options().option("driver", "GTiff").unwrap()).unwrap();
    writer.write(&pixels).unwrap();
    writer.close().unwrap();
    let mut out = Vec::new();
    while let n @ 1.. = file.read(&mut piece).unwrap() {
        out.write_all(&piece[..n]).unwrap();
    }
    assert_eq!(MemoryFile::from_bytes(out).open().unwrap().read::<u16>().unwrap(), pixels);
}

#[test]
fn a_quota_holds_for_memory_files_and_loses_nothing() {
    let vfs = Vfs::with_quota(vfs::Quota::new().with_bytes(1000));
    let mut file = MemoryFile::builder().vfs(&vfs).filename("a").empty().unwrap();
    file.write_all(&[7; 900]).unwrap();
    assert_eq!(file.write(&[8; 200]).unwrap_err().kind(), IoErrorKind::QuotaExceeded);
    assert_eq!(file.getbuffer(), [7; 900][..]);
    let error = MemoryFile::builder().vfs(&vfs).filename("b").bytes(vec![0; 200]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!((vfs.usage().bytes, vfs.usage().entries), (900, 1));
}

/// Every number is in the table, and every test that the table names is here.
#[test]
fn the_table_of_acceptance_is_true() {
    let table = std::fs::read_to_string(truth::project().join("tests/acceptance.md")).unwrap();
    let code = include_str!("memory_file.rs");
    for number in 1..=31 {
        let row = table.lines().find(|line| line.starts_with(&format!("| MF{number} |")));
        let row = row.unwrap_or_else(|| panic!("MF{number} is not in the table"));
        let how = row.split('|').nth(3).unwrap().trim();
        match how.strip_prefix('`').and_then(|how| how.split('`').next()) {
            Some(test) => {
                assert!(test.starts_with(&format!("mf{number:02}_")), "{row}");
                assert!(code.contains(&format!("#[test]\nfn {test}()")), "{test} is no test");
            }
            None => assert!(how.starts_with("types: ") || how.starts_with("gap: "), "{row}"),
        }
    }
    let numbered = code.lines().filter_map(|line| line.strip_prefix("fn mf")?.split('(').next());
    for test in numbered.map(|rest| format!("mf{rest}")) {
        assert!(table.contains(&format!("`{test}`")), "{test} is not in the table");
    }
}
