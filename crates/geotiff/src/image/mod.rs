//! A directory as one validated description: shape, sample type, planes, photometry.

mod desc;
mod sample;

pub use desc::Image;
pub(crate) use desc::SubfileType;
pub use sample::{DataType, Sample};
