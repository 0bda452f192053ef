//! `memtiff convert` and `memtiff cog`: a new file of the pixels of another.

use std::path::PathBuf;

use clap::Args;
use memtiff::{
    CogOptions, CreateOptions, DataType, Dataset, DatasetWriter, Items, MemoryFile, ReadRequest, Scaling, Vfs,
};

use crate::failure::Failure;
use crate::limits::limits;
use crate::output::{Format, Output};
use crate::selection::Selection;
use crate::values::{self, CrsValue, NodataValue};
use crate::{input, names, progress, warnings};

/// Make a new GeoTIFF of the pixels of another
///
/// It is stored as the other one unless --co says otherwise; blocks that need no change are copied as they are.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    #[command(flatten)]
    common: Common,
}

/// Make a cloud-optimized GeoTIFF
///
/// Tiles of 512 pixels and overviews, laid out as GDAL's COG driver does it; overviews of the other file are taken over, and
/// its compression (LZW, if there is none).
#[derive(Debug, Args)]
pub(crate) struct Cog {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// The file; `-` for standard input
    input: PathBuf,
    /// Where the new one goes; `-` for standard output
    output: PathBuf,
    /// An option as GDAL names it: COMPRESS=ZSTD, for example
    #[arg(long = "co", value_name = "KEY=VALUE", value_parser = values::pair)]
    options: Vec<(String, String)>,
    #[command(flatten)]
    selection: Selection,
    /// The data type of the new file; values saturate and are rounded [default: the file's]
    #[arg(long, value_name = "TYPE")]
    dtype: Option<DataType>,
    /// Values FROM_MIN to FROM_MAX become TO_MIN to TO_MAX, others in proportion; nodata stays nodata
    #[arg(
        long,
        value_name = "FROM_MIN,FROM_MAX,TO_MIN,TO_MAX",
        value_parser = values::scaling,
        allow_hyphen_values = true
    )]
    scale: Option<Scaling>,
    /// The value that means "nothing here", or `none` [default: the file's]
    #[arg(long, value_name = "VALUE", value_parser = values::nodata, allow_hyphen_values = true)]
    nodata: Option<NodataValue>,
    /// What the CRS is said to be: EPSG:4326, WKT, or `none`; pixels stay where they are [default: the file's]
    #[arg(long, value_parser = values::crs)]
    crs: Option<CrsValue>,
    /// An item of metadata more
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = values::pair)]
    tags: Vec<(String, String)>,
    /// Go on with the pixels of damaged blocks that can be decoded: damage is a warning instead of an error, and blocks that
    /// are copied as they are stored are not verified
    #[arg(long)]
    ignore_damage: bool,
    /// Another page than the first, counted from 0
    #[arg(long, default_value_t = 0)]
    page: usize,
}

impl Convert {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.common.run(|file, source, request, common| {
            let options = common.adapt(source.create_options_of(request)?);
            let options = common.options(options, CreateOptions::option)?;
            common.fill(file.create(options)?, source, request)
        })
    }
}

impl Cog {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        self.common.run(|file, source, request, common| {
            let options = source.cog_options_of(request)?.create(|create| common.adapt(create));
            let options = common.options(options, CogOptions::option)?;
            common.fill(file.create_cog(options)?, source, request)
        })
    }
}

impl Common {
    fn run(
        &self,
        make: impl FnOnce(&mut MemoryFile, &Dataset, &ReadRequest, &Self) -> memtiff::Result<()>,
    ) -> Result<(), Failure> {
        let output = Output::new(&self.output, Format::Tiff)?;
        let (source, files) = input::open_with_files(&self.input, self.page)?;
        let output = output.keeps(&files)?;
        if output.replaces_input() && source.page_count() > 1 {
            let (file, pages) = (self.output.display(), source.page_count());
            let message = format!("{file} is the input and has {pages} pages, of which one would be left");
            return Err(Failure::usage(format!("{message}: give the output another name")));
        }
        let to_file = !output.is_stream()?;
        let name = self.output.file_name().filter(|_| to_file).map(names::to_text);
        let vfs = Vfs::new();
        let file =
            MemoryFile::builder().vfs(&vfs).filename(name.unwrap_or_else(|| "output.tif".to_owned())).empty();
        let failed = |error| Failure::of_file(&self.input, &error);
        let mut file = file.map_err(failed)?;
        make(&mut file, &source, &self.request(), self).map_err(failed)?;
        let beside = vfs.list("/").unwrap_or_default();
        let beside: Vec<_> = beside.iter().filter(|entry| entry.path().to_string() != file.name()).collect();
        if !to_file && !beside.is_empty() {
            return Err(Failure::usage(
                "a stream has no sidecar files: TFW, RPB and RPCTXT need an output file",
            ));
        }
        let mut sidecars = Vec::new();
        for entry in beside {
            let bytes = vfs.read(entry.path()).map_err(|error| Failure::usage(error.to_string()))?;
            sidecars.push((names::from_text(entry.path().file_name()), bytes));
        }
        let content = file.getbuffer();
        output.write(&mut |out| out.write_all(&content), sidecars)
    }

    fn options<O>(
        &self,
        options: O,
        set: impl Fn(O, &str, &str) -> memtiff::Result<O>,
    ) -> memtiff::Result<O> {
        self.options.iter().try_fold(options, |options, (key, value)| {
            let instead = match key.trim().to_ascii_uppercase().as_str() {
                "WIDTH" | "HEIGHT" => "--shape or --window",
                "COUNT" => "--bands",
                "DTYPE" => "--dtype",
                // The output is written anew: its old pages would be lost, not kept.
                "APPEND_SUBDATASET"
                    if !["NO", "FALSE", "OFF", "0"].contains(&value.to_ascii_uppercase().as_str()) =>
                {
                    let message =
                        "this program writes files of one page and appends none to a file that exists";
                    return Err(memtiff::Error::usage(format!("{key}={value}: {message}")));
                }
                _ => return set(options, key, value),
            };
            Err(memtiff::Error::usage(format!("{key} is no creation option: use {instead}")))
        })
    }

    fn request(&self) -> ReadRequest {
        let request = self.selection.request();
        match self.dtype {
            Some(dtype) => request.dtype(dtype),
            None => request,
        }
    }

    /// What is said otherwise than in the source.
    fn adapt(&self, options: CreateOptions) -> CreateOptions {
        let mut options = options.limits(limits()).verify_copies(!self.ignore_damage);
        options = match self.nodata {
            Some(NodataValue::Value(nodata)) => options.nodata(nodata),
            Some(NodataValue::None) => options.no_nodata(),
            None => options,
        };
        match &self.crs {
            Some(CrsValue::Crs(crs)) => options.crs(crs.clone()),
            Some(CrsValue::None) => options.no_crs(),
            None => options,
        }
    }

    fn fill(
        &self,
        mut writer: DatasetWriter<'_>,
        source: &Dataset,
        request: &ReadRequest,
    ) -> memtiff::Result<()> {
        let bar = progress::parts(0, "rows");
        let copied = writer.copy_with(source, request, self.scale, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let refused = warnings::refuse(&self.input, &source.take_read_warnings(), self.ignore_damage);
        if let Err(error) = copied.and(refused) {
            writer.discard();
            return Err(error);
        }
        writer.update_tags("", Items::from_iter(self.tags.iter().cloned()))?;
        let _busy = progress::busy("writing");
        writer.close()
    }
}
