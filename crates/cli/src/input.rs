//! From a file's name to an open dataset.

use std::io::{self, Read};
use std::path::Path;

use memtiff::{Bytes, Dataset, MemoryFile, Vfs, ZipMemoryFile, companion_names};

use crate::failure::{Failure, STANDARD};

/// The bytes of `file`; `-` is standard input.
pub(crate) fn bytes(file: &Path) -> Result<Bytes, Failure> {
    if file == Path::new(STANDARD) {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        return read.map(|_| bytes.into()).map_err(|e| Failure::reading(file, &e));
    }
    match archive(file) {
        Some((archive, member)) => {
            let zip = ZipMemoryFile::from_bytes(on_disk(archive)?);
            zip.and_then(|zip| zip.read(&member)).map_err(|e| Failure::of_file(archive, &e))
        }
        None => on_disk(file),
    }
}

/// Opens a page of `file`, together with the files beside it that belong to it; `-` is standard input.
pub(crate) fn open(file: &Path, page: usize) -> Result<Dataset, Failure> {
    let (dataset, told) = match archive(file) {
        _ if file == Path::new(STANDARD) => (MemoryFile::from_bytes(bytes(file)?).open(), file),
        Some((archive, member)) => {
            let zip = ZipMemoryFile::from_bytes(on_disk(archive)?);
            (zip.and_then(|zip| zip.open(&member)), archive)
        }
        None => (with_companions(file)?.open(), file),
    };
    let dataset = if page == 0 { dataset } else { dataset.and_then(|dataset| dataset.open_page(page)) };
    dataset.map_err(|e| Failure::of_file(told, &e))
}

fn on_disk(file: &Path) -> Result<Bytes, Failure> {
    std::fs::read(file).map(Bytes::from).map_err(|e| Failure::reading(file, &e))
}

/// The archive that `file` is a member of, and its name in there: `scenes.zip/a.tif`.
pub(crate) fn archive(file: &Path) -> Option<(&Path, String)> {
    let archive = file.ancestors().skip(1).find(|ancestor| ancestor.is_file())?;
    let member = file.strip_prefix(archive).ok()?;
    Some((archive, member.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")))
}

/// Brings the file and what belongs to it into memory.
pub(crate) fn with_companions(file: &Path) -> Result<MemoryFile, Failure> {
    let (vfs, file_name) = (Vfs::new(), name(file));
    let memory = MemoryFile::builder().vfs(&vfs).filename(&file_name).bytes(on_disk(file)?);
    let memory = memory.map_err(|e| Failure::of_file(file, &e))?;
    let wanted = companion_names(&file_name);
    for sibling in std::fs::read_dir(folder(file)).into_iter().flatten().flatten() {
        let path = sibling.path();
        let sibling = name(&path);
        if wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&sibling)) && path.is_file() {
            vfs.insert(&sibling, on_disk(&path)?).map_err(|e| Failure::usage(e.to_string()))?;
        }
    }
    Ok(memory)
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
