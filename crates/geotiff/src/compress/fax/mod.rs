//! CCITT fax compressions of bilevel images: modified Huffman (2, and 32771 with rows in words), group 3 (3) and
//! group 4 (4), after TIFF 6.0, sections 10 and 11, and ITU-T T.4 and T.6.

mod bits;
mod codes;
mod encode;
mod rows;
mod runs;

use bits::Alignment;
pub(super) use encode::{Written, encode};
use rows::{End, Rows, Search};
use runs::Stop;

use super::warnings::Warnings;
use crate::error::{Cause, Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Compression;

const METHOD: &str = "CCITT";
/// Bit 0 of T4Options: rows may refer to the row above.
const TWO_DIMENSIONAL: u64 = 1;
/// Bit 1 of T4Options and of T6Options: rows may be in uncompressed mode.
const UNCOMPRESSED: u64 = 2;

/// Which of the fax methods a file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// Rows of runs that begin at whole bytes or words.
    Rle(Alignment),
    /// Rows of runs after an end-of-line code each; with a bit that says whether a row refers to the one above if
    /// `two_dimensional`.
    Group3 { two_dimensional: bool },
    /// Rows that refer to the one above.
    Group4,
}

/// How the chunks of a file are to be decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fax {
    variant: Variant,
    allows_uncompressed: bool,
    allowance: u64,
}

impl Fax {
    pub(super) fn new(image: &Image, allowance: u64) -> Result<Self> {
        if image.bits != 1 || image.samples_per_chunk() != 1 {
            let (bits, samples) = (image.bits, image.samples_per_chunk());
            return Err(Error::unsupported(format!("CCITT compression of {samples} samples of {bits} bits")));
        }
        let variant = match image.compression {
            Compression::CCITT_FAX4 => Variant::Group4,
            Compression::CCITT_FAX3 => {
                Variant::Group3 { two_dimensional: image.t4_options & TWO_DIMENSIONAL != 0 }
            }
            Compression::CCITT_RLE_W => Variant::Rle(Alignment::Word),
            _ => Variant::Rle(Alignment::Byte),
        };
        let options = if variant == Variant::Group4 { image.t6_options } else { image.t4_options };
        Ok(Self { variant, allows_uncompressed: options & UNCOMPRESSED != 0, allowance })
    }

    /// Fills `plain`, a bit for each pixel, 1 for black. Rows that the data do not reach stay white, with a warning: badly
    /// terminated strips are common. Data of which no row can be decoded are an error.
    pub(super) fn decode(
        self,
        raw: &[u8],
        stored: &Rect,
        plain: &mut [u8],
        warnings: &mut Warnings,
    ) -> Result<()> {
        let row_bytes = stored.width.div_ceil(8).max(1);
        let limit = self.most_runs(stored.width);
        // No code is shorter than a bit.
        let runs = raw.len().saturating_mul(8).min(limit);
        super::afford(self.allowance, (runs, 2, 1), size_of::<u32>() as u64, "runs of CCITT rows")?;
        plain.fill(0);
        let need = plain.len();
        let mut rows = Rows::new(raw, stored.width as u64, limit, warnings);
        rows.allows_uncompressed = self.allows_uncompressed;
        let lines = plain.chunks_exact_mut(row_bytes);
        let decoded = match self.variant {
            Variant::Rle(alignment) => rle(&mut rows, lines, alignment),
            Variant::Group3 { two_dimensional } => group3(&mut rows, lines, two_dimensional),
            Variant::Group4 => group4(&mut rows, lines),
        };
        let have = rows.row.saturating_mul(row_bytes).min(need);
        match decoded {
            Err(Stop::Uncompressed) => {
                Err(Error::unsupported("CCITT compression with rows in uncompressed mode"))
            }
            Err(Stop::TooManyRuns) => {
                let why = "a row has more runs than pixels";
                Err(Cause::BadData { method: METHOD, need, have, why }.into())
            }
            Ok(()) if have == 0 && need > 0 => Err(super::damaged(METHOD, need, "no row can be decoded")),
            Ok(()) => Ok(()),
        }
    }

    /// Runs that a row has at most; damaged rows can have more runs than pixels. The same as in libtiff, so that the same
    /// data are an error.
    fn most_runs(self, width: usize) -> usize {
        let runs = width.saturating_add(1).checked_next_multiple_of(32).unwrap_or(width);
        match self.variant {
            Variant::Rle(_) | Variant::Group3 { two_dimensional: false } => runs,
            Variant::Group3 { two_dimensional: true } | Variant::Group4 => runs.saturating_mul(2),
        }
    }
}

