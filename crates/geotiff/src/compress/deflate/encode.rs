//! Deflate as it is written: which matches are taken, and where blocks end.
//!
//! A match is taken if it costs less than the literals that it stands for, going by how often symbols occurred so far, and if
//! the next position has none that saves more. Symbols come in pieces; a piece joins the block before it if that makes both
//! together smaller than each by itself. Quick searches of the beginning go ahead, so that prices are right from there on.

use super::block::{Bits, Block, Symbol};
use super::matches::{Effort, LONGEST, Match, SHORTEST, Search, Tables};
use super::statistics::{Counts, Prices};
use crate::error::{Cause, Result};

/// How hard each level tries, from the first: so that files are as small as GDAL's of the same level, or smaller.
const LEVELS: [Effort; 9] = [
    Effort { depth: 4, enough: 16, lazy: false },
    Effort { depth: 6, enough: 16, lazy: false },
    Effort { depth: 12, enough: 24, lazy: false },
    Effort { depth: 16, enough: 32, lazy: false },
    Effort { depth: 16, enough: 32, lazy: true },
    Effort { depth: 96, enough: 128, lazy: true },
    Effort { depth: 256, enough: LONGEST, lazy: true },
    Effort { depth: 600, enough: LONGEST, lazy: true },
    Effort { depth: 1500, enough: LONGEST, lazy: true },
];
/// How hard the searches ahead try, for prices alone; and the first level that has them.
const QUICK: Effort = Effort { depth: 4, enough: 32, lazy: false };
const TWICE_FROM: usize = 3;
/// Bytes that they go over: a quarter of a chunk, at most so many.
const AHEAD: usize = 1 << 12;
/// Symbols of a piece.
const PIECE: usize = 2048;
/// Symbols after which prices are made anew; at the beginning sooner.
const PRICES: usize = 512;
const FIRST_PRICES: usize = 256;
/// Bytes that a block stands for, about, at most: its symbols are held until it is written.
const LONGEST_BLOCK: usize = 1 << 18;

/// The encoder with its tables, reused from chunk to chunk.
#[derive(Debug)]
pub(crate) struct Compressor {
    level: usize,
    tables: Tables,
    symbols: Vec<Symbol>,
}

impl Compressor {
    /// An encoder of a level from 1 to 9; beyond that 9, the greatest that there is here.
    pub(crate) fn new(level: u8) -> Self {
        let level = usize::from(level).clamp(1, LEVELS.len());
        Self { level, tables: Tables::new(), symbols: Vec::new() }
    }

    /// Appends a zlib stream of `plain` to `out`.
    pub(crate) fn encode(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // No block is longer than its bytes as they are, and five more.
        let bound = plain.len().saturating_add(plain.len() >> 8).saturating_add(64);
        let needed = bound as u64;
        out.try_reserve(bound).map_err(|_| Cause::NoMemory { what: "a compressed chunk", needed })?;
        // Deflate with the largest window; the level is for information only (RFC 1950, section 2.2).
        out.extend_from_slice(match self.level {
            1 => &[0x78, 0x01],
            2..=5 => &[0x78, 0x5e],
            6 => &[0x78, 0x9c],
            _ => &[0x78, 0xda],
        });
        let mut bits = Bits::new(out);
        self.deflate(plain, &mut bits);
        bits.fill_up();
        out.extend(zlib_rs::adler32::adler32(1, plain).to_be_bytes());
        Ok(())
    }

    fn deflate(&mut self, plain: &[u8], bits: &mut Bits<'_>) {
        let Some(effort) = LEVELS.get(self.level.saturating_sub(1)) else { return };
        let mut prices = Prices::guess(plain);
        let mut reprice = FIRST_PRICES;
        if self.level >= TWICE_FROM {
            // Prices bear themselves out: where matches are dear there are few of them, and they stay so.
            let (few, many) = (self.quick(plain, &prices), self.quick(plain, &Prices::for_matches()));
            let bits = |counts: &Counts| counts.size() + counts.bits_behind() as f32;
            prices.update(if bits(&many) < bits(&few) { &many } else { &few });
            // They hold for all of it, better than what is counted on the way.
            reprice = PIECE;
        }
        let mut blocks = Blocks::new(plain, &mut self.symbols);
        let mut search = self.tables.search(plain);
        let mut at = 0;
        while at < plain.len() {
            at = blocks.take(at, &mut search, effort, &prices);
            if blocks.in_piece() >= reprice {
                prices.update(&blocks.counts.plus(&blocks.piece));
                reprice = reprice.saturating_add(PRICES);
            }
            if blocks.in_piece() >= PIECE {
                blocks.end_piece(at, bits);
                reprice = PRICES;
            }
        }
        blocks.finish(bits);
    }

