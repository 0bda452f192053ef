//! What makes a file like another: how it is stored, and what it says.

use super::choices::{BigTiff, Compress, Interleave};
use super::cog::CogOptions;
use super::decide::{has_float_predictor, has_nbits, is_indexable, is_rgb, is_tile_size};
use super::metadata::Metadata;
use super::options::CreateOptions;
use crate::compress::{Effort, Encoder};
use crate::error::Result;
use crate::geo::{Affine, Crs};
use crate::ifd::Variant;
use crate::image::{DataType, Image};
use crate::layout::{Rect, Window};
use crate::metadata::{COLOR_PROFILE, ColorInterp, IMAGE_STRUCTURE, Nodata, found_jpeg_quality};
use crate::read::{ReadRequest, Reader};
use crate::tag::{Compression, Photometric, PlanarConfiguration, Predictor};

impl CreateOptions {
    /// What makes a file like the one that is read: its shape and data type, how it is stored, and all that it says. A method
    /// of compression that is read only is left out.
    ///
    /// # Errors
    ///
    /// When tags of the file are damaged.
    ///
    /// ```
    /// use memtiff_geotiff::{CreateOptions, Description, Limits, ReadRequest, Reader, Writer};
    ///
    /// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
    /// let description = Description::parse(bytes, &Limits::default())?;
    /// let source = Reader::new(bytes, &description);
    /// let mut writer = Writer::new(Vec::new(), CreateOptions::like(&source)?)?;
    /// writer.copy_from(&source, &ReadRequest::new())?;
    /// let copy = writer.finish()?;
    /// # let described = Description::parse(&copy, &Limits::default())?;
    /// # assert_eq!(Reader::new(&copy, &described).read::<u16>(&ReadRequest::new()), source.read(&ReadRequest::new()));
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn like(source: &Reader<'_>) -> Result<Self> {
        Self::of(source, &ReadRequest::new().full_resolution())
    }

    /// As [`like`](Self::like), of what a request asks for: a window, some bands, another size or data type. Where it lies is
    /// changed accordingly; statistics are left out if they are no longer those of the pixels.
    ///
    /// # Errors
    ///
    /// As [`like`](Self::like); also when the request asks for what is not there.
    pub fn of(source: &Reader<'_>, request: &ReadRequest) -> Result<Self> {
        let asked = source.asked(request)?;
        let mut options = Self::of_all(source)?;
        let image = source.description().image();
        let (rows, columns) = asked.shape;
        options = options.width(columns).height(rows).count(asked.bands.len());
        let window = request.window.unwrap_or(Window::new(0, 0, asked.image.width, asked.image.height));
        options.metadata.cut(&window, (rows, columns), (image, asked.image));
        let all_bands = (1..=image.bands).eq(asked.bands.iter().copied());
        let data_type = request.dtype.unwrap_or(image.data_type);
        let all = Rect::new(0, 0, image.width, image.height);
        if !(all_bands && data_type == image.data_type && asked.pixels == Some(all)) {
            options.metadata.forget_statistics();
        }
        if !all_bands {
            options.take_bands(&asked.bands);
        }
        if data_type != image.data_type {
            options.change_type(data_type);
        }
        Ok(options)
    }

    /// Some bands, counted from 1, in another order.
    pub(super) fn take_bands(&mut self, bands: &[usize]) {
        let old = std::mem::take(&mut self.metadata.items);
        self.metadata.items.dataset = old.dataset;
        for (new, band) in bands.iter().enumerate() {
            let band = band.saturating_sub(1);
            if let Some(items) = old.bands.get(&band) {
                self.metadata.items.bands.insert(new, items.clone());
            }
            if let Some(roles) = old.roles.get(&band) {
                self.metadata.items.roles.insert(new, roles.clone());
            }
        }
        let colours = std::mem::take(&mut self.metadata.colorinterp);
        let of =
            |band: &usize| colours.get(band.saturating_sub(1)).copied().unwrap_or(ColorInterp::Undefined);
        self.metadata.colorinterp = bands.iter().map(of).collect();
        let is_rgb = is_rgb(&self.metadata.colorinterp);
        let indexed = self.inherited.photometric == Some(Photometric::PALETTE)
            && bands.first() == Some(&1)
            && bands.len() <= 2;
        let single = bands.len() == 1 && self.inherited.photometric == Some(Photometric::MIN_IS_WHITE);
        if is_rgb && self.inherited.photometric == Some(Photometric::YCBCR) && bands.len() == 3 {
            return;
        }
        if !indexed && !single {
            self.inherited.photometric =
                Some(if is_rgb { Photometric::RGB } else { Photometric::MIN_IS_BLACK });
            self.metadata.colormap = Vec::new();
        }
        self.inherited.indices &= bands.contains(&1);
        self.forget_palettes(usize::from(indexed));
    }

