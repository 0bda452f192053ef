//! A dataset held against the truth about its file.

use memtiff::{Dataset, DynArray, Nodata, Photometric, Predictor, ReadRequest, Sample, Window};
use ndarray::Array3;
use num_complex::Complex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::truth::{self, Collection};

/// What came of one file.
#[derive(Debug, Default)]
pub struct Outcome {
    pub opened: bool,
    /// Whether the truth speaks of pixels, and all of them are the same.
    pub pixels: bool,
    pub metadata: bool,
    /// Everything that differs, in words.
    pub differences: Vec<String>,
}

impl Outcome {
    pub fn is_right(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Opens and reads a file of a collection through the public API, and compares.
pub fn compare(collection: &Collection, name: &str) -> Outcome {
    compare_dataset(collection.open(name), collection.record(name))
}

/// Holds what was opened against a record.
pub fn compare_dataset(opened: memtiff::Result<Dataset>, record: &Value) -> Outcome {
    let dataset = match opened {
        Ok(dataset) => dataset,
        Err(error) if record["oracle"].is_null() => {
            return Outcome { differences: vec![], ..refused(&error) };
        }
        Err(error) => return refused(&error),
    };
    let (metadata, pixels) = match record["oracle"].as_str() {
        Some("gdal") => (metadata(&dataset, record), gdal_pixels(&dataset, record)),
        Some("tifffile") => (vec![], tifffile_pixels(&dataset, record)),
        // Nobody else reads it: an error or true pixels are both fine.
        _ => {
            let _ = dataset.read_dyn(&ReadRequest::new());
            (vec![], vec![])
        }
    };
    Outcome {
        opened: true,
        metadata: metadata.is_empty(),
        pixels: pixels.is_empty(),
        differences: metadata.into_iter().chain(pixels).collect(),
    }
}

fn refused(error: &memtiff::Error) -> Outcome {
    Outcome { differences: vec![format!("open: {error}")], ..Outcome::default() }
}

fn metadata(dataset: &Dataset, record: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |what: &str, ours: Value, truth: &Value| {
        if ours != *truth {
            differences.push(format!("{what}: {ours}, GDAL says {truth}"));
        }
    };
    let bounds = dataset.bounds();
    let dtypes: Vec<_> = dataset.dtypes().iter().map(|d| d.name()).collect();
    let nodata = |nodata: Option<Nodata>| nodata.map_or(Value::Null, |nodata| number(nodata.as_f64()));
    let nodatavals: Vec<_> = dataset.nodatavals().into_iter().map(nodata).collect();
    check("width", json!(dataset.width()), &record["width"]);
    check("height", json!(dataset.height()), &record["height"]);
    check("count", json!(dataset.count()), &record["count"]);
    check("dtypes", json!(dtypes), &record["dtypes"]);
    check("nodata", json!(nodatavals), &record["nodatavals"]);
    check("transform", json!(dataset.transform().to_array()), &record["transform"]);
    check("bounds", json!([bounds.left, bounds.bottom, bounds.right, bounds.top]), &record["bounds"]);
    check("block_shapes", json!(dataset.block_shapes()), &record["block_shapes"]);
    check("interleave", json!(dataset.interleave().to_string().to_uppercase()), &record["interleave"]);
    check("overviews", json!(dataset.overviews()), &record["overviews"][0]);
    check("compression", compression(dataset), &record["compression"]);
    if !record["photometric"].is_null() {
        check("photometric", json!(dataset.photometric().to_string().to_lowercase()), &record["photometric"]);
    }
    check("predictor", predictor(dataset, &record["predictor"]), &record["predictor"]);
    let colorinterp: Vec<_> = dataset.colorinterp().iter().map(ToString::to_string).collect();
    let flags = dataset.mask_flags();
    let flags: Vec<Vec<_>> =
        flags.iter().map(|flags| flags.iter().map(ToString::to_string).collect()).collect();
    let pages = dataset.page_count();
    let of_bands = |domain: &str| -> Value {
        (1..=dataset.count()).map(|band| short(dataset.band_tags(band, domain))).collect()
    };
    for (what, ours) in [
        ("files", json!(files(dataset))),
        ("descriptions", json!(dataset.descriptions())),
        ("units", json!(dataset.units())),
        ("scales", json!(dataset.scales())),
        ("offsets", json!(dataset.offsets())),
        ("colorinterp", json!(colorinterp)),
        ("mask_flags", json!(flags)),
        ("tags", short(Some(dataset.tags()))),
        ("band_tags", of_bands("")),
        ("band_structure", of_bands("IMAGE_STRUCTURE")),
        ("image_structure", items_in(dataset, "IMAGE_STRUCTURE")),
        ("namespaces", namespaces(dataset)),
        ("subdatasets", json!(if record["subdatasets"] == 0 && pages == 1 { 0 } else { pages })),
        ("gcps", gcps(dataset)),
        ("rpcs", rpcs(dataset)),
        ("colormap", colormap(dataset)),
    ] {
        // Not every collection of truths speaks of these.
        if let Some(truth) = record.get(what) {
            check(what, ours, &if what == "files" { sorted(truth) } else { truth.clone() });
        }
    }
    let epsg = dataset.crs().map(|crs| json!({ "epsg": crs.epsg() }));
    let truth = record["crs"].get("epsg").map(|epsg| json!({ "epsg": epsg }));
    check("crs", json!(epsg), &json!(truth));
    let epsg = dataset.gcps_crs().map(|crs| crs.epsg());
    check("gcps_crs", json!(epsg), &json!(record["gcps_crs"].get("epsg")));
    differences
}

/// Names of files, without their directory, in order.
fn files(dataset: &Dataset) -> Vec<String> {
    let files = dataset.files();
    let mut names: Vec<_> = files.iter().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn sorted(names: &Value) -> Value {
    let mut names: Vec<_> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    names.sort_unstable();
    json!(names)
}

/// Items as the truth has them: long values by their digest.
fn short(items: Option<&memtiff::Items>) -> Value {
    let value = |text: &String| {
        if text.chars().count() < 1000 { text.clone() } else { format!("sha256:{}", digest(text.as_bytes())) }
    };
    items.into_iter().flatten().map(|(name, text)| (name.clone(), json!(value(text)))).collect()
}

/// The truth does not hold a domain of XML documents, nor what the others make of the file.
fn namespaces(dataset: &Dataset) -> Value {
    let wanted =
        |domain: &String| !domain.is_empty() && domain != "IMAGE_STRUCTURE" && !domain.starts_with("xml:");
    let domains = dataset.tag_domains().into_iter().filter(wanted);
    domains
        .map(|domain| (domain.clone(), items_in(dataset, &domain)))
        .filter(|(_, items)| *items != json!({}))
        .collect()
}

fn items_in(dataset: &Dataset, domain: &str) -> Value {
    match dataset.tags_in(domain) {
        Ok(items) => short(Some(&items)),
        Err(error) => json!(error.to_string()),
    }
}

fn gcps(dataset: &Dataset) -> Value {
    match dataset.gcps() {
        Ok(gcps) => gcps.iter().map(|gcp| json!([gcp.row, gcp.col, gcp.x, gcp.y, gcp.z])).collect(),
        Err(error) => json!(error.to_string()),
    }
}

/// The numbers of the items, which GDAL rounds to 15 digits; units may stand behind them.
fn rpcs(dataset: &Dataset) -> Value {
    let Ok(Some(rpc)) = dataset.rpcs() else { return Value::Null };
    let items = dataset.tags_in("RPC").unwrap_or_default();
    let number = |text: &str| text.parse::<f64>().map_or(json!(text), |number| json!(number));
    let value = |(name, text): (&String, &String)| {
        let numbers = text.split_whitespace().map(number);
        let single = || text.split_whitespace().next().map_or(Value::Null, number);
        (name.to_lowercase(), if name.ends_with("_COEFF") { numbers.collect() } else { single() })
    };
    let mut rpcs: serde_json::Map<String, Value> = items.iter().map(value).collect();
    for error in ["err_bias", "err_rand"] {
        rpcs.entry(error).or_insert(Value::Null);
    }
    assert_eq!(rpcs["line_off"], json!(rpc.line_off));
    Value::Object(rpcs)
}

/// The digest of the colours as the truth writes them: JSON with a blank behind each comma.
fn colormap(dataset: &Dataset) -> Value {
    match dataset.colormap(1) {
        Ok(Some(colours)) => {
            let colours: Vec<_> =
                colours.iter().map(|[r, g, b, a]| format!("[{r}, {g}, {b}, {a}]")).collect();
            json!(digest(format!("[{}]", colours.join(", ")).as_bytes()))
        }
        Ok(None) => Value::Null,
        Err(error) => json!(error.to_string()),
    }
}

/// Numbers as the truth has them: what JSON cannot say as a string.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string().to_lowercase()) }
}

/// GDAL says nothing for uncompressed files.
fn compression(dataset: &Dataset) -> Value {
    let name = match (dataset.compression(), dataset.photometric()) {
        (memtiff::Compression::NONE, _) => return Value::Null,
        (memtiff::Compression::JPEG, Photometric::YCBCR) => "YCbCr JPEG".to_owned(),
        _ => dataset.compression_name(),
    };
    json!(name)
}

/// GDAL says nothing where the tag is missing, and for the older code of Deflate.
fn predictor(dataset: &Dataset, truth: &Value) -> Value {
    let old = dataset.compression() == memtiff::Compression::OLD_DEFLATE;
    match dataset.predictor() {
        Predictor::NONE if truth.is_null() => Value::Null,
        _ if old => truth.clone(),
        predictor => json!(predictor.0.to_string()),
    }
}

fn gdal_pixels(dataset: &Dataset, record: &Value) -> Vec<String> {
    // GDAL itself could not decode: whatever we give is fine.
    if record.get("pixels").is_some() {
        let _ = dataset.read_dyn(&ReadRequest::new());
        return vec![];
    }
    let mut differences = Vec::new();
    if record["lossy"] == true {
        differences.extend(lossy_pixels(dataset, record).err());
    }
    // Decoders of JPEG agree bit for bit; those of the other lossy methods may round differently.
    let is_exact =
        record["lossy"] != true || record["compression"].as_str().is_some_and(|c| c.contains("JPEG"));
    if is_exact && differences.is_empty() {
        differences.extend(stored_pixels(dataset, record));
    }
    differences.extend(masks(dataset, record));
    if let Some(truth) = record.get("rgb") {
        match dataset.read_rgba(&ReadRequest::new()).map(|rgba| band_digests(&DynArray::from(rgba))) {
            Ok(digests) if json!(digests[..3]) == *truth => {}
            Ok(_) => differences.push("rgb: other values than libtiff's".to_owned()),
            Err(error) => differences.push(format!("rgb: {error}")),
        }
    }
    differences
}

/// All bands, two windows of them, and the first band of each overview.
fn stored_pixels(dataset: &Dataset, record: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |what: String, request: &ReadRequest, truth: &Value| match dataset.read_dyn(request) {
        Ok(array) if json!(band_digests(&array)) == *truth => {}
        Ok(_) => differences.push(format!("{what}: other values than GDAL's")),
        Err(error) => differences.push(format!("{what}: {error}")),
    };
    check("pixels".to_owned(), &ReadRequest::new(), &record["bands"]);
    for window in record["windows"].as_array().into_iter().flatten() {
        let at = |i: usize| usize::try_from(window["window"][i].as_u64().unwrap()).unwrap();
        let wanted = Window::new(at(0), at(1), at(2), at(3));
        check(format!("window ({wanted})"), &ReadRequest::new().window(wanted), &window["bands"]);
    }
    for (level, overview) in record["overview_pixels"].as_array().into_iter().flatten().enumerate() {
        let request = ReadRequest::new().overview(level).bands([1]);
        check(format!("overview {level}"), &request, &json!([overview["band1"]]));
    }
    differences
}

/// The masks of all bands, that of the dataset, and that of the first band in each overview.
fn masks(dataset: &Dataset, record: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |what: String, ours: memtiff::Result<DynArray>, truth: &Value| match ours {
        Ok(array) if json!(band_digests(&array)) == *truth => {}
        Ok(_) => differences.push(format!("{what}: other values than GDAL's")),
        Err(error) => differences.push(format!("{what}: {error}")),
    };
    let all = ReadRequest::new();
    if let Some(truth) = record.get("masks") {
        check("masks".to_owned(), dataset.read_masks(&all).map(DynArray::from), truth);
    }
    if let Some(truth) = record.get("dataset_mask") {
        let mask = dataset.dataset_mask(&all).map(|mask| DynArray::from(mask.insert_axis(ndarray::Axis(0))));
        check("dataset_mask".to_owned(), mask, &json!([truth]));
    }
    for (level, overview) in record["overview_pixels"].as_array().into_iter().flatten().enumerate() {
        let request = ReadRequest::new().overview(level).bands([1]);
        if let Some(truth) = overview.get("mask1") {
            let mask = dataset.read_masks(&request).map(DynArray::from);
            check(format!("overview {level} mask"), mask, &json!([truth]));
        }
    }
    differences
}

/// Lossy pixels: within the tolerance of the reference array, where there is one.
fn lossy_pixels(dataset: &Dataset, record: &Value) -> Result<(), String> {
    let array = dataset.read_dyn(&ReadRequest::new()).map_err(|error| format!("pixels: {error}"))?;
    let Some(name) = record["reference"].as_str() else { return Ok(()) };
    let tolerance = record["max_abs_diff"].as_f64().expect("a tolerance stands beside each reference");
    let path = truth::corpus_folder().expect("lossy files are in the corpus").join("reference").join(name);
    let reference = npy_data(&std::fs::read(path).unwrap());
    let largest = match array {
        DynArray::Uint8(array) => largest_difference(&array, &reference),
        DynArray::Uint16(array) => largest_difference(&array, &reference),
        DynArray::Float32(array) => largest_difference(&array, &reference),
        other => return Err(format!("pixels: no reference of {}", other.data_type())),
    };
    if largest <= tolerance {
        Ok(())
    } else {
        Err(format!("pixels: differ by {largest}, {tolerance} is allowed"))
    }
}

/// The data of the first array in a compressed NumPy archive: a zip whose first entry is deflated NPY.
fn npy_data(npz: &[u8]) -> Vec<u8> {
    let word = |data: &[u8], at: usize| usize::from(u16::from_le_bytes([data[at], data[at + 1]]));
    assert_eq!(&npz[..4], b"PK\x03\x04");
    // Behind the fixed part of the entry's header stand its name and its extra fields.
    let start = 30 + word(npz, 26) + word(npz, 28);
    let npy = miniz_oxide::inflate::decompress_to_vec(&npz[start..]).expect("the entry is deflated");
    assert_eq!(&npy[..8], b"\x93NUMPY\x01\x00");
    npy[10 + word(&npy, 8)..].to_vec()
}

/// `truth` holds little-endian samples of the same type and shape.
fn largest_difference<T: Sample + Into<f64>>(ours: &Array3<T>, truth: &[u8]) -> f64 {
    assert_eq!(ours.len() * size_of::<T>(), truth.len());
    let little = |bytes: &[u8]| {
        let sample: T = bytemuck::pod_read_unaligned(bytes);
        if cfg!(target_endian = "big") { sample.swap_bytes() } else { sample }
    };
    let truth = truth.chunks_exact(size_of::<T>()).map(little);
    let difference = |(ours, truth): (&T, T)| {
        let (ours, truth): (f64, f64) = ((*ours).into(), truth.into());
        if ours == truth || (ours.is_nan() && truth.is_nan()) { 0.0 } else { (ours - truth).abs() }
    };
    ours.iter().zip(truth).map(difference).fold(0.0, |a, b| if a > b { a } else { b })
}

/// tifffile gives the first page as (row, column) or (row, column, sample).
fn tifffile_pixels(dataset: &Dataset, record: &Value) -> Vec<String> {
    let array = match dataset.read_dyn(&ReadRequest::new()) {
        Ok(array) => array,
        Err(error) => return vec![format!("pixels: {error}")],
    };
    let pixels = pixel_interleaved(&array);
    // What tifffile calls bool is a byte of 0 or 1.
    let dtype =
        if record["dtype"] == "bool" { "uint8" } else { record["dtype"].as_str().unwrap_or_default() };
    let same = digest(&pixels) == record["array"] && array.data_type().name() == dtype;
    if same { vec![] } else { vec!["pixels: other values than tifffile's".to_owned()] }
}

/// The bytes of an array, little-endian, band by band. Pairs of 16-bit integers become pairs of singles,
/// for NumPy has no others.
fn band_bytes(array: &DynArray) -> Vec<Vec<u8>> {
    if let DynArray::ComplexInt16(array) = array {
        return band_bytes(&DynArray::from(array.mapv(|v| Complex::new(f32::from(v.re), f32::from(v.im)))));
    }
    let size = array.data_type().size();
    let mut bytes = array.as_bytes().expect("reads give arrays in C order").to_vec();
    if cfg!(target_endian = "big") {
        let part = if array.data_type().name().starts_with("complex") { size / 2 } else { size };
        bytes.chunks_exact_mut(part).for_each(<[u8]>::reverse);
    }
    let [bands, rows, columns] = array.shape();
    assert_eq!(bytes.len(), bands * rows * columns * size);
    bytes.chunks_exact((rows * columns * size).max(1)).map(<[u8]>::to_vec).collect()
}

fn pixel_interleaved(array: &DynArray) -> Vec<u8> {
    let bands = band_bytes(array);
    let size = array.data_type().size();
    let pixels = bands[0].len() / size;
    (0..pixels).flat_map(|i| bands.iter().flat_map(move |band| band[i * size..][..size].to_vec())).collect()
}

pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One digest a band, as the truth has them.
pub fn band_digests(array: &DynArray) -> Vec<String> {
    band_bytes(array).iter().map(|band| digest(band)).collect()
}
