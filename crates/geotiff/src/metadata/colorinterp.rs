//! What each band is, as colour.

use std::fmt;

use super::gdal::GdalItems;
use crate::error::Result;
use crate::ifd::Fields;
use crate::image::Image;
use crate::tag::{Compression, Photometric, Tag};

/// What a band is, as colour. Names are those of GDAL and rasterio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum ColorInterp {
    Undefined,
    Gray,
    Palette,
    Red,
    Green,
    Blue,
    Alpha,
    Cyan,
    Magenta,
    Yellow,
    Black,
}

const RGBA: [ColorInterp; 4] = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Alpha];
const INKS: [ColorInterp; 4] =
    [ColorInterp::Cyan, ColorInterp::Magenta, ColorInterp::Yellow, ColorInterp::Black];

impl fmt::Display for ColorInterp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

impl ColorInterp {
    fn from_name(name: &str) -> Self {
        let all = RGBA.into_iter().chain(INKS).chain([Self::Gray, Self::Palette]);
        all.into_iter().find(|interp| interp.to_string() == name.to_lowercase()).unwrap_or(Self::Undefined)
    }

    /// What each band of the image is: as a rendering or a palette has it, else as GDAL's XML says, else as
    /// PhotometricInterpretation and ExtraSamples do.
    pub(crate) fn of(image: &Image, fields: &Fields<'_>, items: &GdalItems) -> Result<Vec<Self>> {
        let mut bands = Vec::new();
        for band in 0..image.bands {
            let said = items.roles.get(&band).and_then(|roles| roles.get("colorinterp"));
            bands.push(match said {
                _ if image.rendering.is_some() => RGBA.get(band).copied().unwrap_or(Self::Undefined),
                _ if band == 0 && has_palette(image) => Self::Palette,
                Some(name) => Self::from_name(name),
                None if band == 0 && image.photometric == Photometric::MIN_IS_WHITE => {
                    Self::of_inverted(image)
                }
                None => Self::of_band(band, image, fields)?,
            });
        }
        Ok(bands)
    }

    /// A band of which 0 is white: GDAL makes up a palette that turns it around, if that is not too large.
    fn of_inverted(image: &Image) -> Self {
        if image.samples == 1 && image.bits <= 16 { Self::Palette } else { Self::Undefined }
    }

    fn of_band(band: usize, image: &Image, fields: &Fields<'_>) -> Result<Self> {
        let jpeg = matches!(image.compression, Compression::JPEG | Compression::OLD_JPEG);
        let colours: &[Self] = match image.photometric {
            Photometric::RGB => RGBA.get(..3).unwrap_or_default(),
            Photometric::YCBCR if jpeg => RGBA.get(..3).unwrap_or_default(),
            Photometric::SEPARATED => &INKS,
            Photometric::MIN_IS_BLACK => &[Self::Gray],
            _ => &[],
        };
        if let Some(colour) = colours.get(band) {
            return Ok(*colour);
        }
        let Some(extra) = fields.values(Tag::EXTRA_SAMPLES)? else { return Ok(Self::Undefined) };
        let base = (image.samples as u64).saturating_sub(extra.len());
        let alpha = (band as u64).checked_sub(base).and_then(|i| extra.u64(i).ok());
        // 999 is what a Corel program wrote for an alpha; libtiff knows it.
        Ok(if matches!(alpha, Some(1 | 2 | 999)) { Self::Alpha } else { Self::Undefined })
    }
}

/// Whether the first band indexes colours: those of the file, or those that GDAL makes up for single bits.
fn has_palette(image: &Image) -> bool {
    let bit = image.samples == 1 && image.bits == 1;
    let grey = matches!(image.photometric, Photometric::MIN_IS_WHITE | Photometric::MIN_IS_BLACK);
    image.photometric == Photometric::PALETTE || (bit && grey)
}
