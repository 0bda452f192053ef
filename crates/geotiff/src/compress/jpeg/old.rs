//! Old-style JPEG (TIFF 6.0, section 22): a stream whose pieces are scattered over the file, put together in the way
//! that libtiff does.
//!
//! A file may hold a stream of its own that JPEGInterchangeFormat points to, whole or only its beginning; or tables
//! that tags point to, and bare entropy-coded data. The header is looked for in the stream and then in the first
//! chunk; what is in neither is made from tags. Each chunk begins with a restart, so chunks are decoded one by one.

use super::super::warnings::Warnings;
use super::frame::{BLOCK, Tables};
use super::output::{Arrangement, Output};
use super::planes::{self, Chroma, Planes};
use super::{Damage, EOI, SOI, SOS, stream};
use crate::bytes::View;
use crate::error::{Cause, Error, Result};
use crate::image::{Image, OldJpegTags};
use crate::layout::{ChunkGrid, ChunkTable, Rect};
use crate::tag::{Photometric, PlanarConfiguration};

const METHOD: &str = "old-style JPEG";
const DHT: u8 = 0xc4;
const DQT: u8 = 0xdb;
const DRI: u8 = 0xdd;
const SOF0: u8 = 0xc0;

/// How the chunks of a file are to be decoded.
#[derive(Debug)]
pub(crate) struct OldJpeg<'a> {
    /// The stream from its beginning to the header of its scan.
    head: Vec<u8>,
    /// Where in `head` the number of rows stands.
    rows_at: usize,
    samples: usize,
    chroma: Chroma,
    /// Entropy-coded data outside of the chunks.
    data: &'a [u8],
    /// Bytes of the first chunk that belong to the header.
    skip: usize,
    /// Restart markers that a chunk's data in `data` hold, the one behind them included.
    restarts: usize,
    grid: ChunkGrid,
    allowance: u64,
    planes: Planes<u8>,
}

/// What a header holds, as far as it has been read.
#[derive(Debug, Default)]
struct Header {
    /// Segments of tables.
    tables: Vec<u8>,
    restart: Option<usize>,
    frame: Option<Vec<u8>>,
    scan: Option<Vec<u8>>,
}

impl<'a> OldJpeg<'a> {
    pub(in crate::compress) fn new(image: &Image, view: View<'a>, allowance: u64) -> Result<Self> {
        let planar = image.planar == PlanarConfiguration::SEPARATE;
        let Some(tags) = image.old_jpeg.as_deref().filter(|_| image.bits == 8 && !planar) else {
            return Err(Error::unsupported("old-style JPEG in planes, or not of 8 bits, is not implemented"));
        };
        if tags.process != 1 {
            let process = tags.process;
            return Err(Error::unsupported(format!("old-style JPEG, process {process}, is not implemented")));
        }
        let bad = |Damage(why)| super::super::damaged(METHOD, 0, why);
        let (offset, len) = tags.stream;
        let rest = view.len().saturating_sub(offset);
        let len = if len == 0 { rest } else { len.min(rest) };
        let stream = if offset == 0 { &[] } else { view.get(offset, len).unwrap_or_default() };
        let mut header = Header::default();
        let mut data = header.read(stream).map_err(bad)?;
        let mut skip = 0;
        if header.scan.is_none() {
            data = &[];
            let first = ChunkTable::of(image, view)?.chunk(0, 0)?.unwrap_or_default();
            let behind = header.read(first).map_err(bad)?;
            skip = first.len().saturating_sub(behind.len());
        }
        Self::assemble(image, tags, view, header, allowance)
            .map(|old| Self { data, skip, ..old })
            .map_err(bad)
    }

