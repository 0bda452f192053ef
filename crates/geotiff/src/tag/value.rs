//! The values of one field, left where they lie in the file until asked for.

use std::borrow::Cow;

use super::field::FieldType;
use crate::bytes::{ByteOrder, View};
use crate::error::{Cause, Result};

/// The values of one field: an array of one type, borrowed from the file. Each value is decoded when it
/// is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    view: View<'a>,
    field_type: FieldType,
    width: u64,
}

impl<'a> Values<'a> {
    /// `data` holds whole values of `field_type`.
    pub(crate) fn new(data: &'a [u8], order: ByteOrder, field_type: FieldType) -> Result<Self> {
        let width = field_type.width().ok_or(Cause::FieldType(field_type.0))?;
        Ok(Self { view: View::new(data, order), field_type, width })
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.view.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their type.
    #[must_use]
    pub fn field_type(&self) -> FieldType {
        self.field_type
    }

    /// Where value `index` begins within the field.
    fn at(&self, index: u64) -> Result<u64> {
        if index < self.len() {
            Ok(index.saturating_mul(self.width))
        } else {
            Err(Cause::NoSuchValue { index, count: self.len() }.into())
        }
    }

    fn coercion<T>(&self, wanted: &'static str) -> Result<T> {
        Err(Cause::Coercion { found: self.field_type.name().unwrap_or("?"), wanted }.into())
    }

    /// Value `index` as an unsigned integer. Signed types are widened if they are not negative.
    ///
    /// # Errors
    ///
    /// When there is no such value, its type is not an integer, or it is negative.
    pub fn u64(&self, index: u64) -> Result<u64> {
        let at = self.at(index)?;
        let signed = match self.field_type {
            FieldType::BYTE | FieldType::UNDEFINED => return Ok(u64::from(self.byte(at)?)),
            FieldType::SHORT => return Ok(u64::from(self.view.u16(at)?)),
            FieldType::LONG | FieldType::IFD => return Ok(u64::from(self.view.u32(at)?)),
            FieldType::LONG8 | FieldType::IFD8 => return self.view.u64(at),
            _ => self.i64(index)?,
        };
        u64::try_from(signed).or_else(|_| self.coercion("an unsigned integer"))
    }

    /// Value `index` as a signed integer.
    ///
    /// # Errors
    ///
    /// When there is no such value, its type is not an integer, or it does not fit.
    pub fn i64(&self, index: u64) -> Result<i64> {
        let at = self.at(index)?;
        match self.field_type {
            FieldType::SBYTE => Ok(i64::from(self.byte(at)?.cast_signed())),
            FieldType::SSHORT => Ok(i64::from(self.view.u16(at)?.cast_signed())),
            FieldType::SLONG => Ok(i64::from(self.view.u32(at)?.cast_signed())),
            FieldType::SLONG8 => Ok(self.view.u64(at)?.cast_signed()),
            FieldType::BYTE
            | FieldType::UNDEFINED
            | FieldType::SHORT
            | FieldType::LONG
            | FieldType::IFD
            | FieldType::LONG8
            | FieldType::IFD8 => {
                i64::try_from(self.u64(index)?).or_else(|_| self.coercion("a signed integer"))
            }
            _ => self.coercion("an integer"),
        }
    }

    /// Value `index` as a double. Integers of 64 bits are rounded; a rational is its quotient.
    ///
    /// # Errors
    ///
    /// When there is no such value, or it is text.
    #[expect(clippy::cast_precision_loss, reason = "documented: 64-bit integers are rounded")]
    pub fn f64(&self, index: u64) -> Result<f64> {
        let at = self.at(index)?;
        let second = at.saturating_add(4);
        match self.field_type {
            FieldType::DOUBLE => Ok(f64::from_bits(self.view.u64(at)?)),
            FieldType::FLOAT => Ok(f64::from(f32::from_bits(self.view.u32(at)?))),
            FieldType::RATIONAL => Ok(f64::from(self.view.u32(at)?) / f64::from(self.view.u32(second)?)),
            FieldType::SRATIONAL => {
                let part = |at| self.view.u32(at).map(u32::cast_signed);
                Ok(f64::from(part(at)?) / f64::from(part(second)?))
            }
            FieldType::SBYTE | FieldType::SSHORT | FieldType::SLONG | FieldType::SLONG8 => {
                Ok(self.i64(index)? as f64)
            }
            FieldType::ASCII => self.coercion("a number"),
            _ => Ok(self.u64(index)? as f64),
        }
    }

    fn byte(&self, at: u64) -> Result<u8> {
        Ok(self.view.get(at, 1)?.first().copied().unwrap_or(0))
    }

    fn character(&self, index: u64) -> Result<u8> {
        u8::try_from(self.u64(index)?).or_else(|_| self.coercion("text"))
    }

    /// The bytes of an ASCII, BYTE or UNDEFINED field, as they stand (a closing NUL included).
    ///
    /// # Errors
    ///
    /// When the values are wider than a byte.
    pub fn bytes(&self) -> Result<&'a [u8]> {
        if self.width != 1 {
            return self.coercion("bytes");
        }
        self.view.get(0, self.view.len())
    }

