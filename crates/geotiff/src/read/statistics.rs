//! Statistics and histograms: every valid pixel counts, each chunk is decoded once.

use ndarray::{Array2, Array3};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::mask::Decider;
use super::reader::{Reader, sample_of};
use super::request::ReadRequest;
use super::sampled::by_chunks;
use super::source::Level;
use super::stored::{Stored, threads};
use super::target::Target;
use crate::error::{Error, Result};
use crate::image::{Number, Sample};
use crate::layout::{Rect, Window};
use crate::limits::{Budget, Work};
use crate::metadata::{ColorInterp, Nodata};
use crate::resample::Part;
use crate::tag::Photometric;

/// What the valid pixels of a band are like.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of all (not of a sample: the divisor is the number of pixels).
    pub std: f64,
    /// Pixels that are valid.
    pub valid_count: u64,
}

impl Statistics {
    /// From what somebody else has counted.
    #[must_use]
    pub const fn new(min: f64, max: f64, mean: f64, std: f64, valid_count: u64) -> Self {
        Self { min, max, mean, std, valid_count }
    }
}

/// Parts of an image that are added up by themselves: the same number on any machine, so that sums are the same too.
const GROUPS: usize = 64;

impl Reader<'_> {
    /// Statistics of a band, counted from 1, over all of its valid pixels at full resolution: those that are not nodata,
    /// or, if there is no nodata, those that the mask lets through; NaN never counts. `None` if no pixel is valid. Whole
    /// numbers are added up exactly.
    ///
    /// # Errors
    ///
    /// When there is no such band, it holds complex numbers, or as [`read`](Self::read).
    ///
    /// ```
    /// use memtiff_geotiff::{Description, Limits, Reader};
    ///
    /// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
    /// let description = Description::parse(bytes, &Limits::default())?;
    /// let statistics = Reader::new(bytes, &description).statistics(1)?.expect("not all is nodata");
    /// assert!(statistics.min > 0.0, "0 is nodata in this file");
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn statistics(&self, band: usize) -> Result<Option<Statistics>> {
        let moments = self.over_valid(band, Moments::default, Moments::add, Moments::add_same)?;
        let mut all = Moments::default();
        moments.iter().for_each(|part| all.merge(part));
        Ok(all.statistics())
    }

    /// How many valid pixels of a band, counted from 1, lie in each of `buckets` parts of equal width between `from` and
    /// `to`. A value on the border of two lies in the upper one, `to` in the last. Which pixels are valid is as for
    /// [`statistics`](Self::statistics).
    ///
    /// # Errors
    ///
    /// As [`statistics`](Self::statistics); also when `to` is not larger than `from`, or there are no buckets.
    pub fn histogram(&self, band: usize, from: f64, to: f64, buckets: usize) -> Result<Vec<u64>> {
        if !(to > from && to.is_finite() && from.is_finite()) || buckets == 0 {
            return Err(Error::usage(format!("no {buckets} buckets between {from} and {to}")));
        }
        let bytes = buckets.saturating_mul(GROUPS).saturating_mul(size_of::<u64>());
        let reader = self.with_less(bytes, "a histogram")?;
        let counts = reader.over_valid(
            band,
            || vec![0_u64; buckets],
            |counts: &mut Vec<u64>, values: &[Number]| {
                for value in values {
                    let at = bucket(value.to_f64(), from, to, buckets);
                    if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                        *count = count.saturating_add(1);
                    }
                }
            },
            |counts: &mut Vec<u64>, value, times| {
                let at = bucket(value.to_f64(), from, to, buckets);
                if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                    *count = count.saturating_add(times);
                }
            },
        )?;
        let mut all = vec![0_u64; buckets];
        for counts in counts {
            all.iter_mut().zip(counts).for_each(|(all, count)| *all = all.saturating_add(count));
        }
        Ok(all)
    }

    /// Adds up valid values, group by group; the groups are the same on one thread and on many, and come in order. What the
    /// file leaves out is added up without being read: `add_same` adds a value so many times.
    fn over_valid<A: Send>(
        &self,
        band: usize,
        new: impl Fn() -> A + Sync,
        add: impl Fn(&mut A, &[Number]) + Sync,
        add_same: impl Fn(&mut A, Number, u64) + Sync,
    ) -> Result<Vec<A>> {
        self.operation(|reader| {
            let image = reader.description().image();
            if image.data_type.is_complex() {
                return Err(Error::unsupported("statistics of complex numbers"));
            }
            let left_out = reader.left_out(band)?;
            let mut groups = if left_out.rows == 0 {
                Vec::new()
            } else {
                reader.groups(band, &left_out, &new, &add, &add_same)?
            };
            let below = image.height.saturating_sub(left_out.rows) as u64;
            if let Some(value) = left_out.value.filter(|_| below > 0) {
                let mut sum = new();
                add_same(&mut sum, value, below.saturating_mul(image.width as u64));
                groups.push(sum);
            }
            Ok(groups)
        })
    }

    /// Adds up the rows of an image that the file may hold.
    fn groups<A: Send>(
        &self,
        band: usize,
        left_out: &LeftOut<'_>,
        new: &(impl Fn() -> A + Sync),
        add: &(impl Fn(&mut A, &[Number]) + Sync),
        add_same: &(impl Fn(&mut A, Number, u64) + Sync),
    ) -> Result<Vec<A>> {
        let image = self.description().image();
        let window = Window::new(0, 0, image.width, left_out.rows);
        let target = self.target(&ReadRequest::new().full_resolution().window(window))?;
        let (height, width) = (image.chunk_height, image.chunk_width);
        let mut budget = Budget::new(self.limits());
        let rows = by_chunks(&target.rows, height, width.min(image.width), &mut budget)?;
        let cols = by_chunks(&target.cols, width, height.min(image.height), &mut budget)?;
        let rect = |at: u64| {
            let across = (cols.len() as u64).max(1);
            let (row, col) = (usize::try_from(at / across).ok()?, usize::try_from(at % across).ok()?);
            let (rows, cols) = (rows.get(row)?, cols.get(col)?);
            Some(Rect::new(cols.source.start, rows.source.start, cols.source.len(), rows.source.len()))
        };
        let longest = |parts: &[Part]| parts.iter().map(|part| part.source.len()).max().unwrap_or(0);
        let largest = longest(&rows).saturating_mul(longest(&cols));
        // Samples, their mask, and the numbers that they are.
        let bytes = (largest as u64).saturating_mul(image.data_type.size().saturating_add(33) as u64).max(1);
        let share = budget.share(bytes).clamp(1, threads());
        let reader = self.with_limits(self.limits().with_memory(budget.share(share)));
        let validity = reader.validity(band)?;
        if let Some(rect) = target.direct() {
            let (level, samples) = (target.level, [validity.sample]);
            if left_out.is_stored {
                reader.foresee(level, &rect, &samples)?;
            } else {
                reader.foresee_stored(level, &rect, &samples)?;
            }
        }
        let count = (rows.len() as u64).saturating_mul(cols.len() as u64);
        let size = count.div_ceil(GROUPS as u64).max(1);
        let group = |start: &u64| {
            let mut sum = new();
            for rect in (*start..start.saturating_add(size).min(count)).filter_map(&rect) {
                if left_out.is_all(&rect) {
                    reader.work().map_or(Ok(()), Work::poll)?;
                    if let Some(value) = left_out.value {
                        add_same(&mut sum, value, (rect.width as u64).saturating_mul(rect.height as u64));
                    }
                    continue;
                }
                let values = Values { reader: &reader, target: &target, validity: &validity, rect };
                add(&mut sum, &with_sample_type(image.data_type, values)?);
            }
            Ok(sum)
        };
        let groups: Vec<u64> = (0..GROUPS as u64).map(|group| group.saturating_mul(size)).collect();
        each(&groups, share, group).into_iter().collect()
    }

    fn validity(&self, band: usize) -> Result<Validity> {
        let description = self.description();
        let sample = sample_of(band, description.image().bands)?;
        let nodata = description.band_nodata(band);
        let is_alpha = description.colorinterp().get(sample) == Some(&ColorInterp::Alpha);
        let decider = if nodata.is_some() || is_alpha { Decider::Nothing } else { self.decider(band) };
        Ok(Validity { sample, nodata, decider })
    }

    /// What is known of the chunks that the file leaves out of a band.
    fn left_out(&self, band: usize) -> Result<LeftOut<'_>> {
        let validity = self.validity(band)?;
        let level = self.level(None)?;
        let image = level.image;
        let is_mask = image.photometric == Photometric::MASK;
        let nodata = self.description().nodata().filter(|_| !is_mask);
        let task = FillValue { nodata, validity: &validity };
        let (fill, mask) = (with_sample_type(image.data_type, task), self.mask_inside(None));
        // A mask that is left out lets nothing through, and so does an alpha band without a nodata value.
        let (value, deciding) = match (&validity.decider, mask) {
            (Decider::Nothing, _) => (fill, None),
            (Decider::Mask, Some(mask))
                if (mask.image.width, mask.image.height) == (image.width, image.height) =>
            {
                (None, Some((mask, 0)))
            }
            (Decider::Alpha(alpha), _) if nodata.is_none() => {
                (None, Some((level, sample_of(*alpha, image.bands)?)))
            }
            // Anything else is read.
            _ => return Ok(LeftOut { parts: Vec::new(), rows: image.height, value: None, is_stored: true }),
        };
        let parts: Vec<(Level<'_>, usize)> = [(level, validity.sample)].into_iter().chain(deciding).collect();
        let mut rows = 0;
        for (level, sample) in &parts {
            rows = rows.max(Self::rows_known(*level, *sample)?);
        }
        Ok(LeftOut { parts, rows, value, is_stored: false })
    }
}

