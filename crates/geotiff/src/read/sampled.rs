//! Pixels of another size, or another type: part by part, each made of the pixels of the image that it needs.

use std::marker::PhantomData;
use std::rc::Rc;

use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut3, Axis as Dimension};

use super::array::{DynArray, SampleTask};
use super::mask::Decider;
use super::reader::Reader;
use super::stored::{Stored, threads};
use super::target::Target;
use crate::error::{Error, Result};
use crate::image::{Image, Number, Sample};
use crate::layout::Rect;
use crate::limits::{Budget, Limits};
use crate::metadata::nbits;
use crate::resample::{
    Axis, Band, Chunk, Part, Resampling, Span, convolved, divide, finish_convolved, resample,
};
use crate::sample::{convert, is_same};
use crate::tag::Photometric;

/// A band that is read, and what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Counted from 0.
    pub(super) sample: usize,
    pub(super) decider: Decider,
    pub(super) band: Band,
}

/// What samples of an image are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// What they are.
    Plain,
    /// A mask of single bits: 0 or 255.
    Bits,
    /// An alpha of 16 bits: 0 to 255.
    Alpha,
}

/// Fills an array with what a target says, from an image of whatever type.
pub(super) struct Sampled<'r, 'a, T> {
    pub(super) reader: &'r Reader<'a>,
    pub(super) target: &'r Target<'a>,
    pub(super) bands: &'r [Wanted],
    pub(super) reading: Reading,
    pub(super) lossless: bool,
    pub(super) parallel: bool,
    pub(super) out: ArrayViewMut3<'r, T>,
}

impl<T: Sample> SampleTask for Sampled<'_, '_, T> {
    type Output = Result<()>;

    fn run<S: Sample>(self) -> Result<()>
    where
        DynArray: From<Array3<S>>,
    {
        let together = self.together();
        let Sampled { reader, target, bands, reading, lossless, parallel, out } = self;
        let job = |bands, together| Job::<S> {
            reader,
            target,
            bands,
            reading,
            lossless,
            together,
            kind: PhantomData,
        };
        let (first, others) = bands.split_at(together);
        let (out_first, out_others) = out.split_at(Dimension(0), together);
        if !first.is_empty() {
            job(first, true).run(parallel, out_first)?;
        }
        if others.is_empty() { Ok(()) } else { job(others, false).run(parallel, out_others) }
    }
}

impl<T> Sampled<'_, '_, T> {
    /// How many of the first bands GDAL resamples in one go: those that share a mask, where there is no nodata.
    fn together(&self) -> usize {
        let target = self.target;
        let apart = self.bands.len() < 2
            || self.lossless
            || target.direct().is_some()
            || !target.method.is_convolution()
            || target.level.image.data_type.is_complex()
            || target.by_band;
        let Some(first) = self.bands.first().filter(|_| !apart) else { return 0 };
        let goes = |wanted: &&Wanted| {
            wanted.band.colours.is_none() && wanted.decider == first.decider && wanted.decider.is_shared()
        };
        self.bands.iter().take_while(goes).count()
    }
}

/// How the work is shared out.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// For each part that is worked on at the same time.
    limits: Limits,
    /// How often the work is divided between threads.
    parts: u64,
    inside: bool,
}

struct Job<'r, 'a, S> {
    reader: &'r Reader<'a>,
    target: &'r Target<'a>,
    bands: &'r [Wanted],
    reading: Reading,
    lossless: bool,
    /// Whether all bands are resampled in one go: then they are not rounded to the type of the image on the way, and are 0
    /// where nothing is valid.
    together: bool,
    kind: PhantomData<fn() -> S>,
}

