//! The decoder of CCITT_RLE, CCITT_RLE_W, CCITT_FAX3, CCITT_FAX4.

#![no_main]

memtiff_fuzz::decoder!(CCITT_RLE, CCITT_RLE_W, CCITT_FAX3, CCITT_FAX4);
