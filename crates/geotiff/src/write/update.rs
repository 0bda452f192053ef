//! A file that is there, opened to be changed.

use super::chain::{Link, Part};
use super::choices::GeoKeysFlavor;
use super::claims::Claims;
use super::layer::{Layer, Manner};
use super::metadata::Metadata;
use super::options::CreateOptions;
use super::output::Output;
use super::space::{Space, failed};
use super::spec::ImageSpec;
use super::writer::{Writer, layers};
use crate::bytes::View;
use crate::compress::{Effort, JpegTables};
use crate::error::{Error, Result};
use crate::geo::{RasterType, Rpc};
use crate::image::Image;
use crate::layout::{ChunkGrid, ChunkTable};
use crate::limits::{Budget, Limits};
use crate::metadata::{IMAGE_STRUCTURE, Pam, PamEdit, found_jpeg_quality, ghost_edition, is_cog};
use crate::read::{Description, ReadWarnings, Reader};
use crate::tag::Photometric;

/// How a file is opened to be changed.
///
/// ```
/// use memtiff_geotiff::UpdateOptions;
///
/// let options = UpdateOptions::new().page(1).break_cog_layout(true);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateOptions {
    page: usize,
    break_cog_layout: bool,
    crs_beside: bool,
    parallel: bool,
    limits: Limits,
}

impl Default for UpdateOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl UpdateOptions {
    /// The first page, of a file that is no cloud-optimized GeoTIFF.
    #[must_use]
    pub fn new() -> Self {
        Self {
            page: 0,
            break_cog_layout: false,
            crs_beside: false,
            parallel: true,
            limits: Limits::default(),
        }
    }

    /// Which page is changed, counted from 0.
    #[must_use]
    pub fn page(self, page: usize) -> Self {
        Self { page, ..self }
    }

    /// Whether a cloud-optimized GeoTIFF may be changed, and be none afterwards: GDAL's `IGNORE_COG_LAYOUT_BREAK`.
    #[must_use]
    pub fn break_cog_layout(self, allowed: bool) -> Self {
        Self { break_cog_layout: allowed, ..self }
    }

    /// Whether a CRS that geokeys cannot hold goes into an `.aux.xml`: see
    /// [`CreateOptions::crs_beside`](crate::CreateOptions::crs_beside).
    #[must_use]
    pub fn crs_beside(self, allowed: bool) -> Self {
        Self { crs_beside: allowed, ..self }
    }

    /// Whether blocks may be encoded on several threads (with the feature `rayon`). The file is the same.
    #[must_use]
    pub fn parallel(self, parallel: bool) -> Self {
        Self { parallel, ..self }
    }

    /// The ceilings that hold.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Which page is changed, counted from 0.
    #[must_use]
    pub fn get_page(&self) -> usize {
        self.page
    }

    /// The ceilings that hold.
    #[must_use]
    pub fn get_limits(&self) -> &Limits {
        &self.limits
    }
}

