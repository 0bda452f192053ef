//! A scan written again with Huffman codes made for it (ITU-T T.81, annex K.2): what encoders write with the codes of the
//! standard comes out up to a tenth shorter, with the same coefficients.

use super::super::huffman::Codes;
use super::bits::{Bits, Huffman};
use super::frame::{BLOCK, Frame, Scan, Tables};
use super::stream::next_segment;
use super::{Damage, EOI, SOS};

const HUFFMAN: u8 = 0xc4;
/// Bits of the longest code. The standard allows 16; that bit is worth nothing here.
const LONGEST: usize = 15;
/// A symbol that never occurs: it takes the code of ones alone, which is forbidden (T.81, annex C).
const RESERVED: usize = 256;

/// A code and the bits behind it, for one table.
#[derive(Debug, Clone, Copy)]
struct Token {
    /// Whether it is of a mean, not of another coefficient.
    mean: bool,
    table: usize,
    symbol: u8,
    extra: u16,
}

/// The same image as a baseline stream of one scan, with the best codes.
pub(super) fn optimize(stream: &[u8]) -> Result<Vec<u8>, Damage> {
    let (mut tables, mut frame) = (Tables::default(), None);
    let mut rest = stream;
    let mut head = Vec::with_capacity(stream.len());
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
            SOS => {
                let frame = frame.ok_or(Damage("a scan before its frame"))?;
                let tokens = tokens(&Scan::parse(segment, &frame)?, &frame, &tables, after)?;
                return Ok(written(head, whole, &tokens));
            }
            _ => {}
        }
        head.extend_from_slice(whole);
    }
    Err(Damage("no image in it"))
}

/// All codes of a scan, in order.
fn tokens(scan: &Scan, frame: &Frame, tables: &Tables, data: &[u8]) -> Result<Vec<Token>, Damage> {
    let mut bits = Bits::new(data);
    let single = scan.components.len() == 1;
    let of = |at: usize| frame.components.get(at).ok_or(Damage("a scan of a component that the frame lacks"));
    let mut units = Vec::new();
    let mut count =
        frame.width.div_ceil(8 * frame.h_max).saturating_mul(frame.height.div_ceil(8 * frame.v_max));
    for (at, dc, ac) in &scan.components {
        let component = of(*at)?;
        let repeats = if single { 1 } else { component.h.saturating_mul(component.v) };
        if single {
            count = component.blocks_across.saturating_mul(component.blocks_down);
        }
        units.extend(std::iter::repeat_n((*dc, *ac), repeats));
    }
    let missing = Damage("a scan without its Huffman table");
    let table = |tables: &[Option<Huffman>; 4], at: usize| tables.get(at).cloned().flatten().ok_or(missing);
    let mut codes = Vec::new();
    for (dc, ac) in units {
        codes.push((dc, table(&tables.dc, dc)?, ac, table(&tables.ac, ac)?));
    }
    let mut found = Vec::new();
    for _ in 0..count {
        for (dc, of_means, ac, of_others) in &codes {
            let mut take = |mean: bool, table: usize, codes: &Huffman| {
                let symbol = bits.code(codes)?;
                let extra = bits.take(u32::from(symbol & 15))?;
                found.push(Token { mean, table, symbol, extra: u16::try_from(extra).unwrap_or(0) });
                Ok(symbol)
            };
            take(true, *dc, of_means)?;
            let mut at = 1;
            while at < BLOCK {
                let symbol = take(false, *ac, of_others)?;
                match (symbol >> 4, symbol & 15) {
                    (15, 0) => at = at.saturating_add(16),
                    (_, 0) => break,
                    (run, _) => at = at.saturating_add(usize::from(run)).saturating_add(1),
                }
            }
        }
    }
    Ok(found)
}

/// The tables of a kind: of means or of other coefficients, with the number that the scan knows them by.
type Kind = (bool, usize);

/// The stream: what stands before the scan, new tables, the header of the scan, the scan.
fn written(mut stream: Vec<u8>, header: &[u8], tokens: &[Token]) -> Vec<u8> {
    let mut kinds: Vec<(Kind, [u32; RESERVED + 1])> = Vec::new();
    let index = |token: &Token| (token.mean, token.table);
    for token in tokens {
        let place = match kinds.iter().position(|(kind, _)| *kind == index(token)) {
            Some(place) => place,
            None => {
                let mut counts = [0; RESERVED + 1];
                // Twice as many of all others: none is rarer.
                counts[RESERVED] = 1;
                kinds.push((index(token), counts));
                kinds.len().saturating_sub(1)
            }
        };
        let count = kinds.get_mut(place).and_then(|(_, counts)| counts.get_mut(usize::from(token.symbol)));
        if let Some(count) = count {
            *count = count.saturating_add(2);
        }
    }
    let codes: Vec<(Kind, Codes<{ RESERVED + 1 }>)> =
        kinds.iter().map(|(kind, counts)| (*kind, Codes::best(counts, LONGEST))).collect();
    for ((mean, table), codes) in &codes {
        define(&mut stream, *mean, *table, codes);
    }
    stream.extend_from_slice(header);
    let mut bits = Written { stream, window: 0, have: 0 };
    for token in tokens {
        let codes = codes.iter().find(|(kind, _)| *kind == index(token));
        let (code, len) = codes.map_or((0, 0), |(_, codes)| codes.get(usize::from(token.symbol)));
        // Deflate's codes begin with their lowest bit, JPEG's with their highest.
        bits.put(code.reverse_bits() >> 64_u32.saturating_sub(len).min(63), len);
        bits.put(token.extra.into(), u32::from(token.symbol & 15));
    }
    let mut stream = bits.finish();
    stream.extend_from_slice(&[0xff, EOI]);
    stream
}

/// Appends the segment that defines a table (T.81, B.2.4.2).
fn define(stream: &mut Vec<u8>, mean: bool, table: usize, codes: &Codes<{ RESERVED + 1 }>) {
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
    let class = if mean { 0x00 } else { 0x10 };
    stream.extend_from_slice(&[0xff, HUFFMAN]);
    stream.extend_from_slice(&len.to_be_bytes());
    stream.push(class | u8::try_from(table & 3).unwrap_or(0));
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
