//! No command loses a file: outputs are whole or not written, and what a path leads to stays what it is.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{
    assert_refused, assert_succeeded, folder, info, listing, memtiff, program, scene, testdata, writers,
};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_read_only_file_is_refused_and_stays() {
    let folder = folder("read_only");
    let target = folder.join("target");
    for (name, arguments) in writers(&target) {
        fs::copy(scene(), &target).unwrap();
        set_mode(&target, 0o444);
        assert_refused(&memtiff(arguments), 1, "read-only");
        assert_eq!(fs::read(&target).unwrap(), fs::read(scene()).unwrap(), "{name}");
        assert_eq!(listing(&folder), ["target"], "{name}");
        set_mode(&target, 0o644);
    }
}

#[test]
fn a_symbolic_link_stays_and_its_target_changes() {
    let folder = folder("links");
    let (link, middle, target) =
        (folder.join("link"), folder.join("middle"), folder.join("elsewhere/target"));
    fs::create_dir(folder.join("elsewhere")).unwrap();
    symlink("middle", &link).unwrap();
    symlink("elsewhere/target", &middle).unwrap();
    for (name, arguments) in writers(&link) {
        fs::copy(scene(), &target).unwrap();
        assert_succeeded(&memtiff(arguments));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{name}");
        assert!(fs::symlink_metadata(&target).unwrap().is_file(), "{name}");
        assert_ne!(fs::read(&target).unwrap(), fs::read(scene()).unwrap(), "{name}");
        assert_eq!(listing(&folder), ["elsewhere", "link", "middle"], "{name}");
    }
    // A link that leads to nothing yet.
    fs::remove_file(&target).unwrap();
    assert_succeeded(&memtiff([OsStr::new("convert"), scene().as_os_str(), link.as_os_str()]));
    assert!(fs::symlink_metadata(&target).unwrap().is_file());
    symlink("loop", folder.join("loop")).unwrap();
    let looped = memtiff([OsStr::new("convert"), scene().as_os_str(), folder.join("loop").as_os_str()]);
    assert_refused(&looped, 1, "loop");
}

#[test]
fn hard_links_mode_and_owner_are_kept() {
    let folder = folder("hard_links");
    let (target, other) = (folder.join("target"), folder.join("other"));
    for (name, arguments) in writers(&target) {
        for links in [1, 2] {
            let _ = (fs::remove_file(&target), fs::remove_file(&other));
            fs::copy(scene(), &target).unwrap();
            set_mode(&target, 0o640);
            // Only the superuser can give a file away.
            let _ = std::os::unix::fs::chown(&target, Some(12), Some(34));
            let before = fs::metadata(&target).unwrap();
            if links == 2 {
                fs::hard_link(&target, &other).unwrap();
            }
            assert_succeeded(&memtiff(&arguments));
            let after = fs::metadata(&target).unwrap();
            assert_eq!((after.nlink(), mode(&target)), (links, 0o640), "{name}");
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()), "{name}");
            assert_ne!(fs::read(&target).unwrap(), fs::read(scene()).unwrap(), "{name}");
            let names: &[&str] = if links == 2 { &["other", "target"] } else { &["target"] };
            assert_eq!(listing(&folder), names, "{name}");
        }
        assert_eq!(fs::read(&target).unwrap(), fs::read(&other).unwrap(), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn extended_attributes_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let folder = folder("extended");
    let target = folder.join("target");
    for (name, arguments) in writers(&target) {
        let _ = fs::remove_file(&target);
        fs::copy(scene(), &target).unwrap();
        if setxattr(&target, "user.origin", b"a satellite", XattrFlags::empty()).is_err() {
            println!("skipped: this filesystem has no extended attributes");
            return;
        }
        let output = memtiff(arguments);
        assert_succeeded(&output);
        assert!(output.stderr.is_empty(), "{name}");
        let mut value = [0; 64];
        let len = getxattr(&target, "user.origin", &mut value).unwrap();
        assert_eq!(&value[..len], b"a satellite", "{name}");
    }
}

