//! CRSs, line by line, for other programs to judge. `wkt2`: EPSG codes on standard input, WKT 2 on standard output.
//! `wkt1`, `esri`, `projjson`: the same in these. `wkt`, `json`: WKT of any kind, or PROJJSON, on standard input, its code and its WKT 2 on standard output.
//! `write DIRECTORY`: EPSG codes on standard input; a file CODE.tif for each.
//! `write-esri DIRECTORY`: the same with the geokeys for ESRI's programs.
//! `parts DIRECTORY`: the same without the number of the CRS, so that the file says it by its parts.
//! `read`: paths of GeoTIFFs on standard input; the code and the WKT 2 of each on standard output.

use std::io::BufRead;

use memtiff::{Crs, GeoKeys, MemoryFile, RasterType};
use memtiff_tests::builder::georeferenced;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match what.as_str() {
            "wkt2" => Crs::from_epsg(line.trim().parse()?).and_then(|crs| crs.to_wkt2()).unwrap_or_default(),
            "wkt1" => Crs::from_epsg(line.trim().parse()?)
                .and_then(|crs| crs.to_wkt1())
                .unwrap_or_else(|error| format!("error: {error}")),
            "esri" => Crs::from_epsg(line.trim().parse()?)
                .and_then(|crs| crs.to_wkt1_esri())
                .unwrap_or_else(|error| format!("error: {error}")),
            "projjson" => Crs::from_epsg(line.trim().parse()?)
                .and_then(|crs| crs.to_projjson())
                .unwrap_or_else(|error| format!("error: {error}")),
            "json" => match Crs::from_projjson(&line) {
                Ok(crs) => describe(&crs)?,
                Err(error) => format!("error: {error}"),
            },
            "wkt" => match Crs::from_wkt(&line) {
                Ok(crs) => describe(&crs)?,
                Err(error) => format!("error: {error}"),
            },
            "write" => {
                write(line.trim().parse()?).err().map_or_else(String::new, |error| format!("error: {error}"))
            }
            "write-esri" => write_esri(line.trim().parse()?)
                .err()
                .map_or_else(String::new, |error| format!("error: {error}")),
            "parts" => {
                parts(line.trim().parse()?).err().map_or_else(String::new, |error| format!("error: {error}"))
            }
            "read" => read(&line).unwrap_or_else(|error| format!("error: {error}")),
            _ => {
                return Err(
                    "crs wkt2|wkt1|esri|projjson|wkt|json|write DIRECTORY|write-esri DIRECTORY|parts DIRECTORY|read".into()
                );
            }
        };
        println!("{line}\t{answer}");
    }
    Ok(())
}

fn read(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let dataset = MemoryFile::from_bytes(std::fs::read(path)?).open()?;
    let Some(crs) = dataset.crs().or_else(|| dataset.gcps_crs()) else { return Ok(String::new()) };
    describe(crs)
}

fn describe(crs: &Crs) -> Result<String, Box<dyn std::error::Error>> {
    let code = crs.epsg().map_or_else(String::new, |code| code.to_string());
    Ok(format!("{code}\t{}", crs.to_wkt2()?))
}

fn parts(code: u32) -> Result<(), Box<dyn std::error::Error>> {
    let text = Crs::from_epsg(code)?.to_wkt2()?;
    let without = text.strip_suffix(&format!(",ID[\"EPSG\",{code}]]")).ok_or("no number at the end")?;
    save(&Crs::from_wkt(&format!("{without}]"))?, code)
}

fn write(code: u32) -> Result<(), Box<dyn std::error::Error>> {
    save(&Crs::from_epsg(code)?, code)
}

fn write_esri(code: u32) -> Result<(), Box<dyn std::error::Error>> {
    save_keys(&Crs::from_epsg(code)?.to_esri_geokeys(RasterType::PixelIsArea)?, code)
}

fn save(crs: &Crs, code: u32) -> Result<(), Box<dyn std::error::Error>> {
    save_keys(&crs.to_geokeys(RasterType::PixelIsArea)?, code)
}

fn save_keys(keys: &GeoKeys, code: u32) -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(2).ok_or("crs write DIRECTORY")?;
    let path = std::path::Path::new(&directory).join(format!("{code}.tif"));
    Ok(std::fs::write(path, georeferenced(keys)?)?)
}
