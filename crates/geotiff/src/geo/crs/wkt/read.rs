//! From well-known text, of whichever version, to a CRS.

use super::tree::Node;
use super::version1;
use crate::error::{Error, Result};
use crate::geo::crs::methods::{Method, Param};
use crate::geo::crs::model::{
    Axis, Bound, Compound, Conversion, Cs, CsKind, DEGREE, Datum, Definition, Ellipsoid, Engineering,
    Ensemble, Geodetic, Id, Parameter, PrimeMeridian, Projected, Shape, Unit, UnitKind, Vertical,
    VerticalDatum,
};
use crate::geo::crs::registry;

/// The CRS that a text describes.
///
/// # Errors
///
/// When the text is damaged, or leaves out what a CRS needs, or is of a kind that is not known.
pub(crate) fn read(text: &str) -> Result<Definition> {
    let nodes = Node::parse(text)?;
    match nodes.as_slice() {
        [node] => definition(node),
        [horizontal, vertical] => {
            let horizontal = definition(horizontal)?;
            let Definition::Vertical(vertical) = definition(vertical)? else { return Err(not_vertical()) };
            let name = format!("{} + {}", horizontal.name(), vertical.name);
            Ok(Definition::Compound(Compound { name, horizontal: Box::new(horizontal), vertical, id: None }))
        }
        _ => Err(Error::usage(format!("WKT: {} CRSs behind each other", nodes.len()))),
    }
}

/// The CRS that a text describes, and the epoch of its coordinates, if the text is one of coordinate metadata
/// (OGC 18-010r7, section 16).
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_with_epoch(text: &str) -> Result<(Definition, Option<f64>)> {
    match Node::parse(text)?.as_slice() {
        [node] if node.is(&["COORDINATEMETADATA"]) => {
            let crs = node.children().next().ok_or_else(|| missing(node, "its CRS"))?;
            let epoch = node.child(&["EPOCH", "COORDEPOCH"]).and_then(|epoch| epoch.number_at(0));
            Ok((definition(crs)?, epoch))
        }
        _ => Ok((read(text)?, None)),
    }
}

fn not_vertical() -> Error {
    Error::unsupported("a compound CRS whose second part is not vertical")
}

pub(super) fn definition(node: &Node) -> Result<Definition> {
    Ok(match node.keyword.to_ascii_uppercase().as_str() {
        "GEOGCRS" | "GEOGRAPHICCRS" | "GEODCRS" | "GEODETICCRS" => Definition::Geodetic(geodetic(node)?),
        "PROJCRS" | "PROJECTEDCRS" => Definition::Projected(projected(node)?),
        "VERTCRS" | "VERTICALCRS" => Definition::Vertical(vertical(node)?),
        "ENGCRS" | "ENGINEERINGCRS" => Definition::Engineering(engineering(node)?),
        "COMPOUNDCRS" | "COMPD_CS" => compound(node)?,
        "BOUNDCRS" => bound(node)?,
        _ => version1::definition(node)?,
    })
}

pub(super) fn missing(node: &Node, what: &str) -> Error {
    Error::usage(format!("WKT: {} \"{}\" without {what}", node.keyword, node.at(0)))
}

fn compound(node: &Node) -> Result<Definition> {
    let mut parts =
        node.children().filter(|part| !part.is(&["ID", "AUTHORITY", "USAGE", "REMARK", "EXTENSION"]));
    let horizontal = definition(parts.next().ok_or_else(|| missing(node, "its horizontal CRS"))?)?;
    match definition(parts.next().ok_or_else(|| missing(node, "its vertical CRS"))?)? {
        Definition::Vertical(vertical) => Ok(Definition::Compound(Compound {
            name: node.at(0).to_owned(),
            horizontal: Box::new(horizontal),
            vertical,
            id: id(node),
        })),
        _ => Err(not_vertical()),
    }
}

fn bound(node: &Node) -> Result<Definition> {
    let inner = |keyword: &str| node.child(&[keyword]).and_then(|part| part.children().next());
    let source = definition(inner("SOURCECRS").ok_or_else(|| missing(node, "its source"))?)?;
    let shift = node.child(&["ABRIDGEDTRANSFORMATION"]).ok_or_else(|| missing(node, "its transformation"))?;
    let mut to_wgs84 = [0.0; 7];
    for parameter in shift.all(&["PARAMETER"]) {
        let place = id(parameter).and_then(|id| id.as_epsg()).and_then(|code| code.checked_sub(8605));
        let value = parameter.number_at(1).unwrap_or(0.0);
        let Some(slot) = place.and_then(|place| to_wgs84.get_mut(usize::try_from(place).ok()?)) else {
            return Err(Error::unsupported("a bound CRS with a transformation that is no shift and turn"));
        };
        *slot = if place == Some(6) { (value - 1.0) * 1e6 } else { value };
    }
    Ok(Definition::Bound(Bound { source: Box::new(source), to_wgs84 }))
}

