//! `memtiff read`: pixels into a NumPy file.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;
use memtiff::ndarray::Axis;
use memtiff::{DynArray, ReadRequest, Window};

use crate::failure::{Failure, STANDARD, to_standard_output};
use crate::{input, npy};

/// Read pixels into a NumPy file: C order, shape (bands, rows, columns), the file's data type
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// The file; `-` for standard input
    file: PathBuf,
    /// Where the array goes; `-` for standard output
    #[arg(short, long)]
    output: PathBuf,
    /// Bands, counted from 1, in the order wanted [default: all]
    #[arg(long, value_delimiter = ',', value_name = "BAND,...")]
    bands: Vec<usize>,
    /// Part of the raster, in pixels [default: all]
    #[arg(long, value_name = "COL,ROW,WIDTH,HEIGHT", value_parser = window)]
    window: Option<Window>,
    /// An overview instead of full resolution, counted from 0; the window is in its pixels
    #[arg(long, value_name = "LEVEL")]
    overview: Option<usize>,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
    /// The mask of the dataset instead of its pixels: 255 where any band is valid, 0 elsewhere
    #[arg(long, conflicts_with = "bands")]
    mask: bool,
    /// Colours of a display instead of the samples: red, green, blue, alpha, each 0 to 255
    #[arg(long, conflicts_with_all = ["bands", "mask"])]
    rgba: bool,
}

impl Read {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let dataset = input::open(&self.file, self.page)?;
        let mut request = ReadRequest::new();
        if !self.bands.is_empty() {
            request = request.bands(self.bands.iter().copied());
        }
        if let Some(window) = self.window {
            request = request.window(window);
        }
        if let Some(level) = self.overview {
            request = request.overview(level);
        }
        let array = if self.mask {
            dataset.dataset_mask(&request).map(|mask| DynArray::from(mask.insert_axis(Axis(0))))
        } else if self.rgba {
            dataset.read_rgba(&request).map(DynArray::from)
        } else {
            dataset.read_dyn(&request)
        };
        let array = array.map_err(|e| Failure::of_file(&self.file, &e))?;
        if self.output == Path::new(STANDARD) {
            return to_standard_output(|out| npy::write(out, &array));
        }
        if is_same_file(&self.file, &self.output) {
            let file = self.file.display();
            return Err(Failure::usage(format!("{file} is the input: the output needs another name")));
        }
        write(&self.output, &array).map_err(|e| Failure::writing(&self.output, &e))
    }
}

fn is_same_file(input: &Path, output: &Path) -> bool {
    matches!((input.canonicalize(), output.canonicalize()), (Ok(input), Ok(output)) if input == output)
}

/// Writes a file; half of one is removed.
fn write(output: &Path, array: &DynArray) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(output)?);
    npy::write(&mut file, array).inspect_err(|_| drop(std::fs::remove_file(output)))
}

fn window(text: &str) -> Result<Window, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([col, row, width, height]) => Ok(Window::new(*col, *row, *width, *height)),
        _ => Err("four whole numbers are needed: COL,ROW,WIDTH,HEIGHT".to_owned()),
    }
}
