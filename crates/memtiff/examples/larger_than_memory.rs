//! `larger_than_memory FILE MEBIBYTES`: streams a GeoTIFF of that size into a file, a row of tiles at a time. What it takes of
//! memory does not depend on the size: a row of tiles, and those that are being encoded.

use std::fs::File;
use std::io::{BufWriter, Write};

use memtiff::ndarray::Array3;
use memtiff::{Affine, BigTiff, CreateOptions, Crs, DataType, Stream, Window, Writer};

const WIDTH: usize = 16_384;
const TILE: usize = 512;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(size)) = (arguments.next(), arguments.next()) else {
        return Err("larger_than_memory FILE MEBIBYTES".into());
    };
    let height = size.parse::<usize>()?.saturating_mul(1 << 20) / (WIDTH * size_of::<f32>());
    let options = CreateOptions::new()
        .width(WIDTH)
        .height(height)
        .count(1)
        .dtype(DataType::Float32)
        .tiled(TILE, TILE)
        .bigtiff(BigTiff::IfSafer)
        .crs(Crs::from_epsg(32633)?)
        .transform(Affine::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0));
    let mut writer = Writer::new(Stream::new(BufWriter::new(File::create(path)?))?, options)?;
    for top in (0..height).step_by(TILE) {
        let rows = TILE.min(height - top);
        let pixels = Array3::from_shape_fn((1, rows, WIDTH), |(_, row, col)| (top + row + col) as f32);
        writer.write_window(Window::new(0, top, WIDTH, rows), &pixels)?;
    }
    writer.finish()?.into_inner().flush()?;
    Ok(())
}
