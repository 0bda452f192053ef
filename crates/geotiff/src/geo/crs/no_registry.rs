//! In the place of the registry where the feature `epsg` is off: nothing is known but the commonest units.

use super::model::{
    Conversion, DEGREE, Datum, Definition, Ellipsoid, Geodetic, Id, Named, PrimeMeridian, Projected, Unit,
    UnitKind, Vertical, VerticalDatum,
};

pub(crate) fn unit(code: u32) -> Option<Unit> {
    let (name, kind, factor) = match code {
        9001 => ("metre", UnitKind::Length, 1.0),
        9002 => ("foot", UnitKind::Length, 0.3048),
        9003 => ("US survey foot", UnitKind::Length, 12.0 / 39.37),
        9101 => ("radian", UnitKind::Angle, 1.0),
        9102 | 9122 => ("degree", UnitKind::Angle, DEGREE),
        9105 => ("grad", UnitKind::Angle, 0.9 * DEGREE),
        _ => return None,
    };
    Some(Unit { name: name.to_owned(), kind, factor, id: Some(Id::epsg(code)) })
}

macro_rules! nothing {
    ($($name:ident($($argument:ident: $from:ty)?) -> $to:ty;)+) => {
        $(pub(crate) fn $name($($argument: $from)?) -> Option<$to> {
            $(let _ = $argument;)?
            None
        })+
    };
}

nothing! {
    ellipsoid(code: u32) -> Ellipsoid;
    prime_meridian(code: u32) -> PrimeMeridian;
    datum(code: u32) -> Datum;
    datum_named(name: &str) -> Datum;
    vertical_datum(code: u32) -> VerticalDatum;
    vertical_datum_named(name: &str) -> VerticalDatum;
    conversion(code: u32) -> Conversion;
    crs(code: u32) -> Definition;
    geodetic(code: u32) -> Geodetic;
    geodetic_name(esri: &str) -> String;
    projected(code: u32) -> Projected;
    projected_code(esri: &str) -> u32;
    replacement(code: u32) -> u32;
    vertical(code: u32) -> Vertical;
}

pub(crate) fn ellipsoid_like(is: impl Fn(&Ellipsoid) -> bool) -> Option<Ellipsoid> {
    let _ = is;
    None
}

pub(crate) fn unit_like(_name: &str, kind: UnitKind, is: impl Fn(f64) -> bool) -> Option<Unit> {
    let units = [9001, 9002, 9003, 9101, 9102, 9105].into_iter().filter_map(unit);
    units.into_iter().find(|unit| unit.kind == kind && is(unit.factor))
}

pub(crate) fn esri_name(_of: Named, _code: Option<u32>, _name: &str) -> Option<String> {
    None
}

pub(crate) fn is_method(_code: u32) -> bool {
    true
}
