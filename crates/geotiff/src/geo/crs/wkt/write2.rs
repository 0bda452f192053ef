//! WKT 2, the edition of 2019 (OGC 18-010r7; ISO 19162:2019).

use super::tree::Node;
use crate::geo::crs::model::{
    Axis, Bound, Conversion, Cs, CsKind, DEGREE, Datum, Definition, Ellipsoid, Engineering, Ensemble,
    Geodetic, Id, PrimeMeridian, Projected, Unit, UnitKind, Vertical,
};

/// A CRS as WKT 2. Parts of what has a number of its own are not numbered again, but for those that PROJ numbers too.
pub(crate) fn wkt2(definition: &Definition) -> String {
    write(definition).to_string()
}

fn write(definition: &Definition) -> Node {
    let id = definition.id();
    match definition {
        Definition::Geodetic(crs) => {
            let inner = id.is_none();
            let keyword = if crs.is_geocentric() { "GEODCRS" } else { "GEOGCRS" };
            let node = Node::new(keyword).text(&crs.name);
            node.nodes(geodetic_parts(&crs.datum, inner)).nodes(cs(&crs.cs, inner)).nodes(self::id(id))
        }
        Definition::Projected(crs) => projected(crs, id),
        Definition::Vertical(crs) => vertical(crs),
        Definition::Compound(crs) => {
            let parts = [write(&crs.horizontal), vertical(&crs.vertical)];
            Node::new("COMPOUNDCRS").text(&crs.name).nodes(parts).nodes(self::id(id))
        }
        Definition::Engineering(crs) => engineering(crs, id),
        Definition::Bound(crs) => bound(crs),
        Definition::Unresolved { .. } => Node::new("ENGCRS").text(definition.name()),
    }
}

fn projected(crs: &Projected, id: Option<&Id>) -> Node {
    let inner = id.is_none();
    let mut base = Node::new("BASEGEOGCRS").text(&crs.base.name);
    base = base
        .nodes(geodetic_parts(&crs.base.datum, inner && crs.base.id.is_none()))
        .nodes(self::id(crs.base.id.as_ref()));
    let node = Node::new("PROJCRS").text(&crs.name).node(base).node(conversion(&crs.conversion));
    let remark = crs.remark.as_ref().map(|remark| Node::new("REMARK").text(remark));
    node.nodes(cs(&crs.cs, inner)).nodes(self::id(id)).nodes(remark)
}

fn vertical(crs: &Vertical) -> Node {
    let id = crs.id.as_ref();
    let inner = id.is_none();
    let datum = &crs.datum;
    let datum = match &datum.ensemble {
        Some(members) => ensemble(&datum.name, members, None, inner),
        None => Node::new("VDATUM").text(&datum.name),
    };
    let datum = datum.nodes(self::id(crs.datum.id.as_ref().filter(|_| inner)));
    let node = Node::new("VERTCRS").text(&crs.name).nodes(dynamic(crs.datum.epoch)).node(datum);
    node.nodes(cs(&crs.cs, inner)).nodes(self::id(id))
}

fn engineering(crs: &Engineering, id: Option<&Id>) -> Node {
    let node = Node::new("ENGCRS").text(&crs.name).node(Node::new("EDATUM").text(&crs.datum));
    node.nodes(cs(&crs.cs, true)).nodes(self::id(id))
}

/// The transformation to WGS 84 beside a CRS (section 17 of the standard).
fn bound(crs: &Bound) -> Node {
    let wgs84 = Definition::Geodetic(Geodetic::wgs84());
    let (method, code, count) = crs.method();
    let parameters = Bound::PARAMETERS.iter().zip(crs.to_wgs84).take(count).map(|((name, code), value)| {
        // The scale is told as a factor here.
        let value = if *code == 8611 { 1.0 + value * 1e-6 } else { value };
        Node::new("PARAMETER").text(name).number(value).nodes(id(Some(&Id::epsg(*code))))
    });
    let name =
        format!("Transformation from {} to WGS84", crs.source.geodetic().map_or("unknown", |crs| &crs.name));
    let transformation = Node::new("ABRIDGEDTRANSFORMATION")
        .text(&name)
        .node(Node::new("METHOD").text(method).nodes(id(Some(&Id::epsg(code)))))
        .nodes(parameters);
    Node::new("BOUNDCRS")
        .node(Node::new("SOURCECRS").node(write(&crs.source)))
        .node(Node::new("TARGETCRS").node(write(&wgs84)))
        .node(transformation)
}

fn geodetic_parts(datum: &Datum, numbered: bool) -> impl Iterator<Item = Node> {
    let ellipsoid = ellipsoid(&datum.ellipsoid, numbered && datum.id.is_none());
    let node = match &datum.ensemble {
        Some(members) => ensemble(&datum.name, members, Some(ellipsoid), numbered),
        None => Node::new("DATUM").text(&datum.name).node(ellipsoid),
    };
    let node = node.nodes(id(datum.id.as_ref().filter(|_| numbered)));
    dynamic(datum.epoch).into_iter().chain([node, prime_meridian(&datum.prime_meridian, numbered)])
}

