//! What the options leave open, decided; what they contradict, refused.

use super::choices::{Alpha, Compress, Interleave};
use super::options::CreateOptions;
use crate::compress::{Effort, JpegTables};
use crate::error::{Error, Result};
use crate::image::{DataType, Image};
use crate::metadata::ColorInterp;
use crate::tag::{ExtraSample, Photometric, Predictor, SampleFormat};

/// Columns and rows of a tile, unless they are said; their multiple in any case (TIFF 6.0, section 15).
const TILE: usize = 256;
const TILE_STEP: usize = 16;
/// Bytes of a strip, about: as libtiff has it.
const STRIP: usize = 8192;

/// Size and type.
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) count: usize,
    pub(super) data_type: DataType,
    pub(super) bits: u16,
    pub(super) format: SampleFormat,
}

impl Shape {
    pub(super) fn of(options: &CreateOptions) -> Result<Self> {
        let required = |value: Option<usize>, what: &str, most: usize| match value {
            None => Err(Error::usage(format!("a new file needs a {what}: {what}(...) was not called"))),
            Some(value) if (1..=most).contains(&value) => Ok(value),
            Some(value) => Err(Error::usage(format!("a {what} of 1 to {most} is possible, not of {value}"))),
        };
        // As far as GDAL's integers go.
        const MOST: usize = i32::MAX as usize;
        let width = required(options.width, "width", MOST)?;
        let height = required(options.height, "height", MOST)?;
        let count = required(options.count, "count", u16::MAX.into())?;
        let data_type = options
            .dtype
            .ok_or_else(|| Error::usage("a new file needs a dtype: dtype(...) was not called"))?;
        // As in GDAL since 3.11, floats of 16 bits are a data type of their own.
        let halves = options.nbits == Some(16) && data_type == DataType::Float32;
        let data_type = if halves { DataType::Float16 } else { data_type };
        let whole = u16::try_from(data_type.size().saturating_mul(8)).unwrap_or(u16::MAX);
        // LERC holds whole numbers in as few bits as they need, and has no samples of other widths than data types have.
        let is_lerc = matches!(options.method(), Compress::Lerc | Compress::LercDeflate | Compress::LercZstd);
        let inherited = options.inherited.nbits.filter(|_| !is_lerc);
        let bits = options.nbits.or(inherited).unwrap_or(whole);
        if is_lerc && bits != whole {
            return Err(Error::usage(format!("NBITS={bits}: LERC holds all {whole} bits of {data_type}")));
        }
        let fits = bits == whole || has_nbits(data_type, bits);
        if !fits {
            return Err(Error::usage(format!(
                "NBITS={bits} for {data_type}: 1 to 7 for uint8, 9 to 15 for uint16, 17 to 31 for uint32, and 16 for \
                 float32 are possible"
            )));
        }
        let format = match data_type {
            DataType::Uint8 | DataType::Uint16 | DataType::Uint32 | DataType::Uint64 => SampleFormat::UINT,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => SampleFormat::INT,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => SampleFormat::FLOAT,
            DataType::ComplexInt16 | DataType::ComplexInt32 => SampleFormat::COMPLEX_INT,
            DataType::Complex64 | DataType::Complex128 => SampleFormat::COMPLEX_FLOAT,
        };
        if options.method().is_fax()
            && (bits != 1 || (count > 1 && options.wanted_interleave() == Interleave::Pixel))
        {
            let compress = options.method();
            return Err(Error::usage(format!(
                "{compress} is for single bits: NBITS=1, and INTERLEAVE=BAND for more than one band"
            )));
        }
        Ok(Self { width, height, count, data_type, bits, format })
    }
}

/// Whether samples of a data type can be written in so many bits, fewer than the type has.
pub(super) fn has_nbits(data_type: DataType, bits: u16) -> bool {
    match data_type {
        DataType::Uint8 => (1..=7).contains(&bits),
        DataType::Uint16 => (9..=15).contains(&bits),
        DataType::Uint32 => (17..=31).contains(&bits),
        _ => false,
    }
}

