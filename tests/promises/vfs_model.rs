//! Random sequences of operations, held against a plain model: after each, names, contents, handles and snapshots are
//! what the model says, and an operation that fails has changed nothing.

use std::collections::BTreeMap;

use memtiff::Bytes;
use memtiff::vfs::{ErrorKind, File, OpenOptions, Quota, Vfs};
use proptest::prelude::*;

const BYTES: u64 = 60;
const ENTRIES: usize = 9;

/// Names and contents; a file has a number that outlives its name, for handles.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    names: BTreeMap<String, Node>,
    contents: BTreeMap<usize, Vec<u8>>,
    numbers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    Directory { kept: bool },
    File(usize),
}

#[derive(Debug, Clone)]
enum Op {
    Open { path: String, write: bool, append: bool, truncate: bool, create: bool, create_new: bool },
    Insert(String, Vec<u8>),
    WriteAt(usize, u64, Vec<u8>),
    Append(usize, Vec<u8>),
    SetLen(usize, u64),
    Replace(usize, Vec<u8>),
    Close(usize),
    Unlink(usize),
    Snapshot(String),
    DropSnapshot(usize),
    CreateDir(String),
    Remove(String),
    RemoveAll(String),
    Rename(String, String),
    Copy(String, String),
}

fn parent(path: &str) -> Option<String> {
    let (parent, _) = path.rsplit_once('/')?;
    (!parent.is_empty()).then(|| parent.to_owned())
}

