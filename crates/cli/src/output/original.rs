//! A file that is changed in place, from reading to writing.

use std::fs::{File, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use memtiff::Bytes;

use super::destination::Destination;
use crate::failure::{Failure, warn};
use crate::identity::Stamp;
use crate::input;

/// How long another program may hold a lock before the user learns that this one waits.
const PATIENCE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(20);

/// A file that was read in order to be changed. An advisory lock serializes the programs that change it; of those that
/// know no locks, a change is noticed before the file is replaced.
#[derive(Debug)]
pub(crate) struct Original {
    shown: PathBuf,
    path: PathBuf,
    file: File,
    stamp: Stamp,
    bytes: Bytes,
}

impl Original {
    pub(crate) fn read(shown: &Path) -> Result<Self, Failure> {
        if let Some(archive) = input::archive(shown) {
            let archive = archive.display();
            let message = format!("{archive} is an archive, in which nothing is changed: use --output");
            return Err(Failure::usage(message));
        }
        let failed = |error: io::Error| Failure::reading(shown, &error);
        let metadata = std::fs::metadata(shown).map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let Destination::File { path, .. } = Destination::of(shown)? else {
            let shown = shown.display();
            return Err(Failure::usage(format!(
                "{shown} is no regular file and cannot be changed in place: use --output"
            )));
        };
        let file = lock(&path).map_err(failed)?;
        let stamp = Stamp::new(&path, &file.metadata().map_err(failed)?);
        let mut bytes = Vec::new();
        (&file).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Self { shown: shown.to_owned(), path, file, stamp, bytes: bytes.into() })
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses to replace a file that is no longer the one that was read. Its content is compared too: two changes may
    /// share one tick of the clock.
    pub(super) fn check_unchanged(&self, path: &Path) -> Result<(), Failure> {
        let is_same = Stamp::of(path).as_ref() == Some(&self.stamp)
            && has_content(&self.file, &self.bytes).map_err(|error| Failure::reading(&self.shown, &error))?;
        if is_same { Ok(()) } else { Err(changed(&self.shown)) }
    }
}

pub(super) fn changed(file: &Path) -> Failure {
    Failure::refused(
        file,
        "another program changed the file after it was read; nothing was written, try again",
    )
}

fn has_content(file: &File, bytes: &[u8]) -> io::Result<bool> {
    use std::io::{Seek, SeekFrom};
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut rest = bytes;
    loop {
        let found = io::BufRead::fill_buf(&mut reader)?;
        let count = found.len();
        match rest.split_at_checked(count) {
            _ if count == 0 => return Ok(rest.is_empty()),
            Some((expected, after)) if expected == found => rest = after,
            _ => return Ok(false),
        }
        io::BufRead::consume(&mut reader, count);
    }
}

/// Opens and locks the file that a path leads to. If the file is replaced while this waits for its lock, the new file is
/// locked instead.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    loop {
        let file = File::open(path)?;
        // Some filesystems have no locks: a changed file is noticed there all the same.
        let _ = wait(&file, path);
        let locked = Stamp::new(path, &file.metadata()?);
        if Stamp::of(path).is_none_or(|now| now.id == locked.id) {
            return Ok(file);
        }
    }
}

fn wait(file: &File, path: &Path) -> io::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(STEP);
                waited = waited.saturating_add(STEP);
            }
            Err(TryLockError::WouldBlock) => {
                warn(&format!("waiting for another program that has locked {}", path.display()));
                return file.lock();
            }
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;

    use super::*;

    /// Each way in which another program may change a file that this one has read.
    #[test]
    fn a_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let read = || {
            fs::write(&path, "content").unwrap();
            Original::read(&path).unwrap()
        };
        let original = read();
        assert_eq!(&original.bytes()[..], b"content");
        assert!(original.check_unchanged(&path).is_ok());
        drop(original);

        let original = read();
        fs::write(&path, "content and more").unwrap();
        assert!(original.check_unchanged(&path).is_err());
        drop(original);

        // In place, with the same length and time.
        let original = read();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "CONTENT").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert!(original.check_unchanged(&path).is_err());
        drop(original);

        // Replaced by a file with the same content.
        let original = read();
        fs::write(folder.path().join("other"), "content").unwrap();
        fs::rename(folder.path().join("other"), &path).unwrap();
        assert!(original.check_unchanged(&path).is_err());
        drop(original);

        let original = read();
        fs::remove_file(&path).unwrap();
        assert!(original.check_unchanged(&path).is_err());
    }
}
