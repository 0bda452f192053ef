//! PROJJSON, the JSON form of WKT 2 (schema v0.7 of PROJ).

use serde_json::{Map, Value, json};

use super::model::{
    Axis, Bound, Compound, Conversion, Cs, CsKind, DEGREE, Datum, Definition, Ellipsoid, Engineering,
    Ensemble, Geodetic, Id, Parameter, PrimeMeridian, Projected, Shape, Unit, UnitKind, Vertical,
    VerticalDatum,
};
use crate::error::{Error, Result};

const SCHEMA: &str = "https://proj.org/schemas/v0.7/projjson.schema.json";

/// A CRS as PROJJSON.
pub(super) fn write(definition: &Definition) -> Value {
    let mut value = crs(definition);
    if let Value::Object(object) = &mut value {
        let mut with_schema = Map::new();
        with_schema.insert("$schema".to_owned(), json!(SCHEMA));
        with_schema.append(object);
        return Value::Object(with_schema);
    }
    value
}

fn object(kind: &str, name: &str, parts: Vec<(&str, Option<Value>)>, id: Option<&Id>) -> Value {
    let mut object = Map::new();
    if !kind.is_empty() {
        object.insert("type".to_owned(), json!(kind));
    }
    object.insert("name".to_owned(), json!(name));
    for (key, value) in parts {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    }
    if let Some(id) = id {
        object.insert("id".to_owned(), self::id(id));
    }
    Value::Object(object)
}

/// Codes are numbers where they can be.
fn id(id: &Id) -> Value {
    let code = id.code.parse::<u32>().map_or_else(|_| json!(id.code), |code| json!(code));
    json!({ "authority": id.authority, "code": code })
}

/// A whole number without a point, as PROJ writes it.
fn number(value: f64) -> Value {
    let text = crate::text::general(value, 15);
    serde_json::from_str(&text).unwrap_or_else(|_| json!(value))
}

fn crs(definition: &Definition) -> Value {
    match definition {
        Definition::Geodetic(crs) => geodetic(crs),
        Definition::Projected(crs) => {
            let parts = vec![
                ("base_crs", Some(geodetic(&crs.base))),
                ("conversion", Some(conversion(&crs.conversion))),
                ("coordinate_system", Some(cs(&crs.cs))),
                ("remarks", crs.remark.as_ref().map(|remark| json!(remark))),
            ];
            object("ProjectedCRS", &crs.name, parts, crs.id.as_ref())
        }
        Definition::Vertical(crs) => vertical(crs),
        Definition::Compound(crs) => {
            let components = json!([self::crs(&crs.horizontal), vertical(&crs.vertical)]);
            object("CompoundCRS", &crs.name, vec![("components", Some(components))], crs.id.as_ref())
        }
        Definition::Engineering(crs) => {
            let datum = json!({ "name": crs.datum });
            let parts = vec![("datum", Some(datum)), ("coordinate_system", Some(cs(&crs.cs)))];
            object("EngineeringCRS", &crs.name, parts, crs.id.as_ref())
        }
        Definition::Bound(crs) => bound(crs),
        Definition::Unresolved { .. } => Value::Null,
    }
}

fn geodetic(crs: &Geodetic) -> Value {
    let kind = if crs.is_geocentric() { "GeodeticCRS" } else { "GeographicCRS" };
    let datum = &crs.datum;
    let ellipsoid = Some(ellipsoid(&datum.ellipsoid));
    let greenwich = datum.prime_meridian.longitude == 0.0 && datum.prime_meridian.name == "Greenwich";
    let meridian = Some(prime_meridian(&datum.prime_meridian)).filter(|_| !greenwich);
    let (key, value) = match &datum.ensemble {
        Some(members) => ("datum_ensemble", ensemble(&datum.name, members, ellipsoid, datum.id.as_ref())),
        None => {
            let kind = if datum.epoch.is_some() {
                "DynamicGeodeticReferenceFrame"
            } else {
                "GeodeticReferenceFrame"
            };
            let epoch = datum.epoch.map(number);
            let parts = vec![
                ("frame_reference_epoch", epoch),
                ("ellipsoid", ellipsoid),
                ("prime_meridian", meridian),
            ];
            ("datum", object(kind, &datum.name, parts, datum.id.as_ref()))
        }
    };
    object(
        kind,
        &crs.name,
        vec![(key, Some(value)), ("coordinate_system", Some(cs(&crs.cs)))],
        crs.id.as_ref(),
    )
}

