//! Values that GDAL gives are held against ours in the crate of tests; here is what needs no file.
