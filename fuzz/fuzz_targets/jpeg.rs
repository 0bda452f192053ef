//! The decoder of JPEG.

#![no_main]

memtiff_fuzz::decoder!(JPEG);
