//! A file made of another: what it is, what it says, and its pixels; chunks that need no change are copied as they are.

use ndarray::{Array3, Axis};

use super::cog::{CogOptions, CogOverviews, CogWriter};
use super::layer::Layer;
use super::metadata::Metadata;
use super::options::{BigTiff, Compress, CreateOptions, Interleave};
use super::output::Output;
use super::overviews::Cascade;
use super::space::Space;
use super::spec::has_nbits;
use super::writer::Writer;
use crate::compress::{Effort, Encoder};
use crate::error::{Error, Result};
use crate::geo::{Affine, Crs};
use crate::ifd::{FieldSet, Variant};
use crate::image::{DataType, Image, Sample};
use crate::layout::{ChunkGrid, ChunkTable, Rect, Window};
use crate::limits::Budget;
use crate::metadata::{COLOR_PROFILE, ColorInterp, found_jpeg_quality};
use crate::read::{ArrayTask, Asked, DynArray, MaskFlag, ReadRequest, Reader, SampleTask, with_sample_type};
use crate::sample::convert;
use crate::tag::{Compression, Photometric, PlanarConfiguration, Predictor};

/// Bytes of pixels that are decoded and encoded again at once, about.
const AT_ONCE: usize = 32 << 20;

impl CreateOptions {
    /// What makes a file like the one that is read: its shape and data type, how it is stored, and all that it says. A method
    /// of compression that is read only is left out.
    ///
    /// # Errors
    ///
    /// When tags of the file are damaged.
    ///
    /// ```
    /// use memtiff_geotiff::{CreateOptions, Description, Limits, ReadRequest, Reader, Writer};
    ///
    /// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
    /// let description = Description::parse(bytes, &Limits::default())?;
    /// let source = Reader::new(bytes, &description);
    /// let mut writer = Writer::new(Vec::new(), CreateOptions::like(&source)?)?;
    /// writer.copy_from(&source, &ReadRequest::new())?;
    /// let copy = writer.finish()?;
    /// # let described = Description::parse(&copy, &Limits::default())?;
    /// # assert_eq!(Reader::new(&copy, &described).read::<u16>(&ReadRequest::new()), source.read(&ReadRequest::new()));
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn like(source: &Reader<'_>) -> Result<Self> {
        Self::of(source, &ReadRequest::new().full_resolution())
    }

    /// As [`like`](Self::like), of what a request asks for: a window, some bands, another size or data type. Where it lies is
    /// changed accordingly; statistics are left out if they are no longer those of the pixels.
    ///
    /// # Errors
    ///
    /// As [`like`](Self::like); also when the request asks for what is not there.
    pub fn of(source: &Reader<'_>, request: &ReadRequest) -> Result<Self> {
        let asked = source.asked(request)?;
        let mut options = Self::of_all(source)?;
        let image = source.description().image();
        let (rows, columns) = asked.shape;
        options = options.width(columns).height(rows).count(asked.bands.len());
        let window = request.window.unwrap_or(Window::new(0, 0, asked.image.width, asked.image.height));
        options.metadata.cut(&window, (rows, columns), (image, asked.image));
        let all_bands = (1..=image.bands).eq(asked.bands.iter().copied());
        let data_type = request.dtype.unwrap_or(image.data_type);
        let all = Rect::new(0, 0, image.width, image.height);
        if !(all_bands && data_type == image.data_type && asked.pixels == Some(all)) {
            options.metadata.forget_statistics();
        }
        if !all_bands {
            options.take_bands(&asked.bands);
        }
        if data_type != image.data_type {
            options.change_type(data_type);
        }
        Ok(options)
    }

