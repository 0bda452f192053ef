//! Whether a file is laid out as a cloud-optimized GeoTIFF: the rules that GDAL's validator and rio-cogeo ask for.

use std::fmt;
use std::ops::Range;

use super::description::Description;
use crate::bytes::View;
use crate::error::Result;
use crate::ifd::Header;
use crate::image::Image;
use crate::layout::{ChunkGrid, ChunkTable};
use crate::limits::Limits;
use crate::metadata::ghost;

/// Images up to this size need neither tiles nor overviews.
const SMALL: usize = 512;

/// Something that a cloud-optimized GeoTIFF should not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CogFinding {
    /// Whether the file is valid all the same.
    pub is_warning: bool,
    /// The byte of the file where it shows.
    pub offset: u64,
    /// What is there, and what was expected.
    pub message: String,
}

impl fmt::Display for CogFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_warning, offset, message } = self;
        let kind = if *is_warning { "warning" } else { "error" };
        write!(f, "{kind}: offset {offset}: {message}")
    }
}

/// What keeps a file from being a valid cloud-optimized GeoTIFF, and what is not recommended: empty if it is one.
///
/// # Errors
///
/// When the file is no GeoTIFF that can be opened.
///
/// ```
/// use memtiff_geotiff::{Limits, validate_cog};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let findings = validate_cog(bytes, &Limits::default())?;
/// assert!(findings.iter().any(|finding| finding.message.contains("overview")), "its overviews stand behind the image");
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
pub fn validate_cog(data: &[u8], limits: &Limits) -> Result<Vec<CogFinding>> {
    let description = Description::parse(data, limits)?;
    let view = View::new(data, description.header().byte_order);
    let mut check = Check { description: &description, view, found: Vec::new() };
    check.directories();
    check.images()?;
    check.order()?;
    check.leaders()?;
    check.blocks()?;
    Ok(check.found)
}

/// The first block of an image that does not lie in the file, and the bytes that it is said to have.
pub(super) fn outside(image: &Image, view: View<'_>) -> Result<Option<(u64, Range<u64>)>> {
    let (grid, table) = (ChunkGrid::of(image), ChunkTable::of(image, view)?);
    let need = |index| {
        let (row, _) = grid.place_of(index);
        image.chunk_bytes(grid.stored(row, 0).height)
    };
    Ok(table.first_outside(grid.chunks(), need))
}

/// What is wrong with such a block.
pub(super) fn outside_text(bytes: &Range<u64>, view: View<'_>) -> String {
    format!("lies outside the file: bytes {}..{}, the file has {}", bytes.start, bytes.end, view.len())
}

struct Check<'a> {
    description: &'a Description,
    view: View<'a>,
    found: Vec<CogFinding>,
}

impl<'a> Check<'a> {
    fn error(&mut self, offset: u64, message: String) {
        self.found.push(CogFinding { is_warning: false, offset, message });
    }

