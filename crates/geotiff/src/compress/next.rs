//! NeXT's 2-bit grey compression, code 32766. After the description in libtiff's documentation of its codec;
//! no standard exists.

use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Rect;

const METHOD: &str = "NeXT";
const LITERAL_ROW: u8 = 0x00;
const LITERAL_SPAN: u8 = 0x40;
/// Rows begin white.
const WHITE: u8 = 0xff;

pub(super) fn check(image: &Image) -> Result<()> {
    if image.bits == 2 && image.samples_per_chunk() == 1 {
        return Ok(());
    }
    Err(Error::unsupported(format!("NeXT compression with samples of {} bits", image.bits)))
}

/// Fills `plain`, two bits a pixel.
pub(super) fn decode(raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
    let need = plain.len();
    let row_bytes = stored.width.div_ceil(4).max(1);
    let mut rest = raw;
    for (i, row) in plain.chunks_exact_mut(row_bytes).enumerate() {
        row.fill(WHITE);
        let short = || super::short(METHOD, need, i.saturating_mul(row_bytes));
        rest = decode_row(rest, stored.width, row).ok_or_else(short)?;
    }
    Ok(())
}

/// Fills one row; gives what is left of `raw`, or `None` if it ends early.
fn decode_row<'a>(raw: &'a [u8], width: usize, row: &mut [u8]) -> Option<&'a [u8]> {
    let (&code, mut rest) = raw.split_first()?;
    match code {
        LITERAL_ROW => {
            let (literals, after) = rest.split_at_checked(row.len())?;
            row.copy_from_slice(literals);
            return Some(after);
        }
        LITERAL_SPAN => {
            let ([a, b, c, d], after) = rest.split_first_chunk()?;
            let offset = usize::from(u16::from_be_bytes([*a, *b]));
            let count = usize::from(u16::from_be_bytes([*c, *d]));
            let (literals, after) = after.split_at_checked(count)?;
            row.get_mut(offset..)?.get_mut(..count)?.copy_from_slice(literals);
            return Some(after);
        }
        _ => {}
    }
    // Runs: two bits of grey, six of length.
    let mut code = code;
    let mut done: usize = 0;
    loop {
        let (grey, run) = (code >> 6, usize::from(code & 0x3f));
        for pixel in done..done.saturating_add(run).min(width) {
            let shift = 6_u32.saturating_sub(u32::try_from(pixel % 4).unwrap_or(0).saturating_mul(2));
            let byte = row.get_mut(pixel / 4)?;
            *byte = (*byte & !(3 << shift)) | (grey << shift);
        }
        done = done.saturating_add(run);
        if done >= width {
            return Some(rest);
        }
        (code, rest) = rest.split_first().map(|(code, rest)| (*code, rest))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_rows_spans_and_runs() {
        let raw = [
            0x00, 0x1b, 0xe4, // a row as it is
            0x40, 0x00, 0x01, 0x00, 0x01, 0x55, // one byte from the second on, white before
            0x03, 0x85, // three black, five light grey
        ];
        let mut plain = [0; 6];
        decode(&raw, &Rect::new(0, 0, 8, 3), &mut plain).unwrap();
        assert_eq!(plain, [0x1b, 0xe4, 0xff, 0x55, 0b00_00_00_10, 0xaa]);
        assert!(decode(&raw, &Rect::new(0, 0, 8, 4), &mut [0; 8]).is_err());
    }
}
