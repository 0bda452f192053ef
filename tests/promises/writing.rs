//! What is written is what is read, whatever way it came; wrong use is told before anything is lost. Other programs judge
//! the files in `tests/interop/writes.py`.

use std::io::{Cursor, Read, Write};

use memtiff::{
    Affine, BigTiff, ByteOrder, CogOptions, CogWriter, ColorInterp, Compress, CreateOptions, Crs, DataType,
    ErrorKind, Gcp, Interleave, Items, Limits, MemoryFile, Photometric, Predictor, Sample, Stream,
    UpdateOptions, Vfs, Window, Writer, repack, repack_in_place, validate_cog,
};
use memtiff_tests::truth;
use ndarray::{Array2, Array3, s};
use proptest::prelude::*;

/// Anything that can be asked for, of any shape; that what contradicts itself is refused is tested elsewhere.
fn options(data_type: DataType, float: bool) -> impl Strategy<Value = CreateOptions> {
    let compress = prop_oneof![
        Just(Compress::None),
        Just(Compress::Lzw),
        Just(Compress::Deflate),
        Just(Compress::Zstd),
        Just(Compress::PackBits),
        Just(Compress::Lzma),
        Just(Compress::Lerc),
        Just(Compress::Jxl),
    ];
    let shape = (1..70_usize, 1..70_usize, 1..5_usize);
    let chunks = prop_oneof![
        Just(None).boxed(),
        (1..80_usize).prop_map(|rows| Some((0, rows))).boxed(),
        (1..4_usize, 1..4_usize).prop_map(|(w, h)| Some((16 * w, 16 * h))).boxed(),
    ];
    (shape, chunks, compress, 1..4_u16, any::<[bool; 5]>()).prop_map(
        move |((width, height, count), chunks, compress, predictor, [band, big, huge, sparse, serial])| {
            // No floats, and no image of one row or column: strips of the size that it has for them.
            let of_jxl = matches!(data_type, DataType::Uint8 | DataType::Uint16);
            let compress = if compress == Compress::Jxl && !of_jxl { Compress::None } else { compress };
            let least = if compress == Compress::Jxl { 2 } else { 1 };
            let options = CreateOptions::new().width(width.max(least)).height(height.max(least));
            let options = options.count(count).dtype(data_type);
            let band = band || (compress == Compress::Jxl && data_type == DataType::Uint16 && count != 3);
            let options = match chunks {
                None => options,
                Some((0, _)) if compress == Compress::Jxl => options,
                Some((0, rows)) => options.strips(rows),
                Some((width, height)) => options.tiled(width, height),
            };
            let predicts =
                matches!(compress, Compress::Lzw | Compress::Deflate | Compress::Zstd | Compress::Lzma);
            let predictor = if !predicts || (predictor == 3 && !float) { 1 } else { predictor };
            options
                .compress(compress)
                .predictor(Predictor(predictor))
                .interleave(if band { Interleave::Band } else { Interleave::Pixel })
                .byte_order(if big { ByteOrder::Big } else { ByteOrder::Little })
                .bigtiff(if huge { BigTiff::Yes } else { BigTiff::IfNeeded })
                .sparse(sparse)
                .parallel(!serial)
                .nodata(3.0)
        },
    )
}

/// A window of an array, and what is written there.
#[derive(Debug, Clone)]
struct Step {
    corner: (f64, f64),
    size: (f64, f64),
    /// One band, counted from 0 up to any number, or all.
    band: Option<usize>,
    seed: u32,
    reads_back: bool,
    /// Whether the file is closed before it, laid out anew, and opened for update.
    reopens: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let part = || 0.0..1.0_f64;
    let step = (
        (part(), part()),
        (part(), part()),
        proptest::option::weighted(0.3, 0..5_usize),
        any::<u32>(),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
    );
    let step = step.prop_map(|(corner, size, band, seed, reads_back, reopens)| Step {
        corner,
        size,
        band,
        seed,
        reads_back,
        reopens,
    });
    proptest::collection::vec(step, 0..8)
}

/// Writes step by step, and into an array; both must be the same in between and in the end.
fn follows_the_model<T: Sample>(options: CreateOptions, steps: &[Step], make: impl Fn(u32) -> T, fill: T) {
    let mut file = MemoryFile::new();
    let mut writer = file.create(options).unwrap();
    let (height, width, count) = (writer.height(), writer.width(), writer.count());
    let mut model = Array3::from_elem((count, height, width), fill);
    for step in steps {
        if step.reopens {
            writer.close().unwrap();
            if step.reads_back {
                file.repack().unwrap();
            }
            writer = file.update().unwrap();
        }
        let from = |part: f64, len: usize| (part * len as f64) as usize;
        let (row, col) = (from(step.corner.0, height), from(step.corner.1, width));
        let rows = from(step.size.0, height - row).max(1);
        let cols = from(step.size.1, width - col).max(1);
        let bands: Vec<usize> = match step.band {
            None => (0..count).collect(),
            Some(band) => vec![band % count],
        };
        let pixels = Array3::from_shape_fn((bands.len(), rows, cols), |(band, row, col)| {
            // Runs and noise.
            make(step.seed.wrapping_mul((row * 31 + col / 3 + band) as u32 | 1) >> (step.seed % 20))
        });
        for (&band, pixels) in bands.iter().zip(pixels.outer_iter()) {
            model.slice_mut(s![band, row..row + rows, col..col + cols]).assign(&pixels);
        }
        let numbers: Vec<usize> = bands.iter().map(|band| band + 1).collect();
        writer.write_bands(&numbers, Window::new(col, row, cols, rows), &pixels).unwrap();
        if step.reads_back {
            assert_same(&writer.read_back().unwrap().read::<T>().unwrap(), &model);
        }
    }
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    // That a sparse file leaves blocks out is all there may be to say.
    let mut warnings = dataset.warnings().iter().map(ToString::to_string);
    assert!(warnings.all(|warning| warning.contains("blocks without data")), "{:?}", dataset.warnings());
    assert_same(&dataset.read::<T>().unwrap(), &model);

    let (mut copied, mut in_place) = (Vec::new(), dataset.bytes().to_vec());
    repack(dataset.bytes(), &mut copied, &Limits::default()).unwrap();
    repack_in_place(&mut in_place, &Limits::default()).unwrap();
    assert!(copied == in_place, "laid out anew in place, a file is another than copied");
    assert_same(&MemoryFile::from_bytes(copied).open().unwrap().read::<T>().unwrap(), &model);
}

