//! From pixels in any order to whole chunks, and these through the encoders.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ndarray::{Array3, ArrayView3};
#[cfg(feature = "rayon")]
use rayon::prelude::*;

use super::chunk::{ChunkEncoder, gather, is_empty, pad, part_of, sample_count};
use super::output::Output;
use super::pending::Pending;
use super::writer::{Writer, failed};
use crate::error::{Error, Result};
use crate::image::Sample;
use crate::layout::Rect;
use crate::limits::Budget;
use crate::metadata::Nodata;
use crate::read::{DynArray, SampleTask, decode_chunk, with_sample_type};

/// Bytes that chunks which wait to be full take at most; beyond it the one that was not written to for the longest time is
/// encoded as it is, and decoded again when more comes.
const WAITING: u64 = 256 << 20;

/// Chunks that are encoded, and held, at once for each thread.
const AT_ONCE: usize = 4;

/// A chunk that is to be encoded.
#[derive(Debug, Clone, Copy)]
struct Job {
    index: u64,
    stored: Rect,
    /// What of it lies in the image.
    valid: Rect,
}

/// A chunk as it comes out of the encoder; `None` where it is left out.
pub(super) type Encoded = Result<(u64, Option<Vec<u8>>)>;

impl<O: Output> Writer<O> {
    /// Writes pixels, shape (band, row, column), to the samples numbered `samples` of the chunks of a plane.
    pub(super) fn write_plane<T: Sample>(
        &mut self,
        plane: usize,
        rect: &Rect,
        samples: &[usize],
        pixels: ArrayView3<'_, T>,
    ) -> Result<()> {
        let (rows, cols) = (self.grid.chunk_rows(rect), self.grid.chunk_cols(rect));
        let all = samples.len() == self.image().samples_per_chunk();
        let (mut jobs, mut full) = (Vec::new(), Vec::new());
        let at_once = self.jobs_at_once();
        for (row, col) in rows.flat_map(|row| cols.clone().map(move |col| (row, col))) {
            let job = self.job(plane, row, col);
            let part = job.valid.common(rect);
            if all && part == job.valid {
                self.pending.remove(&job.index);
                jobs.push(job);
                if jobs.len() == at_once {
                    self.encode_from(&jobs, rect, samples, pixels)?;
                    jobs.clear();
                }
            } else if self.wait(&job, &part, samples, part_of(pixels, rect, &part))? {
                full.push(job);
                if full.len() == at_once {
                    self.encode_pending::<T>(&full)?;
                    full.clear();
                }
            }
        }
        self.encode_pending::<T>(&full)?;
        self.encode_from(&jobs, rect, samples, pixels)
    }

    /// Chunks that are encoded at once: a few for each thread, as far as their memory goes.
    fn jobs_at_once(&self) -> usize {
        #[cfg(feature = "rayon")]
        let threads: usize = if self.options.parallel { rayon::current_num_threads() } else { 1 };
        #[cfg(not(feature = "rayon"))]
        let threads: usize = 1;
        let bytes = self.chunk_memory().max(1);
        let affordable = self.options.limits.memory().checked_div(bytes.saturating_mul(2)).unwrap_or(1);
        threads.saturating_mul(AT_ONCE).min(usize::try_from(affordable).unwrap_or(usize::MAX)).max(1)
    }

    /// Bytes of the samples of a chunk.
    fn chunk_memory(&self) -> u64 {
        let image = self.image();
        let pixels = (image.chunk_width as u64).saturating_mul(image.chunk_height as u64);
        pixels.saturating_mul(image.samples_per_chunk() as u64).saturating_mul(image.data_type.size() as u64)
    }

    fn job(&self, plane: usize, row: usize, col: usize) -> Job {
        let stored = self.grid.stored(row, col);
        let whole = Rect::new(0, 0, self.width(), self.height());
        Job { index: self.grid.index(plane, row, col), stored, valid: stored.common(&whole) }
    }

