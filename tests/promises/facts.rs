//! Facts about reading that need a file made for the purpose.

use memtiff::{
    ByteOrder, Compression, DynArray, ErrorKind, Limits, MemoryFile, Predictor, ReadRequest, Window,
};
use memtiff_tests::builder::{Chunks, Spec, build};
use memtiff_tests::truth;
use ndarray::{Array3, ArrayView3, s};

const PLAIN: Spec = Spec {
    order: ByteOrder::Little,
    big: false,
    chunks: Chunks::Tiles(16, 16),
    separate: false,
    compression: Compression::NONE,
    predictor: Predictor::NONE,
};

fn pixels() -> Array3<u16> {
    Array3::from_shape_fn((3, 40, 50), |(band, row, column)| (band * 10_000 + row * 100 + column) as u16)
}

fn open(data: &[u8]) -> memtiff::Dataset {
    MemoryFile::from_bytes(data.to_vec()).open().unwrap()
}

/// A directory whose tile tables lie past the end of the input: whoever touched them would fail.
#[test]
fn a_million_tiles_open_without_their_tables() {
    let mut data = b"II*\0\x08\0\0\0".to_vec();
    let fields: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, 256_000),
        (257, 4, 1, 256_000),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (322, 4, 1, 256),
        (323, 4, 1, 256),
        (324, 4, 1_000_000, 1 << 20),
        (325, 4, 1_000_000, 6 << 20),
    ];
    data.extend((fields.len() as u16).to_le_bytes());
    for (tag, field_type, count, value) in fields {
        data.extend(tag.to_le_bytes());
        data.extend(field_type.to_le_bytes());
        data.extend(count.to_le_bytes());
        data.extend(value.to_le_bytes());
    }
    data.extend(0_u32.to_le_bytes());
    let dataset = open(&data);
    assert_eq!((dataset.width(), dataset.height()), (256_000, 256_000));
    assert!(dataset.warnings().is_empty());
    // Reading does need them, and says which bytes.
    let error = dataset.read_window::<u8>(Window::new(0, 0, 1, 1)).unwrap_err();
    assert_eq!(error.needed(), Some(1 << 20..(1 << 20) + 4_000_000));
}

#[test]
fn bands_come_in_the_order_asked_for_repeats_included() {
    for separate in [false, true] {
        let dataset = open(&build(&pixels(), Spec { separate, ..PLAIN }));
        let read = dataset.read_with::<u16>(&ReadRequest::new().bands([3, 1, 3])).unwrap();
        for (band, source) in [(0, 2), (1, 0), (2, 2)] {
            assert_eq!(read.slice(s![band, .., ..]), pixels().slice(s![source, .., ..]));
        }
        let second = dataset.read_band::<u16>(2).unwrap();
        assert_eq!(second, pixels().slice(s![1, .., ..]));
    }
}

