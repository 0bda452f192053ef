//! Files as they are written: whole, or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::failure::{Failure, STANDARD, to_standard_output};

/// Writes a file under another name beside it, and gives it its own when it is whole; `-` is standard output.
pub(crate) fn write(output: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if output == Path::new(STANDARD) {
        return to_standard_output(|out| out.write_all(bytes));
    }
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = output.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = fs::write(&part, bytes).and_then(|()| {
        if let Ok(old) = fs::metadata(output) {
            fs::set_permissions(&part, old.permissions())?;
        }
        fs::rename(&part, output)
    });
    written.map_err(|error| {
        // The error is told; what is left of the file is of no use.
        let _ = fs::remove_file(&part);
        Failure::writing(output, &error)
    })
}
