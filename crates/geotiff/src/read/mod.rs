//! Reading: window -> plan -> decode -> place.
//!
//! [`Description`] is what a file says, read once. A [`Reader`] joins it with the bytes for as long as a
//! read takes. A [`ReadRequest`] says what is wanted, a target which pixels of which image that comes to. Pixels as they
//! are (`stored`): the plan cuts the caller's array into one piece for each chunk; each piece is then decoded and filled
//! by itself, on any thread. Pixels of another size or type (`sampled`): part by part, each made of stored pixels.

mod array;
mod asked;
mod blocks;
mod check;
mod chunk;
mod cog;
mod description;
mod domains;
mod foresee;
mod mask;
mod masked;
mod parts;
mod plan;
mod reader;
mod reduced;
mod request;
mod rgba;
mod sampled;
mod sidecars;
mod source;
mod statistics;
mod stored;
mod target;
mod verify;
mod warnings;

pub use array::DynArray;
pub(crate) use array::{ArrayTask, SampleTask, with_sample_type};
pub(crate) use asked::Asked;
pub use check::check;
pub(crate) use chunk::decode_chunk;
pub use cog::{CogFinding, validate_cog};
pub use description::Description;
pub use mask::MaskFlag;
pub use masked::Masked;
pub use reader::Reader;
pub(crate) use reduced::Reduction;
pub use request::ReadRequest;
pub use sidecars::Sidecars;
pub use source::{PartFiles, Source};
pub use statistics::Statistics;
pub use verify::verify_blocks;
pub use warnings::ReadWarnings;
