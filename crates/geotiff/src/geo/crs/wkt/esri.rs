//! WKT 1 as ESRI writes it: without numbers and axes, with names of its own and words joined by underscores.

use super::tree::Node;
use crate::error::{Error, Result};
use crate::geo::crs::methods::{Method, Param};
use crate::geo::crs::model::{
    Bound, Conversion, Definition, Geodetic, Id, Named, PrimeMeridian, Projected, Unit, Vertical,
};
use crate::geo::crs::registry::esri_name;
use crate::text::general;

/// A CRS as ESRI's WKT 1; the parts of a compound one follow each other.
///
/// # Errors
///
/// When ESRI has no name for its method, or for its kind of coordinates.
pub(crate) fn wkt1_esri(definition: &Definition) -> Result<String> {
    Ok(match definition {
        Definition::Geodetic(crs) if crs.is_geocentric() => {
            return Err(Error::unsupported("geocentric coordinates in ESRI's WKT: WKT 2 can say them"));
        }
        Definition::Geodetic(crs) => geodetic(crs).to_string(),
        Definition::Projected(crs) => projected(crs)?.to_string(),
        Definition::Vertical(crs) => vertical(crs).to_string(),
        Definition::Compound(crs) => format!("{},{}", wkt1_esri(&crs.horizontal)?, vertical(&crs.vertical)),
        Definition::Engineering(crs) => {
            let unit = crs.cs.unit().map(unit);
            Node::new("LOCAL_CS").text(&joined(&crs.name)).nodes(unit).to_string()
        }
        // A shift to WGS 84 is not said.
        Definition::Bound(Bound { source, .. }) => wkt1_esri(source)?,
        Definition::Unresolved { .. } => return Err(crate::geo::crs::no_registry()),
    })
}

/// ESRI's name, or the words of EPSG's behind a mark.
fn name(of: Named, id: Option<&Id>, name: &str, mark: &str) -> String {
    esri_name(of, id.and_then(Id::as_epsg), name).unwrap_or_else(|| format!("{mark}{}", joined(name)))
}

/// Words joined by underscores.
fn joined(name: &str) -> String {
    let words = name.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-')));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// A number that is seen to be no integer, without the last digits that a change of units may have brought.
fn number(node: Node, value: f64) -> Node {
    let rounded: f64 = general(value, 12).parse().unwrap_or(value);
    let exact = (rounded - value).abs() < 1e-14 * value.abs();
    let text = general(if exact { rounded } else { value }, 15);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    node.word(&if plain { format!("{text}.0") } else { text })
}

fn geodetic(crs: &Geodetic) -> Node {
    let datum = &crs.datum;
    let of_ellipsoid = name(Named::Ellipsoid, datum.ellipsoid.id.as_ref(), &datum.ellipsoid.name, "");
    let spheroid = number(Node::new("SPHEROID").text(&of_ellipsoid), datum.ellipsoid.semi_major_metres());
    let spheroid = number(spheroid, datum.ellipsoid.inverse_flattening());
    let mut of_datum = name(Named::GeodeticDatum, datum.id.as_ref(), &datum.name, "D_");
    // Of two dimensions and three, names are the same with EPSG.
    let mut of_crs = esri_name(Named::GeodeticCrs, crs.id.as_ref().and_then(Id::as_epsg), &crs.name)
        .filter(|name| name.ends_with("_3D") == (crs.cs.axes.len() == 3))
        .unwrap_or_else(|| format!("GCS_{}", joined(&crs.name)));
    // What countries call their part of it.
    if crs.name.starts_with("ETRS89-") {
        (of_crs, of_datum) = ("GCS_ETRS_1989".to_owned(), "D_ETRS_1989".to_owned());
    }
    let node = Node::new("GEOGCS").text(&of_crs).node(Node::new("DATUM").text(&of_datum).node(spheroid));
    let angle = crs.cs.unit().cloned().unwrap_or_else(Unit::degree);
    let height = crs.cs.axes.get(2).map(|axis| measure("LINUNIT", &axis.unit));
    node.node(prime_meridian(&datum.prime_meridian)).node(unit(&angle)).nodes(height)
}

fn prime_meridian(meridian: &PrimeMeridian) -> Node {
    number(Node::new("PRIMEM").text(&joined(&meridian.name)), meridian.degrees())
}

fn unit(own: &Unit) -> Node {
    measure("UNIT", own)
}

fn measure(keyword: &str, unit: &Unit) -> Node {
    let name = match unit.name.as_str() {
        "degree" => "Degree",
        "metre" => "Meter",
        "grad" => "Grad",
        other => other,
    };
    number(Node::new(keyword).text(name), unit.factor)
}

fn projected(crs: &Projected) -> Result<Node> {
    let mut base = crs.base.clone();
    base.cs.axes.truncate(2);
    let angle = base.cs.unit().cloned().unwrap_or_else(Unit::degree);
    let length = crs.cs.unit().cloned().unwrap_or_else(Unit::metre);
    let of_crs = name(Named::ProjectedCrs, crs.id.as_ref(), &crs.name, "");
    let (method, parameters) = conversion(crs, &angle, &length)?;
    let node =
        Node::new("PROJCS").text(&of_crs).node(geodetic(&base)).node(Node::new("PROJECTION").text(method));
    let parameters =
        parameters.into_iter().map(|(name, value)| number(Node::new("PARAMETER").text(name), value));
    Ok(node.nodes(parameters).node(unit(&length)))
}

/// The order in which ESRI says parameters.
const ORDER: [&str; 19] = [
    "False_Easting",
    "False_Northing",
    "Central_Meridian",
    "Longitude_Of_Origin",
    "Pseudo_Standard_Parallel_1",
    "Standard_Parallel_1",
    "Standard_Parallel_2",
    "Scale_Factor",
    "Azimuth",
    "Longitude_Of_Center",
    "Central_Parallel",
    "Latitude_Of_Origin",
    "Latitude_Of_Center",
    "Height",
    "X_Scale",
    "Y_Scale",
    "XY_Plane_Rotation",
    "Auxiliary_Sphere_Type",
    "Option",
];

type Said = (&'static str, Vec<(&'static str, f64)>);

