//! A whole file laid out anew: directories first, then chunks in order, each as it is. So a file loses bytes that nothing
//! leads to, and becomes a cloud-optimized GeoTIFF.

use std::io::{self, Write};
use std::ops::Range;

use super::gather::gather;
use super::output::Output;
use super::space::{check_output, failed, no_content, no_room};
use super::writer::Writer;
use crate::bytes::View;
use crate::error::{Error, Result};
use crate::ifd::{Directory, FieldData, FieldSet, Header, Variant, too_large};
use crate::image::Image;
use crate::layout::{ChunkGrid, ChunkTable};
use crate::limits::{Budget, Limits};
use crate::metadata::was_cog;
use crate::read::Description;
use crate::tag::{Compression, Photometric, Tag};

/// In which order chunks follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Image after image, as directories follow each other.
    Plain,
    /// As GDAL's COG driver has it: the smallest overview first, the full image last; each chunk with its length before it,
    /// and its last bytes repeated behind it; masks beside what they mask.
    Cog {
        /// Whether chunks of the bands of one place stand together, where bands are apart.
        by_tile: bool,
    },
}

/// A directory, and the chunks that it leads to.
#[derive(Debug)]
struct Sheet {
    fields: FieldSet,
    /// The directory below which it is, and the tag that leads to it; `None` in the main chain.
    parent: Option<(usize, Tag)>,
    /// Where they are in the file as it was.
    chunks: Vec<Option<Range<usize>>>,
    tables: Option<(Tag, Tag)>,
    /// Chunks of a plane, if there are planes.
    plane: usize,
    /// The sheet of its mask.
    mask: Option<usize>,
    size: (usize, usize),
    masks: bool,
}

/// Where everything goes.
#[derive(Debug)]
pub(super) struct Arrangement {
    header: Header,
    layout: Layout,
    sheets: Vec<Sheet>,
    /// Sheets and chunks, in the order of data.
    order: Vec<(usize, usize)>,
    /// Of each sheet: its directory, and its tables where these are apart.
    directories: Vec<u64>,
    tables: Vec<u64>,
    data: u64,
    len: u64,
}

impl Arrangement {
    /// Of a whole file. It keeps its byte order, and is as large a kind of TIFF as it was, unless it has to be a larger one
    /// and may be.
    pub(super) fn of(
        content: &[u8],
        description: &Description,
        layout: Layout,
        may_grow: bool,
        limits: &Limits,
    ) -> Result<Self> {
        let header = *description.header();
        let mut sheets = sheets(description, View::new(content, header.byte_order), limits)?;
        pair_masks(&mut sheets);
        let order = order(&sheets, layout);
        let (directories, tables) = (Vec::new(), Vec::new());
        let mut arrangement = Self { header, layout, sheets, order, directories, tables, data: 0, len: 0 };
        arrangement.place(header.variant)?;
        check_output(arrangement.len, limits.output())?;
        // Chunks that share their bytes do so no longer: that may make much of little.
        let grown = arrangement.len.saturating_sub((content.len() as u64).saturating_mul(2));
        Budget::new(limits).reserve(grown, "blocks that shared their bytes")?;
        if header.variant == Variant::Classic && arrangement.len > u64::from(u32::MAX) {
            if !may_grow {
                return Err(too_large());
            }
            arrangement.place(Variant::Big)?;
        }
        Ok(arrangement)
    }

    /// What stands behind the header.
    fn ghost(&self) -> String {
        if !self.is_cog() {
            return String::new();
        }
        let mut text = String::from(
            "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
             BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n",
        );
        let apart = self.sheets.iter().any(|sheet| sheet.plane > 0);
        if apart {
            // Of tiles that stand together too: an item of the full image tells these.
            text.push_str("INTERLEAVE=BAND\n");
        }
        // A blank at the end leaves room for YES.
        text.push_str("KNOWN_INCOMPATIBLE_EDITION=NO\n ");
        if !apart && self.sheets.iter().any(|sheet| sheet.mask.is_some()) {
            text.push_str("MASK_INTERLEAVED_WITH_IMAGERY=YES\n");
        }
        format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{text}", text.len())
    }

    fn is_cog(&self) -> bool {
        matches!(self.layout, Layout::Cog { .. })
    }

