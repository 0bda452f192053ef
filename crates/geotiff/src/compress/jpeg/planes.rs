//! From coefficients to samples: the inverse transform (ITU-T T.81, A.3.3), at twice the size where chroma is
//! subsampled.
//!
//! A subsampled component is not interpolated afterwards: its eight frequencies are taken for the lowest of sixteen.
//! That is how the IJG's library does it since version 7, and so what GDAL shows.

use std::f32::consts::PI;

use super::frame::{BLOCK, Component, Frame, Tables};
use super::{Damage, idct};

/// Where in a block each coefficient of the zigzag order stands: row * 8 + column.
const ZIGZAG: [u8; BLOCK] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What the integers between both passes of the transform count: quarters, times the square root of 8.
const HELD: f32 = 4.0 * 2.0 * std::f32::consts::SQRT_2;

/// Reconstructs all components and fills `plain` with pixels, `width` to a row: a byte for each sample, or two in this
/// machine's order for those of 12 bits. `colour` may change each pixel on the way.
pub(super) fn interleave(
    frame: &Frame,
    tables: &Tables,
    growth: Growth,
    width: usize,
    plain: &mut [u8],
    colour: impl Fn(&mut [u16]),
) -> Result<(), Damage> {
    let planes = frame.components.iter().map(|component| Plane::new(component, frame, tables, growth));
    let planes: Option<Vec<_>> = planes.collect();
    let planes = planes.ok_or(Damage("components whose samples are no whole fraction of the image's"))?;
    let size = if frame.precision == 8 { 1 } else { 2 };
    let pixel_bytes = planes.len().saturating_mul(size).max(1);
    let mut pixel = vec![0_u16; planes.len()];
    for (y, line) in plain.chunks_exact_mut(width.saturating_mul(pixel_bytes).max(1)).enumerate() {
        let rows: Vec<(&[u16], usize)> = planes.iter().map(|plane| plane.row(y)).collect();
        for (x, out) in line.chunks_exact_mut(pixel_bytes).enumerate() {
            for (sample, (row, repeat)) in pixel.iter_mut().zip(&rows) {
                let at = if *repeat == 1 { x } else { x.checked_div(*repeat).unwrap_or(0) };
                *sample = row.get(at).copied().unwrap_or(0);
            }
            colour(&mut pixel);
            for (bytes, sample) in out.chunks_exact_mut(size).zip(&pixel) {
                match bytes {
                    [byte] => *byte = u8::try_from(*sample).unwrap_or(u8::MAX),
                    pair => pair.copy_from_slice(&sample.to_ne_bytes()),
                }
            }
        }
    }
    Ok(())
}

/// Samples of one component.
#[derive(Debug)]
struct Plane {
    samples: Vec<u16>,
    width: usize,
    /// Columns and rows of the image that share a sample.
    repeat: (usize, usize),
}

impl Plane {
    /// The samples of a row of the image, and how many columns share one.
    fn row(&self, y: usize) -> (&[u16], usize) {
        let (h, v) = self.repeat;
        let start = y.checked_div(v).unwrap_or(0).saturating_mul(self.width);
        let row = self.samples.get(start..).unwrap_or_default();
        (row.get(..self.width).unwrap_or_default(), h)
    }

    /// Reconstructs the samples of a component; `None` if its sampling is no whole fraction of the image's.
    fn new(component: &Component, frame: &Frame, tables: &Tables, growth: Growth) -> Option<Self> {
        let across = Scaling::of(frame.h_max, component.h, growth)?;
        let down = Scaling::of(frame.v_max, component.v, growth)?;
        let (h, v) = (across.size(), down.size());
        let width = component.stride.saturating_mul(h);
        let rows = component.coefficients.len().checked_div(component.stride.saturating_mul(BLOCK))?;
        let mut samples = vec![0; width.saturating_mul(rows).saturating_mul(v)];
        let quantization = tables.quantization.get(component.quantization)?;
        let mut transform = Transform::new(h, v, frame.precision);
        let mut pixels = vec![0; 16 * 16];
        let (blocks, _) = component.coefficients.as_chunks::<BLOCK>();
        for (i, block) in blocks.iter().enumerate() {
            if (h, v) == (8, 8) {
                small(block, quantization, frame.precision, &mut pixels);
            } else {
                transform.apply(block, quantization, &mut pixels);
            }
            let (row, column) = (i.checked_div(component.stride)?, i.checked_rem(component.stride)?);
            let first = row.saturating_mul(v).saturating_mul(width).saturating_add(column.saturating_mul(h));
            for (line, pixels) in pixels.chunks_exact(h).take(v).enumerate() {
                let start = first.saturating_add(line.saturating_mul(width));
                let out = samples.get_mut(start..)?.get_mut(..h)?;
                out.copy_from_slice(pixels);
            }
        }
        Some(Self { samples, width, repeat: (across.repeat, down.repeat) })
    }
}