fn is_within(path: &str, directory: &str) -> bool {
    directory == "/" || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

type Outcome = Option<()>;

impl Model {
    fn within(&self, directory: &str) -> Vec<(String, Node)> {
        let all = self.names.iter().filter(|(path, _)| is_within(path, directory));
        all.map(|(path, node)| (path.clone(), *node)).collect()
    }

    fn is_directory(&self, path: &str) -> bool {
        path == "/" || matches!(self.names.get(path), Some(Node::Directory { .. }))
    }

    fn put(&mut self, path: &str, node: Node) -> Outcome {
        let mut above = parent(path);
        while let Some(directory) = above {
            match self.names.get(&directory) {
                Some(Node::File(_)) => return None,
                Some(_) => {}
                None => drop(self.names.insert(directory.clone(), Node::Directory { kept: false })),
            }
            above = parent(&directory);
        }
        self.names.insert(path.to_owned(), node);
        Some(())
    }

    fn take(&mut self, path: &str) -> Option<Node> {
        let node = self.names.remove(path)?;
        let mut above = parent(path);
        while let Some(directory) = above {
            let goes = self.names.get(&directory) == Some(&Node::Directory { kept: false });
            if !goes || !self.within(&directory).is_empty() {
                break;
            }
            self.names.remove(&directory);
            above = parent(&directory);
        }
        Some(node)
    }

    fn forget(&mut self, node: Option<Node>) {
        if let Some(Node::File(number)) = node {
            self.contents.remove(&number);
        }
    }

    fn new_file(&mut self, path: &str, content: Vec<u8>) -> Outcome {
        let number = self.numbers;
        self.put(path, Node::File(number))?;
        self.numbers += 1;
        self.contents.insert(number, content);
        Some(())
    }

    fn file(&self, path: &str) -> Option<usize> {
        match self.names.get(path) {
            Some(Node::File(number)) => Some(*number),
            _ => None,
        }
    }

    fn insert(&mut self, path: &str, content: Vec<u8>) -> Outcome {
        if self.is_directory(path) {
            return None;
        }
        match self.file(path) {
            Some(number) => self.contents.insert(number, content).map(drop),
            None => self.new_file(path, content),
        }
    }

    fn write(&mut self, number: usize, offset: usize, data: &[u8]) -> Outcome {
        let content = self.contents.get_mut(&number)?;
        if !data.is_empty() {
            content.resize(content.len().max(offset + data.len()), 0);
            content[offset..offset + data.len()].copy_from_slice(data);
        }
        Some(())
    }

    fn create_dir(&mut self, path: &str) -> Outcome {
        match self.names.get(path) {
            Some(Node::File(_)) => None,
            _ if path == "/" => Some(()),
            _ => self.put(path, Node::Directory { kept: true }),
        }
    }

    fn remove(&mut self, path: &str) -> Outcome {
        if !self.within(path).is_empty() {
            return None;
        }
        let node = self.take(path)?;
        self.forget(Some(node));
        Some(())
    }

    fn remove_all(&mut self, path: &str) -> Outcome {
        if path != "/" && !self.names.contains_key(path) {
            return None;
        }
        for (path, node) in self.within(path).into_iter().rev() {
            self.take(&path);
            self.forget(Some(node));
        }
        let node = self.take(path);
        self.forget(node);
        Some(())
    }

    fn check_target(&self, from: &str, to: &str) -> Option<Vec<(String, Node)>> {
        let node = *self.names.get(from)?;
        let fits = match node {
            _ if from == to => true,
            _ if is_within(to, from) => false,
            Node::Directory { .. } => self.file(to).is_none() && self.within(to).is_empty() && to != "/",
            Node::File(_) => !self.is_directory(to),
        };
        let mut all = self.within(from);
        all.insert(0, (from.to_owned(), node));
        fits.then_some(all)
    }

    fn rename(&mut self, from: &str, to: &str) -> Outcome {
        let all = self.check_target(from, to)?;
        if from == to {
            return Some(());
        }
        let replaced = self.names.get(to).copied();
        self.forget(replaced);
        for (path, _) in all.iter().rev() {
            self.take(path);
        }
        for (path, node) in all {
            self.put(&path.replacen(from, to, 1), node)?;
        }
        Some(())
    }

    fn copy(&mut self, from: &str, to: &str) -> Outcome {
        let all = self.check_target(from, to)?;
        if from == to {
            return Some(());
        }
        let replaced = self.names.get(to).copied();
        for (path, node) in all {
            let target = path.replacen(from, to, 1);
            match node {
                Node::Directory { .. } => self.put(&target, node)?,
                Node::File(number) => self.new_file(&target, self.contents[&number].clone())?,
            }
        }
        self.forget(replaced);
        Some(())
    }

    fn bytes(&self) -> u64 {
        self.contents.values().map(|content| content.len() as u64).sum()
    }
}

/// A handle, and the number of its file in the model.
struct Handle {
    file: File,
    number: usize,
}

struct World {
    vfs: Vfs,
    model: Model,
    handles: Vec<Handle>,
    snapshots: Vec<(Bytes, Vec<u8>)>,
}

impl World {
    /// Does an operation here and there; whether it worked in the filesystem.
    fn run(&mut self, op: &Op) -> Result<(), memtiff::vfs::Error> {
        let mut model = self.model.clone();
        let handle = |at: usize| self.handles.get(at % self.handles.len().max(1));
        let (outcome, result) = match op {
            Op::Open { path, write, append, truncate, create, create_new } => {
                let options = OpenOptions::new().write(*write).append(*append).truncate(*truncate);
                let options = options.create(*create).create_new(*create_new);
                let outcome = match model.file(path) {
                    Some(_) if *create_new => None,
                    Some(number) if *truncate => model.contents.insert(number, Vec::new()).map(drop),
                    Some(_) => Some(()),
                    None if model.is_directory(path) => None,
                    None if *create || *create_new => model.new_file(path, Vec::new()),
                    None => None,
                };
                let opened = self.vfs.open_with(path, &options);
                if let (Ok(file), Some(number)) = (&opened, model.file(path)) {
                    self.handles.push(Handle { file: file.clone(), number });
                }
                (outcome, opened.map(drop))
            }
            Op::Insert(path, content) => {
                (model.insert(path, content.clone()), self.vfs.insert(path, content.clone()))
            }
            Op::WriteAt(at, offset, data) => {
                let Some(Handle { file, number }) = handle(*at) else { return Ok(()) };
                let outcome = model.write(*number, *offset as usize, data);
                (outcome.filter(|()| !file.is_read_only()), file.write_at(*offset, data))
            }
            Op::Append(at, data) => {
                let Some(Handle { file, number }) = handle(*at) else { return Ok(()) };
                let end = model.contents.get(number).map_or(0, Vec::len);
                let outcome = model.write(*number, end, data);
                let result = file.len().and_then(|end| file.write_at(end, data));
                (outcome.filter(|()| !file.is_read_only()), result)
            }
            Op::SetLen(at, len) => {
                let Some(Handle { file, number }) = handle(*at) else { return Ok(()) };
                let content = model.contents.get_mut(number).filter(|_| !file.is_read_only());
                (content.map(|content| content.resize(*len as usize, 0)), file.set_len(*len))
            }
            Op::Replace(at, content) => {
                let Some(Handle { file, number }) = handle(*at) else { return Ok(()) };
                let slot = model.contents.get_mut(number).filter(|_| !file.is_read_only());
                (slot.map(|slot| slot.clone_from(content)), file.replace(content.clone()))
            }
            Op::Close(at) => {
                let count = self.handles.len().max(1);
                if !self.handles.is_empty() {
                    self.handles.swap_remove(*at % count);
                }
                return Ok(());
            }
            Op::Unlink(at) => {
                let Some(Handle { file, number }) = handle(*at) else { return Ok(()) };
                let path = model.names.iter().find(|(_, node)| **node == Node::File(*number));
                let path = path.map(|(path, _)| path.clone());
                let content = model.contents.get(number).cloned();
                let given = file.clone().into_bytes();
                prop_assert_bytes(&given, content.as_deref());
                (path.and_then(|path| model.remove(&path)), given.map(drop))
            }
            Op::Snapshot(path) => {
                let bytes = self.vfs.read(path);
                let content = model.file(path).map(|number| model.contents[&number].clone());
                if let (Ok(bytes), Some(content)) = (&bytes, &content) {
                    self.snapshots.push((bytes.clone(), content.clone()));
                }
                (content.map(drop), bytes.map(drop))
            }
            Op::DropSnapshot(at) => {
                let count = self.snapshots.len().max(1);
                if !self.snapshots.is_empty() {
                    self.snapshots.swap_remove(*at % count);
                }
                return Ok(());
            }
            Op::CreateDir(path) => (model.create_dir(path), self.vfs.create_dir(path)),
            Op::Remove(path) => (model.remove(path), self.vfs.remove(path)),
            Op::RemoveAll(path) => (model.remove_all(path), self.vfs.remove_all(path)),
            Op::Rename(from, to) => (model.rename(from, to), self.vfs.rename(from, to)),
            Op::Copy(from, to) => (model.copy(from, to), self.vfs.copy(from, to)),
        };
        let within_quota = model.bytes() <= BYTES && model.names.len() <= ENTRIES;
        match &result {
            Ok(()) => {
                assert_eq!(outcome, Some(()), "{op:?} was done, and should have been refused");
                assert!(within_quota, "{op:?} exceeds the quota");
                self.model = model;
            }
            // What a target needs is counted before what a source leaves goes.
            Err(error) if matches!(op, Op::Rename(..)) => {
                let by_quota = matches!(error.kind(), ErrorKind::QuotaEntries { .. });
                assert!(outcome.is_none() || by_quota, "{op:?} should have been done: {error}");
            }
            Err(error) => {
                assert!(outcome.is_none() || !within_quota, "{op:?} should have been done: {error}");
            }
        }
        Ok(())
    }

    fn check(&self) {
        let walked = self.vfs.walk("/").unwrap();
        let found: Vec<_> =
            walked.iter().map(|entry| (entry.path().as_str(), entry.metadata().is_dir())).collect();
        let is_directory = |node: &Node| matches!(node, Node::Directory { .. });
        let expected: Vec<_> =
            self.model.names.iter().map(|(path, node)| (path.as_str(), is_directory(node))).collect();
        assert_eq!(found, expected);
        for (path, node) in &self.model.names {
            match node {
                Node::File(number) => {
                    let content = &self.model.contents[number];
                    assert_eq!(self.vfs.read(path).unwrap(), content[..], "{path}");
                    assert_eq!(self.vfs.metadata(path).unwrap().len(), content.len() as u64);
                }
                Node::Directory { .. } => {
                    let listed = self.vfs.list(path).unwrap();
                    let within = self.model.within(path);
                    let children = within.iter().filter(|(child, _)| parent(child).as_deref() == Some(path));
                    assert!(
                        children
                            .map(|(child, _)| child.as_str())
                            .eq(listed.iter().map(|e| e.path().as_str()))
                    );
                }
            }
        }
        for Handle { file, number } in &self.handles {
            prop_assert_bytes(&file.snapshot(), self.model.contents.get(number).map(Vec::as_slice));
            assert_eq!(file.exists(), self.model.contents.contains_key(number));
        }
        for (snapshot, content) in &self.snapshots {
            assert_eq!(snapshot, content, "a snapshot changed");
        }
        let usage = self.vfs.usage();
        assert_eq!((usage.bytes, usage.entries), (self.model.bytes(), self.model.names.len()));
    }
}

fn prop_assert_bytes(found: &Result<Bytes, memtiff::vfs::Error>, expected: Option<&[u8]>) {
    match (found, expected) {
        (Ok(found), Some(expected)) => assert_eq!(found, expected),
        (Err(error), None) => assert_eq!(*error.kind(), ErrorKind::Stale),
        (found, expected) => panic!("{found:?} where {expected:?} was expected"),
    }
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "a!"]), 1..4)
        .prop_map(|segments| format!("/{}", segments.join("/")))
}

