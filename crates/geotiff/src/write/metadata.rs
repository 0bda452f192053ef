//! What a file says of its pixels, on its way into tags.

use super::choices::{Beside, GeoKeysFlavor, TagProfile};
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Affine, Crs, Gcp, GeoKeys, GeoTags, RasterType, Rpc};
use crate::ifd::{FieldData, FieldSet};
use crate::metadata::{
    COLOR_PROFILE, ColorInterp, GdalItems, Items, Nodata, baseline_tags, take_baseline, take_profile,
};
use crate::tag::Tag;

/// What a file says of its pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    pub(super) crs: Option<Crs>,
    pub(super) geokeys: Option<GeoKeys>,
    /// Version of GeoTIFF that the geokeys say, instead of the least that can say them.
    pub(super) geotiff_version: Option<(u16, u16)>,
    pub(super) flavor: GeoKeysFlavor,
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
    /// Whether a CRS that geokeys cannot hold may stand in an `.aux.xml` beside the file.
    pub(super) crs_beside: bool,
}

/// The kinds of tags that hold [`Metadata`]. Of a file that is changed only those are written anew that were told something;
/// the others stay as they are, to the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Geography,
    Nodata,
    Items,
    IccProfile,
    Xmp,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Geography, Self::Nodata, Self::Items, Self::IccProfile, Self::Xmp];

    /// The tags that it is held in.
    fn tags(self) -> Vec<Tag> {
        match self {
            Self::Geography => vec![
                Tag::MODEL_PIXEL_SCALE,
                Tag::MODEL_TIEPOINT,
                Tag::MODEL_TRANSFORMATION,
                Tag::GEO_KEY_DIRECTORY,
                Tag::GEO_DOUBLE_PARAMS,
                Tag::GEO_ASCII_PARAMS,
                Tag::RPC_COEFFICIENTS,
            ],
            Self::Nodata => vec![Tag::GDAL_NODATA],
            Self::Items => [Tag::GDAL_METADATA].into_iter().chain(baseline_tags()).collect(),
            Self::IccProfile => vec![Tag::ICC_PROFILE],
            Self::Xmp => vec![Tag::XMP],
        }
    }
}

