//! Options with everything decided and checked: the tags of one image that say how it is stored.

use super::choices::{Compress, Interleave, TagProfile};
use super::decide::{
    Chunks, Colours, Shape, colours_of, discarded, effort, is_indexable, is_rgb, is_tile_size, predictor,
};
use super::options::CreateOptions;
use super::overview_options::OverviewOptions;
use crate::bytes::{ByteOrder, View};
use crate::compress::{Effort, Encoder, JpegTables};
use crate::error::{Error, Result};
use crate::ifd::{Directory, FieldData, FieldSet, Header, Variant, walk};
use crate::image::{Image, Sample, SubfileType};
use crate::limits::{Budget, Limits};
use crate::metadata::{ColorInterp, GdalItems, Nodata, RESAMPLING, color_map};
use crate::resample::Resampling;
use crate::sample::discard_lsb;
use crate::tag::{Compression, ExtraSample, Photometric, PlanarConfiguration, Predictor, SampleFormat, Tag};

/// The tags of offsets and lengths of chunks.
pub(super) const TABLES: [Tag; 4] =
    [Tag::STRIP_OFFSETS, Tag::STRIP_BYTE_COUNTS, Tag::TILE_OFFSETS, Tag::TILE_BYTE_COUNTS];

/// The tags that say how an image is stored.
const STRUCTURE: [Tag; 23] = [
    Tag::NEW_SUBFILE_TYPE,
    Tag::IMAGE_WIDTH,
    Tag::IMAGE_LENGTH,
    Tag::BITS_PER_SAMPLE,
    Tag::COMPRESSION,
    Tag::PHOTOMETRIC_INTERPRETATION,
    Tag::FILL_ORDER,
    Tag::SAMPLES_PER_PIXEL,
    Tag::ROWS_PER_STRIP,
    Tag::PLANAR_CONFIGURATION,
    Tag::T4_OPTIONS,
    Tag::PREDICTOR,
    Tag::COLOR_MAP,
    Tag::TILE_WIDTH,
    Tag::TILE_LENGTH,
    Tag::INK_SET,
    Tag::EXTRA_SAMPLES,
    Tag::SAMPLE_FORMAT,
    Tag::JPEG_TABLES,
    Tag::YCBCR_COEFFICIENTS,
    Tag::YCBCR_SUBSAMPLING,
    Tag::REFERENCE_BLACK_WHITE,
    Tag::LERC_PARAMETERS,
];

/// Those of them that an overview has from its image.
const SAMPLES: [Tag; 10] = [
    Tag::BITS_PER_SAMPLE,
    Tag::PHOTOMETRIC_INTERPRETATION,
    Tag::SAMPLES_PER_PIXEL,
    Tag::PLANAR_CONFIGURATION,
    Tag::COLOR_MAP,
    Tag::INK_SET,
    Tag::EXTRA_SAMPLES,
    Tag::SAMPLE_FORMAT,
    Tag::YCBCR_SUBSAMPLING,
    Tag::REFERENCE_BLACK_WHITE,
];

/// What chunks of a JPEG share.
const JPEG_SHARED: [Tag; 2] = [Tag::JPEG_TABLES, Tag::REFERENCE_BLACK_WHITE];

/// From colours of 8 bits to those of a colour map (TIFF 6.0, section 5).
const COLOR_TABLE_MULTIPLIER: u16 = 257;

/// Values of NewSubfileType (TIFF 6.0, section 8).
const REDUCED: u32 = 1;
const MASK: u32 = 4;

/// One image, decided and checked.
#[derive(Debug, Clone)]
pub(super) struct ImageSpec {
    /// How it is stored, as a reader will find it.
    pub(super) image: Image,
    /// The tags that say so.
    pub(super) fields: FieldSet,
    pub(super) order: ByteOrder,
    /// A file that holds these tags and nothing else; the entries of `image` point into it.
    described: Vec<u8>,
    pub(super) effort: Effort,
    /// What these tags make of each band, as colour.
    pub(super) implied: Vec<ColorInterp>,
    /// ExtraSamples (TIFF 6.0, section 18), as they stand.
    extra: Vec<ExtraSample>,
    /// Whether its tags say that bands are apart, be it a single one.
    pub(super) separate: bool,
    /// Whether it is an overview.
    reduced: bool,
    /// Bits of the samples of each band that are rounded away; empty if none are.
    discarded: Vec<u8>,
}

