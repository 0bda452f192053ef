//! Reads of damaged files, for another program to judge. Each line of standard input is JSON: `{"file": ...}`, and
//! `"offset"` and `"byte"` of a byte to be changed first. The answer is a line of JSON: `{"status": "ok"}`, `"warning"`
//! or `"error"`, with the SHA-256 of the pixels, band by band, and the message.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use memtiff::{MemoryFile, ReadRequest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = BTreeMap::<String, Vec<u8>>::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let path = request["file"].as_str().ok_or("no file")?;
        if !files.contains_key(path) {
            files.insert(path.to_owned(), std::fs::read(path)?);
        }
        let mut bytes = files[path].clone();
        if let (Some(offset), Some(byte)) = (request["offset"].as_u64(), request["byte"].as_u64()) {
            *bytes.get_mut(usize::try_from(offset)?).ok_or("no such offset")? = u8::try_from(byte)?;
        }
        writeln!(out, "{}", read(bytes))?;
        out.flush()?;
    }
    Ok(())
}

fn read(bytes: Vec<u8>) -> Value {
    let file = MemoryFile::from_bytes(bytes);
    let read = || -> memtiff::Result<_> {
        let dataset = file.open()?;
        Ok((dataset.read_dyn(&ReadRequest::new())?, dataset.take_read_warnings()))
    };
    match read() {
        Err(error) => json!({"status": "error", "message": error.to_string()}),
        Ok((array, warnings)) => {
            let digest = Sha256::digest(array.as_bytes().unwrap_or_default());
            let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let status = if warnings.is_empty() { "ok" } else { "warning" };
            let message = warnings.first().map(ToString::to_string);
            json!({"status": status, "sha256": sha256, "message": message})
        }
    }
}
