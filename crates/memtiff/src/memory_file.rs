//! A file in memory that opens as a dataset.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use memtiff_geotiff::{CogOptions, CreateOptions, Error, Limits, Result, UpdateOptions, repack};
use memtiff_vfs::{File, OpenOptions, Vfs, VfsPath};

use crate::companions::Directory;
use crate::dataset::Dataset;
use crate::failure::from_vfs;
use crate::writer::DatasetWriter;

/// A file in memory: bytes with a position and a name, that [`open`](Self::open) as a [`Dataset`].
///
/// It is `Read + BufRead + Write + Seek`, with positions in bytes from the start; seeking past the end is
/// allowed, reading there gives nothing, writing there fills the gap with zeros.
///
/// It lives in a filesystem in memory, its own unless [`builder`](Self::builder) is given one. Files of one directory
/// are companions: an `.aux.xml`, `.ovr`, `.msk`, a world file or RPCs beside a GeoTIFF count when that is opened.
/// Dropping or [closing](Self::close) it removes the file; datasets that were opened keep what they read.
///
/// Nothing is ever written to a disk, and no environment variable changes anything.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use memtiff::MemoryFile;
///
/// let mut file = MemoryFile::new();
/// file.write_all(b"II*\0")?;
/// let view = file.getbuffer();
/// file.write_all(b"more")?;
/// assert_eq!((file.len(), view.len()), (8, 4));
///
/// file.seek(SeekFrom::Start(4))?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!(rest, "more");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MemoryFile(File);

impl Default for MemoryFile {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Bytes> for MemoryFile {
    fn from(bytes: Bytes) -> Self {
        Self::from_bytes(bytes)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl MemoryFile {
    /// An empty file, ready to be written.
    #[must_use]
    pub fn new() -> Self {
        Self(File::alone(generated_name(EXTENSION), Bytes::new()))
    }

    /// A file of these bytes, at position 0. Nothing is copied: a `Vec<u8>`, a `Bytes` or a `&'static [u8]`
    /// is taken over as it is.
    ///
    /// Such a file cannot be extended; a write fails and changes nothing.
    ///
    /// ```
    /// use std::io::Write;
    /// use memtiff::MemoryFile;
    ///
    /// let mut file = MemoryFile::from_bytes(vec![1, 2, 3]);
    /// let error = file.write_all(&[4]).unwrap_err();
    /// assert!(error.to_string().contains("start from an empty file"));
    /// assert_eq!(file.len(), 3);
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(File::alone(generated_name(EXTENSION), bytes).into_read_only())
    }

    /// A file of all that a reader gives, at position 0; in all else as [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    ///
    /// When the reader fails.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let mut stream = &include_bytes!("../../../testdata/utm33_rgb_u16.tif")[..];
    /// let file = MemoryFile::from_reader(&mut stream)?;         // a response's body, say
    /// assert_eq!(file.open()?.count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// A file with a name, or in a filesystem that others use too.
    ///
    /// ```
    /// use memtiff::{MaskFlag, MemoryFile, Vfs};
    ///
    /// # let image = include_bytes!("../../../testdata/sidecars/masked.tif").to_vec();
    /// # let mask = include_bytes!("../../../testdata/sidecars/masked.tif.msk").to_vec();
    /// let vfs = Vfs::new();
    /// let scenes = MemoryFile::builder().vfs(&vfs).dirname("scenes");
    /// let image = scenes.clone().filename("a.tif").bytes(image)?;
    /// let mask = scenes.filename("a.tif.msk").bytes(mask)?;
    ///
    /// let dataset = image.open()?;
    /// assert_eq!(dataset.files(), ["/scenes/a.tif", "/scenes/a.tif.msk"]);
    /// assert_eq!(dataset.mask_flags()[0], [MaskFlag::PerDataset]);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> MemoryFileBuilder {
        MemoryFileBuilder::default()
    }

    /// Its full name: the path in its filesystem.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.path().to_string()
    }

    /// The filesystem it lives in.
    #[must_use]
    pub fn vfs(&self) -> &Vfs {
        self.0.vfs()
    }

