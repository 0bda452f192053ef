//! One chunk: its bytes found, decompressed, unpredicted, and placed into its piece of the caller's array.

use bytemuck::{cast_slice_mut, try_cast_slice};
use ndarray::Axis;

use super::plan::Piece;
use crate::bytes::ByteOrder;
use crate::compress::{Decoder, short};
use crate::error::{Cause, Error, Result};
use crate::image::{Image, Sample};
use crate::layout::{ChunkTable, Window};
use crate::sample::{Source, place_row, swap, undo_predictor};
use crate::tag::{Compression, Photometric, Predictor};

/// Everything that decoding a chunk needs to know and that all chunks of an image share.
#[derive(Debug)]
pub(super) struct ChunkReader<'a, T> {
    table: ChunkTable<'a>,
    order: ByteOrder,
    compression: Compression,
    predictor: Predictor,
    /// Samples of a pixel in one chunk.
    stride: usize,
    /// What chunks that the file leaves out are filled with.
    fill: T,
    directory: usize,
}

/// What one thread reuses from chunk to chunk.
#[derive(Debug)]
pub(super) struct Scratch<T> {
    decoder: Decoder,
    samples: Vec<T>,
    bytes: Vec<u8>,
}

impl<'a, T: Sample> ChunkReader<'a, T> {
    /// Refuses images that this build cannot decode, before any work is done.
    pub(super) fn new(image: &Image, table: ChunkTable<'a>, order: ByteOrder, fill: T) -> Result<Self> {
        refuse_unsupported(image)?;
        Decoder::new(image.compression)?;
        Ok(Self {
            table,
            order,
            compression: image.compression,
            predictor: image.predictor,
            stride: image.samples_per_chunk(),
            fill,
            directory: image.directory,
        })
    }

    pub(super) fn scratch(&self) -> Result<Scratch<T>> {
        Ok(Scratch { decoder: Decoder::new(self.compression)?, samples: Vec::new(), bytes: Vec::new() })
    }

    /// The memory that one thread needs beside the output to decode chunks of this shape.
    pub(super) fn scratch_bytes(&self, stored: &Window) -> Result<u64> {
        let row = self.row_samples(stored)?;
        let samples = match self.compression {
            Compression::NONE => row,
            _ => sample_count::<T>(stored, row, stored.height)?,
        };
        let spare = if self.predictor == Predictor::FLOATING_POINT { row } else { 0 };
        let all = (samples as u64).saturating_add(spare as u64);
        Ok(all.saturating_mul(size_of::<T>() as u64))
    }

    /// Samples of one row of a chunk.
    fn row_samples(&self, stored: &Window) -> Result<usize> {
        let row = stored.width.checked_mul(self.stride);
        row.filter(|row| row.checked_mul(size_of::<T>()).is_some()).ok_or_else(|| too_large(stored))
    }

    /// Fills a piece.
    pub(super) fn read(&self, piece: Piece<'_, T>, scratch: &mut Scratch<T>) -> Result<()> {
        let index = piece.chunk;
        self.fill_piece(piece, scratch).map_err(|e| e.in_chunk(index).in_directory(self.directory))
    }

    fn fill_piece(&self, mut piece: Piece<'_, T>, scratch: &mut Scratch<T>) -> Result<()> {
        let wanted_rows = piece.wanted_in_chunk().row_end();
        let row_bytes = self.row_samples(&piece.stored)?.saturating_mul(size_of::<T>());
        let need = (row_bytes as u64).saturating_mul(wanted_rows as u64);
        match self.table.chunk(piece.chunk, need)? {
            None => {
                piece.out.fill(self.fill);
                Ok(())
            }
            Some(raw) if self.compression == Compression::NONE => self.copy_rows(raw, piece, scratch),
            Some(raw) => self.decode_rows(raw, piece, scratch),
        }
    }

