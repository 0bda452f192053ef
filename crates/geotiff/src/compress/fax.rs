//! CCITT fax compressions of bilevel images: modified Huffman (2, and 32771 with rows in words), group 3 (3) and
//! group 4 (4), after TIFF 6.0, sections 10 and 11, and ITU-T T.4 and T.6.

use fax::encoder::Encoder;
use fax::maps::{black, white};
use fax::{BitWriter, Bits, Color, VecWriter};
use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

use crate::error::{Cause, Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Compression;

const METHOD: &str = "CCITT";
/// Bit 0 of T4Options: rows may refer to the row above.
const TWO_DIMENSIONAL: u64 = 1;

/// Which of the fax methods a file uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fax {
    encoding: EncodingMode,
    end_of_line: bool,
    aligned: bool,
    /// Whether each row begins on an even byte.
    words: bool,
}

impl Fax {
    pub(super) fn new(image: &Image) -> Result<Self> {
        if image.bits != 1 || image.samples_per_chunk() != 1 {
            let (bits, samples) = (image.bits, image.samples_per_chunk());
            return Err(Error::unsupported(format!("CCITT compression of {samples} samples of {bits} bits")));
        }
        let two_dimensional = image.t4_options & TWO_DIMENSIONAL != 0;
        Ok(match image.compression {
            Compression::CCITT_FAX4 => {
                Self { encoding: EncodingMode::Group4, end_of_line: false, aligned: false, words: false }
            }
            Compression::CCITT_FAX3 => Self {
                encoding: if two_dimensional { EncodingMode::Group3_2D } else { EncodingMode::Group3_1D },
                end_of_line: true,
                aligned: false,
                words: false,
            },
            other => Self {
                encoding: EncodingMode::Group3_1D,
                end_of_line: false,
                aligned: true,
                words: other == Compression::CCITT_RLE_W,
            },
        })
    }

    /// Fills `plain`, a bit for each pixel, 1 for black. Rows that the data do not reach stay white, as in
    /// libtiff: badly terminated strips are common.
    pub(super) fn decode(self, raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
        let row_bytes = stored.width.div_ceil(8);
        let rows = plain.len().checked_div(row_bytes).unwrap_or(0);
        let size = |n: usize| {
            let message = || Error::unsupported("CCITT rows or columns beyond 32 bits");
            u32::try_from(n).map_err(|_| message())
        };
        let settings = DecodeSettings {
            columns: size(stored.width)?,
            rows: size(rows)?,
            end_of_block: self.encoding != EncodingMode::Group3_1D || self.end_of_line,
            end_of_line: self.end_of_line,
            rows_are_byte_aligned: self.aligned,
            encoding: self.encoding,
            strict: false,
        };
        plain.fill(0);
        let mut out = Rows { rows: plain.chunks_exact_mut(row_bytes.max(1)), width: stored.width, done: 0 };
        let result = if self.words {
            decode_words(raw, &mut out, DecodeSettings { rows: 1, ..settings }, rows)
        } else {
            hayro_ccitt::decode(raw, &mut out, &mut DecoderContext::new(settings)).map(drop)
        };
        let have = out.done.saturating_mul(row_bytes);
        if have == 0 && result.is_err() {
            let need = rows.saturating_mul(row_bytes);
            return Err(Cause::BadData { method: METHOD, need, have, why: "no row can be decoded" }.into());
        }
        Ok(())
    }
}

/// Decodes row by row, each from an even byte on.
fn decode_words(
    mut raw: &[u8],
    out: &mut Rows<'_>,
    row: DecodeSettings,
    rows: usize,
) -> hayro_ccitt::Result<()> {
    let mut context = DecoderContext::new(row);
    for _ in 0..rows {
        let used = hayro_ccitt::decode(raw, out, &mut context)?;
        raw = raw.get(used.next_multiple_of(2)..).unwrap_or_default();
    }
    Ok(())
}

/// Paints rows as they come.
struct Rows<'a> {
    rows: std::slice::ChunksExactMut<'a, u8>,
    width: usize,
    done: usize,
}

impl Decoder for Rows<'_> {
    fn push_row(&mut self, changes: &[u32]) {
        let Some(row) = self.rows.next() else { return };
        self.done = self.done.saturating_add(1);
        let column = |change: u32| usize::try_from(change).map_or(self.width, |n| n.min(self.width));
        for black in changes.chunks(2) {
            let (start, end) = match black {
                [start, end] => (column(*start), column(*end)),
                [start] => (column(*start), self.width),
                _ => continue,
            };
            blacken(row, start, end);
        }
    }
}