#[test]
fn wrong_use_is_told_before_any_work() {
    let dataset = open(&build(&pixels(), PLAIN));
    let message = |request: &ReadRequest| {
        let error = dataset.read_with::<u16>(request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.to_string()
    };
    let new = ReadRequest::new;
    assert!(message(&new().bands([4])).contains("band 4 asked for, the file has bands 1 to 3"));
    assert!(message(&new().bands([0])).contains("band 0"));
    assert!(message(&new().window(Window::new(49, 0, 2, 1))).contains("not inside the image"));
    assert!(message(&new().window(Window::new(0, 0, 0, 1))).contains("empty"));
    assert!(message(&new().window(Window::new(usize::MAX, 0, 2, 1))).contains("not inside"));
    assert!(message(&new().overview(0)).contains("overview 0 asked for, the file has 0"));
    let error = dataset.read::<i16>().unwrap_err();
    assert!(error.to_string().contains("the file holds uint16, int16 was asked for"), "{error}");
    let mut small = Array3::<u16>::zeros((3, 40, 49));
    let error = dataset.read_into(&new(), small.view_mut()).unwrap_err();
    assert!(error.to_string().contains("(3, 40, 50)"), "{error}");
}

#[test]
fn arrays_of_any_strides_are_filled() {
    for compression in [Compression::NONE, Compression::DEFLATE] {
        for (separate, order) in [(false, ByteOrder::Big), (true, ByteOrder::Little)] {
            let spec = Spec { separate, order, compression, ..PLAIN };
            let dataset = open(&build(&pixels(), spec));
            let mut by_pixel = Array3::<u16>::zeros((40, 50, 3));
            let view = by_pixel.view_mut().permuted_axes([2, 0, 1]);
            dataset.read_into(&ReadRequest::new(), view).unwrap();
            let view: ArrayView3<u16> = by_pixel.view().permuted_axes([2, 0, 1]);
            assert_eq!(view, pixels());
        }
    }
}

#[test]
fn a_read_spends_no_more_than_its_limits() {
    let data = build(&pixels(), PLAIN);
    let read = |memory| {
        let dataset =
            MemoryFile::from_bytes(data.clone()).open_with(Limits::default().with_memory(memory))?;
        dataset.read::<u16>()
    };
    assert!(read(1 << 20).is_ok());
    let error = read(11_999).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("the output needs 12000 bytes"), "{error}");
    assert_eq!(read(100).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn errors_say_which_chunk_and_threads_do_not_change_which() {
    let spec = Spec { compression: Compression::DEFLATE, ..PLAIN };
    let mut data = build(&pixels(), spec);
    // Damages the zlib headers of the chunks 3 and 7, whose offsets the file itself tells.
    let dataset = open(&data);
    let table = dataset
        .bytes()
        .windows(4)
        .position(|w| w == 324_u32.to_le_bytes()[..2].iter().chain(&[4, 0]).copied().collect::<Vec<u8>>());
    let at = |data: &[u8], offset: usize| {
        u32::from_le_bytes(data[offset..offset + 4].try_into().unwrap()) as usize
    };
    let offsets = at(&data, table.unwrap() + 8);
    for chunk in [3, 7] {
        let start = at(&data, offsets + chunk * 4);
        data[start] = 0xff;
    }
    let dataset = open(&data);
    for parallel in [true, false] {
        for _ in 0..20 {
            let error = dataset.read_with::<u16>(&ReadRequest::new().parallel(parallel)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert_eq!(error.place().chunk, Some(3), "{error}");
        }
    }
    // What does not touch them is not disturbed by them.
    assert!(dataset.read_window::<u16>(Window::new(0, 0, 48, 16)).is_ok());
}

#[test]
fn overviews_are_read_in_their_own_pixels() {
    let testdata = truth::testdata();
    for name in ["utm33_rgb_u16.tif", "u16_deflate_p2_tile_subifds.tif"] {
        let dataset = open(&testdata.bytes(name));
        assert_eq!(dataset.overviews(), [2, 4]);
        let (rows, columns) = dataset.overview_shape(1).unwrap();
        let whole = dataset.read_with::<u16>(&ReadRequest::new().overview(1)).unwrap();
        assert_eq!((whole.dim().1, whole.dim().2), (rows, columns));
        let window = Window::new(columns - 1, rows - 2, 1, 2);
        let corner = dataset.read_with::<u16>(&ReadRequest::new().overview(1).window(window)).unwrap();
        assert_eq!(corner, whole.slice(s![.., rows - 2.., columns - 1..]));
    }
}

#[test]
fn blocks_left_out_are_nodata_or_zero() {
    let testdata = truth::testdata();
    let dataset = open(&testdata.bytes("f32_deflate_strip_sparse_nodata.tif"));
    let nodata = dataset.nodata().unwrap().as_f64();
    let DynArray::Float32(array) = dataset.read_dyn(&ReadRequest::new()).unwrap() else { panic!() };
    assert!(array.iter().any(|value| f64::from(*value) == nodata));
}

#[test]
fn colours_are_made_of_what_samples_mean() {
    let testdata = truth::testdata();
    let read = |name: &str| {
        let dataset = open(&testdata.bytes(name));
        let samples = dataset.read_dyn(&ReadRequest::new()).unwrap();
        (samples, dataset.read_rgba(&ReadRequest::new()).unwrap())
    };
    let grey = |name: &str, shade: &dyn Fn(u8) -> u8| {
        let (DynArray::Uint8(samples), rgba) = read(name) else { panic!("{name}") };
        let same = |(at, sample): ((usize, usize, usize), &u8)| {
            let pixel = rgba.slice(s![.., at.1, at.2]);
            pixel.to_vec() == [shade(*sample), shade(*sample), shade(*sample), 255]
        };
        assert!(samples.indexed_iter().all(same), "{name}");
    };
    grey("u8_none_strip.tif", &|sample| sample);
    grey("u8_packbits_strip_miniswhite_big.tif", &|sample| 255 - sample);
    grey("u1_none_strip.tif", &|sample| sample * 255);
    grey("u1_ccittfax3_strip_miniswhite.tif", &|sample| 255 - sample * 255);

    let (DynArray::Uint16(samples), rgba) = read("u12_deflate_tile.tif") else { panic!() };
    let narrow = |sample: u16| u8::try_from((u32::from(sample) * 510 + 4095) / 8190).unwrap();
    assert!(samples.iter().zip(rgba.slice(s![1, .., ..])).all(|(sample, green)| narrow(*sample) == *green));

    // Alpha: nodata, a band; and the colours under it as they are.
    let (DynArray::Uint16(samples), rgba) = read("utm33_rgb_u16.tif") else { panic!() };
    let nodata = samples.slice(s![0, .., ..]).into_iter().map(|sample| if *sample == 0 { 0 } else { 255 });
    assert!(nodata.eq(rgba.slice(s![3, .., ..]).iter().copied()));
    let (samples, rgba) = read("u8_rgba_lzw_p2_strip.tif");
    assert_eq!(samples, DynArray::from(rgba));

    let dataset = open(&testdata.bytes("f32_zstd_p3_strip_big.tif"));
    let error = dataset.read_rgba(&ReadRequest::new()).unwrap_err();
    assert!(error.to_string().contains("colours of float32"), "{error}");
    let dataset = open(&testdata.bytes("utm33_rgb_u16.tif"));
    assert_eq!(dataset.read_rgba(&ReadRequest::new().bands([1])).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn masked_reads_tell_what_is_valid() {
    let dataset = open(&truth::testdata().bytes("f32_deflate_strip_sparse_nodata.tif"));
    let nodata = dataset.nodata().unwrap().as_f64();
    let masked = dataset.read_masked::<f32>(&ReadRequest::new()).unwrap();
    let valid = masked.data.iter().filter(|value| f64::from(**value) != nodata).count();
    assert!(valid > 0 && valid < masked.data.len());
    assert_eq!(masked.valid_count(), valid);
    let filled = masked.filled(f32::INFINITY);
    assert_eq!(filled.iter().filter(|value| value.is_infinite()).count(), filled.len() - valid);
}

/// Changes the entry of a tag in the first directory of a classic, little-endian file.
fn patched(name: &str, tag: u16, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut data = truth::testdata().bytes(name);
    let directory = u32::from_le_bytes(data[4..8].try_into().unwrap()) as usize;
    let mut entries = data[directory + 2..].chunks_exact_mut(12);
    change(entries.find(|entry| entry[..2] == tag.to_le_bytes()).expect("the tag is there"));
    data
}

#[test]
fn irregular_files_are_read_and_warned_of() {
    type Change = fn(&mut [u8]);
    let sparse = open(&truth::testdata().bytes("u8_none_tile_sparse.tif"));
    assert!(sparse.warnings().iter().any(|told| told.to_string().contains("blocks without data")));
    let cases: [(&str, u16, Change, &str); 8] = [
        ("u8_none_strip.tif", 262, |entry| entry[0] += 1, "missing: taken for black at 0"),
        ("u8_none_strip.tif", 262, |entry| entry[8] = 77, "not a value that is defined"),
        ("u8_none_strip.tif", 279, |entry| entry[0] += 1, "missing: taken from the image"),
        ("u8_none_1x1.tif", 279, |entry| entry[8] = 0, "fewer bytes than the image needs"),
        ("u8_none_1x1.tif", 278, |entry| entry[8] = 0, "0 rows: taken for all"),
        ("u8_none_1x1.tif", 258, |entry| entry[2] = 8, "of another type than whole numbers"),
        ("u8_none_strip.tif", 277, |entry| entry[0] -= 4, "more than once"),
        ("u8_none_strip.tif", 277, |entry| entry[..2].copy_from_slice(&[255, 255]), "not in the order"),
    ];
    for (name, tag, change, warning) in cases {
        let regular = open(&truth::testdata().bytes(name));
        assert_eq!(regular.warnings(), []);
        let dataset = open(&patched(name, tag, change));
        let warnings: Vec<_> = dataset.warnings().iter().map(ToString::to_string).collect();
        assert!(warnings.iter().any(|told| told.contains(warning)), "{warning}: {warnings:?}");
        assert_eq!(dataset.read::<u8>().unwrap(), regular.read::<u8>().unwrap(), "{warning}");
    }
}

/// A band that is asked for twice, in windows of which a block may hold as many samples by chance.
#[test]
fn bands_may_be_asked_for_twice() {
    let dataset = open(&truth::testdata().bytes("u16_deflate_p2_tile_big.tif"));
    let whole = dataset.read_band::<u16>(1).unwrap();
    for (width, height) in (1..16).flat_map(|width| (1..4).map(move |height| (width, height))) {
        let window = Window::new(33, 32, width, height);
        let request = ReadRequest::new().window(window).bands([1, 1]);
        let twice = dataset.read_with::<u16>(&request).unwrap();
        let wanted = whole.slice(s![32..32 + height, 33..33 + width]);
        for band in twice.outer_iter() {
            assert_eq!(band, wanted, "{width} x {height}");
        }
    }
}
