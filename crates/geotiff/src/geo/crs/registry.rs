//! The EPSG registry, embedded.
//!
//! `registry/epsg.bin` is made by `registry/make.py`: the length of a text as a little-endian number of 4 bytes, then
//! that text in a zlib stream. The text is a row of tables: a line `#NAME`, then a line for each record, its fields
//! parted by tabs, the code first, in ascending order. Fields that end a line empty are left out.

use std::sync::OnceLock;

use super::methods::same;
use super::model::{
    Axis, Compound, Conversion, Cs, CsKind, Datum, Definition, Ellipsoid, Ensemble, Geodetic, Id, Named,
    Parameter, PrimeMeridian, Projected, Shape, Unit, UnitKind, Vertical, VerticalDatum,
};
use crate::compress::Deflate;

const PACKED: &[u8] = include_bytes!("../../../registry/epsg.bin");

/// Tables, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Unit,
    Ellipsoid,
    PrimeMeridian,
    GeodeticDatum,
    VerticalDatum,
    CoordinateSystem,
    Parameter,
    Method,
    Conversion,
    GeodeticCrs,
    ProjectedCrs,
    VerticalCrs,
    CompoundCrs,
    GeodeticDatumEsri,
    VerticalDatumEsri,
    GeodeticCrsEsri,
    ProjectedCrsEsri,
    EllipsoidEsri,
    VerticalCrsEsri,
    ToWgs84,
    Replacement,
}

/// The text, and where each record of each table begins.
struct Registry {
    text: String,
    tables: Vec<Vec<(u32, usize)>>,
}

/// The fields of a record after its code.
#[derive(Clone)]
pub(super) struct Record<'a>(std::str::Split<'a, char>);

impl<'a> Record<'a> {
    fn text(&mut self) -> &'a str {
        self.0.next().unwrap_or_default()
    }

    pub(super) fn code(&mut self) -> u32 {
        self.text().parse().unwrap_or(0)
    }

    fn number(&mut self) -> Option<f64> {
        self.text().parse().ok()
    }

    /// The name, which stands first in every table.
    pub(super) fn name(&mut self) -> String {
        self.text().to_owned()
    }
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let (length, packed) = PACKED.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let mut text = vec![0; usize::try_from(u32::from_le_bytes(*length)).unwrap_or(0)];
        let whole = Deflate::new().decode_some(packed, &mut text).is_ok_and(|have| have == text.len());
        let text = if whole { String::from_utf8(text).unwrap_or_default() } else { String::new() };
        let mut tables = Vec::new();
        let mut at = 0_usize;
        for line in text.split_inclusive('\n') {
            if line.starts_with('#') {
                tables.push(Vec::new());
            } else if let Some(table) = tables.last_mut() {
                let code = line.split('\t').next().and_then(|code| code.trim_end().parse().ok());
                table.push((code.unwrap_or(0), at));
            }
            at = at.saturating_add(line.len());
        }
        Registry { text, tables }
    })
}

impl Registry {
    fn table(&self, table: Table) -> &[(u32, usize)] {
        self.tables.get(table as usize).map_or(&[], Vec::as_slice)
    }

    fn record(&self, start: usize) -> Record<'_> {
        let line = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let mut fields = line.split('\t');
        fields.next();
        Record(fields)
    }
}

fn find(table: Table, code: u32) -> Option<Record<'static>> {
    let registry = registry();
    let records = registry.table(table);
    let at = records.binary_search_by_key(&code, |(code, _)| *code).ok()?;
    records.get(at).map(|(_, start)| registry.record(*start))
}

/// All records of a table, with their codes.
pub(super) fn records(table: Table) -> impl Iterator<Item = (u32, Record<'static>)> {
    let registry = registry();
    registry.table(table).iter().map(|(code, start)| (*code, registry.record(*start)))
}

/// The code of the first record of a table with this name, be it for case and the marks between words.
fn code_of(table: Table, name: &str) -> Option<u32> {
    records(table).find(|(_, record)| same(record.clone().text(), name)).map(|(code, _)| code)
}

pub(crate) fn unit(code: u32) -> Option<Unit> {
    let mut record = find(Table::Unit, code)?;
    let name = record.name();
    // EPSG's name of it says how it may be written down.
    let name = if code == 9122 { "degree".to_owned() } else { name };
    let kind = match record.text() {
        "l" => UnitKind::Length,
        "a" => UnitKind::Angle,
        _ => UnitKind::Scale,
    };
    Some(Unit { name, kind, factor: record.number()?, id: Some(Id::epsg(code)) })
}

