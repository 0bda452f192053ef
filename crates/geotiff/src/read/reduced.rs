//! Pixels of overviews, while they are built: the whole image reduced, part by part.

use ndarray::{ArrayViewMut3, Axis};

use super::array::with_sample_type;
use super::mask::Decider;
use super::reader::Reader;
use super::sampled::{Reading, Sampled, Wanted};
use super::source::Level;
use super::target::Target;
use crate::error::{Error, Result};
use crate::image::{DataType, Sample};
use crate::layout::Rect;
use crate::limits::Budget;
use crate::metadata::ColorInterp;
use crate::resample::{Band, Resampling, Span};

/// An image reduced as a whole, of which a rectangle of new pixels is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reduction<'r> {
    /// The overview that it is made of, counted from 0; `None` for the full image.
    pub(crate) from: Option<usize>,
    /// New rows and columns of all.
    pub(crate) shape: (usize, usize),
    /// Those that are made.
    pub(crate) rect: &'r Rect,
    /// Samples that are made, counted from 0.
    pub(crate) samples: &'r [usize],
    pub(crate) method: Resampling,
    pub(crate) parallel: bool,
}

impl Reader<'_> {
    /// Fails at once where reducing all of an image, or its mask, cannot succeed.
    pub(crate) fn foresee_reduction(&self, from: Option<usize>, is_mask: bool) -> Result<()> {
        let level = if is_mask { self.mask_inside(from) } else { Some(self.level(from)?) };
        let Some(level) = level else { return Ok(()) };
        let samples: Vec<usize> = (0..level.image.bands).collect();
        self.foresee(level, &Rect::new(0, 0, level.image.width, level.image.height), &samples)
    }

    /// Whether the file leaves out everything that new pixels of a rectangle are made of, so that they are left out too.
    pub(crate) fn reduces_nothing(&self, reduction: &Reduction<'_>, is_mask: bool) -> Result<bool> {
        let level =
            if is_mask { self.mask_inside(reduction.from) } else { Some(self.level(reduction.from)?) };
        let Some(level) = level else { return Ok(false) };
        let target = Target::reduced(level, reduction);
        Ok(Self::is_left_out(level, &target.around(), reduction.samples))
    }
}

impl<'a> Reader<'a> {
    /// Fills `out`, shape (band, row, column), with new pixels.
    pub(crate) fn reduce<T: Sample>(
        &self,
        reduction: &Reduction<'_>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        self.operation(|reader| reader.reduce_image(reduction, out))
    }

    fn reduce_image<T: Sample>(&self, reduction: &Reduction<'_>, out: ArrayViewMut3<'_, T>) -> Result<()> {
        let target = Target::reduced(self.level(reduction.from)?, reduction);
        let mut budget = Budget::new(self.limits());
        let mut bands = self.wanted(reduction.samples, &target, &mut budget)?;
        // GDAL has an alpha decide over itself, be it that something else decides over the colours; but only if something
        // decides over the first band, or this is the alpha.
        let image = target.level.image;
        let colours = self.description().colorinterp();
        let is_alpha = |band: usize| colours.get(band) == Some(&ColorInterp::Alpha);
        if target.method != Resampling::Nearest && (is_alpha(0) || self.decider(1) != Decider::Nothing) {
            for wanted in bands.iter_mut().filter(|wanted| is_alpha(wanted.sample)) {
                let number = wanted.sample.saturating_add(1);
                let wide = image.data_type == DataType::Uint16;
                wanted.decider = if wide { Decider::Itself(number) } else { Decider::Alpha(number) };
            }
        }
        // The ramp that stands for values of which 0 is white is not asked; that of single bits is, but not by kernels.
        let bits = image.bits == 1 && !target.method.is_convolution();
        let indexed = bits || self.has_color_map()?;
        for Wanted { decider, band, .. } in &mut bands {
            band.masked = *decider != Decider::Nothing;
            band.colours = band.colours.take().filter(|_| indexed);
        }
        let rest = self.with_limits(self.limits().with_memory(budget.share(1)));
        rest.sample(&target, &bands, Reading::Plain, reduction, out)
    }

    /// Fills `out`, shape (1, row, column), with 0 or something else: the mask in the file, or of one of its overviews,
    /// reduced. It is its own mask: what is not valid takes no part.
    pub(crate) fn reduce_mask(&self, reduction: &Reduction<'_>, out: ArrayViewMut3<'_, u8>) -> Result<()> {
        self.operation(|reader| reader.reduce_mask_image(reduction, out))
    }

    fn reduce_mask_image(&self, reduction: &Reduction<'_>, out: ArrayViewMut3<'_, u8>) -> Result<()> {
        let mask = self.mask_inside(reduction.from);
        let target = Target::reduced(mask.ok_or_else(|| Error::usage("no mask to be reduced"))?, reduction);
        let bands = [Wanted { sample: 0, decider: Decider::Mask, band: Band::default() }];
        let reading = if target.level.image.bits == 1 { Reading::Bits } else { Reading::Plain };
        self.sample(&target, &bands, reading, reduction, out)
    }

    fn sample<T: Sample>(
        &self,
        target: &Target<'_>,
        bands: &[Wanted],
        reading: Reading,
        reduction: &Reduction<'_>,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let rect = reduction.rect;
        if out.len_of(Axis(1)) != rect.height || out.len_of(Axis(2)) != rect.width {
            return Err(Error::usage("an array of another shape than the new pixels"));
        }
        let parallel = reduction.parallel;
        let sampled = Sampled { reader: self, target, bands, reading, lossless: false, parallel, out };
        with_sample_type(target.level.image.data_type, sampled)
    }
}

impl<'a> Target<'a> {
    fn reduced(level: Level<'a>, reduction: &Reduction<'_>) -> Self {
        let Reduction { shape: (rows, columns), rect, method, .. } = *reduction;
        let mut rows = Span::reduced(level.image.height, rows, rect.row_off..rect.row_end(), method);
        let mut cols = Span::reduced(level.image.width, columns, rect.col_off..rect.col_end(), method);
        (rows.whole, cols.whole) = (level.image.data_type.is_complex(), level.image.data_type.is_complex());
        Self::of_spans(level, reduction.from, (rows, cols), method)
    }
}
