//! `memtiff preview`: a picture to look at.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use memtiff::ndarray::{Array3, ArrayView2, ArrayViewMut2, Axis};
use memtiff::{ColorInterp, DataType, Dataset, Error, ReadRequest, Resampling};

use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::{input, progress, warnings};

/// Make a PNG that people can look at, from an overview where there is one
///
/// What holds colours of 8 bits is shown as it is; anything else is stretched, each band from its 2nd to its 98th
/// percentile. Pixels that are nothing are transparent.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    file: PathBuf,
    /// The picture; `-` for standard output
    output: PathBuf,
    /// Pixels of the longer side at most
    #[arg(long, value_name = "PIXELS", default_value_t = 1024)]
    max: usize,
    /// One band, or three as red, green and blue, counted from 1 [default: those that are colours, or the first]
    #[arg(long, value_delimiter = ',', value_name = "BAND,...")]
    bands: Vec<usize>,
    /// Percentiles that become black and white [default: 2,98, unless there are colours of 8 bits]
    #[arg(long, value_name = "LOW,HIGH", value_parser = percentiles)]
    stretch: Option<(f64, f64)>,
    /// Colours for a single band
    #[arg(long, value_name = "NAME", value_enum)]
    colormap: Option<Colormap>,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

fn percentiles(text: &str) -> Result<(f64, f64), String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match numbers.as_deref() {
        Ok([low, high]) if 0.0 <= *low && low < high && *high <= 100.0 => Ok((*low, *high)),
        _ => Err("two percentiles are needed, the lower one first: LOW,HIGH".to_owned()),
    }
}

/// Red, green and blue from low to high, evenly spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colormap {
    Gray,
    Viridis,
    Terrain,
    Heat,
}

