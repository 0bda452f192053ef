//! What the tests of the program share.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "tests, each with a part of it")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name).canonicalize().unwrap()
}

pub fn scene() -> PathBuf {
    testdata("utm33_rgb_u16.tif")
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_memtiff"))
}

pub fn memtiff<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    program().args(arguments).output().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails unless the program ends with this code and says this.
pub fn assert_refused(output: &Output, code: i32, says: &str) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(says), "{stderr:?} does not say {says:?}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

pub fn assert_succeeded(output: &Output) {
    assert!(output.status.success(), "{}", stderr(output));
}

/// A folder of this test alone, empty.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Names of the files in a folder, sorted.
pub fn listing(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What `info --json` says.
pub fn info(file: &Path) -> serde_json::Value {
    let output = memtiff([OsStr::new("info"), OsStr::new("--json"), file.as_os_str()]);
    assert_succeeded(&output);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The commands that write a file, each as its arguments for an output. `edit` and `overviews` without `-o` change the
/// file in place: it must be a GeoTIFF.
pub fn writers(output: &Path) -> Vec<(&'static str, Vec<PathBuf>)> {
    let scene = scene();
    let words = |words: &[&str]| words.iter().map(PathBuf::from).collect::<Vec<_>>();
    let with = |first: &str, paths: &[&Path], rest: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
        [words(&[first]), paths, words(rest)].concat()
    };
    vec![
        ("convert", with("convert", &[&scene, output], &["--co", "COMPRESS=ZSTD"])),
        ("cog", with("cog", &[&scene, output], &[])),
        (
            "edit -o",
            with("edit", &[&scene], &["--tag", "A=b", "-o"]).into_iter().chain([output.into()]).collect(),
        ),
        (
            "overviews -o",
            with("overviews", &[&scene], &["8", "-o"]).into_iter().chain([output.into()]).collect(),
        ),
        ("read", with("read", &[&scene], &["-o"]).into_iter().chain([output.into()]).collect()),
        ("preview", with("preview", &[&scene, output], &[])),
        ("edit", with("edit", &[output], &["--tag", "A=b"])),
        ("overviews", with("overviews", &[output], &["8"])),
    ]
}
