//! What texts beside a file say of it, and which of them counts.

use std::collections::BTreeMap;

use super::description::Description;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::geo::{Affine, Crs, Gcp, RasterType, Tab, rpb_items, rpc_txt_items};
use crate::limits::{Budget, Limits};
use crate::metadata::{AttributeTable, IMAGERY, IMD, Items, KIND, Nodata, Pam, PamGcps, Satellite};

/// Texts that stand beside a GeoTIFF and say more of it, parsed. [`Description::with_sidecars`] applies them, in GDAL's
/// order: an `.aux.xml` counts before what the file says, a MapInfo table and a world file behind; an `.RPB` counts before a `_RPC.TXT`,
/// that before the file's RPCs, and those before the RPCs of an `.aux.xml`.
///
/// ```
/// use memtiff_geotiff::{Affine, Description, Limits, Sidecars};
///
/// # let bytes = include_bytes!("../../../../testdata/u8_none_strip.tif");
/// let limits = Limits::default();
/// let mut sidecars = Sidecars::new();
/// sidecars.world_file(b"10\n0\n0\n-10\n505\n4995\n")?;
/// sidecars.pam(b"<PAMDataset><SRS>EPSG:32633</SRS></PAMDataset>", &limits)?;
/// let description = Description::parse(bytes, &limits)?.with_sidecars(&sidecars);
/// assert_eq!(description.transform(), Some(Affine::from_origin(500.0, 5000.0, 10.0, 10.0)));
/// assert_eq!(description.crs().and_then(|crs| crs.epsg()), Some(32633));
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sidecars {
    pam: Option<Pam>,
    world: Option<Affine>,
    tab: Option<Tab>,
    rpb: Option<Items>,
    rpc_txt: Option<Items>,
    satellite: Option<Satellite>,
}

/// What of them has no place in the file's own words.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The points, and their CRS.
    pub(super) gcps: Option<(Vec<Gcp>, Option<Crs>)>,
    /// Items that count before those of the file's structure.
    pub(super) structure: Items,
    /// RPCs of texts, which count before the file's; not those of an `.aux.xml`.
    pub(super) rpc: Option<Items>,
    /// By band, counted from 0.
    pub(super) bands: BTreeMap<usize, SaidOfBand>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct SaidOfBand {
    pub(super) nodata: Option<Nodata>,
    pub(super) colormap: Option<Vec<[u8; 4]>>,
    pub(super) categories: Vec<String>,
    pub(super) attributes: Option<AttributeTable>,
}

impl Sidecars {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an `.aux.xml`, GDAL's "persistent auxiliary metadata": CRS, transform, ground control points, items, and of
    /// bands nodata, description, unit, scale, offset, colour and colour map, names of values, attribute table, and
    /// items, statistics among them. Histograms are not read.
    ///
    /// # Errors
    ///
    /// When it is no XML, or the limits do not suffice.
    pub fn pam(&mut self, xml: &[u8], limits: &Limits) -> Result<()> {
        self.pam = Some(Pam::parse(xml, &mut Budget::new(limits))?);
        Ok(())
    }

    /// Reads a world file (`.tfw`, `.wld`).
    ///
    /// # Errors
    ///
    /// As [`Affine::from_world_file`].
    pub fn world_file(&mut self, text: &[u8]) -> Result<()> {
        self.world = Some(Affine::from_world_file(utf8(text)?)?);
        Ok(())
    }

    /// Reads a MapInfo table (`.tab`) that places the image by control points. A CRS in it that is not known becomes a
    /// warning of the description.
    ///
    /// # Errors
    ///
    /// When it describes no raster, or has fewer than three points.
    pub fn tab(&mut self, text: &[u8]) -> Result<()> {
        self.tab = Some(Tab::parse(&String::from_utf8_lossy(text))?);
        Ok(())
    }

    /// Reads an `.IMD` of DigitalGlobe, into the domains `IMD` and `IMAGERY`.
    ///
    /// # Errors
    ///
    /// When its groups are nested too deeply, or the limits do not suffice.
    pub fn imd(&mut self, text: &[u8], limits: &Limits) -> Result<()> {
        let text = String::from_utf8_lossy(text);
        self.satellite = Some(Satellite::digital_globe(&text, &mut Budget::new(limits))?);
        Ok(())
    }

    /// Reads an `_MTL.txt` of Landsat, into the domains `IMD` and `IMAGERY`.
    ///
    /// # Errors
    ///
    /// As [`imd`](Self::imd).
    pub fn mtl(&mut self, text: &[u8], limits: &Limits) -> Result<()> {
        let text = String::from_utf8_lossy(text);
        self.satellite = Some(Satellite::landsat(&text, &mut Budget::new(limits))?);
        Ok(())
    }

    /// Reads a `DIM_*.XML` of Pleiades or SPOT, into the domains `IMD` and `IMAGERY`.
    ///
    /// # Errors
    ///
    /// When it is not well-formed XML, or the limits do not suffice.
    pub fn dimap(&mut self, xml: &[u8], limits: &Limits) -> Result<()> {
        self.satellite = Some(Satellite::dimap(utf8(xml)?, &mut Budget::new(limits))?);
        Ok(())
    }

    /// Whether one of them says where each pixel is.
    #[must_use]
    pub fn has_transform(&self) -> bool {
        self.world.is_some()
            || self.tab.is_some()
            || self.pam.as_ref().is_some_and(|pam| pam.transform.is_some())
    }

    /// Reads a `_RPC.TXT`.
    ///
    /// # Errors
    ///
    /// As [`Rpc::from_rpc_txt`](crate::Rpc::from_rpc_txt).
    pub fn rpc_txt(&mut self, text: &[u8]) -> Result<()> {
        self.rpc_txt = Some(rpc_txt_items(utf8(text)?)?);
        Ok(())
    }

