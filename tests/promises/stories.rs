//! The stories that memtiff exists for, from the outside.

use std::io::{Read, Seek, SeekFrom, Write};
use std::thread;

use memtiff::{Bytes, Dataset, ErrorKind, MemoryFile, ReadRequest, Window};
use memtiff_tests::truth;

const NAME: &str = "utm33_rgb_u16.tif";

fn data() -> Vec<u8> {
    truth::testdata().bytes(NAME)
}

fn assert_is_the_file(dataset: &Dataset) {
    let digests = memtiff_tests::compare::band_digests(&dataset.read_dyn(&ReadRequest::new()).unwrap());
    assert_eq!(serde_json::json!(digests), truth::testdata().record(NAME)["bands"]);
}

#[test]
fn bytes_become_a_dataset_without_a_copy() {
    let bytes = Bytes::from(data());
    let file = MemoryFile::from_bytes(bytes.clone());
    let dataset = file.open().unwrap();
    assert_eq!(dataset.bytes().as_ptr(), bytes.as_ptr());
    assert_eq!(file.getbuffer().as_ptr(), bytes.as_ptr());
    assert_eq!(file.len(), bytes.len() as u64);
    assert_is_the_file(&dataset);
}

#[test]
fn a_stream_is_written_piece_by_piece_and_opened() {
    let data = data();
    let mut stream = &data[..];
    let mut file = MemoryFile::new();
    let mut piece = [0; 8192];
    loop {
        let n = stream.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        assert_eq!(file.write(&piece[..n]).unwrap(), n);
    }
    assert_is_the_file(&file.open().unwrap());
}

#[test]
fn written_out_of_order_it_is_the_same_file() {
    let data = data();
    let (head, tail) = data.split_at(data.len() / 2);
    let mut file = MemoryFile::new();
    file.seek(SeekFrom::Start(head.len() as u64)).unwrap();
    file.write_all(tail).unwrap();
    assert_eq!(file.open().unwrap_err().kind(), ErrorKind::NotTiff);
    file.rewind().unwrap();
    file.write_all(head).unwrap();
    assert_is_the_file(&file.open().unwrap());
}

#[test]
fn the_bytes_are_read_back_piece_by_piece() {
    let data = data();
    let mut file = MemoryFile::from_bytes(data.clone());
    let mut out = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let n = file.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        out.extend_from_slice(&piece[..n]);
    }
    assert!(out == data);
}

#[test]
fn a_file_made_from_bytes_refuses_to_grow_and_says_what_to_do() {
    let data = data();
    let mut file = MemoryFile::from_bytes(data.clone());
    file.seek(SeekFrom::End(0)).unwrap();
    let error = file.write(b"more").unwrap_err();
    assert!(error.to_string().contains("start from an empty file, or copy the bytes into one"), "{error}");
    assert_eq!(file.getbuffer(), data);
}

#[test]
fn a_dataset_is_a_snapshot_that_outlives_the_file() {
    let mut file = MemoryFile::new();
    file.write_all(&data()).unwrap();
    let dataset = file.open().unwrap();
    file.rewind().unwrap();
    file.write_all(&[0; 1000]).unwrap();
    assert!(file.open().is_err());
    drop(file);
    assert_is_the_file(&dataset);
}

#[test]
fn many_threads_read_one_dataset() {
    fn assert_shareable<T: Send + Sync + 'static>(_: &T) {}
    let dataset = MemoryFile::from_bytes(data()).open().unwrap();
    assert_shareable(&dataset);
    let whole = dataset.read::<u16>().unwrap();
    thread::scope(|scope| {
        for row in (0..80).step_by(16) {
            let (dataset, whole) = (&dataset, &whole);
            scope.spawn(move || {
                let window = Window::new(0, row, 100, 16);
                let part = dataset.read_window::<u16>(window).unwrap();
                assert_eq!(part, whole.slice(ndarray::s![.., row..row + 16, ..]));
            });
        }
    });
}

#[test]
fn what_is_no_whole_tiff_is_told_apart() {
    let kind = |data: &[u8]| MemoryFile::from_bytes(data.to_vec()).open().unwrap_err().kind();
    assert_eq!(kind(b""), ErrorKind::NotTiff);
    assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), ErrorKind::NotTiff);
    assert_eq!(kind(&data()[..100]), ErrorKind::Truncated);
}