/// How the image is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunks {
    pub(super) tiled: bool,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Whether tiles can have so many columns or rows (TIFF 6.0, section 15), within reason.
pub(super) fn is_tile_size(size: usize) -> bool {
    (1..=1 << 20).contains(&size) && size.is_multiple_of(TILE_STEP)
}

impl Chunks {
    pub(super) fn of(options: &CreateOptions, shape: &Shape) -> Result<Self> {
        if options.tiled {
            let size = |size: Option<usize>, what: &str| {
                let size = size.unwrap_or(TILE);
                if !is_tile_size(size) {
                    return Err(Error::usage(format!("{what}={size}: tiles are multiples of 16 pixels")));
                }
                Ok(size)
            };
            let (columns, rows) = options.inherited.tile.unzip();
            let width = size(options.block_width.or(columns), "BLOCKXSIZE")?;
            let height = size(options.block_height.or(rows), "BLOCKYSIZE")?;
            return Ok(Self { tiled: true, width, height });
        }
        if let Some(width) = options.block_width {
            return Err(Error::usage(format!(
                "BLOCKXSIZE={width} needs TILED=YES: strips are as wide as the image"
            )));
        }
        let samples = if options.wanted_interleave() == Interleave::Pixel { shape.count } else { 1 };
        let row = shape.width.saturating_mul(samples).saturating_mul(shape.bits.into()).div_ceil(8);
        let height = shape.height;
        let mut rows = match options.block_height.or(options.inherited.strip) {
            Some(0) => return Err(Error::usage("BLOCKYSIZE=0: a strip has at least one row")),
            Some(rows) => rows.min(height),
            None => STRIP.checked_div(row).unwrap_or(STRIP).clamp(1, height),
        };
        // Strips of a JPEG hold whole units of 16 rows (TIFF tech note 2).
        if options.method() == Compress::Jpeg && rows < height {
            rows = rows.next_multiple_of(TILE_STEP).min(height);
        }
        if options.method() == Compress::Jxl {
            // The encoder has no images of a single row or column, and the last strip has what is left.
            let fits = |rows: usize| rows > 1 && height.checked_rem(rows) != Some(1) && shape.width > 1;
            if options.block_height.is_none() {
                rows = (rows..=height).find(|rows| fits(*rows)).unwrap_or(rows);
            }
            if !fits(rows) {
                return Err(Error::usage(
                    "COMPRESS=JXL: a strip has at least two columns and rows, the last one too; TILED=YES always does",
                ));
            }
        }
        Ok(Self { tiled: false, width: shape.width, height: rows })
    }
}

/// What the bands mean.
pub(super) struct Colours {
    pub(super) photometric: Photometric,
    /// What those beyond the colours mean.
    pub(super) extra: Vec<u16>,
}

