//! ThunderScan, code 32809: 4-bit grey scans as differences of neighbouring pixels. After the description in
//! libtiff's documentation of its codec; no standard exists.

use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Rect;

const METHOD: &str = "ThunderScan";
/// What the two bits of a field add; `None`: the pixel is left out.
const TWO_BITS: [Option<i8>; 4] = [Some(0), Some(1), None, Some(-1)];
/// What the three bits of a field add.
const THREE_BITS: [Option<i8>; 8] = [Some(0), Some(1), Some(2), Some(3), None, Some(-3), Some(-2), Some(-1)];

pub(super) fn check(image: &Image) -> Result<()> {
    if image.bits == 4 && image.samples_per_chunk() == 1 {
        return Ok(());
    }
    Err(Error::unsupported(format!("ThunderScan with samples of {} bits", image.bits)))
}

/// Fills `plain`, four bits a pixel.
pub(super) fn decode(raw: &[u8], stored: &Rect, plain: &mut [u8]) -> Result<()> {
    let need = plain.len();
    let row_bytes = stored.width.div_ceil(2).max(1);
    let mut codes = raw.iter();
    for (i, bytes) in plain.chunks_exact_mut(row_bytes).enumerate() {
        let mut row = Row { bytes, width: stored.width, done: 0, last: 0 };
        while row.done < row.width {
            let Some(code) = codes.next() else {
                return Err(super::short(METHOD, need, i.saturating_mul(row_bytes)));
            };
            row.apply(*code);
        }
    }
    Ok(())
}

/// A row on its way.
struct Row<'a> {
    bytes: &'a mut [u8],
    width: usize,
    done: usize,
    last: u8,
}

impl Row<'_> {
    /// The upper two bits of a code say what the lower six are.
    fn apply(&mut self, code: u8) {
        match code >> 6 {
            0 => (0..code & 0x3f).for_each(|_| self.push(self.last)),
            1 => [4, 2, 0].into_iter().for_each(|shift| self.add(&TWO_BITS, code >> shift & 3)),
            2 => [3, 0].into_iter().for_each(|shift| self.add(&THREE_BITS, code >> shift & 7)),
            _ => self.push(code & 0x0f),
        }
    }

    fn add(&mut self, table: &[Option<i8>], field: u8) {
        if let Some(Some(difference)) = table.get(usize::from(field)) {
            self.push(self.last.wrapping_add_signed(*difference) & 0x0f);
        }
    }

    fn push(&mut self, pixel: u8) {
        self.last = pixel;
        if self.done < self.width
            && let Some(byte) = self.bytes.get_mut(self.done / 2)
        {
            *byte = if self.done.is_multiple_of(2) { pixel << 4 } else { *byte | pixel };
        }
        self.done = self.done.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_differences_and_literals() {
        // Literal 5, a run of two more, +1 (left out) -1, +3 -2, literal 15.
        let raw = [0xc5, 0x02, 0b01_01_10_11, 0b10_011_110, 0xcf];
        let mut plain = [0; 4];
        decode(&raw, &Rect::new(0, 0, 8, 1), &mut plain).unwrap();
        assert_eq!(plain, [0x55, 0x56, 0x58, 0x6f]);
        let error = decode(&raw, &Rect::new(0, 0, 8, 2), &mut [0; 8]).unwrap_err();
        assert_eq!(error.to_string(), "malformed: ThunderScan data end early: 4 of 8 bytes decoded");
    }
}
