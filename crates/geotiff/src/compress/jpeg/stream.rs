//! The segments of a JPEG in order (ITU-T T.81, annex B).

use super::frame::{Frame, Scan, Tables};
use super::planes::{Depth, Planes};
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

/// Reads the tables of a stream that has nothing else.
pub(super) fn tables(stream: &[u8]) -> Result<Tables, Damage> {
    let mut tables = Tables::default();
    let mut rest = stream;
    while let Some((marker, segment, after)) = next_segment(rest) {
        rest = after;
        tables.read(marker, segment)?;
    }
    Ok(tables)
}

/// Scans that a stream may have: libtiff's limit.
const MOST_SCANS: u32 = 100;

/// Decodes all scans of a stream into `planes`; gives its frame, and damage that was met and survived. `tables` are those
/// that the stream need not have itself. The caller has held [`needed`](super::planes::needed) against what may be spent.
pub(super) fn decode<S: Depth>(
    stream: &[u8],
    mut tables: Tables,
    planes: &mut Planes<S>,
) -> Result<(Frame, Option<Damage>), Damage> {
    let mut frame: Option<Frame> = None;
    let mut rest = stream;
    let mut scans = 0_u32;
    let mut survived = None;
    while let Some((marker, segment, after)) = next_segment(rest) {
        rest = after;
        match marker {
            0xc0..=0xc2 if frame.is_none() => {
                planes.lay_out(frame.insert(Frame::parse(segment, marker == 0xc2)?))?;
            }
            0xda => {
                let frame = frame.as_ref().ok_or(Damage("a scan before its frame"))?;
                scans = scans.saturating_add(1);
                if scans > MOST_SCANS {
                    return Err(Damage("more than 100 scans"));
                }
                let scan = Scan::parse(segment, frame)?;
                let damage;
                (rest, damage) = scan::decode(&scan, frame, &tables, after, planes)?;
                survived = survived.or(damage);
                // Of other scans of the same pixels nothing more would be seen.
                if !frame.progressive && scan.components.len() == frame.components.len() {
                    break;
                }
            }
            _ => tables.read(marker, segment)?,
        }
    }
    match frame {
        Some(frame) if scans > 0 => {
            planes.finish(&frame);
            Ok((frame, survived))
        }
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
