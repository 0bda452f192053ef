//! What stands beside a GeoTIFF in its directory and says more of it: which files those are, and reading them.

use std::sync::Arc;

use bytes::Bytes;
use memtiff_geotiff::{Beside, Description, Error, Limits, PartFiles, Result, Sidecars, Source};
#[cfg(feature = "zip")]
use memtiff_vfs::Archive;
use memtiff_vfs::{Vfs, VfsPath};

use crate::failure::from_vfs;

/// Where files lie beside each other.
pub(crate) enum Directory<'a> {
    Vfs(&'a Vfs),
    #[cfg(feature = "zip")]
    Archive(&'a Archive),
}

impl Directory<'_> {
    /// Paths of the files beside `path`, itself included.
    fn siblings(&self, path: &VfsPath) -> Vec<VfsPath> {
        let Some(parent) = path.parent() else { return Vec::new() };
        match self {
            Self::Vfs(vfs) => {
                let entries = vfs.list(&parent).unwrap_or_default();
                entries.into_iter().filter(|e| e.metadata().is_file()).map(|e| e.path().clone()).collect()
            }
            #[cfg(feature = "zip")]
            Self::Archive(archive) => {
                let beside = archive.list().map(|(path, _)| path);
                beside.filter(|path| path.parent().as_ref() == Some(&parent)).cloned().collect()
            }
        }
    }

    pub(crate) fn read(&self, path: &VfsPath) -> Result<Bytes> {
        match self {
            Self::Vfs(vfs) => vfs.read(path),
            #[cfg(feature = "zip")]
            Self::Archive(archive) => archive.read(path),
        }
        .map_err(|e| from_vfs(&e))
    }
}

/// What companions of a file are called.
struct Names {
    pam: String,
    rpb: String,
    rpc_txt: String,
    tab: String,
    imd: String,
    /// Of Landsat: one for all bands of a scene.
    mtl: Vec<String>,
    /// Of Pleiades and SPOT: one for all tiles of an image.
    dimap: Option<String>,
    /// In the order in which they count: of `tif` these are `tfw`, `tifw` and any `wld`.
    world: Vec<String>,
    overviews: [String; 2],
    masks: [String; 2],
}

impl Names {
    fn of(name: &str) -> Self {
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, extension),
            _ => (name, ""),
        };
        let ends = extension.chars().next().zip(extension.chars().last());
        let like = ends.map(|(first, last)| [format!("{first}{last}w"), format!("{extension}w")]);
        let world = like.into_iter().flatten().chain(["wld".to_owned()]);
        Self {
            pam: format!("{name}.aux.xml"),
            rpb: format!("{stem}.RPB"),
            rpc_txt: format!("{stem}_RPC.TXT"),
            tab: format!("{stem}.tab"),
            imd: format!("{stem}.IMD"),
            mtl: mtl(stem),
            dimap: dimap(stem),
            world: world.map(|extension| format!("{stem}.{extension}")).collect(),
            overviews: [format!("{name}.ovr"), format!("{name}.ovr.ovr")],
            masks: [format!("{name}.msk"), format!("{name}.msk.ovr")],
        }
    }
}

/// Names of the Landsat metadata of a band, `X_B1` or `X`.
fn mtl(stem: &str) -> Vec<String> {
    let scene = stem.rsplit_once("_B").map(|(scene, _)| scene);
    [Some(stem), scene].into_iter().flatten().map(|scene| format!("{scene}_MTL.txt")).collect()
}

/// The name of the metadata of a tile of Pleiades or SPOT, `IMG_X_R1C1`.
fn dimap(stem: &str) -> Option<String> {
    let (image, tile) = stem.strip_prefix("IMG_")?.rsplit_once("_R")?;
    let (row, column) = tile.split_once('C')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(row) && is_number(column)).then(|| format!("DIM_{image}.XML"))
}

/// The path of the `.aux.xml` beside a file, if there is one; case does not matter in its name.
pub(crate) fn aux_xml_beside(vfs: &Vfs, path: &VfsPath) -> Option<VfsPath> {
    beside(vfs, path, &Names::of(path.file_name()).pam)
}

