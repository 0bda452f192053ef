//! One chunk: its bytes found, decompressed, unpredicted, unpacked, and placed into its piece of the caller's
//! array.

use std::sync::atomic::{AtomicU64, Ordering};

use bytemuck::{cast_slice_mut, try_cast_slice};
use ndarray::{ArrayViewMut3, Axis};

use super::plan::Piece;
use super::warnings::ReadWarnings;
use crate::bytes::{ByteOrder, View};
use crate::compress::{Decoder, most_decoded, short};
use crate::error::{Cause, Error, Result};
use crate::image::{Image, Sample};
use crate::layout::{ChunkTable, Rect};
use crate::limits::{Budget, Cost, Work, resize};
use crate::sample::{
    Packing, Source, Units, place_planes, place_row, swap, undo_predictor, undo_predictor_of_bytes,
};
use crate::tag::{Compression, PlanarConfiguration, Predictor, SampleFormat};

/// Everything that decoding a chunk needs to know and that all chunks of an image share.
#[derive(Debug)]
pub(super) struct ChunkReader<'a, T> {
    image: &'a Image,
    view: View<'a>,
    allowance: u64,
    table: ChunkTable<'a>,
    /// The bytes of the only chunk that is read, wherever the table has it.
    given: Option<&'a [u8]>,
    packing: Packing,
    /// Samples of a pixel in one chunk.
    stride: usize,
    /// What chunks that the file leaves out are filled with.
    fill: T,
    /// The operation that the chunks are read for.
    work: Option<&'a Work<'a>>,
    /// Where warnings go, and the number of the file that they are about.
    warnings: Option<(&'a ReadWarnings, usize)>,
    /// The lowest index of a chunk that failed; chunks behind it are not decoded any more.
    failed: AtomicU64,
}

/// What one thread reuses from chunk to chunk.
#[derive(Debug)]
pub(super) struct Scratch<'a, T> {
    decoder: Decoder<'a>,
    buffers: Buffers<T>,
}

#[derive(Debug)]
struct Buffers<T> {
    samples: Vec<T>,
    plain: Vec<u8>,
    spare: Vec<u8>,
}

/// Where a chunk's wanted part is, in numbers of samples and rows.
#[derive(Debug)]
struct Part {
    /// Samples of a stored row.
    row: usize,
    /// The first wanted sample of a row, and how many are wanted.
    first: usize,
    count: usize,
    /// The first wanted row.
    first_row: usize,
    /// Rows to be decoded.
    rows: usize,
    /// The wanted ones of these: rows of a tile below the edge of the image are not.
    wanted_rows: usize,
    /// Whether the chunk is decoded to its end, so that its decoder can verify it.
    to_end: bool,
}

impl<'a, T: Sample> ChunkReader<'a, T> {
    /// Refuses images that this build cannot decode, before any work is done.
    pub(super) fn new(image: &'a Image, view: View<'a>, fill: T) -> Result<Self> {
        let reader = Self {
            image,
            view,
            allowance: 0,
            table: ChunkTable::of(image, view)?,
            given: None,
            packing: Packing::of(image),
            stride: image.samples_per_chunk(),
            fill,
            work: None,
            warnings: None,
            failed: AtomicU64::new(u64::MAX),
        };
        reader.refuse_unsupported().map_err(|e| e.in_directory(image.directory))?;
        Ok(reader)
    }

    /// Refuses by name what nothing below undoes.
    fn refuse_unsupported(&self) -> Result<()> {
        Decoder::new(self.image, self.view, 0)?;
        let float = self.image.sample_format == SampleFormat::FLOAT;
        let predictor = self.image.predictor;
        let too_wide = predictor == Predictor::HORIZONTAL && self.image.bits > 64;
        if (predictor == Predictor::FLOATING_POINT && !float) || too_wide {
            let format = self.image.sample_format;
            return Err(Error::unsupported(format!("predictor {} on samples of {format}", predictor.0)));
        }
        let (h, v) = self.image.subsampling;
        if self.units().is_some()
            && (self.image.planar == PlanarConfiguration::SEPARATE || self.image.bits != 8)
        {
            let message = format!("YCbCr subsampled by {h} and {v} in separate planes, or not of 8 bits");
            return Err(Error::unsupported(message));
        }
        Ok(())
    }

    /// The same reader, with memory that decoding a chunk may take beside its scratch.
    pub(super) fn with_allowance(self, allowance: u64) -> Self {
        Self { allowance, ..self }
    }

