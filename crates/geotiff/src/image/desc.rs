//! A directory's image, validated: after this nobody asks tags about shape.

use super::old_jpeg::OldJpegTags;
use super::sample::DataType;
use crate::error::{Cause, Error, Result};
use crate::ifd::{Directory, Entry, Fields};
use crate::tag::{Compression, ExtraSample, Photometric, PlanarConfiguration, Predictor, SampleFormat, Tag};

/// One image of a file: full resolution, overview or mask. Plain numbers, all checked against each other;
/// the table of its chunks is not looked at until a chunk is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// Index of its directory.
    pub directory: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples of a pixel as stored.
    pub samples: usize,
    /// Bands that a plain read gives: the samples, or the colours that [`rendering`](Self::rendering) makes of
    /// them.
    pub bands: usize,
    /// How a plain read makes colours of the samples; `None` where it gives them as they are.
    pub rendering: Option<Rendering>,
    /// Bits of a sample as stored.
    pub bits: u16,
    /// Kind of number of a sample as stored.
    pub sample_format: SampleFormat,
    /// Data type of a sample in arrays.
    pub data_type: DataType,
    /// How chunks are compressed.
    pub compression: Compression,
    /// What was done to samples before compression. [`Predictor::NONE`] for methods that know no predictor.
    pub predictor: Predictor,
    /// What the samples mean as colour.
    pub photometric: Photometric,
    /// Whether the samples of a pixel stand together. [`PlanarConfiguration::CHUNKY`] for a single sample.
    pub planar: PlanarConfiguration,
    /// Whether chunks are tiles; strips otherwise.
    pub tiled: bool,
    /// Columns of a chunk.
    pub chunk_width: usize,
    /// Rows of a chunk; at most `height` for strips.
    pub chunk_height: usize,
    /// Whether the file stores one strip for all. If it is not compressed, chunks are pieces of it.
    pub(crate) one_strip: bool,
    pub(crate) fill_order: u16,
    /// Horizontal and vertical chroma subsampling; (1, 1) for everything but YCbCr.
    pub(crate) subsampling: (u16, u16),
    /// T4Options: how CCITT group 3 data are coded.
    pub(crate) t4_options: u64,
    pub(crate) t6_options: u64,
    /// What is wrapped around LERC: 0 nothing, 1 Deflate, 2 ZSTD.
    pub(crate) lerc_wrapping: u64,
    /// Whether an extra sample is an alpha that is not premultiplied.
    pub(crate) has_unassociated_alpha: bool,
    pub(crate) jpeg_tables: Option<Entry>,
    pub(crate) old_jpeg: Option<Box<OldJpegTags>>,
    pub(crate) offsets: Entry,
    pub(crate) byte_counts: Option<Entry>,
}

/// How a plain read makes red, green, blue (and alpha) of stored samples: where libtiff has an interface for
/// it, GDAL uses that instead of showing the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rendering {
    /// Inks: cyan, magenta, yellow, black.
    Cmyk,
    /// CIE L*a*b*.
    CieLab,
    /// Luma and chroma, in methods other than new-style JPEG, whose decoder does that itself.
    YCbCr,
    /// Logarithmic luminance, which the decoder turns into bytes itself.
    LogLuv,
}

/// Which rendering GDAL's plain read applies: to 8 bits, and to just the samples of the colour space, or to inks
/// with anything behind them.
fn rendering(
    (photometric, compression): (Photometric, Compression),
    (samples, bits): (usize, u16),
    fields: &Fields<'_>,
) -> Result<Option<Rendering>> {
    Ok(match (photometric, samples) {
        _ if bits != 8 => None,
        // Inks other than CMYK are shown as they are.
        (Photometric::SEPARATED, 4..) if fields.code(Tag::INK_SET, 1)? == 1 => Some(Rendering::Cmyk),
        (Photometric::CIELAB, 3) => Some(Rendering::CieLab),
        (Photometric::LOGL, 1) | (Photometric::LOGLUV, 3) => Some(Rendering::LogLuv),
        (Photometric::YCBCR, 3) if compression != Compression::JPEG => Some(Rendering::YCbCr),
        _ => None,
    })
}

/// Bits of [`Tag::NEW_SUBFILE_TYPE`] (TIFF 6.0, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubfileType(u64);

impl SubfileType {
    /// What tag 254 says. The older tag 255 is not asked, as in GDAL.
    pub(crate) fn of(fields: &Fields<'_>) -> Result<Self> {
        Ok(Self(fields.u64(Tag::NEW_SUBFILE_TYPE)?.unwrap_or(0)))
    }

