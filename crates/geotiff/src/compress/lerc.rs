//! LERC, code 34887: alone, or with Deflate or ZSTD around it (tag 50674 says which).

use std::num::FpCategory;

use bytemuck::{cast_slice, try_cast_slice_mut};
use lerc_core::{BandLayout, BlobInfo, PixelData};
use lerc_reader::{BandElement, InspectOptions};
use lerc_writer::{EncodeOptions, EncoderProfile, MaskView, RasterView};

use super::lerc_ranges::{with_finite_ranges, with_values};
#[cfg(not(all(feature = "deflate", feature = "zstd")))]
use crate::error::Cause;
use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::layout::Rect;

const METHOD: &str = "LERC";

/// What LERC is wrapped in: the second value of tag 50674.
#[derive(Debug)]
pub(crate) enum Wrapping {
    None,
    #[cfg(feature = "deflate")]
    Deflate(super::deflate::Deflate),
    #[cfg(feature = "zstd")]
    Zstd(Box<super::zstd::Zstd>),
}

/// How the chunks of a file are to be decoded.
#[derive(Debug)]
pub(crate) struct Lerc {
    wrapping: Wrapping,
    data_type: DataType,
    /// Samples of a pixel.
    samples: usize,
    /// Whether the last sample is an alpha that LERC holds as its mask.
    alpha: bool,
    allowance: u64,
    blob: Vec<u8>,
}

impl Lerc {
    pub(super) fn new(image: &Image, allowance: u64) -> Result<Self> {
        let wrapping = match image.lerc_wrapping {
            0 => Wrapping::None,
            #[cfg(feature = "deflate")]
            1 => Wrapping::Deflate(super::deflate::Deflate::new()),
            #[cfg(feature = "zstd")]
            2 => Wrapping::Zstd(Box::new(super::zstd::Zstd::new(allowance))),
            #[cfg(not(feature = "deflate"))]
            1 => return Err(Cause::FeatureOff { method: "LERC_DEFLATE", feature: "deflate" }.into()),
            #[cfg(not(feature = "zstd"))]
            2 => return Err(Cause::FeatureOff { method: "LERC_ZSTD", feature: "zstd" }.into()),
            other => {
                return Err(Error::unsupported(format!("LERC wrapped in method {other} is not defined")));
            }
        };
        let (samples, alpha) = (image.samples_per_chunk(), has_alpha(image));
        Ok(Self { wrapping, data_type: image.data_type, samples, alpha, allowance, blob: Vec::new() })
    }

    /// Fills `plain`, pixel by pixel. LERC has a byte order of its own, but libtiff swaps what comes out of it as
    /// if it had the file's, when it writes and when it reads; so `plain` counts as being in the file's order.
    pub(super) fn decode(&mut self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let mut blob = std::mem::take(&mut self.blob);
        let result = match self.wrapping {
            Wrapping::None => self.decode_blob(raw, stored, plain),
            #[allow(unreachable_patterns, reason = "without the other features there is nothing to unwrap")]
            _ => self
                .unwrap_blob(raw, plain.len(), &mut blob)
                .and_then(|n| self.decode_blob(blob.get(..n).unwrap_or_default(), stored, plain)),
        };
        self.blob = blob;
        result
    }

    /// Takes off what is around LERC; gives the number of bytes. LERC never grows data by more than its
    /// headers and masks.
    #[allow(unused_variables, reason = "used by what features bring in")]
    fn unwrap_blob(&mut self, raw: &[u8], plain: usize, blob: &mut Vec<u8>) -> Result<usize> {
        let most = plain.saturating_add(plain / 3).saturating_add(1024);
        super::afford(self.allowance, (most, 1, 1), 1, "a LERC blob")?;
        crate::limits::resize(blob, most, "a LERC blob")?;
        match &mut self.wrapping {
            Wrapping::None => Ok(0),
            #[cfg(feature = "deflate")]
            Wrapping::Deflate(deflate) => deflate.decode_some(raw, blob),
            #[cfg(feature = "zstd")]
            Wrapping::Zstd(zstd) => zstd.decode_some(raw, blob),
        }
    }

