//! What to read.

use crate::image::DataType;
use crate::layout::Window;
use crate::resample::Resampling;

/// What to read: which bands, which window, at which size, as which data type. Everything is optional; the default is
/// all bands, all pixels, as they are, in parallel. The same request serves for pixels, masks and colours.
///
/// ```
/// use memtiff_geotiff::{ReadRequest, Resampling, Window};
///
/// // Bands 3 and 1 of a window, as a picture of 100 rows and 200 columns.
/// let request = ReadRequest::new()
///     .bands([3, 1])
///     .window(Window::new(0, 0, 2048, 1024))
///     .shape(100, 200)
///     .resampling(Resampling::Average);
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRequest {
    pub(super) bands: Option<Vec<usize>>,
    pub(crate) window: Option<Window>,
    pub(super) shape: Option<(usize, usize)>,
    pub(super) resampling: Resampling,
    pub(super) resolution: Resolution,
    pub(super) boundless: bool,
    pub(super) fill: Option<f64>,
    pub(crate) dtype: Option<DataType>,
    pub(super) lossless: bool,
    pub(super) parallel: bool,
}

/// Which of an image's copies is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// The one that GDAL takes for the shape that is asked for.
    Fitting,
    Full,
    /// The overview with this index; the window is in its pixels.
    Overview(usize),
}

impl Default for ReadRequest {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadRequest {
    /// All bands, all pixels, as they are, in parallel.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bands: None,
            window: None,
            shape: None,
            resampling: Resampling::Nearest,
            resolution: Resolution::Fitting,
            boundless: false,
            fill: None,
            dtype: None,
            lossless: false,
            parallel: true,
        }
    }

    /// These bands, counted from 1, in this order; a band may stand more than once.
    #[must_use]
    pub fn bands(mut self, bands: impl IntoIterator<Item = usize>) -> Self {
        self.bands = Some(bands.into_iter().collect());
        self
    }

    /// This window, in pixels of the full image (or of the [`overview`](Self::overview) that is asked for). It may begin
    /// and end within pixels, and, if the read is [`boundless`](Self::boundless), reach over the edges.
    #[must_use]
    pub fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// As many rows and columns, whatever the size of the window, which is the size unless this is said (its lengths
    /// rounded). Where fewer pixels are asked for than there are, they come from the overview that GDAL takes: the most
    /// reduced one that still has enough of them.
    #[must_use]
    pub fn shape(mut self, rows: usize, columns: usize) -> Self {
        self.shape = Some((rows, columns));
        self
    }

    /// How pixels of another size are made; the nearest one unless it is said.
    #[must_use]
    pub fn resampling(mut self, resampling: Resampling) -> Self {
        self.resampling = resampling;
        self
    }

    /// The overview with this index, counted from 0, instead of full resolution.
    #[must_use]
    pub fn overview(mut self, level: usize) -> Self {
        self.resolution = Resolution::Overview(level);
        self
    }

    /// Full resolution, even where an overview would do.
    #[must_use]
    pub fn full_resolution(mut self) -> Self {
        self.resolution = Resolution::Full;
        self
    }

    /// Whether the window may reach over the edges of the image. What lies outside is filled with
    /// [`fill`](Self::fill), and is masked.
    #[must_use]
    pub fn boundless(mut self, boundless: bool) -> Self {
        self.boundless = boundless;
        self
    }

    /// The value outside of the image, for boundless reads: the nearest one that the data type has. Nodata unless it is
    /// said, or 0 if there is none.
    #[must_use]
    pub fn fill(mut self, fill: f64) -> Self {
        self.fill = Some(fill);
        self
    }

    /// As samples of this type, converted by GDAL's rules: numbers saturate; for an integer type fractions are rounded,
    /// halves away from zero, and NaN becomes 0; of a complex number a real type gets the real part.
    #[must_use]
    pub fn dtype(mut self, dtype: DataType) -> Self {
        self.dtype = Some(dtype);
        self
    }

    /// Whether a conversion that would change any value is an error.
    #[must_use]
    pub fn lossless(mut self, lossless: bool) -> Self {
        self.lossless = lossless;
        self
    }

    /// Whether it asks for all pixels of the full image as they are: no window, shape or overview.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let overview = matches!(self.resolution, Resolution::Overview(_));
        self.window.is_none() && self.shape.is_none() && !overview
    }

    /// Whether chunks may be decoded on several threads, as it was asked for.
    #[must_use]
    pub fn is_parallel(&self) -> bool {
        self.parallel
    }

    /// Whether chunks may be decoded on several threads (needs the `rayon` feature). The result is the
    /// same either way.
    #[must_use]
    pub fn parallel(mut self, parallel: bool) -> Self {
        self.parallel = parallel;
        self
    }
}
