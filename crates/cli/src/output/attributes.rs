//! Owner and mode of a file that is replaced.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Gives `new` the owner and the mode of the file at `path`. What cannot be kept is reported,
/// and does not stop the program; a mode that cannot be set does.
#[cfg(unix)]
pub(super) fn copy(new: &File, path: &Path, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    use crate::failure::warn;

    let is = new.metadata()?;
    if (is.uid(), is.gid()) != (old.uid(), old.gid())
        && fchown(new, Some(old.uid()), Some(old.gid())).is_err()
    {
        // Users other than the superuser may give a file to their groups, not to other users.
        let group = is.gid() == old.gid() || fchown(new, None, Some(old.gid())).is_ok();
        let lost = if group { "owner" } else { "owner and group" };
        warn(&format!("{}: the {lost} cannot be kept", path.display()));
    }
    // After the owner: a change of that resets bits of the mode.
    new.set_permissions(old.permissions())
}

#[cfg(not(unix))]
pub(super) fn copy(new: &File, _path: &Path, old: &Metadata) -> io::Result<()> {
    new.set_permissions(old.permissions())
}

/// How many names a file has.
#[cfg(unix)]
pub(super) fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
pub(super) fn links(_metadata: &Metadata) -> u64 {
    1
}
