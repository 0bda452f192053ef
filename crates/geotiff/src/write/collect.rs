//! From pixels in any order to whole chunks, and these through the encoders.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ndarray::{Array3, ArrayView3, Axis};
#[cfg(feature = "rayon")]
use rayon::prelude::*;

use super::chunk::{ChunkEncoder, gather, is_empty, pad, part_of, sample_count};
use super::layer::Layer;
use super::output::Output;
use super::pending::Pending;
use super::space::Space;
use crate::bytes::View;
use crate::error::{Error, Result};
use crate::image::Sample;
use crate::layout::Rect;
use crate::limits::Budget;
use crate::metadata::Nodata;
use crate::read::{DynArray, SampleTask, decode_chunk, with_sample_type};
use crate::tag::PlanarConfiguration;

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

impl Layer {
    /// Writes pixels of some bands, counted from 0: shape (band, row, column).
    pub(super) fn write_samples<T: Sample, O: Output>(
        &mut self,
        space: &mut Space<O>,
        samples: &[usize],
        rect: &Rect,
        pixels: ArrayView3<'_, T>,
    ) -> Result<()> {
        self.check_writable()?;
        if self.image().planar != PlanarConfiguration::SEPARATE {
            return self.write_plane(space, 0, rect, samples, pixels);
        }
        for (sample, band) in samples.iter().zip(pixels.axis_iter(Axis(0))) {
            self.write_plane(space, *sample, rect, &[0], band.insert_axis(Axis(0)))?;
        }
        Ok(())
    }

    /// Writes a mask, shape (1, row, column), as a mask has it: 0 stays, all else is what "valid" is there.
    pub(super) fn write_mask<O: Output>(
        &mut self,
        space: &mut Space<O>,
        rect: &Rect,
        mask: ArrayView3<'_, u8>,
    ) -> Result<()> {
        let valid = if self.image().bits == 1 { 1 } else { u8::MAX };
        let mask = mask.mapv(|value| if value == 0 { 0 } else { valid });
        self.write_samples(space, &[0], rect, mask.view())
    }