#[test]
fn a_cog_is_the_same_streamed_and_put_together_in_place() {
    let parts = [(0, 0), (1, 1), (0, 1), (1, 0), (0, 1)];
    for interleave in [Interleave::Pixel, Interleave::Band, Interleave::Tile] {
        for compress in [Compress::None, Compress::Deflate] {
            let written = || {
                let create = CreateOptions::new().width(400).height(300).count(3).dtype(DataType::Uint8);
                let create = create.compress(compress).interleave(interleave);
                let mut writer = CogWriter::new(Vec::new(), CogOptions::from(create).block_size(64)).unwrap();
                // In no order, and a part twice, at another size when it is compressed.
                for (time, (down, across)) in parts.into_iter().enumerate() {
                    let pixels = Array3::from_shape_fn((3, 150, 200), |(band, row, col)| {
                        (band * 50 + row * time / 2 + col / (time + 1)) as u8
                    });
                    writer.write_window(Window::new(across * 200, down * 150, 200, 150), &pixels).unwrap();
                }
                writer
                    .write_mask(&Array2::from_shape_fn((300, 400), |(row, col)| u8::from(row > col / 2)))
                    .unwrap();
                writer
            };
            let mut streamed = Vec::new();
            written().finish(&mut streamed).unwrap();
            let mut writer = written();
            let in_place = writer.finish_in_place().unwrap();
            let error = writer.finish_in_place().unwrap_err();
            assert!(error.to_string().contains("given away"), "{error}");
            assert!(streamed == in_place, "{interleave:?} {compress:?}");
            assert_eq!(validate_cog(&in_place, &Limits::default()).unwrap(), []);
            let dataset = MemoryFile::from_bytes(in_place.clone()).open().unwrap();
            let said = &dataset.tags_in("IMAGE_STRUCTURE").unwrap()["INTERLEAVE"];
            assert_eq!((dataset.interleave(), said), (interleave, &interleave.to_string().to_uppercase()));
            // An ordinary file of the same profile has bands apart.
            let plain = CreateOptions::from(dataset.profile());
            MemoryFile::new().create(plain).unwrap().close().unwrap();
            let mut repacked = in_place.clone();
            repack_in_place(&mut repacked, &Limits::default()).unwrap();
            assert!(repacked == in_place, "{interleave:?} {compress:?} repacked");
        }
    }
}