fn dynamic(epoch: Option<f64>) -> Option<Node> {
    epoch.map(|epoch| Node::new("DYNAMIC").node(Node::new("FRAMEEPOCH").number(epoch)))
}

fn ensemble(name: &str, ensemble: &Ensemble, ellipsoid: Option<Node>, numbered: bool) -> Node {
    let members = ensemble
        .members
        .iter()
        .map(|(name, member)| Node::new("MEMBER").text(name).nodes(id(member.as_ref().filter(|_| numbered))));
    let accuracy = Node::new("ENSEMBLEACCURACY").word(&ensemble.accuracy);
    Node::new("ENSEMBLE").text(name).nodes(members).nodes(ellipsoid).node(accuracy)
}

fn ellipsoid(ellipsoid: &Ellipsoid, numbered: bool) -> Node {
    let node = Node::new("ELLIPSOID").text(&ellipsoid.name).number(ellipsoid.semi_major);
    let node = node.number(ellipsoid.inverse_flattening()).node(unit(&ellipsoid.unit, false));
    node.nodes(id(ellipsoid.id.as_ref().filter(|_| numbered)))
}

fn prime_meridian(meridian: &PrimeMeridian, numbered: bool) -> Node {
    let node =
        Node::new("PRIMEM").text(&meridian.name).number(meridian.longitude).node(unit(&meridian.unit, false));
    node.nodes(id(meridian.id.as_ref().filter(|_| numbered)))
}

fn conversion(conversion: &Conversion) -> Node {
    let method = Node::new("METHOD").text(&conversion.method).nodes(id(conversion.method_id.as_ref()));
    let parameters = conversion.parameters.iter().map(|p| {
        Node::new("PARAMETER")
            .text(&p.name)
            .number(p.value)
            .node(unit(&p.unit, false))
            .nodes(id(p.id.as_ref()))
    });
    Node::new("CONVERSION").text(&conversion.name).node(method).nodes(parameters)
}

fn cs(cs: &Cs, numbered: bool) -> Vec<Node> {
    let kind = match cs.kind {
        CsKind::Ellipsoidal => "ellipsoidal",
        CsKind::Cartesian => "Cartesian",
        CsKind::Vertical => "vertical",
    };
    let mut nodes = vec![Node::new("CS").word(kind).word(&cs.axes.len().to_string())];
    let many = cs.axes.len() > 1;
    nodes.extend(cs.axes.iter().zip(1_usize..).map(|(axis, order)| self::axis(axis, order, many, numbered)));
    nodes
}

/// `AXIS["easting (E)",east,ORDER[1],LENGTHUNIT["metre",1]]`: names in lower case, their abbreviations after them.
fn axis(axis: &Axis, order: usize, many: bool, numbered: bool) -> Node {
    let name = match axis.name.as_str() {
        "Geodetic latitude" => "geodetic latitude",
        "Geodetic longitude" => "geodetic longitude",
        _ => &axis.name,
    };
    let mut letters = name.chars();
    let lower = letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect::<String>())
        .unwrap_or_default();
    let label = match axis.abbreviation.as_str() {
        "" => lower,
        short if lower.is_empty() || axis.direction.starts_with("geocentric") => format!("({short})"),
        short => format!("{lower} ({short})"),
    };
    let meridian = axis.meridian.map(|longitude| {
        Node::new("MERIDIAN")
            .number(longitude)
            .node(unit(&Unit::named("degree", UnitKind::Angle, DEGREE), false))
    });
    let node = Node::new("AXIS").text(&label).word(&axis.direction).nodes(meridian);
    let node = node.nodes(many.then(|| Node::new("ORDER").word(&order.to_string())));
    node.node(unit(&axis.unit, numbered))
}

fn unit(unit: &Unit, numbered: bool) -> Node {
    let keyword = match unit.kind {
        UnitKind::Length => "LENGTHUNIT",
        UnitKind::Angle => "ANGLEUNIT",
        UnitKind::Scale => "SCALEUNIT",
    };
    let node = Node::new(keyword).text(&unit.name).number(unit.factor);
    node.nodes(id(unit.id.as_ref().filter(|_| numbered)))
}

/// `ID["EPSG",32633]`; codes that are no numbers stand in quotation marks.
fn id(id: Option<&Id>) -> Option<Node> {
    id.map(|id| {
        let node = Node::new("ID").text(&id.authority);
        if id.code.parse::<u32>().is_ok() { node.word(&id.code) } else { node.text(&id.code) }
    })
}
