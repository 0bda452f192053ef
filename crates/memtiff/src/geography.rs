//! Between pixels and coordinates.

use std::collections::BTreeMap;
use std::ops::Range;

use memtiff_geotiff::{Affine, Bounds, Error, ReadRequest, Result, Sample, Window};
#[cfg(feature = "proj")]
use memtiff_geotiff::{Crs, CrsTransform};
use ndarray::Axis;

use crate::dataset::Dataset;

impl Dataset {
    /// Row and column of the pixel that the point lies in, by the transform of the dataset; they may lie outside of the
    /// raster, and are `None` if pixels have no area.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let dataset = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let (x, y) = dataset.xy(2, 3);
    /// assert_eq!(dataset.index(x, y), Some((2, 3)));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    #[must_use]
    pub fn index(&self, x: f64, y: f64) -> Option<(i64, i64)> {
        self.transform().rowcol(x, y)
    }

    /// The coordinates of the centre of a pixel, which may lie outside of the raster.
    #[must_use]
    pub fn xy(&self, row: i64, column: i64) -> (f64, f64) {
        self.transform().xy(row, column)
    }

    /// The smallest window of whole pixels that covers a box in the CRS of the dataset, cut at the edges of the raster.
    ///
    /// # Errors
    ///
    /// When the box lies outside of the raster, or pixels have no area.
    ///
    /// ```
    /// use memtiff::{MemoryFile, Window};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let dataset = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let window = Window::new(10, 20, 30, 40);
    /// assert_eq!(dataset.window_from_bounds(&dataset.bounds_of(&window))?, window);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn window_from_bounds(&self, bounds: &Bounds) -> Result<Window> {
        let back = self.transform().inverse();
        let back =
            back.ok_or_else(|| Error::usage("a window from bounds: the pixels of the dataset have no area"))?;
        let [left, right] = [bounds.left, bounds.right];
        let corners =
            [(left, bounds.top), (right, bounds.top), (right, bounds.bottom), (left, bounds.bottom)];
        let corners = corners.map(|(x, y)| back.apply(x, y));
        let columns = range(corners.map(|corner| corner.0), self.width());
        let rows = range(corners.map(|corner| corner.1), self.height());
        let (Some((column, width)), Some((row, height))) = (columns, rows) else {
            let Bounds { left, bottom, right, top } = self.bounds();
            return Err(Error::usage(format!(
                "a window from bounds: the box does not touch the raster, which lies at {left}, {bottom}, {right}, {top}"
            )));
        };
        Ok(Window::new(column, row, width, height))
    }

    /// The bounds of a window.
    #[must_use]
    pub fn bounds_of(&self, window: &Window) -> Bounds {
        window.bounds(self.transform())
    }

    /// The transform of what is read from a window, pixel for pixel.
    #[must_use]
    pub fn transform_of(&self, window: &Window) -> Affine {
        window.transform(self.transform())
    }

    /// The bounds of the dataset in another CRS: the box around its edges there. The feature `proj` has it.
    ///
    /// # Errors
    ///
    /// When the dataset has no CRS, or there is no way from it to the other.
    #[cfg(feature = "proj")]
    pub fn transform_bounds(&self, to: &Crs) -> Result<Bounds> {
        let from = self
            .crs()
            .ok_or_else(|| Error::usage("bounds in another CRS: the dataset has none of its own"))?;
        if from == to { Ok(self.bounds()) } else { CrsTransform::new(from, to)?.bounds(self.bounds()) }
    }

    /// The values of bands at points in the CRS of the dataset: for each point, in the order given, one value for each band
    /// of the request, those of the pixel that the point lies in; `None` for points outside of the raster. Only the blocks
    /// that hold such pixels are decoded, each once, however many points lie in it.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with); also when the request asks for a window or for pixels of another size.
    ///
    /// ```
    /// use memtiff::{MemoryFile, ReadRequest};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let dataset = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let samples = dataset.sample::<u16>(&[dataset.xy(5, 7), (0.0, 0.0)], &ReadRequest::new().bands([3, 1]))?;
    /// let whole = dataset.read::<u16>()?;
    /// assert_eq!(samples, [Some(vec![whole[[2, 5, 7]], whole[[0, 5, 7]]]), None]);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn sample<T: Sample>(
        &self,
        points: &[(f64, f64)],
        request: &ReadRequest,
    ) -> Result<Vec<Option<Vec<T>>>> {
        if !request.is_whole() {
            return Err(Error::usage(
                "points are looked up in the full image: ask for bands, and for no part of it",
            ));
        }
        let (height, width) = (self.height(), self.width());
        let inside = |index: i64, size| usize::try_from(index).ok().filter(|index| *index < size);
        let pixel = |(x, y): &(f64, f64)| {
            let (row, col) = self.index(*x, *y)?;
            inside(row, height).zip(inside(col, width))
        };
        let mut samples = vec![None; points.len()];
        for ((top, left), rows, cols, places) in self.by_block(points.iter().map(pixel)) {
            let pixels = self.read_with::<T>(&request.clone().window(Window::from_slices(rows, cols)))?;
            for (place, row, col) in places {
                let values = pixels.index_axis(Axis(1), row.saturating_sub(top));
                let values = values.index_axis_move(Axis(1), col.saturating_sub(left)).to_vec();
                if let Some(slot) = samples.get_mut(place) {
                    *slot = Some(values);
                }
            }
        }
        Ok(samples)
    }

    /// Pixels by the blocks that they lie in: for each block the smallest window of it that holds them, and their places in
    /// the list.
    fn by_block(&self, pixels: impl Iterator<Item = Option<(usize, usize)>>) -> Vec<InBlock> {
        let (block_height, block_width) = self.block_shapes().first().copied().unwrap_or((1, 1));
        let mut blocks: BTreeMap<(usize, usize), Vec<Place>> = BTreeMap::new();
        for (place, pixel) in pixels.enumerate() {
            let Some((row, col)) = pixel else { continue };
            let block = (row / block_height.max(1), col / block_width.max(1));
            blocks.entry(block).or_default().push((place, row, col));
        }
        let range = |places: &[Place], of: fn(&Place) -> usize| {
            let start = places.iter().map(of).min().unwrap_or(0);
            start..places.iter().map(of).max().unwrap_or(0).saturating_add(1)
        };
        let in_block = |places: Vec<Place>| {
            let (rows, cols) = (range(&places, |place| place.1), range(&places, |place| place.2));
            ((rows.start, cols.start), rows, cols, places)
        };
        blocks.into_values().map(in_block).collect()
    }

    /// As [`sample`](Self::sample), for points in another CRS; those without a place in the CRS of the dataset are `None`
    /// too. The feature `proj` has it.
    ///
    /// # Errors
    ///
    /// When the dataset has no CRS, there is no way to it from the other, or as [`sample`](Self::sample).
    #[cfg(feature = "proj")]
    pub fn sample_in<T: Sample>(
        &self,
        points: &[(f64, f64)],
        crs: &Crs,
        request: &ReadRequest,
    ) -> Result<Vec<Option<Vec<T>>>> {
        let own =
            self.crs().ok_or_else(|| Error::usage("points in a CRS: the dataset has none of its own"))?;
        if crs == own {
            return self.sample(points, request);
        }
        let way = CrsTransform::new(crs, own)?;
        let nowhere = (f64::NAN, f64::NAN);
        let converted: Vec<_> = points.iter().map(|(x, y)| way.convert(*x, *y).unwrap_or(nowhere)).collect();
        self.sample(&converted, request)
    }
}

/// A place in a list of points, and the row and column of its pixel.
type Place = (usize, usize, usize);

/// Row and column where the window begins, its rows and columns, and what lies in it.
type InBlock = ((usize, usize), Range<usize>, Range<usize>, Vec<Place>);

/// First pixel and number of pixels that four corners cover; `None` if none of `size`. What lies within a millionth of
/// an edge counts as on it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the size of a raster")]
#[expect(clippy::cast_precision_loss, reason = "TIFF dimensions have 32 bits")]
fn range(corners: [f64; 4], size: usize) -> Option<(usize, usize)> {
    const NEAR: f64 = 1e-6;
    let first = corners.into_iter().fold(f64::INFINITY, f64::min);
    let last = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let first = (first + NEAR).floor().clamp(0.0, size as f64) as usize;
    let last = (last - NEAR).ceil().clamp(0.0, size as f64) as usize;
    if corners.iter().all(|corner| corner.is_finite()) && first < last {
        Some((first, last - first))
    } else {
        None
    }
}