fn geodetic(node: &Node) -> Result<Geodetic> {
    let cs = cs(node)?;
    Ok(Geodetic { name: node.at(0).to_owned(), datum: datum(node)?, cs, id: id(node) })
}

fn projected(node: &Node) -> Result<Projected> {
    let base = node.child(&["BASEGEOGCRS", "BASEGEODCRS"]).ok_or_else(|| missing(node, "its base CRS"))?;
    let datum = datum(base)?;
    let angle = base.child(&["ANGLEUNIT", "UNIT"]).and_then(|node| unit(node, UnitKind::Angle));
    let angle = angle.unwrap_or_else(|| datum.prime_meridian.unit.clone());
    let cs = cs(node)?;
    let length = cs.unit().cloned().unwrap_or_else(Unit::metre);
    let conversion = node.child(&["CONVERSION"]).ok_or_else(|| missing(node, "its conversion"))?;
    let conversion = self::conversion(conversion, &angle, &length)?;
    let cs_of_base = Cs::latitude_longitude(&angle);
    let base = Geodetic { name: base.at(0).to_owned(), datum, cs: cs_of_base, id: id(base) };
    let remark = node.child(&["REMARK"]).map(|remark| remark.at(0).to_owned());
    Ok(Projected { name: node.at(0).to_owned(), base, conversion, cs, id: id(node), remark })
}

fn conversion(node: &Node, angle: &Unit, length: &Unit) -> Result<Conversion> {
    let method = node.child(&["METHOD", "PROJECTION"]).ok_or_else(|| missing(node, "its method"))?;
    let method_id = id(method);
    let known = method_id
        .as_ref()
        .and_then(Id::as_epsg)
        .and_then(Method::by_epsg)
        .or_else(|| Method::by_name(method.at(0)));
    let parameter = |node: &Node| {
        let value = node.number_at(1).ok_or_else(|| missing(node, "its value"))?;
        let name = node.at(0);
        let same =
            known.and_then(|method| method.parameters.iter().find(|p| p.name.eq_ignore_ascii_case(name)));
        let own = node.child(&["ANGLEUNIT", "LENGTHUNIT", "SCALEUNIT", "UNIT"]);
        let kind = same.map_or_else(|| guess(name), |p| p.kind);
        let unit = own.and_then(|node| unit(node, kind)).unwrap_or_else(|| match kind {
            UnitKind::Angle => angle.clone(),
            UnitKind::Length => length.clone(),
            UnitKind::Scale => Unit::unity(),
        });
        let number = same.and_then(Param::id);
        Ok(Parameter { name: name.to_owned(), value, unit, id: id(node).or(number) })
    };
    Ok(Conversion {
        name: node.at(0).to_owned(),
        method: method.at(0).to_owned(),
        method_id: method_id.or_else(|| known.and_then(Method::id)),
        parameters: node.all(&["PARAMETER"]).map(parameter).collect::<Result<_>>()?,
        id: id(node),
    })
}

/// What a parameter measures, by its name.
pub(crate) fn guess(name: &str) -> UnitKind {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["scale"]) {
        UnitKind::Scale
    } else if has(&["lat", "lon", "azimuth", "angle", "meridian", "parallel", "rotation"]) {
        UnitKind::Angle
    } else {
        UnitKind::Length
    }
}

fn vertical(node: &Node) -> Result<Vertical> {
    let parts = ["VDATUM", "VERTICALDATUM", "VRF", "VERTICALREFERENCEFRAME", "ENSEMBLE"];
    let datum = node.child(&parts).ok_or_else(|| missing(node, "its datum"))?;
    let datum = VerticalDatum {
        name: datum.at(0).to_owned(),
        epoch: epoch(node),
        ensemble: ensemble(datum),
        id: id(datum).or_else(|| registry::vertical_datum_named(datum.at(0)).and_then(|known| known.id)),
    };
    Ok(Vertical { name: node.at(0).to_owned(), datum, cs: cs(node)?, id: id(node) })
}

fn engineering(node: &Node) -> Result<Engineering> {
    let datum = node.child(&["EDATUM", "ENGINEERINGDATUM"]).map_or("unknown", |datum| datum.at(0)).to_owned();
    Ok(Engineering { name: node.at(0).to_owned(), datum, cs: cs(node)?, id: id(node) })
}

fn epoch(node: &Node) -> Option<f64> {
    node.child(&["DYNAMIC"])?.child(&["FRAMEEPOCH"])?.number_at(0)
}

fn ensemble(node: &Node) -> Option<Ensemble> {
    let accuracy = node.child(&["ENSEMBLEACCURACY"])?.at(0).to_owned();
    let members = node.all(&["MEMBER"]).map(|member| (member.at(0).to_owned(), id(member))).collect();
    Some(Ensemble { members, accuracy })
}

