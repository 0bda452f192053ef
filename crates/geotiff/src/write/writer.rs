//! A file while it is written.

use half::f16;
use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use super::chain::{Link, Part};
use super::choices::{AuxXml, Beside, BigTiff};
use super::layer::{Layer, Manner};
use super::metadata::{Kind, check_band};
use super::options::CreateOptions;
use super::output::Output;
use super::space::Space;
use super::spec::ImageSpec;
use crate::error::{Error, ErrorKind, Result};
use crate::ifd::{FieldSet, Variant};
use crate::image::{DataType, Image, Sample};
use crate::layout::{ChunkGrid, Window};
use crate::limits::CancelToken;
use crate::metadata::{ColorInterp, Nodata, PamEdit};
use crate::read::{ArrayTask, Description, DynArray, ReadWarnings, Reader};
use crate::sample::convert;

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
    pub(super) space: Space<O>,
    pub(super) options: CreateOptions,
    /// What was told of the pixels since the directory was written.
    pub(super) told: Vec<Kind>,
    pub(super) image: Layer,
    pub(super) mask: Option<Layer>,
    /// Each with its mask.
    pub(super) overviews: Vec<(Layer, Option<Layer>)>,
    pub(super) chain: Vec<Link>,
    /// The variant that the header says, and where it says that the first directory is.
    pub(super) led: Option<(Variant, u64)>,
    /// Which page of the file it is, counted from 0.
    pub(super) page: usize,
    /// Bytes of the file that its pixels were copied from: what it allows of work is not increased by copying.
    pub(super) source_len: Option<u64>,
    /// Why the file cannot be completed: an operation that filled it was stopped.
    pub(super) stopped: Option<Error>,
    /// The `.aux.xml` beside the file, as far as it was handed over.
    pub(super) aux_xml: Option<PamEdit>,
    /// The name of the method by which the overviews were made that are copied or built for a COG.
    pub(super) overviews_by: Option<String>,
    /// Damage in blocks that overviews were made of.
    pub(super) read_warnings: ReadWarnings,
}

