//! The moment in which files get their new content.
//!
//! A file with several hard links is written in place, because only so all of its names lead to the new content. That is
//! not atomic: a copy of the old content stands beside it meanwhile, on the disk. If the write fails, the old content is
//! written back; if the machine stops in the middle, the copy is what was there before. Signals that end the program wait
//! until the write is done.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::original::{self, Original};
use super::temporary::{Temporary, without_signals};
use super::{Content, attributes};
use crate::failure::Failure;
use crate::identity::Stamp;
use crate::input::folder;

/// What the file must still be when it is replaced.
pub(super) enum Expected<'a> {
    Anything,
    /// The file that was read.
    Stamp(&'a Stamp),
    /// The file that was read, and is locked since.
    Original(&'a Original),
}

/// A new content that only needs to be put in place.
pub(super) struct Staged {
    /// The path as the user gave it.
    shown: PathBuf,
    path: PathBuf,
    way: Way,
}

enum Way {
    Rename(Temporary),
    /// The new content, and the copy of the old one.
    InPlace {
        new: Temporary,
        old: Temporary,
    },
}

impl Staged {
    /// Writes the content beside the file that it is for.
    pub(super) fn new(
        shown: &Path,
        path: PathBuf,
        old: Option<Metadata>,
        content: Content<'_>,
    ) -> Result<Self, Failure> {
        let mut stage = || -> io::Result<Way> {
            let new = Temporary::in_folder(folder(&path), old.is_some())?;
            let mut out = BufWriter::new(new.file()?);
            content(&mut out)?;
            out.flush()?;
            drop(out);
            let Some(metadata) = &old else {
                new.file()?.sync_all()?;
                return Ok(Way::Rename(new));
            };
            if attributes::links(metadata) > 1 {
                let old = Temporary::in_folder(folder(&path), true)?;
                io::copy(&mut File::open(&path)?, &mut old.file()?)?;
                old.file()?.sync_all()?;
                return Ok(Way::InPlace { new, old });
            }
            attributes::copy(new.file()?, &path, metadata)?;
            new.file()?.sync_all()?;
            Ok(Way::Rename(new))
        };
        let way = stage().map_err(|error| Failure::writing(shown, &error))?;
        Ok(Self { shown: shown.to_owned(), path, way })
    }

    fn put(self) -> Result<(), Failure> {
        let Self { shown, path, way } = self;
        match way {
            Way::Rename(new) => new.rename(&path).map_err(|error| Failure::writing(&shown, &error)),
            Way::InPlace { new, old } => in_place(&shown, &path, &new, old),
        }
    }
}

/// Puts all contents in place, the first one first, and then removes what is stale.
pub(super) fn commit(all: Vec<Staged>, expected: &Expected<'_>, stale: &[PathBuf]) -> Result<(), Failure> {
    let Some(first) = all.first() else { return Ok(()) };
    let (shown, path) = (first.shown.clone(), first.path.clone());
    let failed = |error: io::Error| Failure::writing(&shown, &error);
    // Waits for a program that is changing the file, so that its change is not lost half-way.
    let _lock = match expected {
        Expected::Original(_) => None,
        _ => original::lock(&path).ok(),
    };
    let _signals = without_signals();
    match expected {
        Expected::Anything => {}
        Expected::Stamp(stamp) if Stamp::of(&path).as_ref() == Some(*stamp) => {}
        Expected::Stamp(_) => return Err(original::changed(&shown)),
        Expected::Original(original) => original.check_unchanged(&path)?,
    }
    all.into_iter().try_for_each(Staged::put)?;
    sync_folder(folder(&path)).map_err(failed)?;
    for path in stale {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let message =
                    format!("this sidecar file of the image that was replaced cannot be removed: {error}");
                return Err(Failure::refused(path, &message));
            }
            _ => {}
        }
    }
    if stale.is_empty() { Ok(()) } else { sync_folder(folder(&path)).map_err(failed) }
}

fn in_place(shown: &Path, path: &Path, new: &Temporary, old: Temporary) -> Result<(), Failure> {
    let Err(error) = overwrite(path, new) else { return Ok(()) };
    if let Err(second) = overwrite(path, &old) {
        let message = format!(
            "{error}, and its old content cannot be restored ({second}): it is in {}",
            old.path().display()
        );
        old.keep();
        return Err(Failure::refused(shown, &message));
    }
    Err(Failure::writing(shown, &error))
}

fn overwrite(path: &Path, content: &Temporary) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut from = content.file()?;
    from.seek(SeekFrom::Start(0))?;
    let len = io::copy(&mut from, &mut file)?;
    file.set_len(len)?;
    file.sync_all()
}

/// A rename lasts only when the folder is on the disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Not every filesystem knows this, and a folder may be writable without being readable.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
