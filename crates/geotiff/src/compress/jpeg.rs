//! JPEG in TIFF (tech note 2): each chunk an image of its own, with tables shared by all chunks in a tag.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::layout::Window;
use crate::tag::Photometric;

const METHOD: &str = "JPEG";
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// How the chunks of a file are to be decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jpeg<'a> {
    /// Segments that all chunks share: tag 347.
    tables: &'a [u8],
    samples: usize,
    photometric: Photometric,
    allowance: u64,
}

impl<'a> Jpeg<'a> {
    pub(super) fn new(image: &Image, tables: &'a [u8], allowance: u64) -> Result<Self> {
        if image.data_type != DataType::Uint8 || image.bits != 8 {
            let bits = image.bits;
            return Err(Error::unsupported(format!("JPEG with samples of {bits} bits is not implemented")));
        }
        let samples = image.samples_per_chunk();
        Ok(Self { tables, samples, photometric: image.photometric, allowance })
    }

    /// Fills `plain`, a byte for each sample, pixel by pixel. YCbCr comes out as RGB.
    pub(super) fn decode(&self, raw: &[u8], stored: &Window, plain: &mut [u8]) -> Result<()> {
        let stream = self.assemble(raw);
        let out_colorspace = match self.samples {
            1 => ColorSpace::Luma,
            3 => ColorSpace::RGB,
            4 => ColorSpace::CMYK,
            n => return Err(Error::unsupported(format!("JPEG of {n} samples is not implemented"))),
        };
        let options = DecoderOptions::default()
            .set_strict_mode(false)
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .jpeg_set_out_colorspace(out_colorspace);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&stream), options);
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        decoder.decode_headers().map_err(|_| bad("headers that cannot be decoded"))?;
        let info = decoder.info().ok_or_else(|| bad("no image in it"))?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        if usize::from(info.components) != self.samples {
            return Err(bad("another number of components than the file has samples"));
        }
        // Samples, and for progressive images the coefficients of all of them.
        super::afford(self.allowance, (width, height, self.samples), 8, "a JPEG image")?;
        if (width, height) == (stored.width, stored.height) {
            return decoder.decode_into(plain).map_err(|_| bad("a scan that cannot be decoded"));
        }
        if width < stored.width || height < stored.height {
            return Err(bad("a smaller image than the chunk"));
        }
        let pixels = decoder.decode().map_err(|_| bad("a scan that cannot be decoded"))?;
        super::crop(&pixels, (width, height), stored, self.samples, plain);
        Ok(())
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

/// Appends the segments of a stream without those of applications, then all from its scan on.
fn append_segments(stream: &[u8], out: &mut Vec<u8>) {
    let mut rest = stream;
    while let [0xff, marker, tail @ ..] = rest {
        match *marker {
            0xff => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            SOI | EOI => {
                rest = tail;
                continue;
            }
            SOS => {
                out.extend_from_slice(rest);
                return;
            }
            _ => {}
        }
        let [high, low, ..] = tail else { return };
        let len = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(2);
        let Some((segment, after)) = rest.split_at_checked(len) else { return };
        if !matches!(marker, 0xe0..=0xef | 0xfe) {
            out.extend_from_slice(segment);
        }
        rest = after;
    }
}
