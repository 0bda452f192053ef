//! Cloud-optimized GeoTIFFs, laid out as GDAL's COG driver does it.

use std::io::Write;
use std::ops::{Deref, DerefMut};

use super::arrange::{Arrangement, Layout};
use super::choices::{BigTiff, Compress, Interleave};
use super::options::CreateOptions;
use super::output::Output;
use super::overview_options::OverviewOptions;
use super::overviews::Cascade;
use super::space::no_content;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::image::DataType;
use crate::metadata::{BY_TILE, IMAGE_STRUCTURE, INTERLEAVE, OVERVIEW_RESAMPLING};
use crate::read::{Description, Reader};
use crate::resample::Resampling;
use crate::tag::{Photometric, Predictor};

/// Columns and rows of a tile, unless they are said.
const BLOCK: usize = 512;

/// Whether overviews are built: GDAL's `OVERVIEWS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CogOverviews {
    /// Those that the source has; if it has none, or there is no source, they are built.
    #[default]
    Auto,
    /// They are built in any case.
    IgnoreExisting,
    /// Those that the source has.
    ForceUseExisting,
    /// None.
    None,
}

/// What a cloud-optimized GeoTIFF is to be: all that a [`CreateOptions`] says, and how its overviews are made.
///
/// Unless it is said otherwise, tiles have 512 columns and rows and are compressed as the source is, or by LZW, and there are
/// overviews, each half as large as the one before (rounded down), until one fits into a tile; their pixels are made by cubic
/// convolution, of indices into a colour map by taking the nearest.
///
/// ```
/// use memtiff_geotiff::{CogOptions, Compress, CreateOptions, DataType, Predictor, Resampling};
///
/// let create = CreateOptions::new().width(5000).height(4000).count(1).dtype(DataType::Float32);
/// let options = CogOptions::from(create.compress(Compress::Zstd).predictor(Predictor::FLOATING_POINT))
///     .block_size(256)
///     .overview_resampling(Resampling::Average);
/// // As GDAL has it.
/// let options = options.option("LEVEL", "12")?.option("OVERVIEW_COMPRESS", "LZW")?;
/// # let _ = options;
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CogOptions {
    pub(super) create: CreateOptions,
    pub(super) block_size: Option<usize>,
    pub(super) overviews: OverviewOptions,
    pub(super) resampling: Option<Resampling>,
    /// `RESAMPLING`, which says it of overviews too unless `OVERVIEW_RESAMPLING` does.
    pub(super) resampling_of_all: Option<Resampling>,
    pub(super) count: Option<usize>,
    pub(super) existing: CogOverviews,
    /// `PREDICTOR=YES`: that of the data type.
    pub(super) predictor_of_type: bool,
    pub(super) overview_predictor_of_type: bool,
    pub(super) quality: Option<u8>,
    /// Whether the last band is the alpha of a source, which can be written as a mask.
    pub(super) alpha_as_mask: bool,
}

impl Default for CogOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<CreateOptions> for CogOptions {
    fn from(create: CreateOptions) -> Self {
        let overviews = create.overviews.clone();
        Self {
            create,
            block_size: None,
            overviews,
            resampling: None,
            resampling_of_all: None,
            count: None,
            existing: CogOverviews::Auto,
            predictor_of_type: false,
            overview_predictor_of_type: false,
            quality: None,
            alpha_as_mask: false,
        }
    }
}

