//! What to read.

use crate::layout::Window;

/// What to read: which bands, which window, at which resolution. Everything is optional; the default is
/// all bands, all pixels, full resolution, in parallel.
///
/// ```
/// use memtiff_geotiff::{ReadRequest, Window};
///
/// let request = ReadRequest::new().bands([3, 1]).window(Window::new(0, 0, 256, 256));
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    pub(super) bands: Option<Vec<usize>>,
    pub(super) window: Option<Window>,
    pub(super) overview: Option<usize>,
    pub(super) parallel: bool,
}

impl Default for ReadRequest {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadRequest {
    /// All bands, all pixels, full resolution, in parallel.
    #[must_use]
    pub const fn new() -> Self {
        Self { bands: None, window: None, overview: None, parallel: true }
    }

    /// These bands, counted from 1, in this order; a band may stand more than once.
    #[must_use]
    pub fn bands(mut self, bands: impl IntoIterator<Item = usize>) -> Self {
        self.bands = Some(bands.into_iter().collect());
        self
    }

    /// This window, in pixels of the resolution that is read.
    #[must_use]
    pub fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// The overview with this index, counted from 0, instead of full resolution.
    #[must_use]
    pub fn overview(mut self, level: usize) -> Self {
        self.overview = Some(level);
        self
    }

    /// Whether chunks may be decoded on several threads (needs the `rayon` feature). The result is the
    /// same either way.
    #[must_use]
    pub fn parallel(mut self, parallel: bool) -> Self {
        self.parallel = parallel;
        self
    }
}
