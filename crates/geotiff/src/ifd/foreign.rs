//! Other formats that files with the name of a TIFF turn out to have.

/// As many bytes as are looked at.
pub(super) const LOOKAHEAD: u64 = 512;

/// A format that is no TIFF, and what a user can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) name: &'static str,
    /// Empty if there is none.
    pub(super) advice: &'static str,
}

const UNZIP: &str = "; open a file inside it instead (the program takes ARCHIVE.zip/FILE.tif)";
const GUNZIP: &str = "; decompress it first, with gunzip for example";
const DECOMPRESS: &str = "; decompress it first";
const PULL: &str = "; fetch the file that it stands for, with git lfs pull";
const ANNEX: &str = "; fetch the file that it stands for, with git annex get";
const WEB_PAGE: &str =
    "; a server probably answered a download with a web page (a login or an error): check the address";
const ANSWER: &str = "; if it was downloaded, it may be the error message of a server";

/// What a file of a format begins with.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image", ""),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 codestream", ""),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image", ""),
    (b"\xff\x0a", "a JPEG XL image", ""),
    (b"GIF8", "a GIF image", ""),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 or NetCDF-4 file", ""),
    (b"\x0e\x03\x13\x01", "an HDF4 file", ""),
    (b"CDF\x01", "a NetCDF file", ""),
    (b"CDF\x02", "a NetCDF file", ""),
    (b"CDF\x05", "a NetCDF file", ""),
    (b"GRIB", "a GRIB file", ""),
    (b"NITF", "a NITF file", ""),
    (b"\x93NUMPY", "a NumPy array", ""),
    (b"SQLite format 3\0", "an SQLite database (perhaps a GeoPackage)", ""),
    (b"%PDF-", "a PDF document", ""),
    (b"\x1f\x8b", "a gzip file", GUNZIP),
    (b"PK\x03\x04", "a zip archive", UNZIP),
    (b"PK\x05\x06", "an empty zip archive", ""),
    (b"BZh", "a bzip2 file", DECOMPRESS),
    (b"\xfd7zXZ\0", "an xz file", DECOMPRESS),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", DECOMPRESS),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", DECOMPRESS),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer", PULL),
    (b"/annex/objects/", "a git-annex pointer", ANNEX),
];

/// The format of a file by its first bytes, if it is known.
pub(super) fn recognize(data: &[u8]) -> Option<Foreign> {
    if let Some((_, name, advice)) = SIGNATURES.iter().find(|(signature, ..)| data.starts_with(signature)) {
        return Some(Foreign { name, advice });
    }
    if data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP") {
        return Some(Foreign { name: "a WebP image", advice: "" });
    }
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).trim_ascii_start().to_ascii_lowercase();
    let contains = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    match text.first()? {
        b'<' if text.starts_with(b"<!doctype html") || contains(b"<html") => {
            Some(Foreign { name: "an HTML page", advice: WEB_PAGE })
        }
        b'<' if text.get(1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'?' | b'!')) => {
            Some(Foreign { name: "an XML document", advice: ANSWER })
        }
        b'{' | b'[' if is_json(&text) => Some(Foreign { name: "a JSON document", advice: ANSWER }),
        _ => None,
    }
}

/// Whether a text that begins with a bracket goes on as JSON does: a heading of an INI file does not.
fn is_json(text: &[u8]) -> bool {
    let rest = text.get(1..).unwrap_or_default().trim_ascii_start();
    let goes_on = match (text.first(), rest.first()) {
        (_, None) => true,
        (Some(b'{'), Some(next)) => matches!(next, b'"' | b'}'),
        (_, Some(next)) => next.is_ascii_digit() || matches!(next, b'"' | b'{' | b'[' | b']' | b'-'),
    };
    goes_on && text.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signatures are those of the formats' specifications and of `file(1)`.
    #[test]
    fn formats_are_recognized() {
        let cases: [(&[u8], &str); 13] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG image"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"CDF\x01\0\0", "NetCDF"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "Git LFS"),
            (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "HTML"),
            (b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">", "HTML"),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"),
            (b"  {\"error\": 404}", "JSON"),
        ];
        for (data, name) in cases {
            let found = recognize(data).unwrap_or_else(|| panic!("{name}"));
            assert!(found.name.contains(name), "{name}: {found:?}");
        }
        for data in [&b""[..], b"  ", b"hello", b"< 5", b"[\0\x01", b"[package]", b"\xff", b"PK"] {
            assert_eq!(recognize(data), None, "{data:?}");
        }
    }
}
