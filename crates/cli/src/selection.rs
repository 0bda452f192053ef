//! Which pixels of a file are meant, and how many are made of them.

use clap::Args;
use memtiff::{ReadRequest, Resampling, Window};

use crate::values;

#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Bands, counted from 1, in the order wanted [default: all]
    #[arg(long, value_delimiter = ',', value_name = "BAND,...")]
    bands: Vec<usize>,
    /// Part of the raster, in pixels; fractions are allowed [default: all]
    #[arg(long, value_name = "COL,ROW,WIDTH,HEIGHT", value_parser = values::window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// As many rows and columns, made of those there are [default: those of the window]
    #[arg(long, value_name = "ROWS,COLUMNS", value_parser = values::shape)]
    shape: Option<(usize, usize)>,
    /// How pixels of another size are made: nearest, bilinear, cubic, cubic_spline, lanczos, average, mode, gauss, max,
    /// min, med, q1, q3, sum, rms
    #[arg(long, value_name = "METHOD", default_value_t = Resampling::Nearest)]
    resampling: Resampling,
}

impl Selection {
    pub(crate) fn request(&self) -> ReadRequest {
        let mut request = ReadRequest::new().resampling(self.resampling);
        if !self.bands.is_empty() {
            request = request.bands(self.bands.iter().copied());
        }
        if let Some(window) = self.window {
            request = request.window(window);
        }
        match self.shape {
            Some((rows, columns)) => request.shape(rows, columns),
            None => request,
        }
    }
}