    /// Some bands, counted from 1, in another order.
    fn take_bands(&mut self, bands: &[usize]) {
        let old = std::mem::take(&mut self.metadata.items);
        self.metadata.items.dataset = old.dataset;
        for (new, band) in bands.iter().enumerate() {
            let band = band.saturating_sub(1);
            if let Some(items) = old.bands.get(&band) {
                self.metadata.items.bands.insert(new, items.clone());
            }
            if let Some(roles) = old.roles.get(&band) {
                self.metadata.items.roles.insert(new, roles.clone());
            }
        }
        let colours = std::mem::take(&mut self.metadata.colorinterp);
        let of =
            |band: &usize| colours.get(band.saturating_sub(1)).copied().unwrap_or(ColorInterp::Undefined);
        self.metadata.colorinterp = bands.iter().map(of).collect();
        let is_rgb = matches!(
            self.metadata.colorinterp[..],
            [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ..]
        );
        let indexed = self.photometric == Some(Photometric::PALETTE) && bands == [1];
        let single = bands.len() == 1 && self.photometric == Some(Photometric::MIN_IS_WHITE);
        if is_rgb && self.photometric == Some(Photometric::YCBCR) && bands.len() == 3 {
            return;
        }
        if !indexed && !single {
            self.photometric = Some(if is_rgb { Photometric::RGB } else { Photometric::MIN_IS_BLACK });
            self.metadata.colormap = Vec::new();
        }
    }

    fn change_type(&mut self, data_type: DataType) {
        self.dtype = Some(data_type);
        self.nbits = None;
        let floats = matches!(data_type, DataType::Float32 | DataType::Float64);
        if self.inherited.predictor == Some(Predictor::FLOATING_POINT) && !floats {
            self.inherited.predictor = Some(Predictor::HORIZONTAL);
        }
        if self.photometric == Some(Photometric::PALETTE) {
            self.photometric = Some(Photometric::MIN_IS_BLACK);
            self.metadata.colormap = Vec::new();
        }
    }

    fn of_all(source: &Reader<'_>) -> Result<Self> {
        let description = source.description();
        let image = description.image();
        let mut options = Self::new().width(image.width).height(image.height).count(image.bands);
        options.dtype = Some(image.data_type);
        options.byte_order = description.header().byte_order;
        if description.header().variant == Variant::Big {
            options.bigtiff = BigTiff::IfSafer;
        }
        // Not of a kind that is read only: JPEG of 12 bits, say.
        let written = |_: &Compress| Encoder::new(image, &Effort::default()).is_ok();
        options.inherited.compress = Compress::of(image).filter(written);
        let predicted = matches!(
            options.inherited.compress,
            Some(Compress::Lzw | Compress::Deflate | Compress::Zstd | Compress::Lzma)
        );
        if predicted && image.rendering.is_none() {
            options.inherited.predictor = Some(image.predictor);
        }
        if image.tiled {
            options = options.tiled(image.chunk_width, image.chunk_height);
        } else {
            let rows = if image.one_strip { image.height } else { image.chunk_height };
            options = options.strips(rows);
        }
        if image.planar == PlanarConfiguration::SEPARATE {
            options.interleave = Interleave::Band;
        }
        if image.rendering.is_none() && has_nbits(image.data_type, image.bits) {
            options.nbits = Some(image.bits);
        }
        options.sparse = source.is_sparse()?;
        if image.compression == Compression::JPEG {
            let quality = found_jpeg_quality(image, &source.fields()?)?;
            options.inherited.jpeg_quality = quality.and_then(|(quality, _)| u8::try_from(quality).ok());
        }
        options.metadata = Metadata::of(source)?;
        options.photometric = Some(photometric(image));
        if options.photometric == Some(Photometric::PALETTE) {
            options.metadata.colormap = source.colormap(1)?.unwrap_or_default();
        }
        Ok(options)
    }
}

/// What the samples mean in a copy.
fn photometric(image: &Image) -> Photometric {
    match image.photometric {
        _ if image.rendering.is_some() => Photometric::RGB,
        Photometric::YCBCR if image.compression == Compression::JPEG && image.samples == 3 => {
            Photometric::YCBCR
        }
        Photometric::YCBCR => Photometric::RGB,
        Photometric::MIN_IS_WHITE
        | Photometric::RGB
        | Photometric::PALETTE
        | Photometric::SEPARATED
        | Photometric::CIELAB
        | Photometric::ICCLAB
        | Photometric::ITULAB => image.photometric,
        _ => Photometric::MIN_IS_BLACK,
    }
}

