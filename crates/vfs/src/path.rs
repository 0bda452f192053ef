//! Names of files, valid by construction.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, Result};

/// Bytes that a path may have.
const LONGEST: usize = 4096;

/// The name of a file or directory: absolute, with `/` between its segments. A text becomes one by `TryFrom`; one that
/// does not begin with `/` counts from the root.
///
/// What always holds: it begins with `/` and, unless it is the root, does not end with it; no segment is empty, `.` or
/// `..`, so that two paths are the same file if and only if they are equal; no byte is 0; it has at most 4,096 bytes.
/// A clone shares the text.
///
/// ```
/// use memtiff_vfs::VfsPath;
///
/// let path = VfsPath::try_from("images/a.tif")?;
/// assert_eq!(path.as_str(), "/images/a.tif");
/// assert_eq!((path.file_name(), path.extension()), ("a.tif", Some("tif")));
/// assert_eq!(path.parent(), Some(VfsPath::try_from("/images")?));
/// assert!(VfsPath::try_from("/images/../secret").is_err());
/// # Ok::<(), memtiff_vfs::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VfsPath(Arc<str>);

impl VfsPath {
    /// The root directory, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".into())
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        &*self.0 == "/"
    }

    /// The last segment; empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// What follows the last dot of the last segment, if there is one behind its first character.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let (stem, extension) = self.file_name().rsplit_once('.')?;
        (!stem.is_empty()).then_some(extension)
    }

    /// The directory it stands in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.rsplit_once('/')?;
        if name.is_empty() {
            return None;
        }
        Some(if parent.is_empty() { Self::root() } else { Self(parent.into()) })
    }

    /// The path of `name` in this directory; `name` may have several segments.
    ///
    /// # Errors
    ///
    /// When the result would be no path.
    pub fn join(&self, name: &str) -> Result<Self> {
        let parent = self.0.trim_end_matches('/');
        Self::try_from(format!("{parent}/{name}"))
    }

    /// Whether it is `directory`, or lies in it at any depth.
    #[must_use]
    pub fn starts_with(&self, directory: &Self) -> bool {
        self.below(directory).is_some()
    }

    /// What follows `directory` in this path: empty if it is it, else `/` and more.
    pub(crate) fn below(&self, directory: &Self) -> Option<&str> {
        let directory = directory.0.trim_end_matches('/');
        let rest = self.0.strip_prefix(directory)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The same path with `from`, which it lies in, replaced by `to`.
    pub(crate) fn moved(&self, from: &Self, to: &Self) -> Result<Self> {
        let rest = self.below(from).unwrap_or_default();
        Self::try_from(format!("{}{rest}", to.0.trim_end_matches('/')))
    }
}

/// Why a text that begins with `/` is no path.
fn fault(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return Some("it is longer than 4096 bytes");
    }
    if text.contains('\0') {
        return Some("it has a byte that is 0");
    }
    let mut segments = text.split('/').skip(1);
    segments.find_map(|segment| match segment {
        "" => Some("a segment is empty"),
        "." | ".." => Some("segments . and .. are not allowed"),
        _ => None,
    })
}

impl TryFrom<&str> for VfsPath {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        let absolute = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
        if absolute == "/" && !text.is_empty() {
            return Ok(Self::root());
        }
        match fault(&absolute) {
            Some(why) => Err(Error::invalid_path(text, why)),
            None => Ok(Self(absolute.into())),
        }
    }
}

impl TryFrom<String> for VfsPath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::try_from(text.as_str())
    }
}

impl TryFrom<&String> for VfsPath {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        Self::try_from(text.as_str())
    }
}

impl From<&Self> for VfsPath {
    fn from(path: &Self) -> Self {
        path.clone()
    }
}

impl FromStr for VfsPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::try_from(text)
    }
}

impl AsRef<str> for VfsPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Paths are ordered, compared and hashed as their texts are.
impl Borrow<str> for VfsPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VfsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VfsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_paths_are_refused() {
        for text in ["", "//", "a//b", "/a/", "/a/../b", "..", "./a", "a\0b", &"x".repeat(4096)] {
            assert!(VfsPath::try_from(text).is_err(), "{text:?}");
        }
        assert_eq!(VfsPath::try_from(&"x".repeat(4095)).unwrap().as_str().len(), 4096);
        assert!(VfsPath::try_from("/").unwrap().is_root());
    }

    #[test]
    fn parents_end_at_the_root() {
        let path = VfsPath::root().join("a/b").unwrap();
        let parent = path.parent().unwrap();
        assert_eq!((path.file_name(), parent.as_str()), ("b", "/a"));
        assert_eq!(parent.parent(), Some(VfsPath::root()));
        assert_eq!(VfsPath::root().parent(), None);
        assert_eq!(VfsPath::root().file_name(), "");
    }

    #[test]
    fn a_name_that_begins_alike_is_not_within() {
        let path = |text| VfsPath::try_from(text).unwrap();
        assert!(path("/a/b").starts_with(&path("/a")));
        assert!(path("/a").starts_with(&path("/a")));
        assert!(path("/a").starts_with(&VfsPath::root()));
        assert!(!path("/ab").starts_with(&path("/a")));
        assert_eq!(path("/a/b/c").moved(&path("/a"), &path("/x/y")).unwrap(), path("/x/y/b/c"));
    }

    #[test]
    fn an_extension_needs_a_stem() {
        let extension = |text| VfsPath::try_from(text).unwrap().extension().map(ToOwned::to_owned);
        assert_eq!(extension("a.tif.ovr").as_deref(), Some("ovr"));
        assert_eq!(extension(".hidden"), None);
        assert_eq!(extension("d.ir/plain"), None);
    }
}
