//! What goes wrong with files, told in the words of what goes wrong with GeoTIFFs.

use memtiff_geotiff::{Error, ErrorKind};
use memtiff_vfs::ErrorKind as FileErrorKind;

/// An error of the filesystem or of an archive, as one of ours.
pub(crate) fn from_vfs(error: &memtiff_vfs::Error) -> Error {
    let kind = match error.kind() {
        FileErrorKind::QuotaBytes { .. }
        | FileErrorKind::QuotaEntries { .. }
        | FileErrorKind::OutOfMemory(_) => ErrorKind::Limit,
        FileErrorKind::BadArchive(_) => ErrorKind::Malformed,
        FileErrorKind::Encrypted | FileErrorKind::UnsupportedMethod(_) => ErrorKind::Unsupported,
        _ => ErrorKind::Usage,
    };
    Error::other(kind, error.kind().to_string()).in_file(error.path())
}
