//! Entropy-coded segments of a JPEG: bits and Huffman codes (ITU-T T.81, annexes C and F).
//!
//! Damaged data are decoded as libjpeg decodes them, so that the same pixels come out: a code that no table has counts as
//! the symbol 0, and zero bits follow where a segment ends early. [`Bits::damage`] says what was wrong.

use super::Damage;

/// Bits that are looked up at once.
const FAST: u32 = 10;
const ENTRIES: usize = 1 << FAST;
/// Bits that the longest code and the number behind it have together.
const LONGEST: i32 = 32;

/// Parts of an entry of [`Huffman::fast`]: bits to be consumed, whether the number behind the code is among them, the symbol,
/// and that number.
const CONSUMED: u32 = 0x3f;
const COMPLETE: u32 = 0x80;
const SYMBOL_AT: u32 = 8;
const NUMBER_AT: u32 = 16;

/// A Huffman table.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    /// For each beginning of `FAST` bits an entry; 0 for longer codes.
    fast: Box<[u32; ENTRIES]>,
    /// For each length: the first code behind those of that length, aligned to 16 bits.
    limits: [u32; 17],
    /// For each length: what to add to a code to get the index of its value.
    deltas: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// The table with `counts[i]` codes of `i + 1` bits for `values`, in order.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Damage> {
        let fast = Box::new([0; ENTRIES]);
        let mut table = Self { fast, limits: [0; 17], deltas: [0; 17], values: values.to_vec() };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let at = length as usize;
            let first = i32::try_from(index).unwrap_or(0).saturating_sub_unsigned(code);
            if let Some(delta) = table.deltas.get_mut(at) {
                *delta = first;
            }
            for _ in 0..*count {
                let value =
                    *values.get(index).ok_or(Damage("a Huffman table with more codes than values"))?;
                table.enter(code, length, value);
                code = code.saturating_add(1);
                index = index.saturating_add(1);
            }
            if code > 1 << length {
                return Err(Damage("a Huffman table with more codes than bits allow"));
            }
            if let Some(limit) = table.limits.get_mut(at) {
                *limit = code << 16_u32.saturating_sub(length);
            }
            code <<= 1;
        }
        Ok(table)
    }

    /// Enters a code into the table of short ones, with the number behind it where that is short enough too.
    fn enter(&mut self, code: u32, length: u32, value: u8) {
        let Some(spare) = FAST.checked_sub(length) else { return };
        let size = u32::from(value & 15);
        let first = (code << spare) as usize;
        let entries = self.fast.get_mut(first..first.saturating_add(1 << spare)).unwrap_or_default();
        for (behind, entry) in (0_u32..).zip(entries) {
            *entry = length | u32::from(value) << SYMBOL_AT;
            if let Some(unused) = spare.checked_sub(size) {
                let number = extend(behind >> unused, size).cast_unsigned();
                *entry = (length.saturating_add(size))
                    | COMPLETE
                    | u32::from(value) << SYMBOL_AT
                    | number << NUMBER_AT;
            }
        }
    }

    /// Whether all symbols are sizes of differences of means.
    pub(super) fn is_of_means(&self) -> bool {
        self.values.iter().all(|value| *value < 16)
    }
}

/// The signed number that `size` bits stand for (T.81, F.2.2.1).
fn extend(bits: u32, size: u32) -> i32 {
    let bits = bits.cast_signed();
    let half = 1_i32 << size >> 1;
    if bits < half { bits.wrapping_sub(half.wrapping_mul(2)).wrapping_add(1) } else { bits }
}

/// What stands before a marker and belongs neither to a segment nor to entropy-coded data.
pub(super) const SURPLUS: Damage = Damage("extraneous bytes before a marker");

/// Whether a stream goes on with something else than a marker and the fill bytes before it.
pub(super) fn has_surplus(stream: &[u8]) -> bool {
    let marker = stream.iter().position(|byte| *byte != 0xff).unwrap_or(stream.len());
    match stream.get(marker) {
        Some(byte) => marker == 0 || *byte == 0,
        None => false,
    }
}

