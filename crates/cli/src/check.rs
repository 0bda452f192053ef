//! `memtiff check`: whether a file is as the standard asks.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{REQUIREMENTS, check};

use crate::failure::{Failure, to_standard_output};
use crate::limits::limits;
use crate::{input, warnings};

/// Check a file against the GeoTIFF standard (OGC 19-008r4)
///
/// One line for each requirement that the file does not meet, with its number, the tag and the offset, and one for each block
/// whose data are damaged; the exit code is then 1.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    #[arg(required_unless_present = "list")]
    file: Option<PathBuf>,
    /// List the requirements, and check nothing
    #[arg(long)]
    list: bool,
    /// Decode no pixels, so that damage in them is not found
    #[arg(long)]
    skip_pixels: bool,
}

impl Command {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let Some(file) = self.file.as_ref().filter(|_| !self.list) else {
            return to_standard_output(|out| {
                REQUIREMENTS
                    .iter()
                    .try_for_each(|requirement| writeln!(out, "{}\t{}", requirement.id, requirement.title))
            });
        };
        let bytes = input::bytes(file)?;
        let found = check(&bytes, &limits()).map_err(|error| Failure::of_file(file, &error))?;
        to_standard_output(|out| found.iter().try_for_each(|violation| writeln!(out, "{violation}")))?;
        let unmet = match found.len() {
            0 => None,
            1 => Some("1 requirement is not met".to_owned()),
            count => Some(format!("{count} requirements are not met")),
        };
        let damage = if self.skip_pixels { Ok(Vec::new()) } else { warnings::damage(file, &bytes) };
        let damage = match damage {
            // The requirements say already why such a file cannot be opened.
            Err(_) if unmet.is_some() => Vec::new(),
            damage => damage?,
        };
        to_standard_output(|out| damage.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        let findings: Vec<String> = unmet.into_iter().chain(warnings::summary(&damage)).collect();
        if findings.is_empty() { Ok(()) } else { Err(Failure::violations(file, &findings.join(", "))) }
    }
}
