//! WKT 1 (OGC 01-009), as GDAL and ESRI write it.

use super::read::{axis, ellipsoid, guess, id, missing, unit};
use super::tree::Node;
use crate::error::{Error, Result};
use crate::geo::crs::from_keys::projected_cs;
use crate::geo::crs::methods::{Method, Param, on_ellipsoid, same};
use crate::geo::crs::model::{
    Axis, Bound, Conversion, Cs, CsKind, Datum, Definition, Engineering, Geodetic, Id, Parameter,
    PrimeMeridian, Projected, Unit, UnitKind, Vertical, VerticalDatum,
};
use crate::geo::crs::registry;
use crate::geo::crs::same::{near, same_but_for_order, same_ellipsoid};

/// What a remark begins with that holds the PROJ string of a WKT 1.
pub(super) const PROJ_STRING: &str = "PROJ CRS string: ";

pub(super) fn definition(node: &Node) -> Result<Definition> {
    let crs = match node.keyword.to_ascii_uppercase().as_str() {
        "GEOGCS" | "GEOCCS" => Definition::Geodetic(geodetic(node)?),
        "PROJCS" => Definition::Projected(projected(node)?),
        "VERT_CS" | "VERTCS" => Definition::Vertical(vertical(node)?),
        "LOCAL_CS" => Definition::Engineering(local(node)),
        "FITTED_CS" => return Err(Error::unsupported("WKT: FITTED_CS")),
        other => return Err(Error::usage(format!("WKT: {other} is no CRS"))),
    };
    let geodetic = if node.is(&["PROJCS"]) { node.child(&["GEOGCS"]) } else { Some(node) };
    let shift = geodetic.and_then(|node| node.child(&["DATUM"])).and_then(|datum| datum.child(&["TOWGS84"]));
    let Some(shift) = shift else { return Ok(crs) };
    let mut to_wgs84 = [0.0; 7];
    for (place, slot) in to_wgs84.iter_mut().enumerate() {
        *slot = shift.number_at(place).unwrap_or(0.0);
    }
    Ok(Definition::Bound(Bound { source: Box::new(crs), to_wgs84 }))
}

/// ESRI's texts have no numbers, and marks of their own before names.
fn is_esri(node: &Node) -> bool {
    let datum = node.child(&["DATUM", "VDATUM"]).map_or("", |datum| datum.at(0));
    node.at(0).starts_with("GCS_") || datum.starts_with("D_") || node.is(&["VERTCS"])
}

fn geodetic(node: &Node) -> Result<Geodetic> {
    let esri = is_esri(node);
    let datum_node = node.child(&["DATUM"]).ok_or_else(|| missing(node, "its datum"))?;
    let spheroid = datum_node.child(&["SPHEROID"]).ok_or_else(|| missing(datum_node, "its spheroid"))?;
    let mut ellipsoid = ellipsoid(spheroid)?;
    let angle =
        node.child(&["UNIT"]).filter(|_| !node.is(&["GEOCCS"])).and_then(|node| unit(node, UnitKind::Angle));
    let angle = angle.unwrap_or_else(Unit::degree);
    let known =
        registry::datum_named(datum_node.at(0)).filter(|known| same_ellipsoid(&known.ellipsoid, &ellipsoid));
    let name = match &known {
        Some(known) => known.name.strip_suffix(" ensemble").unwrap_or(&known.name).to_owned(),
        None => plain_name(datum_node.at(0), "D_", esri),
    };
    if let Some(known) = registry::ellipsoid_like(|known| {
        let exact = known.semi_major == ellipsoid.semi_major && known.shape == ellipsoid.shape;
        if same(&known.name, &ellipsoid.name) { same_ellipsoid(known, &ellipsoid) } else { esri && exact }
    }) {
        ellipsoid = known;
    }
    let prime_meridian = node.child(&["PRIMEM"]).map_or_else(PrimeMeridian::greenwich, |node| {
        // GDAL writes degrees, whatever the unit of the CRS around it; ESRI that unit.
        let unit = if esri { angle.clone() } else { Unit::degree() };
        let longitude = node.number_at(1).unwrap_or(0.0);
        let own = PrimeMeridian { name: node.at(0).to_owned(), longitude, unit, id: id(node) };
        let known = own.id.as_ref().and_then(Id::as_epsg).and_then(registry::prime_meridian);
        known.filter(|known| (known.degrees() - own.degrees()).abs() < 1e-7).unwrap_or(own)
    });
    let id_of_datum = id(datum_node).or_else(|| known.and_then(|known| known.id));
    let datum = Datum { name, ellipsoid, prime_meridian, epoch: None, ensemble: None, id: id_of_datum };
    let name = Some(node.at(0)).filter(|_| esri).and_then(registry::geodetic_name);
    let name = name.unwrap_or_else(|| plain_name(node.at(0), "GCS_", esri));
    let mut cs = geodetic_cs(node, &angle);
    // ESRI's third dimension.
    if let Some(length) = node.child(&["LINUNIT"]).and_then(|node| unit(node, UnitKind::Length)) {
        cs.axes.push(Axis::new("Ellipsoidal height", "h", "up", length));
    }
    Ok(Geodetic { name, datum, cs, id: id(node) })
}

