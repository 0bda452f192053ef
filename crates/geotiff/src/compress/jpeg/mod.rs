//! JPEG in TIFF (tech note 2): each chunk an image of its own, with tables shared by all chunks in a tag.
//!
//! Samples of 8 and 12 bits come out as libjpeg-turbo decodes them, bit for bit: its accurate integer transform, its fancy
//! upsampling of chroma, its fixed-point colours, and what it makes of damaged data.

mod bits;
mod encode;
mod frame;
mod idct;
mod lossless;
mod old;
mod optimize;
mod output;
mod planes;
mod progressive;
mod scan;
mod standard;
mod stream;
mod upsample;

use super::warnings::Warnings;
use crate::error::{Cause, Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Photometric;
pub(crate) use encode::Compressor;
use frame::{Frame, Tables};
use lossless::Lossless;
pub(crate) use old::OldJpeg;
use output::{Arrangement, Output};
use planes::{Chroma, Depth, Planes};

const METHOD: &str = "JPEG";
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// What is wrong with a stream.
#[derive(Debug, Clone, Copy)]
struct Damage(&'static str);

/// How the chunks of a file are decoded, and memory that is kept from chunk to chunk.
#[derive(Debug)]
pub(crate) struct Jpeg<'a> {
    /// Segments that all chunks share: tag 347.
    tables: &'a [u8],
    /// The same, parsed at the first chunk.
    parsed: Option<Tables>,
    samples: usize,
    bits: u16,
    photometric: Photometric,
    /// Rows of the image.
    height: usize,
    allowance: u64,
    short: Planes<u8>,
    long: Planes<u16>,
}

impl<'a> Jpeg<'a> {
    pub(super) fn new(image: &Image, tables: &'a [u8], allowance: u64) -> Result<Self> {
        if !matches!(image.bits, 2..=16) {
            let bits = image.bits;
            return Err(Error::unsupported(format!("JPEG with samples of {bits} bits")));
        }
        Ok(Self {
            tables,
            parsed: None,
            samples: image.samples_per_chunk(),
            bits: image.bits,
            photometric: image.photometric,
            height: image.height,
            allowance,
            short: Planes::default(),
            long: Planes::default(),
        })
    }

    /// Whether samples come out plane by plane, instead of pixel by pixel.
    pub(super) fn gives_planes(&self) -> bool {
        self.bits == 8 && self.samples > 1
    }

    /// Fills `plain` with whole rows: a byte for each sample, plane by plane; or two in this machine's order for those of
    /// more than 8 bits, pixel by pixel. YCbCr comes out as RGB.
    pub(super) fn decode(
        &mut self,
        raw: &[u8],
        stored: &Rect,
        plain: &mut [u8],
        warnings: &mut Warnings,
    ) -> Result<()> {
        let need = plain.len();
        let bad = |Damage(why)| super::damaged(METHOD, need, why);
        if let Some(frame) = lossless::header(raw).map_err(bad)? {
            return self.decode_lossless(raw, &frame, stored, plain, warnings);
        }
        let frame = stream::header(raw).map_err(bad)?;
        self.check(&frame, stored).map_err(bad)?;
        let needed = planes::needed(&frame);
        if needed > self.allowance {
            return Err(Cause::Memory { what: "a JPEG image", needed, left: self.allowance }.into());
        }
        let output = Output {
            width: stored.width,
            chroma: Chroma::Fancy,
            ycbcr: self.photometric == Photometric::YCBCR && self.samples == 3,
            arrangement: if self.gives_planes() { Arrangement::Planes } else { Arrangement::Pixels },
        };
        let tables = match &self.parsed {
            Some(tables) => tables.clone(),
            None => self.parsed.insert(stream::tables(self.tables).map_err(bad)?).clone(),
        };
        // libtiff reads no further than the rows of the chunk.
        let checks = frame.height <= stored.height;
        let survived = if frame.precision == 8 {
            decode_as(&mut self.short, raw, tables, &output, plain, checks)
        } else {
            decode_as(&mut self.long, raw, tables, &output, plain, checks)
        };
        if let Some(Damage(what)) = survived.map_err(bad)? {
            warnings.add(METHOD, || what.to_owned());
        }
        Ok(())
    }

    /// Refuses what libtiff refuses: images of another kind than the file's, or of another size than the chunk's.
    fn check(&self, frame: &Frame, stored: &Rect) -> std::result::Result<(), Damage> {
        if frame.components.len() != self.samples || u16::from(frame.precision) != self.bits {
            return Err(Damage("another number of components, or of bits, than the file has samples"));
        }
        if frame.width < stored.width || frame.height < stored.height {
            return Err(Damage("a smaller image than the chunk"));
        }
        // The last strip may have as many rows as the others.
        let is_last = stored.row_end() == self.height;
        if frame.width > stored.width || (frame.height > stored.height && !is_last) {
            return Err(Damage("a larger image than the chunk"));
        }
        Ok(())
    }

    /// A lossless image holds the samples of a chunk as they are; cameras spread one row over several components.
    fn decode_lossless(
        &self,
        stream: &[u8],
        frame: &Lossless,
        stored: &Rect,
        plain: &mut [u8],
        warnings: &mut Warnings,
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
        let tables = stream::tables(self.tables).map_err(bad)?;
        let (samples, survived) = frame.decode(stream, tables).map_err(bad)?;
        if let Some(Damage(what)) = survived {
            warnings.add(METHOD, || what.to_owned());
        }
        let lines = samples.chunks_exact(line.max(1));
        if self.gives_planes() {
            let byte = |sample: &u16| u8::try_from(*sample).unwrap_or(u8::MAX);
            let plane = stored.width.saturating_mul(stored.height).max(1);
            for (sample, plane) in plain.chunks_exact_mut(plane).enumerate() {
                for (out, line) in plane.chunks_exact_mut(stored.width.max(1)).zip(lines.clone()) {
                    let of_sample = line.iter().skip(sample).step_by(self.samples.max(1));
                    out.iter_mut().zip(of_sample).for_each(|(out, sample)| *out = byte(sample));
                }
            }
            return Ok(());
        }
        let size = if self.bits > 8 { 2 } else { 1 };
        for (out, line) in plain.chunks_exact_mut(wanted.saturating_mul(size).max(1)).zip(lines) {
            for (bytes, sample) in out.chunks_exact_mut(size).zip(line) {
                match bytes {
                    [byte] => *byte = u8::try_from(*sample).unwrap_or(u8::MAX),
                    pair => pair.copy_from_slice(&sample.to_ne_bytes()),
                }
            }
        }
        Ok(())
    }
}

/// Decodes a stream, and fills `plain`; gives damage that was survived.
fn decode_as<S: Depth>(
    planes: &mut Planes<S>,
    stream: &[u8],
    tables: Tables,
    output: &Output,
    plain: &mut [u8],
    checks: bool,
) -> std::result::Result<Option<Damage>, Damage> {
    let (_, survived) = stream::decode(stream, tables, planes, checks)?;
    output.fill(planes.planes(), plain);
    Ok(survived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

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

    /// The first chunk of a file of such chunks.
    fn decoded(stream: &[u8], samples: usize, photometric: Photometric) -> Result<Vec<u8>> {
        decoded_with(stream, samples, photometric, &mut Warnings::default())
    }

    fn decoded_with(
        stream: &[u8],
        samples: usize,
        photometric: Photometric,
        warnings: &mut Warnings,
    ) -> Result<Vec<u8>> {
        let mut jpeg = Jpeg {
            tables: &[],
            parsed: None,
            samples,
            bits: 8,
            photometric,
            height: SIZE.1.into(),
            allowance: 1 << 20,
            short: Planes::default(),
            long: Planes::default(),
        };
        let stored = Rect::new(0, 0, SIZE.0.into(), SIZE.1.into());
        let mut plain = vec![0; stored.width * stored.height * samples];
        jpeg.decode(stream, &stored, &mut plain, warnings)?;
        Ok(plain)
    }

    /// A library's decoder, which has another transform and rounds colours otherwise.
    fn largest_difference(stream: &[u8], samples: usize, photometric: Photometric) -> u8 {
        let ours = decoded(stream, samples, photometric).unwrap();
        let colorspace = if samples == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
        let options = DecoderOptions::default().jpeg_set_out_colorspace(colorspace);
        let theirs = JpegDecoder::new_with_options(ZCursor::new(stream), options).decode().unwrap();
        let planes = (0..samples).flat_map(|sample| theirs.iter().skip(sample).step_by(samples));
        ours.iter().zip(planes).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn decodes_what_a_library_decodes_to_a_rounding() {
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

    /// What libjpeg reports too: its messages JWRN_EXTRANEOUS_DATA, JWRN_JPEG_EOF, JWRN_BOGUS_PROGRESSION, JERR_EOI_EXPECTED,
    /// JERR_UNKNOWN_MARKER, and JERR_SOF_DUPLICATE.
    #[test]
    fn damage_outside_of_the_pixels_is_reported() {
        let warning = |stream: &[u8]| {
            let mut warnings = Warnings::default();
            decoded_with(stream, 1, Photometric::MIN_IS_BLACK, &mut warnings)
                .map(|_| warnings.take().map(|warning| warning.to_string()))
                .map_err(|error| error.to_string())
        };
        let stream = picture(ColorType::Luma, |_| {});
        assert_eq!(warning(&stream), Ok(None));
        let (data, end) = stream.split_at(stream.len() - 2);
        let says = |stream: &[u8], what: &str| match warning(stream) {
            Ok(Some(said)) => said.contains(what),
            other => panic!("{what}: {other:?}"),
        };
        assert!(says(&[data, &[1, 2, 3], end].concat(), "extraneous bytes"));
        assert!(says(data, "a stream without its end"));
        let fails = |stream: &[u8], what: &str| warning(stream).unwrap_err().contains(what);
        assert!(fails(&[data, &[0xff, 0x02, 0, 2], end].concat(), "an unknown marker"));
        let marker = |marker: u8| stream.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
        assert!(fails(&[data, &stream[marker(0xda)..]].concat(), "a scan behind the last one"));
        let (frame, scan) = (marker(0xc0), marker(0xda));
        let len = usize::from(stream[frame + 3]) + 2;
        let twice = [&stream[..scan], &stream[frame..frame + len], &stream[scan..]].concat();
        assert!(fails(&twice, "a second frame"));

        let stream = picture(ColorType::Luma, |encoder| encoder.set_progressive_scans(4));
        assert_eq!(warning(&stream), Ok(None));
        // Without the first scan, which has the means.
        let scans: Vec<usize> =
            (0..stream.len() - 1).filter(|at| stream[*at..].starts_with(&[0xff, 0xda])).collect();
        let without = [&stream[..scans[0]], &stream[scans[1]..]].concat();
        assert!(says(&without, "does not continue"));
    }

    #[test]
    fn every_cut_and_flip_is_an_error_or_pixels() {
        let halved = |encoder: &mut Encoder<&mut Vec<u8>>| encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let stream = picture(ColorType::Rgb, halved);
        decoded(&stream, 3, Photometric::YCBCR).unwrap();
        for at in 0..stream.len() {
            let _ = decoded(&stream[..at], 3, Photometric::YCBCR);
            let mut damaged = stream.clone();
            damaged[at] ^= 0x5a;
            let _ = decoded(&damaged, 3, Photometric::YCBCR);
        }
    }
}
