//! A dataset's shape and encoding at a glance.

use memtiff_geotiff::{Affine, Compress, Compression, CreateOptions, Crs, DataType, Interleave, Nodata};

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

/// A file of the same shape, stored in the same way, in the same place; a method of compression that is read only is left
/// out. All that the file says besides is taken over by [`Dataset::create_options`](crate::Dataset::create_options).
///
/// ```
/// use memtiff::{CreateOptions, DataType, MemoryFile};
///
/// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
/// let mut profile = MemoryFile::from_bytes(&bytes[..]).open()?.profile();
/// (profile.count, profile.dtype) = (1, DataType::Float32);
/// let mut file = MemoryFile::new();
/// file.create(CreateOptions::from(profile))?.close()?;
/// assert_eq!(file.open()?.crs().and_then(|crs| crs.epsg()), Some(32633));
/// # Ok::<(), memtiff::Error>(())
/// ```
impl From<Profile> for CreateOptions {
    fn from(profile: Profile) -> Self {
        let mut options = Self::new().width(profile.width).height(profile.height).count(profile.count);
        options = options.dtype(profile.dtype).interleave(match profile.interleave {
            // Only a COG has them in that order.
            Interleave::Tile => Interleave::Band,
            other => other,
        });
        options = match profile.tiled {
            true => options.tiled(profile.blockxsize, profile.blockysize),
            false => options.strips(profile.blockysize),
        };
        if profile.transform != Affine::IDENTITY {
            options = options.transform(profile.transform);
        }
        if let Some(compress) = Compress::of_code(profile.compress) {
            options = options.compress(compress);
        }
        if let Some(nodata) = profile.nodata {
            options = options.nodata(nodata);
        }
        match profile.crs {
            Some(crs) => options.crs(crs),
            None => options,
        }
    }
}
