//! The value that means "nothing here": GDAL's tag 42113, a number as text.

use std::fmt;
use std::str::FromStr;

use crate::error::Result;
use crate::ifd::Fields;
use crate::image::{DataType, Sample};
use crate::limits::Budget;
use crate::tag::Tag;

/// The nodata value of a raster, exact for every data type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nodata {
    /// For all types but the 64-bit integers.
    Float(f64),
    /// For `int64`.
    Signed(i64),
    /// For `uint64`.
    Unsigned(u64),
}

impl Nodata {
    /// Reads the tag; `None` if there is none, or if `data_type` cannot hold its number.
    pub(crate) fn parse(
        fields: &Fields<'_>,
        data_type: DataType,
        budget: &mut Budget,
    ) -> Result<Option<Self>> {
        let Some(text) = fields.text(Tag::GDAL_NODATA, budget)? else { return Ok(None) };
        Ok(Self::from_text(text.trim(), data_type))
    }

    fn from_text(text: &str, data_type: DataType) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        match data_type {
            DataType::Int64 => Some(Self::Signed(leading_number(text).unwrap_or_default())),
            DataType::Uint64 => Some(Self::Unsigned(leading_number(text).unwrap_or_default())),
            _ => {
                let value = float(text);
                let fits = integer_range(data_type).is_none_or(|(low, high)| (low..=high).contains(&value));
                fits.then_some(Self::Float(if data_type == DataType::Float32 {
                    as_f32(value)
                } else {
                    value
                }))
            }
        }
    }

    /// The value in a band of type `T`.
    pub(crate) fn cast<T: Sample>(self) -> T {
        match self {
            Self::Float(value) => T::from_f64(value),
            Self::Signed(value) => T::from_i64(value),
            Self::Unsigned(value) => T::from_u64(value),
        }
    }

    /// The value as a double; 64-bit integers are rounded.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "documented: 64-bit integers are rounded")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Signed(value) => value as f64,
            Self::Unsigned(value) => value as f64,
        }
    }
}

/// A number as C's `strtod` reads it, and as old Windows libraries print it: what follows the number is
/// ignored, a comma may stand for the point, no number at all is 0.
fn float(text: &str) -> f64 {
    let text = text.replace(',', ".");
    match text.as_str() {
        "-1.#IND" | "-1.#QNAN" | "1.#QNAN" => f64::NAN,
        "-1.#INF" => f64::NEG_INFINITY,
        "1.#INF" => f64::INFINITY,
        _ => leading_number(&text).unwrap_or_default(),
    }
}

/// The longest beginning of `text` that is a number. No number is longer than 400 characters: that bounds
/// the search on hostile text.
fn leading_number<T: FromStr>(text: &str) -> Option<T> {
    let ends = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8())).take(400);
    let mut ends: Vec<usize> = ends.collect();
    ends.reverse();
    ends.into_iter().find_map(|end| text.get(..end)?.parse().ok())
}

/// The range of the integer types that a double holds exactly.
fn integer_range(data_type: DataType) -> Option<(f64, f64)> {
    match data_type {
        DataType::Uint8 => Some((0.0, f64::from(u8::MAX))),
        DataType::Int8 => Some((f64::from(i8::MIN), f64::from(i8::MAX))),
        DataType::Uint16 => Some((0.0, f64::from(u16::MAX))),
        DataType::Int16 => Some((f64::from(i16::MIN), f64::from(i16::MAX))),
        DataType::Uint32 => Some((0.0, f64::from(u32::MAX))),
        DataType::Int32 => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
        _ => None,
    }
}

/// The nearest single, as a double.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
fn as_f32(value: f64) -> f64 {
    f64::from(value as f32)
}

impl fmt::Display for Nodata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(value) => value.fmt(f),
            Self::Signed(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GDAL 3.10 makes of these texts.
    #[test]
    fn texts_become_values_of_the_type() {
        let float = |text, data_type| Nodata::from_text(text, data_type).map(Nodata::as_f64);
        assert_eq!(float("-9999", DataType::Int16), Some(-9999.0));
        assert_eq!(float("-9999", DataType::Uint8), None);
        assert_eq!(float("nan", DataType::Uint8), None);
        assert_eq!(float("1.5", DataType::Uint8), Some(1.5));
        assert!(float("nan", DataType::Float32).unwrap().is_nan());
        assert!(float("-1.#IND", DataType::Float32).unwrap().is_nan());
        assert_eq!(float("-inf", DataType::Float64), Some(f64::NEG_INFINITY));
        assert_eq!(float("0.1", DataType::Float32), Some(f64::from(0.1_f32)));
        assert_eq!(float("1e40", DataType::Float32), Some(f64::INFINITY));
        assert_eq!(float("1,5", DataType::Float32), Some(1.5));
        assert_eq!(float("1e3abc", DataType::Float32), Some(1000.0));
        assert_eq!(float("0x10", DataType::Uint16), Some(0.0));
        assert_eq!(float("none", DataType::Float64), Some(0.0));
        assert_eq!(float("", DataType::Float64), None);
        assert_eq!(Nodata::from_text("9223372036854775807", DataType::Int64), Some(Nodata::Signed(i64::MAX)));
        assert_eq!(Nodata::from_text("1.5", DataType::Int64), Some(Nodata::Signed(1)));
        let largest = Nodata::from_text("18446744073709551615", DataType::Uint64);
        assert_eq!(largest, Some(Nodata::Unsigned(u64::MAX)));
    }
}
