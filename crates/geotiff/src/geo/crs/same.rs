//! Whether two CRSs are the same, whatever they are called; and which number of EPSG's a CRS has.

use super::methods::same as same_name;
#[cfg(feature = "epsg")]
use super::model::{Bound, Geodetic};
use super::model::{
    Conversion, Cs, Datum, Definition, Ellipsoid, Ensemble, Id, Parameter, PrimeMeridian, Projected, Unit,
    Vertical,
};

/// How far apart, relative to their size, two numbers may be that mean the same.
const NEAR: f64 = 1e-9;

pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * a.abs().max(b.abs()).max(1e-3)
}

/// Whether two CRSs give every place the same coordinates. Names count only where there is nothing else: for datums
/// without a number.
pub(super) fn same(a: &Definition, b: &Definition) -> bool {
    match (a, b) {
        (Definition::Geodetic(a), Definition::Geodetic(b)) => {
            same_datum(&a.datum, &b.datum) && same_cs(&a.cs, &b.cs)
        }
        (Definition::Projected(a), Definition::Projected(b)) => same_projected(a, b) && same_cs(&a.cs, &b.cs),
        (Definition::Vertical(a), Definition::Vertical(b)) => same_vertical(a, b),
        (Definition::Compound(a), Definition::Compound(b)) => {
            same(&a.horizontal, &b.horizontal) && same_vertical(&a.vertical, &b.vertical)
        }
        (Definition::Engineering(a), Definition::Engineering(b)) => {
            a.datum == b.datum && same_cs(&a.cs, &b.cs)
        }
        (Definition::Bound(a), Definition::Bound(b)) => {
            same(&a.source, &b.source) && a.to_wgs84.iter().zip(&b.to_wgs84).all(|(a, b)| near(*a, *b))
        }
        _ => false,
    }
}

/// But for the axes.
fn same_projected(a: &Projected, b: &Projected) -> bool {
    same_datum(&a.base.datum, &b.base.datum) && same_conversion(&a.conversion, &b.conversion)
}

/// Whether two projected CRSs are the same, in whatever order their axes stand.
pub(super) fn same_but_for_order(a: &Projected, b: &Projected) -> bool {
    same_projected(a, b) && same_axes(&a.cs, &b.cs)
}

fn same_vertical(a: &Vertical, b: &Vertical) -> bool {
    let numbers = (number(a.datum.id.as_ref()), number(b.datum.id.as_ref()));
    let datum = match numbers {
        (Some(a), Some(b)) => a == b,
        _ => same_name(&a.datum.name, &b.datum.name),
    };
    datum && same_cs(&a.cs, &b.cs)
}

fn number(id: Option<&Id>) -> Option<u32> {
    id.and_then(Id::as_epsg)
}

pub(super) fn same_ellipsoid(a: &Ellipsoid, b: &Ellipsoid) -> bool {
    near(a.semi_major_metres(), b.semi_major_metres()) && near(a.inverse_flattening(), b.inverse_flattening())
}

fn same_meridian(a: &PrimeMeridian, b: &PrimeMeridian) -> bool {
    (a.degrees() - b.degrees()).abs() < 1e-8
}

/// A datum of which nothing is known but its ellipsoid.
#[cfg(feature = "epsg")]
fn is_unknown(datum: &Datum) -> bool {
    datum.id.is_none() && datum.name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("unknown"))
}

pub(super) fn same_datum(a: &Datum, b: &Datum) -> bool {
    let known = match (number(a.id.as_ref()), number(b.id.as_ref())) {
        (Some(a), Some(b)) => a == b,
        _ => same_name(bare(a), bare(b)) || is_member(a, &b.name) || is_member(b, &a.name),
    };
    known && same_shape(a, b)
}

fn same_shape(a: &Datum, b: &Datum) -> bool {
    same_ellipsoid(&a.ellipsoid, &b.ellipsoid) && same_meridian(&a.prime_meridian, &b.prime_meridian)
}

/// The name without the word that says that there are several of it.
fn bare(datum: &Datum) -> &str {
    datum.name.strip_suffix(" ensemble").unwrap_or(&datum.name)
}

