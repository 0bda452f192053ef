//! Raw input: byte order, and the one place that slices it.

mod order;
mod view;

pub use order::ByteOrder;
pub(crate) use view::View;
