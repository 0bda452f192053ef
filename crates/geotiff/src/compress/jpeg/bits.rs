//! Entropy-coded segments of a JPEG: bits, and Huffman codes (ITU-T T.81, annex F and C).

use super::Damage;

/// Bits of the longest code that is looked up at once.
const FAST: u32 = 9;

/// A Huffman table.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    /// For each beginning of `FAST` bits: length of the code and its value; length 0 for longer codes.
    fast: Vec<(u8, u8)>,
    /// For each length: the first code behind those of that length, aligned to 16 bits.
    limits: [u32; 17],
    /// For each length: what to add to a code to get the index of its value.
    deltas: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// The table with `counts[i]` codes of `i + 1` bits for `values`, in order.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Damage> {
        let mut table =
            Self { fast: vec![(0, 0); 1 << FAST], limits: [0; 17], deltas: [0; 17], values: values.to_vec() };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let at = length as usize;
            let first = i32::try_from(index).unwrap_or(0).saturating_sub_unsigned(code);
            if let Some(delta) = table.deltas.get_mut(at) {
                *delta = first;
            }
            for _ in 0..*count {
                let value =
                    *values.get(index).ok_or(Damage("a Huffman table with more codes than values"))?;
                table.shorten(code, length, value);
                code = code.saturating_add(1);
                index = index.saturating_add(1);
            }
            if code > 1 << length {
                return Err(Damage("a Huffman table with more codes than bits allow"));
            }
            if let Some(limit) = table.limits.get_mut(at) {
                *limit = code << 16_u32.saturating_sub(length);
            }
            code <<= 1;
        }
        Ok(table)
    }

    /// Enters a code into the table of short ones.
    fn shorten(&mut self, code: u32, length: u32, value: u8) {
        let Some(spare) = FAST.checked_sub(length) else { return };
        let first = (code << spare) as usize;
        let entries = self.fast.get_mut(first..first.saturating_add(1 << spare));
        entries.unwrap_or_default().fill((u8::try_from(length).unwrap_or(0), value));
    }
}

/// Reads bits of an entropy-coded segment; a marker ends it, and zeros follow.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    window: u64,
    have: u32,
    /// Zero bits that were made up behind the end.
    invented: u32,
}

/// Made-up bits that are tolerated: libjpeg pads a cut segment too, but a file cannot live on padding alone.
const MOST_INVENTED: u32 = 4096;

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, window: 0, have: 0, invented: 0 }
    }

    /// What follows the bits read so far, from the next marker on.
    pub(super) fn rest(&self) -> &'a [u8] {
        let markers = self.data.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]));
        markers.and_then(|at| self.data.get(at..)).unwrap_or_default()
    }

    fn refill(&mut self) {
        while self.have <= 56 {
            let byte = match self.data {
                [0xff, 0, rest @ ..] => {
                    self.data = rest;
                    0xff
                }
                [0xff, ..] | [] => {
                    self.invented = self.invented.saturating_add(8);
                    0
                }
                [byte, rest @ ..] => {
                    self.data = rest;
                    *byte
                }
            };
            self.window = (self.window << 8) | u64::from(byte);
            self.have = self.have.saturating_add(8);
        }
    }

    /// The next `count` bits, at most 16, as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Damage> {
        if self.have < count {
            self.refill();
            if self.invented > MOST_INVENTED {
                return Err(Damage("a scan that ends early"));
            }
        }
        self.have = self.have.saturating_sub(count);
        let bits = (self.window >> self.have) & (1_u64 << count).wrapping_sub(1);
        Ok(u32::try_from(bits).unwrap_or(0))
    }

    pub(super) fn bit(&mut self) -> Result<bool, Damage> {
        Ok(self.take(1)? == 1)
    }

    /// The next 16 bits, left where they are.
    fn peek(&mut self) -> Result<u32, Damage> {
        let bits = self.take(16)?;
        self.have = self.have.saturating_add(16);
        Ok(bits)
    }

    /// The value of the next code.
    pub(super) fn code(&mut self, table: &Huffman) -> Result<u8, Damage> {
        let next = self.peek()?;
        if let Some(&(length @ 1.., value)) = table.fast.get((next >> (16 - FAST)) as usize) {
            self.have = self.have.saturating_sub(length.into());
            return Ok(value);
        }
        let longer = FAST.saturating_add(1)..=16;
        let limits = table.limits.get(longer.start().to_owned() as usize..).unwrap_or_default();
        for ((length, limit), delta) in longer.zip(limits).zip(table.deltas.iter().skip(10)) {
            if next < *limit {
                self.have = self.have.saturating_sub(length);
                let code = next >> 16_u32.saturating_sub(length);
                let index = delta.saturating_add_unsigned(code);
                let value = usize::try_from(index).ok().and_then(|index| table.values.get(index));
                return value.copied().ok_or(Damage("a code without a value"));
            }
        }
        Err(Damage("a code that no Huffman table has"))
    }

    /// A signed number of `size` bits (T.81, F.2.2.1).
    pub(super) fn signed(&mut self, size: u32) -> Result<i32, Damage> {
        if size == 0 {
            return Ok(0);
        }
        let bits = i32::try_from(self.take(size)?).unwrap_or(0);
        let half = 1_i32 << size.saturating_sub(1);
        Ok(if bits < half { bits.saturating_sub(half.saturating_mul(2)).saturating_add(1) } else { bits })
    }

    /// Goes behind the next restart marker.
    pub(super) fn restart(&mut self) {
        self.window = 0;
        self.have = 0;
        let rest = self.rest();
        self.data = match rest {
            [0xff, 0xd0..=0xd7, behind @ ..] => behind,
            other => other,
        };
    }
}
