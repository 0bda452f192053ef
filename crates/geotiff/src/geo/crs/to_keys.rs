//! From a CRS to geokeys (OGC GeoTIFF 1.1, section 7.5), as GDAL writes them.

use super::from_keys::{PE_STRING, USER_DEFINED, key};
use super::methods::Method;
use super::model::{Conversion, Definition, Geodetic, Id, Projected, Shape, Unit, UnitKind, Vertical};
use super::same::{identify, near};
use super::{registry, wkt};
use crate::error::{Error, Result};
use crate::geo::keys::{GeoKeyValue, GeoKeys, RasterType};

/// The keys that say a CRS.
///
/// # Errors
///
/// When it has what neither geokeys nor a text in them can say.
pub(super) fn to_keys(definition: &Definition, raster_type: RasterType) -> Result<GeoKeys> {
    let mut keys = Writer(GeoKeys::default());
    keys.0.revision = (1, 0);
    keys.0.set_raster_type(raster_type);
    keys.crs(definition)?;
    Ok(keys.0)
}

/// The keys that say a CRS to ESRI's programs: its WKT stands in a citation, and counts for more than the others.
///
/// # Errors
///
/// As [`to_keys`], and when ESRI has no WKT for it.
pub(super) fn to_esri_keys(definition: &Definition, raster_type: RasterType) -> Result<GeoKeys> {
    let text = format!("{PE_STRING}{}", wkt::wkt1_esri(definition)?);
    let mut writer = Writer(to_keys(definition, raster_type)?);
    writer.code(key::MODEL_TYPE, USER_DEFINED);
    if let Definition::Projected(crs) = definition.horizontal()
        && crs.conversion.method_number() == Some(1024)
    {
        // ESRI's name of it stands in place of its number.
        writer.0.remove(key::PROJECTED_CRS);
        writer.text(key::CITATION, "PCS Name = WGS_1984_Web_Mercator_Auxiliary_Sphere");
        writer.epsg(key::GEODETIC_CRS, crs.base.id.as_ref());
        writer.number(key::SEMI_MAJOR, crs.base.datum.ellipsoid.semi_major_metres());
        writer.number(key::INVERSE_FLATTENING, crs.base.datum.ellipsoid.inverse_flattening());
    }
    writer.text(key::PROJECTED_CITATION, &text);
    Ok(writer.0)
}

struct Writer(GeoKeys);

impl Writer {
    fn code(&mut self, key: u16, code: u16) {
        self.0.set(key, GeoKeyValue::Short(code));
    }

    fn number(&mut self, key: u16, number: f64) {
        self.0.set(key, GeoKeyValue::Doubles(vec![number]));
    }

    /// Geokeys hold ASCII; other letters become question marks.
    fn text(&mut self, key: u16, text: &str) {
        let text = text.chars().map(|c| if c.is_ascii() && c != '\0' { c } else { '?' }).collect();
        self.0.set(key, GeoKeyValue::Text(text));
    }

    /// A code of EPSG's that fits into a key.
    fn epsg(&mut self, key: u16, id: Option<&Id>) -> bool {
        let code = id.and_then(Id::as_epsg).and_then(|code| u16::try_from(code).ok());
        match code.filter(|code| *code < USER_DEFINED) {
            Some(code) => self.code(key, code),
            None => return false,
        }
        true
    }

    fn crs(&mut self, definition: &Definition) -> Result<()> {
        match definition {
            Definition::Projected(crs) if crs.cs.axes.len() == 3 && crs.id.is_none() => {
                self.projected_with_height(crs)
            }
            Definition::Projected(crs) => self.projected(crs, definition),
            Definition::Geodetic(crs) if crs.is_geocentric() => {
                self.geocentric(crs);
                Ok(())
            }
            Definition::Geodetic(crs) => {
                self.code(key::MODEL_TYPE, 2);
                self.geodetic(crs);
                Ok(())
            }
            Definition::Compound(crs) => {
                self.crs(&crs.horizontal)?;
                self.text(key::CITATION, &crs.name);
                self.vertical(&crs.vertical);
                Ok(())
            }
            Definition::Vertical(crs) => {
                self.vertical(crs);
                self.as_text(definition)
            }
            Definition::Engineering(crs) => {
                self.text(key::CITATION, &crs.name);
                if let Some(unit) = crs.cs.unit() {
                    self.unit(unit, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE);
                }
                Ok(())
            }
            Definition::Bound(crs) => {
                self.crs(&crs.source)?;
                self.0.set(key::TO_WGS84, GeoKeyValue::Doubles(crs.to_wgs84.to_vec()));
                Ok(())
            }
            Definition::Unresolved { .. } => Err(super::no_registry()),
        }
    }

