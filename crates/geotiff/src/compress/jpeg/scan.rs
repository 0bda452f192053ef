//! One scan: from bits to coefficients (ITU-T T.81, annexes F and G).

use super::Damage;
use super::bits::{Bits, Huffman};
use super::frame::{BLOCK, Frame, Scan, Tables};

/// Decodes the scan that begins with `data`; gives what follows it.
pub(super) fn decode<'a>(
    scan: &Scan,
    frame: &mut Frame,
    tables: &Tables,
    data: &'a [u8],
) -> Result<&'a [u8], Damage> {
    let mut state = State {
        bits: Bits::new(data),
        predictions: [0; 4],
        end_of_band: 0,
        scan,
        progressive: frame.progressive,
    };
    let mut until_restart = tables.restart;
    let single = scan.components.len() == 1;
    let (across, down) = match scan.components.first().and_then(|(at, ..)| frame.components.get(*at)) {
        Some(component) if single => (component.blocks_across, component.blocks_down),
        _ => (frame.width.div_ceil(8 * frame.h_max), frame.height.div_ceil(8 * frame.v_max)),
    };
    for row in 0..down {
        for column in 0..across {
            if tables.restart > 0 && until_restart == 0 {
                state.restart();
                until_restart = tables.restart;
            }
            until_restart = until_restart.saturating_sub(1);
            for (slot, &(at, dc, ac)) in scan.components.iter().enumerate() {
                let Some(component) = frame.components.get_mut(at) else { continue };
                let (h, v) = if single { (1, 1) } else { (component.h, component.v) };
                for unit in 0..h.saturating_mul(v) {
                    let x = column.saturating_mul(h).saturating_add(unit % h);
                    let y = row.saturating_mul(v).saturating_add(unit / h);
                    let block = y.saturating_mul(component.stride).saturating_add(x).saturating_mul(BLOCK);
                    let coefficients =
                        component.coefficients.get_mut(block..).and_then(|rest| rest.first_chunk_mut());
                    let coefficients = coefficients.ok_or(Damage("a block outside the frame"))?;
                    state.block(slot, coefficients, (huffman(&tables.dc, dc), huffman(&tables.ac, ac)))?;
                }
            }
        }
    }
    Ok(state.bits.rest())
}

fn huffman(tables: &[Option<Huffman>; 4], at: usize) -> Option<&Huffman> {
    tables.get(at).and_then(Option::as_ref)
}

struct State<'a, 's> {
    bits: Bits<'a>,
    /// The last mean of each component of the scan.
    predictions: [i32; 4],
    /// Blocks that have no more coefficients in this band.
    end_of_band: u32,
    scan: &'s Scan,
    progressive: bool,
}

type Block = [i16; BLOCK];

impl State<'_, '_> {
    fn restart(&mut self) {
        self.bits.restart();
        self.predictions = [0; 4];
        self.end_of_band = 0;
    }

    fn block(
        &mut self,
        slot: usize,
        block: &mut Block,
        (dc, ac): (Option<&Huffman>, Option<&Huffman>),
    ) -> Result<(), Damage> {
        let missing = Damage("a scan without its Huffman table");
        match (self.progressive, self.scan.first, self.scan.high) {
            (false, ..) => {
                self.mean(slot, block, dc.ok_or(missing)?)?;
                self.band(block, ac.ok_or(missing)?, 1)
            }
            (true, 0, 0) => self.mean(slot, block, dc.ok_or(missing)?),
            (true, 0, _) => {
                if self.bits.bit()? {
                    set(block, 0, |mean| mean | (1 << self.scan.low));
                }
                Ok(())
            }
            (true, first, 0) => self.band(block, ac.ok_or(missing)?, first),
            (true, ..) => self.refine(block, ac.ok_or(missing)?),
        }
    }

