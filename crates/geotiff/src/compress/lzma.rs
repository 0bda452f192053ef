//! LZMA2 in an xz stream, code 34925 as libtiff writes it: a delta filter and LZMA2.

use std::io::Read;

use lzma_rust2::XzReader;

use crate::error::{Cause, Result};

const METHOD: &str = "LZMA";

/// Fills `plain` from `raw`. The stream's dictionary may take `allowance` bytes.
pub(super) fn decode(raw: &[u8], plain: &mut [u8], allowance: u64) -> Result<()> {
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
                let what = "the dictionary of an LZMA stream";
                return Err(
                    Cause::Memory { what, needed: allowance.saturating_add(1), left: allowance }.into()
                );
            }
            Err(_) => {
                return Err(Cause::BadData { method: METHOD, need, have, why: "invalid xz stream" }.into());
            }
        }
    }
    Ok(())
}
