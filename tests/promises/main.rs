//! One module per promise.

mod archives;
mod cases;
mod cases_damage;
mod cogs;
mod conformance;
mod copying;
mod corpus;
mod crs;
mod facts;
mod jpeg;
mod limits;
mod memory_file;
mod object_store;
mod properties;
mod ranges;
mod reading;
mod regress;
mod rooms;
mod sidecars;
mod updating;
mod vfs_model;
mod vfs_threads;
mod windows;
mod writing;
