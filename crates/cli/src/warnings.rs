//! Warnings of decoders, on standard error.

use std::io::{self, Write};
use std::path::Path;

use memtiff::Dataset;

/// Prints a line for each damaged block that was decoded all the same in reads of `dataset` since the last call.
pub(crate) fn report(file: &Path, dataset: &Dataset) {
    let mut out = io::stderr().lock();
    for warning in dataset.take_read_warnings() {
        // A closed standard error must not fail the read.
        let _ = writeln!(out, "warning: {}: {warning}", file.display());
    }
}
