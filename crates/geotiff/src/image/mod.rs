//! A directory as one validated description: shape, sample type, planes, photometry.

mod desc;
mod halves;
mod irregular;
mod old_jpeg;
mod sample;

pub(crate) use desc::SubfileType;
pub use desc::{Image, Rendering};
pub(crate) use halves::nearest_half;
pub(crate) use irregular::irregularities;
#[cfg(feature = "jpeg")]
pub(crate) use old_jpeg::OldJpegTags;
pub(crate) use sample::Number;
pub use sample::{DataType, Sample};