    fn job_of(&self, index: u64) -> Job {
        let across = (self.grid.across() as u64).max(1);
        let of_plane = across.saturating_mul(self.grid.down() as u64).max(1);
        let part = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let (plane, within) = (index / of_plane, index % of_plane);
        self.job(part(plane), part(within / across), part(within % across))
    }

    /// Encodes chunks all of whose pixels are in an array, and appends them.
    fn encode_from<T: Sample>(
        &mut self,
        jobs: &[Job],
        rect: &Rect,
        samples: &[usize],
        pixels: ArrayView3<'_, T>,
    ) -> Result<()> {
        let stride = self.image().samples_per_chunk();
        let encoded = self.encode(jobs, |job, native: &mut Vec<T>| {
            native.resize(sample_count(&job.stored, stride), T::default());
            let from = part_of(pixels, rect, &job.valid);
            gather(from, &job.valid, samples, native, (&job.stored, stride));
        });
        self.store(encoded)
    }

    /// Encodes chunks whose native samples `fill` gives, on several threads if that is allowed; in order.
    fn encode<T: Sample>(&self, jobs: &[Job], fill: impl Fn(&Job, &mut Vec<T>) + Sync) -> Vec<Encoded> {
        let (stride, empty) = (self.image().samples_per_chunk(), self.fill_value::<T>());
        let (spec, order, sparse) = (&self.spec, self.order(), self.options.sparse);
        let start = || ChunkEncoder::new(spec, order).map(|encoder| (encoder, Vec::new()));
        let encode = |state: &mut Result<(ChunkEncoder<'_>, Vec<T>)>, job: &Job| -> Encoded {
            let (encoder, native) = state.as_mut().map_err(|error| error.clone())?;
            fill(job, native);
            if sparse && is_empty(native, &job.valid, (&job.stored, stride), empty) {
                return Ok((job.index, None));
            }
            pad(native, &job.valid, (&job.stored, stride), spec.image.compression);
            let mut out = Vec::new();
            let result = encoder.encode(native, &job.stored, &mut out);
            result.map_err(|error| error.in_chunk(job.index)).map(|()| (job.index, Some(out)))
        };
        #[cfg(feature = "rayon")]
        if self.options.parallel && jobs.len() > 1 {
            return jobs.par_iter().map_init(start, encode).collect();
        }
        let mut state = start();
        jobs.iter().map(|job| encode(&mut state, job)).collect()
    }

    /// What samples hold that nobody wrote.
    fn fill_value<T: Sample>(&self) -> T {
        self.options.metadata.nodata.map_or_else(T::default, Nodata::cast)
    }

    /// Puts pixels into a chunk that waits for more; gives whether it is full then.
    fn wait<T: Sample>(
        &mut self,
        job: &Job,
        part: &Rect,
        samples: &[usize],
        pixels: ArrayView3<'_, T>,
    ) -> Result<bool> {
        let stride = self.image().samples_per_chunk();
        if !self.pending.contains_key(&job.index) {
            let pending = self.taken_up::<T>(job)?;
            self.pending.insert(job.index, pending);
        }
        self.clock = self.clock.saturating_add(1);
        let Some(pending) = self.pending.get_mut(&job.index) else { return Ok(false) };
        gather(pixels, part, samples, pending.samples::<T>(), (&job.stored, stride));
        let col_off = part.col_off.saturating_sub(job.stored.col_off);
        let row_off = part.row_off.saturating_sub(job.stored.row_off);
        pending.note(&Rect::new(col_off, row_off, part.width, part.height), samples);
        pending.touched = self.clock;
        if pending.is_full(job.valid.width, job.valid.height) {
            return Ok(true);
        }
        let most = WAITING.min(self.options.limits.memory() / 2);
        while self.waiting() > most {
            let Some(oldest) =
                self.pending.iter().min_by_key(|(_, pending)| pending.touched).map(|(i, _)| *i)
            else {
                break;
            };
            self.encode_pending::<T>(&[self.job_of(oldest)])?;
        }
        Ok(false)
    }