impl CogOptions {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        CreateOptions::new().into()
    }

    /// Changes what is said of the image itself.
    #[must_use]
    pub fn create(self, change: impl FnOnce(CreateOptions) -> CreateOptions) -> Self {
        Self { create: change(self.create), ..self }
    }

    /// Columns and rows of a tile, a multiple of 16.
    #[must_use]
    pub fn block_size(self, pixels: usize) -> Self {
        Self { block_size: Some(pixels), ..self }
    }

    /// How pixels of overviews are made.
    #[must_use]
    pub fn overview_resampling(self, resampling: Resampling) -> Self {
        Self { resampling: Some(resampling), ..self }
    }

    /// How many overviews there are; until one fits into a tile unless it is said.
    #[must_use]
    pub fn overview_count(self, count: usize) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Whether overviews are built.
    #[must_use]
    pub fn overviews(self, overviews: CogOverviews) -> Self {
        Self { existing: overviews, ..self }
    }

    /// How overviews are stored, where it is another way than the image is. What it says of factors and resampling is not
    /// asked.
    #[must_use]
    pub fn overview_options(self, options: OverviewOptions) -> Self {
        Self { overviews: options, ..self }
    }

    /// The ceilings that hold.
    #[must_use]
    pub fn get_limits(&self) -> &crate::limits::Limits {
        self.create.get_limits()
    }

    /// What the image is to be, as it is written first.
    fn decided(&self) -> Result<CreateOptions> {
        let block = self.block_size.unwrap_or(match (self.create.tiled, self.create.block_width) {
            (true, Some(width)) if self.create.block_height == Some(width) => width,
            _ => BLOCK,
        });
        let mut create = self.create.clone().tiled(block, block);
        let compressed = create.inherited.compress.filter(|compress| *compress != Compress::None);
        create.compress = create.compress.or(compressed).or(Some(Compress::Lzw));
        if let Some(quality) = self.quality {
            match create.compress {
                Some(Compress::Jpeg) => create.jpeg_quality = Some(quality),
                // Lossless at any quality but GDAL's lossy ones.
                _ => return Err(Error::usage("QUALITY is for COMPRESS=JPEG")),
            }
        }
        let jpeg = create.compress == Some(Compress::Jpeg);
        if let (true, true, Some(count)) = (jpeg, self.alpha_as_mask, create.count) {
            // JPEG would make something else of it.
            let others: Vec<usize> = (1..count).collect();
            create.take_bands(&others);
            (create.count, create.alpha_as_mask) = (Some(others.len()), true);
        }
        if self.create.compress.is_some_and(|compress| compress != Compress::None) {
            // GDAL's driver keeps the interleaving of a source only where no compression is asked for.
            create.inherited.interleave = None;
        }
        let together = create.wanted_interleave() == Interleave::Pixel;
        if jpeg && together && create.photometric.is_none() && create.count == Some(3) {
            create.photometric = Some(Photometric::YCBCR);
        }
        if self.predictor_of_type {
            create.predictor = Some(predictor_of(&create));
        }
        if create.interleave == Some(Interleave::Tile) {
            create.interleave = Some(Interleave::Band);
        }
        // A copy takes them over, if all of an image is copied.
        create.copy_overviews = matches!(self.existing, CogOverviews::Auto | CogOverviews::ForceUseExisting);
        create.most_overviews = self.count;
        create.overviews = self.overviews_of(&create, block);
        Ok(create)
    }

    /// How overviews of an image are stored.
    fn overviews_of(&self, image: &CreateOptions, block: usize) -> OverviewOptions {
        let mut options = self.overviews.clone();
        options.block_size = options.block_size.or(Some(block));
        if self.overview_predictor_of_type {
            options.predictor = Some(predictor_of(image));
        }
        if options.compress.is_some_and(Compress::has_predictor) && options.predictor.is_none() {
            // That of the image, unless another is said.
            options.predictor = Some(image.wanted_predictor());
        }
        options
    }
}

/// The predictor that suits a data type.
fn predictor_of(create: &CreateOptions) -> Predictor {
    match create.dtype {
        Some(DataType::Float32 | DataType::Float64) if create.nbits != Some(16) => Predictor::FLOATING_POINT,
        _ => Predictor::HORIZONTAL,
    }
}

/// A cloud-optimized GeoTIFF while it is written. It takes pixels in any order, and all that a [`Writer`] is told, into an
/// output that is kept aside (a `Vec`, say); at the end overviews are built, if there are none, and the blocks are put, as they
/// are, where they belong: by [`finish`](Self::finish) on their way to a sink, by [`finish_in_place`](Self::finish_in_place) in
/// the memory that holds them.
///
/// ```
/// use memtiff_geotiff::{CogOptions, CogWriter, CreateOptions, DataType, Description, Limits};
/// use ndarray::Array3;
///
/// let create = CreateOptions::new().width(600).height(600).count(1).dtype(DataType::Uint8);
/// let mut writer = CogWriter::new(Vec::new(), create)?;
/// writer.write(&Array3::<u8>::from_elem((1, 600, 600), 7))?;
/// let mut file = Vec::new();                        // or a socket: it is written from the beginning to the end
/// writer.finish(&mut file)?;
///
/// let description = Description::parse(&file, &Limits::default())?;
/// assert_eq!(description.overviews().len(), 1);
/// assert_eq!(&file[8..38], b"GDAL_STRUCTURAL_METADATA_SIZE=");
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug)]
pub struct CogWriter<O> {
    writer: Writer<O>,
    options: CogOptions,
}

impl<O: Output> CogWriter<O> {
    /// Begins a file; `aside` holds it until it is whole, and must be readable.
    ///
    /// # Errors
    ///
    /// As [`Writer::new`].
    pub fn new(aside: O, options: impl Into<CogOptions>) -> Result<Self> {
        let options = options.into();
        Ok(Self { writer: Writer::new(aside, options.decided()?)?, options })
    }

    /// Builds overviews, if that is wanted and there are none, and writes the whole file, from the beginning to the end.
    ///
    /// # Errors
    ///
    /// When blocks cannot be encoded, pixels cannot be resampled, or an output fails.
    pub fn finish(mut self, sink: impl Write) -> Result<()> {
        self.complete()?;
        let content = self.writer.space.content()?.ok_or_else(no_content)?;
        self.arrangement(&content)?.write_to(&content, sink)
    }

