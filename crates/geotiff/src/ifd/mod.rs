//! The structure of a TIFF: header, entries, directories, and the walk over their chains.

mod directory;
mod encode;
mod entry;
mod foreign;
mod header;
mod walk;

pub use directory::Directory;
pub(crate) use directory::Fields;
pub(crate) use encode::{FieldData, FieldSet, too_large};
pub use entry::Entry;
pub use header::{Header, Variant};
pub(crate) use walk::{Structure, walk};
