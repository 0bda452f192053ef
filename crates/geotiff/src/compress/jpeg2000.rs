//! JPEG 2000, code 34712: each chunk an image of one or more samples (ITU-T T.800).

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image as Stream};

use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::layout::Rect;
use crate::tag::Photometric;

const METHOD: &str = "JPEG 2000";

/// How the chunks of a file are to be decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jpeg2000 {
    samples: usize,
    bits: u16,
    allowance: u64,
}

impl Jpeg2000 {
    pub(super) fn new(image: &Image, allowance: u64) -> Result<Self> {
        let (samples, bits, data_type) = (image.samples_per_chunk(), image.bits, image.data_type);
        let whole = matches!(data_type, DataType::Uint8 | DataType::Uint16);
        if !whole || image.photometric == Photometric::YCBCR {
            let photometric = image.photometric;
            let message = format!("JPEG 2000 with samples of {data_type}, {bits} bits, {photometric}");
            return Err(Error::unsupported(message));
        }
        Ok(Self { samples, bits, allowance })
    }

    /// Fills `plain`, pixel by pixel: a byte for each sample, or two in this machine's order for those of more than 8
    /// bits.
    pub(super) fn decode(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        let settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
        let stream = Stream::new(raw, &settings).map_err(|_| bad("headers that cannot be decoded"))?;
        let (width, height) = (stream.width() as usize, stream.height() as usize);
        super::same_size(METHOD, (width, height), stored, need)?;
        // Samples and coefficients as singles, and what describes the blocks that they come in.
        super::afford(self.allowance, (width, height, self.samples), 16, "a JPEG 2000 image")?;
        let mut context = DecoderContext::default();
        let decoded = stream.decode(&mut context).map_err(|_| bad("data that cannot be decoded"))?;
        let components = decoded.components();
        if components.len() != self.samples {
            return Err(bad("another number of samples than the file has"));
        }
        let size = if self.bits > 8 { 2 } else { 1 };
        let pixel_bytes = self.samples.saturating_mul(size);
        for (at, component) in components.iter().enumerate() {
            if u16::from(component.bit_depth()) > self.bits {
                return Err(bad("samples of more bits than the file has"));
            }
            let lines = component.samples().chunks_exact(width.max(1));
            let rows = plain.chunks_exact_mut(stored.width.saturating_mul(pixel_bytes).max(1));
            for (row, line) in rows.zip(lines) {
                for (pixel, sample) in row.chunks_exact_mut(pixel_bytes.max(1)).zip(line) {
                    let bytes = pixel.get_mut(at.saturating_mul(size)..).unwrap_or_default();
                    match (size, bytes) {
                        (1, [byte, ..]) => *byte = u8::try_from(whole(*sample)).unwrap_or(u8::MAX),
                        (_, [first, second, ..]) => [*first, *second] = whole(*sample).to_ne_bytes(),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 16 bits")]
fn whole(sample: f32) -> u16 {
    (sample + 0.5).clamp(0.0, 65_535.0) as u16
}
