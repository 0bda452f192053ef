//! LZW as it is written (TIFF 6.0, section 13). Libraries for LZW fill the table to its last code, which the standard does not
//! allow, and some readers do not survive: the code that clears the table comes as soon as entry 4093 is made.

/// Begins with an empty table.
const CLEAR: u16 = 256;
const END: u16 = 257;
const FIRST: u16 = 258;
/// When this many codes are taken, the table is cleared.
const FULL: u16 = 4094;
/// Bits of a code in an empty table.
const LEAST_BITS: u32 = 9;
/// Slots of the table: twice as many as there are entries, at least.
const SLOTS: usize = 1 << 14;

/// The encoder with its table, reused from chunk to chunk.
#[derive(Debug)]
pub(crate) struct Compressor {
    /// Entries by prefix and byte: in the upper 20 bits these, in the lower 12 the code; 0 where there is none.
    slots: Vec<u32>,
}

/// Codes on their way into bytes, the most significant bit first.
struct Codes<'o> {
    out: &'o mut Vec<u8>,
    /// Bits that wait, in the lowest places.
    waiting: u64,
    count: u32,
    /// Bits of a code.
    bits: u32,
    /// The code that the next entry gets.
    next: u16,
}

impl Codes<'_> {
    fn put(&mut self, code: u16) {
        self.waiting = self.waiting << self.bits | u64::from(code);
        self.count = self.count.saturating_add(self.bits);
        if self.count >= 32 {
            self.count = self.count.saturating_sub(32);
            #[expect(clippy::cast_possible_truncation, reason = "the upper bits are written already")]
            let word = (self.waiting >> self.count) as u32;
            self.out.extend_from_slice(&word.to_be_bytes());
        }
    }

    /// Takes a code for a new entry. Gives whether the table is full: then it has been said that it is cleared.
    fn take(&mut self) -> bool {
        self.next = self.next.saturating_add(1);
        if self.next == FULL {
            self.put(CLEAR);
            (self.bits, self.next) = (LEAST_BITS, FIRST);
            return true;
        }
        // One code early, as the standard has it.
        if u32::from(self.next) >= 1 << self.bits {
            self.bits = self.bits.saturating_add(1);
        }
        false
    }

    fn finish(self) {
        let Self { out, waiting, mut count, .. } = self;
        while count > 0 {
            #[expect(clippy::cast_possible_truncation, reason = "a byte is what is wanted")]
            out.push(if count >= 8 {
                waiting >> count.saturating_sub(8)
            } else {
                waiting << (8_u32.saturating_sub(count))
            } as u8);
            count = count.saturating_sub(8);
        }
    }
}

impl Compressor {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; SLOTS] }
    }

    /// Appends the codes of `plain` to `out`, the one that ends them included.
    pub(super) fn encode(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let mut codes = Codes { out, waiting: 0, count: 0, bits: LEAST_BITS, next: FIRST };
        codes.put(CLEAR);
        self.slots.fill(0);
        let mut bytes = plain.iter();
        if let Some(first) = bytes.next() {
            let mut prefix = u16::from(*first);
            for byte in bytes {
                let key = u32::from(prefix) << 8 | u32::from(*byte);
                let (slot, entry) = self.find(key);
                if entry != 0 {
                    let code = (entry & 0xfff) as u16;
                    prefix = code;
                    continue;
                }
                if let Some(slot) = self.slots.get_mut(slot) {
                    *slot = key << 12 | u32::from(codes.next);
                }
                codes.put(prefix);
                if codes.take() {
                    self.slots.fill(0);
                }
                prefix = u16::from(*byte);
            }
            codes.put(prefix);
            codes.take();
        }
        codes.put(END);
        codes.finish();
    }

    /// An entry and its slot, or 0 and the slot where it has its place.
    fn find(&self, key: u32) -> (usize, u32) {
        // The multiplier is the golden ratio's; the best bits are the upper ones.
        let mut at = (key.wrapping_mul(0x9e37_79b9) >> (u32::BITS - SLOTS.ilog2())) as usize;
        loop {
            match self.slots.get(at).copied() {
                // Somebody else's. There are always free ones: the table is half empty at least.
                Some(entry) if entry != 0 && entry >> 12 != key => at = at.wrapping_add(1) % SLOTS,
                entry => return (at, entry.unwrap_or(0)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lzw::Lzw;
    use super::*;

    /// The example of TIFF 6.0, section 13.
    #[test]
    fn writes_the_example_of_the_standard() {
        let mut out = Vec::new();
        Compressor::new().encode(&[7, 7, 7, 8, 8, 7, 7, 6, 6], &mut out);
        assert_eq!(out, [0x80, 0x01, 0xe0, 0x40, 0x80, 0x44, 0x08, 0x0c, 0x06, 0x80, 0x80]);
    }

    #[test]
    fn no_code_is_beyond_4093_and_all_comes_back() {
        // Noise, so that the table fills up again and again, and a run that makes long entries.
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut compressor = Compressor::new();
        for len in [0, 1, 2, 255, 3836, 3837, 3838, 3839, 20_000] {
            let plain: Vec<u8> = (0..len).map(|at| if at % 3 < 2 { noise() } else { 9 }).collect();
            let mut packed = Vec::new();
            compressor.encode(&plain, &mut packed);
            let mut found = vec![0; len];
            Lzw::new().decode(&packed, &mut found).unwrap();
            assert_eq!(found, plain);
            assert!(codes(&packed).into_iter().all(|code| code < 4094));
        }
    }

    /// The codes of a stream, read by the rules alone.
    fn codes(packed: &[u8]) -> Vec<u32> {
        let (mut found, mut at, mut width, mut next) = (Vec::new(), 0, 9, 257);
        loop {
            let bit = |bit: usize| u32::from(packed[bit / 8] >> (7 - bit % 8) & 1);
            let code = (at..at + width).fold(0, |code, place| code << 1 | bit(place));
            at += width;
            found.push(code);
            match code {
                257 => return found,
                256 => (width, next) = (9, 257),
                _ => {
                    next += 1;
                    width = (9..12).find(|width| next < (1 << width) - 1).unwrap_or(12);
                }
            }
        }
    }
}