    /// Puts the beginning of the stream together; what the header lacks comes from tags.
    fn assemble(
        image: &Image,
        tags: &OldJpegTags,
        view: View<'_>,
        header: Header,
        allowance: u64,
    ) -> std::result::Result<Self, Damage> {
        let grid = ChunkGrid::of(image);
        let mut head = vec![0xff, SOI];
        if header.frame.is_none() {
            append_tables(tags, view, &mut head)?;
        }
        head.extend(header.tables);
        let frame = header.frame.unwrap_or_else(|| frame_of(image));
        let scan = header.scan.unwrap_or_else(|| scan_of(image.samples));
        let rows_at = head.len().saturating_add(5);
        head.extend(frame);
        let parsed = stream::header(&head)?;
        if parsed.components.len() != image.samples || parsed.precision != 8 {
            return Err(Damage("another number of components, or of bits, than the file has samples"));
        }
        let mcu_rows = grid.stored(0, 0).height.div_ceil(8_usize.saturating_mul(parsed.v_max));
        let mcus = parsed.width.div_ceil(8_usize.saturating_mul(parsed.h_max)).saturating_mul(mcu_rows);
        // Of several chunks each is an interval of its own, unless the stream itself says otherwise.
        let one = grid.across().saturating_mul(grid.down()) == 1;
        let restart = header.restart.unwrap_or(if one { usize::from(tags.restart) } else { mcus });
        let interval = u16::try_from(restart).unwrap_or(0);
        if interval > 0 && restart < mcus {
            segment(DRI, &interval.to_be_bytes(), &mut head);
        }
        head.extend(scan);
        let standard = matches!(parsed.sampling(), [(1 | 2 | 4, 1 | 2 | 4), (1, 1), (1, 1)]);
        let units = standard && image.photometric == Photometric::YCBCR;
        Ok(Self {
            head,
            rows_at,
            samples: image.samples,
            chroma: if units { Chroma::Repeated } else { Chroma::Fancy },
            data: &[],
            skip: 0,
            restarts: mcus.div_ceil(restart.max(1)),
            grid,
            allowance,
            planes: Planes::default(),
        })
    }

    /// Fills `plain`, pixel by pixel, with samples as they are stored.
    pub(in crate::compress) fn decode(
        &mut self,
        raw: &[u8],
        stored: &Rect,
        plain: &mut [u8],
        warnings: &mut Warnings,
    ) -> Result<()> {
        let need = plain.len();
        let bad = |Damage(why)| super::super::damaged(METHOD, need, why);
        let rows = need.div_ceil(stored.width.saturating_mul(self.samples).max(1));
        let mut stream = self.head.clone();
        let height = u16::try_from(rows).map_err(|_| bad(Damage("more rows than a JPEG can have")))?;
        if let Some(slot) = stream.get_mut(self.rows_at..).and_then(<[u8]>::first_chunk_mut) {
            *slot = height.to_be_bytes();
        }
        self.append_data(raw, stored, &mut stream);
        let needed = planes::needed(&stream::header(&stream).map_err(bad)?);
        if needed > self.allowance {
            return Err(Cause::Memory { what: "a JPEG image", needed, left: self.allowance }.into());
        }
        let output = Output {
            width: stored.width,
            chroma: self.chroma,
            ycbcr: false,
            arrangement: Arrangement::Pixels,
        };
        let survived = super::decode_as(&mut self.planes, &stream, Tables::default(), &output, plain, false);
        if let Some(Damage(what)) = survived.map_err(bad)? {
            warnings.add(METHOD, || what.to_owned());
        }
        Ok(())
    }

    /// Appends the data of a chunk: its own, unless a stream beside the chunks holds them.
    fn append_data(&self, raw: &[u8], stored: &Rect, stream: &mut Vec<u8>) {
        let chunk = self.grid.index_of(stored);
        let raw = if chunk == 0 { raw.get(self.skip..).unwrap_or_default() } else { raw };
        let mut data = Some(self.data);
        for _ in 0..chunk.saturating_mul(self.restarts as u64).min(self.data.len() as u64) {
            data = data.and_then(behind_restart);
        }
        stream.extend_from_slice(data.unwrap_or_default());
        if chunk == 0 || data.is_none_or(<[u8]>::is_empty) {
            stream.extend_from_slice(raw);
        }
    }
}

