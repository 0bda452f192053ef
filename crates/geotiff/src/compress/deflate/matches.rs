//! What was there before: runs of bytes that are the same as earlier ones (RFC 1951, section 4).
//!
//! Positions are chained by a hash of the four bytes that begin there, each chain from the latest to the earliest; of three
//! bytes only the latest position is known, for it is near or not worth its price. Positions are held in 16 bits, so that all
//! tables together stay in a core's cache: one that is too old to be told from a new one is found out by its bytes.

#![expect(clippy::cast_possible_truncation, reason = "positions and hashes are held in the bits that count")]

/// How far back a match may begin, and one more.
pub(super) const WINDOW: usize = 1 << 15;
/// The shortest match.
pub(super) const SHORTEST: usize = 3;
/// The longest match.
pub(super) const LONGEST: usize = 258;

/// Bits of the hash of three bytes, at most.
const BITS_OF_3: u32 = 13;
/// Bits of the hash of four bytes, at most.
const BITS_OF_4: u32 = 16;
/// The golden ratio's; the best bits of a product are the upper ones.
const MULTIPLIER: u32 = 0x9e37_79b1;

/// So many bytes are the same as those so far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) len: usize,
    pub(super) distance: usize,
}

/// How hard to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Earlier positions that are tried for each, at most.
    pub(super) depth: u32,
    /// With a match of this length the search ends.
    pub(super) enough: usize,
    /// Whether it is asked if the next position has a better match.
    pub(super) lazy: bool,
}

/// Positions, by an index that is taken modulo their number.
#[derive(Debug)]
struct Positions<const N: usize>(Box<[u16; N]>);

impl<const N: usize> Positions<N> {
    fn new() -> Self {
        Self(Box::new([0; N]))
    }

    #[inline(always)]
    fn get(&self, index: usize) -> u16 {
        self.0.get(index % N).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn set(&mut self, index: usize, position: u16) {
        if let Some(place) = self.0.get_mut(index % N) {
            *place = position;
        }
    }

    fn clear(&mut self, bits: u32) {
        self.0.iter_mut().take(1 << bits).for_each(|position| *position = 0);
    }
}

/// The tables, reused from chunk to chunk.
#[derive(Debug)]
pub(super) struct Tables {
    latest_of_3: Positions<{ 1 << BITS_OF_3 }>,
    latest_of_4: Positions<{ 1 << BITS_OF_4 }>,
    /// Of each position in the window, the one before it in its chain.
    before: Positions<WINDOW>,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self { latest_of_3: Positions::new(), latest_of_4: Positions::new(), before: Positions::new() }
    }

    /// Begins with nothing: what is found depends on `plain` alone.
    pub(super) fn search<'a>(&'a mut self, plain: &'a [u8]) -> Search<'a> {
        // Few bytes need a small table, which is cleared sooner.
        let bits = (plain.len().max(1).ilog2().saturating_add(1)).clamp(10, BITS_OF_4);
        let bits_of_3 = bits.min(BITS_OF_3);
        self.latest_of_3.clear(bits_of_3);
        self.latest_of_4.clear(bits);
        let shifts = (32_u32.saturating_sub(bits_of_3), 32_u32.saturating_sub(bits));
        let mut search = Search { plain, tables: self, shifts, next: Slots::default() };
        search.look_up(0);
        search
    }
}

/// Where the tables have a position, and what stands there so far.
#[derive(Debug, Clone, Copy, Default)]
struct Slots {
    of_3: usize,
    of_4: usize,
    latest_of_3: u16,
    latest_of_4: u16,
}

/// A search that goes through bytes from the first to the last.
#[derive(Debug)]
pub(super) struct Search<'a> {
    plain: &'a [u8],
    tables: &'a mut Tables,
    shifts: (u32, u32),
    /// Of the next position: looked up early, so that the memory has answered when it is needed.
    next: Slots,
}

