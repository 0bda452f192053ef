//! `memtiff bounds`: where a file lies.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{Bounds, Crs, Dataset};
use serde_json::json;

use crate::failure::{Failure, to_standard_output};
use crate::input;

/// Show the bounds of a file: left, bottom, right, top
///
/// In the CRS of the file as a JSON array, or in another; as GeoJSON in WGS 84, unless told otherwise.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    file: PathBuf,
    /// In this CRS: EPSG:4326, or a well-known text
    #[arg(long, value_name = "CRS", value_parser = crs)]
    crs: Option<Crs>,
    /// As a GeoJSON feature: a polygon, in WGS 84 unless --crs says otherwise
    #[arg(long)]
    geojson: bool,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

/// A CRS as users name it.
pub(crate) fn crs(text: &str) -> Result<Crs, String> {
    let number = text.split_once(':').filter(|(authority, _)| authority.eq_ignore_ascii_case("EPSG"));
    let found = match number.map(|(_, code)| code.parse()) {
        Some(Ok(code)) => Crs::from_epsg(code),
        Some(Err(_)) => return Err("EPSG: and a number".to_owned()),
        None => Crs::from_wkt(text),
    };
    found.map_err(|error| error.to_string())
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let dataset = input::open(&self.file, self.page)?;
        let bounds = self.bounds(&dataset).map_err(|error| Failure::of_file(&self.file, &error))?;
        let Bounds { left, bottom, right, top } = bounds;
        let json = if self.geojson {
            let ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]];
            let name = self.file.display().to_string();
            json!({
                "type": "Feature",
                "bbox": [left, bottom, right, top],
                "geometry": { "type": "Polygon", "coordinates": [ring] },
                "properties": { "id": "0", "title": name, "filename": name },
            })
        } else {
            json!([left, bottom, right, top])
        };
        to_standard_output(|out| writeln!(out, "{json}"))
    }

    fn bounds(&self, dataset: &Dataset) -> memtiff::Result<Bounds> {
        match &self.crs {
            Some(crs) => transformed(dataset, crs),
            None if self.geojson => transformed(dataset, &Crs::from_epsg(4326)?),
            None => Ok(dataset.bounds()),
        }
    }
}

#[cfg(feature = "proj")]
fn transformed(dataset: &Dataset, crs: &Crs) -> memtiff::Result<Bounds> {
    dataset.transform_bounds(crs)
}

#[cfg(not(feature = "proj"))]
fn transformed(dataset: &Dataset, crs: &Crs) -> memtiff::Result<Bounds> {
    if dataset.crs() == Some(crs) {
        return Ok(dataset.bounds());
    }
    Err(memtiff::Error::usage("bounds in another CRS need the feature `proj`, which is off in this program"))
}