impl Colormap {
    const fn colours(self) -> &'static [[u8; 3]] {
        match self {
            Self::Gray => &[[0, 0, 0], [255, 255, 255]],
            Self::Viridis => &[
                [68, 1, 84],
                [72, 40, 120],
                [62, 74, 137],
                [49, 104, 142],
                [38, 130, 142],
                [31, 158, 137],
                [53, 183, 121],
                [109, 205, 89],
                [180, 222, 44],
                [253, 231, 37],
            ],
            Self::Terrain => &[
                [51, 102, 153],
                [0, 153, 102],
                [153, 204, 102],
                [255, 255, 153],
                [153, 102, 51],
                [255, 255, 255],
            ],
            Self::Heat => &[[0, 0, 0], [128, 0, 0], [255, 64, 0], [255, 200, 0], [255, 255, 255]],
        }
    }

    /// The colour of a share between 0 and 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between 0 and the number of colours"
    )]
    fn colour(self, share: f64) -> [u8; 3] {
        let colours = self.colours();
        let place = share.clamp(0.0, 1.0) * colours.len().saturating_sub(1) as f64;
        let at = place.floor() as usize;
        let between = place - place.floor();
        let [low, high] = [at, at.saturating_add(1)]
            .map(|at| colours.get(at).or(colours.last()).copied().unwrap_or_default());
        let mix = |i: usize| {
            let [low, high] = [low, high].map(|colour| colour.get(i).copied().map_or(0.0, f64::from));
            (low + (high - low) * between).round() as u8
        };
        [mix(0), mix(1), mix(2)]
    }
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let _busy = progress::busy("making a picture");
        let output = Output::new(&self.output, Format::Png)?;
        let (dataset, files) = input::open_with_files(&self.file, self.page)?;
        let output = output.keeps(&files)?;
        let picture = self.picture(&dataset);
        warnings::report(&self.file, &dataset);
        let picture = picture.map_err(|e| Failure::of_file(&self.file, &e))?;
        output.write(&mut |out| write(out, &picture), Vec::new())
    }

    /// Red, green, blue, alpha: shape (4, row, column).
    fn picture(&self, dataset: &Dataset) -> memtiff::Result<Array3<u8>> {
        let (rows, columns) = fitting(dataset.height(), dataset.width(), self.max.max(1));
        let request = ReadRequest::new().shape(rows, columns);
        let as_it_is = self.bands.is_empty() && self.stretch.is_none() && self.colormap.is_none();
        // Indices stand for colours, whatever their number of bits.
        let has_palette = dataset.colorinterp().first() == Some(&ColorInterp::Palette);
        if as_it_is && (has_palette || dataset.dtype() == DataType::Uint8) {
            let method =
                if dataset.colormap(1)?.is_some() { Resampling::Nearest } else { Resampling::Average };
            let colours = dataset.read_rgba(&request.clone().resampling(method));
            match colours {
                // Bands that are no colours are shown one by one.
                Err(error) if error.kind() == memtiff::ErrorKind::Unsupported => {}
                colours => return colours,
            }
        }
        self.stretched(dataset, &request.resampling(Resampling::Average))
    }

    fn stretched(&self, dataset: &Dataset, request: &ReadRequest) -> memtiff::Result<Array3<u8>> {
        let bands = match (self.bands.as_slice(), dataset.count()) {
            ([], 3..) if self.colormap.is_none() => vec![1, 2, 3],
            ([], _) => vec![1],
            (bands @ ([_] | [_, _, _]), _) => bands.to_vec(),
            (bands, _) => {
                return Err(Error::usage(format!(
                    "a picture is made of one band or of three, not of {}",
                    bands.len()
                )));
            }
        };
        if self.colormap.is_some() && bands.len() != 1 {
            return Err(Error::usage("colours are for a single band: say which with --bands"));
        }
        let request = request.clone().bands(bands);
        let values = dataset.read_with::<f64>(&request.clone().dtype(DataType::Float64))?;
        let masks = dataset.read_masks(&request)?;
        let (low, high) = self.stretch.unwrap_or((2.0, 98.0));
        let mut shares = values;
        for (values, mask) in shares.outer_iter_mut().zip(masks.outer_iter()) {
            stretch(values, mask, low, high);
        }
        let (_, rows, columns) = shares.dim();
        let colormap = self.colormap.unwrap_or(Colormap::Gray);
        let mut picture = Array3::zeros((4, rows, columns));
        let pixels = shares.lanes(Axis(0)).into_iter().zip(masks.lanes(Axis(0)));
        for ((share, mask), mut pixel) in pixels.zip(picture.lanes_mut(Axis(0))) {
            let colour = match share.to_vec().as_slice() {
                [red, green, blue] => [*red, *green, *blue].map(byte),
                share => colormap.colour(share.first().copied().unwrap_or(0.0)),
            };
            let valid = mask.iter().any(|mask| *mask != 0) && !share.iter().any(|share| share.is_nan());
            let alpha = if valid { u8::MAX } else { 0 };
            pixel.iter_mut().zip(colour.into_iter().chain([alpha])).for_each(|(slot, part)| *slot = part);
        }
        Ok(picture)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
fn byte(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Makes values shares between two percentiles of those that are valid.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index into what is there"
)]
fn stretch(mut values: ArrayViewMut2<'_, f64>, mask: ArrayView2<'_, u8>, low: f64, high: f64) {
    let valid = values.iter().zip(&mask).filter(|(value, mask)| **mask != 0 && value.is_finite());
    let mut valid: Vec<f64> = valid.map(|(value, _)| *value).collect();
    valid.sort_unstable_by(f64::total_cmp);
    let percentile = |percent: f64| {
        let at = (percent / 100.0 * valid.len().saturating_sub(1) as f64).round() as usize;
        valid.get(at).copied().unwrap_or(0.0)
    };
    let (low, high) = (percentile(low), percentile(high));
    let range = if high > low { high - low } else { 1.0 };
    values.mapv_inplace(|value| (value - low) / range);
}

/// The size of a picture whose longer side has at most so many pixels.
fn fitting(height: usize, width: usize, most: usize) -> (usize, usize) {
    let longest = height.max(width);
    if longest <= most {
        return (height, width);
    }
    let scaled = |side: usize| ((side as u128 * most as u128 + longest as u128 / 2) / longest as u128).max(1);
    (usize::try_from(scaled(height)).unwrap_or(most), usize::try_from(scaled(width)).unwrap_or(most))
}

fn write(out: &mut dyn Write, picture: &Array3<u8>) -> io::Result<()> {
    let (_, rows, columns) = picture.dim();
    let size = |side: usize| u32::try_from(side).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(out, size(columns)?, size(rows)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = picture.lanes(Axis(0)).into_iter().flat_map(|pixel| pixel.to_vec()).collect();
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)
}