impl Metadata {
    /// What is said of a window of an image, in pixels of one of its copies, made into another size.
    #[expect(clippy::cast_precision_loss, reason = "within an image")]
    fn cut(&mut self, window: &Window, (rows, columns): (usize, usize), (full, copy): (&Image, &Image)) {
        // From new pixels to those of the full image.
        let (col_step, row_step) = (window.width / columns as f64, window.height / rows as f64);
        let (across, down) = (full.width as f64 / copy.width as f64, full.height as f64 / copy.height as f64);
        let (col_step, row_step) = (col_step * across, row_step * down);
        let (col_off, row_off) = (window.col_off * across, window.row_off * down);
        if (col_step, row_step, col_off, row_off) == (1.0, 1.0, 0.0, 0.0) {
            return;
        }
        if let Some(Affine { a, b, c, d, e, f }) = self.transform {
            self.transform = Some(Affine {
                a: a * col_step,
                b: b * row_step,
                c: a * col_off + b * row_off + c,
                d: d * col_step,
                e: e * row_step,
                f: d * col_off + e * row_off + f,
            });
        }
        for gcp in &mut self.gcps {
            gcp.col = (gcp.col - col_off) / col_step;
            gcp.row = (gcp.row - row_off) / row_step;
        }
        if let Some(rpc) = &mut self.rpcs {
            // They count from the middle of the first pixel.
            rpc.samp_off = (rpc.samp_off + 0.5 - col_off) / col_step - 0.5;
            rpc.line_off = (rpc.line_off + 0.5 - row_off) / row_step - 0.5;
            rpc.samp_scale /= col_step;
            rpc.line_scale /= row_step;
        }
    }

    fn forget_statistics(&mut self) {
        for items in self.items.bands.values_mut().flat_map(|domains| domains.values_mut()) {
            items.retain(|name, _| !name.starts_with("STATISTICS_"));
        }
    }

    /// What a file and what stands beside it say.
    fn of(source: &Reader<'_>) -> Result<Self> {
        let description = source.description();
        let mut metadata = Self::of_file(source)?;
        let crs = description.crs().or_else(|| description.gcps_crs()).cloned();
        let of_keys = metadata.geokeys.as_ref().and_then(Crs::from_geokeys);
        if crs != of_keys {
            (metadata.geokeys, metadata.crs) = (None, crs);
        }
        metadata.items.dataset.remove("IMAGE_STRUCTURE");
        let mut colours = source.tags_in(COLOR_PROFILE)?;
        // It is taken over as it is.
        colours.remove("SOURCE_ICC_PROFILE");
        metadata.items.dataset.insert(COLOR_PROFILE.to_owned(), colours);
        for roles in metadata.items.roles.values_mut() {
            roles.remove("colorinterp");
        }
        Ok(metadata)
    }
}

impl CogOptions {
    /// What makes a cloud-optimized GeoTIFF of the file that is read: see [`CreateOptions::like`]. Tiles are those of a COG
    /// and bands stand together, unless it is said otherwise.
    ///
    /// # Errors
    ///
    /// As [`CreateOptions::like`].
    pub fn like(source: &Reader<'_>) -> Result<Self> {
        Self::of(source, &ReadRequest::new().full_resolution())
    }

    /// As [`like`](Self::like), of what a request asks for: see [`CreateOptions::of`].
    ///
    /// # Errors
    ///
    /// As [`CreateOptions::of`].
    pub fn of(source: &Reader<'_>, request: &ReadRequest) -> Result<Self> {
        let create = CreateOptions::of(source, request)?.interleave(Interleave::Pixel);
        let block_width = None;
        Ok(CreateOptions { block_width, ..create }.into())
    }
}

/// How pixels are changed on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    /// Values of the source.
    pub from: (f64, f64),
    /// What these become; others in proportion.
    pub to: (f64, f64),
}

impl<O: Output> Writer<O> {
    /// Fills the file with what a request asks of another: its pixels, and its mask if that is kept apart from them. Chunks
    /// that are stored there as they will be here are copied without being decoded. With
    /// [`CreateOptions::copy_overviews`], overviews too, if all of the image is copied.
    ///
    /// # Errors
    ///
    /// When what is asked for has another shape than the file, its samples cannot be read or written, or a chunk is damaged.
    pub fn copy_from(&mut self, source: &Reader<'_>, request: &ReadRequest) -> Result<()> {
        self.copy_with(source, request, None, &mut |_, _| {})
    }

