//! Output files: the one way in which every command writes them.
//!
//! A file gets its new content whole or keeps its old one. The content goes into a temporary file in the same folder,
//! is flushed to the disk, and takes the place of the old file by a rename; nothing is removed that this run did not
//! create, except the sidecar files of an image that was replaced. What a path leads to decides how it is written:
//!
//! - a symbolic link is followed, so that its target changes and the link stays;
//! - a file with several hard links is written in place, because a rename would detach it from its other names
//!   ([`replace`] says what protects its content);
//! - a pipe or a character device is written to as a stream; block devices and sockets are refused;
//! - a read-only file is refused, also for the superuser.

mod attributes;
mod destination;
mod format;
mod original;
mod replace;
mod sidecars;
mod temporary;

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use memtiff::Bytes;

use crate::failure::{Failure, to_standard_output};
use crate::identity::{FileId, Stamp};
use crate::input::Files;
use destination::Destination;
pub(crate) use format::Format;
pub(crate) use original::Original;
use replace::{Expected, Staged};
use sidecars::Stale;

/// Writes the content of a file; called once.
pub(crate) type Content<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

/// Where a command writes to.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    path: &'a Path,
    format: Format,
    /// The input, if it is the file that is replaced: it must not have changed since it was read.
    input: Option<Stamp>,
    /// Files that no sidecar file of the output may overwrite.
    protected: Vec<FileId>,
}

impl<'a> Output<'a> {
    /// Refuses what cannot be written before any work is done for it.
    pub(crate) fn new(path: &'a Path, format: Format) -> Result<Self, Failure> {
        Destination::of(path)?;
        Ok(Self { path, format, input: None, protected: Vec::new() })
    }

    /// Refuses an output that would destroy the input, or whose name says another format. A GeoTIFF may replace the file that it was made from: all of
    /// that is in memory.
    pub(crate) fn keeps(mut self, input: &Files) -> Result<Self, Failure> {
        let Destination::File { path, .. } = Destination::of(self.path)? else { return Ok(self) };
        self.protected.extend(input.main.iter().map(|main| main.id.clone()));
        let shown = self.path.display();
        let id = FileId::of(&path);
        if let Some(main) = input.main.as_ref().filter(|main| Some(&main.id) == id.as_ref()) {
            if input.is_archive {
                let message =
                    format!("{shown} is the archive that the input is in: give the output another name");
                return Err(Failure::usage(message));
            }
            if self.format != Format::Tiff {
                return Err(Failure::usage(format!("{shown} is the input: give the output another name")));
            }
            self.input = Some(main.clone());
            self.format.check_name(self.path)?;
            return Ok(self);
        }
        self.protected.extend(input.sidecars.iter().map(|sidecar| sidecar.id.clone()));
        if input.sidecars.iter().any(|sidecar| Some(&sidecar.id) == id.as_ref()) {
            let message = format!("{shown} is a sidecar file of the input: give the output another name");
            return Err(Failure::usage(message));
        }
        self.format.check_name(self.path)?;
        if self.format == Format::Tiff {
            let read = || input.main.iter().chain(&input.sidecars);
            for stale in sidecars::stale(&path).remove {
                let id = FileId::of(&stale);
                if read().any(|file| Some(&file.id) == id.as_ref()) {
                    let (stale, message) =
                        (stale.display(), "belongs to the input, and would be removed as a sidecar file of");
                    return Err(Failure::usage(format!(
                        "{stale} {message} {shown}: give the output another name"
                    )));
                }
            }
        }
        Ok(self)
    }

    /// Whether the output is the file that the input came from.
    pub(crate) fn replaces_input(&self) -> bool {
        self.input.is_some()
    }

    /// Whether this is a stream: standard output, a pipe, a device.
    pub(crate) fn is_stream(&self) -> Result<bool, Failure> {
        Ok(!matches!(Destination::of(self.path)?, Destination::File { .. }))
    }

    /// Writes the file, and the sidecar files that go with it, each with its name. A GeoTIFF replaces an image together
    /// with the sidecar files of that.
    pub(crate) fn write(&self, content: Content<'_>, beside: Vec<(OsString, Bytes)>) -> Result<(), Failure> {
        let (path, old) = match Destination::of(self.path)? {
            Destination::Standard => return to_standard_output(|out| content(out)),
            Destination::Stream(path) => return self.stream(&path, content),
            Destination::File { path, old } => (path, old),
        };
        let mut all = vec![Staged::new(self.path, path.clone(), old, content)?];
        let mut kept = Vec::new();
        for (name, bytes) in beside {
            let name = path.with_file_name(name);
            let Destination::File { path, old } = Destination::of(&name)? else {
                return Err(Failure::refused(&name, "a sidecar file is a regular file"));
            };
            if FileId::of(&path).is_some_and(|id| self.protected.contains(&id)) {
                let message = "is the input, or a sidecar file of it, and would be overwritten";
                return Err(Failure::usage(format!(
                    "{} {message}: remove it, or rename the output",
                    name.display()
                )));
            }
            all.push(Staged::new(&name, path.clone(), old, &mut |out| out.write_all(&bytes))?);
            kept.extend([name, path]);
        }
        let stale = match self.format {
            Format::Tiff => sidecars::stale(&path).without(&kept),
            Format::Png | Format::Npy => Stale::default(),
        };
        stale.check_removable()?;
        let expected = self.input.as_ref().map_or(Expected::Anything, Expected::Stamp);
        replace::commit(all, &expected, &stale.remove)?;
        stale.report(self.path);
        Ok(())
    }

    fn stream(&self, path: &Path, content: Content<'_>) -> Result<(), Failure> {
        // Appending changes nothing for a pipe or a device, and keeps what is in a file that a descriptor leads to.
        let written = OpenOptions::new().append(true).open(path).and_then(|mut file| content(&mut file));
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| Failure::writing(self.path, &error)),
        }
    }
}

/// Gives a file its new content in place, and sidecar files that have changed theirs, each with its name; those in `removed`
/// go.
pub(crate) fn update(
    original: &Original,
    bytes: &[u8],
    beside: Vec<(OsString, Bytes)>,
    removed: &[PathBuf],
) -> Result<(), Failure> {
    let (shown, path) = (original.shown(), original.path());
    let Destination::File { path, old } = Destination::of(path)? else {
        return Err(Failure::refused(shown, "it is no longer a regular file"));
    };
    let mut all = vec![Staged::new(shown, path, old, &mut |out| out.write_all(bytes))?];
    for (name, bytes) in beside {
        let name = shown.with_file_name(name);
        let Destination::File { path, old } = Destination::of(&name)? else {
            return Err(Failure::refused(&name, "a sidecar file is a regular file"));
        };
        all.push(Staged::new(&name, path, old, &mut |out| out.write_all(&bytes))?);
    }
    replace::commit(all, &Expected::Original(original), removed)
}

/// Whether two paths lead to the same file, links followed.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    FileId::of(one).is_some_and(|one| FileId::of(other) == Some(one))
}
