//! `memtiff read`: pixels into a NumPy file.

use std::path::PathBuf;

use clap::Args;
use memtiff::ndarray::Axis;
use memtiff::{DataType, Dataset, DynArray, Nodata, ReadRequest};

use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::selection::Selection;
use crate::{input, npy, progress, warnings};

/// Read pixels into a NumPy file: C order, shape (bands, rows, columns)
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// The file; `-` for standard input
    file: PathBuf,
    /// Where the array goes; `-` for standard output
    #[arg(short, long)]
    output: PathBuf,
    #[command(flatten)]
    selection: Selection,
    /// An overview instead of full resolution, counted from 0; the window is in its pixels
    #[arg(long, value_name = "LEVEL")]
    overview: Option<usize>,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
    /// The window may reach over the edges of the raster
    #[arg(long)]
    boundless: bool,
    /// The value of pixels outside of the raster, and of masked ones with --masked [default: nodata, or 0]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    fill: Option<f64>,
    /// Pixels that a mask, nodata or alpha says are nothing become the value of --fill
    #[arg(long, conflicts_with_all = ["mask", "rgba"])]
    masked: bool,
    /// The data type of the array; values saturate and are rounded [default: the file's]
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["mask", "rgba"])]
    dtype: Option<DataType>,
    /// The mask of the dataset instead of its pixels: 255 where any band is valid, 0 elsewhere
    #[arg(long, conflicts_with = "bands")]
    mask: bool,
    /// Colours of a display instead of the samples: red, green, blue, alpha, each 0 to 255
    #[arg(long, conflicts_with_all = ["bands", "mask"])]
    rgba: bool,
}

impl Read {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let _busy = progress::busy("reading");
        let output = Output::new(&self.output, Format::Npy)?;
        let (dataset, files) = input::open_with_files(&self.file, self.page)?;
        let output = output.keeps(&files)?;
        let array = self.read(&dataset);
        warnings::report(&self.file, &dataset);
        let array = array.map_err(|e| Failure::of_file(&self.file, &e))?;
        output.write(&mut |out| npy::write(out, &array), Vec::new())
    }

    fn read(&self, dataset: &Dataset) -> memtiff::Result<DynArray> {
        let request = self.request();
        if self.mask {
            return dataset.dataset_mask(&request).map(|mask| mask.insert_axis(Axis(0)).into());
        }
        if self.rgba {
            return dataset.read_rgba(&request).map(DynArray::from);
        }
        let array = dataset.read_dyn(&request)?;
        if !self.masked {
            return Ok(array);
        }
        let masks = dataset.read_masks(&request)?;
        let fill = self.fill.or_else(|| dataset.nodata().map(Nodata::as_f64)).unwrap_or(0.0);
        Ok(array.filled(&masks, fill))
    }

    fn request(&self) -> ReadRequest {
        let mut request = self.selection.request().boundless(self.boundless);
        if let Some(level) = self.overview {
            request = request.overview(level);
        }
        if let Some(fill) = self.fill {
            request = request.fill(fill);
        }
        match self.dtype {
            Some(dtype) => request.dtype(dtype),
            None => request,
        }
    }
}
