//! Opening, reading all, reading one window: memtiff on one thread and on all, and the `tiff` crate.
//!
//! `cargo bench -p memtiff-benches`; a filter such as `-- u16_deflate` picks files.

use std::io::Cursor;
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use memtiff::{Bytes, Dataset, MemoryFile, ReadRequest, Window};
use memtiff_benches::{Subject, subjects};
use tiff::decoder::{Decoder, DecodingResult, Limits};

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(subjects);

fn names() -> impl Iterator<Item = &'static str> {
    SUBJECTS.iter().map(|subject| subject.name.as_str())
}

fn bytes(name: &str) -> Bytes {
    let subject = SUBJECTS.iter().find(|subject| subject.name == name);
    subject.map(|subject| Bytes::from_static(&subject.bytes)).unwrap_or_default()
}

fn open(name: &str) -> Dataset {
    MemoryFile::from_bytes(bytes(name)).open().unwrap()
}

fn decoded_size(dataset: &Dataset) -> BytesCount {
    let samples = dataset.width() * dataset.height() * dataset.count();
    BytesCount::new(samples * dataset.dtype().size())
}

fn main() {
    divan::main();
}

#[divan::bench(args = names(), sample_count = 20)]
fn open_memtiff(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    bencher.bench(|| MemoryFile::from_bytes(black_box(bytes.clone())).open().unwrap());
}

#[divan::bench(args = names(), sample_count = 20)]
fn open_tiff(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    bencher.bench(|| Decoder::new(Cursor::new(black_box(bytes.clone()))).unwrap());
}

#[divan::bench(args = names(), sample_count = 10)]
fn read_all_memtiff_1_thread(bencher: Bencher<'_, '_>, name: &str) {
    let dataset = open(name);
    let request = ReadRequest::new().parallel(false);
    bencher.counter(decoded_size(&dataset)).bench(|| dataset.read_dyn(&request).unwrap());
}

#[divan::bench(args = names(), sample_count = 10)]
fn read_all_memtiff_all_threads(bencher: Bencher<'_, '_>, name: &str) {
    let dataset = open(name);
    bencher.counter(decoded_size(&dataset)).bench(|| dataset.read_dyn(&ReadRequest::new()).unwrap());
}

#[divan::bench(args = names(), sample_count = 10)]
fn read_all_tiff(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    bencher.counter(decoded_size(&open(name))).bench(|| -> DecodingResult {
        let decoder = Decoder::new(Cursor::new(bytes.clone())).unwrap();
        decoder.with_limits(Limits::unlimited()).read_image().unwrap()
    });
}

/// 512 x 512 pixels across nine tiles.
#[divan::bench(args = names(), sample_count = 20)]
fn read_window_memtiff_1_thread(bencher: Bencher<'_, '_>, name: &str) {
    let dataset = open(name);
    let request = ReadRequest::new().window(Window::new(700, 700, 512, 512)).parallel(false);
    bencher.bench(|| dataset.read_dyn(&request).unwrap());
}
