//! The public face of reading.

use ndarray::{Array3, ArrayViewMut3};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::chunk::ChunkReader;
use super::description::Description;
use super::plan::{Divided, Work};
use super::request::ReadRequest;
use super::source::{Level, PartFiles, Source};
use crate::bytes::View;
use crate::color::Renderer;
use crate::error::{Error, Result};
use crate::image::{Image, Rendering, Sample};
use crate::layout::{ChunkGrid, ChunkTable, Window};
use crate::limits::{Budget, Limits};

/// Reads pixels: the bytes of a file together with their [`Description`]. Cheap to make.
///
/// ```
/// use memtiff_geotiff::{Description, Limits, ReadRequest, Reader, Window};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let description = Description::parse(bytes, &Limits::default())?;
/// let reader = Reader::new(bytes, &description);
/// let pixels = reader.read::<u16>(&ReadRequest::new().window(Window::new(10, 20, 30, 40)))?;
/// assert_eq!(pixels.dim(), (3, 40, 30));
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    source: Source<'a>,
    part_files: PartFiles<'a>,
    limits: Limits,
}

/// A read in the file's own data type.
struct DynRead<'r, 'a>(&'r Reader<'a>, &'r ReadRequest);

impl SampleTask for DynRead<'_, '_> {
    type Output = Result<DynArray>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let Self(reader, request) = self;
        reader.read::<T>(request).map(DynArray::from)
    }
}

/// A request, checked against the image it asks of.
struct Checked<'a> {
    source: Source<'a>,
    image: &'a Image,
    window: Window,
    /// Wanted samples, counted from 0.
    samples: Vec<usize>,
    parallel: bool,
}

impl Checked<'_> {
    /// Shape of the answer: bands, rows, columns.
    fn shape(&self) -> (usize, usize, usize) {
        (self.samples.len(), self.window.height, self.window.width)
    }
}

impl<'a> Reader<'a> {
    /// A reader of `data`, which must be the bytes that `description` was parsed from. (Other bytes give
    /// errors or wrong pixels, and nothing worse.)
    #[must_use]
    pub fn new(data: &'a [u8], description: &'a Description) -> Self {
        let source = Source::new(data, description);
        Self { source, part_files: PartFiles::default(), limits: Limits::default() }
    }

    /// The same reader with files beside the one that is read.
    #[must_use]
    pub fn with_part_files(self, part_files: PartFiles<'a>) -> Self {
        Self { part_files, ..self }
    }

    /// The same reader with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Whether the file leaves out blocks of the image, which read as nodata, or as 0. Looks at the whole table of
    /// blocks.
    ///
    /// # Errors
    ///
    /// When the table does not lie in the file.
    pub fn is_sparse(&self) -> Result<bool> {
        let image = self.description().image();
        Ok(ChunkTable::of(image, self.view())?.is_sparse(ChunkGrid::of(image).chunks()))
    }

    /// Reads pixels as an array of shape (band, row, column), in the order of bands that was asked for.
    ///
    /// # Errors
    ///
    /// When `T` is not the data type of the file (nothing is converted; see [`read_dyn`](Self::read_dyn)),
    /// the request does not fit the image, a chunk is damaged or compressed by a method that this build
    /// cannot decode, or the answer would exceed the limits.
    pub fn read<T: Sample>(&self, request: &ReadRequest) -> Result<Array3<T>> {
        let checked = self.check::<T>(request)?;
        let mut budget = Budget::new(&self.limits);
        let shape = checked.shape();
        let (bands, rows, columns) = shape;
        let count = bands.checked_mul(rows).and_then(|n| n.checked_mul(columns));
        let samples = budget.zeros::<T>(count.unwrap_or(usize::MAX), "the output")?;
        let mut out = Array3::from_shape_vec(shape, samples)
            .map_err(|e| Error::usage(format!("no array of shape {shape:?}: {e}")))?;
        self.fill(&checked, out.view_mut(), &mut budget)?;
        Ok(out)
    }

    /// Reads pixels into `out`, an array or a view of any strides. Allocates a chunk for each thread.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the shape of `out` is not (band, row, column) of the request. On
    /// an error `out` may have been filled in part.
    pub fn read_into<T: Sample>(&self, request: &ReadRequest, out: ArrayViewMut3<'_, T>) -> Result<()> {
        let checked = self.check::<T>(request)?;
        if out.dim() != checked.shape() {
            let (wanted, found) = (checked.shape(), out.dim());
            return Err(Error::usage(format!("an array of shape {wanted:?} is needed, got {found:?}")));
        }
        self.fill(&checked, out, &mut Budget::new(&self.limits))
    }