    /// As [`finish`](Self::finish), for who wants the file in memory: it is put together where it was kept aside, if the
    /// output gives its bytes away (see [`Output::take`]), so that it is not there twice. Nothing can be written after it.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    ///
    /// ```
    /// use memtiff_geotiff::{CogWriter, CreateOptions, DataType};
    /// use ndarray::Array3;
    ///
    /// let create = CreateOptions::new().width(600).height(600).count(1).dtype(DataType::Uint8);
    /// let mut writer = CogWriter::new(Vec::new(), create)?;
    /// writer.write(&Array3::<u8>::from_elem((1, 600, 600), 7))?;
    /// let file: Vec<u8> = writer.finish_in_place()?;
    /// assert_eq!(&file[8..38], b"GDAL_STRUCTURAL_METADATA_SIZE=");
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn finish_in_place(&mut self) -> Result<Vec<u8>> {
        self.complete()?;
        let content = self.writer.space.content()?.ok_or_else(no_content)?;
        let arrangement = self.arrangement(&content)?;
        drop(content);
        let mut content = self.writer.space.take()?;
        arrangement.apply(&mut content)?;
        Ok(content)
    }

    /// Completes what is kept aside, overviews included.
    fn complete(&mut self) -> Result<()> {
        if self.is_by_tile() {
            self.say(INTERLEAVE, BY_TILE)?;
        }
        self.writer.complete()?;
        self.build()?;
        if let Some(method) = self.resampling()? {
            self.say(OVERVIEW_RESAMPLING, &method)?;
        }
        self.writer.complete()
    }

    /// Adds an item to those that tell how the image is stored.
    fn say(&mut self, name: &str, value: &str) -> Result<()> {
        let items = [(name.to_owned(), value.to_owned())].into_iter().collect();
        self.writer.update_tags(IMAGE_STRUCTURE, items)
    }

    /// The name of the method by which the overviews were made; `None` if there are none, or nobody knows it.
    fn resampling(&self) -> Result<Option<String>> {
        if self.writer.overviews.is_empty() {
            return Ok(None);
        }
        if let Some(method) = &self.writer.overviews_by {
            return Ok(Some(method.clone()));
        }
        // Overviews that were built before the file was finished carry the name.
        let description = self.writer.described()?;
        let content = self.writer.space.content()?.ok_or_else(no_content)?;
        Ok(Reader::new(&*content, &description).overview_resampling())
    }

    fn is_by_tile(&self) -> bool {
        self.options.create.interleave == Some(Interleave::Tile)
    }

    fn arrangement(&self, content: &[u8]) -> Result<Arrangement> {
        let limits = &self.writer.options.limits;
        let description = Description::parse(content, limits)?;
        let by_tile = self.is_by_tile();
        let may_grow = self.options.create.bigtiff != BigTiff::No;
        Arrangement::of(content, &description, Layout::Cog { by_tile }, may_grow, limits)
    }

    /// Whether GDAL has a colour table for the values of the image: that of the file, or one that it makes up.
    fn has_colors_of_values(&self) -> bool {
        let image = self.writer.image();
        let ramp = match image.photometric {
            Photometric::MIN_IS_BLACK => image.bits == 1,
            photometric => photometric == Photometric::MIN_IS_WHITE,
        };
        let indices = image.photometric == Photometric::PALETTE || self.writer.options.inherited.indices;
        indices || (ramp && image.samples == 1)
    }

    fn build(&mut self) -> Result<()> {
        let there = !self.writer.overviews.is_empty();
        let wanted = match self.options.existing {
            CogOverviews::None | CogOverviews::ForceUseExisting => false,
            CogOverviews::Auto => !there,
            CogOverviews::IgnoreExisting => true,
        };
        if !wanted {
            return Ok(());
        }
        let (mut width, mut height) = (self.writer.width(), self.writer.height());
        let (block, _) = self.writer.block_shape();
        let mut sizes = Vec::new();
        let enough = |count: usize, width: usize, height: usize| match self.options.count {
            Some(wanted) => count >= wanted || (width, height) == (1, 1),
            None => width <= block && height <= block,
        };
        while !enough(sizes.len(), width, height) {
            (width, height) = ((width / 2).max(1), (height / 2).max(1));
            sizes.push((width, height));
        }
        let usual = if self.has_colors_of_values() || self.writer.dtype().is_complex() {
            Resampling::Nearest
        } else {
            Resampling::Cubic
        };
        let resampling = self.options.resampling.or(self.options.resampling_of_all).unwrap_or(usual);
        let options = self.writer.options.overviews.clone().resampling(resampling);
        self.writer.build_levels(&sizes, &options, Cascade::Always)?;
        self.writer.overviews_by = Some(resampling.gdal_name());
        Ok(())
    }
}

impl<O> Deref for CogWriter<O> {
    type Target = Writer<O>;

    fn deref(&self) -> &Self::Target {
        &self.writer
    }
}

impl<O> DerefMut for CogWriter<O> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.writer
    }
}