    /// Uncompressed: only the wanted part of each wanted row is looked at, where it lies if it can be.
    fn copy_rows(&self, raw: &[u8], mut piece: Piece<'_, T>, scratch: &mut Scratch<T>) -> Result<()> {
        let size = size_of::<T>();
        let row_bytes = self.row_samples(&piece.stored)?.saturating_mul(size);
        let wanted = piece.wanted_in_chunk();
        let start = wanted.col_off.saturating_mul(self.stride).saturating_mul(size);
        let len = wanted.width.saturating_mul(self.stride).saturating_mul(size);
        for (row, out) in (wanted.row_off..).zip(piece.out.axis_iter_mut(Axis(1))) {
            let at = row.saturating_mul(row_bytes).saturating_add(start);
            let end = at.saturating_add(len);
            let raw = raw.get(at..end).ok_or_else(|| short("uncompressed", end, raw.len()))?;
            let native = match try_cast_slice(raw) {
                Ok(native) if self.order.is_native() || size == 1 => native,
                _ => self.to_native(raw, &mut scratch.samples),
            };
            place_row(Source { native, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }

    /// A copy of raw bytes as native samples.
    fn to_native<'s>(&self, raw: &[u8], samples: &'s mut Vec<T>) -> &'s [T] {
        samples.clear();
        samples.resize(raw.len().checked_div(size_of::<T>()).unwrap_or(0), T::default());
        cast_slice_mut(samples).copy_from_slice(raw);
        if !self.order.is_native() {
            swap(samples);
        }
        samples
    }

    /// Compressed: the chunk is decoded from its beginning to the last wanted row; straight into the
    /// caller's array if that has room for just these samples, else into scratch.
    fn decode_rows(&self, raw: &[u8], mut piece: Piece<'_, T>, scratch: &mut Scratch<T>) -> Result<()> {
        let row = self.row_samples(&piece.stored)?;
        let wanted = piece.wanted_in_chunk();
        let count = sample_count::<T>(&piece.stored, row, wanted.row_end())?;
        let Scratch { decoder, samples, bytes } = scratch;
        let mut decode = |native: &mut [T]| {
            decoder.decode(raw, cast_slice_mut(native))?;
            undo_predictor(self.predictor, self.order, native, (row, self.stride), bytes)
        };
        let in_place = piece.out.as_slice_mut().filter(|out| self.stride == 1 && out.len() == count);
        if let Some(out) = in_place {
            return decode(out);
        }
        samples.resize(count, T::default());
        decode(samples)?;
        let first_col = wanted.col_off.saturating_mul(self.stride);
        let rows = samples.chunks_exact(row).skip(wanted.row_off);
        for (native, out) in rows.zip(piece.out.axis_iter_mut(Axis(1))) {
            let native = native.get(first_col..).unwrap_or_default();
            place_row(Source { native, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }
}

/// Samples of `rows` rows of a chunk.
fn sample_count<T>(stored: &Window, row: usize, rows: usize) -> Result<usize> {
    let count = row.checked_mul(rows);
    let bytes = count.and_then(|count| count.checked_mul(size_of::<T>()));
    // No allocation may be larger than an isize can say.
    let addressable = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
    count.filter(|_| addressable).ok_or_else(|| too_large(stored))
}

fn too_large(stored: &Window) -> Error {
    Cause::Overflow { count: stored.width as u64, width: stored.height as u64 }.into()
}

/// Refuses what the rooms below do not undo yet, by name.
fn refuse_unsupported(image: &Image) -> Result<()> {
    let stored_bits = image.data_type.size().saturating_mul(8);
    let why = if usize::from(image.bits) != stored_bits {
        format!("reading samples of {} bits, {}, is not implemented", image.bits, image.sample_format)
    } else if image.fill_order == 2 {
        "FillOrder 2 is not implemented".to_owned()
    } else if image.photometric == Photometric::YCBCR && image.subsampling != (1, 1) {
        let (h, v) = image.subsampling;
        format!("YCbCr subsampled by {h} and {v} is not implemented")
    } else {
        return Ok(());
    };
    Err(Error::unsupported(why).in_directory(image.directory))
}
