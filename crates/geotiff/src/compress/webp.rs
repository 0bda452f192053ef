//! WebP, lossy and lossless, code 50001: each chunk an image of three or four samples.

use std::io::Cursor;

use image_webp::{ColorType, WebPDecoder, WebPEncoder};

use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::layout::Rect;

const METHOD: &str = "WebP";

/// How the chunks of a file are to be decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WebP {
    samples: usize,
    allowance: u64,
}

impl WebP {
    pub(super) fn new(image: &Image, allowance: u64) -> Result<Self> {
        let samples = image.samples_per_chunk();
        if image.data_type != DataType::Uint8 || image.bits != 8 || !matches!(samples, 3 | 4) {
            let bits = image.bits;
            return Err(Error::unsupported(format!("WebP with {samples} samples of {bits} bits")));
        }
        Ok(Self { samples, allowance })
    }

    /// Fills `plain`, a byte for each sample, pixel by pixel.
    pub(super) fn decode(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        let mut decoder =
            WebPDecoder::new(Cursor::new(raw)).map_err(|_| bad("headers that cannot be decoded"))?;
        let (width, height) = decoder.dimensions();
        let (width, height) = (width as usize, height as usize);
        super::same_size(METHOD, (width, height), stored, need)?;
        let has = if decoder.has_alpha() { 4 } else { 3 };
        // Samples, planes of luma and chroma, and the working memory of the lossless method.
        super::afford(self.allowance, (width, height, has), 4, "a WebP image")?;
        if has == self.samples {
            return decoder.read_image(plain).map_err(|_| bad("data that cannot be decoded"));
        }
        let size = decoder.output_buffer_size().ok_or_else(|| bad("an image beyond all memory"))?;
        let mut pixels = vec![0; size];
        decoder.read_image(&mut pixels).map_err(|_| bad("data that cannot be decoded"))?;
        let pixels = with_samples(&pixels, has, self.samples);
        match pixels.get(..need) {
            Some(pixels) => plain.copy_from_slice(pixels),
            None => return Err(super::short(METHOD, need, pixels.len())),
        }
        Ok(())
    }
}

/// Pixels of `has` samples as pixels of `wanted`: an alpha that is missing is opaque, one too many falls off.
fn with_samples(pixels: &[u8], has: usize, wanted: usize) -> Vec<u8> {
    let pixels = pixels.chunks_exact(has);
    pixels.flat_map(|pixel| pixel.iter().copied().chain([u8::MAX]).take(wanted)).collect()
}

/// Appends `plain`, pixels of three or four samples, to `out` as a lossless image.
pub(super) fn encode(plain: &[u8], stored: &Rect, samples: usize, out: &mut Vec<u8>) -> Result<()> {
    let color = if samples == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 };
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let encoded = WebPEncoder::new(out).encode(plain, size(stored.width), size(stored.height), color);
    encoded.map_err(|_| super::failed(METHOD, "at most 16,384 columns and rows fit into an image"))
}
