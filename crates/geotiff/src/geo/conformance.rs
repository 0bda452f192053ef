//! What the standard asks of a file, and where a file fails it (OGC GeoTIFF 1.1, 19-008r4, the conformance classes of
//! annex A).

use std::fmt;

use super::crs::{Code, is_known};
use crate::ifd::Fields;
use crate::tag::{FieldType, Tag};

/// A requirement of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Its number here: `G1` to `G28`.
    pub id: &'static str,
    /// What it asks.
    pub title: &'static str,
}

/// The requirements that [`check`](crate::check) looks at.
pub const REQUIREMENTS: [Requirement; 28] = requirements([
    "the byte order mark is II or MM",
    "the version is 42, or 43 for BigTIFF",
    "directories can be walked to their end",
    "tags of GeoTIFF have their type and number of values, and do not contradict each other",
    "the key directory begins with version 1, revision 1.0 or 1.1 and the number of its keys",
    "keys stand in ascending order",
    "the value of each key lies inside the tag that it names",
    "texts end with a bar, and their tag with NUL",
    "citations are texts, and there when what they cite is user-defined",
    "GTModelTypeGeoKey (1024) is there, and 1, 2, 3, user-defined or private",
    "GTRasterTypeGeoKey (1025) is 1, 2 or private",
    "GeodeticCRSGeoKey (2048) fits the model type, or is user-defined with citation, datum and units",
    "GeodeticDatumGeoKey (2050) is a datum of EPSG's, or user-defined with citation and ellipsoid",
    "PrimeMeridianGeoKey (2051) is one of EPSG's, or user-defined with its longitude",
    "GeogLinearUnitsGeoKey (2052) is a unit of length, or user-defined with its size",
    "GeogAngularUnitsGeoKey (2054) is a unit of angle, or user-defined with its size",
    "EllipsoidGeoKey (2056) is one of EPSG's, or user-defined with its axes",
    "GeogAzimuthUnitsGeoKey (2060) is a unit of angle",
    "ProjectedCRSGeoKey (3072) is one of EPSG's, or user-defined with citation, projection and units",
    "ProjectionGeoKey (3074) is a conversion of EPSG's, or user-defined with its method",
    "ProjMethodGeoKey (3075) is 1 to 28, a method of EPSG's, or user-defined",
    "ProjLinearUnitsGeoKey (3076) is a unit of length, or user-defined with its size",
    "VerticalGeoKey (4096) is a vertical or three-dimensional CRS of EPSG's, or user-defined with its parts",
    "VerticalDatumGeoKey (4098) is a vertical datum of EPSG's, or user-defined",
    "VerticalUnitsGeoKey (4099) is a unit of length",
    "keys that hold numbers hold one double, in the range of what it measures",
    "no key and no code is reserved or obsolete",
    "the blocks of every image lie inside the file",
]);

const fn requirements(titles: [&'static str; 28]) -> [Requirement; 28] {
    const IDS: [&str; 28] = [
        "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G13", "G14", "G15",
        "G16", "G17", "G18", "G19", "G20", "G21", "G22", "G23", "G24", "G25", "G26", "G27", "G28",
    ];
    let mut all = [Requirement { id: "", title: "" }; 28];
    let mut i = 0;
    #[allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "done when the crate is compiled"
    )]
    while i < all.len() {
        all[i] = Requirement { id: IDS[i], title: titles[i] };
        i += 1;
    }
    all
}

/// A requirement that a file does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub requirement: Requirement,
    /// The tag where it shows; 0 for the file itself.
    pub tag: u16,
    /// The byte of the file where it shows.
    pub offset: u64,
    /// What is there, and what was expected.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requirement, tag, offset, message } = self;
        write!(f, "{} ({}): ", requirement.id, requirement.title)?;
        match tag {
            0 => write!(f, "offset {offset}: {message}"),
            tag => write!(f, "tag {tag}, offset {offset}: {message}"),
        }
    }
}

const USER_DEFINED: u16 = 32767;

/// An entry of the key directory as it stands.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u16,
    location: u16,
    count: u16,
    value: u16,
    /// Of the entry in the file.
    offset: u64,
}

pub(crate) struct Checker<'a> {
    fields: &'a Fields<'a>,
    entries: Vec<Entry>,
    doubles: Vec<f64>,
    text: &'a [u8],
    pub(crate) violations: Vec<Violation>,
}

pub(crate) fn violation(number: usize, tag: u16, offset: u64, message: String) -> Violation {
    let requirement = number.checked_sub(1).and_then(|i| REQUIREMENTS.get(i)).copied();
    Violation { requirement: requirement.unwrap_or(Requirement { id: "", title: "" }), tag, offset, message }
}