/// What is known of the chunks that the file leaves out of a band.
struct LeftOut<'a> {
    /// The images and samples that decide over the pixels; none if left out chunks have to be read like others.
    parts: Vec<(Level<'a>, usize)>,
    /// The file leaves out all chunks below so many rows.
    rows: usize,
    /// The value of pixels that are left out; `None` if they are not valid.
    value: Option<Number>,
    /// Whether left out chunks have to be read like others.
    is_stored: bool,
}

impl LeftOut<'_> {
    /// Whether all pixels of a rectangle are left out.
    fn is_all(&self, rect: &Rect) -> bool {
        let left_out = |(level, sample): &(Level<'_>, usize)| Reader::is_left_out(*level, rect, &[*sample]);
        !self.is_stored && self.parts.iter().all(left_out)
    }
}

/// The value that pixels have which the file leaves out; `None` if they are not valid.
struct FillValue<'r> {
    nodata: Option<Nodata>,
    validity: &'r Validity,
}

impl SampleTask for FillValue<'_> {
    type Output = Option<Number>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let value = self.nodata.map_or_else(T::default, Nodata::cast);
        self.validity.value_of(value)
    }
}

/// Does something with each of a list, on several threads if `threads` says so; the answers are in order.
fn each<T: Sync, A: Send>(list: &[T], threads: u64, work: impl Fn(&T) -> Result<A> + Sync) -> Vec<Result<A>> {
    #[cfg(feature = "rayon")]
    if threads > 1 {
        use rayon::prelude::*;
        return list.par_iter().map(&work).collect();
    }
    let _ = threads;
    list.iter().map(work).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "checked: between 0 and the number of buckets"
)]
fn bucket(value: f64, from: f64, to: f64, buckets: usize) -> Option<usize> {
    if !(from..=to).contains(&value) {
        return None;
    }
    let at = ((value - from) * (buckets as f64 / (to - from))).floor() as usize;
    Some(at.min(buckets.saturating_sub(1)))
}

