//! Blocks of a progressive image: bands of coefficients, bit by bit (ITU-T T.81, annex G).

use super::Damage;
use super::bits::{Bits, Huffman};
use super::frame::Scan;
use super::scan::{Block, narrow, set, slot};

/// The band of coefficients, and the bits of them, that a scan holds.
#[derive(Debug)]
pub(super) struct Band {
    /// First and last coefficient, in zigzag order.
    first: usize,
    last: usize,
    /// Whether coefficients have bits from scans before.
    refines: bool,
    /// The place of the lowest bit.
    low: u32,
    /// The last mean of each component of the scan.
    means: [i32; 4],
    /// Blocks that have no more coefficients in this band.
    end_of_band: u32,
}

impl Band {
    pub(super) fn new(scan: &Scan) -> Self {
        let Scan { first, last, high, low, .. } = *scan;
        Self { first, last, refines: high > 0, low, means: [0; 4], end_of_band: 0 }
    }

    pub(super) fn restart(&mut self) {
        self.means = [0; 4];
        self.end_of_band = 0;
    }

    /// Decodes what the scan has of a block; `slot` is the component's place in the scan.
    pub(super) fn decode(
        &mut self,
        bits: &mut Bits<'_>,
        slot: usize,
        block: &mut Block,
        (dc, ac): (Option<&Huffman>, Option<&Huffman>),
    ) {
        match (self.first, self.refines, dc, ac) {
            (0, true, ..) => self.refine_mean(bits, block),
            (0, false, Some(dc), _) => self.mean(bits, slot, block, dc),
            (_, false, _, Some(ac)) => self.begin(bits, block, ac),
            (_, true, _, Some(ac)) => self.refine(bits, block, ac),
            _ => debug_assert!(false, "a scan has its tables"),
        }
    }

    fn mean(&mut self, bits: &mut Bits<'_>, slot: usize, block: &mut Block, table: &Huffman) {
        let (_, difference) = bits.code_and_number(table);
        if let Some(mean) = self.means.get_mut(slot) {
            *mean = mean.wrapping_add(difference);
            set(block, 0, narrow(*mean << self.low));
        }
    }

    fn refine_mean(&self, bits: &mut Bits<'_>, block: &mut Block) {
        if bits.bit()
            && let Some(mean) = slot(block, 0)
        {
            *mean |= 1 << self.low;
        }
    }

    /// The first bits of coefficients, in runs of zeros.
    fn begin(&mut self, bits: &mut Bits<'_>, block: &mut Block, table: &Huffman) {
        if self.end_of_band > 0 {
            self.end_of_band = self.end_of_band.saturating_sub(1);
            return;
        }
        let mut at = self.first;
        while at <= self.last {
            let (symbol, number) = bits.code_and_number(table);
            let run = symbol >> 4;
            match (run, symbol & 15) {
                (15, 0) => at = at.saturating_add(16),
                (run, 0) => {
                    self.end_of_band = run_of_ends(bits, run).saturating_sub(1);
                    return;
                }
                _ => {
                    at = at.saturating_add(usize::from(run));
                    set(block, at, narrow(number << self.low));
                    at = at.saturating_add(1);
                }
            }
        }
    }

    /// One more bit for coefficients that are known, and new ones of just that bit (T.81, G.1.2.3).
    fn refine(&mut self, bits: &mut Bits<'_>, block: &mut Block, table: &Huffman) {
        let bit = 1_i16 << self.low;
        let mut at = self.first;
        if self.end_of_band == 0 {
            while at <= self.last {
                let symbol = bits.code(table);
                let mut fresh = 0;
                match (symbol >> 4, symbol & 15) {
                    (15, 0) => {}
                    (run, 0) => {
                        self.end_of_band = run_of_ends(bits, run);
                        break;
                    }
                    (_, size) => {
                        if size != 1 {
                            bits.note(Damage("a new coefficient of more than one bit"));
                        }
                        fresh = if bits.bit() { bit } else { bit.wrapping_neg() };
                    }
                }
                at = self.pass(bits, block, at, Some(symbol >> 4));
                if fresh != 0 {
                    set(block, at, fresh);
                }
                at = at.saturating_add(1);
            }
        }
        if self.end_of_band > 0 {
            self.pass(bits, block, at, None);
            self.end_of_band = self.end_of_band.saturating_sub(1);
        }
    }

    /// Passes `zeros` coefficients that are zero, or all of them, refining the others on the way; gives the place of the
    /// next zero, or the end of the band.
    fn pass(&self, bits: &mut Bits<'_>, block: &mut Block, mut at: usize, mut zeros: Option<u8>) -> usize {
        let bit = 1_i16 << self.low;
        while at <= self.last {
            let Some(value) = slot(block, at) else { break };
            if *value == 0 {
                if let Some(left) = &mut zeros {
                    let Some(fewer) = left.checked_sub(1) else { break };
                    *left = fewer;
                }
            } else if bits.bit() && *value & bit == 0 {
                *value = value.wrapping_add(if *value > 0 { bit } else { bit.wrapping_neg() });
            }
            at = at.saturating_add(1);
        }
        at
    }
}

/// How many blocks, this one included, have no more coefficients.
fn run_of_ends(bits: &mut Bits<'_>, run: u8) -> u32 {
    (1_u32 << run).saturating_add(bits.take(u32::from(run)))
}
