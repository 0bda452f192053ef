//! How often symbols occur, and what that says: what a literal or a match costs, and whether a block is better cut in two.
//!
//! Bits are estimated in a polynomial's arithmetic, not in a logarithm's, which differs from machine to machine: files do not.

#![expect(clippy::cast_possible_truncation, reason = "symbols, lengths and prices are small numbers")]

use super::super::huffman::{Codes, LONGEST};
use super::matches::{Match, SHORTEST};

/// Literals, the end of a block, lengths; two symbols never occur.
pub(super) const LITERALS: usize = 288;
/// Distances; two symbols never occur.
pub(super) const DISTANCES: usize = 32;
/// The symbol that ends a block.
pub(super) const END: usize = 256;
/// The symbol of the shortest length.
pub(super) const FIRST_LENGTH: usize = 257;

/// Lengths have 29 symbols: the shortest length of each, and the bits that say which of them it is (RFC 1951, section 3.2.5).
#[expect(clippy::indexing_slicing, reason = "out of bounds, a constant does not compile")]
const LENGTHS: [(usize, u8); 29] = {
    let mut lengths = [(258, 0); 29];
    let (mut symbol, mut first) = (0, SHORTEST);
    while symbol < 28 {
        let bits = if symbol < 8 { 0 } else { symbol as u8 / 4 - 1 };
        lengths[symbol] = (first, bits);
        first += 1 << bits;
        symbol += 1;
    }
    lengths
};

/// The symbols of lengths, counted from 0, by length from the shortest.
#[expect(clippy::indexing_slicing, reason = "out of bounds, a constant does not compile")]
const SYMBOLS: [u8; 256] = {
    let mut symbols = [0; 256];
    let mut symbol = 0;
    while symbol < 29 {
        let mut length = LENGTHS[symbol].0;
        // The last symbol takes the longest length from the one before it.
        while length - SHORTEST < 256 {
            symbols[length - SHORTEST] = symbol as u8;
            length += 1;
        }
        symbol += 1;
    }
    symbols
};

/// The symbol of a length, counted from 0; the bits behind it, and their number.
#[inline(always)]
pub(super) fn length_symbol(len: usize) -> (usize, u64, u32) {
    let over = len.saturating_sub(SHORTEST);
    let symbol = usize::from(SYMBOLS.get(over % 256).copied().unwrap_or_default());
    let (first, bits) = LENGTHS.get(symbol).copied().unwrap_or_default();
    (symbol, len.saturating_sub(first) as u64, bits.into())
}

/// The symbol of a distance; the bits behind it, and their number.
#[inline(always)]
pub(super) fn distance_symbol(distance: usize) -> (usize, u64, u32) {
    let over = distance.saturating_sub(1) as u64;
    if over < 4 {
        return (over as usize, 0, 0);
    }
    // The two upper bits are in the symbol, the others follow.
    let bits = over.ilog2().saturating_sub(1);
    let upper = (over >> bits) & 1;
    ((u64::from(bits) * 2 + 2 + upper) as usize, over & ((1 << bits) - 1), bits)
}

/// How often each symbol occurs.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) literals: [u32; LITERALS],
    pub(super) distances: [u32; DISTANCES],
}

impl Counts {
    pub(super) fn new() -> Self {
        Self { literals: [0; LITERALS], distances: [0; DISTANCES] }
    }

    #[inline(always)]
    pub(super) fn literal(&mut self, byte: u8) {
        if let Some(count) = self.literals.get_mut(usize::from(byte)) {
            *count = count.wrapping_add(1);
        }
    }

    #[inline(always)]
    pub(super) fn found(&mut self, found: Match) {
        let (length, ..) = length_symbol(found.len);
        if let Some(count) = self.literals.get_mut(FIRST_LENGTH.wrapping_add(length)) {
            *count = count.wrapping_add(1);
        }
        let (distance, ..) = distance_symbol(found.distance);
        if let Some(count) = self.distances.get_mut(distance) {
            *count = count.wrapping_add(1);
        }
    }

    pub(super) fn plus(&self, more: &Self) -> Self {
        let mut sum = self.clone();
        let pairs = sum.literals.iter_mut().zip(&more.literals);
        for (sum, more) in pairs.chain(sum.distances.iter_mut().zip(&more.distances)) {
            *sum = sum.wrapping_add(*more);
        }
        sum
    }

