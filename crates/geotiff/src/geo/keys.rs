//! The geokey directory (OGC GeoTIFF 1.1, 19-008r4, section 7.1).

use std::collections::BTreeMap;

use crate::error::{Cause, Error, Result};
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;

/// Shorts of the header, and of each entry.
const ENTRY: u64 = 4;

/// Whether coordinates refer to the area of a pixel or to its centre: geokey 1025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RasterType {
    /// A pixel is an area; (0, 0) is the upper left corner of the first. The default.
    #[default]
    PixelIsArea,
    /// A pixel is a point; (0, 0) is the centre of the first.
    PixelIsPoint,
}

impl std::fmt::Display for RasterType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PixelIsArea => "Area",
            Self::PixelIsPoint => "Point",
        })
    }
}

/// Keys whose value is a code, by key number. Keys with numbers or texts are left where they lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GeoKeys {
    codes: BTreeMap<u16, u16>,
}

impl GeoKeys {
    pub(crate) const MODEL_TYPE: u16 = 1024;
    pub(crate) const RASTER_TYPE: u16 = 1025;
    pub(crate) const GEODETIC_CRS: u16 = 2048;
    pub(crate) const PROJECTED_CRS: u16 = 3072;
    pub(crate) const VERTICAL_CRS: u16 = 4096;

    /// Reads the keys of a directory; none if it has no geokeys.
    pub(crate) fn parse(fields: &Fields<'_>, budget: &mut Budget) -> Result<Self> {
        let Some(values) = fields.values(Tag::GEO_KEY_DIRECTORY)? else { return Ok(Self::default()) };
        let word = |i| {
            let value = values.u64(i).map_err(|e| fields.place(e, Tag::GEO_KEY_DIRECTORY))?;
            u16::try_from(value).map_err(|_| damage(fields, "a number of 16 bits", value))
        };
        let version = word(0)?;
        if version != 1 {
            return Err(damage(fields, "version 1", u64::from(version)));
        }
        let count = u64::from(word(3)?);
        budget.reserve(count.saturating_mul(16), "geokeys")?;
        let mut codes = BTreeMap::new();
        for i in 1..=count {
            let at = i.saturating_mul(ENTRY);
            // Location 0: the value itself stands in the entry.
            if word(at.saturating_add(1))? == 0 {
                // Of a key that stands twice GDAL takes the last.
                codes.insert(word(at)?, word(at.saturating_add(3))?);
            }
        }
        Ok(Self { codes })
    }

    /// The code that `key` holds.
    pub(crate) fn code(&self, key: u16) -> Option<u16> {
        self.codes.get(&key).copied()
    }

    /// What coordinates refer to.
    pub(crate) fn raster_type(&self) -> RasterType {
        match self.code(Self::RASTER_TYPE) {
            Some(2) => RasterType::PixelIsPoint,
            _ => RasterType::PixelIsArea,
        }
    }
}

fn damage(fields: &Fields<'_>, expected: &'static str, found: u64) -> Error {
    let what = "geokey directory";
    fields.place(Cause::Mismatch { what, expected, found }.into(), Tag::GEO_KEY_DIRECTORY)
}