    pub(crate) fn is_reduced(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn is_mask(self) -> bool {
        self.0 & 4 != 0
    }
}

/// What the last sample means, if it is beyond the colours.
fn last_extra_sample(fields: &Fields<'_>) -> Result<Option<ExtraSample>> {
    let Some(extra) = fields.values(Tag::EXTRA_SAMPLES)? else { return Ok(None) };
    let last = extra.len().checked_sub(1).map(|last| extra.u64(last)).transpose();
    let last = last.map_err(|e| fields.place(e, Tag::EXTRA_SAMPLES))?;
    Ok(last.and_then(|code| code.try_into().ok()).map(ExtraSample))
}

impl Image {
    /// By how much it is smaller than the image that it is an overview of, as GDAL rounds it: by columns, unless these
    /// are few.
    #[must_use]
    pub fn factor_in(&self, full: &Self) -> usize {
        let by_columns = full.width >= full.height / 2;
        let (full, own) = if by_columns { (full.width, self.width) } else { (full.height, self.height) };
        full.saturating_mul(2).saturating_add(own).checked_div(own.saturating_mul(2)).unwrap_or(0)
    }

    /// Reads and checks what `directory` says about its image.
    pub(crate) fn parse(directory: &Directory, fields: &Fields<'_>) -> Result<Self> {
        let width = dimension(fields, Tag::IMAGE_WIDTH)?;
        let height = dimension(fields, Tag::IMAGE_LENGTH)?;
        let compression = Compression(fields.code(Tag::COMPRESSION, 1)?);
        let photometric = photometric(fields, compression)?;
        let colour = compression == Compression::OLD_JPEG && photometric == Photometric::YCBCR;
        let samples = usize::from(fields.code(Tag::SAMPLES_PER_PIXEL, if colour { 3 } else { 1 })?);
        if samples == 0 {
            return Err(mismatch(fields, Tag::SAMPLES_PER_PIXEL, "at least 1", 0));
        }
        let bits = if compression == Compression::OLD_JPEG { 8 } else { 1 };
        let bits = uniform(fields, Tag::BITS_PER_SAMPLE, samples, bits)?;
        let sample_format = SampleFormat(uniform(fields, Tag::SAMPLE_FORMAT, samples, 1)?);
        if sample_format.name().is_none() {
            return Err(mismatch(fields, Tag::SAMPLE_FORMAT, "1 to 6", sample_format.0.into()));
        }
        let mut data_type = DataType::of(sample_format, bits).ok_or_else(|| {
            let error = Error::unsupported(format!("samples of {bits} bits, {sample_format}"));
            fields.place(error, Tag::BITS_PER_SAMPLE)
        })?;
        let rendering = rendering((photometric, compression), (samples, bits), fields)?;
        if rendering.is_some() {
            data_type = DataType::Uint8;
        }
        let subsampling = subsampling(fields, photometric)?;
        let (tiled, chunk_width, mut chunk_height) = chunk_shape(fields, width, height)?;
        let planar = planar(fields)?;
        let one_strip = !tiled && chunk_height == height && planar == PlanarConfiguration::CHUNKY;
        if one_strip && compression == Compression::NONE && subsampling == (1, 1) {
            chunk_height = rows_of_a_cut(width, samples, bits).min(height);
        }
        let (offsets, byte_counts) = tables(directory, fields, tiled)?;
        Ok(Self {
            directory: directory.index,
            width,
            height,
            samples,
            bands: match rendering {
                None => samples,
                Some(Rendering::YCbCr) => 3,
                Some(Rendering::Cmyk | Rendering::CieLab | Rendering::LogLuv) => 4,
            },
            rendering,
            bits,
            sample_format,
            data_type,
            compression,
            predictor: predictor(fields, compression)?,
            photometric,
            planar: if samples == 1 { PlanarConfiguration::CHUNKY } else { planar },
            tiled,
            chunk_width,
            chunk_height,
            one_strip,
            fill_order: fields.code(Tag::FILL_ORDER, 1)?,
            subsampling,
            t4_options: fields.u64(Tag::T4_OPTIONS)?.unwrap_or(0),
            // Needed only to name a feature that is not supported, so that damage does not hide the image.
            t6_options: fields.u64(Tag::T6_OPTIONS).ok().flatten().unwrap_or(0),
            lerc_wrapping: lerc_wrapping(fields)?,
            has_unassociated_alpha: last_extra_sample(fields)? == Some(ExtraSample::UNASSOCIATED_ALPHA),
            jpeg_tables: directory.entry(Tag::JPEG_TABLES).copied(),
            old_jpeg: (compression == Compression::OLD_JPEG)
                .then(|| OldJpegTags::parse(fields).map(Box::new))
                .transpose()?,
            offsets,
            byte_counts,
        })
    }