    /// Whether it is still there. It is, unless somebody removed or replaced it through its filesystem; then reading,
    /// writing, seeking and opening it fail, and it counts as empty.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len().unwrap_or(0)
    }

    /// Whether it has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content as it is now, without copying. A later write does not change it.
    #[must_use]
    pub fn getbuffer(&self) -> Bytes {
        self.0.snapshot().unwrap_or_default()
    }

    /// A writer of a new GeoTIFF, which becomes the content of the file when it is closed; the position is 0 then.
    ///
    /// # Errors
    ///
    /// When the file was made from bytes, or the options leave out what they must say, contradict themselves, or ask for
    /// what cannot be written: the error says which. The file is as it was.
    ///
    /// ```
    /// use memtiff::{CreateOptions, DataType, MemoryFile, ndarray::Array3};
    ///
    /// let mut file = MemoryFile::new();
    /// let mut writer = file.create(CreateOptions::new().width(20).height(10).count(3).dtype(DataType::Uint8))?;
    /// writer.write(&Array3::<u8>::from_elem((3, 10, 20), 7))?;
    /// writer.close()?;
    /// assert_eq!(file.open()?.read_band::<u8>(3)?[(9, 19)], 7);
    /// assert_eq!(&file.getbuffer()[..2], b"II");
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn create(&mut self, options: CreateOptions) -> Result<DatasetWriter<'_>> {
        if options.appends() && !self.is_empty() {
            return self.append(options);
        }
        self.begin(true)?;
        DatasetWriter::create(self, options)
    }

    /// As [`create`](Self::create), for a cloud-optimized GeoTIFF: overviews are built when it is closed, and blocks and
    /// directories stand in the order that GDAL's COG driver has.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    ///
    /// ```
    /// use memtiff::{CogOptions, Compress, CreateOptions, DataType, MemoryFile, Resampling, ndarray::Array3};
    ///
    /// let create = CreateOptions::new().width(1200).height(900).count(3).dtype(DataType::Uint8);
    /// let options = CogOptions::from(create.compress(Compress::Deflate)).block_size(256);
    ///
    /// let mut file = MemoryFile::new();
    /// let mut writer = file.create_cog(options.overview_resampling(Resampling::Average))?;
    /// writer.write(&Array3::<u8>::from_elem((3, 900, 1200), 7))?;
    /// writer.close()?;
    ///
    /// let dataset = file.open()?;
    /// assert_eq!(dataset.overviews(), [2, 4, 8]);
    /// assert_eq!(dataset.tags_in("IMAGE_STRUCTURE")?["LAYOUT"], "COG");
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn create_cog(&mut self, options: impl Into<CogOptions>) -> Result<DatasetWriter<'_>> {
        self.begin(true)?;
        DatasetWriter::create_cog(self, options.into())
    }

    /// A writer of one more page of the GeoTIFF that the file holds: GDAL's `APPEND_SUBDATASET`. The page has the byte order
    /// of the file.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); also when the content is no TIFF.
    ///
    /// ```
    /// use memtiff::{CreateOptions, DataType, MemoryFile, ndarray::Array3};
    ///
    /// let options = CreateOptions::new().width(30).height(20).count(1).dtype(DataType::Uint8);
    /// let mut file = MemoryFile::new();
    /// file.create(options.clone())?.close()?;
    /// file.append(options)?.close()?;
    /// assert_eq!(file.open()?.page_count(), 2);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn append(&mut self, options: CreateOptions) -> Result<DatasetWriter<'_>> {
        self.begin(false)?;
        DatasetWriter::append(self, options)
    }

    /// Before the content is written by a dataset: the position is 0.
    fn begin(&mut self, anew: bool) -> Result<()> {
        if anew && self.0.is_read_only() {
            let message = "the file was made from bytes and cannot be written to: start from an empty file";
            return Err(Error::usage(message));
        }
        self.0.rewind().map_err(|error| Error::usage(error.to_string()))
    }

    /// Lays the GeoTIFF that the file holds out anew, without the bytes that nothing leads to any more after changes. Nothing
    /// is decoded, and a cloud-optimized GeoTIFF that was changed is one again. Gives how many bytes fewer it has.
    ///
    /// # Errors
    ///
    /// When the content is no GeoTIFF, a block of it cannot be found, or it is of old-style JPEG. It stays as it is then.
    ///
    /// ```
    /// use memtiff::MemoryFile;
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let mut file = MemoryFile::from_bytes(&bytes[..]);
    /// let mut writer = file.update()?;
    /// writer.remove_overviews();
    /// writer.close()?;
    /// assert!(file.repack()? > 0);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn repack(&mut self) -> Result<u64> {
        self.begin(false)?;
        let old = self.0.snapshot().map_err(|e| from_vfs(&e))?;
        let mut new = Vec::new();
        repack(&old, &mut new, &Limits::default())?;
        let saved = (old.len() as u64).saturating_sub(new.len() as u64);
        self.0.clone().into_writable().replace(new).map_err(|e| from_vfs(&e))?;
        Ok(saved)
    }

    /// A writer that changes the file: its pixels, what is said of them, its mask, its overviews. What it changes becomes the
    /// content of the file when it is closed; the position is 0 then. A file that was made from bytes can be updated too:
    /// the bytes that were given stay as they are.
    ///
    /// # Errors
    ///
    /// When the content is no GeoTIFF, or a cloud-optimized one, which would be none afterwards (see
    /// [`update_with`](Self::update_with)).
    ///
    /// ```
    /// use memtiff::{MemoryFile, Resampling, Window, ndarray::Array3};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let mut file = MemoryFile::from_bytes(&bytes[..]);
    /// let before = file.open()?;
    ///
    /// let mut writer = file.update()?;
    /// writer.write_window(Window::new(3, 2, 1, 1), &Array3::<u16>::from_elem((3, 1, 1), 7))?;
    /// writer.set_description(1, "red")?;
    /// writer.build_overviews(&[8], Resampling::Average)?;
    /// writer.close()?;
    ///
    /// let after = file.open()?;
    /// assert_eq!((after.read_band::<u16>(1)?[(2, 3)], after.overviews()), (7, vec![2, 4, 8]));
    /// assert_eq!(before.overviews(), [2, 4], "a snapshot does not change");
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn update(&mut self) -> Result<DatasetWriter<'_>> {
        self.update_with(UpdateOptions::new())
    }

    /// As [`update`](Self::update), with more to say: which page, for example.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); also when there is no such page.
    pub fn update_with(&mut self, options: UpdateOptions) -> Result<DatasetWriter<'_>> {
        self.begin(false)?;
        DatasetWriter::update(self, options)
    }

    pub(crate) fn file(&self) -> &File {
        &self.0
    }

    /// Removes the file and gives its bytes away, without copying. Empty if somebody else removed it.
    ///
    /// ```
    /// use std::io::Write;
    /// use memtiff::MemoryFile;
    ///
    /// let mut file = MemoryFile::new();
    /// file.write_all(b"II*\0")?;
    /// assert_eq!(file.into_bytes(), "II*\0");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.clone().into_bytes().unwrap_or_default()
    }

    /// Removes the file; dropping it does the same. Datasets that were opened keep what they read.
    pub fn close(self) {}

    /// Opens the content as it is now. The dataset keeps a snapshot: later writes do not change what it
    /// reads, and it may outlive the file.
    ///
    /// # Errors
    ///
    /// When the content is empty, no TIFF, or cut off before its first directory; the error says which, and
    /// where.
    ///
    /// ```
    /// use memtiff::{ErrorKind, MemoryFile};
    ///
    /// assert_eq!(MemoryFile::new().open().unwrap_err().kind(), ErrorKind::NotTiff);
    /// ```
    pub fn open(&self) -> Result<Dataset> {
        self.open_with(Limits::default())
    }

    /// As [`open`](Self::open), with other limits; they hold for every read of the dataset too.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); also when the limits do not suffice.
    pub fn open_with(&self, limits: Limits) -> Result<Dataset> {
        let bytes = self.0.snapshot().map_err(|e| from_vfs(&e))?;
        Dataset::open_bytes(bytes, &Directory::Vfs(self.vfs()), &self.0.path(), limits)
    }
}

