//! A scan written again with Huffman codes made for it (ITU-T T.81, annex K.2): what encoders write with the codes of the
//! standard comes out up to a tenth shorter, with the same coefficients.

use std::sync::Arc;

use super::super::huffman::{Codes, LONGEST};
use super::bits::{Bits, Huffman};
use super::frame::{BLOCK, Frame, Scan, Tables};
use super::stream::next_segment;
use super::{Damage, EOI, SOS};

const HUFFMAN: u8 = 0xc4;
/// A symbol that never occurs: it takes the code of ones alone, which is forbidden (T.81, annex C).
const RESERVED: usize = 256;
/// A table: of means or of other coefficients, with the number that the scan knows it by. There are eight.
type Kind = usize;
const KINDS: usize = 8;
type Best = Codes<{ RESERVED + 1 }>;

/// The same image with the best codes: of a baseline stream of one scan, without restarts.
pub(super) fn optimize(stream: &[u8]) -> Result<Vec<u8>, Damage> {
    let (mut tables, mut frame) = (Tables::default(), None);
    let mut rest = stream;
    let mut out = Vec::with_capacity(stream.len());
    while let Some((marker, segment, after)) = next_segment(rest) {
        let whole = rest.len().saturating_sub(after.len());
        let whole = rest.get(..whole).unwrap_or_default();
        rest = after;
        match marker {
            HUFFMAN => {
                tables.huffman(segment)?;
                continue;
            }
            0xc0 => frame = Some(Frame::parse(segment, false)?),
            0xc1..=0xcf | 0xdd => return Err(Damage("not a plain baseline stream")),
            SOS => {
                let frame = frame.ok_or(Damage("a scan before its frame"))?;
                let scan = Scan::parse(segment, &frame)?;
                if scan.components.len() != frame.components.len() {
                    return Err(Damage("more than one scan"));
                }
                let blocks = Blocks::of(&scan, &frame, &tables)?;
                let codes = blocks.best(after)?;
                for (kind, codes) in (0..).zip(&codes) {
                    if let Some(codes) = codes {
                        define(&mut out, kind, codes);
                    }
                }
                out.extend_from_slice(whole);
                return blocks.written(after, &codes, out);
            }
            _ => {}
        }
        out.extend_from_slice(whole);
    }
    Err(Damage("no image in it"))
}