    fn decode_blob(&self, blob: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        let whole_blob = blob;
        let (blob, constant) = with_finite_ranges(blob);
        let blob = &*blob;
        let options = InspectOptions::new().with_compute_value_range(false);
        let info =
            lerc_reader::inspect_first_with_options(blob, options).map_err(|_| bad("no blob of LERC"))?;
        let (width, height, depth) = (info.width as usize, info.height as usize, info.depth as usize);
        if (width, height) != (stored.width, stored.height) {
            return Err(bad("an image of another size than the chunk"));
        }
        let wanted = if self.alpha { self.samples.saturating_sub(1) } else { self.samples };
        if depth == 1 && wanted > 1 {
            return self.decode_by_band(whole_blob, stored, plain);
        }
        if depth != wanted && depth != self.samples {
            return Err(bad("another number of samples than the file has"));
        }
        super::afford(
            self.allowance,
            (width, height, depth),
            self.data_type.size() as u64 + 1,
            "a LERC image",
        )?;
        let blob = blob.get(..info.blob_size).unwrap_or(blob);
        let whole = depth == self.samples
            && u64::from(info.valid_pixel_count) == (width as u64).saturating_mul(height as u64);
        if whole { self.decode_whole(blob, plain) } else { self.decode_masked(blob, &info, plain) }?;
        if let Some(value) = constant {
            self.replace_zeros(value, plain);
        }
        Ok(())
    }

    /// Puts a value in place of zeros.
    #[expect(clippy::cast_possible_truncation, reason = "an infinity stays one")]
    fn replace_zeros(&self, value: f64, samples: &mut [u8]) {
        match self.data_type {
            DataType::Float32 => {
                let samples = samples.as_chunks_mut().0.iter_mut().filter(|sample| **sample == [0; 4]);
                samples.for_each(|sample| *sample = (value as f32).to_ne_bytes());
            }
            _ => {
                let samples = samples.as_chunks_mut().0.iter_mut().filter(|sample| **sample == [0; 8]);
                samples.for_each(|sample| *sample = value.to_ne_bytes());
            }
        }
    }

    /// Bands whose masks differ stand one after the other, each a blob of its own.
    fn decode_by_band(&self, blobs: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        let size = self.data_type.size();
        let options = InspectOptions::new().with_compute_value_range(false);
        let mut rest = blobs;
        for band in 0..self.samples {
            let (blob, constant) = with_finite_ranges(rest);
            let blob = &*blob;
            let info =
                lerc_reader::inspect_first_with_options(blob, options).map_err(|_| bad("no blob of LERC"))?;
            if (info.width as usize, info.height as usize, info.depth) != (stored.width, stored.height, 1) {
                return Err(bad("bands of another size than the chunk"));
            }
            let extent = (stored.width, stored.height, 1);
            super::afford(self.allowance, extent, size as u64 + 1, "a LERC image")?;
            let blob = blob.get(..info.blob_size).unwrap_or(blob);
            let decoded = lerc_reader::decode_first(blob).map_err(|_| bad("data that cannot be decoded"))?;
            let (pixels, found) = bytes_of(&decoded.pixels);
            if found != size {
                return Err(bad("samples of another type than the file has"));
            }
            let mask = decoded.mask.unwrap_or_default();
            let valid = mask.iter().map(|valid| *valid != 0).chain(std::iter::repeat(true));
            let pixels = pixels.chunks_exact(size).zip(valid);
            for (to, (from, valid)) in plain.chunks_exact_mut(self.samples.saturating_mul(size)).zip(pixels) {
                if let Some(to) = to.chunks_exact_mut(size).nth(band) {
                    to.copy_from_slice(from);
                    if let Some(value) = constant {
                        self.replace_zeros(value, to);
                    }
                    if !valid {
                        self.invalidate(to);
                    }
                }
            }
            rest = rest.get(info.blob_size..).unwrap_or_default();
        }
        Ok(())
    }

    /// All pixels are valid: straight into place.
    fn decode_whole(&self, blob: &[u8], plain: &mut [u8]) -> Result<()> {
        match self.data_type {
            DataType::Uint8 => into_place::<u8>(blob, plain),
            DataType::Int8 => into_place::<i8>(blob, plain),
            DataType::Uint16 => into_place::<u16>(blob, plain),
            DataType::Int16 => into_place::<i16>(blob, plain),
            DataType::Uint32 => into_place::<u32>(blob, plain),
            DataType::Int32 => into_place::<i32>(blob, plain),
            DataType::Float32 => into_place::<f32>(blob, plain),
            DataType::Float64 => into_place::<f64>(blob, plain),
            other => Err(Error::unsupported(format!("LERC of {other} is not defined"))),
        }
    }

    /// Some pixels are masked: they become NaN in floats and transparent where the mask stands for an alpha
    /// sample, as libtiff has it.
    fn decode_masked(&self, blob: &[u8], info: &BlobInfo, plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let bad = |why| super::damaged(METHOD, need, why);
        let decoded = lerc_reader::decode_first(blob).map_err(|_| bad("data that cannot be decoded"))?;
        let (pixels, size) = bytes_of(&decoded.pixels);
        if size != self.data_type.size() {
            return Err(bad("samples of another type than the file has"));
        }
        let depth = info.depth as usize;
        let stored = depth.saturating_mul(size);
        let wanted = self.samples.saturating_mul(size);
        let mask = decoded.mask.unwrap_or_default();
        let valid = mask.iter().map(|valid| *valid != 0).chain(std::iter::repeat(true));
        let pixels = pixels.chunks_exact(stored.max(1)).zip(valid);
        for (to, (from, valid)) in plain.chunks_exact_mut(wanted.max(1)).zip(pixels) {
            let (colours, alpha) = to.split_at_mut(stored.min(wanted));
            if let Some(from) = from.get(..colours.len()) {
                colours.copy_from_slice(from);
            }
            if !valid {
                self.invalidate(colours);
            }
            alpha.fill(if valid { u8::MAX } else { 0 });
        }
        Ok(())
    }

