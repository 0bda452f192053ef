//! JPEG as it is written (TIFF tech note 2): a baseline stream for each chunk, without what all of them share, which
//! stands in the tag JPEGTables.

use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, Encoder, ImageBuffer, JfifWrite, JpegColorType,
    QuantizationTableType, SamplingFactor,
};

use super::super::{JpegTables, failed};
use super::optimize::optimize;
use super::stream::first_segment;
use super::{EOI, SOI, SOS};
use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Photometric;

const METHOD: &str = "JPEG";

/// How the chunks of a file are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compressor {
    samples: usize,
    /// Whether red, green and blue become luma and chroma.
    converts: bool,
    subsampling: (u16, u16),
    quality: u8,
    tables: JpegTables,
}

impl Compressor {
    pub(crate) fn new(image: &Image, quality: u8, tables: JpegTables) -> Result<Self> {
        let samples = image.samples_per_chunk();
        if image.bits != 8 {
            let bits = image.bits;
            return Err(Error::unsupported(format!("JPEG is written of samples of 8 bits, not of {bits}")));
        }
        if !matches!(samples, 1 | 3 | 4) {
            return Err(Error::unsupported(format!(
                "JPEG is written of 1, 3 or 4 samples together, not of {samples}; INTERLEAVE=BAND takes any number"
            )));
        }
        let converts = image.photometric == Photometric::YCBCR && samples == 3;
        Ok(Self { samples, converts, subsampling: image.subsampling, quality: quality.clamp(1, 100), tables })
    }

    /// Appends a stream of `plain`, a byte for each sample, to `out`.
    pub(crate) fn encode(&self, plain: &[u8], stored: &Rect, out: &mut Vec<u8>) -> Result<()> {
        let mut stream = self.stream(plain, (stored.width, stored.height))?;
        if !self.tables.huffman {
            stream = optimize(&stream).map_err(|damage| failed(METHOD, damage.0))?;
        }
        out.extend_from_slice(&START);
        for (marker, segment) in segments(&stream) {
            if !self.is_shared(marker) && !is_application(marker) {
                out.extend_from_slice(segment);
            }
        }
        Ok(())
    }

    /// What all chunks share: the content of the tag JPEGTables. `None` if that is nothing.
    pub(crate) fn tables(&self) -> Result<Option<Vec<u8>>> {
        if self.tables == JpegTables::default() {
            return Ok(None);
        }
        let size = 32;
        let stream = self.stream(&vec![0; size * size * self.samples], (size, size))?;
        let mut tables = START.to_vec();
        for (_, segment) in segments(&stream).filter(|(marker, _)| self.is_shared(*marker)) {
            tables.extend_from_slice(segment);
        }
        tables.extend_from_slice(&END);
        Ok(Some(tables))
    }

    fn is_shared(&self, marker: u8) -> bool {
        (marker == QUANTIZATION && self.tables.quantization) || (marker == HUFFMAN && self.tables.huffman)
    }

    /// A stream with all its tables.
    fn stream(&self, plain: &[u8], (width, height): (usize, usize)) -> Result<Vec<u8>> {
        let size = |n: usize| u16::try_from(n).ok().filter(|n| *n > 0);
        let (Some(width), Some(height)) = (size(width), size(height)) else {
            return Err(failed(METHOD, "at most 65,535 columns and rows fit into a stream"));
        };
        let mut stream = Vec::new();
        let mut encoder = Encoder::new(Appending(&mut stream), self.quality);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder.set_sampling_factor(match self.subsampling {
            _ if !self.converts => SamplingFactor::F_1_1,
            (2, 2) => SamplingFactor::F_2_2,
            (2, 1) => SamplingFactor::F_2_1,
            _ => SamplingFactor::F_1_1,
        });
        if !self.converts {
            let table = || QuantizationTableType::Custom(Box::new(scaled(self.quality)));
            encoder.set_quantization_tables(table(), table());
        }
        let encoded = if self.converts {
            encoder.encode(plain, width, height, ColorType::Rgb)
        } else {
            encoder.encode_image(AsItIs { plain, width, height, samples: self.samples })
        };
        encoded.map_err(|_| failed(METHOD, "the encoder gave up"))?;
        Ok(if self.converts { stream } else { with_one_table(&stream) })
    }
}