    /// As [`read`](Self::read), in the data type of the file.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_dyn(&self, request: &ReadRequest) -> Result<DynArray> {
        with_sample_type(self.level(request.overview)?.image.data_type, DynRead(self, request))
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }

    pub(super) fn part_files(&self) -> &PartFiles<'a> {
        &self.part_files
    }

    pub(super) fn view(&self) -> View<'a> {
        self.source.view
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn description(&self) -> &'a Description {
        self.source.description
    }

    /// A reader for a part of an operation, of whose memory `bytes` are spent on something else.
    pub(super) fn with_less(&self, bytes: usize, what: &'static str) -> Result<Self> {
        let mut budget = Budget::new(&self.limits);
        budget.reserve(bytes as u64, what)?;
        Ok(self.with_limits(self.limits.with_memory(budget.share(1))))
    }

    /// Bands, counted from 1, and window that a request asks for.
    pub(super) fn extent(&self, request: &ReadRequest) -> Result<(Vec<usize>, Window)> {
        let checked = check_extent(self.level(request.overview)?, request)?;
        Ok((checked.samples.iter().map(|sample| sample.saturating_add(1)).collect(), checked.window))
    }

    /// An array of bytes, within the limits.
    pub(super) fn zeros(&self, shape: (usize, usize, usize)) -> Result<Array3<u8>> {
        let count = shape.0.saturating_mul(shape.1).saturating_mul(shape.2);
        let bytes = Budget::new(&self.limits).zeros(count, "the output")?;
        Array3::from_shape_vec(shape, bytes).map_err(|e| Error::usage(e.to_string()))
    }

    /// Reads a band, counted from 1, of another image, such as a mask, as bytes.
    pub(super) fn read_image(
        &self,
        level: Level<'_>,
        band: usize,
        request: &ReadRequest,
        out: ArrayViewMut3<'_, u8>,
    ) -> Result<()> {
        let checked = check_type::<u8>(check_extent(level, &request.clone().bands([band]))?)?;
        self.fill(&checked, out, &mut Budget::new(&self.limits))
    }

    /// Holds a request against the image.
    fn check<T: Sample>(&self, request: &ReadRequest) -> Result<Checked<'a>> {
        check_type::<T>(check_extent(self.level(request.overview)?, request)?)
    }

    /// Fills `out` with what was asked for.
    fn fill<T: Sample>(
        &self,
        checked: &Checked<'_>,
        out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        match checked.image.rendering {
            None => self.fill_stored(checked, out, budget),
            Some(rendering) => self.fill_rendered(checked, rendering, out, budget),
        }
    }

    /// Reads all samples as stored, and makes colours of them.
    fn fill_rendered<T: Sample>(
        &self,
        checked: &Checked<'_>,
        rendering: Rendering,
        mut out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        let (image, Source { view, description }) = (checked.image, checked.source);
        let directory = description.directories().get(image.directory);
        let renderer = directory.map(|directory| Renderer::new(rendering, &directory.fields(view)));
        let Some(renderer) = renderer.transpose()? else { return Ok(()) };
        let Window { width, height, .. } = checked.window;
        let count = width.saturating_mul(height).saturating_mul(image.samples);
        let samples = budget.zeros::<u8>(count, "samples to be rendered")?;
        let stored = Array3::from_shape_vec((height, width, image.samples), samples);
        let mut stored = stored.map_err(|e| Error::usage(e.to_string()))?;
        let all = Checked { image, samples: (0..image.samples).collect(), ..*checked };
        self.fill_stored(&all, stored.view_mut().permuted_axes([2, 0, 1]), budget)?;
        let pixels = stored.as_slice().unwrap_or_default().chunks_exact(image.samples.max(1));
        for (i, pixel) in pixels.enumerate() {
            let colour = renderer.render(pixel);
            let (row, column) = (i.checked_div(width).unwrap_or(0), i.checked_rem(width).unwrap_or(0));
            for (band, sample) in checked.samples.iter().enumerate() {
                let value = colour.get(*sample).copied().unwrap_or(0);
                if let Some(slot) = out.get_mut((band, row, column)) {
                    *slot = T::from_u64(u64::from(value));
                }
            }
        }
        Ok(())
    }

    /// Fills `out` with samples as the file stores them.
    fn fill_stored<T: Sample>(
        &self,
        checked: &Checked<'_>,
        out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        let image = checked.image;
        let fill = self.description().nodata().map_or_else(T::default, |nodata| nodata.cast());
        let chunks = ChunkReader::new(image, checked.source.view, fill)?;
        let grid = ChunkGrid::of(image);
        let work = Work::new(&grid, checked.window, &checked.samples, out);
        // As many threads as the budget has scratch for; one must do.
        let scratch = chunks.scratch_bytes(&grid.stored(0, 0))?;
        let wanted = work.len().min(if checked.parallel { threads() } else { 1 }).max(1);
        let affordable = budget.share(scratch.max(1)).clamp(1, wanted);
        budget.reserve(scratch.saturating_mul(affordable), "decoding a chunk on each thread")?;
        let chunks = chunks.with_allowance(budget.share(affordable));
        // Where memory is no concern, more parts than threads, so that none waits long for the last.
        let parts = if affordable < wanted { affordable } else { wanted.saturating_mul(8) };
        if affordable == 1 { run(&chunks, work) } else { run_parallel(&chunks, work, parts) }
    }
}

