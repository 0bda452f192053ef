//! The coordinate reference system: what it is made of, how it comes out of geokeys, and its texts.

mod citation;
mod from_keys;
mod mapinfo;
mod methods;
mod model;
#[cfg(feature = "proj")]
mod project;
#[cfg(feature = "projjson")]
mod projjson;
#[cfg(feature = "epsg")]
mod registry;
#[cfg(not(feature = "epsg"))]
#[path = "no_registry.rs"]
mod registry;
mod same;
mod to_keys;
mod wkt;

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::keys::{GeoKeyValue, GeoKeys, RasterType};
use crate::error::{Cause, Error, Result};
pub use model::CrsKind;
use model::Definition;
#[cfg(feature = "proj")]
pub use project::CrsTransform;

/// A coordinate reference system: what coordinates on Earth mean.
///
/// It comes from the geokeys of a file, from a number of EPSG's registry, or from well-known text; cloning is cheap.
/// Two are equal if they give every place the same coordinates, whatever they are called.
///
/// ```
/// use memtiff_geotiff::{Crs, CrsKind};
///
/// # #[cfg(feature = "epsg")] {
/// let crs = Crs::from_epsg(32633)?;
/// assert_eq!(crs.name(), "WGS 84 / UTM zone 33N");
/// assert_eq!(crs.kind(), CrsKind::Projected);
/// assert!(crs.to_wkt2()?.starts_with("PROJCRS[\"WGS 84 / UTM zone 33N\""));
/// assert_eq!(Crs::from_wkt(&crs.to_wkt2()?)?, crs);
/// # }
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Crs(Arc<Inner>);

struct Inner {
    definition: Definition,
    epsg: OnceLock<Option<u32>>,
    /// The year that coordinates refer to.
    epoch: Option<f64>,
}

impl Crs {
    fn new(definition: Definition, epoch: Option<f64>) -> Self {
        let epoch = epoch.filter(|year| year.is_finite() && *year > 0.0);
        Self(Arc::new(Inner { definition, epsg: OnceLock::new(), epoch }))
    }

    fn definition(&self) -> &Definition {
        &self.0.definition
    }

    /// The CRS that geokeys describe (OGC GeoTIFF 1.1, section 7.5), as GDAL understands them; `None` if there are
    /// none, or they leave out what cannot be guessed.
    #[must_use]
    pub fn from_geokeys(keys: &GeoKeys) -> Option<Self> {
        let epoch = keys.number(from_keys::key::COORDINATE_EPOCH);
        from_keys::from_keys(keys).map(|definition| Self::new(definition, epoch))
    }

    /// What is wrong with geokeys: they name a projected CRS by its code and contradict it, or hold a text that cannot be
    /// read.
    pub(crate) fn warnings(keys: &GeoKeys) -> impl Iterator<Item = Error> {
        let contradiction =
            from_keys::contradiction(keys).map(|code| Cause::ContradictingKeys { code }.into());
        contradiction.into_iter().chain(from_keys::refused_text(keys))
    }

    /// The CRS that geokeys describe if their heights are part of it, whatever the revision of the standard: files of GeoTIFF 1.0 have
    /// heights that are no part of the CRS, but give bands their unit.
    pub(crate) fn of_heights(keys: &GeoKeys) -> Option<Self> {
        let mut keys = keys.clone();
        keys.revision = (1, 1);
        Self::from_geokeys(&keys)
    }

    /// The CRS that the words of a MapInfo `CoordSys` clause describe; `in_degrees` takes the geographic CRS of a projected
    /// one, as GDAL does for a table whose coordinates are in degrees.
    pub(crate) fn from_mapinfo(words: &[&str], in_degrees: bool) -> Result<Self> {
        let definition = mapinfo::read(words)?;
        let definition = match definition {
            Definition::Projected(crs) if in_degrees => Definition::Geodetic(crs.base),
            other => other,
        };
        Ok(Self::new(definition, None))
    }

