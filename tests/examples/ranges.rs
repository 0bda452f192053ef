//! `ranges HOST:PORT PATH COL ROW WIDTH HEIGHT`: a window of a GeoTIFF on a server (HTTP/1.1, without TLS), as bytes on
//! standard output. Fetches what that needs by requests for ranges, one connection for each.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::ops::Range;

use memtiff::{Bytes, RangeOptions, Ranged, ReadRequest, Step, Window};

/// The length of the whole and the bytes of a range of it.
fn get(host: &str, path: &str, range: &Range<u64>) -> io::Result<(u64, Bytes)> {
    let mut stream = TcpStream::connect(host)?;
    let last = range.end - 1;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n")?;
    write!(stream, "Range: bytes={}-{last}\r\n\r\n", range.start)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |end| end + 4);
    let head = String::from_utf8_lossy(&answer[..body]).to_lowercase();
    let whole = head.split("content-range:").nth(1).and_then(|line| line.lines().next()?.split_once('/'));
    let len = whole.and_then(|(_, len)| len.trim().parse().ok());
    let len = len.ok_or_else(|| io::Error::other(format!("no range came: {head}")))?;
    Ok((len, Bytes::from(answer).slice(body..)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, path, window @ ..] = &arguments[..] else {
        return Err("HOST:PORT PATH COL ROW WIDTH HEIGHT".into());
    };
    let window: Vec<f64> = window.iter().map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [col, row, width, height] = window[..] else { return Err("COL ROW WIDTH HEIGHT".into()) };
    let request = ReadRequest::new().window(Window { col_off: col, row_off: row, width, height });

    let options = RangeOptions::default();
    let (len, first) = get(host, path, &(0..options.least()))?;
    let mut ranged = Ranged::new(len, options);
    ranged.give(0..first.len() as u64, first)?;
    let pixels = loop {
        match ranged.step(|dataset| dataset.read_dyn(&request)) {
            Step::Done(pixels) => break pixels?,
            Step::Need(ranges) => {
                for range in ranges {
                    let (_, bytes) = get(host, path, &range)?;
                    ranged.give(range, bytes)?;
                }
            }
        }
    };
    io::stdout().write_all(pixels.as_bytes().unwrap_or_default())?;
    Ok(())
}
