//! Overviews: reduced copies of the image and its mask, each made of a larger one.

use ndarray::Array3;

use super::chain::{Link, Part};
use super::layer::{Layer, Manner};
use super::output::Output;
use super::overview_options::OverviewOptions;
use super::space::Space;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::image::Sample;
use crate::layout::{ChunkGrid, Rect};
use crate::limits::{self, Budget, Cost};
use crate::metadata::ColorInterp;
use crate::read::{Description, DynArray, ReadWarnings, Reader, Reduction, SampleTask, with_sample_type};
use crate::resample::Resampling;
use crate::tag::Photometric;

/// Bytes of new pixels that are made at once, about.
const AT_ONCE: usize = 16 << 20;

impl<O: Output> Writer<O> {
    /// Builds overviews of the image, and of its mask if it has one: reduced by `factors`, rounded up. Those that are there
    /// already are built anew, in their place; others are added. Of indices into a colour map, bilinear, cubic, cubic spline
    /// and Lanczos take the nearest, as reads do: GDAL 3.12 weighs the indices as numbers, which gives other colours.
    ///
    /// # Errors
    ///
    /// As [`build_overviews_with`](Self::build_overviews_with).
    ///
    /// ```
    /// use memtiff_geotiff::{CreateOptions, DataType, Description, Limits, Resampling, Writer};
    /// use ndarray::Array3;
    ///
    /// let options = CreateOptions::new().width(300).height(200).count(1).dtype(DataType::Uint8).tiled(64, 64);
    /// let mut writer = Writer::new(Vec::new(), options)?;
    /// writer.write(&Array3::<u8>::from_elem((1, 200, 300), 7))?;
    /// writer.build_overviews(&[2, 4], Resampling::Average)?;
    /// let file = writer.finish()?;
    /// let overviews = Description::parse(&file, &Limits::default())?.overviews().to_vec();
    /// assert_eq!(overviews.iter().map(|image| (image.height, image.width)).collect::<Vec<_>>(), [(100, 150), (50, 75)]);
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn build_overviews(&mut self, factors: &[usize], resampling: Resampling) -> Result<()> {
        let options = OverviewOptions::new().factors(factors.iter().copied());
        self.build_overviews_with(&options.resampling(resampling))
    }

    /// As [`build_overviews`](Self::build_overviews), with more to say.
    ///
    /// # Errors
    ///
    /// When a factor is less than 2, the output cannot be read, the image is compressed by a method that is read only (then
    /// another must be said), or its pixels cannot be resampled: the error says which.
    pub fn build_overviews_with(&mut self, options: &OverviewOptions) -> Result<()> {
        let sizes = self.overview_sizes(options)?;
        self.build_levels(&sizes, options, Cascade::AsGdal)
    }

    /// Builds overviews of these columns and rows.
    pub(super) fn build_levels(
        &mut self,
        sizes: &[(usize, usize)],
        options: &OverviewOptions,
        cascade: Cascade,
    ) -> Result<()> {
        if self.image().rendering.is_some() {
            return Err(Error::unsupported("overviews of colours that are shown as others"));
        }
        let len = self.space.content()?.ok_or_else(no_content)?.len() as u64;
        let len = self.source_len.map_or(len, |source| source.min(len));
        let cancel = self.space.cancel.clone();
        let effort = limits::Work::new(&self.options.limits, len, cancel.as_ref());
        let built = self.build_levels_in(sizes, options, cascade, &effort);
        self.stopped_by(built)
    }

