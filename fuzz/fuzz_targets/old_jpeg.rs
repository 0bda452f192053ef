//! The decoder of OLD_JPEG.

#![no_main]

memtiff_fuzz::decoder!(OLD_JPEG);
