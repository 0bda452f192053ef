//! File names as bytes, in a filesystem whose names are text.
//!
//! The filesystem in memory has UTF-8 names, a disk may have others. A lossy conversion would give two files one name,
//! and the mask of one image could be applied to another; this conversion is reversible.

use std::ffi::{OsStr, OsString};

/// Bytes that are not UTF-8 become the private characters from here on: byte 0x80 is U+F780.
#[cfg(unix)]
const FIRST: u32 = 0xf700;

/// The text that stands for a file name. Different names have different texts; a UTF-8 name stands for itself, unless
/// it holds one of the private characters that stand for bytes.
#[cfg(unix)]
pub(crate) fn to_text(name: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if byte_of(character).is_some() {
                // The character itself must not be mistaken for a byte.
                character.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.push(character_of(byte)));
            } else {
                text.push(character);
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push(character_of(*byte)));
    }
    text
}

/// The file name that a text of [`to_text`] stands for.
#[cfg(unix)]
pub(crate) fn from_text(text: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::new();
    for character in text.chars() {
        match byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    OsString::from_vec(bytes)
}

#[cfg(unix)]
fn character_of(byte: u8) -> char {
    char::from_u32(FIRST.saturating_add(u32::from(byte))).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(unix)]
fn byte_of(character: char) -> Option<u8> {
    let byte = u32::from(character).checked_sub(FIRST)?;
    u8::try_from(byte).ok().filter(|byte| *byte >= 0x80)
}

#[cfg(not(unix))]
pub(crate) fn to_text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(not(unix))]
pub(crate) fn from_text(text: &str) -> OsString {
    text.into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_survive_the_way_there_and_back() {
        let names: [&[u8]; 6] =
            [b"a.tif", b"a\xff.tif", b"a\xfe.tif", b"\xc3", "\u{f7ff}".as_bytes(), "ü".as_bytes()];
        let texts: Vec<String> = names.iter().map(|name| to_text(OsStr::from_bytes(name))).collect();
        for (name, text) in names.iter().zip(&texts) {
            assert_eq!(from_text(text).as_bytes(), *name);
            assert_eq!(texts.iter().filter(|other| *other == text).count(), 1, "{text:?}");
        }
    }
}