fn assert_same<T: Sample>(found: &Array3<T>, expected: &Array3<T>) {
    let bytes = |array: &Array3<T>| bytemuck::cast_slice::<T, u8>(array.as_slice().unwrap()).to_vec();
    assert!(bytes(found) == bytes(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_written_as_to_an_array(options in options(DataType::Uint8, false), steps in steps()) {
        follows_the_model(options, &steps, |n| n as u8, 3);
    }

    #[test]
    fn words_are_written_as_to_an_array(options in options(DataType::Uint16, false), steps in steps()) {
        follows_the_model(options, &steps, |n| n as u16, 3);
    }

    #[test]
    fn shorts_are_written_as_to_an_array(options in options(DataType::Int16, false), steps in steps()) {
        follows_the_model(options, &steps, |n| n as i16, 3);
    }

    #[test]
    fn floats_are_written_as_to_an_array(options in options(DataType::Float32, true), steps in steps()) {
        // LERC in the other byte order takes them for other floats, of which some are none.
        let options = options.byte_order(ByteOrder::Little);
        follows_the_model(options, &steps, |n| n as f32 * 0.37 - 1e4, 3.0);
    }

    #[test]
    fn doubles_are_written_as_to_an_array(options in options(DataType::Float64, true), steps in steps()) {
        let options = options.byte_order(ByteOrder::Little);
        follows_the_model(options, &steps, |n| f64::from(n) * 1e-3, 3.0);
    }
}

fn small() -> CreateOptions {
    CreateOptions::new().width(50).height(40).count(3).dtype(DataType::Uint16)
}

fn ramp() -> Array3<u16> {
    Array3::from_shape_fn((3, 40, 50), |(band, row, col)| (band * 2000 + row * 50 + col) as u16)
}

#[test]
fn parallel_files_are_the_serial_ones() {
    let pixels = Array3::from_shape_fn((2, 300, 300), |(band, row, col)| (row * col + band) as u16);
    let options = |parallel| {
        let options = CreateOptions::new().width(300).height(300).count(2).dtype(DataType::Uint16);
        options.tiled(32, 32).compress(Compress::Deflate).parallel(parallel)
    };
    let write = |parallel| {
        let mut writer = Writer::new(Vec::new(), options(parallel)).unwrap();
        writer.write(&pixels).unwrap();
        writer.finish().unwrap()
    };
    assert!(write(true) == write(false));
}

#[test]
fn a_file_is_streamed_to_whatever_can_seek() {
    let mut writer = Writer::new(Stream::new(Cursor::new(Vec::new())).unwrap(), small()).unwrap();
    for row in 0..40 {
        let line = ramp().slice_move(s![.., row..=row, ..]);
        writer.write_window(Window::new(0, row, 50, 1), &line).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner().into_inner();
    assert_eq!(MemoryFile::from_bytes(bytes).open().unwrap().read::<u16>().unwrap(), ramp());
    // What went out cannot be taken up again: that is said, and what was written stays.
    let mut writer = Writer::new(Stream::new(Cursor::new(Vec::new())).unwrap(), small()).unwrap();
    writer.write(&ramp()).unwrap();
    let one = Array3::<u16>::zeros((3, 1, 1));
    let error = writer.write_window(Window::new(7, 7, 1, 1), &one).unwrap_err();
    assert!(error.to_string().contains("write whole blocks"), "{error}");
    let bytes = writer.finish().unwrap().into_inner().into_inner();
    assert_eq!(MemoryFile::from_bytes(bytes).open().unwrap().read::<u16>().unwrap(), ramp());
}

#[test]
fn directories_stand_at_the_beginning() {
    let mut file = MemoryFile::new();
    let mut writer = file.create(small().compress(Compress::Zstd)).unwrap();
    writer.write(&ramp()).unwrap();
    writer.close().unwrap();
    let bytes = file.getbuffer();
    assert_eq!(&bytes[..8], b"II*\0\x08\0\0\0");
    // Something longer than there was room for goes behind everything.
    let mut writer = file.create(small()).unwrap();
    writer.write(&ramp()).unwrap();
    writer.set_description(2, "a description that was not thought of before").unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!(dataset.descriptions()[1], Some("a description that was not thought of before"));
    assert_eq!(dataset.read::<u16>().unwrap(), ramp());
}

#[test]
fn what_nobody_wrote_is_nodata_or_left_out() {
    for (sparse, most) in [(false, u64::MAX), (true, 1000)] {
        let mut file = MemoryFile::new();
        let options = CreateOptions::new().width(500).height(500).count(1).dtype(DataType::Int16);
        let mut writer = file.create(options.tiled(64, 64).nodata(-9999.0).sparse(sparse)).unwrap();
        // In a sparse file a block of nothing but nodata is left out even if somebody wrote it.
        writer.write_window(Window::new(64, 0, 64, 64), &Array3::from_elem((1, 64, 64), -9999_i16)).unwrap();
        writer.close().unwrap();
        assert!(file.len() < most && (sparse || file.len() > 500_000));
        assert!(file.open().unwrap().read::<i16>().unwrap().iter().all(|sample| *sample == -9999));
    }
}

#[test]
fn metadata_is_there_on_reading_back() {
    let items = |pairs: &[(&str, &str)]| -> Items {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let transform = Affine::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0);
    let mut file = MemoryFile::new();
    let options = small()
        .crs(Crs::from_epsg(32633).unwrap())
        .transform(transform)
        .nodata(7.0)
        .colorinterp(vec![ColorInterp::Nir, ColorInterp::Red, ColorInterp::Alpha]);
    let mut writer = file.create(options).unwrap();
    writer.set_tags("", items(&[("A", "1 < 2"), ("TIFFTAG_SOFTWARE", "memtiff")])).unwrap();
    writer.set_tags("xml:X", items(&[("D", "<x/>")])).unwrap();
    writer.set_band_tags(2, "", items(&[("STATISTICS_MAXIMUM", "5")])).unwrap();
    writer.set_scale(3, 0.5).unwrap();
    writer.set_offset(3, -2.0).unwrap();
    writer.set_unit(3, "m").unwrap();
    writer.set_icc_profile(vec![1, 2, 3]);
    writer.set_xmp("<x:xmpmeta/>");
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!(dataset.crs().and_then(Crs::epsg), Some(32633));
    assert_eq!(dataset.transform(), transform);
    assert_eq!(dataset.nodata().map(|nodata| nodata.as_f64()), Some(7.0));
    assert_eq!(
        (dataset.tags()["A"].as_str(), dataset.tags()["TIFFTAG_SOFTWARE"].as_str()),
        ("1 < 2", "memtiff")
    );
    assert_eq!(dataset.tags_in("xml:X").unwrap()["D"], "<x/>");
    assert_eq!(dataset.band_tags(2, "").unwrap()["STATISTICS_MAXIMUM"], "5");
    assert_eq!((dataset.scales()[2], dataset.offsets()[2]), (0.5, -2.0));
    assert_eq!(dataset.units()[2], Some("m"));
    assert_eq!(dataset.icc_profile().unwrap(), Some(&[1, 2, 3][..]));
    assert_eq!(dataset.xmp().unwrap(), Some("<x:xmpmeta/>"));
    assert_eq!(dataset.colorinterp(), [ColorInterp::Nir, ColorInterp::Red, ColorInterp::Alpha]);
}

#[test]
fn points_and_coefficients_and_colours_are_there_on_reading_back() {
    let points: Vec<Gcp> = (0..5)
        .map(f64::from)
        .map(|n| Gcp { row: n, col: 2.0 * n, x: 10.0 + n, y: 50.0 - n, z: 0.0 })
        .collect();
    let rpcs =
        truth::sidecars().records().find_map(|(name, _)| truth::sidecars().open(name).ok()?.rpcs().ok()?);
    let rpcs = rpcs.expect("a file with coefficients is part of the project");
    let colours: Vec<[u8; 4]> = (0..=255).map(|n| [n, 255 - n, 7, 255]).collect();
    let mut file = MemoryFile::new();
    let options = CreateOptions::new().width(20).height(10).count(1).dtype(DataType::Uint8);
    let options = options.gcps(points.clone()).crs(Crs::from_epsg(4326).unwrap()).rpcs(rpcs.clone());
    let mut writer = file.create(options.colormap(colours.clone())).unwrap();
    writer.write_band(1, &Array2::<u8>::from_elem((10, 20), 9)).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!(dataset.gcps().unwrap(), points);
    assert_eq!(dataset.gcps_crs().and_then(Crs::epsg), Some(4326));
    assert_eq!(dataset.rpcs().unwrap(), Some(rpcs));
    assert_eq!(dataset.colormap(1).unwrap(), Some(colours));
    assert_eq!(dataset.photometric(), Photometric::PALETTE);
}

#[test]
fn wrong_use_says_what_to_do_and_leaves_the_file_as_it_was() {
    let mut file = MemoryFile::new();
    file.write_all(b"as it was").unwrap();
    let small = || small().height(40);
    let wrong = [
        (CreateOptions::new(), "width"),
        (CreateOptions::new().width(1), "height"),
        (CreateOptions::new().width(1).height(1), "count"),
        (CreateOptions::new().width(1).height(1).count(1), "dtype"),
        (small().width(0), "1 to"),
        (small().tiled(100, 100), "multiples of 16"),
        (small().option("BLOCKXSIZE", "64").unwrap(), "needs TILED=YES"),
        (small().predictor(Predictor::HORIZONTAL), "is for LZW, DEFLATE, ZSTD and LZMA"),
        (small().compress(Compress::Lzw).predictor(Predictor::FLOATING_POINT), "is for floats"),
        (small().compress(Compress::Lzw).level(3), "says nothing"),
        (small().compress(Compress::Zstd).option("ZLEVEL", "3").unwrap(), "ZLEVEL says nothing"),
        (small().compress(Compress::Deflate).level(13), "1 to 12"),
        (small().max_z_error(0.5), "MAX_Z_ERROR"),
        (small().jpeg_quality(50), "JPEG_QUALITY"),
        (small().compress(Compress::Jpeg), "8 bits"),
        (small().compress(Compress::CcittFax4), "NBITS=1"),
        (small().compress(Compress::Jxl).strips(3), "at least two columns and rows"),
        (small().compress(Compress::Jxl).height(1), "at least two columns and rows"),
        (small().compress(Compress::Jxl).count(5), "JPEG XL with 5 samples"),
        (small().compress(Compress::Jxl).dtype(DataType::Float32), "JPEG XL of floats"),
        (
            small().compress(Compress::Jxl).predictor(Predictor::HORIZONTAL),
            "is for LZW, DEFLATE, ZSTD and LZMA",
        ),
        (small().nbits(8), "NBITS=8"),
        (small().nodata(70_000.0), "no value that uint16 can have"),
        (small().photometric(Photometric::SEPARATED), "needs 4 bands"),
        (small().photometric(Photometric::PALETTE), "go together"),
        (small().colorinterp(vec![ColorInterp::Gray]), "colour interpretations of 1 bands"),
    ];
    for (options, expected) in wrong {
        let error = file.create(options).unwrap_err();
        assert!(error.to_string().contains(expected), "{error} should say {expected}");
        assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Unsupported), "{error}");
    }
    for (key, value, expected) in [
        ("COMPRESS", "ZSTANDARD", "there are NONE, LZW, DEFLATE"),
        ("GEOTIFF_KEYS_FLAVOR", "ESRI", "there are STANDARD, ESRI_PE"),
        ("COMPRES", "ZSTD", "there are ALPHA"),
        ("JXL_LOSSLESS", "NO", "lossy JPEG XL is read only"),
        ("JXL_EFFORT", "9", "no encoder"),
        ("TILED", "MAYBE", "there are YES"),
        ("ZLEVEL", "high", "a number"),
        ("WEBP_LEVEL", "75", "no encoder"),
        ("DRIVER", "PNG", "GTIFF"),
    ] {
        let error = CreateOptions::new().option(key, value).unwrap_err();
        assert!(error.to_string().contains(expected), "{error} should say {expected}");
    }
    let mut writer = file.create(small()).unwrap();
    let error = writer.write(&Array3::<u8>::zeros((3, 40, 50))).unwrap_err();
    assert!(error.to_string().contains("the file is of uint16, the array of uint8"), "{error}");
    for window in [Window::new(0.5, 0, 2, 2), Window::new(49, 0, 2, 2), Window::new(-1, 0, 2, 2)] {
        assert!(writer.write_window(window, &Array3::<u16>::zeros((3, 2, 2))).is_err());
    }
    assert!(writer.write(&Array3::<u16>::zeros((3, 50, 40))).is_err());
    assert!(writer.write_bands(&[1, 1], Window::new(0, 0, 1, 1), &Array3::<u16>::zeros((2, 1, 1))).is_err());
    assert!(writer.write_band(4, &Array2::<u16>::zeros((40, 50))).is_err());
    assert!(writer.set_tags("", [("TIFFTAG_XRESOLUTION".to_owned(), "fine".to_owned())].into()).is_err());
    drop(writer);
    assert!(file.open().is_ok(), "a dropped writer is closed");
}

/// What cannot be kept leaves the file as it was.
#[test]
fn a_quota_that_is_exceeded_loses_nothing() {
    let vfs = Vfs::with_quota(memtiff::vfs::Quota::new().with_bytes(1000));
    let mut file = MemoryFile::builder().vfs(&vfs).filename("a.tif").empty().unwrap();
    file.write_all(b"as it was").unwrap();
    let mut writer = file.create(small()).unwrap();
    writer.write(&ramp()).unwrap();
    assert!(writer.close().is_err());
    assert_eq!(file.getbuffer(), &b"as it was"[..]);
}

/// Blocks that wait take no more than they may.
#[test]
fn scattered_writes_stay_within_the_limits() {
    let options = CreateOptions::new().width(512).height(512).count(1).dtype(DataType::Uint8).tiled(64, 64);
    let options = options.limits(Limits::default().with_memory(64 << 10)).compress(Compress::Deflate);
    let mut file = MemoryFile::new();
    let mut writer = file.create(options).unwrap();
    let pixels = Array3::from_shape_fn((1, 512, 512), |(_, row, col)| (row * 7 + col) as u8);
    for col in 0..512 {
        writer.write_window(Window::new(col, 0, 1, 512), pixels.slice(s![.., .., col..=col])).unwrap();
    }
    writer.close().unwrap();
    assert_eq!(file.open_with(Limits::none()).unwrap().read::<u8>().unwrap(), pixels);
}

/// The third story: made, written, and read as a file, piece by piece.
#[test]
fn a_file_is_created_written_and_streamed_out() {
    let mut file = MemoryFile::new();
    let options = CreateOptions::new().option("driver", "GTiff").unwrap().count(3).width(50).height(40);
    let mut writer = file.create(options.dtype(DataType::Uint16)).unwrap();
    writer.write(&ramp()).unwrap();
    writer.close().unwrap();
    let mut out = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let n = file.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        out.extend_from_slice(&piece[..n]);
    }
    assert_eq!(out, file.getbuffer());
    assert_eq!(MemoryFile::from_bytes(out).open().unwrap().read::<u16>().unwrap(), ramp());
}

