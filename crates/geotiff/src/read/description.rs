//! What a file says, read once and owned.

use std::sync::OnceLock;

use super::parts::{Masks, overviews};
use super::sidecars::{Said, SaidOfBand};
use crate::bytes::{Input, View};
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Affine, Bounds, Crs, GeoKeys, RasterType, transform};
use crate::ifd::{Directory, Header, Structure, walk};
use crate::image::{Image, SubfileType, irregularities};
use crate::limits::{Budget, Limits};
use crate::metadata::{
    AttributeTable, BY_TILE, BandStructure, ColorInterp, GdalItems, IMAGE_STRUCTURE, INTERLEAVE, Items,
    Nodata, baseline,
};
use crate::tag::{PlanarConfiguration, Tag};

/// What a file says: its structure, its images, where on Earth it is. Owns plain numbers and nothing of the
/// file's bytes, so that it can be kept, sent and shared; a [`Reader`](crate::Reader) joins both again.
///
/// ```
/// use memtiff_geotiff::{Compression, Description, Limits};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let description = Description::parse(bytes, &Limits::default())?;
/// assert_eq!(description.image().samples, 3);
/// assert_eq!(description.image().compression, Compression::DEFLATE);
/// assert_eq!(description.crs().and_then(|crs| crs.epsg()), Some(32633));
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Description {
    header: Header,
    directories: Vec<Directory>,
    pub(super) image: Image,
    overviews: Vec<Image>,
    raster_type: RasterType,
    pub(super) transform: Option<Affine>,
    keys: GeoKeys,
    pub(super) crs: OnceLock<Option<Crs>>,
    /// The CRS with the heights of the geokeys, for files of GeoTIFF 1.0.
    pub(super) with_heights: OnceLock<Option<Crs>>,
    /// Tiepoints without a scale are ground control points, and the CRS is theirs.
    pub(super) has_gcps: bool,
    nodata: Option<Nodata>,
    pub(crate) items: GdalItems,
    band_structure: BandStructure,
    pub(super) tags: Items,
    pub(super) colorinterp: Vec<ColorInterp>,
    masks: Masks,
    pages: Vec<usize>,
    pub(super) warnings: Vec<Error>,
    /// What is said of the file beside it.
    pub(super) said: Said,
}

