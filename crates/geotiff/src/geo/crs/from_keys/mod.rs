//! From geokeys to a CRS (OGC GeoTIFF 1.1, section 7.5), as GDAL understands them.

use super::citation::Citation;
use super::methods::{Method, Param, first_number, on_ellipsoid, same};
use super::model::{
    Axis, Bound, Compound, Conversion, CrsKind, Cs, CsKind, DEGREE, Datum, Definition, Ellipsoid,
    Engineering, Geodetic, Id, Parameter, PrimeMeridian, Projected, Shape, Unit, UnitKind, Vertical,
    VerticalDatum,
};
use super::same::same_ellipsoid;
use super::{registry, wkt};
use crate::geo::keys::GeoKeys;

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
}

/// What the text of a key begins with when ESRI's WKT follows.
pub(super) const PE_STRING: &str = "ESRI PE String = ";

/// The CRS that keys describe; `None` if there are none, or they leave out what cannot be guessed.
pub(super) fn from_keys(keys: &GeoKeys) -> Option<Definition> {
    if keys.is_empty() {
        return None;
    }
    let projected_code = named(keys, key::PROJECTED_CRS);
    // Without the registry the number is all; with it, what it does not know is tied to nothing.
    let unresolved = |kind| {
        let code = if kind == CrsKind::Projected { projected_code } else { named(keys, key::GEODETIC_CRS) };
        if cfg!(feature = "epsg") { local(keys) } else { Definition::Unresolved { kind, code } }
    };
    let horizontal = match keys.code(key::MODEL_TYPE) {
        Some(2) => geodetic(keys).map_or_else(|| unresolved(CrsKind::Geographic), Definition::Geodetic),
        Some(3) => geocentric(keys).map_or_else(|| unresolved(CrsKind::Geocentric), Definition::Geodetic),
        model if model == Some(1) || projected_code.is_some() => {
            projected(keys).unwrap_or_else(|| unresolved(CrsKind::Projected))
        }
        _ => match pe_string(keys) {
            Some(definition) => return Some(definition),
            None => local(keys),
        },
    };
    let whole = with_vertical(horizontal, keys);
    Some(match to_wgs84(keys) {
        Some(to_wgs84) => Definition::Bound(Bound { source: Box::new(whole), to_wgs84 }),
        None => whole,
    })
}

/// The code that a key holds, unless it says that other keys tell.
fn named(keys: &GeoKeys, key: u16) -> Option<u32> {
    keys.code(key).filter(|code| *code != USER_DEFINED && *code != 0).map(u32::from)
}