/// Texts beside a file say again what stands in it; others find them there.
#[test]
fn texts_stand_beside_a_file_that_asks_for_them() {
    let vfs = Vfs::new();
    let mut file = MemoryFile::builder().vfs(&vfs).filename("a.tif").empty().unwrap();
    let options =
        small().transform(Affine::from_origin(500.0, 5000.0, 10.0, 10.0)).option("TFW", "YES").unwrap();
    file.create(options.option("RPB", "YES").unwrap()).unwrap().close().unwrap();
    let names: Vec<String> = vfs.list("/").unwrap().iter().map(|entry| entry.path().to_string()).collect();
    assert_eq!(names, ["/a.tfw", "/a.tif"], "there are no RPCs to stand in a file");
    assert_eq!(
        vfs.read("/a.tfw").unwrap(),
        "10.0000000000\n0.0000000000\n0.0000000000\n-10.0000000000\n505.0000000000\n4995.0000000000\n"
    );
}

/// Sidecar files and content are replaced together: where one of them does not fit, all stay as they were.
#[test]
fn a_sidecar_file_that_exceeds_a_quota_loses_nothing() {
    let options = |x| {
        let transform = Affine::from_origin(x, 5000.0, 10.0, 10.0);
        small().transform(transform).option("TFW", "YES").unwrap()
    };
    let file_in = |vfs: &Vfs| MemoryFile::builder().vfs(vfs).filename("a.tif").empty().unwrap();
    let create = |file: &mut MemoryFile, x| file.create(options(x)).unwrap().close();
    let free = Vfs::new();
    let mut file = file_in(&free);
    create(&mut file, 5.0).unwrap();
    let short = free.usage().bytes;
    create(&mut file, 5_000_000.0).unwrap();
    let long = free.usage().bytes;
    assert!(long > short);
    for bytes in short..=long {
        let vfs = Vfs::with_quota(memtiff::vfs::Quota::new().with_bytes(bytes));
        let mut file = file_in(&vfs);
        create(&mut file, 5.0).unwrap();
        let all = || (vfs.read("/a.tif").unwrap(), vfs.read("/a.tfw").unwrap(), vfs.usage());
        let before = all();
        assert_eq!(create(&mut file, 5_000_000.0).is_ok(), bytes == long);
        assert_eq!(all() == before, bytes < long);
    }
    let vfs = Vfs::with_quota(memtiff::vfs::Quota::new().with_entries(1));
    let mut file = file_in(&vfs);
    assert!(create(&mut file, 5.0).is_err());
    assert_eq!((file.len(), vfs.usage().bytes, vfs.exists("/a.tfw")), (0, 0, false));
    // A directory is where the sidecar file would be.
    let vfs = Vfs::new();
    let mut file = file_in(&vfs);
    vfs.create_dir("/a.tfw").unwrap();
    assert!(create(&mut file, 5.0).is_err());
    assert_eq!((file.len(), vfs.usage().bytes), (0, 0));
}