    /// What no key can say stands as WKT in the citation.
    fn as_text(&mut self, definition: &Definition) -> Result<()> {
        self.code(key::MODEL_TYPE, USER_DEFINED);
        self.text(key::CITATION, definition.name());
        self.text(key::PROJECTED_CITATION, &format!("{PE_STRING}{}", wkt::wkt1(definition)?));
        Ok(())
    }

    fn unit(&mut self, unit: &Unit, code: u16, size: u16) {
        let known = registry::unit_like(&unit.name, unit.kind, |factor| near(factor, unit.factor));
        let number = unit.id.clone().or_else(|| known.and_then(|known| known.id));
        if !self.epsg(code, number.as_ref()) {
            self.code(code, USER_DEFINED);
            self.number(size, unit.factor);
        }
    }

    fn angular_unit(&mut self, unit: &Unit) {
        match unit.id.as_ref().and_then(Id::as_epsg) {
            // A degree, and not how it is to be written down.
            Some(9107..=9122) => self.code(key::ANGULAR_UNITS, 9102),
            None if (unit.factor - Unit::degree().factor).abs() < 1e-12 => {
                self.code(key::ANGULAR_UNITS, 9102);
            }
            _ => self.unit(unit, key::ANGULAR_UNITS, key::ANGULAR_UNIT_SIZE),
        }
    }

    /// Geographic, in two dimensions or three.
    fn geodetic(&mut self, crs: &Geodetic) {
        let two = if crs.cs.axes.len() == 3 { self.ellipsoidal_height(crs) } else { None };
        let crs = two.as_ref().unwrap_or(crs);
        if self.epsg(key::GEODETIC_CRS, crs.id.as_ref()) {
            self.text(key::GEODETIC_CITATION, &crs.name);
        } else {
            self.code(key::GEODETIC_CRS, USER_DEFINED);
            self.datum(crs);
        }
        if let Some(unit) = crs.cs.unit() {
            self.angular_unit(unit);
        }
    }

    /// The third dimension: the code of the CRS stands as the vertical one (GeoTIFF 1.1). Gives the CRS without it.
    fn ellipsoidal_height(&mut self, crs: &Geodetic) -> Option<Geodetic> {
        let number = identify(&Definition::Geodetic(crs.clone())).map(Id::epsg);
        if self.epsg(key::VERTICAL_CRS, number.as_ref().or(crs.id.as_ref())) {
            self.0.revision = (1, 1);
        }
        let mut two = Geodetic { id: None, ..crs.clone() };
        two.cs.axes.truncate(2);
        let code = identify(&Definition::Geodetic(two.clone()));
        Some(code.and_then(registry::geodetic).unwrap_or(two))
    }

    /// A projected CRS whose third axis is the height above the ellipsoid: its keys in the plane, and the code of the
    /// geographic CRS of three dimensions as the vertical one (GeoTIFF 1.1).
    fn projected_with_height(&mut self, crs: &Projected) -> Result<()> {
        let mut three = Geodetic { id: None, ..crs.base.clone() };
        three.cs.axes.truncate(2);
        three.cs.axes.extend(crs.cs.axes.get(2).cloned());
        let two = self.ellipsoidal_height(&three).unwrap_or(three);
        let mut plane = Projected { base: two, id: None, ..crs.clone() };
        plane.cs.axes.truncate(2);
        plane.id = identify(&Definition::Projected(plane.clone())).map(Id::epsg);
        let definition = Definition::Projected(plane.clone());
        self.projected(&plane, &definition)
    }

    fn geocentric(&mut self, crs: &Geodetic) {
        self.code(key::MODEL_TYPE, 3);
        self.text(key::CITATION, &crs.name);
        if !self.epsg(key::GEODETIC_CRS, crs.id.as_ref()) {
            self.code(key::GEODETIC_CRS, USER_DEFINED);
        }
        self.datum(crs);
        self.code(key::ANGULAR_UNITS, 9102);
        if let Some(unit) = crs.cs.unit() {
            self.unit(unit, key::GEODETIC_LINEAR_UNITS, key::GEODETIC_LINEAR_UNIT_SIZE);
        }
    }

