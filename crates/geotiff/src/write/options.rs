//! What a new file is to be.

use super::choices::{Alpha, Beside, BigTiff, Compress, GeoKeysFlavor, Interleave, TagProfile};
use super::metadata::Metadata;
use super::overview_options::OverviewOptions;
use crate::bytes::ByteOrder;
use crate::geo::{Affine, Crs, Gcp, GeoKeys, RasterType, Rpc};
use crate::image::DataType;
use crate::limits::Limits;
use crate::metadata::{ColorInterp, Items, Nodata};
use crate::tag::{Photometric, Predictor};

/// What a new GeoTIFF is to be: its shape and data type, which must be said, and everything else that has a default.
///
/// Defaults are GDAL's: strips of about 8 KiB, bands of a pixel together, no compression, red, green and blue for three or
/// four bands of 8 bits.
///
/// ```
/// use memtiff_geotiff::{Affine, Compress, CreateOptions, Crs, DataType, Predictor};
///
/// let options = CreateOptions::new()
///     .width(512)
///     .height(256)
///     .count(3)
///     .dtype(DataType::Uint16)
///     .crs(Crs::from_epsg(32633)?)
///     .transform(Affine::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0))
///     .nodata(0.0)
///     .tiled(256, 256)
///     .compress(Compress::Deflate)
///     .predictor(Predictor::HORIZONTAL);
/// // The same, as GDAL has it.
/// let options = options.option("ZLEVEL", "9")?.option("BIGTIFF", "IF_SAFER")?;
/// # let _ = options;
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CreateOptions {
    pub(super) width: Option<usize>,
    pub(super) height: Option<usize>,
    pub(super) count: Option<usize>,
    pub(super) dtype: Option<DataType>,
    pub(super) tiled: bool,
    pub(super) block_width: Option<usize>,
    pub(super) block_height: Option<usize>,
    pub(super) interleave: Option<Interleave>,
    /// `None` if it was not said; so the next ones.
    pub(super) compress: Option<Compress>,
    pub(super) predictor: Option<Predictor>,
    /// What holds where it was not said.
    pub(super) inherited: Inherited,
    pub(super) level: Option<u8>,
    /// The name under which the level was given: it must be that of the method.
    pub(super) level_key: Option<&'static str>,
    pub(super) max_z_error: Option<f64>,
    pub(super) jpeg_quality: Option<u8>,
    pub(super) jpeg_tables: Option<u8>,
    pub(super) photometric: Option<Photometric>,
    pub(super) alpha: Option<Alpha>,
    pub(super) nbits: Option<u16>,
    pub(super) sparse: bool,
    pub(super) bigtiff: BigTiff,
    pub(super) byte_order: ByteOrder,
    pub(super) profile: TagProfile,
    pub(super) discard_lsb: Vec<u8>,
    pub(super) statistics: bool,
    pub(super) color_table_multiplier: u16,
    pub(super) overviews: OverviewOptions,
    pub(super) copy_overviews: bool,
    /// How many of them, at most.
    pub(super) most_overviews: Option<usize>,
    /// Whether blocks that are copied as they are stored are decoded too.
    pub(super) verify_copies: bool,
    /// Whether a copy makes a mask of a source's last band, its alpha.
    pub(super) alpha_as_mask: bool,
    pub(super) beside: Vec<Beside>,
    pub(super) streamable: bool,
    pub(super) appends: bool,
    pub(super) parallel: bool,
    pub(super) limits: Limits,
    pub(super) metadata: Metadata,
}

