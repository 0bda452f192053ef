//! The segments of a JPEG in order (ITU-T T.81, annex B).

use super::frame::{Frame, Scan, Tables};
use super::scan;
use super::{Damage, EOI, SOI};

/// Reads the header of the frame only.
pub(super) fn header(stream: &[u8]) -> Result<Frame, Damage> {
    let mut rest = stream;
    while let Some((marker, segment, after)) = next_segment(rest) {
        match marker {
            0xc0..=0xc2 => return Frame::parse(segment, marker == 0xc2),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(Damage("a coding process other than DCT and Huffman"));
            }
            _ => rest = after,
        }
    }
    Err(Damage("no frame in it"))
}

/// Decodes all scans of a stream into coefficients. Whoever calls has held the size of the frame against what may be
/// spent.
pub(super) fn decode(stream: &[u8]) -> Result<(Frame, Tables), Damage> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let mut rest = stream;
    let mut scans = 0_u32;
    while let Some((marker, segment, after)) = next_segment(rest) {
        rest = after;
        match marker {
            0xc0..=0xc2 if frame.is_none() => {
                let frame = frame.insert(Frame::parse(segment, marker == 0xc2)?);
                frame.allocate()?;
            }
            0xc4 => tables.huffman(segment)?,
            0xdb => tables.quantization(segment)?,
            0xdd => tables.restart(segment),
            0xda => {
                let frame = frame.as_mut().ok_or(Damage("a scan before its frame"))?;
                // No encoder makes more; a file that does is after our time.
                scans = scans.saturating_add(1);
                if scans > 100 {
                    return Err(Damage("more than 100 scans"));
                }
                let scan = Scan::parse(segment, frame)?;
                rest = scan::decode(&scan, frame, &tables, after)?;
            }
            _ => {}
        }
    }
    match frame {
        Some(frame) if scans > 0 => Ok((frame, tables)),
        _ => Err(Damage("no image in it")),
    }
}

/// One segment at the begin of a stream: its marker, all of it, and what follows.
type Segment<'a> = (u8, &'a [u8], &'a [u8]);

/// The segment that a stream begins with; `None` where no marker stands.
pub(super) fn first_segment(mut stream: &[u8]) -> Result<Option<Segment<'_>>, Damage> {
    while let [0xff, 0xff, ..] = stream {
        stream = stream.get(1..).unwrap_or_default();
    }
    let [0xff, marker, tail @ ..] = stream else { return Ok(None) };
    let len = match *marker {
        SOI | EOI => 2,
        _ => {
            let len = tail.first_chunk().ok_or(CUT)?;
            usize::from(u16::from_be_bytes(*len)).saturating_add(2)
        }
    };
    let (segment, after) = stream.split_at_checked(len).ok_or(CUT)?;
    Ok(Some((*marker, segment, after)))
}

const CUT: Damage = Damage("a header that is cut");

/// The next marker, what its segment holds, and what follows; `None` at the end.
pub(super) fn next_segment(stream: &[u8]) -> Option<Segment<'_>> {
    let start = stream.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]))?;
    let [_, marker, tail @ ..] = stream.get(start..)? else { return None };
    match marker {
        0xd9 => None,
        0x01 | 0xd0..=0xd8 => Some((*marker, &[], tail)),
        _ => {
            let len = usize::from(u16::from_be_bytes(*tail.first_chunk()?));
            let (segment, after) = tail.split_at_checked(len)?;
            Some((*marker, segment.get(2..)?, after))
        }
    }
}
