//! A file while it is written.

use std::collections::BTreeMap;
use std::ops::Range;

use ndarray::{Array3, ArrayView2, ArrayView3, Axis, Slice};
#[cfg(feature = "rayon")]
use rayon::prelude::*;

use super::chunk::{ChunkEncoder, gather, pad};
use super::metadata::check_band;
use super::options::{BigTiff, CreateOptions};
use super::output::Output;
use super::pending::Pending;
use super::spec::ImageSpec;
use crate::bytes::ByteOrder;
use crate::error::{Error, ErrorKind, Result};
use crate::ifd::{FieldData, FieldSet, Header, Variant, too_large};
use crate::image::{DataType, Image, Sample};
use crate::layout::{ChunkGrid, Rect, Window};
use crate::limits::Budget;
use crate::metadata::Nodata;
use crate::read::{DynArray, SampleTask, decode_chunk, with_sample_type};
use crate::tag::{Compression, PlanarConfiguration};

/// Bytes that chunks which wait to be full take at most; beyond it the one that was not written to for the longest time is
/// encoded as it is, and decoded again when more comes.
const WAITING: u64 = 256 << 20;

/// Chunks that are encoded, and held, at once for each thread.
const AT_ONCE: usize = 4;

/// A GeoTIFF while it is written: samples in, in any order, and bytes out to an [`Output`].
///
/// Blocks are encoded as they fill up, several at once, and appended in the order of their numbers. [`finish`](Self::finish)
/// writes what is left, and the directory. What is said of the pixels before the first of them is written stands at the
/// beginning of the file; so does what is said later, if it takes no more room.
///
/// ```
/// use memtiff_geotiff::{CreateOptions, DataType, Description, Limits, ReadRequest, Reader, Writer};
/// use ndarray::Array3;
///
/// let options = CreateOptions::new().width(100).height(80).count(3).dtype(DataType::Uint16);
/// let pixels = Array3::from_shape_fn((3, 80, 100), |(band, row, col)| (band * 1000 + row + col) as u16);
/// let mut writer = Writer::new(Vec::new(), options)?;
/// writer.write(&pixels)?;
/// let bytes = writer.finish()?;
///
/// let description = Description::parse(&bytes, &Limits::default())?;
/// assert_eq!(Reader::new(&bytes, &description).read::<u16>(&ReadRequest::new())?, pixels);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<O> {
    output: O,
    pub(super) options: CreateOptions,
    spec: ImageSpec,
    grid: ChunkGrid,
    /// Offset and length of each chunk; 0 of those that are not there.
    table: Vec<(u64, u64)>,
    pending: BTreeMap<u64, Pending>,
    clock: u64,
    /// Which variant it is; `None` if its length will tell.
    variant: Option<Variant>,
    /// Room for directories, once it is left.
    room: Option<Range<u64>>,
    /// Where the next chunk goes.
    end: u64,
}

/// A chunk that is to be encoded.
#[derive(Debug, Clone, Copy)]
struct Job {
    index: u64,
    stored: Rect,
    /// What of it lies in the image.
    valid: Rect,
}

/// A chunk as it comes out of the encoder; `None` where it is left out.
type Encoded = Result<(u64, Option<Vec<u8>>)>;

impl<O: Output> Writer<O> {
    /// Begins a file. Nothing is written before the first block is full.
    ///
    /// # Errors
    ///
    /// When the options leave out what they must say, contradict themselves, or ask for what cannot be written; the error
    /// says which.
    pub fn new(output: O, options: CreateOptions) -> Result<Self> {
        let spec = ImageSpec::new(&options)?;
        let mut options = options;
        if let Some(nodata) = options.metadata.nodata {
            options.metadata.nodata = Some(checked_nodata(nodata, spec.image.data_type)?);
        }
        for (band, (said, implied)) in
            options.metadata.colorinterp.clone().iter().zip(&spec.implied).enumerate()
        {
            if said != implied {
                let name = said.gdal_name().to_owned();
                options.metadata.set_role(band.saturating_add(1), "colorinterp", name);
            }
        }
        // Refuses what cannot be said in tags before anything is written.
        options.metadata.add_to(&mut FieldSet::default(), options.profile)?;
        let grid = ChunkGrid::of(&spec.image);
        let mut budget = Budget::new(&options.limits);
        let chunks = usize::try_from(grid.chunks()).unwrap_or(usize::MAX);
        budget.reserve((chunks as u64).saturating_mul(16), "the table of blocks")?;
        let table = vec![(0, 0); chunks];
        let variant = variant(options.bigtiff, &spec.image, &grid);
        let header = Header::size(variant.unwrap_or(Variant::Big));
        let (pending, clock) = (BTreeMap::new(), 0);
        Ok(Self { output, options, spec, grid, table, pending, clock, variant, room: None, end: header })
    }

