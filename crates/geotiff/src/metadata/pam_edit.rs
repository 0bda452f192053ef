//! Changes to an `.aux.xml`: entries that would override what the file says from now on are removed, as GDAL does.

use super::xml::Element;
use crate::error::{Cause, Result};
use crate::limits::Budget;

const ROOT: &str = "PAMDataset";
const BAND: &str = "PAMRasterBand";
const METADATA: &str = "Metadata";

/// A document that is changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PamEdit {
    root: Element,
    changed: bool,
}

impl Default for PamEdit {
    /// A document without entries, for a file that has none beside it.
    fn default() -> Self {
        Self { root: Element::new_with(ROOT, &[], ""), changed: false }
    }
}

impl PamEdit {
    pub(crate) fn parse(xml: &[u8], budget: &mut Budget) -> Result<Self> {
        let bad = Cause::BadXml { what: "the .aux.xml" };
        let Ok(xml) = std::str::from_utf8(xml) else { return Err(bad.into()) };
        let root = Element::parse(xml.trim_start_matches('\u{feff}'), budget)?.ok_or(bad)?;
        Ok(Self { root, changed: false })
    }

    /// Removes the entries of this name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.changed |= self.root.retain(|entry| !entry.is(name));
    }

    /// Removes the items of a domain, "" for the default one.
    pub(crate) fn remove_domain(&mut self, domain: &str) {
        self.changed |= self.root.retain(|entry| !is_domain(entry, domain));
    }

    /// Removes the entries of this name from all bands.
    pub(crate) fn remove_from_bands(&mut self, name: &str) {
        self.change_bands(None, |entry| !entry.is(name));
    }

    /// Removes the entries of this name from a band, counted from 1.
    pub(crate) fn remove_from_band(&mut self, band: usize, name: &str) {
        self.change_bands(Some(band), |entry| !entry.is(name));
    }

    /// Removes the items of a domain from a band, counted from 1.
    pub(crate) fn remove_domain_from_band(&mut self, band: usize, domain: &str) {
        self.change_bands(Some(band), |entry| !is_domain(entry, domain));
    }

    fn change_bands(&mut self, only: Option<usize>, keep: impl Fn(&Element) -> bool) {
        let number =
            |band: &Element| band.attribute("band").and_then(|band| band.trim().parse::<usize>().ok());
        for band in self.root.elements_mut().filter(|entry| entry.is(BAND)) {
            if only.is_none() || number(band) == only {
                self.changed |= band.retain(&keep);
            }
        }
        self.changed |= self.root.retain(|entry| !entry.is(BAND) || entry.elements().next().is_some());
    }

    /// Sets the CRS, as WKT, with the axes along which columns and rows run and the epoch of coordinates.
    pub(crate) fn set_srs(&mut self, wkt: &str, mapping: &str, epoch: Option<f64>) {
        self.remove("SRS");
        let epoch = epoch.map(|year| year.to_string());
        let mut attributes = vec![("dataAxisToSRSAxisMapping", mapping)];
        attributes.extend(epoch.as_deref().map(|year| ("coordinateEpoch", year)));
        self.root.push_front(Element::new_with("SRS", &attributes, wkt));
        self.changed = true;
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }

    /// The document; `None` if it has no entries any more.
    pub(crate) fn to_text(&self) -> Option<String> {
        self.root.elements().next()?;
        let mut text = String::new();
        self.root.write(0, &mut text);
        Some(text)
    }
}

fn is_domain(entry: &Element, domain: &str) -> bool {
    entry.is(METADATA) && entry.attribute("domain").unwrap_or_default() == domain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn parse(xml: &str) -> PamEdit {
        PamEdit::parse(xml.as_bytes(), &mut Budget::new(&Limits::default())).unwrap()
    }

    #[test]
    fn entries_are_removed_and_the_rest_stays() {
        let mut edit = parse(
            "<PAMDataset><SRS>EPSG:4326</SRS><Metadata><MDI key=\"A\">1</MDI></Metadata>\
             <Metadata domain=\"X\"><MDI key=\"B\">&lt;2</MDI></Metadata>\
             <PAMRasterBand band=\"1\"><NoDataValue>7</NoDataValue></PAMRasterBand>\
             <PAMRasterBand band=\"2\"><NoDataValue>7</NoDataValue><UnitType>m</UnitType></PAMRasterBand></PAMDataset>",
        );
        assert!(!edit.is_changed());
        edit.remove("SRS");
        edit.remove_domain("");
        edit.remove_from_bands("NoDataValue");
        let rest = "<PAMDataset>\n  <Metadata domain=\"X\">\n    <MDI key=\"B\">&lt;2</MDI>\n  </Metadata>\n  \
                    <PAMRasterBand band=\"2\">\n    <UnitType>m</UnitType>\n  </PAMRasterBand>\n</PAMDataset>\n";
        assert_eq!((edit.is_changed(), edit.to_text().as_deref()), (true, Some(rest)));
        edit.remove_domain("X");
        edit.remove_from_band(2, "UnitType");
        assert_eq!(edit.to_text(), None);
    }
}