/// The name of a method, and its parameters by name.
fn conversion(crs: &Projected, angle: &Unit, length: &Unit) -> Result<Said> {
    let conversion: &Conversion = &crs.conversion;
    let unknown =
        || Error::unsupported(format!("the method {:?} in ESRI's WKT: WKT 2 can say it", conversion.method));
    let method = Method::of(conversion).ok_or_else(unknown)?;
    let value = |param: &Param| {
        let found = conversion.find(param.epsg, param.name);
        found.map_or(param.kind.neutral(), |found| found.in_units(angle, length))
    };
    let mut said = Parameters(method.parameters.iter().map(|param| (param.esri, value(param))).collect());
    let name = match method.epsg {
        9807 if crs.name.contains("Gauss") => "Gauss_Kruger",
        9801 => {
            said.set("Standard_Parallel_1", said.get("Latitude_Of_Origin"));
            "Lambert_Conformal_Conic"
        }
        9804 if said.get("Latitude_Of_Origin") == 0.0 && said.get("Scale_Factor") > 1.0 => {
            said.leave_out(&["Latitude_Of_Origin"]);
            "Mercator_Variant_A"
        }
        9804 if said.get("Latitude_Of_Origin") == 0.0 => {
            let parallel =
                true_to_scale(said.get("Scale_Factor"), crs.base.datum.ellipsoid.inverse_flattening());
            said.leave_out(&["Latitude_Of_Origin", "Scale_Factor"]);
            said.set("Standard_Parallel_1", parallel / angle.factor);
            "Mercator"
        }
        9810 => "Stereographic",
        9829 if said.get("Standard_Parallel_1") < 0.0 => "Stereographic_South_Pole",
        9829 => "Stereographic_North_Pole",
        1024 => {
            said.leave_out(&["Latitude_Of_Origin"]);
            said.set("Standard_Parallel_1", 0.0);
            said.set("Auxiliary_Sphere_Type", 0.0);
            "Mercator_Auxiliary_Sphere"
        }
        9806 => {
            said.set("Scale_Factor", 1.0);
            "Cassini"
        }
        9820 | 9835 if is_spherical(conversion) => return Ok(in_words(method, value)),
        9835 if (said.get("Standard_Parallel_1") - 30.0).abs() < 1e-10 => "Behrmann",
        1028 => {
            said.leave_out(&["Latitude_Of_Origin"]);
            if crs.name.contains("Plate Carree") {
                said.leave_out(&["Standard_Parallel_1"]);
                "Plate_Carree"
            } else {
                method.esri
            }
        }
        9812 | 9815 => {
            let azimuth = said.get("Azimuth");
            let turned = (azimuth - said.get("XY_Plane_Rotation")).abs() > 1e-9;
            for name in ["Azimuth", "XY_Plane_Rotation"] {
                let angle = said.get(name);
                said.set(name, if angle > 180.0 { angle - 360.0 } else { angle });
            }
            match (turned, method.epsg) {
                (true, 9812) => "Rectified_Skew_Orthomorphic_Natural_Origin",
                (true, _) => "Rectified_Skew_Orthomorphic_Center",
                (false, _) => {
                    said.leave_out(&["XY_Plane_Rotation"]);
                    method.esri
                }
            }
        }
        9819 | 1041 => {
            said.set("X_Scale", if method.epsg == 9819 { 1.0 } else { -1.0 });
            said.set("Y_Scale", 1.0);
            said.set("XY_Plane_Rotation", if method.epsg == 9819 { 0.0 } else { 90.0 });
            "Krovak"
        }
        _ if method.name.ends_with("Goode Homolosine") || method.name.ends_with("Homolosine Ocean") => {
            let option = match method.name {
                "Interrupted Goode Homolosine" => 1.0,
                "Interrupted Goode Homolosine Ocean" => 2.0,
                _ => 0.0,
            };
            said.set("Option", option);
            "Goode_Homolosine"
        }
        _ if method.esri == "Geostationary_Satellite" => {
            said.set("Option", 0.0);
            method.esri
        }
        _ if method.esri.is_empty() && method.wkt1.is_empty() => return Err(unknown()),
        _ if method.esri.is_empty() => return Ok(in_words(method, value)),
        _ => method.esri,
    };
    Ok((name, said.in_order()))
}