impl<S: Sample> Job<'_, '_, S> {
    fn run<T: Sample>(&self, parallel: bool, out: ArrayViewMut3<'_, T>) -> Result<()> {
        self.refuse_unsupported()?;
        let mut budget = Budget::new(self.reader.limits());
        let (rows, cols) = self.parts(&mut budget)?;
        self.touch(&rows, &cols)?;
        if self.target.method != Resampling::Nearest || self.target.direct().is_some() {
            let samples: Vec<usize> = self.bands.iter().map(|wanted| wanted.sample).collect();
            let source = self.target.direct().unwrap_or_else(|| self.target.around());
            self.reader.foresee(self.target.level, &source, &samples)?;
        }
        let leaves = (rows.len() as u64).saturating_mul(cols.len() as u64).max(1);
        let threads = if parallel { threads().min(leaves) } else { 1 };
        let widest = cols.iter().max_by_key(|col| col.source.len());
        let most = rows.iter().map(|row| self.bytes(row, widest)).max();
        let affordable = budget.share(most.unwrap_or(0).max(1)).clamp(1, threads);
        // Of several parts each is read by one thread; of a single one the chunks are shared out.
        let way = Way {
            limits: self.reader.limits().with_memory(budget.share(affordable)),
            parts: if affordable > 1 { affordable.saturating_mul(8) } else { 1 },
            inside: parallel && leaves == 1,
        };
        self.fill(&rows, &cols, &way, out)
    }

    /// Notes everything that is not here, of all parts and their masks, so that it can be fetched at once.
    fn touch(&self, rows: &[Part], cols: &[Part]) -> Result<()> {
        if !self.target.level.source.view.is_partial() {
            return Ok(());
        }
        let samples: Vec<usize> = self.bands.iter().map(|wanted| wanted.sample).collect();
        let mut first = Ok(());
        for (rows, cols) in rows.iter().flat_map(|rows| cols.iter().map(move |cols| (rows, cols))) {
            let rect = Rect::new(cols.source.start, rows.source.start, cols.source.len(), rows.source.len());
            first = first.and(Reader::touch(self.target.level, &rect, &samples));
            for wanted in self.bands {
                first = first.and(self.reader.touch_mask(&wanted.decider, self.target.overview, &rect));
            }
        }
        first
    }

    fn image(&self) -> &Image {
        self.target.level.image
    }

    fn refuse_unsupported(&self) -> Result<()> {
        use Resampling::{Gauss, Max, Med, Min, Q1, Q3, Rms};
        let method = self.target.method;
        let ordered = matches!(method, Gauss | Max | Med | Min | Q1 | Q3 | Rms);
        if S::DATA_TYPE.is_complex() && ordered && self.target.direct().is_none() {
            return Err(Error::unsupported(format!("resampling {method} of complex numbers")));
        }
        Ok(())
    }

    /// The parts of both directions. Without a kernel they are cut where chunks end, so that each chunk is decoded once.
    fn parts(&self, budget: &mut Budget) -> Result<(Vec<Part>, Vec<Part>)> {
        let (target, image) = (self.target, self.image());
        if target.method == Resampling::Nearest || target.direct().is_some() {
            let (height, width) = (image.chunk_height, image.chunk_width);
            let rows = by_chunks(&target.rows, height, width.min(image.width), budget)?;
            return Ok((rows, by_chunks(&target.cols, width, height.min(image.height), budget)?));
        }
        let (_, block) = image.block_shape();
        let (rows, cols) = (&target.rows, &target.cols);
        let most = rows.wanted.len().saturating_add(cols.wanted.len()) as u64;
        budget.reserve(most.saturating_mul(size_of::<Part>() as u64), "parts of what is read")?;
        Ok(divide(target.method, (rows, cols), block, self.together))
    }

    /// Memory that a part takes, roughly: its source, masks, doubles, and itself.
    fn bytes(&self, rows: &Part, cols: Option<&Part>) -> u64 {
        let (source, new) = cols.map_or((0, 0), |cols| (cols.source.len(), cols.new.len()));
        let source = (source as u64).saturating_mul(rows.source.len() as u64);
        let new = (new as u64).saturating_mul(rows.new.len() as u64);
        let bands = self.bands.len() as u64;
        let size = size_of::<S>() as u64;
        let doubles = if self.target.method.is_convolution() { 16 } else { 1 };
        source
            .saturating_mul(bands.saturating_mul(size).saturating_add(doubles))
            .saturating_add(new.saturating_mul(bands.saturating_mul(size).saturating_add(24)))
    }

