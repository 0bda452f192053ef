//! Decodes all blocks of a file to find damage, and keeps no pixels.

use std::ops::Range;

use ndarray::{Array3, ArrayViewMut3};

use super::array::{DynArray, SampleTask, with_sample_type};
use super::description::Description;
use super::reader::Reader;
use super::source::Level;
use super::stored::Stored;
use super::warnings::ReadWarnings;
use crate::bytes::View;
use crate::error::{Error, ErrorKind, Result};
use crate::image::{Image, Sample};
use crate::layout::{ChunkGrid, ChunkTable, Rect};
use crate::limits::{Budget, Limits};

/// Bytes of samples that are decoded together, unless a single chunk has more.
const AT_ONCE: usize = 16 << 20;

/// Decodes every block of every image of a file, of all pages, overviews and masks, and gives what decoders report: the
/// errors of blocks that cannot be decoded, and the warnings of blocks that are decoded in spite of damage. Each names its
/// directory and block. Blocks that the file leaves out are valid. An image that this build cannot decode gives one error of
/// the kind [`Unsupported`](ErrorKind::Unsupported). After [`ReadWarnings::CAPACITY`] damaged blocks the rest of the file is
/// not decoded.
///
/// # Errors
///
/// When the file cannot be opened, or decoding a block would exceed `limits`.
///
/// ```
/// use memtiff_geotiff::{Limits, verify_blocks};
///
/// # let bytes = include_bytes!("../../../../testdata/u8_rgb_deflate_tile_mask.tif").to_vec();
/// assert!(verify_blocks(&bytes, &Limits::default())?.is_empty());
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
pub fn verify_blocks(data: &[u8], limits: &Limits) -> Result<Vec<Error>> {
    let description = Description::parse(data, limits)?;
    let warnings = ReadWarnings::new();
    let reader = Reader::new(data, &description).with_limits(*limits).with_warnings(&warnings);
    let view = View::new(data, description.header().byte_order);
    let mut found = Vec::new();
    for directory in description.directories() {
        // A directory that holds no image has no blocks.
        let Ok(image) = Image::parse(directory, &directory.fields(view)) else { continue };
        let level = Level { source: reader.source(), image: &image };
        let mut task = Verify { reader: &reader, warnings: &warnings, level, found: &mut found };
        task.image()?;
        if found.len() >= ReadWarnings::CAPACITY {
            found.truncate(ReadWarnings::CAPACITY);
            found.push(Error::irregular("too many blocks are damaged; further blocks were not decoded"));
            break;
        }
    }
    Ok(found)
}

/// The blocks of one image, and what is found in them.
struct Verify<'r, 'a> {
    reader: &'r Reader<'a>,
    warnings: &'a ReadWarnings,
    level: Level<'r>,
    found: &'r mut Vec<Error>,
}

impl Verify<'_, '_> {
    /// Decodes the image. A limit is an error; everything else is a finding.
    fn image(&mut self) -> Result<()> {
        let data_type = self.level.image.data_type;
        match with_sample_type(data_type, self) {
            Err(error) if error.kind() == ErrorKind::Limit => Err(error),
            _ => Ok(()),
        }
    }

    fn add(&mut self, error: Error) -> Result<()> {
        let is_fatal = is_fatal(&error);
        let error = error.in_directory(self.level.image.directory);
        if error.kind() != ErrorKind::Limit {
            self.found.push(error.clone());
        }
        if is_fatal { Err(error) } else { Ok(()) }
    }

    /// Decodes some blocks. If one of them fails, decodes them one by one, as its error hides those of the others.
    fn blocks<T: Sample>(&mut self, blocks: &Blocks, samples: &mut Vec<T>) -> Result<()> {
        let decoded = self.decode(blocks, samples);
        let warnings = self.warnings.take();
        let error = match decoded {
            Err(error) if blocks.is_single() || is_fatal(&error) => error,
            Ok(()) => {
                self.found.extend(warnings);
                return Ok(());
            }
            Err(_) => {
                for block in blocks.singles() {
                    self.blocks(&block, samples)?;
                    if self.found.len() >= ReadWarnings::CAPACITY {
                        break;
                    }
                }
                return Ok(());
            }
        };
        self.add(error)
    }

