//! The decoder of WEBP.

#![no_main]

memtiff_fuzz::decoder!(WEBP);
