//! The geokey directory (OGC GeoTIFF 1.1, 19-008r4, section 7.1).

use std::collections::BTreeMap;

use crate::error::{Cause, Error, Result};
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;

/// Shorts of the header, and of each entry.
const ENTRY: u64 = 4;

/// Values of geokey 1025 (requirement class GTRasterTypeGeoKey of section 7.4).
const PIXEL_IS_AREA: u16 = 1;
const PIXEL_IS_POINT: u16 = 2;

/// Whether coordinates refer to the area of a pixel or to its centre: geokey 1025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RasterType {
    /// A pixel is an area; (0, 0) is the upper left corner of the first. The default.
    #[default]
    PixelIsArea,
    /// A pixel is a point; (0, 0) is the centre of the first.
    PixelIsPoint,
}

impl RasterType {
    /// The item of the default domain by which GDAL says it.
    pub(crate) const ITEM: &str = "AREA_OR_POINT";
}

impl std::fmt::Display for RasterType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PixelIsArea => "Area",
            Self::PixelIsPoint => "Point",
        })
    }
}

/// The value of a geokey.
#[derive(Debug, Clone, PartialEq)]
pub enum GeoKeyValue {
    /// A code, in the entry itself.
    Short(u16),
    /// Several codes, behind the entries.
    Shorts(Vec<u16>),
    /// Numbers, in the tag GeoDoubleParams.
    Doubles(Vec<f64>),
    /// A text, in the tag GeoAsciiParams, without the bar that ends it.
    Text(String),
}

/// The geokeys of a file: what it says of its CRS, in its own words.
///
/// Keys that this crate knows nothing of are here too, with their values as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoKeys {
    /// The revision of the standard that the file follows: (1, 0) or (1, 1).
    pub revision: (u16, u16),
    keys: BTreeMap<u16, GeoKeyValue>,
}

impl Default for GeoKeys {
    /// No keys, of GeoTIFF 1.1.
    fn default() -> Self {
        Self { revision: (1, 1), keys: BTreeMap::new() }
    }
}

impl GeoKeys {
    pub(crate) const RASTER_TYPE: u16 = 1025;

    /// Reads the keys of a directory; none if it has no geokeys. A key whose value cannot be had is left out and
    /// told in `damage`.
    pub(crate) fn parse(fields: &Fields<'_>, budget: &mut Budget, damage: &mut Vec<Error>) -> Result<Self> {
        let Some(values) = fields.values(Tag::GEO_KEY_DIRECTORY)? else { return Ok(Self::default()) };
        let word = |i| {
            let value = values.u64(i).map_err(|e| fields.place(e, Tag::GEO_KEY_DIRECTORY))?;
            u16::try_from(value).map_err(|_| wrong(fields, "a number of 16 bits", value))
        };
        let version = word(0)?;
        if version != 1 {
            return Err(wrong(fields, "version 1", u64::from(version)));
        }
        let (revision, count) = ((word(1)?, word(2)?), u64::from(word(3)?));
        budget.reserve(count.saturating_mul(64), "geokeys")?;
        let mut keys = BTreeMap::new();
        // Values of keys may overlap in their tags. Without a bound many keys could each name all of a large tag.
        let mut left = Self::most_values(fields);
        for i in 1..=count {
            let at = i.saturating_mul(ENTRY);
            let (key, location) = (word(at)?, word(at.saturating_add(1))?);
            let (count, offset) = (word(at.saturating_add(2))?, word(at.saturating_add(3))?);
            let range = u64::from(offset)..u64::from(offset).saturating_add(u64::from(count));
            let value = match location {
                0 => Ok(GeoKeyValue::Short(offset)),
                _ => {
                    let Some(rest) = left.checked_sub(count.into()) else {
                        damage.push(wrong(fields, "geokeys with no more values than their tags have", i));
                        break;
                    };
                    left = rest;
                    budget.reserve(u64::from(count).saturating_mul(8), "a geokey")?;
                    match Tag(location) {
                        Tag::GEO_KEY_DIRECTORY => {
                            range.map(word).collect::<Result<_>>().map(GeoKeyValue::Shorts)
                        }
                        Tag::GEO_DOUBLE_PARAMS => doubles(fields, range).map(GeoKeyValue::Doubles),
                        Tag::GEO_ASCII_PARAMS => text(fields, range).map(GeoKeyValue::Text),
                        _ => Err(wrong(fields, "a geokey in tag 34735, 34736 or 34737", u64::from(location))),
                    }
                }
            };
            match value {
                // Of a key that stands twice GDAL takes the last.
                Ok(value) => drop(keys.insert(key, value)),
                Err(error) => {
                    budget.reserve(Error::SIZE, "a warning")?;
                    damage.push(error);
                }
            }
        }
        Ok(Self { revision, keys })
    }

