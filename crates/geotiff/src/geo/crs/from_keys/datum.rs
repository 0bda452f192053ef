//! Units, datum, ellipsoid and prime meridian of geokeys (OGC GeoTIFF 1.1, sections 7.5.2 and 7.5.3).

use super::{USER_DEFINED, key, named};
use crate::geo::crs::citation::Citation;
use crate::geo::crs::model::{Cs, DEGREE, Datum, Ellipsoid, Geodetic, PrimeMeridian, Shape, Unit, UnitKind};
use crate::geo::crs::registry;
use crate::geo::crs::same::{same_datum, same_ellipsoid};
use crate::geo::keys::GeoKeys;

pub(super) fn linear_unit(keys: &GeoKeys, code: u16, size: u16) -> Unit {
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

pub(super) fn angular_unit(keys: &GeoKeys) -> Unit {
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

/// The geographic CRS of the keys. GDAL lets the code of a geographic CRS override all other keys.
pub(super) fn geodetic(keys: &GeoKeys) -> Option<Geodetic> {
    let Some(mut known) = named(keys, key::GEODETIC_CRS).and_then(registry::geodetic) else {
        let datum = datum(keys)?;
        let name = Citation::of(keys).geodetic.map_or_else(|| "unknown".to_owned(), str::to_owned);
        return Some(Geodetic { name, datum, cs: Cs::latitude_longitude(&angular_unit(keys)), id: None });
    };
    // Whatever the registry says, latitude comes first, as GDAL has it.
    if known.cs.axes.first().is_some_and(|axis| axis.direction == "east") {
        known.cs.axes.reverse();
        known.id = None;
    }
    Some(known)
}

/// The geographic CRS under a projected one: here keys for datum, ellipsoid and prime meridian override those of its
/// code.
pub(super) fn base(keys: &GeoKeys) -> Option<Geodetic> {
    let mut known = geodetic(keys)?;
    if known.is_geocentric() {
        known.cs = Cs::latitude_longitude(&Unit::degree());
        known.id = None;
    }
    if named(keys, key::GEODETIC_CRS).is_none() {
        return Some(known);
    }
    // A longitude counts only where a key announces it.
    let meridian = keys.code(key::PRIME_MERIDIAN).and_then(|_| prime_meridian(keys));
    Some(with_own_datum(known, keys, ellipsoid(keys), meridian))
}

/// The geographic CRS that the registry puts under a projected one, as keys replace it or parts of it.
pub(super) fn base_of_known(known: Geodetic, keys: &GeoKeys) -> Geodetic {
    let code = keys.code(key::GEODETIC_CRS).filter(|code| *code != 0);
    if code == Some(USER_DEFINED) {
        return geodetic(keys).unwrap_or_else(|| unretrievable(keys));
    }
    if code.is_some() {
        return base(keys).unwrap_or(known);
    }
    // GDAL reads sizes only where a key says that they replace something.
    if [key::DATUM, key::ELLIPSOID].iter().all(|key| keys.code(*key).is_none_or(|code| code == 0)) {
        return known;
    }
    with_own_datum(known, keys, ellipsoid(keys), None)
}

/// What GDAL makes of keys that announce a geographic CRS of their own and do not describe it.
fn unretrievable(keys: &GeoKeys) -> Geodetic {
    let mut crs = Geodetic::wgs84();
    crs.datum.name = "unnamed".to_owned();
    crs.datum.ellipsoid.name = "unretrievable - using WGS84".to_owned();
    Geodetic { name: "unknown".to_owned(), cs: Cs::latitude_longitude(&angular_unit(keys)), id: None, ..crs }
}

/// The CRS with the datum of the keys, an ellipsoid and a prime meridian in place of its own.
fn with_own_datum(
    mut known: Geodetic,
    keys: &GeoKeys,
    ellipsoid: Option<Ellipsoid>,
    meridian: Option<PrimeMeridian>,
) -> Geodetic {
    let mut datum = match keys.code(key::DATUM) {
        Some(USER_DEFINED) => {
            let name = Citation::of(keys).datum.unwrap_or("unnamed").to_owned();
            let (ellipsoid, prime_meridian) =
                (known.datum.ellipsoid.clone(), known.datum.prime_meridian.clone());
            Datum { name, ellipsoid, prime_meridian, epoch: None, ensemble: None, id: None }
        }
        _ => named(keys, key::DATUM).and_then(registry::datum).unwrap_or_else(|| known.datum.clone()),
    };
    if let Some(own) = ellipsoid.filter(|own| !same_ellipsoid(own, &datum.ellipsoid)) {
        datum = Datum { ellipsoid: own, id: None, ensemble: None, ..datum };
    }
    if let Some(own) = meridian.filter(|own| !nearly(own.degrees(), datum.prime_meridian.degrees())) {
        datum = Datum { prime_meridian: own, id: None, ..datum };
    }
    if !same_datum(&datum, &known.datum) {
        known.datum = datum;
        known.id = None;
    }
    known
}

/// The datum of keys that name no geodetic CRS: by its code, or by ellipsoid and prime meridian.
pub(super) fn datum(keys: &GeoKeys) -> Option<Datum> {
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