    /// Bytes that chunks which wait take.
    fn waiting(&self) -> u64 {
        // All have the size of the first, but for the last strip.
        let first = self.pending.values().next().map_or(0, Pending::bytes);
        first.saturating_mul(self.pending.len() as u64)
    }

    /// A chunk as it is so far: what was written of it and encoded, or nothing yet.
    fn taken_up<T: Sample>(&self, job: &Job) -> Result<Pending> {
        let stride = self.image().samples_per_chunk();
        let (offset, len) = self.place(job.index);
        let native = if offset == 0 {
            vec![self.fill_value::<T>(); sample_count(&job.stored, stride)]
        } else {
            let raw = self.output.read_at(offset, usize::try_from(len).unwrap_or(usize::MAX));
            let raw = raw.map_err(|error| failed(&error).at_offset(offset))?.ok_or_else(|| {
                Error::usage(format!(
                    "block {} was written already, and this output cannot be read to change a part of it: write whole \
                     blocks, or all parts of one before the next",
                    job.index
                ))
            })?;
            let mut budget = Budget::new(&self.options.limits);
            let view = self.spec.view(self.order());
            decode_chunk(self.image(), view, (&job.stored, &raw), &mut budget)?
        };
        Ok(Pending::new(&native, stride, job.stored.height))
    }

    /// Encodes chunks that waited, as they are.
    fn encode_pending<T: Sample>(&mut self, jobs: &[Job]) -> Result<()> {
        let mut waiting = BTreeMap::new();
        // One that was encoded meanwhile, to make room, waits no more.
        let jobs: Vec<Job> =
            jobs.iter().filter(|job| self.pending.contains_key(&job.index)).copied().collect();
        for job in &jobs {
            if let Some(mut pending) = self.pending.remove(&job.index) {
                waiting.insert(job.index, pending.samples::<T>().to_vec());
            }
        }
        let encoded = self.encode(&jobs, |job, native: &mut Vec<T>| {
            native.clear();
            native.extend_from_slice(waiting.get(&job.index).map(Vec::as_slice).unwrap_or_default());
        });
        self.store(encoded)
    }

    /// Encodes everything that waits, as it is.
    pub(super) fn encode_waiting(&mut self) -> Result<()> {
        let at_once = self.jobs_at_once();
        while !self.pending.is_empty() {
            let jobs: Vec<Job> = self.pending.keys().take(at_once).map(|index| self.job_of(*index)).collect();
            with_sample_type(self.dtype(), EncodePending(self, &jobs))?;
        }
        Ok(())
    }

    /// Appends a block of nothing wherever none was written.
    pub(super) fn fill_up(&mut self) -> Result<()> {
        with_sample_type(self.dtype(), FillUp(self))
    }

    fn fill_up_with<T: Sample>(&mut self) -> Result<()> {
        let stride = self.image().samples_per_chunk();
        // By height: only the last strip is different.
        let mut nothing: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for index in 0..self.grid.chunks() {
            if self.place(index) != (0, 0) {
                continue;
            }
            let job = self.job_of(index);
            let height = job.stored.height;
            if let Entry::Vacant(slot) = nothing.entry(height) {
                let mut native = vec![self.fill_value::<T>(); sample_count(&job.stored, stride)];
                let mut out = Vec::new();
                ChunkEncoder::new(&self.spec, self.order())?.encode(&mut native, &job.stored, &mut out)?;
                slot.insert(out);
            }
            let raw = nothing.get(&height).cloned();
            self.store(vec![Ok((index, raw))])?;
        }
        Ok(())
    }
}

/// Encodes chunks that waited, in the data type of the file.
struct EncodePending<'w, O>(&'w mut Writer<O>, &'w [Job]);

impl<O: Output> SampleTask for EncodePending<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        self.0.encode_pending::<T>(self.1)
    }
}

/// Fills up what nobody has written, in the data type of the file.
struct FillUp<'w, O>(&'w mut Writer<O>);

impl<O: Output> SampleTask for FillUp<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        self.0.fill_up_with::<T>()
    }
}
