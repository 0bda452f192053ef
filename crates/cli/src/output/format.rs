//! Formats of output files, and what their names may be.

use std::path::Path;

use crate::failure::Failure;

/// What a command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Tiff,
    Png,
    Npy,
}

/// Extensions of the formats that are written; GDAL reads the first three of a TIFF as one, and masks and overviews
/// are TIFFs too.
const TIFF: &[&str] = &["tif", "tiff", "gtiff", "btf", "gtif", "ovr", "msk"];
const PNG: &[&str] = &["png"];
const NPY: &[&str] = &["npy"];

/// Extensions of other rasters.
pub(super) const RASTERS: &[&str] = &[
    "tif", "tiff", "gtiff", "btf", "gtif", "png", "jpg", "jpeg", "jpe", "jfif", "jp2", "j2k", "jpx", "j2c",
    "jxl", "webp", "gif", "bmp", "img", "ecw", "sid", "bil", "bip", "bsq", "dem", "asc", "pgm", "ppm",
    "heic", "heif", "avif", "ntf", "nitf", "vrt",
];

/// Extensions of other formats that a file must not be named after.
const OTHERS: &[&str] = &[
    "npz", "nc", "nc4", "cdf", "h5", "hdf", "hdf5", "he5", "grb", "grb2", "grib", "grib2", "zarr", "zip",
    "gz", "tgz", "tar", "bz2", "xz", "zst", "7z", "json", "geojson", "xml", "html", "htm", "txt", "csv",
    "tsv", "md", "pdf", "svg", "ps", "eps", "kml", "kmz", "gml", "gpkg", "shp", "shx", "dbf", "prj",
    "parquet", "sqlite", "db", "las", "laz", "mbtiles", "pmtiles", "tfw", "tifw", "tiffw", "wld", "pgw",
    "jgw", "rpb", "rpc", "tab", "py", "rs", "js", "yaml", "yml", "toml", "exe", "dll", "so", "doc", "docx",
    "xls", "xlsx", "mp4", "mov",
];

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Tiff => "a TIFF",
            Self::Png => "a PNG image",
            Self::Npy => "a NumPy array",
        }
    }

    const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Tiff => TIFF,
            Self::Png => PNG,
            Self::Npy => NPY,
        }
    }

    /// Refuses a name that says another format. A name without an extension, or with an unknown one, says none.
    pub(super) fn check_name(self, path: &Path) -> Result<(), Failure> {
        let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else {
            return Ok(());
        };
        let extension = extension.to_ascii_lowercase();
        let is_in = |list: &[&str]| list.contains(&extension.as_str());
        let is_known = [TIFF, PNG, NPY, RASTERS, OTHERS].into_iter().any(is_in);
        if is_in(self.extensions()) || !is_known {
            return Ok(());
        }
        let example = self.extensions().first().copied().unwrap_or_default();
        Err(Failure::usage(format!(
            "{} would be {}, and .{extension} is the extension of another format: use .{example}",
            path.display(),
            self.name(),
        )))
    }
}
