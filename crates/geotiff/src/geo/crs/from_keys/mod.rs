//! From geokeys to a CRS (OGC GeoTIFF 1.1, section 7.5), as GDAL understands them.

mod datum;
mod heights;

use self::datum::{base, base_of_known, datum, geodetic, linear_unit};
use super::citation::Citation;
use super::methods::{Method, Param, first_number, on_ellipsoid};
use super::model::{
    Axis, Bound, Compound, Conversion, CrsKind, Cs, DEGREE, Definition, Engineering, Geodetic, Id, Parameter,
    Projected, Unit,
};
use super::same::{same_but_for_order, same_conversion};
use super::{registry, wkt};
use crate::error::{Error, Result};
use crate::geo::keys::GeoKeys;

/// EPSG's code of the metre.
const METRE: u16 = 9001;

/// EPSG's code of the method of Web Mercator.
const WEB_MERCATOR: u32 = 1024;

/// The value of a key that is told by others.
pub(super) const USER_DEFINED: u16 = 32767;

/// Numbers of the keys.
pub(super) mod key {
    pub(crate) const MODEL_TYPE: u16 = 1024;
    pub(crate) const CITATION: u16 = 1026;
    pub(crate) const GEODETIC_CRS: u16 = 2048;
    pub(crate) const GEODETIC_CITATION: u16 = 2049;
    pub(crate) const DATUM: u16 = 2050;
    pub(crate) const PRIME_MERIDIAN: u16 = 2051;
    pub(crate) const GEODETIC_LINEAR_UNITS: u16 = 2052;
    pub(crate) const GEODETIC_LINEAR_UNIT_SIZE: u16 = 2053;
    pub(crate) const ANGULAR_UNITS: u16 = 2054;
    pub(crate) const ANGULAR_UNIT_SIZE: u16 = 2055;
    pub(crate) const ELLIPSOID: u16 = 2056;
    pub(crate) const SEMI_MAJOR: u16 = 2057;
    pub(crate) const SEMI_MINOR: u16 = 2058;
    pub(crate) const INVERSE_FLATTENING: u16 = 2059;
    pub(crate) const PRIME_MERIDIAN_LONGITUDE: u16 = 2061;
    pub(crate) const TO_WGS84: u16 = 2062;
    pub(crate) const PROJECTED_CRS: u16 = 3072;
    pub(crate) const PROJECTED_CITATION: u16 = 3073;
    pub(crate) const PROJECTION: u16 = 3074;
    pub(crate) const METHOD: u16 = 3075;
    pub(crate) const LINEAR_UNITS: u16 = 3076;
    pub(crate) const LINEAR_UNIT_SIZE: u16 = 3077;
    pub(crate) const STANDARD_PARALLEL_1: u16 = 3078;
    pub(crate) const VERTICAL_CRS: u16 = 4096;
    pub(crate) const VERTICAL_CITATION: u16 = 4097;
    pub(crate) const VERTICAL_DATUM: u16 = 4098;
    pub(crate) const VERTICAL_UNITS: u16 = 4099;
    /// Of GeoTIFF 1.2.
    pub(crate) const COORDINATE_EPOCH: u16 = 5120;
}

/// What the text of a key begins with when ESRI's WKT follows.
pub(super) const PE_STRING: &str = "ESRI PE String = ";

