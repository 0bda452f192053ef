//! The files that are timed: rasters of 2048 x 2048 pixels that compress as real ones do.

use memtiff::{ByteOrder, Compression, Predictor, Sample};
use memtiff_tests::builder::{Chunks, Spec, build};
use ndarray::Array3;

/// Columns and rows.
pub const SIZE: usize = 2048;

/// A file to be timed.
pub struct Subject {
    /// What it is: samples, compression, predictor, chunks.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// All files: three kinds of samples, none / LZW / Deflate, tiles of 256 x 256 and strips of 16 rows.
pub fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    let photo = raster::<u8>(3, 0.6, 38.0, 128.0, 2.0);
    let reflectance = raster::<u16>(1, 0.6, 520.0, 2500.0, 14.0);
    let elevation = raster::<f32>(1, 0.45, 320.0, 800.0, 0.0).mapv(|v| (v * 100.0).round() / 100.0);
    add(&mut subjects, "u8x3", &photo, Predictor::HORIZONTAL);
    add(&mut subjects, "u16", &reflectance, Predictor::HORIZONTAL);
    add(&mut subjects, "f32", &elevation, Predictor::FLOATING_POINT);
    subjects
}

fn add<T: Sample>(subjects: &mut Vec<Subject>, samples: &str, pixels: &Array3<T>, predictor: Predictor) {
    for (compression, method) in
        [(Compression::NONE, "none"), (Compression::LZW, "lzw"), (Compression::DEFLATE, "deflate")]
    {
        for (chunks, shape) in [(Chunks::Tiles(256, 256), "tile"), (Chunks::Strips(16), "strip")] {
            let compressed = compression != Compression::NONE;
            let predictor = if compressed { predictor } else { Predictor::NONE };
            let spec = Spec {
                order: ByteOrder::NATIVE,
                big: false,
                chunks,
                separate: false,
                compression,
                predictor,
            };
            let name = format!("{samples}_{method}_p{}_{shape}", predictor.0);
            subjects.push(Subject { name, bytes: build(pixels, spec) });
        }
    }
}

/// Noise of many scales, each finer one weaker by `persistence`, and a sensor's white noise on top.
fn raster<T: Sample>(bands: usize, persistence: f64, deviation: f64, mean: f64, sensor: f64) -> Array3<T> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
    };
    let mut values = Array3::from_elem((bands, SIZE, SIZE), mean);
    let mut amplitude = deviation;
    let mut cell = SIZE / 4;
    while cell >= 1 {
        let lattice = Array3::from_shape_simple_fn((bands, SIZE / cell + 2, SIZE / cell + 2), &mut random);
        for ((band, row, column), value) in values.indexed_iter_mut() {
            let (y, fy) = (row / cell, (row % cell) as f64 / cell as f64);
            let (x, fx) = (column / cell, (column % cell) as f64 / cell as f64);
            let along = |y| lattice[(band, y, x)] * (1.0 - fx) + lattice[(band, y, x + 1)] * fx;
            *value += amplitude * (along(y) * (1.0 - fy) + along(y + 1) * fy);
        }
        amplitude *= persistence;
        cell /= 2;
    }
    values.mapv(|value| T::from_f64(value + sensor * random()))
}