    /// What a band takes on its way through doubles.
    fn pay_for_doubles(&self, rows: &Part, cols: &Part, budget: &mut Budget) -> Result<()> {
        let new = (rows.new.len() as u64).saturating_mul(cols.new.len() as u64);
        let across = match self.target.method.is_convolution() {
            true => (rows.source.len() as u64).saturating_mul(cols.new.len() as u64),
            false => 0,
        };
        // The samples under one new pixel, where one of them is chosen; and what counts them.
        let under = |part: &Part| part.source.len().div_ceil(part.new.len().max(1)).saturating_add(2) as u64;
        let chosen = match self.target.method {
            Resampling::Max | Resampling::Min | Resampling::Med | Resampling::Q1 | Resampling::Q3 => {
                size_of::<S>()
            }
            Resampling::Mode => size_of::<S>().saturating_add(size_of::<(S, usize)>().saturating_mul(2)),
            _ => 0,
        };
        let chosen = under(rows).saturating_mul(under(cols)).saturating_mul(chosen as u64);
        // Values that may be none, twice for those of complex numbers; and sums along the rows.
        let bytes = new.saturating_mul(32).saturating_add(across.saturating_mul(16)).saturating_add(chosen);
        budget.reserve(bytes, "doubles of resampled pixels")
    }

    /// Fills the array with these parts.
    fn fill<T: Sample>(
        &self,
        rows: &[Part],
        cols: &[Part],
        way: &Way,
        out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let (dimension, parts) = if rows.len() > 1 { (1, rows) } else { (2, cols) };
        if let ([rows], [cols]) = (rows, cols) {
            return self.convert(rows, cols, way, out);
        }
        let (first, second) = parts.split_at(parts.len() / 2);
        let (Some(start), Some(middle)) = (first.first(), second.first()) else { return Ok(()) };
        let at = middle.new.start.saturating_sub(start.new.start);
        let (before, behind) = out.split_at(Dimension(dimension), at);
        let half = Way { parts: way.parts / 2, ..*way };
        let fill = |parts, out| {
            if dimension == 1 {
                self.fill(parts, cols, &half, out)
            } else {
                self.fill(rows, parts, &half, out)
            }
        };
        both(way.parts, || fill(first, before), || fill(second, behind))
    }

    /// Fills the array with one part.
    fn convert<T: Sample>(
        &self,
        rows: &Part,
        cols: &Part,
        way: &Way,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        if let Some(values) = self.left_out(rows, cols) {
            for (mut out, value) in out.outer_iter_mut().zip(values) {
                out.fill(convert(value));
            }
            return Ok(());
        }
        if self.together {
            return self.convolve(rows, cols, way, out);
        }
        let made = self.make(rows, cols, way)?;
        for ((at, out), value) in out.indexed_iter_mut().zip(&made) {
            *out = convert(*value);
            if self.lossless && !is_same(*value, *out) {
                let (band, row, col) = at;
                let (row, col) = (row.saturating_add(rows.new.start), col.saturating_add(cols.new.start));
                return Err(Error::usage(format!(
                    "{value:?} in band {band} of the array, row {row}, column {col}, is no {}: without `lossless` it becomes {out:?}",
                    T::DATA_TYPE
                )));
            }
        }
        Ok(())
    }

    /// The new samples of each band, where a part is made of nothing but chunks that the file leaves out, and it is plain
    /// what becomes of them.
    fn left_out(&self, rows: &Part, cols: &Part) -> Option<Vec<S>> {
        let is_mask = self.image().photometric == Photometric::MASK;
        let nodata = self.reader.description().nodata().filter(|_| !is_mask);
        let fill = nodata.map_or_else(S::default, |nodata| nodata.cast());
        let is_zero = fill == S::default();
        let copied = self.target.direct().is_some() || self.target.method == Resampling::Nearest;
        let value = |wanted: &Wanted| match (&wanted.decider, &wanted.band) {
            _ if self.lossless => None,
            _ if copied && (is_zero || self.reading == Reading::Plain) => Some(fill),
            (_, band) if band.colours.is_some() => None,
            (_, Band { nodata: None, .. }) if is_zero => Some(fill),
            (Decider::Nodata(nodata), Band { nodata: Some(value), .. }) if nodata.matches(fill) => {
                Some(S::from_parts(Number::Double(*value), Number::Whole(0)))
            }
            _ => None,
        };
        let values = self.bands.iter().map(value).collect::<Option<Vec<S>>>()?;
        let rect = Rect::new(cols.source.start, rows.source.start, cols.source.len(), rows.source.len());
        let samples: Vec<usize> = self.bands.iter().map(|wanted| wanted.sample).collect();
        Reader::is_left_out(self.target.level, &rect, &samples).then_some(values)
    }

