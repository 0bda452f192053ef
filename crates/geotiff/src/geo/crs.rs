//! The coordinate reference system, as far as an EPSG code says it.

use std::fmt;

use super::keys::GeoKeys;

/// A coordinate reference system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crs {
    epsg: Option<u32>,
}

impl Crs {
    /// The CRS that the geokeys describe (OGC GeoTIFF 1.1, section 7.5); `None` if they describe none.
    pub(crate) fn from_keys(keys: &GeoKeys) -> Option<Self> {
        // Model type (key 1024): 1 projected, 2 geographic, 3 geocentric.
        let horizontal = match keys.code(GeoKeys::MODEL_TYPE) {
            Some(1) => GeoKeys::PROJECTED_CRS,
            Some(2 | 3) => GeoKeys::GEODETIC_CRS,
            _ if keys.code(GeoKeys::PROJECTED_CRS).is_some() => GeoKeys::PROJECTED_CRS,
            _ => GeoKeys::GEODETIC_CRS,
        };
        let vertical = keys.code(GeoKeys::VERTICAL_CRS);
        let code = keys.code(horizontal).or(vertical)?;
        let epsg = Some(u32::from(code)).filter(|_| vertical.is_none() && is_epsg(code));
        Some(Self { epsg })
    }

    /// The EPSG code; `None` when the file defines the CRS by its parts, or with a vertical one beside it.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }
}

/// Codes 1024 to 32766 are EPSG's (OGC GeoTIFF 1.1, section 7.4).
fn is_epsg(code: u16) -> bool {
    (1024..=32766).contains(&code)
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epsg {
            Some(code) => write!(f, "EPSG:{code}"),
            None => f.write_str("user-defined CRS"),
        }
    }
}
