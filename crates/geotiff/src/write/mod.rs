//! Writing: options -> specification -> chunks -> directories.
//!
//! [`CreateOptions`] is what is wanted, [`ImageSpec`](spec::ImageSpec) the same with everything decided and checked, for one
//! image. A [`Layer`](layer::Layer) collects samples until a chunk is full, encodes full chunks on any thread, and appends
//! them in order to the [`Space`](space::Space) of an [`Output`]. A [`Writer`] holds the layers of a page (the image, its mask,
//! overviews) and what is said of them; directories come last, into room that was left for them at the beginning. A file
//! that is there is updated by the same writer.

mod arrange;
mod chain;
mod choices;
mod chunk;
mod claims;
mod cog;
mod cog_key_value;
mod collect;
mod copy;
mod decide;
mod gather;
mod key_value;
mod layer;
mod like;
mod metadata;
mod options;
mod output;
mod overview_options;
mod overviews;
mod pending;
mod setters;
mod space;
mod spec;
mod update;
mod writer;

pub use arrange::{repack, repack_in_place};
pub use choices::{Alpha, AuxXml, Beside, BigTiff, Compress, GeoKeysFlavor, Interleave, TagProfile};
pub use cog::{CogOptions, CogOverviews, CogWriter};
pub use copy::Scaling;
pub use options::CreateOptions;
pub use output::{Content, Output, Stream};
pub use overview_options::OverviewOptions;
pub use update::UpdateOptions;
pub use writer::Writer;
