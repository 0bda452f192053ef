//! `writes FOLDER`: for each line of standard input, `NAME KEY=VALUE ...`, writes `FOLDER/NAME.tif` with these creation
//! options and pixels of a rule that a judge can follow: see `pixels`. Answers each with a line: `ok`, or what went wrong.
//! `WINDOWS=1` writes it in windows that cut blocks; `NODATA=x`, `CRS=EPSG code`, `META=1`, `MASK=1` and `OVERVIEWS=2,4` are not
//! options but say more.

use std::io::{BufRead, Write};
use std::path::Path;

use memtiff::half::f16;
use memtiff::num_complex::Complex;
use memtiff::{
    Affine, CreateOptions, Crs, DataType, Error, Gcp, Items, MemoryFile, Resampling, Result, Sample, Window,
    ndarray::{Array2, Array3},
};

/// A value of sample (band, row, column): noise around a slope, as whole numbers below `most`.
fn value(band: usize, row: usize, col: usize, most: u64) -> u64 {
    let mut hash = (band as u64) << 40 | (row as u64) << 20 | col as u64;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^= hash >> 29;
    let slope = (row * 3 + col * 5 + band * 17) as u64;
    (slope + hash % 8) % most
}

fn pixels<T: Sample>(shape: (usize, usize, usize), make: impl Fn(u64) -> T, most: u64) -> Array3<T> {
    Array3::from_shape_fn(shape, |(band, row, col)| make(value(band, row, col, most)))
}

/// What a file gets besides its pixels, and how these come.
#[derive(Default)]
struct More {
    windows: bool,
    meta: bool,
    mask: bool,
    overviews: Vec<usize>,
}

