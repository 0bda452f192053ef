//! Windows, the grid of chunks, and the table that says where each chunk lies.

mod grid;
mod rect;
mod table;
mod window;

pub(crate) use grid::ChunkGrid;
pub(crate) use rect::Rect;
pub(crate) use table::ChunkTable;
pub use window::{Pixels, Window};