    /// As [`copy_from`](Self::copy_from); pixels are scaled on the way, and `progress` is told of parts that are done, of all.
    ///
    /// # Errors
    ///
    /// As [`copy_from`](Self::copy_from).
    pub fn copy_with(
        &mut self,
        source: &Reader<'_>,
        request: &ReadRequest,
        scaling: Option<Scaling>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let asked = source.asked(request)?;
        let (found, wanted) = (asked.shape, (self.height(), self.width()));
        if (found, asked.bands.len()) != (wanted, self.count()) {
            return Err(Error::usage(format!(
                "{} bands of {found:?} rows and columns are asked for; the file has {} of {wanted:?}",
                asked.bands.len(),
                self.count()
            )));
        }
        // An alpha band is a band like the others.
        let flags = source.mask_flags().into_iter().next().unwrap_or_default();
        let has_mask = flags.contains(&MaskFlag::PerDataset) && !flags.contains(&MaskFlag::Alpha);
        if has_mask {
            self.begin_mask()?;
        }
        self.begin()?;
        if !(scaling.is_none() && self.copy_chunks(source, &asked)?) {
            self.copy_pixels(source, request, &asked, scaling, progress)?;
        }
        if has_mask {
            self.copy_mask(source, request, &asked)?;
        }
        let image = source.description().image();
        let all = Rect::new(0, 0, image.width, image.height);
        if self.options.copy_overviews && asked.pixels == Some(all) && scaling.is_none() {
            self.copy_overviews(source, &asked.bands)?;
        }
        Ok(())
    }

    /// Copies chunks as they are. Gives whether it could: they are stored there as they would be here, all bands in their
    /// order, and what is asked for begins where a chunk does, and is cut in the same rows.
    fn copy_chunks(&mut self, source: &Reader<'_>, asked: &Asked<'_>) -> Result<bool> {
        let (image, view) = (asked.image, asked.view);
        let Some(rect) = asked.pixels else { return Ok(false) };
        let all_bands = (1..=self.count()).eq(asked.bands.iter().copied());
        let alike = is_stored_alike(image, self.image()) && view.order() == self.space.order;
        if !(all_bands && alike && self.is_effort_of(source)?) {
            return Ok(false);
        }
        let (grid, own) = (ChunkGrid::of(image), self.image.grid);
        let (width, height) = (image.chunk_width.max(1), image.chunk_height.max(1));
        let whole = (image.width, image.height) == (rect.width, rect.height);
        let one = image.one_strip && own.chunks() == 1 && whole;
        let begins = rect.row_off.is_multiple_of(height) && rect.col_off.is_multiple_of(width);
        let same_rows = self.image().chunk_height == image.chunk_height && !image.one_strip;
        let table = ChunkTable::of(image, view)?;
        let made_up_alike = self.image.manner.empty == source.description().nodata();
        if !(one || (begins && same_rows && (image.tiled || whole)))
            || (!made_up_alike && table.is_sparse(grid.chunks()))
        {
            return Ok(false);
        }
        if image.compression == Compression::JPEG {
            let directory = source.description().directories().get(image.directory);
            let directory = directory.ok_or_else(|| Error::usage("an image without a directory"))?;
            let mut budget = Budget::new(&self.options.limits);
            self.image.spec.share_jpeg(FieldSet::of(directory, view, &mut budget)?)?;
        }
        let (row_shift, col_shift) = (rect.row_off / height, rect.col_off / width);
        // Chunks of a source may share their bytes, and make much of little.
        let (mut budget, mut allowed) = (Budget::new(&self.options.limits), view.len());
        for index in 0..own.chunks() {
            let (row, col) = own.place_of(index);
            let (row, col) = (row.saturating_add(row_shift), col.saturating_add(col_shift));
            let from = grid.index(own.plane_of(index), row, col);
            let rows = if one { image.height } else { grid.stored(row, col).height };
            let raw = table.chunk(from, image.chunk_bytes(rows)).map_err(|e| e.in_chunk(from))?;
            // What is left out there is made up here, unless it is left out here too.
            if let Some(raw) = raw {
                let len = raw.len() as u64;
                budget.reserve(len.saturating_sub(allowed), "blocks that share their bytes")?;
                allowed = allowed.saturating_sub(len);
            }
            if raw.is_some() {
                self.image.store_raw(&mut self.space, index, raw)?;
            }
        }
        Ok(true)
    }

