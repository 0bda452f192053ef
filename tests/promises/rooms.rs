//! The codec's rooms stand in an order, and no arrow runs back up.

use std::fs;
use std::path::{Path, PathBuf};

use memtiff_tests::truth;

/// A room uses only rooms further left; rooms in one place do not see each other.
const ORDER: [&[&str]; 15] = [
    &["error"],
    &["limits", "text"],
    &["bytes"],
    &["tag"],
    &["ifd"],
    &["image"],
    &["layout"],
    &["compress"],
    &["sample"],
    &["color"],
    &["geo", "metadata"],
    &["resample"],
    &["read"],
    &["write"],
    &["lib"],
];

fn floor(room: &str) -> usize {
    ORDER
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("room `{room}` has no place"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The rooms that a source names after `crate::`, tests included.
fn named(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    let after: Vec<&str> = code.split("crate::").skip(1).collect();
    let first =
        |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = Vec::new();
    for rest in after {
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split("};").next().unwrap();
                rooms.extend(group.split(',').map(|part| first(part.trim())));
            }
            None => rooms.push(first(rest)),
        }
    }
    // Names with a capital are items of the root; nothing but tests and docs may take them from there.
    rooms.retain(|room| room.starts_with(char::is_lowercase));
    rooms
}

#[test]
fn no_room_uses_a_room_above_it() {
    let root = truth::project().join("crates/geotiff/src");
    let mut arrows = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        for other in named(&fs::read_to_string(&path).unwrap()) {
            arrows += 1;
            let right = other == room || floor(&other) < floor(room);
            assert!(right, "{}: `{room}` uses `{other}`, which stands above or beside it", inside.display());
        }
    }
    assert!(arrows > 50, "only {arrows} arrows found: is the pattern still right?");
}
