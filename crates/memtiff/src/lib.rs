//! GeoTIFF in memory: bytes in, typed arrays and georeferencing out. Pure Rust, no GDAL, no C, no disk.
//!
//! # From bytes to pixels
//!
//! ```
//! use memtiff::MemoryFile;
//!
//! # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
//! let file = MemoryFile::from_bytes(data);      // bytes from a socket, say; not copied
//! let dataset = file.open()?;
//! assert_eq!((dataset.count(), dataset.height(), dataset.width()), (3, 80, 100));
//! assert_eq!(dataset.crs().and_then(|crs| crs.epsg()), Some(32633));
//!
//! let pixels = dataset.read::<u16>()?;          // ndarray::Array3, shape (band, row, column)
//! assert_eq!(pixels.dim(), (3, 80, 100));
//! # Ok::<(), memtiff::Error>(())
//! ```
//!
//! # From a stream, piece by piece
//!
//! ```
//! use std::io::{Read, Write};
//! use memtiff::MemoryFile;
//!
//! # let mut stream = &include_bytes!("../../../testdata/utm33_rgb_u16.tif")[..];
//! let mut file = MemoryFile::new();
//! let mut piece = [0; 8192];
//! loop {
//!     let n = stream.read(&mut piece)?;
//!     if n == 0 {
//!         break;
//!     }
//!     file.write_all(&piece[..n])?;
//! }
//! let dataset = file.open()?;
//! # assert_eq!(dataset.width(), 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! - [`MemoryFile`]: bytes with a position and a name; opens as a dataset. It lives in a [`Vfs`], a filesystem in memory.
//! - `ZipMemoryFile`: a zip archive, whose members open as datasets.
//! - [`Dataset`]: what the file says, and its pixels. Owns a snapshot of the bytes, so it may outlive the
//!   file, cross threads and be cloned for nothing.
//! - [`CreateOptions`], [`DatasetWriter`]: from arrays to a file.
//! - [`ReadRequest`]: bands, window, overview. [`DynArray`]: pixels of a type known only at run time.
//! - [`Error`]: a class, a place, and what was expected there.
//!
//! The crates below are `memtiff-vfs` (bytes) and `memtiff-geotiff` (the codec); the names that users need
//! are re-exported here; the former whole, as [`vfs`].
//!
//! # Features
//!
//! `deflate`, `fax`, `jpeg`, `lerc`, `lzma`, `lzw`, `packbits`, `webp`, `zstd`: compression methods; without any of
//! them uncompressed files are still read and written. `epsg`, `projjson`: EPSG's registry, PROJJSON. `zip`: archives.
//! `rayon`: chunks are decoded on several threads; `simd`: JPEG and ZSTD use what processors can do beside the least that
//! all can; results are the same without. All are on by default; off are `jpeg2000`, `jxl`, `proj` (coordinates from one CRS to another) and `tokio`
//! (a file is `AsyncRead + AsyncWrite + AsyncSeek` too).

mod blocks;
mod companions;
mod dataset;
mod failure;
mod geography;
mod memory_file;
mod profile;
mod ranges;
mod writer;
#[cfg(feature = "zip")]
mod zip_memory_file;

pub use blocks::{Block, Blocks};
pub use bytes::Bytes;
pub use companions::companion_names;
pub use dataset::Dataset;
pub use half;
pub use memory_file::{MemoryFile, MemoryFileBuilder};
#[cfg(feature = "proj")]
pub use memtiff_geotiff::CrsTransform;
pub use memtiff_geotiff::{
    Affine, Alpha, AttributeColumn, AttributeKind, AttributeTable, AuxXml, Beside, BigTiff, Bounds,
    ByteOrder, CancelToken, CogOptions, CogOverviews, CogWriter, ColorInterp, Compress, Compression, Content,
    CreateOptions, Crs, CrsKind, DataType, DynArray, Error, ErrorKind, Gcp, GeoKeyValue, GeoKeys,
    GeoKeysFlavor, GeoTags, Interleave, Items, Limits, MaskFlag, Masked, Nodata, Output, OverviewOptions,
    PartialBytes, Photometric, Place, Predictor, REQUIREMENTS, RasterType, ReadRequest, ReadWarnings,
    Requirement, Resampling, Result, Rpc, Sample, Scaling, Statistics, Stream, TagProfile, UpdateOptions,
    Violation, Window, Writer, check, repack, repack_in_place, validate_cog, verify_blocks,
};
pub use memtiff_vfs::{self as vfs, Vfs};
pub use ndarray;
pub use num_complex;
pub use profile::Profile;
pub use ranges::{AsyncRangeReader, RangeOptions, RangeReader, Ranged, Step};
pub use writer::{DatasetWriter, Draft};
#[cfg(feature = "zip")]
pub use zip_memory_file::ZipMemoryFile;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