    /// Fills the array with one part, by a kernel, in one go.
    fn convolve<T: Sample>(
        &self,
        rows: &Part,
        cols: &Part,
        way: &Way,
        mut out: ArrayViewMut3<'_, T>,
    ) -> Result<()> {
        let (reader, mut budget, rect) = self.start(rows, cols, way);
        let source = self.source(&reader, rect, way.inside, &mut budget)?;
        let (row_axis, col_axis) = (self.target.rows.axis(rows), self.target.cols.axis(cols));
        let mut made =
            budget.zeros::<T>(rows.new.len().saturating_mul(cols.new.len()), "resampled pixels")?;
        let mut masks = Masks { known: None };
        let planes = source.outer_iter().zip(out.outer_iter_mut());
        for (wanted, (samples, mut out)) in self.bands.iter().zip(planes) {
            let weights = masks.of(&reader, self.target, wanted, rect, samples, &mut budget)?;
            let mask = match &*weights {
                Weights::Nothing => {
                    out.fill(T::default());
                    continue;
                }
                Weights::All => None,
                Weights::Some(mask) => Some(mask.view()),
            };
            let method = self.target.method;
            let values = convolved(method, &Chunk { samples, mask }, (&row_axis, &col_axis));
            finish_convolved(S::DATA_TYPE, method, &wanted.band, &values, &mut made);
            out.iter_mut().zip(&made).for_each(|(out, made)| *out = *made);
        }
        Ok(())
    }

    /// A reader, a purse, and the pixels of the image that a part is made of.
    fn start(&self, rows: &Part, cols: &Part, way: &Way) -> (Reader<'_>, Budget, Rect) {
        let rect = Rect::new(cols.source.start, rows.source.start, cols.source.len(), rows.source.len());
        (self.reader.with_limits(way.limits), Budget::new(&way.limits), rect)
    }

    /// The new samples of a part, in the type of the image: shape (band, row, column).
    fn make(&self, rows: &Part, cols: &Part, way: &Way) -> Result<Array3<S>> {
        let (reader, mut budget, rect) = self.start(rows, cols, way);
        let source = self.source(&reader, rect, way.inside, &mut budget)?;
        if self.target.direct().is_some() {
            return Ok(source);
        }
        self.pay_for_doubles(rows, cols, &mut budget)?;
        let (row_axis, col_axis) = (self.target.rows.axis(rows), self.target.cols.axis(cols));
        let pixels = rows.new.len().saturating_mul(cols.new.len());
        let mut made = budget.zeros::<S>(self.bands.len().saturating_mul(pixels), "resampled pixels")?;
        let mut masks = Masks { known: None };
        let planes = made.chunks_exact_mut(pixels.max(1));
        for ((wanted, samples), out) in self.bands.iter().zip(source.outer_iter()).zip(planes) {
            let weights = match self.method(wanted) {
                Resampling::Nearest => Rc::new(Weights::All),
                _ => masks.of(&reader, self.target, wanted, rect, samples, &mut budget)?,
            };
            self.resample(wanted, samples, &weights, (&row_axis, &col_axis), out);
        }
        let shape = (self.bands.len(), rows.new.len(), cols.new.len());
        Array3::from_shape_vec(shape, made).map_err(|e| Error::usage(e.to_string()))
    }

    /// The pixels of the image that a part is made of.
    fn source(
        &self,
        reader: &Reader<'_>,
        rect: Rect,
        parallel: bool,
        budget: &mut Budget,
    ) -> Result<Array3<S>> {
        let samples: Vec<usize> = self.bands.iter().map(|wanted| wanted.sample).collect();
        let count = samples.len().saturating_mul(rect.width).saturating_mul(rect.height);
        let shape = (samples.len(), rect.height, rect.width);
        let zeros = budget.zeros::<S>(count, "pixels to be resampled")?;
        let mut source = Array3::from_shape_vec(shape, zeros).map_err(|e| Error::usage(e.to_string()))?;
        let stored = Stored { level: self.target.level, rect, samples, parallel };
        reader.fill(&stored, source.view_mut(), budget)?;
        match self.reading {
            Reading::Plain => {}
            Reading::Bits => {
                source.mapv_inplace(|bit| S::from_u64(if bit == S::default() { 0 } else { 255 }));
            }
            Reading::Alpha => source.mapv_inplace(|alpha| convert(narrow(convert(alpha)))),
        }
        Ok(source)
    }

