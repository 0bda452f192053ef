//! Reads, one after the other, for other programs to judge. Each line of standard input is a request in JSON; the answer is
//! a line of JSON, `{"dtype": ..., "shape": [...], "bytes": N}` or `{"error": ...}`, and the N bytes of the array, in this
//! machine's order, band by band.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;

use memtiff::ndarray::Axis;
use memtiff::{Dataset, DynArray, Limits, ReadRequest, Vfs, Window, companion_names};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut datasets = BTreeMap::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        match answer(&request, &mut datasets) {
            Ok(array) => {
                let bytes = array.as_bytes().ok_or("not contiguous")?;
                let head = json!({
                    "dtype": array.data_type().name(), "shape": array.shape(), "bytes": bytes.len(),
                });
                writeln!(out, "{head}")?;
                out.write_all(bytes)?;
            }
            Err(error) => writeln!(out, "{}", json!({"error": error.to_string()}))?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(json: &Value, datasets: &mut BTreeMap<String, Dataset>) -> Result<DynArray, Failure> {
    let path = json["file"].as_str().ok_or("no file")?;
    if !datasets.contains_key(path) {
        datasets.insert(path.to_owned(), open(Path::new(path))?);
    }
    let dataset = &datasets[path];
    let request = request(json)?;
    Ok(match json["what"].as_str() {
        Some("masks") => dataset.read_masks(&request)?.into(),
        Some("dataset_mask") => dataset.dataset_mask(&request)?.insert_axis(Axis(0)).into(),
        _ => dataset.read_dyn(&request)?,
    })
}

fn open(path: &Path) -> Result<Dataset, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("no name")?;
    let vfs = Vfs::new();
    vfs.insert(name, std::fs::read(path)?)?;
    for companion in companion_names(name) {
        if let Ok(bytes) = std::fs::read(path.with_file_name(&companion)) {
            vfs.insert(companion, bytes)?;
        }
    }
    Ok(Dataset::open(&vfs, name, Limits::default())?)
}

fn request(json: &Value) -> Result<ReadRequest, Failure> {
    let mut request = ReadRequest::new();
    if let Some(bands) = json["bands"].as_array() {
        request = request.bands(bands.iter().filter_map(Value::as_u64).map(|band| band as usize));
    }
    if let Some([col, row, width, height]) = json["window"].as_array().map(Vec::as_slice) {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        request = request.window(Window::new(number(col), number(row), number(width), number(height)));
    }
    if let Some([rows, cols]) = json["shape"].as_array().map(Vec::as_slice) {
        request = request.shape(rows.as_u64().unwrap_or(0) as usize, cols.as_u64().unwrap_or(0) as usize);
    }
    if let Some(method) = json["resampling"].as_str() {
        request = request.resampling(method.parse()?);
    }
    if let Some(fill) = json["fill"].as_f64() {
        request = request.fill(fill);
    }
    if let Some(dtype) = json["dtype"].as_str() {
        request = request.dtype(dtype.parse()?);
    }
    Ok(request.boundless(json["boundless"] == true))
}