impl ImageSpec {
    /// Decides what the options leave open, and refuses what they contradict.
    pub(super) fn new(options: &CreateOptions) -> Result<Self> {
        let shape = Shape::of(options)?;
        let chunks = Chunks::of(options, &shape)?;
        let colours = Colours::of(options, &shape)?;
        if !matches!(options.color_table_multiplier, 1 | 256 | 257) {
            let factor = options.color_table_multiplier;
            return Err(Error::usage(format!(
                "COLOR_TABLE_MULTIPLIER={factor}: 1, 256 and 257 are possible"
            )));
        }
        let effort = effort(options)?;
        let predictor = predictor(options, &shape)?;

        let mut fields = FieldSet::default();
        let each = |value: u16| FieldData::Shorts(vec![value; shape.count]);
        fields.long(Tag::IMAGE_WIDTH, shape.width);
        fields.long(Tag::IMAGE_LENGTH, shape.height);
        fields.insert(Tag::BITS_PER_SAMPLE, each(shape.bits));
        fields.short(Tag::PHOTOMETRIC_INTERPRETATION, colours.photometric.0);
        fields.short(Tag::SAMPLES_PER_PIXEL, u16::try_from(shape.count).unwrap_or(u16::MAX));
        let planar = match options.wanted_interleave() {
            Interleave::Band => PlanarConfiguration::SEPARATE,
            Interleave::Tile => {
                return Err(Error::usage("INTERLEAVE=TILE is for cloud-optimized GeoTIFFs: create_cog"));
            }
            _ => PlanarConfiguration::CHUNKY,
        };
        fields.short(Tag::PLANAR_CONFIGURATION, planar.0);
        fields.insert(Tag::SAMPLE_FORMAT, each(shape.format.0));
        compressed(&mut fields, options.method(), predictor);
        if !colours.extra.is_empty() {
            fields.insert(Tag::EXTRA_SAMPLES, FieldData::Shorts(colours.extra));
        }
        if colours.photometric == Photometric::YCBCR {
            fields.insert(Tag::YCBCR_SUBSAMPLING, FieldData::Shorts(vec![2, 2]));
            let black_white = [0, 255, 128, 255, 128, 255];
            let black_white = black_white.into_iter().map(|value| (value, 1)).collect();
            fields.insert(Tag::REFERENCE_BLACK_WHITE, FieldData::Rationals(black_white));
        }
        if colours.photometric == Photometric::PALETTE {
            fields.insert(
                Tag::COLOR_MAP,
                color_map(&options.metadata.colormap, shape.bits, options.color_table_multiplier),
            );
        }
        cut(&mut fields, chunks.tiled, chunks.width, chunks.height);
        let discarded = discarded(options, &shape)?;
        Ok(Self { discarded, ..Self::described(fields, options.byte_order, effort)? })
    }

    /// Rounds the samples of a chunk, if that is wanted.
    pub(super) fn discard<T: Sample>(&self, native: &mut [T], plane: usize, nodata: Option<T>) {
        let of_plane = match self.image.planar {
            PlanarConfiguration::SEPARATE => self.discarded.get(plane..=plane),
            _ => Some(self.discarded.as_slice()),
        };
        if let Some(bits) = of_plane.filter(|bits| !bits.is_empty()) {
            discard_lsb(native, bits, nodata);
        }
    }

    /// Reads the tags as a reader will, so that both know the same image; then asks the encoder for what it adds.
    fn described(fields: FieldSet, order: ByteOrder, effort: Effort) -> Result<Self> {
        let mut spec = Self::of_fields(fields, order, effort)?;
        if let Some(tables) = Encoder::new(&spec.image, &effort)?.jpeg_tables()? {
            spec.fields.insert(Tag::JPEG_TABLES, FieldData::Undefined(tables));
            spec = Self::of_fields(spec.fields, order, effort)?;
        }
        Ok(spec)
    }