    /// The CRS that EPSG's registry has under a number, be it geographic, projected, vertical or compound.
    ///
    /// # Errors
    ///
    /// When the registry has no such CRS, or the feature `epsg` is off.
    pub fn from_epsg(code: u32) -> Result<Self> {
        #[cfg(feature = "epsg")]
        {
            let definition = registry::crs(code);
            let unknown = || Error::usage(format!("EPSG has no CRS {code} that memtiff knows"));
            let (definition, epsg) = (definition.ok_or_else(unknown)?, Some(code).into());
            Ok(Self(Arc::new(Inner { definition, epsg, epoch: None })))
        }
        #[cfg(not(feature = "epsg"))]
        {
            let _ = code;
            Err(no_registry())
        }
    }

    /// The CRS that a well-known text describes: version 2 (OGC 18-010r7), or version 1 as GDAL or ESRI writes it.
    ///
    /// # Errors
    ///
    /// When the text is damaged, leaves out what a CRS needs, or is of a kind that is not known.
    pub fn from_wkt(text: &str) -> Result<Self> {
        wkt::read_with_epoch(text).map(|(definition, epoch)| Self::new(definition, epoch))
    }

    /// The CRS that a PROJJSON text describes (<https://proj.org/specifications/projjson.html>).
    ///
    /// # Errors
    ///
    /// When the text is no JSON, leaves out what a CRS needs, or is of a kind that is not known.
    #[cfg(feature = "projjson")]
    pub fn from_projjson(text: &str) -> Result<Self> {
        projjson::read(text).map(|definition| Self::new(definition, None))
    }

    /// As PROJJSON (<https://proj.org/specifications/projjson.html>), in one line.
    ///
    /// # Errors
    ///
    /// When nothing but a number is known of it, because the feature `epsg` is off.
    ///
    /// ```
    /// # #[cfg(all(feature = "epsg", feature = "projjson"))] {
    /// use memtiff_geotiff::Crs;
    ///
    /// let crs = Crs::from_epsg(4326)?;
    /// assert_eq!(Crs::from_projjson(&crs.to_projjson()?)?, crs);
    /// # }
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    #[cfg(feature = "projjson")]
    pub fn to_projjson(&self) -> Result<String> {
        match self.definition() {
            Definition::Unresolved { .. } => Err(no_registry()),
            known => Ok(projjson::write(known).to_string()),
        }
    }

    /// As WKT 2, the edition of 2019 (OGC 18-010r7), in one line.
    ///
    /// # Errors
    ///
    /// When nothing but a number is known of it, because the feature `epsg` is off.
    pub fn to_wkt2(&self) -> Result<String> {
        match self.definition() {
            Definition::Unresolved { .. } => Err(no_registry()),
            known => Ok(wkt::wkt2(known)),
        }
    }

    /// As WKT 1 (OGC 01-009), the way GDAL writes it. It says less than version 2: ensembles of datums, epochs and
    /// some methods are lost or refused.
    ///
    /// # Errors
    ///
    /// When it has what this version cannot say: heights above the ellipsoid, or a method without a name there. When
    /// nothing but a number is known of it, because the feature `epsg` is off.
    pub fn to_wkt1(&self) -> Result<String> {
        wkt::wkt1(self.definition())
    }

    /// As ESRI's dialect of WKT 1, under ESRI's names: that of `.prj` files.
    ///
    /// # Errors
    ///
    /// When ESRI has no name for its method, or for its kind of coordinates; when nothing but a number is known of it,
    /// because the feature `epsg` is off.
    ///
    /// ```
    /// use memtiff_geotiff::Crs;
    ///
    /// # #[cfg(feature = "epsg")] {
    /// let text = Crs::from_epsg(32633)?.to_wkt1_esri()?;
    /// assert!(text.starts_with("PROJCS[\"WGS_1984_UTM_Zone_33N\",GEOGCS[\"GCS_WGS_1984\""));
    /// # }
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn to_wkt1_esri(&self) -> Result<String> {
        wkt::wkt1_esri(self.definition())
    }

