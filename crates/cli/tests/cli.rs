//! The program from the outside: what it prints, where, and its exit codes.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn testdata(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    folder.join(name).display().to_string()
}

fn memtiff(arguments: &[&str]) -> Output {
    memtiff_fed(arguments, b"")
}

/// Runs the program with `input` on its standard input.
fn memtiff_fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memtiff"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that stops before it has read everything closes the pipe: no concern of this side.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn info(arguments: &[&str]) -> Value {
    let output = memtiff(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The expected values are those that rasterio's `rio info` prints for this file.
#[test]
fn info_has_the_keys_and_values_of_rio_info() {
    let ours = info(&["info", &testdata("utm33_rgb_u16.tif"), "--json"]);
    let rio = json!({
        "blockxsize": 32, "blockysize": 32, "bounds": [399960.0, 5899240.0, 400960.0, 5900040.0],
        "compress": "deflate", "count": 3, "crs": "EPSG:32633", "driver": "GTiff", "dtype": "uint16",
        "height": 80, "indexes": [1, 2, 3], "interleave": "pixel", "nodata": 0.0, "res": [10.0, 10.0],
        "shape": [80, 100], "tiled": true,
        "transform": [10.0, 0.0, 399960.0, 0.0, -10.0, 5900040.0, 0.0, 0.0, 1.0], "width": 100,
    });
    for (key, value) in rio.as_object().unwrap() {
        assert_eq!(ours[key], *value, "{key}");
    }
    assert_eq!(ours["dtypes"], json!(["uint16", "uint16", "uint16"]));
    assert_eq!(ours["block_shapes"], json!([[32, 32], [32, 32], [32, 32]]));
    assert_eq!(ours["overviews"], json!([2, 4]));
    assert_eq!(ours["photometric"], "rgb");
    assert_eq!(ours["predictor"], 2);
    assert_eq!(ours["byte_order"], "little");
    assert_eq!(ours["bigtiff"], false);
    assert_eq!(ours["warnings"], json!([]));
}

#[test]
fn info_says_in_strings_what_json_cannot_say() {
    let ours = info(&["info", "--json", &testdata("f64_lzw_p3_tile_big.tif")]);
    assert_eq!(ours["nodata"], "nan");
    assert_eq!(ours["byte_order"], "big");
}

#[test]
fn info_for_people_has_a_line_for_each_key() {
    let output = memtiff(&["info", &testdata("u8_none_strip.tif")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("crs           none\n"), "{text}");
    assert!(text.contains("compress      none\n"), "{text}");
}

#[test]
fn standard_input_and_output_stand_in_for_files() {
    let data = std::fs::read(testdata("utm33_rgb_u16.tif")).unwrap();
    let arguments = ["read", "-", "-o", "-", "--bands", "3,1", "--window", "10,20,4,2"];
    let output = memtiff_fed(&arguments, &data);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (header, samples) = output.stdout.split_at(128);
    assert!(header.starts_with(b"\x93NUMPY\x01\x00"));
    let header = String::from_utf8_lossy(&header[10..]);
    let order = if cfg!(target_endian = "big") { '>' } else { '<' };
    let expected = format!("{{'descr': '{order}u2', 'fortran_order': False, 'shape': (2, 2, 4), }}");
    assert_eq!(header.trim_end(), expected);
    assert!(header.ends_with('\n'));
    assert_eq!(samples.len(), 2 * 2 * 4 * 2);
}

/// The samples in the file are those of which the manifest has the digest.
#[test]
fn read_writes_the_pixels_that_the_reference_reads() {
    let out = std::env::temp_dir().join(format!("memtiff-cli-{}.npy", std::process::id()));
    let out_name = out.display().to_string();
    let output = memtiff(&["read", &testdata("i32_lzw_tile_band_rotated.tif"), "-o", &out_name]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let npy = std::fs::read(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    let truth = std::fs::read_to_string(testdata("expected.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    let record = &truth["files"]["i32_lzw_tile_band_rotated.tif"];
    let bands = record["bands"].as_array().unwrap();
    let samples = &npy[128..];
    for (band, truth) in samples.chunks(samples.len() / bands.len()).zip(bands) {
        use sha2::Digest;
        let digest: String = sha2::Sha256::digest(band).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(json!(digest), *truth);
    }
}

#[test]
fn bad_data_is_one_line_and_code_1() {
    let data = std::fs::read(testdata("utm33_rgb_u16.tif")).unwrap();
    for (input, says) in [
        (&b""[..], "standard input: not a TIFF: the input is empty"),
        (b"GARBAGE", "not a TIFF: the file begins with [47, 41, 52, 42]"),
        (b"GIF89a", "not a TIFF: this is a GIF image"),
        (&data[..300], "truncated: needs bytes"),
    ] {
        let output = memtiff_fed(&["info", "-"], input);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("memtiff: ") && stderr.contains(says), "{stderr}");
        assert_eq!(stderr.lines().count(), 1);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn wrong_use_is_code_2() {
    let file = testdata("utm33_rgb_u16.tif");
    for (arguments, says) in [
        (&["info", "no-such-file.tif"][..], "cannot read no-such-file.tif"),
        (&["read", &file, "-o", &file], "is the input"),
        (&["read", &file, "-o", "-", "--bands", "1,"], "--bands"),
        (&["read", &file], "--output"),
        (&["read", &file, "-o", "-", "--bands", "4"], "band 4 asked for, the file has bands 1 to 3"),
        (&["read", &file, "-o", "-", "--window", "1,2,3"], "COL,ROW,WIDTH,HEIGHT"),
        (&["read", &file, "-o", "-", "--window", "90,0,20,10"], "not inside the image"),
        (&["nonsense"], "nonsense"),
    ] {
        let output = memtiff(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn what_cannot_be_written_is_code_1_and_leaves_no_half_file() {
    let out = std::env::temp_dir().join("memtiff-no-such-folder/out.npy");
    let output = memtiff(&["read", &testdata("u8_none_1x1.tif"), "-o", &out.display().to_string()]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write"), "{stderr}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memtiff"));
    command.args(["read", &testdata("utm33_rgb_u16.tif"), "-o", "-"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn pages_overviews_and_masks_are_read() {
    let shape = |arguments: &[&str]| {
        let output = memtiff(&[&["read", "-o", "-"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let header = String::from_utf8_lossy(&output.stdout[10..128]).into_owned();
        (header.split("'shape': ").nth(1).unwrap().split(", }").next().unwrap().to_owned(), output.stdout)
    };
    let pages = testdata("i16_lzw_strip_two_pages.tif");
    assert_eq!(info(&["info", "--json", &pages])["pages"], 2);
    assert_eq!(info(&["info", "--json", "--page", "1", &pages])["shape"], json!([29, 37]));
    assert_eq!(shape(&["--page", "1", &pages]).0, "(1, 29, 37)");
    let utm33 = testdata("utm33_rgb_u16.tif");
    assert_eq!(shape(&["--overview", "1", &utm33]).0, "(3, 20, 25)");
    let (mask_shape, mask) = shape(&["--mask", &utm33]);
    assert_eq!(mask_shape, "(1, 80, 100)");
    assert!(mask[128..].iter().all(|valid| matches!(valid, 0 | 255)));
    let described = info(&["info", "--json", &testdata("u8_rgb_deflate_tile_mask.tif")]);
    assert_eq!(described["mask_flags"], json!([["per_dataset"], ["per_dataset"], ["per_dataset"]]));
    assert_eq!(described["colorinterp"], json!(["red", "green", "blue"]));
}

/// The expected values are those that `rio bounds --bbox` prints, in the CRS of the file, in WGS 84 and in Web Mercator.
#[cfg(feature = "proj")]
#[test]
fn bounds_are_those_of_rio_bounds() {
    let file = testdata("utm33_rgb_u16.tif");
    let near = |ours: &Value, truth: [f64; 4], tolerance: f64| {
        let ours: Vec<f64> = ours.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
        assert!(ours.iter().zip(truth).all(|(ours, truth)| (ours - truth).abs() < tolerance), "{ours:?}");
    };
    near(&info(&["bounds", &file]), [399_960.0, 5_899_240.0, 400_960.0, 5_900_040.0], 1e-9);
    let wgs84 = [13.500940412107505, 53.23301202081058, 13.516168156630055, 53.24038827163738];
    near(&info(&["bounds", &file, "--crs", "EPSG:4326"]), wgs84, 1e-9);
    let mercator = [1_502_917.8119061366, 7_026_215.682241741, 1_504_612.9566723166, 7_027_587.622055112];
    near(&info(&["bounds", &file, "--crs", "epsg:3857"]), mercator, 1e-6);
    let feature = info(&["bounds", &file, "--geojson"]);
    assert_eq!((&feature["type"], &feature["geometry"]["type"]), (&json!("Feature"), &json!("Polygon")));
    near(&feature["bbox"], wgs84, 1e-9);
    assert_eq!(feature["geometry"]["coordinates"][0].as_array().unwrap().len(), 5);
    assert_eq!(memtiff(&["bounds", &file, "--crs", "EPSG:1"]).status.code(), Some(2));
}

#[test]
fn the_crs_is_shown_as_wkt() {
    let output = memtiff(&["info", "--wkt", &testdata("utm33_rgb_u16.tif")]);
    assert!(
        output.stdout.starts_with(b"PROJCRS[\"WGS 84 / UTM zone 33N\",") && output.stdout.ends_with(b"]\n")
    );
    let none = memtiff(&["info", "--wkt", &testdata("u8_cmyk_none_strip.tif")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no CRS"));
}

#[test]
fn a_check_ends_with_1_where_a_requirement_is_not_met() {
    let good = memtiff(&["check", &testdata("utm33_rgb_u16.tif")]);
    assert!(good.status.success() && good.stdout.is_empty());
    let mut bytes = std::fs::read(testdata("utm33_rgb_u16.tif")).unwrap();
    let raster_type = [1025_u16, 0, 1, 1].map(u16::to_le_bytes).concat();
    let at = bytes.windows(8).position(|window| window == raster_type).unwrap();
    bytes[at + 6] = 9;
    let bad = memtiff_fed(&["check", "-"], &bytes);
    assert_eq!(bad.status.code(), Some(1));
    let told = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(told.starts_with("G11 ") && told.contains("tag 34735") && told.lines().count() == 1, "{told}");
    let list = memtiff(&["check", "--list"]);
    assert_eq!(String::from_utf8_lossy(&list.stdout).lines().count(), 28);
}

/// `rio info` and `rasterio` say the same of these files (`testdata/sidecars/expected.json`).
#[test]
fn files_beside_count_and_members_of_archives_open() {
    let told = info(&["info", "--json", &testdata("sidecars/masked.tif")]);
    assert_eq!(
        told["files"],
        json!(["masked.tif", "masked.tif.ovr", "masked.tif.msk", "masked.tif.msk.ovr"])
    );
    assert_eq!((&told["overviews"], &told["mask_flags"][0]), (&json!([2, 4]), &json!(["per_dataset"])));
    let member = info(&["info", "--json", &testdata("sidecars/archive.zip/scenes/masked.tif")]);
    assert_eq!(member["mask_flags"], told["mask_flags"]);
    let inner = info(&["info", "--json", &testdata("sidecars/archive.zip/inner.zip/world.tif")]);
    assert_eq!(inner["files"], json!(["world.tif", "world.tfw"]));

    let output = memtiff(&["info", &testdata("sidecars/archive.zip/missing.tif")]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("archive.zip: wrong use: the archive has no member \"missing.tif\""),
        "{message}"
    );
}

fn lines(arguments: &[&str]) -> Vec<Value> {
    let output = memtiff(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The numbers are those of rasterio 1.5.2 (GDAL 3.12.2).
#[test]
fn stats_and_sample_say_what_rasterio_says() {
    let file = testdata("utm33_rgb_u16.tif");
    let stats = lines(&["stats", "--json", "--histogram", "4", &file]);
    assert_eq!(stats.len(), 3);
    assert_eq!((&stats[0]["min"], &stats[0]["max"]), (&json!(2910.0), &json!(33630.0)));
    assert_eq!(stats[1]["mean"], 22_065.245_205_303_127);
    let counts: u64 = stats[0]["histogram"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(json!(counts), stats[0]["valid_count"]);
    let text = memtiff(&["stats", "--bands", "3", &file]).stdout;
    assert!(String::from_utf8(text).unwrap().starts_with("band 3: min 11520, max 42480"));

    let points = ["400000", "5900000", "0", "0"];
    let sample = lines(&[&["sample", "--own", "--bands", "3,1", &file], &points[..]].concat());
    assert_eq!(sample, [json!([18_465, 8070]), json!(null)]);
    let same = lines(&[&["sample", "--crs", "EPSG:32633", "--bands", "3,1", &file], &points[..]].concat());
    assert_eq!(same, sample);
    assert_eq!(memtiff(&["sample", &file, "1"]).status.code(), Some(2));
    assert_eq!(memtiff(&["sample", &file, "1", "2", "3"]).status.code(), Some(2));
}

#[test]
fn previews_are_pictures_of_the_size_that_was_asked_for() {
    let decode = |arguments: &[&str]| {
        let output = memtiff(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut reader = png::Decoder::new(std::io::Cursor::new(output.stdout)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Rgba, png::BitDepth::Eight));
        ((frame.width, frame.height), pixels)
    };
    let (size, pixels) = decode(&["preview", &testdata("utm33_rgb_u16.tif"), "-", "--max", "50"]);
    assert_eq!((size, pixels.len()), ((50, 40), 50 * 40 * 4));
    // Smaller than it may be: as it is. A palette's colours are its own.
    let (size, pixels) = decode(&["preview", &testdata("u8_packbits_strip_palette.tif"), "-"]);
    assert_eq!(pixels.len(), (size.0 * size.1 * 4) as usize);
    let (_, viridis) = decode(&[
        "preview",
        &testdata("f32_lerc_tile_nan.tif"),
        "-",
        "--colormap",
        "viridis",
        "--stretch",
        "0,100",
    ]);
    // NaN is transparent; the largest value is the last colour.
    assert!(viridis.chunks(4).any(|pixel| pixel[3] == 0));
    assert!(viridis.chunks(4).any(|pixel| pixel == [253, 231, 37, 255]));
    assert_eq!(
        memtiff(&["preview", &testdata("utm33_rgb_u16.tif"), "-", "--bands", "1,2"]).status.code(),
        Some(2)
    );
}

#[test]
fn read_resamples_converts_and_fills() {
    let file = testdata("utm33_rgb_u16.tif");
    let read = |arguments: &[&str]| {
        let output = memtiff(&[&["read", &file, "-o", "-"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout[128..].to_vec()
    };
    let shorts = |bytes: Vec<u8>| -> Vec<u16> {
        bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect()
    };
    let average = ["--bands", "1", "--shape", "2,3", "--resampling", "average"];
    assert_eq!(shorts(read(&average)), [11272, 15655, 19520, 16950, 21093, 24887]);
    let outside = ["--bands", "1", "--window", "-2,-2,2,2", "--boundless", "--fill", "7"];
    assert_eq!(shorts(read(&outside)), [7; 4]);
    assert_eq!(read(&["--bands", "1", "--window", "0,0,3,3", "--dtype", "uint8"]).len(), 9);
    assert!(!shorts(read(&["--masked", "--fill", "9"])).contains(&0));
    let output = memtiff(&["read", &file, "-o", "-", "--resampling", "best"]);
    assert_eq!(output.status.code(), Some(2));
}

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn succeed(arguments: &[&str]) -> String {
    let output = memtiff(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn files_are_converted_edited_and_validated() {
    let folder = folder("converted");
    let path = |name: &str| folder.join(name).display().to_string();
    let scene = testdata("utm33_rgb_u16.tif");
    let part = path("part.tif");
    succeed(&[
        "convert",
        &scene,
        &part,
        "--bands",
        "3,1",
        "--window",
        "10,20,40,30",
        "--co",
        "COMPRESS=ZSTD",
        "--tag",
        "A=b",
    ]);
    let found = info(&["info", "--json", &part]);
    assert_eq!(
        (&found["width"], &found["count"], &found["compress"]),
        (&json!(40), &json!(2), &json!("zstd"))
    );
    assert_eq!(found["transform"], json!([10.0, 0.0, 400_060.0, 0.0, -10.0, 5_899_840.0, 0.0, 0.0, 1.0]));
    assert_eq!(found["tags"]["A"], "b");

    let bytes = path("bytes.tif");
    succeed(&["convert", &scene, &bytes, "--dtype", "uint8", "--scale", "0,1000,0,255", "--nodata", "none"]);
    let found = info(&["info", "--json", &bytes]);
    assert_eq!((&found["dtype"], &found["nodata"]), (&json!("uint8"), &Value::Null));

    let cog = path("cog.tif");
    succeed(&["cog", &scene, &cog, "--co", "BLOCKSIZE=32", "--co", "OVERVIEWS=IGNORE_EXISTING"]);
    assert_eq!(succeed(&["validate", "--strict", &cog]), "");
    succeed(&["edit", &cog, "--crs", "EPSG:32634", "--description", "1=red", "--tag", "WHO=me"]);
    succeed(&["overviews", &cog, "16", "--resampling", "average"]);
    assert_eq!(succeed(&["validate", "--strict", &cog]), "", "a COG stays one");
    std::fs::write(format!("{cog}.ovr"), "").unwrap();
    let beside = memtiff(&["validate", &cog]);
    assert_eq!(beside.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&beside.stdout).contains("overviews belong into the file"));
    std::fs::remove_file(format!("{cog}.ovr")).unwrap();
    let found = info(&["info", "--json", &cog]);
    assert_eq!((&found["crs"], &found["tags"]["WHO"]), (&json!("EPSG:32634"), &json!("me")));

    let plain = memtiff(&["validate", &scene]);
    assert_eq!(plain.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&plain.stdout).contains("the smaller image comes first"));
    succeed(&["overviews", &cog, "--remove", "-o", &path("without.tif")]);
    assert_eq!(info(&["info", "--json", &path("without.tif")])["overviews"], json!([]));
}

/// What fails leaves nothing behind, and what was there as it was.
#[test]
fn a_failed_command_leaves_no_half_file() {
    let folder = folder("failed");
    let target = folder.join("out.tif");
    let out = target.display().to_string();
    let scene = testdata("utm33_rgb_u16.tif");
    for arguments in [
        &["convert", scene.as_str(), out.as_str(), "--co", "COMPRESS=SMALL"][..],
        &["convert", &scene, &out, "--co", "COMPRESSION=ZSTD"],
        &["convert", &scene, &out, "--dtype", "uint8", "--nodata", "300"],
        &["convert", &scene, &out, "--window", "90,0,20,20"],
        &["cog", &scene, &out, "--co", "TARGET_SRS=EPSG:3857"],
    ] {
        let output = memtiff(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{arguments:?}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{arguments:?}");
    }
    std::fs::copy(&scene, &target).unwrap();
    let before = std::fs::read(&target).unwrap();
    let output = memtiff(&["edit", &out, "--nodata=-1"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(&target).unwrap(), before);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}
