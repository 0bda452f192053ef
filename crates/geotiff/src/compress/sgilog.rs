//! SGILog and SGILog24 (34676, 34677): logarithmic luminance, alone or with u' and v', for scenes of any brightness
//! (TIFF Technical Note by SGI; G. W. Larson, 1998). The file's samples say what comes out: coded values as they are,
//! 16-bit L, u, v, floats of CIE XYZ, or bytes of RGB, each as libtiff computes it.

use std::f64::consts::LN_2;

use super::sgilog_uv::Cells;
use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::{Compression, Photometric, SampleFormat};

const METHOD: &str = "SGILog";
/// Codes of u' and v' in SGILog for a unit.
const SCALE: f64 = 410.0;
/// u' and v' of white: what a code stands for that has no cell.
const WHITE: (f64, f64) = (0.210_526_316, 0.473_684_211);
/// What 16-bit u and v count.
const FIXED: f64 = 32_768.0;

/// How the chunks of a file are to be decoded.
#[derive(Debug)]
pub(crate) struct SgiLog {
    coding: Coding,
    output: Output,
}

#[derive(Debug)]
enum Coding {
    /// 16 bits of luminance, in runs of bytes.
    Luminance,
    /// 16 bits of luminance, 8 of u', 8 of v', in runs of bytes.
    Runs,
    /// 10 bits of luminance, 14 of a cell.
    Packed(Cells),
}

#[derive(Debug, Clone, Copy)]
enum Output {
    Coded,
    Fixed,
    Xyz,
    Rgb,
}

impl SgiLog {
    pub(super) fn new(image: &Image) -> Result<Self> {
        let (samples, bits, format) = (image.samples_per_chunk(), image.bits, image.sample_format);
        let coding = match (image.photometric, image.compression) {
            (Photometric::LOGL, Compression::SGILOG) => Some(Coding::Luminance),
            (Photometric::LOGLUV, Compression::SGILOG) => Some(Coding::Runs),
            (Photometric::LOGLUV, _) => Some(Coding::Packed(Cells::new())),
            _ => None,
        };
        let alone = matches!(coding, Some(Coding::Luminance));
        let output = match (bits, samples) {
            (32, 1) if !alone && format != SampleFormat::FLOAT => Some(Output::Coded),
            (32, 1 | 3) if (samples == 1) == alone && format == SampleFormat::FLOAT => Some(Output::Xyz),
            (16, 1 | 3) if (samples == 1) == alone => Some(Output::Fixed),
            (8, 1 | 3) if (samples == 1) == alone => Some(Output::Rgb),
            _ => None,
        };
        coding.zip(output).map(|(coding, output)| Self { coding, output }).ok_or_else(|| {
            let photometric = image.photometric;
            Error::unsupported(format!(
                "SGILog with {samples} samples of {bits} bits ({format}), {photometric}"
            ))
        })
    }

    /// Fills `plain`, pixel by pixel, with samples in this machine's order.
    pub(super) fn decode(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let pixel_bytes = match (self.output, &self.coding) {
            (Output::Coded, _) => 4,
            (Output::Fixed, Coding::Luminance) => 2,
            (Output::Fixed, _) => 6,
            (Output::Xyz, Coding::Luminance) => 4,
            (Output::Xyz, _) => 12,
            (Output::Rgb, Coding::Luminance) => 1,
            (Output::Rgb, _) => 3,
        };
        let need = plain.len();
        let mut codes = vec![0_u32; stored.width];
        let mut rest = raw;
        let mut have: usize = 0;
        for row in plain.chunks_exact_mut(stored.width.saturating_mul(pixel_bytes).max(1)) {
            let after = match self.coding {
                Coding::Luminance => runs(rest, 2, &mut codes),
                Coding::Runs => runs(rest, 4, &mut codes),
                Coding::Packed(_) => packed(rest, &mut codes),
            };
            rest = after.ok_or_else(|| super::short(METHOD, need, have))?;
            for (pixel, code) in row.chunks_exact_mut(pixel_bytes).zip(&codes) {
                self.pixel(*code, pixel);
            }
            have = have.saturating_add(row.len());
        }
        Ok(())
    }

