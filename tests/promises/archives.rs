//! Zip archives: what other programs write is read, what is a trick is refused, or cannot be reached.

use memtiff::vfs::{Archive, ArchiveLimits, ErrorKind};
use memtiff::{ErrorKind as Kind, Limits, ZipMemoryFile};
use memtiff_tests::truth;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const BZIP2: u16 = 12;
const ENCRYPTED: u16 = 1;

/// A member as it will stand in an archive, true or not.
#[derive(Clone)]
struct Member {
    name: &'static str,
    method: u16,
    flags: u16,
    crc: u32,
    packed: Vec<u8>,
    /// The length that it claims to unpack to.
    len: u32,
    /// Where the directory says that it is, if not where it is.
    at: Option<u32>,
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let bit = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        (0..8).fold(crc ^ u32::from(*byte), bit)
    };
    !bytes.iter().fold(!0, step)
}

fn stored(name: &'static str, content: &[u8]) -> Member {
    let (crc, len) = (crc32(content), content.len() as u32);
    Member { name, method: STORED, flags: 0, crc, packed: content.to_vec(), len, at: None }
}

fn deflated(name: &'static str, content: &[u8]) -> Member {
    let packed = miniz_oxide::deflate::compress_to_vec(content, 9);
    Member { method: DEFLATED, packed, ..stored(name, content) }
}

