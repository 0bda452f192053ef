//! The decoder of NEXT.

#![no_main]

memtiff_fuzz::decoder!(NEXT);