/// The blocks of a scan.
struct Blocks<'t> {
    /// Of each block of an MCU its tables, of means and of other coefficients.
    of_mcu: Vec<[(Kind, &'t Huffman); 2]>,
    mcus: usize,
}

impl<'t> Blocks<'t> {
    fn of(scan: &Scan, frame: &Frame, tables: &'t Tables) -> Result<Self, Damage> {
        let across = frame.width.div_ceil(8 * frame.h_max);
        let mut blocks =
            Self { of_mcu: Vec::new(), mcus: across.saturating_mul(frame.height.div_ceil(8 * frame.v_max)) };
        let missing = Damage("a scan without its Huffman table");
        for (at, dc, ac) in &scan.components {
            let component = frame.components.get(*at).ok_or(missing)?;
            let table = |tables: &'t [Option<Arc<Huffman>>; 4], at: usize| tables.get(at)?.as_deref();
            let means = table(&tables.dc, *dc).ok_or(missing)?;
            let others = table(&tables.ac, *ac).ok_or(missing)?;
            let mut repeats = component.h.saturating_mul(component.v);
            if scan.components.len() == 1 {
                repeats = 1;
                blocks.mcus = component.blocks_across.saturating_mul(component.blocks_down);
            }
            let of_block = [(*dc, means), (ac.saturating_add(4), others)];
            blocks.of_mcu.extend(std::iter::repeat_n(of_block, repeats));
        }
        Ok(blocks)
    }

    /// Tells each code of the scan with the bits behind it, in order.
    fn each(&self, data: &[u8], mut tell: impl FnMut(Kind, u8, u32)) -> Result<(), Damage> {
        let mut bits = Bits::new(data);
        let mut next = |(kind, codes): (Kind, &Huffman)| {
            let symbol = bits.code(codes);
            tell(kind, symbol, bits.take(u32::from(symbol & 15)));
            symbol
        };
        for _ in 0..self.mcus {
            for [means, others] in &self.of_mcu {
                next(*means);
                let mut at = 1;
                while at < BLOCK {
                    match next(*others) {
                        // Sixteen zeros.
                        0xf0 => at = at.saturating_add(16),
                        symbol if symbol & 15 == 0 => break,
                        symbol => at = at.saturating_add(usize::from(symbol >> 4)).saturating_add(1),
                    }
                }
            }
        }
        Ok(())
    }

    /// The best codes of each table that is used.
    fn best(&self, data: &[u8]) -> Result<[Option<Best>; KINDS], Damage> {
        let mut counts = [[0_u32; RESERVED + 1]; KINDS];
        self.each(data, |kind, symbol, _| {
            let count = counts.get_mut(kind).and_then(|counts| counts.get_mut(usize::from(symbol)));
            if let Some(count) = count {
                // By two, so that the reserved one is the rarest of all.
                *count = count.saturating_add(2);
            }
        })?;
        Ok(counts.map(|mut counts| {
            counts.iter().any(|count| *count > 0).then(|| {
                counts[RESERVED] = 1;
                Codes::best(&counts, LONGEST)
            })
        }))
    }

    /// Appends the scan with other codes, and the end of the stream.
    fn written(
        &self,
        data: &[u8],
        codes: &[Option<Best>; KINDS],
        stream: Vec<u8>,
    ) -> Result<Vec<u8>, Damage> {
        let mut bits = Written { stream, window: 0, have: 0 };
        self.each(data, |kind, symbol, extra| {
            let codes = codes.get(kind).and_then(Option::as_ref);
            let (code, len) = codes.map_or((0, 0), |codes| codes.get(usize::from(symbol)));
            // Deflate's codes begin with their lowest bit, JPEG's with their highest.
            bits.put(code.reverse_bits() >> 64_u32.saturating_sub(len).min(63), len);
            bits.put(extra.into(), u32::from(symbol & 15));
        })?;
        let mut stream = bits.finish();
        stream.extend_from_slice(&[0xff, EOI]);
        Ok(stream)
    }
}

/// Appends the segment that defines a table (T.81, B.2.4.2).
fn define(stream: &mut Vec<u8>, kind: u8, codes: &Best) {
    let mut counts = [0_u8; 16];
    let mut symbols: Vec<(u8, u8)> = Vec::new();
    // Without the reserved one, which is the last of the longest.
    for (symbol, length) in (0..=u8::MAX).zip(codes.lengths()).filter(|(_, length)| **length > 0) {
        symbols.push((*length, symbol));
        if let Some(count) = counts.get_mut(usize::from(length.saturating_sub(1))) {
            *count = count.saturating_add(1);
        }
    }
    symbols.sort_unstable();
    let len = u16::try_from(symbols.len()).unwrap_or(0).saturating_add(19);
    stream.extend_from_slice(&[0xff, HUFFMAN]);
    stream.extend_from_slice(&len.to_be_bytes());
    stream.push(((kind / 4) << 4) | (kind % 4));
    stream.extend_from_slice(&counts);
    stream.extend(symbols.iter().map(|(_, symbol)| symbol));
}

/// Bits of an entropy-coded segment as it is written.
struct Written {
    stream: Vec<u8>,
    window: u64,
    have: u32,
}

impl Written {
    /// Appends the lowest `len` bits, 16 at most, the highest first.
    fn put(&mut self, bits: u64, len: u32) {
        self.window = self.window << len | bits;
        self.have = self.have.saturating_add(len);
        while self.have >= 8 {
            self.have = self.have.saturating_sub(8);
            let byte = (self.window >> self.have & 0xff) as u8;
            self.stream.push(byte);
            if byte == 0xff {
                // Else it would begin a marker.
                self.stream.push(0);
            }
        }
    }

    /// The stream, its last byte filled up with ones.
    fn finish(mut self) -> Vec<u8> {
        if self.have > 0 {
            self.put(0x7f, 7);
        }
        self.stream
    }
}
