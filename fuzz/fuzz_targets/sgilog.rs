//! The decoder of SGILOG, SGILOG24.

#![no_main]

memtiff_fuzz::decoder!(SGILOG, SGILOG24);
