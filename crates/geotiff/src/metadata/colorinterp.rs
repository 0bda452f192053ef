//! What each band is, as colour.

use std::fmt;

use super::gdal::GdalItems;
use super::palette::has_color_map;
use crate::error::{Error, Result};
use crate::ifd::Fields;
use crate::image::Image;
use crate::tag::{Compression, ExtraSample, Photometric, Tag};

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
    Hue,
    Saturation,
    Lightness,
    /// Luma of YCbCr.
    Y,
    Cb,
    Cr,
    Pan,
    Coastal,
    RedEdge,
    Nir,
    Swir,
    Mwir,
    Lwir,
    Tir,
    OtherIr,
    SarKa,
    SarK,
    SarKu,
    SarX,
    SarC,
    SarS,
    SarL,
    SarP,
}

/// All but `Undefined`, with the names that GDAL gives them in files; rasterio's are the same in lower case, where they
/// are not given.
const NAMES: [(ColorInterp, &str, Option<&str>); 33] = [
    (ColorInterp::Gray, "Gray", None),
    (ColorInterp::Palette, "Palette", None),
    (ColorInterp::Red, "Red", None),
    (ColorInterp::Green, "Green", None),
    (ColorInterp::Blue, "Blue", None),
    (ColorInterp::Alpha, "Alpha", None),
    (ColorInterp::Hue, "Hue", None),
    (ColorInterp::Saturation, "Saturation", None),
    (ColorInterp::Lightness, "Lightness", None),
    (ColorInterp::Cyan, "Cyan", None),
    (ColorInterp::Magenta, "Magenta", None),
    (ColorInterp::Yellow, "Yellow", None),
    (ColorInterp::Black, "Black", None),
    (ColorInterp::Y, "YCbCr_Y", Some("Y")),
    (ColorInterp::Cb, "YCbCr_Cb", Some("Cb")),
    (ColorInterp::Cr, "YCbCr_Cr", Some("Cr")),
    (ColorInterp::Pan, "Pan", None),
    (ColorInterp::Coastal, "Coastal", None),
    (ColorInterp::RedEdge, "RedEdge", None),
    (ColorInterp::Nir, "NIR", None),
    (ColorInterp::Swir, "SWIR", None),
    (ColorInterp::Mwir, "MWIR", None),
    (ColorInterp::Lwir, "LWIR", None),
    (ColorInterp::Tir, "TIR", None),
    (ColorInterp::OtherIr, "OtherIR", Some("other_ir")),
    (ColorInterp::SarKa, "SAR_Ka", None),
    (ColorInterp::SarK, "SAR_K", None),
    (ColorInterp::SarKu, "SAR_Ku", None),
    (ColorInterp::SarX, "SAR_X", None),
    (ColorInterp::SarC, "SAR_C", None),
    (ColorInterp::SarS, "SAR_S", None),
    (ColorInterp::SarL, "SAR_L", None),
    (ColorInterp::SarP, "SAR_P", None),
];

const RGBA: [ColorInterp; 4] = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Alpha];
const INKS: [ColorInterp; 4] =
    [ColorInterp::Cyan, ColorInterp::Magenta, ColorInterp::Yellow, ColorInterp::Black];

impl fmt::Display for ColorInterp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(interp, ..)| interp == self) {
            None => f.write_str("undefined"),
            Some((_, _, Some(name))) => f.write_str(name),
            Some((_, name, None)) => f.write_str(&name.to_lowercase()),
        }
    }
}

impl std::str::FromStr for ColorInterp {
    type Err = Error;

    /// By GDAL's name or rasterio's, in any case.
    ///
    /// # Errors
    ///
    /// When there is none of that name; the error lists those there are.
    fn from_str(text: &str) -> Result<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(text.trim());
        if is("undefined") {
            return Ok(Self::Undefined);
        }
        let found = NAMES.iter().find(|(_, gdal, own)| is(gdal) || own.is_some_and(is));
        found.map(|(interp, ..)| *interp).ok_or_else(|| {
            let names: Vec<String> = NAMES.iter().map(|(interp, ..)| interp.to_string()).collect();
            Error::usage(format!("no colour interpretation {text:?}; there are {}", names.join(", ")))
        })
    }
}

impl ColorInterp {
    /// By the name that GDAL gives it, in any case; `None` for one that says nothing.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, gdal, _)| gdal.eq_ignore_ascii_case(name.trim())).map(|(interp, ..)| *interp)
    }

    /// The name that GDAL gives it in files.
    pub(crate) fn gdal_name(self) -> &'static str {
        NAMES.iter().find(|(interp, ..)| *interp == self).map_or("Undefined", |(_, name, _)| name)
    }

    /// What each band of the image is: as a rendering or a palette has it, else as GDAL's XML says, else as
    /// PhotometricInterpretation and ExtraSamples do.
    pub(crate) fn of(image: &Image, fields: &Fields<'_>, items: &GdalItems) -> Result<Vec<Self>> {
        let mut bands = Vec::new();
        for band in 0..image.bands {
            let said = items.roles.get(&band).and_then(|roles| roles.get("colorinterp"));
            bands.push(match said {
                _ if image.rendering.is_some() => RGBA.get(band).copied().unwrap_or(Self::Undefined),
                _ if band == 0 && has_palette(image, fields) => Self::Palette,
                Some(name) => Self::from_name(name).unwrap_or(Self::Undefined),
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
        Ok(match extra_sample(band, image, fields)? {
            Some(
                ExtraSample::ASSOCIATED_ALPHA | ExtraSample::UNASSOCIATED_ALPHA | ExtraSample::COREL_ALPHA,
            ) => Self::Alpha,
            _ => Self::Undefined,
        })
    }
}

/// What ExtraSamples says of a band, counted from 0.
pub(super) fn extra_sample(band: usize, image: &Image, fields: &Fields<'_>) -> Result<Option<ExtraSample>> {
    let Some(extra) = fields.values(Tag::EXTRA_SAMPLES)? else { return Ok(None) };
    let base = (image.samples as u64).saturating_sub(extra.len());
    let code = (band as u64).checked_sub(base).and_then(|i| extra.u64(i).ok()?.try_into().ok());
    Ok(code.map(ExtraSample))
}

/// Whether the first band indexes colours: those of the file, or those that GDAL makes up for single bits.
fn has_palette(image: &Image, fields: &Fields<'_>) -> bool {
    let bit = image.samples == 1 && image.bits == 1;
    let grey = matches!(image.photometric, Photometric::MIN_IS_WHITE | Photometric::MIN_IS_BLACK);
    image.photometric == Photometric::PALETTE || (bit && grey) || has_color_map(image, fields)
}