/// What generated names end with.
const EXTENSION: &str = "tif";

/// A name that no other file of this process was given.
fn generated_name(extension: &str) -> VfsPath {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let extension = extension.trim_start_matches('.');
    let dot = if extension.is_empty() { "" } else { "." };
    VfsPath::try_from(format!("/memory-{number}{dot}{extension}")).unwrap_or_else(|_| VfsPath::root())
}

/// How a [`MemoryFile`] is named, and where it lives. Made by [`MemoryFile::builder`].
#[derive(Debug, Clone, Default)]
pub struct MemoryFileBuilder {
    vfs: Option<Vfs>,
    dirname: Option<String>,
    filename: Option<String>,
    ext: Option<String>,
}

impl MemoryFileBuilder {
    /// The filesystem to live in; one of its own unless it is said. Clones of a [`Vfs`] are the same filesystem.
    #[must_use]
    pub fn vfs(self, vfs: &Vfs) -> Self {
        Self { vfs: Some(vfs.clone()), ..self }
    }

    /// The directory to be in; made if it is not there. The root unless it is said.
    #[must_use]
    pub fn dirname(self, dirname: impl Into<String>) -> Self {
        Self { dirname: Some(dirname.into()), ..self }
    }

    /// The name in the directory; generated unless it is said, and then no other file of this process has it.
    #[must_use]
    pub fn filename(self, filename: impl Into<String>) -> Self {
        Self { filename: Some(filename.into()), ..self }
    }