#[test]
fn a_new_file_has_the_mode_that_the_umask_leaves() {
    let folder = folder("umask");
    let target = folder.join("target");
    let (_, arguments) = writers(&target).swap_remove(0);
    let status = Command::new("sh")
        .args(["-c", "umask 027; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_memtiff")])
        .args(arguments)
        .status();
    assert!(status.unwrap().success());
    assert_eq!(mode(&target), 0o640);
}

#[test]
fn names_may_be_long_and_need_not_be_utf8() {
    let folder = folder("names");
    let long = OsStr::new(&"n".repeat(255)).to_owned();
    let bytes = OsStr::from_bytes(b"a\xff.tif").to_owned();
    for name in [&long, &bytes] {
        let target = folder.join(name);
        for (command, arguments) in writers(&target) {
            fs::copy(scene(), &target).unwrap();
            if *name == bytes && ["read", "preview"].contains(&command) {
                continue;
            }
            assert_succeeded(&memtiff(arguments));
            assert_ne!(fs::read(&target).unwrap(), fs::read(scene()).unwrap(), "{command}");
        }
        assert_eq!(listing(&folder).len(), 1);
        fs::remove_file(&target).unwrap();
    }
    // The mask of one image is not that of another whose name differs in a byte that is not UTF-8.
    let masked = fs::read(testdata("sidecars/masked.tif")).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"a\xff.tif")), &masked).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"a\xfe.tif")), &masked).unwrap();
    fs::copy(testdata("sidecars/masked.tif.msk"), folder.join(OsStr::from_bytes(b"a\xfe.tif.msk"))).unwrap();
    let flags = |name| info(&folder.join(OsStr::from_bytes(name)))["mask_flags"][0][0].clone();
    assert_eq!((flags(b"a\xff.tif"), flags(b"a\xfe.tif")), ("all_valid".into(), "per_dataset".into()));
    assert_eq!(info(&folder.join(OsStr::from_bytes(b"a\xfe.tif")))["files"][1], "a\u{fffd}.tif.msk");
    // Sidecar files of an output have its name, to the byte.
    let output = folder.join(OsStr::from_bytes(b"b\xff.tif"));
    let scene = scene();
    let arguments = [OsStr::new("convert"), scene.as_os_str(), output.as_os_str()];
    assert_succeeded(&memtiff(arguments.into_iter().chain(["--co", "TFW=YES"].map(OsStr::new))));
    assert!(folder.join(OsStr::from_bytes(b"b\xff.tfw")).is_file());
}

#[test]
fn pipes_and_devices_are_written_to_and_stay() {
    let folder = folder("devices");
    let fifo = folder.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for (name, arguments) in writers(&fifo).into_iter().take(6) {
        let mut child = program().args(arguments).spawn().unwrap();
        let mut content = Vec::new();
        File::open(&fifo).unwrap().read_to_end(&mut content).unwrap();
        assert!(child.wait().unwrap().success(), "{name}");
        assert!(content.len() > 100 && fs::symlink_metadata(&fifo).unwrap().file_type().is_fifo(), "{name}");
    }
    for (_, arguments) in writers(&fifo).into_iter().skip(6) {
        assert_refused(&memtiff(arguments), 2, "--output");
    }
    // A node of its own: a fault here must not replace the device of the system.
    let null = folder.join("null");
    if Command::new("mknod").arg(&null).args(["c", "1", "3"]).status().is_ok_and(|made| made.success()) {
        for (name, arguments) in writers(&null).into_iter().take(6) {
            assert_succeeded(&memtiff(arguments));
            assert!(fs::symlink_metadata(&null).unwrap().file_type().is_char_device(), "{name}");
        }
    } else {
        println!("skipped: this user cannot make a device");
    }
    let socket = folder.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (_, arguments) in writers(&socket) {
        assert!(!memtiff(arguments).status.success());
        assert!(fs::symlink_metadata(&socket).unwrap().file_type().is_socket());
    }
    for (name, arguments) in writers(Path::new("/dev/stdout")).into_iter().take(6) {
        let output = memtiff(arguments);
        assert_succeeded(&output);
        assert!(output.stdout.len() > 100, "{name}");
    }
    // Sidecar files need a folder that belongs to the output.
    let scene = scene();
    let arguments = ["convert", scene.to_str().unwrap(), "/dev/stdout", "--co", "TFW=YES"];
    assert_refused(&memtiff(arguments), 2, "sidecar");
    assert_eq!(listing(&folder), ["fifo", "null", "socket"]);
}

