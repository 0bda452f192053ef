//! Bits of fax data, most significant first.

/// Reads bits from a slice. At the end of the data a few zeros stand in for bits that a code still needs, as in libtiff: a
/// request that begins with at least one bit in the buffer succeeds, one that begins with none fails.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Bytes that were taken from `data`.
    next: usize,
    /// The lowest `available` bits are those that come next.
    buffer: u32,
    available: u32,
}

/// Where the codes of a row begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alignment {
    Byte,
    /// Two bytes, counted from the first byte of the chunk.
    Word,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, next: 0, buffer: 0, available: 0 }
    }

    /// Goes back to the first bit.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.data);
    }

    /// The next `count` bits, at most 13, which stay; `None` at the end of the data.
    pub(super) fn peek(&mut self, count: u32) -> Option<usize> {
        while self.available < count {
            if let Some(byte) = self.data.get(self.next) {
                self.buffer = (self.buffer << 8) | u32::from(*byte);
                self.available = self.available.saturating_add(8);
                self.next = self.next.saturating_add(1);
            } else if self.available == 0 {
                return None;
            } else {
                self.buffer <<= count.saturating_sub(self.available);
                self.available = count;
            }
        }
        let bits = self.buffer >> self.available.saturating_sub(count);
        let mask = 1_u32.checked_shl(count).unwrap_or(0).wrapping_sub(1);
        usize::try_from(bits & mask).ok()
    }

    /// Passes over bits that were peeked at.
    pub(super) fn skip(&mut self, count: u32) {
        self.available = self.available.saturating_sub(count);
    }

    /// Passes over the bits before the next byte or word.
    pub(super) fn align(&mut self, alignment: Alignment) {
        self.available &= !7;
        let buffered = usize::try_from(self.available / 8).unwrap_or(0);
        if alignment == Alignment::Word && self.next.saturating_sub(buffered) % 2 == 1 {
            match self.available {
                0 => self.next = self.next.saturating_add(1),
                _ => self.skip(8),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_stand_in_for_the_last_bits_only() {
        let mut bits = Bits::new(&[0b1010_0000, 0b1100_0011]);
        assert_eq!(bits.peek(3), Some(0b101));
        bits.skip(3);
        assert_eq!(bits.peek(13), Some(0b0_0000_1100_0011));
        bits.skip(12);
        assert_eq!(bits.peek(4), Some(0b1000));
        bits.skip(4);
        assert_eq!(bits.peek(1), None);
    }

    #[test]
    fn aligns_to_bytes_and_words() {
        let mut bits = Bits::new(&[0xff, 1, 2, 3, 4]);
        for (skipped, alignment, expected) in
            [(3, Alignment::Byte, 1), (1, Alignment::Word, 2), (8, Alignment::Word, 4)]
        {
            bits.peek(8);
            bits.skip(skipped);
            bits.align(alignment);
            assert_eq!(bits.peek(8), Some(expected));
        }
    }
}
