//! What the segments of a JPEG say: frame, tables, scans (ITU-T T.81, annex B).

use std::sync::Arc;

use super::Damage;
use super::bits::Huffman;

/// Coefficients of a block.
pub(super) const BLOCK: usize = 64;

/// Where in a block each coefficient of the zigzag order stands: row * 8 + column. Damaged runs may lead up to 15 places
/// beyond the last one, and end there.
pub(super) const ZIGZAG: [u8; BLOCK + 16] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
];

#[derive(Debug)]
pub(super) struct Component {
    id: u8,
    pub(super) h: usize,
    pub(super) v: usize,
    pub(super) quantization: usize,
    /// Blocks that hold the component's pixels.
    pub(super) blocks_across: usize,
    pub(super) blocks_down: usize,
    /// Blocks in a row of whole MCUs, and in all of them.
    pub(super) stride: usize,
    pub(super) blocks: usize,
    /// Columns and rows of samples that the image needs.
    pub(super) samples: (usize, usize),
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) precision: u8,
    pub(super) progressive: bool,
    pub(super) h_max: usize,
    pub(super) v_max: usize,
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Blocks of all components, those that only fill MCUs included.
    pub(super) fn blocks(&self) -> usize {
        self.components.iter().fold(0, |sum: usize, component| sum.saturating_add(component.blocks))
    }

    /// MCUs of a scan of all components: in a row, and rows of them.
    pub(super) fn mcus(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.h_max), self.height.div_ceil(8 * self.v_max))
    }

    /// Sampling factors of the components, as many as three.
    pub(super) fn sampling(&self) -> [(usize, usize); 3] {
        std::array::from_fn(|i| self.components.get(i).map_or((0, 0), |c| (c.h, c.v)))
    }

    /// Reads the segment of a frame header; nothing is allocated for coefficients yet.
    pub(super) fn parse(segment: &[u8], progressive: bool) -> Result<Self, Damage> {
        let [precision, h1, h0, w1, w0, count, specs @ ..] = segment else {
            return Err(Damage("a frame header that is cut"));
        };
        let size = |high, low| usize::from(u16::from_be_bytes([high, low]));
        let (width, height) = (size(*w1, *w0), size(*h1, *h0));
        if width == 0 || height == 0 || !matches!(precision, 8 | 12) {
            return Err(Damage("a frame without size, or of another precision than 8 or 12 bits"));
        }
        let mut frame = Self {
            width,
            height,
            precision: *precision,
            progressive,
            h_max: 1,
            v_max: 1,
            components: Vec::new(),
        };
        let (specs, _) = specs.as_chunks::<3>();
        for [id, factors, quantization] in specs.iter().take(usize::from(*count).min(4)) {
            let (h, v) = (usize::from(factors >> 4), usize::from(factors & 15));
            if !matches!((h, v), (1..=4, 1..=4)) || *quantization > 3 {
                return Err(Damage("a component with impossible factors"));
            }
            frame.h_max = frame.h_max.max(h);
            frame.v_max = frame.v_max.max(v);
            frame.components.push(Component {
                id: *id,
                h,
                v,
                quantization: usize::from(*quantization),
                blocks_across: 0,
                blocks_down: 0,
                stride: 0,
                blocks: 0,
                samples: (0, 0),
            });
        }
        let is_exact = segment.len() == usize::from(*count).saturating_mul(3).saturating_add(6);
        if !is_exact || frame.components.len() != usize::from(*count) || frame.components.is_empty() {
            return Err(Damage("a frame with another number of components than it has"));
        }
        frame.lay_out();
        Ok(frame)
    }

    fn lay_out(&mut self) {
        let (across, down) = self.mcus();
        for component in &mut self.components {
            let samples =
                |size: usize, factor: usize, max: usize| size.saturating_mul(factor).div_ceil(max.max(1));
            let (width, height) =
                (samples(self.width, component.h, self.h_max), samples(self.height, component.v, self.v_max));
            component.samples = (width, height);
            component.blocks_across = width.div_ceil(8);
            component.blocks_down = height.div_ceil(8);
            component.stride = across.saturating_mul(component.h);
            component.blocks = component.stride.saturating_mul(down).saturating_mul(component.v);
        }
    }

    /// Position of the component with this identifier.
    fn position(&self, id: u8) -> Option<usize> {
        self.components.iter().position(|component| component.id == id)
    }
}

/// Everything that segments say on the way to the scans.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// Steps row by row, in the order of frequencies in a block.
    pub(super) quantization: [Option<[u16; BLOCK]>; 4],
    pub(super) dc: [Option<Arc<Huffman>>; 4],
    pub(super) ac: [Option<Arc<Huffman>>; 4],
    pub(super) restart: usize,
}

