//! Which pixels are valid: masks in directories of their own, nodata, alpha.

use ndarray::{Array2, Array3, ArrayViewMut2, Axis};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::reader::Reader;
use super::request::ReadRequest;
use crate::error::{Error, Result};
use crate::image::{DataType, Sample};
use crate::metadata::{ColorInterp, Nodata};

/// Where the mask of a band comes from. Names are those of GDAL's flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MaskFlag {
    /// There is none: all pixels are valid.
    AllValid,
    /// One mask for all bands.
    PerDataset,
    /// From an alpha band.
    Alpha,
    /// From the nodata value.
    Nodata,
}

impl std::fmt::Display for MaskFlag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AllValid => "all_valid",
            Self::PerDataset => "per_dataset",
            Self::Alpha => "alpha",
            Self::Nodata => "nodata",
        })
    }
}

/// What decides whether the pixels of a band are valid.
enum Source {
    Mask,
    Nodata(Nodata),
    Alpha(usize),
    Nothing,
}

impl Reader<'_> {
    /// Where the mask of each band comes from: a mask directory before nodata, nodata before alpha, as in GDAL's
    /// GTiff driver.
    #[must_use]
    pub fn mask_flags(&self) -> Vec<Vec<MaskFlag>> {
        let flags = |band| match self.source(band) {
            Source::Mask => vec![MaskFlag::PerDataset],
            Source::Nodata(_) => vec![MaskFlag::Nodata],
            Source::Alpha(_) => vec![MaskFlag::PerDataset, MaskFlag::Alpha],
            Source::Nothing => vec![MaskFlag::AllValid],
        };
        (1..=self.description().image().bands).map(flags).collect()
    }

    fn source(&self, band: usize) -> Source {
        let description = self.description();
        let image = description.image();
        if description.masks().full.is_some() {
            return Source::Mask;
        }
        if let Some(nodata) = description.nodata() {
            return Source::Nodata(nodata);
        }
        let alpha = description.colorinterp().last() == Some(&ColorInterp::Alpha);
        let typed = matches!(image.data_type, DataType::Uint8 | DataType::Uint16);
        if alpha && typed && matches!(image.bands, 2 | 4) && band < image.bands {
            return Source::Alpha(image.bands);
        }
        Source::Nothing
    }

    /// Reads the masks of bands: shape (band, row, column), 255 for valid and 0 for not; values between in an alpha
    /// band.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_masks(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        let (bands, window) = self.extent(request)?;
        let mut out = self.zeros((bands.len(), window.height, window.width))?;
        let rest = self.with_less(out.len(), "masks")?;
        for (band, out) in bands.into_iter().zip(out.axis_iter_mut(Axis(0))) {
            rest.read_mask(band, request, out)?;
        }
        Ok(out)
    }

    /// Reads the mask of the dataset: shape (row, column). It is the mask that all bands share, or else says where
    /// any band is valid; for RGB with alpha it is the alpha band's, as in rasterio.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn dataset_mask(&self, request: &ReadRequest) -> Result<Array2<u8>> {
        let image = self.description().image();
        let shared = self.mask_flags().first().is_some_and(|flags| flags.contains(&MaskFlag::PerDataset));
        let rgba = image.bands == 4 && self.description().colorinterp().first() == Some(&ColorInterp::Red);
        let bands = if shared {
            1..=1
        } else if rgba {
            4..=4
        } else {
            1..=image.bands
        };
        let mut all: Option<Array2<u8>> = None;
        for band in bands {
            let spent = all.as_ref().map_or(0, Array2::len);
            let mask = self.with_less(spent, "a mask")?.read_masks(&request.clone().bands([band]))?;
            let mask = mask.index_axis_move(Axis(0), 0);
            match &mut all {
                None => all = Some(mask),
                Some(all) => all.zip_mut_with(&mask, |all, mask| *all |= mask),
            }
        }
        all.ok_or_else(|| Error::usage("no band asked for"))
    }

    fn read_mask(&self, band: usize, request: &ReadRequest, mut out: ArrayViewMut2<'_, u8>) -> Result<()> {
        let of_band = |band: usize| request.clone().bands([band]);
        match self.source(band) {
            Source::Nothing => out.fill(u8::MAX),
            Source::Mask => self.read_mask_directory(request, out)?,
            Source::Nodata(nodata) => {
                let array = self.read_dyn(&of_band(band))?;
                with_sample_type(array.data_type(), Compare { array, nodata, out });
            }
            Source::Alpha(alpha) => match self.read_dyn(&of_band(alpha))? {
                DynArray::Uint8(array) => out.assign(&array.index_axis(Axis(0), 0)),
                DynArray::Uint16(array) => {
                    // 65535 is opaque; fractions are rounded down, but to no less than a trace.
                    let narrow =
                        |alpha: u16| u8::try_from((alpha / 257).max(alpha.min(1))).unwrap_or(u8::MAX);
                    out.assign(&array.index_axis(Axis(0), 0).mapv(narrow));
                }
                _ => out.fill(u8::MAX),
            },
        }
        Ok(())
    }

    /// Reads the directory that holds the mask; a level without one is all valid.
    fn read_mask_directory(&self, request: &ReadRequest, mut out: ArrayViewMut2<'_, u8>) -> Result<()> {
        let masks = self.description().masks();
        let image = match request.overview {
            None => masks.full.as_ref(),
            Some(level) => masks.overviews.get(level).and_then(Option::as_ref),
        };
        match image {
            None => out.fill(u8::MAX),
            Some(image) => {
                self.read_image(image, request, out.view_mut().insert_axis(Axis(0)))?;
                // A single bit says yes or no.
                if image.bits == 1 {
                    out.mapv_inplace(|bit| if bit == 0 { 0 } else { u8::MAX });
                }
            }
        }
        Ok(())
    }
}

/// A band's samples held against the nodata value.
struct Compare<'a> {
    array: DynArray,
    nodata: Nodata,
    out: ArrayViewMut2<'a, u8>,
}

impl SampleTask for Compare<'_> {
    type Output = ();

    fn run<T: Sample>(mut self)
    where
        DynArray: From<Array3<T>>,
    {
        let samples: &[T] = bytemuck::cast_slice(self.array.as_bytes().unwrap_or_default());
        for (mask, sample) in self.out.iter_mut().zip(samples) {
            *mask = if self.nodata.matches(*sample) { 0 } else { u8::MAX };
        }
    }
}
