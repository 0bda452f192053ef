//! The value that means "nothing here": GDAL's tag 42113, a number as text.

use std::fmt;

use half::f16;

use crate::error::Result;
use crate::ifd::Fields;
use crate::image::{DataType, Sample, nearest_half};
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
                let fits = match data_type {
                    // What rounds to a finite half, or is infinite itself.
                    DataType::Float16 => !value.is_finite() || nearest_half(value).is_finite(),
                    _ => integer_range(data_type).is_none_or(|(low, high)| (low..=high).contains(&value)),
                };
                fits.then_some(Self::Float(if data_type == DataType::Float32 {
                    f64::from(single(value))
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

    /// Whether a mask hides a sample of this value, as GDAL's nodata masks do: floating-point numbers are compared with a
    /// tolerance in the type of the sample, NaN equals NaN, and integers are compared with the integer part.
    pub(crate) fn matches<T: Sample>(self, sample: T) -> bool {
        match T::DATA_TYPE {
            DataType::Float16 | DataType::Float32 | DataType::Complex64 => {
                let (value, nodata) = (single(sample.to_f64()), single(self.as_f64()));
                nearly_equal_single(value, nodata) || (value.is_nan() && nodata.is_nan())
            }
            DataType::Float64 | DataType::Complex128 => {
                let (value, nodata) = (sample.to_f64(), self.as_f64());
                nearly_equal(value, nodata) || (value.is_nan() && nodata.is_nan())
            }
            _ => match self {
                Self::Float(value) => sample == Self::Float(value.trunc()).cast::<T>(),
                whole => sample == whole.cast::<T>(),
            },
        }
    }

    /// Whether statistics leave out a sample of this value. GDAL compares there by rules that differ from those of
    /// masks: exactly for `float64`, in half precision for `float16`, with a tolerance for integers of 32 bits, and with the
    /// fraction of a nodata value.
    pub(crate) fn is_left_out_of_statistics<T: Sample>(self, sample: T) -> bool {
        match T::DATA_TYPE {
            DataType::Float64 => {
                let (value, nodata) = (sample.to_f64(), self.as_f64());
                value == nodata || (value.is_nan() && nodata.is_nan())
            }
            DataType::Float16 => {
                let (value, nodata) = (nearest_half(sample.to_f64()), nearest_half(self.as_f64()));
                nearly_equal_half(value, nodata) || (value.is_nan() && nodata.is_nan())
            }
            DataType::Uint8 | DataType::Uint16 => sample.to_f64() == self.as_f64(),
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Uint32 => {
                nearly_equal(sample.to_f64(), self.as_f64())
            }
            _ => self.matches(sample),
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

/// Twice the distance between 1 and the next larger `f32`: GDAL's tolerance, in both types.
const TOLERANCE: f32 = 2.0 * f32::EPSILON;

/// Whether GDAL takes two numbers for equal. Where the sum of two large numbers of the same sign overflows, the
/// tolerance is infinite: as `f32`, -3.4e38 equals -1e38.
fn nearly_equal_single(a: f32, b: f32) -> bool {
    a == b || (a - b).abs() < TOLERANCE * (a + b).abs()
}

/// Whether GDAL takes two halves for equal: its tolerance is twice the distance between 1 and the next larger half, and each
/// step rounds to half precision, so that sums beyond the largest half make the tolerance infinite.
fn nearly_equal_half(a: f16, b: f16) -> bool {
    let absolute = |value: f16| if value.is_sign_negative() { -value } else { value };
    a == b || absolute(a - b) < f16::EPSILON * absolute(a + b) * f16::from_f32_const(2.0)
}

/// As [`nearly_equal_single`], without rounding to `f32`.
fn nearly_equal(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < f64::from(TOLERANCE) * (a + b).abs()
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

#[expect(clippy::cast_possible_truncation, reason = "rounding to the nearest is intended")]
fn single(value: f64) -> f32 {
    value as f32
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

    /// What GDAL 3.12.2 makes of these texts.
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
        for zero in ["-nan", "-NaN", "-nan(ind)", "++5", "-+5", "--5", "+ 5", "\u{b}5", "na", "+-nan", "-."] {
            assert_eq!(float(zero, DataType::Float32), Some(0.0), "{zero}");
        }
        for infinite in
            ["Infinity", "+Inf", "iNf", "inf1", "+infx", "1.#INF", "1.#inf", "1.#INFabc", " inf ", "1e400"]
        {
            assert_eq!(float(infinite, DataType::Float64), Some(f64::INFINITY), "{infinite}");
        }
        for infinite in ["-Infinity", "-INF", "-inf(1)", "-1.#INF", "-1.#inf", "+-inf", "-1e400"] {
            assert_eq!(float(infinite, DataType::Float64), Some(f64::NEG_INFINITY), "{infinite}");
        }
        for nan in ["NaN", "+nan", "nanx", "nan(0x7fc00000)", "NAN(1)", "1.#QNAN", "1.#SNAN", "-1.#QNAN0"] {
            assert!(float(nan, DataType::Float32).unwrap().is_nan(), "{nan}");
        }
        for one in ["1.#IND", "+1.#INF", "1.#qnan", "1.#snan", "1d5", "1_000", "\n1", "1e"] {
            assert_eq!(float(one, DataType::Float64), Some(1.0), "{one}");
        }
        assert_eq!(float("-1.#SNAN", DataType::Float64), Some(-1.0));
        assert_eq!(float("+-5", DataType::Float64), Some(-5.0));
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
    /// Masks and statistics of GDAL 3.12.2 with pixels of these values.
    #[test]
    fn samples_are_compared_as_gdal_does() {
        let single = |text, sample: f32| {
            let nodata = Nodata::from_text(text, DataType::Float32).unwrap();
            assert_eq!(nodata.matches(sample), nodata.is_left_out_of_statistics(sample));
            nodata.matches(sample)
        };
        let far = "-3.39999999999999996e+38";
        assert!([-3.402_823_5e38, -3.4e38, -1e38, -3e35].iter().all(|sample| single(far, *sample)));
        assert!(![-2e35, 0.0, 3.4e38, f32::NEG_INFINITY, f32::NAN].iter().any(|sample| single(far, *sample)));
        assert!(single("5", 5.000_002_4) && !single("5", 5.000_003));
        assert!(single("1e-45", 1e-45) && !single("1e-45", 0.0));

        let double = |text, sample: f64| {
            let nodata = Nodata::from_text(text, DataType::Float64).unwrap();
            (nodata.matches(sample), nodata.is_left_out_of_statistics(sample))
        };
        assert_eq!(double("-1.7e308", -1.7e308), (true, true));
        assert_eq!(double("-1.7e308", -1e307), (true, false));
        assert_eq!(double("-1.7e308", -1e306), (false, false));
        assert_eq!(double("5", 5.0 * (1.0 + 4.76e-7)), (true, false));
        assert_eq!(double("5", 5.0 * (1.0 + 4.77e-7)), (false, false));
        assert_eq!(double("nan", f64::NAN), (true, true));

        let half = |nodata: f64, sample: f64| {
            let nodata = Nodata::from_text(&nodata.to_string(), DataType::Float16).unwrap();
            let sample = nearest_half(sample);
            (nodata.matches(sample), nodata.is_left_out_of_statistics(sample))
        };
        // Masks compare singles: the half next to -7.3 is another number.
        assert_eq!(half(-7.3, -7.3), (false, true));
        assert_eq!(half(-9999.0, -9999.0), (false, true));
        assert_eq!(half(7.0, 7.0), (true, true));
        assert_eq!(
            [6.973, 6.977, 7.027, 7.032].map(|sample| half(7.0, sample).1),
            [false, true, true, false]
        );
        assert_eq!(half(65504.0, 65472.0), (false, true));
        assert_eq!([20_000.0, 30_000.0].map(|sample| half(40_000.0, sample).1), [false, true]);
        assert_eq!(half(1e-8, 0.0), (false, true));
        assert_eq!([0.0, 6e-8, 1.2e-7].map(|sample| half(6e-8, sample).1), [false, true, false]);
        assert_eq!(half(f64::NAN, f64::NAN), (true, true));
        assert_eq!(half(f64::INFINITY, f64::INFINITY), (true, true));

        let byte = Nodata::Float(1.5);
        assert!(byte.matches(1_u8) && !byte.matches(2_u8) && !byte.is_left_out_of_statistics(1_u8));
        let whole = Nodata::Float(2_147_483_647.0);
        assert!(!whole.matches(2_147_483_000_i32) && whole.is_left_out_of_statistics(2_147_483_000_i32));
        assert!(!whole.is_left_out_of_statistics(2_147_482_000_i32));
    }
}