fn pe_string(keys: &GeoKeys) -> Option<Definition> {
    wkt::read(keys.text(key::PROJECTED_CITATION)?.strip_prefix(PE_STRING)?).ok()
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

fn linear_unit(keys: &GeoKeys, code: u16, size: u16) -> Unit {
    if let Some(unit) = named(keys, code).and_then(registry::unit) {
        return unit;
    }
    match keys.number(size) {
        Some(metres) if keys.code(code) == Some(USER_DEFINED) && metres > 0.0 => {
            let name = Citation::of(keys).linear_units.unwrap_or("unknown");
            let known = registry::unit_like(name, UnitKind::Length, |factor| (factor - metres).abs() < 1e-12);
            known.unwrap_or_else(|| Unit::named(name, UnitKind::Length, metres))
        }
        _ => Unit::metre(),
    }
}

fn angular_unit(keys: &GeoKeys) -> Unit {
    match named(keys, key::ANGULAR_UNITS) {
        // A degree, however it is written down.
        None | Some(9102 | 9122) => match keys.number(key::ANGULAR_UNIT_SIZE) {
            Some(radians) if keys.code(key::ANGULAR_UNITS) == Some(USER_DEFINED) && radians > 0.0 => {
                if (radians - DEGREE).abs() < 1e-12 {
                    return Unit::degree();
                }
                Unit::named(Citation::of(keys).angular_units.unwrap_or("unknown"), UnitKind::Angle, radians)
            }
            _ => Unit::degree(),
        },
        Some(code) => registry::unit(code).unwrap_or_else(Unit::degree),
    }
}

/// The geographic CRS of the keys, with the parts that they change.
fn geodetic(keys: &GeoKeys) -> Option<Geodetic> {
    let code = named(keys, key::GEODETIC_CRS);
    let Some(mut known) = code.and_then(registry::geodetic) else {
        let datum = datum(keys)?;
        let name = Citation::of(keys).geodetic.map_or_else(|| "unknown".to_owned(), str::to_owned);
        return Some(Geodetic { name, datum, cs: Cs::latitude_longitude(&angular_unit(keys)), id: None });
    };
    if let Some(own) = ellipsoid_by_size(keys).filter(|own| !same_ellipsoid(own, &known.datum.ellipsoid)) {
        let name = std::mem::take(&mut known.datum.ellipsoid.name);
        known.datum.ellipsoid = Ellipsoid { name, ..own };
        known.datum.id = None;
    }
    // Whatever the registry says, latitude comes first, as GDAL has it.
    if known.is_geocentric() {
        known.cs = Cs::latitude_longitude(&Unit::degree());
        known.id = None;
    }
    if known.cs.axes.first().is_some_and(|axis| axis.direction == "east") {
        known.cs.axes.reverse();
        known.id = None;
    }
    Some(known)
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

/// The datum of keys that name no geodetic CRS: by its code, or by ellipsoid and prime meridian.
fn datum(keys: &GeoKeys) -> Option<Datum> {
    let citation = Citation::of(keys);
    let by_code = named(keys, key::DATUM).and_then(registry::datum);
    let by_name = || registry::datum_named(citation.datum?);
    let own = ellipsoid(keys);
    let prime_meridian = prime_meridian(keys);
    let known = by_code.or_else(|| {
        by_name().filter(|datum| own.as_ref().is_none_or(|own| same_ellipsoid(own, &datum.ellipsoid)))
    });
    if let Some(mut known) = known {
        if let Some(meridian) =
            prime_meridian.filter(|m| !nearly(m.degrees(), known.prime_meridian.degrees()))
        {
            known.prime_meridian = meridian;
        }
        if let Some(own) = own.filter(|own| !same_ellipsoid(own, &known.ellipsoid)) {
            known.ellipsoid = own;
            known.id = None;
        }
        return Some(known);
    }
    let ellipsoid = own?;
    let name = citation.datum.unwrap_or("unnamed").to_owned();
    let prime_meridian = prime_meridian.unwrap_or_else(PrimeMeridian::greenwich);
    Some(Datum { name, ellipsoid, prime_meridian, epoch: None, ensemble: None, id: None })
}

fn nearly(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn ellipsoid(keys: &GeoKeys) -> Option<Ellipsoid> {
    let by_code = named(keys, key::ELLIPSOID).and_then(registry::ellipsoid);
    let by_size = ellipsoid_by_size(keys);
    match (by_code, by_size) {
        (Some(known), Some(own)) if same_ellipsoid(&known, &own) => Some(known),
        (Some(known), Some(own)) => Some(Ellipsoid { name: known.name, ..own }),
        (known, own) => known.or(own),
    }
}

/// The ellipsoid of keys 2057 and 2059 or 2058.
fn ellipsoid_by_size(keys: &GeoKeys) -> Option<Ellipsoid> {
    let semi_major = keys.number(key::SEMI_MAJOR).filter(|a| *a > 0.0)?;
    let shape = match (keys.number(key::INVERSE_FLATTENING), keys.number(key::SEMI_MINOR)) {
        (Some(inverse), _) => Shape::InverseFlattening(inverse),
        (None, Some(b)) if b == semi_major || b <= 0.0 => Shape::InverseFlattening(0.0),
        (None, Some(b)) => Shape::InverseFlattening(semi_major / (semi_major - b)),
        (None, None) => return None,
    };
    let unit = linear_unit(keys, key::GEODETIC_LINEAR_UNITS, key::GEODETIC_LINEAR_UNIT_SIZE);
    let name = Citation::of(keys).ellipsoid.unwrap_or("unknown").to_owned();
    let own = Ellipsoid { name, semi_major, shape, unit, id: None };
    let known = if own.name == "unknown" {
        registry::ellipsoid_like(|known| same_ellipsoid(known, &own))
    } else {
        None
    };
    Some(known.unwrap_or(own))
}

fn prime_meridian(keys: &GeoKeys) -> Option<PrimeMeridian> {
    if let Some(known) = named(keys, key::PRIME_MERIDIAN).and_then(registry::prime_meridian) {
        return Some(known);
    }
    let longitude = keys.number(key::PRIME_MERIDIAN_LONGITUDE)?;
    let name = Citation::of(keys).prime_meridian.unwrap_or("unknown");
    if longitude == 0.0 && matches!(name, "unknown" | "Greenwich") {
        return Some(PrimeMeridian::greenwich());
    }
    Some(PrimeMeridian { name: name.to_owned(), longitude, unit: angular_unit(keys), id: None })
}

fn projected(keys: &GeoKeys) -> Option<Definition> {
    // GDAL puts in the place of a CRS out of use the one that replaces it.
    let code = named(keys, key::PROJECTED_CRS).map(|code| registry::replacement(code).unwrap_or(code));
    let unit = || linear_unit(keys, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE);
    if let Some(mut known) = code.and_then(registry::projected) {
        if keys.code(key::LINEAR_UNITS).is_some() {
            let unit = unit();
            for axis in known.cs.axes.iter_mut().filter(|axis| axis.unit.factor != unit.factor) {
                axis.unit = unit.clone();
            }
        }
        let base = named(keys, key::GEODETIC_CRS);
        if base.is_some() && known.base.id.as_ref().and_then(Id::as_epsg) != base {
            known.base = geodetic(keys).unwrap_or(known.base);
        }
        known.conversion = as_gdal_reads(known.conversion);
        return Some(Definition::Projected(known));
    }
    let base = geodetic(keys)?;
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

/// A vertical CRS beside the horizontal one. GeoTIFF 1.0 files have heights that GDAL does not report.
fn with_vertical(horizontal: Definition, keys: &GeoKeys) -> Definition {
    let any = [key::VERTICAL_CRS, key::VERTICAL_DATUM, key::VERTICAL_UNITS]
        .iter()
        .any(|key| keys.code(*key).is_some());
    if !any || keys.revision != (1, 1) {
        return horizontal;
    }
    let code = named(keys, key::VERTICAL_CRS);
    if let Some(three) =
        code.and_then(registry::geodetic).filter(|crs| crs.cs.axes.len() == 3 && !crs.is_geocentric())
    {
        // Ellipsoidal heights: the code is that of the geographic CRS in three dimensions.
        return match horizontal {
            Definition::Geodetic(_) => Definition::Geodetic(three),
            other => other,
        };
    }
    let vertical = code.and_then(registry::vertical).unwrap_or_else(|| vertical(keys));
    let name = keys.text(key::CITATION).filter(|name| name.contains(" + ") || !same(name, horizontal.name()));
    let name = name.map_or_else(|| format!("{} + {}", horizontal.name(), vertical.name), str::to_owned);
    Definition::Compound(Compound { name, horizontal: Box::new(horizontal), vertical, id: None })
}

fn vertical(keys: &GeoKeys) -> Vertical {
    let name = keys.text(key::VERTICAL_CITATION).unwrap_or("unknown").to_owned();
    let datum = named(keys, key::VERTICAL_DATUM).and_then(registry::vertical_datum);
    let datum = datum.unwrap_or_else(|| VerticalDatum {
        name: "unknown".to_owned(),
        epoch: None,
        ensemble: None,
        id: None,
    });
    let unit = named(keys, key::VERTICAL_UNITS).and_then(registry::unit).unwrap_or_else(Unit::metre);
    Vertical { name, datum, cs: Cs { kind: CsKind::Vertical, axes: Cs::height(unit).axes }, id: None }
}
