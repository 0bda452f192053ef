//! Metadata that vendors of satellite images put beside them: `.IMD` of DigitalGlobe, `_MTL.txt` of Landsat, `DIM_*.XML` of
//! Pleiades and SPOT. GDAL gives them as the domains `IMD`, all of it, and `IMAGERY`, what all vendors have.

use super::gdal::Items;
use super::xml::Element;
use crate::error::{Cause, Result};
use crate::limits::Budget;
use crate::text::number;

/// The domains, and the item of the default domain that names the kind.
pub(crate) const IMD: &str = "IMD";
pub(crate) const IMAGERY: &str = "IMAGERY";
pub(crate) const KIND: &str = "METADATATYPE";

/// GDAL's value for a cloud cover that is not known.
const UNKNOWN_COVER: &str = "999";

/// What GDAL makes of a date and time that it cannot read.
const UNREADABLE_TIME: &str = "1970-01-01 00:00:00";

/// Groups within groups at most.
const DEEPEST: usize = 32;

/// The metadata of a vendor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Satellite {
    /// GDAL's name of the kind.
    pub(crate) kind: &'static str,
    pub(crate) imd: Items,
    pub(crate) imagery: Items,
}

impl Satellite {
    /// Reads an `.IMD` of DigitalGlobe.
    pub(crate) fn digital_globe(text: &str, budget: &mut Budget) -> Result<Self> {
        let imd = statements(text, budget)?;
        let find =
            |name: &str| imd.get(&format!("IMAGE.{name}")).or_else(|| imd.get(&format!("IMAGE_1.{name}")));
        let mut imagery = Items::default();
        put(&mut imagery, "SATELLITEID", find("satId").map(|id| unquoted(id)));
        put(&mut imagery, "CLOUDCOVER", find("cloudCover").map(|cover| percent(number(cover) * 100.0)));
        put(&mut imagery, "ACQUISITIONDATETIME", find("firstLineTime").map(|time| date_time(time)));
        Ok(Self { kind: "DG", imd, imagery })
    }

    /// Reads an `_MTL.txt` of Landsat.
    pub(crate) fn landsat(text: &str, budget: &mut Budget) -> Result<Self> {
        let imd = statements(text, budget)?;
        let find = |names: [&str; 2]| {
            names.into_iter().find_map(|name| imd.get(&format!("L1_METADATA_FILE.{name}")))
        };
        let product = |names: [&str; 2]| {
            let [first, second] = names.map(|name| format!("PRODUCT_METADATA.{name}"));
            find([&first, &second])
        };
        let mut imagery = Items::default();
        put(&mut imagery, "SATELLITEID", product(["SPACECRAFT_ID"; 2]).map(|id| unquoted(id)));
        let cover = find(["IMAGE_ATTRIBUTES.CLOUD_COVER", "PRODUCT_METADATA.CLOUD_COVER"]);
        put(&mut imagery, "CLOUDCOVER", cover.map(|cover| percent(number(cover))));
        let time = product(["SCENE_CENTER_SCAN_TIME", "SCENE_CENTER_TIME"])
            .map_or("00:00:00Z", |time| time.as_str());
        let date = product(["ACQUISITION_DATE", "DATE_ACQUIRED"]);
        put(&mut imagery, "ACQUISITIONDATETIME", date.map(|date| date_time(&format!("{date}T{time}"))));
        Ok(Self { kind: "ODL", imd, imagery })
    }

