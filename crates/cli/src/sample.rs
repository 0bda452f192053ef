//! `memtiff sample`: the values at points.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{Crs, DataType, Dataset, ReadRequest};
use serde_json::{Value, json};

use crate::bounds::crs;
use crate::failure::{Failure, to_standard_output};
use crate::info::number;
use crate::{input, warnings};

/// The values of all bands at points: one JSON array for each, null for points outside of the raster
///
/// Points are longitude and latitude in WGS 84, unless --crs or --own says otherwise.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    file: PathBuf,
    /// X and y of each point, one after the other
    #[arg(required = true, num_args = 2.., value_names = ["LON", "LAT"], allow_negative_numbers = true)]
    points: Vec<f64>,
    /// The CRS of the points: EPSG:N, or a well-known text [default: EPSG:4326]
    #[arg(long, value_name = "CRS", value_parser = crs, conflicts_with = "own")]
    crs: Option<Crs>,
    /// Points are in the CRS of the file
    #[arg(long)]
    own: bool,
    /// Bands, counted from 1 [default: all]
    #[arg(long, value_delimiter = ',', value_name = "BAND,...")]
    bands: Vec<usize>,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let (pairs, rest) = self.points.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(Failure::usage("each point needs two numbers: LON LAT"));
        }
        let points: Vec<(f64, f64)> = pairs.iter().map(|[x, y]| (*x, *y)).collect();
        let dataset = input::open(&self.file, self.page)?;
        let values = self.values(&dataset, &points);
        warnings::report(&self.file, &dataset);
        let values = values.map_err(|e| Failure::of_file(&self.file, &e))?;
        to_standard_output(|out| values.iter().try_for_each(|value| writeln!(out, "{value}")))
    }

    fn values(&self, dataset: &Dataset, points: &[(f64, f64)]) -> memtiff::Result<Vec<Value>> {
        let request = ReadRequest::new();
        let request = if self.bands.is_empty() { request } else { request.bands(self.bands.iter().copied()) };
        let dtype = dataset.dtype();
        if dtype.is_float() || dtype.is_complex() {
            let samples = self.sample::<f64>(dataset, points, &request.dtype(DataType::Float64))?;
            Ok(lines(samples, number))
        } else if dtype == DataType::Uint64 {
            Ok(lines(self.sample::<u64>(dataset, points, &request)?, Value::from))
        } else {
            let samples = self.sample::<i64>(dataset, points, &request.dtype(DataType::Int64))?;
            Ok(lines(samples, Value::from))
        }
    }

    fn sample<T: memtiff::Sample>(
        &self,
        dataset: &Dataset,
        points: &[(f64, f64)],
        request: &ReadRequest,
    ) -> memtiff::Result<Vec<Option<Vec<T>>>> {
        match &self.crs {
            _ if self.own => dataset.sample(points, request),
            Some(crs) => sample_in(dataset, points, crs, request),
            None => sample_in(dataset, points, &Crs::from_epsg(4326)?, request),
        }
    }
}

#[cfg(feature = "proj")]
fn sample_in<T: memtiff::Sample>(
    dataset: &Dataset,
    points: &[(f64, f64)],
    crs: &Crs,
    request: &ReadRequest,
) -> memtiff::Result<Vec<Option<Vec<T>>>> {
    dataset.sample_in(points, crs, request)
}

#[cfg(not(feature = "proj"))]
fn sample_in<T: memtiff::Sample>(
    dataset: &Dataset,
    points: &[(f64, f64)],
    crs: &Crs,
    request: &ReadRequest,
) -> memtiff::Result<Vec<Option<Vec<T>>>> {
    if dataset.crs() == Some(crs) {
        return dataset.sample(points, request);
    }
    Err(memtiff::Error::other(
        memtiff::ErrorKind::Unsupported,
        "points in another CRS than the file's: this build has no feature `proj`",
    ))
}

/// A line for each point.
fn lines<T>(samples: Vec<Option<Vec<T>>>, value: fn(T) -> Value) -> Vec<Value> {
    let line =
        |sample: Option<Vec<T>>| sample.map(|sample| sample.into_iter().map(value).collect::<Vec<_>>());
    samples.into_iter().map(|sample| json!(line(sample))).collect()
}
