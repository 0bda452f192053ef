//! WKT 1 as GDAL writes it (OGC 01-009, with EPSG's numbers).

use super::tree::Node;
use crate::error::{Error, Result};
use crate::geo::crs::methods::Method;
use crate::geo::crs::model::{
    Bound, Conversion, Cs, Definition, Geodetic, Id, Parameter, PrimeMeridian, Projected, Unit, Vertical,
};
use crate::text::general;

/// The PROJ string by which GDAL tells Web Mercator from Mercator in this version.
const WEB_MERCATOR: &str = "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m \
                            +nadgrids=@null +wktext +no_defs";

/// A CRS as WKT 1.
///
/// # Errors
///
/// When it has what this version cannot say: heights above the ellipsoid, or a method without a name here.
pub(crate) fn wkt1(definition: &Definition) -> Result<String> {
    write(definition, None).map(|node| node.to_string())
}

fn write(definition: &Definition, to_wgs84: Option<&[f64; 7]>) -> Result<Node> {
    Ok(match definition {
        Definition::Geodetic(crs) if crs.cs.axes.len() == 3 && !crs.is_geocentric() => {
            return Err(Error::unsupported("heights above the ellipsoid in WKT 1: WKT 2 can say them"));
        }
        Definition::Geodetic(crs) => geodetic(crs, to_wgs84).nodes(authority(crs.id.as_ref())),
        Definition::Projected(crs) if crs.cs.axes.len() == 3 => {
            return Err(Error::unsupported("heights above the ellipsoid in WKT 1: WKT 2 can say them"));
        }
        Definition::Projected(crs) => projected(crs, to_wgs84)?,
        Definition::Vertical(crs) => vertical(crs),
        Definition::Compound(crs) => {
            let parts = [write(&crs.horizontal, to_wgs84)?, vertical(&crs.vertical)];
            Node::new("COMPD_CS").text(&crs.name).nodes(parts).nodes(authority(crs.id.as_ref()))
        }
        Definition::Engineering(crs) => {
            let unit = crs.cs.unit().map(unit);
            Node::new("LOCAL_CS")
                .text(&crs.name)
                .nodes(unit)
                .nodes(axes(&crs.cs))
                .nodes(authority(crs.id.as_ref()))
        }
        Definition::Bound(Bound { source, to_wgs84 }) => write(source, Some(to_wgs84))?,
        Definition::Unresolved { .. } => return Err(crate::geo::crs::no_registry()),
    })
}

fn geodetic(crs: &Geodetic, to_wgs84: Option<&[f64; 7]>) -> Node {
    let datum = &crs.datum;
    let spheroid =
        Node::new("SPHEROID").text(&datum.ellipsoid.name).number(datum.ellipsoid.semi_major_metres());
    let spheroid =
        spheroid.number(datum.ellipsoid.inverse_flattening()).nodes(authority(datum.ellipsoid.id.as_ref()));
    let shift = to_wgs84
        .map(|numbers| numbers.iter().fold(Node::new("TOWGS84"), |node, number| node.number(*number)));
    let node = Node::new("DATUM").text(&datum_name(&datum.name)).node(spheroid).nodes(shift);
    let node = node.nodes(authority(datum.id.as_ref()));
    let first = crs.cs.unit().cloned().unwrap_or_else(Unit::degree);
    let keyword = if crs.is_geocentric() { "GEOCCS" } else { "GEOGCS" };
    let head = Node::new(keyword).text(&crs.name).node(node).node(prime_meridian(&datum.prime_meridian));
    head.node(unit(&first)).nodes(axes(&crs.cs))
}

/// Words joined by underscores; the commonest datum under the name that everybody writes.
fn datum_name(name: &str) -> String {
    let name = match name.strip_suffix(" ensemble").unwrap_or(name) {
        "World Geodetic System 1984" => return "WGS_1984".to_owned(),
        own @ "European Terrestrial Reference System 1989" => own,
        own if own.starts_with("Unknown based on ") => return own.to_owned(),
        _ => name,
    };
    let mut joined = String::new();
    for c in name.chars() {
        match c {
            c if c.is_alphanumeric() || matches!(c, '+' | '-' | '_') => joined.push(c),
            _ if joined.ends_with('_') => {}
            _ => joined.push('_'),
        }
    }
    joined.trim_end_matches('_').to_owned()
}

/// In degrees, whatever the unit of the CRS around it: so GDAL has it. Units are known to 15 digits, so 12 are certain.
fn prime_meridian(meridian: &PrimeMeridian) -> Node {
    let node = Node::new("PRIMEM").text(&meridian.name).word(&general(meridian.degrees(), 12));
    node.nodes(authority(meridian.id.as_ref()))
}

fn projected(crs: &Projected, to_wgs84: Option<&[f64; 7]>) -> Result<Node> {
    let mut base = crs.base.clone();
    let angle = base.cs.unit().cloned().unwrap_or_else(Unit::degree);
    base.cs = Cs::latitude_longitude(&angle);
    let mut geogcs = geodetic(&base, to_wgs84);
    geogcs.values.truncate(4);
    let length = crs.cs.unit().cloned().unwrap_or_else(Unit::metre);
    let (projection, parameters, extension) = conversion(&crs.conversion, &angle, &length)?;
    let extension = extension.map(str::to_owned).or_else(|| sweep_x(crs));
    let remark = crs.remark.as_deref().and_then(|remark| remark.strip_prefix(super::version1::PROJ_STRING));
    let extension = extension.as_deref().or(remark);
    let extension = extension.map(|proj| Node::new("EXTENSION").text("PROJ4").text(proj));
    let node = Node::new("PROJCS").text(&crs.name).node(geogcs.nodes(authority(crs.base.id.as_ref())));
    let node = node.node(Node::new("PROJECTION").text(&projection)).nodes(parameters).node(unit(&length));
    Ok(node.nodes(axes(&crs.cs)).nodes(extension).nodes(authority(crs.id.as_ref())))
}