    /// Tags whose values stand behind all directories.
    fn apart(&self, sheet: usize) -> Vec<Tag> {
        let tables = self.sheets.get(sheet).and_then(|sheet| sheet.tables).filter(|_| self.is_cog());
        tables.map(|(offsets, counts)| vec![offsets, counts]).unwrap_or_default()
    }

    /// Finds a place for everything.
    fn place(&mut self, variant: Variant) -> Result<()> {
        self.header.variant = variant;
        (self.directories, self.tables) = (Vec::new(), Vec::new());
        let mut at = Header::size(variant).saturating_add(self.ghost().len() as u64).next_multiple_of(2);
        self.header.first_directory = at;
        let mut sizes = Vec::new();
        for sheet in 0..self.sheets.len() {
            let (inside, apart) = self.fields(sheet)?.sizes(variant, &self.apart(sheet));
            self.directories.push(at);
            at = at.saturating_add(inside);
            sizes.push(apart);
        }
        for size in sizes {
            self.tables.push(at);
            at = at.saturating_add(size);
        }
        self.data = at;
        self.len = self.order.iter().fold(at, |at, place| self.behind(at, self.chunk(*place).len()));
        Ok(())
    }

    /// Where a chunk was.
    fn chunk(&self, (sheet, chunk): (usize, usize)) -> Range<usize> {
        let chunks = self.sheets.get(sheet).map(|sheet| sheet.chunks.as_slice()).unwrap_or_default();
        chunks.get(chunk).cloned().flatten().unwrap_or_default()
    }

    /// Bytes before and behind a chunk.
    fn around(&self) -> u64 {
        if self.is_cog() { 4 } else { 0 }
    }

    /// Where the bytes are that follow a chunk of a length whose own begin at `at`.
    fn behind(&self, at: u64, len: usize) -> u64 {
        let end = at.saturating_add(len as u64).saturating_add(self.around().saturating_mul(2));
        // In a COG chunks follow each other without a gap.
        if self.is_cog() { end } else { end.next_multiple_of(2) }
    }

    /// Fields of a sheet, with a table of lengths, and offsets yet to come.
    fn fields(&self, sheet: usize) -> Result<FieldSet> {
        let sheet = self.sheets.get(sheet).ok_or_else(|| Error::usage("no such directory"))?;
        let mut fields = sheet.fields.clone();
        if let Some((offsets, counts)) = sheet.tables {
            let len = |chunk: &Option<Range<usize>>| chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            let lens = sheet.chunks.iter().map(len).collect();
            fields.insert(offsets, FieldData::Offsets(vec![0; sheet.chunks.len()]));
            fields.insert(counts, FieldData::Counts(lens));
        }
        Ok(fields)
    }

    /// All that stands before the chunks.
    fn head(&self) -> Result<Vec<u8>> {
        let Header { byte_order: order, variant, .. } = self.header;
        let mut offsets: Vec<Vec<u64>> =
            self.sheets.iter().map(|sheet| vec![0; sheet.chunks.len()]).collect();
        let mut at = self.data;
        for (sheet, chunk) in &self.order {
            let place = offsets.get_mut(*sheet).and_then(|offsets| offsets.get_mut(*chunk));
            if let Some(place) = place {
                *place = at.saturating_add(self.around());
            }
            at = self.behind(at, self.chunk((*sheet, *chunk)).len());
        }
        let mut head = self.header.encode()?;
        head.extend_from_slice(self.ghost().as_bytes());
        head.resize(head.len().next_multiple_of(2), 0);
        let mut tables = Vec::new();
        for (number, (sheet, offsets)) in self.sheets.iter().zip(offsets).enumerate() {
            let mut fields = self.fields(number)?;
            if let Some((tag, _)) = sheet.tables {
                fields.insert(tag, FieldData::Offsets(offsets));
            }
            self.point_below(number, &mut fields);
            let next = match sheet.parent {
                None => self.next_in_chain(number),
                Some(_) => 0,
            };
            let at = self.directories.get(number).copied().unwrap_or(0);
            let apart_at = self.tables.get(number).copied().unwrap_or(0);
            let (mut inside, mut apart) =
                fields.encode_apart(variant, order, (at, next), (&self.apart(number), apart_at))?;
            head.append(&mut inside);
            tables.append(&mut apart);
        }
        head.append(&mut tables);
        Ok(head)
    }