    /// What tags say, without those of the table of chunks.
    pub(super) fn of_fields(fields: FieldSet, order: ByteOrder, effort: Effort) -> Result<Self> {
        let at = Header::size(Variant::Big);
        let header = Header { byte_order: order, variant: Variant::Big, first_directory: at };
        let mut described = header.encode()?;
        let mut whole = fields.only(&STRUCTURE);
        for tag in TABLES {
            whole.insert(tag, FieldData::Offsets(vec![0]));
        }
        described.append(&mut whole.encode(Variant::Big, order, at, 0)?);
        let limits = Limits::default();
        let found = walk(described.as_slice().into(), &limits, &mut Budget::new(&limits))?;
        let view = View::new(described.as_slice(), order);
        let directory = found.directories.first().ok_or_else(|| Error::usage("no directory"))?;
        let read = directory.fields(view);
        let mut image = Image::parse(directory, &read)?;
        let implied = ColorInterp::of(&image, &read, &GdalItems::default())?;
        if image.one_strip {
            // A reader cuts a single large strip into pieces; it is written whole.
            image.chunk_height = image.height;
            image.one_strip = false;
        }
        let extra = read.values(Tag::EXTRA_SAMPLES)?.map_or_else(Vec::new, |values| {
            (0..values.len()).map_while(|i| values.u64(i).ok()?.try_into().ok().map(ExtraSample)).collect()
        });
        let reduced = SubfileType::of(&read)?.is_reduced();
        let separate = read.code(Tag::PLANAR_CONFIGURATION, 1)? == PlanarConfiguration::SEPARATE.0;
        Ok(Self {
            image,
            fields,
            order,
            described,
            effort,
            implied,
            extra,
            separate,
            reduced,
            discarded: Vec::new(),
        })
    }

    /// The image of a directory, with all its tags.
    pub(super) fn of_directory(
        directory: &Directory,
        view: View<'_>,
        effort: Effort,
        budget: &mut Budget,
    ) -> Result<Self> {
        let mut fields = FieldSet::of(directory, view, budget)?;
        fields.remove(&TABLES);
        Self::of_fields(fields, view.order(), effort)
    }

    /// Its mask: single bits, cut as the image is, compressed as GDAL does it.
    pub(super) fn mask(&self) -> Result<Self> {
        let image = &self.image;
        let mut fields = FieldSet::default();
        let reduced = if self.reduced { REDUCED } else { 0 };
        fields.insert(Tag::NEW_SUBFILE_TYPE, FieldData::Longs(vec![MASK | reduced]));
        fields.long(Tag::IMAGE_WIDTH, image.width);
        fields.long(Tag::IMAGE_LENGTH, image.height);
        fields.short(Tag::BITS_PER_SAMPLE, 1);
        let packed = cfg!(feature = "deflate");
        fields.short(Tag::COMPRESSION, if packed { Compression::DEFLATE.0 } else { Compression::NONE.0 });
        fields.short(Tag::PHOTOMETRIC_INTERPRETATION, Photometric::MASK.0);
        fields.short(Tag::SAMPLES_PER_PIXEL, 1);
        fields.short(Tag::PLANAR_CONFIGURATION, PlanarConfiguration::CHUNKY.0);
        fields.short(Tag::SAMPLE_FORMAT, SampleFormat::UINT.0);
        cut(&mut fields, image.tiled, image.chunk_width, image.chunk_height);
        Self::described(fields, self.order, Effort::default())
    }

