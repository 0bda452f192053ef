//! YCbCr to RGB (TIFF 6.0, section 21), in the fixed point of libtiff, so that pixels are the same.

use crate::error::Result;
use crate::ifd::Fields;
use crate::tag::Tag;

/// Bits behind the point.
const SHIFT: u32 = 16;
const HALF: i32 = 1 << (SHIFT - 1);
/// Luma of red, green and blue: CCIR 601.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
/// Codes of black and white for Y, and of the middle and the full range for Cb and Cr.
const REFERENCE: [f32; 6] = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];

/// What each code of each sample adds to red, green and blue.
#[derive(Debug)]
pub(crate) struct YCbCr {
    y: [i32; 256],
    cr_to_red: [i32; 256],
    cb_to_blue: [i32; 256],
    /// These two still have their bits behind the point.
    cr_to_green: [i32; 256],
    cb_to_green: [i32; 256],
}

impl YCbCr {
    pub(super) fn new(fields: &Fields<'_>) -> Result<Self> {
        let luma = numbers(fields, Tag::YCBCR_COEFFICIENTS, LUMA)?;
        let reference = numbers(fields, Tag::REFERENCE_BLACK_WHITE, REFERENCE)?;
        Ok(Self::from(luma, reference))
    }

    fn from([red, green, blue]: [f32; 3], reference: [f32; 6]) -> Self {
        let [y0, y1, cb0, cb1, cr0, cr1] = reference;
        let cr_factor = fixed(2.0 - 2.0 * red);
        let cr_green = -fixed(red * (2.0 - 2.0 * red) / green);
        let cb_factor = fixed(2.0 - 2.0 * blue);
        let cb_green = -fixed(blue * (2.0 - 2.0 * blue) / green);
        let mut tables = Self {
            y: [0; 256],
            cr_to_red: [0; 256],
            cb_to_blue: [0; 256],
            cr_to_green: [0; 256],
            cb_to_green: [0; 256],
        };
        let centred = |code: u8| f32::from(code) - 128.0;
        for code in 0..=u8::MAX {
            let i = usize::from(code);
            let cr = scaled(centred(code), cr0 - 128.0, cr1 - 128.0, 127.0);
            let cb = scaled(centred(code), cb0 - 128.0, cb1 - 128.0, 127.0);
            set(&mut tables.cr_to_red, i, cr_factor.saturating_mul(cr).saturating_add(HALF) >> SHIFT);
            set(&mut tables.cb_to_blue, i, cb_factor.saturating_mul(cb).saturating_add(HALF) >> SHIFT);
            set(&mut tables.cr_to_green, i, cr_green.saturating_mul(cr));
            set(&mut tables.cb_to_green, i, cb_green.saturating_mul(cb).saturating_add(HALF));
            set(&mut tables.y, i, scaled(f32::from(code), y0, y1, 255.0));
        }
        tables
    }

    pub(super) fn render(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let at = |table: &[i32; 256], code: u8| table.get(usize::from(code)).copied().unwrap_or(0);
        let luma = at(&self.y, y);
        let green = at(&self.cb_to_green, cb).saturating_add(at(&self.cr_to_green, cr)) >> SHIFT;
        [at(&self.cr_to_red, cr), green, at(&self.cb_to_blue, cb)]
            .map(|chroma| u8::try_from(luma.saturating_add(chroma).clamp(0, 255)).unwrap_or(u8::MAX))
    }
}

fn set(table: &mut [i32; 256], i: usize, value: i32) {
    if let Some(slot) = table.get_mut(i) {
        *slot = value;
    }
}

/// A factor of 0 to 2 in fixed point.
#[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=2, and `as` saturates")]
fn fixed(factor: f32) -> i32 {
    (f64::from(factor.clamp(0.0, 2.0)) * f64::from(1 << SHIFT) + 0.5) as i32
}

/// A code on its way from the reference range to `full`, towards zero.
#[expect(clippy::cast_possible_truncation, reason = "clamped, and `as` saturates")]
fn scaled(code: f32, low: f32, high: f32, full: f32) -> i32 {
    // The lower reference counts as a whole number.
    let low_whole = f32::from(low.clamp(-32768.0, 32767.0) as i16);
    let range = if high - low == 0.0 { 1.0 } else { high - low };
    ((code - low_whole) * full / range).clamp(-128.0 * 32.0, 128.0 * 32.0) as i32
}

/// The values of a tag as singles; those that the file leaves out from `default`.
#[expect(clippy::cast_possible_truncation, reason = "libtiff holds these tags as singles")]
pub(super) fn numbers<const N: usize>(fields: &Fields<'_>, tag: Tag, default: [f32; N]) -> Result<[f32; N]> {
    let Some(values) = fields.values(tag)? else { return Ok(default) };
    let mut numbers = default;
    for (i, number) in (0..values.len()).zip(&mut numbers) {
        *number = values.f64(i).map_err(|e| fields.place(e, tag))? as f32;
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_and_primaries() {
        let ycbcr = YCbCr::from(LUMA, REFERENCE);
        for grey in [0, 1, 77, 128, 255] {
            assert_eq!(ycbcr.render(grey, 128, 128), [grey; 3]);
        }
        assert_eq!(ycbcr.render(76, 85, 255), [254, 0, 0]);
        assert_eq!(ycbcr.render(29, 255, 107), [0, 0, 254]);
    }
}