fn write<T: Sample>(options: CreateOptions, pixels: &Array3<T>, more: &More) -> Result<Vec<u8>> {
    let (_, height, width) = pixels.dim();
    let mut file = MemoryFile::new();
    let mut writer = file.create(options)?;
    if more.windows {
        let whole = Window::new(0, 0, width, height);
        // From the last to the first, so that nothing comes in order.
        let mut windows: Vec<Window> = whole.subdivide(37, 53).collect();
        windows.reverse();
        for window in windows {
            let (rows, cols) = window.to_slices();
            let part = pixels.slice(memtiff::ndarray::s![.., rows, cols]);
            writer.write_window(window, part)?;
        }
    } else {
        writer.write(pixels)?;
    }
    if more.meta {
        let items = |pairs: &[(&str, &str)]| -> Items {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        writer.set_tags(
            "",
            items(&[
                ("A", "a <b> & \"c\" é"),
                ("TIFFTAG_SOFTWARE", "memtiff"),
                ("TIFFTAG_XRESOLUTION", "72.5"),
                ("TIFFTAG_RESOLUTIONUNIT", "2"),
            ]),
        )?;
        writer.set_tags("DOMAIN", items(&[("B", "2")]))?;
        writer.set_band_tags(1, "", items(&[("STATISTICS_MEAN", "1.5")]))?;
        writer.set_description(1, "first & last")?;
        writer.set_scale(1, 0.1)?;
        writer.set_offset(1, -273.15)?;
        writer.set_unit(1, "K")?;
    }
    if more.mask {
        let valid = |(row, col): (usize, usize)| u8::from((row * 5 + col * 3) % 11 != 0) * 255;
        writer.write_mask(&Array2::from_shape_fn((height, width), valid))?;
    }
    if !more.overviews.is_empty() {
        writer.build_overviews(&more.overviews, Resampling::Nearest)?;
    }
    writer.close()?;
    Ok(file.into_bytes().to_vec())
}

fn run(line: &str, folder: &Path) -> Result<()> {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    let (mut options, mut more) = (CreateOptions::new(), More::default());
    let (mut shape, mut data_type, mut bits) = ([1, 1, 1], DataType::Uint8, None);
    for (key, value) in words.filter_map(|word| word.split_once('=')) {
        let number = || value.parse::<usize>().map_err(|error| Error::usage(error.to_string()));
        match key {
            "WINDOWS" => more.windows = true,
            "META" => more.meta = true,
            "MASK" => more.mask = true,
            "OVERVIEWS" => {
                more.overviews = value.split(',').filter_map(|factor| factor.parse().ok()).collect();
            }
            "NODATA" => options = options.nodata(number()? as f64),
            "CRS" => {
                let code = u32::try_from(number()?).unwrap_or(0);
                let transform = Affine::from_origin(500_000.0, 5_000_000.0, 10.0, 20.0);
                options = options.crs(Crs::from_epsg(code)?).transform(transform);
            }
            "GCPS" => {
                let point = |n: f64| Gcp { row: n, col: n * 2.0, x: 10.0 + n, y: 50.0 - n * n, z: n };
                options =
                    options.crs(Crs::from_epsg(4326)?).gcps((0..4).map(|n| point(f64::from(n))).collect());
            }
            "COLORMAP" => {
                let colour = |n: u8| [n, 255 - n, n / 2, 255];
                options = options.colormap((0..=255).map(colour).collect());
            }
            _ => options = options.option(key, value)?,
        }
        match key {
            "COUNT" => shape[0] = number()?,
            "HEIGHT" => shape[1] = number()?,
            "WIDTH" => shape[2] = number()?,
            "DTYPE" => data_type = value.parse()?,
            "NBITS" => bits = Some(number()?),
            _ => {}
        }
    }
    let shape = (shape[0], shape[1], shape[2]);
    if data_type.is_float() && bits == Some(16) {
        data_type = DataType::Float16;
    }
    let most = 1_u64 << bits.filter(|_| !data_type.is_float()).unwrap_or(16).min(20);
    macro_rules! of {
        ($type:ty, $most:expr, $make:expr) => {
            write(options, &pixels::<$type>(shape, $make, $most), &more)
        };
    }
    let bytes = match data_type {
        DataType::Uint8 => of!(u8, most.min(256), |v| v as u8),
        DataType::Int8 => of!(i8, 256, |v| v as u8 as i8),
        DataType::Uint16 => of!(u16, most, |v| v as u16),
        DataType::Int16 => of!(i16, 1 << 16, |v| v as u16 as i16),
        DataType::Uint32 => of!(u32, most, |v| v as u32),
        DataType::Int32 => of!(i32, most, |v| v as i32 - 1000),
        DataType::Uint64 => of!(u64, most, |v| v << 33),
        DataType::Int64 => of!(i64, most, |v| (v as i64 - 1000) << 33),
        // Whole numbers, halves and eighths, which every float here holds.
        DataType::Float16 => of!(f16, 2048, |v| f16::from_f32(v as f32 / 8.0 - 100.0)),
        DataType::Float32 => of!(f32, 2048, |v| v as f32 / 8.0 - 100.0),
        DataType::Float64 => of!(f64, most, |v| v as f64 / 8.0 - 1e9),
        DataType::ComplexInt16 => {
            of!(Complex<i16>, most, |v| Complex::new(v as u16 as i16, 7 - (v as u16 as i16 >> 3)))
        }
        DataType::ComplexInt32 => of!(Complex<i32>, most, |v| Complex::new(v as i32, -(v as i32))),
        DataType::Complex64 => of!(Complex<f32>, 2048, |v| Complex::new(v as f32 / 8.0, -(v as f32))),
        _ => of!(Complex<f64>, most, |v| Complex::new(v as f64 / 8.0, -(v as f64))),
    }?;
    std::fs::write(folder.join(format!("{name}.tif")), bytes).map_err(|error| Error::usage(error.to_string()))
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        match run(&line?, Path::new(&folder)) {
            Ok(()) => writeln!(out, "ok")?,
            Err(error) => writeln!(out, "{}", error.to_string().replace('\n', " "))?,
        }
    }
    Ok(())
}
