//! Options as GDAL and rasterio name them.

use std::str::FromStr;

use super::choices::{Alpha, Beside, BigTiff, GeoKeysFlavor, Interleave, TagProfile};
use super::options::CreateOptions;
use crate::bytes::ByteOrder;
use crate::error::{Error, Result};
use crate::metadata::COLOR_PROFILE;
use crate::tag::{Photometric, Predictor};

/// Names that an option has, with what they set.
type Setter = fn(&mut CreateOptions, &str, &'static str) -> Result<()>;

/// All options, by name.
const OPTIONS: [(&str, Setter); 53] = [
    ("ALPHA", |options, value, _| set(&mut options.alpha, value.parse::<Alpha>())),
    ("APPEND_SUBDATASET", |options, value, key| put(&mut options.appends, yes(key, value))),
    ("BIGTIFF", |options, value, _| put(&mut options.bigtiff, value.parse::<BigTiff>())),
    ("BLOCKXSIZE", |options, value, key| set(&mut options.block_width, number(key, value))),
    ("BLOCKYSIZE", |options, value, key| set(&mut options.block_height, number(key, value))),
    ("BLOCKSIZE_OVERVIEW", |options, value, key| set(&mut options.overviews.block_size, number(key, value))),
    ("COLOR_TABLE_MULTIPLIER", |options, value, key| {
        put(&mut options.color_table_multiplier, number(key, value))
    }),
    ("COMPRESS", |options, value, _| set(&mut options.compress, value.parse())),
    ("COMPRESS_OVERVIEW", |options, value, _| set(&mut options.overviews.compress, value.parse())),
    ("COPY_SRC_OVERVIEWS", |options, value, key| put(&mut options.copy_overviews, yes(key, value))),
    ("COUNT", |options, value, key| set(&mut options.count, number(key, value))),
    ("DISCARD_LSB", |options, value, key| {
        let bits = value.split(',').map(|bits| number(key, bits.trim())).collect();
        put(&mut options.discard_lsb, bits)
    }),
    ("DRIVER", |_, value, key| one_of(key, value, &["GTIFF"]).map(drop)),
    ("DTYPE", |options, value, _| set(&mut options.dtype, value.parse())),
    ("ENDIANNESS", |options, value, key| put(&mut options.byte_order, byte_order(key, value))),
    ("GEOTIFF_KEYS_FLAVOR", |options, value, _| {
        put(&mut options.metadata.flavor, value.parse::<GeoKeysFlavor>())
    }),
    ("GEOTIFF_VERSION", |options, value, key| {
        options.metadata.geotiff_version = match one_of(key, value, &["AUTO", "1.0", "1.1"])? {
            "1.0" => Some((1, 0)),
            "1.1" => Some((1, 1)),
            _ => None,
        };
        Ok(())
    }),
    ("HEIGHT", |options, value, key| set(&mut options.height, number(key, value))),
    ("INTERLEAVE", |options, value, _| set(&mut options.interleave, value.parse::<Interleave>())),
    ("JPEGTABLESMODE", |options, value, key| {
        set(
            &mut options.jpeg_tables,
            one_of(key, value, &["0", "1", "2", "3"]).and_then(|mode| number(key, mode)),
        )
    }),
    ("JPEG_QUALITY", |options, value, key| set(&mut options.jpeg_quality, number(key, value))),
    ("JPEG_QUALITY_OVERVIEW", |options, value, key| {
        set(&mut options.overviews.jpeg_quality, number(key, value))
    }),
    ("JXL_LOSSLESS", |_, value, key| lossless(key, value, "JPEG XL")),
    ("LZMA_PRESET", level),
    ("MAX_Z_ERROR", |options, value, key| set(&mut options.max_z_error, number(key, value))),
    ("MAX_Z_ERROR_OVERVIEW", |options, value, key| {
        set(&mut options.overviews.max_z_error, number(key, value))
    }),
    ("NBITS", |options, value, key| set(&mut options.nbits, number(key, value))),
    ("NUM_THREADS", |options, value, key| put(&mut options.parallel, threads(key, value))),
    ("PHOTOMETRIC", |options, value, key| set(&mut options.photometric, photometric(key, value))),
    ("PREDICTOR", |options, value, key| set(&mut options.predictor, predictor(key, value))),
    ("PREDICTOR_OVERVIEW", |options, value, key| {
        set(&mut options.overviews.predictor, predictor(key, value))
    }),
    ("PROFILE", |options, value, _| put(&mut options.profile, value.parse::<TagProfile>())),
    ("RPB", |options, value, key| beside(options, key, value, Beside::Rpb)),
    ("RPCTXT", |options, value, key| beside(options, key, value, Beside::RpcTxt)),
    ("SOURCE_ICC_PROFILE", colour),
    ("SOURCE_PRIMARIES_BLUE", colour),
    ("SOURCE_PRIMARIES_GREEN", colour),
    ("SOURCE_PRIMARIES_RED", colour),
    ("SOURCE_WHITEPOINT", colour),
    ("SPARSE_OK", |options, value, key| put(&mut options.sparse, yes(key, value))),
    ("STATISTICS", |options, value, key| put(&mut options.statistics, yes(key, value))),
    ("STREAMABLE_OUTPUT", |options, value, key| put(&mut options.streamable, yes(key, value))),
    ("TFW", |options, value, key| beside(options, key, value, Beside::WorldFile)),
    ("TIFFTAG_TRANSFERFUNCTION_BLUE", colour),
    ("TIFFTAG_TRANSFERFUNCTION_GREEN", colour),
    ("TIFFTAG_TRANSFERFUNCTION_RED", colour),
    ("TILED", |options, value, key| put(&mut options.tiled, yes(key, value))),
    ("WEBP_LOSSLESS", |_, value, key| lossless(key, value, "WebP")),
    ("WIDTH", |options, value, key| set(&mut options.width, number(key, value))),
    ("ZLEVEL", level),
    ("ZLEVEL_OVERVIEW", |options, value, key| set(&mut options.overviews.level, number(key, value))),
    ("ZSTD_LEVEL", level),
    ("ZSTD_LEVEL_OVERVIEW", |options, value, key| set(&mut options.overviews.level, number(key, value))),
];

/// Options that rasterio has besides those of the driver: an error does not offer them to users of a program.
pub(super) const OF_RASTERIO: [&str; 5] = ["COUNT", "DRIVER", "DTYPE", "HEIGHT", "WIDTH"];

/// Options of encoders that are not there.
const UNSUPPORTED: [&str; 4] = ["JXL_ALPHA_DISTANCE", "JXL_DISTANCE", "JXL_EFFORT", "WEBP_LEVEL"];

impl CreateOptions {
    /// Sets an option by the name and with the value that GDAL has for it (`COMPRESS`, `DEFLATE`), both in any case;
    /// `WIDTH`, `HEIGHT`, `COUNT`, `DTYPE` and `DRIVER` are options too, as in rasterio.
    ///
    /// # Errors
    ///
    /// When there is no such option or value: the error lists those there are.
    ///
    /// ```
    /// use memtiff_geotiff::CreateOptions;
    ///
    /// let error = CreateOptions::new().option("COMPRESS", "ZSTANDARD").unwrap_err();
    /// assert!(error.to_string().contains("ZSTD"));
    /// let error = CreateOptions::new().option("COMPRESSION", "ZSTD").unwrap_err();
    /// assert!(error.to_string().contains("COMPRESS"));
    /// ```
    pub fn option(mut self, key: &str, value: &str) -> Result<Self> {
        let name = key.trim().to_ascii_uppercase();
        match OPTIONS.iter().find(|(known, _)| *known == name) {
            Some((known, set)) => {
                set(&mut self, value.trim(), known).map_err(|error| error_of(known, value, error))?;
                Ok(self)
            }
            None if UNSUPPORTED.contains(&name.as_str()) => {
                Err(Error::unsupported(format!("{name}: no encoder in pure Rust is known that has it")))
            }
            None => {
                let mut names = OPTIONS.map(|(name, _)| name).to_vec();
                names.retain(|name| !OF_RASTERIO.contains(name));
                let names = names.join(", ");
                Err(Error::usage(format!("no creation option {name:?}; there are {names}")))
            }
        }
    }
}

/// Says which option it was, where the error does not.
pub(super) fn error_of(key: &str, value: &str, error: Error) -> Error {
    let message = error.to_string();
    let message = message.strip_prefix("wrong use: ").unwrap_or(&message);
    if message.starts_with(key) {
        error
    } else {
        Error::other(error.kind(), format!("{key}={value}: {message}"))
    }
}

fn beside(options: &mut CreateOptions, key: &str, value: &str, text: Beside) -> Result<()> {
    options.beside.retain(|other| *other != text);
    if yes(key, value)? {
        options.beside.push(text);
    }
    Ok(())
}

/// An item of the domain that holds what samples mean as colour.
fn colour(options: &mut CreateOptions, value: &str, key: &'static str) -> Result<()> {
    let items = options.metadata.items.dataset.entry(COLOR_PROFILE.to_owned()).or_default();
    items.insert(key.to_owned(), value.to_owned());
    Ok(())
}

pub(super) fn put<T>(place: &mut T, value: Result<T>) -> Result<()> {
    *place = value?;
    Ok(())
}

pub(super) fn set<T>(place: &mut Option<T>, value: Result<T>) -> Result<()> {
    put(place, value.map(Some))
}

fn level(options: &mut CreateOptions, value: &str, key: &'static str) -> Result<()> {
    options.level_key = Some(key);
    set(&mut options.level, number(key, value))
}

pub(super) fn number<T: FromStr>(key: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| Error::usage(format!("{key}={value}: a number is needed that fits")))
}