/// The unit of this size: the one of this name before others.
pub(crate) fn unit_like(name: &str, kind: UnitKind, is: impl Fn(f64) -> bool) -> Option<Unit> {
    let units = records(Table::Unit).filter_map(|(code, _)| unit(code));
    let found: Vec<_> = units.filter(|unit| unit.kind == kind && is(unit.factor)).collect();
    let named = found.iter().position(|unit| unit.name.eq_ignore_ascii_case(name));
    let common =
        || found.iter().position(|unit| matches!(unit.id.as_ref().and_then(Id::as_epsg), Some(9001..=9105)));
    found.get(named.or_else(common).unwrap_or(0)).cloned()
}

/// A value and its unit; sexagesimal ones become degrees.
fn measure(value: &str, unit_code: &str) -> Option<(f64, Unit)> {
    let code = unit_code.parse().ok()?;
    let number: f64 = value.parse().ok()?;
    match code {
        // Degrees, minutes and seconds as the digits of one number: DDD.MMSSsss.
        9110 => {
            let (degrees, fraction) =
                value.trim_start_matches('-').split_once('.').unwrap_or((value.trim_start_matches('-'), ""));
            let digits = format!("{fraction:0<4}");
            let (minutes, seconds) = digits.split_at_checked(2)?;
            let (whole, part) = seconds.split_at_checked(2)?;
            let seconds: f64 = format!("{whole}.{part}0").parse().ok()?;
            let degrees: f64 = degrees.parse().ok()?;
            let minutes: f64 = minutes.parse().ok()?;
            let value = degrees + minutes / 60.0 + seconds / 3600.0;
            Some((if number < 0.0 { -value } else { value }, Unit::degree()))
        }
        _ => Some((number, unit(code)?)),
    }
}

pub(crate) fn ellipsoid(code: u32) -> Option<Ellipsoid> {
    let mut record = find(Table::Ellipsoid, code)?;
    let (name, semi_major, unit_code) = (record.name(), record.number()?, record.code());
    let shape = match record.number() {
        Some(inverse) => Shape::InverseFlattening(inverse),
        None => Shape::SemiMinor(record.number()?),
    };
    let shape = if shape == Shape::SemiMinor(semi_major) { Shape::InverseFlattening(0.0) } else { shape };
    Some(Ellipsoid { name, semi_major, shape, unit: unit(unit_code)?, id: Some(Id::epsg(code)) })
}

pub(crate) fn prime_meridian(code: u32) -> Option<PrimeMeridian> {
    let mut record = find(Table::PrimeMeridian, code)?;
    let name = record.name();
    let (value, unit_code) = (record.text(), record.text());
    let (longitude, unit) = measure(value, unit_code)?;
    Some(PrimeMeridian { name, longitude, unit, id: Some(Id::epsg(code)) })
}

fn ensemble(table: Table, record: &mut Record<'_>) -> Option<Ensemble> {
    let accuracy = record.name();
    let members = record.text();
    if accuracy.is_empty() {
        return None;
    }
    let member = |code: &str| {
        let code = code.parse().ok()?;
        Some((find(table, code)?.name(), Some(Id::epsg(code))))
    };
    Some(Ensemble { members: members.split(' ').filter_map(member).collect(), accuracy })
}

pub(crate) fn datum(code: u32) -> Option<Datum> {
    let mut record = find(Table::GeodeticDatum, code)?;
    Some(Datum {
        name: record.name(),
        ellipsoid: ellipsoid(record.code())?,
        prime_meridian: prime_meridian(record.code())?,
        epoch: record.number(),
        ensemble: ensemble(Table::GeodeticDatum, &mut record),
        id: Some(Id::epsg(code)),
    })
}

pub(crate) fn vertical_datum(code: u32) -> Option<VerticalDatum> {
    let mut record = find(Table::VerticalDatum, code)?;
    Some(VerticalDatum {
        name: record.name(),
        epoch: record.number(),
        ensemble: ensemble(Table::VerticalDatum, &mut record),
        id: Some(Id::epsg(code)),
    })
}

