//! Baseline tags, as the items that GDAL shows them as.

use super::gdal::Items;
use crate::error::{Cause, Error, Result};
use crate::ifd::{FieldData, Fields};
use crate::limits::Budget;
use crate::tag::Tag;
use crate::text::general;

const TEXTS: [(Tag, &str); 7] = [
    (Tag::DOCUMENT_NAME, "TIFFTAG_DOCUMENTNAME"),
    (Tag::IMAGE_DESCRIPTION, "TIFFTAG_IMAGEDESCRIPTION"),
    (Tag::SOFTWARE, "TIFFTAG_SOFTWARE"),
    (Tag::DATE_TIME, "TIFFTAG_DATETIME"),
    (Tag::ARTIST, "TIFFTAG_ARTIST"),
    (Tag::HOST_COMPUTER, "TIFFTAG_HOSTCOMPUTER"),
    (Tag::COPYRIGHT, "TIFFTAG_COPYRIGHT"),
];
const NUMBERS: [(Tag, &str); 2] =
    [(Tag::X_RESOLUTION, "TIFFTAG_XRESOLUTION"), (Tag::Y_RESOLUTION, "TIFFTAG_YRESOLUTION")];
const CODES: [(Tag, &str); 2] =
    [(Tag::MIN_SAMPLE_VALUE, "TIFFTAG_MINSAMPLEVALUE"), (Tag::MAX_SAMPLE_VALUE, "TIFFTAG_MAXSAMPLEVALUE")];

/// The items. A tag whose values make no sense is left out, as rasterio does, and told in `damage`.
pub(crate) fn baseline(fields: &Fields<'_>, budget: &mut Budget, damage: &mut Vec<Error>) -> Result<Items> {
    let mut items = Items::new();
    let mut add = |name: &str, value: Result<Option<String>>| match value {
        Ok(Some(value)) => drop(items.insert(name.to_owned(), value)),
        Ok(None) => {}
        Err(error) => damage.push(error),
    };
    for (tag, name) in TEXTS {
        let len = fields.values(tag).ok().flatten().map_or(0, |values| values.len());
        budget.reserve(len.saturating_mul(2), "the text of a tag")?;
        add(name, text(fields, tag));
    }
    for (tag, name) in NUMBERS {
        add(name, fields.f64(tag).map(|value| value.map(|value| general(as_single(value), 8))));
    }
    for (tag, name) in CODES {
        add(name, fields.u64(tag).map(|code| code.map(|code| code.to_string())));
    }
    add("TIFFTAG_RESOLUTIONUNIT", fields.u64(Tag::RESOLUTION_UNIT).map(|unit| unit.map(resolution_unit)));
    Ok(items)
}

/// The tags that [`baseline`] shows.
pub(crate) fn baseline_tags() -> impl Iterator<Item = Tag> {
    let pairs = TEXTS.into_iter().chain(NUMBERS).chain(CODES);
    pairs.map(|(tag, _)| tag).chain([Tag::RESOLUTION_UNIT])
}

/// Takes out of `items` those that baseline tags hold, and gives these.
///
/// # Errors
///
/// When an item does not hold what its tag does.
pub(crate) fn take_baseline(items: &mut Items) -> Result<Vec<(Tag, FieldData)>> {
    let mut fields = Vec::new();
    for (tag, name) in TEXTS {
        if let Some(text) = items.remove(name) {
            fields.push((tag, FieldData::Text(text)));
        }
    }
    let wrong =
        |name: &str, text: &str, what: &str| Error::usage(format!("{name} holds {what}, not {text:?}"));
    for (tag, name) in NUMBERS {
        if let Some(text) = items.remove(name) {
            let ratio = text.trim().parse().ok().and_then(ratio);
            fields.push((
                tag,
                FieldData::Rationals(vec![ratio.ok_or_else(|| wrong(name, &text, "a positive number"))?]),
            ));
        }
    }
    let code = |name: &str, text: &str| {
        let number = text.split_whitespace().next().and_then(|word| word.parse().ok());
        number.ok_or_else(|| wrong(name, text, "a number of 16 bits"))
    };
    for (tag, name) in CODES.into_iter().chain([(Tag::RESOLUTION_UNIT, "TIFFTAG_RESOLUTIONUNIT")]) {
        if let Some(text) = items.remove(name) {
            fields.push((tag, FieldData::Shorts(vec![code(name, &text)?])));
        }
    }
    Ok(fields)
}

/// A number as a fraction, as close as 32 bits bring it for numbers of usual sizes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, by the guard")]
pub(super) fn ratio(value: f64) -> Option<(u32, u32)> {
    if !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return None;
    }
    let mut denominator = 1_u32;
    while value * f64::from(denominator) != (value * f64::from(denominator)).trunc()
        && denominator < 1 << 20
        && value * f64::from(denominator) * 2.0 <= f64::from(u32::MAX)
    {
        denominator = denominator.saturating_mul(2);
    }
    Some(((value * f64::from(denominator)).round() as u32, denominator))
}

fn text(fields: &Fields<'_>, tag: Tag) -> Result<Option<String>> {
    let Some(values) = fields.values(tag)? else { return Ok(None) };
    let characters = values.bytes().unwrap_or_default().split(|byte| *byte == 0).next();
    if std::str::from_utf8(characters.unwrap_or_default()).is_err() {
        return Err(fields.place(Cause::NotUtf8.into(), tag));
    }
    let text = values.text().map_err(|e| fields.place(e, tag))?;
    // GDAL's lists of items lose blanks in front of a value.
    Ok(Some(text.trim_start_matches([' ', '\t']).to_owned()))
}

fn resolution_unit(unit: u64) -> String {
    match unit {
        1 => "1 (unitless)".to_owned(),
        2 => "2 (pixels/inch)".to_owned(),
        3 => "3 (pixels/cm)".to_owned(),
        other => other.to_string(),
    }
}

/// libtiff holds resolutions and chromaticities as singles.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
pub(super) fn as_single(value: f64) -> f64 {
    f64::from(value as f32)
}
