//! An open file: what it says, and its pixels.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use memtiff_geotiff::{
    Affine, AttributeTable, Bounds, ByteOrder, CancelToken, CogOptions, ColorInterp, Compression,
    CreateOptions, Crs, DataType, Description, DynArray, Error, Gcp, GeoKeys, Image, Input, Interleave,
    Items, Limits, MaskFlag, Masked, Nodata, PartialBytes, Photometric, PlanarConfiguration, Predictor,
    RasterType, ReadRequest, ReadWarnings, Reader, Result, Rpc, Sample, Statistics, Variant, Window,
};
use ndarray::{Array2, Array3, ArrayViewMut3, Axis};

use memtiff_vfs::{ToPath, Vfs, VfsPath};

use crate::companions::{Companions, Directory};
use crate::failure::from_vfs;
use crate::profile::Profile;

/// An open GeoTIFF. Made by [`MemoryFile::open`](crate::MemoryFile::open).
///
/// It owns a snapshot of the bytes and a description of them, both shared: a clone costs nothing, a dataset
/// may be sent to other threads and read from many at once, and nobody's later write changes it.
///
/// Arrays have the shape (band, row, column); bands are counted from 1.
///
/// ```
/// use memtiff::{MemoryFile, Window};
///
/// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
/// let dataset = MemoryFile::from_bytes(data).open()?;
/// let green = dataset.read_band::<u16>(2)?;
/// let corner = dataset.read_window::<u16>(Window::new(0, 0, 16, 8))?;
/// assert_eq!(green[(5, 7)], corner[(1, 5, 7)]);
/// # Ok::<(), memtiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    bytes: Bytes,
    /// Instead of them, what is here of a file that is elsewhere.
    partial: Option<Arc<PartialBytes>>,
    description: Arc<Description>,
    limits: Limits,
    path: VfsPath,
    page: usize,
    /// What was found beside the file: it is of the first page.
    companions: Option<Arc<Companions>>,
    /// Those of the description, and what looking at every block has told.
    warnings: OnceLock<Vec<Error>>,
    /// Those of decoders, of this dataset and of its clones.
    read_warnings: Arc<ReadWarnings>,
    cancel: Option<CancelToken>,
}