    /// What stands before a chunk and behind it.
    fn frame(&self, chunk: &[u8]) -> (Vec<u8>, Vec<u8>) {
        if self.is_cog() {
            (leader(chunk).to_vec(), trailer(chunk).to_vec())
        } else {
            (Vec::new(), vec![0; chunk.len() % 2])
        }
    }

    /// Writes it all, from the beginning to the end; `content` is the file as it was.
    pub(super) fn write_to(&self, content: &[u8], mut sink: impl Write) -> Result<()> {
        let written = |result: io::Result<()>| result.map_err(|error| failed(&error));
        written(sink.write_all(&self.head()?))?;
        for place in &self.order {
            let chunk = content.get(self.chunk(*place)).unwrap_or_default();
            let (before, behind) = self.frame(chunk);
            for bytes in [&before, chunk, &behind] {
                written(sink.write_all(bytes))?;
            }
        }
        written(sink.flush())
    }

    /// Makes the file as it was into what it is to be, in the memory that it has. On an error it is as it was.
    pub(super) fn apply(&self, content: &mut Vec<u8>) -> Result<()> {
        let no_room = || no_room(self.len);
        let len = usize::try_from(self.len).map_err(|_| no_room())?;
        let head = self.head()?;
        let chunks: Vec<Range<usize>> = self.order.iter().map(|place| self.chunk(*place)).collect();
        content.try_reserve_exact(len.saturating_sub(content.len())).map_err(|_| no_room())?;
        if !gather(content, &chunks) {
            let mut whole = Vec::new();
            whole.try_reserve_exact(len).map_err(|_| no_room())?;
            self.write_to(content, &mut whole)?;
            *content = whole;
            return Ok(());
        }
        let mut from: usize = chunks.iter().map(Range::len).sum();
        content.resize(len, 0);
        let mut to = len;
        // The last one first: none comes to lie over one that has yet to go.
        for chunk in chunks.iter().rev() {
            let end = from;
            from = from.saturating_sub(chunk.len());
            let (before, behind) = self.frame(content.get(from..end).unwrap_or_default());
            to = to.saturating_sub(behind.len().saturating_add(chunk.len()));
            content.copy_within(from..end, to);
            put(content, to.saturating_add(chunk.len()), &behind);
            to = to.saturating_sub(before.len());
            put(content, to, &before);
        }
        put(content, 0, &head);
        Ok(())
    }

    fn next_in_chain(&self, sheet: usize) -> u64 {
        let mut behind = self.sheets.iter().zip(&self.directories).skip(sheet.saturating_add(1));
        behind.find(|(sheet, _)| sheet.parent.is_none()).map_or(0, |(_, at)| *at)
    }

    /// Has tags lead to where the directories below are now.
    fn point_below(&self, parent: usize, fields: &mut FieldSet) {
        for tag in [Tag::SUB_IFDS, Tag::EXIF_IFD, Tag::GPS_IFD] {
            let below = self.sheets.iter().zip(&self.directories);
            let below = below.filter(|(sheet, _)| sheet.parent == Some((parent, tag)));
            let places: Vec<u64> = below.map(|(_, at)| *at).collect();
            if !places.is_empty() {
                fields.insert(tag, FieldData::Offsets(places));
            }
        }
    }
}

fn put(content: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = content.get_mut(at..at.saturating_add(bytes.len())) {
        place.copy_from_slice(bytes);
    }
}

