//! Raw input: byte order, and the one place that slices it.

mod input;
mod order;
mod view;

pub use input::{Input, PartialBytes};
pub use order::ByteOrder;
pub(crate) use view::View;
