//! GeoTIFF codec: `&[u8]` in, typed [`ndarray`] arrays and georeferencing out. It does no I/O and knows
//! nothing of files.
//!
//! ```
//! use memtiff_geotiff::{Description, Limits, ReadRequest, Reader};
//!
//! # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
//! let description = Description::parse(bytes, &Limits::default())?;
//! let pixels = Reader::new(bytes, &description).read::<u16>(&ReadRequest::new().bands([1]))?;
//! assert_eq!(pixels.dim(), (1, 80, 100));
//! # Ok::<(), memtiff_geotiff::Error>(())
//! ```
//!
//! Most people want the crate `memtiff`, which adds files in memory and owns the bytes.
//!
//! # The rooms
//!
//! Each room uses only rooms above it.
//!
//! | room | what it holds |
//! | --- | --- |
//! | `error`, `limits` | what went wrong and where; what a file may make us spend |
//! | `text` | numbers as texts |
//! | `bytes` | byte order, and the one view that slices input |
//! | `tag` | tags, field types, values left where they lie, code lists |
//! | `ifd` | header, entries, directories, the walk over chains and SubIFDs |
//! | `image` | a directory as one validated description |
//! | `layout` | windows, the chunk grid, lazy chunk tables |
//! | `compress` | one file per method, decoding into a slice of exact size |
//! | `sample` | byte order, predictors, placing samples into arrays |
//! | `color` | stored colours to RGB |
//! | `geo` | geokeys, CRS, transform, ground control points, rational polynomials |
//! | `metadata` | nodata, GDAL's items and domains, baseline tags, colour interpretation and maps |
//! | `resample` | pixels of another size: kernels, averages, the most frequent, ranks |
//! | `read` | window -> plan -> decode -> place |
//! | `write` | options -> specification -> chunks -> directories |
//!
//! # Untrusted input
//!
//! No input makes this crate panic, overflow, loop, or allocate beyond [`Limits`]. What is wrong is an
//! [`Error`] with a class and a place, or, where the pixels can still be read, one of the
//! [`warnings`](Description::warnings).
//!
//! # Features
//!
//! `deflate`, `fax`, `jpeg`, `lerc`, `lzma`, `lzw`, `packbits`, `webp`, `zstd`: compression methods; without any of
//! them uncompressed files are still read. `rayon`: chunks are decoded on several threads; `simd`: JPEG
//! and ZSTD use what processors can do beside the least that all can; results are the same without. All are on by default. `jxl` (JPEG XL) and `jpeg2000` are not: their
//! decoders are large, and the formats rare.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod bytes;
mod color;
mod compress;
mod error;
mod geo;
mod ifd;
mod image;
mod layout;
mod limits;
mod metadata;
mod read;
mod resample;
mod sample;
mod tag;
mod text;
mod write;

pub use crate::bytes::{ByteOrder, Input, PartialBytes};
pub use error::{Error, ErrorKind, Place, Result};
#[cfg(feature = "proj")]
pub use geo::CrsTransform;
pub use geo::{
    Affine, Bounds, Crs, CrsKind, Gcp, GeoKeyValue, GeoKeys, GeoTags, REQUIREMENTS, RasterType, Requirement,
    Rpc, Violation,
};
pub use ifd::{Directory, Entry, Header, Variant};
pub use image::{DataType, Image, Rendering, Sample};
pub use layout::{Pixels, Window};
pub use limits::{CancelToken, Limits};
pub use metadata::{AttributeColumn, AttributeKind, AttributeTable, ColorInterp, Items, Nodata};
pub use read::{
    CogFinding, Description, DynArray, MaskFlag, Masked, PartFiles, ReadRequest, ReadWarnings, Reader,
    Sidecars, Source, Statistics, check, validate_cog, verify_blocks,
};
pub use resample::Resampling;
pub use tag::{
    Compression, ExtraSample, FieldType, Photometric, PlanarConfiguration, Predictor, SampleFormat, Tag,
    Values,
};
pub use write::{
    Alpha, AuxXml, Beside, BigTiff, CogOptions, CogOverviews, CogWriter, Compress, Content, CreateOptions,
    GeoKeysFlavor, Interleave, Output, OverviewOptions, Scaling, Stream, TagProfile, UpdateOptions, Writer,
    repack, repack_in_place,
};
