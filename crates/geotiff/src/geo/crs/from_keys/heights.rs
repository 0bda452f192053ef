//! Heights of geokeys (OGC GeoTIFF 1.1, section 7.5.6), as GDAL understands them.

use super::{key, named};
use crate::geo::crs::methods::same;
use crate::geo::crs::model::{
    Compound, Cs, CsKind, Definition, Geodetic, Projected, Unit, Vertical, VerticalDatum,
};
use crate::geo::crs::registry;
use crate::geo::crs::same::same_datum;
use crate::geo::keys::GeoKeys;

/// The code of GeoTIFF 1.0 for heights above the ellipsoid of WGS 84, and the CRS that it means.
const WGS84_ELLIPSOID: (u32, u32) = (5030, 4979);

/// The codes of GeoTIFF 1.0 for heights above an ellipsoid (GeoTIFF 1.0, section 6.3.4.1).
const ELLIPSOIDS: std::ops::RangeInclusive<u32> = 5001..=5033;

/// How far the code of such heights lies from that of the geodetic datum which EPSG has for the ellipsoid alone.
const TO_DATUM: u32 = 1000;

/// Whether files of this revision have a vertical CRS: GDAL reports that of GeoTIFF 1.0 only as the unit of bands.
pub(super) fn count(keys: &GeoKeys) -> bool {
    keys.revision == (1, 1)
}

/// The horizontal CRS with the heights of the keys.
pub(super) fn with_heights(horizontal: Definition, keys: &GeoKeys) -> Definition {
    let code = named(keys, key::VERTICAL_CRS);
    let three_dimensional = |code: u32| {
        let code = if code == WGS84_ELLIPSOID.0 { WGS84_ELLIPSOID.1 } else { code };
        registry::geodetic(code).filter(is_three_dimensional)
    };
    // The code of a geographic CRS of three dimensions: the heights are above its ellipsoid, whatever the revision.
    let horizontal = match code.and_then(three_dimensional) {
        Some(three) if lies_under(&horizontal, &three) => return on_ellipsoid(horizontal, three),
        _ => horizontal,
    };
    let user_defined = [key::VERTICAL_CRS, key::VERTICAL_DATUM, key::VERTICAL_UNITS]
        .iter()
        .any(|key| keys.code(*key).is_some_and(|code| code != 0));
    let vertical = match code {
        Some(code) => registry::vertical(code).or_else(|| above_ellipsoid(code)),
        None if user_defined => Some(own_vertical(keys)),
        None => None,
    };
    let Some(vertical) = vertical.filter(|_| count(keys)) else { return horizontal };
    let name = keys.text(key::CITATION).filter(|name| name.contains(" + ") || !same(name, horizontal.name()));
    let name = name.map_or_else(|| format!("{} + {}", horizontal.name(), vertical.name), str::to_owned);
    Definition::Compound(Compound { name, horizontal: Box::new(horizontal), vertical, id: None })
}

fn is_three_dimensional(crs: &Geodetic) -> bool {
    crs.cs.axes.len() == 3 && !crs.is_geocentric()
}

/// Whether the horizontal CRS is that of three dimensions without its height, or a projection of it.
fn lies_under(horizontal: &Definition, three: &Geodetic) -> bool {
    let base = match horizontal {
        Definition::Geodetic(crs) => crs,
        Definition::Projected(crs) => &crs.base,
        _ => return false,
    };
    // Geokeys say nothing of the order of axes, so that the code of three dimensions alone decides it.
    let unit = |crs: &Geodetic| crs.cs.axes.first().map(|axis| axis.unit.factor);
    same_datum(&base.datum, &three.datum) && unit(base) == unit(three)
}

/// The horizontal CRS with the height of the CRS of three dimensions.
fn on_ellipsoid(horizontal: Definition, three: Geodetic) -> Definition {
    match horizontal {
        Definition::Projected(mut crs) => {
            crs.cs.axes.extend(three.cs.axes.get(2).cloned());
            Definition::Projected(Projected { base: three, id: None, ..crs })
        }
        _ => Definition::Geodetic(three),
    }
}

/// The heights of GeoTIFF 1.0 that are above an ellipsoid without a datum.
fn above_ellipsoid(code: u32) -> Option<Vertical> {
    let datum = registry::datum(code.checked_add(TO_DATUM)?).filter(|_| ELLIPSOIDS.contains(&code))?;
    let datum = VerticalDatum { name: datum.name, epoch: None, ensemble: None, id: None };
    Some(Vertical { name: "unknown".to_owned(), datum, cs: height(Unit::metre()), id: None })
}

fn height(unit: Unit) -> Cs {
    Cs { kind: CsKind::Vertical, axes: Cs::height(unit).axes }
}

/// The vertical CRS that keys describe by its parts.
fn own_vertical(keys: &GeoKeys) -> Vertical {
    let name = keys.text(key::VERTICAL_CITATION).unwrap_or("unknown").to_owned();
    let datum = named(keys, key::VERTICAL_DATUM).and_then(registry::vertical_datum);
    let datum = datum.unwrap_or_else(|| VerticalDatum {
        name: "unknown".to_owned(),
        epoch: None,
        ensemble: None,
        id: None,
    });
    let unit = named(keys, key::VERTICAL_UNITS).and_then(registry::unit).unwrap_or_else(Unit::metre);
    Vertical { name, datum, cs: height(unit), id: None }
}
