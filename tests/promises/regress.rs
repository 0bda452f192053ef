//! One test for each defect that was found, named after it.

use memtiff::{DynArray, ErrorKind, Limits, MemoryFile, ReadRequest, Window};
use memtiff_tests::builder::{DATA, Field, handmade};

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// The fields of an 8 x 4 image of bytes in one strip, with those of `others` instead of its own.
fn fields(others: &[Field]) -> Vec<Field> {
    let mut fields = vec![
        (256, SHORT, vec![8]),
        (257, SHORT, vec![4]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![1]),
        (262, SHORT, vec![1]),
        (273, LONG, vec![DATA]),
        (278, SHORT, vec![4]),
        (279, LONG, vec![32]),
    ];
    for other in others {
        fields.retain(|field| field.0 != other.0);
        fields.push(other.clone());
    }
    fields.sort_by_key(|field| field.0);
    fields
}

fn pixels() -> Vec<u8> {
    (1..=32).collect()
}

fn read(others: &[Field], data: &[u8]) -> memtiff::Result<Vec<u8>> {
    let dataset = MemoryFile::from_bytes(handmade(&fields(others), data)).open()?;
    match dataset.read_dyn(&ReadRequest::new())? {
        DynArray::Uint8(array) => Ok(array.into_iter().collect()),
        other => panic!("{}", other.data_type()),
    }
}

#[test]
fn a_single_strip_is_as_long_as_the_image_whatever_the_file_says() {
    for len in [0, 5, 31, 33, 1_000_000] {
        assert_eq!(read(&[(279, LONG, vec![len])], &pixels()).unwrap(), pixels(), "length {len}");
    }
}

#[test]
fn a_single_compressed_strip_of_length_0_runs_to_the_end() {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&pixels(), 6);
    let others = [(259, SHORT, vec![8]), (279, LONG, vec![0])];
    assert_eq!(read(&others, &packed).unwrap(), pixels());
}

#[test]
fn tables_that_end_early_leave_chunks_out() {
    let others = [(273, LONG, vec![DATA, DATA + 8]), (278, SHORT, vec![1]), (279, LONG, vec![8, 8])];
    let mut expected = pixels()[..16].to_vec();
    expected.resize(32, 0);
    assert_eq!(read(&others, &pixels()).unwrap(), expected);
}

#[test]
fn predictor_3_is_for_floats() {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&pixels(), 6);
    let error = read(&[(259, SHORT, vec![8]), (317, SHORT, vec![3])], &packed).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("predictor 3 on samples of unsigned integer"), "{error}");
}

#[test]
fn formats_that_mean_nothing_are_refused() {
    for (format, kind) in [(0, ErrorKind::Malformed), (3, ErrorKind::Unsupported), (99, ErrorKind::Malformed)]
    {
        let error = read(&[(339, SHORT, vec![format])], &pixels()).unwrap_err();
        assert_eq!(error.kind(), kind, "format {format}");
    }
}

#[test]
fn two_values_for_three_samples_are_refused() {
    let error = read(&[(258, SHORT, vec![8, 8]), (277, SHORT, vec![3])], &pixels()).unwrap_err();
    assert!(error.to_string().contains("one, or one for each sample expected, 2 found"), "{error}");
    assert!(error.to_string().contains("tag 258 BitsPerSample"), "{error}");
}

#[test]
fn no_band_at_all_is_wrong_use() {
    let dataset = MemoryFile::from_bytes(handmade(&fields(&[]), &pixels())).open().unwrap();
    let error = dataset.read_with::<u8>(&ReadRequest::new().bands([])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn memory_that_the_machine_refuses_is_an_error() {
    let side = (1 << 31) - 1;
    let tile = 2_000_000_000;
    let others = [
        (256, LONG, vec![side]),
        (257, LONG, vec![side]),
        // ZSTD, which may make this much of a few bytes.
        (259, SHORT, vec![50000]),
        (322, LONG, vec![tile]),
        (323, LONG, vec![tile]),
        (324, LONG, vec![DATA; 4]),
        (325, LONG, vec![10; 4]),
    ];
    let file = MemoryFile::from_bytes(handmade(&fields(&others), &pixels()));
    let dataset = file.open_with(Limits::none()).unwrap();
    let error = dataset.read_window::<u8>(Window::new(0, 1_999_999_999, 1, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[test]
fn a_first_directory_at_0_is_damage_and_not_a_short_file() {
    let error = MemoryFile::from_bytes(&b"II*\0\0\0\0\0"[..]).open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.needed(), None);
}

/// Found by fuzzing: windows of it did not hold what the whole held.
#[test]
fn chroma_is_not_looked_for_in_an_image_of_one_sample() {
    let others = [(262, SHORT, vec![6]), (530, SHORT, vec![2, 2])];
    assert_eq!(read(&others, &pixels()).unwrap(), pixels());
}

/// Every chunk but the first row's is small and far right: what is decoded of it must not be all of it.
#[test]
fn a_wide_tile_is_decoded_to_the_last_wanted_sample_only() {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&pixels()[..8], 6);
    let others = [
        (257, SHORT, vec![1]),
        (259, SHORT, vec![8]),
        (322, LONG, vec![1 << 30]),
        (323, LONG, vec![1]),
        (324, LONG, vec![DATA]),
        (325, LONG, vec![packed.len() as u64]),
    ];
    // The stream holds eight of the 2^30 samples; only eight are wanted.
    assert_eq!(read(&others, &packed).unwrap(), &pixels()[..8]);
}