impl Dataset {
    /// Opens a file of a filesystem in memory. Files beside it count: see [`files`](Self::files).
    ///
    /// # Errors
    ///
    /// When there is no such file, or as [`MemoryFile::open`](crate::MemoryFile::open).
    ///
    /// ```
    /// use memtiff::{Dataset, Limits, Vfs};
    ///
    /// # let data = include_bytes!("../../../testdata/u8_none_strip.tif").to_vec();
    /// let vfs = Vfs::new();
    /// vfs.insert("/scenes/a.tif", data)?;
    /// vfs.insert("/scenes/a.tfw", "10\n0\n0\n-10\n505\n4995\n")?;
    /// let dataset = Dataset::open(&vfs, "/scenes/a.tif", Limits::default())?;
    /// assert_eq!(dataset.files(), ["/scenes/a.tif", "/scenes/a.tfw"]);
    /// assert_eq!(dataset.transform().c, 500.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(vfs: &Vfs, path: impl ToPath, limits: Limits) -> Result<Self> {
        let path = path.to_path().map_err(|e| from_vfs(&e))?;
        Self::open_beside(&Directory::Vfs(vfs), &path, limits)
    }

    pub(crate) fn open_beside(directory: &Directory<'_>, path: &VfsPath, limits: Limits) -> Result<Self> {
        let opened = Self::open_bytes(directory.read(path)?, directory, path, limits);
        opened.map_err(|e| e.in_file(path.as_str()))
    }

    /// Opens the content of the file at `path`, and looks for what is beside it.
    pub(crate) fn open_bytes(
        bytes: Bytes,
        directory: &Directory<'_>,
        path: &VfsPath,
        limits: Limits,
    ) -> Result<Self> {
        let description = Description::parse(&bytes, &limits)?;
        let (description, companions) = Companions::find(directory, path, description, &limits);
        let (description, path) = (Arc::new(description), path.clone());
        let (partial, warnings, read_warnings) = (None, OnceLock::new(), Arc::default());
        Ok(Self {
            bytes,
            partial,
            description,
            limits,
            path,
            page: 0,
            companions,
            warnings,
            read_warnings,
            cancel: None,
        })
    }

    /// Opens a file of which some bytes are here.
    pub(crate) fn open_partial(partial: Arc<PartialBytes>, limits: Limits) -> Result<Self> {
        let description = Arc::new(Description::parse(&*partial, &limits)?);
        let (bytes, path, companions) = (Bytes::new(), VfsPath::root(), None);
        let (partial, warnings, read_warnings) = (Some(partial), OnceLock::new(), Arc::default());
        Ok(Self {
            bytes,
            partial,
            description,
            limits,
            path,
            page: 0,
            companions,
            warnings,
            read_warnings,
            cancel: None,
        })
    }

    /// The same dataset, of whose file more bytes are here.
    pub(crate) fn with_partial(&self, partial: Arc<PartialBytes>) -> Self {
        Self { partial: Some(partial), warnings: OnceLock::new(), ..self.clone() }
    }

    /// The same dataset, whose operations stop when the token is cancelled, with an error of the kind
    /// [`Cancelled`](crate::ErrorKind::Cancelled): reads, masks, statistics, and copies of its pixels.
    ///
    /// ```
    /// use memtiff::{CancelToken, ErrorKind, MemoryFile};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let token = CancelToken::new();
    /// let dataset = MemoryFile::from_bytes(data).open()?.with_cancel(token.clone());
    /// token.cancel();                                 // from any thread, when a client has gone away, say
    /// assert_eq!(dataset.read::<u16>().unwrap_err().kind(), ErrorKind::Cancelled);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    #[must_use]
    pub fn with_cancel(self, token: CancelToken) -> Self {
        Self { cancel: Some(token), ..self }
    }

    fn input(&self) -> Input<'_> {
        match &self.partial {
            Some(partial) => Input::from(&**partial),
            None => Input::from(&self.bytes),
        }
    }

    /// Names of the files that it is read from: its own, and those beside it that say more of it or hold parts of it, by
    /// names that begin like its own. Of `a.tif` these are `a.tif.aux.xml` (what GDAL and its users say of it), `a.RPB` or
    /// `a_RPC.TXT` (its RPCs), `a.tfw`, `a.tifw` or `a.wld` (its transform, if nothing else says that), `a.tif.ovr` and
    /// `a.tif.ovr.ovr` (overviews, which count if it has none itself), `a.tif.msk` and `a.tif.msk.ovr` (masks,
    /// likewise). Pages but the first have none.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let beside = self.companions().into_iter().flat_map(Companions::files);
        std::iter::once(&self.path).chain(beside).map(ToString::to_string).collect()
    }

    /// Number of pages: images of the file that are no overview and no mask of another.
    #[must_use]
    pub fn page_count(&self) -> usize {
        self.description.pages().len()
    }

    /// Another page of the same file, counted from 0. The bytes are shared.
    ///
    /// # Errors
    ///
    /// When there is no such page, or it describes no image.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let data = include_bytes!("../../../testdata/i16_lzw_strip_two_pages.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// assert_eq!(dataset.page_count(), 2);
    /// let second = dataset.open_page(1)?;
    /// assert_eq!((second.width(), second.height()), (37, 29));
    /// assert!(dataset.open_page(2).is_err());
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn open_page(&self, page: usize) -> Result<Self> {
        let mut description = Description::parse_page(self.input(), page, &self.limits)?;
        if let (0, Some(companions)) = (page, &self.companions) {
            description = description.with_sidecars(companions.sidecars());
        }
        let (description, warnings) = (Arc::new(description), OnceLock::new());
        Ok(Self { description, page, warnings, read_warnings: Arc::default(), ..self.clone() })
    }

    fn companions(&self) -> Option<&Companions> {
        self.companions.as_deref().filter(|_| self.page == 0)
    }

    fn image(&self) -> &Image {
        self.description.image()
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.image().width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.image().height
    }

    /// Bands.
    #[must_use]
    pub fn count(&self) -> usize {
        self.image().bands
    }

    /// Data type of the bands; TIFF has one for all of them.
    #[must_use]
    pub fn dtype(&self) -> DataType {
        self.image().data_type
    }

    /// Data type of each band.
    #[must_use]
    pub fn dtypes(&self) -> Vec<DataType> {
        vec![self.dtype(); self.count()]
    }

    /// Shape of each band's blocks, (rows, columns).
    #[must_use]
    pub fn block_shapes(&self) -> Vec<(usize, usize)> {
        vec![self.image().block_shape(); self.count()]
    }

    /// Whether blocks are tiles; strips otherwise.
    #[must_use]
    pub fn is_tiled(&self) -> bool {
        self.image().tiled
    }

    /// How blocks are compressed.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.image().compression
    }

    /// The name of the compression method, as GDAL shows it: `DEFLATE`, `LERC_ZSTD`, ...
    #[must_use]
    pub fn compression_name(&self) -> String {
        self.image().compression_name()
    }

    /// What was done to samples before compression.
    #[must_use]
    pub fn predictor(&self) -> Predictor {
        self.image().predictor
    }

    /// Whether the bands of a pixel stand together, or else at least their tiles of one place.
    #[must_use]
    pub fn interleave(&self) -> Interleave {
        if self.description.is_by_tile() {
            Interleave::Tile
        } else if self.image().planar == PlanarConfiguration::SEPARATE || self.count() == 1 {
            Interleave::Band
        } else {
            Interleave::Pixel
        }
    }

    /// What the samples mean as colour.
    #[must_use]
    pub fn photometric(&self) -> Photometric {
        self.image().photometric
    }

    /// Order of the bytes of numbers in the file.
    #[must_use]
    pub fn byte_order(&self) -> ByteOrder {
        self.description.header().byte_order
    }

    /// Whether offsets have 64 bits.
    #[must_use]
    pub fn is_bigtiff(&self) -> bool {
        self.description.header().variant == Variant::Big
    }

    /// From pixel corners to coordinates; the identity for a file without georeferencing.
    #[must_use]
    pub fn transform(&self) -> Affine {
        self.description.transform().unwrap_or(Affine::IDENTITY)
    }

    /// Whether the file's coordinates refer to areas or to points. [`transform`](Self::transform) has taken
    /// it into account.
    #[must_use]
    pub fn raster_type(&self) -> RasterType {
        self.description.raster_type()
    }

    /// The box around the raster.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.description.bounds()
    }

    /// Width and height of a pixel in units of the CRS.
    #[must_use]
    pub fn res(&self) -> (f64, f64) {
        self.transform().resolution()
    }

    /// The coordinate reference system; `None` if the file names none.
    #[must_use]
    pub fn crs(&self) -> Option<&Crs> {
        self.description.crs()
    }

    /// The geokeys as they stand in the file, those that nobody knows included.
    #[must_use]
    pub fn geokeys(&self) -> &GeoKeys {
        self.description.geokeys()
    }

    /// The value that means "nothing here" in the first band. TIFF has one for all bands; an `.aux.xml` may say another for
    /// each: see [`nodatavals`](Self::nodatavals).
    #[must_use]
    pub fn nodata(&self) -> Option<Nodata> {
        self.description.nodata()
    }

    /// The value that means "nothing here" in each band.
    #[must_use]
    pub fn nodatavals(&self) -> Vec<Option<Nodata>> {
        self.of_bands(|band| self.description.band_nodata(band))
    }

    /// Decimation factor of each overview, in file order: 2 for one of half the width, or of half the height where columns
    /// are few.
    #[must_use]
    pub fn overviews(&self) -> Vec<usize> {
        let full = self.description.image();
        self.reader().overviews().map(|image| image.factor_in(full)).collect()
    }

    /// Shape of overview `level`, (rows, columns); `None` if there is no such overview.
    #[must_use]
    pub fn overview_shape(&self, level: usize) -> Option<(usize, usize)> {
        self.reader().overviews().nth(level).map(|image| (image.height, image.width))
    }

    /// Items in GDAL's default domain: its own, those of baseline tags (`TIFFTAG_SOFTWARE`, ...), `AREA_OR_POINT`.
    #[must_use]
    pub fn tags(&self) -> &Items {
        self.description.tags()
    }

    /// Names of the domains (rasterio: namespaces) that have items; "" is the default one.
    #[must_use]
    pub fn tag_domains(&self) -> Vec<String> {
        self.reader().domains()
    }

    /// Items in a domain (rasterio: namespace): those of GDAL's XML, and, in `IMAGE_STRUCTURE`, `COLOR_PROFILE`, `EXIF`,
    /// `RPC` and `xml:XMP`, what other tags say, under the names that GDAL gives them. Empty if there is no such domain.
    ///
    /// # Errors
    ///
    /// When a tag that the domain is made of is damaged, or the items would exceed the limits.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// let structure = dataset.tags_in("IMAGE_STRUCTURE")?;
    /// assert_eq!((&structure["INTERLEAVE"], &structure["PREDICTOR"]), (&"PIXEL".into(), &"2".into()));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn tags_in(&self, domain: &str) -> Result<Items> {
        self.reader().tags_in(domain)
    }

    /// Red, green, blue, alpha of each value of a band, counted from 1: the file's colour map, or the ramp that GDAL
    /// makes up for single bits and for images of which 0 is white. `None` if values are no indices; only a first band
    /// can hold indices.
    ///
    /// # Errors
    ///
    /// When the colour map is shorter than the bits of a sample need, or exceeds the limits.
    pub fn colormap(&self, band: usize) -> Result<Option<Vec<[u8; 4]>>> {
        self.reader().colormap(band)
    }

    /// Names of the values of a band, counted from 1, from 0 on: those of an `.aux.xml`. Empty if there are none.
    #[must_use]
    pub fn category_names(&self, band: usize) -> &[String] {
        self.description.category_names(band)
    }

    /// What the values of a band, counted from 1, mean: the raster attribute table of an `.aux.xml`; `None` if there is
    /// none.
    #[must_use]
    pub fn attribute_table(&self, band: usize) -> Option<&AttributeTable> {
        self.description.attribute_table(band)
    }

    /// Ground control points: the tiepoints of a file that has no transform. Empty if it has one.
    ///
    /// # Errors
    ///
    /// When the tiepoints are damaged or exceed the limits.
    pub fn gcps(&self) -> Result<Vec<Gcp>> {
        self.reader().gcps()
    }

    /// The coordinate reference system of the ground control points; `None` if there are none.
    #[must_use]
    pub fn gcps_crs(&self) -> Option<&Crs> {
        self.description.gcps_crs()
    }

    /// Rational polynomial coefficients; `None` if the file has none.
    ///
    /// # Errors
    ///
    /// When the tag has not 92 numbers.
    pub fn rpcs(&self) -> Result<Option<Rpc>> {
        self.reader().rpcs()
    }

    /// The colour profile of the International Color Consortium, as it stands in the file.
    ///
    /// # Errors
    ///
    /// When the tag does not hold bytes, or lies outside the file.
    pub fn icc_profile(&self) -> Result<Option<&[u8]>> {
        self.reader().icc_profile()
    }

    /// Adobe's metadata: an XML document.
    ///
    /// # Errors
    ///
    /// When the tag does not hold text in UTF-8.
    pub fn xmp(&self) -> Result<Option<&str>> {
        self.reader().xmp()
    }

    /// Items of a band, counted from 1, in a domain, "" for the default one; `None` if there is none.
    #[must_use]
    pub fn band_tags(&self, band: usize, domain: &str) -> Option<&Items> {
        self.description.band_tags(band, domain)
    }

    /// Description of each band, if it has one.
    #[must_use]
    pub fn descriptions(&self) -> Vec<Option<&str>> {
        self.of_bands(|band| self.description.band_role(band, "description"))
    }

    /// Unit of each band's values, if it is said.
    #[must_use]
    pub fn units(&self) -> Vec<Option<&str>> {
        let heights = || self.description.height_unit();
        self.of_bands(|band| self.description.band_role(band, "unittype").or_else(heights))
    }

    /// Scale of each band: the value meant is `stored * scale + offset`.
    #[must_use]
    pub fn scales(&self) -> Vec<f64> {
        self.of_bands(|band| self.number(band, "scale").unwrap_or(1.0))
    }

    /// Offset of each band: see [`scales`](Self::scales).
    #[must_use]
    pub fn offsets(&self) -> Vec<f64> {
        self.of_bands(|band| self.number(band, "offset").unwrap_or(0.0))
    }

    /// What each band is, as colour.
    #[must_use]
    pub fn colorinterp(&self) -> &[ColorInterp] {
        self.description.colorinterp()
    }

    fn of_bands<'a, T>(&'a self, of_band: impl Fn(usize) -> T + 'a) -> Vec<T> {
        (1..=self.count()).map(of_band).collect()
    }

    fn number(&self, band: usize, role: &str) -> Option<f64> {
        self.description.band_role(band, role)?.trim().parse().ok()
    }

    /// Shape and encoding at a glance.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let (blockysize, blockxsize) = self.image().block_shape();
        Profile {
            dtype: self.dtype(),
            nodata: self.nodata(),
            width: self.width(),
            height: self.height(),
            count: self.count(),
            crs: self.crs().cloned(),
            transform: self.transform(),
            blockxsize,
            blockysize,
            tiled: self.is_tiled(),
            compress: self.compression(),
            interleave: self.interleave(),
        }
    }

    /// What is wrong with the file, or out of the ordinary, and did not keep it from being opened. The first call
    /// looks at the whole table of blocks.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        self.warnings.get_or_init(|| {
            let mut warnings = self.description.warnings().to_vec();
            warnings.extend(self.companions().into_iter().flat_map(Companions::warnings).cloned());
            // A table that cannot be read is told by whoever reads pixels.
            if self.reader().is_sparse().unwrap_or(false) {
                warnings.push(Error::irregular("blocks without data: they read as nodata, or as 0"));
            }
            warnings
        })
    }

    /// Takes the warnings of all reads since the last call: damage in blocks that a decoder noticed and decoded past, where
    /// GDAL emits a `CE_Warning`. Each names its directory and chunk; there is one for each damaged chunk, in the order of
    /// chunks, on one thread or many. Damage that a decoder cannot get past is an error of the read instead.
    ///
    /// Clones of a dataset share their warnings. At most [`ReadWarnings::CAPACITY`] are kept between two calls.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// dataset.read::<u16>()?;
    /// for warning in dataset.take_read_warnings() {
    ///     eprintln!("warning: {warning}");
    /// }
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    #[must_use]
    pub fn take_read_warnings(&self) -> Vec<Error> {
        self.read_warnings.take()
    }

    /// The bytes of the file. Empty for one whose bytes are elsewhere: see [`RangeReader`](crate::RangeReader).
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What makes a file like this one: its shape and data type, how it is stored, and all that it says. A method of
    /// compression that is read only is left out.
    ///
    /// # Errors
    ///
    /// When tags of the file are damaged.
    ///
    /// See [`DatasetWriter::copy_from`](crate::DatasetWriter::copy_from).
    pub fn create_options(&self) -> Result<CreateOptions> {
        CreateOptions::like(&self.reader())
    }

    /// As [`create_options`](Self::create_options), of what a request asks for: a window, some bands, another size or data
    /// type. Where it lies is changed accordingly.
    ///
    /// # Errors
    ///
    /// As [`create_options`](Self::create_options); also when the request asks for what is not there.
    ///
    /// ```
    /// use memtiff::{MemoryFile, ReadRequest, Window};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let source = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let request = ReadRequest::new().window(Window::new(10, 20, 40, 30)).bands([2]);
    ///
    /// let mut file = MemoryFile::new();
    /// let mut writer = file.create(source.create_options_of(&request)?)?;
    /// writer.copy_from(&source, &request)?;
    /// writer.close()?;
    /// let part = file.open()?;
    /// assert_eq!(part.transform().apply(0.0, 0.0), source.transform().apply(10.0, 20.0));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn create_options_of(&self, request: &ReadRequest) -> Result<CreateOptions> {
        CreateOptions::of(&self.reader(), request)
    }

    /// What makes a cloud-optimized GeoTIFF of this one.
    ///
    /// # Errors
    ///
    /// As [`create_options`](Self::create_options).
    ///
    /// ```
    /// use memtiff::{MemoryFile, ReadRequest};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let source = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let mut file = MemoryFile::new();
    /// let mut writer = file.create_cog(source.cog_options()?)?;
    /// writer.copy_from(&source, &ReadRequest::new())?;
    /// writer.close()?;
    /// assert_eq!(file.open()?.read::<u16>()?, source.read::<u16>()?);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn cog_options(&self) -> Result<CogOptions> {
        CogOptions::like(&self.reader())
    }

    /// As [`cog_options`](Self::cog_options), of what a request asks for.
    ///
    /// # Errors
    ///
    /// As [`create_options_of`](Self::create_options_of).
    pub fn cog_options_of(&self, request: &ReadRequest) -> Result<CogOptions> {
        CogOptions::of(&self.reader(), request)
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        let reader = Reader::new(self.input(), &self.description);
        let reader = reader.with_limits(self.limits).with_warnings(&self.read_warnings);
        let reader = match &self.cancel {
            Some(token) => reader.with_cancel(token),
            None => reader,
        };
        match self.companions() {
            Some(companions) => reader.with_part_files(companions.part_files()),
            None => reader,
        }
    }

    /// Reads all bands: an array of shape (band, row, column).
    ///
    /// # Errors
    ///
    /// When `T` is not the file's data type (pixels are never converted or reinterpreted), a block is
    /// damaged or compressed in a way that this build cannot decode, or the limits do not suffice.
    ///
    /// ```
    /// use memtiff::{ErrorKind, MemoryFile};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// assert_eq!(dataset.read::<u16>()?.dim(), (3, 80, 100));
    ///
    /// let error = dataset.read::<f32>().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Usage);
    /// assert!(error.to_string().contains("read it as uint16"));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read<T: Sample>(&self) -> Result<Array3<T>> {
        self.read_with(&ReadRequest::new())
    }

    /// Reads one band, counted from 1: an array of shape (row, column).
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when there is no such band.
    pub fn read_band<T: Sample>(&self, band: usize) -> Result<Array2<T>> {
        let bands = self.read_with(&ReadRequest::new().bands([band]))?;
        Ok(bands.index_axis_move(Axis(0), 0))
    }

    /// Reads all bands of a window: an array of shape (band, row, column). Only the blocks that hold pixels
    /// of the window are decoded.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the window is empty or not inside the raster.
    pub fn read_window<T: Sample>(&self, window: Window) -> Result<Array3<T>> {
        self.read_with(&ReadRequest::new().window(window))
    }

    /// Reads what `request` says: an array of shape (band, row, column), bands in the order of the request.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the request does not fit the raster.
    pub fn read_with<T: Sample>(&self, request: &ReadRequest) -> Result<Array3<T>> {
        self.reader().read(request)
    }

    /// Reads what `request` says into `out`, shape (band, row, column), any strides.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with); also when `out` has another shape. `out` may then be filled in part.
    pub fn read_into<T: Sample>(&self, request: &ReadRequest, out: ArrayViewMut3<'_, T>) -> Result<()> {
        self.reader().read_into(request, out)
    }

    /// Reads what `request` says in whatever data type the file has.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    ///
    /// ```
    /// use memtiff::{DynArray, MemoryFile, ReadRequest};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// match dataset.read_dyn(&ReadRequest::new().bands([1]))? {
    ///     DynArray::Uint16(pixels) => assert_eq!(pixels.dim(), (1, 80, 100)),
    ///     other => panic!("{} is not what this example's file holds", other.data_type()),
    /// }
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read_dyn(&self, request: &ReadRequest) -> Result<DynArray> {
        self.reader().read_dyn(request)
    }

    /// Reads the raster as colours of a display: shape (4, row, column), red, green, blue, alpha, each 0 to 255. Works for
    /// grey (either end white), palettes, RGB, YCbCr, CMYK, CIE L\*a\*b\*, ICC L\*a\*b\* and 8-bit LogLuv, in samples of
    /// unsigned integers, which are brought to 8 bits over their whole range. Alpha is that of
    /// [`dataset_mask`](Self::dataset_mask): an alpha band, a mask, or 0 where there is nodata. Colours are not
    /// multiplied by it: those of a file that has them so are divided.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with); also when the request names bands, or the samples do not say what colour they
    /// are.
    ///
    /// ```
    /// use memtiff::{MemoryFile, ReadRequest};
    ///
    /// # let data = include_bytes!("../../../testdata/u8_packbits_strip_palette.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// let (index, rgba) = (dataset.read_band::<u8>(1)?, dataset.read_rgba(&ReadRequest::new())?);
    /// let colours = dataset.colormap(1)?.expect("the file has a palette");
    /// let pixel = rgba.slice(memtiff::ndarray::s![.., 5, 7]);
    /// assert_eq!(pixel.to_vec(), colours[usize::from(index[(5, 7)])]);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read_rgba(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        self.reader().read_rgba(request)
    }

    /// Statistics of a band, counted from 1, over all of its valid pixels at full resolution: those that are not nodata,
    /// or, if there is no nodata, those that the mask lets through; NaN never counts. `None` if no pixel is valid.
    ///
    /// # Errors
    ///
    /// When there is no such band, it holds complex numbers, or as [`read`](Self::read).
    pub fn statistics(&self, band: usize) -> Result<Option<Statistics>> {
        self.reader().statistics(band)
    }

    /// Statistics of a band, counted from 1, as somebody wrote them down: the items `STATISTICS_MINIMUM` and so on, in the
    /// file or in an `.aux.xml`. They may be of another day, or of a part of the pixels. `None` if they are not all there.
    #[must_use]
    pub fn written_statistics(&self, band: usize) -> Option<Statistics> {
        let items = self.band_tags(band, "")?;
        let number = |name: &str| items.get(&format!("STATISTICS_{name}"))?.trim().parse::<f64>().ok();
        let percent = number("VALID_PERCENT").unwrap_or(100.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share"
        )]
        let valid = (self.width() as f64 * self.height() as f64 * percent / 100.0).round() as u64;
        Some(Statistics::new(
            number("MINIMUM")?,
            number("MAXIMUM")?,
            number("MEAN")?,
            number("STDDEV")?,
            valid,
        ))
    }

    /// How many valid pixels of a band, counted from 1, lie in each of `buckets` parts of equal width between `from` and
    /// `to`. A value on the border of two lies in the upper one, `to` in the last.
    ///
    /// # Errors
    ///
    /// As [`statistics`](Self::statistics); also when `to` is not larger than `from`, or there are no buckets.
    pub fn histogram(&self, band: usize, from: f64, to: f64, buckets: usize) -> Result<Vec<u64>> {
        self.reader().histogram(band, from, to, buckets)
    }

    /// Where the mask of each band comes from.
    #[must_use]
    pub fn mask_flags(&self) -> Vec<Vec<MaskFlag>> {
        self.reader().mask_flags()
    }

    /// Reads the masks of bands: shape (band, row, column), 255 for valid and 0 for not; values between where the
    /// mask is an alpha band.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with), whatever the data type.
    ///
    /// ```
    /// use memtiff::{MaskFlag, MemoryFile, ReadRequest};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// assert_eq!(dataset.mask_flags()[0], [MaskFlag::Nodata]);
    /// let masks = dataset.read_masks(&ReadRequest::new().bands([1]))?;
    /// let pixels = dataset.read_band::<u16>(1)?;
    /// assert!(masks.iter().zip(&pixels).all(|(mask, pixel)| (*mask == 0) == (*pixel == 0)));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read_masks(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        self.reader().read_masks(request)
    }

    /// Reads pixels and their masks in one.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub fn read_masked<T: Sample>(&self, request: &ReadRequest) -> Result<Masked<T>> {
        self.reader().read_masked(request)
    }

    /// Reads the mask of the dataset: shape (row, column), 255 where any band is valid; for a mask or an alpha
    /// band that all bands share, that one.
    ///
    /// # Errors
    ///
    /// As [`read_masks`](Self::read_masks).
    pub fn dataset_mask(&self, request: &ReadRequest) -> Result<Array2<u8>> {
        self.reader().dataset_mask(request)
    }
}