/// The datum in a geodetic or base CRS.
fn datum(node: &Node) -> Result<Datum> {
    let parts = ["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"];
    let datum = node.child(&parts).ok_or_else(|| missing(node, "its datum"))?;
    let ellipsoid = datum.child(&["ELLIPSOID", "SPHEROID"]).ok_or_else(|| missing(datum, "its ellipsoid"))?;
    let ellipsoid = self::ellipsoid(ellipsoid)?;
    let prime_meridian =
        node.child(&["PRIMEM", "PRIMEMERIDIAN"]).map_or_else(PrimeMeridian::greenwich, |meridian| {
            let unit = meridian.child(&["ANGLEUNIT", "UNIT"]).and_then(|node| unit(node, UnitKind::Angle));
            PrimeMeridian {
                name: meridian.at(0).to_owned(),
                longitude: meridian.number_at(1).unwrap_or(0.0),
                unit: unit.unwrap_or_else(Unit::degree),
                id: id(meridian),
            }
        });
    let known = registry::datum_named(datum.at(0))
        .filter(|known| super::super::same::same_ellipsoid(&known.ellipsoid, &ellipsoid));
    Ok(Datum {
        name: datum.at(0).to_owned(),
        ellipsoid,
        prime_meridian,
        epoch: epoch(node),
        ensemble: ensemble(datum),
        id: id(datum).or_else(|| known.and_then(|known| known.id)),
    })
}

pub(super) fn ellipsoid(node: &Node) -> Result<Ellipsoid> {
    let sizes = node.number_at(1).zip(node.number_at(2)).filter(|(a, _)| *a > 0.0);
    let (semi_major, inverse) = sizes.ok_or_else(|| missing(node, "its size and flattening"))?;
    let unit = node.child(&["LENGTHUNIT", "UNIT"]).and_then(|node| unit(node, UnitKind::Length));
    Ok(Ellipsoid {
        name: node.at(0).to_owned(),
        semi_major,
        shape: Shape::InverseFlattening(inverse),
        unit: unit.unwrap_or_else(Unit::metre),
        id: id(node),
    })
}

pub(super) fn unit(node: &Node, kind: UnitKind) -> Option<Unit> {
    let kind = match node.keyword.to_ascii_uppercase().as_str() {
        "LENGTHUNIT" => UnitKind::Length,
        "ANGLEUNIT" => UnitKind::Angle,
        "SCALEUNIT" => UnitKind::Scale,
        _ => kind,
    };
    let factor = node.number_at(1).filter(|factor| *factor > 0.0)?;
    Some(Unit { name: node.at(0).to_owned(), kind, factor, id: id(node) })
}

pub(super) fn id(node: &Node) -> Option<Id> {
    let id = node.child(&["ID", "AUTHORITY"])?;
    Some(Id { authority: id.at(0).to_owned(), code: id.at(1).to_owned() })
}

/// The axes of a CRS of version 2: the unit stands in each, or once behind all.
fn cs(node: &Node) -> Result<Cs> {
    let cs = node.child(&["CS"]).ok_or_else(|| missing(node, "its coordinate system"))?;
    let (kind, measure) = match cs.at(0).to_ascii_lowercase().as_str() {
        "ellipsoidal" => (CsKind::Ellipsoidal, UnitKind::Angle),
        "cartesian" => (CsKind::Cartesian, UnitKind::Length),
        "vertical" => (CsKind::Vertical, UnitKind::Length),
        other => return Err(Error::unsupported(format!("WKT: a coordinate system that is {other}"))),
    };
    let common = node.child(&["LENGTHUNIT", "ANGLEUNIT", "UNIT"]).and_then(|node| unit(node, measure));
    let axes = node.all(&["AXIS"]).map(|node| {
        let own = node
            .child(&["LENGTHUNIT", "ANGLEUNIT", "SCALEUNIT", "UNIT"])
            .and_then(|node| unit(node, measure));
        let unit = own.or_else(|| common.clone()).ok_or_else(|| missing(node, "its unit"))?;
        Ok(axis(node, unit))
    });
    let axes = axes.collect::<Result<Vec<_>>>()?;
    if axes.is_empty() { Err(missing(node, "its axes")) } else { Ok(Cs { kind, axes }) }
}

/// `AXIS["easting (E)",east,...]`.
pub(super) fn axis(node: &Node, unit: Unit) -> Axis {
    let label = node.at(0);
    let (name, short) = match label.strip_suffix(')').and_then(|label| label.split_once('(')) {
        Some((name, short)) => (name.trim(), short),
        None => (label, ""),
    };
    let direction = node.at(1);
    let known = ["north", "south", "east", "west", "up", "down", "geocentricX", "geocentricY", "geocentricZ"];
    let direction =
        known.into_iter().find(|known| known.eq_ignore_ascii_case(direction)).unwrap_or(direction);
    let mut axis = Axis::new(name, short, direction, unit);
    axis.meridian = node.child(&["MERIDIAN"]).and_then(|meridian| {
        let unit = meridian.child(&["ANGLEUNIT", "UNIT"]).and_then(|node| self::unit(node, UnitKind::Angle));
        Some(meridian.number_at(0)? * unit.map_or(1.0, |unit| unit.factor / DEGREE))
    });
    axis
}