    /// Datum, ellipsoid and prime meridian, by their numbers and by their sizes.
    fn datum(&mut self, crs: &Geodetic) {
        let datum = &crs.datum;
        let mut citation = format!("GCS Name = {}|", crs.name);
        if !self.epsg(key::DATUM, datum.id.as_ref()) {
            self.code(key::DATUM, USER_DEFINED);
            citation.push_str(&format!("Datum = {}|", datum.name));
            if !self.epsg(key::ELLIPSOID, datum.ellipsoid.id.as_ref()) {
                self.code(key::ELLIPSOID, USER_DEFINED);
                citation.push_str(&format!("Ellipsoid = {}|", datum.ellipsoid.name));
            }
        }
        citation.push_str(&format!("Primem = {}|", datum.prime_meridian.name));
        self.text(key::GEODETIC_CITATION, &citation);
        self.number(key::SEMI_MAJOR, datum.ellipsoid.semi_major_metres());
        match datum.ellipsoid.shape {
            Shape::InverseFlattening(inverse) if inverse != 0.0 => {
                self.number(key::INVERSE_FLATTENING, inverse);
            }
            Shape::InverseFlattening(_) => self.number(key::SEMI_MINOR, datum.ellipsoid.semi_major_metres()),
            Shape::SemiMinor(b) => self.number(key::SEMI_MINOR, b * datum.ellipsoid.unit.factor),
        }
        self.prime_meridian(crs);
    }

    /// By its number, or by its longitude in the unit of the CRS.
    fn prime_meridian(&mut self, crs: &Geodetic) {
        let own = &crs.datum.prime_meridian;
        if own.longitude != 0.0 && self.epsg(key::PRIME_MERIDIAN, own.id.as_ref()) {
            return;
        }
        let unit =
            crs.cs.unit().filter(|unit| unit.kind == UnitKind::Angle).cloned().unwrap_or_else(Unit::degree);
        let longitude = own.unit.convert(own.longitude, &unit);
        if longitude != 0.0 {
            self.code(key::PRIME_MERIDIAN, USER_DEFINED);
        }
        self.number(key::PRIME_MERIDIAN_LONGITUDE, longitude);
    }

    fn projected(&mut self, crs: &Projected, definition: &Definition) -> Result<()> {
        let code = crs.id.as_ref().and_then(Id::as_epsg).filter(|code| *code < u32::from(USER_DEFINED));
        let known = code.is_some() && identify(definition) == code;
        let length = crs.cs.unit().cloned().unwrap_or_else(Unit::metre);
        if !known && method(&crs.conversion).is_none() {
            return self.as_text(definition);
        }
        self.code(key::MODEL_TYPE, 1);
        self.text(key::CITATION, &crs.name);
        if known && self.epsg(key::PROJECTED_CRS, crs.id.as_ref()) {
            self.text(key::GEODETIC_CITATION, &crs.base.name);
            self.angular_unit(&crs.base.cs.unit().cloned().unwrap_or_else(Unit::degree));
            self.unit(&length, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE);
            return Ok(());
        }
        self.geodetic(&crs.base);
        self.code(key::PROJECTED_CRS, USER_DEFINED);
        self.unit(&length, key::LINEAR_UNITS, key::LINEAR_UNIT_SIZE);
        let angle = crs.base.cs.unit().cloned().unwrap_or_else(Unit::degree);
        self.conversion(&crs.conversion, &angle, &length)
    }

    fn conversion(&mut self, conversion: &Conversion, angle: &Unit, length: &Unit) -> Result<()> {
        let wrong = || Error::unsupported(format!("the method {:?} in geokeys", conversion.method));
        let (method, code) = method(conversion).ok_or_else(wrong)?;
        self.code(key::PROJECTION, USER_DEFINED);
        self.code(key::METHOD, code);
        for param in method.parameters {
            let found = conversion.find(param.epsg, param.name);
            self.number(param.key, found.map_or(param.kind.neutral(), |p| p.in_units(angle, length)));
        }
        // GDAL reads a scale there in any case.
        if method.epsg == 9829 {
            self.number(3092, 1.0);
        }
        Ok(())
    }

    fn vertical(&mut self, crs: &Vertical) {
        self.0.revision = (1, 1);
        if self.epsg(key::VERTICAL_CRS, crs.id.as_ref()) {
            return;
        }
        self.code(key::VERTICAL_CRS, USER_DEFINED);
        self.text(key::VERTICAL_CITATION, &crs.name);
        if !self.epsg(key::VERTICAL_DATUM, crs.datum.id.as_ref()) {
            self.code(key::VERTICAL_DATUM, USER_DEFINED);
        }
        if let Some(unit) = crs.cs.unit() {
            self.epsg(key::VERTICAL_UNITS, unit.id.as_ref());
        }
    }
}

/// The method and its value in geokey 3075.
fn method(conversion: &Conversion) -> Option<(&'static Method, u16)> {
    let method = Method::of(conversion)?;
    let code = match method.epsg {
        9805 => 7,
        9829 => 15,
        _ => method.geotiff,
    };
    Some((method, code)).filter(|(_, code)| *code != 0)
}