    /// The mean of a block, coded as the difference to the last one.
    fn mean(&mut self, slot: usize, block: &mut Block, table: &Huffman) -> Result<(), Damage> {
        let size = u32::from(self.bits.code(table)?);
        if size > 15 {
            return Err(Damage("a mean of more than 15 bits"));
        }
        let difference = self.bits.signed(size)?;
        let low = self.scan.low;
        if let Some(prediction) = self.predictions.get_mut(slot) {
            *prediction = prediction.saturating_add(difference);
            let mean = narrow(prediction.wrapping_shl(low));
            set(block, 0, |_| mean);
        }
        Ok(())
    }

    /// Coefficients of a band in runs of zeros.
    fn band(&mut self, block: &mut Block, table: &Huffman, first: usize) -> Result<(), Damage> {
        if self.end_of_band > 0 {
            self.end_of_band = self.end_of_band.saturating_sub(1);
            return Ok(());
        }
        let mut at = first;
        while at <= self.scan.last {
            let code = self.bits.code(table)?;
            let (run, size) = (code >> 4, u32::from(code & 15));
            match (run, size) {
                (15, 0) => at = at.saturating_add(16),
                (run, 0) => {
                    // Of a baseline scan the run is 0: the block ends.
                    self.end_of_band = self.run_of_ends(run)?.saturating_sub(1);
                    return Ok(());
                }
                (run, size) => {
                    at = at.saturating_add(usize::from(run));
                    let value = narrow(self.bits.signed(size)?.wrapping_shl(self.scan.low));
                    set(block, at, |_| value);
                    at = at.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    /// How many blocks, this one included, have no more coefficients.
    fn run_of_ends(&mut self, run: u8) -> Result<u32, Damage> {
        let more = self.bits.take(u32::from(run))?;
        Ok((1_u32 << run).saturating_add(more))
    }

    /// One more bit for coefficients that are known, and new ones of just that bit (T.81, G.1.2.3).
    fn refine(&mut self, block: &mut Block, table: &Huffman) -> Result<(), Damage> {
        let bit = 1_i16 << self.scan.low;
        let mut at = self.scan.first;
        if self.end_of_band == 0 {
            while at <= self.scan.last {
                let code = self.bits.code(table)?;
                let (run, size) = (code >> 4, code & 15);
                let mut fresh = 0;
                match (run, size) {
                    (15, 0) => {}
                    (run, 0) => {
                        self.end_of_band = self.run_of_ends(run)?;
                        break;
                    }
                    _ => fresh = if self.bits.bit()? { bit } else { bit.wrapping_neg() },
                }
                at = self.pass(block, at, run, bit)?;
                if fresh != 0 {
                    set(block, at, |_| fresh);
                }
                at = at.saturating_add(1);
            }
        }
        if self.end_of_band > 0 {
            self.pass(block, at, u8::MAX, bit)?;
            self.end_of_band = self.end_of_band.saturating_sub(1);
        }
        Ok(())
    }

    /// Passes `zeros` coefficients that are zero, refining all others on the way; gives the place of the next zero,
    /// or the end of the band.
    fn pass(&mut self, block: &mut Block, mut at: usize, mut zeros: u8, bit: i16) -> Result<usize, Damage> {
        while at <= self.scan.last {
            let Some(value) = block.get_mut(at) else { break };
            if *value == 0 {
                if zeros == 0 {
                    break;
                }
                zeros = if zeros == u8::MAX { zeros } else { zeros.saturating_sub(1) };
            } else if self.bits.bit()? && *value & bit == 0 {
                *value = if *value > 0 { value.saturating_add(bit) } else { value.saturating_sub(bit) };
            }
            at = at.saturating_add(1);
        }
        Ok(at)
    }
}

fn set(block: &mut Block, at: usize, value: impl FnOnce(i16) -> i16) {
    if let Some(slot) = block.get_mut(at) {
        *slot = value(*slot);
    }
}

/// Coefficients have 16 bits; more than that is damage, and any value will do.
fn narrow(value: i32) -> i16 {
    i16::try_from(value.clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or(0)
}