impl Metadata {
    /// Puts the tags of these kinds, as far as a profile has them, in the place of those that are there. The colour map
    /// and nodata's place in the image are not here but in its specification.
    pub(super) fn put_into(&self, fields: &mut FieldSet, kinds: &[Kind], profile: TagProfile) -> Result<()> {
        for kind in kinds {
            fields.remove(&kind.tags());
            match kind {
                Kind::Geography if profile != TagProfile::Baseline => self.add_geography(fields)?,
                Kind::Nodata if profile == TagProfile::GdalGeoTiff => {
                    if let Some(nodata) = self.nodata {
                        fields.insert(Tag::GDAL_NODATA, FieldData::Text(nodata.to_text()));
                    }
                }
                Kind::Items => self.add_items(fields, profile)?,
                Kind::IccProfile if !self.icc_profile.is_empty() => {
                    fields.insert(Tag::ICC_PROFILE, FieldData::Undefined(self.icc_profile.clone()));
                }
                Kind::Xmp if !self.xmp.is_empty() => {
                    fields.insert(Tag::XMP, FieldData::Bytes(self.xmp.clone().into_bytes()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Refuses what cannot be said in tags.
    pub(super) fn check(&self, profile: TagProfile) -> Result<()> {
        self.put_into(&mut FieldSet::default(), &Kind::ALL, profile)
    }

    fn add_items(&self, fields: &mut FieldSet, profile: TagProfile) -> Result<()> {
        let mut items = self.items.clone();
        if let Some(defaults) = items.dataset.get_mut("") {
            for (tag, data) in take_baseline(defaults)? {
                fields.insert(tag, data);
            }
            // It stands in the geokeys.
            defaults.remove(RasterType::ITEM);
        }
        if let Some(mut colours) = items.dataset.remove(COLOR_PROFILE) {
            for (tag, data) in take_profile(&mut colours)? {
                fields.insert(tag, data);
            }
            items.dataset.insert(COLOR_PROFILE.to_owned(), colours);
        }
        if profile == TagProfile::GdalGeoTiff
            && let Some(xml) = items.to_xml()
        {
            fields.insert(Tag::GDAL_METADATA, FieldData::Text(xml));
        }
        Ok(())
    }

    /// Removes the CRS and keeps the transform.
    pub(super) fn remove_crs(&mut self) {
        (self.geokeys, self.crs) = (None, None);
    }

    /// The geokeys of a CRS, in the flavor that is wanted.
    pub(super) fn keys_of(&self, crs: &Crs) -> Result<GeoKeys> {
        match self.flavor {
            GeoKeysFlavor::Standard => crs.to_geokeys(self.raster_type),
            GeoKeysFlavor::EsriPe => crs.to_esri_geokeys(self.raster_type),
        }
    }

    /// The geokeys of a CRS; `None` if geokeys cannot hold it and it stands beside the file.
    pub(super) fn keys_or_beside(&self, crs: &Crs) -> Result<Option<GeoKeys>> {
        let beside = self.crs_beside && self.flavor == GeoKeysFlavor::Standard;
        match self.keys_of(crs) {
            Err(error) if beside && error.kind() == ErrorKind::Unsupported => Ok(None),
            keys => keys.map(Some),
        }
    }

    /// The CRS that stands beside the file.
    pub(super) fn crs_of_aux_xml(&self) -> Result<Option<&Crs>> {
        let Some(crs) = self.crs.as_ref().filter(|_| self.geokeys.is_none()) else { return Ok(None) };
        Ok(if self.keys_or_beside(crs)?.is_none() { Some(crs) } else { None })
    }

    /// The geokeys of a file without a CRS: they say what a pixel is, if that is not the default.
    fn keys_without_crs(&self) -> Option<GeoKeys> {
        if self.raster_type == RasterType::default() {
            return None;
        }
        let mut keys = GeoKeys::default();
        keys.revision = (1, 0);
        keys.set_raster_type(self.raster_type);
        Some(keys)
    }

    fn add_geography(&self, fields: &mut FieldSet) -> Result<()> {
        let tags = match self.transform {
            _ if !self.gcps.is_empty() => GeoTags::of_gcps(&self.gcps, self.raster_type),
            Some(transform) if transform != Affine::IDENTITY => {
                GeoTags::of_transform(transform, self.raster_type)
            }
            _ => GeoTags::default(),
        };
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
            (Some(keys), _) => {
                match Crs::from_geokeys(keys).filter(|_| self.flavor != GeoKeysFlavor::Standard) {
                    Some(crs) => Some(self.keys_of(&crs)?),
                    None => Some(keys.clone()),
                }
            }
            (None, Some(crs)) => self.keys_or_beside(crs)?.or_else(|| self.keys_without_crs()),
            (None, None) => self.keys_without_crs(),
        };
        if let Some(mut keys) = keys {
            if let Some(version) = self.geotiff_version {
                if !matches!(version, (1, 0 | 1)) {
                    return Err(Error::usage("versions 1.0 and 1.1 of GeoTIFF are there"));
                }
                keys.revision = version;
            }
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

    /// A text beside the file; `None` if there is nothing to say in it.
    pub(super) fn text_beside(&self, kind: Beside) -> Option<String> {
        match kind {
            Beside::WorldFile => self.transform.map(Affine::to_world_file),
            Beside::Rpb => self.rpcs.as_ref().map(Rpc::to_rpb),
            Beside::RpcTxt => self.rpcs.as_ref().map(Rpc::to_rpc_txt),
        }
    }

    /// Has GDAL's items name what bands are as colour, where tags alone make something else of them.
    pub(super) fn name_colours(&mut self, implied: &[ColorInterp]) {
        for (band, (said, implied)) in self.colorinterp.clone().iter().zip(implied).enumerate() {
            let name = if said == implied { "" } else { said.gdal_name() };
            self.set_role(band.saturating_add(1), "colorinterp", name.to_owned());
        }
    }

    /// Items in a domain, instead of those that are there; one of them says what a pixel is, and stands in the geokeys.
    pub(super) fn set_items(&mut self, domain: &str, items: Items) {
        if domain.is_empty()
            && let Some(what) = items.get(RasterType::ITEM)
        {
            let is_point = what.eq_ignore_ascii_case("point");
            self.raster_type = if is_point { RasterType::PixelIsPoint } else { RasterType::PixelIsArea };
            if let Some(keys) = &mut self.geokeys {
                keys.set_raster_type(self.raster_type);
            }
        }
        self.items.dataset.insert(domain.to_owned(), items);
    }

    /// Items of a band, counted from 1, in a domain.
    pub(super) fn set_band_items(&mut self, band: usize, domain: &str, items: Items) {
        let domains = self.items.bands.entry(band.saturating_sub(1)).or_default();
        domains.insert(domain.to_owned(), items);
    }

    /// Items of a band, counted from 1, in a domain.
    pub(super) fn band_items(&self, band: usize, domain: &str) -> Option<&Items> {
        self.items.bands.get(&band.saturating_sub(1))?.get(domain)
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
