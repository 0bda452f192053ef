//! `memtiff stats`: what the pixels of each band are like.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{Dataset, Statistics};
use serde_json::{Value, json};

use crate::failure::{Failure, to_standard_output};
use crate::{input, progress, warnings};

/// Show minimum, maximum, mean and standard deviation of each band, over all valid pixels
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    file: PathBuf,
    /// Bands, counted from 1 [default: all]
    #[arg(long, value_delimiter = ',', value_name = "BAND,...")]
    bands: Vec<usize>,
    /// A histogram too: that many parts of equal width between the minimum and the maximum
    #[arg(long, value_name = "BUCKETS")]
    histogram: Option<usize>,
    /// As one JSON object for each band, on a line of its own
    #[arg(long)]
    json: bool,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let dataset = input::open(&self.file, self.page)?;
        let bands = if self.bands.is_empty() { (1..=dataset.count()).collect() } else { self.bands.clone() };
        let bar = progress::parts(bands.len(), "bands");
        let lines: memtiff::Result<String> =
            bands.into_iter().map(|band| self.line(&dataset, band).inspect(|_| bar.inc(1))).collect();
        bar.finish_and_clear();
        warnings::report(&self.file, &dataset);
        let lines = lines.map_err(|e| Failure::of_file(&self.file, &e))?;
        to_standard_output(|out| out.write_all(lines.as_bytes()))
    }

    fn line(&self, dataset: &Dataset, band: usize) -> memtiff::Result<String> {
        let statistics = dataset.statistics(band)?;
        let histogram = match (self.histogram, &statistics) {
            (Some(buckets), Some(found)) => Some(histogram(dataset, band, found, buckets)?),
            _ => None,
        };
        if self.json {
            let object = match statistics {
                None => json!({"band": band, "valid_count": 0}),
                Some(found) => json!({
                    "band": band, "min": found.min, "max": found.max, "mean": found.mean, "std": found.std,
                    "valid_count": found.valid_count, "histogram": histogram,
                }),
            };
            return Ok(format!("{object}\n"));
        }
        let Some(found) = statistics else { return Ok(format!("band {band}: no pixel is valid\n")) };
        let Statistics { min, max, mean, std, valid_count, .. } = found;
        let mut line = format!(
            "band {band}: min {min}, max {max}, mean {mean}, std {std}, {valid_count} valid pixels\n"
        );
        if let Some(histogram) = histogram {
            line.push_str(&format!("  histogram {}\n", Value::from(histogram)));
        }
        Ok(line)
    }
}

/// A band of a single value has a bucket of width 1 around it.
fn histogram(
    dataset: &Dataset,
    band: usize,
    found: &Statistics,
    buckets: usize,
) -> memtiff::Result<Vec<u64>> {
    let (from, to) =
        if found.min < found.max { (found.min, found.max) } else { (found.min - 0.5, found.max + 0.5) };
    dataset.histogram(band, from, to, buckets)
}
