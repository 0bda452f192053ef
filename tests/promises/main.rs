//! One module per promise.

mod corpus;
mod facts;
mod properties;
mod rooms;
mod stories;