    fn decode<T: Sample>(&self, blocks: &Blocks, samples: &mut Vec<T>) -> Result<()> {
        let Level { image, .. } = self.level;
        let rect = blocks.rect(image);
        let bands = match blocks.plane {
            Some(plane) => vec![plane],
            None => (0..image.bands).collect(),
        };
        let shape = (bands.len(), rect.height, rect.width);
        let mut budget = Budget::new(self.reader.limits());
        let count = shape.0.saturating_mul(shape.1).saturating_mul(shape.2);
        if samples.len() < count {
            *samples = Vec::new();
            *samples = budget.zeros(count, "blocks to be verified")?;
        } else {
            budget.reserve(size_of_val(samples.as_slice()) as u64, "blocks to be verified")?;
        }
        let out = ArrayViewMut3::from_shape(shape, samples.get_mut(..count).unwrap_or_default());
        let out = out.map_err(|error| Error::usage(error.to_string()))?;
        let stored = Stored { level: self.level, rect, samples: bands, parallel: true };
        self.reader.fill(&stored, out, &mut budget)
    }
}

/// Whether an error holds for all blocks of an image, or for the whole file.
fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Limit | ErrorKind::Unsupported)
}

/// Blocks side by side, of one plane where bands are apart.
struct Blocks {
    plane: Option<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Blocks {
    fn is_single(&self) -> bool {
        self.rows.len() <= 1 && self.columns.len() <= 1
    }

    fn singles(&self) -> impl Iterator<Item = Self> {
        let Self { plane, rows, columns } = self;
        let single = |at: usize| at..at.saturating_add(1);
        rows.clone().flat_map(move |row| {
            columns.clone().map(move |column| Self {
                plane: *plane,
                rows: single(row),
                columns: single(column),
            })
        })
    }

    /// The pixels of the image that they hold.
    fn rect(&self, image: &Image) -> Rect {
        let grid = ChunkGrid::of(image);
        let first = grid.stored(self.rows.start, self.columns.start);
        let last = grid.stored(self.rows.end.saturating_sub(1), self.columns.end.saturating_sub(1));
        let (right, bottom) = (last.col_end().min(image.width), last.row_end().min(image.height));
        let (width, height) = (right.saturating_sub(first.col_off), bottom.saturating_sub(first.row_off));
        Rect::new(first.col_off, first.row_off, width, height)
    }
}

impl SampleTask for &mut Verify<'_, '_> {
    type Output = Result<()>;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>,
    {
        let image = self.level.image;
        let grid = ChunkGrid::of(image);
        let table = match ChunkTable::of(image, self.level.source.view) {
            Ok(table) => table,
            Err(error) => return self.add(error),
        };
        // Chunks behind the end of the table are left out by the file, however many the image claims to have.
        let known = table.known().min(grid.chunks());
        let apart = grid.planes() > 1 && image.rendering.is_none();
        let planes = if apart { grid.planes() } else { 1 };
        let bands = if apart { 1 } else { image.bands };
        let pixels = image.chunk_width.min(image.width).saturating_mul(image.chunk_height);
        let most =
            AT_ONCE.checked_div(pixels.saturating_mul(bands).saturating_mul(size_of::<T>())).unwrap_or(1);
        let columns = most.clamp(1, grid.across().max(1));
        let rows = most.checked_div(grid.across()).unwrap_or(1).max(1);
        let mut samples = Vec::<T>::new();
        for plane in 0..planes {
            for row in (0..grid.down()).step_by(rows) {
                if grid.index(plane, row, 0) >= known {
                    break;
                }
                let rows = row..row.saturating_add(rows).min(grid.down());
                for column in (0..grid.across()).step_by(columns) {
                    if self.found.len() >= ReadWarnings::CAPACITY {
                        return Ok(());
                    }
                    let columns = column..column.saturating_add(columns).min(grid.across());
                    let blocks = Blocks { plane: apart.then_some(plane), rows: rows.clone(), columns };
                    self.blocks(&blocks, &mut samples)?;
                }
            }
        }
        Ok(())
    }
}
