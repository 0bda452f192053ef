//! From the `CoordSys` clause of a MapInfo file to a CRS (MapInfo Interchange File format), as GDAL understands it.

mod tables;

use self::tables::{By, DATUMS, ELLIPSOIDS};
use super::from_keys::projected_cs;
use super::methods::{Method, on_ellipsoid};
use super::model::{
    Bound, Conversion, Cs, Datum, Definition, Ellipsoid, Engineering, Geodetic, PrimeMeridian, Projected,
    Shape, Unit, UnitKind,
};
use super::registry;
use crate::error::{Error, Result};
use crate::text::number;

/// The datum of Web Mercator, whose ellipsoid is a sphere in disguise.
const WEB_DATUM: u16 = 157;

/// Datums that a file defines by an ellipsoid and three or seven numbers of a shift to WGS 84.
const OWN_DATUM_3: u16 = 999;
const OWN_DATUM_7: u16 = 9999;

/// Units of length: MapInfo's name and number, a name, the size in metres.
const UNITS: [(&str, &str, &str, f64); 13] = [
    ("mi", "0", "Mile", 1609.344),
    ("km", "1", "Kilometer", 1000.0),
    ("in", "2", "Inch", 0.0254),
    ("ft", "3", "foot", 0.3048),
    ("yd", "4", "yard", 0.9144),
    ("mm", "5", "Millimeter", 0.001),
    ("cm", "6", "Centimeter", 0.01),
    ("m", "7", "metre", 1.0),
    ("survey ft", "8", "US survey foot", 1200.0 / 3937.0),
    ("nmi", "9", "Nautical Mile", 1852.0),
    ("li", "30", "Link", 0.201_168_402_336_805),
    ("ch", "31", "Chain", 20.116_840_233_680_5),
    ("rd", "32", "Rod", 5.029_210_058_420_12),
];

/// The CRS that the words of a clause describe, the first of which is `CoordSys`.
///
/// # Errors
///
/// When the clause leaves out what it must say, or names a projection or a datum that is not known.
pub(super) fn read(words: &[&str]) -> Result<Definition> {
    let end = words.iter().position(|word| word.eq_ignore_ascii_case("bounds")).unwrap_or(words.len());
    let words = words.get(..end).unwrap_or_default();
    let is =
        |at: usize, expected: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(expected));
    if is(1, "NonEarth") {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case("units"));
        let unit =
            at.and_then(|at| words.get(at.checked_add(1)?)).map_or_else(Unit::metre, |word| unit(word));
        let (name, datum) = ("Nonearth".to_owned(), "Unknown engineering datum".to_owned());
        return Ok(Definition::Engineering(Engineering {
            name,
            datum,
            cs: Cs::easting_northing(&unit),
            id: None,
        }));
    }
    if !(is(1, "Earth") && is(2, "Projection")) {
        return Err(Error::unsupported("MapInfo: a CoordSys that is neither Earth Projection nor NonEarth"));
    }
    let mut rest = words.iter().skip(3).copied();
    let mut next =
        || rest.next().ok_or_else(|| Error::usage("MapInfo: a CoordSys without its projection or datum"));
    let projection = whole(next()?)?;
    let datum_number = whole(next()?)?;
    let mut count = match datum_number {
        OWN_DATUM_3 => 4,
        OWN_DATUM_7 => 9,
        _ => 0,
    };
    let mut own = Vec::new();
    while count > 0 {
        own.push(number(next()?));
        count -= 1;
    }
    let (base, shift) = geographic(datum_number, &own)?;
    // 1000 and 2000 are added where bounds follow, which do not matter here.
    let plain = if (1000..3000).contains(&projection) { projection % 1000 } else { projection };
    let crs = if plain == 1 {
        Definition::Geodetic(base)
    } else {
        let length = rest.next().map_or_else(Unit::metre, unit);
        let numbers: Vec<f64> = rest.map(number).collect();
        projected(plain, base, datum_number, &length, &numbers)?
    };
    Ok(match shift {
        Some(to_wgs84) => Definition::Bound(Bound { source: Box::new(crs), to_wgs84 }),
        None => crs,
    })
}

fn whole(word: &str) -> Result<u16> {
    word.parse().map_err(|_| Error::usage(format!("MapInfo: {word:?} is no number of a projection or datum")))
}

/// GDAL takes any other word for the metre.
fn unit(word: &str) -> Unit {
    let word = if word.eq_ignore_ascii_case("survey foot") { "survey ft" } else { word };
    let known = UNITS.iter().find(|(name, code, ..)| name.eq_ignore_ascii_case(word) || *code == word);
    let Some((_, _, name, factor)) = known else { return Unit::metre() };
    let registered = registry::unit_like(name, UnitKind::Length, |own| (own - factor).abs() < 1e-12);
    registered.unwrap_or_else(|| Unit::named(name, UnitKind::Length, *factor))
}

