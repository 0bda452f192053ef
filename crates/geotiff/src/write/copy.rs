//! Pixels of one file into another; chunks that need no change are copied as they are.

use ndarray::{Array3, Axis};

use super::layer::Layer;
use super::output::Output;
use super::overviews::Cascade;
use super::space::Space;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::ifd::FieldSet;
use crate::image::{DataType, Image, Sample};
use crate::layout::{ChunkGrid, ChunkTable, Rect, Window};
use crate::limits::{Budget, Cost, Work};
use crate::metadata::{Nodata, found_jpeg_quality};
use crate::read::{ArrayTask, Asked, DynArray, MaskFlag, ReadRequest, Reader, SampleTask, with_sample_type};
use crate::sample::convert;
use crate::tag::{Compression, Photometric, Predictor};

/// Bytes of pixels that are decoded and encoded again at once, about.
const AT_ONCE: usize = 32 << 20;

/// How pixels are changed on the way: in proportion, also beyond the values that are said, but not beyond those of the data
/// type; "nothing here" stays that.
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
    /// [`CreateOptions::copy_overviews`](crate::CreateOptions::copy_overviews), overviews too, if all of the image is copied.
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
        if scaling.is_some_and(|Scaling { from: (low, high), .. }| low == high) {
            return Err(Error::usage("values are scaled from a range, of which both ends are the same here"));
        }
        self.source_len = Some(source.input_len());
        let copied = source.operation(|source| self.copy_in(source, request, scaling, progress));
        self.stopped_by(copied)
    }

    /// As [`copy_with`](Self::copy_with), as a part of an operation.
    fn copy_in(
        &mut self,
        source: &Reader<'_>,
        request: &ReadRequest,
        scaling: Option<Scaling>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let blocks = self.image.grid.chunks();
        source.work().map_or(Ok(()), |work| work.foresee(&Cost { blocks, ..Cost::default() }))?;
        let mut asked = source.asked(request)?;
        let without_alpha = request.clone().bands(asked.bands.iter().copied().take(self.count()));
        let alpha = asked.bands.get(self.count()).copied().filter(|_| self.options.alpha_as_mask);
        let request = if alpha.is_some() { &without_alpha } else { request };
        if alpha.is_some() {
            asked = source.asked(request)?;
        }
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
        let has_mask =
            alpha.is_some() || flags.contains(&MaskFlag::PerDataset) && !flags.contains(&MaskFlag::Alpha);
        if has_mask {
            self.begin_mask()?;
        }
        if scaling.is_some() {
            self.forget_range();
        }
        self.begin()?;
        if scaling.is_none() && self.copy_chunks(source, &asked)? {
            if self.options.verify_copies {
                self.verify(source, request, &asked)?;
            }
        } else {
            self.copy_pixels(source, request, &asked, scaling, progress)?;
        }
        if has_mask {
            self.copy_mask(source, request, alpha, &asked)?;
        }
        let image = source.description().image();
        let all = Rect::new(0, 0, image.width, image.height);
        if self.options.copy_overviews && asked.pixels == Some(all) {
            self.copy_overviews(source, &asked.bands, alpha, scaling)?;
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
        source.foresee_copy(asked.overview, &rect, &asked.bands)?;
        let (row_shift, col_shift) = (rect.row_off / height, rect.col_off / width);
        // Chunks of a source may share their bytes, and make much of little.
        let (mut budget, mut allowed) = (Budget::new(&self.options.limits), view.len());
        for index in indices(&own, (&grid, row_shift, col_shift), table.known()) {
            let (row, col) = own.place_of(index);
            let (row, col) = (row.saturating_add(row_shift), col.saturating_add(col_shift));
            let from = grid.index(own.plane_of(index), row, col);
            source.work().map_or(Ok(()), Work::poll)?;
            let rows = if one { image.height } else { grid.stored(row, col).height };
            let raw = table.chunk(from, image.chunk_bytes(rows)).map_err(|e| e.in_chunk(from))?;
            // What is left out there is made up here, unless it is left out here too.
            if let Some(raw) = raw {
                let len = raw.len() as u64;
                budget.reserve(len.saturating_sub(allowed), "blocks that share their bytes")?;
                allowed = allowed.saturating_sub(len);
                self.image.store_raw(&mut self.space, index, Some(raw))?;
            }
        }
        Ok(true)
    }

    /// Decodes the pixels that are copied, and does not keep them: damage becomes an error, or a warning of the source.
    fn verify(&self, source: &Reader<'_>, request: &ReadRequest, asked: &Asked<'_>) -> Result<()> {
        let row = asked.shape.1.saturating_mul(self.count()).saturating_mul(self.dtype().size());
        let (block, _) = self.block_shape();
        parts(request, asked, row, block).try_for_each(|(_, part)| {
            with_sample_type(self.dtype(), CopyPart { source, request: part, scaled: None }).map(drop)
        })
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
        source.foresee_request(request)?;
        // Blocks that nobody writes hold the same as those that the source leaves out.
        let skips = self.image.fresh
            && scaling.is_none()
            && asked.image.data_type == self.dtype()
            && asked.image.photometric != Photometric::MASK
            && self.image.manner.empty == source.description().nodata();
        for (window, part) in parts(request, asked, row, block) {
            if let (true, Some(rect)) = (skips, &asked.pixels) {
                let rows = window.to_slices().0;
                let row_off = rect.row_off.saturating_add(rows.start);
                let part = Rect { row_off, height: rows.len(), ..*rect };
                if source.leaves_out(asked.overview, &part, &asked.bands)? {
                    continue;
                }
            }
            let nodata = self.options.metadata.nodata;
            let scaled = scaling.map(|scaling| Scaled { scaling, bands: &asked.bands, nodata });
            let pixels = with_sample_type(self.dtype(), CopyPart { source, request: part, scaled })?;
            self.write_window_dyn(window, &pixels)?;
            progress(window.to_slices().0.end as u64, height as u64);
        }
        Ok(())
    }

    /// Of an alpha band, counted from 1, or the mask of the first one.
    fn copy_mask(
        &mut self,
        source: &Reader<'_>,
        request: &ReadRequest,
        alpha: Option<usize>,
        asked: &Asked<'_>,
    ) -> Result<()> {
        let (block, _) = self.block_shape();
        for (window, part) in parts(request, asked, asked.shape.1, block) {
            let mask = mask_of(source, part, alpha)?;
            self.write_mask_window(window, &mask.index_axis_move(Axis(0), 0))?;
        }
        Ok(())
    }

    /// Copies the overviews of a source with their masks: not resampled again, but scaled and converted as the image is.
    fn copy_overviews(
        &mut self,
        source: &Reader<'_>,
        bands: &[usize],
        alpha: Option<usize>,
        scaling: Option<Scaling>,
    ) -> Result<()> {
        let images: Vec<Image> = source.overviews().cloned().collect();
        let options = self.options.overviews.clone();
        let all = source.description().image();
        let fits = |image: &Image| image.bands == all.bands && image.data_type == all.data_type;
        let most = self.options.most_overviews.unwrap_or(usize::MAX);
        let fitting: Vec<(usize, &Image)> =
            images.iter().enumerate().filter(|(_, image)| fits(image)).take(most).collect();
        let mut levels = Vec::new();
        for (_, image) in &fitting {
            levels.push(self.overview_of((image.width, image.height), &options, Cascade::Always)?);
        }
        let as_they_are = scaling.is_none()
            && (1..=all.bands).eq(bands.iter().copied())
            && self.dtype() == all.data_type
            && self.options.metadata.nodata == source.description().nodata();
        if as_they_are && !levels.is_empty() {
            // GDAL forgets the method of a source that it changes on the way.
            self.overviews_by = source.overview_resampling();
        }
        // Masks stand behind all images.
        for level in &levels {
            self.mask_overview(*level)?;
        }
        for ((at, image), level) in fitting.into_iter().zip(levels) {
            let request = ReadRequest::new().overview(at);
            let has_mask = self.overviews.get(level).is_some_and(|(_, mask)| mask.is_some());
            let mask = if has_mask { Some(mask_of(source, request.clone(), alpha)?) } else { None };
            let request = request.bands(bands.iter().copied());
            let nodata = self.options.metadata.nodata;
            let scaled = scaling.map(|scaling| Scaled { scaling, bands, nodata });
            let task = CopyPart { source, request, scaled };
            let pixels = with_sample_type(self.dtype(), task)?;
            self.begin()?;
            let Self { space, overviews, .. } = self;
            let Some((layer, masks)) = overviews.get_mut(level) else { continue };
            pixels.visit(WriteLayer { layer, space })?;
            if let (Some(layer), Some(mask)) = (masks, mask) {
                let rect = Rect::new(0, 0, image.width, image.height);
                layer.write_mask(space, &rect, mask.view())?;
            }
        }
        Ok(())
    }
}

