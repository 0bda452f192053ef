//! The value that means "nothing here": GDAL's tag 42113, a number as text.

use std::fmt;

use crate::error::Result;
use crate::ifd::Fields;
use crate::image::{DataType, Sample};
use crate::tag::Tag;
use crate::text::{general, number};

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

impl From<f64> for Nodata {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<i64> for Nodata {
    fn from(value: i64) -> Self {
        Self::Signed(value)
    }
}

impl From<u64> for Nodata {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}

impl Nodata {
    /// Reads the tag; `None` if there is none, or if `data_type` cannot hold its number.
    pub(crate) fn parse(fields: &Fields<'_>, data_type: DataType) -> Result<Option<Self>> {
        let Some(values) = fields.values(Tag::GDAL_NODATA)? else { return Ok(None) };
        let bytes = values.bytes().map_err(|e| fields.place(e, Tag::GDAL_NODATA))?;
        // No number needs more: what follows cannot make a long text cost anything.
        let bytes = bytes.get(..LONGEST).unwrap_or(bytes).split(|byte| *byte == 0).next().unwrap_or_default();
        let text: String = bytes.iter().copied().map(char::from).collect();
        Ok(Self::from_text(&text, data_type))
    }

    /// What GDAL makes of a text: C's `strtoll` and `strtoull` for the 64-bit integers, else `strtod` with a few
    /// words of its own.
    pub(crate) fn from_text(text: &str, data_type: DataType) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        match data_type {
            DataType::Int64 => Some(Self::Signed(signed(text))),
            DataType::Uint64 => Some(Self::Unsigned(unsigned(text))),
            _ => {
                let value = number(text);
                let fits = integer_range(data_type).is_none_or(|(low, high)| (low..=high).contains(&value));
                fits.then_some(Self::Float(if data_type == DataType::Float32 {
                    as_f32(value)
                } else {
                    value
                }))
            }
        }
    }

    /// The text of the tag, as GDAL writes it.
    pub(crate) fn to_text(self) -> String {
        match self {
            Self::Float(value) => general(value, 17),
            whole => whole.to_string(),
        }
    }

    /// The same value as bands of this type have it; `None` if they cannot.
    pub(crate) fn of_type(self, data_type: DataType) -> Option<Self> {
        let is_whole = |value: f64| value.fract() == 0.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in range, by the guards"
        )]
        let converted = match (data_type, self) {
            (DataType::Int64, Self::Float(value)) => {
                (is_whole(value) && value.abs() < 9.2e18).then_some(Self::Signed(value as i64))
            }
            (DataType::Uint64, Self::Float(value)) => {
                (is_whole(value) && (0.0..1.8e19).contains(&value)).then_some(Self::Unsigned(value as u64))
            }
            (DataType::Int64, Self::Unsigned(value)) => i64::try_from(value).ok().map(Self::Signed),
            (DataType::Uint64, Self::Signed(value)) => u64::try_from(value).ok().map(Self::Unsigned),
            (DataType::Int64 | DataType::Uint64, same) => Some(same),
            (_, value) => Some(Self::Float(value.as_f64())),
        };
        converted.filter(|nodata| Self::from_text(&nodata.to_text(), data_type).is_some())
    }

    /// The value as an index into a colour map; `None` if it is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
    pub(crate) fn index(self) -> Option<u64> {
        match self {
            Self::Float(value) => {
                (value.fract() == 0.0 && (0.0..=65_535.0).contains(&value)).then_some(value as u64)
            }
            Self::Signed(value) => u64::try_from(value).ok(),
            Self::Unsigned(value) => Some(value),
        }
    }

    /// The value in a band of type `T`; a fraction is rounded for integers, halves away from zero.
    pub(crate) fn cast<T: Sample>(self) -> T {
        match self {
            Self::Float(value) if integer_range(T::DATA_TYPE).is_some() => T::from_f64(value.round()),
            Self::Float(value) => T::from_f64(value),
            Self::Signed(value) => T::from_i64(value),
            Self::Unsigned(value) => T::from_u64(value),
        }
    }

    /// Whether a sample has this value: floats are compared as GDAL does, with two units in the last place of
    /// tolerance, and NaN is NaN.
    pub(crate) fn matches<T: Sample>(self, sample: T) -> bool {
        let (value, nodata) = (sample.to_f64(), self.as_f64());
        let epsilon = match T::DATA_TYPE {
            DataType::Float32 | DataType::Complex64 => f64::from(f32::EPSILON),
            DataType::Float64 | DataType::Complex128 => f64::EPSILON,
            _ => return sample == self.cast::<T>(),
        };
        let near = || (value - nodata).abs() < epsilon * (value + nodata).abs() * 2.0;
        value == nodata || (value.is_nan() && nodata.is_nan()) || near()
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

/// Characters of the longest text that is looked at.
const LONGEST: usize = 400;

/// The sign and the digits that open a text.
fn sign_and_digits(text: &str) -> (bool, &str) {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    (text.starts_with('-'), digits)
}

/// As `strtoll`: saturating, 0 for no number.
fn signed(text: &str) -> i64 {
    let (negative, digits) = sign_and_digits(text);
    match (digits.parse::<i128>(), negative) {
        _ if digits.is_empty() => 0,
        (Ok(value), negative) => {
            let value = if negative { value.saturating_neg() } else { value };
            i64::try_from(value.clamp(i64::MIN.into(), i64::MAX.into())).unwrap_or(0)
        }
        (Err(_), true) => i64::MIN,
        (Err(_), false) => i64::MAX,
    }
}

/// As `strtoull`: saturating, 0 for no number, and a negative one counted back from 2^64.
fn unsigned(text: &str) -> u64 {
    let (negative, digits) = sign_and_digits(text);
    match digits.parse::<u64>() {
        _ if digits.is_empty() => 0,
        Ok(value) if negative => value.wrapping_neg(),
        Ok(value) => value,
        Err(_) => u64::MAX,
    }
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
        assert_eq!(float("  ", DataType::Float64), Some(0.0));
        assert_eq!(float(" -9999 ", DataType::Int16), Some(-9999.0));
        for nothing in ["-nan", "infinity", "inf1", "nanx", "NAN(1)"] {
            assert_eq!(float(nothing, DataType::Float32), Some(0.0), "{nothing}");
        }
        assert!(float("-1.#IND00", DataType::Float32).unwrap().is_nan());
        assert_eq!(float("1.#INF00", DataType::Float32), Some(f64::INFINITY));
        let integer = |text, data_type| Nodata::from_text(text, data_type);
        assert_eq!(integer("99999999999999999999", DataType::Int64), Some(Nodata::Signed(i64::MAX)));
        assert_eq!(integer("-9223372036854775809", DataType::Int64), Some(Nodata::Signed(i64::MIN)));
        assert_eq!(integer("-1", DataType::Uint64), Some(Nodata::Unsigned(u64::MAX)));
        assert_eq!(integer("nan", DataType::Int64), Some(Nodata::Signed(0)));
        assert_eq!(Nodata::Float(1.5).cast::<u8>(), 2);
        assert_eq!(Nodata::Float(-1.5).cast::<i16>(), -2);
        assert_eq!(Nodata::Float(0.5).cast::<f32>(), 0.5);
        assert_eq!(Nodata::from_text("9223372036854775807", DataType::Int64), Some(Nodata::Signed(i64::MAX)));
        assert_eq!(Nodata::from_text("1.5", DataType::Int64), Some(Nodata::Signed(1)));
        let largest = Nodata::from_text("18446744073709551615", DataType::Uint64);
        assert_eq!(largest, Some(Nodata::Unsigned(u64::MAX)));
    }
}
