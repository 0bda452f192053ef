//! From coefficients to samples: the inverse transform (ITU-T T.81, A.3.3), at twice the size where chroma is
//! subsampled.
//!
//! A subsampled component is not interpolated afterwards: its eight frequencies are taken for the lowest of sixteen.
//! That is how the IJG's library does it since version 7, and so what GDAL shows.

use std::f32::consts::PI;

use super::frame::{BLOCK, Component, Frame, Tables};

/// Where in a block each coefficient of the zigzag order stands: row * 8 + column.
const ZIGZAG: [u8; BLOCK] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What the integers between both passes of the transform count: quarters, times the square root of 8.
const HELD: f32 = 4.0 * 2.0 * std::f32::consts::SQRT_2;

/// Samples of one component.
#[derive(Debug)]
pub(super) struct Plane {
    samples: Vec<u16>,
    width: usize,
    /// Columns and rows of the image that share a sample.
    repeat: (usize, usize),
}

impl Plane {
    /// The samples of a row of the image, and how many columns share one.
    pub(super) fn row(&self, y: usize) -> (&[u16], usize) {
        let (h, v) = self.repeat;
        let start = y.checked_div(v).unwrap_or(0).saturating_mul(self.width);
        let row = self.samples.get(start..).unwrap_or_default();
        (row.get(..self.width).unwrap_or_default(), h)
    }

    /// Reconstructs the samples of a component; `None` if its sampling is no whole fraction of the image's.
    pub(super) fn new(component: &Component, frame: &Frame, tables: &Tables) -> Option<Self> {
        let across = Scaling::of(frame.h_max, component.h)?;
        let down = Scaling::of(frame.v_max, component.v)?;
        let (h, v) = (across.size(), down.size());
        let width = component.stride.saturating_mul(h);
        let rows = component.coefficients.len().checked_div(component.stride.saturating_mul(BLOCK))?;
        let mut samples = vec![0; width.saturating_mul(rows).saturating_mul(v)];
        let quantization = tables.quantization.get(component.quantization)?;
        let transform = Transform::new(h, v, frame.precision);
        let mut pixels = vec![0.0; 16 * 16];
        let (blocks, _) = component.coefficients.as_chunks::<BLOCK>();
        for (i, block) in blocks.iter().enumerate() {
            transform.apply(block, quantization, &mut pixels);
            let (row, column) = (i.checked_div(component.stride)?, i.checked_rem(component.stride)?);
            let first = row.saturating_mul(v).saturating_mul(width).saturating_add(column.saturating_mul(h));
            for (line, pixels) in pixels.chunks_exact(h).take(v).enumerate() {
                let start = first.saturating_add(line.saturating_mul(width));
                let out = samples.get_mut(start..)?.get_mut(..h)?;
                for (sample, pixel) in out.iter_mut().zip(pixels) {
                    *sample = transform.sample(*pixel);
                }
            }
        }
        Some(Self { samples, width, repeat: (across.repeat, down.repeat) })
    }
}

/// How a component grows to the size of the image along one axis: doubled by the transform, the rest by repeating.
struct Scaling {
    doubled: bool,
    repeat: usize,
}

impl Scaling {
    fn of(max: usize, factor: usize) -> Option<Self> {
        let ratio = max.checked_div(factor).filter(|_| max.checked_rem(factor) == Some(0))?;
        let doubled = ratio.is_multiple_of(2);
        Some(Self { doubled, repeat: if doubled { ratio / 2 } else { ratio } })
    }

    fn size(&self) -> usize {
        if self.doubled { 16 } else { 8 }
    }
}

/// The inverse transform of 8 x 8 frequencies into `h` x `v` samples.
struct Transform {
    h: usize,
    across: Vec<[f32; 16]>,
    down: Vec<[f32; 16]>,
    centre: f32,
    white: f32,
}

impl Transform {
    fn new(h: usize, v: usize, precision: u8) -> Self {
        let white = if precision == 12 { 4095.0 } else { 255.0 };
        let centre = if precision == 12 { 2048.0 } else { 128.0 };
        Self { h, across: basis(h), down: basis(v), centre, white }
    }

    /// Fills `pixels`, `h` to a row. Columns come first, and what they give is rounded to the quarters of a unit
    /// (and the scale) that the IJG's library holds there in integers: that decides on which side of a half many
    /// samples fall.
    fn apply(&self, block: &[i16; BLOCK], quantization: &[u16; BLOCK], pixels: &mut [f32]) {
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
        pixels.fill(self.centre);
        for ((column, wave), _) in columns.iter().zip(&self.across).zip(used).filter(|(_, used)| *used) {
            for (line, sample) in pixels.chunks_exact_mut(self.h).zip(column) {
                let sample = (sample + 0.5).floor() * (1.0 / HELD);
                line.iter_mut().zip(wave).for_each(|(pixel, wave)| *pixel += sample * wave);
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=4095")]
    fn sample(&self, pixel: f32) -> u16 {
        (pixel + 0.5).clamp(0.0, self.white) as u16
    }
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
