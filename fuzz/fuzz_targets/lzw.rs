//! The decoder of LZW.

#![no_main]

memtiff_fuzz::decoder!(LZW);