#[test]
fn one_more_page_and_directories_first_can_be_asked_for_by_name() {
    let mut file = MemoryFile::new();
    let options =
        small().tiled(16, 16).compress(Compress::Deflate).option("STREAMABLE_OUTPUT", "YES").unwrap();
    let mut writer = file.create(options.clone()).unwrap();
    for row in [32, 16, 0] {
        let window = Window::new(0, row, 50, 16.min(40 - row));
        let (rows, cols) = window.to_slices();
        writer.write_window(window, ramp().slice(s![.., rows, cols])).unwrap();
    }
    writer.set_description(1, &"a long text that comes late ".repeat(9)).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    let mut places = Vec::new();
    for row in 0..3 {
        places.extend((0..4).map(|col| dataset.block_bytes(1, row, col).unwrap().unwrap().start));
    }
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(dataset.read::<u16>().unwrap(), ramp());
    file.create(small().option("APPEND_SUBDATASET", "YES").unwrap()).unwrap().close().unwrap();
    assert_eq!(file.open().unwrap().page_count(), 2);
    assert_eq!(file.open().unwrap().read::<u16>().unwrap(), ramp());
}

/// What colours mean exactly, as GDAL's items say it.
#[test]
fn a_colour_profile_is_kept_in_tags() {
    let items = [
        ("SOURCE_PRIMARIES_RED", "0.625000000, 0.312500000, 1.0"),
        ("SOURCE_PRIMARIES_GREEN", "0.281250000, 0.593750000, 1.0"),
        ("SOURCE_PRIMARIES_BLUE", "0.156250000, 0.062500000, 1.0"),
        ("SOURCE_WHITEPOINT", "0.312500000, 0.328125000, 1.0"),
    ];
    let curve = (0..256).map(|step| (step * 257).to_string()).collect::<Vec<_>>().join(", ");
    let mut options = CreateOptions::new().width(4).height(3).count(3).dtype(DataType::Uint8);
    for (key, value) in items {
        options = options.option(key, value).unwrap();
    }
    let bands = ["RED", "GREEN", "BLUE"].map(|band| format!("TIFFTAG_TRANSFERFUNCTION_{band}"));
    for band in &bands {
        options = options.option(band, &curve).unwrap();
    }
    let mut file = MemoryFile::new();
    file.create(options).unwrap().close().unwrap();
    let found = file.open().unwrap().tags_in("COLOR_PROFILE").unwrap();
    for (key, value) in items {
        assert_eq!(found[key], value);
    }
    assert!(bands.iter().all(|band| found[band] == curve));
    let alone = CreateOptions::new().width(1).height(1).count(3).dtype(DataType::Uint8);
    let error = MemoryFile::new().create(alone.option("SOURCE_WHITEPOINT", "0.3, 0.3").unwrap()).unwrap_err();
    assert!(error.to_string().contains("go together"), "{error}");
}