/// How subsampled components grow to the size of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// By the transform, as far as it goes.
    Transform,
    /// Each sample is repeated.
    Repeat,
}

/// The inverse transform at its own size.
fn small(block: &[i16; BLOCK], quantization: &[u16; BLOCK], precision: u8, pixels: &mut [u16]) {
    let mut frequencies = [0_i32; BLOCK];
    for ((coefficient, step), place) in block.iter().zip(quantization).zip(ZIGZAG) {
        if let Some(slot) = frequencies.get_mut(usize::from(place)) {
            *slot = i32::from(*coefficient).wrapping_mul(i32::from(*step));
        }
    }
    idct::inverse(&mut frequencies, precision);
    let (centre, white) = if precision == 12 { (2048, 4095) } else { (128, 255) };
    for (pixel, sample) in pixels.iter_mut().zip(frequencies) {
        *pixel = u16::try_from(sample.saturating_add(centre).clamp(0, white)).unwrap_or(0);
    }
}

/// How a component grows to the size of the image along one axis: doubled by the transform, the rest by repeating.
struct Scaling {
    doubled: bool,
    repeat: usize,
}

impl Scaling {
    fn of(max: usize, factor: usize, growth: Growth) -> Option<Self> {
        let ratio = max.checked_div(factor).filter(|_| max.checked_rem(factor) == Some(0))?;
        let doubled = growth == Growth::Transform && ratio.is_multiple_of(2);
        Some(Self { doubled, repeat: if doubled { ratio / 2 } else { ratio } })
    }

    fn size(&self) -> usize {
        if self.doubled { 16 } else { 8 }
    }
}

/// The inverse transform of 8 x 8 frequencies into `h` x `v` samples, at least one of them 16.
struct Transform {
    h: usize,
    sums: Vec<f32>,
    across: Vec<[f32; 16]>,
    down: Vec<[f32; 16]>,
    centre: f32,
    white: f32,
}

impl Transform {
    fn new(h: usize, v: usize, precision: u8) -> Self {
        let white = if precision == 12 { 4095.0 } else { 255.0 };
        let centre = if precision == 12 { 2048.0 } else { 128.0 };
        Self { h, sums: vec![0.0; h.saturating_mul(v)], across: basis(h), down: basis(v), centre, white }
    }

    /// Fills `pixels`, `h` to a row. Columns come first, and what they give is rounded to the quarters of a unit
    /// (and the scale) that the IJG's library holds there in integers: that decides on which side of a half many
    /// samples fall.
    fn apply(&mut self, block: &[i16; BLOCK], quantization: &[u16; BLOCK], pixels: &mut [u16]) {
        let mut columns = [[0.0_f32; 16]; 8];
        let mut used = [false; 8];
        for ((coefficient, step), place) in block.iter().zip(quantization).zip(ZIGZAG) {
            if *coefficient == 0 {
                continue;
            }
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            let value = f32::from(*coefficient) * f32::from(*step) * HELD;
            if let (Some(column), Some(used), Some(wave)) =
                (columns.get_mut(column), used.get_mut(column), self.down.get(row))
            {
                *used = true;
                column.iter_mut().zip(wave).for_each(|(sample, wave)| *sample += value * wave);
            }
        }
        self.sums.fill(self.centre + 0.5);
        for ((column, wave), _) in columns.iter().zip(&self.across).zip(used).filter(|(_, used)| *used) {
            for (line, sample) in self.sums.chunks_exact_mut(self.h).zip(column) {
                let sample = (sample + 0.5).floor() * (1.0 / HELD);
                line.iter_mut().zip(wave).for_each(|(sum, wave)| *sum += sample * wave);
            }
        }
        for (pixel, sum) in pixels.iter_mut().zip(&self.sums) {
            *pixel = truncate(sum.clamp(0.0, self.white));
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=4095")]
fn truncate(sample: f32) -> u16 {
    sample as u16
}

/// The wave of each of eight frequencies at `size` places.
fn basis(size: usize) -> Vec<[f32; 16]> {
    let places = if size == 16 { 32.0 } else { 16.0 };
    let wave = |frequency: u8| {
        let scale = if frequency == 0 { 0.5 * std::f32::consts::FRAC_1_SQRT_2 } else { 0.5 };
        let mut wave = [0.0; 16];
        for (place, slot) in (0_u8..).zip(wave.iter_mut().take(size)) {
            *slot = scale * (f32::from(place * 2 + 1) * f32::from(frequency) * PI / places).cos();
        }
        wave
    };
    (0..8).map(wave).collect()
}
