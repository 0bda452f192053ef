//! The decoder of ZSTD.

#![no_main]

memtiff_fuzz::decoder!(ZSTD);
