//! A directory as one validated description: shape, sample type, planes, photometry.

mod desc;
mod sample;

pub(crate) use desc::SubfileType;
pub use desc::{Image, Rendering};
pub use sample::{DataType, Sample};
