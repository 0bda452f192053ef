//! The tree of names: an ordered map from paths to files and directories. Takes no lock and counts no bytes.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::inode::Inode;
use crate::path::VfsPath;

/// What a path names.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// `kept` if it was asked for; one that came with a file in it goes with the last.
    Directory {
        kept: bool,
    },
    File(Arc<Inode>),
}

impl Node {
    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::Directory { .. })
    }

    pub(crate) fn inode(&self) -> Option<&Inode> {
        match self {
            Self::File(inode) => Some(inode),
            Self::Directory { .. } => None,
        }
    }
}

/// All names but the root's, which is always a directory. In the order of their texts all that lies in `/a` stands
/// between `/a/` and `/a0` (`0` is the character behind `/`), so that a directory is a range.
#[derive(Debug, Default)]
pub(crate) struct Tree(BTreeMap<VfsPath, Node>);

impl Tree {
    /// Names that there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What `path` names.
    pub(crate) fn get(&self, path: &VfsPath) -> Option<Node> {
        if path.is_root() { Some(Node::Directory { kept: true }) } else { self.0.get(path).cloned() }
    }

    /// The file that `path` names.
    pub(crate) fn file(&self, path: &VfsPath) -> Result<Arc<Inode>> {
        match self.get(path) {
            Some(Node::File(inode)) => Ok(inode),
            Some(Node::Directory { .. }) => Err(Error::new(ErrorKind::IsADirectory, path)),
            None => Err(Error::new(ErrorKind::NotFound, path)),
        }
    }

    /// Refuses a path that names no directory.
    pub(crate) fn check_directory(&self, path: &VfsPath) -> Result<()> {
        match self.get(path) {
            Some(Node::Directory { .. }) => Ok(()),
            Some(Node::File(_)) => Err(Error::new(ErrorKind::NotADirectory, path)),
            None => Err(Error::new(ErrorKind::NotFound, path)),
        }
    }

    /// How many names `path` would add, with the directories that it needs.
    ///
    /// # Errors
    ///
    /// When one of those is a file.
    pub(crate) fn missing(&self, path: &VfsPath) -> Result<usize> {
        let mut missing = usize::from(self.get(path).is_none());
        let mut parent = path.parent();
        while let Some(directory) = parent {
            match self.get(&directory) {
                Some(Node::Directory { .. }) => break,
                Some(Node::File(_)) => return Err(Error::new(ErrorKind::NotADirectory, &directory)),
                None => missing = missing.saturating_add(1),
            }
            parent = directory.parent();
        }
        Ok(missing)
    }

    /// Gives `path` a meaning, and what it needs above it. The root stays as it is.
    pub(crate) fn insert(&mut self, path: VfsPath, node: Node) {
        if path.is_root() {
            return;
        }
        let mut parent = path.parent();
        while let Some(directory) = parent.filter(|directory| self.get(directory).is_none()) {
            parent = directory.parent();
            self.0.insert(directory, Node::Directory { kept: false });
        }
        self.0.insert(path, node);
    }

    /// Takes a name away, and the directories above it that came with it and are empty now.
    pub(crate) fn remove(&mut self, path: &VfsPath) -> Option<Node> {
        let node = self.0.remove(path)?;
        let mut parent = path.parent();
        while let Some(directory) = parent {
            let passing = matches!(self.0.get(&directory), Some(Node::Directory { kept: false }));
            if !passing || !self.is_empty(&directory) {
                break;
            }
            self.0.remove(&directory);
            parent = directory.parent();
        }
        Some(node)
    }

    /// Whether nothing lies in a directory.
    pub(crate) fn is_empty(&self, directory: &VfsPath) -> bool {
        self.within(directory).next().is_none()
    }

    /// All that lies in a directory, at any depth, in order.
    pub(crate) fn within(&self, directory: &VfsPath) -> impl Iterator<Item = (&VfsPath, &Node)> {
        let (first, end) = bounds(directory);
        self.0.range::<str, _>((Bound::Included(first.as_str()), Bound::Excluded(end.as_str())))
    }

    /// What lies in a directory itself, in order. What lies deeper is jumped over, not walked through.
    pub(crate) fn children(&self, directory: &VfsPath) -> impl Iterator<Item = (&VfsPath, &Node)> {
        let (mut next, end) = bounds(directory);
        let depth = next.len();
        std::iter::from_fn(move || {
            loop {
                let range = (Bound::Included(next.as_str()), Bound::Excluded(end.as_str()));
                let (path, node) = self.0.range::<str, _>(range).next()?;
                match path.as_str().get(depth..).and_then(|name| name.find('/')) {
                    // Behind a directory's own name others may come first: `/a`, `/a.tif`, `/a/b`.
                    None => {
                        next = format!("{path}\0");
                        return Some((path, node));
                    }
                    Some(segment) => {
                        let child = path.as_str().get(..depth.saturating_add(segment)).unwrap_or_default();
                        next = format!("{child}0");
                    }
                }
            }
        })
    }
}

/// Where the names within a directory begin, and where they have ended.
fn bounds(directory: &VfsPath) -> (String, String) {
    let name = directory.as_str().trim_end_matches('/');
    (format!("{name}/"), format!("{name}0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Blob;

    fn path(text: &str) -> VfsPath {
        VfsPath::try_from(text).unwrap()
    }

    fn file(text: &str) -> Node {
        Node::File(Arc::new(Inode::new(path(text), Blob::default())))
    }

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for text in paths {
            tree.insert(path(text), file(text));
        }
        tree
    }

    #[test]
    fn children_are_those_and_no_others() {
        let tree = tree(&["/a/b/c", "/a/b.tif", "/a!x", "/a/b/d/e", "/a0", "/a/z", "/b"]);
        let names = |text| tree.children(&path(text)).map(|(path, _)| path.as_str()).collect::<Vec<_>>();
        assert_eq!(names("/a"), ["/a/b", "/a/b.tif", "/a/z"]);
        assert_eq!(names("/"), ["/a", "/a!x", "/a0", "/b"]);
        assert_eq!(names("/a/b"), ["/a/b/c", "/a/b/d"]);
        assert_eq!(tree.within(&path("/a")).count(), 6);
    }

    #[test]
    fn directories_that_came_with_a_file_go_with_the_last() {
        let mut tree = tree(&["/a/b/c", "/a/b/d"]);
        tree.insert(path("/k"), Node::Directory { kept: true });
        tree.insert(path("/k/l/m"), file("/k/l/m"));
        tree.remove(&path("/a/b/c"));
        assert!(tree.get(&path("/a/b")).is_some());
        tree.remove(&path("/a/b/d"));
        tree.remove(&path("/k/l/m"));
        assert_eq!(tree.within(&VfsPath::root()).map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/k"]);
    }

    #[test]
    fn what_is_missing_is_counted_and_a_file_is_no_directory() {
        let tree = tree(&["/a/b"]);
        assert_eq!(tree.missing(&path("/a/c/d")).unwrap(), 2);
        assert_eq!(tree.missing(&path("/a/b")).unwrap(), 0);
        assert_eq!(*tree.missing(&path("/a/b/c")).unwrap_err().kind(), ErrorKind::NotADirectory);
    }
}