    /// The image, and its overviews, the largest first.
    fn levels(&self) -> impl Iterator<Item = (String, &'a Image)> + use<'a> {
        let description = self.description;
        let overviews = description.overviews().iter().enumerate();
        let overviews = overviews.map(|(at, image)| (format!("overview {at}"), image));
        std::iter::once(("the image".to_owned(), description.image())).chain(overviews)
    }

    fn directory(&self, image: &Image) -> u64 {
        self.description.directories().get(image.directory).map_or(0, |directory| directory.offset)
    }

    /// Where directories stand.
    fn directories(&mut self) {
        let header = self.description.header();
        let mut expected = Header::size(header.variant);
        if let Some((start, text)) = ghost(self.view) {
            let said = |what: &[u8]| text.windows(what.len()).any(|part| part == what);
            if said(b"KNOWN_INCOMPATIBLE_EDITION=YES\n") {
                let message = "the file was changed after it was laid out: KNOWN_INCOMPATIBLE_EDITION=YES";
                self.error(start, message.to_owned());
            }
            let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(0).saturating_add(1);
            let line = String::from_utf8_lossy(text.get(..end).unwrap_or_default()).into_owned();
            let size: String = line.chars().filter(char::is_ascii_digit).collect();
            let size: u64 = size.parse().unwrap_or(0);
            expected = start.saturating_add(end as u64).saturating_add(size).next_multiple_of(2);
        }
        let first = header.first_directory;
        if first != expected {
            self.error(first, format!("the first directory is at {first}; expected at {expected}"));
        }
        let mut before = 0;
        for (name, image) in self.levels() {
            let at = self.directory(image);
            if at < before {
                let message = format!(
                    "the directory of {name} is at {at}, before that of what it is made of, at {before}"
                );
                self.error(at, message);
            }
            before = at;
        }
    }

    /// Whether images are cut and reduced.
    fn images(&mut self) -> Result<()> {
        let full = self.description.image();
        if full.width.max(full.height) > SMALL {
            if !full.tiled {
                let (width, height) = (full.width, full.height);
                let message = format!("an image of {width} x {height} pixels has no tiles");
                self.error(self.directory(full), message);
            }
            if self.description.overviews().is_empty() {
                let message = "no overviews: they are recommended beyond 512 pixels".to_owned();
                let offset = self.directory(full);
                self.found.push(CogFinding { is_warning: true, offset, message });
            }
        }
        let mut larger = full;
        for (name, image) in self.levels().skip(1) {
            let at = self.directory(image);
            if image.width > larger.width || image.height > larger.height {
                let message = format!(
                    "{name} has {} x {} pixels, more than what it is made of ({} x {})",
                    image.width, image.height, larger.width, larger.height
                );
                self.error(at, message);
            }
            if !image.tiled && image.width.max(image.height) > SMALL {
                self.error(at, format!("{name} has no tiles"));
            }
            larger = image;
        }
        Ok(())
    }

    /// Whether the bytes of all blocks are there.
    fn blocks(&mut self) -> Result<()> {
        let description = self.description;
        let masks = description.masks();
        let masks = masks.full.iter().chain(masks.overviews.iter().flatten());
        let masks = masks.map(|mask| ("a mask".to_owned(), mask));
        for (name, image) in self.levels().chain(masks).collect::<Vec<_>>() {
            if let Some((index, bytes)) = outside(image, self.view)? {
                self.error(
                    bytes.start,
                    format!("block {index} of {name} {}", outside_text(&bytes, self.view)),
                );
            }
        }
        Ok(())
    }

    /// First chunk of an image.
    fn first(&self, image: &Image) -> Result<Option<u64>> {
        let grid = ChunkGrid::of(image);
        let table = ChunkTable::of(image, self.view)?;
        for index in 0..grid.chunks() {
            let (row, _) = grid.place_of(index);
            if let Some((offset, _)) = table.range(index, image.chunk_bytes(grid.stored(row, 0).height))? {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }

    /// Data of the smallest overview come first, and behind all directories.
    fn order(&mut self) -> Result<()> {
        let last_directory = self.description.directories().iter().map(|directory| directory.offset).max();
        let mut before: Option<(String, u64)> = None;
        let mut levels: Vec<(String, &Image)> = self.levels().collect();
        levels.reverse();
        for (name, image) in levels {
            let Some(first) = self.first(image)? else { continue };
            if let Some((smaller, offset)) = &before
                && first < *offset
            {
                let message = format!(
                    "the first block of {name} is at {first}, before that of {smaller}, at {offset}: the smaller image \
                     comes first"
                );
                self.error(first, message);
            } else if before.is_none() && last_directory.is_some_and(|last| first < last) {
                let message = format!("the first block of {name} is at {first}, before the last directory");
                self.error(first, message);
            }
            before = Some((name, first));
        }
        Ok(())
    }

    /// What is said of blocks is so: each has its length before it and its last bytes behind it, in rising order, its mask's
    /// behind it.
    fn leaders(&mut self) -> Result<()> {
        let Some((_, text)) = ghost(self.view) else { return Ok(()) };
        let said = |what: &[u8]| text.windows(what.len()).any(|part| part == what);
        let (leader, trailer) =
            (said(b"BLOCK_LEADER=SIZE_AS_UINT4\n"), said(b"BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"));
        let by_row = said(b"BLOCK_ORDER=ROW_MAJOR\n");
        let description = self.description;
        let by_tile = description.is_by_tile();
        let masks = description.masks();
        let of_overviews = masks.overviews.iter().map(Option::as_ref);
        let masks = std::iter::once(masks.full.as_ref()).chain(of_overviews);
        for ((name, image), mask) in self.levels().zip(masks) {
            let (grid, table) = (ChunkGrid::of(image), ChunkTable::of(image, self.view)?);
            let mask_table = match mask {
                Some(mask) if said(b"MASK_INTERLEAVED_WITH_IMAGERY=YES\n") => {
                    Some(ChunkTable::of(mask, self.view)?)
                }
                _ => None,
            };
            let mut before = 0;
            let planes = (grid.planes() as u64).max(1);
            let of_plane = grid.chunks().checked_div(planes).unwrap_or(0);
            for number in 0..grid.chunks() {
                let index = if by_tile {
                    (number % planes).saturating_mul(of_plane).saturating_add(number / planes)
                } else {
                    number
                };
                let (row, _) = grid.place_of(index);
                let need = image.chunk_bytes(grid.stored(row, 0).height);
                let Some((offset, len)) = table.range(index, need)? else { continue };
                let mut wrong = None;
                let read =
                    |at: u64| self.view.get(at, 4).ok().and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
                if leader
                    && read(offset.saturating_sub(4)).map(u32::from_le_bytes).map(u64::from) != Some(len)
                {
                    wrong = Some(format!("its {len} bytes are not told before it"));
                }
                let end = offset.saturating_add(len);
                if trailer && len >= 4 && read(end) != read(end.saturating_sub(4)) {
                    wrong = Some("its last 4 bytes are not repeated behind it".to_owned());
                }
                if by_row && offset < before {
                    wrong = Some("it comes before the one before it".to_owned());
                }
                if let Some((mask_offset, _)) =
                    mask_table.map(|table| table.range(index, 0)).transpose()?.flatten()
                    && mask_offset != end.saturating_add(8)
                {
                    wrong = Some(format!("its mask is at {mask_offset}, not behind it"));
                }
                before = offset;
                if let Some(wrong) = wrong {
                    // One for each image: the others are as wrong.
                    self.error(offset, format!("block {index} of {name}: {wrong}"));
                    break;
                }
            }
        }
        Ok(())
    }
}