/// The PROJ string by which GDAL tells the two axes apart along which a geostationary satellite sweeps.
fn sweep_x(crs: &Projected) -> Option<String> {
    let method = Method::of(&crs.conversion).filter(|method| method.name == SWEEP_X)?;
    let ellipsoid = &crs.base.datum.ellipsoid;
    let value = |key: &str| {
        let param = method.parameters.iter().find(|param| param.wkt1 == key)?;
        let found = crs.conversion.find(param.epsg, param.name);
        Some(general(found.map_or(0.0, |p| p.in_units(&Unit::degree(), &Unit::metre())), 15))
    };
    let (lon, height) = (value("central_meridian")?, value("satellite_height")?);
    let (x, y) = (value("false_easting")?, value("false_northing")?);
    let length = crs.cs.unit().map_or(1.0, |unit| unit.factor);
    let unit =
        if length == 1.0 { "+units=m".to_owned() } else { format!("+to_meter={}", general(length, 15)) };
    let a = general(ellipsoid.semi_major_metres(), 15);
    let shape = match ellipsoid.id.as_ref().and_then(Id::as_epsg) {
        Some(7019) => "+ellps=GRS80".to_owned(),
        Some(7030) => "+ellps=WGS84".to_owned(),
        _ if ellipsoid.inverse_flattening() == 0.0 => format!("+R={a}"),
        _ => format!("+a={a} +rf={}", general(ellipsoid.inverse_flattening(), 15)),
    };
    Some(format!("+proj=geos +sweep=x +lon_0={lon} +h={height} +x_0={x} +y_0={y} {shape} {unit} +no_defs"))
}

const SWEEP_X: &str = "Geostationary Satellite (Sweep X)";

type Written = (String, Vec<Node>, Option<&'static str>);

fn conversion(conversion: &Conversion, angle: &Unit, length: &Unit) -> Result<Written> {
    let parameter = |name: &str, value| Node::new("PARAMETER").text(name).word(&general(value, 15));
    let value = |p: &Parameter| p.in_units(angle, length);
    let Some(method) = Method::of(conversion) else {
        // What came from a text of this version under a name of its own goes back under it.
        if conversion.method_number().is_some() || conversion.method.contains(' ') {
            return Err(unknown(conversion));
        }
        let parameters = conversion.parameters.iter().map(|p| parameter(&p.name, value(p)));
        return Ok((conversion.method.clone(), parameters.collect(), None));
    };
    let parameters = method.parameters.iter().map(|param| {
        parameter(param.wkt1, conversion.find(param.epsg, param.name).map_or(param.kind.neutral(), value))
    });
    let mut parameters: Vec<_> = parameters.collect();
    let name = match method.epsg {
        9829 => {
            parameters.insert(2, parameter("scale_factor", 1.0));
            "Polar_Stereographic"
        }
        1024 => {
            parameters.remove(0);
            parameters.insert(1, parameter("scale_factor", 1.0));
            return Ok(("Mercator_1SP".to_owned(), parameters, Some(WEB_MERCATOR)));
        }
        _ if method.name == SWEEP_X => "Geostationary_Satellite",
        _ if method.wkt1.is_empty() => return Err(unknown(conversion)),
        _ => method.wkt1,
    };
    Ok((name.to_owned(), parameters, None))
}

fn unknown(conversion: &Conversion) -> Error {
    Error::unsupported(format!("the method {:?} in WKT 1: WKT 2 can say it", conversion.method))
}

fn vertical(crs: &Vertical) -> Node {
    let datum =
        Node::new("VERT_DATUM").text(&crs.datum.name).word("2005").nodes(authority(crs.datum.id.as_ref()));
    let unit = crs.cs.unit().map(unit);
    let node = Node::new("VERT_CS").text(&crs.name).node(datum).nodes(unit).nodes(axes(&crs.cs));
    node.nodes(authority(crs.id.as_ref()))
}

fn axes(cs: &Cs) -> impl Iterator<Item = Node> {
    cs.axes.iter().map(|axis| {
        let name = axis.name.strip_prefix("Geodetic ").unwrap_or(&axis.name);
        let mut letters = name.chars();
        let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let direction = match axis.direction.as_str() {
            "geocentricX" | "geocentricY" => "OTHER".to_owned(),
            "geocentricZ" => "NORTH".to_owned(),
            other => other.to_uppercase(),
        };
        Node::new("AXIS").text(&name).word(&direction)
    })
}

fn unit(unit: &Unit) -> Node {
    Node::new("UNIT").text(&unit.name).number(unit.factor).nodes(authority(unit.id.as_ref()))
}

fn authority(id: Option<&Id>) -> Option<Node> {
    id.map(|id| Node::new("AUTHORITY").text(&id.authority).text(&id.code))
}
