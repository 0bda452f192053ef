//! Writing: options -> specification -> chunks -> directories.
//!
//! [`CreateOptions`] is what is wanted, [`ImageSpec`](spec::ImageSpec) the same with everything decided and checked. A
//! [`Writer`] collects samples until a chunk is full, encodes full chunks on any thread, and appends them in order to an
//! [`Output`]; directories come last, into room that was left for them at the beginning.

mod chunk;
mod collect;
mod key_value;
mod metadata;
mod options;
mod output;
mod pending;
mod setters;
mod spec;
mod writer;

pub use options::{Alpha, BigTiff, Compress, CreateOptions, Interleave, TagProfile};
pub use output::{Output, Stream};
pub use writer::Writer;