impl<O: Output> Writer<O> {
    /// Opens the file that an output holds, to change it: blocks are written over where they fit, and appended where not;
    /// directories likewise. What is not changed stays as it is, to the last byte.
    ///
    /// # Errors
    ///
    /// When the output cannot be read or holds no TIFF, there is no such page, or the file is a cloud-optimized GeoTIFF, which
    /// any change makes an ordinary one: see [`UpdateOptions::break_cog_layout`].
    ///
    /// ```
    /// use memtiff_geotiff::{Description, Limits, UpdateOptions, Writer};
    ///
    /// # let file = include_bytes!("../../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let mut writer = Writer::update(file, UpdateOptions::new())?;
    /// writer.set_nodata(Some(7.0))?;
    /// let file = writer.finish()?;
    /// let description = Description::parse(&file, &Limits::default())?;
    /// assert_eq!(description.nodata().map(|nodata| nodata.as_f64()), Some(7.0));
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn update(output: O, options: UpdateOptions) -> Result<Self> {
        let content = output.content().map_err(|error| failed(&error))?;
        let content =
            content.ok_or_else(|| Error::usage("an output that cannot be read cannot be updated"))?;
        let description = Description::parse_page(&*content, options.page, &options.limits)?;
        let header = *description.header();
        let view = View::new(&*content, header.byte_order);
        let is_cog = is_cog(view);
        if is_cog && !options.break_cog_layout {
            return Err(Error::usage(
                "the file is a cloud-optimized GeoTIFF, and would be none after a change: break_cog_layout(true) \
                 (IGNORE_COG_LAYOUT_BREAK=YES) allows it, and repacking makes it one again",
            ));
        }
        let reader = Reader::new(&*content, &description);
        let mut budget = Budget::new(&options.limits);
        let mut layer = |image: &Image| layer(image, &description, view, &options, &mut budget);
        let mut image = layer(description.image())?;
        let masks = description.masks();
        let mut mask = masks.full.as_ref().map(&mut layer).transpose()?;
        let mut overviews = Vec::new();
        for (overview, mask) in description.overviews().iter().zip(&masks.overviews) {
            overviews.push((layer(overview)?, mask.as_ref().map(&mut layer).transpose()?));
        }
        let part = |directory: usize| {
            let is = |image: &Image| image.directory == directory;
            let at = |found: Option<usize>, part: fn(usize) -> Part| found.map(part);
            if is(description.image()) {
                return Some(Part::Image);
            }
            let of_masks = masks.overviews.iter().position(|mask| mask.as_ref().is_some_and(is));
            let mask = masks.full.as_ref().filter(|mask| is(mask)).map(|_| Part::Mask);
            mask.or(at(description.overviews().iter().position(is), Part::Overview))
                .or(at(of_masks, Part::OverviewMask))
        };
        let directories = description.directories();
        let mut claims = Claims::of(&header, directories);
        for (at, layer) in layers(&mut image, &mut mask, &mut overviews).enumerate() {
            claims.add(at, &layer.table, &mut budget)?;
        }
        let own = claims.settle();
        for (at, layer) in layers(&mut image, &mut mask, &mut overviews).enumerate() {
            layer.shared = !own.has_all(at, &layer.table);
        }
        let chain = Link::chain(directories, part, &own, header.variant, view)?;
        let mut create = CreateOptions::new().byte_order(header.byte_order).limits(options.limits);
        create.parallel = options.parallel;
        create.sparse = image.manner.sparse;
        create.metadata = Metadata { crs_beside: options.crs_beside, ..Metadata::of_file(&reader)? };
        let (len, edition) = (content.len() as u64, ghost_edition(view));
        drop(content);
        let mut space = Space::of(output, &header, len);
        space.most = options.limits.output();
        if let (true, Some(edition)) = (is_cog, edition) {
            space.put(edition, b"YES\n")?;
        }
        let led = Some((header.variant, header.first_directory));
        let page = options.page;
        let (told, read_warnings) = (Vec::new(), ReadWarnings::new());
        Ok(Self {
            space,
            options: create,
            told,
            image,
            mask,
            overviews,
            chain,
            led,
            page,
            source_len: None,
            stopped: None,
            aux_xml: None,
            overviews_by: None,
            read_warnings,
        })
    }

    /// Takes over the `.aux.xml` that stands beside the file: its items and descriptions of bands are merged with those of
    /// the file, and [`aux_xml`](Self::aux_xml) tells how it changes, so that no entry of it overrides what is set here.
    /// A CRS that geokeys cannot hold is put into it.
    ///
    /// # Errors
    ///
    /// When it is not well-formed XML, or exceeds the limits. The writer stays as it is.
    pub fn with_aux_xml(&mut self, xml: &[u8]) -> Result<()> {
        let limits = self.options.limits;
        let pam = Pam::parse(xml, &mut Budget::new(&limits))?;
        self.aux_xml = Some(PamEdit::parse(xml, &mut Budget::new(&limits))?);
        let bands = self.count();
        let Metadata { items, .. } = &mut self.options.metadata;
        // Those two describe how pixels are stored and where they lie; a file has tags for both.
        let plain = |domain: &str| domain != IMAGE_STRUCTURE && domain != Rpc::DOMAIN;
        for (domain, added) in pam.items.into_iter().filter(|(domain, _)| plain(domain)) {
            items.dataset.entry(domain).or_default().extend(added);
        }
        for (band, said) in pam.bands.into_iter().filter(|(band, _)| *band < bands) {
            for (domain, added) in said.items.into_iter().filter(|(domain, _)| plain(domain)) {
                items.bands.entry(band).or_default().entry(domain).or_default().extend(added);
            }
            items.roles.entry(band).or_default().extend(said.roles);
        }
        Ok(())
    }
}