/// Reads bits of an entropy-coded segment; a marker or the end of the data ends it.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    /// What was not yet taken into the window; begins with the marker once that is met.
    data: &'a [u8],
    /// The next bits, from the most significant one on; zeros behind them.
    window: u64,
    /// How many of them come from the data; negative where more were consumed than there were.
    have: i32,
    ended: bool,
    damage: Option<Damage>,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, window: 0, have: 0, ended: false, damage: None }
    }

    /// What follows the segment, from the next marker on.
    pub(super) fn rest(&self) -> &'a [u8] {
        let markers = self.data.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]));
        markers.and_then(|at| self.data.get(at..)).unwrap_or_default()
    }

    /// The first damage that was met and survived.
    pub(super) fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Whether whole bytes of the segment were not needed.
    pub(super) fn has_surplus(&self) -> bool {
        self.have >= 8 || has_surplus(self.data)
    }

    pub(super) fn note(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }

    /// Whether more bits were taken than the segment has.
    pub(super) fn is_exhausted(&self) -> bool {
        self.have < 0
    }

    fn refill(&mut self) {
        if self.ended {
            return;
        }
        if let Some((next, _)) = self.data.split_first_chunk::<8>() {
            let next = u64::from_be_bytes(*next);
            let inverse = !next;
            // No byte is 0xff where no byte of the inverse is zero.
            if inverse.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080 == 0 {
                let bytes = 63_i32.wrapping_sub(self.have).cast_unsigned() >> 3;
                self.window |= next >> (self.have.cast_unsigned() & 63);
                self.data = self.data.get(bytes as usize..).unwrap_or_default();
                self.have |= 56;
                return;
            }
        }
        self.refill_by_bytes();
    }

    #[cold]
    fn refill_by_bytes(&mut self) {
        while self.have <= 56 {
            let byte = match self.data {
                [0xff, 0, rest @ ..] => {
                    self.data = rest;
                    0xff
                }
                [0xff, 0xff, ..] => {
                    self.data = self.data.get(1..).unwrap_or_default();
                    continue;
                }
                [0xff, ..] | [] => {
                    self.ended = true;
                    return;
                }
                [byte, rest @ ..] => {
                    self.data = rest;
                    *byte
                }
            };
            self.window |= u64::from(byte) << (56_i32.wrapping_sub(self.have).cast_unsigned() & 63);
            self.have = self.have.wrapping_add(8);
        }
    }

    #[inline]
    fn consume(&mut self, count: u32) {
        self.window <<= count & 63;
        self.have = self.have.wrapping_sub(count.cast_signed());
    }

    /// The next `count` bits, at most 16, as a number.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if self.have < LONGEST {
            self.refill();
        }
        self.taken(count)
    }

    /// As [`take`](Self::take) of bits that are in the window.
    #[inline]
    fn taken(&mut self, count: u32) -> u32 {
        // In two steps, for no shift is by as many bits as there are.
        let bits = self.window >> 1 >> (63_u32.wrapping_sub(count) & 63);
        self.consume(count);
        u32::try_from(bits).unwrap_or(0)
    }

    #[inline]
    pub(super) fn bit(&mut self) -> bool {
        self.take(1) == 1
    }

    /// The symbol of the next code.
    #[inline]
    pub(super) fn code(&mut self, table: &Huffman) -> u8 {
        if self.have < LONGEST {
            self.refill();
        }
        let entry = self.entry(table);
        if entry == 0 {
            return self.long_code(table);
        }
        let symbol = (entry >> SYMBOL_AT).to_le_bytes()[0];
        let size = if entry & COMPLETE == 0 { 0 } else { u32::from(symbol & 15) };
        self.consume((entry & CONSUMED).wrapping_sub(size));
        symbol
    }

    /// The symbol of the next code, and the signed number behind it, of as many bits as the symbol's lower half says.
    #[inline]
    pub(super) fn code_and_number(&mut self, table: &Huffman) -> (u8, i32) {
        if self.have < LONGEST {
            self.refill();
        }
        let entry = self.entry(table);
        let symbol = (entry >> SYMBOL_AT).to_le_bytes()[0];
        if entry & COMPLETE != 0 {
            self.consume(entry & CONSUMED);
            return (symbol, entry.cast_signed() >> NUMBER_AT);
        }
        let symbol = if entry == 0 {
            self.long_code(table)
        } else {
            self.consume(entry & CONSUMED);
            symbol
        };
        let size = u32::from(symbol & 15);
        (symbol, extend(self.taken(size), size))
    }

    #[inline]
    fn entry(&self, table: &Huffman) -> u32 {
        let at = usize::try_from(self.window >> (64 - FAST)).unwrap_or(0);
        table.fast.get(at).copied().unwrap_or(0)
    }

    #[cold]
    fn long_code(&mut self, table: &Huffman) -> u8 {
        let next = u32::try_from(self.window >> 48).unwrap_or(0);
        let longer = FAST.saturating_add(1)..=16;
        let limits = table.limits.iter().zip(&table.deltas).skip(FAST as usize + 1);
        for (length, (limit, delta)) in longer.zip(limits) {
            if next < *limit {
                self.consume(length);
                let code = next >> 16_u32.saturating_sub(length);
                let index = usize::try_from(delta.saturating_add_unsigned(code)).ok();
                return index.and_then(|index| table.values.get(index)).copied().unwrap_or(0);
            }
        }
        self.note(Damage("a code that its Huffman table lacks"));
        self.consume(17);
        0
    }

    /// A signed number of `size` bits, at most 16.
    #[inline]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// Continues behind the restart marker number `expected`, 0 to 7, as libjpeg resynchronizes: where another marker
    /// stands, it is skipped, taken for the expected one, or left, so that the interval is empty. Gives whether the interval
    /// has data.
    pub(super) fn restart(&mut self, expected: u8) -> bool {
        if self.have >= 8 || !matches!(self.data, [0xff, 1..=0xfe, ..]) {
            self.note(Damage("data where a restart marker belongs"));
        }
        (self.window, self.have) = (0, 0);
        loop {
            self.data = self.rest();
            let Some((&[_, marker], behind)) = self.data.split_first_chunk() else {
                self.note(Damage("a scan that ends early"));
                self.ended = true;
                return false;
            };
            let ahead = marker.wrapping_sub(0xd0).wrapping_sub(expected) & 7;
            let is_restart = matches!(marker, 0xd0..=0xd7);
            if !(is_restart && ahead == 0) {
                self.note(Damage("another restart marker than the next one"));
            }
            match (marker, ahead) {
                // Not a marker that a scan can be followed by, or one of those before.
                (..0xc0, _) | (0xd0..=0xd7, 6 | 7) => self.data = behind,
                (0xd0..=0xd7, 1 | 2) => {
                    self.ended = true;
                    return false;
                }
                (0xd0..=0xd7, _) => {
                    self.data = behind;
                    self.ended = false;
                    return true;
                }
                _ => {
                    self.ended = true;
                    return false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Symbols 0x01 and 0x13 with codes of 1 and 2 bits, and one with a code of 12 bits.
    fn table() -> Huffman {
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[11]) = (1, 1, 1);
        Huffman::new(&counts, &[0x01, 0x13, 0x25]).unwrap()
    }

    #[test]
    fn codes_and_the_numbers_behind_them_are_told_apart() {
        // 0 1, 10 011, 110000000000 10101, 0 0: codes and the numbers behind them; then a code that the table lacks.
        let data = [0b0110_0111, 0b1000_0000, 0b0001_0101, 0b0011_1000, 0, 0];
        let table = table();
        let mut bits = Bits::new(&data);
        assert_eq!(bits.code_and_number(&table), (0x01, 1));
        assert_eq!(bits.code_and_number(&table), (0x13, -4));
        assert_eq!(bits.code_and_number(&table), (0x25, 0b10101));
        assert_eq!(bits.code(&table), 0x01);
        assert_eq!(bits.signed(1), -1);
        assert!(bits.damage().is_none());
        assert_eq!(bits.code_and_number(&table), (0, 0));
        assert!(bits.damage().is_some());
    }

    #[test]
    fn bits_end_at_a_marker_and_stuffed_zeros_are_none() {
        let data = [1, 2, 3, 4, 5, 6, 7, 0xff, 0, 0xff, 0xff, 0, 9, 0xff, 0xd9, 7];
        let mut bits = Bits::new(&data);
        for byte in [1, 2, 3, 4, 5, 6, 7, 0xff, 0xff, 9] {
            assert!(!bits.is_exhausted());
            assert_eq!(bits.take(8), byte);
        }
        assert!(!bits.is_exhausted());
        assert_eq!(bits.take(3), 0);
        assert!(bits.is_exhausted());
        assert_eq!(bits.rest(), [0xff, 0xd9, 7]);
    }

    #[test]
    fn restarts_are_found_again() {
        let mut bits = Bits::new(&[0xff, 0xd0, 1, 0xff, 0xd3, 2, 0xff, 0xd1, 3]);
        assert!(bits.restart(0));
        assert!(bits.damage().is_none());
        assert_eq!(bits.take(8), 1);
        // Two ahead: the interval is empty, and the marker is kept.
        assert!(!bits.restart(1));
        assert!(bits.damage().is_some());
        assert!(!bits.restart(2));
        assert!(bits.restart(3));
        assert_eq!(bits.take(8), 2);
        // Far behind: taken for the one expected.
        assert!(bits.restart(4));
        assert_eq!(bits.take(8), 3);
        assert!(!bits.restart(5));
    }
}