fn cs(code: u32) -> Option<Cs> {
    let mut record = find(Table::CoordinateSystem, code)?;
    let kind = match record.text() {
        "e" => CsKind::Ellipsoidal,
        "c" => CsKind::Cartesian,
        _ => CsKind::Vertical,
    };
    let axes = record.0.filter(|axis| !axis.is_empty()).map(axis).collect::<Option<_>>()?;
    Some(Cs { kind, axes })
}

/// `NAME|ABBREVIATION|ORIENTATION|UNIT`; an axis at a pole is oriented `South along 90°E`.
fn axis(text: &str) -> Option<Axis> {
    let mut fields = text.split('|');
    let (name, abbreviation) = (fields.next()?, fields.next()?);
    let (orientation, code) = (fields.next()?, fields.next()?.parse().ok()?);
    let (direction, meridian) = match orientation.split_once(" along ") {
        None => (orientation.to_owned(), None),
        Some((direction, meridian)) => {
            let (degrees, side) = meridian.split_once('°')?;
            let degrees: f64 = degrees.parse().ok()?;
            (direction.to_lowercase(), Some(if side == "W" { -degrees } else { degrees }))
        }
    };
    let mut axis = Axis::new(name, abbreviation, &direction, unit(code)?);
    axis.meridian = meridian;
    Some(axis)
}

pub(crate) fn conversion(code: u32) -> Option<Conversion> {
    let mut record = find(Table::Conversion, code)?;
    let name = record.name();
    let method_code = record.code();
    let mut method = find(Table::Method, method_code)?;
    let method_name = method.name();
    let parameters = method.text().split(' ').zip(record.0).map(|(code, value)| {
        let (value, unit_code) = value.split_once('|')?;
        let (value, unit) = measure(value, unit_code)?;
        let code = code.parse().ok()?;
        Some(Parameter { name: find(Table::Parameter, code)?.name(), value, unit, id: Some(Id::epsg(code)) })
    });
    Some(Conversion {
        name,
        parameters: parameters.collect::<Option<_>>()?,
        method: method_name,
        method_id: Some(Id::epsg(method_code)),
        id: Some(Id::epsg(code)),
    })
}

pub(crate) fn is_method(code: u32) -> bool {
    find(Table::Method, code).is_some()
}

pub(crate) fn geodetic(code: u32) -> Option<Geodetic> {
    let mut record = find(Table::GeodeticCrs, code)?;
    let (name, _, system, datum_code) = (record.name(), record.text(), record.code(), record.code());
    Some(Geodetic { name, datum: datum(datum_code)?, cs: cs(system)?, id: Some(Id::epsg(code)) })
}

pub(crate) fn projected(code: u32) -> Option<Projected> {
    let mut record = find(Table::ProjectedCrs, code)?;
    let (name, system) = (record.name(), record.code());
    let (base, conversion) = (geodetic(record.code())?, conversion(record.code())?);
    Some(Projected { name, base, conversion, cs: cs(system)?, id: Some(Id::epsg(code)), remark: None })
}

pub(crate) fn vertical(code: u32) -> Option<Vertical> {
    let mut record = find(Table::VerticalCrs, code)?;
    let (name, system) = (record.name(), record.code());
    Some(Vertical { name, datum: vertical_datum(record.code())?, cs: cs(system)?, id: Some(Id::epsg(code)) })
}

fn compound(code: u32) -> Option<Compound> {
    let mut record = find(Table::CompoundCrs, code)?;
    let (name, horizontal_code) = (record.name(), record.code());
    let horizontal = geodetic(horizontal_code).map(Definition::Geodetic);
    let horizontal = horizontal.or_else(|| projected(horizontal_code).map(Definition::Projected))?;
    let vertical = vertical(record.code())?;
    Some(Compound { name, horizontal: Box::new(horizontal), vertical, id: Some(Id::epsg(code)) })
}

/// The CRS with this code, of whatever kind.
pub(crate) fn crs(code: u32) -> Option<Definition> {
    projected(code)
        .map(Definition::Projected)
        .or_else(|| geodetic(code).map(Definition::Geodetic))
        .or_else(|| vertical(code).map(Definition::Vertical))
        .or_else(|| compound(code).map(Definition::Compound))
}

/// Whether the registry calls a CRS out of use.
pub(crate) fn is_deprecated(record: &Record<'_>) -> bool {
    record.clone().0.next_back() == Some("!")
}

