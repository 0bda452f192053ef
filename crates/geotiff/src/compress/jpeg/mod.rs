//! JPEG in TIFF (tech note 2): each chunk an image of its own, with tables shared by all chunks in a tag.
//!
//! Two decoders stand here. A library's is fast and decodes what has as many chroma samples as pixels. Ours decodes
//! what it does not, as GDAL shows it: subsampled chroma, grown by the inverse transform itself, and 12 bits.

mod bits;
mod encode;
mod frame;
mod idct;
mod lossless;
mod old;
mod optimize;
mod planes;
mod scan;
mod stream;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Photometric;
pub(crate) use encode::Compressor;
use frame::Frame;
use lossless::Lossless;
pub(crate) use old::OldJpeg;
use planes::Growth;

const METHOD: &str = "JPEG";
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// What is wrong with a stream.
#[derive(Debug, Clone, Copy)]
struct Damage(&'static str);

/// How the chunks of a file are to be decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jpeg<'a> {
    /// Segments that all chunks share: tag 347.
    tables: &'a [u8],
    samples: usize,
    bits: u16,
    photometric: Photometric,
    allowance: u64,
}

impl<'a> Jpeg<'a> {
    pub(super) fn new(image: &Image, tables: &'a [u8], allowance: u64) -> Result<Self> {
        if !matches!(image.bits, 2..=16) {
            let bits = image.bits;
            return Err(Error::unsupported(format!("JPEG with samples of {bits} bits")));
        }
        let samples = image.samples_per_chunk();
        Ok(Self { tables, samples, bits: image.bits, photometric: image.photometric, allowance })
    }

    /// Fills `plain`, pixel by pixel: a byte for each sample, or two in this machine's order for those of 12 bits.
    /// YCbCr comes out as RGB.
    pub(super) fn decode(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |Damage(why)| super::damaged(METHOD, need, why);
        let stream = self.assemble(raw);
        if let Some(frame) = lossless::header(&stream).map_err(bad)? {
            return self.decode_lossless(&stream, &frame, stored, plain);
        }
        let frame = stream::header(&stream).map_err(bad)?;
        if frame.components.len() != self.samples || u16::from(frame.precision) != self.bits {
            return Err(bad(Damage("another number of components, or of bits, than the file has samples")));
        }
        // Coefficients and samples of 16 bits, and what the library needs for progressive images.
        super::afford(self.allowance, (frame.width, frame.height, self.samples), 8, "a JPEG image")?;
        if frame.width < stored.width || frame.height < stored.height {
            return Err(bad(Damage("a smaller image than the chunk")));
        }
        if frame.precision == 8 && !frame.is_subsampled() {
            return self.decode_by_library(&stream, &frame, stored, plain).map_err(bad);
        }
        self.decode_here(&stream, stored, plain).map_err(bad)
    }

    fn decode_by_library(
        &self,
        stream: &[u8],
        frame: &Frame,
        stored: &Rect,
        plain: &mut [u8],
    ) -> std::result::Result<(), Damage> {
        let colorspace = match self.samples {
            1 => ColorSpace::Luma,
            3 => ColorSpace::RGB,
            4 => ColorSpace::CMYK,
            _ => return self.decode_here(stream, stored, plain),
        };
        let options = DecoderOptions::default()
            .set_strict_mode(false)
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .jpeg_set_out_colorspace(colorspace);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
        let damage = |_| Damage("a scan that cannot be decoded");
        if (frame.width, frame.height) == (stored.width, stored.height) {
            return decoder.decode_into(plain).map_err(damage);
        }
        let pixels = decoder.decode().map_err(damage)?;
        super::crop(&pixels, (frame.width, frame.height), stored, self.samples, plain);
        Ok(())
    }