    /// Reads a `DIM_*.XML` of Pleiades or SPOT.
    pub(crate) fn dimap(xml: &str, budget: &mut Budget) -> Result<Self> {
        let bad = Cause::BadXml { what: "the DIMAP metadata" };
        let root = Element::parse(xml.trim_start_matches('\u{feff}'), budget)?.ok_or(bad)?;
        let (mut imd, mut imagery) = (Items::default(), Items::default());
        if root.is("Dimap_Document") {
            flatten(&root, "", &mut imd, budget)?;
        }
        let find =
            |name: &str| imd.get(&format!("Dataset_Sources.Source_Identification.Strip_Source.{name}"));
        let satellite = find("MISSION").zip(find("MISSION_INDEX"));
        put(&mut imagery, "SATELLITEID", satellite.map(|(mission, index)| format!("{mission} {index}")));
        let time = find("IMAGING_TIME").map_or("00:00:00Z", |time| time.as_str());
        let date = find("IMAGING_DATE");
        put(&mut imagery, "ACQUISITIONDATETIME", date.map(|date| date_time(&format!("{date}T{time}"))));
        put(&mut imagery, "CLOUDCOVER", (!imd.is_empty()).then(|| UNKNOWN_COVER.to_owned()));
        Ok(Self { kind: "DIMAP", imd, imagery })
    }
}

fn put(items: &mut Items, key: &str, value: Option<String>) {
    if let Some(value) = value {
        items.insert(key.to_owned(), value);
    }
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn percent(cover: f64) -> String {
    if cover < 0.0 { UNKNOWN_COVER.to_owned() } else { cover.trunc().to_string() }
}

/// `2010-02-03T10:20:30.1Z` in the words of GDAL: fractions of a second are dropped.
fn date_time(text: &str) -> String {
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, like)| if like == b'0' { byte.is_ascii_digit() } else { byte == like })
    };
    match text.get(..19) {
        Some(start) if shape(start, "0000-00-00T00:00:00") => start.replace('T', " "),
        _ => UNREADABLE_TIME.to_owned(),
    }
}

/// Statements `key = value`, with or without a semicolon, in groups that become part of the keys. A list may go over
/// several lines.
fn statements(text: &str, budget: &mut Budget) -> Result<Items> {
    let mut items = Items::default();
    let mut groups: Vec<&str> = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        match key.to_ascii_uppercase().as_str() {
            "BEGIN_GROUP" | "GROUP" if groups.len() < DEEPEST => groups.push(plain(value)),
            "BEGIN_GROUP" | "GROUP" => {
                return Err(Cause::Irregular("groups of metadata are nested too deeply").into());
            }
            "END_GROUP" => drop(groups.pop()),
            _ => {
                let mut value = value.to_owned();
                if value.starts_with('(') {
                    value.retain(|c| !c.is_whitespace());
                    while open(&value) > 0 {
                        let Some(more) = lines.next() else { break };
                        budget.reserve(more.len() as u64, "metadata")?;
                        value.extend(more.chars().filter(|c| !c.is_whitespace()));
                    }
                }
                let path = groups.iter().copied().chain([key]).collect::<Vec<_>>().join(".");
                let value = plain(&value).to_owned();
                budget.reserve((path.len() as u64).saturating_add(value.len() as u64), "metadata")?;
                items.insert(path, value);
            }
        }
    }
    Ok(items)
}

/// Parentheses that are not closed.
fn open(text: &str) -> usize {
    let count = |parenthesis| text.bytes().filter(|byte| *byte == parenthesis).count();
    count(b'(').saturating_sub(count(b')'))
}

/// A value without the semicolon that ends its statement.
fn plain(value: &str) -> &str {
    value.strip_suffix(';').unwrap_or(value).trim_end()
}

