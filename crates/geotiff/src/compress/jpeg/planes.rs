//! The samples of each component, from blocks of coefficients, and rows of the image from them.

use super::frame::{BLOCK, Frame, Tables};
use super::scan::Block;
use super::upsample::Upsampling;
use super::{Damage, idct};
use crate::limits::resize;

/// Samples of 8 or of 12 bits.
pub(super) trait Depth: Copy + Default + std::fmt::Debug + Into<u16> + bytemuck::Pod {
    /// The largest sample.
    const WHITE: i32;
    /// What a block without coefficients is made of.
    const CENTRE: Self;

    /// A sample from a number that is one.
    fn narrow(number: u16) -> Self;

    /// A sample from a number that may lie beyond black or white.
    fn clamped(number: i32) -> Self;

    /// The samples of a block.
    fn inverse(block: &Block, quantization: &[u16; BLOCK]) -> [Self; BLOCK];

    /// The one sample of a block that has no coefficient but the mean.
    fn flat(mean: i16, quantization: &[u16; BLOCK]) -> Self;
}

impl Depth for u8 {
    const WHITE: i32 = 255;
    const CENTRE: Self = 128;

    fn narrow(number: u16) -> Self {
        number.to_le_bytes()[0]
    }

    fn clamped(number: i32) -> Self {
        number.clamp(0, Self::WHITE).to_le_bytes()[0]
    }

    fn inverse(block: &Block, quantization: &[u16; BLOCK]) -> [Self; BLOCK] {
        idct::inverse_8(block, quantization)
    }

    fn flat(mean: i16, quantization: &[u16; BLOCK]) -> Self {
        idct::flat_8(mean, quantization.first().copied().unwrap_or(0))
    }
}

impl Depth for u16 {
    const WHITE: i32 = 4095;
    const CENTRE: Self = 2048;

    fn narrow(number: u16) -> Self {
        number
    }

    fn clamped(number: i32) -> Self {
        Self::try_from(number.clamp(0, Self::WHITE)).unwrap_or(0)
    }

    fn inverse(block: &Block, quantization: &[Self; BLOCK]) -> [Self; BLOCK] {
        idct::inverse_12(block, quantization)
    }

    fn flat(mean: i16, quantization: &[Self; BLOCK]) -> Self {
        let mut block = [0; BLOCK];
        if let Some(slot) = block.first_mut() {
            *slot = mean;
        }
        Self::inverse(&block, quantization).first().copied().unwrap_or(0)
    }
}

/// The samples of all components. Memory is kept from image to image.
#[derive(Debug, Default)]
pub(super) struct Planes<S> {
    planes: Vec<Plane<S>>,
}

/// The samples of one component.
#[derive(Debug, Default)]
pub(super) struct Plane<S> {
    /// Whole blocks, row by row.
    samples: Vec<S>,
    /// Columns of `samples`.
    stride: usize,
    /// Columns and rows that belong to the image.
    size: (usize, usize),
    /// The steps of the component's first scan.
    quantization: Option<[u16; BLOCK]>,
    /// Of a progressive image: all blocks in MCUs.
    coefficients: Vec<i16>,
    /// Blocks in a row of `coefficients`.
    blocks_across: usize,
    upsampling: Upsampling,
}

/// Bytes that decoding an image takes beside its output.
pub(super) fn needed(frame: &Frame) -> u64 {
    let sample = if frame.precision == 8 { 1 } else { 2 };
    let coefficient = if frame.progressive { 2 } else { 0 };
    let samples = (frame.blocks() as u64).saturating_mul(BLOCK as u64);
    // And rows on their way out.
    let rows = (frame.width as u64).saturating_mul(32);
    samples.saturating_mul(sample + coefficient).saturating_add(rows)
}

impl<S: Depth> Planes<S> {
    /// Makes room for an image.
    pub(super) fn lay_out(&mut self, frame: &Frame) -> Result<(), Damage> {
        self.planes.resize_with(frame.components.len(), Plane::default);
        for (plane, component) in self.planes.iter_mut().zip(&frame.components) {
            plane.stride = component.blocks_across.saturating_mul(8);
            plane.size = component.samples;
            plane.quantization = None;
            plane.blocks_across = component.stride;
            plane.upsampling = Upsampling::new(frame, component)?;
            let memory = |_| Damage("more samples than the machine has memory for");
            let samples = plane.stride.saturating_mul(component.blocks_down).saturating_mul(8);
            resize(&mut plane.samples, samples, "samples").map_err(memory)?;
            plane.coefficients.clear();
            if frame.progressive {
                let coefficients = component.blocks.saturating_mul(BLOCK);
                resize(&mut plane.coefficients, coefficients, "coefficients").map_err(memory)?;
            } else {
                // What no scan holds.
                plane.samples.fill(S::CENTRE);
            }
        }
        Ok(())
    }