impl<'a> Checker<'a> {
    pub(crate) fn new(fields: &'a Fields<'a>) -> Self {
        Self { fields, entries: Vec::new(), doubles: Vec::new(), text: &[], violations: Vec::new() }
    }

    pub(crate) fn run(&mut self) {
        self.tags();
        if !self.fields.has(Tag::GEO_KEY_DIRECTORY) || !self.directory() {
            return;
        }
        self.order_and_places();
        self.texts();
        self.model();
        self.codes();
        self.numbers();
        self.reserved();
    }

    fn tell(&mut self, number: usize, tag: Tag, message: impl Into<String>) {
        let offset = self.fields.offset_of(tag);
        self.violations.push(violation(number, tag.0, offset, message.into()));
    }

    fn tell_at(&mut self, number: usize, entry: &Entry, message: impl fmt::Display) {
        let message = format!("key {}: {message}", entry.key);
        self.violations.push(violation(number, Tag::GEO_KEY_DIRECTORY.0, entry.offset, message));
    }

    /// G4.
    fn tags(&mut self) {
        type Fits = fn(u64) -> bool;
        let wanted: [(Tag, FieldType, &str, Fits); 6] = [
            (Tag::MODEL_PIXEL_SCALE, FieldType::DOUBLE, "3 DOUBLE", |count| count == 3),
            (Tag::MODEL_TIEPOINT, FieldType::DOUBLE, "6 DOUBLE for each point", |count| {
                count > 0 && count.is_multiple_of(6)
            }),
            (Tag::MODEL_TRANSFORMATION, FieldType::DOUBLE, "16 DOUBLE", |count| count == 16),
            (Tag::GEO_KEY_DIRECTORY, FieldType::SHORT, "4 SHORT for each key and the header", |n| n >= 4),
            (Tag::GEO_DOUBLE_PARAMS, FieldType::DOUBLE, "DOUBLE", |_| true),
            (Tag::GEO_ASCII_PARAMS, FieldType::ASCII, "ASCII", |_| true),
        ];
        for (tag, field_type, expected, fits) in wanted {
            let Some((found, count)) = self.fields.shape_of(tag) else { continue };
            if found != field_type || !fits(count) {
                self.tell(4, tag, format!("{count} values of type {}; expected {expected}", found.0));
            }
        }
        let has = |tag| self.fields.has(tag);
        let (scale, tiepoint) = (has(Tag::MODEL_PIXEL_SCALE), has(Tag::MODEL_TIEPOINT));
        if scale && !tiepoint {
            self.tell(4, Tag::MODEL_PIXEL_SCALE, "a scale without a tiepoint");
        }
        if scale && has(Tag::MODEL_TRANSFORMATION) {
            self.tell(4, Tag::MODEL_TRANSFORMATION, "a matrix beside a scale");
        }
    }

    /// G5; gives whether there are entries to look at.
    fn directory(&mut self) -> bool {
        let tag = Tag::GEO_KEY_DIRECTORY;
        let Ok(Some(values)) = self.fields.values(tag) else { return false };
        let offset = self.fields.offset_of(tag);
        let word = |i: u64| values.u64(i).ok().and_then(|word| u16::try_from(word).ok());
        let [Some(version), Some(revision), Some(minor), Some(keys)] = [0, 1, 2, 3].map(word) else {
            self.tell(5, tag, "a header of fewer than 4 shorts");
            return false;
        };
        if version != 1 || revision != 1 || minor > 1 {
            self.tell(
                5,
                tag,
                format!("version {version}, revision {revision}.{minor}; expected 1, 1.0 or 1.1"),
            );
        }
        let room = (values.len() / 4).saturating_sub(1);
        if u64::from(keys) > room {
            self.tell(5, tag, format!("{keys} keys, and room for {room}"));
        }
        for place in 1..=u64::from(keys).min(room) {
            let at = place.saturating_mul(4);
            let words = [0, 1, 2, 3].map(|i| word(at.saturating_add(i)));
            let [Some(key), Some(location), Some(count), Some(value)] = words else { continue };
            let offset = offset.saturating_add(at.saturating_mul(2));
            self.entries.push(Entry { key, location, count, value, offset });
        }
        if let Ok(Some(values)) = self.fields.values(Tag::GEO_DOUBLE_PARAMS) {
            self.doubles = (0..values.len().min(1 << 16)).map_while(|i| values.f64(i).ok()).collect();
        }
        if let Ok(Some(values)) = self.fields.values(Tag::GEO_ASCII_PARAMS) {
            self.text = values.bytes().unwrap_or_default();
        }
        true
    }

