//! `memtiff check`: whether a file is as the standard asks.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use memtiff::{REQUIREMENTS, check};

use crate::failure::{Failure, to_standard_output};
use crate::input;
use crate::limits::limits;

/// Check a file against the GeoTIFF standard (OGC 19-008r4)
///
/// One line for each requirement that the file does not meet, with its number, the tag and the offset; the exit code is
/// then 1.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file; `-` for standard input
    #[arg(required_unless_present = "list")]
    file: Option<PathBuf>,
    /// List the requirements, and check nothing
    #[arg(long)]
    list: bool,
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
        let found = check(&input::bytes(file)?, &limits()).map_err(|error| Failure::of_file(file, &error))?;
        to_standard_output(|out| found.iter().try_for_each(|violation| writeln!(out, "{violation}")))?;
        match found.len() {
            0 => Ok(()),
            1 => Err(Failure::violations(file, "1 requirement is not met")),
            count => Err(Failure::violations(file, &format!("{count} requirements are not met"))),
        }
    }
}
