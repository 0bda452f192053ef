//! The decoder of LERC.

#![no_main]

memtiff_fuzz::decoder!(LERC);
