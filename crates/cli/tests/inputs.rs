//! No output destroys an input, and a replaced image takes its sidecar files with it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use common::{assert_refused, assert_succeeded, folder, info, listing, memtiff, scene, stderr, testdata};

/// Runs a command whose words with an `@` are files in the folder.
fn run(folder: &Path, command: &str) -> std::process::Output {
    memtiff(command.split(' ').map(|word| match word.strip_prefix('@') {
        Some(name) => folder.join(name),
        None => PathBuf::from(word),
    }))
}

#[test]
fn an_output_that_is_the_input_is_refused() {
    let folder = folder("same_file");
    fs::copy(scene(), folder.join("a")).unwrap();
    symlink("a", folder.join("link")).unwrap();
    fs::hard_link(folder.join("a"), folder.join("hard")).unwrap();
    fs::copy(testdata("sidecars/archive.zip"), folder.join("s.zip")).unwrap();
    symlink("s.zip", folder.join("zip")).unwrap();
    for file in ["masked.tif", "masked.tif.msk", "masked.tif.ovr"] {
        fs::copy(testdata("sidecars").join(file), folder.join(file)).unwrap();
    }
    symlink("masked.tif.msk", folder.join("mask")).unwrap();
    symlink("a", folder.join("b.tfw")).unwrap();
    let names = listing(&folder);
    let read = |name: &String| fs::read(folder.join(name)).unwrap();
    let before: Vec<_> = names.iter().map(read).collect();
    for (command, says) in [
        ("preview @a @a", "is the input: give the output another name"),
        ("preview @a @link", "is the input"),
        ("preview @link @a", "is the input"),
        ("preview @hard @a", "is the input"),
        ("read @a -o @link", "is the input"),
        ("read @a -o @hard", "is the input"),
        ("read @s.zip/scenes/masked.tif -o @zip", "is the archive"),
        ("preview @zip/scenes/masked.tif @zip", "is the archive"),
        ("convert @s.zip/scenes/masked.tif @zip", "is the archive"),
        ("edit @s.zip/scenes/masked.tif --tag A=b -o @zip", "is the archive"),
        ("edit @s.zip/scenes/masked.tif --tag A=b", "--output"),
        ("read @masked.tif -o @mask", "is a sidecar file of the input"),
        ("convert @masked.tif @masked.tif.msk", "is a sidecar file of the input"),
        ("cog @masked.tif @mask", "is a sidecar file of the input"),
        // The input would be removed as a sidecar file of the output.
        ("convert @masked.tif.msk @masked.tif", "belongs to the input"),
        // A sidecar file of the output would go through a link into the input.
        ("convert @a @b.tif --co TFW=YES", "is the input"),
    ] {
        assert_refused(&run(&folder, command), 2, says);
        assert_eq!(listing(&folder), names, "{command}");
        assert_eq!(names.iter().map(read).collect::<Vec<_>>(), before, "{command}");
    }
}

#[test]
fn an_image_may_be_converted_onto_itself() {
    let folder = folder("onto_itself");
    let target = folder.join("a.tif");
    symlink("a.tif", folder.join("link.tif")).unwrap();
    for (command, compress) in [
        ("convert @a.tif @a.tif --co COMPRESS=ZSTD", "zstd"),
        ("convert @a.tif @link.tif --co COMPRESS=LZW", "lzw"),
        ("cog @link.tif @a.tif --co COMPRESS=ZSTD", "zstd"),
    ] {
        fs::copy(scene(), &target).unwrap();
        assert_succeeded(&run(&folder, command));
        let found = info(&target);
        assert_eq!(
            (&found["compress"], &found["crs"]),
            (&compress.into(), &"EPSG:32633".into()),
            "{command}"
        );
        let pixels = |file: &Path| memtiff([Path::new("read"), file, Path::new("-o"), Path::new("-")]).stdout;
        assert_eq!(pixels(&target), pixels(&scene()), "{command}");
        assert_eq!(listing(&folder), ["a.tif", "link.tif"], "{command}");
    }
    // The other pages would be lost.
    let pages = testdata("i16_lzw_strip_two_pages.tif");
    fs::copy(&pages, &target).unwrap();
    assert_refused(&run(&folder, "convert @a.tif @a.tif"), 2, "2 pages");
    assert_eq!(fs::read(&target).unwrap(), fs::read(&pages).unwrap());
}