    /// The symbols of the beginning, found quickly.
    fn quick(&mut self, plain: &[u8], prices: &Prices) -> Counts {
        let most = (plain.len() / 4).min(AHEAD);
        // Matches reach a little farther; a small table is enough for so few bytes.
        let plain = plain.get(..most.saturating_add(2 * LONGEST)).unwrap_or(plain);
        let mut blocks = Blocks::new(plain, &mut self.symbols);
        let mut search = self.tables.search(plain);
        let mut at = 0;
        while at < most {
            at = blocks.take(at, &mut search, &QUICK, prices);
        }
        blocks.piece
    }
}

/// Symbols as they come, and the block that they make up.
struct Blocks<'a> {
    plain: &'a [u8],
    /// Of the block, and of the piece behind it.
    symbols: &'a mut Vec<Symbol>,
    /// How many are the block's.
    len: usize,
    counts: Counts,
    /// Bits of the block, about.
    size: f32,
    piece: Counts,
    /// Which bytes the block stands for.
    start: usize,
    end: usize,
}

impl<'a> Blocks<'a> {
    fn new(plain: &'a [u8], symbols: &'a mut Vec<Symbol>) -> Self {
        symbols.clear();
        Self {
            plain,
            symbols,
            len: 0,
            counts: Counts::new(),
            size: 0.0,
            piece: Counts::new(),
            start: 0,
            end: 0,
        }
    }

    /// Takes what stands at a position: a literal, or literals and a match; gives the position behind it.
    #[inline(always)]
    fn take(&mut self, mut at: usize, search: &mut Search<'_>, effort: &Effort, prices: &Prices) -> usize {
        let plain = self.plain;
        let byte = |at: usize| plain.get(at).copied().unwrap_or_default();
        let gain = |at: usize, found| (prices.gain(found, plain.get(at..).unwrap_or_default()), found);
        let found = search.longest(at, SHORTEST.saturating_sub(1), effort);
        let found = found.map(|found| gain(at, found)).filter(|(saved, _)| *saved > 0);
        let Some((mut saved, mut found)) = found else {
            self.literal(byte(at));
            return at.saturating_add(1);
        };
        let mut next = at.saturating_add(1);
        while effort.lazy && found.len < effort.enough {
            let half = Effort { depth: effort.depth / 2, ..*effort };
            // One that is shorter by the byte before it may be nearer, and cost less.
            let better = search.longest(next, found.len.saturating_sub(2), &half);
            let better = better.map(|better| gain(next, better)).filter(|(more, _)| *more > saved);
            let looked_at = next;
            next = next.saturating_add(1);
            let Some((more, better)) = better else { break };
            self.literal(byte(at));
            (at, saved, found) = (looked_at, more, better);
        }
        self.found(found);
        let end = at.saturating_add(found.len);
        search.skip(next, end);
        end
    }

    #[inline(always)]
    fn literal(&mut self, byte: u8) {
        self.symbols.push(Symbol::literal(byte));
        self.piece.literal(byte);
    }

    #[inline(always)]
    fn found(&mut self, found: Match) {
        self.symbols.push(Symbol::found(found));
        self.piece.found(found);
    }

    #[inline(always)]
    fn in_piece(&self) -> usize {
        self.symbols.len().wrapping_sub(self.len)
    }

    /// Ends a piece, which goes up to the byte `at`: it joins the block, or this is written and it begins another.
    fn end_piece(&mut self, at: usize, bits: &mut Bits<'_>) {
        let piece = std::mem::replace(&mut self.piece, Counts::new());
        let (joined, size_of_piece) = (self.counts.plus(&piece), piece.size());
        let size_of_both = joined.size();
        let is_long = at.saturating_sub(self.start) > LONGEST_BLOCK;
        if self.len > 0 && (is_long || self.size + size_of_piece < size_of_both) {
            self.write(false, bits);
            (self.counts, self.size) = (piece, size_of_piece);
        } else {
            (self.counts, self.size) = (joined, size_of_both);
        }
        (self.len, self.end) = (self.symbols.len(), at);
    }