    /// G6 and G7.
    fn order_and_places(&mut self) {
        let entries = self.entries.clone();
        for (before, entry) in entries.iter().zip(entries.iter().skip(1)) {
            if entry.key <= before.key {
                self.tell_at(6, entry, format!("stands behind key {}", before.key));
            }
        }
        let shorts = self.fields.shape_of(Tag::GEO_KEY_DIRECTORY).map_or(0, |(_, count)| count);
        for entry in &entries {
            let end = u64::from(entry.value).saturating_add(u64::from(entry.count));
            let room = match Tag(entry.location) {
                Tag(0) if entry.count == 1 => continue,
                Tag(0) => {
                    self.tell_at(7, entry, format!("{} values in the entry itself; expected 1", entry.count));
                    continue;
                }
                Tag::GEO_KEY_DIRECTORY => shorts,
                Tag::GEO_DOUBLE_PARAMS => self.doubles.len() as u64,
                Tag::GEO_ASCII_PARAMS => self.text.len() as u64,
                Tag(other) => {
                    self.tell_at(7, entry, format!("lies in tag {other}; expected 0, 34735, 34736 or 34737"));
                    continue;
                }
            };
            if end > room || entry.count == 0 {
                let place =
                    format!("values {} to {end} of tag {}, which has {room}", entry.value, entry.location);
                self.tell_at(7, entry, place);
            }
        }
    }

