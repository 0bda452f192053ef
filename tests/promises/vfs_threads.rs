//! Many threads on one filesystem: no read shows half a write, and nothing is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use memtiff::vfs::{ErrorKind, OpenOptions, Quota, Vfs};

const LEN: usize = 64 << 10;

/// Whether all bytes are the same: what each write of the tests below leaves.
fn is_whole(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == bytes[0])
}

#[test]
fn no_read_is_torn_while_others_write() {
    let vfs = Vfs::new();
    vfs.insert("/shared", vec![0; LEN]).unwrap();
    let done = AtomicBool::new(false);
    let (vfs, done) = (&vfs, &done);
    thread::scope(|scope| {
        let writers: Vec<_> = (1..4_u8)
            .map(|seed| {
                scope.spawn(move || {
                    let file = vfs.open_with("/shared", &OpenOptions::new().write(true)).unwrap();
                    for round in 0..400_u16 {
                        let value = (round as u8).wrapping_mul(3).wrapping_add(seed);
                        if round % 7 == 0 {
                            file.replace(vec![value; LEN]).unwrap();
                        } else {
                            file.write_at(0, &vec![value; LEN]).unwrap();
                        }
                    }
                })
            })
            .collect();
        for _ in 0..3 {
            scope.spawn(move || {
                let file = vfs.open("/shared").unwrap();
                let mut buf = vec![0; LEN];
                let mut kept = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(file.read_at(0, &mut buf).unwrap(), LEN);
                    assert!(is_whole(&buf), "torn read");
                    let snapshot = file.snapshot().unwrap();
                    assert!(is_whole(&snapshot), "torn snapshot");
                    kept.push((snapshot[0], snapshot));
                    if kept.len() > 8 {
                        let (value, old) = kept.swap_remove(0);
                        assert!(old.iter().all(|byte| *byte == value), "a snapshot changed");
                    }
                }
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn appends_of_many_threads_are_all_there_and_whole() {
    let vfs = &Vfs::new();
    vfs.create("/log").unwrap();
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            scope.spawn(move || {
                let mut file = vfs.open_with("/log", &OpenOptions::new().append(true)).unwrap();
                for _ in 0..500 {
                    std::io::Write::write_all(&mut file, &[thread; 16]).unwrap();
                }
            });
        }
    });
    let log = vfs.read("/log").unwrap();
    assert_eq!(log.len(), 4 * 500 * 16);
    assert!(log.chunks(16).all(is_whole));
}

#[test]
fn names_come_and_go_in_many_threads_and_the_count_is_right() {
    let vfs = &Vfs::with_quota(Quota::new().with_bytes(10_000).with_entries(40));
    thread::scope(|scope| {
        for thread in 0..4_usize {
            scope.spawn(move || {
                for round in 0..300_usize {
                    let (one, two) =
                        (format!("/d{}/f{thread}", round % 3), format!("/e/{}", (thread + round) % 4));
                    let tolerated = |result: memtiff::vfs::Result<()>| match result {
                        Ok(()) => {}
                        Err(error) => assert!(
                            !matches!(error.kind(), ErrorKind::InvalidPath(_) | ErrorKind::OutOfMemory(_)),
                            "{error}"
                        ),
                    };
                    tolerated(vfs.insert(&one, vec![1; 100 + round]));
                    tolerated(vfs.copy(&one, &two));
                    tolerated(vfs.open(&two).and_then(|file| file.into_bytes()).map(drop));
                    tolerated(vfs.rename(&one, &two));
                    tolerated(vfs.remove_all(format!("/d{}", (round + 1) % 3)));
                }
            });
        }
    });
    let files: u64 = vfs.walk("/").unwrap().iter().map(|entry| entry.metadata().len()).sum();
    assert_eq!(vfs.usage().bytes, files);
    vfs.remove_all("/").unwrap();
    assert_eq!((vfs.usage().bytes, vfs.usage().entries), (0, 0));
}