/// Which pixels of a band count.
struct Validity {
    sample: usize,
    nodata: Option<Nodata>,
    decider: Decider,
}

impl Validity {
    /// The value of a sample that a mask lets through; `None` if it does not count.
    fn value_of<T: Sample>(&self, sample: T) -> Option<Number> {
        let (number, _) = sample.parts();
        let is_nodata = self.nodata.is_some_and(|nodata| nodata.is_left_out_of_statistics(sample));
        (!is_nodata && !number.to_f64().is_nan()).then_some(number)
    }
}

/// The valid values of a rectangle.
struct Values<'r, 'a> {
    reader: &'r Reader<'a>,
    target: &'r Target<'a>,
    validity: &'r Validity,
    rect: Rect,
}

impl SampleTask for Values<'_, '_> {
    type Output = Result<Vec<Number>>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let Self { reader, target, validity, rect } = self;
        let mut budget = Budget::new(reader.limits());
        let zeros = budget.zeros::<T>(rect.width.saturating_mul(rect.height), "pixels of a part")?;
        let shape = (1, rect.height, rect.width);
        let mut samples = Array3::from_shape_vec(shape, zeros).map_err(|e| Error::usage(e.to_string()))?;
        let stored = Stored { level: target.level, rect, samples: vec![validity.sample], parallel: false };
        reader.fill(&stored, samples.view_mut(), &mut budget)?;
        let mask: Option<Array2<u8>> = reader.mask_of(&validity.decider, None, rect)?;
        budget
            .reserve((samples.len() as u64).saturating_mul(size_of::<Number>() as u64), "values of a part")?;
        let mut values = Vec::with_capacity(samples.len());
        let mut mask = mask.as_ref().map(|mask| mask.iter());
        for sample in &samples {
            let lets = mask.as_mut().is_none_or(|mask| mask.next().is_some_and(|mask| *mask != 0));
            values.extend(validity.value_of(*sample).filter(|_| lets));
        }
        Ok(values)
    }
}

