//! Samples on their way from decompressed bytes to the caller's array, and back: byte order, predictors, placing.
//!
//! Names say the state of bytes: `raw` as in the file, `plain` decompressed but in file order, `native` in
//! the order of this machine with predictors undone.

mod convert;
mod discard;
mod pack;
mod place;
mod predict;
mod subsample;
mod swap;

pub(crate) use convert::{convert, is_same};
pub(crate) use discard::discard_lsb;
pub(crate) use pack::Packing;
pub(crate) use place::{Source, gather_row, place_planes, place_row};
pub(crate) use predict::{
    apply_predictor, apply_predictor_to_bytes, packed_order, undo_predictor, undo_predictor_of_bytes,
};
pub(crate) use subsample::Units;
pub(crate) use swap::swap;