    fn text_of(&self, entry: &Entry) -> Option<&'a [u8]> {
        let start = usize::from(entry.value);
        let text = self.text.get(start..start.saturating_add(usize::from(entry.count)));
        text.filter(|_| Tag(entry.location) == Tag::GEO_ASCII_PARAMS)
    }

    /// G8 and G9.
    fn texts(&mut self) {
        if self.fields.has(Tag::GEO_ASCII_PARAMS) && self.text.last() != Some(&0) {
            self.tell(8, Tag::GEO_ASCII_PARAMS, "no NUL at the end");
        }
        for entry in self.entries.clone() {
            if self.text_of(&entry).is_some_and(|text| text.last() != Some(&b'|')) {
                self.tell_at(8, &entry, "no bar at the end of the text");
            }
            if matches!(entry.key, 1026 | 2049 | 3073 | 4097) && Tag(entry.location) != Tag::GEO_ASCII_PARAMS
            {
                self.tell_at(9, &entry, format!("lies in tag {}; a citation is a text", entry.location));
            }
        }
        for (key, citation) in [(2048, 2049), (3072, 3073), (4096, 4097)] {
            let cited = self.has(citation) || self.has(1026);
            if let Some(entry) = self.entry(key).filter(|entry| entry.value == USER_DEFINED && !cited) {
                self.tell_at(
                    9,
                    &entry,
                    format!("user-defined, and neither key {citation} nor 1026 cites it"),
                );
            }
        }
    }

    fn entry(&self, key: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.key == key).copied()
    }

    fn has(&self, key: u16) -> bool {
        self.entry(key).is_some()
    }

    fn code(&self, key: u16) -> Option<u16> {
        self.entry(key).filter(|entry| entry.location == 0).map(|entry| entry.value)
    }

    /// G10 and G11, and what the model type asks for.
    fn model(&mut self) {
        match self.entry(1024) {
            None => self.tell(10, Tag::GEO_KEY_DIRECTORY, "key 1024 is missing"),
            Some(entry) if entry.location != 0 => self.tell_at(10, &entry, "no SHORT"),
            Some(entry) if !matches!(entry.value, 1..=3 | USER_DEFINED..) => {
                self.tell_at(10, &entry, format!("{}; expected 1, 2, 3 or from 32767", entry.value));
            }
            Some(_) => {}
        }
        match self.entry(1025) {
            Some(entry) if entry.location != 0 => self.tell_at(11, &entry, "no SHORT"),
            Some(entry) if !matches!(entry.value, 1 | 2 | 32768..) => {
                self.tell_at(11, &entry, format!("{}; expected 1, 2 or from 32768", entry.value));
            }
            _ => {}
        }
        let model = self.code(1024);
        if matches!(model, Some(2 | 3)) && !self.has(2048) {
            self.tell(12, Tag::GEO_KEY_DIRECTORY, "key 2048 is missing, which model types 2 and 3 ask for");
        }
        if model == Some(1) && !self.has(3072) {
            self.tell(19, Tag::GEO_KEY_DIRECTORY, "key 3072 is missing, which model type 1 asks for");
        }
    }

    /// G12 to G25: codes are known, and what is user-defined has its parts. Each part is a list of keys of which one is
    /// enough.
    fn codes(&mut self) {
        let geocentric = self.code(1024) == Some(3);
        let units: &[u16] = if geocentric { &[2052] } else { &[2054] };
        let crs = if geocentric { Code::Geocentric } else { Code::Geographic };
        let rules: [(usize, u16, Code, &[&[u16]]); 13] = [
            (12, 2048, crs, &[&[2049, 1026], &[2050], units]),
            (13, 2050, Code::Datum, &[&[2049, 1026], &[2056]]),
            (14, 2051, Code::PrimeMeridian, &[&[2061]]),
            (15, 2052, Code::Length, &[&[2053]]),
            (16, 2054, Code::Angle, &[&[2055]]),
            (17, 2056, Code::Ellipsoid, &[&[2057], &[2058, 2059]]),
            (18, 2060, Code::Angle, &[]),
            (19, 3072, Code::Projected, &[&[3073, 1026], &[3074], &[3076]]),
            (20, 3074, Code::Conversion, &[&[3075]]),
            (22, 3076, Code::Length, &[&[3077]]),
            (23, 4096, Code::Vertical, &[&[4097, 1026], &[4098], &[4099]]),
            (24, 4098, Code::VerticalDatum, &[]),
            (25, 4099, Code::Length, &[]),
        ];
        for (number, key, kind, parts) in rules {
            let Some(entry) = self.entry(key) else { continue };
            match entry.value {
                _ if entry.location != 0 => self.tell_at(number, &entry, "no SHORT"),
                USER_DEFINED => {
                    let lacks = |part: &&&[u16]| !part.iter().any(|key| self.has(*key));
                    let missing: Vec<_> = parts.iter().filter(lacks).collect();
                    for part in missing {
                        let names: Vec<_> = part.iter().map(u16::to_string).collect();
                        let message = format!("user-defined, and key {} is missing", names.join(" or "));
                        self.tell_at(number, &entry, message);
                    }
                }
                0 | 32768.. => {}
                1..=1023 => {}
                code if !is_known(kind, u32::from(code)) => {
                    self.tell_at(number, &entry, format!("{code} is no {kind} of EPSG's"));
                }
                _ => {}
            }
        }
        if let Some(entry) = self.entry(3075) {
            let known =
                matches!(entry.value, 1..=28 | USER_DEFINED..) || is_known(Code::Method, entry.value.into());
            if entry.location != 0 || !known {
                self.tell_at(21, &entry, format!("{} is no method of projection", entry.value));
            }
        }
    }

    /// G26: angles are looked at in degrees, or in the unit of the file if it is larger.
    fn numbers(&mut self) {
        let positive = |number: f64| number > 0.0;
        let finite = f64::is_finite;
        let longitude = |number: f64| number.abs() <= 400.0;
        let latitude = |number: f64| number.abs() <= 100.0;
        for entry in self.entries.clone() {
            let (fits, expected): (&dyn Fn(f64) -> bool, _) = match entry.key {
                2053 | 2055 | 2057 | 2058 | 3077 | 3092 | 3093 => (&positive, "a number above 0"),
                2059 => (&|number| number >= 0.0 && number.is_finite(), "a number from 0"),
                2061 | 3080 | 3084 | 3088 | 3094 | 3095 | 3096 => {
                    (&longitude, "an angle of one turn at most")
                }
                3078 | 3079 | 3081 | 3085 | 3089 => (&latitude, "a latitude"),
                3082 | 3083 | 3086 | 3087 | 3090 | 3091 => (&finite, "a length"),
                _ => continue,
            };
            if Tag(entry.location) != Tag::GEO_DOUBLE_PARAMS || entry.count != 1 {
                let message =
                    format!("{} values in tag {}; expected one double", entry.count, entry.location);
                self.tell_at(26, &entry, message);
                continue;
            }
            let Some(number) = self.doubles.get(usize::from(entry.value)).copied() else { continue };
            if !number.is_finite() || !fits(number) {
                self.tell_at(26, &entry, format!("{number}; expected {expected}"));
            }
        }
    }

    /// G27.
    fn reserved(&mut self) {
        for entry in self.entries.clone() {
            if !matches!(entry.key, 1024..=1026 | 2048..=2062 | 3072..=3096 | 4096..=4099 | 5120 | 32768..) {
                self.tell_at(27, &entry, "a reserved key");
            }
            let is_code = matches!(entry.key, 2048 | 2050 | 2051 | 2056 | 3072 | 3074 | 4096 | 4098);
            if is_code && entry.location == 0 && (1..=1023).contains(&entry.value) {
                let what = if entry.value <= 1000 { "an obsolete code" } else { "a reserved code" };
                self.tell_at(27, &entry, format!("{} is {what}", entry.value));
            }
        }
    }
}