    /// The text of a field up to its first NUL; bytes that are not UTF-8 are read as Latin-1. Wider integers are
    /// taken for characters too, as libtiff takes them.
    ///
    /// # Errors
    ///
    /// When the values are no bytes and no integers that would fit into bytes.
    pub fn text(&self) -> Result<String> {
        let wide = || (0..self.len()).map(|i| self.character(i)).collect::<Result<Vec<u8>>>();
        let bytes = if self.width == 1 { self.bytes()?.into() } else { Cow::from(wide()?) };
        let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field_type: FieldType, data: &[u8]) -> Values<'_> {
        Values::new(data, ByteOrder::Big, field_type).unwrap()
    }

    #[test]
    fn integers_widen_and_refuse_what_they_cannot_say() {
        assert_eq!(values(FieldType::SHORT, &[0, 1, 0, 2]).u64(1).unwrap(), 2);
        assert_eq!(values(FieldType::SSHORT, &[0xff, 0xff]).i64(0).unwrap(), -1);
        let negative = values(FieldType::SLONG8, &[0xff; 8]).u64(0).unwrap_err();
        assert_eq!(
            negative.to_string(),
            "malformed: field type SLONG8 cannot be read as an unsigned integer"
        );
        assert!(values(FieldType::LONG8, &[0xff; 8]).i64(0).is_err());
        assert!(values(FieldType::SHORT, &[0, 1]).u64(1).is_err());
        assert!(values(FieldType::DOUBLE, &[0; 8]).u64(0).is_err());
    }

    #[test]
    fn numbers_and_texts() {
        assert_eq!(values(FieldType::RATIONAL, &[0, 0, 0, 3, 0, 0, 0, 2]).f64(0).unwrap(), 1.5);
        assert_eq!(values(FieldType::SRATIONAL, &[255, 255, 255, 255, 0, 0, 0, 2]).f64(0).unwrap(), -0.5);
        assert_eq!(values(FieldType::FLOAT, &1.25_f32.to_be_bytes()).f64(0).unwrap(), 1.25);
        assert_eq!(values(FieldType::ASCII, b"abc\0def\0").text().unwrap(), "abc");
        assert_eq!(values(FieldType::ASCII, b"\xe9t\xe9\0").text().unwrap(), "\u{e9}t\u{e9}");
        assert_eq!(values(FieldType::SHORT, &[0, 65, 0, 0]).text().unwrap(), "A");
        assert!(values(FieldType::SHORT, &[1, 65]).text().is_err());
        assert!(values(FieldType::DOUBLE, &[0; 8]).text().is_err());
    }
}
