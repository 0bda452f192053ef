//! Huffman codes whose lengths are bounded, for encoders: Deflate (RFC 1951, section 3.2) and JPEG.

/// The longest code that Deflate has; JPEG allows one bit more, which is worth nothing.
pub(super) const LONGEST: usize = 15;

/// Codes of an alphabet: of each symbol its length, and its bits, the first in the lowest place. Symbols without a code have
/// the length 0.
#[derive(Debug, Clone)]
pub(super) struct Codes<const N: usize> {
    lengths: [u8; N],
    bits: [u16; N],
}

impl<const N: usize> Codes<N> {
    /// The best codes for symbols that occur so often, none longer than `limit`. There are two at least, even if only one symbol
    /// or none occurs: some readers insist on it.
    pub(super) fn best(counts: &[u32; N], limit: usize) -> Self {
        // The rarest first. A symbol fits into 16 bits.
        let mut leaves: Vec<u64> = (0..)
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .map(|(symbol, count)| u64::from(*count) << 16 | symbol)
            .collect();
        for symbol in 0..2 {
            if leaves.len() < 2 && leaves.iter().all(|leaf| leaf & 0xffff != symbol) {
                leaves.push(1 << 16 | symbol);
            }
        }
        leaves.sort_unstable();
        let mut lengths = [0; N];
        let mut rarest = leaves.iter();
        let of_length = bounded(&depths(&leaves), limit);
        for (length, count) in of_length.into_iter().enumerate().rev() {
            for leaf in rarest.by_ref().take(count) {
                if let Some(place) = lengths.get_mut((leaf & 0xffff) as usize) {
                    *place = u8::try_from(length).unwrap_or_default();
                }
            }
        }
        Self::of_lengths(lengths)
    }

    /// The codes that lengths alone define (RFC 1951, section 3.2.2).
    pub(super) fn of_lengths(lengths: [u8; N]) -> Self {
        let mut of_length = [0_u16; LONGEST + 1];
        for length in lengths.iter().filter(|length| **length > 0) {
            if let Some(count) = of_length.get_mut(usize::from(*length)) {
                *count = count.saturating_add(1);
            }
        }
        let (mut next, mut code) = ([0_u16; LONGEST + 1], 0_u16);
        for (next, count) in next.iter_mut().zip(of_length) {
            code <<= 1;
            *next = code;
            code = code.wrapping_add(count);
        }
        let mut bits = [0; N];
        for (bits, length) in bits.iter_mut().zip(lengths).filter(|(_, length)| *length > 0) {
            if let Some(next) = next.get_mut(usize::from(length)) {
                *bits = next.reverse_bits() >> 16_u8.saturating_sub(length);
                *next = next.wrapping_add(1);
            }
        }
        Self { lengths, bits }
    }

    pub(super) fn lengths(&self) -> &[u8; N] {
        &self.lengths
    }

    /// Bits and length of the code of a symbol.
    #[inline(always)]
    pub(super) fn get(&self, symbol: usize) -> (u64, u32) {
        let bits = self.bits.get(symbol).copied().unwrap_or_default();
        (bits.into(), self.lengths.get(symbol).copied().unwrap_or_default().into())
    }
}

/// How deep the leaves of the best tree lie, by weight from the lightest; there are two at least. Weights are in the upper bits.
fn depths(leaves: &[u64]) -> Vec<usize> {
    // Leaves and nodes that joined two of these wait in order of their weights; the two lightest are joined next.
    let joins = leaves.len().saturating_sub(1);
    let (mut weights, mut parents) = (Vec::<u64>::with_capacity(joins), vec![0; joins]);
    let mut leaf_parents = Vec::with_capacity(leaves.len());
    let (mut waiting, mut node) = (leaves.iter().map(|leaf| leaf >> 16).peekable(), 0_usize);
    for parent in 0..joins {
        let mut sum = 0_u64;
        for _ in 0..2 {
            let lightest = weights.get(node).copied();
            let leaf = waiting.next_if(|leaf| lightest.is_none_or(|weight| *leaf <= weight));
            if let Some(weight) = leaf {
                leaf_parents.push(parent);
                sum = sum.saturating_add(weight);
            } else if let (Some(weight), Some(of_node)) = (lightest, parents.get_mut(node)) {
                *of_node = parent;
                node = node.saturating_add(1);
                sum = sum.saturating_add(weight);
            }
        }
        weights.push(sum);
    }
    // From the root, which was joined last, down.
    let mut of_nodes = vec![0_usize; joins];
    for node in (0..joins.saturating_sub(1)).rev() {
        let above = parents.get(node).and_then(|parent| of_nodes.get(*parent)).copied().unwrap_or_default();
        if let Some(depth) = of_nodes.get_mut(node) {
            *depth = above.saturating_add(1);
        }
    }
    let below = |parent: &usize| of_nodes.get(*parent).copied().unwrap_or_default().saturating_add(1);
    leaf_parents.iter().map(below).collect()
}