    /// Values that all keys together may have: four times those of the tags, so that keys can share some.
    fn most_values(fields: &Fields<'_>) -> u64 {
        let mut all = 64_u64;
        for tag in [Tag::GEO_KEY_DIRECTORY, Tag::GEO_DOUBLE_PARAMS, Tag::GEO_ASCII_PARAMS] {
            let values = fields.values(tag).ok().flatten().map_or(0, |values| values.len());
            all = all.saturating_add(values.saturating_mul(4));
        }
        all
    }

    /// All keys in ascending order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &GeoKeyValue)> {
        self.keys.iter().map(|(key, value)| (*key, value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: u16) -> Option<&GeoKeyValue> {
        self.keys.get(&key)
    }

    /// The code that a key holds.
    #[must_use]
    pub fn code(&self, key: u16) -> Option<u16> {
        match self.keys.get(&key)? {
            GeoKeyValue::Short(code) => Some(*code),
            GeoKeyValue::Shorts(codes) => codes.first().copied(),
            GeoKeyValue::Doubles(_) | GeoKeyValue::Text(_) => None,
        }
    }

    /// The number that a key holds; some writers put whole ones where codes stand.
    #[must_use]
    pub fn number(&self, key: u16) -> Option<f64> {
        match self.keys.get(&key)? {
            GeoKeyValue::Doubles(numbers) => numbers.first().copied(),
            GeoKeyValue::Short(code) => Some(f64::from(*code)),
            GeoKeyValue::Shorts(_) | GeoKeyValue::Text(_) => None,
        }
    }

    /// The text that a key holds.
    #[must_use]
    pub fn text(&self, key: u16) -> Option<&str> {
        match self.keys.get(&key)? {
            GeoKeyValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Sets a key.
    pub fn set(&mut self, key: u16, value: GeoKeyValue) {
        self.keys.insert(key, value);
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: u16) {
        self.keys.remove(&key);
    }

    /// What coordinates refer to.
    #[must_use]
    pub fn raster_type(&self) -> RasterType {
        match self.code(Self::RASTER_TYPE) {
            Some(PIXEL_IS_POINT) => RasterType::PixelIsPoint,
            _ => RasterType::PixelIsArea,
        }
    }

    /// Sets what coordinates refer to.
    pub fn set_raster_type(&mut self, raster_type: RasterType) {
        let code = match raster_type {
            RasterType::PixelIsArea => PIXEL_IS_AREA,
            RasterType::PixelIsPoint => PIXEL_IS_POINT,
        };
        self.set(Self::RASTER_TYPE, GeoKeyValue::Short(code));
    }

    /// The values of the three tags that hold the keys: GeoKeyDirectory (34735), GeoDoubleParams (34736) and
    /// GeoAsciiParams (34737, its NUL included), the last two empty if no key needs them.
    ///
    /// # Errors
    ///
    /// When the keys do not fit into a directory of 65,535 shorts, or a text is not ASCII.
    ///
    /// ```
    /// use memtiff_geotiff::{GeoKeyValue, GeoKeys};
    ///
    /// let mut keys = GeoKeys::default();
    /// keys.set(1024, GeoKeyValue::Short(1));
    /// keys.set(1026, GeoKeyValue::Text("Site".to_owned()));
    /// let (directory, doubles, text) = keys.encode()?;
    /// assert_eq!(directory, [1, 1, 1, 2, 1024, 0, 1, 1, 1026, 34737, 5, 0]);
    /// assert_eq!((doubles.len(), text.as_str()), (0, "Site|\0"));
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn encode(&self) -> Result<(Vec<u16>, Vec<f64>, String)> {
        let short = |n: usize| u16::try_from(n).map_err(|_| Error::usage("geokeys: more than 65,535 values"));
        let (mut directory, mut extra) =
            (vec![1, self.revision.0, self.revision.1, short(self.keys.len())?], vec![]);
        let (mut doubles, mut ascii) = (Vec::new(), String::new());
        let behind = self.keys.len().saturating_add(1).saturating_mul(4);
        for (key, value) in &self.keys {
            let [location, count, offset] = match value {
                GeoKeyValue::Short(code) => [0, 1, *code],
                GeoKeyValue::Shorts(codes) => {
                    let offset = short(behind.saturating_add(extra.len()))?;
                    extra.extend_from_slice(codes);
                    [Tag::GEO_KEY_DIRECTORY.0, short(codes.len())?, offset]
                }
                GeoKeyValue::Doubles(numbers) => {
                    let offset = short(doubles.len())?;
                    doubles.extend_from_slice(numbers);
                    [Tag::GEO_DOUBLE_PARAMS.0, short(numbers.len())?, offset]
                }
                GeoKeyValue::Text(text) => {
                    if !text.is_ascii() || text.contains('\0') {
                        return Err(Error::usage(format!("geokey {key}: {text:?} is not ASCII")));
                    }
                    let offset = short(ascii.len())?;
                    ascii.push_str(text);
                    ascii.push('|');
                    [Tag::GEO_ASCII_PARAMS.0, short(text.len().saturating_add(1))?, offset]
                }
            };
            directory.extend_from_slice(&[*key, location, count, offset]);
        }
        directory.append(&mut extra);
        if !ascii.is_empty() {
            ascii.push('\0');
        }
        Ok((directory, doubles, ascii))
    }
}

fn doubles(fields: &Fields<'_>, range: std::ops::Range<u64>) -> Result<Vec<f64>> {
    let Some(values) = fields.values(Tag::GEO_DOUBLE_PARAMS)? else {
        return Err(wrong(fields, "the tag GeoDoubleParams that a geokey lies in", 0));
    };
    range.map(|i| values.f64(i).map_err(|error| fields.place(error, Tag::GEO_DOUBLE_PARAMS))).collect()
}

/// A text ends with a bar, which is not part of it; writers have used NULs too, and bytes above 127.
fn text(fields: &Fields<'_>, range: std::ops::Range<u64>) -> Result<String> {
    let Some(values) = fields.values(Tag::GEO_ASCII_PARAMS)? else {
        return Err(wrong(fields, "the tag GeoAsciiParams that a geokey lies in", 0));
    };
    let bytes = values.bytes().map_err(|error| fields.place(error, Tag::GEO_ASCII_PARAMS))?;
    let part = |at: u64| usize::try_from(at).ok();
    let bytes = part(range.start).zip(part(range.end)).and_then(|(start, end)| bytes.get(start..end));
    let Some(bytes) = bytes else {
        return Err(wrong(fields, "a geokey inside GeoAsciiParams", range.end));
    };
    let text = String::from_utf8_lossy(bytes);
    let text = text.split('\0').next().unwrap_or_default();
    Ok(text.strip_suffix('|').unwrap_or(text).to_owned())
}

fn wrong(fields: &Fields<'_>, expected: &'static str, found: u64) -> Error {
    let what = "geokey directory";
    fields.place(Cause::Mismatch { what, expected, found }.into(), Tag::GEO_KEY_DIRECTORY)
}
