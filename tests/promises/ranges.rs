//! Files whose bytes are elsewhere: what is read of them is what is read of the whole, and little else is fetched.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use memtiff::{
    AsyncRangeReader, Bytes, ErrorKind, MemoryFile, RangeOptions, RangeReader, ReadRequest, Resampling,
    Window,
};
use memtiff_tests::builder::{Chunks, Spec, build};
use memtiff_tests::truth;
use ndarray::Array3;

fn slice(file: &Bytes, range: &Range<u64>) -> Bytes {
    file.slice(range.start as usize..range.end as usize)
}

#[test]
fn every_file_reads_as_the_whole_does() {
    for (name, _) in truth::testdata().records() {
        let file = Bytes::from(truth::testdata().bytes(name));
        let Ok(whole) = MemoryFile::from_bytes(file.clone()).open() else { continue };
        // Pieces as small as they come, and everything that is missing noted.
        let options = RangeOptions::default().with_least(16).with_gap(0);
        let fetch = |ranges: &[Range<u64>]| Ok(ranges.iter().map(|range| slice(&file, range)).collect());
        let mut reader = RangeReader::open(file.len() as u64, fetch, options).unwrap();
        let requests = [
            ReadRequest::new(),
            ReadRequest::new().shape(7, 9).resampling(Resampling::Average),
            ReadRequest::new().shape(11, 5).parallel(false),
        ];
        for request in requests {
            let expected = whole.read_dyn(&request).map_err(|error| error.to_string());
            let read = reader.run(|dataset| dataset.read_dyn(&request)).map_err(|error| error.to_string());
            // NaN is not equal to itself.
            let bytes = |read: &Result<memtiff::DynArray, String>| {
                read.as_ref().map(|array| array.as_bytes().unwrap().to_vec()).map_err(Clone::clone)
            };
            assert_eq!(bytes(&read), bytes(&expected), "{name} {request:?}");
            let masks = reader.run(|dataset| dataset.read_masks(&request)).map_err(|error| error.to_string());
            assert_eq!(masks, whole.read_masks(&request).map_err(|error| error.to_string()), "{name}");
        }
        let warnings = reader.run(|dataset| Ok(dataset.warnings().to_vec())).unwrap();
        assert_eq!(warnings, whole.warnings(), "{name}");
        let profile = reader.run(|dataset| Ok(dataset.profile())).unwrap();
        assert_eq!(format!("{profile:?}"), format!("{:?}", whole.profile()), "{name}");
    }
}

/// 8 MB in 128 tiles, directories first.
pub fn large() -> Bytes {
    let pixels = Array3::from_shape_fn((1, 2048, 2048), |(_, row, col)| (row * 7 + col * 3) as u16);
    let spec = Spec {
        order: memtiff::ByteOrder::Little,
        big: false,
        chunks: Chunks::Tiles(256, 256),
        separate: false,
        compression: memtiff::Compression::NONE,
        predictor: memtiff::Predictor::NONE,
    };
    build(&pixels, spec).into()
}

#[test]
fn a_tile_costs_one_request_for_the_directories_and_one_for_itself() {
    let file = large();
    let requests = RefCell::new(Vec::new());
    let fetch = |ranges: &[Range<u64>]| {
        requests.borrow_mut().push(ranges.to_vec());
        Ok(ranges.iter().map(|range| slice(&file, range)).collect())
    };
    let mut reader = RangeReader::open(file.len() as u64, fetch, RangeOptions::default()).unwrap();
    let first = 0..16 << 10;
    assert_eq!(*requests.borrow(), [[first]]);
    let pixels = reader.run(|dataset| dataset.read_window::<u16>(Window::new(300, 600, 100, 100))).unwrap();
    assert_eq!(pixels[(0, 5, 7)], (605 * 7 + 307 * 3) as u16);
    let fetched = requests.borrow().clone();
    assert_eq!(fetched.len(), 2);
    let tile = 256 * 256 * 2;
    assert_eq!(fetched[1].iter().map(|range| range.end - range.start).sum::<u64>(), tile);
    // What is here is not fetched again, and neighbours come in one range.
    reader.run(|dataset| dataset.read_window::<u16>(Window::new(256, 512, 256, 256))).unwrap();
    assert_eq!(requests.borrow().len(), 2);
    reader.run(|dataset| dataset.read_window::<u16>(Window::new(0, 0, 1024, 256))).unwrap();
    let last = requests.borrow().last().unwrap().clone();
    assert_eq!((last.len(), last[0].end - last[0].start), (1, 4 * tile));
    assert_eq!(reader.held(), (16 << 10) + 5 * tile);
}

