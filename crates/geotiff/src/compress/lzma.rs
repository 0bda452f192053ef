//! LZMA2 in an xz stream, code 34925 as libtiff writes it: a delta filter and LZMA2.

use std::io::{Read, Write};

use lzma_rust2::{CheckType, FilterType, XzOptions, XzReader, XzWriter};

use super::warnings::Warnings;
use crate::error::{Cause, Result};

const METHOD: &str = "LZMA";
/// Bytes of the smallest dictionary that the format has.
const SMALLEST_DICTIONARY: u32 = 4096;

/// Fills `plain` from `raw`. The stream's dictionary may take `allowance` bytes. With `to_end` what follows the data is
/// verified: damage there is a warning, for libtiff does not look at it.
pub(super) fn decode(
    raw: &[u8],
    plain: &mut [u8],
    allowance: u64,
    to_end: bool,
    warnings: &mut Warnings,
) -> Result<()> {
    let kib = u32::try_from(allowance / 1024).unwrap_or(u32::MAX);
    let mut reader = XzReader::new_mem_limit(raw, false, kib);
    let need = plain.len();
    let mut have: usize = 0;
    while have < need {
        let rest = plain.get_mut(have..).unwrap_or_default();
        match reader.read(rest) {
            Ok(0) => return Err(super::short(METHOD, need, have)),
            Ok(n) => have = have.saturating_add(n),
            Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
                return Err(super::beyond(allowance, "the dictionary of an LZMA stream"));
            }
            Err(_) => {
                return Err(Cause::BadData { method: METHOD, need, have, why: "invalid xz stream" }.into());
            }
        }
    }
    if to_end && reader.read(&mut [0]).is_err() {
        warnings.add(METHOD, || "the xz stream has no valid end or checksum".to_owned());
    }
    Ok(())
}

/// Appends an xz stream of `plain` to `out`, of a preset from 0 to 9: as libtiff has it, differences at the distance of
/// `sample` bytes, LZMA2, and no checksum.
pub(super) fn encode(plain: &[u8], preset: u8, sample: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut options = XzOptions::with_preset(preset.min(9).into());
    options.set_check_sum_type(CheckType::None);
    // Tables grow with the dictionary, and no match reaches beyond the chunk.
    let needed = u32::try_from(plain.len()).unwrap_or(u32::MAX).max(SMALLEST_DICTIONARY);
    options.lzma_options.dict_size = options.lzma_options.dict_size.min(needed);
    options.prepend_pre_filter(FilterType::Delta, u32::try_from(sample).unwrap_or(1).clamp(1, 256));
    let write = || -> std::io::Result<()> {
        let mut writer = XzWriter::new(&mut *out, options)?;
        writer.write_all(plain)?;
        writer.finish().map(drop)
    };
    write().map_err(|_| super::failed(METHOD, "the encoder gave up"))
}