    /// Writes the block, and begins another behind it.
    fn write(&mut self, is_last: bool, bits: &mut Bits<'_>) {
        let counts = std::mem::replace(&mut self.counts, Counts::new());
        let symbols = self.symbols.get(..self.len).unwrap_or_default();
        let plain = self.plain.get(self.start..self.end).unwrap_or_default();
        Block { symbols, counts, plain }.write(is_last, bits);
        self.symbols.drain(..self.len);
        self.start = self.end;
    }

    fn finish(mut self, bits: &mut Bits<'_>) {
        if self.in_piece() > 0 {
            self.end_piece(self.plain.len(), bits);
        }
        self.write(true, bits);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Deflate;
    use super::*;

    /// Noise of few or many values, runs, and slopes, as samples have them.
    #[expect(clippy::cast_possible_truncation, reason = "bytes are what is wanted")]
    fn samples(kind: usize, len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut noise = move |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % most
        };
        (0..len)
            .map(|at| match kind {
                0 => noise(256),
                1 => noise(3) * 7,
                2 => (at / 997) as u32,
                3 => (at % 256) as u32 + noise(4),
                // Runs, as maps of classes have them.
                4 => {
                    let hash = ((at / 40) as u32).wrapping_mul(2_654_435_761);
                    (hash ^ hash >> 15).wrapping_mul(2_246_822_519) >> 20 & 7
                }
                // Half of it noise, half of it nothing, so that blocks differ.
                _ if at / 30_000 % 2 == 0 => noise(256),
                _ => 9,
            } as u8)
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back_by_another_hand() {
        for level in [0, 1, 4, 6, 9, 12] {
            let mut compressor = Compressor::new(level);
            for (kind, len) in (0..6).flat_map(|kind| {
                [0, 1, 2, 3, 4, 5, 100, 257, 258, 259, 4096, 65_535, 65_536, 150_000].map(|len| (kind, len))
            }) {
                let plain = samples(kind, len);
                let mut packed = b"kept".to_vec();
                compressor.encode(&plain, &mut packed).unwrap();
                assert_eq!(&packed[..4], b"kept");
                let mut found = vec![0; len];
                let config = zlib_rs::InflateConfig::default();
                let (read, code) = zlib_rs::decompress_slice(&mut found, &packed[4..], config);
                assert_eq!(
                    (read as &[u8], code),
                    (&plain[..], zlib_rs::ReturnCode::Ok),
                    "{level} {kind} {len}"
                );
                let mut found = vec![0; len];
                let mut warnings = Default::default();
                Deflate::new().decode(&packed[4..], &mut found, true, &mut warnings).unwrap();
                assert_eq!(warnings.take(), None);
                assert!(found == plain, "{level} {kind} {len}");
            }
        }
    }

    #[test]
    fn nothing_grows_much_and_a_state_that_was_used_changes_nothing() {
        let mut used = Compressor::new(6);
        for kind in 0..6 {
            let plain = samples(kind, 200_000);
            let (mut first, mut again) = (Vec::new(), Vec::new());
            Compressor::new(6).encode(&plain, &mut first).unwrap();
            used.encode(&plain, &mut again).unwrap();
            assert!(first == again, "{kind}");
            assert!(first.len() <= plain.len() + 40, "{kind}: {}", first.len());
        }
    }

    /// Beside zlib's sizes, of the same level; for runs beside libdeflate's, which is smaller.
    #[test]
    fn is_as_small_as_others_are() {
        for (kind, theirs) in [(0, 100_041), (1, 23_923), (2, 330), (3, 62_245), (4, 2714), (5, 60_302)] {
            let mut packed = Vec::new();
            Compressor::new(6).encode(&samples(kind, 100_000), &mut packed).unwrap();
            assert!(packed.len() <= theirs + theirs / 50, "{kind}: {} for {theirs}", packed.len());
        }
    }
}
