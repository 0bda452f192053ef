//! One chunk on its way into the file: the mirror of `read/chunk`.

use bytemuck::cast_slice;
use ndarray::{ArrayView3, Axis, Slice};

use super::spec::ImageSpec;
use crate::bytes::ByteOrder;
use crate::compress::Encoder;
use crate::error::Result;
use crate::image::Sample;
use crate::layout::Rect;
use crate::sample::{Packing, apply_predictor, apply_predictor_to_bytes, gather_row, packed_order};
use crate::tag::Compression;

/// What one thread reuses from chunk to chunk.
#[derive(Debug)]
pub(super) struct ChunkEncoder<'a> {
    spec: &'a ImageSpec,
    packing: Packing,
    encoder: Encoder,
    packed: Vec<u8>,
    spare: Vec<u8>,
}

impl<'a> ChunkEncoder<'a> {
    pub(super) fn new(spec: &'a ImageSpec) -> Result<Self> {
        let encoder = Encoder::new(&spec.image, &spec.effort)?;
        let packing = Packing::of(&spec.image);
        Ok(Self { spec, packing, encoder, packed: Vec::new(), spare: Vec::new() })
    }

    /// Appends the bytes of a chunk to `out`. Its samples, native and pixel by pixel, are used up.
    pub(super) fn encode<T: Sample>(
        &mut self,
        native: &mut [T],
        stored: &Rect,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let image = &self.spec.image;
        let stride = image.samples_per_chunk();
        let row = stored.width.saturating_mul(stride);
        let order = if self.encoder.takes_native() { ByteOrder::NATIVE } else { self.spec.order };
        if self.packing == Packing::Whole {
            apply_predictor(image.predictor, order, native, (row, stride), &mut self.spare)?;
            return self.encoder.encode(cast_slice(native), stored, out);
        }
        self.packed.clear();
        let packed = packed_order(image.predictor, order);
        for row in native.chunks(row.max(1)) {
            self.packing.pack(row, packed, &mut self.packed);
        }
        let shape = (row, stride, self.packing.size().unwrap_or(0));
        apply_predictor_to_bytes(image.predictor, order, &mut self.packed, shape, &mut self.spare)?;
        self.encoder.encode(&self.packed, stored, out)
    }
}

/// Copies pixels, shape (band, row, column), into a chunk: those of `part`, to the samples numbered `samples`. Both
/// rectangles are in pixels of the image; `part` lies within `stored`.
pub(super) fn gather<T: Sample>(
    pixels: ArrayView3<'_, T>,
    part: &Rect,
    samples: &[usize],
    native: &mut [T],
    (stored, stride): (&Rect, usize),
) {
    let row_len = stored.width.saturating_mul(stride);
    let first = part.col_off.saturating_sub(stored.col_off).saturating_mul(stride);
    let skipped = part.row_off.saturating_sub(stored.row_off);
    let rows = native.chunks_exact_mut(row_len.max(1)).skip(skipped);
    for (to, from) in rows.zip(pixels.axis_iter(Axis(1))) {
        gather_row(from, samples, to.get_mut(first..).unwrap_or_default(), stride);
    }
}

/// Fills what hangs over the edges of the image: with zeros, which cost least, or for methods that look at neighbours with
/// the last column and row of the image, so that they see no edge.
pub(super) fn pad<T: Sample>(
    native: &mut [T],
    valid: &Rect,
    (stored, stride): (&Rect, usize),
    compression: Compression,
) {
    let row_len = stored.width.saturating_mul(stride);
    let used = valid.width.saturating_mul(stride);
    if !matches!(compression, Compression::JPEG | Compression::WEBP | Compression::JXL | Compression::JXL_DNG)
    {
        for (at, row) in native.chunks_exact_mut(row_len.max(1)).enumerate() {
            let used = if at < valid.height { used } else { 0 };
            row.get_mut(used..).unwrap_or_default().fill(T::default());
        }
        return;
    }
    if used < row_len {
        for row in native.chunks_exact_mut(row_len.max(1)).take(valid.height) {
            let (pixels, beyond) = row.split_at_mut(used);
            let last = pixels.get(used.saturating_sub(stride)..).unwrap_or_default();
            for pixel in beyond.chunks_exact_mut(stride.max(1)) {
                pixel.copy_from_slice(last);
            }
        }
    }
    let end = valid.height.saturating_mul(row_len);
    if let Some((rows, beyond)) = native.split_at_mut_checked(end)
        && let Some(last) = rows.get(end.saturating_sub(row_len)..)
    {
        for row in beyond.chunks_exact_mut(row_len.max(1)) {
            row.copy_from_slice(last);
        }
    }
}

/// Whether a chunk holds nothing but `empty` in the image.
pub(super) fn is_empty<T: Sample>(
    native: &[T],
    valid: &Rect,
    (stored, stride): (&Rect, usize),
    empty: T,
) -> bool {
    let row = stored.width.saturating_mul(stride);
    let used = valid.width.saturating_mul(stride);
    let same = |sample: &T| bytemuck::bytes_of(sample) == bytemuck::bytes_of(&empty);
    let mut rows = native.chunks_exact(row.max(1)).take(valid.height);
    rows.all(|row| row.get(..used).unwrap_or(row).iter().all(same))
}

/// The pixels of `part`, which lies within `rect`, of an array that holds those of `rect`.
pub(super) fn part_of<'a, T>(mut pixels: ArrayView3<'a, T>, rect: &Rect, part: &Rect) -> ArrayView3<'a, T> {
    let (row, col) = (part.row_off.saturating_sub(rect.row_off), part.col_off.saturating_sub(rect.col_off));
    let (row_end, col_end) = (row.saturating_add(part.height), col.saturating_add(part.width));
    pixels.slice_axis_inplace(Axis(1), Slice::from(row..row_end));
    pixels.slice_axis_inplace(Axis(2), Slice::from(col..col_end));
    pixels
}

/// Samples of a chunk with `stride` of them in a pixel.
pub(super) fn sample_count(stored: &Rect, stride: usize) -> usize {
    stored.width.saturating_mul(stored.height).saturating_mul(stride)
}
