//! Every order in which a few threads can take the locks: none waits for ever, and the count of bytes is right at the end.
//! Run by `.ci/loom`. Inside the crate, and not beside it, so that only tests ever depend on loom.

#![allow(clippy::unwrap_used, reason = "tests")]

use loom::thread;

use crate::{OpenOptions, Quota, Vfs};

/// Two threads do what they do, in every order, on the files `/a` (4 bytes) and `/b` (2 bytes).
fn always(one: fn(&Vfs), two: fn(&Vfs)) {
    loom::model(move || {
        let vfs = Vfs::with_quota(Quota::new().with_bytes(12));
        vfs.insert("/a", vec![1; 4]).unwrap();
        vfs.insert("/b", vec![2; 2]).unwrap();
        let other = vfs.clone();
        let thread = thread::spawn(move || one(&other));
        two(&vfs);
        thread.join().unwrap();
        let held: u64 = vfs.walk("/").unwrap().iter().map(|entry| entry.metadata().len()).sum();
        assert_eq!(vfs.usage().bytes, held);
        assert!(held <= 12);
    });
}

/// Makes `/a` longer through a handle. It may be gone, or the quota spent.
fn append(vfs: &Vfs) {
    if let Ok(file) = vfs.open_with("/a", &OpenOptions::new().write(true)) {
        let _ = file.write_at(4, &[9; 4]);
    }
}

/// A view that was taken never changes, and holds no half of a write.
fn look(vfs: &Vfs) {
    if let Ok(view) = vfs.read("/a") {
        assert!([&[1; 4][..], &[1, 1, 1, 1, 9, 9, 9, 9], &[2; 2]].contains(&&view[..]), "{view:?}");
    }
}

fn copy(vfs: &Vfs) {
    let _ = vfs.copy("/b", "/a");
}

fn copy_the_other_way(vfs: &Vfs) {
    let _ = vfs.copy("/a", "/b");
}

fn rename(vfs: &Vfs) {
    let _ = vfs.rename("/b", "/a");
}

fn remove(vfs: &Vfs) {
    let _ = vfs.remove_all("/");
}

fn take(vfs: &Vfs) {
    if let Ok(file) = vfs.open("/a") {
        let _ = file.into_bytes();
    }
}

fn put(vfs: &Vfs) {
    let _ = vfs.insert("/a", vec![2; 2]);
}

fn make(vfs: &Vfs) {
    let _ = vfs.open_with("/c", &OpenOptions::new().create_new(true)).map(|file| file.set_len(3));
}

#[test]
fn a_write_meets_everything_else() {
    for other in [append, look, copy, copy_the_other_way, rename, remove, take, put, make] {
        always(append, other);
    }
}

#[test]
fn names_and_files_are_locked_in_one_order() {
    for other in [look, copy, copy_the_other_way, rename, remove, take, put] {
        always(copy, other);
        always(rename, other);
    }
    always(take, remove);
    always(take, take);
    always(make, make);
    always(put, take);
}