fn ensemble(name: &str, ensemble: &Ensemble, ellipsoid: Option<Value>, id: Option<&Id>) -> Value {
    let members = ensemble.members.iter().map(|(name, member)| object("", name, Vec::new(), member.as_ref()));
    let parts = vec![
        ("members", Some(members.collect())),
        ("ellipsoid", ellipsoid),
        ("accuracy", Some(json!(ensemble.accuracy))),
    ];
    object("", name, parts, id)
}

fn ellipsoid(ellipsoid: &Ellipsoid) -> Value {
    let length = |value| match ellipsoid.unit.factor {
        1.0 => number(value),
        _ => json!({ "value": number(value), "unit": unit(&ellipsoid.unit) }),
    };
    let parts = match ellipsoid.shape {
        Shape::InverseFlattening(0.0) => vec![("radius", Some(length(ellipsoid.semi_major)))],
        Shape::InverseFlattening(inverse) => {
            vec![
                ("semi_major_axis", Some(length(ellipsoid.semi_major))),
                ("inverse_flattening", Some(number(inverse))),
            ]
        }
        Shape::SemiMinor(b) => {
            vec![
                ("semi_major_axis", Some(length(ellipsoid.semi_major))),
                ("semi_minor_axis", Some(length(b))),
            ]
        }
    };
    object("", &ellipsoid.name, parts, ellipsoid.id.as_ref())
}

fn prime_meridian(meridian: &PrimeMeridian) -> Value {
    let longitude = match meridian.unit.factor {
        DEGREE => number(meridian.longitude),
        _ => json!({ "value": number(meridian.longitude), "unit": unit(&meridian.unit) }),
    };
    object("", &meridian.name, vec![("longitude", Some(longitude))], meridian.id.as_ref())
}

fn vertical(crs: &Vertical) -> Value {
    let datum = &crs.datum;
    let (key, value) = match &datum.ensemble {
        Some(members) => ("datum_ensemble", ensemble(&datum.name, members, None, datum.id.as_ref())),
        None => {
            let kind = if datum.epoch.is_some() {
                "DynamicVerticalReferenceFrame"
            } else {
                "VerticalReferenceFrame"
            };
            let parts = vec![("frame_reference_epoch", datum.epoch.map(number))];
            ("datum", object(kind, &datum.name, parts, datum.id.as_ref()))
        }
    };
    object(
        "VerticalCRS",
        &crs.name,
        vec![(key, Some(value)), ("coordinate_system", Some(cs(&crs.cs)))],
        crs.id.as_ref(),
    )
}

fn conversion(conversion: &Conversion) -> Value {
    let method = object("", &conversion.method, Vec::new(), conversion.method_id.as_ref());
    let parameters = conversion.parameters.iter().map(|p| {
        let parts = vec![("value", Some(number(p.value))), ("unit", Some(unit(&p.unit)))];
        object("", &p.name, parts, p.id.as_ref())
    });
    let parts = vec![("method", Some(method)), ("parameters", Some(parameters.collect()))];
    object("", &conversion.name, parts, conversion.id.as_ref())
}

fn cs(cs: &Cs) -> Value {
    let kind = match cs.kind {
        CsKind::Ellipsoidal => "ellipsoidal",
        CsKind::Cartesian => "Cartesian",
        CsKind::Vertical => "vertical",
    };
    let axes = cs.axes.iter().map(|axis| {
        let parts = vec![
            ("abbreviation", Some(json!(axis.abbreviation))),
            ("direction", Some(json!(axis.direction))),
            ("meridian", axis.meridian.map(|degrees| json!({ "longitude": number(degrees) }))),
            ("unit", Some(unit(&axis.unit))),
        ];
        object("", &axis.name, parts, None)
    });
    json!({ "subtype": kind, "axis": axes.collect::<Vec<_>>() })
}