fn is_member(datum: &Datum, name: &str) -> bool {
    let in_it = |ensemble: &Ensemble| ensemble.members.iter().any(|(member, _)| same_name(member, name));
    datum.ensemble.as_ref().is_some_and(in_it)
}

fn same_unit(a: &Unit, b: &Unit) -> bool {
    a.kind == b.kind && near(a.factor, b.factor)
}

pub(super) fn same_cs(a: &Cs, b: &Cs) -> bool {
    let axes = a.axes.iter().zip(&b.axes);
    a.kind == b.kind
        && a.axes.len() == b.axes.len()
        && axes.into_iter().all(|(a, b)| a.direction == b.direction && same_unit(&a.unit, &b.unit))
}

/// As [`same_cs`], with the axes in any order.
fn same_axes(a: &Cs, b: &Cs) -> bool {
    a.axes.len() == b.axes.len() && a.axes.iter().zip(&b.axes).all(|(a, b)| same_unit(&a.unit, &b.unit))
}

fn same_method(a: &Conversion, b: &Conversion) -> bool {
    match (a.method_number(), b.method_number()) {
        (Some(a), Some(b)) => a == b,
        _ => same_name(&a.method, &b.method),
    }
}

/// Lambert's conic projection with its two standard parallels in the other order, which does not change it. PROJ compares
/// no other projection so.
fn parallels_swapped(conversion: &Conversion) -> Option<Conversion> {
    if conversion.method_number() != Some(9802) {
        return None;
    }
    let (first, second) = (conversion.parameter(8823)?.clone(), conversion.parameter(8824)?.clone());
    let mut swapped = conversion.clone();
    for parameter in &mut swapped.parameters {
        let other = match number(parameter.id.as_ref()) {
            Some(8823) => &second,
            Some(8824) => &first,
            _ => continue,
        };
        (parameter.value, parameter.unit) = (other.value, other.unit.clone());
    }
    Some(swapped)
}

/// A parameter that one of them leaves out is 0, or 1 if it is a scale.
pub(super) fn same_conversion(a: &Conversion, b: &Conversion) -> bool {
    let has = |conversion: &Conversion, wanted: &Parameter| {
        let found = conversion.parameters.iter().find(|p| {
            match (number(p.id.as_ref()), number(wanted.id.as_ref())) {
                (Some(a), Some(b)) => a == b,
                _ => same_name(&p.name, &wanted.name),
            }
        });
        let value = found.map_or(wanted.unit.kind.neutral(), |p| p.value * p.unit.factor);
        let wanted = wanted.value * wanted.unit.factor;
        near(value, wanted) || (value - wanted).abs() < 1e-11
    };
    let same = |a: &Conversion, b: &Conversion| {
        a.parameters.iter().all(|p| has(b, p)) && b.parameters.iter().all(|p| has(a, p))
    };
    same_method(a, b) && (same(a, b) || parallels_swapped(a).is_some_and(|swapped| same(&swapped, b)))
}

/// EPSG's number of a CRS: its own if the registry means the same by it, else that of the CRS that is the same.
#[cfg(feature = "epsg")]
pub(super) fn identify(definition: &Definition) -> Option<u32> {
    use super::registry::{self, Table};

    // A shift to WGS 84 beside a CRS that has a number does not change which CRS it is.
    if let Definition::Bound(Bound { source, .. }) = definition
        && source.id().is_some()
    {
        return identify(source);
    }
    if let Some(code) = number(definition.id()) {
        // A file that changes what it names means nothing that has a number. The order of axes is a matter of
        // how a text is written.
        let as_registered = |known: &Definition| match (known, definition) {
            (Definition::Projected(a), Definition::Projected(b)) => same_but_for_order(a, b),
            (Definition::Geodetic(a), Definition::Geodetic(b)) => {
                same_datum(&a.datum, &b.datum) && same_axes(&a.cs, &b.cs)
            }
            (a, b) => same(a, b),
        };
        return Some(code).filter(|code| registry::crs(*code).is_some_and(|known| as_registered(&known)));
    }
    match definition {
        Definition::Geodetic(crs) => geodetic_code(crs),
        Definition::Projected(crs) => projected_code(crs, |_| true),
        Definition::Vertical(crs) => best(
            &crs.name,
            Table::VerticalCrs,
            |_| true,
            |code| registry::vertical(code).is_some_and(|known| same_vertical(&known, crs)),
        ),
        Definition::Compound(crs) => {
            let (horizontal, vertical) = (identify(&crs.horizontal)?, identify_vertical(&crs.vertical)?);
            registry::compound_of(horizontal, vertical)
        }
        // Of a datum that has no name the shift to WGS 84 tells which it is.
        Definition::Bound(Bound { source, to_wgs84 }) => match &**source {
            Definition::Projected(crs) if is_unknown(&crs.base.datum) => projected_code(crs, |known| {
                let base = number(known.base.id.as_ref());
                base.is_some_and(|base| registry::has_shift(base, to_wgs84, near))
            }),
            other => identify(other),
        },
        Definition::Engineering(_) => None,
        Definition::Unresolved { code, .. } => *code,
    }
}

