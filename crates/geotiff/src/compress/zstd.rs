//! Zstandard (RFC 8878), code 50000 as libtiff writes it: one frame a chunk.

use structured_zstd::decoding::FrameDecoder;
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

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

/// Zstandard as it is written: the encoder with its tables, reused.
pub(crate) struct Compressor {
    encoder: FrameCompressor,
    frame: Vec<u8>,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(METHOD)
    }
}

impl Compressor {
    /// An encoder of a level from 1 to 22.
    pub(super) fn new(level: u8) -> Self {
        let mut encoder = FrameCompressor::new(CompressionLevel::Level(level.clamp(1, 22).into()));
        encoder.set_content_checksum(false);
        Self { encoder, frame: Vec::new() }
    }

    /// Appends a frame of `plain` to `out`.
    pub(super) fn encode(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        self.encoder.compress_independent_frame_into(plain, &mut self.frame);
        out.extend_from_slice(&self.frame);
    }
}