/// ESRI puts a mark before names, and underscores between words.
fn plain_name(name: &str, mark: &str, esri: bool) -> String {
    if esri { name.strip_prefix(mark).unwrap_or(name).replace('_', " ") } else { name.to_owned() }
}

fn geodetic_cs(node: &Node, angle: &Unit) -> Cs {
    if node.is(&["GEOCCS"]) {
        let length = node.child(&["UNIT"]).and_then(|node| unit(node, UnitKind::Length));
        return Cs::geocentric(&length.unwrap_or_else(Unit::metre));
    }
    let axes: Vec<_> = node.all(&["AXIS"]).map(|node| axis(node, angle.clone())).collect();
    if axes.len() < 2 {
        // Where nothing is said, longitude comes first (OGC 01-009, section 7.4.4), unless a number of EPSG's says it.
        let mut cs = Cs::latitude_longitude(angle);
        if id(node).is_none() {
            cs.axes.reverse();
        }
        return cs;
    }
    Cs { kind: CsKind::Ellipsoidal, axes }
}

fn projected(node: &Node) -> Result<Projected> {
    let base = node.child(&["GEOGCS"]).ok_or_else(|| missing(node, "its GEOGCS"))?;
    let esri = is_esri(base);
    let base = geodetic(base)?;
    let angle = base.cs.unit().cloned().unwrap_or_else(Unit::degree);
    let length =
        node.child(&["UNIT"]).and_then(|node| unit(node, UnitKind::Length)).unwrap_or_else(Unit::metre);
    let length = if esri { plain(length) } else { length };
    let name = node.child(&["PROJECTION"]).ok_or_else(|| missing(node, "its PROJECTION"))?.at(0);
    let conversion = conversion(name, node, esri, &angle, &length)?;
    let conversion = on_ellipsoid(conversion, &base.datum.ellipsoid);
    let axes: Vec<_> = node.all(&["AXIS"]).map(|node| axis(node, length.clone())).collect();
    let cs = if axes.len() == 2 {
        Cs { kind: CsKind::Cartesian, axes }
    } else {
        projected_cs(&conversion, &length)
    };
    let proj = node.all(&["EXTENSION"]).find(|extension| extension.at(0).eq_ignore_ascii_case("PROJ4"));
    let remark = proj.map(|extension| format!("{PROJ_STRING}{}", extension.at(1)));
    let mut crs = Projected { name: node.at(0).to_owned(), base, conversion, cs, id: id(node), remark };
    let known = registry::projected_code(&crs.name).filter(|_| esri).and_then(registry::projected);
    // The axes stay as the text has them: east before north.
    if let Some(known) = known.filter(|known| same_but_for_order(known, &crs)) {
        let (cs, conversion) = (crs.cs, Conversion { name: known.conversion.name.clone(), ..crs.conversion });
        crs = Projected { cs, conversion, ..known };
    }
    Ok(crs)
}

/// The metre and the feet by EPSG's names.
fn plain(own: Unit) -> Unit {
    let known = [9001, 9002, 9003].into_iter().filter_map(registry::unit);
    let mut known = known.filter(|known| near(known.factor, own.factor));
    known.next().unwrap_or(own)
}

/// The value of the first parameter that is there by one of these names.
fn value(node: &Node, names: &[&str]) -> Option<f64> {
    let find = |name: &&str| node.all(&["PARAMETER"]).find(|p| !name.is_empty() && same(p.at(0), name));
    names.iter().find_map(find).and_then(|p| p.number_at(1))
}