    /// Bits behind symbols, which say the exact length or distance.
    pub(super) fn bits_behind(&self) -> u64 {
        let lengths = self.literals.iter().skip(FIRST_LENGTH).zip(LENGTHS);
        let of_lengths: u64 = lengths.map(|(count, (_, bits))| u64::from(*count) * u64::from(bits)).sum();
        let distances = (0_u64..).zip(&self.distances).skip(4);
        of_lengths + distances.map(|(symbol, count)| u64::from(*count) * (symbol / 2 - 1)).sum::<u64>()
    }

    /// Bits of a block of such symbols, about, without those behind symbols.
    pub(super) fn size(&self) -> f32 {
        /// What a block says of itself, but for the lengths of codes.
        const BLOCK: f32 = 40.0;
        BLOCK + entropy(&self.literals) + entropy(&self.distances)
    }
}

/// Bits of symbols that occur so often, and of saying so.
fn entropy(counts: &[u32]) -> f32 {
    /// Bits of the length of a code, about.
    const LENGTH: f32 = 3.5;
    let (mut total, mut used, mut sums) = (0_u32, 0_u32, [0.0; 8]);
    // Eight sums side by side, which the machine makes at once.
    for part in counts.chunks_exact(8) {
        for (sum, count) in sums.iter_mut().zip(part) {
            total = total.wrapping_add(*count);
            used = used.wrapping_add(u32::from(*count > 0));
            *sum += *count as f32 * log2(*count);
        }
    }
    total as f32 * log2(total) - sums.iter().sum::<f32>() + used as f32 * LENGTH
}

/// The binary logarithm, within 0.0003; of 0, anything finite.
#[inline(always)]
fn log2(n: u32) -> f32 {
    // 1.0 has the exponent 127.
    let bits = (n as f32).to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let t = f32::from_bits(bits & 0x007f_ffff | 0x3f80_0000) - 1.0;
    // A straight line, and what is missing between its ends, which are exact.
    let curve = 0.439_986 + t * (t * 0.082_314 - 0.241_702);
    exponent + t + t * (1.0 - t) * curve
}

/// Bits of the code of each symbol, about. Of few symbols it is far from the logarithm: their codes are made.
fn code_sizes(counts: &[u32; LITERALS], of_total: f32) -> [f32; LITERALS] {
    const FEW: usize = 48;
    if counts.iter().filter(|count| **count > 0).count() <= FEW {
        return Codes::best(counts, LONGEST).lengths().map(f32::from);
    }
    counts.map(|count| (of_total - log2(count)).max(1.0))
}

/// What symbols cost, in sixteenths of a bit, going by those so far.
#[derive(Debug)]
pub(super) struct Prices {
    literals: [i32; END],
    lengths: [i32; 29],
    distances: [i32; DISTANCES],
}

/// A bit, in the unit of prices.
const BIT: f32 = 16.0;
/// No symbol is taken to cost less or more: what was not met yet may come.
const RANGE: std::ops::RangeInclusive<f32> = 1.0..=10.0;

impl Prices {
    /// A guess at the beginning: literals by the first bytes, of which most will not stay literals.
    pub(super) fn guess(plain: &[u8]) -> Self {
        /// Bytes that are looked at.
        const FIRST: usize = 8192;
        /// Bits of a literal, at least.
        const LEAST: i32 = 2;
        let mut counts = Counts::new();
        plain.iter().take(FIRST).for_each(|byte| counts.literal(*byte));
        let mut prices = Self::with_lengths_of(5);
        let matches = (prices.lengths, prices.distances);
        prices.update(&counts);
        prices.literals = prices.literals.map(|price| price.max(LEAST * BIT as i32));
        (prices.lengths, prices.distances) = matches;
        prices
    }

    /// Prices by which nearly every match is taken.
    pub(super) fn for_matches() -> Self {
        Self::with_lengths_of(3)
    }