/// The CRS that keys describe; `None` if there are none, or they leave out what cannot be guessed.
pub(super) fn from_keys(keys: &GeoKeys) -> Option<Definition> {
    if keys.is_empty() {
        return None;
    }
    let code_of_projected = named(keys, key::PROJECTED_CRS);
    // Without the registry the number is all; with it, what it does not know is tied to nothing.
    let unresolved = |kind| {
        let code =
            if kind == CrsKind::Projected { code_of_projected } else { named(keys, key::GEODETIC_CRS) };
        if cfg!(feature = "epsg") { local(keys) } else { Definition::Unresolved { kind, code } }
    };
    let horizontal = match keys.code(key::MODEL_TYPE) {
        Some(2) => match of_another_kind(keys, key::GEODETIC_CRS, is_geographic) {
            Some(other) => return Some(other),
            None => geodetic(keys).map_or_else(|| unresolved(CrsKind::Geographic), Definition::Geodetic),
        },
        Some(3) => geocentric(keys).map_or_else(|| unresolved(CrsKind::Geocentric), Definition::Geodetic),
        model if model == Some(1) || code_of_projected.is_some() => {
            match of_another_kind(keys, key::PROJECTED_CRS, |crs| matches!(crs, Definition::Projected(_))) {
                Some(other) => return Some(other),
                None => projected(keys).unwrap_or_else(|| unresolved(CrsKind::Projected)),
            }
        }
        _ => match pe_string(keys) {
            Some(definition) => return definition.ok(),
            None => local(keys),
        },
    };
    let whole = heights::with_heights(horizontal, keys);
    Some(match to_wgs84(keys) {
        Some(to_wgs84) => Definition::Bound(Bound { source: Box::new(whole), to_wgs84 }),
        None => whole,
    })
}

fn is_geographic(definition: &Definition) -> bool {
    matches!(definition, Definition::Geodetic(crs) if !crs.is_geocentric())
}

/// The CRS of a code in a key that is not for CRSs of its kind: writers mix up the keys, and GDAL takes the code for
/// what it is.
fn of_another_kind(keys: &GeoKeys, key: u16, fits: impl Fn(&Definition) -> bool) -> Option<Definition> {
    let code = named(keys, key).map(|code| registry::replacement(code).unwrap_or(code))?;
    let definition = registry::crs(code).filter(|known| !fits(known))?;
    Some(match definition {
        Definition::Compound(Compound { horizontal, .. }) if !heights::count(keys) => *horizontal,
        Definition::Geodetic(crs) if crs.cs.axes.len() == 3 => Definition::Geodetic(crs),
        other if other.vertical().is_some() => other,
        other => heights::with_heights(other, keys),
    })
}

/// What keys say that contradicts the code of their projected CRS; `None` if nothing does.
pub(super) fn contradiction(keys: &GeoKeys) -> Option<u32> {
    let may_contradict = keys.code(key::METHOD).is_some()
        || keys.code(key::DATUM).is_some()
        || keys.code(key::ELLIPSOID).is_some()
        || keys.code(key::PRIME_MERIDIAN).is_some()
        || keys.code(key::GEODETIC_CRS).is_some()
        || keys.code(key::LINEAR_UNITS).is_some_and(|code| code != METRE);
    let code = named(keys, key::PROJECTED_CRS).filter(|_| may_contradict && cfg!(feature = "epsg"))?;
    let known = registry::projected(projected_code(keys)?)?;
    let Definition::Projected(mut own) = from_keys(keys)?.horizontal().clone() else { return None };
    // An ellipsoidal height is an axis of its own, and no contradiction.
    own.cs.axes.truncate(2);
    let known = Projected { conversion: as_gdal_reads(known.conversion.clone()), ..known };
    (!same_but_for_order(&own, &known)).then_some(code)
}

/// The code that a key holds, unless it says that other keys tell.
fn named(keys: &GeoKeys, key: u16) -> Option<u32> {
    keys.code(key).filter(|code| *code != USER_DEFINED && *code != 0).map(u32::from)
}

/// The CRS of ESRI's WKT in a citation; `None` if there is no such text.
fn pe_string(keys: &GeoKeys) -> Option<Result<Definition>> {
    Some(wkt::read(keys.text(key::PROJECTED_CITATION)?.strip_prefix(PE_STRING)?))
}

/// What is wrong with the WKT in a citation where it tells the CRS; `None` if nothing is.
pub(super) fn refused_text(keys: &GeoKeys) -> Option<Error> {
    let by_keys =
        matches!(keys.code(key::MODEL_TYPE), Some(1..=3)) || named(keys, key::PROJECTED_CRS).is_some();
    if by_keys { None } else { pe_string(keys)?.err() }
}

