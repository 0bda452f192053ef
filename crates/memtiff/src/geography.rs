//! Between pixels and coordinates.

use memtiff_geotiff::{Affine, Bounds, Error, Result, Window};
#[cfg(feature = "proj")]
use memtiff_geotiff::{Crs, CrsTransform, ReadRequest, Sample};
#[cfg(feature = "proj")]
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

    /// The values of all bands at points, one row for each point in the order given; points outside of the raster, or
    /// without a place in its CRS, are `None`. Points are in `crs`, or in the CRS of the dataset if it is `None`; blocks
    /// are decoded once, however many points lie in them. The feature `proj` has it.
    ///
    /// # Errors
    ///
    /// When there is no way between the two CRSs, or as [`read_with`](Self::read_with).
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let dataset = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let samples = dataset.sample_points::<u16>(&[dataset.xy(5, 7), (0.0, 0.0)], None)?;
    /// let whole = dataset.read::<u16>()?;
    /// assert_eq!(samples[0], Some(vec![whole[[0, 5, 7]], whole[[1, 5, 7]], whole[[2, 5, 7]]]));
    /// assert_eq!(samples[1], None);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    #[cfg(feature = "proj")]
    pub fn sample_points<T: Sample>(
        &self,
        points: &[(f64, f64)],
        crs: Option<&Crs>,
    ) -> Result<Vec<Option<Vec<T>>>> {
        use std::collections::BTreeMap;

        let way = match (crs, self.crs()) {
            (None, _) => None,
            (Some(from), Some(to)) if from == to => None,
            (Some(from), Some(to)) => Some(CrsTransform::new(from, to)?),
            (Some(_), None) => return Err(Error::usage("points in a CRS: the dataset has none of its own")),
        };
        let (block_height, block_width) = self.block_shapes().first().copied().unwrap_or((1, 1));
        /// Place in the list, row and column.
        type Point = (usize, usize, usize);
        let mut blocks: BTreeMap<(usize, usize), Vec<Point>> = BTreeMap::new();
        for (place, (x, y)) in points.iter().enumerate() {
            let own = way.as_ref().map_or(Some((*x, *y)), |way| way.convert(*x, *y).ok());
            let pixel = own.and_then(|(x, y)| self.index(x, y));
            let inside = |index: i64, size| usize::try_from(index).ok().filter(|index| *index < size);
            let pixel =
                pixel.and_then(|(row, column)| inside(row, self.height()).zip(inside(column, self.width())));
            if let Some((row, column)) = pixel {
                let block = (row / block_height.max(1), column / block_width.max(1));
                blocks.entry(block).or_default().push((place, row, column));
            }
        }
        let mut samples = vec![None; points.len()];
        for points in blocks.values() {
            let columns = points.iter().map(|(_, _, column)| *column);
            let rows = points.iter().map(|(_, row, _)| *row);
            let (Some(left), Some(right)) = (columns.clone().min(), columns.max()) else { continue };
            let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { continue };
            let window = Window::new(left, top, right - left + 1, bottom - top + 1);
            let pixels = self.read_with::<T>(&ReadRequest::new().window(window))?;
            for (place, row, column) in points {
                let values =
                    pixels.index_axis(Axis(1), row - top).index_axis_move(Axis(1), column - left).to_vec();
                if let Some(slot) = samples.get_mut(*place) {
                    *slot = Some(values);
                }
            }
        }
        Ok(samples)
    }
}

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
