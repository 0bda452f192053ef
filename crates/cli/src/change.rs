//! `memtiff edit` and `memtiff overviews`: a file changed where it is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use memtiff::{
    Affine, Bytes, ColorInterp, Crs, DatasetWriter, Items, MemoryFile, OverviewOptions, Resampling,
    UpdateOptions,
};

use crate::failure::{Failure, STANDARD};
use crate::values::{self, NodataValue};
use crate::{input, output, progress};

/// Change what a file says of its pixels
///
/// Pixels stay as they are, to the last byte. A cloud-optimized GeoTIFF stays one.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// The CRS: EPSG:4326 or WKT
    #[arg(long, value_parser = values::crs)]
    crs: Option<Crs>,
    /// The transform from pixel corners to coordinates
    #[arg(long, value_name = "A,B,C,D,E,F", value_parser = values::transform, allow_hyphen_values = true)]
    transform: Option<Affine>,
    /// The value that means "nothing here", or `none`
    #[arg(long, value_name = "VALUE", value_parser = values::nodata, allow_hyphen_values = true)]
    nodata: Option<NodataValue>,
    /// An item of metadata; without a value it is taken away
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = values::pair)]
    tags: Vec<(String, String)>,
    /// The description of a band
    #[arg(long, value_name = "BAND=TEXT", value_parser = values::of_band)]
    description: Vec<(usize, String)>,
    /// The unit of a band
    #[arg(long, value_name = "BAND=TEXT", value_parser = values::of_band)]
    unit: Vec<(usize, String)>,
    /// What the bands are, as colour: red,green,blue,alpha
    #[arg(long, value_delimiter = ',', value_name = "COLOUR,...")]
    colorinterp: Vec<ColorInterp>,
    /// Leave out bytes that nothing leads to any more
    #[arg(long)]
    repack: bool,
}

/// Build overviews inside a file
///
/// A cloud-optimized GeoTIFF stays one.
#[derive(Debug, Args)]
pub(crate) struct Overviews {
    /// The file
    file: PathBuf,
    /// By how much each is reduced: 2 4 8 [default: powers of two until one fits into a tile]
    factors: Vec<usize>,
    #[command(flatten)]
    target: Target,
    /// How pixels are made: nearest, bilinear, cubic, cubic_spline, lanczos, average, mode, gauss, max, min, med, q1, q3,
    /// sum, rms
    #[arg(long, value_name = "METHOD", default_value_t = Resampling::Nearest)]
    resampling: Resampling,
    /// Take away those that are there
    #[arg(long, conflicts_with = "factors")]
    remove: bool,
}

