//! Zstandard (RFC 8878), code 50000 as libtiff writes it: one frame a chunk.

use structured_zstd::decoding::FrameDecoder;

use crate::error::Result;

const METHOD: &str = "ZSTD";

/// The decoder with its tables and window.
pub(crate) struct Zstd(FrameDecoder);

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(METHOD)
    }
}

impl Zstd {
    /// A decoder whose window may take `allowance` bytes.
    pub(super) fn new(allowance: u64) -> Self {
        let mut decoder = FrameDecoder::new();
        // Refused only where the ceiling is beyond what the decoder can do anyway.
        let _ = decoder.set_max_window_size(allowance.clamp(1 << 10, 128 << 20));
        Self(decoder)
    }

    /// Fills `plain` from `raw`.
    pub(super) fn decode(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let have = self.decode_some(raw, plain)?;
        if have < need { Err(super::short(METHOD, need, have)) } else { Ok(()) }
    }

    /// Decodes as much as there is, at most `plain`; gives the number of bytes.
    pub(super) fn decode_some(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<usize> {
        let need = plain.len();
        let decoded = self.0.decode_all(raw, plain);
        decoded.map_err(|_| super::damaged(METHOD, need, "no frame of the expected size"))
    }
}
