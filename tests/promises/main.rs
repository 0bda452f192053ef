//! One module per promise.

mod corpus;
mod facts;
mod properties;
mod regress;
mod rooms;
mod stories;
