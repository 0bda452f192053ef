//! Reading as people read: shapes, resampling, boundless windows, data types, blocks, points, statistics. GDAL judges many
//! more requests in `tests/interop/reads.py`; here is what holds without it.

use memtiff::vfs::Vfs;
use memtiff::{
    CreateOptions, DataType, Dataset, DynArray, ErrorKind, Limits, MemoryFile, ReadRequest, Resampling,
    Window,
};
use memtiff_tests::truth;
use ndarray::{Array3, Axis, s};

fn open(name: &str) -> Dataset {
    MemoryFile::from_bytes(truth::testdata().bytes(name)).open().unwrap()
}

const UTM: &str = "utm33_rgb_u16.tif";

/// What rasterio 1.5.2 (GDAL 3.12.2) reads of the first band.
#[test]
fn pixels_of_another_size_are_those_of_gdal() {
    let dataset = open(UTM);
    let read = |method| {
        let request = ReadRequest::new().bands([1]).shape(2, 3).resampling(method);
        dataset.read_with::<u16>(&request).unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(read(Resampling::Average), [11272, 15655, 19520, 16950, 21093, 24887]);
    assert_eq!(read(Resampling::Cubic), [11817, 16204, 19560, 16738, 20609, 24533]);
}

/// Expected values are those of GDAL 3.12.2. Of a NaN that is nodata GDAL has that it spreads too, which it takes for an error
/// of its own (OSGeo/gdal#14360).
#[test]
fn a_valid_nan_spreads_under_a_kernel_and_nodata_does_not() {
    let pixels = Array3::from_shape_fn((1, 6, 6), |(_, row, col)| match (row, col) {
        (0, _) => 0.0,
        (3, 3) => f32::NAN,
        _ => (row * 6 + col + 1) as f32,
    });
    let read = |nodata: f64| {
        let mut file = MemoryFile::new();
        let options =
            CreateOptions::new().width(6).height(6).count(1).dtype(DataType::Float32).nodata(nodata);
        let mut writer = file.create(options).unwrap();
        writer.write(&pixels).unwrap();
        writer.close().unwrap();
        let request = ReadRequest::new().shape(3, 3).resampling(Resampling::Bilinear);
        file.open().unwrap().read_with::<f32>(&request).unwrap()
    };
    let spread = read(0.0);
    let near = |(row, col), expected: f32| (spread[(0, row, col)] - expected).abs() < 1e-5;
    assert!(
        near((0, 0), 9.214_286)
            && near((0, 2), 12.785_714)
            && near((1, 0), 16.714_285)
            && near((2, 0), 27.428_572)
    );
    for at in [(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2)] {
        assert!(spread[at].is_nan());
    }
    assert!(read(f64::NAN).iter().all(|value| value.is_finite()));
}

/// A whole number of pixels under each new one: what is left of them can be said in a line.
#[test]
fn ranks_sums_and_means_are_those_of_the_pixels_under_each() {
    let dataset = open("f32_deflate_strip_sparse_nodata.tif");
    let nodata = dataset.nodata().unwrap().as_f64() as f32;
    let whole = dataset.read::<f32>().unwrap();
    let (rows, cols) = (dataset.height() / 4 * 4, dataset.width() / 5 * 5);
    let request = ReadRequest::new().window(Window::new(0, 0, cols, rows)).shape(rows / 4, cols / 5);
    let expected = |of: fn(&[f32]) -> f32| {
        Array3::from_shape_fn((whole.dim().0, rows / 4, cols / 5), |(band, row, col)| {
            let under = whole.slice(s![band, row * 4..row * 4 + 4, col * 5..col * 5 + 5]);
            let mut valid: Vec<f32> = under.iter().copied().filter(|v| *v != nodata && !v.is_nan()).collect();
            valid.sort_by(f32::total_cmp);
            if valid.is_empty() { nodata } else { of(&valid) }
        })
    };
    let read =
        |method| dataset.read_with::<f32>(&request.clone().resampling(method).full_resolution()).unwrap();
    assert_eq!(read(Resampling::Min), expected(|v| v[0]));
    assert_eq!(read(Resampling::Max), expected(|v| v[v.len() - 1]));
    assert_eq!(read(Resampling::Med), expected(|v| v[v.len().div_ceil(2) - 1]));
    assert_eq!(read(Resampling::Q1), expected(|v| v[v.len().div_ceil(4) - 1]));
    assert_eq!(read(Resampling::Q3), expected(|v| v[(v.len() * 3).div_ceil(4) - 1]));
    let sum = expected(|v| v.iter().map(|v| f64::from(*v)).sum::<f64>() as f32);
    let near = |one: &Array3<f32>, two: &Array3<f32>| {
        one.iter().zip(two).all(|(a, b)| (a - b).abs() <= a.abs() * 1e-5)
    };
    assert!(near(&read(Resampling::Sum), &sum));
    let mean = expected(|v| (v.iter().map(|v| f64::from(*v)).sum::<f64>() / v.len() as f64) as f32);
    assert!(near(&read(Resampling::Average), &mean));
}

#[test]
fn every_way_to_the_same_pixels_gives_the_same() {
    for name in [
        UTM,
        "u8_rgba_lzw_p2_strip.tif",
        "f32_deflate_p3_tile_overviews.tif",
        "u8_rgb_deflate_p2_tile_band.tif",
    ] {
        let dataset = open(name);
        for method in Resampling::ALL {
            let request = ReadRequest::new().shape(23, 31).resampling(method);
            let serial = dataset.read_dyn(&request.clone().parallel(false)).unwrap();
            assert_eq!(dataset.read_dyn(&request).unwrap(), serial, "{name} {method}");
            let double = dataset.read_with::<f64>(&request.clone().dtype(DataType::Float64)).unwrap();
            let mut strided = Array3::<f64>::zeros((23, 31, dataset.count()));
            let view = strided.view_mut().permuted_axes([2, 0, 1]);
            dataset.read_into(&request.clone().dtype(DataType::Float64), view).unwrap();
            assert_eq!(strided.view().permuted_axes([2, 0, 1]), double, "{name} {method}");
        }
    }
}

#[test]
fn what_lies_outside_is_filled_and_masked() {
    let dataset = open(UTM);
    let (height, width) = (dataset.height(), dataset.width());
    let whole = dataset.read::<u16>().unwrap();
    let window = Window::new(-3, 75, 10, 9);
    let request = ReadRequest::new().window(window).boundless(true).fill(7.0);
    let read = dataset.read_with::<u16>(&request).unwrap();
    let masks = dataset.read_masks(&request).unwrap();
    for ((band, row, col), value) in read.indexed_iter() {
        let place = (row + 75, (col + 97) % 100);
        let inside = row + 75 < height && col >= 3;
        let expected = if inside { whole[(band, place.0, place.1)] } else { 7 };
        assert_eq!(*value, expected);
        assert_eq!(masks[(band, row, col)] != 0, inside && expected != 0);
    }
    let far = request.clone().window(Window::new(5 * width, 0, 3, 3));
    assert!(dataset.read_with::<u16>(&far).unwrap().iter().all(|value| *value == 7));
    let error = dataset.read_with::<u16>(&ReadRequest::new().window(window)).unwrap_err();
    assert!(error.to_string().contains("the read is not boundless"), "{error}");
    for number in [f64::NAN, f64::INFINITY, 1e300] {
        let window = Window::new(number, 0, 1, 1);
        let error = dataset.read_with::<u16>(&request.clone().window(window)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}

#[test]
fn types_are_converted_when_asked_and_loss_is_refused_when_asked() {
    let dataset = open(UTM);
    let whole = dataset.read::<u16>().unwrap();
    let bytes = dataset.read_with::<u8>(&ReadRequest::new().dtype(DataType::Uint8)).unwrap();
    assert!(bytes.iter().zip(&whole).all(|(byte, value)| u16::from(*byte) == (*value).min(255)));
    let wide = ReadRequest::new().dtype(DataType::Float32).lossless(true);
    assert_eq!(dataset.read_with::<f32>(&wide).unwrap(), whole.mapv(f32::from));
    assert!(matches!(dataset.read_dyn(&wide).unwrap(), DynArray::Float32(_)));
    let error = dataset.read_dyn(&ReadRequest::new().dtype(DataType::Uint8).lossless(true)).unwrap_err();
    assert!(error.to_string().contains("is no uint8: without `lossless` it becomes 255"), "{error}");
    let error = dataset.read_with::<u8>(&wide).unwrap_err();
    assert!(error.to_string().contains("the request asks for float32, the array is one of uint8"), "{error}");
}

#[test]
fn blocks_come_once_in_order_and_make_up_the_whole() {
    for name in [UTM, "u8_rgb_deflate_p2_tile_band.tif", "u8_none_strip.tif", "i16_lzw_p2_strip_bigtiff.tif"]
    {
        let dataset = open(name);
        let request = ReadRequest::new().dtype(DataType::Float64);
        let whole = dataset.read_with::<f64>(&request).unwrap();
        for request in [request.clone(), request.clone().parallel(false)] {
            let mut seen = Array3::<u8>::zeros(whole.dim());
            let mut blocks = dataset.blocks::<f64>(&request).unwrap();
            let mut last = None;
            for block in blocks.by_ref() {
                let block = block.unwrap();
                assert_eq!(dataset.block_window(1, block.index.0, block.index.1).unwrap(), block.window);
                assert!(last < Some(block.index));
                last = Some(block.index);
                let (rows, cols) = block.window.to_slices();
                assert_eq!(whole.slice(s![.., rows.clone(), cols.clone()]), block.data);
                seen.slice_mut(s![.., rows, cols]).mapv_inplace(|n| n + 1);
            }
            assert!(seen.iter().all(|n| *n == 1), "{name}");
        }
    }
    let dataset = open(UTM);
    assert!(dataset.blocks::<u16>(&ReadRequest::new().shape(3, 3)).is_err());
    assert!(dataset.block_window(1, 3, 0).is_err() && dataset.block_window(4, 0, 0).is_err());
    // Tiles that are a part of a window are cut to it.
    let window = Window::new(30, 31, 5, 2);
    let parts: Vec<_> = dataset.blocks::<u16>(&ReadRequest::new().window(window)).unwrap().collect();
    assert_eq!(parts.len(), 4);
}

/// A dropped iterator, and one that is used within the pool of threads, end.
#[test]
fn blocks_may_be_left_and_taken_anywhere() {
    let dataset = open(UTM);
    let mut blocks = dataset.blocks::<u16>(&ReadRequest::new()).unwrap();
    blocks.next().unwrap().unwrap();
    drop(blocks);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| dataset.blocks::<u16>(&ReadRequest::new()).unwrap().count()), 12);
}

#[test]
fn a_block_says_which_bytes_it_is() {
    let dataset = open("u8_none_tile_sparse.tif");
    let windows: Vec<_> = dataset.block_windows(1).unwrap().collect();
    let places: Vec<_> =
        windows.iter().map(|((row, col), _)| dataset.block_bytes(1, *row, *col).unwrap()).collect();
    assert!(places.iter().any(Option::is_some) && places.iter().any(Option::is_none));
    let (height, width) = dataset.block_shapes()[0];
    for (place, ((row, col), window)) in places.iter().zip(&windows) {
        let Some(range) = place else { continue };
        assert_eq!(range.end - range.start, (height * width) as u64);
        let bytes = &dataset.bytes()[range.start as usize..range.end as usize];
        let pixels = dataset.read_window::<u8>(*window).unwrap();
        assert_eq!(bytes[0], pixels[(0, 0, 0)], "block {row} {col}");
    }
}

#[test]
fn points_have_the_values_of_their_pixels() {
    let dataset = open(UTM);
    let whole = dataset.read::<u16>().unwrap();
    let pixels = [(5, 7), (79, 99), (5, 7), (0, 0), (33, 64)];
    let mut points: Vec<_> = pixels.iter().map(|(row, col)| dataset.xy(*row, *col)).collect();
    points.extend([(0.0, 0.0), (f64::NAN, 1.0), dataset.xy(80, 0), dataset.xy(0, -1)]);
    let samples = dataset.sample::<u16>(&points, &ReadRequest::new().bands([2])).unwrap();
    for (sample, (row, col)) in samples.iter().zip(pixels) {
        assert_eq!(*sample, Some(vec![whole[(1, row as usize, col as usize)]]));
    }
    assert!(samples[pixels.len()..].iter().all(Option::is_none));
    assert!(dataset.sample::<u16>(&points, &ReadRequest::new().overview(0)).is_err());
}

/// Minimum, maximum, mean, standard deviation of the first band: GDAL 3.12.2.
#[test]
fn statistics_are_those_of_gdal() {
    let expected = [
        (UTM, [2910.0, 33630.0, 18370.568927789933, 5728.483910279239]),
        ("f32_lerc_tile_nan.tif", [-100.875, 85.375, -10.734493550834603, 37.53666868969279]),
        ("u8_rgb_deflate_tile_mask.tif", [28.0, 98.0, 60.356517259144795, 14.996638642037448]),
        (
            "i64_deflate_p2_tile_point.tif",
            [-8.35417730877227e18, -1.6438138639902328e18, -5.105935575560318e18, 1.3522418451739392e18],
        ),
        ("f32_deflate_p3_tile_overviews.tif", [-99.75, 160.0, 33.981213135208655, 49.48379674489869]),
        ("u8_rgba_lzw_p2_strip.tif", [28.0, 98.0, 60.36682122617201, 14.990823627743321]),
    ];
    for (name, expected) in expected {
        let dataset = open(name);
        let found = dataset.statistics(1).unwrap().unwrap();
        for (found, expected) in [found.min, found.max, found.mean, found.std].into_iter().zip(expected) {
            assert!((found - expected).abs() <= expected.abs() * 1e-12, "{name}: {found}, not {expected}");
        }
        let counts = dataset.histogram(1, found.min, found.max, 10).unwrap();
        assert_eq!(counts.iter().sum::<u64>(), found.valid_count, "{name}");
    }
    assert!(open("c64_none_tile.tif").statistics(1).is_err());
    assert!(open(UTM).histogram(1, 1.0, 1.0, 4).is_err());
    let written = truth::sidecars().open("statistics.tif").unwrap();
    let (written, counted) =
        (written.written_statistics(1).unwrap(), written.statistics(1).unwrap().unwrap());
    assert!((written.mean - counted.mean).abs() < 1e-11 && (written.std - counted.std).abs() < 1e-11);
    assert_eq!((written.min, written.max), (counted.min, counted.max));
}

#[test]
fn a_histogram_counts_each_valid_pixel_once() {
    let dataset = open("u8_none_strip.tif");
    let pixels = dataset.read_band::<u8>(1).unwrap();
    let counts = dataset.histogram(1, -0.5, 255.5, 256).unwrap();
    for (value, count) in counts.iter().enumerate() {
        assert_eq!(*count, pixels.iter().filter(|pixel| usize::from(**pixel) == value).count() as u64);
    }
}

/// Only the chunks under a window are looked at: all others are damaged.
#[test]
fn no_chunk_is_decoded_that_nobody_asked_for() {
    let mut bytes = truth::testdata().bytes("u8_rgb_deflate_p2_tile_band.tif");
    let dataset = MemoryFile::from_bytes(bytes.clone()).open().unwrap();
    let window = dataset.block_window(2, 1, 1).unwrap();
    let kept = dataset.block_bytes(2, 1, 1).unwrap().unwrap();
    let expected = dataset.read_with::<u8>(&ReadRequest::new().bands([2]).window(window)).unwrap();
    for band in 1..=3 {
        for ((row, col), _) in dataset.block_windows(band).unwrap() {
            let range = dataset.block_bytes(band, row, col).unwrap().unwrap();
            if range != kept {
                bytes[range.start as usize..range.end as usize].fill(0xff);
            }
        }
    }
    let damaged = MemoryFile::from_bytes(bytes).open().unwrap();
    let read = damaged.read_with::<u8>(&ReadRequest::new().bands([2]).window(window)).unwrap();
    assert_eq!(read, expected);
    assert!(damaged.read::<u8>().is_err());
    let half = ReadRequest::new().bands([2]).window(window).shape(window.height as usize / 2, 3);
    assert!(damaged.read_with::<u8>(&half).is_ok());
}

#[test]
fn resampling_keeps_to_the_limits() {
    let vfs = Vfs::new();
    vfs.insert("/a.tif", truth::testdata().bytes(UTM)).unwrap();
    let dataset = Dataset::open(&vfs, "/a.tif", Limits::default().with_memory(40_000)).unwrap();
    let request = ReadRequest::new().shape(10, 10).full_resolution();
    let error = dataset.read_with::<u16>(&request.clone().resampling(Resampling::Cubic)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(dataset.read_with::<u16>(&request.bands([1])).is_ok());
}

#[test]
fn masks_go_with_pixels_of_another_size() {
    let dataset = open("u8_rgb_deflate_tile_mask.tif");
    let request = ReadRequest::new().shape(20, 30).resampling(Resampling::Average);
    let masked = dataset.read_masked::<u8>(&request).unwrap();
    assert_eq!(masked.data.dim(), masked.mask.dim());
    let mask = dataset.dataset_mask(&request).unwrap();
    assert_eq!(masked.mask.index_axis(Axis(0), 0), mask);
    let colours = dataset.read_rgba(&request).unwrap();
    assert_eq!(colours.dim(), (4, 20, 30));
}
