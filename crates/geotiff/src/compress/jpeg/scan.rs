//! One scan: from bits to blocks of coefficients (ITU-T T.81, annexes F and G), and of a sequential image on to samples.

use std::sync::Arc;

use super::Damage;
use super::bits::{Bits, Huffman, SURPLUS};
use super::frame::{BLOCK, Frame, Scan, Tables, ZIGZAG};
use super::planes::{Depth, Planes};
use super::progressive::Band;
use super::standard;

/// Coefficients row by row.
pub(super) type Block = [i16; BLOCK];

/// What a scan needs to know of one of its components.
#[derive(Debug)]
struct Unit {
    /// The component's place in the frame.
    component: usize,
    /// Blocks that an MCU has of it, across and down.
    size: (usize, usize),
    dc: Option<Arc<Huffman>>,
    ac: Option<Arc<Huffman>>,
}

/// Decodes the scan that begins with `data`; gives what follows it, and damage that was survived: with `checks`, data that
/// the scan does not need count as such.
pub(super) fn decode<'a, S: Depth>(
    scan: &Scan,
    frame: &Frame,
    tables: &Tables,
    (data, checks): (&'a [u8], bool),
    planes: &mut Planes<S>,
) -> Result<(&'a [u8], Option<Damage>), Damage> {
    let units = units(scan, frame, tables)?;
    for unit in &units {
        planes.latch(unit.component, frame, tables)?;
    }
    let mut bits = Bits::new(data);
    let mcus = match units.as_slice() {
        [unit] => frame.components.get(unit.component).map(|c| (c.blocks_across, c.blocks_down)),
        _ => Some(frame.mcus()),
    };
    let mut walk = Walk { restart: tables.restart, mcus: mcus.unwrap_or_default(), units: &units };
    if frame.progressive {
        let mut band = Band::new(scan);
        walk.run(&mut bits, |bits, event| match event {
            Event::Restart => band.restart(),
            Event::Missing { .. } => {}
            Event::Block { slot, unit, x, y } => {
                if let Some(block) = planes.coefficients(unit.component, (x, y)) {
                    band.decode(bits, slot, block, (unit.dc.as_deref(), unit.ac.as_deref()));
                }
            }
        });
    } else {
        let mut means = [0_i32; 4];
        walk.run(&mut bits, |bits, event| match event {
            Event::Restart => means = [0; 4],
            Event::Missing { unit, x, y } => planes.put_nothing(unit.component, (x, y)),
            Event::Block { slot, unit, x, y } => {
                let (Some(dc), Some(ac), Some(mean)) = (&unit.dc, &unit.ac, means.get_mut(slot)) else {
                    return;
                };
                let mut block = [0; BLOCK];
                let last = sequential(bits, (dc, ac), mean, &mut block);
                planes.put(unit.component, (x, y), &block, last == 0);
            }
        });
    }
    if checks && bits.has_surplus() {
        bits.note(SURPLUS);
    }
    Ok((bits.rest(), bits.damage()))
}

fn units(scan: &Scan, frame: &Frame, tables: &Tables) -> Result<Vec<Unit>, Damage> {
    let single = scan.components.len() == 1;
    let unit = |&(at, dc, ac): &(usize, usize, usize)| {
        let component =
            frame.components.get(at).ok_or(Damage("a scan of a component that the frame lacks"))?;
        let of = |tables: &[Option<Arc<Huffman>>; 4], at: usize| tables.get(at)?.clone();
        // Only sequential images may leave tables out.
        let standard = !frame.progressive;
        let dc = of(&tables.dc, dc).or_else(|| standard.then(|| standard::of_means(dc))?);
        let ac = of(&tables.ac, ac).or_else(|| standard.then(|| standard::of_others(ac))?);
        // The refinement of means has no codes; other scans of a progressive image have one of both kinds.
        let needs_dc = !frame.progressive || (scan.first == 0 && scan.high == 0);
        let needs_ac = !frame.progressive || scan.first > 0;
        if (needs_dc && dc.is_none()) || (needs_ac && ac.is_none()) {
            return Err(Damage("a scan without its Huffman table"));
        }
        if needs_dc && !dc.as_ref().is_some_and(|dc| dc.is_of_means()) {
            return Err(Damage("a mean of more than 15 bits"));
        }
        let size = if single { (1, 1) } else { (component.h, component.v) };
        Ok(Unit { component: at, size, dc, ac })
    };
    scan.components.iter().map(unit).collect()
}