    /// Kernels make no sense of indices into a palette.
    fn method(&self, wanted: &Wanted) -> Resampling {
        let method = self.target.method;
        if wanted.band.colours.is_some() && method.is_convolution() { Resampling::Nearest } else { method }
    }

    fn resample(
        &self,
        wanted: &Wanted,
        samples: ArrayView2<'_, S>,
        weights: &Weights,
        axes: (&Axis, &Axis),
        out: &mut [S],
    ) {
        let mask = match weights {
            Weights::Nothing => {
                let nodata = wanted.band.nodata.unwrap_or(0.0);
                out.fill(S::from_parts(Number::Double(nodata), Number::Whole(0)));
                return;
            }
            Weights::All => None,
            Weights::Some(mask) => Some(mask.view()),
        };
        let method = self.method(wanted);
        let keeps_values = matches!(method, Resampling::Nearest | Resampling::Mode);
        if !S::DATA_TYPE.is_complex() || keeps_values {
            return resample(method, &Chunk { samples, mask }, &wanted.band, axes, out);
        }
        // The parts of complex numbers are made by themselves.
        let part = |pick: fn((Number, Number)) -> Number| {
            let part = samples.mapv(|sample| pick(sample.parts()).to_f64());
            let mut made = vec![0.0; out.len()];
            resample(method, &Chunk { samples: part.view(), mask }, &wanted.band, axes, &mut made);
            made
        };
        let (re, im) = (part(|parts| parts.0), part(|parts| parts.1));
        for ((out, re), im) in out.iter_mut().zip(re).zip(im) {
            *out = S::from_parts(Number::Double(re), Number::Double(im));
        }
    }
}

/// An alpha of 16 bits in 8: 65535 is opaque; fractions are rounded down, but to no less than a trace.
fn narrow(alpha: u16) -> u8 {
    u8::try_from((alpha / 257).max(alpha.min(1))).unwrap_or(u8::MAX)
}

/// What says how much each pixel of a source counts.
enum Weights {
    All,
    Nothing,
    Some(Array2<u8>),
}

/// The mask that was read last: bands may share one.
struct Masks {
    known: Option<(Decider, Rc<Weights>)>,
}

impl Masks {
    fn of<S: Sample>(
        &mut self,
        reader: &Reader<'_>,
        target: &Target<'_>,
        wanted: &Wanted,
        rect: Rect,
        samples: ArrayView2<'_, S>,
        budget: &mut Budget,
    ) -> Result<Rc<Weights>> {
        if let Some((decider, weights)) = &self.known
            && *decider == wanted.decider
            && decider.is_shared()
        {
            return Ok(Rc::clone(weights));
        }
        budget.reserve(samples.len() as u64, "a mask")?;
        let mask = match wanted.decider {
            Decider::Nodata(nodata) => {
                Some(samples.mapv(|sample| if nodata.matches(sample) { 0 } else { u8::MAX }))
            }
            ref decider => reader.mask_of(decider, target.overview, rect)?,
        };
        let weights = Rc::new(mask.map_or(Weights::All, weigh));
        self.known = Some((wanted.decider.clone(), Rc::clone(&weights)));
        Ok(weights)
    }
}

/// A mask that is the same everywhere says all or nothing.
fn weigh(mask: Array2<u8>) -> Weights {
    let first = mask.first().copied().unwrap_or(0);
    if mask.iter().any(|weight| *weight != first) {
        Weights::Some(mask)
    } else if first == 0 {
        Weights::Nothing
    } else {
        Weights::All
    }
}

