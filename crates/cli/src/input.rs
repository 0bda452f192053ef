//! From a file's name to an open dataset.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memtiff::{Bytes, Dataset, MemoryFile, Vfs, ZipMemoryFile, companion_names};

use crate::failure::{Failure, STANDARD, warn};
use crate::identity::Stamp;
use crate::limits::limits;
use crate::names;

/// The files that a command has read: its output must not destroy them.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The file itself, or the archive that it is a member of; `None` if the system cannot tell.
    pub(crate) main: Option<Stamp>,
    pub(crate) is_archive: bool,
    pub(crate) sidecars: Vec<Stamp>,
}

/// The bytes of `file`; `-` is standard input.
pub(crate) fn bytes(file: &Path) -> Result<Bytes, Failure> {
    read(file).map(|(bytes, _)| bytes)
}

/// As [`bytes`], with the file that they come from.
pub(crate) fn read(file: &Path) -> Result<(Bytes, Files), Failure> {
    if file == Path::new(STANDARD) {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|e| Failure::reading(file, &e))?;
        // Standard input may be redirected from a file.
        return Ok((bytes.into(), Files { main: Stamp::of(Path::new("/dev/stdin")), ..Files::default() }));
    }
    let (bytes, stamp) = on_disk(archive(file).unwrap_or(file)).map_err(|e| Failure::reading(file, &e))?;
    match archive(file) {
        Some(archive) => {
            let zip = opened(archive, bytes);
            let member = member(file, archive)?;
            let bytes = zip.and_then(|zip| zip.read(&member)).map_err(|e| Failure::of_file(archive, &e))?;
            Ok((bytes, Files { main: Some(stamp), is_archive: true, ..Files::default() }))
        }
        None => Ok((bytes, Files { main: Some(stamp), ..Files::default() })),
    }
}

/// Opens an archive, and reports members that cannot be reached.
fn opened(archive: &Path, bytes: Bytes) -> memtiff::Result<ZipMemoryFile> {
    let zip = ZipMemoryFile::from_bytes_with(bytes, limits())?;
    for warning in zip.warnings() {
        warn(&format!("{}: a member cannot be reached: {warning}", archive.display()));
    }
    Ok(zip)
}

/// Opens a page of `file`, together with its sidecar files; `-` is standard input.
pub(crate) fn open(file: &Path, page: usize) -> Result<Dataset, Failure> {
    open_with_files(file, page).map(|(dataset, _)| dataset)
}

/// As [`open`], with the files that were read.
pub(crate) fn open_with_files(file: &Path, page: usize) -> Result<(Dataset, Files), Failure> {
    let (dataset, files, name) = match archive(file) {
        _ if file == Path::new(STANDARD) => {
            let (bytes, files) = read(file)?;
            (MemoryFile::from_bytes(bytes).open_with(limits()), files, file)
        }
        Some(archive) => {
            let (bytes, stamp) = on_disk(archive).map_err(|e| Failure::reading(archive, &e))?;
            let zip = opened(archive, bytes);
            let member = member(file, archive)?;
            let files = Files { main: Some(stamp), is_archive: true, ..Files::default() };
            (zip.and_then(|zip| zip.open(&member)), files, archive)
        }
        None => {
            let (memory, files) = with_companions(file)?;
            (memory.open_with(limits()), files, file)
        }
    };
    let dataset = if page == 0 { dataset } else { dataset.and_then(|dataset| dataset.open_page(page)) };
    dataset.map(|dataset| (dataset, files)).map_err(|e| Failure::of_file(name, &e))
}

fn on_disk(file: &Path) -> io::Result<(Bytes, Stamp)> {
    let mut opened = File::open(file)?;
    // Taken before the content, so that a change while it is read is noticed.
    let stamp = Stamp::new(file, &opened.metadata()?);
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes)?;
    Ok((bytes.into(), stamp))
}

/// The archive that `file` is a member of: `scenes.zip` of `scenes.zip/a.tif`.
pub(crate) fn archive(file: &Path) -> Option<&Path> {
    file.ancestors().skip(1).find(|ancestor| ancestor.is_file())
}

fn member(file: &Path, archive: &Path) -> Result<String, Failure> {
    let member = file.strip_prefix(archive).ok().and_then(Path::to_str);
    let member = member.ok_or_else(|| {
        Failure::usage(format!("{}: names in an archive are UTF-8, and this one is not", file.display()))
    })?;
    Ok(member.replace(std::path::MAIN_SEPARATOR, "/"))
}

/// Reads the file and its sidecars into memory; of standard input and of members of archives there are none.
pub(crate) fn with_companions(file: &Path) -> Result<(MemoryFile, Files), Failure> {
    if file == Path::new(STANDARD) || archive(file).is_some() {
        let (bytes, files) = read(file)?;
        return Ok((MemoryFile::from_bytes(bytes), files));
    }
    let (bytes, stamp) = on_disk(file).map_err(|e| Failure::reading(file, &e))?;
    let (memory, sidecars) = beside(file, bytes)?;
    Ok((memory, Files { main: Some(stamp), sidecars, ..Files::default() }))
}

/// Puts the content of a file into memory together with its sidecars. One that cannot be read is reported and left out.
pub(crate) fn beside(file: &Path, bytes: Bytes) -> Result<(MemoryFile, Vec<Stamp>), Failure> {
    let (vfs, file_name) = (Vfs::new(), names::to_text(file.file_name().unwrap_or_default()));
    let memory = MemoryFile::builder().vfs(&vfs).filename(&file_name).bytes(bytes);
    let memory = memory.map_err(|e| Failure::of_file(file, &e))?;
    let mut sidecars = Vec::new();
    let wanted = companion_names(&file_name);
    for sibling in std::fs::read_dir(folder(file)).into_iter().flatten().flatten() {
        let path = sibling.path();
        let sibling = names::to_text(path.file_name().unwrap_or(OsStr::new("")));
        if wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&sibling)) && path.is_file() {
            match on_disk(&path) {
                Ok((bytes, stamp)) => {
                    vfs.insert(&sibling, bytes).map_err(|e| Failure::usage(e.to_string()))?;
                    sidecars.push(stamp);
                }
                Err(error) => warn(&format!("cannot read {}, so it is not used: {error}", path.display())),
            }
        }
    }
    Ok((memory, sidecars))
}

/// The folder that a file lies in.
pub(crate) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