    /// A reduced copy of it: of the same samples, and compressed in the same way unless the options say otherwise.
    pub(super) fn overview(
        &self,
        (width, height): (usize, usize),
        options: &OverviewOptions,
    ) -> Result<Self> {
        let image = &self.image;
        let compress = match options.compress {
            Some(compress) => compress,
            None => Compress::of(image).ok_or_else(|| {
                Error::unsupported(format!(
                    "overviews in {}, as the image is: another method of compression must be said",
                    image.compression
                ))
            })?,
        };
        let mut create = options.create_options(compress, self.order);
        if options.compress.is_none() {
            create.predictor = Some(options.predictor.unwrap_or(image.predictor));
        }
        let (count, bits, data_type) = (image.samples, image.bits, image.data_type);
        let shape = Shape { width, height, count, data_type, bits, format: image.sample_format };
        let mut fields = self.fields.only(&SAMPLES);
        fields.insert(Tag::NEW_SUBFILE_TYPE, FieldData::Longs(vec![REDUCED]));
        fields.long(Tag::IMAGE_WIDTH, width);
        fields.long(Tag::IMAGE_LENGTH, height);
        if compress != Compress::Jpeg && image.photometric == Photometric::YCBCR {
            // Other methods do not convert: what is written is red, green, blue.
            fields.short(Tag::PHOTOMETRIC_INTERPRETATION, Photometric::RGB.0);
            fields.remove(&[Tag::YCBCR_COEFFICIENTS, Tag::YCBCR_SUBSAMPLING, Tag::REFERENCE_BLACK_WHITE]);
        }
        compressed(&mut fields, compress, predictor(&create, &shape)?);
        let size = options.block_size.unwrap_or_else(|| usual_block(image));
        if !is_tile_size(size) {
            return Err(Error::usage(format!("a block size of {size}: tiles are multiples of 16 pixels")));
        }
        cut(&mut fields, true, size, size);
        let mut effort = effort(&create)?;
        if options.compress.is_none() {
            let own = self.effort;
            effort.level = effort.level.or(own.level);
            effort.max_z_error = options.max_z_error.unwrap_or(own.max_z_error);
            effort.quality = options.jpeg_quality.unwrap_or(own.quality);
            effort.jpeg_tables = own.jpeg_tables;
        }
        let discarded = self.discarded.clone();
        Ok(Self { discarded, ..Self::described(fields, self.order, effort)? })
    }

    /// Refuses what pixels cannot be written into.
    pub(super) fn check_writable(&self) -> Result<()> {
        let image = &self.image;
        let refuse = |what: &str| Err(Error::unsupported(format!("writing pixels into a file of {what}")));
        match image.compression {
            _ if image.rendering.is_some() => refuse("colours that are shown as others"),
            _ if image.fill_order != 1 => refuse("bits in reverse order"),
            Compression::CCITT_FAX3 if image.t4_options & 1 != 0 => refuse("two-dimensional group 3"),
            _ => Encoder::new(image, &self.effort).map(drop),
        }
    }

    /// The tags of the offsets and of the lengths of chunks.
    pub(super) fn tables(tiled: bool) -> (Tag, Tag) {
        if tiled {
            (Tag::TILE_OFFSETS, Tag::TILE_BYTE_COUNTS)
        } else {
            (Tag::STRIP_OFFSETS, Tag::STRIP_BYTE_COUNTS)
        }
    }

    /// What "nothing here" is, in the directory of an overview.
    pub(super) fn set_nodata(&mut self, nodata: Option<Nodata>, profile: TagProfile) {
        self.fields.remove(&[Tag::GDAL_NODATA]);
        if let Some(nodata) = nodata.filter(|_| profile == TagProfile::GdalGeoTiff) {
            self.fields.insert(Tag::GDAL_NODATA, FieldData::Text(nodata.to_text()));
        }
    }

    /// Says how the pixels of an overview were made, as GDAL does.
    pub(super) fn set_resampling(&mut self, method: Resampling, profile: TagProfile) {
        if profile == TagProfile::GdalGeoTiff {
            let name = method.gdal_name();
            let xml = format!(
                "<GDALMetadata><Item name=\"{RESAMPLING}\" sample=\"0\">{name}</Item></GDALMetadata>"
            );
            self.fields.insert(Tag::GDAL_METADATA, FieldData::Text(xml));
        }
    }

    /// Makes indices into colours of the values of a single band, or of two, the second one an alpha.
    pub(super) fn set_colormap(&mut self, colours: &[[u8; 4]]) -> Result<()> {
        let image = &self.image;
        if !is_indexable(image) {
            let (count, data_type) = (image.samples, image.data_type);
            return Err(Error::usage(format!(
                "a colour map is for files of one or two bands of uint8 or uint16, not of {count} of {data_type}"
            )));
        }
        self.fields.short(Tag::PHOTOMETRIC_INTERPRETATION, Photometric::PALETTE.0);
        self.fields.insert(Tag::COLOR_MAP, color_map(colours, image.bits, COLOR_TABLE_MULTIPLIER));
        *self = Self::of_fields(std::mem::take(&mut self.fields), self.order, self.effort)?;
        Ok(())
    }

