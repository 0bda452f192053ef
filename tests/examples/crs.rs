//! CRSs, line by line, for other programs to judge. `wkt2`: EPSG codes on standard input, WKT 2 on standard output.
//! `read`: paths of GeoTIFFs on standard input; the code and the WKT 2 of each on standard output.

use std::io::BufRead;

use memtiff::{Crs, MemoryFile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match what.as_str() {
            "wkt2" => Crs::from_epsg(line.trim().parse()?).and_then(|crs| crs.to_wkt2()).unwrap_or_default(),
            "read" => read(&line).unwrap_or_else(|error| format!("error: {error}")),
            _ => return Err("crs wkt2|read".into()),
        };
        println!("{line}\t{answer}");
    }
    Ok(())
}

fn read(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let dataset = MemoryFile::from_bytes(std::fs::read(path)?).open()?;
    let Some(crs) = dataset.crs().or_else(|| dataset.gcps_crs()) else { return Ok(String::new()) };
    let code = crs.epsg().map_or_else(String::new, |code| code.to_string());
    Ok(format!("{code}\t{}", crs.to_wkt2()?))
}
