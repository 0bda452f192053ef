//! What the samples mean as colour, exactly: the items of GDAL's domain `COLOR_PROFILE`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::baseline::{as_single, ratio};
use super::gdal::Items;
use crate::error::{Error, Result};
use crate::ifd::{FieldData, Fields};
use crate::image::Image;
use crate::limits::Budget;
use crate::tag::Tag;

/// The domain of these items.
pub(crate) const COLOR_PROFILE: &str = "COLOR_PROFILE";
const COLOURS: [&str; 3] = ["RED", "GREEN", "BLUE"];

/// The items: a whole profile in Base64, or else primaries, white and curves (TIFF 6.0, section 20).
pub(crate) fn profile(image: &Image, fields: &Fields<'_>, budget: &mut Budget) -> Result<Items> {
    if let Some(values) = fields.values(Tag::ICC_PROFILE)? {
        let bytes = values.bytes().map_err(|e| fields.place(e, Tag::ICC_PROFILE))?;
        budget.reserve(values.len().saturating_mul(2), "a colour profile")?;
        return Ok([("SOURCE_ICC_PROFILE".to_owned(), STANDARD.encode(bytes))].into());
    }
    let extra = fields.values(Tag::EXTRA_SAMPLES)?.map_or(0, |values| values.len());
    let colours = (image.samples as u64).saturating_sub(extra);
    let primaries = fields.f64s(Tag::PRIMARY_CHROMATICITIES, budget)?;
    let white = fields.f64s(Tag::WHITE_POINT, budget)?;
    let (Some(primaries), Some([x, y])) = (primaries.as_deref(), white.as_deref()) else {
        return Ok(Items::new());
    };
    let curve_len = 1_u64.checked_shl(image.bits.into()).filter(|_| image.bits <= 16);
    let (Some(len), 2..) = (curve_len, colours) else { return Ok(Items::new()) };
    let mut items = Items::new();
    for (name, primary) in COLOURS.into_iter().zip(primaries.chunks_exact(2)) {
        if let [x, y] = primary {
            items.insert(format!("SOURCE_PRIMARIES_{name}"), chromaticity(*x, *y));
        }
    }
    items.insert("SOURCE_WHITEPOINT".to_owned(), chromaticity(*x, *y));
    budget.reserve(len.saturating_mul(3 * 64), "transfer functions")?;
    for (band, name) in (0_u64..).zip(COLOURS) {
        items.insert(format!("TIFFTAG_TRANSFERFUNCTION_{name}"), curve(fields, band, len)?);
    }
    if let Some(range) = fields.values(Tag::TRANSFER_RANGE)? {
        for (name, ends) in [("BLACK", [0, 2, 4]), ("WHITE", [1, 3, 5])] {
            let ends = ends.map(|i| range.u64(i));
            let ends = ends.into_iter().collect::<Result<Vec<_>>>();
            let ends = ends.map_err(|e| fields.place(e, Tag::TRANSFER_RANGE))?;
            items.insert(format!("TIFFTAG_TRANSFERRANGE_{name}"), joined(ends.into_iter()));
        }
    }
    Ok(items)
}

/// Takes out of `items` those of a colour profile, and gives the tags that hold them. An image has `bits` for a sample.
///
/// # Errors
///
/// When an item does not hold what its tag does.
pub(crate) fn take_profile(items: &mut Items) -> Result<Vec<(Tag, FieldData)>> {
    let wrong = |name: &str, what: &str| Error::usage(format!("{name} holds {what}"));
    let mut fields = Vec::new();
    if let Some(text) = items.remove("SOURCE_ICC_PROFILE") {
        let bytes =
            STANDARD.decode(text.trim()).map_err(|_| wrong("SOURCE_ICC_PROFILE", "a profile in Base64"))?;
        fields.push((Tag::ICC_PROFILE, FieldData::Undefined(bytes)));
    }
    let mut chromaticity = |name: &str| -> Result<Option<[(u32, u32); 2]>> {
        let Some(text) = items.remove(name) else { return Ok(None) };
        let mut numbers = text.split(',').map(|number| number.trim().parse().ok().and_then(ratio));
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(x), Some(y)) => Ok(Some([x, y])),
            _ => Err(wrong(name, "two numbers, x and y")),
        }
    };
    let primaries = COLOURS.map(|name| chromaticity(&format!("SOURCE_PRIMARIES_{name}")));
    let white = chromaticity("SOURCE_WHITEPOINT")?;
    let [red, green, blue] = primaries;
    match (red?, green?, blue?, white) {
        (Some(red), Some(green), Some(blue), Some(white)) => {
            fields.push((Tag::PRIMARY_CHROMATICITIES, FieldData::Rationals([red, green, blue].concat())));
            fields.push((Tag::WHITE_POINT, FieldData::Rationals(white.to_vec())));
        }
        (None, None, None, None) => {}
        _ => {
            return Err(Error::usage(
                "SOURCE_PRIMARIES_RED, _GREEN, _BLUE and SOURCE_WHITEPOINT go together",
            ));
        }
    }
    let mut numbers = |name: String| -> Result<Option<Vec<u16>>> {
        let Some(text) = items.remove(&name) else { return Ok(None) };
        let numbers: std::result::Result<Vec<u16>, _> =
            text.split(',').map(|number| number.trim().parse()).collect();
        numbers.map(Some).map_err(|_| wrong(&name, "numbers of 16 bits"))
    };
    let curves = COLOURS.map(|name| numbers(format!("TIFFTAG_TRANSFERFUNCTION_{name}")));
    let [red, green, blue] = curves;
    if let (Some(red), Some(green), Some(blue)) = (red?, green?, blue?) {
        if red.len() != green.len() || red.len() != blue.len() {
            return Err(Error::usage("transfer functions of different lengths"));
        }
        fields.push((Tag::TRANSFER_FUNCTION, FieldData::Shorts([red, green, blue].concat())));
    }
    let ends = ["BLACK", "WHITE"].map(|name| numbers(format!("TIFFTAG_TRANSFERRANGE_{name}")));
    let [black, white] = ends;
    if let (Some(black), Some(white)) = (black?, white?) {
        let ends = black.into_iter().zip(white).flat_map(|(black, white)| [black, white]).collect();
        fields.push((Tag::TRANSFER_RANGE, FieldData::Shorts(ends)));
    }
    Ok(fields)
}

fn chromaticity(x: f64, y: f64) -> String {
    format!("{:.9}, {:.9}, 1.0", as_single(x), as_single(y))
}

/// The curve of a band: its own or the one of all, else a gamma of 2.2, as libtiff makes it up.
fn curve(fields: &Fields<'_>, band: u64, len: u64) -> Result<String> {
    let Some(values) = fields.values(Tag::TRANSFER_FUNCTION)? else {
        return Ok(joined((0..len).map(|i| gamma(i, len))));
    };
    let first = if values.len() < len.saturating_mul(3) { 0 } else { band.saturating_mul(len) };
    let steps = (first..first.saturating_add(len)).map(|i| values.u64(i)).collect::<Result<Vec<_>>>();
    Ok(joined(steps.map_err(|e| fields.place(e, Tag::TRANSFER_FUNCTION))?.into_iter()))
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn gamma(step: u64, len: u64) -> u64 {
    let share = step as f64 / len.saturating_sub(1).max(1) as f64;
    (65535.0 * share.powf(2.2) + 0.5).floor() as u64
}

fn joined(numbers: impl Iterator<Item = u64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}
