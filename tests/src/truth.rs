//! The truth about files, as an independent reader wrote it down (`expected.json`).

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A folder of files with an `expected.json` beside them.
pub struct Collection {
    root: PathBuf,
    records: serde_json::Map<String, Value>,
}

/// The top folder of the project.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that come with the project.
pub fn testdata() -> Collection {
    Collection::at(project().join("testdata")).expect("testdata/expected.json is part of the project")
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
        Some(Self { root, records })
    }

    /// Name and record of every file.
    pub fn records(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.records.iter().map(|(name, record)| (name.as_str(), record))
    }

    /// The record of one file.
    pub fn record(&self, name: &str) -> &Value {
        &self.records[name]
    }

    /// The bytes of one file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}