    /// The name of the compression method, as GDAL shows it (`DEFLATE`, `LERC_ZSTD`, ...); its number for a
    /// method without a name.
    #[must_use]
    pub fn compression_name(&self) -> String {
        match (self.compression, self.lerc_wrapping) {
            (Compression::LERC, 1) => "LERC_DEFLATE".to_owned(),
            (Compression::LERC, 2) => "LERC_ZSTD".to_owned(),
            (compression, _) => compression.to_string(),
        }
    }

    /// Rows and columns of a block, as GDAL presents them: those of a chunk, but for a tall band of bytes or
    /// bits in one compressed strip, which GDAL reads row by row.
    #[must_use]
    pub fn block_shape(&self) -> (usize, usize) {
        const TALL: usize = 2000;
        let one_strip = !self.tiled && self.chunk_height == self.height;
        let stored = self.rendering.is_none();
        let by_row = one_strip && stored && self.height > TALL && matches!(self.bits, 1 | 8);
        (if by_row { 1 } else { self.chunk_height }, self.chunk_width)
    }

    /// Stored bytes of a whole chunk that is not compressed.
    pub(crate) fn uncompressed_bytes(&self) -> u64 {
        self.chunk_bytes(self.chunk_height)
    }

    /// Stored bytes of a chunk of so many rows that is not compressed.
    pub(crate) fn chunk_bytes(&self, rows: usize) -> u64 {
        let row = row_bytes(self.chunk_width, self.samples_per_chunk(), self.bits);
        (row as u64).saturating_mul(rows as u64)
    }

    /// Samples of a pixel that one chunk holds.
    pub(crate) fn samples_per_chunk(&self) -> usize {
        if self.planar == PlanarConfiguration::SEPARATE { 1 } else { self.samples }
    }
}

/// What the samples mean as colour. Writers of old-style JPEG say RGB, or nothing, and mean YCbCr: so libtiff has it.
fn photometric(fields: &Fields<'_>, compression: Compression) -> Result<Photometric> {
    let old_jpeg = compression == Compression::OLD_JPEG;
    let default = if old_jpeg { Photometric::YCBCR } else { Photometric::MIN_IS_BLACK };
    let photometric = Photometric(fields.code(Tag::PHOTOMETRIC_INTERPRETATION, default.0)?);
    Ok(if old_jpeg && photometric == Photometric::RGB { Photometric::YCBCR } else { photometric })
}

fn mismatch(fields: &Fields<'_>, tag: Tag, expected: &'static str, found: u64) -> Error {
    let what = tag.name().unwrap_or("value");
    fields.place(Cause::Mismatch { what, expected, found }.into(), tag)
}

/// A number of columns or rows: 1 to 2^32 - 1.
fn dimension(fields: &Fields<'_>, tag: Tag) -> Result<usize> {
    let found = fields.required(tag)?;
    let fits = u32::try_from(found).ok().filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok());
    fits.ok_or_else(|| mismatch(fields, tag, "1 to 4294967295", found))
}

/// The value that all samples share. A field with one value speaks for all of them.
fn uniform(fields: &Fields<'_>, tag: Tag, samples: usize, default: u16) -> Result<u16> {
    let first = fields.code(tag, default)?;
    let Some(values) = fields.values(tag)? else { return Ok(first) };
    let samples = samples as u64;
    if values.len() == 1 {
        return Ok(first);
    }
    if values.len() < samples {
        let what = "number of values";
        let expected = "one, or one for each sample";
        return Err(fields.place(Cause::Mismatch { what, expected, found: values.len() }.into(), tag));
    }
    for i in 1..samples {
        let other = values.u64(i).map_err(|e| fields.place(e, tag))?;
        if other != u64::from(first) {
            let what = tag.name().unwrap_or("value");
            let message = format!("{what} differs between samples ({first} and {other})");
            return Err(fields.place(Error::unsupported(message), tag));
        }
    }
    Ok(first)
}