fn rle<'a>(
    rows: &mut Rows<'_>,
    lines: impl Iterator<Item = &'a mut [u8]>,
    alignment: Alignment,
) -> std::result::Result<(), Stop> {
    for line in lines {
        rows.begin_row();
        let end = rows.one_dimensional()?;
        rows.paint(line);
        if end == End::Data {
            return Ok(());
        }
        rows.bits.align(alignment);
        rows.row = rows.row.saturating_add(1);
    }
    Ok(())
}

fn group3<'a>(
    rows: &mut Rows<'_>,
    lines: impl Iterator<Item = &'a mut [u8]>,
    two_dimensional: bool,
) -> std::result::Result<(), Stop> {
    let mut has_ends = true;
    for line in lines {
        rows.begin_row();
        let mut end = End::Row;
        if has_ends {
            match rows.find_end_of_line() {
                Search::Found => {}
                Search::Data => end = End::Data,
                Search::Missing => {
                    // Files without such codes exist. As in libtiff, the current row is decoded from the first bit on.
                    rows.warn("no end-of-line code");
                    has_ends = false;
                    rows.at_end_of_line = false;
                    rows.bits.restart();
                }
            }
        }
        let mut refers = false;
        if two_dimensional && end == End::Row {
            match rows.bits.peek(1) {
                Some(bit) => refers = bit == 0,
                None => end = End::Data,
            }
            rows.bits.skip(1);
        }
        end = match end {
            End::Data => rows.complete_row().map(|()| End::Data)?,
            End::Row if refers => rows.two_dimensional()?,
            End::Row => rows.one_dimensional()?,
        };
        rows.paint(line);
        if end == End::Data {
            return Ok(());
        }
        if two_dimensional {
            rows.keep_as_reference()?;
        }
        rows.row = rows.row.saturating_add(1);
    }
    Ok(())
}

fn group4<'a>(
    rows: &mut Rows<'_>,
    lines: impl Iterator<Item = &'a mut [u8]>,
) -> std::result::Result<(), Stop> {
    for line in lines {
        rows.begin_row();
        let end = rows.two_dimensional()?;
        rows.paint(line);
        if end == End::Data || rows.at_end_of_line {
            return Ok(());
        }
        rows.keep_as_reference()?;
        rows.row = rows.row.saturating_add(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(variant: Variant, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> (Result<()>, Option<String>) {
        let mut warnings = Warnings::default();
        let result = Fax { variant, allows_uncompressed: true, allowance: 1 << 20 }.decode(
            raw,
            stored,
            plain,
            &mut warnings,
        );
        (result, warnings.take().map(|warning| warning.to_string()))
    }

    /// Codes of T.4: 16 white, 101010; none white, 00110101; 16 black, 0000010111.
    #[test]
    fn rows_begin_on_even_bytes() {
        let raw = [0b1010_1000, 0, 0b0011_0101, 0b0000_0101, 0b1100_0000, 0, 0b1010_1000];
        let mut plain = [0x55; 6];
        let found = decode(Variant::Rle(Alignment::Word), &raw, &Rect::new(0, 0, 16, 3), &mut plain);
        assert_eq!(found, (Ok(()), None));
        assert_eq!(plain, [0, 0, 0xff, 0xff, 0, 0]);
    }

    #[test]
    fn missing_rows_are_white_with_a_warning_that_names_the_row() {
        let mut plain = [0x55; 6];
        let raw = [0b1010_1000, 0b0011_0101, 0b0000_0101, 0b1100_0000];
        let (found, warning) =
            decode(Variant::Rle(Alignment::Byte), &raw, &Rect::new(0, 0, 16, 3), &mut plain);
        assert_eq!((found, plain), (Ok(()), [0, 0, 0xff, 0xff, 0, 0]));
        let warning = warning.unwrap();
        assert!(warning.contains("row 2 of the block, column 0: the data end"), "{warning}");
    }

    #[test]
    fn data_without_a_row_are_an_error() {
        for variant in [
            Variant::Rle(Alignment::Byte),
            Variant::Group3 { two_dimensional: false },
            Variant::Group3 { two_dimensional: true },
            Variant::Group4,
        ] {
            let (found, _) = decode(variant, &[], &Rect::new(0, 0, 16, 2), &mut [0; 4]);
            let message = found.unwrap_err().to_string();
            assert!(message.contains("no row can be decoded"), "{message}");
        }
    }

    /// The extension code of T.6, section 2.2.5.1, for uncompressed mode: 0000001111.
    #[test]
    fn uncompressed_mode_is_refused_by_name() {
        let raw = [0b1000_0001, 0b1110_0000];
        let (found, _) = decode(Variant::Group4, &raw, &Rect::new(0, 0, 16, 2), &mut [0; 4]);
        assert_eq!(
            found.unwrap_err().to_string(),
            "unsupported: CCITT compression with rows in uncompressed mode"
        );
    }
}
