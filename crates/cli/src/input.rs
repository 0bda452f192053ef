//! From a file's name to an open dataset.

use std::io::{self, Read};
use std::path::Path;

use memtiff::{Dataset, MemoryFile};

use crate::failure::{Failure, STANDARD};

/// The bytes of `file`; `-` is standard input.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if file == Path::new(STANDARD) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    bytes.map_err(|e| Failure::reading(file, &e))
}

/// Opens a page of `file`; `-` is standard input, whose bytes stay in memory.
pub(crate) fn open(file: &Path, page: usize) -> Result<Dataset, Failure> {
    let dataset = MemoryFile::from_bytes(bytes(file)?).open();
    let dataset = if page == 0 { dataset } else { dataset.and_then(|dataset| dataset.open_page(page)) };
    dataset.map_err(|e| Failure::of_file(file, &e))
}
