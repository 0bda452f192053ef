//! Numbers of tags.

use super::open::open_codes;

open_codes! {
    /// Number of a tag. TIFF 6.0 (part 1 to 3), the TIFF tech notes, OGC GeoTIFF 1.1 (19-008r4, Annex G),
    /// and the private tags of GDAL's GTiff driver.
    Tag {
        /// What kind of page a directory is: bit 0 reduced resolution, bit 1 page, bit 2 mask.
        NEW_SUBFILE_TYPE = 254 "NewSubfileType",
        /// Columns.
        IMAGE_WIDTH = 256 "ImageWidth",
        /// Rows.
        IMAGE_LENGTH = 257 "ImageLength",
        /// Bits of each sample.
        BITS_PER_SAMPLE = 258 "BitsPerSample",
        /// How chunks are compressed.
        COMPRESSION = 259 "Compression",
        /// What the samples mean as colour.
        PHOTOMETRIC_INTERPRETATION = 262 "PhotometricInterpretation",
        /// Order of bits in a byte.
        FILL_ORDER = 266 "FillOrder",
        /// Name of the scanned document.
        DOCUMENT_NAME = 269 "DocumentName",
        /// What the image shows.
        IMAGE_DESCRIPTION = 270 "ImageDescription",
        /// Where each strip begins.
        STRIP_OFFSETS = 273 "StripOffsets",
        /// Samples of a pixel.
        SAMPLES_PER_PIXEL = 277 "SamplesPerPixel",
        /// Rows of a strip.
        ROWS_PER_STRIP = 278 "RowsPerStrip",
        /// Bytes of each strip as stored.
        STRIP_BYTE_COUNTS = 279 "StripByteCounts",
        /// Least value of a sample.
        MIN_SAMPLE_VALUE = 280 "MinSampleValue",
        /// Greatest value of a sample.
        MAX_SAMPLE_VALUE = 281 "MaxSampleValue",
        /// Pixels in a unit, across.
        X_RESOLUTION = 282 "XResolution",
        /// Pixels in a unit, down.
        Y_RESOLUTION = 283 "YResolution",
        /// Samples of a pixel together, or a plane each.
        PLANAR_CONFIGURATION = 284 "PlanarConfiguration",
        /// How CCITT group 3 data are coded.
        T4_OPTIONS = 292 "T4Options",
        /// How CCITT group 4 data are coded.
        T6_OPTIONS = 293 "T6Options",
        /// Unit of the resolution.
        RESOLUTION_UNIT = 296 "ResolutionUnit",
        /// Curves of the samples.
        TRANSFER_FUNCTION = 301 "TransferFunction",
        /// Program that wrote the file.
        SOFTWARE = 305 "Software",
        /// When it was written.
        DATE_TIME = 306 "DateTime",
        /// Who made the image.
        ARTIST = 315 "Artist",
        /// Machine that it was made on.
        HOST_COMPUTER = 316 "HostComputer",
        /// What was done to samples before compression.
        PREDICTOR = 317 "Predictor",
        /// White of the image.
        WHITE_POINT = 318 "WhitePoint",
        /// Primaries of the image.
        PRIMARY_CHROMATICITIES = 319 "PrimaryChromaticities",
        /// Palette.
        COLOR_MAP = 320 "ColorMap",
        /// Columns of a tile.
        TILE_WIDTH = 322 "TileWidth",
        /// Rows of a tile.
        TILE_LENGTH = 323 "TileLength",
        /// Where each tile begins.
        TILE_OFFSETS = 324 "TileOffsets",
        /// Bytes of each tile as stored.
        TILE_BYTE_COUNTS = 325 "TileByteCounts",
        /// Directories that belong to this one.
        SUB_IFDS = 330 "SubIFDs",
        /// Which inks a separated image has.
        INK_SET = 332 "InkSet",
        /// Meaning of samples beyond the colour.
        EXTRA_SAMPLES = 338 "ExtraSamples",
        /// Kind of number of each sample.
        SAMPLE_FORMAT = 339 "SampleFormat",
        /// Least and greatest value of each curve.
        TRANSFER_RANGE = 342 "TransferRange",
        /// JPEG segments that all chunks share.
        JPEG_TABLES = 347 "JPEGTables",
        /// Process of old-style JPEG.
        JPEG_PROC = 512 "JPEGProc",
        /// Where a stream of old-style JPEG begins.
        JPEG_INTERCHANGE_FORMAT = 513 "JPEGInterchangeFormat",
        /// Bytes of that stream.
        JPEG_INTERCHANGE_FORMAT_LENGTH = 514 "JPEGInterchangeFormatLength",
        /// MCUs between restart markers of old-style JPEG.
        JPEG_RESTART_INTERVAL = 515 "JPEGRestartInterval",
        /// Where the quantization tables of old-style JPEG lie.
        JPEG_Q_TABLES = 519 "JPEGQTables",
        /// Where its Huffman tables for means lie.
        JPEG_DC_TABLES = 520 "JPEGDCTables",
        /// Where its other Huffman tables lie.
        JPEG_AC_TABLES = 521 "JPEGACTables",
        /// Luma of red, green and blue.
        YCBCR_COEFFICIENTS = 529 "YCbCrCoefficients",
        /// Chroma subsampling.
        YCBCR_SUBSAMPLING = 530 "YCbCrSubSampling",
        /// Codes of black and white.
        REFERENCE_BLACK_WHITE = 532 "ReferenceBlackWhite",
        /// Adobe's metadata, as XML.
        XMP = 700 "XMP",
        /// Whose it is.
        COPYRIGHT = 33432 "Copyright",
        /// Size of a pixel in the CRS.
        MODEL_PIXEL_SCALE = 33550 "ModelPixelScaleTag",
        /// Pairs of raster and model points.
        MODEL_TIEPOINT = 33922 "ModelTiepointTag",
        /// Matrix from raster to model.
        MODEL_TRANSFORMATION = 34264 "ModelTransformationTag",
        /// Where the directory of EXIF lies.
        EXIF_IFD = 34665 "ExifIFD",
        /// Profile of the International Color Consortium.
        ICC_PROFILE = 34675 "ICCProfile",
        /// Geokeys.
        GEO_KEY_DIRECTORY = 34735 "GeoKeyDirectoryTag",
        /// Numbers that geokeys point to.
        GEO_DOUBLE_PARAMS = 34736 "GeoDoubleParamsTag",
        /// Texts that geokeys point to.
        GEO_ASCII_PARAMS = 34737 "GeoAsciiParamsTag",
        /// Where the directory of EXIF's positions lies.
        GPS_IFD = 34853 "GPSIFD",
        /// GDAL's metadata, as XML.
        GDAL_METADATA = 42112 "GDAL_METADATA",
        /// The value that means "nothing here", as text.
        GDAL_NODATA = 42113 "GDAL_NODATA",
        /// Version of LERC, and what is wrapped around it.
        LERC_PARAMETERS = 50674 "LercParameters",
        /// Rational polynomial coefficients.
        RPC_COEFFICIENTS = 50844 "RPCCoefficients",
    }
}