impl Colours {
    pub(super) fn of(options: &CreateOptions, shape: &Shape) -> Result<Self> {
        let interp = &options.metadata.colorinterp;
        if !interp.is_empty() && interp.len() != shape.count {
            let (found, count) = (interp.len(), shape.count);
            return Err(Error::usage(format!(
                "colour interpretations of {found} bands, the file has {count}"
            )));
        }
        let is_rgb = is_rgb(interp);
        let has_map = !options.metadata.colormap.is_empty();
        let bytes = shape.data_type == DataType::Uint8;
        let photometric = match options.wanted_photometric() {
            Some(photometric) => photometric,
            None if has_map => Photometric::PALETTE,
            None if is_rgb => Photometric::RGB,
            None if interp.is_empty() && bytes && matches!(shape.count, 3 | 4) => Photometric::RGB,
            None => Photometric::MIN_IS_BLACK,
        };
        let colours = colours_of(photometric).ok_or_else(|| {
            Error::unsupported(format!("files of PHOTOMETRIC={photometric} are not written"))
        })?;
        let refuse = |why: &str| Err(Error::usage(format!("PHOTOMETRIC={photometric} {why}")));
        if shape.count < colours {
            return refuse(&format!("needs {colours} bands, the file has {}", shape.count));
        }
        if photometric == Photometric::YCBCR {
            let pixel = options.wanted_interleave() == Interleave::Pixel;
            if options.method() != Compress::Jpeg || !pixel || shape.count != 3 {
                return refuse("is for three bands with COMPRESS=JPEG and INTERLEAVE=PIXEL");
            }
        }
        let unsigned = matches!(shape.data_type, DataType::Uint8 | DataType::Uint16);
        if has_map && options.method() == Compress::Jpeg {
            return Err(Error::usage("COMPRESS=JPEG would make other indices of those into a colour map"));
        }
        if (photometric == Photometric::PALETTE) != has_map || (has_map && !unsigned) {
            return refuse("and a colour map go together, for uint8 and uint16");
        }
        let inherited = match options.inherited.premultiplied {
            true => Alpha::Premultiplied,
            false => Alpha::NonPremultiplied,
        };
        let extra = (colours..shape.count).map(|band| match (interp.get(band), options.alpha) {
            (Some(ColorInterp::Alpha), Some(alpha)) => code(alpha),
            (Some(ColorInterp::Alpha), None) => code(inherited),
            (Some(_), Some(alpha)) if band == colours && !interp.contains(&ColorInterp::Alpha) => code(alpha),
            (Some(_), _) => ExtraSample::UNSPECIFIED,
            (None, Some(alpha)) if band == colours => code(alpha),
            (None, None)
                if band == colours
                    && options.wanted_photometric().is_none()
                    && colours == 3
                    && shape.count == 4 =>
            {
                code(Alpha::NonPremultiplied)
            }
            _ => ExtraSample::UNSPECIFIED,
        });
        Ok(Self { photometric, extra: extra.map(|code| code.0).collect() })
    }
}

fn code(alpha: Alpha) -> ExtraSample {
    match alpha {
        Alpha::NonPremultiplied => ExtraSample::UNASSOCIATED_ALPHA,
        Alpha::Premultiplied => ExtraSample::ASSOCIATED_ALPHA,
        Alpha::Unspecified => ExtraSample::UNSPECIFIED,
    }
}

/// How many bands hold the colours; `None` for what is not written.
pub(super) fn colours_of(photometric: Photometric) -> Option<usize> {
    match photometric {
        Photometric::MIN_IS_BLACK | Photometric::MIN_IS_WHITE | Photometric::PALETTE => Some(1),
        Photometric::SEPARATED => Some(4),
        Photometric::RGB
        | Photometric::YCBCR
        | Photometric::CIELAB
        | Photometric::ICCLAB
        | Photometric::ITULAB => Some(3),
        _ => None,
    }
}

/// Whether bands begin with red, green and blue.
pub(super) fn is_rgb(bands: &[ColorInterp]) -> bool {
    matches!(bands, [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ..])
}

/// Whether values can be indices into a colour map: of a single band, or of two, the second one an alpha.
pub(super) fn is_indexable(image: &Image) -> bool {
    matches!(image.data_type, DataType::Uint8 | DataType::Uint16) && image.samples <= 2
}

/// Whether the floating-point predictor is written for a data type. GDAL does not write it for `float16`, though libtiff reads it.
pub(super) fn has_float_predictor(data_type: DataType) -> bool {
    matches!(data_type, DataType::Float32 | DataType::Float64)
}

/// What is done to samples before compression, if the method and the data type go with it.
pub(super) fn predictor(options: &CreateOptions, shape: &Shape) -> Result<Predictor> {
    let predictor = options.wanted_predictor();
    if predictor == Predictor::NONE {
        return Ok(predictor);
    }
    let refuse = |why: &str| Err(Error::usage(format!("PREDICTOR={} {why}", predictor.0)));
    if !options.method().has_predictor() {
        return refuse(&format!("is for LZW, DEFLATE, ZSTD and LZMA, not for {}", options.method()));
    }
    let (bits, data_type) = (shape.bits, shape.data_type);
    match predictor {
        Predictor::HORIZONTAL if matches!(bits, 8 | 16 | 32 | 64) => Ok(predictor),
        Predictor::FLOATING_POINT if has_float_predictor(data_type) => Ok(predictor),
        Predictor::HORIZONTAL => refuse(&format!("is for samples of 8, 16, 32 or 64 bits, not of {bits}")),
        Predictor::FLOATING_POINT => refuse(&format!("is for floats of 32 and 64 bits, not for {data_type}")),
        _ => refuse("is not defined: there are 1, 2 and 3"),
    }
}