/// How many codes of each length there are, for leaves so deep.
fn bounded(depths: &[usize], limit: usize) -> [usize; LONGEST + 1] {
    let mut of_length = [0_usize; LONGEST + 1];
    for depth in depths {
        if let Some(count) = of_length.get_mut((*depth).min(limit)) {
            *count = count.saturating_add(1);
        }
    }
    // Where branches were cut off there are more codes than a tree of this height has places for, counted at its bottom. One of
    // the longest becomes the neighbour of a shorter one, which has to become longer by a bit.
    let place = |(length, count): (usize, &usize)| count << limit.saturating_sub(length);
    let mut places: usize = of_length.iter().enumerate().map(place).sum();
    while places > 1 << limit {
        let shorter = (1..limit).rev().find(|length| of_length.get(*length).is_some_and(|count| *count > 0));
        let pair = shorter.and_then(|length| of_length.get_mut(length..)?.first_chunk_mut());
        let Some([count, longer]) = pair else { break };
        *count = count.saturating_sub(1);
        *longer = longer.saturating_add(2);
        if let Some(longest) = of_length.get_mut(limit) {
            *longest = longest.saturating_sub(1);
        }
        places = places.saturating_sub(1);
    }
    of_length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1951, section 3.2.2: the second one, ABCDEFGH.
    #[test]
    fn lengths_define_codes_as_the_standard_says() {
        let codes = Codes::of_lengths([3, 3, 3, 3, 3, 2, 4, 4]);
        let wanted =
            [(0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b00, 2), (0b1110, 4), (0b1111, 4)];
        for (symbol, (code, length)) in wanted.into_iter().enumerate() {
            let written = u64::from(u16::reverse_bits(code) >> (16 - length));
            assert_eq!(codes.get(symbol), (written, length));
        }
    }

    /// Sums of 2^-length, in units of the longest.
    fn kraft(lengths: &[u8]) -> u32 {
        lengths.iter().filter(|length| **length > 0).map(|length| 1 << (LONGEST - usize::from(*length))).sum()
    }

    #[test]
    fn codes_are_complete_and_bounded() {
        let mut fibonacci = [0_u32; 30];
        let (mut a, mut b) = (1, 1);
        for count in &mut fibonacci {
            *count = a;
            (a, b) = (b, a + b);
        }
        for (counts, limit) in [(fibonacci, 15), (fibonacci, 7), ([5; 30], 15), ([1; 30], 5)] {
            let codes = Codes::best(&counts, limit);
            assert_eq!(kraft(codes.lengths()), 1 << LONGEST);
            assert!(codes.lengths().iter().all(|length| (1..=limit).contains(&usize::from(*length))));
        }
        for used in [None, Some(0), Some(1), Some(17)] {
            let mut counts = [0; 30];
            if let Some(symbol) = used {
                counts[symbol] = 9;
            }
            let codes = Codes::best(&counts, LONGEST);
            assert_eq!(kraft(codes.lengths()), 1 << LONGEST, "two codes of one bit");
            assert!(used.is_none_or(|symbol| codes.lengths()[symbol] == 1));
        }
    }

    /// Where no code is near the bound, the lengths are those of Huffman: worked out by hand.
    #[test]
    fn codes_are_the_best() {
        let codes = Codes::best(&[45, 13, 12, 16, 9, 5], LONGEST);
        assert_eq!(codes.lengths(), &[1, 3, 3, 3, 4, 4]);
    }
}
