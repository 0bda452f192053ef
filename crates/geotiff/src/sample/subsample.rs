//! YCbCr with fewer chroma samples than pixels (TIFF 6.0, section 21).

use crate::image::Sample;

/// How samples of 8 bits are packed: units of h x v luma samples, then one of Cb and one of Cr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units {
    h: usize,
    v: usize,
}

impl Units {
    pub(crate) fn new((h, v): (u16, u16)) -> Self {
        Self { h: usize::from(h.max(1)), v: usize::from(v.max(1)) }
    }

    /// Bytes of one unit.
    fn size(self) -> usize {
        self.h.saturating_mul(self.v).saturating_add(2)
    }

    /// Bytes of a row of units as wide as `width` pixels.
    fn row_bytes(self, width: usize) -> usize {
        width.div_ceil(self.h).saturating_mul(self.size())
    }

    /// Bytes of a chunk of `width` x `height` pixels.
    pub(crate) fn chunk_bytes(self, width: usize, height: usize) -> usize {
        self.row_bytes(width).saturating_mul(height.div_ceil(self.v))
    }

    /// The samples of row `row` of a chunk, from column `first` on, pixel by pixel: each pixel has the chroma of
    /// its unit. A chunk that ends early leaves the rest of `out` as it is.
    pub(crate) fn expand<T: Sample>(
        self,
        plain: &[u8],
        width: usize,
        row: usize,
        first: usize,
        out: &mut [T],
    ) {
        let row_bytes = self.row_bytes(width);
        let start = (row / self.v).saturating_mul(row_bytes);
        let units = plain.get(start..).unwrap_or_default();
        let line = (row % self.v).saturating_mul(self.h);
        for (column, pixel) in (first..).zip(out.chunks_exact_mut(3)) {
            let unit = units.get((column / self.h).saturating_mul(self.size())..).unwrap_or_default();
            let chroma = self.h.saturating_mul(self.v);
            let samples = [line.saturating_add(column % self.h), chroma, chroma.saturating_add(1)];
            for (slot, at) in pixel.iter_mut().zip(samples) {
                if let Some(byte) = unit.get(at) {
                    *slot = T::from_u64(u64::from(*byte));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_is_shared_by_the_pixels_of_a_unit() {
        let units = Units::new((2, 2));
        // Three columns, two rows: two units, the second half empty.
        let plain = [1, 2, 3, 4, 50, 60, 5, 0, 6, 0, 70, 80];
        assert_eq!(units.chunk_bytes(3, 2), plain.len());
        let mut out = [0_u8; 6];
        units.expand(&plain, 3, 1, 1, &mut out);
        assert_eq!(out, [4, 50, 60, 6, 70, 80]);
        units.expand(&plain, 3, 0, 0, &mut out);
        assert_eq!(out, [1, 50, 60, 2, 50, 60]);
    }
}
