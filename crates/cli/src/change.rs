//! `memtiff edit` and `memtiff overviews`: a file changed where it is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;
use memtiff::{
    Affine, Bytes, ColorInterp, DatasetWriter, Items, MemoryFile, OverviewOptions, Resampling, UpdateOptions,
};

use crate::failure::{Failure, STANDARD};
use crate::limits::limits;
use crate::output::{Format, Original, Output};
use crate::values::{self, CrsValue, NodataValue};
use crate::{input, names, output, progress, warnings};

/// Change what a file says of its pixels
///
/// Pixels stay as they are, to the last byte. A cloud-optimized GeoTIFF stays one.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// The CRS: EPSG:4326, WKT, or `none`
    #[arg(long, value_parser = values::crs)]
    crs: Option<CrsValue>,
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
    /// Go on with the pixels of damaged blocks that can be decoded: damage is a warning instead of an error
    #[arg(long)]
    ignore_damage: bool,
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
        ignore_damage: bool,
        change: impl FnOnce(&mut DatasetWriter<'_>) -> memtiff::Result<()>,
    ) -> Result<(), Failure> {
        let change = |writer: &mut DatasetWriter<'_>| {
            let changed = change(writer);
            let refused = warnings::refuse(file, &writer.take_read_warnings(), ignore_damage);
            changed.and(refused)
        };
        let to = self.output.as_deref().unwrap_or(file);
        let in_place =
            file != Path::new(STANDARD) && (self.output.is_none() || output::is_same_file(file, to));
        if in_place {
            let original = Original::read(file)?;
            let (mut memory, _) = input::beside(file, original.bytes())?;
            let before = Sidecars::of(&memory);
            self.change_in_memory(&mut memory, repack, change).map_err(|e| Failure::of_file(file, &e))?;
            let after = Sidecars::of(&memory);
            let removed: Vec<_> =
                after.removed_since(&before).map(|name| file.with_file_name(name)).collect();
            return output::update(&original, &memory.getbuffer(), after.changed_since(&before), &removed);
        }
        let output = Output::new(to, Format::Tiff)?;
        let (mut memory, files) = input::with_companions(file)?;
        let output = output.keeps(&files)?;
        let before = Sidecars::of(&memory);
        self.change_in_memory(&mut memory, repack, change).map_err(|e| Failure::of_file(file, &e))?;
        let after = Sidecars::of(&memory);
        let mut sidecars = Vec::new();
        if !output.is_stream()? {
            sidecars = after.renamed(file, to);
        } else if let Some((name, _)) = after.changed_since(&before).first() {
            let name = name.display();
            return Err(Failure::usage(format!(
                "a stream has no sidecar files: {name} needs an output file"
            )));
        }
        let content = memory.getbuffer();
        output.write(&mut |out| out.write_all(&content), sidecars)
    }

    fn change_in_memory(
        &self,
        memory: &mut MemoryFile,
        repack: bool,
        change: impl FnOnce(&mut DatasetWriter<'_>) -> memtiff::Result<()>,
    ) -> memtiff::Result<()> {
        let structure = memory.open_with(limits())?.tags_in("IMAGE_STRUCTURE")?;
        let is_cog = structure.get("LAYOUT").is_some_and(|layout| layout == "COG");
        let mut writer = memory
            .update_with(UpdateOptions::new().page(self.page).break_cog_layout(true).limits(limits()))?;
        if let Err(error) = change(&mut writer) {
            writer.discard();
            return Err(error);
        }
        writer.close()?;
        if repack || is_cog {
            memory.repack()?;
        }
        Ok(())
    }
}

/// The sidecar files of a file in memory, by their names.
struct Sidecars(BTreeMap<OsString, Bytes>);

impl Sidecars {
    fn of(memory: &MemoryFile) -> Self {
        let vfs = memory.vfs();
        let files = vfs.list("/").unwrap_or_default();
        let beside = files.iter().filter(|entry| entry.path().to_string() != memory.name());
        let named =
            |path: &memtiff::vfs::VfsPath| Some((names::from_text(path.file_name()), vfs.read(path).ok()?));
        Self(beside.filter_map(|entry| named(entry.path())).collect())
    }

    /// Those that a change has made, or given another content.
    fn changed_since(&self, before: &Self) -> Vec<(OsString, Bytes)> {
        let changed = self.0.iter().filter(|(name, bytes)| before.0.get(*name) != Some(*bytes));
        changed.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// Names of those that a change has removed.
    fn removed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a OsString> {
        before.0.keys().filter(|name| !self.0.contains_key(*name))
    }

    /// All of them, under the names that they have beside `output` instead of `file`.
    fn renamed(&self, file: &Path, output: &Path) -> Vec<(OsString, Bytes)> {
        self.0.iter().map(|(name, bytes)| (renamed(name, file, output), bytes.clone())).collect()
    }
}

/// The name that a sidecar of `file` has beside `output`.
fn renamed(name: &OsStr, file: &Path, output: &Path) -> OsString {
    let text = |part: Option<&OsStr>| names::to_text(part.unwrap_or_default());
    let name = names::to_text(name);
    let whole = name.strip_prefix(&text(file.file_name())).map(|rest| text(output.file_name()) + rest);
    let stem = || name.strip_prefix(&text(file.file_stem())).map(|rest| text(output.file_stem()) + rest);
    names::from_text(&whole.or_else(stem).unwrap_or(name.clone()))
}

impl Edit {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.target.change(&self.file, self.repack, false, |writer| self.apply(writer))
    }

    fn apply(&self, writer: &mut DatasetWriter<'_>) -> memtiff::Result<()> {
        match &self.crs {
            Some(CrsValue::Crs(crs)) => writer.set_crs(crs.clone())?,
            Some(CrsValue::None) => writer.remove_crs(),
            None => {}
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
        self.target.change(&self.file, self.remove, self.ignore_damage, |writer| {
            if self.remove {
                writer.remove_overviews();
                return Ok(());
            }
            let options = OverviewOptions::new().factors(self.factors.iter().copied());
            writer.build_overviews_with(&options.resampling(self.resampling))
        })
    }
}