/// A limit of file sizes stands in for a full disk: the write fails half-way.
#[test]
fn a_write_that_fails_keeps_the_old_file() {
    let folder = folder("full");
    let (target, other) = (folder.join("target"), folder.join("other"));
    for (name, arguments) in writers(&target) {
        for links in [1, 2] {
            let _ = (fs::remove_file(&target), fs::remove_file(&other));
            fs::copy(scene(), &target).unwrap();
            if links == 2 {
                fs::hard_link(&target, &other).unwrap();
            }
            let limited = Command::new("sh")
                .args(["-c", "ulimit -f 4; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_memtiff")])
                .args(&arguments)
                .output()
                .unwrap();
            assert_refused(&limited, 1, "cannot write");
            assert_eq!(fs::read(&target).unwrap(), fs::read(scene()).unwrap(), "{name}");
            assert_eq!(listing(&folder).len(), links, "{name}");
        }
    }
}

#[test]
fn a_folder_or_no_folder_is_no_output() {
    let folder = folder("no_file");
    fs::create_dir(folder.join("folder")).unwrap();
    for (target, says) in
        [("folder", "folder"), ("missing/a", "No such file"), ("new/", "not the name of a file")]
    {
        for (name, arguments) in writers(&folder.join(target)).into_iter().take(6) {
            assert_refused(&memtiff(arguments), 1, says);
            assert_eq!(listing(&folder), ["folder"], "{name}");
        }
    }
    // Nor does a command that fails remove what was there.
    let target = folder.join("old.tif");
    fs::write(&target, "old").unwrap();
    let failed = memtiff([OsStr::new("cog"), folder.join("missing.tif").as_os_str(), target.as_os_str()]);
    assert_eq!((failed.status.code(), fs::read(&target).unwrap()), (Some(2), b"old".to_vec()));
}

/// A file that takes a while to be written.
fn large(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("large.tif");
    let shape = ["--shape", "450,450", "--co", "COMPRESS=NONE"].map(OsStr::new);
    let scene = scene();
    let arguments = [OsStr::new("convert"), scene.as_os_str(), path.as_os_str()];
    assert_succeeded(&memtiff(arguments.into_iter().chain(shape)));
    path
}

/// Runs a command many times, each stopped by a signal a little later than the one before; gives how often the signal
/// came in time. The file is the old or the new one each time.
fn stop(arguments: &[std::path::PathBuf], target: &Path, old: &[u8], signal: &str) -> usize {
    fs::write(target, old).unwrap();
    let start = std::time::Instant::now();
    assert_succeeded(&memtiff(arguments));
    let (new, whole) = (fs::read(target).unwrap(), start.elapsed());
    let mut stopped = 0;
    for step in 1..=6_u32 {
        fs::write(target, old).unwrap();
        let mut child =
            program().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * step / 6);
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().is_ok());
        stopped += usize::from(!child.wait().unwrap().success());
        let found = fs::read(target).unwrap();
        assert!(found == old || found == new, "{arguments:?}, step {step}: {} bytes", found.len());
    }
    stopped
}

#[test]
fn a_killed_command_leaves_the_old_file_or_the_new_one() {
    let folder = folder("killed");
    let large = large(&folder);
    let target = folder.join("target");
    let old = fs::read(&large).unwrap();
    let mut stopped = 0;
    for (_, mut arguments) in writers(&target) {
        arguments
            .iter_mut()
            .filter(|argument| **argument == scene())
            .for_each(|argument| argument.clone_from(&large));
        stopped += stop(&arguments, &target, &old, "KILL");
    }
    assert!(stopped > 10, "{stopped} were stopped");
}