    fn image(&self) -> &Image {
        &self.spec.image
    }

    fn order(&self) -> ByteOrder {
        self.options.byte_order
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.image().width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.image().height
    }

    /// Bands.
    pub fn count(&self) -> usize {
        self.image().samples
    }

    /// Data type of the bands.
    pub fn dtype(&self) -> DataType {
        self.image().data_type
    }

    /// Shape of a block, (rows, columns). Whole blocks are written without waiting.
    pub fn block_shape(&self) -> (usize, usize) {
        (self.image().chunk_height, self.image().chunk_width)
    }

    /// Writes all pixels: shape (band, row, column).
    ///
    /// # Errors
    ///
    /// When the array has another shape or data type than the file, or the output fails.
    pub fn write<'a, T: Sample>(&mut self, pixels: impl Into<ArrayView3<'a, T>>) -> Result<()> {
        let window = Window::new(0, 0, self.width(), self.height());
        self.write_window(window, pixels)
    }

    /// Writes a window of all bands. Windows may come in any order and over each other; the last one counts.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); also when the window begins or ends within a pixel or outside the image.
    pub fn write_window<'a, T: Sample>(
        &mut self,
        window: Window,
        pixels: impl Into<ArrayView3<'a, T>>,
    ) -> Result<()> {
        let bands: Vec<usize> = (1..=self.count()).collect();
        self.write_bands(&bands, window, pixels)
    }

    /// Writes a band, counted from 1: shape (row, column).
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); also when there is no such band.
    pub fn write_band<'a, T: Sample>(
        &mut self,
        band: usize,
        pixels: impl Into<ArrayView2<'a, T>>,
    ) -> Result<()> {
        let window = Window::new(0, 0, self.width(), self.height());
        self.write_bands(&[band], window, pixels.into().insert_axis(Axis(0)))
    }

    /// Writes a window of some bands, counted from 1, in the order in which the array has them.
    ///
    /// # Errors
    ///
    /// As [`write_window`](Self::write_window); also when there is no such band, or one stands twice.
    pub fn write_bands<'a, T: Sample>(
        &mut self,
        bands: &[usize],
        window: Window,
        pixels: impl Into<ArrayView3<'a, T>>,
    ) -> Result<()> {
        let pixels = pixels.into();
        if T::DATA_TYPE != self.dtype() {
            let (found, wanted) = (T::DATA_TYPE, self.dtype());
            return Err(Error::usage(format!(
                "the file is of {wanted}, the array of {found}: convert it first"
            )));
        }
        let rect = window.within(self.width(), self.height())?;
        let (wanted, found) = ((bands.len(), rect.height, rect.width), pixels.dim());
        if wanted != found {
            return Err(Error::usage(format!("an array of shape {wanted:?} is needed, got {found:?}")));
        }
        let mut samples = Vec::new();
        for band in bands {
            check_band(*band, self.count())?;
            let sample = band.saturating_sub(1);
            if samples.contains(&sample) {
                return Err(Error::usage(format!("band {band} stands twice")));
            }
            samples.push(sample);
        }
        if pixels.is_empty() {
            return Ok(());
        }
        if self.image().planar == PlanarConfiguration::SEPARATE {
            for (sample, band) in samples.into_iter().zip(pixels.axis_iter(Axis(0))) {
                self.write_plane(sample, &rect, &[0], band.insert_axis(Axis(0)))?;
            }
            return Ok(());
        }
        self.write_plane(0, &rect, &samples, pixels)
    }

    /// As [`write`](Self::write), of a data type that is known only at run time.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_dyn(&mut self, pixels: &DynArray) -> Result<()> {
        let window = Window::new(0, 0, self.width(), self.height());
        self.write_window_dyn(window, pixels)
    }

    /// As [`write_window`](Self::write_window), of a data type that is known only at run time.
    ///
    /// # Errors
    ///
    /// As [`write_window`](Self::write_window).
    pub fn write_window_dyn(&mut self, window: Window, pixels: &DynArray) -> Result<()> {
        macro_rules! write {
            ($($variant:ident),*) => {
                match pixels {
                    $(DynArray::$variant(pixels) => self.write_window(window, pixels),)*
                }
            };
        }
        write!(
            Uint8,
            Int8,
            Uint16,
            Int16,
            Uint32,
            Int32,
            Uint64,
            Int64,
            Float32,
            Float64,
            ComplexInt16,
            ComplexInt32,
            Complex64,
            Complex128
        )
    }

    /// Writes pixels, shape (band, row, column), to the samples numbered `samples` of the chunks of a plane.
    fn write_plane<T: Sample>(
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
            let part = common(&job.valid, rect);
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
        Job { index: self.grid.index(plane, row, col), stored, valid: common(&stored, &whole) }
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
            native.resize(
                job.stored.width.saturating_mul(job.stored.height).saturating_mul(stride),
                T::default(),
            );
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
            if sparse && is_empty(native, job, stride, empty) {
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

    /// Appends encoded chunks, or puts them where they were if they fit there.
    fn store(&mut self, encoded: Vec<Encoded>) -> Result<()> {
        for chunk in encoded {
            let (index, raw) = chunk?;
            let place = usize::try_from(index).ok().and_then(|index| self.table.get(index)).copied();
            let (old_offset, room) = place.unwrap_or_default();
            let new = match raw {
                None => (0, 0),
                Some(raw) if old_offset != 0 && raw.len() as u64 <= room => {
                    self.put(old_offset, &raw)?;
                    (old_offset, raw.len() as u64)
                }
                Some(raw) => (self.append(&raw)?, raw.len() as u64),
            };
            if let Some(place) = usize::try_from(index).ok().and_then(|index| self.table.get_mut(index)) {
                *place = new;
            }
        }
        Ok(())
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.output.write_at(offset, bytes).map_err(|error| failed(&error).at_offset(offset))
    }

    /// Appends a chunk, behind the room for directories; gives its offset.
    fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        if self.room.is_none() {
            let size = self.fields()?.size(self.variant.unwrap_or(Variant::Classic));
            self.room = Some(self.end..self.end.saturating_add(size));
            self.end = self.end.saturating_add(size);
            if self.image().compression == Compression::NONE && !self.options.sparse {
                let len = self.end.saturating_add(self.uncompressed_len());
                // All of it will be written: nobody waits for the last block to learn that it does not fit.
                if self.variant == Some(Variant::Classic) && len > u64::from(u32::MAX) {
                    return Err(too_large());
                }
                self.output.expect(len).map_err(|error| failed(&error))?;
            }
        }
        let offset = self.end;
        let end = offset.saturating_add(bytes.len() as u64);
        if self.variant == Some(Variant::Classic) && end > u64::from(u32::MAX) {
            return Err(too_large());
        }
        self.put(offset, bytes)?;
        // Offsets are even (TIFF 6.0, section 2).
        self.end = end.next_multiple_of(2);
        Ok(offset)
    }

    /// Bytes of all chunks, each at an even offset, if they are not compressed.
    fn uncompressed_len(&self) -> u64 {
        let bytes = |row| self.image().chunk_bytes(self.grid.stored(row, 0).height);
        let last = self.grid.down().saturating_sub(1);
        let (whole, cut) = (bytes(0), bytes(last));
        let column =
            whole.next_multiple_of(2).saturating_mul(last as u64).saturating_add(cut.next_multiple_of(2));
        let columns = (self.grid.across() as u64).saturating_mul(self.grid.planes() as u64);
        // Behind the last one nothing needs to be even.
        column.saturating_mul(columns).saturating_sub(cut % 2)
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

    fn job_of(&self, index: u64) -> Job {
        let across = (self.grid.across() as u64).max(1);
        let of_plane = across.saturating_mul(self.grid.down() as u64).max(1);
        let part = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let (plane, within) = (index / of_plane, index % of_plane);
        self.job(part(plane), part(within / across), part(within % across))
    }

    /// A chunk as it is so far: what was written of it and encoded, or nothing yet.
    fn taken_up<T: Sample>(&self, job: &Job) -> Result<Pending> {
        let stride = self.image().samples_per_chunk();
        let (offset, len) =
            usize::try_from(job.index).ok().and_then(|i| self.table.get(i)).copied().unwrap_or_default();
        let native = if offset == 0 {
            let count = job.stored.width.saturating_mul(job.stored.height).saturating_mul(stride);
            vec![self.fill_value::<T>(); count]
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

    /// Writes out what waits, and the directory: the output is a whole file then, of which blocks that nobody has written
    /// are left out. More may be written after it.
    ///
    /// # Errors
    ///
    /// When the output fails, or the file became larger than classic TIFF can address and may be nothing else.
    pub fn flush(&mut self) -> Result<()> {
        let data_type = self.dtype();
        let at_once = self.jobs_at_once();
        while !self.pending.is_empty() {
            let jobs: Vec<Job> = self.pending.keys().take(at_once).map(|index| self.job_of(*index)).collect();
            with_sample_type(data_type, EncodePending(self, &jobs))?;
        }
        self.write_directory()
    }

    /// Writes out what waits, blocks that nobody has written (unless the file is sparse), and the directory; gives the
    /// output back.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn finish(mut self) -> Result<O> {
        self.complete()?;
        Ok(self.output)
    }

    /// As [`finish`](Self::finish), for who holds the writer in place. Nothing should be written after it.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn complete(&mut self) -> Result<()> {
        self.flush()?;
        if !self.options.sparse && self.table.contains(&(0, 0)) {
            with_sample_type(self.dtype(), FillUp(self))?;
            self.write_directory()?;
        }
        Ok(())
    }

    /// Appends a block of nothing wherever none was written.
    fn fill_up<T: Sample>(&mut self) -> Result<()> {
        let stride = self.image().samples_per_chunk();
        // By height: only the last strip is different.
        let mut nothing: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for index in 0..self.grid.chunks() {
            let empty = usize::try_from(index).ok().and_then(|i| self.table.get(i)) == Some(&(0, 0));
            if !empty {
                continue;
            }
            let job = self.job_of(index);
            let Rect { width, height, .. } = job.stored;
            if let std::collections::btree_map::Entry::Vacant(slot) = nothing.entry(height) {
                let count = width.saturating_mul(height).saturating_mul(stride);
                let mut native = vec![self.fill_value::<T>(); count];
                let mut out = Vec::new();
                ChunkEncoder::new(&self.spec, self.order())?.encode(&mut native, &job.stored, &mut out)?;
                slot.insert(out);
            }
            let raw = nothing.get(&height).cloned();
            self.store(vec![Ok((index, raw))])?;
        }
        Ok(())
    }

    /// All fields, with the table of chunks as it is now.
    fn fields(&self) -> Result<FieldSet> {
        let mut fields = self.spec.fields.clone();
        let (offsets, counts) = ImageSpec::tables(self.image().tiled);
        fields.insert(offsets, FieldData::Offsets(self.table.iter().map(|(offset, _)| *offset).collect()));
        fields.insert(counts, FieldData::Counts(self.table.iter().map(|(_, count)| *count).collect()));
        self.options.metadata.add_to(&mut fields, self.options.profile)?;
        Ok(fields)
    }

    /// Writes the directory, into the room that was left for it or behind everything, and the header.
    fn write_directory(&mut self) -> Result<()> {
        let fields = self.fields()?;
        let room = self.room.clone().unwrap_or(self.end..self.end);
        let reach = self.end.saturating_add(fields.size(Variant::Classic));
        let variant = self.variant.unwrap_or(match u32::try_from(reach) {
            Ok(_) => Variant::Classic,
            Err(_) => Variant::Big,
        });
        let size = fields.size(variant);
        let fits = size <= room.end.saturating_sub(room.start);
        let at = if fits { room.start } else { self.end.next_multiple_of(2) };
        let directory = fields.encode(variant, self.order(), at, 0)?;
        self.put(at, &directory)?;
        self.end = self.end.max(at.saturating_add(size));
        // Whatever is said later has its place where this is.
        if self.room.is_none() || !fits {
            self.room = Some(at..at.saturating_add(size));
        }
        let header = Header { byte_order: self.order(), variant, first_directory: at }.encode()?;
        self.put(0, &header)
    }

    /// The output. What it holds is a whole file after [`flush`](Self::flush).
    pub fn output(&self) -> &O {
        &self.output
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
        self.0.fill_up::<T>()
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::other(ErrorKind::Write, error.to_string())
}

/// What two rectangles have in common, which meet.
fn common(one: &Rect, other: &Rect) -> Rect {
    let (col_off, row_off) = (one.col_off.max(other.col_off), one.row_off.max(other.row_off));
    let width = one.col_end().min(other.col_end()).saturating_sub(col_off);
    let height = one.row_end().min(other.row_end()).saturating_sub(row_off);
    Rect::new(col_off, row_off, width, height)
}

/// The pixels of `part`, which lies within `rect`, of an array that holds those of `rect`.
fn part_of<'a, T>(pixels: ArrayView3<'a, T>, rect: &Rect, part: &Rect) -> ArrayView3<'a, T> {
    let (row, col) = (part.row_off.saturating_sub(rect.row_off), part.col_off.saturating_sub(rect.col_off));
    let (row_end, col_end) = (row.saturating_add(part.height), col.saturating_add(part.width));
    let mut pixels = pixels;
    pixels.slice_axis_inplace(Axis(1), Slice::from(row..row_end));
    pixels.slice_axis_inplace(Axis(2), Slice::from(col..col_end));
    pixels
}