/// Parts of new samples whose nearest ones lie in the same chunk; chunks that follow each other go together while they
/// are small. `across` is what a chunk has in the other direction.
pub(super) fn by_chunks(span: &Span, chunk: usize, across: usize, budget: &mut Budget) -> Result<Vec<Part>> {
    const SMALL: usize = 1 << 18;
    let chunk = chunk.max(1);
    let most = match span.direct() {
        Some(_) => span.limit.div_ceil(chunk).min(span.wanted.len()),
        None => span.wanted.len(),
    };
    let bytes = (most as u64).saturating_mul((size_of::<Part>() + size_of::<usize>()) as u64);
    budget.reserve(bytes, "parts of what is read")?;
    if let Some((first, count)) = span.direct() {
        let (end, start) = (first.saturating_add(count), span.wanted.start);
        // Whole chunks, as many as are small together.
        let step = (SMALL / across.max(1) / chunk).max(1).saturating_mul(chunk);
        let cuts = (first / step..end.div_ceil(step)).map(|at| at.saturating_mul(step));
        let part = |cut: usize| {
            let source = cut.max(first)..cut.saturating_add(step).min(end);
            let new = |at: usize| at.saturating_sub(first).saturating_add(start);
            Part { new: new(source.start)..new(source.end), source }
        };
        return Ok(cuts.map(part).filter(|part| !part.new.is_empty()).collect());
    }
    let chunk_of = |at: usize| at.checked_div(chunk).unwrap_or(0);
    let mut parts: Vec<Part> = Vec::new();
    for (new, at) in (span.wanted.start..).zip(span.nearest()) {
        let next = new.saturating_add(1);
        if let Some(part) = parts.last_mut() {
            let last = part.source.end.saturating_sub(1);
            let grown = at.saturating_add(1).saturating_sub(part.source.start);
            let adjacent =
                chunk_of(at) <= chunk_of(last).saturating_add(1) && grown.saturating_mul(across) <= SMALL;
            if chunk_of(at) == chunk_of(last) || adjacent {
                part.new.end = next;
                part.source.end = part.source.end.max(at.saturating_add(1));
                continue;
            }
        }
        parts.push(Part { new: new..next, source: at..at.saturating_add(1) });
    }
    Ok(parts)
}

/// Does both, on two threads if `parts` says so. Of two errors the first is given.
fn both(
    parts: u64,
    first: impl FnOnce() -> Result<()> + Send,
    second: impl FnOnce() -> Result<()> + Send,
) -> Result<()> {
    #[cfg(feature = "rayon")]
    if parts > 1 {
        let (first, second) = rayon::join(first, second);
        return first.and(second);
    }
    let _ = parts;
    first()?;
    second()
}

impl<'a> Reader<'a> {
    /// Bands, counted from 0, with what is known of each.
    pub(super) fn wanted(
        &self,
        samples: &[usize],
        target: &Target<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<Wanted>> {
        budget.reserve(
            (samples.len() as u64).saturating_mul(size_of::<Wanted>() as u64),
            "what is known of bands",
        )?;
        let bits = nbits(target.level.image).and_then(|bits| bits.parse().ok());
        let wanted = |sample: &usize| {
            let band = sample.saturating_add(1);
            let resampled = target.direct().is_none() && target.method != Resampling::Nearest;
            let colours = if resampled { self.colormap(band)? } else { None };
            let nodata = self.description().band_nodata(band).map(|nodata| nodata.as_f64());
            let decider = if resampled { self.decider(band) } else { Decider::Nothing };
            Ok(Wanted { sample: *sample, decider, band: Band { nodata, bits, colours, masked: false } })
        };
        samples.iter().map(wanted).collect()
    }

    /// The part of an array that lies in the image; the rest is filled.
    pub(super) fn inside<'o, T: Sample>(
        target: &Target<'_>,
        fill: T,
        mut out: ArrayViewMut3<'o, T>,
    ) -> ArrayViewMut3<'o, T> {
        if target.is_inside() {
            return out;
        }
        out.fill(fill);
        let cut = |out: ArrayViewMut3<'o, T>, dimension, span: &Span| {
            let (_, behind) = out.split_at(Dimension(dimension), span.wanted.start);
            behind.split_at(Dimension(dimension), span.wanted.len()).0
        };
        cut(cut(out, 1, &target.rows), 2, &target.cols)
    }
}
