//! Choices that have names in GDAL.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::image::Image;
use crate::tag::Compression;

/// Defines an enum whose values have names in GDAL.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $name:literal $(| $alias:literal)*,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)*
        }

        impl FromStr for $type {
            type Err = Error;

            /// By the name that GDAL has for it, in any case.
            ///
            /// # Errors
            ///
            /// When there is none of that name; the error lists those there are.
            fn from_str(text: &str) -> Result<Self> {
                const NAMES: &[&str] = &[$($name $(, $alias)*),*];
                match text {
                    $(_ if [$name $(, $alias)*].iter().any(|name| name.eq_ignore_ascii_case(text)) => Ok(Self::$variant),)*
                    _ => Err(Error::usage(format!("no {} {text:?}; there are {}", $what, NAMES.join(", ")))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $name,)*
                })
            }
        }
    };
}

named! {
    /// How blocks of a new file are compressed: GDAL's `COMPRESS`.
    Compress "method of compression" {
        /// Not at all.
        None = "NONE",
        /// LZW.
        Lzw = "LZW",
        /// Deflate in zlib streams.
        Deflate = "DEFLATE" | "ZIP",
        /// Zstandard.
        Zstd = "ZSTD",
        /// Runs of bytes.
        PackBits = "PACKBITS",
        /// LZMA2 in xz streams.
        Lzma = "LZMA",
        /// LERC.
        Lerc = "LERC",
        /// LERC, with Deflate around it.
        LercDeflate = "LERC_DEFLATE",
        /// LERC, with ZSTD around it.
        LercZstd = "LERC_ZSTD",
        /// JPEG, of 8 bits.
        Jpeg = "JPEG",
        /// WebP; lossless only.
        WebP = "WEBP",
        /// JPEG XL; lossless only, of 8 or 16 bits.
        Jxl = "JXL",
        /// CCITT modified Huffman, of single bits.
        CcittRle = "CCITTRLE",
        /// CCITT group 3, of single bits.
        CcittFax3 = "CCITTFAX3",
        /// CCITT group 4, of single bits.
        CcittFax4 = "CCITTFAX4",
    }
}

impl Compress {
    /// The code of the tag, and what is wrapped around LERC.
    pub(super) fn codes(self) -> (Compression, u32) {
        match self {
            Self::None => (Compression::NONE, 0),
            Self::Lzw => (Compression::LZW, 0),
            Self::Deflate => (Compression::DEFLATE, 0),
            Self::Zstd => (Compression::ZSTD, 0),
            Self::PackBits => (Compression::PACKBITS, 0),
            Self::Lzma => (Compression::LZMA, 0),
            Self::Lerc => (Compression::LERC, 0),
            Self::LercDeflate => (Compression::LERC, 1),
            Self::LercZstd => (Compression::LERC, 2),
            Self::Jpeg => (Compression::JPEG, 0),
            Self::WebP => (Compression::WEBP, 0),
            // Since 3.11 GDAL writes the code of DNG 1.7 instead of its own.
            Self::Jxl => (Compression::JXL_DNG, 0),
            Self::CcittRle => (Compression::CCITT_RLE, 0),
            Self::CcittFax3 => (Compression::CCITT_FAX3, 0),
            Self::CcittFax4 => (Compression::CCITT_FAX4, 0),
        }
    }

    /// The method of an image; `None` if it is one that is read only.
    pub(super) fn of(image: &Image) -> Option<Self> {
        match (image.compression, image.lerc_wrapping) {
            (Compression::LERC, 1) => Some(Self::LercDeflate),
            (Compression::LERC, 2) => Some(Self::LercZstd),
            (compression, _) => Self::of_code(compression),
        }
    }