    /// The geokeys that say it, as GDAL writes them: of GeoTIFF 1.1 if it has heights, 1.0 otherwise. A method that
    /// GeoTIFF has no value for stands as WKT in the citation, where GDAL and ESRI look for it.
    ///
    /// # Errors
    ///
    /// When it has what neither keys nor WKT 1 can say; when nothing but a number is known of it, because the feature
    /// `epsg` is off.
    ///
    /// ```
    /// use memtiff_geotiff::{Crs, RasterType};
    ///
    /// # #[cfg(feature = "epsg")] {
    /// let crs = Crs::from_epsg(32633)?;
    /// let keys = crs.to_geokeys(RasterType::PixelIsArea)?;
    /// assert_eq!((keys.code(1024), keys.code(3072)), (Some(1), Some(32633)));
    /// assert_eq!(Crs::from_geokeys(&keys), Some(crs));
    /// # }
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn to_geokeys(&self, raster_type: RasterType) -> Result<GeoKeys> {
        to_keys::to_keys(self.definition(), raster_type).map(|keys| self.with_epoch_in(keys))
    }

    /// The geokeys that say it to ESRI's programs, as GDAL writes them with `GEOTIFF_KEYS_FLAVOR=ESRI_PE`: those of
    /// [`to_geokeys`](Self::to_geokeys), and ESRI's WKT in a citation.
    ///
    /// # Errors
    ///
    /// As [`to_geokeys`](Self::to_geokeys) and [`to_wkt1_esri`](Self::to_wkt1_esri).
    pub fn to_esri_geokeys(&self, raster_type: RasterType) -> Result<GeoKeys> {
        to_keys::to_esri_keys(self.definition(), raster_type).map(|keys| self.with_epoch_in(keys))
    }

    fn with_epoch_in(&self, mut keys: GeoKeys) -> GeoKeys {
        if let Some(year) = self.0.epoch {
            keys.set(from_keys::key::COORDINATE_EPOCH, GeoKeyValue::Doubles(vec![year]));
        }
        keys
    }

    /// The epoch that coordinates refer to, as a decimal year: CoordinateEpochGeoKey (5120) of GeoTIFF 1.2, EPOCH of WKT 2.
    /// A CRS whose datum is dynamic needs it to be exact.
    #[must_use]
    pub fn coordinate_epoch(&self) -> Option<f64> {
        self.0.epoch
    }

    /// The same CRS with coordinates of another epoch, a decimal year.
    ///
    /// ```
    /// use memtiff_geotiff::{Crs, RasterType};
    ///
    /// # #[cfg(feature = "epsg")] {
    /// let crs = Crs::from_epsg(9000)?.with_coordinate_epoch(Some(2021.3));
    /// let keys = crs.to_geokeys(RasterType::PixelIsArea)?;
    /// assert_eq!(keys.number(5120), Some(2021.3));
    /// # }
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    #[must_use]
    pub fn with_coordinate_epoch(&self, year: Option<f64>) -> Self {
        Self::new(self.definition().clone(), year)
    }

