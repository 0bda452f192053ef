//! How the image is stored, as the items of GDAL's domain `IMAGE_STRUCTURE`.

use super::colorinterp::extra_sample;
use super::gdal::Items;
use super::jpeg_quality;
use crate::bytes::View;
use crate::error::Result;
use crate::ifd::Fields;
use crate::image::{Image, Rendering};
use crate::layout::ChunkTable;
use crate::tag::{Compression, ExtraSample, Photometric, PlanarConfiguration, Predictor, Tag};

/// The domain.
pub(crate) const IMAGE_STRUCTURE: &str = "IMAGE_STRUCTURE";
/// What says how bands stand beside each other.
pub(crate) const INTERLEAVE: &str = "INTERLEAVE";
/// Its value where bands are apart, and their tiles of one place stand together. GDAL has it in its XML, since 3.11.
pub(crate) const BY_TILE: &str = "TILE";
/// The item that names the method by which the overviews of a COG were made.
pub(crate) const OVERVIEW_RESAMPLING: &str = "OVERVIEW_RESAMPLING";
/// The item of an overview's bands that names the method by which it was made.
pub(crate) const RESAMPLING: &str = "RESAMPLING";
/// What a chunk of WebP has behind its RIFF header if nothing was lost.
const WEBP_LOSSLESS: &[u8] = b"VP8L";
/// Bytes of a TIFF header, classic and big.
const HEADERS: [u64; 2] = [8, 16];
/// What GDAL's COG driver writes behind the header.
const GHOST: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE=";

/// The items, without those that GDAL's XML adds.
pub(crate) fn structure(image: &Image, fields: &Fields<'_>, view: View<'_>) -> Result<Items> {
    let mut items = Items::new();
    let mut add = |name: &str, value: &str| drop(items.insert(name.to_owned(), value.to_owned()));
    let of_pixels = image.planar == PlanarConfiguration::CHUNKY && image.bands > 1;
    add(INTERLEAVE, if of_pixels { "PIXEL" } else { "BAND" });
    let ycbcr_jpeg = image.compression == Compression::JPEG && image.photometric == Photometric::YCBCR;
    match image.compression {
        Compression::NONE => {}
        _ if ycbcr_jpeg => add("COMPRESSION", "YCbCr JPEG"),
        _ => add("COMPRESSION", &image.compression_name()),
    }
    if let Some(space) = source_color_space(image) {
        add("SOURCE_COLOR_SPACE", space);
    }
    if image.predictor != Predictor::NONE && has_predictor(image.compression) {
        add("PREDICTOR", &image.predictor.0.to_string());
    }
    if image.photometric == Photometric::MIN_IS_WHITE {
        add("MINISWHITE", "YES");
    }
    if is_cog(view) {
        add("LAYOUT", "COG");
    }
    if image.compression == Compression::LERC && fields.u64(Tag::LERC_PARAMETERS)? == Some(4) {
        add("LERC_VERSION", "2.4");
    }
    if image.compression == Compression::WEBP
        && let Some(first) = ChunkTable::of(image, view)?.chunk(0, 0)?
    {
        let lossless = first.get(12..).is_some_and(|behind| behind.starts_with(WEBP_LOSSLESS));
        add("COMPRESSION_REVERSIBILITY", if lossless { "LOSSLESS" } else { "LOSSY" });
    }
    if let Some((quality, tables)) = found_jpeg_quality(image, fields)? {
        add("JPEG_QUALITY", &quality.to_string());
        add("JPEGTABLESMODE", if jpeg_quality::has_huffman_tables(tables) { "3" } else { "1" });
    }
    Ok(items)
}

/// The quality of a JPEG, if its tables are those that libjpeg has at one, and these tables.
pub(crate) fn found_jpeg_quality<'a>(image: &Image, fields: &Fields<'a>) -> Result<Option<(u16, &'a [u8])>> {
    if image.compression != Compression::JPEG || image.bits != 8 {
        return Ok(None);
    }
    let tables = fields.values(Tag::JPEG_TABLES)?.and_then(|values| values.bytes().ok());
    let ycbcr = image.photometric == Photometric::YCBCR;
    Ok(tables.and_then(|tables| Some((jpeg_quality::guess(tables, ycbcr)?, tables))))
}

