//! One module per promise.

mod conformance;
mod corpus;
mod crs;
mod facts;
mod properties;
mod regress;
mod rooms;
mod stories;
mod vfs_model;
mod vfs_threads;