/// What comes next on the way through a scan.
enum Event<'w> {
    /// An interval begins.
    Restart,
    /// A block of a component, at this column and row of its blocks; `slot` is the component's place in the scan.
    Block { slot: usize, unit: &'w Unit, x: usize, y: usize },
    /// A block that the data end before.
    Missing { unit: &'w Unit, x: usize, y: usize },
}

/// The way through the MCUs of a scan.
struct Walk<'w> {
    /// MCUs in an interval, or 0.
    restart: usize,
    /// MCUs in a row, and rows of them.
    mcus: (usize, usize),
    units: &'w [Unit],
}

impl Walk<'_> {
    fn run(&mut self, bits: &mut Bits<'_>, mut event: impl FnMut(&mut Bits<'_>, Event<'_>)) {
        let (across, down) = self.mcus;
        let mut until_restart = self.restart;
        let mut next = 0_u8;
        // As libjpeg does it: an MCU whose bits end early is filled up with zero bits, and those behind it have none.
        let mut missing = false;
        for row in 0..down {
            for column in 0..across {
                if self.restart > 0 && until_restart == 0 {
                    missing &= !bits.restart(next);
                    next = next.wrapping_add(1) & 7;
                    until_restart = self.restart;
                    event(bits, Event::Restart);
                }
                until_restart = until_restart.wrapping_sub(1);
                for (slot, unit) in self.units.iter().enumerate() {
                    let (h, v) = unit.size;
                    for down in 0..v {
                        let y = row.saturating_mul(v).saturating_add(down);
                        for across in 0..h {
                            let x = column.saturating_mul(h).saturating_add(across);
                            if missing {
                                event(bits, Event::Missing { unit, x, y });
                            } else {
                                event(bits, Event::Block { slot, unit, x, y });
                            }
                        }
                    }
                }
                if bits.is_exhausted() && !missing {
                    bits.note(Damage("a scan that ends early"));
                    missing = true;
                }
            }
        }
    }
}

/// Decodes a block of a sequential image; gives the place of its last coefficient in zigzag order.
#[inline]
fn sequential(
    bits: &mut Bits<'_>,
    (dc, ac): (&Huffman, &Huffman),
    mean: &mut i32,
    block: &mut Block,
) -> usize {
    let (_, difference) = bits.code_and_number(dc);
    *mean = mean.wrapping_add(difference);
    if let Some(slot) = block.first_mut() {
        *slot = narrow(*mean);
    }
    let (mut at, mut last) = (1_usize, 0);
    while at < BLOCK {
        let (symbol, number) = bits.code_and_number(ac);
        let run = usize::from(symbol >> 4);
        if symbol & 15 == 0 {
            if run < 15 {
                break;
            }
            at = at.wrapping_add(16);
            continue;
        }
        at = at.wrapping_add(run);
        set(block, at, narrow(number));
        last = at;
        at = at.wrapping_add(1);
    }
    last
}

/// Sets a coefficient by its place in zigzag order.
#[inline]
pub(super) fn set(block: &mut Block, at: usize, value: i16) {
    if let Some(slot) = slot(block, at) {
        *slot = value;
    }
}

#[inline]
pub(super) fn slot(block: &mut Block, at: usize) -> Option<&mut i16> {
    let place = ZIGZAG.get(at).copied().unwrap_or(63);
    block.get_mut(usize::from(place & 63))
}

/// Coefficients have 16 bits; of more, which is damage, the lower ones stay, as in libjpeg.
#[inline]
pub(super) fn narrow(value: i32) -> i16 {
    let [low, high, ..] = value.to_le_bytes();
    i16::from_le_bytes([low, high])
}