impl<O: Output> Writer<O> {
    /// Begins another page of the file that an output holds: GDAL's `APPEND_SUBDATASET`. The page has the byte order of the
    /// file, and the file stays as large a kind of TIFF as it is.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); also when the output cannot be read or holds no TIFF.
    ///
    /// ```
    /// use memtiff_geotiff::{CreateOptions, DataType, Description, Limits, Writer};
    /// use ndarray::Array3;
    ///
    /// # let file = include_bytes!("../../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let options = CreateOptions::new().width(30).height(20).count(1).dtype(DataType::Uint8);
    /// let mut writer = Writer::append(file, options)?;
    /// writer.write(&Array3::<u8>::from_elem((1, 20, 30), 7))?;
    /// let file = writer.finish()?;
    /// assert_eq!(Description::parse(&file, &Limits::default())?.pages().len(), 2);
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn append(output: O, options: CreateOptions) -> Result<Self> {
        let content = output.content().map_err(|error| failed(&error))?;
        let content =
            content.ok_or_else(|| Error::usage("an output that cannot be read has no pages to add to"))?;
        let description = Description::parse(&*content, &options.limits)?;
        let header = *description.header();
        let view = View::new(&*content, header.byte_order);
        let directories = description.directories();
        let own = Claims::of(&header, directories).settle();
        let mut chain = Link::chain(directories, |_| None, &own, header.variant, view)?;
        chain.push(Link::new(Part::Image));
        let (len, page) = (content.len() as u64, description.pages().len());
        drop(content);
        let mut writer = Self::new(output, options.byte_order(header.byte_order))?;
        let most = writer.space.most;
        writer.space = Space::of(writer.space.output, &header, len);
        writer.space.most = most;
        (writer.chain, writer.page) = (chain, page);
        writer.led = Some((header.variant, header.first_directory));
        Ok(writer)
    }
}

/// An image of a file, to be written to.
fn layer(
    image: &Image,
    description: &Description,
    view: View<'_>,
    options: &UpdateOptions,
    budget: &mut Budget,
) -> Result<Layer> {
    let directory = description.directories().get(image.directory);
    let directory = directory.ok_or_else(|| Error::usage("an image without a directory"))?;
    let quality =
        found_jpeg_quality(image, &directory.fields(view))?.and_then(|(quality, _)| quality.try_into().ok());
    // New streams have all tables in themselves: those that the file has may be others.
    let jpeg_tables = JpegTables { quantization: false, huffman: false };
    let quality = quality.unwrap_or(Effort::default().quality);
    let spec = ImageSpec::of_directory(
        directory,
        view,
        Effort { quality, jpeg_tables, ..Effort::default() },
        budget,
    )?;
    let sparse = ChunkTable::of(image, view)?.is_sparse(ChunkGrid::of(&spec.image).chunks());
    let empty = if image.photometric == Photometric::MASK { None } else { description.nodata() };
    let manner = Manner { empty, sparse, parallel: options.parallel, limits: options.limits };
    Layer::of(image, view, spec, manner, budget)
}

impl Metadata {
    /// What a file says itself.
    pub(super) fn of_file(reader: &Reader<'_>) -> Result<Self> {
        let description = reader.description();
        let keys = description.geokeys();
        let mut items = description.items.clone();
        let mut defaults = description.tags().clone();
        defaults.remove(RasterType::ITEM);
        if !defaults.is_empty() {
            items.dataset.insert(String::new(), defaults);
        }
        Ok(Self {
            crs: None,
            geokeys: (!keys.is_empty()).then(|| keys.clone()),
            geotiff_version: None,
            flavor: GeoKeysFlavor::Standard,
            raster_type: description.raster_type(),
            transform: description.transform(),
            gcps: reader.gcps()?,
            rpcs: reader.rpcs()?,
            nodata: description.nodata(),
            items,
            colormap: Vec::new(),
            colorinterp: description.colorinterp().to_vec(),
            icc_profile: reader.icc_profile()?.unwrap_or_default().to_vec(),
            xmp: reader.xmp()?.unwrap_or_default().to_owned(),
            crs_beside: false,
        })
    }
}
