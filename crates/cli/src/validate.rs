//! `memtiff validate`: whether a file is a cloud-optimized GeoTIFF.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::validate_cog;

use crate::failure::{Failure, to_standard_output};
use crate::limits::limits;
use crate::{input, warnings};

/// Check whether a file is a valid cloud-optimized GeoTIFF
///
/// One line for each rule that it does not keep, with the offset of the bytes that offend, and one for each block whose data
/// are damaged; the exit code is then 1.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    file: PathBuf,
    /// What is not recommended counts too
    #[arg(long)]
    strict: bool,
    /// Decode no pixels, so that damage in them is not found
    #[arg(long)]
    skip_pixels: bool,
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let bytes = input::bytes(&self.file)?;
        let found = validate_cog(&bytes, &limits());
        let found = found.map_err(|error| Failure::of_file(&self.file, &error))?;
        let mut beside = self.file.clone().into_os_string();
        beside.push(".ovr");
        let beside = PathBuf::from(beside);
        let has_overviews_beside = self.file.is_file() && beside.is_file();
        to_standard_output(|out| {
            found.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
            if has_overviews_beside {
                writeln!(out, "error: {}: overviews belong into the file itself", beside.display())?;
            }
            Ok(())
        })?;
        let damage = if self.skip_pixels { Vec::new() } else { warnings::damage(&self.file, &bytes)? };
        to_standard_output(|out| damage.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        let invalid = match found.iter().filter(|finding| self.strict || !finding.is_warning).count() {
            0 if !has_overviews_beside => None,
            _ => Some("not a valid cloud-optimized GeoTIFF".to_owned()),
        };
        let findings: Vec<String> = invalid.into_iter().chain(warnings::summary(&damage)).collect();
        if findings.is_empty() { Ok(()) } else { Err(Failure::violations(&self.file, &findings.join(", "))) }
    }
}