/// As GDAL does: each was found beside it.
#[test]
fn options_say_what_they_say_in_gdal() {
    let create = |options: CreateOptions| {
        let mut file = MemoryFile::new();
        file.create(options).unwrap().close().unwrap();
        file
    };
    // A transform alone is no CRS, so there are no geokeys.
    let north_up = Affine { a: 10.0, b: 0.0, c: 5e5, d: 0.0, e: -10.0, f: 5e6 };
    let mut file = create(small().transform(north_up));
    let dataset = file.open().unwrap();
    assert_eq!((dataset.crs(), dataset.transform()), (None, north_up));
    assert_eq!(dataset.geokeys().code(1025), None);
    // What a pixel is can be said by an item, and the transform stays.
    let mut writer = file.update().unwrap();
    writer.update_tags("", [("AREA_OR_POINT".to_owned(), "Point".to_owned())].into()).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    assert_eq!((dataset.tags()["AREA_OR_POINT"].as_str(), dataset.transform()), ("Point", north_up));
    // Bands that were called something else are an alpha if that is asked for.
    let four = || CreateOptions::new().width(20).height(20).count(4).dtype(DataType::Uint8);
    let named = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Undefined];
    let undefined = create(four().colorinterp(named.to_vec())).open().unwrap();
    assert_eq!(undefined.colorinterp(), named);
    let options = undefined.create_options().unwrap().option("ALPHA", "YES").unwrap();
    assert_eq!(create(options).open().unwrap().colorinterp()[3], ColorInterp::Alpha);
    let error = four().option("ALPHA", "MAYBE").unwrap_err();
    assert!(error.to_string().contains("NON-PREMULTIPLIED, YES, PREMULTIPLIED"), "{error}");
    // Indices are not to be rounded.
    let indices = CreateOptions::new().width(4).height(4).count(1).dtype(DataType::Uint8);
    let indices = indices.colormap(vec![[1, 2, 3, 255]; 256]).option("DISCARD_LSB", "3").unwrap();
    let error = MemoryFile::new().create(indices).unwrap_err();
    assert!(error.to_string().contains("indices"), "{error}");
}