    /// The same reader, whose chunks count as work of an operation.
    pub(super) fn with_work(self, work: Option<&'a Work<'a>>) -> Self {
        Self { work, ..self }
    }

    /// Chunks from this index on are left out by the file.
    pub(super) fn known(&self) -> u64 {
        self.table.known()
    }

    /// Fills a part of the array whose chunks the file leaves out.
    pub(super) fn fill_left_out(&self, mut out: ArrayViewMut3<'_, T>) -> Result<()> {
        let filled = (out.len() as u64).saturating_mul(size_of::<T>() as u64);
        self.step(&Cost { filled, ..Cost::default() })?;
        out.fill(self.fill);
        Ok(())
    }

    fn step(&self, cost: &Cost) -> Result<()> {
        self.work.map_or(Ok(()), |work| work.step(cost))
    }

    /// The same reader, with a place for the warnings of decoders about file number `file`.
    pub(super) fn with_warnings(self, warnings: Option<&'a ReadWarnings>, file: usize) -> Self {
        Self { warnings: warnings.map(|warnings| (warnings, file)), ..self }
    }

    pub(super) fn scratch(&self) -> Result<Scratch<'a, T>> {
        let buffers = Buffers { samples: Vec::new(), plain: Vec::new(), spare: Vec::new() };
        Ok(Scratch { decoder: Decoder::new(self.image, self.view, self.allowance)?, buffers })
    }

    /// The memory that one thread needs beside the output to decode chunks of this shape.
    pub(super) fn scratch_bytes(&self, stored: &Rect) -> Result<u64> {
        let row = self.row_samples(stored)? as u64;
        let row_bytes = row.saturating_mul(size_of::<T>() as u64);
        let rows = stored.height as u64;
        let chunk = match self.image.compression {
            Compression::NONE if self.units().is_none() => row_bytes,
            _ => row_bytes.checked_mul(rows).ok_or_else(|| too_large(stored))?,
        };
        let spare = if self.image.predictor == Predictor::FLOATING_POINT { row_bytes } else { 0 };
        let reversed = if self.is_reversed() { self.view.len() } else { 0 };
        Ok(chunk.saturating_add(spare).saturating_add(reversed))
    }

    /// The units in which samples are packed, where chroma is subsampled and no method of its own undoes that.
    fn units(&self) -> Option<Units> {
        let jpeg = matches!(self.image.compression, Compression::JPEG | Compression::OLD_JPEG);
        let subsampled = self.image.subsampling != (1, 1) && self.image.samples == 3;
        (subsampled && !jpeg).then(|| Units::new(self.image.subsampling))
    }

    /// Whether the bits of each byte stand in reverse. The JPEGs have an order of their own.
    fn is_reversed(&self) -> bool {
        let jpeg = matches!(self.image.compression, Compression::JPEG | Compression::OLD_JPEG);
        self.image.fill_order == 2 && !jpeg
    }

    /// Samples of one row of a chunk.
    fn row_samples(&self, stored: &Rect) -> Result<usize> {
        let row = stored.width.checked_mul(self.stride);
        // So that no product of a row and the bytes or bits of a sample overflows below.
        row.filter(|row| row.checked_mul(128).is_some()).ok_or_else(|| too_large(stored))
    }

    fn part(&self, piece: &Piece<'_, T>, decoder: &Decoder<'_>) -> Result<Part> {
        let wanted = piece.wanted_in_chunk();
        // What a tile has beyond the edge of the image is decoded for the sake of the checksum behind it, within reason.
        let inside = self.image.height.saturating_sub(piece.stored.row_off).min(piece.stored.height);
        let compressed = self.image.compression != Compression::NONE;
        let row = self.row_samples(&piece.stored)?;
        let bytes = |rows: usize| row.saturating_mul(rows).saturating_mul(size_of::<T>());
        // A checksum is not worth decoding a tile that is far larger than the image.
        let inside_bytes = bytes(inside) / piece.stored.width.max(1);
        let inside_bytes = inside_bytes.saturating_mul(self.image.width.min(piece.stored.width));
        let is_worth = bytes(piece.stored.height) <= inside_bytes.saturating_mul(4).max(VERIFIED_BYTES);
        let to_end = !decoder.stops_early() || (compressed && is_worth && wanted.row_end() >= inside);
        Ok(Part {
            row,
            first: wanted.col_off.saturating_mul(self.stride),
            count: wanted.width.saturating_mul(self.stride),
            first_row: wanted.row_off,
            rows: if to_end { piece.stored.height } else { wanted.row_end() },
            wanted_rows: wanted.row_end(),
            to_end,
        })
    }

    /// Bytes of one row as stored.
    fn stored_row_bytes(&self, row: usize) -> usize {
        row.saturating_mul(self.image.bits.into()).div_ceil(8)
    }

    /// Fills a piece.
    pub(super) fn read(&self, piece: Piece<'_, T>, scratch: &mut Scratch<'_, T>) -> Result<()> {
        let index = piece.chunk;
        // The error of the first chunk is given, so that this one cannot matter.
        if index > self.failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let directory = self.image.directory;
        let filled = self.fill_piece(piece, scratch);
        // Taken in any case, so that no warning is taken for one about the next chunk.
        let warning = scratch.decoder.take_warning();
        filled.map_err(|e| {
            self.failed.fetch_min(index, Ordering::Relaxed);
            e.in_chunk(index).in_directory(directory)
        })?;
        if let (Some(warning), Some((warnings, file))) = (warning, self.warnings) {
            warnings.add((file, directory, index), warning.in_chunk(index).in_directory(directory));
        }
        Ok(())
    }

    fn fill_piece(&self, piece: Piece<'_, T>, scratch: &mut Scratch<'_, T>) -> Result<()> {
        let part = self.part(&piece, &scratch.decoder)?;
        let need = match self.units() {
            Some(units) => units.chunk_bytes(piece.stored.width, piece.stored.height) as u64,
            None => (self.stored_row_bytes(part.row) as u64).saturating_mul(part.rows as u64),
        };
        let raw = match self.given {
            None => self.table.chunk(piece.chunk, need)?,
            given => given,
        };
        let Some(raw) = raw else { return self.fill_left_out(piece.out) };
        self.step(&Cost { taken: raw.len() as u64, decoded: need, ..Cost::default() })?;
        // Up to the last wanted sample: nothing has to follow it.
        let rows_before = part.wanted_rows.saturating_sub(1) as u64;
        let last_row = self.stored_row_bytes(part.first.saturating_add(part.count)) as u64;
        let least =
            (self.stored_row_bytes(part.row) as u64).saturating_mul(rows_before).saturating_add(last_row);
        refuse_impossible(self.image.compression, raw.len(), least)?;
        if !self.is_reversed() {
            return self.fill_from(raw, &part, piece, scratch);
        }
        let mut reversed = Vec::new();
        resize(&mut reversed, raw.len(), "bytes in reverse order of bits")?;
        for (to, from) in reversed.iter_mut().zip(raw) {
            *to = from.reverse_bits();
        }
        self.fill_from(&reversed, &part, piece, scratch)
    }

    fn fill_from(
        &self,
        raw: &[u8],
        part: &Part,
        piece: Piece<'_, T>,
        Scratch { decoder, buffers }: &mut Scratch<'_, T>,
    ) -> Result<()> {
        if let Some(units) = self.units() {
            return self.expand_units(units, raw, part, piece, decoder, buffers);
        }
        match (self.packing, self.image.compression) {
            (Packing::Whole, Compression::NONE) => self.copy_rows(raw, part, piece, buffers),
            (Packing::Whole, _) => self.decode_rows(raw, part, piece, decoder, buffers),
            (_, Compression::NONE) => {
                self.unpack_rows(raw, self.view.order(), part, piece, &mut buffers.samples)
            }
            _ => {
                let order = self.decode_packed(raw, part, &piece, decoder, buffers)?;
                self.unpack_rows(&buffers.plain, order, part, piece, &mut buffers.samples)
            }
        }
    }

    /// Uncompressed: only the wanted part of each wanted row is looked at, where it lies if it can be.
    fn copy_rows(
        &self,
        raw: &[u8],
        part: &Part,
        mut piece: Piece<'_, T>,
        buffers: &mut Buffers<T>,
    ) -> Result<()> {
        let size = size_of::<T>();
        let row_bytes = part.row.saturating_mul(size);
        let start = part.first.saturating_mul(size);
        let len = part.count.saturating_mul(size);
        for (row, out) in (part.first_row..).zip(piece.out.axis_iter_mut(Axis(1))) {
            let at = row.saturating_mul(row_bytes).saturating_add(start);
            let end = at.saturating_add(len);
            let need = row_bytes.saturating_mul(part.rows);
            let raw = raw.get(at..end).ok_or_else(|| short("uncompressed", need, raw.len()))?;
            let native = match try_cast_slice(raw) {
                Ok(native) if self.view.order().is_native() || size == 1 => native,
                _ => self.to_native(raw, &mut buffers.samples)?,
            };
            place_row(Source { native, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }

    /// A copy of raw bytes as native samples.
    fn to_native<'s>(&self, raw: &[u8], samples: &'s mut Vec<T>) -> Result<&'s [T]> {
        resize(samples, raw.len().checked_div(size_of::<T>()).unwrap_or(0), SCRATCH)?;
        cast_slice_mut(samples).copy_from_slice(raw);
        if !self.view.order().is_native() {
            swap(samples);
        }
        Ok(samples)
    }

    /// Compressed: the chunk is decoded, where the method allows it only to the last wanted row; straight
    /// into the caller's array if that has room for just these samples, else into scratch.
    fn decode_rows(
        &self,
        raw: &[u8],
        part: &Part,
        mut piece: Piece<'_, T>,
        decoder: &mut Decoder<'_>,
        Buffers { samples, spare, .. }: &mut Buffers<T>,
    ) -> Result<()> {
        let whole = sample_count::<T>(&piece.stored, part)?;
        // Of the last row nothing is needed behind the last wanted sample, unless its bytes are mixed.
        let beyond = part.row.saturating_sub(part.first).saturating_sub(part.count);
        let stops = !part.to_end && self.image.predictor != Predictor::FLOATING_POINT;
        let count = if stops { whole.saturating_sub(beyond) } else { whole };
        let order = if decoder.gives_native() { ByteOrder::NATIVE } else { self.view.order() };
        let planes = decoder.gives_planes();
        let mut decode = |native: &mut [T]| {
            decode_part(decoder, raw, &piece.stored, cast_slice_mut(native), part)?;
            undo_predictor(self.image.predictor, order, native, (part.row, self.stride), spare)
        };
        // Only where what is wanted is what is decoded, sample by sample: one band, whole rows from the first.
        let is_all = self.stride == 1 && part.first_row == 0 && piece.out.dim() == (1, part.rows, part.row);
        if let Some(out) = piece.out.as_slice_mut().filter(|out| is_all && out.len() == count) {
            return decode(out);
        }
        resize(samples, count, SCRATCH)?;
        decode(samples)?;
        if planes {
            let stored = (piece.stored.width, self.stride);
            place_planes(samples, stored, &piece.wanted_in_chunk(), piece.samples, piece.out);
            return Ok(());
        }
        let rows = samples.chunks(part.row).skip(part.first_row);
        for (native, out) in rows.zip(piece.out.axis_iter_mut(Axis(1))) {
            let native = native.get(part.first..).unwrap_or_default();
            place_row(Source { native, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }

    /// Compressed samples of other widths: decoded into `plain`; gives the byte order that they have there.
    fn decode_packed(
        &self,
        raw: &[u8],
        part: &Part,
        piece: &Piece<'_, T>,
        decoder: &mut Decoder<'_>,
        Buffers { plain, spare, .. }: &mut Buffers<T>,
    ) -> Result<ByteOrder> {
        // Never more than the same number of samples as arrays hold them.
        sample_count::<T>(&piece.stored, part)?;
        resize(plain, self.stored_row_bytes(part.row).saturating_mul(part.rows), SCRATCH)?;
        decode_part(decoder, raw, &piece.stored, plain, part)?;
        let order = if decoder.gives_native() { ByteOrder::NATIVE } else { self.view.order() };
        let size = self.packing.size().unwrap_or(0);
        undo_predictor_of_bytes(self.image.predictor, order, plain, (part.row, self.stride, size), spare)
    }

    /// Subsampled chroma: decoded into `plain` whole, then expanded row by row.
    fn expand_units(
        &self,
        units: Units,
        raw: &[u8],
        part: &Part,
        mut piece: Piece<'_, T>,
        decoder: &mut Decoder<'_>,
        Buffers { plain, samples, .. }: &mut Buffers<T>,
    ) -> Result<()> {
        let Rect { width, height, .. } = piece.stored;
        sample_count::<T>(&piece.stored, part)?;
        resize(plain, units.chunk_bytes(width, height), SCRATCH)?;
        decoder.decode(raw, &piece.stored, plain, true)?;
        resize(samples, part.count, SCRATCH)?;
        let first = part.first.checked_div(self.stride).unwrap_or(0);
        for (row, out) in (part.first_row..).zip(piece.out.axis_iter_mut(Axis(1))) {
            units.expand(plain, width, row, first, samples);
            place_row(Source { native: samples, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }

    /// Unpacks the wanted part of each wanted row, and places it.
    fn unpack_rows(
        &self,
        plain: &[u8],
        order: ByteOrder,
        part: &Part,
        mut piece: Piece<'_, T>,
        samples: &mut Vec<T>,
    ) -> Result<()> {
        let row_bytes = self.stored_row_bytes(part.row);
        resize(samples, part.count, SCRATCH)?;
        for (row, out) in (part.first_row..).zip(piece.out.axis_iter_mut(Axis(1))) {
            let at = row.saturating_mul(row_bytes);
            let end = at.saturating_add(row_bytes);
            let need = row_bytes.saturating_mul(part.rows);
            let row = plain.get(at..end).ok_or_else(|| short("uncompressed", need, plain.len()))?;
            self.packing.unpack(row, part.first, order, samples);
            place_row(Source { native: samples, stride: self.stride }, piece.samples, out);
        }
        Ok(())
    }
}

/// All samples of a chunk whose bytes are `raw`, pixel by pixel as the chunk holds them. `view` is that of the directory
/// which `image` was read from.
pub(crate) fn decode_chunk<'a, T: Sample>(
    image: &'a Image,
    view: View<'a>,
    (stored, raw): (&Rect, &'a [u8]),
    budget: &mut Budget,
) -> Result<Vec<T>> {
    let reader = ChunkReader::<T>::new(image, view, T::default())?;
    let stride = image.samples_per_chunk();
    let row = reader.row_samples(stored)?;
    let count = row.checked_mul(stored.height).ok_or_else(|| too_large(stored))?;
    budget.reserve(reader.scratch_bytes(stored)?, SCRATCH)?;
    let mut native = budget.zeros::<T>(count, SCRATCH)?;
    let reader = ChunkReader { given: Some(raw), ..reader }.with_allowance(budget.share(1));
    let shape = (stored.height, stored.width, stride);
    let out = ArrayViewMut3::from_shape(shape, native.as_mut_slice());
    let out = out.map_err(|e| Error::usage(e.to_string()))?.permuted_axes([2, 0, 1]);
    let samples: Vec<usize> = (0..stride).collect();
    let piece = Piece { chunk: 0, stored: *stored, wanted: *stored, samples: &samples, out };
    reader.read(piece, &mut reader.scratch()?)?;
    Ok(native)
}

/// Decodes the rows of a part. If those below the edge of the image are damaged, they are left out with a warning: GDAL does
/// not decode them, and some writers cut them off.
fn decode_part(
    decoder: &mut Decoder<'_>,
    raw: &[u8],
    stored: &Rect,
    plain: &mut [u8],
    part: &Part,
) -> Result<()> {
    let decoded = decoder.decode(raw, stored, plain, part.to_end);
    let Err(error) = decoded else { return Ok(()) };
    if part.wanted_rows >= part.rows || !decoder.stops_early() || !error.is_incomplete() {
        return Err(error);
    }
    let row = plain.len().checked_div(part.rows).unwrap_or(0);
    let wanted = plain.get_mut(..row.saturating_mul(part.wanted_rows)).unwrap_or_default();
    decoder.decode(raw, stored, wanted, false)?;
    decoder.warn_of(&error);
    Ok(())
}

/// Bytes of a chunk that is decoded to its end however little of it lies in the image.
const VERIFIED_BYTES: usize = 16 << 20;

/// Refuses data that are far too short for their chunk, before memory is taken for it.
fn refuse_impossible(compression: Compression, have: usize, need: u64) -> Result<()> {
    /// Less memory than this is not worth the check: the decoder says more precisely what is wrong.
    const LARGE: u64 = 16 << 20;
    match most_decoded(compression, have as u64) {
        Some((method, most)) if need > LARGE && need > most => {
            let fit = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
            Err(short(method, fit(need), fit(most)))
        }
        _ => Ok(()),
    }
}

/// What scratch memory is for.
const SCRATCH: &str = "decoding a chunk";

/// Samples that all decoded rows of a chunk have.
fn sample_count<T>(stored: &Rect, part: &Part) -> Result<usize> {
    let count = part.row.checked_mul(part.rows);
    let bytes = count.and_then(|count| count.checked_mul(size_of::<T>()));
    // No allocation may be larger than an isize can say.
    let addressable = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
    count.filter(|_| addressable).ok_or_else(|| too_large(stored))
}

fn too_large(stored: &Rect) -> Error {
    Cause::TooLarge { width: stored.width, height: stored.height }.into()
}