/// Bits of a sample, where they are others than those of its type.
pub(crate) fn nbits(image: &Image) -> Option<String> {
    let of_type = image.data_type.size().saturating_mul(8);
    let stored = usize::from(image.bits);
    (stored != of_type && image.rendering.is_none()).then(|| stored.to_string())
}

/// The items that single bands have in the domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct BandStructure {
    /// Those of bands that are not premultiplied alphas.
    items: Items,
    /// Premultiplied alphas, counted from 0, and their items.
    premultiplied: (Vec<usize>, Items),
}

impl BandStructure {
    pub(crate) fn of(image: &Image, fields: &Fields<'_>) -> Result<Self> {
        let items: Items = nbits(image).map(|bits| ("NBITS".to_owned(), bits)).into_iter().collect();
        let mut bands = Vec::new();
        if image.rendering.is_none() && fields.has(Tag::EXTRA_SAMPLES) {
            for band in 0..image.bands {
                if extra_sample(band, image, fields)? == Some(ExtraSample::ASSOCIATED_ALPHA) {
                    bands.push(band);
                }
            }
        }
        let mut of_alpha = items.clone();
        of_alpha.insert("ALPHA".to_owned(), "PREMULTIPLIED".to_owned());
        Ok(Self { items, premultiplied: (bands, of_alpha) })
    }

    /// Whether a band is a premultiplied alpha.
    pub(crate) fn has_premultiplied_alpha(&self) -> bool {
        !self.premultiplied.0.is_empty()
    }

    /// The items of a band, counted from 0.
    pub(crate) fn items(&self, band: usize) -> &Items {
        let (bands, items) = &self.premultiplied;
        if bands.binary_search(&band).is_ok() { items } else { &self.items }
    }
}

/// GDAL tells the predictor of these methods only.
fn has_predictor(compression: Compression) -> bool {
    matches!(compression, Compression::LZW | Compression::DEFLATE | Compression::ZSTD)
}

/// The colours as stored, where a plain read gives others.
fn source_color_space(image: &Image) -> Option<&'static str> {
    let jpeg = image.compression == Compression::JPEG;
    match (image.rendering, image.photometric) {
        (Some(Rendering::YCbCr), _) => Some("YCbCr"),
        (Some(Rendering::Cmyk), _) => Some("CMYK"),
        (Some(Rendering::CieLab), _) => Some("CIELAB"),
        (Some(Rendering::LogLuv), photometric) => photometric.name(),
        (None, Photometric::YCBCR) if jpeg => Some("YCbCr"),
        (None, Photometric::SEPARATED) if jpeg => Some("CMYK"),
        _ => None,
    }
}

/// Whether the file says that it is laid out as a cloud-optimized GeoTIFF, and was not changed since.
pub(crate) fn is_cog(view: View<'_>) -> bool {
    ghost(view).is_some_and(|(_, text)| {
        find(text, b"LAYOUT=IFDS_BEFORE_DATA\n").is_some()
            && find(text, b"KNOWN_INCOMPATIBLE_EDITION=YES\n").is_none()
    })
}

/// Whether it was one once.
pub(crate) fn was_cog(view: View<'_>) -> bool {
    ghost(view).is_some_and(|(_, text)| find(text, b"LAYOUT=IFDS_BEFORE_DATA\n").is_some())
}

/// Where such a file says that it was not changed: the place of the value, 4 bytes.
pub(crate) fn ghost_edition(view: View<'_>) -> Option<u64> {
    const KEY: &[u8] = b"KNOWN_INCOMPATIBLE_EDITION=";
    let (start, text) = ghost(view)?;
    let at = find(text, KEY)?.saturating_add(KEY.len());
    text.get(at..)?.starts_with(b"NO\n ").then(|| start.saturating_add(at as u64))
}

/// What GDAL's COG driver says behind the header, and where that begins.
pub(crate) fn ghost(view: View<'_>) -> Option<(u64, &[u8])> {
    const ENOUGH: u64 = 512;
    let text = |header: u64| {
        let text = view.get(header, ENOUGH.min(view.len().saturating_sub(header))).unwrap_or_default();
        text.starts_with(GHOST).then_some((header, text))
    };
    HEADERS.into_iter().find_map(text)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|part| part == what)
}