    /// Has the tags say what each band is, as colour, as far as they can: three colours, an alpha. Colours that pixels are
    /// converted from stay.
    pub(super) fn set_colorinterp(&mut self, bands: &[ColorInterp]) -> Result<()> {
        let image = &self.image;
        let jpeg = image.compression == Compression::JPEG;
        let photometric = match image.photometric {
            found if jpeg => found,
            Photometric::RGB | Photometric::MIN_IS_BLACK if is_rgb(bands) => Photometric::RGB,
            Photometric::RGB => Photometric::MIN_IS_BLACK,
            Photometric::MIN_IS_WHITE if !matches!(bands, [ColorInterp::Palette, ..]) => {
                Photometric::MIN_IS_BLACK
            }
            found => found,
        };
        let Some(colours) = colours_of(photometric) else { return Ok(()) };
        let extra = (colours..bands.len()).map(|band| {
            // Those that are there are the last ones.
            let found = self.extra.len().checked_sub(bands.len().saturating_sub(band));
            let associated = ExtraSample::ASSOCIATED_ALPHA;
            match (bands.get(band), found.and_then(|at| self.extra.get(at))) {
                (Some(ColorInterp::Alpha), Some(found)) if *found == associated => associated.0,
                (Some(ColorInterp::Alpha), _) => ExtraSample::UNASSOCIATED_ALPHA.0,
                _ => ExtraSample::UNSPECIFIED.0,
            }
        });
        let extra: Vec<u16> = extra.collect();
        let alpha = extra.last() == Some(&ExtraSample::UNASSOCIATED_ALPHA.0);
        if image.compression == Compression::LERC && alpha != image.has_unassociated_alpha {
            return Err(Error::unsupported(
                "making or unmaking an alpha of a file by LERC, whose blocks may hold it in their masks: a copy can",
            ));
        }
        self.fields.short(Tag::PHOTOMETRIC_INTERPRETATION, photometric.0);
        self.fields.remove(&[Tag::EXTRA_SAMPLES]);
        if !extra.is_empty() {
            self.fields.insert(Tag::EXTRA_SAMPLES, FieldData::Shorts(extra));
        }
        let discarded = std::mem::take(&mut self.discarded);
        *self = Self { discarded, ..Self::of_fields(self.fields.clone(), self.order, self.effort)? };
        Ok(())
    }

    /// Takes over what the chunks of a JPEG share; new ones have all of it in themselves.
    pub(super) fn share_jpeg(&mut self, shared: FieldSet) -> Result<()> {
        self.fields.remove(&JPEG_SHARED);
        self.fields.extend(shared.only(&JPEG_SHARED));
        self.effort.jpeg_tables = JpegTables { quantization: false, huffman: false };
        *self =
            Self { discarded: Vec::new(), ..Self::of_fields(self.fields.clone(), self.order, self.effort)? };
        Ok(())
    }

    /// Lets go of what lies in directories below this one.
    pub(super) fn drop_sub_directories(&mut self) {
        self.fields.remove(&[Tag::SUB_IFDS]);
    }

    /// Takes over what stands in the file now.
    pub(super) fn keep(&mut self, mut fields: FieldSet) {
        fields.remove(&TABLES);
        self.fields = fields;
    }

    /// What the entries of the image point into.
    pub(super) fn view(&self) -> View<'_> {
        View::new(self.described.as_slice(), self.order)
    }
}

/// Columns and rows of an overview's tiles: those of the image's, if they are a square of a usual size, as GDAL has it.
fn usual_block(image: &Image) -> usize {
    let (width, height) = (image.chunk_width, image.chunk_height);
    let usual = width == height && (64..=4096).contains(&width) && width.is_power_of_two();
    if usual { width } else { 128 }
}

/// How chunks are compressed.
fn compressed(fields: &mut FieldSet, compress: Compress, predictor: Predictor) {
    let (compression, lerc_wrapping) = compress.codes();
    fields.short(Tag::COMPRESSION, compression.0);
    if predictor != Predictor::NONE {
        fields.short(Tag::PREDICTOR, predictor.0);
    }
    if compression == Compression::LERC {
        // Version 4 of LERC 2.
        fields.insert(Tag::LERC_PARAMETERS, FieldData::Longs(vec![4, lerc_wrapping]));
    }
}

/// How the image is cut into chunks.
fn cut(fields: &mut FieldSet, tiled: bool, width: usize, height: usize) {
    if tiled {
        fields.long(Tag::TILE_WIDTH, width);
        fields.long(Tag::TILE_LENGTH, height);
    } else {
        fields.long(Tag::ROWS_PER_STRIP, height);
    }
}
