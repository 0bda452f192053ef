//! The decoder of JPEG_2000.

#![no_main]

memtiff_fuzz::decoder!(JPEG_2000);