    /// As [`build_levels`](Self::build_levels), as a part of an operation.
    fn build_levels_in(
        &mut self,
        sizes: &[(usize, usize)],
        options: &OverviewOptions,
        cascade: Cascade,
        effort: &limits::Work<'_>,
    ) -> Result<()> {
        // Before anything is made that has so many blocks.
        let mut blocks = 0_u64;
        for size in sizes {
            let spec = self.image.spec.overview(*size, options)?;
            blocks = blocks.saturating_add(ChunkGrid::of(&spec.image).chunks());
        }
        effort.foresee(&Cost { blocks, ..Cost::default() })?;
        // A file that is changed can be read already.
        if let (Some(content), Ok(description)) = (self.space.content()?, self.described()) {
            let reader = Reader::new(&*content, &description).with_limits(self.options.limits);
            reader.with_work(effort).foresee_reduction(None, false)?;
        }
        let mut levels = Vec::new();
        for size in sizes {
            levels.push(self.overview_of(*size, options, cascade)?);
        }
        // Masks stand behind all images.
        for level in &levels {
            self.mask_overview(*level)?;
        }
        // They need places before they can be read back.
        self.flush()?;
        // Masks, and bands that are made one by one, GDAL makes from the largest on; others in the order in which they are
        // asked for.
        let width = |level: &usize| self.overviews.get(*level).map(|(layer, _)| layer.image().width);
        let mut sorted = levels.clone();
        sorted.sort_by_key(|level| std::cmp::Reverse(width(level)));
        if cascade == Cascade::AsGdal && self.is_reduced_by_band()? {
            levels.clone_from(&sorted);
        }
        sorted.retain(|level| self.overviews.get(*level).is_some_and(|(_, mask)| mask.is_some()));
        for (levels, is_mask) in [(&sorted, true), (&levels, false)] {
            for (at, level) in levels.iter().enumerate() {
                let before = levels.get(..at).unwrap_or_default();
                self.build_overview((*level, before), is_mask, options.resampling, cascade, effort)?;
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Whether GDAL makes overviews band by band: unless bands stand together, or one says what is valid in the others.
    fn is_reduced_by_band(&self) -> Result<bool> {
        let has_alpha = self.described()?.colorinterp().contains(&ColorInterp::Alpha);
        Ok(self.image.spec.separate && !has_alpha || self.dtype().is_complex())
    }

    /// What the file says of the page, as far as it is written.
    pub(super) fn described(&self) -> Result<Description> {
        let content = self.space.content()?.ok_or_else(no_content)?;
        Description::parse_page(&*content, self.page, &self.options.limits)
    }

    /// Columns and rows of each, as GDAL rounds them.
    fn overview_sizes(&self, options: &OverviewOptions) -> Result<Vec<(usize, usize)>> {
        let (width, height) = (self.width(), self.height());
        let reduced = |factor: usize| (width.div_ceil(factor), height.div_ceil(factor));
        let factors = match options.factors.as_slice() {
            [] => {
                let block = options.block_size.unwrap_or(256);
                let powers = (1..usize::BITS).map(|power| 1_usize << power);
                let larger = |factor: &usize| {
                    let (width, height) = reduced(factor / 2);
                    width > block || height > block
                };
                powers.take_while(larger).collect()
            }
            factors => factors.to_vec(),
        };
        if let Some(factor) = factors.iter().find(|factor| **factor < 2) {
            return Err(Error::usage(format!(
                "an overview factor of {factor}: whole numbers from 2 on are possible"
            )));
        }
        // One of that factor may be there that was rounded in another way: those of COGs are.
        let there = |factor: usize| {
            let mut images = self.overviews.iter().map(|(layer, _)| layer.image());
            let found = images.find(|image| image.factor_in(self.image()) == factor);
            found.map(|image| (image.width, image.height))
        };
        let mut sizes = Vec::new();
        for size in factors.into_iter().map(|factor| there(factor).unwrap_or_else(|| reduced(factor))) {
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
        Ok(sizes)
    }

    /// The overview of a size: the one that is there, or a new one.
    pub(super) fn overview_of(
        &mut self,
        (width, height): (usize, usize),
        options: &OverviewOptions,
        cascade: Cascade,
    ) -> Result<usize> {
        let same = |layer: &Layer| (layer.image().width, layer.image().height) == (width, height);
        let level = match self.overviews.iter().position(|(layer, _)| same(layer)) {
            Some(level) => level,
            None => {
                let mut spec = self.image.spec.overview((width, height), options)?;
                spec.set_nodata(self.options.metadata.nodata, self.options.profile);
                self.overviews.push((Layer::new(spec, self.image.manner)?, None));
                let level = self.overviews.len().saturating_sub(1);
                self.link(Part::Overview(level));
                level
            }
        };
        if !self.chain.iter().any(|link| link.part == Some(Part::Overview(level))) {
            return Err(Error::unsupported(
                "building overviews anew that stand in SubIFDs: remove them first",
            ));
        }
        if let (Some((layer, _)), Cascade::AsGdal) = (self.overviews.get_mut(level), cascade) {
            layer.spec.set_resampling(options.resampling, self.options.profile);
            layer.changed = true;
        }
        Ok(level)
    }

    /// Makes sure that an overview has a mask, if the image has one.
    pub(super) fn mask_overview(&mut self, level: usize) -> Result<()> {
        let manner = Manner { empty: None, ..self.image.manner };
        if let (Some(_), Some((layer, mask @ None))) = (&self.mask, self.overviews.get_mut(level)) {
            *mask = Some(Layer::new(layer.spec.mask()?, manner)?);
            self.link(Part::OverviewMask(level));
        }
        Ok(())
    }

    /// Adds a directory, behind those of the page.
    fn link(&mut self, part: Part) {
        let last = self.chain.iter().rposition(|link| link.part.is_some());
        self.chain.insert(last.map_or(0, |at| at.saturating_add(1)), Link::new(part));
    }

    /// Removes all overviews. Their bytes stay, unless the file is repacked.
    pub fn remove_overviews(&mut self) {
        let in_chain = |part| self.chain.iter().any(|link| link.part == Some(part));
        if (0..self.overviews.len()).any(|level| !in_chain(Part::Overview(level))) {
            self.image.spec.drop_sub_directories();
            self.image.changed = true;
        }
        self.overviews.clear();
        self.chain.retain(|link| !matches!(link.part, Some(Part::Overview(_) | Part::OverviewMask(_))));
    }

    /// Makes the pixels of an overview, or of its mask, if it has one; `before` are the levels that were made already.
    fn build_overview(
        &mut self,
        (level, before): (usize, &[usize]),
        is_mask: bool,
        method: Resampling,
        cascade: Cascade,
        effort: &limits::Work<'_>,
    ) -> Result<()> {
        let description = self.described()?;
        let from = self.source_of(level, before, is_mask, method, cascade)?;
        let parallel = self.options.parallel;
        // A mask or an alpha band takes part in what becomes of nodata, and colours in what becomes of indices.
        let decided = self.mask.is_some() || description.colorinterp().contains(&ColorInterp::Alpha);
        let skips = (method == Resampling::Nearest || self.image().photometric != Photometric::PALETTE)
            && (description.nodata().is_none() || !decided);
        let Self { space, overviews, read_warnings: warnings, .. } = self;
        let Some((layer, mask)) = overviews.get_mut(level) else { return Ok(()) };
        let work =
            Work { description: &description, warnings, from, method, parallel, is_mask, skips, effort };
        match mask {
            _ if !is_mask => with_sample_type(layer.image().data_type, Build { work, layer, space }),
            Some(layer) => Build { work, layer, space }.run::<u8>(),
            None => Ok(()),
        }
    }

    /// The overview that another one, or its mask, is made of; `None` for the full image.
    fn source_of(
        &self,
        level: usize,
        before: &[usize],
        is_mask: bool,
        method: Resampling,
        cascade: Cascade,
    ) -> Result<Option<usize>> {
        let width = |level: usize| self.overviews.get(level).map_or(0, |(layer, _)| layer.image().width);
        let larger = before.last().copied().filter(|last| width(*last) > width(level));
        let nearest = method == Resampling::Nearest;
        let full = match cascade {
            // Of complex numbers GDAL takes the nearest ones from the image itself.
            Cascade::Always => nearest && !is_mask && self.dtype().is_complex(),
            Cascade::AsGdal if is_mask => nearest,
            Cascade::AsGdal => (nearest || self.mask.is_some()) && self.is_reduced_by_band()?,
        };
        Ok(larger.filter(|_| !full))
    }
}

/// Whether an overview is made of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cascade {
    /// Where GDAL does so.
    AsGdal,
    /// As its COG driver does, which does not name the method either.
    Always,
}

fn no_content() -> Error {
    Error::usage("overviews are made of what was written, and this output cannot be read")
}

/// What an overview is made of, and how.
#[derive(Debug, Clone, Copy)]
struct Work<'w> {
    description: &'w Description,
    warnings: &'w ReadWarnings,
    from: Option<usize>,
    method: Resampling,
    parallel: bool,
    is_mask: bool,
    /// Whether what is made of nothing but blocks that are left out is the same as blocks that are left out.
    skips: bool,
    effort: &'w limits::Work<'w>,
}

/// Makes the pixels of one image, in its data type.
struct Build<'w, O> {
    work: Work<'w>,
    layer: &'w mut Layer,
    space: &'w mut Space<O>,
}

impl<O: Output> SampleTask for Build<'_, O> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let Self { work, layer, space } = self;
        let image = layer.image();
        let (width, height) = (image.width, image.height);
        let (tile_width, tile_height) = (image.chunk_width.max(1), image.chunk_height.max(1));
        let all: Vec<usize> = (0..image.samples).collect();
        // Bands that are apart are made one by one, so that those that are left out cost nothing.
        let together = if layer.grid.planes() > 1 { 1 } else { all.len().max(1) };
        let column_bytes = tile_height.saturating_mul(together).saturating_mul(size_of::<T>());
        let columns = AT_ONCE.checked_div(column_bytes).unwrap_or(1).max(1).next_multiple_of(tile_width);
        // As many rows of tiles as go at once, where whole rows do.
        let tiles = AT_ONCE.checked_div(column_bytes.saturating_mul(width)).unwrap_or(1).max(1);
        let step = tile_height.saturating_mul(tiles);
        work.foresee::<O>(layer, space)?;
        // Blocks of an overview that is built anew are written over.
        let skips = work.skips && layer.fresh;
        let rects = (0..height).step_by(step).flat_map(|row_off| {
            let rows = step.min(height.saturating_sub(row_off));
            (0..width).step_by(columns).map(move |col_off| {
                Rect::new(col_off, row_off, columns.min(width.saturating_sub(col_off)), rows)
            })
        });
        for (samples, rect) in
            all.chunks(together).flat_map(|samples| rects.clone().map(move |rect| (samples, rect)))
        {
            work.effort.poll()?;
            if skips && work.makes_nothing(layer, &rect, samples, space)? {
                continue;
            }
            let made = work.make::<T, O>(layer, &rect, samples, space)?;
            layer.write_samples(space, samples, &rect, made.view())?;
        }
        layer.encode_waiting(space)
    }
}

