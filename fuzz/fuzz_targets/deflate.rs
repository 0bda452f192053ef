//! The decoder of DEFLATE, OLD_DEFLATE.

#![no_main]

memtiff_fuzz::decoder!(DEFLATE, OLD_DEFLATE);
