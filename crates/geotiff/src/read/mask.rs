//! Which pixels are valid: masks in directories of their own, nodata, alpha.

use ndarray::{Array2, Array3, ArrayViewMut2, ArrayViewMut3, Axis};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::reader::{Reader, sample_of};
use super::request::{ReadRequest, Resolution};
use super::sampled::{Reading, Sampled, Wanted};
use super::source::Level;
use super::stored::Stored;
use super::target::Target;
use crate::error::{Error, Result};
use crate::image::{DataType, Sample};
use crate::layout::{Rect, Window};
use crate::limits::Budget;
use crate::metadata::{ColorInterp, Nodata};
use crate::resample::Band;
use crate::tag::Photometric;

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
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decider {
    /// A mask in the file.
    Mask,
    /// A band, counted from 1, of a file of masks; what it says of it.
    File {
        band: usize,
        flags: u64,
    },
    Nodata(Nodata),
    Alpha(usize),
    /// An alpha band of 16 bits over itself: GDAL takes its values as weights then, 255 at most, where it scales them for
    /// other bands.
    Itself(usize),
    Nothing,
}

impl Decider {
    /// Whether the same of two bands gives the same mask.
    pub(super) fn is_shared(&self) -> bool {
        !matches!(self, Self::Nodata(_))
    }
}

impl<'a> Reader<'a> {
    /// Where the mask of each band comes from: a mask in the file before one in a file beside it, that before nodata,
    /// nodata before alpha, as in GDAL's GTiff driver. Empty where a file of masks has one for the band alone.
    #[must_use]
    pub fn mask_flags(&self) -> Vec<Vec<MaskFlag>> {
        let flags = |band| match self.decider(band) {
            Decider::Mask => vec![MaskFlag::PerDataset],
            Decider::File { flags, .. } => MaskFlag::of_bits(flags),
            Decider::Nodata(_) => vec![MaskFlag::Nodata],
            Decider::Alpha(_) | Decider::Itself(_) => vec![MaskFlag::PerDataset, MaskFlag::Alpha],
            Decider::Nothing => vec![MaskFlag::AllValid],
        };
        (1..=self.description().image().bands).map(flags).collect()
    }

    pub(super) fn decider(&self, band: usize) -> Decider {
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
        self.operation(|reader| reader.masks_of(request))
    }

    fn masks_of(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        let (bands, (rows, columns)) = (self.bands(request)?, self.target(request)?.shape());
        let mut out = self.zeros((bands.len(), rows, columns))?;
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
        self.operation(|reader| reader.mask_of_all(request))
    }

    fn mask_of_all(&self, request: &ReadRequest) -> Result<Array2<u8>> {
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
        let (rows, columns) = self.target(request)?.shape();
        let pixels = (rows as u64).saturating_mul(columns as u64);
        let bytes = image.data_type.size().saturating_add(1) as u64;
        self.foresee_result(pixels.saturating_mul(bands.clone().count() as u64).saturating_mul(bytes))?;
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
        let decider = self.decider(band);
        match decider {
            Decider::Nothing => out.fill(u8::MAX),
            Decider::Nodata(nodata) if self.is_left_out_as(band, request, nodata)? => out.fill(0),
            Decider::Nodata(nodata) => {
                let request = ReadRequest { dtype: None, ..request.clone() }.bands([band]);
                let array = self.read_dyn(&request)?;
                with_sample_type(array.data_type(), Compare { array, nodata, out: out.view_mut() });
            }
            _ => return self.read_mask_image(&decider, request, out),
        }
        blank_outside(&self.target(request)?, out);
        Ok(())
    }

    /// Whether all pixels that a request asks for of a band are nodata because the file leaves them out.
    fn is_left_out_as(&self, band: usize, request: &ReadRequest, nodata: Nodata) -> Result<bool> {
        let target = self.target(request)?;
        let image = target.level.image;
        let fills = self.description().nodata() == Some(nodata) && image.photometric != Photometric::MASK;
        if !fills || !target.is_inside() || request.fill.is_some() {
            return Ok(false);
        }
        let rect = target.direct().unwrap_or_else(|| target.around());
        Ok(Self::is_left_out(target.level, &rect, &[sample_of(band, image.bands)?]))
    }