    /// EPSG's number: the one that it was made from, as long as it means the same as the registry, or that of the
    /// CRS in the registry that is the same.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        *self.0.epsg.get_or_init(|| same::identify(self.definition()))
    }

    /// Its name; "unknown" or "unnamed" if the file gives none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.definition().name()
    }

    /// GDAL's `dataAxisToSRSAxisMapping`: which axis of the CRS, counted from 1, columns and rows of a raster run along.
    pub(crate) fn axis_mapping(&self) -> &'static str {
        let cs = match self.definition().horizontal() {
            Definition::Geodetic(crs) if !crs.is_geocentric() => &crs.cs,
            Definition::Projected(crs) => &crs.cs,
            _ => return "1,2",
        };
        let northward = |axis: &model::Axis| axis.direction == "north" && axis.meridian.is_none();
        match (cs.axes.first().is_some_and(northward), cs.axes.len()) {
            (true, 3) => "2,1,3",
            (false, 3) => "1,2,3",
            (true, _) => "2,1",
            (false, _) => "1,2",
        }
    }

    /// What kind of coordinates it has.
    #[must_use]
    pub fn kind(&self) -> CrsKind {
        self.definition().kind()
    }

    /// Whether its horizontal coordinates are latitude and longitude.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        self.definition().horizontal().kind() == CrsKind::Geographic
    }

    /// Whether its horizontal coordinates are plane ones by a projection.
    #[must_use]
    pub fn is_projected(&self) -> bool {
        self.definition().horizontal().kind() == CrsKind::Projected
    }

    /// Whether heights or depths are part of it, or all of it.
    #[must_use]
    pub fn is_vertical(&self) -> bool {
        self.definition().vertical().is_some()
    }

    /// The name and size of the unit of its first axis: metres for a length, radians for an angle.
    #[must_use]
    pub fn unit(&self) -> Option<(&str, f64)> {
        let unit = match self.definition().horizontal() {
            Definition::Geodetic(crs) => crs.cs.unit(),
            Definition::Projected(crs) => crs.cs.unit(),
            Definition::Vertical(crs) => crs.cs.unit(),
            Definition::Engineering(crs) => crs.cs.unit(),
            _ => None,
        };
        unit.map(|unit| (unit.name.as_str(), unit.factor))
    }

    /// The name and size in metres of the unit of heights beside a horizontal CRS; `None` if there are none, or only
    /// above the ellipsoid.
    #[must_use]
    pub fn vertical_unit(&self) -> Option<(&str, f64)> {
        let unit = self.definition().vertical().filter(|_| self.kind() == CrsKind::Compound)?.cs.unit()?;
        Some((&unit.name, unit.factor))
    }
}

fn no_registry() -> Error {
    Cause::FeatureOff { method: "the EPSG registry", feature: "epsg" }.into()
}

impl PartialEq for Crs {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.epoch == other.0.epoch && same::same(self.definition(), other.definition()))
    }
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crs({self})")
    }
}

/// `EPSG:32633`, or the name if it has no number.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epsg() {
            Some(code) => write!(f, "EPSG:{code}"),
            None => f.write_str(self.name()),
        }
    }
}

/// What a code may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Geographic,
    Geocentric,
    Projected,
    Vertical,
    Datum,
    VerticalDatum,
    Ellipsoid,
    PrimeMeridian,
    Length,
    Angle,
    Conversion,
    Method,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Geographic => "geographic CRS",
            Self::Geocentric => "geocentric CRS",
            Self::Projected => "projected CRS",
            Self::Vertical => "vertical CRS",
            Self::Datum => "datum",
            Self::VerticalDatum => "vertical datum",
            Self::Ellipsoid => "ellipsoid",
            Self::PrimeMeridian => "prime meridian",
            Self::Length => "unit of length",
            Self::Angle => "unit of angle",
            Self::Conversion => "conversion",
            Self::Method => "method",
        })
    }
}

/// Whether EPSG has such a thing under this code; without the registry every code passes.
pub(crate) fn is_known(kind: Code, code: u32) -> bool {
    if cfg!(not(feature = "epsg")) {
        return true;
    }
    let geodetic = |geocentric| registry::geodetic(code).is_some_and(|crs| crs.is_geocentric() == geocentric);
    let unit = |kind| registry::unit(code).is_some_and(|unit| unit.kind == kind);
    match kind {
        Code::Geographic => geodetic(false),
        Code::Geocentric => geodetic(true),
        Code::Projected => registry::projected(code).is_some(),
        // A geographic CRS of three dimensions stands for heights above its ellipsoid.
        Code::Vertical => {
            let three = registry::geodetic(code).is_some_and(|crs| crs.cs.axes.len() == 3);
            registry::vertical(code).is_some() || three
        }
        Code::Datum => registry::datum(code).is_some(),
        Code::VerticalDatum => registry::vertical_datum(code).is_some(),
        Code::Ellipsoid => registry::ellipsoid(code).is_some(),
        Code::PrimeMeridian => registry::prime_meridian(code).is_some(),
        Code::Length => unit(model::UnitKind::Length),
        Code::Angle => unit(model::UnitKind::Angle),
        Code::Conversion => registry::conversion(code).is_some(),
        Code::Method => registry::is_method(code),
    }
}