/// The texts and attributes of a tree, by the names on the way to them; siblings of one name are counted from 1.
fn flatten(element: &Element, path: &str, items: &mut Items, budget: &mut Budget) -> Result<()> {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut put = |path: String, value: &str, budget: &mut Budget| {
        budget.reserve((path.len() as u64).saturating_add(value.len() as u64), "metadata")?;
        items.insert(path, value.to_owned());
        Result::Ok(())
    };
    if !path.is_empty() {
        for (name, value) in element.attributes() {
            put(join(name), value, budget)?;
        }
        if !element.text().is_empty() {
            put(path.to_owned(), element.text(), budget)?;
        }
    }
    // How many there are of each name, and how many were met.
    let mut counts = std::collections::BTreeMap::<&str, (usize, usize)>::new();
    for child in element.elements() {
        let (all, _) = counts.entry(child.name()).or_default();
        *all = all.saturating_add(1);
    }
    for child in element.elements() {
        let Some((all, met)) = counts.get_mut(child.name()) else { continue };
        *met = met.saturating_add(1);
        let name = if *all > 1 { format!("{}_{met}", child.name()) } else { child.name().to_owned() };
        flatten(child, &join(&name), items, budget)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    /// What GDAL 3.12.2 gives for these texts.
    #[test]
    fn items_are_those_of_gdal() {
        let budget = &mut Budget::new(&Limits::default());
        let item = |items: &Items, key: &str| items.get(key).cloned().unwrap_or_default();
        let text = "version = \"R\";\nBEGIN_GROUP = IMAGE_1\n\tsatId = \"WV02\";\n\tcloudCover = 0.056;\n\t\
                    firstLineTime = 2010-02-03T10:20:59.999Z;\n\tTLCList = (\n\t(1.0, 2.0),\n\t(3.0, 4.0) );\n\
                    BEGIN_GROUP = SUB\nx = 1 ;\nEND_GROUP = SUB\n\tkey = \"a b; c\";\nEND_GROUP = IMAGE_1\nEND;\n";
        let Satellite { kind, imd, imagery } = Satellite::digital_globe(text, budget).unwrap();
        assert_eq!((kind, item(&imd, "version").as_str()), ("DG", "\"R\""));
        assert_eq!(item(&imd, "IMAGE_1.TLCList"), "((1.0,2.0),(3.0,4.0))");
        assert_eq!(
            (item(&imd, "IMAGE_1.SUB.x"), item(&imd, "IMAGE_1.key")),
            ("1".into(), "\"a b; c\"".into())
        );
        assert_eq!(item(&imagery, "SATELLITEID"), "WV02");
        assert_eq!(item(&imagery, "CLOUDCOVER"), "5");
        assert_eq!(item(&imagery, "ACQUISITIONDATETIME"), "2010-02-03 10:20:59");

        let text = "GROUP = L1_METADATA_FILE\n GROUP = PRODUCT_METADATA\n  SPACECRAFT_ID = \"LANDSAT_8\"\n  \
                    DATE_ACQUIRED = 2014-02-03\n  SCENE_CENTER_TIME = 10:20:30.1234567Z\n END_GROUP = PRODUCT_METADATA\n \
                    GROUP = IMAGE_ATTRIBUTES\n  CLOUD_COVER = 5.5\n END_GROUP = IMAGE_ATTRIBUTES\n\
                    END_GROUP = L1_METADATA_FILE\nEND\n";
        let Satellite { kind, imd, imagery } = Satellite::landsat(text, budget).unwrap();
        assert_eq!(
            (kind, item(&imd, "L1_METADATA_FILE.IMAGE_ATTRIBUTES.CLOUD_COVER").as_str()),
            ("ODL", "5.5")
        );
        assert_eq!(item(&imagery, "SATELLITEID"), "LANDSAT_8");
        assert_eq!(item(&imagery, "CLOUDCOVER"), "5");
        assert_eq!(item(&imagery, "ACQUISITIONDATETIME"), "2014-02-03 10:20:30");

        let text = "<Dimap_Document><A><B>1</B><B>2</B><C u='x'><D>3</D></C><C><D>4</D></C></A><E/></Dimap_Document>";
        let Satellite { kind, imd, imagery } = Satellite::dimap(text, budget).unwrap();
        let expected = [("A.B_1", "1"), ("A.B_2", "2"), ("A.C_1.D", "3"), ("A.C_1.u", "x"), ("A.C_2.D", "4")];
        let found: Vec<_> = imd.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!((kind, found), ("DIMAP", expected.to_vec()));
        assert_eq!(item(&imagery, "CLOUDCOVER"), "999");
    }
}
