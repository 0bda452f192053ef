//! What the tests share: the truth about files, how a dataset is held against it, and a builder of small
//! files.

pub mod builder;
pub mod compare;
pub mod truth;
