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

/// GDAL's bit for [`MaskFlag::PerDataset`].
const PER_DATASET: u64 = 2;

impl MaskFlag {
    /// From GDAL's bits.
    fn of_bits(bits: u64) -> Vec<Self> {
        let all = [(1, Self::AllValid), (PER_DATASET, Self::PerDataset), (4, Self::Alpha), (8, Self::Nodata)];
        all.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, flag)| flag).collect()
    }
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
enum Decider {
    /// A mask in the file.
    Mask,
    /// A band, counted from 1, of a file of masks; what it says of it.
    File {
        band: usize,
        flags: u64,
    },
    Nodata(Nodata),
    Alpha(usize),
    Nothing,
}

impl Reader<'_> {
    /// Where the mask of each band comes from: a mask in the file before one in a file beside it, that before nodata,
    /// nodata before alpha, as in GDAL's GTiff driver. Empty where a file of masks has one for the band alone.
    #[must_use]
    pub fn mask_flags(&self) -> Vec<Vec<MaskFlag>> {
        let flags = |band| match self.decider(band) {
            Decider::Mask => vec![MaskFlag::PerDataset],
            Decider::File { flags, .. } => MaskFlag::of_bits(flags),
            Decider::Nodata(_) => vec![MaskFlag::Nodata],
            Decider::Alpha(_) => vec![MaskFlag::PerDataset, MaskFlag::Alpha],
            Decider::Nothing => vec![MaskFlag::AllValid],
        };
        (1..=self.description().image().bands).map(flags).collect()
    }

    fn decider(&self, band: usize) -> Decider {
        let description = self.description();
        let image = description.image();
        if description.masks().full.is_some() {
            return Decider::Mask;
        }
        if let Some(flags) = self.mask_file_flags(band) {
            let [file, _] = self.part_files().masks;
            let bands = file.map_or(0, |file| file.description.image().bands);
            let band = if flags & PER_DATASET == 0 { band } else { 1 };
            if band <= bands {
                return Decider::File { band, flags };
            }
        }
        if let Some(nodata) = description.band_nodata(band) {
            return Decider::Nodata(nodata);
        }
        let alpha = description.colorinterp().last() == Some(&ColorInterp::Alpha);
        let typed = matches!(image.data_type, DataType::Uint8 | DataType::Uint16);
        if alpha && typed && matches!(image.bands, 2 | 4) && band < image.bands {
            return Decider::Alpha(image.bands);
        }
        Decider::Nothing
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
        let any = |mask| if mask == 0 { 0 } else { u8::MAX };
        let mut all: Option<Array2<u8>> = None;
        for band in bands {
            let spent = all.as_ref().map_or(0, Array2::len);
            let mask = self.with_less(spent, "a mask")?.read_masks(&request.clone().bands([band]))?;
            let mask = mask.index_axis_move(Axis(0), 0);
            match &mut all {
                None if shared || rgba => all = Some(mask),
                None => all = Some(mask.mapv(any)),
                Some(all) => all.zip_mut_with(&mask, |all, mask| *all |= any(*mask)),
            }
        }
        all.ok_or_else(|| Error::usage("no band asked for"))
    }

    fn read_mask(&self, band: usize, request: &ReadRequest, mut out: ArrayViewMut2<'_, u8>) -> Result<()> {
        let of_band = |band: usize| request.clone().bands([band]);
        match self.decider(band) {
            Decider::Nothing => out.fill(u8::MAX),
            Decider::Mask => match self.mask_inside(request.overview) {
                // A level without a mask is all valid.
                None => out.fill(u8::MAX),
                Some(mask) => {
                    self.read_image(mask, 1, request, out.view_mut().insert_axis(Axis(0)))?;
                    // A single bit says yes or no.
                    if mask.image.bits == 1 {
                        out.mapv_inplace(|bit| if bit == 0 { 0 } else { u8::MAX });
                    }
                }
            },
            Decider::File { band, .. } => match self.mask_beside(request.overview)? {
                None => out.fill(u8::MAX),
                Some(mask) => self.read_image(mask, band, request, out.insert_axis(Axis(0)))?,
            },
            Decider::Nodata(nodata) => {
                let array = self.read_dyn(&of_band(band))?;
                with_sample_type(array.data_type(), Compare { array, nodata, out });
            }
            Decider::Alpha(alpha) => match self.read_dyn(&of_band(alpha))? {
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