/// What follows the next restart marker.
fn behind_restart(data: &[u8]) -> Option<&[u8]> {
    let at = data.windows(2).position(|pair| matches!(pair, [0xff, 0xd0..=0xd7]))?;
    data.get(at.saturating_add(2)..)
}

impl Header {
    /// Reads segments until one begins a scan, or bytes come that are no marker; gives what follows.
    fn read<'a>(&mut self, mut rest: &'a [u8]) -> std::result::Result<&'a [u8], Damage> {
        while let Some((marker, segment, after)) = stream::first_segment(rest)? {
            rest = after;
            match marker {
                SOI | EOI | 0xe0..=0xef | 0xfe => {}
                DQT | DHT => self.tables.extend_from_slice(segment),
                DRI => {
                    if let [_, _, _, _, high, low, ..] = segment {
                        self.restart = Some(usize::from(u16::from_be_bytes([*high, *low])));
                    }
                }
                0xc0 | 0xc1 if self.frame.is_none() => self.frame = Some(segment.to_vec()),
                0xc3 => return Err(Damage("lossless JPEG, which is not implemented")),
                SOS => {
                    self.scan = Some(segment.to_vec());
                    return Ok(rest);
                }
                _ => return Err(Damage("a marker that does not belong into a header")),
            }
        }
        Ok(rest)
    }
}

fn segment(marker: u8, payload: &[u8], out: &mut Vec<u8>) {
    let len = u16::try_from(payload.len().saturating_add(2)).unwrap_or(u16::MAX);
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(payload);
}

/// The tables that tags point to. A sample without tables of its own has those of the sample before it.
fn append_tables(tags: &OldJpegTags, view: View<'_>, head: &mut Vec<u8>) -> std::result::Result<(), Damage> {
    let outside = Damage("tables outside of the file");
    for (id, offset) in (0_u8..).zip(with_predecessors(tags.quantization)) {
        let table = view.get(offset, BLOCK as u64).map_err(|_| outside)?;
        segment(DQT, &[&[id], table].concat(), head);
    }
    for (class, offsets) in [(0_u8, tags.dc), (0x10, tags.ac)] {
        for (id, offset) in (0_u8..).zip(with_predecessors(offsets)) {
            let counts = view.get(offset, 16).map_err(|_| outside)?;
            let codes = counts.iter().map(|count| u64::from(*count)).sum::<u64>();
            let table = view.get(offset, codes.saturating_add(16)).map_err(|_| outside)?;
            segment(DHT, &[&[class | id], table].concat(), head);
        }
    }
    Ok(())
}

fn with_predecessors([first, second, third]: [u64; 3]) -> [u64; 3] {
    let second = if second == 0 { first } else { second };
    [first, second, if third == 0 { second } else { third }]
}

/// The segment of a frame for samples subsampled as tags say; its rows are set later.
fn frame_of(image: &Image) -> Vec<u8> {
    let width = u16::try_from(image.chunk_width).unwrap_or(u16::MAX).to_be_bytes();
    let samples = u8::try_from(image.samples).unwrap_or(u8::MAX);
    let mut payload = vec![8, 0, 1, width[0], width[1], samples];
    let (h, v) = image.subsampling;
    let factors = u8::try_from(h << 4 | v).unwrap_or(0x11);
    for id in 0..samples {
        payload.extend([id, if id == 0 { factors } else { 0x11 }, id.min(2)]);
    }
    let mut frame = Vec::new();
    segment(SOF0, &payload, &mut frame);
    frame
}

/// The segment of a scan of all components, each with its own tables.
fn scan_of(samples: usize) -> Vec<u8> {
    let samples = u8::try_from(samples).unwrap_or(u8::MAX);
    let mut payload = vec![samples];
    for id in 0..samples {
        payload.extend([id, id.min(2) << 4 | id.min(2)]);
    }
    payload.extend([0, 63, 0]);
    let mut scan = Vec::new();
    segment(SOS, &payload, &mut scan);
    scan
}