/// Sets the bits `start..end`, counted from the most significant bit of the first byte.
fn blacken(row: &mut [u8], start: usize, end: usize) {
    for (i, byte) in row.iter_mut().enumerate().take(end.div_ceil(8)).skip(start / 8) {
        let first = i.saturating_mul(8);
        let from = start.saturating_sub(first);
        let to = end.saturating_sub(first).min(8);
        // Ones from bit `from` on, without those from bit `to` on.
        let ones = |n: usize| 0xff_u8.checked_shr(u32::try_from(n).unwrap_or(8)).unwrap_or(0);
        *byte |= ones(from) & !ones(to);
    }
}

/// How rows are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written {
    /// Modified Huffman: rows begin at whole bytes.
    Rle,
    /// Group 3 in one dimension: a code before each row says where it begins.
    Group3,
    Group4,
}

/// Appends `plain`, a bit for each pixel of rows of `width`, to `out`.
pub(super) fn encode(plain: &[u8], width: usize, written: Written, out: &mut Vec<u8>) -> Result<()> {
    let too_wide = || Error::unsupported("CCITT rows of more than 65,535 columns");
    let columns = u16::try_from(width).map_err(|_| too_wide())?;
    let rows = plain.chunks_exact(width.div_ceil(8).max(1));
    let mut writer = VecWriter::new();
    match written {
        Written::Group4 => {
            let mut encoder = Encoder::new(writer);
            for row in rows {
                let Ok(()) = encoder.encode_line(pixels(row, width), columns.into());
            }
            let Ok(finished) = encoder.finish();
            writer = finished;
        }
        Written::Group3 => {
            for row in rows {
                let Ok(()) = writer.write(Bits { data: END_OF_LINE, len: 12 });
                encode_runs(row, width, &mut writer);
            }
        }
        Written::Rle => {
            for row in rows {
                encode_runs(row, width, &mut writer);
                writer.pad();
            }
        }
    }
    out.append(&mut writer.finish());
    Ok(())
}

/// Eleven zeros and a one.
const END_OF_LINE: u16 = 1;

fn pixels(row: &[u8], width: usize) -> impl Iterator<Item = Color> {
    let bits = row.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
    bits.take(width).map(|black| if black { Color::Black } else { Color::White })
}

/// The lengths of runs of white and black in turn, white first (T.4, section 4.1).
fn encode_runs(row: &[u8], width: usize, writer: &mut VecWriter) {
    let (mut color, mut run) = (Color::White, 0_usize);
    for pixel in pixels(row, width) {
        if pixel != color {
            write_run(color, run, writer);
            (color, run) = (pixel, 0);
        }
        run = run.saturating_add(1);
    }
    write_run(color, run, writer);
}

/// The longest run that has a code; longer ones are several, the last of less than 64.
const LONGEST: usize = 2560;

fn write_run(color: Color, run: usize, writer: &mut VecWriter) {
    let codes = match color {
        Color::White => &white::ENTRIES,
        Color::Black => &black::ENTRIES,
    };
    let mut write = |run: usize| {
        let index = if run < 64 { run } else { (run / 64).saturating_add(63) };
        if let Some((_, bits)) = codes.get(index) {
            let Ok(()) = writer.write(*bits);
        }
    };
    (0..run / LONGEST).for_each(|_| write(LONGEST));
    let rest = run % LONGEST;
    if rest >= 64 {
        write(rest / 64 * 64);
    }
    write(rest % 64);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of T.4: 16 white, 101010; none white, 00110101; 16 black, 0000010111.
    #[test]
    fn rows_begin_on_even_bytes() {
        let raw = [0b1010_1000, 0, 0b0011_0101, 0b0000_0101, 0b1100_0000, 0, 0b1010_1000];
        let fax = Fax { encoding: EncodingMode::Group3_1D, end_of_line: false, aligned: true, words: true };
        let mut plain = [0x55; 6];
        fax.decode(&raw, &Rect::new(0, 0, 16, 3), &mut plain).unwrap();
        assert_eq!(plain, [0, 0, 0xff, 0xff, 0, 0]);
    }

    #[test]
    fn blackens_just_the_run() {
        for start in 0..24 {
            for end in start..24 {
                let mut row = [0_u8; 3];
                blacken(&mut row, start, end);
                let bits = u32::from_be_bytes([0, row[0], row[1], row[2]]);
                let expected: u32 = (start..end).map(|i| 1 << (23 - i)).sum();
                assert_eq!(bits, expected, "{start}..{end}");
            }
        }
    }
}
