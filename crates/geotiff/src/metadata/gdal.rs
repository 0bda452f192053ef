//! GDAL's metadata: tag 42112, a small XML document of items.

use std::collections::BTreeMap;

use quick_xml::escape::{escape, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::error::{Cause, Error, Result};
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;

/// Names and values.
pub type Items = BTreeMap<String, String>;

/// What GDAL's XML says of a dataset and its bands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GdalItems {
    /// Items of the dataset, by domain; the default domain is "".
    pub(crate) dataset: BTreeMap<String, Items>,
    /// Items of bands, by band (counted from 0) and domain.
    pub(crate) bands: BTreeMap<usize, BTreeMap<String, Items>>,
    /// Items with a role of their own (scale, offset, unittype, description, colorinterp), by band and role.
    pub(crate) roles: BTreeMap<usize, Items>,
}

/// One item on its way.
#[derive(Debug, Default)]
struct Item {
    name: String,
    band: Option<usize>,
    role: Option<String>,
    domain: String,
    text: String,
}

impl GdalItems {
    /// Reads the tag; nothing if there is none.
    pub(crate) fn parse(fields: &Fields<'_>, budget: &mut Budget) -> Result<Self> {
        let Some(values) = fields.values(Tag::GDAL_METADATA)? else { return Ok(Self::default()) };
        // The text, and what its items take in turn.
        budget.reserve(values.len().saturating_mul(32), "GDAL's metadata")?;
        let text = values.text().map_err(|e| fields.place(e, Tag::GDAL_METADATA))?;
        Self::from_xml(&text).ok_or_else(|| {
            let error = Cause::BadXml { what: "GDAL's metadata" };
            fields.place(Error::from(error), Tag::GDAL_METADATA)
        })
    }

    fn from_xml(xml: &str) -> Option<Self> {
        let mut reader = quick_xml::Reader::from_str(xml);
        let mut items = Self::default();
        let mut item: Option<Item> = None;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if start.name().as_ref() == "Item" => item = Some(Item::new(&start)?),
                Event::Text(text) => append_trimmed(&mut item, &text),
                Event::CData(text) => append(&mut item, &text),
                Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                    Some(character) => append(&mut item, character.encode_utf8(&mut [0; 4])),
                    None => append(&mut item, resolve_predefined_entity(&entity)?),
                },
                Event::End(end) if end.name().as_ref() == "Item" => {
                    if let Some(item) = item.take() {
                        items.add(item);
                    }
                }
                Event::Eof => return Some(items),
                _ => {}
            }
        }
    }

    /// The document that says the same; `None` if there is nothing to say.
    pub(crate) fn to_xml(&self) -> Option<String> {
        let mut xml = String::from("<GDALMetadata>\n");
        let start = xml.len();
        for (domain, items) in &self.dataset {
            for (name, value) in items {
                push_item(&mut xml, name, &[("domain", domain)], domain, value);
            }
        }
        for (band, domains) in &self.bands {
            for (domain, items) in domains {
                for (name, value) in items {
                    let attributes = [("sample", band.to_string()), ("domain", domain.clone())];
                    let attributes = attributes.each_ref().map(|(key, value)| (*key, value.as_str()));
                    push_item(&mut xml, name, &attributes, domain, value);
                }
            }
        }
        for (band, roles) in &self.roles {
            for (role, value) in roles {
                let attributes = [("sample", band.to_string()), ("role", role.clone())];
                let attributes = attributes.each_ref().map(|(key, value)| (*key, value.as_str()));
                push_item(&mut xml, &role.to_uppercase(), &attributes, "", value);
            }
        }
        if xml.len() == start {
            return None;
        }
        xml.push_str("</GDALMetadata>\n");
        Some(xml)
    }

    fn add(&mut self, item: Item) {
        let Item { name, band, role, domain, text } = item;
        // GDAL knows no items without a value.
        if text.is_empty() {
            return;
        }
        // GDAL escapes a value before it writes the document, which escapes it once more; not so for documents
        // within the document.
        let text = if domain.starts_with("xml:") {
            text
        } else {
            unescape(&text).map(std::borrow::Cow::into_owned).unwrap_or(text)
        };
        match (band, role) {
            (Some(band), Some(role)) => drop(self.roles.entry(band).or_default().insert(role, text)),
            (Some(band), None) => {
                let domains = self.bands.entry(band).or_default();
                domains.entry(domain).or_default().insert(name, text);
            }
            (None, _) => drop(self.dataset.entry(domain).or_default().insert(name, text)),
        }
    }
}