/// Methods on a sphere have numbers of their own.
fn is_spherical(conversion: &Conversion) -> bool {
    conversion.method.ends_with("(Spherical)")
}

/// What ESRI has no names for: the method's of WKT 1, and EPSG's of parameters, as GDAL writes it.
fn in_words(method: &'static Method, value: impl Fn(&Param) -> f64) -> Said {
    (method.wkt1, method.parameters.iter().map(|param| (param.name, value(param))).collect())
}

struct Parameters(Vec<(&'static str, f64)>);

impl Parameters {
    fn get(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value)
    }

    fn set(&mut self, name: &'static str, value: f64) {
        self.leave_out(&[name]);
        self.0.push((name, value));
    }

    fn leave_out(&mut self, names: &[&str]) {
        self.0.retain(|(known, _)| !names.contains(known));
    }

    fn in_order(mut self) -> Vec<(&'static str, f64)> {
        self.0.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
        self.0
    }
}

/// The latitude, in radians, on which Mercator's projection with this scale at the equator is true to scale.
fn true_to_scale(scale: f64, inverse_flattening: f64) -> f64 {
    let flattening = if inverse_flattening == 0.0 { 0.0 } else { inverse_flattening.recip() };
    let eccentricity = flattening * (2.0 - flattening);
    let square = scale * scale;
    ((1.0 - square) / (1.0 - square * eccentricity)).max(0.0).sqrt().asin()
}

fn vertical(crs: &Vertical) -> Node {
    let of_crs = name(Named::VerticalCrs, crs.id.as_ref(), &crs.name, "");
    let of_datum = name(Named::VerticalDatum, crs.datum.id.as_ref(), &crs.datum.name, "");
    let down = crs.cs.axes.first().is_some_and(|axis| axis.direction == "down");
    let parameter = |name: &str, value| number(Node::new("PARAMETER").text(name), value);
    let node = Node::new("VERTCS").text(&of_crs).node(Node::new("VDATUM").text(&of_datum));
    let node = node.node(parameter("Vertical_Shift", 0.0));
    node.node(parameter("Direction", if down { -1.0 } else { 1.0 })).nodes(crs.cs.unit().map(unit))
}
