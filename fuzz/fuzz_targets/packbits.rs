//! The decoder of PACKBITS.

#![no_main]

memtiff_fuzz::decoder!(PACKBITS);
