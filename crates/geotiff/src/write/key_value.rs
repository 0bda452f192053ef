//! Options as GDAL and rasterio name them.

use std::str::FromStr;

use super::options::{Alpha, BigTiff, Compress, CreateOptions, Interleave, TagProfile};
use crate::bytes::ByteOrder;
use crate::error::{Error, Result};
use crate::tag::{Photometric, Predictor};

/// Names that an option has, with what they set.
type Setter = fn(&mut CreateOptions, &str, &'static str) -> Result<()>;

/// All options, by name.
const OPTIONS: [(&str, Setter); 25] = [
    ("ALPHA", |options, value, _| set(&mut options.alpha, value.parse::<Alpha>())),
    ("BIGTIFF", |options, value, _| put(&mut options.bigtiff, value.parse::<BigTiff>())),
    ("BLOCKXSIZE", |options, value, key| set(&mut options.block_width, number(key, value))),
    ("BLOCKYSIZE", |options, value, key| set(&mut options.block_height, number(key, value))),
    ("COMPRESS", |options, value, _| put(&mut options.compress, compress(value))),
    ("COUNT", |options, value, key| set(&mut options.count, number(key, value))),
    ("DRIVER", |_, value, key| one_of(key, value, &["GTIFF"]).map(drop)),
    ("DTYPE", |options, value, _| set(&mut options.dtype, value.to_ascii_lowercase().parse())),
    ("ENDIANNESS", |options, value, key| put(&mut options.byte_order, byte_order(key, value))),
    ("HEIGHT", |options, value, key| set(&mut options.height, number(key, value))),
    ("INTERLEAVE", |options, value, _| put(&mut options.interleave, value.parse::<Interleave>())),
    ("JPEGTABLESMODE", |options, value, key| {
        set(
            &mut options.jpeg_tables,
            one_of(key, value, &["0", "1", "2", "3"]).and_then(|mode| number(key, mode)),
        )
    }),
    ("JPEG_QUALITY", |options, value, key| set(&mut options.jpeg_quality, number(key, value))),
    ("LZMA_PRESET", level),
    ("MAX_Z_ERROR", |options, value, key| set(&mut options.max_z_error, number(key, value))),
    ("NBITS", |options, value, key| set(&mut options.nbits, number(key, value))),
    ("NUM_THREADS", |options, value, key| put(&mut options.parallel, threads(key, value))),
    ("PHOTOMETRIC", |options, value, key| set(&mut options.photometric, photometric(key, value))),
    ("PREDICTOR", |options, value, key| {
        let code = one_of(key, value, &["1", "2", "3"]).and_then(|code| number(key, code));
        put(&mut options.predictor, code.map(Predictor))
    }),
    ("PROFILE", |options, value, _| put(&mut options.profile, value.parse::<TagProfile>())),
    ("SPARSE_OK", |options, value, key| put(&mut options.sparse, yes(key, value))),
    ("TILED", |options, value, key| put(&mut options.tiled, yes(key, value))),
    ("WIDTH", |options, value, key| set(&mut options.width, number(key, value))),
    ("ZLEVEL", level),
    ("ZSTD_LEVEL", level),
];

/// Options that GDAL has and that mean something that is not done here.
const UNSUPPORTED: [&str; 12] = [
    "APPEND_SUBDATASET",
    "COLOR_PROFILE",
    "COPY_SRC_OVERVIEWS",
    "DISCARD_LSB",
    "GEOTIFF_KEYS_FLAVOR",
    "GEOTIFF_VERSION",
    "JXL_LOSSLESS",
    "RPB",
    "RPCTXT",
    "STREAMABLE_OUTPUT",
    "TFW",
    "WEBP_LEVEL",
];

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
                Err(Error::unsupported(format!("the creation option {name} is not implemented")))
            }
            None => {
                let names = OPTIONS.map(|(name, _)| name).join(", ");
                Err(Error::usage(format!("no creation option {name:?}; there are {names}")))
            }
        }
    }
}

/// Says which option it was, where the error does not.
fn error_of(key: &str, value: &str, error: Error) -> Error {
    let message = error.to_string();
    let message = message.strip_prefix("wrong use: ").unwrap_or(&message);
    if message.starts_with(key) {
        error
    } else {
        Error::other(error.kind(), format!("{key}={value}: {message}"))
    }
}

fn put<T>(place: &mut T, value: Result<T>) -> Result<()> {
    *place = value?;
    Ok(())
}

fn set<T>(place: &mut Option<T>, value: Result<T>) -> Result<()> {
    put(place, value.map(Some))
}

fn level(options: &mut CreateOptions, value: &str, key: &'static str) -> Result<()> {
    options.level_key = Some(key);
    set(&mut options.level, number(key, value))
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| Error::usage(format!("{key}={value}: a number is needed that fits")))
}

/// One of some words, in any case.
fn one_of<'w>(key: &str, value: &str, words: &[&'w str]) -> Result<&'w str> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(value));
    found.copied().ok_or_else(|| Error::usage(format!("{key}={value}: there are {}", words.join(", "))))
}

fn yes(key: &str, value: &str) -> Result<bool> {
    Ok(matches!(
        one_of(key, value, &["YES", "TRUE", "ON", "1", "NO", "FALSE", "OFF", "0"])?,
        "YES" | "TRUE" | "ON" | "1"
    ))
}

fn threads(key: &str, value: &str) -> Result<bool> {
    if value.eq_ignore_ascii_case("ALL_CPUS") {
        return Ok(true);
    }
    number::<usize>(key, value).map(|threads| threads > 1)
}

/// The methods that are read only are refused by name.
fn compress(value: &str) -> Result<Compress> {
    if value.eq_ignore_ascii_case("JXL") {
        return Err(Error::unsupported("JXL is read only: no encoder in pure Rust is known"));
    }
    value.parse()
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
