//! Plain mistakes of users, and answers that help.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{assert_refused, assert_succeeded, folder, info, memtiff, scene, stderr};

fn run(command: &str) -> std::process::Output {
    let scene = scene();
    memtiff(command.split(' ').map(|word| if word == "SCENE" { scene.to_str().unwrap() } else { word }))
}

/// The values are those of rasterio, as in `cli.rs`.
#[test]
fn options_may_follow_points_and_numbers_may_be_negative() {
    for command in [
        "sample SCENE 400000 5900000 --own --bands 3,1",
        "sample SCENE --own 400000 5900000 --bands 3,1",
        "sample --bands 3,1 --own SCENE -- 400000 5900000",
    ] {
        let output = run(command);
        assert_succeeded(&output);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "[18465,8070]\n", "{command}");
    }
    for numbers in ["-13.5 -53", "-1e5 -.5", "-0 -5E+2", "5 -7"] {
        let output = run(&format!("sample SCENE {numbers} --own"));
        assert_succeeded(&output);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "null\n", "{numbers}");
    }
    assert_refused(&run("sample SCENE 1 2 3"), 2, "two numbers");
    assert_refused(&run("sample SCENE 1 two"), 2, "'two'");
}

#[test]
fn the_nearest_command_or_option_is_suggested() {
    for (command, tip) in [
        ("inof SCENE", "'info'"),
        ("covert SCENE out.tif", "'convert'"),
        ("info SCENE --jsn", "'--json'"),
        ("convert SCENE out.tif --dtpe uint8", "'--dtype'"),
        ("sample SCENE 1 2 --ownn", "'--own'"),
    ] {
        assert_refused(&run(command), 2, tip);
    }
}

#[test]
fn names_of_gdal_and_none_are_understood() {
    let folder = folder("spellings");
    let target = folder.join("a.tif");
    let convert = |options: &str| run(&format!("convert SCENE {} {options}", target.display()));
    for (name, dtype) in [
        ("Byte", "uint8"),
        ("UInt16", "uint16"),
        ("int16", "int16"),
        ("FLOAT32", "float32"),
        ("CInt16", "complex_int16"),
        ("CFloat32", "complex64"),
        ("CFloat64", "complex128"),
    ] {
        assert_succeeded(&convert(&format!("--co PREDICTOR=1 --nodata none --dtype {name}")));
        assert_eq!(info(&target)["dtype"], dtype);
    }
    assert_refused(&convert("--dtype Floating"), 2, "complex128");
    assert_succeeded(&convert("--crs none --nodata NONE"));
    let is_bare = |target: &Path| {
        let found = info(target);
        assert!(found["crs"].is_null() && found["nodata"].is_null(), "{found}");
        assert_eq!(found["transform"][2], 399_960.0);
    };
    is_bare(&target);
    fs::copy(scene(), &target).unwrap();
    assert_succeeded(&run(&format!("edit {} --crs None --nodata none", target.display())));
    is_bare(&target);
}

#[test]
fn options_that_a_command_does_not_have_are_refused() {
    let folder = folder("options");
    let target = folder.join("a.tif");
    let tiled = run(&format!("cog SCENE {} --co TILED=YES", target.display()));
    assert_refused(&tiled, 2, "there are BIGTIFF, BLOCKSIZE, COMPRESS");
    let list = stderr(&tiled);
    let list: Vec<&str> = list.split("there are ").nth(1).unwrap().trim().split(", ").collect();
    for name in ["WIDTH", "HEIGHT", "COUNT", "DTYPE", "DRIVER", "TILED"] {
        assert!(!list.contains(&name), "{list:?}");
    }
    for (option, instead) in [("WIDTH=3", "--shape"), ("count=1", "--bands"), ("DTYPE=Byte", "--dtype")] {
        for command in ["convert", "cog"] {
            let output = run(&format!("{command} SCENE {} --co {option}", target.display()));
            assert_refused(&output, 2, instead);
        }
    }
    assert!(!target.exists());
    // An option that would keep the old pages must not lose them in silence.
    fs::write(&target, "old").unwrap();
    let append = run(&format!("convert SCENE {} --co APPEND_SUBDATASET=YES", target.display()));
    assert_refused(&append, 2, "one page");
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_succeeded(&run(&format!("convert SCENE {} --co APPEND_SUBDATASET=NO", target.display())));
}

#[test]
fn a_file_of_another_format_is_named() {
    let folder = folder("foreign");
    let target = folder.join("a.tif");
    for (content, says) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gunzip"),
        (b"PK\x03\x04\x14\0\0\0", "open a file inside"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"),
    ] {
        fs::write(&target, content).unwrap();
        for command in ["info", "validate", "stats"] {
            let output = memtiff([Path::new(command), &target]);
            assert_refused(&output, 1, says);
            assert!(stderr(&output).contains("not a TIFF"), "{}", stderr(&output));
        }
    }
}
