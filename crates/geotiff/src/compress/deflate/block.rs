//! A block of symbols as bits (RFC 1951, section 3.2): stored, with the codes of the standard, or with codes of its own;
//! whichever is the shortest.

use super::super::huffman::{Codes, LONGEST};
use super::matches::{Match, SHORTEST};
use super::statistics::{Counts, DISTANCES, END, FIRST_LENGTH, LITERALS, distance_symbol, length_symbol};

/// A literal or a match, in four bytes: see [`Meaning`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol(u32);

enum Meaning {
    Literal(usize),
    Match(Match),
}

impl Symbol {
    const IS_MATCH: u32 = 1 << 31;

    #[inline(always)]
    pub(super) fn literal(byte: u8) -> Self {
        Self(byte.into())
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "9 bits and 15 are enough")]
    pub(super) fn found(found: Match) -> Self {
        Self(Self::IS_MATCH | (found.len as u32) << 16 | found.distance as u32)
    }

    #[inline(always)]
    fn meaning(self) -> Meaning {
        if self.0 & Self::IS_MATCH == 0 {
            return Meaning::Literal(self.0 as usize);
        }
        Meaning::Match(Match { len: (self.0 >> 16 & 0x1ff) as usize, distance: (self.0 & 0xffff) as usize })
    }
}

/// Bits on their way into bytes, from the lowest.
#[derive(Debug)]
pub(super) struct Bits<'o> {
    pub(super) out: &'o mut Vec<u8>,
    waiting: u64,
    count: u32,
}

impl<'o> Bits<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, waiting: 0, count: 0 }
    }

    /// At most 32 bits.
    #[inline(always)]
    fn put(&mut self, (bits, count): (u64, u32)) {
        self.waiting |= bits << self.count;
        self.count = self.count.wrapping_add(count);
        if self.count >= 32 {
            #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
            self.out.extend_from_slice(&(self.waiting as u32).to_le_bytes());
            self.waiting >>= 32;
            self.count = self.count.wrapping_sub(32);
        }
    }

    /// Fills up the byte that was begun.
    pub(super) fn fill_up(&mut self) {
        let bytes = self.waiting.to_le_bytes();
        self.out.extend(bytes.iter().take(self.count.div_ceil(8) as usize));
        (self.waiting, self.count) = (0, 0);
    }
}

/// Symbols, how often each occurs, and the bytes that they stand for.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) symbols: &'a [Symbol],
    pub(super) counts: Counts,
    pub(super) plain: &'a [u8],
}

/// Bits that say what kind a block is; the lowest says whether it is the last.
const KIND: u32 = 3;
const STORED: u64 = 0;
const FIXED: u64 = 2;
const DYNAMIC: u64 = 4;

impl Block<'_> {
    pub(super) fn write(mut self, is_last: bool, bits: &mut Bits<'_>) {
        if let Some(count) = self.counts.literals.get_mut(END) {
            *count = count.saturating_add(1);
        }
        let Counts { literals, distances } = &self.counts;
        let own = Codes::best(literals, LONGEST);
        let own_distances = Codes::best(distances, LONGEST);
        let lengths = Lengths::of(&own, &own_distances);
        let behind = self.counts.bits_behind();
        let dynamic = lengths.size()
            + size(own.lengths(), literals)
            + size(own_distances.lengths(), distances)
            + behind;
        let fixed = size(&FIXED_LITERALS, literals) + size(&FIXED_DISTANCES, distances) + behind;
        let parts = self.plain.len().div_ceil(MOST_STORED).max(1) as u64;
        if (self.plain.len() as u64 + parts * 5) * 8 <= dynamic.min(fixed) {
            self.store(is_last, bits);
        } else if fixed <= dynamic {
            bits.put((FIXED | u64::from(is_last), KIND));
            let codes = (Codes::of_lengths(FIXED_LITERALS), Codes::of_lengths(FIXED_DISTANCES));
            self.write_symbols(&codes.0, &codes.1, bits);
        } else {
            bits.put((DYNAMIC | u64::from(is_last), KIND));
            lengths.write(bits);
            self.write_symbols(&own, &own_distances, bits);
        }
    }

    fn store(&self, is_last: bool, bits: &mut Bits<'_>) {
        let mut rest = self.plain;
        loop {
            let (part, more) = rest.split_at(rest.len().min(MOST_STORED));
            bits.put((STORED | u64::from(is_last && more.is_empty()), KIND));
            bits.fill_up();
            let len = u16::try_from(part.len()).unwrap_or_default();
            bits.out.extend(len.to_le_bytes());
            bits.out.extend((!len).to_le_bytes());
            bits.out.extend_from_slice(part);
            rest = more;
            if rest.is_empty() {
                return;
            }
        }
    }

    fn write_symbols(&self, literals: &Codes<LITERALS>, distances: &Codes<DISTANCES>, bits: &mut Bits<'_>) {
        let mut lengths = [(0, 0); 256];
        for (over, length) in lengths.iter_mut().enumerate() {
            let (symbol, behind, count) = length_symbol(over.saturating_add(SHORTEST));
            *length = join(literals.get(FIRST_LENGTH.saturating_add(symbol)), (behind, count));
        }
        for symbol in self.symbols {
            match symbol.meaning() {
                Meaning::Literal(byte) => bits.put(literals.get(byte)),
                Meaning::Match(found) => {
                    let over = found.len.wrapping_sub(SHORTEST);
                    bits.put(lengths.get(over).copied().unwrap_or_default());
                    let (symbol, behind, count) = distance_symbol(found.distance);
                    bits.put(join(distances.get(symbol), (behind, count)));
                }
            }
        }
        bits.put(literals.get(END));
    }
}