/// The three commonest have names of their own.
fn unit(unit: &Unit) -> Value {
    let plain = match unit.kind {
        UnitKind::Length => ("metre", 1.0),
        UnitKind::Angle => ("degree", DEGREE),
        UnitKind::Scale => ("unity", 1.0),
    };
    if (unit.name.as_str(), unit.factor) == plain {
        return json!(unit.name);
    }
    let kind = match unit.kind {
        UnitKind::Length => "LinearUnit",
        UnitKind::Angle => "AngularUnit",
        UnitKind::Scale => "ScaleUnit",
    };
    object(kind, &unit.name, vec![("conversion_factor", Some(number(unit.factor)))], unit.id.as_ref())
}

fn bound(crs: &Bound) -> Value {
    let second =
        Unit { id: Some(Id::epsg(9104)), ..Unit::named("arc-second", UnitKind::Angle, DEGREE / 3600.0) };
    let ppm = Unit { id: Some(Id::epsg(9202)), ..Unit::named("parts per million", UnitKind::Scale, 1e-6) };
    let units = [(&Unit::metre(), 3), (&second, 3), (&ppm, 1)];
    let units = units.into_iter().flat_map(|(unit, times)| std::iter::repeat_n(unit, times));
    let (method, code, count) = crs.method();
    let all = Bound::PARAMETERS.into_iter().zip(crs.to_wgs84).zip(units).take(count);
    let parameters = all.map(|(((name, code), value), unit)| {
        let parts = vec![("value", Some(number(value))), ("unit", Some(self::unit(unit)))];
        object("", name, parts, Some(&Id::epsg(code)))
    });
    let wgs84 = Definition::Geodetic(Geodetic::wgs84());
    json!({
        "type": "BoundCRS",
        "source_crs": self::crs(&crs.source),
        "target_crs": self::crs(&wgs84),
        "transformation": {
            "name": "Transformation to WGS84",
            "method": object("", method, Vec::new(), Some(&Id::epsg(code))),
            "parameters": parameters.collect::<Vec<_>>(),
        },
    })
}

/// The CRS that a PROJJSON text describes.
///
/// # Errors
///
/// When the text is no JSON, leaves out what a CRS needs, or is of a kind that is not known.
pub(super) fn read(text: &str) -> Result<Definition> {
    let value = serde_json::from_str(text).map_err(|error| Error::usage(format!("PROJJSON: {error}")))?;
    read_crs(&value)
}