    fn pixel(&self, code: u32, pixel: &mut [u8]) {
        let luminance = || match self.coding {
            Coding::Luminance => luminance_16(code),
            Coding::Runs => luminance_16(code >> 16),
            Coding::Packed(_) => luminance_10(code >> 14),
        };
        let alone = matches!(self.coding, Coding::Luminance);
        match self.output {
            Output::Coded => pixel.copy_from_slice(&code.to_ne_bytes()),
            Output::Fixed if alone => pixel.copy_from_slice(&low_16(code).to_ne_bytes()),
            Output::Fixed => {
                let (u, v) = self.chromaticity(code);
                let light = match self.coding {
                    // The exponent has another offset, and two bits less of a fraction.
                    Coding::Packed(_) => low_16(((code >> 12) & 0xffd).saturating_add(13_314)),
                    _ => low_16(code >> 16),
                };
                for (bytes, sample) in pixel.chunks_exact_mut(2).zip([light, fixed(u), fixed(v)]) {
                    bytes.copy_from_slice(&sample.to_ne_bytes());
                }
            }
            Output::Xyz if alone => pixel.copy_from_slice(&single(luminance()).to_ne_bytes()),
            Output::Xyz => {
                for (bytes, value) in pixel.chunks_exact_mut(4).zip(self.xyz(code, luminance())) {
                    bytes.copy_from_slice(&value.to_ne_bytes());
                }
            }
            Output::Rgb if alone => pixel.fill(byte(luminance())),
            Output::Rgb => {
                let [x, y, z] = self.xyz(code, luminance()).map(f64::from);
                let rgb = [
                    2.690 * x + -1.276 * y + -0.414 * z,
                    -1.022 * x + 1.978 * y + 0.044 * z,
                    0.061 * x + -0.224 * y + 1.163 * z,
                ];
                pixel.copy_from_slice(&rgb.map(byte));
            }
        }
    }

    /// u' and v'.
    fn chromaticity(&self, code: u32) -> (f64, f64) {
        match &self.coding {
            Coding::Packed(cells) => cells.middle(low_16(code & 0x3fff)).unwrap_or(WHITE),
            _ => {
                let part = |code: u32| (1.0 / SCALE) * (f64::from(code & 0xff) + 0.5);
                (part(code >> 8), part(code))
            }
        }
    }

    /// CIE X, Y, Z.
    fn xyz(&self, code: u32, luminance: f64) -> [f32; 3] {
        if luminance <= 0.0 {
            return [0.0; 3];
        }
        let (u, v) = self.chromaticity(code);
        let scale = 1.0 / (6.0 * u - 16.0 * v + 12.0);
        let (x, y) = (9.0 * u * scale, 4.0 * v * scale);
        [x / y * luminance, luminance, (1.0 - x - y) / y * luminance].map(single)
    }
}

/// The luminance of a sign and 15 bits, 256 to a doubling.
fn luminance_16(code: u32) -> f64 {
    let steps = code & 0x7fff;
    if steps == 0 {
        return 0.0;
    }
    let luminance = (LN_2 / 256.0 * (f64::from(steps) + 0.5) - LN_2 * 64.0).exp();
    if code & 0x8000 == 0 { luminance } else { -luminance }
}

/// The luminance of 10 bits, 64 to a doubling.
fn luminance_10(code: u32) -> f64 {
    let steps = code & 0x3ff;
    if steps == 0 { 0.0 } else { (LN_2 / 64.0 * (f64::from(steps) + 0.5) - LN_2 * 12.0).exp() }
}

fn low_16(code: u32) -> u16 {
    u16::try_from(code & 0xffff).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 1, so below 2^15")]
fn fixed(part: f64) -> u16 {
    (part * FIXED) as u16
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
fn single(value: f64) -> f32 {
    value as f32
}

/// A display's byte: the root of what is between black and white.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
fn byte(value: f64) -> u8 {
    match value {
        ..=0.0 => 0,
        1.0.. => u8::MAX,
        _ => (256.0 * value.sqrt()) as u8,
    }
}

/// One row of codes of `size` bytes: first all high bytes, then the next ones, each in runs. Gives what follows.
fn runs<'a>(mut raw: &'a [u8], size: u32, codes: &mut [u32]) -> Option<&'a [u8]> {
    codes.fill(0);
    for plane in (0..size).rev() {
        let mut todo = &mut *codes;
        while !todo.is_empty() {
            let (head, rest) = raw.split_first()?;
            let len = match head {
                128.. => usize::from(*head).saturating_sub(126),
                _ => usize::from(*head),
            };
            let (now, later) = todo.split_at_mut(len.min(todo.len()));
            let bytes = if *head >= 128 { rest.get(..1)? } else { rest.get(..now.len())? };
            for (code, byte) in now.iter_mut().zip(bytes.iter().cycle()) {
                *code |= u32::from(*byte) << (8 * plane);
            }
            raw = rest.get(bytes.len()..)?;
            todo = later;
        }
    }
    Some(raw)
}

/// One row of codes of three bytes. Gives what follows.
fn packed<'a>(raw: &'a [u8], codes: &mut [u32]) -> Option<&'a [u8]> {
    let (row, rest) = raw.split_at_checked(codes.len().saturating_mul(3))?;
    for (code, bytes) in codes.iter_mut().zip(row.chunks_exact(3)) {
        *code = bytes.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
    }
    Some(rest)
}