    /// Bands from one on are no indices any more.
    fn forget_palettes(&mut self, from: usize) {
        let palettes = self.metadata.colorinterp.iter_mut().enumerate().skip(from);
        for (band, colour) in palettes.filter(|(_, colour)| **colour == ColorInterp::Palette) {
            *colour = if band == 0 { ColorInterp::Gray } else { ColorInterp::Undefined };
        }
    }

    fn change_type(&mut self, data_type: DataType) {
        self.dtype = Some(data_type);
        (self.nbits, self.inherited.nbits) = (None, None);
        let floats = data_type.is_float();
        if self.inherited.predictor == Some(Predictor::FLOATING_POINT) && !has_float_predictor(data_type) {
            self.inherited.predictor = Some(Predictor::HORIZONTAL);
        }
        if data_type == DataType::Complex128 {
            // No predictor is for samples of 128 bits.
            self.inherited.predictor = None;
        }
        let indexable = matches!(data_type, DataType::Uint8 | DataType::Uint16);
        if self.inherited.photometric == Some(Photometric::PALETTE) && !indexable {
            self.inherited.photometric = Some(Photometric::MIN_IS_BLACK);
            self.metadata.colormap = Vec::new();
            self.forget_palettes(0);
        }
        // Pixels that have the value are rounded too.
        let whole = !floats && !data_type.is_complex();
        if let Some(Nodata::Float(nodata)) = self.metadata.nodata.filter(|_| whole) {
            self.metadata.nodata = Some(Nodata::Float(nodata.round()));
        }
        self.metadata.forget_range();
    }

    fn of_all(source: &Reader<'_>) -> Result<Self> {
        let description = source.description();
        let image = description.image();
        let mut options = Self::new().width(image.width).height(image.height).count(image.bands);
        options.dtype = Some(image.data_type);
        options.byte_order = description.header().byte_order;
        if description.header().variant == Variant::Big {
            options.bigtiff = BigTiff::IfSafer;
        }
        // Not of a kind that is read only: JPEG of 12 bits, say.
        let written = |_: &Compress| Encoder::new(image, &Effort::default()).is_ok();
        options.inherited.compress = Compress::of(image).filter(written);
        let predicted = options.inherited.compress.is_some_and(Compress::has_predictor);
        if predicted && image.rendering.is_none() {
            let unwritten =
                image.predictor == Predictor::FLOATING_POINT && !has_float_predictor(image.data_type);
            options.inherited.predictor =
                Some(if unwritten { Predictor::HORIZONTAL } else { image.predictor });
        }
        if image.tiled {
            options.tiled = true;
            // Other sizes than the standard allows are met, but not written.
            let written = is_tile_size(image.chunk_width) && is_tile_size(image.chunk_height);
            options.inherited.tile = written.then_some((image.chunk_width, image.chunk_height));
        } else {
            let rows = if image.one_strip { image.height } else { image.chunk_height };
            options.inherited.strip = Some(rows);
        }
        // GDAL copies what is interleaved by tile as pixels.
        if image.planar == PlanarConfiguration::SEPARATE && !description.is_by_tile() {
            options.inherited.interleave = Some(Interleave::Band);
        }
        options.inherited.premultiplied = description.has_premultiplied_alpha();
        if image.rendering.is_none() && has_nbits(image.data_type, image.bits) {
            options.inherited.nbits = Some(image.bits);
        }
        options.sparse = source.is_sparse()?;
        if image.compression == Compression::JPEG {
            let quality = found_jpeg_quality(image, &source.fields()?)?;
            options.inherited.jpeg_quality = quality.and_then(|(quality, _)| u8::try_from(quality).ok());
        }
        options.metadata = Metadata::of(source)?;
        let indexed =
            image.photometric == Photometric::PALETTE || (is_indexable(image) && source.has_color_map()?);
        options.inherited.photometric = Some(if indexed { Photometric::PALETTE } else { photometric(image) });
        options.inherited.indices = indexed;
        if indexed {
            // JPEG is no method for them, be it that a file has it.
            options.inherited.compress =
                options.inherited.compress.filter(|method| *method != Compress::Jpeg);
            options.metadata.colormap = source.colormap(1)?.unwrap_or_default();
        }
        Ok(options)
    }
}

/// What the samples mean in a copy.
fn photometric(image: &Image) -> Photometric {
    match image.photometric {
        _ if image.rendering.is_some() => Photometric::RGB,
        Photometric::YCBCR if image.compression == Compression::JPEG && image.samples == 3 => {
            Photometric::YCBCR
        }
        Photometric::YCBCR => Photometric::RGB,
        Photometric::MIN_IS_WHITE
        | Photometric::RGB
        | Photometric::PALETTE
        | Photometric::SEPARATED
        | Photometric::CIELAB
        | Photometric::ICCLAB
        | Photometric::ITULAB => image.photometric,
        _ => Photometric::MIN_IS_BLACK,
    }
}