    /// Reads an `.RPB`.
    ///
    /// # Errors
    ///
    /// As [`Rpc::from_rpb`](crate::Rpc::from_rpb).
    pub fn rpb(&mut self, text: &[u8]) -> Result<()> {
        self.rpb = Some(rpb_items(utf8(text)?)?);
        Ok(())
    }
}

fn utf8(text: &[u8]) -> Result<&str> {
    std::str::from_utf8(text).map_err(|_| Cause::NotUtf8.into())
}

impl Description {
    /// The same file with what is said of it beside it.
    #[must_use]
    pub fn with_sidecars(mut self, sidecars: &Sidecars) -> Self {
        if let Some(tab) = sidecars.tab.as_ref().filter(|_| self.transform.is_none()) {
            self.apply_tab(tab);
        }
        if let Some(world) = sidecars.world.filter(|_| self.transform.is_none()) {
            self.transform = Some(world);
            // A place on Earth for each pixel counts before one for a few.
            self.has_gcps = false;
        }
        if let Some(pam) = &sidecars.pam {
            self.apply_pam(pam);
        }
        // GDAL names the kind of each text by the company that began it: DigitalGlobe, GeoEye.
        let texts = [("DG", &sidecars.rpb), ("GE", &sidecars.rpc_txt)];
        if let Some((company, items)) =
            texts.into_iter().find_map(|(company, items)| Some((company, items.clone()?)))
        {
            self.tags.insert(KIND.to_owned(), company.to_owned());
            self.said.rpc = Some(items);
        }
        if let Some(Satellite { kind, imd, imagery }) = sidecars.satellite.clone() {
            self.tags.insert(KIND.to_owned(), kind.to_owned());
            let domains = [(IMD, imd), (IMAGERY, imagery)].into_iter().filter(|(_, items)| !items.is_empty());
            let domains = domains.map(|(domain, items)| (domain.to_owned(), items)).collect();
            merge(&mut self.items.dataset, &domains);
        }
        self
    }

    /// GDAL takes the CRS of a table only if the file has none.
    fn apply_tab(&mut self, tab: &Tab) {
        let crs = self.crs().or_else(|| self.gcps_crs()).cloned().or_else(|| tab.crs.clone());
        match tab.transform {
            Some(transform) => {
                self.transform = Some(transform);
                self.has_gcps = false;
            }
            None => self.said.gcps = Some((tab.points.clone(), crs.clone())),
        }
        self.crs = std::sync::OnceLock::from(crs);
        self.warnings
            .extend(tab.warning.as_ref().map(|text| Error::other(ErrorKind::Unsupported, text.as_str())));
    }

    fn apply_pam(&mut self, pam: &Pam) {
        if let Some([c, a, b, f, d, e]) = pam.transform {
            self.transform = Some(Affine { a, b, c, d, e, f });
        }
        if let Some(srs) = &pam.srs {
            let crs = self.crs_of(srs);
            let crs = crs.map(|crs| crs.with_coordinate_epoch(pam.epoch.or(crs.coordinate_epoch())));
            self.crs = std::sync::OnceLock::from(crs);
            self.with_heights = std::sync::OnceLock::from(None);
            // GDAL does not look at geokeys then, and this item is made of one.
            self.tags.remove(RasterType::ITEM);
        }
        if let Some(PamGcps { srs, points }) = &pam.gcps {
            let point = |[col, row, x, y, z]: &[f64; 5]| Gcp { row: *row, col: *col, x: *x, y: *y, z: *z };
            let gcps = points.iter().map(point).collect();
            self.said.gcps = Some((gcps, self.crs_of(srs)));
            self.tags.remove(RasterType::ITEM);
        }
        let area_or_point = self.tags.remove_entry(RasterType::ITEM);
        merge(&mut self.items.dataset, &pam.items);
        self.tags.extend(pam.items.get("").cloned().unwrap_or_default());
        self.tags.extend(area_or_point);
        self.said.structure = pam.items.get(crate::metadata::IMAGE_STRUCTURE).cloned().unwrap_or_default();
        for (band, said) in pam.bands.iter().filter(|(band, _)| **band < self.image.bands) {
            merge(self.items.bands.entry(*band).or_default(), &said.items);
            self.items.roles.entry(*band).or_default().extend(said.roles.clone());
            if let (Some(slot), Some(interp)) = (self.colorinterp.get_mut(*band), said.colorinterp) {
                *slot = interp;
            }
            let nodata = said.nodata.as_deref();
            let of_band = SaidOfBand {
                nodata: nodata.and_then(|text| Nodata::from_text(text, self.image.data_type)),
                colormap: said.colormap.clone(),
                categories: said.categories.clone(),
                attributes: said.attributes.clone(),
            };
            self.said.bands.insert(*band, of_band);
        }
    }

    /// A CRS as WKT or as a code; one that cannot be read leaves the file without, and a warning.
    fn crs_of(&mut self, text: &str) -> Option<Crs> {
        if text.is_empty() {
            return None;
        }
        let code = text.strip_prefix("EPSG:").and_then(|code| code.parse().ok());
        let crs = code.map_or_else(|| Crs::from_wkt(text), Crs::from_epsg);
        if crs.is_err() {
            self.warnings.push(Error::irregular("the CRS in the .aux.xml is neither WKT nor an EPSG code"));
        }
        crs.ok()
    }
}

/// Adds the items of each domain; of two of the same name the added one counts.
fn merge(domains: &mut BTreeMap<String, Items>, added: &BTreeMap<String, Items>) {
    for (domain, items) in added {
        domains.entry(domain.clone()).or_default().extend(items.clone());
    }
}
