//! Options as GDAL's COG driver names them.

use super::cog::{CogOptions, CogOverviews};
use super::key_value::{OF_RASTERIO, error_of, number, one_of, put, set, yes};
use super::options::CreateOptions;
use crate::error::{Error, Result};
use crate::resample::Resampling;
use crate::tag::Predictor;

type Setter = fn(&mut CogOptions, &str, &'static str) -> Result<()>;

/// Those that the driver has in its own way.
const OPTIONS: [(&str, Setter); 13] = [
    ("BLOCKSIZE", |options, value, key| set(&mut options.block_size, number(key, value))),
    ("DRIVER", |_, value, key| one_of(key, value, &["COG"]).map(drop)),
    ("LEVEL", |options, value, key| set(&mut options.create.level, number(key, value))),
    ("OVERVIEWS", |options, value, key| {
        options.existing =
            match one_of(key, value, &["AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"])? {
                "IGNORE_EXISTING" => CogOverviews::IgnoreExisting,
                "FORCE_USE_EXISTING" => CogOverviews::ForceUseExisting,
                "NONE" => CogOverviews::None,
                _ => CogOverviews::Auto,
            };
        Ok(())
    }),
    ("OVERVIEW_COMPRESS", |options, value, key| match one_of(key, value, &["AUTO"]) {
        Ok(_) => put(&mut options.overviews.compress, Ok(None)),
        Err(_) => set(&mut options.overviews.compress, value.parse()),
    }),
    ("OVERVIEW_COUNT", |options, value, key| set(&mut options.count, number(key, value))),
    ("OVERVIEW_PREDICTOR", |options, value, key| {
        let (of_type, predictor) = predictor(key, value)?;
        (options.overview_predictor_of_type, options.overviews.predictor) = (of_type, Some(predictor));
        Ok(())
    }),
    ("OVERVIEW_QUALITY", |options, value, key| set(&mut options.overviews.jpeg_quality, number(key, value))),
    ("OVERVIEW_RESAMPLING", |options, value, _| set(&mut options.resampling, resampling(value))),
    ("PREDICTOR", |options, value, key| {
        let (of_type, predictor) = predictor(key, value)?;
        (options.predictor_of_type, options.create.predictor) = (of_type, Some(predictor));
        Ok(())
    }),
    ("QUALITY", |options, value, key| set(&mut options.quality, number(key, value))),
    ("RESAMPLING", |options, value, _| set(&mut options.resampling_of_all, resampling(value))),
    ("STATISTICS", |options, value, key| match one_of(key, value, &["AUTO"]) {
        // Those that a source has are copied in any case.
        Ok(_) => put(&mut options.create.statistics, Ok(false)),
        Err(_) => {
            put(&mut options.create.statistics, yes(key, value))?;
            if !options.create.statistics {
                options.create.metadata.forget_statistics();
            }
            Ok(())
        }
    }),
];

/// Those that it has as the GTiff driver does.
const SHARED: [&str; 16] = [
    "BIGTIFF",
    "COUNT",
    "COMPRESS",
    "DTYPE",
    "ENDIANNESS",
    "GEOTIFF_VERSION",
    "HEIGHT",
    "INTERLEAVE",
    "JXL_LOSSLESS",
    "MAX_Z_ERROR",
    "MAX_Z_ERROR_OVERVIEW",
    "NBITS",
    "NUM_THREADS",
    "SPARSE_OK",
    "WEBP_LOSSLESS",
    "WIDTH",
];

/// Those for which an image would have to be warped.
const UNSUPPORTED: [&str; 9] = [
    "ADD_ALPHA",
    "ALIGNED_LEVELS",
    "EXTENT",
    "RES",
    "TARGET_SRS",
    "TILING_SCHEME",
    "WARP_RESAMPLING",
    "ZOOM_LEVEL",
    "ZOOM_LEVEL_STRATEGY",
];

impl CogOptions {
    /// Sets an option by the name and with the value that GDAL's COG driver has for it, both in any case.
    ///
    /// # Errors
    ///
    /// When there is no such option or value: the error lists those there are. Tiling schemes, and all else that would need
    /// the image to be warped, are refused by name.
    pub fn option(mut self, key: &str, value: &str) -> Result<Self> {
        let name = key.trim().to_ascii_uppercase();
        if let Some((known, set)) = OPTIONS.iter().find(|(known, _)| *known == name) {
            set(&mut self, value.trim(), known).map_err(|error| error_of(known, value, error))?;
            return Ok(self);
        }
        if SHARED.contains(&name.as_str()) {
            let create = std::mem::take(&mut self.create);
            self.create = CreateOptions::option(create, &name, value)?;
            return Ok(self);
        }
        if UNSUPPORTED.contains(&name.as_str()) {
            return Err(Error::unsupported(format!("the option {name}: images are not warped")));
        }
        let mut names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).chain(SHARED).collect();
        names.retain(|name| !OF_RASTERIO.contains(name));
        names.sort_unstable();
        Err(Error::usage(format!("no option {name:?} of the COG driver; there are {}", names.join(", "))))
    }
}

/// Whether it is that of the data type; else which.
fn predictor(key: &str, value: &str) -> Result<(bool, Predictor)> {
    Ok(match one_of(key, value, &["YES", "NO", "STANDARD", "FLOATING_POINT", "1", "2", "3"])? {
        "YES" => (true, Predictor::NONE),
        "STANDARD" | "2" => (false, Predictor::HORIZONTAL),
        "FLOATING_POINT" | "3" => (false, Predictor::FLOATING_POINT),
        _ => (false, Predictor::NONE),
    })
}

/// GDAL's names are rasterio's, but for one.
fn resampling(value: &str) -> Result<Resampling> {
    match value.to_ascii_lowercase().as_str() {
        "cubicspline" => Ok(Resampling::CubicSpline),
        name => name.parse(),
    }
}