fn conversion(name: &str, node: &Node, esri: bool, angle: &Unit, length: &Unit) -> Result<Conversion> {
    let method = if esri { esri_method(name, node) } else { gdal_method(name, node) };
    let unnamed = "unnamed".to_owned();
    let Some(method) = method.or_else(|| Method::by_name(name)) else {
        let parameters = node.all(&["PARAMETER"]).map(|p| {
            let kind = guess(p.at(0));
            let param = Param { name: "", epsg: 0, wkt1: "", esri: "", key: 0, kind };
            let parameter = param.with(p.number_at(1).unwrap_or(0.0), angle, length);
            Parameter { name: p.at(0).to_owned(), ..parameter }
        });
        return Ok(Conversion {
            name: unnamed,
            method: name.to_owned(),
            method_id: None,
            parameters: parameters.collect(),
            id: None,
        });
    };
    if esri {
        refuse_unknown_parameters(name, node, method)?;
    }
    let parameters = method.parameters.iter().map(|param| {
        let found = value(node, &names(param, method, esri));
        let found = found
            .or_else(|| if param.wkt1 == "rectified_grid_angle" { value(node, &["azimuth"]) } else { None });
        // Behrmann's is the equal-area cylinder with this parallel.
        let found =
            found.or_else(|| if same(name, "Behrmann") && param.epsg == 8823 { Some(30.0) } else { None });
        param.with(found.unwrap_or(param.kind.neutral()), angle, length)
    });
    Ok(Conversion {
        name: unnamed,
        method: method.name.to_owned(),
        method_id: method.id(),
        parameters: parameters.collect(),
        id: None,
    })
}

/// The names under which a parameter of a method may stand, the usual ones first.
fn names(param: &Param, method: &Method, esri: bool) -> Vec<&'static str> {
    let other: &[&str] = match param.wkt1 {
        _ if method.epsg == 1024 => &[],
        "latitude_of_origin" | "latitude_of_center" => {
            &["latitude_of_origin", "latitude_of_center", "latitude_of_centre", "standard_parallel_1"]
        }
        "central_meridian" | "longitude_of_center" => {
            &["central_meridian", "longitude_of_center", "longitude_of_origin", "longitude_of_centre"]
        }
        _ => &[],
    };
    // A name that belongs to another parameter of the method is not one of this.
    let is_of_another = |name: &str| {
        method.parameters.iter().any(|p| p.name != param.name && (same(p.esri, name) || same(p.wkt1, name)))
    };
    let own = if esri { [param.esri, param.wkt1] } else { [param.wkt1, param.esri] };
    let other = other.iter().copied().filter(|name| !is_of_another(name));
    own.into_iter().chain([param.name]).chain(other).filter(|name| !name.is_empty()).collect()
}

/// Refuses an ESRI text with a parameter that the method does not have: ignoring it would give another projection.
/// Parameters that change nothing are tolerated.
fn refuse_unknown_parameters(name: &str, node: &Node, method: &Method) -> Result<()> {
    // Parameters by which `esri_method` has chosen the method.
    let number = |parameter: &str| value(node, &[parameter]);
    let chosen_by: &[&str] = match name {
        _ if same(name, "Goode_Homolosine") && matches!(number("Option"), Some(0.0 | 1.0 | 2.0)) => {
            &["Option"]
        }
        _ if same(name, "Krovak") && krovak(node).is_some() => &["X_Scale", "Y_Scale", "XY_Plane_Rotation"],
        _ if same(name, "Lambert_Conformal_Conic") => &["Standard_Parallel_1"],
        _ => &[],
    };
    let known = |parameter: &str| {
        let is = |name: &&str| same(name, parameter);
        method.parameters.iter().any(|param| names(param, method, true).iter().any(is))
            || chosen_by.iter().any(is)
    };
    for parameter in node.all(&["PARAMETER"]) {
        let (label, value) = (parameter.at(0), parameter.number_at(1).unwrap_or(0.0));
        if value != guess(label).neutral() && !known(label) {
            return Err(Error::unsupported(format!("WKT: the parameter {label} = {value} of {name}")));
        }
    }
    Ok(())
}

/// EPSG's code of the variant of Krovak that the axes of an ESRI text make; `None` for one that has no name.
fn krovak(node: &Node) -> Option<u32> {
    let number = |name, neutral| value(node, &[name]).unwrap_or(neutral);
    match (number("X_Scale", 1.0), number("Y_Scale", 1.0), number("XY_Plane_Rotation", 0.0)) {
        (1.0, 1.0, 0.0) => Some(9819),
        (-1.0, 1.0, 90.0) => Some(1041),
        _ => None,
    }
}

fn at_pole(latitude: f64) -> bool {
    (latitude.abs() - 90.0).abs() < 1e-9
}

