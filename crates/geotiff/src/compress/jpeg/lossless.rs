//! Lossless JPEG: samples predicted from their neighbours, and Huffman codes of what is left (ITU-T T.81, annex H).

use super::Damage;
use super::bits::{Bits, Huffman, SURPLUS};
use super::frame::Tables;
use super::stream::next_segment;

/// What the header of a lossless frame says.
#[derive(Debug)]
pub(super) struct Lossless {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) precision: u8,
    /// Identifiers of the components.
    components: Vec<u8>,
}

/// The header of the frame, if the stream is a lossless one.
pub(super) fn header(stream: &[u8]) -> Result<Option<Lossless>, Damage> {
    let mut rest = stream;
    while let Some((marker, segment, after)) = next_segment(rest) {
        match marker {
            0xc3 => return Lossless::parse(segment).map(Some),
            0xc0..=0xc2 => return Ok(None),
            _ => rest = after,
        }
    }
    Ok(None)
}

impl Lossless {
    fn parse(segment: &[u8]) -> Result<Self, Damage> {
        let [precision, h1, h0, w1, w0, count, specs @ ..] = segment else {
            return Err(Damage("a frame header that is cut"));
        };
        let size = |high, low| usize::from(u16::from_be_bytes([high, low]));
        let (width, height) = (size(*w1, *w0), size(*h1, *h0));
        if width == 0 || height == 0 || !matches!(precision, 2..=16) {
            return Err(Damage("a frame without size, or of another precision than 2 to 16 bits"));
        }
        let (specs, _) = specs.as_chunks::<3>();
        let specs = specs.get(..usize::from(*count)).filter(|specs| matches!(specs.len(), 1..=4));
        let specs = specs.ok_or(Damage("a frame with another number of components than it has"))?;
        if specs.iter().any(|[_, factors, _]| *factors != 0x11) {
            return Err(Damage("subsampled components in a lossless frame"));
        }
        let components = specs.iter().map(|[id, ..]| *id).collect();
        Ok(Self { width, height, precision: *precision, components })
    }

    pub(super) fn components(&self) -> usize {
        self.components.len()
    }

    /// Decodes all scans: samples pixel by pixel. The caller has held the size of the frame against what may be
    /// spent. Gives damage that does not matter for the samples too.
    pub(super) fn decode(
        &self,
        stream: &[u8],
        mut tables: Tables,
    ) -> Result<(Vec<u16>, Option<Damage>), Damage> {
        let len = self.width.saturating_mul(self.height).saturating_mul(self.components());
        let mut samples = Vec::new();
        crate::limits::resize(&mut samples, len, "samples")
            .map_err(|_| Damage("more samples than the machine has memory for"))?;
        let mut rest = stream;
        let (mut scans, mut survived) = (0_usize, None);
        while let Some((marker, segment, after)) = next_segment(rest) {
            rest = after;
            match marker {
                0xda => {
                    scans = scans.saturating_add(1);
                    if scans > self.components() {
                        return Err(Damage("more scans than components"));
                    }
                    let has_surplus;
                    (rest, has_surplus) = self.scan(segment, &tables, after, &mut samples)?;
                    survived = survived.or(has_surplus.then_some(SURPLUS));
                }
                // The frame, which is known.
                0xc3 => {}
                _ => tables.read(marker, segment)?,
            }
        }
        if scans == 0 { Err(Damage("no image in it")) } else { Ok((samples, survived)) }
    }

    /// Decodes one scan; gives what follows it, and whether bytes of it were not needed.
    fn scan<'a>(
        &self,
        segment: &[u8],
        tables: &Tables,
        data: &'a [u8],
        samples: &mut [u16],
    ) -> Result<(&'a [u8], bool), Damage> {
        let cut = || Damage("a scan header that is cut");
        let (count, tail) = segment.split_first().ok_or_else(cut)?;
        let (specs, tail) = tail.split_at_checked(usize::from(*count).saturating_mul(2)).ok_or_else(cut)?;
        let [predictor, last, approximation] = tail else { return Err(cut()) };
        let (predictor, shift) = (*predictor, approximation & 15);
        let sound = *last == 0 && approximation >> 4 == 0 && shift < self.precision;
        if !sound || !matches!(predictor, 1..=7) {
            return Err(Damage("a scan header that contradicts itself"));
        }
        let (specs, _) = specs.as_chunks::<2>();
        let component = |[id, table]: &[u8; 2]| -> Result<(usize, &Huffman), Damage> {
            let at = self.components.iter().position(|component| component == id);
            let table = tables.dc.get(usize::from(table >> 4)).and_then(Option::as_deref);
            let at = at.ok_or(Damage("a scan of a component that the frame lacks"))?;
            Ok((at, table.ok_or(Damage("a scan without its Huffman table"))?))
        };
        let components = specs.iter().map(component).collect::<Result<Vec<_>, _>>()?;
        let pixel = self.components();
        let line = self.width.saturating_mul(pixel);
        let middle = 1_u16 << self.precision.saturating_sub(shift).saturating_sub(1);
        let mut bits = Bits::new(data);
        let mut until_restart = tables.restart;
        let mut next_restart = 0_u8;
        // The first line, and one behind a restart, has no line above.
        let mut first_line = true;
        for row in 0..self.height {
            for column in 0..self.width {
                if tables.restart > 0 && until_restart == 0 {
                    bits.restart(next_restart);
                    next_restart = next_restart.wrapping_add(1) & 7;
                    until_restart = tables.restart;
                    first_line = true;
                }
                let fresh =
                    first_line && until_restart == tables.restart && (column == 0 || tables.restart > 0);
                until_restart = until_restart.saturating_sub(1);
                let at = row.saturating_mul(line).saturating_add(column.saturating_mul(pixel));
                for (component, table) in &components {
                    let at = at.saturating_add(*component);
                    let neighbour = |back: usize| {
                        at.checked_sub(back)
                            .and_then(|at| samples.get(at))
                            .map_or(0, |sample| i32::from(sample >> shift))
                    };
                    let (left, above) = (|| neighbour(pixel), || neighbour(line));
                    let corner = || neighbour(line.saturating_add(pixel));
                    let predicted = match (predictor, first_line, column) {
                        _ if fresh => i32::from(middle),
                        (_, true, _) | (1, _, 1..) => left(),
                        (_, false, 0) | (2, ..) => above(),
                        (3, ..) => corner(),
                        (4, ..) => left().saturating_add(above()).saturating_sub(corner()),
                        (5, ..) => left().saturating_add(above().saturating_sub(corner()) >> 1),
                        (6, ..) => above().saturating_add(left().saturating_sub(corner()) >> 1),
                        _ => left().saturating_add(above()) >> 1,
                    };
                    let difference = match bits.code(table) {
                        size @ 0..=15 => bits.signed(size.into()),
                        16 => 1 << 15,
                        _ => return Err(Damage("a difference of more than 16 bits")),
                    };
                    let value = predicted.saturating_add(difference).rem_euclid(1 << 16);
                    if let Some(slot) = samples.get_mut(at) {
                        *slot = u16::try_from(value).unwrap_or(0) << shift;
                    }
                }
            }
            first_line = false;
        }
        if bits.is_exhausted() {
            return Err(Damage("a scan that ends early"));
        }
        bits.damage().map_or(Ok((bits.rest(), bits.has_surplus())), Err)
    }
}