/// Whether a chunk holds nothing but `empty` in the image.
fn is_empty<T: Sample>(native: &[T], job: &Job, stride: usize, empty: T) -> bool {
    let row = job.stored.width.saturating_mul(stride);
    let used = job.valid.width.saturating_mul(stride);
    let same = |sample: &T| bytemuck::bytes_of(sample) == bytemuck::bytes_of(&empty);
    let mut rows = native.chunks_exact(row.max(1)).take(job.valid.height);
    rows.all(|row| row.get(..used).unwrap_or(row).iter().all(same))
}

/// The variant that is known from the beginning.
fn variant(bigtiff: BigTiff, image: &Image, grid: &ChunkGrid) -> Option<Variant> {
    // A chunk may grow a little where it cannot be compressed; and there are directories.
    let chunk = image.uncompressed_bytes();
    let bytes = grid.chunks().saturating_mul(chunk.saturating_add(chunk / 8).saturating_add(1024));
    let small = bytes.saturating_add(1 << 24) < u64::from(u32::MAX);
    match bigtiff {
        BigTiff::Yes => Some(Variant::Big),
        BigTiff::No => Some(Variant::Classic),
        BigTiff::IfSafer if grid.chunks().saturating_mul(chunk) > 2 << 30 => Some(Variant::Big),
        BigTiff::IfSafer | BigTiff::IfNeeded => small.then_some(Variant::Classic),
    }
}

fn checked_nodata(nodata: Nodata, data_type: DataType) -> Result<Nodata> {
    nodata
        .of_type(data_type)
        .ok_or_else(|| Error::usage(format!("nodata {nodata} is no value that {data_type} can have")))
}
