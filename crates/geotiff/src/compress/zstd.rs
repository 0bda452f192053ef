//! Zstandard (RFC 8878), code 50000 as libtiff writes it: one frame a chunk.

use std::io::Read;

use structured_zstd::decoding::errors::FrameDecoderError;
use structured_zstd::decoding::{
    BlockDecodingStrategy, ContentChecksum, FrameDecoder, find_frame_compressed_size,
};
use structured_zstd::encoding::{CompressionLevel, CompressionParameters, FrameCompressor};

use super::warnings::Warnings;
use crate::error::{Cause, Error, Result};

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
        decoder.set_content_checksum(ContentChecksum::Verify);
        Self(decoder)
    }

    /// Fills `plain` from `raw`. A frame that is damaged, or goes on, behind the data of the chunk is a warning: libtiff
    /// stops there.
    pub(super) fn decode(&mut self, raw: &[u8], plain: &mut [u8], warnings: &mut Warnings) -> Result<()> {
        let need = plain.len();
        match self.decode_frame(raw, plain) {
            Ok(have) if have < need => Err(super::short(METHOD, need, have)),
            Ok(_) => Ok(()),
            Err(FrameDecoderError::ChecksumMismatch { .. }) => Err(mismatch(need)),
            Err(_) => {
                self.decode_blocks(raw, plain)?;
                warnings.add(METHOD, || "the frame does not end with the block".to_owned());
                Ok(())
            }
        }
    }

    /// Decodes as much as there is, at most `plain`; gives the number of bytes.
    pub(super) fn decode_some(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<usize> {
        let need = plain.len();
        self.decode_frame(raw, plain).map_err(|error| match error {
            FrameDecoderError::ChecksumMismatch { .. } => mismatch(need),
            _ => super::damaged(METHOD, need, NO_FRAME),
        })
    }

    /// Decodes the first frame, as libtiff does: frames without content could otherwise be repeated without end.
    fn decode_frame(
        &mut self,
        raw: &[u8],
        plain: &mut [u8],
    ) -> std::result::Result<usize, FrameDecoderError> {
        let len = find_frame_compressed_size(raw).unwrap_or(raw.len());
        self.0.decode_all(raw.get(..len).unwrap_or(raw), plain)
    }

    /// Decodes block by block until `plain` is full.
    fn decode_blocks(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<()> {
        let need = plain.len();
        let mut input = raw;
        self.0.reset(&mut input).map_err(|_| super::damaged(METHOD, need, NO_FRAME))?;
        let mut have: usize = 0;
        while have < need {
            let step = BlockDecodingStrategy::UptoBlocks(1);
            let finished = self.0.decode_blocks(&mut input, step);
            let rest = plain.get_mut(have..).unwrap_or_default();
            let got = self.0.read(rest).unwrap_or(0);
            have = have.saturating_add(got);
            match finished {
                _ if have >= need => {}
                Ok(false) => {}
                Ok(true) if got > 0 => {}
                Ok(true) => return Err(super::short(METHOD, need, have)),
                Err(_) => {
                    return Err(Cause::BadData { method: METHOD, need, have, why: "invalid block" }.into());
                }
            }
        }
        Ok(())
    }
}

const NO_FRAME: &str = "no frame of the expected size";

fn mismatch(need: usize) -> Error {
    Cause::BadData { method: METHOD, need, have: need, why: "the checksum of the frame does not match" }
        .into()
}

/// Zstandard as it is written: the encoder with its tables, reused.
pub(crate) struct Compressor {
    level: CompressionLevel,
    encoder: FrameCompressor,
    /// One that takes no block for noise by its looks; made when it is needed.
    thorough: Option<FrameCompressor>,
    frame: Vec<u8>,
    again: Vec<u8>,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(METHOD)
    }
}

impl Compressor {
    /// An encoder of a level from 1 to 22.
    pub(super) fn new(level: u8) -> Self {
        let level = CompressionLevel::Level(level.clamp(1, 22).into());
        let mut encoder = FrameCompressor::new(level);
        encoder.set_content_checksum(true);
        Self { level, encoder, thorough: None, frame: Vec::new(), again: Vec::new() }
    }

    /// Appends a frame of `plain` to `out`.
    pub(super) fn encode(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        self.encoder.compress_independent_frame_into(plain, &mut self.frame);
        // Samples with noise in them look like nothing else, and are stored as they are.
        if self.frame.len() > plain.len().saturating_sub(plain.len() / 20) {
            let thorough = self.thorough.get_or_insert_with(|| thorough(self.level));
            thorough.compress_independent_frame_into(plain, &mut self.again);
            if self.again.len() < self.frame.len() {
                std::mem::swap(&mut self.again, &mut self.frame);
            }
        }
        out.extend_from_slice(&self.frame);
    }
}

/// An encoder that searches all blocks: it does where matches are looked for far back.
fn thorough(level: CompressionLevel) -> FrameCompressor {
    let mut encoder = FrameCompressor::new(level);
    let parameters = CompressionParameters::builder(level).enable_long_distance_matching(true).build();
    if let Ok(parameters) = parameters {
        encoder.set_parameters(&parameters);
    }
    encoder.set_content_checksum(true);
    encoder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences of noisy samples: a byte of eight bits of noise, and one of five.
    #[test]
    fn noise_is_not_stored_for_its_looks() {
        let mut state = 1_u32;
        let mut noise = |bits: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> (32 - bits)).to_le_bytes()[0]
        };
        let plain: Vec<u8> = (0..8192).map(|at| noise(if at % 2 == 0 { 8 } else { 5 })).collect();
        for level in [1, 9, 22] {
            let mut packed = b"kept".to_vec();
            Compressor::new(level).encode(&plain, &mut packed);
            // libzstd writes 7,470 bytes.
            assert!(packed.len() < 7620, "{level}: {}", packed.len());
            let mut found = vec![0; plain.len()];
            Zstd::new(1 << 20).decode(&packed[4..], &mut found, &mut Warnings::default()).unwrap();
            assert!(found == plain, "{level}");
        }
    }
}