/// The name of the `.aux.xml` of a file.
pub(crate) fn aux_xml_name(file_name: &str) -> String {
    Names::of(file_name).pam
}

/// Paths of the files beside another that hold its overviews, and those of its mask.
pub(crate) fn overviews_beside(vfs: &Vfs, path: &VfsPath) -> Vec<VfsPath> {
    let Names { overviews, masks: [_, of_mask], .. } = Names::of(path.file_name());
    overviews.into_iter().chain([of_mask]).filter_map(|name| beside(vfs, path, &name)).collect()
}

/// Paths of the sidecar files that describe an image and would be taken for those of another one in its place. Files named after
/// the stem alone (`a.tfw`) are left where they may belong to another image of that stem; metadata of a whole scene always.
pub(crate) fn stale_beside(vfs: &Vfs, path: &VfsPath) -> Vec<VfsPath> {
    let siblings = Directory::Vfs(vfs).siblings(path);
    let name = path.file_name();
    let Names { pam, rpb, rpc_txt, tab, world, overviews, masks, .. } = Names::of(name);
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    let is_image = |other: &VfsPath| {
        let extension = other.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
        ["tif", "tiff"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    let shared = siblings
        .iter()
        .any(|other| other.file_name() != name && is_image(other) && stem(other.file_name()) == stem(name));
    let own = [pam].into_iter().chain(overviews).chain(masks);
    let by_stem = [rpb, rpc_txt, tab].into_iter().chain(world).filter(|_| !shared);
    own.chain(by_stem).filter_map(|name| sibling(&siblings, &name)).collect()
}

/// The sibling of a file that has this name, in whatever case.
fn beside(vfs: &Vfs, path: &VfsPath, name: &str) -> Option<VfsPath> {
    sibling(&Directory::Vfs(vfs).siblings(path), name)
}

/// The path with this file name; if there is none, one that differs in case alone, as GDAL finds it.
fn sibling(siblings: &[VfsPath], name: &str) -> Option<VfsPath> {
    let exact = siblings.iter().find(|path| path.file_name() == name);
    let like = || siblings.iter().find(|path| path.file_name().eq_ignore_ascii_case(name));
    exact.or_else(like).cloned()
}

/// The name of a text beside a file.
pub(crate) fn name_beside(file_name: &str, kind: Beside) -> Option<String> {
    let names = Names::of(file_name);
    match kind {
        Beside::WorldFile => names.world.into_iter().next(),
        Beside::Rpb => Some(names.rpb),
        Beside::RpcTxt => Some(names.rpc_txt),
        _ => None,
    }
}

/// Names of the files that count beside a file called `file_name`, if they are there: for who brings a file from
/// elsewhere into a filesystem in memory, and what belongs to it. Case does not matter in them, as in GDAL.
/// [`Dataset::files`](crate::Dataset::files) says what each is.
///
/// ```
/// let names = memtiff::companion_names("a.tif");
/// assert!(names.contains(&"a.tif.aux.xml".to_owned()) && names.contains(&"a.tfw".to_owned()));
/// ```
#[must_use]
pub fn companion_names(file_name: &str) -> Vec<String> {
    let Names { pam, rpb, rpc_txt, tab, imd, mtl, dimap, world, overviews, masks } = Names::of(file_name);
    [pam, rpb, rpc_txt, tab, imd]
        .into_iter()
        .chain(mtl)
        .chain(dimap)
        .chain(world)
        .chain(overviews)
        .chain(masks)
        .collect()
}

/// A TIFF beside the one that was opened.
#[derive(Debug)]
struct Part {
    bytes: Bytes,
    description: Description,
}

fn source(part: &Option<Part>) -> Option<Source<'_>> {
    part.as_ref().map(|part| Source::new(&part.bytes, &part.description))
}

/// The files that were found beside a GeoTIFF and are used.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    overviews: [Option<Part>; 2],
    masks: [Option<Part>; 2],
    sidecars: Sidecars,
    files: Vec<VfsPath>,
    warnings: Vec<Error>,
}

impl Companions {
    /// Paths of the files.
    pub(crate) fn files(&self) -> &[VfsPath] {
        &self.files
    }