    /// The image that holds the mask of a copy, and the band of it, counted from 1; `None` if all of the copy is valid.
    fn mask_image(&self, decider: &Decider, overview: Option<usize>) -> Result<Option<(Level<'a>, usize)>> {
        let (level, band) = match decider {
            Decider::Nothing | Decider::Nodata(_) => (None, 1),
            Decider::Mask => (self.mask_inside(overview), 1),
            Decider::File { band, .. } => (self.mask_beside(overview)?, *band),
            Decider::Alpha(band) | Decider::Itself(band) => (Some(self.level(overview)?), *band),
        };
        Ok(level.map(|level| (level, band)))
    }

    /// Reads the mask that an image holds: of the copy that fits.
    fn read_mask_image(
        &self,
        decider: &Decider,
        request: &ReadRequest,
        mut out: ArrayViewMut2<'_, u8>,
    ) -> Result<()> {
        let overview = match request.resolution {
            Resolution::Overview(level) => Some(level),
            _ => None,
        };
        let Some((level, band)) = self.mask_image(decider, overview)? else {
            out.fill(u8::MAX);
            blank_outside(&self.target(request)?, out);
            return Ok(());
        };
        let mut target = Target::new(level, overview, request)?;
        if request.resolution == Resolution::Fitting {
            let mut copies = Vec::new();
            for at in 0..self.overviews().count() {
                copies.extend(self.mask_image(decider, Some(at))?.map(|(level, _)| (at, level)));
            }
            target = target.fitting(copies.into_iter());
        }
        let out = Self::inside(&target, 0, out.insert_axis(Axis(0)));
        if out.is_empty() { Ok(()) } else { self.fill_mask(decider, band, &target, request.parallel, out) }
    }

    /// The mask of a rectangle of a copy of the image; `None` if all is valid. Not for nodata, which its reader sees.
    pub(super) fn mask_of(
        &self,
        decider: &Decider,
        overview: Option<usize>,
        rect: Rect,
    ) -> Result<Option<Array2<u8>>> {
        let Some((level, band)) = self.mask_image(decider, overview)? else { return Ok(None) };
        let window = Window::new(rect.col_off, rect.row_off, rect.width, rect.height);
        let target = Target::new(level, overview, &ReadRequest::new().window(window))?;
        let mut out = self.zeros((1, rect.height, rect.width))?;
        self.fill_mask(decider, band, &target, false, out.view_mut())?;
        Ok(Some(out.index_axis_move(Axis(0), 0)))
    }

    /// Notes chunks of a mask that are not here.
    pub(super) fn touch_mask(&self, decider: &Decider, overview: Option<usize>, rect: &Rect) -> Result<()> {
        match self.mask_image(decider, overview)? {
            Some((level, band)) => Self::touch(level, rect, &[sample_of(band, level.image.bands)?]),
            None => Ok(()),
        }
    }

    fn fill_mask(
        &self,
        decider: &Decider,
        band: usize,
        target: &Target<'_>,
        parallel: bool,
        out: ArrayViewMut3<'_, u8>,
    ) -> Result<()> {
        let image = target.level.image;
        let reading = match (decider, image.data_type) {
            (Decider::Alpha(_), DataType::Uint16) => Reading::Alpha,
            _ if image.bits == 1 => Reading::Bits,
            _ => Reading::Plain,
        };
        let sample = sample_of(band, image.bands)?;
        if let (Some(rect), Reading::Plain, DataType::Uint8) = (target.direct(), reading, image.data_type) {
            let stored = Stored { level: target.level, rect, samples: vec![sample], parallel };
            return self.fill(&stored, out, &mut Budget::new(self.limits()));
        }
        let bands = &[Wanted { sample, decider: Decider::Nothing, band: Band::default() }];
        let sampled = Sampled { reader: self, target, bands, reading, lossless: false, parallel, out };
        with_sample_type(image.data_type, sampled)
    }
}

/// Outside of the image nothing is valid, whatever pixels are filled with.
fn blank_outside(target: &Target<'_>, mut out: ArrayViewMut2<'_, u8>) {
    if !target.is_inside() {
        for ((row, col), out) in out.indexed_iter_mut() {
            if !target.rows.wanted.contains(&row) || !target.cols.wanted.contains(&col) {
                *out = 0;
            }
        }
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
