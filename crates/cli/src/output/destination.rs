//! What an output path leads to.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, STANDARD};
use crate::input::folder;

/// As many links as are followed, the number that Linux has.
const MAX_LINKS: usize = 40;

#[derive(Debug)]
pub(super) enum Destination {
    Standard,
    /// A pipe, a character device, or an open descriptor.
    Stream(PathBuf),
    /// A regular file, symbolic links resolved, and what is known of it if it exists.
    File {
        path: PathBuf,
        old: Option<Metadata>,
    },
}

impl Destination {
    /// Follows `path`, and refuses what must not be written to.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        if path == Path::new(STANDARD) {
            return Ok(Self::Standard);
        }
        let failed = |error: io::Error| Failure::writing(path, &error);
        let mut target = path.to_owned();
        for _ in 0..MAX_LINKS {
            let metadata = match fs::symlink_metadata(&target) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::new_file(path, target),
                Err(error) => return Err(failed(error)),
            };
            if !metadata.is_symlink() {
                return Self::existing(path, target, metadata);
            }
            if let Some(descriptor) = descriptor(&target) {
                return Ok(descriptor);
            }
            target = folder(&target).join(fs::read_link(&target).map_err(failed)?);
        }
        Err(Failure::refused(path, "it is a loop of symbolic links"))
    }

    fn new_file(shown: &Path, path: PathBuf) -> Result<Self, Failure> {
        let ends_with_separator = path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|byte| std::path::is_separator(char::from(*byte)));
        if path.file_name().is_none() || ends_with_separator {
            return Err(Failure::refused(shown, "it is not the name of a file"));
        }
        let folder = fs::metadata(folder(&path)).map_err(|error| Failure::writing(shown, &error))?;
        if !folder.is_dir() {
            return Err(Failure::refused(shown, "its parent is not a folder"));
        }
        Ok(Self::File { path, old: None })
    }

    fn existing(shown: &Path, path: PathBuf, metadata: Metadata) -> Result<Self, Failure> {
        let refused = |reason: &str| Err(Failure::refused(shown, reason));
        if metadata.is_dir() {
            return refused("it is a folder");
        }
        if !metadata.is_file() {
            return if is_stream(&metadata) {
                Ok(Self::Stream(path))
            } else {
                refused("it is a block device or a socket")
            };
        }
        // The superuser may write to such a file, but its mode says that it is to be left alone.
        if metadata.permissions().readonly() {
            return refused("the file is read-only");
        }
        // A rename needs no permission to write to the file that it replaces. The file itself must allow it, as for any
        // program that writes in place: a program that runs cannot be opened, nor can another owner's file.
        OpenOptions::new().write(true).open(&path).map_err(|error| Failure::writing(shown, &error))?;
        Ok(Self::File { path, old: Some(metadata) })
    }
}

#[cfg(unix)]
fn is_stream(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let file_type = metadata.file_type();
    file_type.is_char_device() || file_type.is_fifo()
}

#[cfg(not(unix))]
fn is_stream(_metadata: &Metadata) -> bool {
    true
}

/// What a link of `/proc/self/fd` stands for: `/dev/stdout` leads there. Such a link must not be resolved to a name,
/// because the descriptor may be a pipe, or a file that was removed.
fn descriptor(link: &Path) -> Option<Destination> {
    let folder = folder(link).canonicalize().ok()?;
    if !folder.starts_with("/proc") {
        return None;
    }
    let own = Path::new("/proc/self/fd").canonicalize().ok();
    let is_standard =
        own.is_some_and(|own| own == folder) && link.file_name().is_some_and(|name| name == "1");
    Some(if is_standard { Destination::Standard } else { Destination::Stream(link.to_owned()) })
}