/// The length of a chunk, as it stands before it.
fn leader(chunk: &[u8]) -> [u8; 4] {
    u32::try_from(chunk.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// The last four bytes of a chunk, with those before it if it is shorter.
fn trailer(chunk: &[u8]) -> [u8; 4] {
    let mut last = [0; 4];
    let leader = leader(chunk);
    let all = leader.iter().chain(chunk).rev();
    last.iter_mut().rev().zip(all).for_each(|(last, byte)| *last = *byte);
    last
}

/// All directories of a file with what they lead to, in an order in which each stands behind its parent.
fn sheets(description: &Description, view: View<'_>, limits: &Limits) -> Result<Vec<Sheet>> {
    let mut sheets: Vec<Sheet> = Vec::new();
    let variant = description.header().variant;
    let directories = description.directories();
    let mut budget = Budget::new(limits);
    let chain = directories.iter().filter(|directory| directory.parent.is_none());
    for directory in chain {
        let parent = sheets.len();
        sheets.push(sheet(directory, view, None, &mut budget)?);
        let below = directories.iter().filter(|below| below.parent == Some(directory.index));
        for below in below {
            if directories.iter().any(|other| other.parent == Some(below.index)) {
                return Err(Error::unsupported("laying out SubIFDs of SubIFDs anew"));
            }
            sheets.push(sheet(below, view, Some((parent, Tag::SUB_IFDS)), &mut budget)?);
        }
        for tag in [Tag::EXIF_IFD, Tag::GPS_IFD] {
            if let Some(offset) = directory.fields(view).u64(tag)? {
                let below = Directory::at(&view, variant, offset, &mut budget)?;
                sheets.push(Sheet::bare(&below, view, Some((parent, tag)), &mut budget)?);
            }
        }
    }
    Ok(sheets)
}

impl Sheet {
    /// A directory that leads to no chunks.
    fn bare(
        directory: &Directory,
        view: View<'_>,
        parent: Option<(usize, Tag)>,
        budget: &mut Budget,
    ) -> Result<Self> {
        Ok(Self {
            fields: FieldSet::of(directory, view, budget)?,
            parent,
            chunks: Vec::new(),
            tables: None,
            plane: 0,
            mask: None,
            size: (0, 0),
            masks: false,
        })
    }
}

fn sheet(
    directory: &Directory,
    view: View<'_>,
    parent: Option<(usize, Tag)>,
    budget: &mut Budget,
) -> Result<Sheet> {
    let mut sheet = Sheet::bare(directory, view, parent, budget)?;
    let image = Image::parse(directory, &directory.fields(view))?;
    if image.compression == Compression::OLD_JPEG {
        return Err(
            Error::unsupported("laying out a file of old-style JPEG anew").in_directory(directory.index)
        );
    }
    let grid = ChunkGrid::of(&image);
    let table = ChunkTable::of(&image, view)?;
    let tables = super::spec::ImageSpec::tables(image.tiled);
    sheet.fields.remove(&super::spec::TABLES);
    let chunks = if image.one_strip { 1 } else { grid.chunks() };
    // Where each is, in which order, where it will be, and as much again while they change places.
    budget.reserve(chunks.saturating_mul(128), "the table of blocks")?;
    sheet.chunks.reserve_exact(usize::try_from(chunks).unwrap_or(0));
    for index in 0..chunks {
        let (row, col) = grid.place_of(index);
        let rows = if image.one_strip { image.height } else { grid.stored(row, col).height };
        let need = image.chunk_bytes(rows);
        let chunk = table.place(index, need).map_err(|e| e.in_chunk(index).in_directory(directory.index))?;
        sheet.chunks.push(chunk);
    }
    sheet.tables = Some(tables);
    sheet.plane = if grid.planes() > 1 { grid.across().saturating_mul(grid.down()) } else { 0 };
    (sheet.size, sheet.masks) = ((image.width, image.height), image.photometric == Photometric::MASK);
    Ok(sheet)
}

/// Finds the mask of each image: of the same size, cut in the same way.
fn pair_masks(sheets: &mut [Sheet]) {
    for at in 0..sheets.len() {
        let Some(image) = sheets.get(at).filter(|sheet| !sheet.masks && sheet.tables.is_some()) else {
            continue;
        };
        let of_place = if image.plane > 0 { image.plane } else { image.chunks.len() };
        let fits = |mask: &Sheet| mask.masks && mask.size == image.size && mask.chunks.len() == of_place;
        let mask = sheets.iter().position(fits);
        if let Some(image) = sheets.get_mut(at) {
            image.mask = mask;
        }
    }
}

/// Sheets and chunks in the order of data.
fn order(sheets: &[Sheet], layout: Layout) -> Vec<(usize, usize)> {
    let is_there = |(sheet, chunk): &(usize, usize)| {
        sheets.get(*sheet).and_then(|sheet| sheet.chunks.get(*chunk)).is_some_and(Option::is_some)
    };
    let all = |at: usize| {
        let count = sheets.get(at).map_or(0, |sheet| sheet.chunks.len());
        (0..count).map(move |chunk| (at, chunk))
    };
    let Layout::Cog { by_tile } = layout else {
        return (0..sheets.len()).flat_map(all).filter(is_there).collect();
    };
    let mut order = Vec::new();
    let masked: Vec<usize> = sheets.iter().filter_map(|sheet| sheet.mask).collect();
    for (at, sheet) in sheets.iter().enumerate().rev().filter(|(at, _)| !masked.contains(at)) {
        let planes = sheet.chunks.len().checked_div(sheet.plane).unwrap_or(1);
        let places = if sheet.plane > 0 { sheet.plane } else { sheet.chunks.len() };
        let mask = |place: usize| sheet.mask.map(|mask| (mask, place));
        if by_tile || planes == 1 {
            for place in 0..places {
                order.extend(
                    (0..planes).map(|plane| (at, plane.saturating_mul(places).saturating_add(place))),
                );
                order.extend(mask(place));
            }
        } else {
            order.extend(all(at));
            order.extend((0..places).filter_map(mask));
        }
    }
    order.into_iter().filter(is_there).collect()
}

/// Lays a file out anew, without the bytes that nothing leads to: those of blocks and directories that were written again
/// elsewhere. Nothing is decoded; a cloud-optimized GeoTIFF that was changed is one again.
///
/// # Errors
///
/// When the file is damaged so that a directory or a block cannot be found, or is of old-style JPEG, which points into itself
/// in its own way.
///
/// ```
/// use memtiff_geotiff::{Limits, UpdateOptions, Writer, repack};
///
/// # let file = include_bytes!("../../../../testdata/utm33_rgb_u16.tif").to_vec();
/// let len = file.len();
/// let mut writer = Writer::update(file, UpdateOptions::new())?;
/// writer.remove_overviews();
/// let file = writer.finish()?;
/// let mut repacked = Vec::new();
/// repack(&file, &mut repacked, &Limits::default())?;
/// assert!(repacked.len() < len);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
pub fn repack(content: &[u8], sink: impl Write, limits: &Limits) -> Result<()> {
    anew(content, limits)?.write_to(content, sink)
}

/// As [`repack`], in the memory that the file has: no second copy is made of it, unless blocks of it share their bytes.
///
/// # Errors
///
/// As [`repack`]. The content is as it was then.
///
/// ```
/// use memtiff_geotiff::{Limits, UpdateOptions, Writer, repack_in_place};
///
/// # let file = include_bytes!("../../../../testdata/utm33_rgb_u16.tif").to_vec();
/// let mut writer = Writer::update(file, UpdateOptions::new())?;
/// writer.remove_overviews();
/// let mut file = writer.finish()?;
/// let len = file.len();
/// repack_in_place(&mut file, &Limits::default())?;
/// assert!(file.len() < len);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
pub fn repack_in_place(content: &mut Vec<u8>, limits: &Limits) -> Result<()> {
    anew(content, limits)?.apply(content)
}

impl<O: Output> Writer<O> {
    /// As [`complete`](Self::complete); gives the file with its directories first, as it can be read from a stream. It is
    /// put in order where it is, if the output gives its bytes away (see [`Output::take`]). Nothing can be written after it.
    ///
    /// # Errors
    ///
    /// As [`complete`](Self::complete); also when the output cannot be read.
    pub fn complete_streamable(&mut self) -> Result<Vec<u8>> {
        self.complete()?;
        let content = self.space.content()?.ok_or_else(no_content)?;
        let arrangement = anew(&content, &self.options.limits)?;
        drop(content);
        let mut content = self.space.take()?;
        arrangement.apply(&mut content)?;
        Ok(content)
    }
}

/// A file laid out as it was, without what nothing leads to.
fn anew(content: &[u8], limits: &Limits) -> Result<Arrangement> {
    let description = Description::parse(content, limits)?;
    let layout = if was_cog(View::new(content, description.header().byte_order)) {
        Layout::Cog { by_tile: description.is_by_tile() }
    } else {
        Layout::Plain
    };
    Arrangement::of(content, &description, layout, false, limits)
}