/// What a scan header says.
#[derive(Debug)]
pub(super) struct Scan {
    /// Component, DC table, AC table.
    pub(super) components: Vec<(usize, usize, usize)>,
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) high: u32,
    pub(super) low: u32,
    /// Whether the parameters are those that every scan of a sequential image has.
    pub(super) is_sequential: bool,
}

impl Tables {
    /// Takes up what a segment says; one that is no table says nothing here.
    pub(super) fn read(&mut self, marker: u8, segment: &[u8]) -> Result<(), Damage> {
        match marker {
            0xc4 => self.huffman(segment),
            0xdb => self.quantization(segment),
            0xdd => {
                self.restart(segment);
                Ok(())
            }
            // Restarts are not inherited from the stream of the tables.
            0xd8 => {
                self.restart = 0;
                Ok(())
            }
            // TEM, restarts, the start of a stream, DAC, DNL, and what applications add.
            0x01 | 0xcc | 0xd0..=0xd7 | 0xdc | 0xe0..=0xef | 0xfe => Ok(()),
            _ => Err(Damage("an unknown marker")),
        }
    }

    pub(super) fn restart(&mut self, segment: &[u8]) {
        if let [high, low, ..] = segment {
            self.restart = usize::from(u16::from_be_bytes([*high, *low]));
        }
    }

    pub(super) fn quantization(&mut self, mut segment: &[u8]) -> Result<(), Damage> {
        while let [head, tail @ ..] = segment {
            let size = if head >> 4 == 0 { 1 } else { 2 };
            let cut = Damage("a quantization table that is cut");
            let (values, after) = tail.split_at_checked(BLOCK * size).ok_or(cut)?;
            let table = self.quantization.get_mut(usize::from(head & 15)).ok_or(Damage("a fifth table"))?;
            let table = table.insert([0; BLOCK]);
            for (place, value) in ZIGZAG.iter().zip(values.chunks(size)) {
                if let Some(slot) = table.get_mut(usize::from(*place)) {
                    *slot = value.iter().fold(0, |n, byte| n << 8 | u16::from(*byte));
                }
            }
            segment = after;
        }
        Ok(())
    }

    pub(super) fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Damage> {
        while let [head, tail @ ..] = segment {
            let cut = || Damage("a Huffman table that is cut");
            let (counts, tail) = tail.split_first_chunk::<16>().ok_or_else(cut)?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, after) = tail.split_at_checked(total).ok_or_else(cut)?;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot = tables.get_mut(usize::from(head & 15)).ok_or(Damage("a fifth table"))?;
            *slot = Some(Arc::new(Huffman::new(counts, values)?));
            segment = after;
        }
        Ok(())
    }
}

impl Scan {
    pub(super) fn parse(segment: &[u8], frame: &Frame) -> Result<Self, Damage> {
        let cut = || Damage("a scan header that is cut");
        let (count, tail) = segment.split_first().ok_or_else(cut)?;
        let (specs, tail) = tail.split_at_checked(usize::from(*count).saturating_mul(2)).ok_or_else(cut)?;
        let [first, last, approximation] = tail else {
            return Err(Damage("a scan header of another length than it needs"));
        };
        let is_sequential = (*first, *last, *approximation) == (0, 63, 0);
        let mut components: Vec<(usize, usize, usize)> = Vec::new();
        let (specs, _) = specs.as_chunks::<2>();
        for [id, tables] in specs {
            let component =
                frame.position(*id).ok_or(Damage("a scan of a component that the frame lacks"))?;
            if components.iter().any(|(other, ..)| *other == component) {
                return Err(Damage("a scan that has a component twice"));
            }
            components.push((component, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        let (first, last) = (usize::from(*first), usize::from(*last));
        let (first, last) = if frame.progressive { (first, last) } else { (0, BLOCK - 1) };
        let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
        let (high, low) = if frame.progressive { (high, low) } else { (0, 0) };
        let sound =
            !components.is_empty() && components.len() <= 4 && first <= last && last < BLOCK && low < 14;
        let sound = sound && (high == 0 || high == low.saturating_add(1));
        // Coefficients other than the mean come one component at a time.
        if !sound || (frame.progressive && (first == 0) != (last == 0)) || (first > 0 && components.len() > 1)
        {
            return Err(Damage("a scan header that contradicts itself"));
        }
        Ok(Self { components, first, last, high, low, is_sequential })
    }
}