    /// Whether chunks of the source are encoded as hard, and as exactly, as it is wanted here.
    fn is_effort_of(&self, source: &Reader<'_>) -> Result<bool> {
        let options = &self.options;
        let quality = match options.jpeg_quality {
            None => true,
            Some(wanted) => found_jpeg_quality(source.description().image(), &source.fields()?)?
                .is_some_and(|(quality, _)| quality == u16::from(wanted)),
        };
        let exact = options.max_z_error.is_none() && options.discard_lsb.is_empty();
        Ok(quality && exact && options.level.is_none() && options.jpeg_tables.is_none())
    }

    /// Decodes and encodes, some rows of blocks at a time.
    fn copy_pixels(
        &mut self,
        source: &Reader<'_>,
        request: &ReadRequest,
        asked: &Asked<'_>,
        scaling: Option<Scaling>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let (height, width) = asked.shape;
        let row = width.saturating_mul(self.count()).saturating_mul(self.dtype().size());
        let (block, _) = self.block_shape();
        for (window, part) in parts(request, asked, row, block) {
            let pixels = with_sample_type(self.dtype(), CopyPart { source, request: part, scaling })?;
            self.write_window_dyn(window, &pixels)?;
            progress(window.to_slices().0.end as u64, height as u64);
        }
        Ok(())
    }

    fn copy_mask(&mut self, source: &Reader<'_>, request: &ReadRequest, asked: &Asked<'_>) -> Result<()> {
        let (block, _) = self.block_shape();
        for (window, part) in parts(request, asked, asked.shape.1, block) {
            let mask = source.read_masks(&part.any_dtype().bands([1]))?;
            self.write_mask_window(window, &mask.index_axis_move(Axis(0), 0))?;
        }
        Ok(())
    }

    /// Copies the overviews of a source, as they are, with their masks.
    fn copy_overviews(&mut self, source: &Reader<'_>, bands: &[usize]) -> Result<()> {
        let images: Vec<Image> = source.overviews().cloned().collect();
        let options = self.options.overviews.clone();
        let bands_of_all = source.description().image().bands;
        let fits = |image: &Image| image.bands == bands_of_all && image.data_type == self.dtype();
        let fitting: Vec<(usize, &Image)> =
            images.iter().enumerate().filter(|(_, image)| fits(image)).collect();
        let mut levels = Vec::new();
        for (_, image) in &fitting {
            levels.push(self.overview_of((image.width, image.height), &options, Cascade::Always)?);
        }
        // Masks stand behind all images.
        for level in &levels {
            self.mask_overview(*level)?;
        }
        for ((at, image), level) in fitting.into_iter().zip(levels) {
            let request = ReadRequest::new().overview(at);
            let has_mask = self.overviews.get(level).is_some_and(|(_, mask)| mask.is_some());
            let mask = if has_mask { Some(source.read_masks(&request.clone().bands([1]))?) } else { None };
            let request = request.bands(bands.iter().copied());
            let task = CopyPart { source, request, scaling: None };
            let pixels = with_sample_type(self.dtype(), task)?;
            self.begin()?;
            let Self { space, overviews, .. } = self;
            let Some((layer, masks)) = overviews.get_mut(level) else { continue };
            pixels.visit(WriteLayer { layer, space })?;
            if let (Some(layer), Some(mask)) = (masks, mask) {
                let valid = if layer.image().bits == 1 { 1 } else { u8::MAX };
                let mask = mask.mapv(|mask| if mask == 0 { 0 } else { valid });
                let rect = Rect::new(0, 0, image.width, image.height);
                layer.write_samples(space, &[0], &rect, mask.view())?;
            }
        }
        Ok(())
    }
}