/// The archive of these (APPNOTE 4.3: local headers and data, the directory, its end).
fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let at = member.at.unwrap_or(out.len() as u32);
        let mut common = Vec::new();
        for number in [20, member.flags, member.method, 0, 33] {
            common.extend(u16::to_le_bytes(number));
        }
        for number in [member.crc, member.packed.len() as u32, member.len] {
            common.extend(number.to_le_bytes());
        }
        common.extend((member.name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(member.name.as_bytes());
        out.extend(&member.packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let (count, at) = (members.len() as u16, out.len() as u32);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// Why an archive of these is refused as a whole.
fn refusal(members: &[Member]) -> String {
    Archive::open(zip(members)).expect_err("it should have been refused").to_string()
}

#[test]
fn members_of_either_kind_are_read_and_stored_ones_are_not_copied() {
    let bytes = zip(&[stored("a/b", b"stored"), deflated("a/c", &[7; 100_000]), stored("größe", b"")]);
    let archive = Archive::open(bytes.clone()).unwrap();
    let list: Vec<_> = archive.list().map(|(path, len)| (path.as_str(), len)).collect();
    assert_eq!(list, [("/a/b", 6), ("/a/c", 100_000), ("/größe", 0)]);
    assert_eq!(archive.read("a/b").unwrap(), "stored");
    assert_eq!(archive.read("/a/c").unwrap(), [7; 100_000][..]);
    assert_eq!(*archive.read("a").unwrap_err().kind(), ErrorKind::NotFound);
    // The same, written by Python's zipfile with sizes of 64 bits, behind the data.
    let archive = ZipMemoryFile::from_bytes(truth::sidecars().bytes("archive64.zip")).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["deflated.tif", "stored.tif"]);
    for name in ["deflated.tif", "stored.tif"] {
        assert_eq!(archive.read(name).unwrap(), truth::sidecars().bytes("world.tif"));
    }
}

#[test]
fn members_whose_names_lead_elsewhere_are_unreachable() {
    for name in
        ["../a", "a/../../b", "/etc/passwd", "a//b", "a/./b", "a\\..\\b", "docs\\readme.txt", "C:\\a", ""]
    {
        let archive = Archive::open(zip(&[stored("fine", b"1"), stored(name, b"2")])).unwrap();
        assert_eq!(archive.list().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/fine"], "{name}");
        assert_eq!(archive.read("fine").unwrap(), "1");
        let [warning] = archive.warnings() else { panic!("{name}: {:?}", archive.warnings()) };
        assert_eq!(warning.path(), name);
        assert!(warning.to_string().contains("not a path"), "{warning}");
        assert!(matches!(warning.kind(), ErrorKind::BadArchive(_)));
    }
}

#[test]
fn members_whose_names_are_ambiguous_are_unreachable() {
    let members =
        [stored("a", b"1"), stored("b/c", b"2"), stored("./a", b"3"), stored("b", b"4"), stored("d", b"5")];
    let archive = Archive::open(zip(&members)).unwrap();
    assert_eq!(archive.list().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/b/c", "/d"]);
    assert_eq!((&archive.read("b/c").unwrap()[..], &archive.read("d").unwrap()[..]), (&b"2"[..], &b"5"[..]));
    for (name, why) in [("a", "two members have this name"), ("b", "it is a file and a directory")] {
        let error = archive.read(name).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(archive.warnings().len(), 2);
    // The place counts all the same, and so does the claim.
    let bomb = Member { len: 1 << 30, ..stored("../a", b"six...") };
    assert!(refusal(&[stored("fine", b"1"), bomb]).contains("cannot unpack"));
    let second = Member { at: Some(0), ..stored("../a", b"1") };
    assert!(refusal(&[stored("fine", b"1"), second]).contains("in the middle of another member"));
}

/// As GDAL reads it.
#[test]
fn a_dot_before_a_name_is_left_out() {
    let archive = Archive::open(zip(&[stored("./here.tif", b"1")])).unwrap();
    assert_eq!((archive.read("here.tif").unwrap(), archive.warnings()), ("1".into(), &[][..]));
}

#[test]
fn an_archive_with_an_odd_member_opens() {
    let tiff = truth::testdata().bytes("u8_none_1x1.tif");
    let bytes =
        zip(&[stored("ok.tif", &tiff), stored("docs\\readme.txt", b"hello"), stored("../b.tif", &tiff)]);
    let archive = ZipMemoryFile::from_bytes(bytes).unwrap();
    assert_eq!(archive.open("ok.tif").unwrap().width(), 1);
    assert_eq!(archive.names().collect::<Vec<_>>(), ["ok.tif"]);
    let warnings: Vec<String> = archive.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2);
    assert!(
        warnings[0].starts_with("docs\\readme.txt: malformed: bad zip archive: not a path"),
        "{warnings:?}"
    );
    assert!(archive.open("../b.tif").is_err());
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    // A claim that no data can keep.
    let claim = Member { len: 1 << 30, ..deflated("bomb", &[0; 1000]) };
    assert!(refusal(&[claim]).contains("cannot unpack to 1073741824"));
    let claim = Member { len: 7, ..stored("a", b"six...") };
    assert!(refusal(&[claim]).contains("6 bytes cannot unpack to 7"));
    // One run of data under many names.
    let (first, second) = (deflated("a", &[0; 100_000]), deflated("b", &[0; 100_000]));
    let message = refusal(&[first.clone(), Member { at: Some(0), ..second }]);
    assert!(message.contains("in the middle of another member"), "{message}");
    // More than the data say, or less: found out when it is read, and nothing is given.
    for len in [99_999, 100_001] {
        let archive = Archive::open(zip(&[Member { len, ..first.clone() }])).unwrap();
        assert!(matches!(archive.read("a").unwrap_err().kind(), ErrorKind::BadArchive(_)));
    }
    // Honest, and too large for what the caller allows.
    let limits = ArchiveLimits::default().with_member(99_999);
    let archive = Archive::open_with(zip(std::slice::from_ref(&first)), limits).unwrap();
    assert_eq!(
        *archive.read("a").unwrap_err().kind(),
        ErrorKind::QuotaBytes { asked: 100_000, left: 99_999 }
    );
    let limits = Limits::default().with_memory(99_999);
    let archive = ZipMemoryFile::from_bytes_with(zip(&[first]), limits).unwrap();
    assert_eq!(archive.open("a").unwrap_err().kind(), Kind::Limit);
    let many = zip(&[stored("a", b""), stored("b", b""), stored("c", b"")]);
    assert!(Archive::open_with(many, ArchiveLimits::default().with_members(2)).is_err());
}

#[test]
fn archives_within_archives_end_somewhere() {
    let mut bytes = zip(&[stored("a.tif", &truth::testdata().bytes("u8_none_1x1.tif"))]);
    let mut path = "a.tif".to_owned();
    for depth in 0..6 {
        let opened = ZipMemoryFile::from_bytes(bytes.clone()).unwrap().open(&path);
        match opened {
            Ok(dataset) => assert!(depth <= 4 && dataset.width() == 1),
            Err(error) => assert!(depth > 4 && error.kind() == Kind::Limit, "{depth}: {error}"),
        }
        bytes = zip(&[stored("z", &bytes)]);
        path = format!("z/{path}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let secret = Member { flags: ENCRYPTED, ..stored("secret", b"twelve bytes and more") };
    let other = Member { method: BZIP2, ..stored("other", b"BZh9") };
    let wrong = Member { crc: 1, ..stored("wrong", b"content") };
    let archive = Archive::open(zip(&[secret, other, wrong, stored("fine", b"1")])).unwrap();
    assert_eq!(*archive.read("secret").unwrap_err().kind(), ErrorKind::Encrypted);
    assert_eq!(*archive.read("other").unwrap_err().kind(), ErrorKind::UnsupportedMethod(BZIP2));
    let error = archive.read("wrong").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BadArchive(_)) && error.path() == "/wrong", "{error}");
    assert_eq!(archive.read("fine").unwrap(), "1");
    assert!(ZipMemoryFile::from_bytes(truth::testdata().bytes("u8_none_1x1.tif")).is_err());
}

/// Cut anywhere, any byte another: an error or the right bytes, and never a panic.
#[test]
fn damage_is_found() {
    let content: Vec<u8> = (0..2000_u32).map(|n| (n * n) as u8).collect();
    let bytes = zip(&[stored("a", &content), deflated("b", &content)]);
    for len in 0..bytes.len() {
        assert!(Archive::open(bytes[..len].to_vec()).is_err(), "cut at {len}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let Ok(archive) = Archive::open(damaged) else { continue };
        for (path, _) in archive.list() {
            if let Ok(read) = archive.read(path) {
                assert!(read == content, "byte {at}: other bytes than were put in");
            }
        }
    }
}
