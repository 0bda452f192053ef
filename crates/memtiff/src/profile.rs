//! A dataset's shape and encoding at a glance.

use memtiff_geotiff::{Affine, Compression, Crs, DataType, Interleave, Nodata};

/// What it takes to make a file like this one: rasterio's `profile`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// Data type of the bands.
    pub dtype: DataType,
    /// The value that means "nothing here".
    pub nodata: Option<Nodata>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bands.
    pub count: usize,
    /// The coordinate reference system.
    pub crs: Option<Crs>,
    /// From pixels to coordinates; the identity for a file without georeferencing.
    pub transform: Affine,
    /// Columns of a block.
    pub blockxsize: usize,
    /// Rows of a block.
    pub blockysize: usize,
    /// Whether blocks are tiles; strips otherwise.
    pub tiled: bool,
    /// How blocks are compressed.
    pub compress: Compression,
    /// Whether the bands of a pixel stand together.
    pub interleave: Interleave,
}