    /// What a masked pixel holds.
    fn invalidate(&self, pixel: &mut [u8]) {
        match self.data_type {
            DataType::Float32 => pixel.as_chunks_mut().0.fill(f32::NAN.to_ne_bytes()),
            DataType::Float64 => pixel.as_chunks_mut().0.fill(f64::NAN.to_ne_bytes()),
            _ => {}
        }
    }
}

/// Whether the last sample is an alpha that may stand in LERC's mask.
fn has_alpha(image: &Image) -> bool {
    image.has_unassociated_alpha && matches!(image.samples_per_chunk(), 2 | 4)
}

fn into_place<T: BandElement + bytemuck::Pod>(blob: &[u8], plain: &mut [u8]) -> Result<()> {
    let need = plain.len();
    let bad = |why| super::damaged(METHOD, need, why);
    let out = try_cast_slice_mut::<u8, T>(plain).map_err(|_| bad("no room of the samples' type"))?;
    let decoded = lerc_reader::decode_band_set_into::<T>(blob, BandLayout::Interleaved, out);
    decoded.map(drop).map_err(|_| bad("data that cannot be decoded, or of another type"))
}

/// The samples as bytes, and the size of one.
fn bytes_of(pixels: &PixelData) -> (&[u8], usize) {
    match pixels {
        PixelData::I8(samples) => (cast_slice(samples), 1),
        PixelData::U8(samples) => (samples, 1),
        PixelData::I16(samples) => (cast_slice(samples), 2),
        PixelData::U16(samples) => (cast_slice(samples), 2),
        PixelData::I32(samples) => (cast_slice(samples), 4),
        PixelData::U32(samples) => (cast_slice(samples), 4),
        PixelData::F32(samples) => (cast_slice(samples), 4),
        PixelData::F64(samples) => (cast_slice(samples), 8),
    }
}

/// LERC as it is written.
#[derive(Debug)]
pub(crate) struct Compressor {
    wrapping: Around,
    data_type: DataType,
    samples: usize,
    /// Whether the last one is an alpha.
    alpha: bool,
    max_z_error: f64,
    blob: Vec<u8>,
}

#[derive(Debug)]
enum Around {
    None,
    #[cfg(feature = "deflate")]
    Deflate(super::deflate::Compressor),
    #[cfg(feature = "zstd")]
    Zstd(Box<super::zstd::Compressor>),
}

impl Compressor {
    pub(super) fn new(image: &Image, level: Option<u8>, max_z_error: f64) -> Result<Self> {
        let _ = level;
        // What is refused here for writing is what it is for reading.
        Lerc::new(image, 0)?;
        let wrapping = match image.lerc_wrapping {
            #[cfg(feature = "deflate")]
            1 => Around::Deflate(super::deflate::Compressor::new(level.unwrap_or(super::DEFLATE_LEVEL))),
            #[cfg(feature = "zstd")]
            2 => Around::Zstd(Box::new(super::zstd::Compressor::new(level.unwrap_or(super::ZSTD_LEVEL)))),
            _ => Around::None,
        };
        let (data_type, samples, alpha) = (image.data_type, image.samples_per_chunk(), has_alpha(image));
        Ok(Self { wrapping, data_type, samples, alpha, max_z_error, blob: Vec::new() })
    }

    /// Appends `plain`, which counts as being in the file's order as it does for reading, to `out`.
    pub(super) fn encode(&mut self, plain: &[u8], stored: &Rect, out: &mut Vec<u8>) -> Result<()> {
        let shape = (stored.width, stored.height, self.samples);
        let blob = match self.data_type {
            DataType::Uint8 if self.alpha => self.blob_with_mask(plain, stored),
            DataType::Uint8 => self.blob_of::<u8>(plain, shape, |_| FpCategory::Normal),
            DataType::Int8 => self.blob_of::<i8>(plain, shape, |_| FpCategory::Normal),
            DataType::Uint16 => self.blob_of::<u16>(plain, shape, |_| FpCategory::Normal),
            DataType::Int16 => self.blob_of::<i16>(plain, shape, |_| FpCategory::Normal),
            DataType::Uint32 => self.blob_of::<u32>(plain, shape, |_| FpCategory::Normal),
            DataType::Int32 => self.blob_of::<i32>(plain, shape, |_| FpCategory::Normal),
            DataType::Float32 => self.blob_of::<f32>(plain, shape, f32::classify),
            DataType::Float64 => self.blob_of::<f64>(plain, shape, f64::classify),
            other => return Err(Error::unsupported(format!("LERC knows no samples of {other}"))),
        };
        self.blob = blob?;
        match &mut self.wrapping {
            Around::None => out.extend_from_slice(&self.blob),
            #[cfg(feature = "deflate")]
            Around::Deflate(deflate) => deflate.encode(&self.blob, out)?,
            #[cfg(feature = "zstd")]
            Around::Zstd(zstd) => zstd.encode(&self.blob, out),
        }
        Ok(())
    }

