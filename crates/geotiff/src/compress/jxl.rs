//! JPEG XL, codes 50002 (GDAL) and 52546 (DNG 1.7): each chunk an image of one to four samples.

use bytemuck::cast_slice;
use jxl_oxide::{AllocTracker, FrameBufferSample, JxlImage, JxlThreadPool};
use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::JxlSimpleEncoder;

use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::layout::Rect;

const METHOD: &str = "JPEG XL";

/// How the chunks of a file are to be decoded, and encoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jxl {
    samples: usize,
    data_type: DataType,
    allowance: u64,
}

impl Jxl {
    pub(super) fn new(image: &Image, allowance: u64) -> Result<Self> {
        let samples = image.samples_per_chunk();
        let (bits, data_type) = (image.bits, image.data_type);
        let whole = matches!(
            (data_type, bits),
            (DataType::Uint8, 8) | (DataType::Uint16, 16) | (DataType::Float32, 32)
        );
        if !whole || !matches!(samples, 1..=4) {
            return Err(Error::unsupported(format!(
                "JPEG XL with {samples} samples of {data_type}, {bits} bits"
            )));
        }
        Ok(Self { samples, data_type, allowance })
    }

    /// For chunks that are to be encoded: of what can be decoded, that for which there is an encoder.
    pub(super) fn writable(image: &Image) -> Result<Self> {
        // What is encoded is decoded again: that costs what the chunk itself does.
        let jxl = Self::new(image, u64::MAX)?;
        match (jxl.data_type, jxl.samples) {
            (DataType::Uint8, _) | (DataType::Uint16, 1 | 3) => Ok(jxl),
            // Of alpha in 16 bits the encoder says that it has 8.
            (DataType::Uint16, samples) => Err(Error::unsupported(format!(
                "JPEG XL with {samples} samples of 16 bits is read only: 1 or 3 are written, any number with INTERLEAVE=BAND"
            ))),
            _ => Err(Error::unsupported(
                "JPEG XL of floats is read only: no encoder in pure Rust is known that can be taken",
            )),
        }
    }

    /// Appends `plain`, pixel by pixel, with samples in this machine's order, to `out` as a lossless image.
    pub(super) fn encode(&self, plain: &[u8], stored: &Rect, out: &mut Vec<u8>) -> Result<()> {
        // What the second and fourth sample are is said by the file: here they only have to be kept.
        let color = match self.samples {
            1 => ColorSpace::Luma,
            2 => ColorSpace::LumaA,
            3 => ColorSpace::RGB,
            _ => ColorSpace::RGBA,
        };
        let depth = if self.data_type == DataType::Uint8 { BitDepth::Eight } else { BitDepth::Sixteen };
        let options = EncoderOptions::new(stored.width, stored.height, color, depth);
        let start = out.len();
        let mut found = vec![0; plain.len()];
        // The encoder's codes for what it has counted do not always fit; those that count nothing do.
        for effort in [options.effort(), 0] {
            let encoded = JxlSimpleEncoder::new(plain, options.set_effort(effort)).encode(&mut *out);
            encoded.map_err(|_| super::failed(METHOD, "an image has 2 to 1,073,741,823 columns and rows"))?;
            let same = self.decode(out.get(start..).unwrap_or_default(), stored, &mut found).is_ok();
            if same && found == plain {
                return Ok(());
            }
            out.truncate(start);
        }
        Err(super::failed(METHOD, "the encoder made what cannot be decoded"))
    }

    /// Fills `plain`, pixel by pixel, with samples in this machine's order.
    pub(super) fn decode(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        match self.data_type {
            DataType::Uint8 => self.decode_as::<u8>(raw, stored, plain),
            DataType::Uint16 => self.decode_as::<u16>(raw, stored, plain),
            _ => self.decode_as::<f32>(raw, stored, plain),
        }
    }

    fn decode_as<T>(&self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()>
    where
        T: FrameBufferSample + bytemuck::Pod + Default,
    {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        // Samples as singles, and once more as they are wanted.
        let affordable = |size| super::afford(self.allowance, size, 16, "a JPEG XL image");
        affordable((stored.width, stored.height, self.samples))?;
        // The library keeps what it allocates below a limit of its own.
        let limit = usize::try_from(self.allowance).unwrap_or(usize::MAX);
        let error = |error: &(dyn std::error::Error + 'static), why| match is_out_of_memory(error) {
            true => super::beyond(self.allowance, "a JPEG XL image"),
            false => bad(why),
        };
        let image = JxlImage::builder()
            .pool(JxlThreadPool::none())
            .alloc_tracker(AllocTracker::with_limit(limit))
            .read(raw)
            .map_err(|e| error(&*e, "headers that cannot be decoded"))?;
        super::same_size(METHOD, (image.width() as usize, image.height() as usize), stored, need)?;
        let render = image.render_frame(0).map_err(|e| error(&*e, "data that cannot be decoded"))?;
        let mut stream = render.stream();
        if stream.channels() as usize != self.samples {
            return Err(bad("another number of samples than the file has"));
        }
        let written = match bytemuck::try_cast_slice_mut::<u8, T>(plain) {
            Ok(samples) => stream.write_to_buffer(samples),
            Err(_) => {
                let mut samples = vec![T::default(); need.checked_div(size_of::<T>()).unwrap_or(0)];
                let written = stream.write_to_buffer(&mut samples);
                plain.copy_from_slice(cast_slice(&samples));
                written
            }
        };
        let wanted = need.checked_div(size_of::<T>()).unwrap_or(0);
        if written == wanted { Ok(()) } else { Err(bad("an image that ends early")) }
    }
}

/// Whether an error of the library comes from its limit on memory.
fn is_out_of_memory(error: &(dyn std::error::Error + 'static)) -> bool {
    // The type of that error has no public name; a tracker without memory gives one.
    fn comes_from<E: std::error::Error + 'static>(
        _: &std::result::Result<(), E>,
        error: &(dyn std::error::Error + 'static),
    ) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<E>())
    }
    comes_from(&AllocTracker::with_limit(0).shrink_limit(1), error)
}