/// Overviews of a COG are rounded down, those that are built on a file up: they are the same ones.
#[test]
fn overviews_that_are_there_are_built_anew() {
    let create = CreateOptions::new().width(257).height(255).count(1).dtype(DataType::Uint16);
    let cog = |options: &[(&str, &str)]| {
        let mut cog = CogOptions::from(create.clone().compress(Compress::Deflate)).block_size(64);
        for (key, value) in options {
            cog = cog.option(key, value).unwrap();
        }
        let mut writer = CogWriter::new(Vec::new(), cog).unwrap();
        writer
            .write(&Array3::from_shape_fn((1, 255, 257), |(_, row, col)| (row * 37 + col * col) as u16))
            .unwrap();
        writer.finish_in_place().unwrap()
    };
    let mut file = MemoryFile::new();
    file.write_all(&cog(&[])).unwrap();
    let before = file.open().unwrap();
    let shapes = |dataset: &memtiff::Dataset| {
        (0..9).map_while(|level| dataset.overview_shape(level)).collect::<Vec<_>>()
    };
    assert_eq!(shapes(&before), [(127, 128), (63, 64), (31, 32)][..shapes(&before).len()]);
    let mut writer = file.update_with(UpdateOptions::new().break_cog_layout(true)).unwrap();
    writer.build_overviews(&[2, 4], memtiff::Resampling::Average).unwrap();
    writer.close().unwrap();
    assert_eq!(shapes(&file.open().unwrap()), shapes(&before));

    // What is said of overviews alone counts for more, in whatever order.
    let average = cog(&[("OVERVIEW_RESAMPLING", "AVERAGE")]);
    assert!(cog(&[("OVERVIEW_RESAMPLING", "AVERAGE"), ("RESAMPLING", "NEAREST")]) == average);
    assert!(cog(&[("RESAMPLING", "AVERAGE")]) == average);
    assert!(cog(&[("STATISTICS", "AUTO")]) == cog(&[]));
    // The predictor is that of overviews too, be their method said or not.
    let predicted = cog(&[("PREDICTOR", "YES")]);
    assert!(cog(&[("PREDICTOR", "YES"), ("OVERVIEW_COMPRESS", "DEFLATE")]) == predicted);
    assert!(
        predicted
            != cog(&[("PREDICTOR", "YES"), ("OVERVIEW_PREDICTOR", "NO"), ("OVERVIEW_COMPRESS", "DEFLATE")])
    );
}

/// What is transparent takes no part in overviews, in the alpha itself neither: so GDAL has it.
#[test]
fn an_alpha_decides_over_itself() {
    let alpha = |row: usize, col: usize| if (row, col) == (1, 1) || col >= 2 { 0 } else { 255 };
    let pixels = Array3::from_shape_fn((4, 4, 4), |(band, row, col)| match band {
        3 => alpha(row, col),
        _ => (40 * band + 10 * row + col) as u8,
    });
    let create = CreateOptions::new().width(4).height(4).count(4).dtype(DataType::Uint8);
    let mut file = MemoryFile::new();
    let mut writer = file.create(create).unwrap();
    writer.write(&pixels).unwrap();
    writer.build_overviews(&[2], memtiff::Resampling::Average).unwrap();
    writer.close().unwrap();
    let request = memtiff::ReadRequest::new().overview(0);
    let overview = file.open().unwrap().read_with::<u8>(&request).unwrap();
    // Of (0, 0), (0, 1) and (1, 0) alone.
    assert_eq!(overview[[3, 0, 0]], 255);
    assert_eq!(overview[[0, 0, 0]], 4, "11 / 3, rounded");
    assert_eq!((overview[[3, 0, 1]], overview[[3, 1, 1]]), (0, 0));
}

/// Noise beside nothing, of which the encoder's usual codes come out wrong.
#[test]
fn jpeg_xl_is_never_written_wrong() {
    let mut noise = 1_u32;
    let pixels = Array3::from_shape_fn((1, 256, 256), |(_, row, _)| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if row < 192 { (noise >> 16) as u8 } else { 0 }
    });
    for size in [256, 200] {
        let pixels = pixels.slice(s![.., 256 - size.., ..size]);
        let options = CreateOptions::new().width(size).height(size).count(1).dtype(DataType::Uint8);
        let mut file = MemoryFile::new();
        let mut writer = file.create(options.compress(Compress::Jxl).tiled(256, 256)).unwrap();
        writer.write(pixels).unwrap();
        writer.close().unwrap();
        assert_eq!(file.open().unwrap().read::<u8>().unwrap(), pixels);
    }
}