    /// An alpha of all or nothing becomes the mask, as in libtiff; but not where that would lose colours, for LERC holds none
    /// of what is masked.
    fn blob_with_mask(&self, plain: &[u8], stored: &Rect) -> Result<Vec<u8>> {
        let kept = |pixel: &[u8]| match pixel {
            [.., u8::MAX] => true,
            pixel => pixel.iter().all(|sample| *sample == 0),
        };
        let pixels = || plain.chunks_exact(self.samples.max(1));
        if !pixels().all(kept) {
            return self
                .blob_of::<u8>(plain, (stored.width, stored.height, self.samples), |_| FpCategory::Normal);
        }
        let mask: Vec<u8> = pixels().map(|pixel| pixel.last().copied().unwrap_or_default().min(1)).collect();
        let colours = pixels().flat_map(|pixel| pixel.split_last().map_or(pixel, |(_, colours)| colours));
        let colours: Vec<u8> = colours.copied().collect();
        self.blob((stored.width, stored.height, self.samples.saturating_sub(1)), &colours, Some(&mask))
    }

    fn blob<T: lerc_core::Sample>(
        &self,
        (width, height, depth): (usize, usize, usize),
        values: &[T],
        mask: Option<&[u8]>,
    ) -> Result<Vec<u8>> {
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let options =
            EncodeOptions::new().with_max_z_error(self.max_z_error).with_profile(EncoderProfile::Gdal);
        let encode = || {
            let view = RasterView::new(size(width), size(height), size(depth), values)?;
            let mask = mask.map(|mask| MaskView::new(size(width), size(height), mask)).transpose()?;
            lerc_writer::encode(view, mask, options)
        };
        encode().map_err(|_| super::failed(METHOD, "samples that it cannot hold"))
    }

    /// A blob that holds its values as they are, infinite ones among them.
    fn blob_as_is<T>(
        &self,
        shape: (usize, usize, usize),
        values: &[T],
        mask: Option<&[u8]>,
    ) -> Result<Vec<u8>>
    where
        T: lerc_core::Sample + bytemuck::Pod,
    {
        let zeros = vec![T::zeroed(); values.len()];
        let blob = self.blob(shape, &zeros, mask)?;
        let depth = shape.2.max(1);
        let valid = mask.unwrap_or_default().iter().map(|valid| *valid != 0).chain(std::iter::repeat(true));
        let pixels = values.chunks_exact(depth).zip(valid).filter(|(_, valid)| *valid);
        let pixels: Vec<T> = pixels.flat_map(|(pixel, _)| pixel).copied().collect();
        with_values(&blob, cast_slice(&pixels), depth)
            .ok_or_else(|| super::failed(METHOD, "samples that it cannot hold"))
    }

    /// One blob; where bands have values that are none (NaN), each band a blob with a mask of its own.
    fn blob_of<T>(
        &self,
        plain: &[u8],
        (width, height, samples): (usize, usize, usize),
        class: impl Fn(T) -> FpCategory,
    ) -> Result<Vec<u8>>
    where
        T: lerc_core::Sample + bytemuck::Pod,
    {
        let values: Vec<T> = bytemuck::pod_collect_to_vec(plain);
        let any = |category| values.iter().any(|value| class(*value) == category);
        let infinite = any(FpCategory::Infinite);
        let blob = |shape, values: &[T], mask: Option<&[u8]>| {
            if infinite { self.blob_as_is(shape, values, mask) } else { self.blob(shape, values, mask) }
        };
        if !any(FpCategory::Nan) {
            return blob((width, height, samples), &values, None);
        }
        let mut blobs = Vec::new();
        for sample in 0..samples {
            let band: Vec<T> = values.iter().skip(sample).step_by(samples.max(1)).copied().collect();
            let mask: Vec<u8> = band.iter().map(|value| u8::from(class(*value) != FpCategory::Nan)).collect();
            blobs.append(&mut blob((width, height, 1), &band, Some(&mask))?);
        }
        Ok(blobs)
    }
}
