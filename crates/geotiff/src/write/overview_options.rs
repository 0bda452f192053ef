//! What overviews are to be.

use super::choices::Compress;
use super::options::CreateOptions;
use crate::bytes::ByteOrder;
use crate::resample::Resampling;
use crate::tag::Predictor;

/// Which overviews are built, and how. What is not said is as the image has it: compression, predictor, effort, square tiles
/// of 64 to 4096 pixels (else tiles of 128).
///
/// ```
/// use memtiff_geotiff::{Compress, OverviewOptions, Resampling};
///
/// let options = OverviewOptions::new()
///     .factors([2, 4, 8])
///     .resampling(Resampling::Average)
///     .compress(Compress::Zstd);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OverviewOptions {
    pub(super) factors: Vec<usize>,
    pub(super) resampling: Resampling,
    pub(super) compress: Option<Compress>,
    pub(super) predictor: Option<Predictor>,
    pub(super) level: Option<u8>,
    pub(super) jpeg_quality: Option<u8>,
    pub(super) max_z_error: Option<f64>,
    pub(super) block_size: Option<usize>,
}

impl OverviewOptions {
    /// Powers of two until the smallest fits into a tile, of nearest pixels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// By how much each is reduced: 2 for half the columns and rows, rounded up.
    #[must_use]
    pub fn factors(self, factors: impl IntoIterator<Item = usize>) -> Self {
        Self { factors: factors.into_iter().collect(), ..self }
    }

    /// How pixels are made.
    #[must_use]
    pub fn resampling(self, resampling: Resampling) -> Self {
        Self { resampling, ..self }
    }

    /// How blocks are compressed: GDAL's `COMPRESS_OVERVIEW`.
    #[must_use]
    pub fn compress(self, compress: Compress) -> Self {
        Self { compress: Some(compress), ..self }
    }

    /// What is done to samples before compression: GDAL's `PREDICTOR_OVERVIEW`.
    #[must_use]
    pub fn predictor(self, predictor: Predictor) -> Self {
        Self { predictor: Some(predictor), ..self }
    }

    /// How hard Deflate, ZSTD or LZMA is to try; see [`CreateOptions::level`].
    #[must_use]
    pub fn level(self, level: u8) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Quality of JPEG, 1 to 100: GDAL's `JPEG_QUALITY_OVERVIEW`.
    #[must_use]
    pub fn jpeg_quality(self, quality: u8) -> Self {
        Self { jpeg_quality: Some(quality), ..self }
    }

    /// How far LERC may move a value: GDAL's `MAX_Z_ERROR_OVERVIEW`.
    #[must_use]
    pub fn max_z_error(self, error: f64) -> Self {
        Self { max_z_error: Some(error), ..self }
    }

    /// Columns and rows of a tile, a multiple of 16: GDAL's `GDAL_TIFF_OVR_BLOCKSIZE`.
    #[must_use]
    pub fn block_size(self, pixels: usize) -> Self {
        Self { block_size: Some(pixels), ..self }
    }

    /// What of it a new file of this method would be told.
    pub(super) fn create_options(&self, compress: Compress, order: ByteOrder) -> CreateOptions {
        let mut options = CreateOptions::new().compress(compress).byte_order(order);
        options.predictor = self.predictor;
        options.level = self.level;
        options.jpeg_quality = self.jpeg_quality;
        options.max_z_error = self.max_z_error;
        options
    }
}