/// All samples with the first table of quantization, where the second is the same; as libjpeg does it, whose readers tell the
/// quality by that.
fn with_one_table(stream: &[u8]) -> Vec<u8> {
    /// Where a segment of a table says which it is, and one of a frame which table each sample has, and how far apart.
    const NUMBER: usize = 4;
    const TABLES: (usize, usize) = (12, 3);
    let mut out = START.to_vec();
    for (marker, segment) in segments(stream) {
        if marker == QUANTIZATION && segment.get(NUMBER).is_some_and(|number| *number != 0) {
            continue;
        }
        let start = out.len();
        out.extend_from_slice(segment);
        if marker == FRAME {
            let tables = out.iter_mut().skip(start.saturating_add(TABLES.0)).step_by(TABLES.1);
            tables.for_each(|table| *table = 0);
        }
    }
    out
}

/// Lets the encoder write into a vector.
struct Appending<'a>(&'a mut Vec<u8>);

impl JfifWrite for Appending<'_> {
    fn write_all(&mut self, bytes: &[u8]) -> std::result::Result<(), jpeg_encoder::EncodingError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Samples that are stored as they are, whatever they mean.
struct AsItIs<'a> {
    plain: &'a [u8],
    width: u16,
    height: u16,
    samples: usize,
}

impl ImageBuffer for AsItIs<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        match self.samples {
            1 => JpegColorType::Luma,
            3 => JpegColorType::Ycbcr,
            _ => JpegColorType::Ycck,
        }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = usize::from(self.width).saturating_mul(self.samples);
        let start = usize::from(y).saturating_mul(row);
        let row = self.plain.get(start..start.saturating_add(row)).unwrap_or_default();
        for (sample, buffer) in buffers.iter_mut().take(self.samples).enumerate() {
            buffer.extend(row.iter().skip(sample).step_by(self.samples));
        }
    }
}

/// The table of luma of T.81, annex K, for a quality, as libjpeg scales it: for samples that are no chroma.
fn scaled(quality: u8) -> [u16; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200_u32.saturating_sub(quality * 2) };
    LUMA.map(|value| {
        let scaled = u32::from(value).saturating_mul(percent).saturating_add(50) / 100;
        u16::try_from(scaled.clamp(1, 255)).unwrap_or(255)
    })
}

#[rustfmt::skip]
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

const START: [u8; 2] = [0xff, SOI];
const END: [u8; 2] = [0xff, EOI];
/// The baseline frame.
const FRAME: u8 = 0xc0;
const QUANTIZATION: u8 = 0xdb;
const HUFFMAN: u8 = 0xc4;

fn is_application(marker: u8) -> bool {
    matches!(marker, 0xe0..=0xef)
}

/// The segments of a stream behind its start, with their markers; that of the scan with all that follows.
fn segments(stream: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = stream.get(START.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (marker, segment, after) = first_segment(rest).ok()??;
        let scan = std::mem::replace(&mut rest, if marker == SOS { &[] } else { after });
        Some((marker, if marker == SOS { scan } else { segment }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;

    fn compressor(samples: usize, converts: bool, subsampling: (u16, u16)) -> Compressor {
        Compressor { samples, converts, subsampling, quality: 80, tables: JpegTables::default() }
    }

    fn decoded(stream: &[u8]) -> Vec<u8> {
        JpegDecoder::new(ZCursor::new(stream)).decode().unwrap()
    }

    /// A decoder of others finds the same coefficients behind codes that were made for them.
    #[test]
    fn codes_are_made_for_each_chunk_and_change_nothing() {
        let (width, height) = (101, 77);
        let kinds = [
            (1, false, (1, 1)),
            (3, true, (2, 2)),
            (3, true, (2, 1)),
            (3, false, (1, 1)),
            (4, false, (1, 1)),
        ];
        for (samples, converts, subsampling) in kinds {
            // Waves and noise, and an area of nothing.
            let plain: Vec<u8> = (0..width * height * samples)
                .map(|at: usize| {
                    let (col, row) = (at / samples % width, at / samples / width);
                    let noise = at.wrapping_mul(2_654_435_761) >> 7 & 15;
                    if row > 50 {
                        90
                    } else {
                        (col * 3 + row * 2 + at % samples * 40 + noise).to_le_bytes()[0]
                    }
                })
                .collect();
            let compressor = compressor(samples, converts, subsampling);
            let usual = compressor.stream(&plain, (width, height)).unwrap();
            let best = optimize(&usual).unwrap();
            assert!(best.len() < usual.len(), "{samples} samples: {} of {}", best.len(), usual.len());
            assert!(decoded(&best) == decoded(&usual), "{samples} samples, {subsampling:?}");
            let flat = compressor.stream(&vec![7; 16 * samples], (4, 4)).unwrap();
            assert_eq!(decoded(&optimize(&flat).unwrap()), decoded(&flat));
        }
    }
}
