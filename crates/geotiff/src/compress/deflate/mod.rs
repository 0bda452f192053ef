//! Deflate in a zlib stream (TIFF tech note 2 of 1995; RFC 1950, RFC 1951), codes 8 and 32946.

mod block;
mod encode;
mod matches;
mod statistics;

use zlib_rs::{Inflate, InflateFlush, Status};

pub(super) use encode::Compressor;

use super::warnings::Warnings;
use crate::error::{Cause, Result};

const METHOD: &str = "Deflate";
/// The largest window a zlib stream can ask for: 2^15 bytes.
const WINDOW_BITS: u8 = 15;

/// The decoder with its state.
pub(crate) struct Deflate(Inflate);

impl std::fmt::Debug for Deflate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(METHOD)
    }
}

impl Deflate {
    pub(crate) fn new() -> Self {
        Self(Inflate::new(true, WINDOW_BITS))
    }

    /// Fills `plain` from `raw`. With `to_end` the checksum behind the data is verified too.
    pub(crate) fn decode(
        &mut self,
        raw: &[u8],
        plain: &mut [u8],
        to_end: bool,
        warnings: &mut Warnings,
    ) -> Result<()> {
        let need = plain.len();
        let have = self.decode_some(raw, plain)?;
        if have < need {
            return Err(super::short(METHOD, need, have));
        }
        if to_end { self.verify(raw, need, warnings) } else { Ok(()) }
    }

    /// Goes on to the end of a stream whose `need` wanted bytes are decoded. A stream may hold more data than the chunk:
    /// writers exist that encode a whole last strip, and libtiff reads their files. Damage there is a warning.
    fn verify(&mut self, raw: &[u8], need: usize, warnings: &mut Warnings) -> Result<()> {
        let consumed = usize::try_from(self.0.total_in()).unwrap_or(usize::MAX);
        let mut input = raw.get(consumed..).unwrap_or_default();
        // Bounds the work that a stream of zeros behind the data can cause.
        let most = need.saturating_mul(2).saturating_add(1 << 16);
        let mut spare = [0; 512];
        loop {
            let (in_before, out_before) = (self.0.total_in(), self.0.total_out());
            let status = self.0.decompress(input, &mut spare, InflateFlush::Finish);
            let consumed = progress(in_before, self.0.total_in());
            let produced = progress(out_before, self.0.total_out());
            input = input.get(consumed..).unwrap_or_default();
            let have = usize::try_from(self.0.total_out()).unwrap_or(usize::MAX);
            let warning = match status {
                Ok(Status::StreamEnd) => return Ok(()),
                Ok(_) if have > most => "the stream holds far more data than the block",
                Ok(_) if consumed > 0 || produced > 0 => continue,
                Ok(_) => "the stream ends before its checksum",
                Err(_) if have > need => {
                    "the stream holds more data than the block, and its checksum does not match"
                }
                Err(_) => {
                    let why = "the checksum does not match, or the end of the stream is damaged";
                    return Err(Cause::BadData { method: METHOD, need, have: need, why }.into());
                }
            };
            warnings.add(METHOD, || warning.to_owned());
            return Ok(());
        }
    }

    /// Decodes as much as there is, at most `plain`; gives the number of bytes.
    pub(crate) fn decode_some(&mut self, raw: &[u8], plain: &mut [u8]) -> Result<usize> {
        self.0.reset(true);
        let need = plain.len();
        let (mut input, mut rest) = (raw, plain);
        loop {
            let (in_before, out_before) = (self.0.total_in(), self.0.total_out());
            let status = self.0.decompress(input, rest, InflateFlush::Finish);
            let consumed = progress(in_before, self.0.total_in());
            let produced = progress(out_before, self.0.total_out());
            input = input.get(consumed..).unwrap_or_default();
            rest = rest.get_mut(produced..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(need);
            }
            let have = need.saturating_sub(rest.len());
            match status {
                // More than 4 GiB is done in several calls.
                Ok(Status::Ok | Status::BufError) if consumed > 0 || produced > 0 => {}
                Ok(_) => return Ok(have),
                Err(error) => {
                    return Err(Cause::BadData { method: METHOD, need, have, why: error.as_str() }.into());
                }
            }
        }
    }
}

/// How far a counter went; both values count bytes of slices in memory.
fn progress(before: u64, after: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "memtiff memtiff memtiff" as zlib's command-line tools write it (level 9).
    const PACKED: [u8; 18] = [
        0x78, 0xda, 0xcb, 0x4d, 0xcd, 0x2d, 0xc9, 0x4c, 0x4b, 0x53, 0xc8, 0x45, 0xa5, 0x01, 0x6b, 0xfc, 0x08,
        0xf9,
    ];

    #[test]
    fn decodes_exactly_what_is_wanted_and_reuses_its_state() {
        let mut deflate = Deflate::new();
        for len in [23, 5, 0, 23] {
            let mut plain = vec![0; len];
            deflate.decode(&PACKED, &mut plain, len == 23, &mut Warnings::default()).unwrap();
            assert_eq!(plain, &b"memtiff memtiff memtiff"[..len]);
        }
    }

    #[test]
    fn says_how_far_it_came() {
        let mut deflate = Deflate::new();
        let error = deflate.decode(&PACKED, &mut [0; 30], true, &mut Warnings::default()).unwrap_err();
        assert_eq!(error.to_string(), "malformed: Deflate data end early: 23 of 30 bytes decoded");
        let error = deflate.decode(&PACKED[..8], &mut [0; 23], true, &mut Warnings::default()).unwrap_err();
        assert!(error.to_string().contains("end early"), "{error}");
        let error =
            deflate.decode(b"no zlib stream", &mut [0; 23], true, &mut Warnings::default()).unwrap_err();
        assert!(error.to_string().starts_with("malformed: Deflate data are damaged"), "{error}");
    }

    #[test]
    fn a_wrong_checksum_is_an_error_and_a_missing_one_a_warning() {
        let (mut deflate, mut warnings) = (Deflate::new(), Warnings::default());
        let mut wrong = PACKED;
        wrong[17] ^= 1;
        let error = deflate.decode(&wrong, &mut [0; 23], true, &mut warnings).unwrap_err();
        assert!(error.to_string().contains("23 of 23 decoded bytes: the checksum does not match"), "{error}");
        // A decoder that stops early does not come to the checksum.
        deflate.decode(&wrong, &mut [0; 22], false, &mut warnings).unwrap();
        assert_eq!(warnings.take(), None);
        deflate.decode(&PACKED[..14], &mut [0; 23], true, &mut warnings).unwrap();
        let warning = warnings.take().unwrap().to_string();
        assert!(warning.ends_with("the stream ends before its checksum"), "{warning}");
        // More data than the chunk has.
        deflate.decode(&PACKED, &mut [0; 20], true, &mut warnings).unwrap();
        assert_eq!(warnings.take(), None);
    }
}