    /// Literals of eight bits, lengths of some, distances of four, and what stands behind them.
    fn with_lengths_of(length: i32) -> Self {
        let price = |bits: i32| bits.saturating_mul(BIT as i32);
        let mut prices = Self { literals: [price(8); END], lengths: [0; 29], distances: [0; DISTANCES] };
        for (price_of, (_, bits)) in prices.lengths.iter_mut().zip(LENGTHS) {
            *price_of = price(length + i32::from(bits));
        }
        for (symbol, price_of) in (0..).zip(&mut prices.distances) {
            *price_of = price(4 + (symbol / 2 - 1).max(0));
        }
        prices
    }

    /// The prices of symbols that occur so often.
    pub(super) fn update(&mut self, counts: &Counts) {
        let (least, most) = RANGE.into_inner();
        let of_total = log2(counts.literals.iter().fold(0_u32, |sum, count| sum.wrapping_add(*count)));
        // As if each had occurred half a time more.
        let rare = |of_total: f32, count: u32| {
            (of_total - log2(count.wrapping_mul(2).wrapping_add(1)) + 1.0).clamp(least, most)
        };
        let sizes = code_sizes(&counts.literals, of_total);
        for (known, (count, size)) in self.literals.iter_mut().zip(counts.literals.iter().zip(sizes)) {
            let size = if *count > 0 { size } else { rare(of_total, 0) };
            *known = (size * BIT) as i32;
        }
        let lengths = counts.literals.iter().zip(sizes).skip(FIRST_LENGTH).zip(LENGTHS);
        for (known, ((count, size), (_, bits))) in self.lengths.iter_mut().zip(lengths) {
            let size = if *count > 0 { size } else { rare(of_total, 0) };
            *known = ((size + f32::from(bits)) * BIT) as i32;
        }
        let matches = counts.distances.iter().fold(8_u32, |sum, count| sum.wrapping_add(*count));
        let of_matches = log2(matches);
        for ((symbol, known), count) in (0..).zip(&mut self.distances).zip(counts.distances) {
            let bits = (symbol / 2 - 1).max(0);
            *known = ((rare(of_matches, count) + bits as f32) * BIT) as i32;
        }
    }

    /// What a match saves over the literals that begin `plain`; less than nothing where these are cheaper.
    #[inline(always)]
    pub(super) fn gain(&self, found: Match, plain: &[u8]) -> i32 {
        let (length, ..) = length_symbol(found.len);
        let (distance, ..) = distance_symbol(found.distance);
        let cost = self.lengths.get(length).copied().unwrap_or_default();
        let cost = cost.wrapping_add(self.distances.get(distance).copied().unwrap_or_default());
        let prices = plain.iter().take(found.len).map(|byte| self.literals.get(usize::from(*byte)));
        // 258 literals at the highest price are far from overflowing.
        prices
            .fold(0_i32, |sum, price| sum.wrapping_add(price.copied().unwrap_or_default()))
            .wrapping_sub(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1951, section 3.2.5: rows of its tables.
    #[test]
    fn symbols_are_those_of_the_standard() {
        for (len, symbol, behind, bits) in [
            (3, 257, 0, 0),
            (10, 264, 0, 0),
            (11, 265, 0, 1),
            (12, 265, 1, 1),
            (17, 268, 0, 1),
            (19, 269, 0, 2),
            (114, 279, 15, 4),
            (115, 280, 0, 4),
            (257, 284, 30, 5),
            (258, 285, 0, 0),
        ] {
            assert_eq!(length_symbol(len), (symbol - FIRST_LENGTH, behind, bits), "{len}");
        }
        for (distance, symbol, behind, bits) in [
            (1, 0, 0, 0),
            (4, 3, 0, 0),
            (5, 4, 0, 1),
            (6, 4, 1, 1),
            (7, 5, 0, 1),
            (193, 15, 0, 6),
            (256, 15, 63, 6),
            (24_576, 28, 8191, 13),
            (24_577, 29, 0, 13),
            (32_768, 29, 8191, 13),
        ] {
            assert_eq!(distance_symbol(distance), (symbol, behind, bits), "{distance}");
        }
    }

    #[test]
    fn logarithms_are_near_enough() {
        for n in (1..5000).chain([65_535, 1 << 20, 3_000_001]) {
            assert!((log2(n) - (n as f32).log2()).abs() < 0.0004, "{n}");
        }
        assert!((0.0 * log2(0)).abs() < 1e-9);
    }
}
