//! `memtiff info`: what a file says.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{ByteOrder, Crs, Dataset, Error, Gcp, MaskFlag, Nodata, Photometric, Predictor};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, to_standard_output};
use crate::{input, names};

/// Show what a file says about itself
///
/// The JSON has the keys of rasterio's `rio info` where it has them, with these differences: numbers that
/// JSON cannot say (nan, inf) are strings; `compress` is always there ("none" if uncompressed), and so is
/// `photometric`. Keys are only ever added.
#[derive(Debug, Args)]
pub(crate) struct Info {
    /// The file; `-` for standard input
    file: PathBuf,
    /// As one JSON object on one line
    #[arg(long)]
    json: bool,
    /// The CRS as WKT 2, and nothing else
    #[arg(long, conflicts_with = "json")]
    wkt: bool,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

impl Info {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let dataset = input::open(&self.file, self.page)?;
        if self.wkt {
            let crs = dataset.crs().or_else(|| dataset.gcps_crs());
            let crs = crs.ok_or_else(|| Error::usage("the file has no CRS"));
            let text =
                crs.and_then(|crs| crs.to_wkt2()).map_err(|error| Failure::of_file(&self.file, &error))?;
            return to_standard_output(|out| writeln!(out, "{text}"));
        }
        let info = describe(&dataset);
        to_standard_output(|out| {
            if self.json {
                serde_json::to_writer(&mut *out, &info)?;
                return writeln!(out);
            }
            table(&info).try_for_each(|line| out.write_all(line.as_bytes()))
        })
    }
}

/// Everything about a dataset, by the keys that users see.
fn describe(dataset: &Dataset) -> Map<String, Value> {
    let profile = dataset.profile();
    let bounds = dataset.bounds();
    let (x_res, y_res) = dataset.res();
    let transform = profile.transform.to_array().into_iter().chain([0.0, 0.0, 1.0]);
    // As values at once: lists of 65,535 bands are large.
    let dtypes: Value = dataset.dtypes().iter().map(|dtype| dtype.name()).collect();
    let blocks: Value = dataset.block_shapes().iter().map(|(rows, cols)| json!([rows, cols])).collect();
    let mut warnings: Vec<_> = dataset.warnings().iter().map(ToString::to_string).collect();
    let colorinterp: Value = dataset.colorinterp().iter().map(ToString::to_string).collect();
    let names = |flags: &Vec<MaskFlag>| flags.iter().map(ToString::to_string).collect::<Value>();
    let flags: Value = dataset.mask_flags().iter().map(names).collect();
    let items = |domain: &str| -> Value {
        (1..=profile.count).map(|band| json!(dataset.band_tags(band, domain))).collect()
    };
    let (band_structure, band_tags) = (items("IMAGE_STRUCTURE"), items(""));
    let entries = [
        ("driver", json!("GTiff")),
        ("dtype", json!(profile.dtype.name())),
        ("nodata", profile.nodata.map_or(Value::Null, nodata)),
        ("width", json!(profile.width)),
        ("height", json!(profile.height)),
        ("count", json!(profile.count)),
        ("crs", json!(profile.crs.as_ref().map(ToString::to_string))),
        ("crs_name", json!(profile.crs.as_ref().map(|crs| crs.name()))),
        ("coordinate_epoch", epoch(dataset)),
        ("transform", transform.map(number).collect()),
        ("blockxsize", json!(profile.blockxsize)),
        ("blockysize", json!(profile.blockysize)),
        ("tiled", json!(profile.tiled)),
        ("compress", json!(dataset.compression_name().to_lowercase())),
        ("interleave", json!(profile.interleave.to_string())),
        ("bounds", [bounds.left, bounds.bottom, bounds.right, bounds.top].map(number).into()),
        ("res", [x_res, y_res].map(number).into()),
        ("shape", json!([profile.height, profile.width])),
        ("indexes", (1..=profile.count).collect()),
        ("dtypes", dtypes),
        ("block_shapes", blocks),
        ("photometric", json!(photometric(dataset.photometric()))),
        ("predictor", json!(predictor(dataset.predictor()))),
        ("colorinterp", colorinterp),
        ("mask_flags", flags),
        ("descriptions", json!(dataset.descriptions())),
        ("units", json!(dataset.units())),
        ("scales", dataset.scales().into_iter().map(number).collect()),
        ("offsets", dataset.offsets().into_iter().map(number).collect()),
        ("tags", json!(dataset.tags())),
        ("band_tags", band_tags),
        ("domains", domains(dataset, &mut warnings)),
        ("band_structure", band_structure),
        ("colormap", json!(or_warn(dataset.colormap(1), &mut warnings))),
        ("gcps", or_warn(dataset.gcps(), &mut warnings).iter().map(gcp).collect()),
        ("gcps_crs", json!(dataset.gcps_crs().map(|crs| crs.to_string()))),
        ("files", files(dataset)),
        ("pages", json!(dataset.page_count())),
        ("byte_order", json!(if dataset.byte_order() == ByteOrder::Big { "big" } else { "little" })),
        ("bigtiff", json!(dataset.is_bigtiff())),
        ("overviews", json!(dataset.overviews())),
        ("warnings", json!(warnings)),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The epoch of the coordinates, a decimal year.
fn epoch(dataset: &Dataset) -> Value {
    let crs = dataset.crs().or_else(|| dataset.gcps_crs());
    crs.and_then(Crs::coordinate_epoch).map_or(Value::Null, number)
}

/// Names of the files, without the folder.
fn files(dataset: &Dataset) -> Value {
    let name = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or_default();
        names::from_text(name).to_string_lossy().into_owned()
    };
    dataset.files().iter().map(name).collect()
}

/// Items of all domains but the default one.
fn domains(dataset: &Dataset, warnings: &mut Vec<String>) -> Value {
    let domains = dataset.tag_domains().into_iter().filter(|domain| !domain.is_empty());
    domains.map(|domain| (domain.clone(), json!(or_warn(dataset.tags_in(&domain), warnings)))).collect()
}

/// What is damaged is left out, and told: it hides nothing else.
fn or_warn<T: Default>(result: Result<T, Error>, warnings: &mut Vec<String>) -> T {
    result.unwrap_or_else(|error| {
        warnings.push(error.to_string());
        T::default()
    })
}

fn gcp(gcp: &Gcp) -> Value {
    [gcp.row, gcp.col, gcp.x, gcp.y, gcp.z].map(number).into()
}

fn photometric(photometric: Photometric) -> String {
    photometric.to_string().to_lowercase()
}

fn predictor(predictor: Predictor) -> u16 {
    predictor.0
}

/// A number; what JSON cannot say as a string.
pub(crate) fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string().to_lowercase()) }
}

fn nodata(nodata: Nodata) -> Value {
    match nodata {
        Nodata::Float(value) => number(value),
        Nodata::Signed(value) => json!(value),
        Nodata::Unsigned(value) => json!(value),
    }
}

/// The same for people: a line each.
fn table(info: &Map<String, Value>) -> impl Iterator<Item = String> {
    let line = |(key, value): (&String, &Value)| {
        let text = match value {
            Value::Array(colours) if key == "colormap" => format!("{} colours", colours.len()),
            Value::Null => "none".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) if items.is_empty() => "none".to_owned(),
            other => other.to_string(),
        };
        format!("{key:<13} {text}\n")
    };
    // Few CRSs have an epoch.
    let is_shown = |(key, value): &(&String, &Value)| *key != "coordinate_epoch" || !value.is_null();
    info.iter().filter(is_shown).map(line)
}