/// The predictor, for the methods that have one (TIFF 6.0 section 14; LZMA and ZSTD as libtiff registers them).
fn predictor(fields: &Fields<'_>, compression: Compression) -> Result<Predictor> {
    match compression {
        Compression::LZW
        | Compression::DEFLATE
        | Compression::OLD_DEFLATE
        | Compression::LZMA
        | Compression::ZSTD => Ok(Predictor(fields.code(Tag::PREDICTOR, 1)?)),
        _ => Ok(Predictor::NONE),
    }
}

fn planar(fields: &Fields<'_>) -> Result<PlanarConfiguration> {
    let planar = PlanarConfiguration(fields.code(Tag::PLANAR_CONFIGURATION, 1)?);
    match planar {
        PlanarConfiguration::CHUNKY | PlanarConfiguration::SEPARATE => Ok(planar),
        _ => Err(mismatch(fields, Tag::PLANAR_CONFIGURATION, "1 or 2", u64::from(planar.0))),
    }
}

/// Whether the image is tiled, and the columns and rows of a chunk.
fn chunk_shape(fields: &Fields<'_>, width: usize, height: usize) -> Result<(bool, usize, usize)> {
    if fields.has(Tag::TILE_WIDTH) || fields.has(Tag::TILE_LENGTH) {
        return Ok((true, dimension(fields, Tag::TILE_WIDTH)?, dimension(fields, Tag::TILE_LENGTH)?));
    }
    let rows = match fields.u64(Tag::ROWS_PER_STRIP)? {
        None | Some(0) => height,
        Some(rows) => usize::try_from(rows).map_or(height, |rows| rows.min(height)),
    };
    Ok((false, width, rows))
}

/// Rows of each piece that a single uncompressed strip is cut into: as libtiff does, as many as make 8 KiB,
/// and at least one.
fn rows_of_a_cut(width: usize, samples: usize, bits: u16) -> usize {
    const BYTES: usize = 8192;
    BYTES.checked_div(row_bytes(width, samples, bits)).unwrap_or(BYTES).max(1)
}

/// Bytes of a row, rounded up.
fn row_bytes(width: usize, samples: usize, bits: u16) -> usize {
    width.saturating_mul(samples).saturating_mul(bits.into()).div_ceil(8)
}

/// The fields that hold where chunks begin and how long they are. Tiles may be listed under the tags of
/// strips, as old writers did.
fn tables(directory: &Directory, fields: &Fields<'_>, tiled: bool) -> Result<(Entry, Option<Entry>)> {
    let tiles = (Tag::TILE_OFFSETS, Tag::TILE_BYTE_COUNTS);
    let strips = (Tag::STRIP_OFFSETS, Tag::STRIP_BYTE_COUNTS);
    let (offsets, byte_counts) =
        if tiled && directory.entry(Tag::TILE_OFFSETS).is_some() { tiles } else { strips };
    let missing = || fields.place(Cause::MissingTag.into(), if tiled { Tag::TILE_OFFSETS } else { offsets });
    let entry = directory.entry(offsets).ok_or_else(missing)?;
    Ok((*entry, directory.entry(byte_counts).copied()))
}

/// The second value of GDAL's LERC parameters.
fn lerc_wrapping(fields: &Fields<'_>) -> Result<u64> {
    let Some(values) = fields.values(Tag::LERC_PARAMETERS)? else { return Ok(0) };
    values.u64(1).map_err(|e| fields.place(e, Tag::LERC_PARAMETERS))
}

/// Chroma subsampling (TIFF 6.0, section 21): 2, 2 unless the file says otherwise.
fn subsampling(fields: &Fields<'_>, photometric: Photometric) -> Result<(u16, u16)> {
    if photometric != Photometric::YCBCR {
        return Ok((1, 1));
    }
    let Some(values) = fields.values(Tag::YCBCR_SUBSAMPLING)? else { return Ok((2, 2)) };
    let value = |i| {
        let found = values.u64(i).map_err(|e| fields.place(e, Tag::YCBCR_SUBSAMPLING))?;
        match found {
            1 | 2 | 4 => {
                u16::try_from(found).map_err(|_| mismatch(fields, Tag::YCBCR_SUBSAMPLING, "1, 2 or 4", found))
            }
            _ => Err(mismatch(fields, Tag::YCBCR_SUBSAMPLING, "1, 2 or 4", found)),
        }
    };
    Ok((value(0)?, value(1)?))
}