/// A CRS of its own, tied to nothing.
fn local(keys: &GeoKeys) -> Definition {
    let name = keys.text(key::CITATION).or_else(|| keys.text(key::GEODETIC_CITATION)).unwrap_or("unnamed");
    let datum = "Unknown engineering datum".to_owned();
    let mut cs = Cs::easting_northing(&linear_unit(keys, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE));
    for axis in &mut cs.axes {
        axis.abbreviation.clear();
    }
    Definition::Engineering(Engineering { name: name.to_owned(), datum, cs, id: None })
}

fn geocentric(keys: &GeoKeys) -> Option<Geodetic> {
    if let Some(known) =
        named(keys, key::GEODETIC_CRS).and_then(registry::geodetic).filter(Geodetic::is_geocentric)
    {
        return Some(known);
    }
    let citation =
        keys.text(key::CITATION).or_else(|| keys.text(key::GEODETIC_CITATION)).unwrap_or("unnamed");
    let unit = linear_unit(keys, key::GEODETIC_LINEAR_UNITS, key::GEODETIC_LINEAR_UNIT_SIZE);
    let base = named(keys, key::GEODETIC_CRS).and_then(registry::geodetic).map(|known| known.datum);
    let datum = base.or_else(|| datum(keys))?;
    Some(Geodetic { name: citation.to_owned(), datum, cs: Cs::geocentric(&unit), id: None })
}

/// The code of the projected CRS. GDAL replaces a deprecated CRS by its successor, unless keys name the method.
fn projected_code(keys: &GeoKeys) -> Option<u32> {
    let code = named(keys, key::PROJECTED_CRS)?;
    let replacement = registry::replacement(code).filter(|_| keys.code(key::METHOD).is_none());
    Some(replacement.unwrap_or(code))
}

fn projected(keys: &GeoKeys) -> Option<Definition> {
    let code = projected_code(keys);
    let unit = || linear_unit(keys, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE);
    if let Some(mut known) = code.and_then(registry::projected) {
        known.conversion = as_gdal_reads(known.conversion);
        let registered = known.clone();
        if keys.code(key::LINEAR_UNITS).is_some() {
            let unit = unit();
            for axis in known.cs.axes.iter_mut().filter(|axis| axis.unit.factor != unit.factor) {
                axis.unit = unit.clone();
            }
        }
        known.base = base_of_known(known.base, keys);
        let angle = known.base.cs.unit().cloned().unwrap_or_else(Unit::degree);
        let length = known.cs.unit().cloned().unwrap_or_else(Unit::metre);
        // GDAL prefers the parameters of the keys to those of the code, where a key names the method; but writers name
        // Mercator's for Web Mercator.
        let is_web_mercator = known.conversion.method_number() == Some(WEB_MERCATOR);
        if let Some(own) = conversion(keys, &angle, &length).filter(|_| !is_web_mercator) {
            let own = on_ellipsoid(own, &known.base.datum.ellipsoid);
            if !same_conversion(&own, &known.conversion) {
                known.conversion = own;
            }
        }
        if !same_but_for_order(&registered, &known) {
            known.id = None;
        }
        return Some(Definition::Projected(known));
    }
    let base = base(keys)?;
    let angle = base.cs.unit().cloned().unwrap_or_else(Unit::degree);
    let by_code = named(keys, key::PROJECTION).and_then(registry::conversion);
    let conversion = by_code.or_else(|| conversion(keys, &angle, &unit()))?;
    let conversion = on_ellipsoid(conversion, &base.datum.ellipsoid);
    let citation = Citation::of(keys);
    let name = citation.projected.unwrap_or("unnamed").to_owned();
    let cs = projected_cs(&conversion, &unit());
    Some(Definition::Projected(Projected { name, base, conversion, cs, id: None, remark: None }))
}

