//! The first 8 or 16 bytes: byte order, variant, and where the first directory is.

use super::foreign::{self, Foreign};
use crate::bytes::{ByteOrder, Input, View};
use crate::error::{Cause, Error, Result};

/// Which of the two layouts of offsets and counts a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Version 42: offsets of 32 bits (TIFF 6.0).
    Classic,
    /// Version 43: offsets of 64 bits (the BigTIFF design).
    Big,
}

impl Variant {
    /// Bytes of an offset, and of the place for an inline value.
    pub(crate) fn offset_width(self) -> u64 {
        match self {
            Self::Classic => 4,
            Self::Big => 8,
        }
    }

    /// Bytes of the number of entries that opens a directory.
    pub(crate) fn count_width(self) -> u64 {
        match self {
            Self::Classic => 2,
            Self::Big => 8,
        }
    }

    /// Bytes of one entry.
    pub(crate) fn entry_width(self) -> u64 {
        match self {
            Self::Classic => 12,
            Self::Big => 20,
        }
    }

    /// An offset, or a count of values, at `offset`.
    pub(crate) fn offset_at(self, view: &View<'_>, offset: u64) -> Result<u64> {
        match self {
            Self::Classic => Ok(u64::from(view.u32(offset)?)),
            Self::Big => view.u64(offset),
        }
    }

    /// The number of entries at `offset`.
    pub(crate) fn count_at(self, view: &View<'_>, offset: u64) -> Result<u64> {
        match self {
            Self::Classic => Ok(u64::from(view.u16(offset)?)),
            Self::Big => view.u64(offset),
        }
    }
}

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Order of the bytes of numbers, samples included.
    pub byte_order: ByteOrder,
    /// Classic TIFF or BigTIFF.
    pub variant: Variant,
    /// Offset of the first directory.
    pub first_directory: u64,
}

/// As many bytes as are shown of a file that is no TIFF.
const BEGINNING: u64 = 4;

impl Header {
    /// Reads the header (TIFF 6.0, section 2; the BigTIFF design).
    pub(crate) fn parse(input: Input<'_>) -> Result<Self> {
        let view = View::new(input, ByteOrder::Little);
        let data = view.get(0, view.len().min(BEGINNING))?;
        let byte_order = match data {
            [] => return Err(Cause::Empty.into()),
            [b'I', b'I', ..] => ByteOrder::Little,
            [b'M', b'M', ..] => ByteOrder::Big,
            _ => return Err(not_tiff(&view)),
        };
        let view = View::new(input, byte_order);
        match view.u16(2)? {
            42 => Ok(Self {
                byte_order,
                variant: Variant::Classic,
                first_directory: Variant::Classic.offset_at(&view, 4)?,
            }),
            43 => Self::parse_big(&view),
            _ => Err(not_tiff(&view)),
        }
    }

    fn parse_big(view: &View<'_>) -> Result<Self> {
        let expect = |offset, what, expected, value| match view.u16(offset)? {
            found if found == value => Ok(()),
            found => {
                let found = u64::from(found);
                Err(Error::from(Cause::Mismatch { what, expected, found }).at_offset(offset))
            }
        };
        expect(4, "BigTIFF offset size", "8", 8)?;
        expect(6, "BigTIFF constant", "0", 0)?;
        let first_directory = Variant::Big.offset_at(view, 8)?;
        Ok(Self { byte_order: view.order(), variant: Variant::Big, first_directory })
    }
}

/// Names the format that the file has instead, if it is known.
fn not_tiff(view: &View<'_>) -> Error {
    match view.get(0, view.len().min(foreign::LOOKAHEAD)) {
        Ok(data) => match foreign::recognize(data) {
            Some(Foreign { name, advice }) => Cause::Foreign { name, advice }.into(),
            None => Cause::NotTiff(data.iter().take(4).copied().collect()).into(),
        },
        // Of a file that is not all here: this says which bytes are needed to answer.
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn knows_the_four_headers() {
        let big = Header::parse(b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10".into()).unwrap();
        assert_eq!(big, Header { byte_order: ByteOrder::Big, variant: Variant::Big, first_directory: 16 });
        let classic = Header::parse(b"II\x2a\0\x08\0\0\0".into()).unwrap();
        assert_eq!(classic.variant, Variant::Classic);
        assert_eq!(classic.first_directory, 8);
    }

    #[test]
    fn says_what_it_is_instead() {
        assert_eq!(Header::parse(b"".into()).unwrap_err().to_string(), "not a TIFF: the input is empty");
        let unknown = Header::parse(b"\x89PNG\r\n".into()).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotTiff);
        let png = Header::parse(b"\x89PNG\r\n\x1a\n".into()).unwrap_err();
        assert_eq!(
            (png.kind(), png.to_string().as_str()),
            (ErrorKind::NotTiff, "not a TIFF: this is a PNG image")
        );
        let gzip = Header::parse(b"\x1f\x8b\x08\0".into()).unwrap_err();
        assert!(gzip.to_string().ends_with("; decompress it first, with gunzip for example"), "{gzip}");
        assert_eq!(Header::parse(b"II*\0\0".into()).unwrap_err().needed(), Some(4..8));
        assert_eq!(Header::parse(b"MM\0\x2b\0\x04\0\0".into()).unwrap_err().place().offset, Some(4));
    }
}
