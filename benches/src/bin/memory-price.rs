//! What it takes to get from a GeoTIFF's bytes to its pixels, through a file on disk or through a file in memory: one line
//! of JSON for `benches/memory_price.py`. One thread. Linux only, for it asks the kernel for the peak.

use std::path::Path;
use std::time::Instant;
use std::{env, fs, process};

use memtiff::{Bytes, DynArray, MemoryFile, ReadRequest};

const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, how, path] = arguments.as_slice() else {
        eprintln!("memory-price disk|memory FILE");
        process::exit(2);
    };
    let bytes = Bytes::from(fs::read(path).unwrap());
    let read: &dyn Fn(Bytes) -> DynArray = match how.as_str() {
        "disk" => &through_disk,
        _ => &through_memory,
    };
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            read(bytes.clone());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    // "5" forgets the peak so far (man 5 proc_pid_clear_refs).
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS");
    let pixels = read(bytes.clone());
    let peak = kilobytes("VmHWM") - before;
    let output = pixels.as_bytes().unwrap().len();
    println!("{{\"seconds\": {}, \"peak\": {}, \"output\": {output}}}", seconds[ROUNDS / 2], peak * 1024);
}

fn pixels(file: &MemoryFile) -> DynArray {
    file.open().unwrap().read_dyn(&ReadRequest::new().parallel(false)).unwrap()
}

fn through_memory(bytes: Bytes) -> DynArray {
    pixels(&MemoryFile::from_bytes(bytes))
}

fn through_disk(bytes: Bytes) -> DynArray {
    let path = env::temp_dir().join(format!("memory-price-{}.tif", process::id()));
    fs::write(&path, bytes).unwrap();
    let array = pixels(&MemoryFile::from_bytes(fs::read(Path::new(&path)).unwrap()));
    fs::remove_file(path).unwrap();
    array
}

/// A line of `/proc/self/status`.
fn kilobytes(key: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
