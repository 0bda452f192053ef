//! Pixels of another size: each new pixel is made of those of the source that lie under it, or around it.
//!
//! Rules are those of GDAL 3.12 (`GDALRasterBand::RasterIO` and its overviews), which rasterio's reads show. Works on
//! arrays, and knows nothing of files. Two directions are independent of each other: an [`Axis`] says for one of them
//! which source samples a new one is made of.

mod area;
mod axis;
mod convolve;
mod finish;
mod gauss;
mod kernel;
mod method;
mod palette;
mod select;

use ndarray::ArrayView2;

pub(crate) use axis::{Axis, Part, Span, divide};
pub use method::Resampling;

use crate::image::{DataType, Sample};
use finish::Finish;

/// A part of the source: samples, and a weight for each, 0 where there is nothing. Shape (row, column).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a, S> {
    pub(crate) samples: ArrayView2<'a, S>,
    pub(crate) mask: Option<ArrayView2<'a, u8>>,
}

/// What is known of the band that the samples are of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Band {
    /// What "nothing here" is, as a double.
    pub(crate) nodata: Option<f64>,
    /// Bits of a sample, where the type has more.
    pub(crate) bits: Option<u32>,
    /// Red, green, blue, alpha of each value, where values are indices.
    pub(crate) colours: Option<Vec<[u8; 4]>>,
    /// Whether GDAL goes by a mask, be it one of nothing but what is valid, as it does for overviews.
    pub(crate) masked: bool,
}

/// The rows of a chunk as doubles, whatever its type.
trait Rows {
    fn row(&self, row: usize, out: &mut [f64]);
    fn mask(&self, row: usize) -> Option<&[u8]>;
}

impl<S: Sample> Rows for Chunk<'_, S> {
    fn row(&self, row: usize, out: &mut [f64]) {
        if row < self.samples.nrows() {
            for (out, sample) in out.iter_mut().zip(self.samples.row(row)) {
                *out = sample.to_f64();
            }
        }
    }

    fn mask(&self, row: usize) -> Option<&[u8]> {
        let mask = self.mask.as_ref().filter(|mask| row < mask.nrows())?;
        // Masks are made for this, row by row without gaps.
        mask.row(row).to_slice()
    }
}

/// Fills `out`, row by row, with the pixels that `rows` and `cols` ask for.
pub(crate) fn resample<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    band: &Band,
    (rows, cols): (&Axis, &Axis),
    out: &mut [S],
) {
    let finish = Finish::new(S::DATA_TYPE, band);
    match method {
        Resampling::Nearest => select::nearest(chunk, rows, cols, out),
        Resampling::Mode => select::mode(chunk, band, rows, cols, out),
        Resampling::Min | Resampling::Max | Resampling::Med | Resampling::Q1 | Resampling::Q3 => {
            select::rank(method, chunk, band, rows, cols, out);
        }
        Resampling::Gauss => {
            let values = match &band.colours {
                Some(colours) => palette::gauss(chunk, &band.colours_of(colours), rows, cols),
                None => gauss::gauss(chunk, rows, cols),
            };
            finish.nearest(&values, out);
        }
        Resampling::Average | Resampling::Rms if band.colours.is_some() => {
            let colours = band.colours_of(band.colours.as_deref().unwrap_or_default());
            finish.nearest(&palette::average(method, chunk, &colours, rows, cols), out);
        }
        Resampling::Average
            if band.nodata.is_none()
                && band.bits.is_none()
                && !band.masked
                && area::squares(chunk, rows, cols, out) => {}
        Resampling::Average | Resampling::Rms | Resampling::Sum => {
            finish.area(method, &area::area(method, chunk, band.masked, (rows, cols)), out);
        }
        Resampling::Bilinear | Resampling::Cubic | Resampling::CubicSpline | Resampling::Lanczos => {
            finish.convolved(method, &convolve::convolve(method, chunk, rows, cols), out);
        }
    }
}

/// Weighted means by a kernel, row by row; `None` where too little is valid.
pub(crate) fn convolved<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    (rows, cols): (&Axis, &Axis),
) -> Vec<Option<f64>> {
    convolve::convolve(method, chunk, rows, cols)
}

/// Those of samples of type `source` as samples of another type, not rounded to the former on the way.
pub(crate) fn finish_convolved<T: Sample>(
    source: DataType,
    method: Resampling,
    band: &Band,
    values: &[Option<f64>],
    out: &mut [T],
) {
    Finish::from(source, T::DATA_TYPE, band).convolved(method, values, out);
}

impl Band {
    /// The colours, those that mean nothing with an alpha of 0.
    fn colours_of(&self, colours: &[[u8; 4]]) -> Vec<[u8; 4]> {
        let mut colours = colours.to_vec();
        if let Some([.., alpha]) = self.nodata_index().and_then(|index| colours.get_mut(index)) {
            *alpha = 0;
        }
        colours
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    fn nodata_index(&self) -> Option<usize> {
        self.nodata.filter(|nodata| (0.0..65_536.0).contains(nodata)).map(|nodata| nodata as usize)
    }
}

#[cfg(test)]
mod tests;
