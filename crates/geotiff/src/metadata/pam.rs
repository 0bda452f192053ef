//! What GDAL and its users say of a file beside it: the `.aux.xml` of its "persistent auxiliary metadata".

use std::collections::BTreeMap;

use super::attributes::AttributeTable;
use super::colorinterp::ColorInterp;
use super::gdal::Items;
use super::xml::Element;
use crate::error::{Cause, Result};
use crate::limits::Budget;
use crate::text::number;

/// What an `.aux.xml` says, as it says it: texts and numbers that nobody has held against the file yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Pam {
    /// The CRS as WKT or as a code; empty for none at all.
    pub(crate) srs: Option<String>,
    /// The epoch of coordinates in that CRS, as a decimal year.
    pub(crate) epoch: Option<f64>,
    /// x of the origin, change of x with column and row; the same of y.
    pub(crate) transform: Option<[f64; 6]>,
    pub(crate) gcps: Option<PamGcps>,
    /// Items of the dataset, by domain.
    pub(crate) items: BTreeMap<String, Items>,
    /// By band, counted from 0.
    pub(crate) bands: BTreeMap<usize, PamBand>,
}

/// Ground control points.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PamGcps {
    pub(crate) srs: String,
    /// Column, row, x, y, z.
    pub(crate) points: Vec<[f64; 5]>,
}

/// What is said of a band.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PamBand {
    /// By the names that GDAL's XML within a file has for them.
    pub(crate) roles: Items,
    pub(crate) nodata: Option<String>,
    pub(crate) colorinterp: Option<ColorInterp>,
    /// Red, green, blue, alpha of each value.
    pub(crate) colormap: Option<Vec<[u8; 4]>>,
    /// Names of the values, from 0 on.
    pub(crate) categories: Vec<String>,
    pub(crate) attributes: Option<AttributeTable>,
    pub(crate) items: BTreeMap<String, Items>,
}

impl Pam {
    /// Reads a document.
    pub(crate) fn parse(xml: &[u8], budget: &mut Budget) -> Result<Self> {
        let bad = Cause::BadXml { what: "the .aux.xml" };
        let Ok(xml) = std::str::from_utf8(xml) else { return Err(bad.into()) };
        let root = Element::parse(xml.trim_start_matches('\u{feff}'), budget)?;
        root.map(|root| Self::of(&root)).ok_or_else(|| bad.into())
    }

    fn of(root: &Element) -> Self {
        Self {
            epoch: root.first("SRS").and_then(|srs| srs.attribute("coordinateEpoch")).map(number),
            srs: root.first("SRS").map(|srs| srs.text().trim_end().to_owned()),
            transform: root.text_of("GeoTransform").and_then(six_numbers),
            gcps: root.first("GCPList").map(PamGcps::of).filter(|gcps| !gcps.points.is_empty()),
            items: items(root),
            bands: root.all("PAMRasterBand").filter_map(PamBand::of).collect(),
        }
    }
}

impl PamGcps {
    fn of(list: &Element) -> Self {
        let point = |point: &Element| {
            ["Pixel", "Line", "X", "Y", "Z"].map(|name| number(point.attribute(name).unwrap_or_default()))
        };
        let srs = list.attribute("Projection").unwrap_or_default().to_owned();
        Self { srs, points: list.all("GCP").map(point).collect() }
    }
}

/// What GDAL's XML within a file calls what PAM says of a band in elements.
const ROLES: [(&str, &str); 4] =
    [("Description", "description"), ("UnitType", "unittype"), ("Offset", "offset"), ("Scale", "scale")];

/// The element that says of a band what GDAL's XML within a file says in this role.
pub(crate) fn pam_element(role: &str) -> Option<&'static str> {
    ROLES.iter().find(|(_, known)| *known == role).map(|(element, _)| *element)
}

impl PamBand {
    /// A band and its number, counted from 0; `None` for an element without one.
    fn of(band: &Element) -> Option<(usize, Self)> {
        let index = band.attribute("band")?.trim().parse::<usize>().ok()?.checked_sub(1)?;
        let role = |(element, role): (&str, &str)| {
            let text = band.text_of(element)?;
            let is_number = matches!(role, "offset" | "scale");
            let text = if is_number { number(text).to_string() } else { text.to_owned() };
            Some((role.to_owned(), text))
        };
        let table = band.first("GDALRasterAttributeTable");
        let names = band.first("CategoryNames").into_iter().flat_map(|names| names.all("Category"));
        let said = Self {
            roles: ROLES.into_iter().filter_map(role).collect(),
            nodata: band.first("NoDataValue").and_then(nodata),
            colorinterp: band.text_of("ColorInterp").and_then(ColorInterp::from_name),
            colormap: band.first("ColorTable").map(colormap),
            categories: names.map(|name| name.text().to_owned()).collect(),
            attributes: table.map(AttributeTable::of),
            items: items(band),
        };
        Some((index, said))
    }
}

/// The value as it is written, or, where its bits are given too, just that one.
fn nodata(element: &Element) -> Option<String> {
    let bits = element.attribute("le_hex_equiv").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    match bits {
        Some(bits) => Some(f64::from_bits(bits.swap_bytes()).to_string()),
        None => Some(element.text().to_owned()).filter(|text| !text.is_empty()),
    }
}

fn colormap(table: &Element) -> Vec<[u8; 4]> {
    let part = |entry: &Element, name: &str, unless: u8| match entry.attribute(name) {
        Some(text) => text.trim().parse().unwrap_or(0),
        None => unless,
    };
    let colour = |entry: &Element| {
        [part(entry, "c1", 0), part(entry, "c2", 0), part(entry, "c3", 0), part(entry, "c4", u8::MAX)]
    };
    table.all("Entry").map(colour).collect()
}

/// Six numbers with commas between them.
fn six_numbers(text: &str) -> Option<[f64; 6]> {
    let numbers: Vec<f64> =
        text.split(',').map(|text| text.trim()).filter(|text| !text.is_empty()).map(number).collect();
    numbers.try_into().ok()
}

/// Items by domain, of a dataset or a band. A domain of documents holds one item, the document.
fn items(parent: &Element) -> BTreeMap<String, Items> {
    let mut domains: BTreeMap<String, Items> = BTreeMap::new();
    for metadata in parent.all("Metadata") {
        let domain = metadata.attribute("domain").unwrap_or_default();
        let is_document =
            metadata.attribute("format").is_some_and(|format| format.eq_ignore_ascii_case("xml"));
        let items = domains.entry(domain.to_owned()).or_default();
        if is_document {
            if let Some(document) = metadata.elements().next() {
                let mut text = String::new();
                document.write(0, &mut text);
                items.insert(domain.to_owned(), text);
            }
            continue;
        }
        for item in metadata.all("MDI") {
            let (Some(key), value) = (item.attribute("key"), item.text()) else { continue };
            // GDAL knows no items without a value.
            if !value.is_empty() {
                items.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    domains.retain(|_, items| !items.is_empty());
    domains
}
