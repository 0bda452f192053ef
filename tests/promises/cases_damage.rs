//! Damaged data are an error or a warning, never other pixels in silence where the format can tell; data that decode to
//! nothing cost no time. GDAL's values are those of `testdata/damage.py`.

use std::time::{Duration, Instant};

use memtiff::{
    Compress, CreateOptions, DynArray, Error, ErrorKind, Limits, MemoryFile, ReadRequest, check, validate_cog,
};
use memtiff_tests::builder::{DATA, Field, handmade};
use memtiff_tests::truth;
use ndarray::array;
use serde_json::Value;
use sha2::{Digest, Sha256};

const SHORT: u16 = 3;
const LONG: u16 = 4;

fn testdata(name: &str) -> Vec<u8> {
    std::fs::read(truth::project().join("testdata").join(name)).unwrap()
}

fn read(bytes: Vec<u8>) -> memtiff::Result<(DynArray, Vec<Error>)> {
    let dataset = MemoryFile::from_bytes(bytes).open()?;
    let pixels = dataset.read_dyn(&ReadRequest::new())?;
    Ok((pixels, dataset.take_read_warnings()))
}

fn sha256(array: &DynArray) -> String {
    Sha256::digest(array.as_bytes().unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_gdal_reports_is_not_silent_and_fax_pixels_are_those_of_gdal() {
    let entries: Vec<Value> = serde_json::from_slice(&testdata("damage.json")).unwrap();
    assert!(entries.len() > 100);
    for entry in entries {
        let name = entry["file"].as_str().unwrap();
        let mut bytes = testdata(name);
        let (offset, byte) = (entry["offset"].as_u64().unwrap(), entry["byte"].as_u64().unwrap());
        bytes[usize::try_from(offset).unwrap()] = u8::try_from(byte).unwrap();
        let found = read(bytes);
        let is_silent = found.as_ref().is_ok_and(|(_, warnings)| warnings.is_empty());
        assert!(entry["status"] == "ok" || !is_silent, "{entry}");
        // Checksums tell of every change.
        assert!(!(name.contains("deflate") || name.contains("lerc")) || !is_silent, "{entry}");
        if name.contains("ccitt")
            && let (Ok((pixels, _)), Some(there)) = (&found, entry["sha256"].as_str())
        {
            assert_eq!(sha256(pixels), there, "{entry}");
        }
    }
}

#[test]
fn a_checksum_that_does_not_match_names_the_block() {
    let mut bytes = testdata("f32_deflate_p2_strip.tif");
    let dataset = MemoryFile::from_bytes(bytes.clone()).open().unwrap();
    let second = dataset.block_bytes(1, 1, 0).unwrap().unwrap();
    bytes[usize::try_from(second.end).unwrap() - 1] ^= 1;
    let error = read(bytes).unwrap_err();
    assert_eq!(
        (error.kind(), error.place().directory, error.place().chunk),
        (ErrorKind::Malformed, Some(0), Some(1))
    );
    assert!(error.to_string().contains("the checksum does not match"), "{error}");
}

#[test]
fn warnings_are_the_same_on_one_thread_and_many() {
    let mut bytes = testdata("u1_ccittfax4_tile.tif");
    let dataset = MemoryFile::from_bytes(bytes.clone()).open().unwrap();
    for (row, column) in [(0, 0), (0, 1), (1, 0)] {
        let block = dataset.block_bytes(1, row, column).unwrap().unwrap();
        // An end-of-line code in the first row.
        let at = usize::try_from(block.start).unwrap() + 1;
        bytes[at..at + 2].fill(0);
    }
    let dataset = MemoryFile::from_bytes(bytes).open().unwrap();
    let read = |parallel| {
        let _ = dataset.read_dyn(&ReadRequest::new().parallel(parallel));
        dataset.take_read_warnings()
    };
    let (serial, parallel) = (read(false), read(true));
    assert!(!serial.is_empty());
    assert_eq!(serial, parallel);
    assert!(dataset.take_read_warnings().is_empty());
}

/// Fields of an image of one strip.
fn strip(width: u64, height: u64, bits: u64, compression: u64, data: &[u8]) -> Vec<Field> {
    vec![
        (256, SHORT, vec![width]),
        (257, SHORT, vec![height]),
        (258, SHORT, vec![bits]),
        (259, SHORT, vec![compression]),
        (262, SHORT, vec![0]),
        (273, LONG, vec![DATA]),
        (278, SHORT, vec![height]),
        (279, LONG, vec![data.len() as u64]),
    ]
}

/// Horizontal modes with white and black runs of length 0 between others, as GDAL 3.12 reads them.
#[test]
fn fax_runs_of_length_0_do_not_end_a_row() {
    let data = [
        0x31, 0x93, 0x50, 0xdc, 0xd8, 0xc9, 0xa8, 0x6e, 0x4d, 0x43, 0x72, 0x6a, 0x0b, 0x93, 0x53, 0x26, 0xa1,
        0xb9, 0x35, 0x0d, 0xcf, 0x19, 0x98, 0x6e, 0x4d, 0x43, 0x72, 0x6a, 0x28, 0x00, 0x80, 0x08,
    ];
    let (pixels, warnings) = read(handmade(&strip(16, 4, 1, 4, &data), &data)).unwrap();
    let DynArray::Uint8(pixels) = pixels else { panic!("{}", pixels.data_type()) };
    let expected = array![[
        [0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    ]];
    assert_eq!((pixels, warnings), (expected, vec![]));
}

#[test]
fn streams_that_decode_to_nothing_cost_no_time() {
    const CHUNKS: u64 = 2500;
    const BYTES: usize = 4 << 20;
    // Clear codes of LZW (9 bits: 100000000, eight of them in nine bytes); empty stored blocks of Deflate; frames and blocks of
    // ZSTD without content; PackBits that says "no operation".
    let mut lzw = Vec::new();
    while lzw.len() < BYTES {
        let codes = (0..8).fold(0_u128, |bits, _| bits << 9 | 256) << 56;
        lzw.extend_from_slice(&codes.to_be_bytes()[..9]);
    }
    let repeated = |head: &[u8], part: &[u8]| [head, &part.repeat(BYTES / part.len())].concat();
    let deflate = repeated(&[0x78, 0x9c], &[0, 0, 0, 0xff, 0xff]);
    let frames = repeated(&[], &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0]);
    let blocks = repeated(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58], &[0, 0, 0]);
    let packbits = vec![0x80; BYTES];
    let methods = [(5, &lzw), (8, &deflate), (50000, &frames), (50000, &blocks), (32773, &packbits)];
    for (compression, data) in methods {
        let mut fields = strip(64, CHUNKS, 8, compression, data);
        fields[5].2 = vec![DATA * 16; CHUNKS as usize];
        fields[6].2 = vec![1];
        fields[7].2 = vec![data.len() as u64; CHUNKS as usize];
        let file = [handmade_far(&fields), data.to_vec()].concat();
        let start = Instant::now();
        let error = read(file).unwrap_err();
        assert_eq!(error.place().chunk, Some(0), "{error}");
        assert!(start.elapsed() < Duration::from_secs(2), "{compression}: {:?}", start.elapsed());
    }
}

/// As [`handmade`], with data at 16 times its place; the tables stand before.
fn handmade_far(fields: &[Field]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((fields.len() as u16).to_le_bytes());
    let mut tables = Vec::new();
    let behind = 8 + 2 + 12 * fields.len() + 4;
    for (tag, kind, values) in fields {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend((values.len() as u32).to_le_bytes());
        let value = if values.len() == 1 { values[0] as u32 } else { (behind + tables.len()) as u32 };
        file.extend(value.to_le_bytes());
        if values.len() > 1 {
            tables.extend(values.iter().flat_map(|value| (*value as u32).to_le_bytes()));
        }
    }
    file.extend([0; 4]);
    file.extend(tables);
    assert!(file.len() as u64 <= DATA * 16);
    file.resize(DATA as usize * 16, 0);
    file
}

#[test]
fn geokeys_that_share_all_doubles_cost_no_time() {
    let keys = 65_535_u64;
    let mut directory = vec![1, 1, 0, keys];
    directory.extend((0..keys).flat_map(|key| [key, 34736, keys, 0]));
    let doubles = vec![0_u8; 8 * keys as usize];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let behind = 8 + 2 + 12 * 10 + 4;
    let doubles_at = behind + 2 * directory.len() as u32;
    let fields: [(u16, u16, u32, u32); 10] = [
        (256, 3, 1, 1),
        (257, 3, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (278, 3, 1, 1),
        (279, 4, 1, 1),
        (34735, 3, directory.len() as u32, behind),
        (34736, 12, keys as u32, doubles_at),
    ];
    file.extend(10_u16.to_le_bytes());
    for (tag, kind, count, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(directory.iter().flat_map(|value| (*value as u16).to_le_bytes()));
    file.extend(doubles);
    let start = Instant::now();
    let dataset = MemoryFile::from_bytes(file).open().unwrap();
    let warnings = dataset.warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert!(warnings.iter().any(|text| text.contains("no more values than their tags have")), "{warnings:?}");
}

/// Streams of one size in chunks of another: GDAL refuses those of WebP; it reads no TIFF with the others.
#[test]
fn an_image_of_another_size_than_its_block_is_refused() {
    for (name, bits, samples) in
        [("u8_rgb_webp_tile.tif", 8, 3), ("u16_jxl_tile.tif", 16, 1), ("u16_rgb_jpeg2000_tile.tif", 16, 3)]
    {
        let bytes = testdata(name);
        let dataset = MemoryFile::from_bytes(bytes.clone()).open().unwrap();
        let block = dataset.block_bytes(1, 0, 0).unwrap().unwrap();
        let data = &bytes[block.start as usize..block.end as usize];
        let (rows, columns) = dataset.block_shapes()[0];
        let compression = dataset.compression().0.into();
        let read = |rows: usize, columns: usize| {
            let fields: Vec<Field> = vec![
                (256, SHORT, vec![columns as u64]),
                (257, SHORT, vec![rows as u64]),
                (258, SHORT, vec![bits; if samples == 1 { 1 } else { 3 }]),
                (259, SHORT, vec![compression]),
                (262, SHORT, vec![if samples == 1 { 1 } else { 2 }]),
                (277, SHORT, vec![samples]),
                (322, SHORT, vec![columns as u64]),
                (323, SHORT, vec![rows as u64]),
                (324, LONG, vec![DATA]),
                (325, LONG, vec![data.len() as u64]),
            ];
            read(handmade(&fields, data))
        };
        assert!(read(rows, columns).is_ok(), "{name}");
        for (rows, columns) in [(rows, columns - 16), (rows - 16, columns), (rows + 16, columns)] {
            if rows > 0 && columns > 0 {
                let error = read(rows, columns).unwrap_err().to_string();
                assert!(error.contains("another size than the chunk"), "{name}: {error}");
            }
        }
    }
}

#[test]
fn a_small_limit_stops_jpeg_xl_with_the_kind_limit() {
    let file = MemoryFile::from_bytes(testdata("u16_jxl_tile.tif"));
    let mut refused = 0;
    for memory in (8..200).map(|kib| kib << 10) {
        let dataset = file.open_with(Limits::default().with_memory(memory)).unwrap();
        if let Err(error) = dataset.read_dyn(&ReadRequest::new().parallel(false)) {
            assert_eq!(error.kind(), ErrorKind::Limit, "{memory}: {error}");
            refused += 1;
        }
    }
    assert!(refused > 0, "{refused}");
}

#[test]
fn blocks_outside_the_file_are_found() {
    let bytes = testdata("u16_lzma_tile.tif");
    let whole = check(&bytes, &Limits::default()).unwrap();
    assert!(whole.iter().all(|violation| violation.requirement.id != "G28"), "{whole:?}");
    let dataset = MemoryFile::from_bytes(bytes.clone()).open().unwrap();
    let blocks = dataset.block_windows(1).unwrap().map(|((row, column), _)| (row, column));
    let last =
        blocks.filter_map(|(row, column)| dataset.block_bytes(1, row, column).unwrap()).max_by_key(|r| r.end);
    let end = usize::try_from(last.unwrap().end).unwrap();
    let cut = &bytes[..end - 1];
    let found = check(cut, &Limits::default()).unwrap();
    assert!(found.iter().any(|violation| violation.requirement.id == "G28"), "{found:?}");
    let found = validate_cog(cut, &Limits::default()).unwrap();
    let outside =
        found.iter().any(|finding| !finding.is_warning && finding.message.contains("lies outside the file"));
    assert!(outside, "{found:?}");
}

/// The blobs are those that GDAL 3.12 (Esri's encoder) writes of the same pixels.
#[test]
fn lerc_holds_infinities() {
    let inf = f32::INFINITY;
    let mixed = "4c657263322004000000042cce700200000004000000010000000700000008000000700000000600000000000000000000000000\
                 00000000f0ff000000000000f07f050000000100f70080000080ff0000807f010000803f0000807f000080ff0000e040000020400000404000000000";
    let constant = "4c657263322004000000004106730200000003000000010000000600000008000000460000000600000000000000000000000000\
                    00000000f07f000000000000f07f00000000";
    let cases = [
        (array![[[1.0, inf, -inf, 7.0], [f32::NAN, 2.5, 3.0, 0.0]]], mixed),
        (array![[[inf, inf, inf], [inf, inf, inf]]], constant),
    ];
    for (pixels, blob) in cases {
        let options =
            CreateOptions::new().width(pixels.dim().2).height(2).count(1).dtype(memtiff::DataType::Float32);
        let mut file = MemoryFile::new();
        let mut writer = file.create(options.compress(Compress::Lerc)).unwrap();
        writer.write(&pixels).unwrap();
        writer.close().unwrap();
        let dataset = file.open().unwrap();
        let block = dataset.block_bytes(1, 0, 0).unwrap().unwrap();
        let hex: String = dataset.bytes()[block.start as usize..block.end as usize]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, blob);
        let found = dataset.read::<f32>().unwrap();
        let same = |(a, b): (&f32, &f32)| a == b || (a.is_nan() && b.is_nan());
        assert!(found.iter().zip(&pixels).all(same), "{found}");
    }
}

/// GDAL: Bad value 7 for "SampleFormat" tag.
#[test]
fn an_unknown_sample_format_is_named() {
    let mut bytes = testdata("f16_lzw_p2_tile_overviews.tif");
    let entry = [0x53, 1, 3, 0, 1, 0, 0, 0, 3, 0];
    let at = bytes.windows(entry.len()).position(|part| part == entry).unwrap();
    bytes[at + 8] = 7;
    let error = MemoryFile::from_bytes(bytes).open().unwrap_err().to_string();
    assert!(error.contains("SampleFormat: 1 to 6 expected, 7 found"), "{error}");
    assert!(!error.contains("BitsPerSample"), "{error}");
}
