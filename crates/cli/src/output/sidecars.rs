//! Sidecar files of an image that is replaced: they describe the old image, and would be taken for those of the new one.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use memtiff::companion_names;

use super::format::RASTERS;
use crate::failure::{Failure, warn};
use crate::input::folder;
use crate::names;

/// Sidecar files of an image that is replaced.
#[derive(Debug, Default)]
pub(super) struct Stale {
    /// Those that go with it.
    pub(super) remove: Vec<PathBuf>,
    /// Those that stay, each with another image that it may belong to.
    shared: Vec<(PathBuf, PathBuf)>,
}

/// The sidecar files beside `image`. Those with a name of their own (`a.tif.aux.xml`) belong to no other file; a world
/// file or RPCs (`a.tfw`, `a.RPB`) may belong to another image of the same stem, and stay if there is one.
pub(super) fn stale(image: &Path) -> Stale {
    let name = names::to_text(image.file_name().unwrap_or_default());
    let stem = names::to_text(image.file_stem().unwrap_or_default());
    let wanted = companion_names(&name);
    let (mut own, mut shared, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in fs::read_dir(folder(image)).into_iter().flatten().flatten() {
        let path = entry.path();
        let sibling = names::to_text(path.file_name().unwrap_or(OsStr::new("")));
        // The case of a suffix does not matter to readers. The case of the image's name does here: `A.tif.ovr` may
        // belong to an `A.tif`.
        let is_wanted = wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&sibling));
        if is_wanted && sibling.starts_with(&name) {
            own.push(path);
        } else if is_wanted && sibling.starts_with(&stem) {
            shared.push(path);
        } else if sibling != name && is_image_of(&path, &stem) {
            others.push(path);
        }
    }
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir());
    own.retain(is_file);
    shared.retain(is_file);
    let mut stale = Stale { remove: own, shared: Vec::new() };
    for path in shared {
        let name = names::to_text(path.file_name().unwrap_or_default());
        let counts = |other: &&PathBuf| {
            let wanted = companion_names(&names::to_text(other.file_name().unwrap_or_default()));
            wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name))
        };
        match others.iter().find(counts) {
            Some(other) => stale.shared.push((path, other.clone())),
            // Without an image to replace, a file that is named after the stem alone was left by something else.
            None if image.exists() => stale.remove.push(path),
            None => {}
        }
    }
    stale
}

impl Stale {
    /// Leaves out the sidecar files that the new image brings.
    pub(super) fn without(mut self, new: &[PathBuf]) -> Self {
        self.remove.retain(|stale| !new.contains(stale));
        self.shared.retain(|(stale, _)| !new.contains(stale));
        self
    }

    /// Says which files stay.
    pub(super) fn report(&self, image: &Path) {
        for (path, other) in &self.shared {
            let (path, other, image) = (path.display(), other.display(), image.display());
            warn(&format!("{path} stays, because it may belong to {other}; it counts for {image} too"));
        }
    }

    /// Refuses to replace an image with a read-only sidecar file, which could not be removed afterwards.
    pub(super) fn check_removable(&self) -> Result<(), Failure> {
        for path in &self.remove {
            let metadata = fs::symlink_metadata(path).map_err(|error| Failure::writing(path, &error))?;
            if metadata.is_file() && metadata.permissions().readonly() {
                return Err(Failure::refused(
                    path,
                    "this sidecar file of the image that is replaced is read-only",
                ));
            }
        }
        Ok(())
    }
}

fn is_image_of(path: &Path, stem: &str) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| RASTERS.contains(&extension.as_str()))
        && path.file_stem().is_some_and(|other| names::to_text(other) == stem)
}