fn path_or_root() -> impl Strategy<Value = String> {
    prop_oneof![9 => path(), 1 => Just("/".to_owned())]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..24)
}

fn op() -> impl Strategy<Value = Op> {
    let open = (path(), any::<[bool; 5]>());
    let open = open.prop_map(|(path, [write, append, truncate, create, create_new])| {
        let create_new = create_new && create;
        Op::Open { path, write, append, truncate, create, create_new }
    });
    let at = 0_usize..8;
    prop_oneof![
        4 => open,
        4 => (path_or_root(), data()).prop_map(|(path, data)| Op::Insert(path, data)),
        6 => (at.clone(), 0_u64..40, data()).prop_map(|(at, offset, data)| Op::WriteAt(at, offset, data)),
        2 => (at.clone(), data()).prop_map(|(at, data)| Op::Append(at, data)),
        2 => (at.clone(), 0_u64..40).prop_map(|(at, len)| Op::SetLen(at, len)),
        1 => (at.clone(), data()).prop_map(|(at, data)| Op::Replace(at, data)),
        1 => at.clone().prop_map(Op::Close),
        1 => at.clone().prop_map(Op::Unlink),
        4 => path().prop_map(Op::Snapshot),
        2 => at.prop_map(Op::DropSnapshot),
        2 => path_or_root().prop_map(Op::CreateDir),
        2 => path_or_root().prop_map(Op::Remove),
        1 => path_or_root().prop_map(Op::RemoveAll),
        4 => (path_or_root(), path_or_root()).prop_map(|(from, to)| Op::Rename(from, to)),
        4 => (path_or_root(), path_or_root()).prop_map(|(from, to)| Op::Copy(from, to)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_does_what_the_model_does(ops in prop::collection::vec(op(), 1..60)) {
        let vfs = Vfs::with_quota(Quota::new().with_bytes(BYTES).with_entries(ENTRIES));
        let mut world = World { vfs, model: Model::default(), handles: Vec::new(), snapshots: Vec::new() };
        for op in &ops {
            world.run(op).unwrap();
            world.check();
        }
    }
}