    /// A lossless image holds the samples of a chunk as they are; cameras spread one row over several components.
    fn decode_lossless(
        &self,
        stream: &[u8],
        frame: &Lossless,
        stored: &Rect,
        plain: &mut [u8],
    ) -> Result<()> {
        let need = plain.len();
        let bad = |Damage(why)| super::damaged(METHOD, need, why);
        super::afford(self.allowance, (frame.width, frame.height, frame.components()), 2, "a JPEG image")?;
        let line = frame.width.saturating_mul(frame.components());
        let wanted = stored.width.saturating_mul(self.samples);
        let fits = if frame.components() == self.samples { wanted <= line } else { wanted == line };
        if !fits || frame.height < stored.height || u16::from(frame.precision) > self.bits {
            return Err(bad(Damage("an image of another shape, or of more bits, than the chunk")));
        }
        let samples = frame.decode(stream).map_err(bad)?;
        let size = if self.bits > 8 { 2 } else { 1 };
        let lines = plain.chunks_exact_mut(wanted.saturating_mul(size).max(1));
        for (out, line) in lines.zip(samples.chunks_exact(line.max(1))) {
            for (bytes, sample) in out.chunks_exact_mut(size).zip(line) {
                match bytes {
                    [byte] => *byte = u8::try_from(*sample).unwrap_or(u8::MAX),
                    pair => pair.copy_from_slice(&sample.to_ne_bytes()),
                }
            }
        }
        Ok(())
    }

    fn decode_here(&self, stream: &[u8], stored: &Rect, plain: &mut [u8]) -> std::result::Result<(), Damage> {
        let (frame, tables) = stream::decode(stream)?;
        let ycbcr = self.photometric == Photometric::YCBCR;
        planes::interleave(&frame, &tables, Growth::Transform, stored.width, plain, |pixel| {
            if let ([y, cb, cr], true) = (pixel, ycbcr) {
                [*y, *cb, *cr] = to_rgb([*y, *cb, *cr], self.bits);
            }
        })
    }