/// One of some words, in any case.
pub(super) fn one_of<'w>(key: &str, value: &str, words: &[&'w str]) -> Result<&'w str> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(value));
    found.copied().ok_or_else(|| Error::usage(format!("{key}={value}: there are {}", words.join(", "))))
}

pub(super) fn yes(key: &str, value: &str) -> Result<bool> {
    Ok(matches!(
        one_of(key, value, &["YES", "TRUE", "ON", "1", "NO", "FALSE", "OFF", "0"])?,
        "YES" | "TRUE" | "ON" | "1"
    ))
}

/// Of a method that can lose something, but not here.
fn lossless(key: &str, value: &str, method: &str) -> Result<()> {
    if yes(key, value)? {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "lossy {method} is read only: no encoder in pure Rust is known that can be taken"
    )))
}

fn threads(key: &str, value: &str) -> Result<bool> {
    if value.eq_ignore_ascii_case("ALL_CPUS") {
        return Ok(true);
    }
    number::<usize>(key, value).map(|threads| threads > 1)
}

pub(super) fn predictor(key: &str, value: &str) -> Result<Predictor> {
    one_of(key, value, &["1", "2", "3"]).and_then(|code| number(key, code)).map(Predictor)
}

fn byte_order(key: &str, value: &str) -> Result<ByteOrder> {
    Ok(match one_of(key, value, &["NATIVE", "LITTLE", "BIG", "INVERTED"])? {
        "LITTLE" => ByteOrder::Little,
        "BIG" => ByteOrder::Big,
        "INVERTED" => ByteOrder::NATIVE.other(),
        _ => ByteOrder::NATIVE,
    })
}

fn photometric(key: &str, value: &str) -> Result<Photometric> {
    let all = [
        Photometric::MIN_IS_BLACK,
        Photometric::MIN_IS_WHITE,
        Photometric::RGB,
        Photometric::SEPARATED,
        Photometric::YCBCR,
        Photometric::CIELAB,
        Photometric::ICCLAB,
        Photometric::ITULAB,
        Photometric::PALETTE,
    ];
    let names = all.map(|known| known.name().unwrap_or_default());
    let name = one_of(key, value, &names)?;
    Ok(all.into_iter().find(|known| known.name() == Some(name)).unwrap_or(Photometric::MIN_IS_BLACK))
}