#[test]
fn what_goes_wrong_on_the_way_is_told() {
    let file = large();
    let broken = |_: &[Range<u64>]| Err(io::Error::other("no route to host"));
    let error = RangeReader::open(100, broken, RangeOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("no route to host")), (ErrorKind::Fetch, true));
    let short = |ranges: &[Range<u64>]| Ok(vec![Bytes::from_static(b"II*\0"); ranges.len()]);
    let error = RangeReader::open(100, short, RangeOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "truncated: bytes 0..100 were asked for, 4 bytes came");
    let none = |_: &[Range<u64>]| Ok(Vec::new());
    assert_eq!(RangeReader::open(100, none, RangeOptions::default()).unwrap_err().kind(), ErrorKind::Usage);
    let fetch = |ranges: &[Range<u64>]| Ok(ranges.iter().map(|range| slice(&file, range)).collect());
    // A file that ends too soon is truncated, and not asked for more.
    let mut reader = RangeReader::open(1 << 20, fetch, RangeOptions::default()).unwrap();
    let error = reader.run(|dataset| dataset.read::<u16>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    let text = |_: &[Range<u64>]| Ok(vec![Bytes::from_static(b"<html>")]);
    assert_eq!(RangeReader::open(6, text, RangeOptions::default()).unwrap_err().kind(), ErrorKind::NotTiff);
}

/// Runs a future that is never long in coming.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[test]
fn asynchronous_code_fetches_the_same() {
    let file = large();
    let fetch = |ranges: Vec<Range<u64>>| ready(Ok(ranges.iter().map(|range| slice(&file, range)).collect()));
    let pixels = block_on(async {
        let mut reader = AsyncRangeReader::open(file.len() as u64, fetch, RangeOptions::default()).await?;
        reader.run(|dataset| dataset.read_window::<u16>(Window::new(0, 0, 10, 10))).await
    });
    assert_eq!(pixels.unwrap()[(0, 9, 9)], 9 * 7 + 9 * 3);
}

/// A server that knows nothing but ranges of one file; it serves so many requests.
fn serve(file: Bytes, requests: usize) -> (std::net::SocketAddr, std::thread::JoinHandle<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let mut sent = 0;
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let (start, last) = head.split("bytes=").nth(1).unwrap().split_once('-').unwrap();
            let last: usize = last.split("\r\n").next().unwrap().parse().unwrap();
            let body = &file[start.parse().unwrap()..=last];
            write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
            stream.write_all(body).unwrap();
            sent += body.len() as u64;
        }
        sent
    });
    (address, server)
}

#[test]
fn a_server_on_loopback_sends_the_header_and_the_tiles_that_are_wanted() {
    let file = large();
    let (address, server) = serve(file.clone(), 3);
    let fetch = |ranges: &[Range<u64>]| {
        let get = |range: &Range<u64>| {
            let mut stream = TcpStream::connect(address)?;
            write!(stream, "GET /a.tif HTTP/1.1\r\nRange: bytes={}-{}\r\n\r\n", range.start, range.end - 1)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            let body = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
            Ok(Bytes::from(answer).slice(body..))
        };
        ranges.iter().map(get).collect()
    };
    let mut reader = RangeReader::open(file.len() as u64, fetch, RangeOptions::default()).unwrap();
    let window = Window::new(200, 200, 100, 100);
    let read = reader.run(|dataset| dataset.read_window::<u16>(window)).unwrap();
    let whole = MemoryFile::from_bytes(file.clone()).open().unwrap();
    assert_eq!(read, whole.read_window::<u16>(window).unwrap());
    // Four tiles, two by two next to each other.
    let sent = server.join().unwrap();
    assert_eq!(sent, (16 << 10) + 4 * 256 * 256 * 2);
    assert!(sent < file.len() as u64 / 12);
}
