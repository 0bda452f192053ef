//! What holds for every file and every request: same pixels however they are stored, windows as crops,
//! truth about every prefix.

use memtiff::{ByteOrder, Compression, Dataset, MemoryFile, Predictor, ReadRequest, Sample, Window};
use memtiff_tests::builder::{Chunks, Spec, build};
use memtiff_tests::truth;
use ndarray::{Array3, s};
use proptest::prelude::*;

fn chunks() -> impl Strategy<Value = Chunks> {
    prop_oneof![
        (1..40_usize).prop_map(Chunks::Strips),
        (1..4_usize, 1..4_usize).prop_map(|(w, h)| Chunks::Tiles(16 * w, 16 * h)),
    ]
}

fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![
        Just(Compression::NONE),
        Just(Compression::LZW),
        Just(Compression::DEFLATE),
        Just(Compression::OLD_DEFLATE),
        Just(Compression::PACKBITS),
    ]
}

/// Any way to store samples; `predictors` are those that the samples' type allows.
fn spec(predictors: &'static [Predictor]) -> impl Strategy<Value = Spec> {
    let order = prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)];
    let predictor = proptest::sample::select(predictors);
    (order, any::<bool>(), chunks(), any::<bool>(), compression(), predictor).prop_map(
        |(order, big, chunks, separate, compression, predictor)| {
            let knows_predictors = !matches!(compression, Compression::NONE | Compression::PACKBITS);
            let predictor = if knows_predictors { predictor } else { Predictor::NONE };
            Spec { order, big, chunks, separate, compression, predictor }
        },
    )
}

/// Arrays of 1 to 5 bands with runs and noise in them, so that every method has something to do.
fn pixels<T: Sample>() -> impl Strategy<Value = Array3<T>> {
    (1..6_usize, 1..40_usize, 1..50_usize, any::<u64>()).prop_map(|(bands, rows, columns, seed)| {
        let mut state = seed | 1;
        Array3::from_shape_fn((bands, rows, columns), |(band, row, column)| {
            // xorshift
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let noise = if row % 3 == 0 { state } else { 0 };
            T::from_u64(noise ^ (band * 1000 + row * 7 + column / 5) as u64)
        })
    })
}

fn window_in((rows, columns): (usize, usize)) -> impl Strategy<Value = Window> {
    (0..columns, 0..rows).prop_flat_map(move |(column, row)| {
        (1..=columns - column, 1..=rows - row)
            .prop_map(move |(width, height)| Window::new(column, row, width, height))
    })
}

fn crop<T: Sample>(whole: &Array3<T>, window: Window) -> Array3<T> {
    let (rows, cols) = window.to_slices();
    whole.slice(s![.., rows, cols]).to_owned()
}

fn open(data: Vec<u8>) -> Dataset {
    MemoryFile::from_bytes(data).open().unwrap()
}

/// The file holds just `pixels`: whole, in windows, on one thread and on many.
fn check<T: Sample>(pixels: &Array3<T>, spec: Spec, window: Window) -> Result<(), TestCaseError> {
    let dataset = open(build(pixels, spec));
    prop_assert!(dataset.warnings().is_empty());
    for parallel in [true, false] {
        let request = ReadRequest::new().parallel(parallel);
        prop_assert_eq!(&dataset.read_with::<T>(&request).unwrap(), pixels);
        let read = dataset.read_with::<T>(&request.window(window)).unwrap();
        prop_assert_eq!(read, crop(pixels, window));
    }
    Ok(())
}

const INTEGER: &[Predictor] = &[Predictor::NONE, Predictor::HORIZONTAL];
const FLOAT: &[Predictor] = &[Predictor::NONE, Predictor::HORIZONTAL, Predictor::FLOATING_POINT];

macro_rules! same_pixels_however_stored {
    ($($name:ident: $type:ty, $predictors:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            $(#[test]
            fn $name(
                (pixels, window) in pixels::<$type>().prop_flat_map(|pixels| {
                    let (_, rows, columns) = pixels.dim();
                    (Just(pixels), window_in((rows, columns)))
                }),
                spec in spec($predictors),
            ) {
                check(&pixels, spec, window)?;
            })*
        }
    };
}

same_pixels_however_stored! {
    u8_is_the_same_however_stored: u8, INTEGER;
    i8_is_the_same_however_stored: i8, INTEGER;
    u16_is_the_same_however_stored: u16, INTEGER;
    i16_is_the_same_however_stored: i16, INTEGER;
    u32_is_the_same_however_stored: u32, INTEGER;
    i32_is_the_same_however_stored: i32, INTEGER;
    u64_is_the_same_however_stored: u64, INTEGER;
    i64_is_the_same_however_stored: i64, INTEGER;
    f32_is_the_same_however_stored: f32, FLOAT;
    f64_is_the_same_however_stored: f64, FLOAT;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// On files that others wrote: a window is the crop of the whole, in any selection of bands.
    #[test]
    fn a_window_is_the_crop_of_the_whole(
        name in proptest::sample::select(vec![
            "utm33_rgb_u16.tif",
            "u16_deflate_p2_tile_big.tif",
            "u16_deflate_p2_tile_subifds.tif",
            "u16_rgb_olddeflate_p2_tile_big_bigtiff.tif",
        ]),
        place in (0.0..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0),
        bands in proptest::collection::vec(0..3_usize, 1..4),
    ) {
        let dataset = open(truth::testdata().bytes(name));
        let span = |start: f64, length: f64, size: usize| {
            let start = (start * size as f64) as usize;
            (start, 1 + (length * (size - start - 1) as f64) as usize)
        };
        let (column, width) = span(place.0, place.2, dataset.width());
        let (row, height) = span(place.1, place.3, dataset.height());
        let window = Window::new(column, row, width, height);
        let bands: Vec<usize> = bands.iter().map(|band| 1 + band % dataset.count()).collect();
        let whole = dataset.read::<u16>().unwrap();
        let read = dataset.read_with::<u16>(&ReadRequest::new().window(window).bands(bands.clone())).unwrap();
        for (i, band) in bands.iter().enumerate() {
            let (rows, cols) = window.to_slices();
            let wanted = whole.slice(s![band - 1, rows, cols]);
            prop_assert_eq!(read.slice(s![i, .., ..]), wanted);
        }
    }
}

/// Every prefix of a file is an error, or tells the truth as far as it goes.
#[test]
fn every_prefix_is_an_error_or_true() {
    let testdata = truth::testdata();
    let mut prefixes = 0;
    for name in [
        "u8_none_1x1.tif",
        "u8_none_tile_sparse.tif",
        "f32_deflate_strip_sparse_nodata.tif",
        "i8_packbits_strip_big.tif",
    ] {
        let data = testdata.bytes(name);
        let whole = open(data.clone());
        let pixels = whole.read_dyn(&ReadRequest::new()).unwrap();
        for len in 0..data.len() {
            prefixes += 1;
            let Ok(dataset) = MemoryFile::from_bytes(data[..len].to_vec()).open() else { continue };
            assert_eq!(
                (dataset.width(), dataset.height()),
                (whole.width(), whole.height()),
                "{name} to {len}"
            );
            if let Ok(read) = dataset.read_dyn(&ReadRequest::new()) {
                // A nodata text that was cut off changes what sparse blocks are filled with.
                assert!(read == pixels || dataset.nodata() != whole.nodata(), "{name} to {len}");
            }
        }
    }
    println!("{prefixes} prefixes");
}
