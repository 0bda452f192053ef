//! Owner, mode and extended attributes of a file that is replaced.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Gives `new` the owner, the extended attributes and the mode of the file at `path`. What cannot be kept is reported,
/// and does not stop the program; a mode that cannot be set does.
#[cfg(unix)]
pub(super) fn copy(new: &File, path: &Path, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    use crate::failure::warn;

    let is = new.metadata()?;
    let mut mode = old.mode() & 0o7777;
    if (is.uid(), is.gid()) != (old.uid(), old.gid())
        && fchown(new, Some(old.uid()), Some(old.gid())).is_err()
    {
        // Users other than the superuser may give a file to their groups, not to other users.
        let keeps_group = is.gid() == old.gid() || fchown(new, None, Some(old.gid())).is_ok();
        if !keeps_group {
            // What one group was allowed to do, another one is not: it gets the rights of all others.
            mode = mode & !0o2070 | (mode & 0o007) << 3;
        }
        let lost = if keeps_group { "owner" } else { "owner and group" };
        warn(&format!("{}: the {lost} cannot be kept", path.display()));
    }
    #[cfg(target_os = "linux")]
    for name in extended::copy(new, path) {
        warn(&format!("{}: the extended attribute {name} cannot be kept", path.display()));
    }
    // After the owner: a change of that resets bits of the mode.
    new.set_permissions(std::fs::Permissions::from_mode(mode))
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

/// Extended attributes: access control lists, labels, and what users and programs attach to a file.
#[cfg(target_os = "linux")]
mod extended {
    use std::fs::File;
    use std::path::Path;

    use rustix::buffer::spare_capacity;
    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};

    /// What Linux allows at most for a list of names, and for a value.
    const MAX: usize = 1 << 16;

    /// Those that are tied to the content: the system itself drops or computes them when a file is written to.
    const OF_CONTENT: [&str; 3] = ["security.capability", "security.evm", "security.ima"];

    /// Copies all of them; gives the names of those that cannot be copied.
    pub(super) fn copy(new: &File, path: &Path) -> Vec<String> {
        let mut names = Vec::with_capacity(MAX);
        if listxattr(path, spare_capacity(&mut names)).is_err() {
            // A filesystem without extended attributes has none to lose.
            return Vec::new();
        }
        let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let wanted = names.filter(|name| !OF_CONTENT.iter().any(|of_content| of_content.as_bytes() == *name));
        wanted
            .filter(|name| copy_one(new, path, name).is_err())
            .map(|name| String::from_utf8_lossy(name).into())
            .collect()
    }

    fn copy_one(new: &File, path: &Path, name: &[u8]) -> rustix::io::Result<()> {
        let mut value = Vec::with_capacity(MAX);
        getxattr(path, name, spare_capacity(&mut value))?;
        fsetxattr(new, name, &value, XattrFlags::empty())
    }
}