    /// Keeps the steps that a component has at its first scan: later ones may replace the table.
    pub(super) fn latch(&mut self, component: usize, frame: &Frame, tables: &Tables) -> Result<(), Damage> {
        let plane = self.planes.get_mut(component);
        let number = frame.components.get(component).map_or(0, |component| component.quantization);
        if let Some(plane) = plane
            && plane.quantization.is_none()
        {
            let table = tables.quantization.get(number).copied().flatten();
            plane.quantization = Some(table.ok_or(Damage("a component without its quantization table"))?);
        }
        Ok(())
    }

    /// Coefficients of a block of a progressive image.
    pub(super) fn coefficients(&mut self, component: usize, (x, y): (usize, usize)) -> Option<&mut Block> {
        let plane = self.planes.get_mut(component)?;
        let first = y.saturating_mul(plane.blocks_across).saturating_add(x).saturating_mul(BLOCK);
        plane.coefficients.get_mut(first..)?.first_chunk_mut()
    }

    /// Makes samples of a block; `flat` if it has no coefficient but the mean.
    #[inline]
    pub(super) fn put(&mut self, component: usize, place: (usize, usize), block: &Block, flat: bool) {
        if let Some(plane) = self.planes.get_mut(component) {
            plane.put(place, block, flat);
        }
    }

    /// A block that the data do not have.
    pub(super) fn put_nothing(&mut self, component: usize, place: (usize, usize)) {
        if let Some(plane) = self.planes.get_mut(component) {
            plane.put_samples(place, &[S::CENTRE; BLOCK]);
        }
    }

    /// Makes samples of the coefficients of a progressive image.
    pub(super) fn finish(&mut self, frame: &Frame) {
        if !frame.progressive {
            return;
        }
        for plane in &mut self.planes {
            let coefficients = std::mem::take(&mut plane.coefficients);
            let rows = coefficients.chunks_exact(plane.blocks_across.saturating_mul(BLOCK).max(1));
            for (y, row) in rows.enumerate() {
                let (blocks, _) = row.as_chunks::<BLOCK>();
                for (x, block) in blocks.iter().enumerate() {
                    let flat = block.iter().skip(1).all(|coefficient| *coefficient == 0);
                    plane.put((x, y), block, flat);
                }
            }
            plane.coefficients = coefficients;
        }
    }

    pub(super) fn planes(&self) -> &[Plane<S>] {
        &self.planes
    }
}

impl<S: Depth> Plane<S> {
    #[inline]
    fn put(&mut self, place: (usize, usize), block: &Block, flat: bool) {
        let Some(quantization) = &self.quantization else { return };
        let samples = if flat {
            [S::flat(block.first().copied().unwrap_or(0), quantization); BLOCK]
        } else {
            S::inverse(block, quantization)
        };
        self.put_samples(place, &samples);
    }

    /// Blocks that only fill MCUs have no place, and are left out.
    #[inline]
    fn put_samples(&mut self, (x, y): (usize, usize), samples: &[S; BLOCK]) {
        let column = x.saturating_mul(8);
        let first = y.saturating_mul(8).saturating_mul(self.stride);
        if column >= self.stride {
            return;
        }
        let (rows, _) = samples.as_chunks::<8>();
        let lines = self.samples.get_mut(first..).unwrap_or_default().chunks_exact_mut(self.stride.max(1));
        for (line, row) in lines.zip(rows) {
            if let Some(out) = line.get_mut(column..).and_then(<[S]>::first_chunk_mut) {
                *out = *row;
            }
        }
    }

    /// The row that is nearest to a number of one.
    pub(super) fn line(&self, y: usize) -> &[S] {
        let (width, height) = self.size;
        let first = y.min(height.saturating_sub(1)).saturating_mul(self.stride);
        self.samples.get(first..).and_then(|rows| rows.get(..width)).unwrap_or_default()
    }

    /// A row of the image, in `spare` where it is not a row of samples.
    pub(super) fn row<'a>(&'a self, y: usize, chroma: Chroma, spare: &'a mut Spare<S>) -> &'a [S] {
        let upsampling = match chroma {
            Chroma::Fancy => self.upsampling,
            Chroma::Repeated => self.upsampling.repeated(),
        };
        upsampling.row(self, y, spare)
    }
}

/// How subsampled components grow to the size of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chroma {
    /// As libjpeg-turbo does it by default.
    Fancy,
    /// Each sample is repeated.
    Repeated,
}

/// Memory for a row on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Spare<S> {
    pub(super) row: Vec<S>,
    pub(super) sums: Vec<u16>,
}