    /// What is wrong with files beside, so that they are not used.
    pub(crate) fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    /// The texts.
    pub(crate) fn sidecars(&self) -> &Sidecars {
        &self.sidecars
    }

    pub(crate) fn part_files(&self) -> PartFiles<'_> {
        PartFiles {
            overviews: self.overviews.each_ref().map(source),
            masks: self.masks.each_ref().map(source),
        }
    }

    /// Looks for companions of the file at `path`, and gives its description with what they say. `None` if there are
    /// none. What is wrong with one becomes a warning, and does not hide the file.
    pub(crate) fn find(
        directory: &Directory<'_>,
        path: &VfsPath,
        description: Description,
        limits: &Limits,
    ) -> (Description, Option<Arc<Self>>) {
        let siblings = directory.siblings(path);
        if siblings.len() < 2 {
            return (description, None);
        }
        let names = Names::of(path.file_name());
        let mut search = Search { directory, siblings, limits, found: Self::default() };
        let sidecars = search.sidecars(&names, &description);
        let description = description.with_sidecars(&sidecars);
        search.part_files(&names, &description);
        let found = Self { sidecars, ..search.found };
        let any = !found.files.is_empty() || !found.warnings.is_empty();
        (description, any.then(|| Arc::new(found)))
    }
}

/// The search for the companions of one file.
struct Search<'a> {
    directory: &'a Directory<'a>,
    siblings: Vec<VfsPath>,
    limits: &'a Limits,
    found: Companions,
}

impl Search<'_> {
    /// Reads a sibling, if it is there, by `parse`; notes that it is used, or why not.
    fn take<T>(&mut self, name: &str, parse: impl FnOnce(Bytes) -> Result<T>) -> Option<T> {
        let path = sibling(&self.siblings, name)?;
        match self.directory.read(&path).and_then(parse) {
            Ok(parsed) => {
                self.found.files.push(path);
                Some(parsed)
            }
            Err(error) => {
                self.found.warnings.push(error.in_file(path.as_str()));
                None
            }
        }
    }

    /// The texts: an `.aux.xml`, RPCs, a MapInfo table or a world file where nothing else says where the file is.
    fn sidecars(&mut self, names: &Names, description: &Description) -> Sidecars {
        let limits = self.limits;
        let mut sidecars = Sidecars::new();
        self.take(&names.pam, |xml| sidecars.pam(&xml, limits));
        if self.take(&names.rpb, |text| sidecars.rpb(&text)).is_none() {
            self.take(&names.rpc_txt, |text| sidecars.rpc_txt(&text));
        }
        let mut found = self.take(&names.imd, |text| sidecars.imd(&text, limits)).is_some();
        for name in &names.mtl {
            found = found || self.take(name, |text| sidecars.mtl(&text, limits)).is_some();
        }
        if let Some(name) = names.dimap.as_deref().filter(|_| !found) {
            self.take(name, |text| sidecars.dimap(&text, limits));
        }
        if description.transform().is_none() && !sidecars.has_transform() {
            self.take(&names.tab, |text| sidecars.tab(&text));
        }
        if description.transform().is_none() && !sidecars.has_transform() {
            names.world.iter().find_map(|name| self.take(name, |text| sidecars.world_file(&text)));
        }
        sidecars
    }

    /// The TIFFs: overviews, masks, and the overviews of each.
    fn part_files(&mut self, names: &Names, description: &Description) {
        let limits = self.limits;
        let parse = |bytes: Bytes| {
            let description = Description::parse(&bytes, limits)?;
            Ok(Part { bytes, description })
        };
        let size = |description: &Description| (description.image().width, description.image().height);
        let mask = |bytes: Bytes| {
            let part = parse(bytes)?;
            let (found, expected) = (size(&part.description), size(description));
            if found != expected {
                let message = format!("a mask of {found:?} pixels for an image of {expected:?}");
                return Err(Error::usage(message));
            }
            Ok(part)
        };
        let [first, second] = &names.overviews;
        if let Some(part) = self.take(first, parse) {
            self.found.overviews = [Some(part), self.take(second, parse)];
        }
        let [first, second] = &names.masks;
        if let Some(part) = self.take(first, mask) {
            self.found.masks = [Some(part), self.take(second, parse)];
        }
    }
}