/// How many values, the smallest and the largest, and sums of them and of their squares: exact for whole numbers of up
/// to 32 bits, else the mean and the sum of squared distances from it.
#[derive(Debug, Clone, Copy)]
struct Moments {
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
    whole: Option<(i128, u128)>,
}

impl Default for Moments {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { count: 0, min, max, mean: 0.0, squares: 0.0, whole: Some((0, 0)) }
    }
}

impl Moments {
    #[expect(clippy::cast_precision_loss, reason = "no image has 2^53 pixels")]
    fn add(&mut self, values: &[Number]) {
        let mut part = Self { count: values.len() as u64, ..Self::default() };
        let mut sum = 0.0;
        for value in values {
            let double = value.to_f64();
            (part.min, part.max, sum) = (part.min.min(double), part.max.max(double), sum + double);
            part.whole = match (part.whole, value) {
                (Some((sum, squares)), Number::Whole(whole)) => {
                    let square = whole.unsigned_abs().checked_mul(whole.unsigned_abs());
                    let squares = square.and_then(|square| squares.checked_add(square));
                    squares.map(|squares| (sum.saturating_add(*whole), squares))
                }
                _ => None,
            };
        }
        part.mean = sum / values.len().max(1) as f64;
        part.squares = values.iter().map(|value| (value.to_f64() - part.mean).powi(2)).sum();
        self.merge(&part);
    }

    /// Adds the same value so many times.
    fn add_same(&mut self, value: Number, times: u64) {
        let double = value.to_f64();
        let whole = match value {
            Number::Whole(whole) => {
                let square = whole.unsigned_abs().checked_mul(whole.unsigned_abs());
                let squares = square.and_then(|square| square.checked_mul(times.into()));
                whole.checked_mul(times.into()).zip(squares)
            }
            _ => None,
        };
        self.merge(&Self { count: times, min: double, max: double, mean: double, squares: 0.0, whole });
    }

    /// Chan, Golub and LeVeque, 1983.
    #[expect(clippy::cast_precision_loss, reason = "no image has 2^53 pixels")]
    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let count = self.count.saturating_add(other.count);
        let (ours, theirs, all) = (self.count as f64, other.count as f64, count as f64);
        let apart = other.mean - self.mean;
        self.mean += apart * theirs / all;
        self.squares += other.squares + apart * apart * ours * theirs / all;
        self.whole = self.whole.zip(other.whole).and_then(|((sum, squares), (other_sum, other_squares))| {
            Some((sum.checked_add(other_sum)?, squares.checked_add(other_squares)?))
        });
        (self.min, self.max, self.count) = (self.min.min(other.min), self.max.max(other.max), count);
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is wanted")]
    fn statistics(&self) -> Option<Statistics> {
        if self.count == 0 {
            return None;
        }
        let count = self.count as f64;
        let exact = self.whole.and_then(|(sum, squares)| {
            // n times the sum of squared distances from the mean.
            let spread = squares.checked_mul(self.count.into())?;
            let spread = spread.checked_sub(sum.unsigned_abs().checked_mul(sum.unsigned_abs())?)?;
            Some((sum as f64 / count, (spread as f64).sqrt() / count))
        });
        let (mean, std) = exact.unwrap_or((self.mean, (self.squares / count).sqrt()));
        Some(Statistics::new(self.min, self.max, mean, std, self.count))
    }
}