    /// The method of a code in a file, nothing around it; `None` if it is one that is read only.
    ///
    /// ```
    /// use memtiff_geotiff::{Compress, Compression};
    ///
    /// assert_eq!(Compress::of_code(Compression::OLD_DEFLATE), Some(Compress::Deflate));
    /// assert_eq!(Compress::of_code(Compression::JPEG_2000), None);
    /// ```
    #[must_use]
    pub fn of_code(compression: Compression) -> Option<Self> {
        Some(match compression {
            Compression::NONE => Self::None,
            Compression::LZW => Self::Lzw,
            Compression::DEFLATE | Compression::OLD_DEFLATE => Self::Deflate,
            Compression::ZSTD => Self::Zstd,
            Compression::PACKBITS => Self::PackBits,
            Compression::LZMA => Self::Lzma,
            Compression::LERC => Self::Lerc,
            Compression::JPEG => Self::Jpeg,
            Compression::WEBP => Self::WebP,
            Compression::JXL | Compression::JXL_DNG => Self::Jxl,
            Compression::CCITT_RLE => Self::CcittRle,
            Compression::CCITT_FAX3 => Self::CcittFax3,
            Compression::CCITT_FAX4 => Self::CcittFax4,
            _ => return None,
        })
    }

    /// Whether samples can be made into differences before it.
    pub(super) fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd | Self::Lzma)
    }

    pub(super) fn is_fax(self) -> bool {
        matches!(self, Self::CcittRle | Self::CcittFax3 | Self::CcittFax4)
    }
}

named! {
    /// Whether the bands of a pixel stand together: GDAL's `INTERLEAVE`, as rasterio spells its values.
    Interleave "interleaving" {
        /// All bands of a pixel together.
        Pixel = "pixel",
        /// Each band by itself; also what a single band is called.
        Band = "band",
        /// Each band by itself, the blocks of one place behind each other: of cloud-optimized GeoTIFFs.
        Tile = "tile",
    }
}

named! {
    /// Whether offsets have 64 bits: GDAL's `BIGTIFF`.
    BigTiff "choice of BigTIFF" {
        /// If the file turns out to need them.
        IfNeeded = "IF_NEEDED",
        /// If it would be larger than 2 GiB without compression.
        IfSafer = "IF_SAFER",
        /// In any case.
        Yes = "YES",
        /// Never: a larger file is an error.
        No = "NO",
    }
}

named! {
    /// For whom the geokeys are: GDAL's `GEOTIFF_KEYS_FLAVOR`.
    #[derive(Default)]
    GeoKeysFlavor "flavor of geokeys" {
        /// For all readers of GeoTIFF.
        #[default]
        Standard = "STANDARD",
        /// For ESRI's programs: with their own text of the CRS in a citation.
        EsriPe = "ESRI_PE",
    }
}

named! {
    /// What the first band beyond the colours is: GDAL's `ALPHA`.
    Alpha "kind of alpha" {
        /// Alpha, with which the colours are not multiplied.
        NonPremultiplied = "NON-PREMULTIPLIED" | "YES",
        /// Alpha, with which the colours are multiplied.
        Premultiplied = "PREMULTIPLIED",
        /// Anything.
        Unspecified = "UNSPECIFIED" | "NO",
    }
}

/// How the `.aux.xml` beside a file, GDAL's sidecar for metadata, changes with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuxXml {
    /// It stays as it is, or does not exist.
    Unchanged,
    /// It has this text.
    Written(String),
    /// It is removed: the file says all of it.
    Removed,
}

/// A text that stands beside a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Beside {
    /// The transform as a world file: GDAL's `TFW`.
    WorldFile,
    /// RPCs as `.RPB`: GDAL's `RPB`.
    Rpb,
    /// RPCs as `_RPC.TXT`: GDAL's `RPCTXT`.
    RpcTxt,
}

named! {
    /// Which tags are written beside those of TIFF itself: GDAL's `PROFILE`.
    TagProfile "profile" {
        /// Those of GeoTIFF, and GDAL's own.
        GdalGeoTiff = "GDALGEOTIFF",
        /// Those of GeoTIFF.
        GeoTiff = "GEOTIFF",
        /// None.
        Baseline = "BASELINE",
    }
}
