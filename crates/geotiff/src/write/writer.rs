//! A file while it is written.

use std::collections::BTreeMap;
use std::ops::Range;

use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use super::collect::Encoded;
use super::metadata::check_band;
use super::options::{BigTiff, CreateOptions};
use super::output::Output;
use super::pending::Pending;
use super::spec::ImageSpec;
use crate::bytes::ByteOrder;
use crate::error::{Error, ErrorKind, Result};
use crate::ifd::{FieldData, FieldSet, Header, Variant, too_large};
use crate::image::{DataType, Image, Sample};
use crate::layout::{ChunkGrid, Window};
use crate::limits::Budget;
use crate::metadata::Nodata;
use crate::read::{ArrayTask, DynArray};
use crate::tag::{Compression, PlanarConfiguration};

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
    pub(super) output: O,
    pub(super) options: CreateOptions,
    pub(super) spec: ImageSpec,
    pub(super) grid: ChunkGrid,
    /// Offset and length of each chunk; 0 of those that are not there.
    table: Vec<(u64, u64)>,
    pub(super) pending: BTreeMap<u64, Pending>,
    pub(super) clock: u64,
    /// Which variant it is; `None` if its length will tell.
    variant: Option<Variant>,
    /// Room for directories, once it is left.
    room: Option<Range<u64>>,
    /// Where the next chunk goes.
    end: u64,
}

impl<O: Output> Writer<O> {
    /// Begins a file. Nothing is written before the first block is full.
    ///
    /// # Errors
    ///
    /// When the options leave out what they must say, contradict themselves, or ask for what cannot be written; the error
    /// says which.
    pub fn new(output: O, mut options: CreateOptions) -> Result<Self> {
        let spec = ImageSpec::new(&options)?;
        if let Some(nodata) = options.metadata.nodata {
            options.metadata.nodata = Some(checked_nodata(nodata, spec.image.data_type)?);
        }
        options.metadata.name_colours(&spec.implied);
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

    pub(super) fn image(&self) -> &Image {
        &self.spec.image
    }

    pub(super) fn order(&self) -> ByteOrder {
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
        pixels.visit(WriteWindow(self, window))
    }

    /// Appends encoded chunks, or puts them where they were if they fit there.
    pub(super) fn store(&mut self, encoded: Vec<Encoded>) -> Result<()> {
        for chunk in encoded {
            let (index, raw) = chunk?;
            let (old_offset, room) = self.place(index);
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

    /// Offset and length of a chunk; 0 of one that is not there.
    pub(super) fn place(&self, index: u64) -> (u64, u64) {
        usize::try_from(index).ok().and_then(|index| self.table.get(index)).copied().unwrap_or_default()
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

    /// Writes out what waits, and the directory: the output is a whole file then, of which blocks that nobody has written
    /// are left out. More may be written after it.
    ///
    /// # Errors
    ///
    /// When the output fails, or the file became larger than classic TIFF can address and may be nothing else.
    pub fn flush(&mut self) -> Result<()> {
        self.encode_waiting()?;
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
            self.fill_up()?;
            self.write_directory()?;
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

/// Writes a window, in the data type of an array.
struct WriteWindow<'w, O>(&'w mut Writer<O>, Window);

impl<O: Output> ArrayTask for WriteWindow<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self, array: &Array3<T>) -> Self::Output {
        self.0.write_window(self.1, array)
    }
}

pub(super) fn failed(error: &std::io::Error) -> Error {
    Error::other(ErrorKind::Write, error.to_string())
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