impl Description {
    /// Reads the structure of a file and the description of its first image. Tables of chunks are not
    /// touched.
    ///
    /// # Errors
    ///
    /// When `data` is no TIFF, ends before its first directory does, or when that directory describes no
    /// image. Damage elsewhere is listed by [`warnings`](Self::warnings).
    pub fn parse<'a>(input: impl Into<Input<'a>>, limits: &Limits) -> Result<Self> {
        Self::parse_page(input, 0, limits)
    }

    /// As [`parse`](Self::parse), for another page than the first; pages are counted from 0. See
    /// [`pages`](Self::pages).
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); also when there is no such page.
    pub fn parse_page<'a>(input: impl Into<Input<'a>>, page: usize, limits: &Limits) -> Result<Self> {
        let input = input.into();
        let mut budget = Budget::new(limits);
        let Structure { header, directories, mut damage } = walk(input, limits, &mut budget)?;
        let view = View::new(input, header.byte_order);
        let pages = pages(&directories, view);
        let first = pages.get(page).and_then(|index| directories.get(*index)).ok_or_else(|| {
            Error::usage(format!("page {page} asked for, the file has {} (counted from 0)", pages.len()))
        })?;
        let fields = first.fields(view);
        let image = Image::parse(first, &fields)?;
        irregularities(&image, first, &fields, view.len(), &mut damage);
        let overviews = overviews(&image, &directories, view, &mut damage);
        let keys = GeoKeys::parse(&fields, &mut budget, &mut damage);
        let keys = tolerate(keys, &mut damage)?;
        damage.extend(Crs::warnings(&keys));
        let transform = tolerate(transform(&fields, keys.raster_type(), &mut budget), &mut damage)?;
        let nodata = tolerate(Nodata::parse(&fields, image.data_type), &mut damage)?;
        let items = tolerate(GdalItems::parse(&fields, &mut budget), &mut damage)?;
        let band_structure = tolerate(BandStructure::of(&image, &fields), &mut damage)?;
        let colorinterp = tolerate(ColorInterp::of(&image, &fields, &items), &mut damage)?;
        let mut tags = baseline(&fields, &mut budget, &mut damage)?;
        if fields.has(Tag::GEO_KEY_DIRECTORY) {
            tags.insert(RasterType::ITEM.to_owned(), keys.raster_type().to_string());
        }
        tags.extend(items.dataset.get("").cloned().unwrap_or_default());
        let masks = Masks::find(&image, &overviews, &directories, view, &mut damage);
        Ok(Self {
            header,
            image,
            overviews,
            items,
            band_structure,
            tags,
            colorinterp,
            masks,
            pages,
            raster_type: keys.raster_type(),
            transform,
            crs: OnceLock::new(),
            with_heights: OnceLock::new(),
            keys,
            has_gcps: transform.is_none() && fields.has(Tag::MODEL_TIEPOINT),
            nodata,
            warnings: damage,
            said: Said::default(),
            directories,
        })
    }

    /// The header: byte order, classic or BigTIFF.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// All directories, in the order in which they were met.
    #[must_use]
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// Indices of the directories that are pages: those of the main chain that are no reduced copy and no mask of
    /// another, and the first in any case.
    #[must_use]
    pub fn pages(&self) -> &[usize] {
        &self.pages
    }

    /// The image of the page, at full resolution.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Its reduced copies, in file order.
    #[must_use]
    pub fn overviews(&self) -> &[Image] {
        &self.overviews
    }

    /// What coordinates in the file refer to. [`transform`](Self::transform) has taken it into account.
    #[must_use]
    pub fn raster_type(&self) -> RasterType {
        self.raster_type
    }

    /// The transform from pixel corners to coordinates; `None` if the file has none.
    #[must_use]
    pub fn transform(&self) -> Option<Affine> {
        self.transform
    }

    /// The box around the image; in pixels if the file has no transform.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.transform.unwrap_or(Affine::IDENTITY).bounds(self.image.width, self.image.height)
    }

    /// The coordinate reference system; `None` if the file names none.
    #[must_use]
    pub fn crs(&self) -> Option<&Crs> {
        self.any_crs().filter(|_| !self.has_gcps && self.said.gcps.is_none())
    }

    fn any_crs(&self) -> Option<&Crs> {
        self.crs.get_or_init(|| Crs::from_geokeys(&self.keys)).as_ref()
    }

    /// The unit of the heights that the CRS or the geokeys describe; GDAL gives it to all bands. The keys of GeoTIFF 1.0
    /// have heights that are not part of the CRS.
    #[must_use]
    pub fn height_unit(&self) -> Option<&str> {
        let of_keys = || {
            let crs = self.with_heights.get_or_init(|| Crs::of_heights(&self.keys));
            crs.as_ref().and_then(Crs::vertical_unit)
        };
        self.any_crs().and_then(Crs::vertical_unit).or_else(of_keys).map(|(name, _)| name)
    }

    /// The geokeys, as they stand in the file.
    #[must_use]
    pub fn geokeys(&self) -> &GeoKeys {
        &self.keys
    }

    /// The coordinate reference system of the ground control points; `None` if there are none.
    #[must_use]
    pub fn gcps_crs(&self) -> Option<&Crs> {
        match &self.said.gcps {
            Some((_, crs)) => crs.as_ref(),
            None => self.any_crs().filter(|_| self.has_gcps),
        }
    }

    /// The value that means "nothing here" in the first band. A file has one for all bands; beside it there may be one
    /// for each: see [`band_nodata`](Self::band_nodata).
    #[must_use]
    pub fn nodata(&self) -> Option<Nodata> {
        self.band_nodata(1)
    }

    /// The value that means "nothing here" in a band, counted from 1.
    #[must_use]
    pub fn band_nodata(&self, band: usize) -> Option<Nodata> {
        self.said_of(band).and_then(|said| said.nodata).or(self.nodata)
    }

    /// Names of the values of a band, counted from 1, from 0 on; empty if they have none.
    #[must_use]
    pub fn category_names(&self, band: usize) -> &[String] {
        self.said_of(band).map(|said| said.categories.as_slice()).unwrap_or_default()
    }

    /// What the values of a band, counted from 1, mean; `None` if there is no such table.
    #[must_use]
    pub fn attribute_table(&self, band: usize) -> Option<&AttributeTable> {
        self.said_of(band)?.attributes.as_ref()
    }

    /// What is said beside the file of a band, counted from 1.
    pub(super) fn said_of(&self, band: usize) -> Option<&SaidOfBand> {
        self.said.bands.get(&band.checked_sub(1)?)
    }

    /// Items of the dataset in GDAL's default domain: its own, those of baseline tags (`TIFFTAG_SOFTWARE`, ...), and
    /// `AREA_OR_POINT`.
    #[must_use]
    pub fn tags(&self) -> &Items {
        &self.tags
    }

    /// Whether bands are apart, and their tiles of one place stand together all the same.
    #[must_use]
    pub fn is_by_tile(&self) -> bool {
        let said = self.xml_tags(IMAGE_STRUCTURE).and_then(|items| items.get(INTERLEAVE));
        let apart = self.image().planar == PlanarConfiguration::SEPARATE && self.image().bands > 1;
        apart && said.is_some_and(|value| value == BY_TILE)
    }

    /// Whether a band is an alpha that the colours are multiplied with.
    pub(crate) fn has_premultiplied_alpha(&self) -> bool {
        self.band_structure.has_premultiplied_alpha()
    }

    /// Items that GDAL's XML has of the dataset in a domain; in the default one all.
    pub(super) fn xml_tags(&self, domain: &str) -> Option<&Items> {
        if domain.is_empty() { Some(&self.tags) } else { self.items.dataset.get(domain) }
    }

    /// Names of the domains of GDAL's XML.
    pub(super) fn domains(&self) -> impl Iterator<Item = &str> {
        self.items.dataset.keys().map(String::as_str)
    }

    /// Items of a band (counted from 1) in a domain, "" for the default one.
    #[must_use]
    pub fn band_tags(&self, band: usize, domain: &str) -> Option<&Items> {
        let band = band.checked_sub(1).filter(|band| *band < self.image.bands)?;
        let structure = self.band_structure.items(band);
        if domain == IMAGE_STRUCTURE && !structure.is_empty() {
            return Some(structure);
        }
        self.items.bands.get(&band)?.get(domain)
    }

    /// What GDAL's metadata says of a band (counted from 1) in a role: `scale`, `offset`, `unittype` or
    /// `description`.
    #[must_use]
    pub fn band_role(&self, band: usize, role: &str) -> Option<&str> {
        self.items.roles.get(&band.checked_sub(1)?)?.get(role).map(String::as_str)
    }

    /// What each band is, as colour.
    #[must_use]
    pub fn colorinterp(&self) -> &[ColorInterp] {
        &self.colorinterp
    }

    /// Where masks come from.
    pub(crate) fn masks(&self) -> &Masks {
        &self.masks
    }

    /// What is wrong with the file and did not keep it from being read.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }
}

/// The directories that are pages.
fn pages(directories: &[Directory], view: View<'_>) -> Vec<usize> {
    let main_chain = directories.iter().filter(|directory| directory.parent.is_none());
    let is_page = |directory: &&Directory| {
        let kind = SubfileType::of(&directory.fields(view));
        directory.index == 0 || kind.is_ok_and(|kind| !kind.is_reduced() && !kind.is_mask())
    };
    main_chain.filter(is_page).map(|directory| directory.index).collect()
}

/// Damage that does not hide the pixels becomes a warning; a limit stays an error.
fn tolerate<T: Default>(result: Result<T>, damage: &mut Vec<Error>) -> Result<T> {
    match result {
        Err(error) if error.kind() != ErrorKind::Limit => {
            damage.push(error);
            Ok(T::default())
        }
        other => other,
    }
}