/// GDAL takes the spherical form of this method for the ellipsoidal one, with a standard parallel of 0.
fn as_gdal_reads(mut conversion: Conversion) -> Conversion {
    if conversion.method_number() == Some(9823) {
        let parallel = |p: &Parameter| p.id.as_ref().and_then(Id::as_epsg) == Some(8801);
        conversion.parameters.retain(|p| !parallel(p));
        "Equidistant Cylindrical".clone_into(&mut conversion.method);
        conversion.method_id = Some(Id::epsg(1028));
        conversion.id = None;
    }
    conversion
}

/// Easting and northing, but for the methods whose axes run elsewhere.
pub(super) fn projected_cs(conversion: &Conversion, unit: &Unit) -> Cs {
    let mut cs = Cs::easting_northing(unit);
    let method = conversion.method_number();
    match method {
        // Transverse Mercator, south orientated: westing and southing.
        Some(9808) => {
            cs.axes = vec![
                Axis::new("Westing", "Y", "west", unit.clone()),
                Axis::new("Southing", "X", "south", unit.clone()),
            ];
        }
        // Krovak: southing and westing.
        Some(9819) => {
            cs.axes = vec![
                Axis::new("Southing", "X", "south", unit.clone()),
                Axis::new("Westing", "Y", "west", unit.clone()),
            ];
        }
        // Polar stereographic: both axes run along meridians, away from the north pole or towards the other.
        Some(9810 | 9829) => {
            let latitude =
                [8801, 8832].iter().find_map(|code| conversion.parameter(*code)).map_or(0.0, |p| p.value);
            let (direction, meridians) =
                if latitude > 0.0 { ("south", [90.0, 180.0]) } else { ("north", [90.0, 0.0]) };
            for (axis, meridian) in cs.axes.iter_mut().zip(meridians) {
                direction.clone_into(&mut axis.direction);
                axis.meridian = Some(meridian);
            }
        }
        _ => {}
    }
    cs
}

/// The conversion of keys 3075 and 3078 to 3096.
fn conversion(keys: &GeoKeys, angle: &Unit, length: &Unit) -> Option<Conversion> {
    let code = keys.code(key::METHOD)?;
    let method = match code {
        7 if keys.number(key::STANDARD_PARALLEL_1).is_some_and(|parallel| parallel != 0.0) => {
            Method::by_epsg(9805)
        }
        15 => {
            let latitude = first_number(keys, &[3081, 3085, 3089]).unwrap_or(0.0) * angle.factor / DEGREE;
            Method::by_epsg(if (latitude.abs() - 90.0).abs() < 1e-9 { 9810 } else { 9829 })
        }
        code => Method::by_geotiff(code),
    }?;
    let parameters = method.parameters.iter().map(|param| parameter(param, keys, angle, length)).collect();
    Some(Conversion {
        name: "unnamed".to_owned(),
        method: method.name.to_owned(),
        method_id: method.id(),
        parameters,
        id: None,
    })
}

fn parameter(param: &Param, keys: &GeoKeys, angle: &Unit, length: &Unit) -> Parameter {
    let value = first_number(keys, param.keys());
    // GDAL takes a rectified grid for turned by a right angle where nothing is said.
    let value = value.unwrap_or(if param.key == 3096 { 90.0 } else { param.kind.neutral() });
    param.with(value, angle, length)
}

/// Three or seven numbers, not all of them 0.
fn to_wgs84(keys: &GeoKeys) -> Option<[f64; 7]> {
    let super::super::keys::GeoKeyValue::Doubles(numbers) = keys.get(key::TO_WGS84)? else { return None };
    let mut all = [0.0; 7];
    match numbers.len() {
        3 | 7 => all.iter_mut().zip(numbers).for_each(|(to, from)| *to = *from),
        _ => return None,
    }
    if all == [0.0; 7] { None } else { Some(all) }
}
