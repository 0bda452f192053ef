//! What a file says of its pixels, on its way into tags.

use super::options::TagProfile;
use crate::error::{Error, Result};
use crate::geo::{Affine, Crs, Gcp, GeoKeyValue, GeoKeys, GeoTags, RasterType, Rpc};
use crate::ifd::{FieldData, FieldSet};
use crate::metadata::{ColorInterp, GdalItems, Items, Nodata, take_baseline};
use crate::tag::Tag;

/// What a file says of its pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    pub(super) crs: Option<Crs>,
    pub(super) geokeys: Option<GeoKeys>,
    pub(super) raster_type: RasterType,
    pub(super) transform: Option<Affine>,
    pub(super) gcps: Vec<Gcp>,
    pub(super) rpcs: Option<Rpc>,
    pub(super) nodata: Option<Nodata>,
    pub(super) items: GdalItems,
    pub(super) colormap: Vec<[u8; 4]>,
    pub(super) colorinterp: Vec<ColorInterp>,
    pub(super) icc_profile: Vec<u8>,
    pub(super) xmp: String,
}

impl Metadata {
    /// Adds the tags of a profile. The colour map and nodata's place in the image are not here but in its specification.
    pub(super) fn add_to(&self, fields: &mut FieldSet, profile: TagProfile) -> Result<()> {
        let mut items = self.items.clone();
        if let Some(defaults) = items.dataset.get_mut("") {
            for (tag, data) in take_baseline(defaults)? {
                fields.insert(tag, data);
            }
            // It stands in the geokeys.
            defaults.remove("AREA_OR_POINT");
        }
        if !self.icc_profile.is_empty() {
            fields.insert(Tag::ICC_PROFILE, FieldData::Undefined(self.icc_profile.clone()));
        }
        if !self.xmp.is_empty() {
            fields.insert(Tag::XMP, FieldData::Bytes(self.xmp.clone().into_bytes()));
        }
        if profile != TagProfile::Baseline {
            self.add_geography(fields)?;
        }
        if profile == TagProfile::GdalGeoTiff {
            self.add_gdal(items, fields);
        }
        Ok(())
    }

    fn add_geography(&self, fields: &mut FieldSet) -> Result<()> {
        let tags = match self.transform {
            _ if !self.gcps.is_empty() => GeoTags::of_gcps(&self.gcps, self.raster_type),
            Some(transform) if transform != Affine::IDENTITY => {
                GeoTags::of_transform(transform, self.raster_type)
            }
            _ => GeoTags::default(),
        };
        let placed = tags != GeoTags::default();
        if let Some(scale) = tags.scale {
            fields.insert(Tag::MODEL_PIXEL_SCALE, FieldData::Doubles(scale.to_vec()));
        }
        if !tags.tiepoints.is_empty() {
            fields.insert(Tag::MODEL_TIEPOINT, FieldData::Doubles(tags.tiepoints));
        }
        if let Some(matrix) = tags.matrix {
            fields.insert(Tag::MODEL_TRANSFORMATION, FieldData::Doubles(matrix.to_vec()));
        }
        let keys = match (&self.geokeys, &self.crs) {
            (Some(keys), _) => Some(keys.clone()),
            (None, Some(crs)) => Some(crs.to_geokeys(self.raster_type)?),
            (None, None) if placed || self.raster_type != RasterType::default() => {
                let mut keys = GeoKeys::default();
                keys.revision = (1, 0);
                let code = if self.raster_type == RasterType::PixelIsPoint { 2 } else { 1 };
                keys.set(GeoKeys::RASTER_TYPE, GeoKeyValue::Short(code));
                Some(keys)
            }
            (None, None) => None,
        };
        if let Some(keys) = keys {
            let (directory, doubles, text) = keys.encode()?;
            fields.insert(Tag::GEO_KEY_DIRECTORY, FieldData::Shorts(directory));
            if !doubles.is_empty() {
                fields.insert(Tag::GEO_DOUBLE_PARAMS, FieldData::Doubles(doubles));
            }
            if !text.is_empty() {
                let text = text.trim_end_matches('\0').to_owned();
                fields.insert(Tag::GEO_ASCII_PARAMS, FieldData::Text(text));
            }
        }
        if let Some(rpcs) = &self.rpcs {
            fields.insert(Tag::RPC_COEFFICIENTS, FieldData::Doubles(rpcs.to_tag()));
        }
        Ok(())
    }

    fn add_gdal(&self, items: GdalItems, fields: &mut FieldSet) {
        if let Some(nodata) = self.nodata {
            fields.insert(Tag::GDAL_NODATA, FieldData::Text(nodata.to_text()));
        }
        if let Some(xml) = items.to_xml() {
            fields.insert(Tag::GDAL_METADATA, FieldData::Text(xml));
        }
    }

    /// Has GDAL's items name what bands are as colour, where tags alone make something else of them.
    pub(super) fn name_colours(&mut self, implied: &[ColorInterp]) {
        for (band, (said, implied)) in self.colorinterp.clone().iter().zip(implied).enumerate() {
            if said != implied {
                self.set_role(band.saturating_add(1), "colorinterp", said.gdal_name().to_owned());
            }
        }
    }

    /// Items of a band, counted from 1, in a domain.
    pub(super) fn set_band_items(&mut self, band: usize, domain: &str, items: Items) {
        let domains = self.items.bands.entry(band.saturating_sub(1)).or_default();
        domains.insert(domain.to_owned(), items);
    }

    /// What is said of a band, counted from 1, in a role; nothing if the text is empty.
    pub(super) fn set_role(&mut self, band: usize, role: &str, text: String) {
        let roles = self.items.roles.entry(band.saturating_sub(1)).or_default();
        if text.is_empty() {
            roles.remove(role);
        } else {
            roles.insert(role.to_owned(), text);
        }
    }
}

/// A band, counted from 1, of a file with so many.
pub(super) fn check_band(band: usize, count: usize) -> Result<()> {
    if (1..=count).contains(&band) {
        return Ok(());
    }
    Err(Error::usage(format!("band {band} of a file with bands 1 to {count}")))
}
