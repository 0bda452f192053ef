//! The colours that values of the first band stand for.

use crate::error::Result;
use crate::ifd::{FieldData, Fields};
use crate::image::Image;
use crate::limits::Budget;
use crate::tag::{Photometric, Tag};

/// Bits of an index at most.
const MOST_BITS: u16 = 16;

/// Red, green, blue, alpha of each value: the colour map of the file (TIFF 6.0, section 5), or the ramp that GDAL
/// makes up for single bits and for images of which 0 is white. `None` if values are no indices.
pub(crate) fn palette(
    image: &Image,
    fields: &Fields<'_>,
    nodata: Option<u64>,
    budget: &mut Budget,
) -> Result<Option<Vec<[u8; 4]>>> {
    if image.bits > MOST_BITS || image.rendering.is_some() {
        return Ok(None);
    }
    let len = values_of(image);
    let ramp = image.samples == 1
        && (image.photometric == Photometric::MIN_IS_WHITE
            || (image.photometric == Photometric::MIN_IS_BLACK && image.bits == 1));
    let indexed = image.photometric == Photometric::PALETTE || has_color_map(image, fields);
    let mut colours: Vec<[u8; 4]> = if indexed {
        let Some(values) = fields.values(Tag::COLOR_MAP)? else { return Ok(None) };
        budget.reserve(len.saturating_mul(4), "a colour map")?;
        let value = |i| values.u64(i).map_err(|e| fields.place(e, Tag::COLOR_MAP));
        // Writers have put 8 bits where 16 are due, or into the upper half of them.
        let (mut largest, mut low_bits) = (0, 0);
        for i in 0..len.saturating_mul(3) {
            let found = value(i)?;
            largest = found.max(largest);
            low_bits |= found & 0xff;
        }
        let scale = match (largest, low_bits) {
            (..256, _) => 1,
            (_, 0) => 256,
            _ => 257,
        };
        let colour = |i: u64| -> Result<[u8; 4]> {
            let part =
                |part: u64| value(part.saturating_mul(len).saturating_add(i)).map(|v| eight_bits(v, scale));
            Ok([part(0)?, part(1)?, part(2)?, u8::MAX])
        };
        (0..len).map(colour).collect::<Result<_>>()?
    } else if ramp {
        budget.reserve(len.saturating_mul(4), "a colour map")?;
        let last = len.saturating_sub(1).max(1);
        let inverted = image.photometric == Photometric::MIN_IS_WHITE;
        let grey = |i: u64| {
            let level = if inverted { last.saturating_sub(i) } else { i };
            let grey =
                u8::try_from(level.saturating_mul(255).checked_div(last).unwrap_or(0)).unwrap_or(u8::MAX);
            [grey, grey, grey, u8::MAX]
        };
        (0..len).map(grey).collect()
    } else {
        return Ok(None);
    };
    if let Some([.., alpha]) = nodata.and_then(|i| colours.get_mut(usize::try_from(i).ok()?)) {
        *alpha = 0;
    }
    Ok(Some(colours))
}

/// Whether the file has a colour map for all values of the first band. Writers add one to images of which
/// PhotometricInterpretation says that they are grey (rasterio does, where colours come after pixels), and GDAL takes
/// it, whatever that says. One that is too short is ignored, as libtiff does.
pub(crate) fn has_color_map(image: &Image, fields: &Fields<'_>) -> bool {
    let Ok(Some(values)) = fields.values(Tag::COLOR_MAP) else { return false };
    let complete = values.len() / 3 >= values_of(image) && values.u64(0).is_ok();
    complete && image.bits <= MOST_BITS && image.rendering.is_none()
}

/// How many values a sample can have.
fn values_of(image: &Image) -> u64 {
    1_u64.checked_shl(image.bits.into()).unwrap_or(u64::MAX)
}

/// The colour map (TIFF 6.0, section 5) of values of `bits` bits: reds, greens, blues, each of 16 bits. Values without a
/// colour are black.
pub(crate) fn color_map(colours: &[[u8; 4]], bits: u16, multiplier: u16) -> FieldData {
    let len = 1_usize.checked_shl(bits.into()).unwrap_or(0);
    let part = |part: usize| {
        let known = colours.iter().map(move |colour| colour.get(part).copied().unwrap_or(0));
        known.chain(std::iter::repeat(0)).take(len).map(|value| u16::from(value).saturating_mul(multiplier))
    };
    FieldData::Shorts(part(0).chain(part(1)).chain(part(2)).collect())
}

fn eight_bits(value: u64, scale: u64) -> u8 {
    u8::try_from(value.checked_div(scale).unwrap_or(0)).unwrap_or(u8::MAX)
}
