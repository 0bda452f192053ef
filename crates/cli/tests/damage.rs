//! Damage in the data of a file reaches the user of every command. Which files are damaged, GDAL says: `testdata/damage.json`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::path::{Path, PathBuf};

use common::{folder, memtiff, stderr, testdata};

/// A damaged file that GDAL answers with this status, in `folder`.
fn damaged(folder: &Path, name: &str, status: &str) -> PathBuf {
    let entries = std::fs::read_to_string(testdata("damage.json")).unwrap();
    let entries: serde_json::Value = serde_json::from_str(&entries).unwrap();
    let mut entries = entries.as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["file"] == name && entry["status"] == status).unwrap();
    let mut bytes = std::fs::read(testdata(name)).unwrap();
    bytes[usize::try_from(entry["offset"].as_u64().unwrap()).unwrap()] =
        u8::try_from(entry["byte"].as_u64().unwrap()).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

/// Runs a command with a file and an output, gives the exit code and standard error.
fn run(command: &str, file: &Path, output: &Path) -> (i32, String) {
    let words = command.split(' ').map(|word| match word {
        "IN" => file.to_str().unwrap(),
        "OUT" => output.to_str().unwrap(),
        word => word,
    });
    let done = memtiff(words);
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), stderr(&done));
    (done.status.code().unwrap(), said)
}

#[test]
fn commands_that_read_pixels_print_the_warnings_of_decoders() {
    let folder = folder("damage_warnings");
    let file = damaged(&folder, "u1_ccittrle_strip.tif", "warning");
    for (command, output) in [("stats IN", "none"), ("read IN -o OUT", "a.npy"), ("preview IN OUT", "a.png")]
    {
        let (code, said) = run(command, &file, &folder.join(output));
        assert_eq!(code, 0, "{command}: {said}");
        assert!(said.contains("warning: ") && said.contains("directory 0, chunk "), "{command}: {said}");
    }
}

#[test]
fn check_and_validate_count_damaged_blocks() {
    let folder = folder("damage_findings");
    for (name, status) in [("u1_ccittrle_strip.tif", "warning"), ("u16_deflate_p2_tile_big.tif", "error")] {
        let file = damaged(&folder, name, status);
        for command in ["check", "validate"] {
            let (code, said) = run(&format!("{command} IN"), &file, &folder);
            assert_eq!(code, 1, "{said}");
            assert!(
                said.contains("damage: ") && said.contains("block is damaged"),
                "{command} {name}: {said}"
            );
            let (_, said) = run(&format!("{command} --skip-pixels IN"), &file, &folder);
            assert!(!said.contains("damage"), "{said}");
            let (_, said) = run(&format!("{command} IN"), &testdata(name), &folder);
            assert!(!said.contains("damage"), "{said}");
        }
    }
}

#[test]
fn no_file_is_made_of_damaged_blocks_unless_damage_is_to_be_ignored() {
    let folder = folder("damage_refused");
    let file = damaged(&folder, "u1_ccittrle_strip.tif", "warning");
    let output = folder.join("out.tif");
    for command in ["convert IN OUT", "cog IN OUT", "overviews IN 2 -o OUT"] {
        let (code, said) = run(command, &file, &output);
        assert_eq!((code, output.exists()), (1, false), "{command}: {said}");
        assert!(said.contains("warning: ") && said.contains("--ignore-damage"), "{command}: {said}");
        let (code, said) = run(&format!("{command} --ignore-damage"), &file, &output);
        assert_eq!((code, output.exists()), (0, true), "{command}: {said}");
        // What is copied as it is stored is not decoded then.
        assert!(command.starts_with("convert") || said.contains("warning: "), "{command}: {said}");
        std::fs::remove_file(&output).unwrap();
    }
    let before = std::fs::read(&file).unwrap();
    let (code, _) = run("overviews IN 2", &file, &output);
    assert_eq!((code, std::fs::read(&file).unwrap() == before), (1, true));
}

#[test]
fn blocks_that_are_copied_as_they_are_stored_are_verified() {
    let folder = folder("damage_copied");
    let output = folder.join("out.tif");
    let file = damaged(&folder, "u16_deflate_p2_tile_big.tif", "error");
    let (code, said) = run("convert IN OUT --co ENDIANNESS=BIG", &file, &output);
    assert_eq!((code, output.exists()), (1, false), "{said}");
    assert!(said.contains("Deflate data are damaged"), "{said}");
    let (code, said) = run("convert IN OUT --co ENDIANNESS=BIG --ignore-damage", &file, &output);
    assert_eq!((code, said.as_str()), (0, ""));
    let (code, said) = run("check IN", &output, &folder);
    assert!(code == 1 && said.contains("1 block is damaged"), "{said}");
}