impl<O: Output> CogWriter<O> {
    /// As [`Writer::copy_with`]; overviews of the source are taken over, if that is wanted and all of the image is copied.
    ///
    /// # Errors
    ///
    /// As [`Writer::copy_from`].
    pub fn copy_with(
        &mut self,
        source: &Reader<'_>,
        request: &ReadRequest,
        scaling: Option<Scaling>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let wanted = matches!(self.existing(), CogOverviews::Auto | CogOverviews::ForceUseExisting);
        self.options.copy_overviews = wanted;
        Writer::copy_with(self, source, request, scaling, progress)
    }

    /// As [`copy_with`](Self::copy_with), with pixels as they are.
    ///
    /// # Errors
    ///
    /// As [`Writer::copy_from`].
    pub fn copy_from(&mut self, source: &Reader<'_>, request: &ReadRequest) -> Result<()> {
        self.copy_with(source, request, None, &mut |_, _| {})
    }
}

/// Whether a chunk of one image is, to the byte, one that the other could have.
fn is_stored_alike(a: &Image, b: &Image) -> bool {
    let key = |image: &Image| {
        let colours = match image.photometric {
            // Others do not change how samples are stored.
            Photometric::YCBCR => image.photometric,
            _ => Photometric::MIN_IS_BLACK,
        };
        let predictor = if image.predictor.0 == 0 { Predictor::NONE } else { image.predictor };
        (
            (image.compression, predictor, image.bits, image.sample_format, image.samples, image.planar),
            (image.fill_order, image.subsampling, image.t4_options & 1, image.lerc_wrapping, colours),
            (image.tiled, image.chunk_width, image.rendering),
        )
    };
    // A strip may be the last one.
    key(a) == key(b) && (!a.tiled || a.chunk_height == b.chunk_height)
}

/// Parts of a request, and the windows that they fill: rows of whole blocks of about [`AT_ONCE`] bytes, `row` for each row. All
/// in one where pixels are resampled, which may depend on what is read together.
fn parts(
    request: &ReadRequest,
    asked: &Asked<'_>,
    row: usize,
    block: usize,
) -> impl Iterator<Item = (Window, ReadRequest)> {
    let (height, width) = asked.shape;
    let some = AT_ONCE.checked_div(row).unwrap_or(1).max(1).next_multiple_of(block.max(1));
    let rows = if asked.pixels.is_some() { some } else { height };
    (0..height).step_by(rows.max(1)).map(move |row_off| {
        let rows = rows.min(height.saturating_sub(row_off));
        let part = match &asked.pixels {
            Some(rect) => {
                let row = rect.row_off.saturating_add(row_off);
                let part = request.clone().plain().at(asked.overview);
                part.window(Window::new(rect.col_off, row, width, rows))
            }
            None => request.clone(),
        };
        (Window::new(0, row_off, width, rows), part)
    })
}

/// Reads a part in the data type of the file.
struct CopyPart<'r, 'a> {
    source: &'r Reader<'a>,
    request: ReadRequest,
    scaling: Option<Scaling>,
}

impl SampleTask for CopyPart<'_, '_> {
    type Output = Result<DynArray>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let Self { source, request, scaling } = self;
        let Some(Scaling { from: (low, high), to: (first, last) }) = scaling else {
            return source.read::<T>(&request.dtype(T::DATA_TYPE)).map(DynArray::from);
        };
        let pixels = source.read::<f64>(&request.dtype(DataType::Float64))?;
        let factor = (last - first) / (high - low);
        let scaled = pixels.mapv(|value| {
            let value = (value - low) * factor + first;
            convert::<f64, T>(value.clamp(first.min(last), first.max(last)))
        });
        Ok(scaled.into())
    }
}

/// Writes all pixels of a layer, in the data type of an array.
struct WriteLayer<'w, O> {
    layer: &'w mut Layer,
    space: &'w mut Space<O>,
}

impl<O: Output> ArrayTask for WriteLayer<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self, array: &Array3<T>) -> Self::Output {
        let (samples, height, width) = array.dim();
        let samples: Vec<usize> = (0..samples).collect();
        self.layer.write_samples(self.space, &samples, &Rect::new(0, 0, width, height), array.view())
    }
}
