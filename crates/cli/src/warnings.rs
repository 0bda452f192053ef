//! Damage in the data of a file: warnings of decoders on standard error, and what follows from them.

use std::io::{self, Write};
use std::path::Path;

use memtiff::{Dataset, Error, ErrorKind, verify_blocks};

use crate::failure::{Failure, name};
use crate::limits::limits;

/// Prints a line for each damaged block that was decoded all the same in reads of `dataset` since the last call.
pub(crate) fn report(file: &Path, dataset: &Dataset) {
    print(file, &dataset.take_read_warnings());
}

/// Prints warnings about a file.
pub(crate) fn print(file: &Path, warnings: &[Error]) {
    let file = name(file, "standard input");
    let mut out = io::stderr().lock();
    for warning in warnings {
        // A closed standard error must not fail the command.
        let _ = writeln!(out, "warning: {file}: {warning}");
    }
}

/// Prints warnings about a file whose pixels go into a new one. Unless damage is to be ignored, they are an error.
pub(crate) fn refuse(file: &Path, warnings: &[Error], ignore_damage: bool) -> memtiff::Result<()> {
    print(file, warnings);
    if warnings.is_empty() || ignore_damage {
        return Ok(());
    }
    let message = "blocks are damaged, so nothing is written; --ignore-damage goes on with the pixels that were decoded";
    Err(Error::other(ErrorKind::Malformed, message))
}

/// Decodes all pixels of a file, and gives a line for each block that is damaged.
pub(crate) fn damage(file: &Path, bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let found = verify_blocks(bytes, &limits()).map_err(|error| Failure::of_file(file, &error))?;
    let (unsupported, damaged): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|error| error.kind() == ErrorKind::Unsupported);
    print(file, &unsupported);
    Ok(damaged.iter().map(|error| format!("damage: {error}")).collect())
}

/// What [`damage`] found, in a few words.
pub(crate) fn summary(damage: &[String]) -> Option<String> {
    match damage.len() {
        0 => None,
        1 => Some("1 block is damaged".to_owned()),
        count => Some(format!("{count} blocks are damaged")),
    }
}