/// Without the registry a number is taken at its word.
#[cfg(not(feature = "epsg"))]
pub(super) fn identify(definition: &Definition) -> Option<u32> {
    match definition {
        Definition::Unresolved { code, .. } => *code,
        other => number(other.id()),
    }
}

#[cfg(feature = "epsg")]
fn identify_vertical(crs: &Vertical) -> Option<u32> {
    identify(&Definition::Vertical(crs.clone()))
}

#[cfg(feature = "epsg")]
fn geodetic_code(crs: &Geodetic) -> Option<u32> {
    use super::registry::{self, Table};

    if is_unknown(&crs.datum) {
        return None;
    }
    best(
        &crs.name,
        Table::GeodeticCrs,
        |_| true,
        |code| {
            registry::geodetic(code)
                .is_some_and(|known| same_datum(&known.datum, &crs.datum) && same_cs(&known.cs, &crs.cs))
        },
    )
}

#[cfg(feature = "epsg")]
fn projected_code(crs: &Projected, may_be: impl Fn(&Projected) -> bool) -> Option<u32> {
    use super::registry::{self, Table};

    // ESRI joins words by underscores; what it names so is in a registry of its own.
    if crs.name.contains('_') && !crs.name.contains(' ') {
        return None;
    }

    let method = crs.conversion.method_number();
    let conversions: std::collections::HashSet<u32> = registry::records(Table::Conversion)
        .filter(|(_, record)| method.is_none() || registry::method_of(record) == method)
        .filter(|(code, _)| {
            registry::conversion(*code).is_some_and(|known| same_conversion(&known, &crs.conversion))
        })
        .map(|(code, _)| code)
        .collect();
    if conversions.is_empty() {
        return None;
    }
    let alike = |code, same_order: bool| {
        registry::projected(code).is_some_and(|known| {
            // PROJ takes a datum that is not known for any on its ellipsoid.
            let datums = (&known.base.datum, &crs.base.datum);
            let datum =
                same_datum(datums.0, datums.1) || (is_unknown(datums.1) && same_shape(datums.0, datums.1));
            let axes = if same_order { same_cs(&known.cs, &crs.cs) } else { same_axes(&known.cs, &crs.cs) };
            datum && axes && may_be(&known)
        })
    };
    let uses = |record: &registry::Record<'_>| conversions.contains(&registry::conversion_of(record));
    // Files lay out rows and columns as east and north, in whatever order the registry gives the two.
    best(&crs.name, Table::ProjectedCrs, uses, |code| alike(code, true))
        .or_else(|| best(&crs.name, Table::ProjectedCrs, uses, |code| alike(code, false)))
}

/// The first record that passes: one with this name before others, one in use before one that is not.
#[cfg(feature = "epsg")]
fn best(
    name: &str,
    table: super::registry::Table,
    may_be: impl Fn(&super::registry::Record<'_>) -> bool,
    is: impl Fn(u32) -> bool,
) -> Option<u32> {
    use super::registry;

    let found = registry::records(table).filter(|(code, record)| may_be(record) && is(*code));
    let rank = |record: &registry::Record<'_>| {
        (!same_name(&record.clone().name(), name), registry::is_deprecated(record))
    };
    found.map(|(code, record)| (rank(&record), code)).min().map(|(_, code)| code)
}
