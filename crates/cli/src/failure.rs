//! Why the program ends without success.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// The name that stands for standard input or output.
pub(crate) const STANDARD: &str = "-";

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
        let advice = if error.exceeds_work() { "; --max-work raises this program's limit" } else { "" };
        Self { message: format!("{}: {error}{advice}", name(file, "standard input")), code }
    }

    /// What a check of `file` found.
    pub(crate) fn violations(file: &Path, message: &str) -> Self {
        Self { message: format!("{}: {message}", name(file, "standard input")), code: BAD_DATA }
    }

    /// Arguments that make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: WRONG_USE }
    }

    /// A file that cannot be read. It is wrong use if the name leads to no file, and a failure of the system otherwise.
    pub(crate) fn reading(file: &Path, error: &io::Error) -> Self {
        use io::ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound};
        let code = match error.kind() {
            NotFound | NotADirectory | IsADirectory | InvalidInput | InvalidFilename => WRONG_USE,
            _ => BAD_DATA,
        };
        Self { message: format!("cannot read {}: {error}", name(file, "standard input")), code }
    }

    /// A file that cannot be written.
    pub(crate) fn writing(file: &Path, error: &io::Error) -> Self {
        Self { message: format!("cannot write {}: {error}", name(file, "standard output")), code: BAD_DATA }
    }

    /// An output that is refused, or an update that would lose another one.
    pub(crate) fn refused(file: &Path, reason: &str) -> Self {
        Self { message: format!("cannot write {}: {reason}", name(file, "standard output")), code: BAD_DATA }
    }

    /// Writes the line; gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        let line = self.message.replace('\n', " ");
        // There is nobody left to tell if this fails.
        let _ = writeln!(io::stderr(), "memtiff: {line}");
        ExitCode::from(self.code)
    }
}

/// Reports what does not stop the program.
pub(crate) fn warn(message: &str) {
    // Nothing else can be done if standard error is closed.
    let _ = writeln!(io::stderr(), "memtiff: warning: {}", message.replace(char::is_control, " "));
}

/// The name of a file in messages.
pub(crate) fn name(file: &Path, standard: &str) -> String {
    if file == Path::new(STANDARD) { standard.to_owned() } else { file.display().to_string() }
}

/// Writing to standard output; a reader who has seen enough and closed the pipe is no failure.
pub(crate) fn to_standard_output(
    write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Failure::writing(Path::new(STANDARD), &error)),
    }
}