impl<O: Output> Writer<O> {
    /// Begins a file. Nothing is written before the first pixels are.
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
        // What is asked for counts for more than what bands were called where they come from; and what is undefined may be grey.
        let (alpha, photometric) = (options.alpha.is_some(), options.photometric.is_some());
        let is_copy = options.inherited.photometric.is_some();
        for (band, implied) in options.metadata.colorinterp.iter_mut().zip(&spec.implied) {
            let by_alpha = alpha && (*implied == ColorInterp::Alpha || *band == ColorInterp::Alpha);
            let by_colours = match band {
                ColorInterp::Gray => photometric,
                ColorInterp::Undefined => photometric || *implied == ColorInterp::Gray,
                _ => false,
            };
            if by_alpha || (is_copy && by_colours) {
                *band = *implied;
            }
        }
        options.metadata.name_colours(&spec.implied);
        // Before anything is written.
        options.metadata.check(options.profile)?;
        let variant = variant(options.bigtiff, &spec.image, &ChunkGrid::of(&spec.image));
        let manner = Manner {
            empty: options.metadata.nodata,
            sparse: options.sparse,
            parallel: options.parallel,
            limits: options.limits,
        };
        let image = Layer::new(spec, manner)?;
        let mut space = Space::new(output, options.byte_order, variant);
        space.most = options.limits.output();
        Ok(Self {
            space,
            options,
            told: Kind::ALL.to_vec(),
            image,
            mask: None,
            overviews: Vec::new(),
            chain: vec![Link::new(Part::Image)],
            led: None,
            page: 0,
            source_len: None,
            stopped: None,
            aux_xml: None,
            overviews_by: None,
            read_warnings: ReadWarnings::new(),
        })
    }

    /// Has all that is written from now on stop when the token is cancelled, with an error of the kind
    /// [`Cancelled`](crate::ErrorKind::Cancelled): the file is not completed then.
    pub fn set_cancel(&mut self, token: CancelToken) {
        self.space.cancel = Some(token);
    }

    /// Notes that an operation was stopped, after which the file has holes.
    pub(super) fn stopped_by(&mut self, result: Result<()>) -> Result<()> {
        if let Err(error) = &result
            && matches!(error.kind(), ErrorKind::Limit | ErrorKind::Cancelled)
        {
            self.stopped = Some(error.clone());
        }
        result
    }

    pub(super) fn image(&self) -> &Image {
        self.image.image()
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
        // A file of `float32` with NBITS=16 is one of `float16`, and still takes what it was created for.
        if self.dtype() == DataType::Float16
            && Some(T::DATA_TYPE) == self.options.dtype
            && T::DATA_TYPE.is_float()
        {
            let halves = pixels.mapv(convert::<T, f16>);
            return self.write_typed(bands, window, halves.view());
        }
        self.write_typed(bands, window, pixels)
    }

    fn write_typed<T: Sample>(
        &mut self,
        bands: &[usize],
        window: Window,
        pixels: ArrayView3<'_, T>,
    ) -> Result<()> {
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
        self.begin()?;
        self.image.write_samples(&mut self.space, &samples, &rect, pixels)
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

    /// Writes which pixels are valid: 0 where they are not. Shape (row, column); made of single bits, for all bands, inside the
    /// file.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_mask<'a>(&mut self, mask: impl Into<ArrayView2<'a, u8>>) -> Result<()> {
        self.write_mask_window(Window::new(0, 0, self.width(), self.height()), mask)
    }

    /// As [`write_mask`](Self::write_mask), of a window. What nobody has written is not valid.
    ///
    /// # Errors
    ///
    /// As [`write_window`](Self::write_window).
    pub fn write_mask_window<'a>(
        &mut self,
        window: Window,
        mask: impl Into<ArrayView2<'a, u8>>,
    ) -> Result<()> {
        let mask = mask.into();
        let rect = window.within(self.width(), self.height())?;
        let (wanted, found) = ((rect.height, rect.width), mask.dim());
        if wanted != found {
            return Err(Error::usage(format!("a mask of shape {wanted:?} is needed, got {found:?}")));
        }
        self.begin_mask()?;
        let Self { mask: Some(layer), space, .. } = self else { return Ok(()) };
        layer.write_mask(space, &rect, mask.insert_axis(Axis(0)))
    }

    /// Makes sure that there is a mask.
    pub(super) fn begin_mask(&mut self) -> Result<()> {
        if self.mask.is_none() {
            let manner = Manner { empty: None, ..self.image.manner };
            self.mask = Some(Layer::new(self.image.spec.mask()?, manner)?);
            let behind = self.chain.iter().position(|link| link.part == Some(Part::Image));
            self.chain.insert(behind.map_or(0, |at| at.saturating_add(1)), Link::new(Part::Mask));
        }
        self.begin()
    }

    /// Leaves room for directories, before the first chunk.
    pub(super) fn begin(&mut self) -> Result<()> {
        if self.led.is_some() || self.chain.iter().any(|link| link.room() > 0) {
            return Ok(());
        }
        for at in 0..self.chain.len() {
            let part = self.chain.get(at).and_then(|link| link.part);
            let Some(fields) = part.map(|part| self.fields(part)).transpose()?.flatten() else { continue };
            let place = self.space.reserve(fields.size(self.space.likely_variant()))?;
            if let Some(link) = self.chain.get_mut(at) {
                link.place = place;
            }
        }
        match self.image.expected_len() {
            Some(len) => self.space.expect(len),
            None => Ok(()),
        }
    }

    /// Writes out what waits, and the directories: the output is a whole file then, of which blocks that nobody has written
    /// are left out. More may be written after it.
    ///
    /// # Errors
    ///
    /// When the output fails, or the file became larger than classic TIFF can address and may be nothing else.
    pub fn flush(&mut self) -> Result<()> {
        self.stopped.clone().map_or(Ok(()), Err)?;
        self.space.poll()?;
        self.each_layer(|layer, space| layer.encode_waiting(space))?;
        self.write_directories()
    }

    /// Writes out what waits, blocks that nobody has written (unless the file is sparse), and the directory; gives the
    /// output back.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn finish(mut self) -> Result<O> {
        self.complete()?;
        Ok(self.space.output)
    }

    /// As [`finish`](Self::finish), for who holds the writer in place. Nothing should be written after it.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush).
    pub fn complete(&mut self) -> Result<()> {
        self.flush()?;
        self.each_layer(|layer, space| if layer.is_complete() { Ok(()) } else { layer.fill_up(space) })?;
        self.write_directories()?;
        if !self.options.statistics {
            return Ok(());
        }
        let content = self.space.content()?.ok_or_else(|| {
            Error::usage("statistics are made of what was written, and this output cannot be read")
        })?;
        let description = Description::parse_page(&*content, self.page, &self.options.limits)?;
        let reader = Reader::new(&*content, &description).with_limits(self.options.limits);
        let cancel = self.space.cancel.clone().unwrap_or_default();
        let reader = reader.with_cancel(&cancel);
        let found = (1..=self.count()).map(|band| reader.statistics(band)).collect::<Result<Vec<_>>>()?;
        drop(content);
        for (band, statistics) in (1..).zip(found) {
            if let Some(statistics) = statistics {
                self.set_statistics(band, &statistics)?;
            }
        }
        self.write_directories()
    }

    fn each_layer(&mut self, mut work: impl FnMut(&mut Layer, &mut Space<O>) -> Result<()>) -> Result<()> {
        let Self { space, image, mask, overviews, .. } = self;
        layers(image, mask, overviews).try_for_each(|layer| work(layer, space))
    }

    pub(super) fn layer(&self, part: Part) -> Option<&Layer> {
        match part {
            Part::Image => Some(&self.image),
            Part::Mask => self.mask.as_ref(),
            Part::Overview(at) => self.overviews.get(at).map(|(layer, _)| layer),
            Part::OverviewMask(at) => self.overviews.get(at).and_then(|(_, mask)| mask.as_ref()),
        }
    }

    /// All fields of the directory of a part, with the table of chunks as it is now.
    fn fields(&self, part: Part) -> Result<Option<FieldSet>> {
        let Some(layer) = self.layer(part) else { return Ok(None) };
        let mut fields = layer.fields();
        if part == Part::Image {
            self.options.metadata.put_into(&mut fields, &self.told, self.options.profile)?;
        }
        Ok(Some(fields))
    }

    /// Whether the directory of a part says something else than what stands in the file.
    fn is_changed(&self, part: Part) -> bool {
        let told = part == Part::Image && !self.told.is_empty();
        told || self.layer(part).is_some_and(|layer| layer.changed)
    }

    /// Writes the directories that have changed, into the room that was left for them or behind everything, and what leads
    /// to them.
    fn write_directories(&mut self) -> Result<()> {
        let size =
            |fields: &Option<FieldSet>, variant| fields.as_ref().map_or(0, |fields| fields.size(variant));
        let mut changed = self.changed_directories(false)?;
        let more = changed.iter().map(|fields| size(fields, Variant::Classic).saturating_add(1)).sum();
        let variant = self.space.variant(more);
        let led = self.led.replace((variant, 0));
        if led.is_some_and(|(before, _)| before != variant) {
            changed = self.changed_directories(true)?;
        }
        let mut places = Vec::new();
        for (link, fields) in self.chain.iter().zip(&changed) {
            let size = size(fields, variant);
            let place = if size <= link.room() { link.place.clone() } else { self.space.reserve(size)? };
            places.push(place);
        }
        let starts: Vec<u64> = places.iter().map(|place| place.start).collect();
        let follows = starts.iter().skip(1).copied().chain([0]);
        for ((link, place), (fields, next)) in
            self.chain.iter_mut().zip(places).zip(changed.into_iter().zip(follows))
        {
            if let Some(fields) = fields {
                let directory = fields.encode(variant, self.space.order, place.start, next)?;
                self.space.put(place.start, &directory)?;
                link.written(place, &fields, next);
                if link.part == Some(Part::Image) {
                    self.image.spec.keep(fields);
                }
            } else if link.next != next {
                let mut offset = Vec::new();
                variant.put_offset(next, self.space.order, &mut offset)?;
                self.space.put(link.next_to_change(variant)?, &offset)?;
                link.next = next;
            }
        }
        let lead = Some((variant, starts.first().copied().unwrap_or(0)));
        if let (true, Some((variant, first))) = (lead != led, lead) {
            self.space.lead(variant, first)?;
        }
        self.led = lead;
        self.told.clear();
        self.each_layer(|layer, _| {
            layer.changed = false;
            Ok(())
        })
    }

    /// The fields of the directories that have to be written, in the order of the chain.
    fn changed_directories(&self, all: bool) -> Result<Vec<Option<FieldSet>>> {
        let changed = self.chain.iter().map(|link| {
            let part = link.part.filter(|part| all || link.room() == 0 || self.is_changed(*part));
            Ok(part.map(|part| self.fields(part)).transpose()?.flatten())
        });
        changed.collect()
    }

    /// The texts that are to stand beside the file: see [`CreateOptions::beside`]. Those of which there is nothing to say are
    /// left out.
    pub fn texts_beside(&self) -> Vec<(Beside, String)> {
        let text = |kind: &Beside| Some((*kind, self.options.metadata.text_beside(*kind)?));
        self.options.beside.iter().filter_map(text).collect()
    }

    /// How the `.aux.xml` beside the file has to change for the file to mean what was set: see
    /// [`with_aux_xml`](Self::with_aux_xml) and [`CreateOptions::crs_beside`].
    ///
    /// # Errors
    ///
    /// When the CRS cannot be written as WKT 2.
    pub fn aux_xml(&self) -> Result<AuxXml> {
        let mut edit = self.aux_xml.clone().unwrap_or_default();
        if let Some(crs) = self.options.metadata.crs_of_aux_xml()? {
            edit.set_srs(&crs.to_wkt2()?, crs.axis_mapping(), crs.coordinate_epoch());
        }
        if !edit.is_changed() {
            return Ok(AuxXml::Unchanged);
        }
        Ok(edit.to_text().map_or(AuxXml::Removed, AuxXml::Written))
    }

    /// Takes the warnings of decoders since the last call: damage in blocks of the file that overviews were made of. See
    /// [`ReadWarnings`].
    #[must_use]
    pub fn take_read_warnings(&self) -> Vec<Error> {
        self.read_warnings.take()
    }

    /// The output. What it holds is a whole file after [`flush`](Self::flush).
    pub fn output(&self) -> &O {
        &self.space.output
    }
}

/// All images of a page.
pub(super) fn layers<'l>(
    image: &'l mut Layer,
    mask: &'l mut Option<Layer>,
    overviews: &'l mut [(Layer, Option<Layer>)],
) -> impl Iterator<Item = &'l mut Layer> {
    let reduced = overviews.iter_mut().flat_map(|(layer, mask)| [layer].into_iter().chain(mask));
    [image].into_iter().chain(mask).chain(reduced)
}

/// Writes a window, in the data type of an array.
struct WriteWindow<'w, O>(&'w mut Writer<O>, Window);

impl<O: Output> ArrayTask for WriteWindow<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self, array: &Array3<T>) -> Self::Output {
        self.0.write_window(self.1, array)
    }
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

pub(super) fn checked_nodata(nodata: Nodata, data_type: DataType) -> Result<Nodata> {
    nodata.of_type(data_type).ok_or_else(|| {
        Error::usage(format!(
            "nodata {nodata} is no value that {data_type} can have: another is needed, or none"
        ))
    })
}