/// Indices of the chunks of a grid that lie over chunks of another, shifted by rows and columns of chunks, of indices below
/// `known`.
fn indices(
    own: &ChunkGrid,
    (grid, row_shift, col_shift): (&ChunkGrid, usize, usize),
    known: u64,
) -> impl Iterator<Item = u64> {
    let (own, grid) = (*own, *grid);
    (0..own.planes()).flat_map(move |plane| {
        let from = move |row: &usize| grid.index(plane, row.saturating_add(row_shift), col_shift);
        let rows = (0..own.down()).take_while(move |row| from(row) < known);
        rows.flat_map(move |row| (0..own.across()).map(move |col| own.index(plane, row, col)))
    })
}

/// The mask of what is asked for: of an alpha band, counted from 1, or that of the first band.
fn mask_of(source: &Reader<'_>, request: ReadRequest, alpha: Option<usize>) -> Result<Array3<u8>> {
    match alpha {
        Some(alpha) => source.read(&request.bands([alpha]).dtype(DataType::Uint8)),
        None => source.read_masks(&request.any_dtype().bands([1])),
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
        // Both codes stand for the same streams.
        let compression = match image.compression {
            Compression::JXL => Compression::JXL_DNG,
            other => other,
        };
        let predictor = if image.predictor.0 == 0 { Predictor::NONE } else { image.predictor };
        (
            (compression, predictor, image.bits, image.sample_format, image.samples, image.planar),
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

/// How bands, counted from 1, are scaled, and what stands where there is nothing.
struct Scaled<'r> {
    scaling: Scaling,
    bands: &'r [usize],
    nodata: Option<Nodata>,
}

/// Reads a part in the data type of the file.
struct CopyPart<'r, 'a> {
    source: &'r Reader<'a>,
    request: ReadRequest,
    scaled: Option<Scaled<'r>>,
}

impl SampleTask for CopyPart<'_, '_> {
    type Output = Result<DynArray>;

    #[expect(clippy::cast_possible_truncation, reason = "single precision is what is wanted")]
    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let Self { source, request, scaled } = self;
        let Some(Scaled { scaling: Scaling { from: (low, high), to: (first, last) }, bands, nodata }) =
            scaled
        else {
            return source.read::<T>(&request.dtype(T::DATA_TYPE)).map(DynArray::from);
        };
        let pixels = source.read::<f64>(&request.dtype(DataType::Float64))?;
        // In GDAL's order and precision, for what lies in the middle between two whole numbers.
        let factor = (last - first) / (high - low);
        let offset = first - low * factor;
        let in_double = matches!(
            T::DATA_TYPE,
            DataType::Int32 | DataType::Uint32 | DataType::Int64 | DataType::Uint64 | DataType::Float64
        );
        let nothing = nodata.map_or_else(T::default, Nodata::cast);
        let mut made = Array3::from_elem(pixels.dim(), nothing);
        for ((band, from), mut to) in bands.iter().zip(pixels.outer_iter()).zip(made.outer_iter_mut()) {
            let absent = source.description().band_nodata(*band);
            to.zip_mut_with(&from, |to, value| {
                if !absent.is_some_and(|nodata| nodata.matches(*value)) {
                    let scaled = value * factor + offset;
                    *to = if in_double { convert(scaled) } else { convert(scaled as f32) };
                }
            });
        }
        Ok(made.into())
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