/// What GDAL writes for ESRI's programs, to the letter; and it is the same CRS when it is read.
#[test]
fn geokeys_have_a_flavor_for_esri() {
    let options = small().option("GEOTIFF_KEYS_FLAVOR", "esri_pe").unwrap();
    for (code, text) in [
        (
            32633,
            "PROJCS[\"WGS_1984_UTM_Zone_33N\",GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",\
             SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0.0],\
             UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],\
             PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],\
             PARAMETER[\"Central_Meridian\",15.0],PARAMETER[\"Scale_Factor\",0.9996],\
             PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]",
        ),
        (
            4326,
            "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
             PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]",
        ),
    ] {
        let mut file = MemoryFile::new();
        file.create(options.clone().crs(Crs::from_epsg(code).unwrap())).unwrap().close().unwrap();
        let dataset = file.open().unwrap();
        let keys = dataset.geokeys();
        assert_eq!(
            (keys.code(1024), keys.text(3073)),
            (Some(32_767), Some(&*format!("ESRI PE String = {text}")))
        );
        // Longitude comes first in ESRI's text: what GDAL reads has no number either.
        assert_eq!(dataset.crs().unwrap().epsg(), Some(code).filter(|code| *code != 4326));
        // A copy is for everybody again, unless it is asked for.
        let mut copy = MemoryFile::new();
        copy.create(dataset.create_options().unwrap().option("GEOTIFF_KEYS_FLAVOR", "ESRI_PE").unwrap())
            .unwrap()
            .close()
            .unwrap();
        assert_eq!(copy.open().unwrap().geokeys().text(3073), keys.text(3073));
    }
    let geocentric = options.crs(Crs::from_epsg(4978).unwrap());
    let error = MemoryFile::new().create(geocentric).unwrap_err();
    assert!(error.to_string().contains("geocentric coordinates in ESRI's WKT"), "{error}");
}

/// JPEG XL divides an image into groups of 256 by 256: sizes on both sides of their edges; all values far apart.
#[test]
fn jpeg_xl_of_any_size_loses_nothing() {
    let noise = |seed: usize| (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u16;
    for (width, height) in [(2, 2), (3, 300), (255, 2), (256, 257), (257, 256), (514, 3), (2049, 2)] {
        for count in 1..5 {
            let pixels = Array3::from_shape_fn((count, height, width), |(band, row, col)| {
                match (row / 7 + col / 9) % 4 {
                    0 => u16::MAX * ((row + col) % 2) as u16,
                    1 => (row * 16 + col) as u16,
                    2 => 77,
                    _ => noise((band * height + row) * width + col),
                }
            });
            let options = CreateOptions::new().width(width).height(height).count(count);
            let options = options.compress(Compress::Jxl).strips(height);
            let mut file = MemoryFile::new();
            let create = file.create(options.clone().dtype(DataType::Uint16));
            if matches!(count, 1 | 3) {
                let mut writer = create.unwrap();
                writer.write(&pixels).unwrap();
                writer.close().unwrap();
                assert!(
                    file.open().unwrap().read::<u16>().unwrap() == pixels,
                    "{width} x {height} x {count}"
                );
            } else {
                assert!(create.unwrap_err().to_string().contains("1 or 3 are written"));
            }
            let pixels = pixels.mapv(|value| (value >> 8) as u8);
            let mut writer = file.create(options.dtype(DataType::Uint8)).unwrap();
            writer.write(&pixels).unwrap();
            writer.close().unwrap();
            assert!(file.open().unwrap().read::<u8>().unwrap() == pixels, "{width} x {height} x {count}");
        }
    }
}

/// Statistics of what was written, kept in the file; bits that are not wanted, rounded away.
#[test]
fn statistics_and_fewer_bits_are_made_on_the_way() {
    let options = small().option("STATISTICS", "YES").unwrap().option("DISCARD_LSB", "0,3,0").unwrap();
    let mut file = MemoryFile::new();
    let mut writer = file.create(options.nodata(9.0)).unwrap();
    writer.write(&ramp()).unwrap();
    writer.close().unwrap();
    let dataset = file.open().unwrap();
    let pixels = dataset.read::<u16>().unwrap();
    assert_eq!(pixels.slice(s![0, .., ..]), ramp().slice(s![0, .., ..]));
    for (found, written) in pixels.slice(s![1, .., ..]).iter().zip(ramp().slice(s![1, .., ..])) {
        let rounded = (u32::from(*written) + 4) / 8 * 8;
        assert_eq!(u32::from(*found), if *written == 9 { 9 } else { rounded.min(65_528) });
    }
    let valid: Vec<f64> =
        pixels.slice(s![0, .., ..]).iter().filter(|v| **v != 9).map(|v| f64::from(*v)).collect();
    let mean = valid.iter().sum::<f64>() / valid.len() as f64;
    let statistics = dataset.written_statistics(1).unwrap();
    assert!(
        (statistics.mean - mean).abs() < 1e-9 && statistics.valid_count == valid.len() as u64,
        "{statistics:?}"
    );
    let digits = &dataset.band_tags(1, "").unwrap()["STATISTICS_STDDEV"];
    assert!(digits.chars().filter(char::is_ascii_digit).count() <= 14, "{digits}");
    assert!(MemoryFile::new().create(small().discard_lsb([1, 2])).is_err());
    assert!(MemoryFile::new().create(small().discard_lsb([16])).is_err());
}