const PAM: &str = "<PAMDataset><SRS>EPSG:3857</SRS><PAMRasterBand band=\"1\"><NoDataValue>99</NoDataValue>\
                   </PAMRasterBand></PAMDataset>";

/// The image is the source, whatever was beside the file that it replaced.
#[test]
fn old_sidecar_files_go_with_the_image_that_is_replaced() {
    let folder = folder("stale");
    for command in ["convert", "cog", "edit", "overviews"] {
        for name in
            ["a.tif.aux.xml", "A.TIF.OVR", "a.tif.ovr", "a.tif.msk", "a.tfw", "a_rpc.txt", "b.tif.aux.xml"]
        {
            fs::write(folder.join(name), PAM).unwrap();
        }
        fs::write(folder.join("a.tif"), "an old image").unwrap();
        let scene = scene();
        let scene = scene.to_str().unwrap();
        let arguments = match command {
            "edit" => format!("edit {scene} --tag A=b -o @a.tif"),
            "overviews" => format!("overviews {scene} 8 -o @a.tif"),
            command => format!("{command} {scene} @a.tif"),
        };
        assert_succeeded(&run(&folder, &arguments));
        let found = info(&folder.join("a.tif"));
        assert_eq!((&found["crs"], &found["nodata"]), (&"EPSG:32633".into(), &0.0.into()), "{command}");
        // The name of an image counts to the letter: that of another image stays.
        assert_eq!(listing(&folder), ["A.TIF.OVR", "a.tif", "b.tif.aux.xml"], "{command}");
        fs::remove_file(folder.join("A.TIF.OVR")).unwrap();
    }
    // In place they belong to the file.
    fs::write(folder.join("a.tif.aux.xml"), PAM).unwrap();
    assert_succeeded(&run(&folder, "edit @a.tif --tag B=c"));
    assert_succeeded(&run(&folder, "overviews @a.tif 16"));
    assert_eq!(listing(&folder), ["a.tif", "a.tif.aux.xml", "b.tif.aux.xml"]);
    // An output of another kind is no image that they could belong to.
    fs::write(folder.join("c.png"), "old").unwrap();
    fs::write(folder.join("c.png.aux.xml"), PAM).unwrap();
    assert_succeeded(&run(&folder, "preview @a.tif @c.png"));
    assert!(folder.join("c.png.aux.xml").is_file());
}

#[test]
fn sidecar_files_that_others_may_need_stay() {
    let folder = folder("shared");
    let convert = format!("convert {} @a.tif", scene().display());
    fs::write(folder.join("a.tif"), "an old image").unwrap();
    fs::write(folder.join("a.wld"), "1\n0\n0\n1\n0\n0\n").unwrap();
    fs::write(folder.join("a.jpg"), "another image").unwrap();
    let shared = run(&folder, &convert);
    assert_succeeded(&shared);
    assert!(stderr(&shared).contains("a.wld stays"), "{}", stderr(&shared));
    assert_eq!(listing(&folder), ["a.jpg", "a.tif", "a.wld"]);
    // New ones take the place of old ones.
    fs::write(folder.join("a.tfw"), "old").unwrap();
    assert_succeeded(&run(&folder, &format!("{convert} --co TFW=YES")));
    assert_eq!(fs::read_to_string(folder.join("a.tfw")).unwrap().lines().count(), 6);
    // What fails leaves all of them.
    fs::write(folder.join("a.tif.aux.xml"), PAM).unwrap();
    let before = listing(&folder);
    assert!(!run(&folder, &format!("{convert} --co COMPRESS=NO_SUCH")).status.success());
    let mut read_only = fs::metadata(folder.join("a.tif.aux.xml")).unwrap().permissions();
    read_only.set_readonly(true);
    fs::set_permissions(folder.join("a.tif.aux.xml"), read_only).unwrap();
    assert_refused(&run(&folder, &format!("{convert} --co COMPRESS=ZSTD")), 1, "read-only");
    assert_eq!(listing(&folder), before);
    assert_ne!(info(&folder.join("a.tif"))["compress"], "zstd");
}

