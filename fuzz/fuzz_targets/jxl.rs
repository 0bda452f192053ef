//! The decoder of JXL, JXL_DNG.

#![no_main]

memtiff_fuzz::decoder!(JXL, JXL_DNG);
