//! The decoder of LZMA.

#![no_main]

memtiff_fuzz::decoder!(LZMA);