fn gdal_method(name: &str, node: &Node) -> Option<&'static Method> {
    let latitude = || value(node, &["latitude_of_origin", "latitude_of_center"]).unwrap_or(0.0);
    let sweeps_x = || node.all(&["EXTENSION"]).any(|extension| extension.at(1).contains("sweep=x"));
    if same(name, "Polar_Stereographic") {
        return Method::by_epsg(if at_pole(latitude()) { 9810 } else { 9829 });
    }
    if same(name, "Geostationary_Satellite") && sweeps_x() {
        return Method::by_name("Geostationary Satellite (Sweep X)");
    }
    // GDAL's WKT 1 tells Web Mercator by its PROJ string.
    let web = || node.all(&["EXTENSION"]).any(|extension| extension.at(1).contains("+nadgrids=@null"));
    if same(name, "Mercator_1SP") && web() {
        return Method::by_epsg(1024);
    }
    if same(name, "Lambert_Conformal_Conic") && value(node, &["standard_parallel_2"]).is_none() {
        return Method::by_epsg(9801);
    }
    // Both variants of Krovak have one name; the axes tell them apart.
    let southward = || node.all(&["AXIS"]).any(|axis| axis.at(1).eq_ignore_ascii_case("south"));
    if same(name, "Krovak") && !southward() {
        return Method::by_epsg(1041);
    }
    Method::by_wkt1(name)
}

fn esri_method(name: &str, node: &Node) -> Option<&'static Method> {
    let latitude = value(node, &["Latitude_Of_Origin"]).unwrap_or(0.0);
    let is = |other: &str| same(name, other);
    let code = if is("Lambert_Conformal_Conic") {
        if value(node, &["Standard_Parallel_2"]).is_some() { 9802 } else { 9801 }
    } else if is("Stereographic") && at_pole(latitude) {
        9810
    } else if is("Stereographic_North_Pole") || is("Stereographic_South_Pole") {
        9829
    } else if is("Gauss_Kruger") {
        9807
    } else if is("Behrmann") {
        9835
    } else if is("Plate_Carree") {
        1028
    } else if is("Rectified_Skew_Orthomorphic_Natural_Origin") {
        9812
    } else if is("Rectified_Skew_Orthomorphic_Center") {
        9815
    } else if is("Krovak") {
        krovak(node).unwrap_or(9819)
    } else if is("Mercator_Variant_A") {
        9804
    } else if is("Polar_Stereographic_Variant_A") {
        9810
    } else if is("Transverse_Mercator_Complex") {
        9807
    } else if is("Goode_Homolosine") {
        return Method::by_name(match value(node, &["Option"]) {
            Some(1.0) => "Interrupted Goode Homolosine",
            Some(2.0) => "Interrupted Goode Homolosine Ocean",
            _ => "Goode Homolosine",
        });
    } else {
        return Method::by_esri(name).or_else(|| Method::by_wkt1(name));
    };
    Method::by_epsg(code)
}

fn vertical(node: &Node) -> Result<Vertical> {
    let datum = node.child(&["VERT_DATUM", "VDATUM", "DATUM"]).ok_or_else(|| missing(node, "its datum"))?;
    let known = registry::vertical_datum_named(datum.at(0));
    let name = known.as_ref().map_or_else(|| datum.at(0).to_owned(), |known| known.name.clone());
    let unit =
        node.child(&["UNIT"]).and_then(|node| unit(node, UnitKind::Length)).unwrap_or_else(Unit::metre);
    let mut cs = Cs::height(if is_esri(node) { plain(unit) } else { unit });
    let down = value(node, &["Direction"]) == Some(-1.0)
        || node.child(&["AXIS"]).is_some_and(|axis| axis.at(1).eq_ignore_ascii_case("DOWN"));
    if down {
        for axis in &mut cs.axes {
            *axis = Axis::new("Depth", "D", "down", axis.unit.clone());
        }
    }
    let id_of_datum = id(datum).or_else(|| known.and_then(|known| known.id));
    let datum = VerticalDatum { name, epoch: None, ensemble: None, id: id_of_datum };
    Ok(Vertical { name: node.at(0).to_owned(), datum, cs, id: id(node) })
}

fn local(node: &Node) -> Engineering {
    let unit =
        node.child(&["UNIT"]).and_then(|node| unit(node, UnitKind::Length)).unwrap_or_else(Unit::metre);
    let axes: Vec<_> = node.all(&["AXIS"]).map(|node| axis(node, unit.clone())).collect();
    let cs = if axes.is_empty() { Cs::easting_northing(&unit) } else { Cs { kind: CsKind::Cartesian, axes } };
    let datum =
        node.child(&["LOCAL_DATUM"]).map_or("Unknown engineering datum", |datum| datum.at(0)).to_owned();
    Engineering { name: node.at(0).to_owned(), datum, cs, id: id(node) }
}