    /// The stream that a decoder expects: the shared tables, the chunk's own segments, and an Adobe segment
    /// that says what the TIFF says of the colours. Application segments of the chunk are left out: they
    /// contradict the TIFF often enough.
    fn assemble(&self, raw: &[u8]) -> Vec<u8> {
        let transform = match (self.samples, self.photometric) {
            (3, Photometric::YCBCR) => 1,
            _ => 0,
        };
        let mut stream = vec![0xff, SOI];
        if self.samples > 1 {
            stream.extend_from_slice(b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00");
            stream.push(transform);
        }
        append_segments(self.tables, &mut stream);
        append_segments(raw, &mut stream);
        stream
    }
}

/// YCbCr to RGB (JFIF 1.02) in 16 bits of fixed point, as the IJG's library has it.
fn to_rgb([y, cb, cr]: [u16; 3], bits: u16) -> [u16; 3] {
    const HALF: i32 = 1 << 15;
    let (centre, white) = if bits == 12 { (2048, 4095) } else { (128, 255) };
    let (y, cb, cr) =
        (i32::from(y), i32::from(cb).saturating_sub(centre), i32::from(cr).saturating_sub(centre));
    let part = |sum: i32| sum.saturating_add(HALF) >> 16;
    let red = part(cr.saturating_mul(91_881));
    let green = part(cb.saturating_mul(-22_554).saturating_add(cr.saturating_mul(-46_802)));
    let blue = part(cb.saturating_mul(116_130));
    [red, green, blue].map(|chroma| u16::try_from(y.saturating_add(chroma).clamp(0, white)).unwrap_or(0))
}

/// Appends the segments of a stream without those of applications, then all from its scan on.
fn append_segments(stream: &[u8], out: &mut Vec<u8>) {
    let mut rest = stream;
    while let Ok(Some((marker, segment, after))) = stream::first_segment(rest) {
        rest = after;
        match marker {
            SOI | EOI | 0xe0..=0xef | 0xfe => {}
            SOS => {
                out.extend_from_slice(segment);
                out.extend_from_slice(after);
                return;
            }
            _ => out.extend_from_slice(segment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    const SIZE: (u16, u16) = (61, 43);

    /// A picture with edges and slopes, encoded by a library: not by anything that knows our decoder.
    fn picture(color: ColorType, set: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let samples = if color == ColorType::Luma { 1 } else { 3 };
        let pixel = |x: u16, y: u16| {
            let square = if (x / 13 + y / 11).is_multiple_of(2) { 60 } else { 0 };
            [x * 3 + square, y * 4 + square, (x + y) * 2].map(|v| u8::try_from(v.min(255)).unwrap())
        };
        let rows = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| pixel(x, y)));
        let pixels: Vec<u8> = rows.flat_map(|pixel| pixel.into_iter().take(samples)).collect();
        let mut stream = Vec::new();
        let mut encoder = Encoder::new(&mut stream, 90);
        set(&mut encoder);
        encoder.encode(&pixels, SIZE.0, SIZE.1, color).unwrap();
        stream
    }

    fn largest_difference(stream: &[u8], samples: usize, photometric: Photometric) -> u8 {
        let jpeg = Jpeg { tables: &[], samples, bits: 8, photometric, allowance: u64::MAX };
        let stream = jpeg.assemble(stream);
        let frame = stream::header(&stream).unwrap();
        let stored = Rect::new(0, 0, SIZE.0.into(), SIZE.1.into());
        let mut ours = vec![0; stored.width * stored.height * samples];
        let mut theirs = ours.clone();
        jpeg.decode_here(&stream, &stored, &mut ours).unwrap();
        jpeg.decode_by_library(&stream, &frame, &stored, &mut theirs).unwrap();
        ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    /// Two decoders that share no line agree to a rounding.
    #[test]
    fn decodes_what_the_library_decodes() {
        let plain = |_: &mut Encoder<&mut Vec<u8>>| {};
        assert!(largest_difference(&picture(ColorType::Luma, plain), 1, Photometric::MIN_IS_BLACK) <= 1);
        let restarts = |encoder: &mut Encoder<&mut Vec<u8>>| encoder.set_restart_interval(3);
        assert!(largest_difference(&picture(ColorType::Luma, restarts), 1, Photometric::MIN_IS_BLACK) <= 1);
        let full = |encoder: &mut Encoder<&mut Vec<u8>>| encoder.set_sampling_factor(SamplingFactor::F_1_1);
        assert!(largest_difference(&picture(ColorType::Rgb, full), 3, Photometric::YCBCR) <= 3);
        for scans in [4, 10, 20] {
            let progressive = |encoder: &mut Encoder<&mut Vec<u8>>| {
                encoder.set_sampling_factor(SamplingFactor::F_1_1);
                encoder.set_progressive_scans(scans);
            };
            let difference = largest_difference(&picture(ColorType::Rgb, progressive), 3, Photometric::YCBCR);
            assert!(difference <= 3, "{scans} scans: {difference}");
        }
    }

    #[test]
    fn every_cut_and_flip_is_an_error_or_pixels() {
        let halved = |encoder: &mut Encoder<&mut Vec<u8>>| encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let stream = picture(ColorType::Rgb, halved);
        let jpeg =
            Jpeg { tables: &[], samples: 3, bits: 8, photometric: Photometric::YCBCR, allowance: 1 << 20 };
        let stored = Rect::new(0, 0, SIZE.0.into(), SIZE.1.into());
        let mut plain = vec![0; stored.width * stored.height * 3];
        jpeg.decode(&stream, &stored, &mut plain).unwrap();
        for at in 0..stream.len() {
            let _ = jpeg.decode(&stream[..at], &stored, &mut plain);
            let mut damaged = stream.clone();
            damaged[at] ^= 0x5a;
            let _ = jpeg.decode(&damaged, &stored, &mut plain);
        }
    }
}
