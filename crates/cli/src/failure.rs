//! Why the program ends without success.

use std::io;
use std::path::Path;
use std::process::ExitCode;

/// One line for standard error, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

const BAD_DATA: u8 = 1;
const WRONG_USE: u8 = 2;

impl Failure {
    /// What the library says about `file`.
    pub(crate) fn of_file(file: &Path, error: &memtiff::Error) -> Self {
        let code = if error.kind() == memtiff::ErrorKind::Usage { WRONG_USE } else { BAD_DATA };
        Self { message: format!("{}: {error}", file.display()), code }
    }

    /// A file that cannot be read or written.
    pub(crate) fn io(file: &Path, error: &io::Error) -> Self {
        Self { message: format!("{}: {error}", file.display()), code: WRONG_USE }
    }

    /// Writes the line; gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("memtiff: {}", self.message.replace('\n', " "));
        ExitCode::from(self.code)
    }
}
