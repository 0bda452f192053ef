//! What the tags of old-style JPEG say (TIFF 6.0, section 22).

use crate::error::Result;
use crate::ifd::Fields;
use crate::tag::Tag;

/// Where the pieces of an old-style JPEG lie; 0 for those that are not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OldJpegTags {
    /// 1 for DCT, 14 for lossless.
    pub(crate) process: u16,
    /// Offset and length of a JPEG stream, or of the beginning of one.
    pub(crate) stream: (u64, u64),
    /// MCUs between restart markers.
    pub(crate) restart: u16,
    /// Offsets of the tables of each sample.
    pub(crate) quantization: [u64; 3],
    pub(crate) dc: [u64; 3],
    pub(crate) ac: [u64; 3],
}

impl OldJpegTags {
    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self> {
        let number = |tag| -> Result<u64> { Ok(fields.u64(tag)?.unwrap_or(0)) };
        let offsets = |tag| -> Result<[u64; 3]> {
            let mut offsets = [0; 3];
            if let Some(values) = fields.values(tag)? {
                for (i, offset) in (0..values.len()).zip(&mut offsets) {
                    *offset = values.u64(i).map_err(|e| fields.place(e, tag))?;
                }
            }
            Ok(offsets)
        };
        Ok(Self {
            process: fields.code(Tag::JPEG_PROC, 1)?,
            stream: (number(Tag::JPEG_INTERCHANGE_FORMAT)?, number(Tag::JPEG_INTERCHANGE_FORMAT_LENGTH)?),
            restart: fields.code(Tag::JPEG_RESTART_INTERVAL, 0)?,
            quantization: offsets(Tag::JPEG_Q_TABLES)?,
            dc: offsets(Tag::JPEG_DC_TABLES)?,
            ac: offsets(Tag::JPEG_AC_TABLES)?,
        })
    }
}
