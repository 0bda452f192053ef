//! The truth about files, as an independent reader wrote it down (`expected.json`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memtiff::{Dataset, Limits, Vfs};

use serde_json::Value;

/// A folder of files with an `expected.json` beside them.
pub struct Collection {
    root: PathBuf,
    records: serde_json::Map<String, Value>,
    /// Folders that were listed, and the names in them.
    folders: RefCell<BTreeMap<PathBuf, Vec<String>>>,
}

/// The top folder of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that come with the project.
pub fn testdata() -> Collection {
    Collection::at(project().join("testdata")).expect("testdata/expected.json is part of the project")
}

/// Files of the project with others beside them.
pub fn sidecars() -> Collection {
    Collection::at(project().join("testdata/sidecars")).expect("its expected.json is part of the project")
}

/// Where the large corpus is: `MEMTIFF_CORPUS`, else `../shared/corpus` beside the project, if there.
pub fn corpus_folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("MEMTIFF_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => project().join("../shared/corpus"),
    };
    folder.join("expected.json").exists().then_some(folder)
}

/// The large corpus, if it is there.
pub fn corpus() -> Option<Collection> {
    Collection::at(corpus_folder()?)
}

impl Collection {
    fn at(root: PathBuf) -> Option<Self> {
        let text = std::fs::read_to_string(root.join("expected.json")).ok()?;
        let mut json: Value = serde_json::from_str(&text).expect("expected.json is JSON");
        let Value::Object(records) = json["files"].take() else { panic!("expected.json has no `files`") };
        Some(Self { root, records, folders: RefCell::default() })
    }

    /// Name and record of every file.
    pub fn records(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.records.iter().map(|(name, record)| (name.as_str(), record))
    }

    /// The record of one file.
    pub fn record(&self, name: &str) -> &Value {
        &self.records[name]
    }

    /// Opens a file, with the files beside it whose names begin alike.
    pub fn open(&self, name: &str) -> memtiff::Result<Dataset> {
        let path = self.root.join(name);
        let (folder, file_name) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem).to_lowercase();
        let vfs = Vfs::new();
        for sibling in self.siblings(folder) {
            if sibling.to_lowercase().starts_with(&stem) {
                let bytes = std::fs::read(folder.join(&sibling)).unwrap();
                vfs.insert(&sibling, bytes).unwrap();
            }
        }
        Dataset::open(&vfs, file_name, Limits::default())
    }

    /// Names of the files of a folder; listed once.
    fn siblings(&self, folder: &Path) -> Vec<String> {
        let mut folders = self.folders.borrow_mut();
        let names = folders.entry(folder.to_owned()).or_insert_with(|| {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
            let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
            files.filter_map(|entry| entry.file_name().into_string().ok()).collect()
        });
        names.clone()
    }

    /// The bytes of one file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}