/// The method of a record of conversions.
pub(super) fn method_of(record: &Record<'_>) -> Option<u32> {
    record.clone().0.nth(1).and_then(|code| code.parse().ok())
}

/// The conversion of a record of projected CRSs.
pub(super) fn conversion_of(record: &Record<'_>) -> u32 {
    record.clone().0.nth(3).and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// The compound CRS of two others.
pub(super) fn compound_of(horizontal: u32, vertical: u32) -> Option<u32> {
    let of = |mut record: Record<'_>| {
        record.name();
        (record.code(), record.code())
    };
    let found =
        records(Table::CompoundCrs).filter(|(_, record)| of(record.clone()) == (horizontal, vertical));
    found.map(|(code, record)| (is_deprecated(&record), code)).min().map(|(_, code)| code)
}

/// The datum that EPSG or ESRI calls so.
pub(crate) fn datum_named(name: &str) -> Option<Datum> {
    let code = code_of(Table::GeodeticDatum, name).or_else(|| code_of(Table::GeodeticDatumEsri, name));
    let code =
        code.or_else(|| OTHER_DATUMS.iter().find(|(other, _)| same(other, name)).map(|(_, code)| *code));
    code.and_then(datum)
}

/// Names that WKT 1 uses beside those of the registry.
const OTHER_DATUMS: [(&str, u32); 4] =
    [("WGS_1984", 6326), ("NAD27", 6267), ("NAD83", 6269), ("World Geodetic System 1984", 6326)];

pub(crate) fn vertical_datum_named(name: &str) -> Option<VerticalDatum> {
    let code = code_of(Table::VerticalDatum, name).or_else(|| code_of(Table::VerticalDatumEsri, name));
    code.and_then(vertical_datum)
}

/// ESRI's name of what EPSG calls so, if it has one; `code` is EPSG's number, if it is known.
pub(crate) fn esri_name(of: Named, code: Option<u32>, name: &str) -> Option<String> {
    let (own, esri) = match of {
        Named::Ellipsoid => (Table::Ellipsoid, Table::EllipsoidEsri),
        Named::GeodeticDatum => (Table::GeodeticDatum, Table::GeodeticDatumEsri),
        Named::VerticalDatum => (Table::VerticalDatum, Table::VerticalDatumEsri),
        Named::GeodeticCrs => (Table::GeodeticCrs, Table::GeodeticCrsEsri),
        Named::ProjectedCrs => (Table::ProjectedCrs, Table::ProjectedCrsEsri),
        Named::VerticalCrs => (Table::VerticalCrs, Table::VerticalCrsEsri),
    };
    // Of those that were called so and have gone out of use, one has it.
    let named = || records(own).filter(|(_, record)| record.clone().text() == name).map(|(code, _)| code);
    let found = code.and_then(|code| find(esri, code)).or_else(|| named().find_map(|code| find(esri, code)));
    found.map(|mut record| record.name())
}

/// EPSG's name of the geodetic CRS that ESRI calls so.
pub(crate) fn geodetic_name(esri: &str) -> Option<String> {
    find(Table::GeodeticCrs, code_of(Table::GeodeticCrsEsri, esri)?).map(|mut record| record.name())
}

/// EPSG's code of the projected CRS that ESRI calls so.
pub(crate) fn projected_code(esri: &str) -> Option<u32> {
    code_of(Table::ProjectedCrsEsri, esri)
}

/// The projected CRS that has taken the place of one out of use.
pub(crate) fn replacement(code: u32) -> Option<u32> {
    find(Table::Replacement, code).map(|mut record| record.code())
}

/// Whether a CRS is known to be shifted and turned to WGS 84 by these numbers.
pub(super) fn has_shift(code: u32, to_wgs84: &[f64; 7], near: impl Fn(f64, f64) -> bool) -> bool {
    let is = |mut record: Record<'_>| {
        let mut numbers = record.text().split(' ').map(str::parse);
        to_wgs84
            .iter()
            .all(|wanted| numbers.next().and_then(Result::ok).is_some_and(|own| near(own, *wanted)))
    };
    records(Table::ToWgs84).any(|(source, record)| source == code && is(record))
}

/// The first ellipsoid that is so.
pub(crate) fn ellipsoid_like(is: impl Fn(&Ellipsoid) -> bool) -> Option<Ellipsoid> {
    records(Table::Ellipsoid).filter_map(|(code, _)| ellipsoid(code)).find(|known| is(known))
}