/// Appends an item; attributes that are empty are left out. Documents within the document are escaped once, all else twice:
/// see [`GdalItems::add`].
fn push_item(xml: &mut String, name: &str, attributes: &[(&str, &str)], domain: &str, value: &str) {
    // GDAL knows no items without a value.
    if value.is_empty() {
        return;
    }
    xml.push_str("  <Item name=\"");
    xml.push_str(&escape(name));
    for (key, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        xml.push_str("\" ");
        xml.push_str(key);
        xml.push_str("=\"");
        xml.push_str(&escape(*value));
    }
    xml.push_str("\">");
    let once = escape(value);
    xml.push_str(&if domain.starts_with("xml:") { once } else { escape(once) });
    xml.push_str("</Item>\n");
}

/// Appends text; GDAL's parser skips white space in front of the first.
fn append_trimmed(item: &mut Option<Item>, text: &str) {
    let first = item.as_ref().is_some_and(|item| item.text.is_empty());
    append(item, if first { text.trim_start_matches([' ', '\t', '\n', '\r']) } else { text });
}

fn append(item: &mut Option<Item>, text: &str) {
    if let Some(item) = item {
        item.text.push_str(text);
    }
}

impl Item {
    fn new(start: &BytesStart<'_>) -> Option<Self> {
        let mut item = Self::default();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = unescape(&attribute.value).ok()?.into_owned();
            match attribute.key.as_ref() {
                "name" => item.name = value,
                "sample" => item.band = value.trim().parse().ok(),
                "role" => item.role = Some(value),
                "domain" => item.domain = value,
                _ => {}
            }
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_to_dataset_bands_and_roles() {
        let items = GdalItems::from_xml(
            "<GDALMetadata>\n  <Item name=\"A\">a &amp;lt;b&amp;gt; &amp;amp; &#233;</Item>\n\
             <Item name=\"B\" domain=\"D\">2</Item><Item name=\"M\" sample=\"1\">3.5</Item>\
             <Item name=\"SCALE\" sample=\"0\" role=\"scale\">0.1</Item><Item name=\"E\"/>\
             <Item name=\"S\">\n  x </Item></GDALMetadata>\n",
        )
        .unwrap();
        assert_eq!(items.dataset[""]["A"], "a <b> & \u{e9}");
        assert_eq!(items.dataset[""].get("E"), None);
        assert_eq!(items.dataset[""]["S"], "x ");
        assert_eq!(items.dataset["D"]["B"], "2");
        assert_eq!(items.bands[&1][""]["M"], "3.5");
        assert_eq!(items.roles[&0]["scale"], "0.1");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut items = GdalItems::default();
        items
            .dataset
            .entry(String::new())
            .or_default()
            .insert("A".to_owned(), "a <b> & \"\u{e9}\"".to_owned());
        items.dataset.entry("xml:X".to_owned()).or_default().insert("D".to_owned(), "<a b='c'/>".to_owned());
        items.dataset.entry("D&".to_owned()).or_default().insert("B".to_owned(), "2".to_owned());
        items
            .bands
            .entry(1)
            .or_default()
            .entry(String::new())
            .or_default()
            .insert("M".to_owned(), "3.5".to_owned());
        items.roles.entry(0).or_default().insert("scale".to_owned(), "0.1".to_owned());
        assert_eq!(GdalItems::from_xml(&items.to_xml().unwrap()), Some(items));
        assert_eq!(GdalItems::default().to_xml(), None);
    }

    #[test]
    fn damage_is_told_and_depth_costs_nothing() {
        assert_eq!(GdalItems::from_xml("<GDALMetadata><Item name="), None);
        assert_eq!(GdalItems::from_xml("<Item>&unknown;</Item>"), None);
        assert!(
            GdalItems::from_xml(&"<A>".repeat(100_000)).is_none_or(|items| items == GdalItems::default())
        );
    }
}