    /// What a generated name ends with, with or without the dot; `tif` unless it is said.
    #[must_use]
    pub fn ext(self, ext: impl Into<String>) -> Self {
        Self { ext: Some(ext.into()), ..self }
    }

    /// An empty file, ready to be written.
    ///
    /// # Errors
    ///
    /// When a name is no path, an extension is given for a name that has one already, a file of that name exists, or the
    /// quota of the filesystem has no room.
    pub fn empty(self) -> Result<MemoryFile> {
        Ok(MemoryFile(self.file()?))
    }

    /// A file of these bytes, as [`MemoryFile::from_bytes`].
    ///
    /// # Errors
    ///
    /// As [`empty`](Self::empty).
    pub fn bytes(self, bytes: impl Into<Bytes>) -> Result<MemoryFile> {
        let file = self.file()?;
        if let Err(error) = file.replace(bytes) {
            file.remove();
            return Err(from_vfs(&error));
        }
        Ok(MemoryFile(file.into_read_only()))
    }

    /// A file of all that a reader gives, as [`MemoryFile::from_reader`].
    ///
    /// # Errors
    ///
    /// When the reader fails, or as [`empty`](Self::empty).
    pub fn reader(self, mut reader: impl Read) -> io::Result<MemoryFile> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        self.bytes(bytes).map_err(io::Error::other)
    }

    fn file(self) -> Result<File> {
        let path = self.path()?;
        let vfs = self.vfs.unwrap_or_default();
        vfs.open_with(path, &OpenOptions::new().create_new(true)).map_err(|e| from_vfs(&e))
    }

    fn path(&self) -> Result<VfsPath> {
        let name = match (&self.filename, &self.ext) {
            (Some(filename), Some(_)) => {
                let message =
                    format!("an extension is for generated names, and this file is called {filename:?}");
                return Err(Error::usage(message));
            }
            (Some(filename), None) => filename.clone(),
            (None, ext) => generated_name(ext.as_deref().unwrap_or(EXTENSION)).file_name().to_owned(),
        };
        let directory = match &self.dirname {
            None => Ok(VfsPath::root()),
            Some(dirname) => VfsPath::try_from(dirname),
        };
        directory.and_then(|directory| directory.join(&name)).map_err(|e| from_vfs(&e))
    }
}

impl Read for MemoryFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.0.read_to_end(buf)
    }
}

impl BufRead for MemoryFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for MemoryFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for MemoryFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
