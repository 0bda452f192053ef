//! The segments of a JPEG in order (ITU-T T.81, annex B).

use super::bits::{SURPLUS, has_surplus};
use super::frame::{BLOCK, Frame, Scan, Tables};
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
/// that the stream need not have itself. With `checks`, what stands between and behind the segments is examined too. The caller
/// has held [`needed`](super::planes::needed) against what may be spent.
pub(super) fn decode<S: Depth>(
    stream: &[u8],
    mut tables: Tables,
    planes: &mut Planes<S>,
    checks: bool,
) -> Result<(Frame, Option<Damage>), Damage> {
    let mut frame: Option<Frame> = None;
    let mut rest = stream;
    let mut scans = 0_u32;
    let (mut survived, mut is_whole, mut progress) = (None, false, Progress::default());
    while let Some((marker, segment, after)) = next_segment(rest) {
        rest = after;
        match marker {
            0xc0..=0xc2 if frame.is_none() => {
                planes.lay_out(frame.insert(Frame::parse(segment, marker == 0xc2)?))?;
            }
            0xc0..=0xc2 => return Err(Damage("a second frame")),
            0xda => {
                let frame = frame.as_ref().ok_or(Damage("a scan before its frame"))?;
                scans = scans.saturating_add(1);
                if scans > MOST_SCANS {
                    return Err(Damage("more than 100 scans"));
                }
                let scan = Scan::parse(segment, frame)?;
                let of_header = progress.check(&scan, frame);
                let damage;
                (rest, damage) = scan::decode(&scan, frame, &tables, (after, checks), planes)?;
                survived = survived.or(of_header).or(damage);
                if !frame.progressive && scan.components.len() == frame.components.len() {
                    is_whole = true;
                    break;
                }
            }
            _ => tables.read(marker, segment)?,
        }
        if checks && has_surplus(rest) {
            survived = survived.or(Some(SURPLUS));
        }
    }
    if checks {
        survived = survived.or(finish(rest, is_whole, tables)?);
    }
    match frame {
        Some(frame) if scans > 0 => {
            planes.finish(&frame);
            Ok((frame, survived))
        }
        _ => Err(Damage("no image in it")),
    }
}

/// Reads on to the end of a stream, as libjpeg does, and gives damage that does not matter for the pixels. Where a scan of all
/// components was decoded, another one is an error.
fn finish(mut rest: &[u8], is_whole: bool, mut tables: Tables) -> Result<Option<Damage>, Damage> {
    let mut found = has_surplus(rest).then_some(SURPLUS);
    while let Some((marker, segment, after)) = next_segment(rest) {
        match marker {
            0xda if is_whole => return Err(Damage("a scan behind the last one")),
            0xc0..=0xc2 => return Err(Damage("a second frame")),
            _ => tables.read(marker, segment)?,
        }
        rest = after;
        found = found.or(has_surplus(rest).then_some(SURPLUS));
    }
    let ends = first_marker(rest).is_some_and(|at| matches!(rest.get(at..), Some([_, EOI, ..])));
    Ok(found.or((!ends).then_some(Damage("a stream without its end"))))
}

/// How far the scans of a progressive image have come: for each component the lowest bit that is known of each coefficient.
#[derive(Default)]
struct Progress(Vec<[Option<u32>; BLOCK]>);

impl Progress {
    /// Compares the parameters of a scan with the scans before it; libjpeg warns of the same.
    fn check(&mut self, scan: &Scan, frame: &Frame) -> Option<Damage> {
        if !frame.progressive {
            return (!scan.is_sequential)
                .then_some(Damage("parameters of a progressive scan in a sequential image"));
        }
        self.0.resize(frame.components.len(), [None; BLOCK]);
        let mut is_bogus = false;
        for (component, ..) in &scan.components {
            let Some(known) = self.0.get_mut(*component) else { continue };
            is_bogus |= scan.first > 0 && known.first().is_some_and(Option::is_none);
            for bits in known.get_mut(scan.first..=scan.last).unwrap_or_default() {
                is_bogus |= bits.unwrap_or(0) != scan.high;
                *bits = Some(scan.low);
            }
        }
        is_bogus.then_some(Damage("a scan that does not continue those before it"))
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

/// Where the next marker stands.
pub(super) fn first_marker(stream: &[u8]) -> Option<usize> {
    stream.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]))
}

/// The next marker, what its segment holds, and what follows; `None` at the end.
pub(super) fn next_segment(stream: &[u8]) -> Option<Segment<'_>> {
    let start = first_marker(stream)?;
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
