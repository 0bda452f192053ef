//! The stories that memtiff is made for, told as a user would.

use std::io::{Read, Write};

use memtiff::{
    Affine, CogOptions, Compress, CreateOptions, Crs, DataType, MaskFlag, MemoryFile, Predictor, ReadRequest,
    Resampling, Window,
};
use ndarray::{Array2, Array3};

const SCENE: &[u8] = include_bytes!("../testdata/utm33_rgb_u16.tif");

/// Bytes from a socket become arrays.
#[test]
fn bytes_are_opened_and_read() {
    let file = MemoryFile::from_bytes(SCENE);
    let dataset = file.open().unwrap();
    assert_eq!((dataset.count(), dataset.width(), dataset.height()), (3, 100, 80));
    assert_eq!(dataset.crs().and_then(Crs::epsg), Some(32633));
    assert_eq!(dataset.read::<u16>().unwrap().dim(), (3, 80, 100));
    let window = Window::new(10, 20, 30, 40);
    assert_eq!(dataset.read_window::<u16>(window).unwrap().dim(), (3, 40, 30));
    let small = ReadRequest::new().shape(8, 10).resampling(Resampling::Average);
    assert_eq!(dataset.read_with::<u16>(&small).unwrap().dim(), (3, 8, 10));
}

/// A stream fills an empty file, 8,192 bytes at a time.
#[test]
fn a_stream_is_written_and_opened() {
    let mut file = MemoryFile::new();
    for piece in SCENE.chunks(8192) {
        file.write_all(piece).unwrap();
    }
    assert_eq!(file.open().unwrap().count(), 3);
}

/// An array becomes a GeoTIFF, which is sent away 8,192 bytes at a time.
#[test]
fn an_array_becomes_a_file() {
    let pixels = Array3::<u8>::from_shape_fn((3, 60, 80), |(band, row, col)| (band * 80 + row + col) as u8);
    let mut file = MemoryFile::new();
    let options = CreateOptions::new().option("driver", "GTiff").unwrap().count(3).width(80).height(60);
    let options = options.dtype(DataType::Uint8).crs(Crs::from_epsg(32633).unwrap());
    let mut writer = file.create(options.transform(Affine::from_origin(5e5, 5e6, 10.0, 10.0))).unwrap();
    writer.write(&pixels).unwrap();
    writer.close().unwrap();

    let (mut sent, mut piece) = (Vec::new(), [0; 8192]);
    loop {
        let n = file.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        sent.extend_from_slice(&piece[..n]);
    }
    assert_eq!(sent, file.getbuffer());
    assert_eq!(MemoryFile::from_bytes(sent).open().unwrap().read::<u8>().unwrap(), pixels);
}

/// A scene arrives, is masked, described, given overviews, and leaves as a cloud-optimized GeoTIFF.
#[test]
fn a_scene_is_refined_and_leaves_as_a_cog() {
    let mut file = MemoryFile::from_bytes(SCENE);
    let mut writer = file.update().unwrap();
    writer.write_mask(&Array2::from_shape_fn((80, 100), |(row, _)| if row < 60 { 255 } else { 0 })).unwrap();
    writer.set_description(1, "red").unwrap();
    writer.close().unwrap();

    let scene = file.open().unwrap();
    let options =
        scene.cog_options().unwrap().create(|create| create.compress(Compress::Zstd)).block_size(64);
    let mut cog = MemoryFile::new();
    let mut writer = cog.create_cog(options).unwrap();
    writer.copy_from(&scene, &ReadRequest::new()).unwrap();
    writer.close().unwrap();

    let cog = cog.open().unwrap();
    assert_eq!(cog.read::<u16>().unwrap(), scene.read::<u16>().unwrap());
    assert_eq!(cog.mask_flags()[0], [MaskFlag::PerDataset]);
    assert_eq!((cog.descriptions()[0], cog.compression_name()), (Some("red"), "ZSTD".to_owned()));
    assert!(!cog.overviews().is_empty());
}

/// A result that is computed window by window is written as it comes, and needs no more memory than it takes.
#[test]
fn windows_are_written_as_they_are_computed() {
    let scene = MemoryFile::from_bytes(SCENE).open().unwrap();
    let options = CreateOptions::new().width(100).height(80).count(1).dtype(DataType::Float32).tiled(32, 32);
    let options = options.compress(Compress::Deflate).predictor(Predictor::FLOATING_POINT);
    let mut file = MemoryFile::new();
    let mut writer = file.create_cog(CogOptions::from(options)).unwrap();
    for block in scene.blocks::<u16>(&ReadRequest::new()).unwrap() {
        let block = block.unwrap();
        let mean = block.data.map_axis(ndarray::Axis(0), |bands| {
            bands.iter().map(|value| f32::from(*value)).sum::<f32>() / 3.0
        });
        writer.write_window(block.window, mean.view().insert_axis(ndarray::Axis(0))).unwrap();
    }
    writer.close().unwrap();
    let (mean, all) = (file.open().unwrap().read_band::<f32>(1).unwrap(), scene.read::<u16>().unwrap());
    let sum: f32 = (0..3).map(|band| f32::from(all[(band, 40, 50)])).sum();
    assert_eq!(mean[(40, 50)], sum / 3.0);
}