fn missing(what: &str) -> Error {
    Error::usage(format!("PROJJSON without {what}"))
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read_id(value: &Value) -> Option<Id> {
    let id = value.get("id")?;
    let code = match id.get("code")? {
        Value::String(code) => code.clone(),
        code => code.to_string(),
    };
    Some(Id { authority: text(id, "authority"), code })
}

fn read_crs(value: &Value) -> Result<Definition> {
    let part = |key| value.get(key).ok_or_else(|| missing(key));
    let (name, id) = (text(value, "name"), read_id(value));
    Ok(match text(value, "type").as_str() {
        "GeographicCRS" | "GeodeticCRS" => Definition::Geodetic(read_geodetic(value)?),
        "ProjectedCRS" => {
            let (base, cs) = (read_geodetic(part("base_crs")?)?, read_cs(part("coordinate_system")?)?);
            let conversion = read_conversion(part("conversion")?)?;
            let remark = value.get("remarks").and_then(Value::as_str).map(str::to_owned);
            Definition::Projected(Projected { name, base, conversion, cs, id, remark })
        }
        "VerticalCRS" => Definition::Vertical(read_vertical(value)?),
        "CompoundCRS" => {
            let components = part("components")?;
            let horizontal = read_crs(components.get(0).ok_or_else(|| missing("a horizontal component"))?)?;
            let vertical = read_vertical(components.get(1).ok_or_else(|| missing("a vertical component"))?)?;
            Definition::Compound(Compound { name, horizontal: Box::new(horizontal), vertical, id })
        }
        "EngineeringCRS" => {
            let cs = read_cs(part("coordinate_system")?)?;
            Definition::Engineering(Engineering { name, datum: text(part("datum")?, "name"), cs, id })
        }
        "BoundCRS" => {
            let source = Box::new(read_crs(part("source_crs")?)?);
            let mut to_wgs84 = [0.0; 7];
            let parameters = part("transformation")?.get("parameters").and_then(Value::as_array);
            for parameter in parameters.ok_or_else(|| missing("parameters"))? {
                let code =
                    read_id(parameter).and_then(|id| id.as_epsg()).and_then(|code| code.checked_sub(8605));
                let slot = code.and_then(|place| to_wgs84.get_mut(usize::try_from(place).ok()?));
                let value = parameter.get("value").and_then(Value::as_f64);
                match (slot, value) {
                    (Some(slot), Some(value)) => *slot = value,
                    _ => {
                        return Err(Error::unsupported(
                            "a bound CRS whose transformation is no shift and turn",
                        ));
                    }
                }
            }
            Definition::Bound(Bound { source, to_wgs84 })
        }
        other => return Err(Error::unsupported(format!("PROJJSON of type {other:?}"))),
    })
}

fn read_geodetic(value: &Value) -> Result<Geodetic> {
    let (name, id) = (text(value, "name"), read_id(value));
    let datum =
        value.get("datum").or_else(|| value.get("datum_ensemble")).ok_or_else(|| missing("a datum"))?;
    let cs = value.get("coordinate_system").map(read_cs).transpose()?;
    let cs = cs.unwrap_or_else(|| Cs::latitude_longitude(&Unit::degree()));
    let ellipsoid = read_ellipsoid(datum.get("ellipsoid").ok_or_else(|| missing("an ellipsoid"))?)?;
    let prime_meridian = match datum.get("prime_meridian") {
        None => PrimeMeridian::greenwich(),
        Some(meridian) => {
            let (longitude, unit) = read_measure(meridian.get("longitude"), Unit::degree())?;
            PrimeMeridian { name: text(meridian, "name"), longitude, unit, id: read_id(meridian) }
        }
    };
    let epoch = datum.get("frame_reference_epoch").and_then(Value::as_f64);
    let ensemble = read_ensemble(datum);
    let datum =
        Datum { name: text(datum, "name"), ellipsoid, prime_meridian, epoch, ensemble, id: read_id(datum) };
    Ok(Geodetic { name, datum, cs, id })
}

fn read_ensemble(datum: &Value) -> Option<Ensemble> {
    let members = datum.get("members")?.as_array()?;
    let members = members.iter().map(|member| (text(member, "name"), read_id(member))).collect();
    Some(Ensemble { members, accuracy: text(datum, "accuracy") })
}

/// A number, or a number with its unit.
fn read_measure(value: Option<&Value>, plain: Unit) -> Result<(f64, Unit)> {
    let value = value.ok_or_else(|| missing("a measure"))?;
    let kind = plain.kind;
    let unit = value.get("unit").map(|unit| read_unit(unit, kind)).transpose()?.unwrap_or(plain);
    let number = value.as_f64().or_else(|| value.get("value").and_then(Value::as_f64));
    Ok((number.filter(|number| number.is_finite()).ok_or_else(|| missing("a number"))?, unit))
}

fn read_ellipsoid(value: &Value) -> Result<Ellipsoid> {
    let size = value.get("semi_major_axis").or_else(|| value.get("radius"));
    let (semi_major, unit) = read_measure(size, Unit::metre())?;
    if semi_major <= 0.0 {
        return Err(missing("a size of the ellipsoid above 0"));
    }
    let shape = match (value.get("inverse_flattening").and_then(Value::as_f64), value.get("semi_minor_axis"))
    {
        (Some(inverse), _) => Shape::InverseFlattening(inverse),
        (None, Some(b)) => {
            let (b, _) = read_measure(Some(b), unit.clone())?;
            Shape::InverseFlattening(if b == semi_major { 0.0 } else { semi_major / (semi_major - b) })
        }
        (None, None) => Shape::InverseFlattening(0.0),
    };
    Ok(Ellipsoid { name: text(value, "name"), semi_major, shape, unit, id: read_id(value) })
}

fn read_vertical(value: &Value) -> Result<Vertical> {
    let datum =
        value.get("datum").or_else(|| value.get("datum_ensemble")).ok_or_else(|| missing("a datum"))?;
    let cs = read_cs(value.get("coordinate_system").ok_or_else(|| missing("a coordinate_system"))?)?;
    let datum = VerticalDatum {
        name: text(datum, "name"),
        epoch: datum.get("frame_reference_epoch").and_then(Value::as_f64),
        ensemble: read_ensemble(datum),
        id: read_id(datum),
    };
    Ok(Vertical { name: text(value, "name"), datum, cs, id: read_id(value) })
}

fn read_conversion(value: &Value) -> Result<Conversion> {
    let method = value.get("method").ok_or_else(|| missing("a method"))?;
    let parameters = value.get("parameters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parameter = |p: &Value| {
        let name = text(p, "name");
        let plain = match super::wkt::guess(&name) {
            UnitKind::Angle => Unit::degree(),
            UnitKind::Length => Unit::metre(),
            UnitKind::Scale => Unit::unity(),
        };
        let unit = p.get("unit").map(|unit| read_unit(unit, plain.kind)).transpose()?.unwrap_or(plain);
        let value =
            p.get("value").and_then(Value::as_f64).ok_or_else(|| missing("the value of a parameter"))?;
        Ok(Parameter { name, value, unit, id: read_id(p) })
    };
    Ok(Conversion {
        name: text(value, "name"),
        method: text(method, "name"),
        method_id: read_id(method),
        parameters: parameters.iter().map(parameter).collect::<Result<_>>()?,
        id: read_id(value),
    })
}

fn read_cs(value: &Value) -> Result<Cs> {
    let (kind, measure) = match text(value, "subtype").as_str() {
        "ellipsoidal" => (CsKind::Ellipsoidal, UnitKind::Angle),
        "Cartesian" => (CsKind::Cartesian, UnitKind::Length),
        "vertical" => (CsKind::Vertical, UnitKind::Length),
        other => return Err(Error::unsupported(format!("PROJJSON: a coordinate system that is {other:?}"))),
    };
    let axes = value.get("axis").and_then(Value::as_array).filter(|axes| !axes.is_empty());
    let axis = |axis: &Value| {
        let unit = read_unit(axis.get("unit").ok_or_else(|| missing("the unit of an axis"))?, measure)?;
        let mut own =
            Axis::new(&text(axis, "name"), &text(axis, "abbreviation"), &text(axis, "direction"), unit);
        let longitude =
            axis.get("meridian").map(|meridian| read_measure(meridian.get("longitude"), Unit::degree()));
        own.meridian = longitude.transpose()?.map(|(longitude, unit)| longitude * unit.factor / DEGREE);
        Ok(own)
    };
    let axes = axes.ok_or_else(|| missing("axes"))?.iter().map(axis).collect::<Result<_>>()?;
    Ok(Cs { kind, axes })
}

fn read_unit(value: &Value, kind: UnitKind) -> Result<Unit> {
    if let Some(name) = value.as_str() {
        return match name {
            "metre" => Ok(Unit::metre()),
            "degree" => Ok(Unit::degree()),
            "unity" => Ok(Unit::unity()),
            other => Err(Error::usage(format!("PROJJSON: no unit is called {other:?}"))),
        };
    }
    let kind = match text(value, "type").as_str() {
        "LinearUnit" => UnitKind::Length,
        "AngularUnit" => UnitKind::Angle,
        "ScaleUnit" => UnitKind::Scale,
        _ => kind,
    };
    let factor = value.get("conversion_factor").and_then(Value::as_f64).filter(|factor| *factor > 0.0);
    let factor = factor.ok_or_else(|| missing("the size of a unit"))?;
    Ok(Unit { name: text(value, "name"), kind, factor, id: read_id(value) })
}