/// Bytes of a stored part, at most.
const MOST_STORED: usize = 65_535;

/// Bits, and others behind them.
#[inline(always)]
fn join((bits, count): (u64, u32), (behind, more): (u64, u32)) -> (u64, u32) {
    (bits | behind << count, count.wrapping_add(more))
}

/// The lengths of codes that need not be said (RFC 1951, section 3.2.6).
#[expect(clippy::indexing_slicing, reason = "out of bounds, a constant does not compile")]
const FIXED_LITERALS: [u8; LITERALS] = {
    let mut lengths = [8; LITERALS];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < END { 9 } else { 7 };
        symbol += 1;
    }
    lengths
};
const FIXED_DISTANCES: [u8; DISTANCES] = [5; DISTANCES];

/// Symbols of the lengths of codes.
const LENGTH_SYMBOLS: usize = 19;
/// The one before, 3 to 6 times; 0, 3 to 10 times; 0, 11 to 138 times.
const REPEAT: usize = 16;
const SOME_ZEROS: usize = 17;
const MANY_ZEROS: usize = 18;

/// The lengths of codes as a block says them (RFC 1951, section 3.2.7): symbols for these, and codes for the symbols.
struct Lengths {
    literals: usize,
    distances: usize,
    /// Each with the bits behind it, and their number.
    symbols: Vec<(usize, u64, u32)>,
    codes: Codes<LENGTH_SYMBOLS>,
    /// How many of the codes are said.
    said: usize,
}

impl Lengths {
    /// The order in which the lengths of the codes for lengths are said.
    const ORDER: [usize; LENGTH_SYMBOLS] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    fn of(literals: &Codes<LITERALS>, distances: &Codes<DISTANCES>) -> Self {
        let used = |lengths: &[u8], least: usize| {
            lengths.iter().rposition(|length| *length > 0).map_or(0, |last| last.saturating_add(1)).max(least)
        };
        let of_literals =
            literals.lengths().get(..used(literals.lengths(), FIRST_LENGTH)).unwrap_or_default();
        let of_distances = distances.lengths().get(..used(distances.lengths(), 1)).unwrap_or_default();
        let all: Vec<u8> = of_literals.iter().chain(of_distances).copied().collect();
        let mut symbols = Vec::new();
        for run in all.chunk_by(|a, b| a == b) {
            let length = usize::from(run.first().copied().unwrap_or_default());
            let mut left = run.len();
            if length > 0 {
                symbols.push((length, 0, 0));
                left = left.saturating_sub(1);
            }
            while left >= 3 {
                let (symbol, least, most, bits) = match (length, left) {
                    (0, 11..) => (MANY_ZEROS, 11, 138, 7),
                    (0, _) => (SOME_ZEROS, 3, 10, 3),
                    _ => (REPEAT, 3, 6, 2),
                };
                let taken = left.min(most);
                symbols.push((symbol, taken.saturating_sub(least) as u64, bits));
                left = left.saturating_sub(taken);
            }
            symbols.extend(std::iter::repeat_n((length, 0, 0), left));
        }
        let mut counts = [0_u32; LENGTH_SYMBOLS];
        for (symbol, ..) in &symbols {
            if let Some(count) = counts.get_mut(*symbol) {
                *count = count.saturating_add(1);
            }
        }
        let codes = Codes::best(&counts, 7);
        let is_said = |symbol: &usize| codes.get(*symbol).1 > 0;
        let said = Self::ORDER.iter().rposition(is_said).map_or(0, |last| last.saturating_add(1)).max(4);
        Self { literals: of_literals.len(), distances: of_distances.len(), symbols, codes, said }
    }

    /// Bits that all of it takes.
    fn size(&self) -> u64 {
        let symbols =
            self.symbols.iter().map(|(symbol, _, bits)| u64::from(self.codes.get(*symbol).1 + bits));
        14 + 3 * self.said as u64 + symbols.sum::<u64>()
    }

    fn write(&self, bits: &mut Bits<'_>) {
        bits.put((self.literals.saturating_sub(FIRST_LENGTH) as u64, 5));
        bits.put((self.distances.saturating_sub(1) as u64, 5));
        bits.put((self.said.saturating_sub(4) as u64, 4));
        for symbol in Self::ORDER.iter().take(self.said) {
            bits.put((self.codes.get(*symbol).1.into(), 3));
        }
        for (symbol, behind, count) in &self.symbols {
            bits.put(join(self.codes.get(*symbol), (*behind, *count)));
        }
    }
}

/// Bits that symbols take which occur so often, with codes of such lengths.
fn size<const N: usize>(lengths: &[u8; N], counts: &[u32; N]) -> u64 {
    lengths.iter().zip(counts).map(|(length, count)| u64::from(*length) * u64::from(*count)).sum()
}