#[test]
fn a_name_says_no_other_format_than_the_file_has() {
    let folder = folder("formats");
    let scene = scene();
    let scene = scene.to_str().unwrap();
    for command in [
        format!("preview {scene} @b.jpg"),
        format!("preview {scene} @b.TIF"),
        format!("convert {scene} @b.png"),
        format!("cog {scene} @b.JP2"),
        format!("convert {scene} @b.nc"),
        format!("read {scene} -o @b.tif"),
        format!("read {scene} -o @b.npz"),
        format!("edit {scene} --tag A=b -o @b.xml"),
        format!("overviews {scene} -o @b.vrt"),
    ] {
        assert_refused(&run(&folder, &command), 2, "use .");
        assert_eq!(listing(&folder), [""; 0], "{command}");
    }
    for command in [
        format!("preview {scene} @b.PNG"),
        format!("preview {scene} @b"),
        format!("convert {scene} @b.tiff"),
        format!("convert {scene} @b.unknown"),
        format!("read {scene} -o @b.npy"),
        format!("read {scene} -o @b.2024-01-01"),
    ] {
        assert_succeeded(&run(&folder, &command));
    }
}

/// A file of Linux that can be opened and not be read, even by the superuser.
#[cfg(target_os = "linux")]
#[test]
fn a_sidecar_file_that_cannot_be_read_is_a_warning() {
    let folder = folder("unreadable");
    fs::copy(scene(), folder.join("a.tif")).unwrap();
    symlink("/proc/self/mem", folder.join("a.tif.msk")).unwrap();
    let output = run(&folder, "info @a.tif");
    assert_succeeded(&output);
    assert!(stderr(&output).starts_with("memtiff: warning: cannot read"), "{}", stderr(&output));
    // The file itself is another matter: the name is right, and reading it fails.
    assert_refused(&run(&folder, "info @a.tif.msk"), 1, "cannot read");
    assert_refused(&run(&folder, "info @missing.tif"), 2, "cannot read");
}

/// The sidecar file is as GDAL writes it.
#[test]
fn info_shows_the_epoch_of_coordinates() {
    let file = folder("epoch").join("a.tif");
    std::fs::copy(testdata("u8_none_strip.tif"), &file).unwrap();
    assert!(info(&file)["coordinate_epoch"].is_null());
    let text = |file: &Path| String::from_utf8(memtiff([Path::new("info"), file]).stdout).unwrap();
    assert!(!text(&file).contains("epoch"));
    let xml = r#"<PAMDataset><SRS dataAxisToSRSAxisMapping="2,1" coordinateEpoch="2021.3">EPSG:9000</SRS></PAMDataset>"#;
    std::fs::write(file.with_file_name("a.tif.aux.xml"), xml).unwrap();
    assert_eq!(info(&file)["coordinate_epoch"], 2021.3);
    assert!(text(&file).contains("coordinate_epoch 2021.3\n"), "{}", text(&file));
}

#[test]
fn members_that_cannot_be_reached_are_named() {
    let folder = folder("odd_members");
    let mut bytes = fs::read(testdata("sidecars/archive.zip")).unwrap();
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"inner.zip")).collect();
    assert_eq!(places.len(), 2, "once before the member, once in the directory");
    for at in places {
        bytes[at..at + 9].copy_from_slice(b"in\\er.zip");
    }
    let archive = folder.join("odd.zip");
    fs::write(&archive, bytes).unwrap();
    let output = memtiff([OsStr::new("info"), archive.join("scenes/masked.tif").as_os_str()]);
    assert_succeeded(&output);
    let said = stderr(&output);
    assert!(said.contains("warning") && said.contains("in\\er.zip"), "{said}");
}

#[test]
fn palettes_of_16_bits_are_previewed_in_colours() {
    let folder = folder("palette_of_16_bits");
    let (narrow, wide) = (testdata("u8_packbits_strip_palette.tif"), folder.join("wide.tif"));
    let words = |words: &[&str]| words.iter().map(|word| OsStr::new(*word).to_owned()).collect::<Vec<_>>();
    let convert = [
        words(&["convert"]),
        vec![narrow.clone().into(), wide.clone().into()],
        words(&["--dtype", "uint16"]),
    ];
    assert_succeeded(&memtiff(convert.concat()));
    let preview = |file: &Path| {
        let output = memtiff([OsStr::new("preview"), file.as_os_str(), OsStr::new("-")]);
        assert_succeeded(&output);
        output.stdout
    };
    assert!(preview(&wide) == preview(&narrow), "the same colours");
}