    /// Writes pixels, shape (band, row, column), to the samples numbered `samples` of the chunks of a plane.
    fn write_plane<T: Sample, O: Output>(
        &mut self,
        space: &mut Space<O>,
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
                    self.encode_from(space, &jobs, rect, samples, pixels)?;
                    jobs.clear();
                }
            } else if self.wait(space, &job, &part, samples, part_of(pixels, rect, &part))? {
                full.push(job);
                if full.len() == at_once {
                    self.encode_pending::<T, O>(space, &full)?;
                    full.clear();
                }
            }
        }
        self.encode_pending::<T, O>(space, &full)?;
        self.encode_from(space, &jobs, rect, samples, pixels)
    }

    /// Chunks that are encoded at once: a few for each thread, as far as their memory goes.
    fn jobs_at_once(&self) -> usize {
        let threads: usize = match self.manner.parallel {
            #[cfg(feature = "rayon")]
            true => rayon::current_num_threads(),
            _ => 1,
        };
        let bytes = self.chunk_memory().max(1);
        let affordable = self.manner.limits.memory().checked_div(bytes.saturating_mul(2)).unwrap_or(1);
        threads.saturating_mul(AT_ONCE).min(usize::try_from(affordable).unwrap_or(usize::MAX)).max(1)
    }

    /// Bytes of the samples of a chunk.
    pub(super) fn chunk_memory(&self) -> u64 {
        let image = self.image();
        let pixels = (image.chunk_width as u64).saturating_mul(image.chunk_height as u64);
        pixels.saturating_mul(image.samples_per_chunk() as u64).saturating_mul(image.data_type.size() as u64)
    }

    fn job(&self, plane: usize, row: usize, col: usize) -> Job {
        let stored = self.grid.stored(row, col);
        let whole = Rect::new(0, 0, self.image().width, self.image().height);
        Job { index: self.grid.index(plane, row, col), stored, valid: stored.common(&whole) }
    }

    fn job_of(&self, index: u64) -> Job {
        let (row, col) = self.grid.place_of(index);
        Job { index, ..self.job(0, row, col) }
    }

    /// Encodes chunks all of whose pixels are in an array, and appends them.
    fn encode_from<T: Sample, O: Output>(
        &mut self,
        space: &mut Space<O>,
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
        self.store(space, encoded)
    }

    /// Encodes chunks whose native samples `fill` gives, on several threads if that is allowed; in order.
    fn encode<T: Sample>(&self, jobs: &[Job], fill: impl Fn(&Job, &mut Vec<T>) + Sync) -> Vec<Encoded> {
        let (stride, empty) = (self.image().samples_per_chunk(), self.fill_value::<T>());
        let (spec, sparse) = (&self.spec, self.manner.sparse);
        let empty_value = self.manner.empty.map(Nodata::cast);
        let start = || ChunkEncoder::new(spec).map(|encoder| (encoder, Vec::new()));
        let encode = |state: &mut Result<(ChunkEncoder<'_>, Vec<T>)>, job: &Job| -> Encoded {
            let (encoder, native) = state.as_mut().map_err(|error| error.clone())?;
            fill(job, native);
            if sparse && is_empty(native, &job.valid, (&job.stored, stride), empty) {
                return Ok((job.index, None));
            }
            spec.discard(native, self.grid.plane_of(job.index), empty_value);
            pad(native, &job.valid, (&job.stored, stride), spec.image.compression);
            let mut out = Vec::new();
            let result = encoder.encode(native, &job.stored, &mut out);
            result.map_err(|error| error.in_chunk(job.index)).map(|()| (job.index, Some(out)))
        };
        #[cfg(feature = "rayon")]
        if self.manner.parallel && jobs.len() > 1 {
            return jobs.par_iter().map_init(start, encode).collect();
        }
        let mut state = start();
        jobs.iter().map(|job| encode(&mut state, job)).collect()
    }

    /// What samples hold that nobody wrote.
    fn fill_value<T: Sample>(&self) -> T {
        self.manner.empty.map_or_else(T::default, Nodata::cast)
    }

    /// Puts pixels into a chunk that waits for more; gives whether it is full then.
    fn wait<T: Sample, O: Output>(
        &mut self,
        space: &mut Space<O>,
        job: &Job,
        part: &Rect,
        samples: &[usize],
        pixels: ArrayView3<'_, T>,
    ) -> Result<bool> {
        let stride = self.image().samples_per_chunk();
        self.fresh = false;
        if !self.pending.contains_key(&job.index) {
            let pending = self.taken_up::<T, O>(space, job)?;
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
        let most = WAITING.min(self.manner.limits.memory() / 2);
        while self.waiting() > most {
            let Some(oldest) =
                self.pending.iter().min_by_key(|(_, pending)| pending.touched).map(|(i, _)| *i)
            else {
                break;
            };
            self.encode_pending::<T, O>(space, &[self.job_of(oldest)])?;
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
    fn taken_up<T: Sample, O: Output>(&self, space: &Space<O>, job: &Job) -> Result<Pending> {
        let stride = self.image().samples_per_chunk();
        let (offset, len) = self.place(job.index);
        let native = if offset == 0 {
            vec![self.fill_value::<T>(); sample_count(&job.stored, stride)]
        } else {
            let content = space.content()?.ok_or_else(|| {
                Error::usage(format!(
                    "block {} was written already, and this output cannot be read to change a part of it: write whole \
                     blocks, or all parts of one before the next",
                    job.index
                ))
            })?;
            let raw = View::new(&*content, space.order).get(offset, len)?;
            let mut budget = Budget::new(&self.manner.limits);
            decode_chunk(self.image(), self.spec.view(), (&job.stored, raw), &mut budget)?
        };
        Ok(Pending::new(&native, stride, job.stored.height))
    }

    /// Encodes chunks that waited, as they are.
    fn encode_pending<T: Sample, O: Output>(&mut self, space: &mut Space<O>, jobs: &[Job]) -> Result<()> {
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
        self.store(space, encoded)
    }

    /// Encodes everything that waits, as it is.
    pub(super) fn encode_waiting<O: Output>(&mut self, space: &mut Space<O>) -> Result<()> {
        let at_once = self.jobs_at_once();
        while !self.pending.is_empty() {
            let jobs: Vec<Job> = self.pending.keys().take(at_once).map(|index| self.job_of(*index)).collect();
            with_sample_type(self.image().data_type, EncodePending(self, space, &jobs))?;
        }
        Ok(())
    }

    /// Appends a block of nothing wherever none was written.
    pub(super) fn fill_up<O: Output>(&mut self, space: &mut Space<O>) -> Result<()> {
        self.check_writable()?;
        with_sample_type(self.image().data_type, FillUp(self, space))
    }

    fn fill_up_with<T: Sample, O: Output>(&mut self, space: &mut Space<O>) -> Result<()> {
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
                ChunkEncoder::new(&self.spec)?.encode(&mut native, &job.stored, &mut out)?;
                slot.insert(out);
            }
            self.store_raw(space, index, nothing.get(&height).map(Vec::as_slice))?;
        }
        Ok(())
    }
}

/// Encodes chunks that waited, in the data type of the file.
struct EncodePending<'w, O>(&'w mut Layer, &'w mut Space<O>, &'w [Job]);

impl<O: Output> SampleTask for EncodePending<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        self.0.encode_pending::<T, O>(self.1, self.2)
    }
}

/// Fills up what nobody has written, in the data type of the file.
struct FillUp<'w, O>(&'w mut Layer, &'w mut Space<O>);

impl<O: Output> SampleTask for FillUp<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        self.0.fill_up_with::<T, O>(self.1)
    }
}