/// The geographic CRS of a datum, and the shift to WGS 84 of one that the file defines.
fn geographic(number: u16, own: &[f64]) -> Result<(Geodetic, Option<[f64; 7]>)> {
    let unknown = || Error::unsupported(format!("MapInfo: the datum {number}"));
    let crs = |name: &str, ellipsoid: (&str, f64, f64), meridian: f64| {
        let prime_meridian = match meridian {
            0.0 => PrimeMeridian::greenwich(),
            _ => PrimeMeridian {
                name: "non-Greenwich".to_owned(),
                longitude: meridian,
                unit: Unit::degree(),
                id: None,
            },
        };
        let ellipsoid = Ellipsoid {
            name: ellipsoid.0.to_owned(),
            semi_major: ellipsoid.1,
            shape: Shape::InverseFlattening(ellipsoid.2),
            unit: Unit::metre(),
            id: None,
        };
        let datum =
            Datum { name: name.to_owned(), ellipsoid, prime_meridian, epoch: None, ensemble: None, id: None };
        Geodetic { name: "unnamed".to_owned(), datum, cs: Cs::latitude_longitude(&Unit::degree()), id: None }
    };
    if let Some((ellipsoid, shift)) = own.split_first() {
        let found = ELLIPSOIDS.iter().find(|(known, ..)| f64::from(*known) == *ellipsoid);
        let (_, name, a, inverse) = found.ok_or_else(unknown)?;
        let at = |at: usize| shift.get(at).copied().unwrap_or(0.0);
        // MapInfo turns the other way.
        let to_wgs84 = [at(0), at(1), at(2), -at(3), -at(4), -at(5), at(6)];
        return Ok((crs("unnamed", (name, *a, *inverse), at(7)), Some(to_wgs84)));
    }
    let at = DATUMS.binary_search_by_key(&number, |(known, _)| *known).map_err(|_| unknown())?;
    match DATUMS.get(at).map(|(_, by)| *by).ok_or_else(unknown)? {
        By::Code(code) => Ok((registry::geodetic(code).ok_or_else(unknown)?, None)),
        By::Size(name, a, inverse, meridian) => Ok((crs(name, (name, a, inverse), meridian), None)),
    }
}

/// The method of a projection, and EPSG's codes of the parameters that follow the unit, in their order.
fn method(projection: u16) -> Option<(&'static Method, &'static [u32])> {
    let conic: &[u32] = &[8822, 8821, 8823, 8824, 8826, 8827];
    let with_scale: &[u32] = &[8802, 8801, 8805, 8806, 8807];
    let without_scale: &[u32] = &[8802, 8801, 8806, 8807];
    let (epsg, name, parameters): (u32, &str, &[u32]) = match projection {
        2 => (9835, "", &[8802, 8823, 8806, 8807]),
        3 => (9802, "", conic),
        4 | 29 => (9820, "", &[8802, 8801]),
        5 | 28 => (1125, "", &[8802, 8801]),
        6 => (1119, "", conic),
        7 => (9812, "", &[8812, 8811, 8813, 8815, 8806, 8807]),
        8 | 21..=24 => (9807, "", with_scale),
        9 => (9822, "", conic),
        10 => (9804, "", &[8802]),
        11 => (0, "Miller Cylindrical", &[8802]),
        12 => (0, "Robinson", &[8802]),
        13 => (0, "Mollweide", &[8802]),
        14 => (0, "Eckert IV", &[8802]),
        15 => (0, "Eckert VI", &[8802]),
        16 => (0, "Sinusoidal", &[8802]),
        17 => (0, "Gall Stereographic", &[8802]),
        18 => (9811, "", without_scale),
        19 => (9803, "", conic),
        20 => (0, "Stereographic", with_scale),
        25 => (9815, "", &[8812, 8811, 8816, 8817]),
        26 => (9805, "", &[8802, 8823]),
        27 => (9818, "", without_scale),
        30 => (9806, "", without_scale),
        31 => (9809, "", with_scale),
        32 => (1041, "", &[8833, 8811, 8818, 1036, 8806, 8807]),
        33 => (1028, "", without_scale),
        _ => return None,
    };
    Method::by_epsg(epsg).or_else(|| Method::by_name(name)).map(|method| (method, parameters))
}

fn projected(
    projection: u16,
    base: Geodetic,
    datum: u16,
    length: &Unit,
    numbers: &[f64],
) -> Result<Definition> {
    let unknown = || Error::unsupported(format!("MapInfo: the projection {projection}"));
    let (mut method, order) = method(projection).ok_or_else(unknown)?;
    let mut base = base;
    if projection == 10 && datum == WEB_DATUM {
        // Its own ellipsoid tells it from Mercator's projection; GDAL makes Web Mercator on WGS 84 of it.
        method = Method::by_epsg(1024).ok_or_else(unknown)?;
        base = registry::geodetic(4326).unwrap_or(base);
    }
    let degree = Unit::degree();
    let parameters = method.parameters.iter().map(|param| {
        let given = order.iter().position(|code| *code == param.epsg).and_then(|at| numbers.get(at));
        // The azimuth and the angle of the grid of the Swiss projection, and the latter of any oblique one.
        let otherwise = if matches!(param.epsg, 8813 | 8814) { 90.0 } else { param.kind.neutral() };
        param.with(given.copied().unwrap_or(otherwise), &degree, length)
    });
    let conversion = Conversion {
        name: "unnamed".to_owned(),
        method: method.name.to_owned(),
        method_id: method.id(),
        parameters: parameters.collect(),
        id: None,
    };
    let conversion = on_ellipsoid(conversion, &base.datum.ellipsoid);
    let cs = projected_cs(&conversion, length);
    let name = "unnamed".to_owned();
    Ok(Definition::Projected(Projected { name, base, conversion, cs, id: None, remark: None }))
}