impl Work<'_> {
    /// Fails at once where the image cannot be made.
    fn foresee<O: Output>(&self, layer: &Layer, space: &Space<O>) -> Result<()> {
        let content = space.content()?.ok_or_else(no_content)?;
        let reader = Reader::new(&*content, self.description).with_limits(layer.manner.limits);
        reader.with_work(self.effort).foresee_reduction(self.from, self.is_mask)
    }

    /// Whether new pixels of a rectangle are made of nothing but blocks that the file leaves out.
    fn makes_nothing<O: Output>(
        &self,
        layer: &Layer,
        rect: &Rect,
        samples: &[usize],
        space: &Space<O>,
    ) -> Result<bool> {
        let content = space.content()?.ok_or_else(no_content)?;
        let reader = Reader::new(&*content, self.description);
        reader.reduces_nothing(&self.reduction(layer, rect, samples), self.is_mask)
    }

    fn reduction<'r>(&self, layer: &Layer, rect: &'r Rect, samples: &'r [usize]) -> Reduction<'r> {
        let shape = (layer.image().height, layer.image().width);
        Reduction { from: self.from, shape, rect, samples, method: self.method, parallel: self.parallel }
    }

    /// New pixels of a rectangle: shape (band, row, column).
    fn make<T: Sample, O: Output>(
        &self,
        layer: &Layer,
        rect: &Rect,
        samples: &[usize],
        space: &Space<O>,
    ) -> Result<Array3<T>> {
        let (image, limits) = (layer.image(), &layer.manner.limits);
        let content = space.content()?.ok_or_else(no_content)?;
        let reader = Reader::new(&*content, self.description).with_limits(*limits);
        let reader = reader.with_work(self.effort).with_warnings(self.warnings);
        let shape = (samples.len(), rect.height, rect.width);
        let count = shape.0.saturating_mul(shape.1).saturating_mul(shape.2);
        let mut budget = Budget::new(limits);
        let zeros = budget.zeros::<T>(count, "pixels of an overview")?;
        let mut made = Array3::from_shape_vec(shape, zeros).map_err(|e| Error::usage(e.to_string()))?;
        let reduction = self.reduction(layer, rect, samples);
        if !self.is_mask {
            reader.reduce(&reduction, made.view_mut())?;
            return Ok(made);
        }
        let zeros = budget.zeros::<u8>(count, "the mask of an overview")?;
        let mut mask = Array3::from_shape_vec(shape, zeros).map_err(|e| Error::usage(e.to_string()))?;
        reader.reduce_mask(&reduction, mask.view_mut())?;
        let valid = T::from_u64(if image.bits == 1 { 1 } else { u8::MAX.into() });
        made.zip_mut_with(&mask, |made, mask| *made = if *mask == 0 { T::default() } else { valid });
        Ok(made)
    }
}
