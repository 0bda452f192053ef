//! Names in the texts of geokeys: `GCS Name = NAD27|Datum = ...|Ellipsoid = ...`.

use super::from_keys::{PE_STRING, key};
use crate::geo::keys::GeoKeys;

/// What the citations of a file name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Citation<'a> {
    pub(super) projected: Option<&'a str>,
    pub(super) geodetic: Option<&'a str>,
    pub(super) datum: Option<&'a str>,
    pub(super) ellipsoid: Option<&'a str>,
    pub(super) prime_meridian: Option<&'a str>,
    pub(super) angular_units: Option<&'a str>,
    pub(super) linear_units: Option<&'a str>,
}

impl<'a> Citation<'a> {
    pub(super) fn of(keys: &'a GeoKeys) -> Self {
        let mut names = Self::default();
        let text = |key| keys.text(key).filter(|text| !text.starts_with(PE_STRING));
        let geodetic = text(key::GEODETIC_CITATION);
        let projected = text(key::PROJECTED_CITATION);
        names.projected =
            projected.or_else(|| text(key::CITATION)).filter(|text| !is_list(text)).map(first_line);
        names.geodetic = geodetic.filter(|text| !is_list(text)).map(first_line);
        for part in
            [text(key::CITATION), projected, geodetic].into_iter().flatten().flat_map(|text| text.split('|'))
        {
            let Some((what, name)) = part.split_once('=') else { continue };
            let name = Some(name.trim()).filter(|name| !name.is_empty());
            match what.trim() {
                "PCS Name" | "PRJ Name" => names.projected = name,
                "GCS Name" => names.geodetic = name,
                "Datum" => names.datum = name,
                "Ellipsoid" => names.ellipsoid = name,
                "Primem" => names.prime_meridian = name,
                "AUnits" => names.angular_units = name,
                "LUnits" => names.linear_units = name,
                _ => {}
            }
        }
        names
    }
}

fn is_list(text: &str) -> bool {
    ["PCS Name", "PRJ Name", "GCS Name", "Datum", "Ellipsoid", "Primem", "AUnits", "LUnits"].iter().any(
        |word| {
            text.split('|').any(|part| {
                part.trim_start().strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with('='))
            })
        },
    )
}

/// Some programs write who they are in further lines.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}
