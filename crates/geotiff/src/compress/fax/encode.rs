//! Rows of bits as fax codes.

use fax::encoder::Encoder;
use fax::maps::{black, white};
use fax::{BitWriter, Bits, Color, VecWriter};

use crate::error::{Error, Result};

/// How rows are written.
#[derive(Debug, Clone, Copy)]
pub(in crate::compress) enum Written {
    /// Modified Huffman: rows begin at whole bytes.
    Rle,
    /// Group 3 in one dimension: a code before each row says where it begins.
    Group3,
    Group4,
}

/// Appends `plain`, a bit for each pixel of rows of `width`, to `out`.
pub(in crate::compress) fn encode(
    plain: &[u8],
    width: usize,
    written: Written,
    out: &mut Vec<u8>,
) -> Result<()> {
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
