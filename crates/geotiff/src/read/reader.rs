//! The public face of reading.

use ndarray::{Array3, ArrayViewMut3};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::description::Description;
use super::request::{ReadRequest, Resolution};
use super::sampled::{Reading, Sampled};
use super::source::{PartFiles, Source};
use super::stored::Stored;
use super::target::Target;
use super::warnings::ReadWarnings;
use crate::bytes::{Input, View};
use crate::error::{Error, Result};
use crate::image::{Number, Sample};
use crate::layout::{ChunkGrid, ChunkTable};
use crate::limits::{Budget, CancelToken, Cost, Limits, Work};

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
    warnings: Option<&'a ReadWarnings>,
    cancel: Option<&'a CancelToken>,
    /// The work of the operation that this reader is a part of; `None` outside of operations.
    work: Option<&'a Work<'a>>,
}

/// A read in a data type that is known only at run time.
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

impl<'a> Reader<'a> {
    /// A reader of `input`, which must be the bytes that `description` was parsed from. (Other bytes give
    /// errors or wrong pixels, and nothing worse.)
    #[must_use]
    pub fn new(input: impl Into<Input<'a>>, description: &'a Description) -> Self {
        let source = Source::new(input, description);
        let (part_files, limits) = (PartFiles::default(), Limits::default());
        Self { source, part_files, limits, warnings: None, cancel: None, work: None }
    }

    /// The same reader, whose operations stop when the token is cancelled, with an error of the kind
    /// [`Cancelled`](crate::ErrorKind::Cancelled).
    #[must_use]
    pub fn with_cancel(self, token: &'a CancelToken) -> Self {
        Self { cancel: Some(token), ..self }
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

    /// The same reader, which adds the warnings of decoders to `warnings`: damage that they noticed and decoded past.
    #[must_use]
    pub fn with_warnings(self, warnings: &'a ReadWarnings) -> Self {
        Self { warnings: Some(warnings), ..self }
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
    /// When `T` is neither the data type of the file nor the one that the request names with
    /// [`dtype`](ReadRequest::dtype) (see also [`read_dyn`](Self::read_dyn)), the request does not fit the image, a chunk
    /// is damaged or compressed by a method that this build cannot decode, or the answer would exceed the limits.
    pub fn read<T: Sample>(&self, request: &ReadRequest) -> Result<Array3<T>> {
        self.operation(|reader| reader.read_array(request))
    }

    fn read_array<T: Sample>(&self, request: &ReadRequest) -> Result<Array3<T>> {
        let target = self.target(request)?;
        self.check_type::<T>(&target, request)?;
        let samples = samples(request, target.level.image.bands)?;
        let (rows, columns) = target.shape();
        let mut budget = Budget::new(&self.limits);
        let count = samples.len().checked_mul(rows).and_then(|n| n.checked_mul(columns));
        let zeros = budget.zeros::<T>(count.unwrap_or(usize::MAX), "the output")?;
        let shape = (samples.len(), rows, columns);
        let mut out = Array3::from_shape_vec(shape, zeros)
            .map_err(|e| Error::usage(format!("no array of shape {shape:?}: {e}")))?;
        self.fill_target(&target, samples, request, out.view_mut(), budget)?;
        Ok(out)
    }

    /// Reads pixels into `out`, an array or a view of any strides. Allocates a chunk for each thread; where pixels of
    /// another size are made, what they are made of, a part at a time.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the shape of `out` is not (band, row, column) of the request. On
    /// an error `out` may have been filled in part.
    pub fn read_into<T: Sample>(&self, request: &ReadRequest, out: ArrayViewMut3<'_, T>) -> Result<()> {
        let target = self.target(request)?;
        self.check_type::<T>(&target, request)?;
        let samples = samples(request, target.level.image.bands)?;
        let (rows, columns) = target.shape();
        let (wanted, found) = ((samples.len(), rows, columns), out.dim());
        if found != wanted {
            return Err(Error::usage(format!("an array of shape {wanted:?} is needed, got {found:?}")));
        }
        self.operation(|reader| {
            reader.fill_target(&target, samples, request, out, Budget::new(&reader.limits))
        })
    }

    /// As [`read`](Self::read), in the data type that the request names, or else that of the file.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_dyn(&self, request: &ReadRequest) -> Result<DynArray> {
        let data_type = match request.dtype {
            Some(data_type) => data_type,
            None => self.target(request)?.level.image.data_type,
        };
        with_sample_type(data_type, DynRead(self, request))
    }

    /// What a request comes to.
    pub(super) fn target(&self, request: &ReadRequest) -> Result<Target<'a>> {
        let overview = match request.resolution {
            Resolution::Overview(level) => Some(level),
            _ => None,
        };
        let target = Target::new(self.level(overview)?, overview, request)?;
        Ok(match request.resolution {
            Resolution::Fitting => target.fitting(self.overview_levels().enumerate()),
            _ => target,
        })
    }