/// Refuses another data type than the image has.
fn check_type<T: Sample>(checked: Checked<'_>) -> Result<Checked<'_>> {
    let (found, asked) = (checked.image.data_type, T::DATA_TYPE);
    if found != asked {
        return Err(Error::usage(format!(
            "the file holds {found}, {asked} was asked for: read it as {found}, or with read_dyn"
        )));
    }
    Ok(checked)
}

/// Holds bands and window of a request against an image.
fn check_extent<'a>(level: Level<'a>, request: &ReadRequest) -> Result<Checked<'a>> {
    let Level { source, image } = level;
    let whole = Window::new(0, 0, image.width, image.height);
    let window = request.window.unwrap_or(whole);
    if window.width == 0 || window.height == 0 || !whole.contains(&window) {
        return Err(Error::usage(format!("window ({window}) is empty or not inside the image ({whole})")));
    }
    let samples: Vec<usize> = match &request.bands {
        None => (0..image.bands).collect(),
        Some(bands) => bands.iter().map(|band| sample_of(*band, image.bands)).collect::<Result<_>>()?,
    };
    if samples.is_empty() {
        return Err(Error::usage("no band asked for"));
    }
    Ok(Checked { source, image, window, samples, parallel: request.parallel })
}

/// The sample, counted from 0, of a band, counted from 1.
fn sample_of(band: usize, count: usize) -> Result<usize> {
    let sample = band.checked_sub(1).filter(|sample| *sample < count);
    sample.ok_or_else(|| Error::usage(format!("band {band} asked for, the file has bands 1 to {count}")))
}

/// Threads that decode at the same time.
fn threads() -> u64 {
    #[cfg(feature = "rayon")]
    return rayon::current_num_threads() as u64;
    #[cfg(not(feature = "rayon"))]
    return 1;
}

/// Does the work in at most `parts` parts on several threads. Of several errors the first in the order of chunks
/// is given, as on one thread.
fn run_parallel<T: Sample>(chunks: &ChunkReader<'_, T>, work: Work<'_, T>, parts: u64) -> Result<()> {
    #[cfg(feature = "rayon")]
    if parts > 1 {
        return match work.divide() {
            Divided::Piece(piece) => chunks.read(piece, &mut chunks.scratch()?),
            Divided::Halves(first, second) => {
                let half = parts / 2;
                let (first, second) = rayon::join(
                    || run_parallel(chunks, first, half),
                    || run_parallel(chunks, second, parts.saturating_sub(half)),
                );
                first.and(second)
            }
        };
    }
    let _ = parts;
    run(chunks, work)
}

/// Does the work on this thread.
fn run<T: Sample>(chunks: &ChunkReader<'_, T>, work: Work<'_, T>) -> Result<()> {
    let mut scratch = chunks.scratch()?;
    let mut waiting = vec![work];
    while let Some(work) = waiting.pop() {
        match work.divide() {
            Divided::Piece(piece) => chunks.read(piece, &mut scratch)?,
            Divided::Halves(first, second) => waiting.extend([second, first]),
        }
    }
    Ok(())
}
