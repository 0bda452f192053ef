//! What a file says about its values. Never sees pixels.

mod attributes;
mod baseline;
mod colorinterp;
mod exif;
mod gdal;
mod jpeg_quality;
mod nodata;
mod palette;
mod pam;
mod pam_edit;
mod profile;
mod satellite;
mod structure;
mod xml;

pub use attributes::{AttributeColumn, AttributeKind, AttributeTable};
pub(crate) use baseline::{baseline, baseline_tags, take_baseline};
pub use colorinterp::ColorInterp;
pub(crate) use exif::exif;
pub(crate) use gdal::GdalItems;
pub use gdal::Items;
pub use nodata::Nodata;
pub(crate) use palette::{color_map, has_color_map, palette};
pub(crate) use pam::{Pam, PamGcps, pam_element};
pub(crate) use pam_edit::PamEdit;
pub(crate) use profile::{COLOR_PROFILE, profile, take_profile};
pub(crate) use satellite::{IMAGERY, IMD, KIND, Satellite};
pub(crate) use structure::{
    BY_TILE, BandStructure, IMAGE_STRUCTURE, INTERLEAVE, OVERVIEW_RESAMPLING, RESAMPLING, found_jpeg_quality,
    ghost, ghost_edition, is_cog, nbits, structure, was_cog,
};
