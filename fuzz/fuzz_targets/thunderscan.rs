//! The decoder of THUNDERSCAN.

#![no_main]

memtiff_fuzz::decoder!(THUNDERSCAN);