/// How another file, which this one is to be like, is compressed and cut into blocks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inherited {
    /// Columns and rows of tiles.
    pub(super) tile: Option<(usize, usize)>,
    /// Rows of strips.
    pub(super) strip: Option<usize>,
    pub(super) compress: Option<Compress>,
    pub(super) predictor: Option<Predictor>,
    /// Bits of a sample, fewer than its data type has.
    pub(super) nbits: Option<u16>,
    pub(super) jpeg_quality: Option<u8>,
    pub(super) interleave: Option<Interleave>,
    pub(super) photometric: Option<Photometric>,
    /// Whether values are indices into colours, be it that these are lost.
    pub(super) indices: bool,
    /// Whether the colours are multiplied with the alpha.
    pub(super) premultiplied: bool,
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl CreateOptions {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            width: None,
            height: None,
            count: None,
            dtype: None,
            tiled: false,
            block_width: None,
            block_height: None,
            interleave: None,
            compress: None,
            predictor: None,
            inherited: Inherited::default(),
            level: None,
            level_key: None,
            max_z_error: None,
            jpeg_quality: None,
            jpeg_tables: None,
            photometric: None,
            alpha: None,
            nbits: None,
            sparse: false,
            bigtiff: BigTiff::IfNeeded,
            byte_order: ByteOrder::Little,
            profile: TagProfile::GdalGeoTiff,
            discard_lsb: Vec::new(),
            statistics: false,
            color_table_multiplier: 257,
            overviews: OverviewOptions::new(),
            copy_overviews: false,
            most_overviews: None,
            verify_copies: false,
            alpha_as_mask: false,
            beside: Vec::new(),
            streamable: false,
            appends: false,
            parallel: true,
            limits: Limits::default(),
            metadata: Metadata::default(),
        }
    }

    /// Columns. Required.
    #[must_use]
    pub fn width(self, columns: usize) -> Self {
        Self { width: Some(columns), ..self }
    }

    /// Rows. Required.
    #[must_use]
    pub fn height(self, rows: usize) -> Self {
        Self { height: Some(rows), ..self }
    }

    /// Bands. Required.
    #[must_use]
    pub fn count(self, bands: usize) -> Self {
        Self { count: Some(bands), ..self }
    }

    /// Data type of the bands. Required.
    #[must_use]
    pub fn dtype(self, data_type: DataType) -> Self {
        Self { dtype: Some(data_type), ..self }
    }

    /// Blocks of so many columns and rows, multiples of 16, instead of strips.
    #[must_use]
    pub fn tiled(self, columns: usize, rows: usize) -> Self {
        Self { tiled: true, block_width: Some(columns), block_height: Some(rows), ..self }
    }

    /// Strips of so many rows.
    #[must_use]
    pub fn strips(self, rows: usize) -> Self {
        Self { tiled: false, block_width: None, block_height: Some(rows), ..self }
    }

    /// Whether the bands of a pixel stand together.
    #[must_use]
    pub fn interleave(self, interleave: Interleave) -> Self {
        Self { interleave: Some(interleave), ..self }
    }

    /// How blocks are compressed.
    #[must_use]
    pub fn compress(self, compress: Compress) -> Self {
        Self { compress: Some(compress), ..self }
    }

    /// What is done to samples before compression; for LZW, Deflate, ZSTD and LZMA.
    #[must_use]
    pub fn predictor(self, predictor: Predictor) -> Self {
        Self { predictor: Some(predictor), ..self }
    }

    /// How hard Deflate (1 to 12, beyond 9 as 9; usually 6), ZSTD (1 to 22; 9) or LZMA (0 to 9; 6) is to try.
    #[must_use]
    pub fn level(self, level: u8) -> Self {
        Self { level: Some(level), level_key: None, ..self }
    }

    /// How far LERC may move a value; not at all unless it is said.
    #[must_use]
    pub fn max_z_error(self, error: f64) -> Self {
        Self { max_z_error: Some(error), ..self }
    }

    /// Quality of JPEG, 1 to 100; 75 unless it is said.
    #[must_use]
    pub fn jpeg_quality(self, quality: u8) -> Self {
        Self { jpeg_quality: Some(quality), ..self }
    }

    /// What the samples mean as colour.
    #[must_use]
    pub fn photometric(self, photometric: Photometric) -> Self {
        Self { photometric: Some(photometric), ..self }
    }

    /// What the first band beyond the colours is.
    #[must_use]
    pub fn alpha(self, alpha: Alpha) -> Self {
        Self { alpha: Some(alpha), ..self }
    }

    /// Bits of a sample in the file: 1 to 7 for `uint8`, 9 to 15 for `uint16`, 17 to 31 for `uint32`, 16 for `float32`.
    /// Larger values saturate.
    #[must_use]
    pub fn nbits(self, bits: u16) -> Self {
        Self { nbits: Some(bits), ..self }
    }

    /// Whether blocks that hold nothing but nodata (or 0, if there is none) are left out.
    #[must_use]
    pub fn sparse(self, sparse: bool) -> Self {
        Self { sparse, ..self }
    }

    /// Whether offsets have 64 bits.
    #[must_use]
    pub fn bigtiff(self, bigtiff: BigTiff) -> Self {
        Self { bigtiff, ..self }
    }

    /// Order of the bytes of numbers.
    #[must_use]
    pub fn byte_order(self, byte_order: ByteOrder) -> Self {
        Self { byte_order, ..self }
    }

    /// Which tags are written beside those of TIFF itself.
    #[must_use]
    pub fn profile(self, profile: TagProfile) -> Self {
        Self { profile, ..self }
    }

    /// How many of the lowest bits of each sample are rounded away before it is encoded, so that it takes less room: one
    /// number for all bands, or one for each. Of floats they are bits of the significand.
    #[must_use]
    pub fn discard_lsb(self, bits: impl IntoIterator<Item = u8>) -> Self {
        Self { discard_lsb: bits.into_iter().collect(), ..self }
    }

    /// Version of GeoTIFF that the geokeys say: (1, 0) or (1, 1). The least that can say it, unless it is said.
    #[must_use]
    pub fn geotiff_version(mut self, version: (u16, u16)) -> Self {
        self.metadata.geotiff_version = Some(version);
        self
    }

    /// For whom the geokeys are: all readers, unless it is said.
    #[must_use]
    pub fn geotiff_keys_flavor(mut self, flavor: GeoKeysFlavor) -> Self {
        self.metadata.flavor = flavor;
        self
    }

    /// Whether statistics of each band are computed at the end, and kept in the file.
    #[must_use]
    pub fn statistics(self, wanted: bool) -> Self {
        Self { statistics: wanted, ..self }
    }

    /// By what colours of 8 bits are multiplied in the colour map: 257 (as TIFF has it), 256 or 1 (as some writers do).
    #[must_use]
    pub fn color_table_multiplier(self, factor: u16) -> Self {
        Self { color_table_multiplier: factor, ..self }
    }

    /// How overviews are stored that are built later, or copied.
    #[must_use]
    pub fn overview_options(self, options: OverviewOptions) -> Self {
        Self { overviews: options, ..self }
    }

    /// Whether a copy of a file takes its overviews over: GDAL's `COPY_SRC_OVERVIEWS`.
    #[must_use]
    pub fn copy_overviews(self, wanted: bool) -> Self {
        Self { copy_overviews: wanted, ..self }
    }

    /// Whether a copy decodes the blocks that it copies as they are stored, so that damage in them is an error or a warning of
    /// the source, as it is where pixels are decoded and encoded again. By default they are not decoded.
    #[must_use]
    pub fn verify_copies(self, wanted: bool) -> Self {
        Self { verify_copies: wanted, ..self }
    }

    /// A text beside the file, which says again what stands in it.
    #[must_use]
    pub fn beside(mut self, text: Beside) -> Self {
        self.beside.push(text);
        self
    }

    /// Whether a CRS that geokeys cannot hold goes into an `.aux.xml` beside the file, which
    /// [`Writer::aux_xml`](crate::Writer::aux_xml) gives. Such a CRS is refused by default, for it would be lost where nobody
    /// writes that file.
    #[must_use]
    pub fn crs_beside(mut self, allowed: bool) -> Self {
        self.metadata.crs_beside = allowed;
        self
    }

    /// Whether directories stand before all blocks, and these in their order, whatever order they are written in: GDAL's
    /// `STREAMABLE_OUTPUT`. Asked by [`MemoryFile::create`](https://docs.rs/memtiff); others call [`repack`](crate::repack).
    #[must_use]
    pub fn streamable(self, wanted: bool) -> Self {
        Self { streamable: wanted, ..self }
    }

    /// Whether that was asked for.
    #[must_use]
    pub fn is_streamable(&self) -> bool {
        self.streamable
    }

    /// Whether the file that is there gets one more page, instead of a new content: GDAL's `APPEND_SUBDATASET`. Asked by
    /// [`MemoryFile::create`](https://docs.rs/memtiff); others call [`Writer::append`](crate::Writer::append).
    #[must_use]
    pub fn append_subdataset(self, wanted: bool) -> Self {
        Self { appends: wanted, ..self }
    }

    /// Whether that was asked for.
    #[must_use]
    pub fn appends(&self) -> bool {
        self.appends
    }

    /// Whether blocks may be encoded on several threads (with the feature `rayon`). The file is the same.
    #[must_use]
    pub fn parallel(self, parallel: bool) -> Self {
        Self { parallel, ..self }
    }

    /// How blocks are compressed: not at all unless it was said.
    pub(super) fn method(&self) -> Compress {
        self.compress.or(self.inherited.compress).unwrap_or(Compress::None)
    }

    pub(super) fn wanted_predictor(&self) -> Predictor {
        self.predictor.or(self.inherited_setting(self.inherited.predictor)).unwrap_or(Predictor::NONE)
    }

    pub(super) fn wanted_interleave(&self) -> Interleave {
        self.interleave.or(self.inherited.interleave).unwrap_or(Interleave::Pixel)
    }

    pub(super) fn wanted_quality(&self) -> Option<u8> {
        self.jpeg_quality.or(self.inherited_setting(self.inherited.jpeg_quality))
    }

    /// What the samples mean, if that is said or inherited. Methods other than JPEG keep what its colours are converted to.
    pub(super) fn wanted_photometric(&self) -> Option<Photometric> {
        let converts = self.method() == Compress::Jpeg && self.wanted_interleave() == Interleave::Pixel;
        let inherited = match self.inherited.photometric {
            Some(Photometric::YCBCR) if !converts => Some(Photometric::RGB),
            inherited => inherited,
        };
        self.photometric.or(inherited)
    }

    /// A setting of the method that is inherited, if that is the one.
    fn inherited_setting<T>(&self, setting: Option<T>) -> Option<T> {
        setting.filter(|_| Some(self.method()) == self.inherited.compress)
    }

    /// The ceilings that hold.
    #[must_use]
    pub fn get_limits(&self) -> &Limits {
        &self.limits
    }

    /// Ceilings on what blocks that wait to be full may take.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The coordinate reference system.
    #[must_use]
    pub fn crs(mut self, crs: Crs) -> Self {
        self.metadata.geokeys = None;
        self.metadata.crs = Some(crs);
        self
    }

    /// No coordinate reference system; the transform stays.
    #[must_use]
    pub fn no_crs(mut self) -> Self {
        self.metadata.remove_crs();
        self
    }

    /// Geokeys as they are to stand in the file, instead of those of the [`crs`](Self::crs).
    #[must_use]
    pub fn geokeys(mut self, keys: GeoKeys) -> Self {
        self.metadata.geokeys = Some(keys);
        self
    }

    /// Whether coordinates refer to areas or to points; the [`transform`](Self::transform) is from pixel corners in any
    /// case.
    #[must_use]
    pub fn raster_type(mut self, raster_type: RasterType) -> Self {
        self.metadata.raster_type = raster_type;
        self
    }

    /// From pixel corners to coordinates.
    #[must_use]
    pub fn transform(mut self, transform: Affine) -> Self {
        self.metadata.transform = Some(transform);
        self
    }

    /// Ground control points, instead of a transform.
    #[must_use]
    pub fn gcps(mut self, gcps: Vec<Gcp>) -> Self {
        self.metadata.gcps = gcps;
        self
    }

    /// Rational polynomial coefficients.
    #[must_use]
    pub fn rpcs(mut self, rpcs: Rpc) -> Self {
        self.metadata.rpcs = Some(rpcs);
        self
    }

    /// The value that means "nothing here" in all bands.
    #[must_use]
    pub fn nodata(mut self, nodata: impl Into<Nodata>) -> Self {
        self.metadata.nodata = Some(nodata.into());
        self
    }

    /// No such value.
    #[must_use]
    pub fn no_nodata(mut self) -> Self {
        self.metadata.nodata = None;
        self
    }

    /// Items in GDAL's default domain; `TIFFTAG_SOFTWARE` and its like become tags.
    #[must_use]
    pub fn tags(self, items: Items) -> Self {
        self.tags_in("", items)
    }

    /// Items in a domain (rasterio: namespace), instead of those that are there.
    #[must_use]
    pub fn tags_in(mut self, domain: &str, items: Items) -> Self {
        self.metadata.set_items(domain, items);
        self
    }

    /// Colours of the values of the first band, from 0 on: red, green, blue, alpha. The alpha is not kept.
    #[must_use]
    pub fn colormap(mut self, colours: Vec<[u8; 4]>) -> Self {
        self.metadata.colormap = colours;
        self
    }

    /// What each band is, as colour; instead of [`photometric`](Self::photometric) and [`alpha`](Self::alpha).
    #[must_use]
    pub fn colorinterp(mut self, bands: Vec<ColorInterp>) -> Self {
        self.metadata.colorinterp = bands;
        self
    }
}
