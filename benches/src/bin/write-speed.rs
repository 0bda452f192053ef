//! How long it takes to make a GeoTIFF of an array: one line of JSON for `benches/write_speed.py`.

use std::time::Instant;
use std::{env, process};

use memtiff::{CogOptions, CreateOptions, DynArray, MemoryFile, ReadRequest, Resampling};

const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let [_, what, path, options @ ..] = arguments.as_slice() else {
        eprintln!("write-speed write|overviews|cog FILE KEY=VALUE...");
        process::exit(2);
    };
    let source = MemoryFile::from_bytes(std::fs::read(path).unwrap()).open().unwrap();
    let pixels = source.read_dyn(&ReadRequest::new()).unwrap();
    let [count, height, width] = pixels.shape();
    let create = CreateOptions::new().width(width).height(height).count(count).dtype(pixels.data_type());
    let pairs: Vec<(&str, &str)> = options.iter().filter_map(|option| option.split_once('=')).collect();
    let mut seconds = Vec::new();
    let mut len = 0;
    for _ in 0..ROUNDS {
        let mut file = MemoryFile::new();
        let start = match what.as_str() {
            "cog" => {
                let options =
                    pairs.iter().try_fold(CogOptions::from(create.clone()), |o, (k, v)| o.option(k, v));
                let start = Instant::now();
                let mut writer = file.create_cog(options.unwrap()).unwrap();
                writer.write_dyn(&pixels).unwrap();
                writer.close().unwrap();
                start
            }
            _ => {
                let options = pairs.iter().try_fold(create.clone(), |o, (k, v)| o.option(k, v)).unwrap();
                let start = Instant::now();
                write(&mut file, options, &pixels);
                if what == "overviews" {
                    let start = Instant::now();
                    let mut writer = file.update().unwrap();
                    writer.build_overviews(&[2, 4, 8], Resampling::Average).unwrap();
                    writer.close().unwrap();
                    start
                } else {
                    start
                }
            }
        };
        seconds.push(start.elapsed().as_secs_f64());
        len = file.len();
    }
    seconds.sort_by(f64::total_cmp);
    println!("{{\"seconds\": {}, \"size\": {len}}}", seconds[ROUNDS / 2]);
}

fn write(file: &mut MemoryFile, options: CreateOptions, pixels: &DynArray) {
    let mut writer = file.create(options).unwrap();
    writer.write_dyn(pixels).unwrap();
    writer.close().unwrap();
}
