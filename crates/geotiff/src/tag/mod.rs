//! Tags, field types, values left where they lie, and the code lists of the standards.

mod codes;
mod field;
mod id;
mod open;
mod value;

pub use codes::{Compression, ExtraSample, Photometric, PlanarConfiguration, Predictor, SampleFormat};
pub use field::FieldType;
pub use id::Tag;
pub use value::Values;