#[derive(Debug, Args)]
struct Target {
    /// Where the changed file goes; `-` for standard output [default: in the place of the file]
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

impl Target {
    fn change(
        &self,
        file: &Path,
        repack: bool,
        change: impl FnOnce(&mut DatasetWriter<'_>) -> memtiff::Result<()>,
    ) -> Result<(), Failure> {
        let plain = file == Path::new(STANDARD) || input::archive(file).is_some();
        let mut memory =
            if plain { MemoryFile::from_bytes(input::bytes(file)?) } else { input::with_companions(file)? };
        let before = Sidecars::of(&memory);
        let changed = self.change_in_memory(&mut memory, repack, change);
        changed.map_err(|error| Failure::of_file(file, &error))?;
        let output = self.output.as_deref().unwrap_or(file);
        let after = Sidecars::of(&memory);
        // Sidecars first: an old one would override what the file says.
        let removed = after.write(&before, file, output)?;
        output::write(output, &memory.getbuffer())?;
        for path in removed {
            std::fs::remove_file(&path).map_err(|error| Failure::writing(&path, &error))?;
        }
        Ok(())
    }

    fn change_in_memory(
        &self,
        memory: &mut MemoryFile,
        repack: bool,
        change: impl FnOnce(&mut DatasetWriter<'_>) -> memtiff::Result<()>,
    ) -> memtiff::Result<()> {
        let structure = memory.open()?.tags_in("IMAGE_STRUCTURE")?;
        let is_cog = structure.get("LAYOUT").is_some_and(|layout| layout == "COG");
        let mut writer = memory.update_with(UpdateOptions::new().page(self.page).break_cog_layout(true))?;
        change(&mut writer)?;
        writer.close()?;
        if repack || is_cog {
            memory.repack()?;
        }
        Ok(())
    }
}

/// The files beside a file in memory, by their names.
struct Sidecars(BTreeMap<String, Bytes>);

impl Sidecars {
    fn of(memory: &MemoryFile) -> Self {
        let vfs = memory.vfs();
        let files = vfs.list("/").unwrap_or_default();
        let beside = files.iter().filter(|entry| entry.path().to_string() != memory.name());
        Self(
            beside
                .filter_map(|entry| Some((entry.path().file_name().to_owned(), vfs.read(entry.path()).ok()?)))
                .collect(),
        )
    }

    /// Writes the sidecars that a change has left or made: those that differ from the ones before in the place of the
    /// file, all of them beside another output. Gives the paths of those to be removed.
    fn write(&self, before: &Self, file: &Path, output: &Path) -> Result<Vec<PathBuf>, Failure> {
        let in_place = output == file;
        let written: Vec<_> =
            self.0.iter().filter(|(name, bytes)| !in_place || before.0.get(*name) != Some(*bytes)).collect();
        if output == Path::new(STANDARD) {
            let made = written.iter().find(|(name, bytes)| before.0.get(*name) != Some(*bytes));
            return match made {
                Some((name, _)) => Err(Failure::usage(format!("{name} cannot stand beside standard output"))),
                None => Ok(Vec::new()),
            };
        }
        for (name, bytes) in written {
            output::write(&beside(name, file, output), bytes)?;
        }
        if !in_place {
            return Ok(Vec::new());
        }
        let removed = before.0.keys().filter(|name| !self.0.contains_key(*name));
        Ok(removed.map(|name| file.with_file_name(name)).collect())
    }
}

/// The path of a sidecar of `file`, under the name that it has beside `output`.
fn beside(name: &str, file: &Path, output: &Path) -> PathBuf {
    let text =
        |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
    let whole = name.strip_prefix(&text(file.file_name())).map(|rest| text(output.file_name()) + rest);
    let stem = || name.strip_prefix(&text(file.file_stem())).map(|rest| text(output.file_stem()) + rest);
    output.with_file_name(whole.or_else(stem).unwrap_or_else(|| name.to_owned()))
}

impl Edit {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.target.change(&self.file, self.repack, |writer| self.apply(writer))
    }

    fn apply(&self, writer: &mut DatasetWriter<'_>) -> memtiff::Result<()> {
        if let Some(crs) = &self.crs {
            writer.set_crs(crs.clone())?;
        }
        if let Some(transform) = self.transform {
            writer.set_transform(transform);
        }
        match self.nodata {
            Some(NodataValue::Value(nodata)) => writer.set_nodata(Some(nodata))?,
            Some(NodataValue::None) => writer.set_nodata(None::<f64>)?,
            None => {}
        }
        if !self.tags.is_empty() {
            writer.update_tags("", Items::from_iter(self.tags.iter().cloned()))?;
        }
        for (band, text) in &self.description {
            writer.set_description(*band, text)?;
        }
        for (band, text) in &self.unit {
            writer.set_unit(*band, text)?;
        }
        if self.colorinterp.is_empty() { Ok(()) } else { writer.set_colorinterp(&self.colorinterp) }
    }
}

impl Overviews {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let _busy = progress::busy("overviews");
        self.target.change(&self.file, self.remove, |writer| {
            if self.remove {
                writer.remove_overviews();
                return Ok(());
            }
            let options = OverviewOptions::new().factors(self.factors.iter().copied());
            writer.build_overviews_with(&options.resampling(self.resampling))
        })
    }
}
