//! A small XML document as a tree: what GDAL keeps beside a file. Names are compared without case, as GDAL does.

use quick_xml::escape::{escape, partial_escape, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::error::Result;
use crate::limits::Budget;

/// Elements within elements at most; such documents need seven.
const DEEPEST: usize = 32;

/// What a byte of a document takes as a tree, at most: four bytes (`<a/>`) make an element.
const SPREAD: u64 = 64;

/// An element with all that is in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The root of a document; `None` if it is damaged, or deeper than any that we read.
    pub(crate) fn parse(xml: &str, budget: &mut Budget) -> Result<Option<Self>> {
        budget.reserve((xml.len() as u64).saturating_mul(SPREAD), "an XML document")?;
        Ok(Self::tree(xml))
    }

    fn tree(xml: &str) -> Option<Self> {
        let mut reader = quick_xml::Reader::from_str(xml);
        let mut open: Vec<Self> = Vec::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEEPEST => open.push(Self::new(&start)?),
                Event::Start(_) => return None,
                Event::Empty(start) => {
                    let element = Self::new(&start)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(Node::Element(element)),
                        None => return Some(element),
                    }
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(Node::Element(element)),
                        None => return Some(element),
                    }
                }
                Event::Text(text) => append(&mut open, &text),
                Event::CData(text) => append(&mut open, &text),
                Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                    Some(character) => append(&mut open, character.encode_utf8(&mut [0; 4])),
                    None => append(&mut open, resolve_predefined_entity(&entity)?),
                },
                Event::Eof => return None,
                _ => {}
            }
        }
    }

    fn new(start: &BytesStart<'_>) -> Option<Self> {
        let attribute = |attribute: std::result::Result<quick_xml::events::attributes::Attribute<'_>, _>| {
            let attribute = attribute.ok()?;
            let value = unescape(&attribute.value).ok()?.into_owned();
            Some((attribute.key.as_ref().to_owned(), value))
        };
        let attributes = start.attributes().map(attribute).collect::<Option<_>>()?;
        Some(Self { name: start.name().as_ref().to_owned(), attributes, children: Vec::new() })
    }

    /// An element of this name that holds a text.
    pub(crate) fn new_with(name: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let children = if text.is_empty() { Vec::new() } else { vec![Node::Text(text.to_owned())] };
        Self { name: name.to_owned(), attributes: attributes.collect(), children }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the element has this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Puts an element before all others.
    pub(crate) fn push_front(&mut self, element: Self) {
        self.children.insert(0, Node::Element(element));
    }

    /// Removes the elements that `keep` refuses; gives whether there were any.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Self) -> bool) -> bool {
        let before = self.children.len();
        self.children.retain(|node| match node {
            Node::Element(element) => keep(element),
            Node::Text(_) => true,
        });
        self.children.len() != before
    }

    pub(crate) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of that name in this one.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.name.eq_ignore_ascii_case(name))
    }

    /// The first of them.
    pub(crate) fn first(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The text that the element begins with, without white space in front; empty if there is none.
    pub(crate) fn text(&self) -> &str {
        match self.children.first() {
            Some(Node::Text(text)) => text.trim_start(),
            _ => "",
        }
    }

    /// The text of the first element of that name; `None` if there is none, or no text in it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.first(name).map(Self::text).filter(|text| !text.is_empty())
    }

    /// The element as a text, laid out as GDAL does it.
    pub(crate) fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}<{}", self.name));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        let texts_alone = self.elements().next().is_none();
        if texts_alone && self.text().is_empty() {
            out.push_str(" />\n");
            return;
        }
        out.push('>');
        if texts_alone {
            out.push_str(&partial_escape(self.text()));
        } else {
            out.push('\n');
            self.elements().for_each(|element| element.write(depth.saturating_add(1), out));
            out.push_str(&indent);
        }
        out.push_str(&format!("</{}>\n", self.name));
    }
}

/// Appends text to the innermost element; a text in pieces is one.
fn append(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut() else { return };
    match element.children.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        // Layout between elements is no text.
        Some(Node::Element(_)) if text.trim().is_empty() => {}
        _ => element.children.push(Node::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_tree() {
        let root =
            Element::tree("<?xml version='1.0'?><A>\n <B k='1 &amp; 2'>  x &lt;y&gt;</B><b/><C>z</C></A>")
                .unwrap();
        let b: Vec<_> = root.all("B").map(|b| (b.attribute("K"), b.text())).collect();
        assert_eq!(b, [(Some("1 & 2"), "x <y>"), (None, "")]);
        assert_eq!(
            (root.text_of("c"), root.text_of("b").is_some(), root.text_of("d")),
            (Some("z"), true, None)
        );
    }

    #[test]
    fn it_is_written_as_gdal_lays_it_out() {
        let root = Element::tree("<doc a=\"1\"><b>t &amp; u</b><c/></doc>").unwrap();
        let mut out = String::new();
        root.write(0, &mut out);
        assert_eq!(out, "<doc a=\"1\">\n  <b>t &amp; u</b>\n  <c />\n</doc>\n");
    }

    #[test]
    fn damage_and_depth_are_refused() {
        for xml in ["", "<A>", "<A></B>", "<A>&nothing;</A>", "no XML", &"<A>".repeat(1000)] {
            assert_eq!(Element::tree(xml), None, "{xml:.20}");
        }
    }
}