impl Search<'_> {
    #[inline(always)]
    fn look_up(&mut self, at: usize) {
        let word = four(self.plain, at);
        let of_3 = ((word << 8).wrapping_mul(MULTIPLIER) >> self.shifts.0) as usize;
        let of_4 = (word.wrapping_mul(MULTIPLIER) >> self.shifts.1) as usize;
        let (latest_of_3, latest_of_4) =
            (self.tables.latest_of_3.get(of_3), self.tables.latest_of_4.get(of_4));
        self.next = Slots { of_3, of_4, latest_of_3, latest_of_4 };
    }

    /// Takes a position into the tables, the one behind the last that was taken.
    #[inline(always)]
    fn take(&mut self, at: usize) -> Slots {
        let slots = self.next;
        self.tables.latest_of_3.set(slots.of_3, at as u16);
        self.tables.latest_of_4.set(slots.of_4, at as u16);
        self.tables.before.set(at, slots.latest_of_4);
        self.look_up(at.wrapping_add(1));
        slots
    }

    /// Goes over positions without looking for a match.
    #[inline(always)]
    pub(super) fn skip(&mut self, from: usize, to: usize) {
        // The last three have no four bytes.
        for at in from..to.min(self.plain.len().saturating_sub(3)) {
            self.take(at);
        }
    }

    /// The longest match for a position, the nearest of them, if one is longer than `least`.
    #[inline(always)]
    pub(super) fn longest(&mut self, at: usize, least: usize, effort: &Effort) -> Option<Match> {
        let plain = self.plain;
        let rest = plain.get(at..)?;
        let word = u32::from_le_bytes(*rest.first_chunk()?);
        let slots = self.take(at);
        let rest = rest.get(..LONGEST).unwrap_or(rest);
        let enough = effort.enough.min(rest.len());
        let here = at as u16;
        let (mut best, mut best_len) = (None, least);
        if least < SHORTEST {
            let distance = usize::from(here.wrapping_sub(slots.latest_of_3));
            // Three bytes are the upper ones of a word moved up by one.
            let same = |start| (four(plain, start) ^ word) << 8 == 0;
            if (1..WINDOW).contains(&distance) && at.checked_sub(distance).is_some_and(same) {
                best_len = SHORTEST;
                best = Some(Match { len: best_len, distance });
            }
        }
        if best_len >= enough {
            return best;
        }
        // A longer match has these four bytes at its end.
        let mut end_at = best_len.saturating_sub(3);
        let mut end = four(rest, end_at);
        let (mut earlier, mut last_distance) = (slots.latest_of_4, 0);
        for _ in 0..effort.depth {
            let distance = usize::from(here.wrapping_sub(earlier));
            // A chain only leads back: anything else is a position from another time.
            if distance <= last_distance || distance >= WINDOW {
                break;
            }
            last_distance = distance;
            let Some(there) = at.checked_sub(distance).and_then(|start| plain.get(start..)) else { break };
            if four(there, end_at) == end && four(there, 0) == word {
                let len = common(rest, there);
                if len > best_len {
                    best_len = len;
                    best = Some(Match { len, distance });
                    if len >= enough {
                        break;
                    }
                    end_at = len.saturating_sub(3);
                    end = four(rest, end_at);
                }
            }
            earlier = self.tables.before.get(usize::from(earlier));
        }
        best
    }
}

/// Four bytes as a number; 0 where there are fewer.
#[inline(always)]
fn four(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

/// How many bytes are the same, from the first.
#[inline(always)]
fn common(a: &[u8], b: &[u8]) -> usize {
    let mut len = 0_usize;
    let eight = |bytes: &[u8]| bytes.first_chunk().map(|eight| u64::from_le_bytes(*eight));
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some(x), Some(y)) = (eight(rest_a), eight(rest_b)) {
        let differing = x ^ y;
        if differing != 0 {
            return len.saturating_add((differing.trailing_zeros() / 8) as usize);
        }
        len = len.saturating_add(8);
        (rest_a, rest_b) = (rest_a.get(8..).unwrap_or_default(), rest_b.get(8..).unwrap_or_default());
    }
    let alike = rest_a.iter().zip(rest_b).take_while(|(x, y)| x == y).count();
    len.saturating_add(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EFFORT: Effort = Effort { depth: 100, enough: LONGEST, lazy: false };

    #[test]
    fn finds_the_longest_and_of_those_the_nearest() {
        let plain = b"abcdeXabcdefYabcdefZabcdefg";
        let mut tables = Tables::new();
        for _ in 0..2 {
            let mut search = tables.search(plain);
            assert_eq!(search.longest(0, 2, &EFFORT), None);
            search.skip(1, 6);
            assert_eq!(search.longest(6, 2, &EFFORT), Some(Match { len: 5, distance: 6 }));
            search.skip(7, 20);
            assert_eq!(search.longest(20, 2, &EFFORT), Some(Match { len: 6, distance: 7 }));
        }
    }

    #[test]
    fn knows_the_bounds_of_a_match() {
        let mut tables = Tables::new();
        let plain = [7; 1000];
        let mut search = tables.search(&plain);
        assert_eq!(search.longest(0, 2, &EFFORT), None);
        assert_eq!(search.longest(1, 2, &EFFORT), Some(Match { len: LONGEST, distance: 1 }));
        // The same four bytes again and again, too far away, and just near enough.
        for (gap, found) in [(WINDOW, None), (WINDOW - 1, Some(Match { len: 4, distance: WINDOW - 1 }))] {
            let mut plain = vec![0; gap + 4];
            plain[..4].copy_from_slice(b"memo");
            plain[gap..].copy_from_slice(b"memo");
            let mut search = tables.search(&plain);
            search.skip(0, gap);
            assert_eq!(search.longest(gap, 2, &EFFORT), found);
        }
    }
}
