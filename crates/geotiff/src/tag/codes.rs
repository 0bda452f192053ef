//! The code lists of the standards.

use super::open::open_codes;

open_codes! {
    /// How a chunk is compressed: tag 259. Names are those that GDAL shows.
    Compression {
        /// As it is.
        NONE = 1 "NONE",
        /// CCITT modified Huffman.
        CCITT_RLE = 2 "CCITTRLE",
        /// CCITT group 3.
        CCITT_FAX3 = 3 "CCITTFAX3",
        /// CCITT group 4.
        CCITT_FAX4 = 4 "CCITTFAX4",
        /// LZW.
        LZW = 5 "LZW",
        /// JPEG as TIFF 6.0 had it.
        OLD_JPEG = 6 "OJPEG",
        /// JPEG as tech note 2 has it.
        JPEG = 7 "JPEG",
        /// Deflate in a zlib stream.
        DEFLATE = 8 "DEFLATE",
        /// NeXT 2-bit.
        NEXT = 32766 "NEXT",
        /// CCITT modified Huffman, rows on 16-bit boundaries.
        CCITT_RLE_W = 32771 "CCITTRLEW",
        /// PackBits.
        PACKBITS = 32773 "PACKBITS",
        /// ThunderScan 4-bit.
        THUNDERSCAN = 32809 "THUNDERSCAN",
        /// Deflate under its older code.
        OLD_DEFLATE = 32946 "DEFLATE",
        /// SGI 32-bit Log Luminance.
        SGILOG = 34676 "SGILOG",
        /// SGI 24-bit Log Luminance.
        SGILOG24 = 34677 "SGILOG24",
        /// JPEG 2000.
        JPEG_2000 = 34712 "JP2000",
        /// LERC, alone or with Deflate or ZSTD around it.
        LERC = 34887 "LERC",
        /// LZMA2 in an xz stream.
        LZMA = 34925 "LZMA",
        /// Zstandard.
        ZSTD = 50000 "ZSTD",
        /// WebP.
        WEBP = 50001 "WEBP",
        /// JPEG XL.
        JXL = 50002 "JXL",
        /// JPEG XL as DNG 1.7 numbers it.
        JXL_DNG = 52546 "JXL",
    }
}

open_codes! {
    /// What the samples mean as colour: tag 262.
    Photometric {
        /// 0 is white.
        MIN_IS_WHITE = 0 "MINISWHITE",
        /// 0 is black.
        MIN_IS_BLACK = 1 "MINISBLACK",
        /// Red, green, blue.
        RGB = 2 "RGB",
        /// Index into the colour map.
        PALETTE = 3 "PALETTE",
        /// Transparency mask.
        MASK = 4 "MASK",
        /// Inks, usually cyan, magenta, yellow, black.
        SEPARATED = 5 "CMYK",
        /// Luma and chroma.
        YCBCR = 6 "YCBCR",
        /// CIE L*a*b*.
        CIELAB = 8 "CIELAB",
        /// L*a*b* as ICC encodes it.
        ICCLAB = 9 "ICCLAB",
        /// L*a*b* as ITU encodes it.
        ITULAB = 10 "ITULAB",
        /// Colour filter array (DNG).
        CFA = 32803 "CFA",
        /// CIE log2(L).
        LOGL = 32844 "LOGL",
        /// CIE log2(L) and u', v'.
        LOGLUV = 32845 "LOGLUV",
    }
}

open_codes! {
    /// Whether the samples of a pixel stand together: tag 284.
    PlanarConfiguration {
        /// All samples of a pixel together.
        CHUNKY = 1 "chunky",
        /// Each sample in chunks of its own.
        SEPARATE = 2 "separate",
    }
}

open_codes! {
    /// What was done to samples before compression: tag 317.
    Predictor {
        /// Nothing.
        NONE = 1 "none",
        /// Difference to the sample on the left (TIFF 6.0, section 14).
        HORIZONTAL = 2 "horizontal",
        /// Byte planes of floats, differenced (TIFF tech note 3).
        FLOATING_POINT = 3 "floating point",
    }
}

open_codes! {
    /// What a sample beyond the colours means: tag 338.
    ExtraSample {
        /// Nothing that is known.
        UNSPECIFIED = 0 "unspecified",
        /// An alpha that the colours are multiplied by.
        ASSOCIATED_ALPHA = 1 "associated alpha",
        /// An alpha that they are not multiplied by.
        UNASSOCIATED_ALPHA = 2 "unassociated alpha",
        /// What a Corel program wrote for an alpha.
        COREL_ALPHA = 999 "alpha",
    }
}

open_codes! {
    /// Kind of number: tag 339.
    SampleFormat {
        /// Unsigned integer.
        UINT = 1 "unsigned integer",
        /// Two's complement integer.
        INT = 2 "signed integer",
        /// IEEE floating point.
        FLOAT = 3 "floating point",
        /// Undefined; taken as unsigned integer.
        VOID = 4 "undefined",
        /// Pair of two's complement integers.
        COMPLEX_INT = 5 "complex integer",
        /// Pair of IEEE floats.
        COMPLEX_FLOAT = 6 "complex floating point",
    }
}