/// Bits that are rounded away, for each band.
pub(super) fn discarded(options: &CreateOptions, shape: &Shape) -> Result<Vec<u8>> {
    let bits = match options.discard_lsb[..] {
        [] => return Ok(Vec::new()),
        [bits] => vec![bits; shape.count],
        ref bits if bits.len() == shape.count => bits.to_vec(),
        ref bits => {
            let (found, count) = (bits.len(), shape.count);
            return Err(Error::usage(format!("DISCARD_LSB of {found} bands, the file has {count}")));
        }
    };
    let most = match shape.data_type {
        DataType::Float16 => 10,
        DataType::Float32 => 23,
        DataType::Float64 => 52,
        data_type => data_type.size().saturating_mul(8).saturating_sub(1),
    };
    if !options.metadata.colormap.is_empty() {
        return Err(Error::usage("DISCARD_LSB would make other indices of those into a colour map"));
    }
    let whole = usize::from(shape.bits) == shape.data_type.size().saturating_mul(8);
    if !whole || shape.data_type.is_complex() {
        return Err(Error::usage("DISCARD_LSB is for whole numbers and floats of all their bits"));
    }
    if let Some(bits) = bits.iter().find(|bits| usize::from(**bits) > most) {
        let data_type = shape.data_type;
        return Err(Error::usage(format!("DISCARD_LSB={bits}: at most {most} are possible for {data_type}")));
    }
    Ok(bits)
}

/// How hard the method is to try; settings of other methods are refused.
pub(super) fn effort(options: &CreateOptions) -> Result<Effort> {
    let compress = options.method();
    let (key, range) = match compress {
        Compress::Deflate | Compress::LercDeflate => ("ZLEVEL", 1..=12),
        Compress::Zstd | Compress::LercZstd => ("ZSTD_LEVEL", 1..=22),
        Compress::Lzma => ("LZMA_PRESET", 0..=9),
        _ => ("", 0..=0),
    };
    let other = |what: &str| Err(Error::usage(format!("{what} says nothing to COMPRESS={compress}")));
    if let Some(level) = options.level {
        match options.level_key {
            Some(given) if given != key => return other(given),
            _ if key.is_empty() => return other("a level"),
            _ if !range.contains(&level) => {
                let (first, last) = (range.start(), range.end());
                return Err(Error::usage(format!("{key}={level}: {first} to {last} are possible")));
            }
            _ => {}
        }
    }
    let mut effort = Effort { level: options.level, ..Effort::default() };
    if let Some(error) = options.max_z_error {
        if !matches!(compress, Compress::Lerc | Compress::LercDeflate | Compress::LercZstd) {
            return other("MAX_Z_ERROR");
        }
        if !(error >= 0.0 && error.is_finite()) {
            return Err(Error::usage(format!("MAX_Z_ERROR={error}: a number from 0 on is possible")));
        }
        if error > 0.0 && !options.byte_order.is_native() {
            return Err(Error::unsupported(
                "MAX_Z_ERROR beyond 0 in the other byte order than this machine's",
            ));
        }
        effort.max_z_error = error;
    }
    if let Some(quality) = options.wanted_quality() {
        if compress != Compress::Jpeg {
            return other("JPEG_QUALITY");
        }
        if !(1..=100).contains(&quality) {
            return Err(Error::usage(format!("JPEG_QUALITY={quality}: 1 to 100 are possible")));
        }
        effort.quality = quality;
    }
    if let Some(mode) = options.jpeg_tables {
        if compress != Compress::Jpeg {
            return other("JPEGTABLESMODE");
        }
        effort.jpeg_tables = JpegTables { quantization: mode & 1 != 0, huffman: mode & 2 != 0 };
    }
    Ok(effort)
}