    /// Fills an array of the target's shape with bands, counted from 0.
    fn fill_target<T: Sample>(
        &self,
        target: &Target<'_>,
        samples: Vec<usize>,
        request: &ReadRequest,
        out: ArrayViewMut3<'_, T>,
        mut budget: Budget,
    ) -> Result<()> {
        self.produce(out.len(), size_of::<T>())?;
        let fill = request.fill.map(Number::Double).map(|fill| T::from_parts(fill, Number::Whole(0)));
        let nodata = || self.description().nodata().map_or_else(T::default, |nodata| nodata.cast());
        let out = Self::inside(target, fill.unwrap_or_else(nodata), out);
        if out.is_empty() {
            return Ok(());
        }
        let (level, parallel) = (target.level, request.parallel);
        match target.direct() {
            Some(rect) if level.image.data_type == T::DATA_TYPE => {
                self.fill(&Stored { level, rect, samples, parallel }, out, &mut budget)
            }
            _ => {
                let bands = self.wanted(&samples, target, &mut budget)?;
                let rest = self.with_limits(self.limits.with_memory(budget.share(1)));
                let sampled = Sampled {
                    reader: &rest,
                    target,
                    bands: &bands,
                    reading: Reading::Plain,
                    lossless: request.lossless,
                    parallel,
                    out,
                };
                with_sample_type(level.image.data_type, sampled)
            }
        }
    }

    /// Refuses another data type than the image has, unless the request asks for it.
    fn check_type<T: Sample>(&self, target: &Target<'_>, request: &ReadRequest) -> Result<()> {
        let (found, asked) = (target.level.image.data_type, T::DATA_TYPE);
        match request.dtype {
            Some(wanted) if wanted != asked => Err(Error::usage(format!(
                "the request asks for {wanted}, the array is one of {asked}: read it with read_dyn"
            ))),
            None if found != asked => Err(Error::usage(format!(
                "the file holds {found}, {asked} was asked for: read it as {found}, with read_dyn, or convert it with \
                 dtype({asked})"
            ))),
            _ => Ok(()),
        }
    }

    /// Runs an operation, whose work is counted from its beginning to its end: all that is read on the way is a part of it.
    pub(crate) fn operation<R>(&self, run: impl FnOnce(&Reader<'_>) -> Result<R>) -> Result<R> {
        if self.work.is_some() {
            return run(self);
        }
        let work = Work::new(&self.limits, self.input_len(), self.cancel);
        run(&Reader { work: Some(&work), ..*self })
    }

    /// The same reader as a part of an operation.
    pub(crate) fn with_work(self, work: &'a Work<'a>) -> Self {
        Self { work: Some(work), ..self }
    }

    /// Bytes of the files that are read.
    pub(crate) fn input_len(&self) -> u64 {
        let PartFiles { overviews, masks } = &self.part_files;
        let beside = overviews.iter().chain(masks).flatten();
        beside.fold(self.view().len(), |len, source| len.saturating_add(source.view.len()))
    }

    pub(crate) fn work(&self) -> Option<&'a Work<'a>> {
        self.work
    }

    /// Counts samples of a result as work.
    pub(super) fn produce(&self, count: usize, size: usize) -> Result<()> {
        let produced = (count as u64).saturating_mul(size as u64);
        self.work.map_or(Ok(()), |work| work.step(&Cost { produced, ..Cost::default() }))
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }

    pub(super) fn part_files(&self) -> &PartFiles<'a> {
        &self.part_files
    }

    pub(super) fn warnings(&self) -> Option<&'a ReadWarnings> {
        self.warnings
    }

    pub(super) fn view(&self) -> View<'a> {
        self.source.view
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn description(&self) -> &'a Description {
        self.source.description
    }

    /// A reader for a part of an operation, of whose memory `bytes` are spent on something else.
    pub(super) fn with_less(&self, bytes: usize, what: &'static str) -> Result<Self> {
        let mut budget = Budget::new(&self.limits);
        budget.reserve(bytes as u64, what)?;
        Ok(self.with_limits(self.limits.with_memory(budget.share(1))))
    }

    /// Bands, counted from 1, that a request asks for.
    pub(super) fn bands(&self, request: &ReadRequest) -> Result<Vec<usize>> {
        let count = self.target(request)?.level.image.bands;
        Ok(samples(request, count)?.into_iter().map(|sample| sample.saturating_add(1)).collect())
    }

    /// An array of bytes, within the limits.
    pub(super) fn zeros(&self, shape: (usize, usize, usize)) -> Result<Array3<u8>> {
        let count = shape.0.saturating_mul(shape.1).saturating_mul(shape.2);
        self.produce(count, 1)?;
        let bytes = Budget::new(&self.limits).zeros(count, "the output")?;
        Array3::from_shape_vec(shape, bytes).map_err(|e| Error::usage(e.to_string()))
    }
}

/// Samples, counted from 0, that a request asks for of an image with `count` bands.
fn samples(request: &ReadRequest, count: usize) -> Result<Vec<usize>> {
    let samples: Vec<usize> = match &request.bands {
        None => (0..count).collect(),
        Some(bands) => bands.iter().map(|band| sample_of(*band, count)).collect::<Result<_>>()?,
    };
    if samples.is_empty() { Err(Error::usage("no band asked for")) } else { Ok(samples) }
}

/// The sample, counted from 0, of a band, counted from 1.
pub(super) fn sample_of(band: usize, count: usize) -> Result<usize> {
    let sample = band.checked_sub(1).filter(|sample| *sample < count);
    sample.ok_or_else(|| Error::usage(format!("band {band} asked for, the file has bands 1 to {count}")))
}