#[test]
fn a_terminated_command_removes_its_temporary_files() {
    let folder = folder("terminated");
    let large = large(&folder);
    let target = folder.join("target");
    let old = fs::read(&large).unwrap();
    let mut stopped = 0;
    for (index, (_, mut arguments)) in writers(&target).into_iter().enumerate() {
        arguments
            .iter_mut()
            .filter(|argument| **argument == scene())
            .for_each(|argument| argument.clone_from(&large));
        let signal = ["TERM", "INT", "HUP"].into_iter().cycle().nth(index).unwrap();
        stopped += stop(&arguments, &target, &old, signal);
        assert_eq!(listing(&folder), ["large.tif", "target"], "{signal}");
    }
    assert!(stopped > 10, "{stopped} were stopped");
    // A write in place is finished first.
    fs::hard_link(&target, folder.join("other")).unwrap();
    for (_, arguments) in writers(&target).into_iter().filter(|(name, _)| ["cog", "edit"].contains(name)) {
        stop(&arguments, &target, &old, "TERM");
        assert_eq!(listing(&folder), ["large.tif", "other", "target"]);
        assert_eq!(fs::metadata(&target).unwrap().nlink(), 2);
    }
}

/// A shell shows such a status as 130 or 143.
#[test]
fn a_signal_ends_the_program_as_usual() {
    let folder = folder("signalled");
    let target = folder.join("target.tif");
    fs::copy(scene(), &target).unwrap();
    let held = File::open(&target).unwrap();
    held.lock().unwrap();
    for (name, signal) in [("INT", 2), ("TERM", 15)] {
        if is_ignored(signal) {
            println!("skipped: these tests were started with SIG{name} ignored");
            continue;
        }
        let mut child = program().arg("convert").args([&scene(), &target]).spawn().unwrap();
        // The lock makes the command wait when its temporary file is complete.
        for _ in 0..500 {
            if listing(&folder).len() > 1 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(listing(&folder).len(), 2);
        assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(signal));
        assert_eq!(listing(&folder), ["target.tif"]);
    }
}

/// Children inherit this: `nohup` and background jobs of a shell set it.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim().to_owned();
    u64::from_str_radix(&mask, 16).unwrap() >> (signal - 1) & 1 == 1
}

#[test]
fn of_two_editors_none_is_lost_in_silence() {
    let folder = folder("editors");
    let target = folder.join("target.tif");
    for round in 0..8 {
        fs::copy(scene(), &target).unwrap();
        let edit = |tag: &str| program().args(["edit", "--tag", tag]).arg(&target).spawn().unwrap();
        let children = ["ONE=1", "TWO=2", "THREE=3"].map(|tag| (tag, edit(tag)));
        for (tag, mut child) in children {
            let (key, value) = tag.split_once('=').unwrap();
            let done = child.wait().unwrap().success();
            let found = &info(&target)["tags"][key];
            assert_eq!(*found == value, done, "round {round}: {tag} of {}", info(&target)["tags"]);
        }
        assert_eq!(listing(&folder), ["target.tif"]);
    }
}

#[test]
fn an_editor_waits_for_the_lock_of_another() {
    let folder = folder("lock");
    let target = folder.join("target.tif");
    fs::copy(scene(), &target).unwrap();
    let held = File::open(&target).unwrap();
    held.lock().unwrap();
    let mut child = program().args(["edit", "--tag", "B=2"]).arg(&target).spawn().unwrap();
    // What the holder of the lock does meanwhile: a file with another tag takes the place of this one.
    let new = folder.join("new.tif");
    let arguments =
        ["edit", "--tag", "A=1", scene().to_str().unwrap(), "-o", new.to_str().unwrap()].map(str::to_owned);
    assert_succeeded(&memtiff(arguments));
    std::thread::sleep(Duration::from_millis(100));
    assert!(child.try_wait().unwrap().is_none(), "the editor did not wait");
    fs::rename(&new, &target).unwrap();
    drop(held);
    assert!(child.wait().unwrap().success());
    let tags = &info(&target)["tags"];
    assert_eq!((&tags["A"], &tags["B"]), (&"1".into(), &"2".into()));
}
