//! Reads files with the crate `tiff`, for a judge of what memtiff writes. Each line of standard input is the number of a
//! directory and the path of a file; the answer is a line of JSON, `{"dtype": ..., "shape": [...], "bytes": N}` or `{"error": ...}`, and the N bytes of the
//! pixels, in this machine's order, band by band.

use std::any::Any;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    // Some files make the crate panic; it says so in the answer, not besides.
    std::panic::set_hook(Box::new(|_| {}));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = std::panic::catch_unwind(|| answer(&line));
        match answer.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))) {
            Ok((head, bytes)) => {
                writeln!(out, "{head}")?;
                out.write_all(&bytes)?;
            }
            Err(error) => writeln!(out, "{}", json!({"error": error.to_string()}))?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<(Value, Vec<u8>), Failure> {
    let (page, path) = line.split_once(' ').ok_or("a number and a path")?;
    let mut decoder = Decoder::new(BufReader::new(File::open(path)?))?;
    decoder.seek_to_image(page.parse()?)?;
    let (width, height) = decoder.dimensions()?;
    let (width, height) = (usize::try_from(width)?, usize::try_from(height)?);
    let color = decoder.colortype()?;
    let (bands, bits) = (usize::from(color.num_samples()), usize::from(color.bit_depth()));
    let mut pixels = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut pixels)?;
    if let DecodingResult::F16(half) = &pixels {
        pixels = DecodingResult::F32(half.iter().map(|value| value.to_f32()).collect());
    }
    let (dtype, size) = match &pixels {
        DecodingResult::U8(_) => ("uint8", 1),
        DecodingResult::U16(_) => ("uint16", 2),
        DecodingResult::U32(_) => ("uint32", 4),
        DecodingResult::U64(_) => ("uint64", 8),
        DecodingResult::I8(_) => ("int8", 1),
        DecodingResult::I16(_) => ("int16", 2),
        DecodingResult::I32(_) => ("int32", 4),
        DecodingResult::I64(_) => ("int64", 8),
        DecodingResult::F16(_) | DecodingResult::F32(_) => ("float32", 4),
        DecodingResult::F64(_) => ("float64", 8),
    };
    // Samples of one pixel stand together, but for separate planes.
    let together = if layout.planes > 1 { 1 } else { bands };
    let mut bytes = pixels.as_buffer(0).as_bytes().to_vec();
    if bits < 8 {
        bytes = unpack(&bytes, width * together, bits);
    }
    if matches!(color, ColorType::YCbCr(8)) {
        bytes.chunks_exact_mut(3).for_each(to_rgb);
    }
    let bytes: Vec<u8> = (0..together)
        .flat_map(|band| {
            bytes.chunks_exact(together * size).flat_map(move |pixel| &pixel[band * size..][..size])
        })
        .copied()
        .collect();
    Ok((json!({"dtype": dtype, "shape": [bands, height, width], "bytes": bytes.len()}), bytes))
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.unwrap_or_default()).into()
}

/// The crate leaves YCbCr as it is in the file (JFIF 1.02, page 3).
fn to_rgb(pixel: &mut [u8]) {
    let [y, cb, cr] = [0, 1, 2].map(|at| f32::from(pixel[at]));
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    let rgb = [y + 1.402 * cr, y - 0.344_14 * cb - 0.714_14 * cr, y + 1.772 * cb];
    pixel.copy_from_slice(&rgb.map(|value| value.round() as u8));
}

/// The crate leaves samples of less than a byte as they are in the file; each row begins with a byte.
fn unpack(packed: &[u8], samples: usize, bits: usize) -> Vec<u8> {
    let bit = |row: &[u8], at: usize| row[at / 8] >> (7 - at % 8) & 1;
    let sample =
        |row: &[u8], at: usize| (at * bits..(at + 1) * bits).fold(0, |value, at| value << 1 | bit(row, at));
    packed
        .chunks_exact((samples * bits).div_ceil(8))
        .flat_map(|row| (0..samples).map(move |at| sample(row, at)))
        .collect()
}