impl Metadata {
    /// What is said of a window of an image, in pixels of one of its copies, made into another size.
    #[expect(clippy::cast_precision_loss, reason = "within an image")]
    fn cut(&mut self, window: &Window, (rows, columns): (usize, usize), (full, copy): (&Image, &Image)) {
        // From new pixels to those of the full image.
        let (col_step, row_step) = (window.width / columns as f64, window.height / rows as f64);
        let (across, down) = (full.width as f64 / copy.width as f64, full.height as f64 / copy.height as f64);
        let (col_step, row_step) = (col_step * across, row_step * down);
        let (col_off, row_off) = (window.col_off * across, window.row_off * down);
        if (col_step, row_step, col_off, row_off) == (1.0, 1.0, 0.0, 0.0) {
            return;
        }
        if let Some(Affine { a, b, c, d, e, f }) = self.transform {
            self.transform = Some(Affine {
                a: a * col_step,
                b: b * row_step,
                c: a * col_off + b * row_off + c,
                d: d * col_step,
                e: e * row_step,
                f: d * col_off + e * row_off + f,
            });
        }
        for gcp in &mut self.gcps {
            gcp.col = (gcp.col - col_off) / col_step;
            gcp.row = (gcp.row - row_off) / row_step;
        }
        if let Some(rpc) = &mut self.rpcs {
            // They count from the middle of the first pixel.
            rpc.samp_off = (rpc.samp_off + 0.5 - col_off) / col_step - 0.5;
            rpc.line_off = (rpc.line_off + 0.5 - row_off) / row_step - 0.5;
            rpc.samp_scale /= col_step;
            rpc.line_scale /= row_step;
        }
    }

    pub(super) fn forget_statistics(&mut self) {
        for items in self.items.bands.values_mut().flat_map(|domains| domains.values_mut()) {
            items.retain(|name, _| !name.starts_with("STATISTICS_"));
        }
    }

    /// The least and the largest value are others now.
    pub(super) fn forget_range(&mut self) {
        self.forget_statistics();
        if let Some(items) = self.items.dataset.get_mut("") {
            items.retain(|name, _| !matches!(&**name, "TIFFTAG_MINSAMPLEVALUE" | "TIFFTAG_MAXSAMPLEVALUE"));
        }
    }

    /// What a file and what stands beside it say.
    fn of(source: &Reader<'_>) -> Result<Self> {
        let description = source.description();
        let mut metadata = Self::of_file(source)?;
        let crs = description.crs().or_else(|| description.gcps_crs()).cloned();
        let of_keys = metadata.geokeys.as_ref().and_then(Crs::from_geokeys);
        if crs != of_keys {
            (metadata.geokeys, metadata.crs) = (None, crs);
        }
        metadata.items.dataset.remove(IMAGE_STRUCTURE);
        let mut colours = source.tags_in(COLOR_PROFILE)?;
        // It is taken over as it is.
        colours.remove("SOURCE_ICC_PROFILE");
        metadata.items.dataset.insert(COLOR_PROFILE.to_owned(), colours);
        for roles in metadata.items.roles.values_mut() {
            roles.remove("colorinterp");
        }
        Ok(metadata)
    }
}

impl CogOptions {
    /// What makes a cloud-optimized GeoTIFF of the file that is read: see [`CreateOptions::like`]. Tiles are those of a COG.
    /// As in GDAL, `INTERLEAVE=BAND` of the source is kept unless a compression is asked for; otherwise the copy has
    /// `INTERLEAVE=PIXEL`. With `COMPRESS=JPEG` an alpha becomes a mask in the copy of one or three bands.
    ///
    /// # Errors
    ///
    /// As [`CreateOptions::like`].
    pub fn like(source: &Reader<'_>) -> Result<Self> {
        Self::of(source, &ReadRequest::new().full_resolution())
    }

    /// As [`like`](Self::like), of what a request asks for: see [`CreateOptions::of`].
    ///
    /// # Errors
    ///
    /// As [`CreateOptions::of`].
    pub fn of(source: &Reader<'_>, request: &ReadRequest) -> Result<Self> {
        let create = CreateOptions::of(source, request)?;
        let alpha_as_mask = matches!(create.count, Some(2 | 4))
            && create.metadata.colorinterp.last() == Some(&ColorInterp::Alpha);
        Ok(Self { alpha_as_mask, ..create.into() })
    }
}
