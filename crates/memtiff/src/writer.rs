//! A file while it is written.

use std::io;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use memtiff_geotiff::{
    AuxXml, CogOptions, CogWriter, Content, CreateOptions, Error, ErrorKind, Limits, Output, ReadRequest,
    Result, Scaling, UpdateOptions, Writer,
};
use memtiff_vfs::{File, VfsPath};

use crate::companions::{
    Directory, aux_xml_beside, aux_xml_name, name_beside, overviews_beside, stale_beside,
};
use crate::dataset::Dataset;
use crate::failure::from_vfs;
use crate::memory_file::MemoryFile;

/// What is written, before it becomes the content of a file: memory of its own, shared with whoever reads meanwhile.
#[derive(Debug)]
pub struct Draft(File);

impl Output for Draft {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        Ok(self.0.write_at(offset, bytes)?)
    }

    fn expect(&mut self, len: u64) -> io::Result<()> {
        Ok(self.0.set_len(len)?)
    }

    fn content(&self) -> io::Result<Option<Content<'_>>> {
        Ok(Some(Content::Shared(self.0.snapshot()?)))
    }

    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let bytes = self.0.clone().into_bytes()?;
        if bytes.is_unique() {
            return Ok(Some(bytes.into()));
        }
        // Somebody reads what was written so far.
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())?;
        copy.extend_from_slice(&bytes);
        Ok(Some(copy))
    }
}

/// A GeoTIFF while it is written into a [`MemoryFile`]. Made by [`MemoryFile::create`]; it does everything that a [`Writer`]
/// does.
///
/// The file has its old content until [`close`](Self::close), and its new one after it, never half of one. A writer that is
/// dropped is closed too, but nobody learns what went wrong: the file is then as it was. As long as there is a writer, the
/// file can neither be closed nor be written to by other means: the borrow checker sees to it.
#[derive(Debug)]
pub struct DatasetWriter<'f> {
    way: Way,
    file: &'f MemoryFile,
    limits: Limits,
    closed: bool,
    /// Whether the file gets another image, which the sidecar files that are there do not describe.
    replaces: bool,
    /// Whether overviews beside the file are removed with those inside.
    without_overviews: bool,
}

/// How the draft becomes the file.
#[derive(Debug)]
enum Way {
    AsItIs(Box<Writer<Draft>>),
    /// Directories first, when it is whole.
    Streamable(Box<Writer<Draft>>),
    LaidOutAnew(Box<CogWriter<Draft>>),
}

impl<'f> DatasetWriter<'f> {
    fn new(file: &'f MemoryFile, limits: Limits, way: Way, replaces: bool) -> Self {
        Self { way, file, limits, closed: false, replaces, without_overviews: false }
    }

    fn draft(file: &MemoryFile, content: Bytes) -> Draft {
        Draft(File::alone(file.file().path(), content))
    }

    pub(crate) fn create(file: &'f MemoryFile, options: CreateOptions) -> Result<Self> {
        let limits = *options.get_limits();
        let way = if options.is_streamable() { Way::Streamable } else { Way::AsItIs };
        let writer = Writer::new(Self::draft(file, Bytes::new()), options.crs_beside(true))?;
        Ok(Self::new(file, limits, way(Box::new(writer)), true))
    }

    pub(crate) fn create_cog(file: &'f MemoryFile, options: CogOptions) -> Result<Self> {
        let limits = *options.get_limits();
        let options = options.create(|create| create.crs_beside(true));
        let writer = CogWriter::new(Self::draft(file, Bytes::new()), options)?;
        Ok(Self::new(file, limits, Way::LaidOutAnew(Box::new(writer)), true))
    }

    pub(crate) fn update(file: &'f MemoryFile, options: UpdateOptions) -> Result<Self> {
        let limits = *options.get_limits();
        let content = file.file().snapshot().map_err(|e| from_vfs(&e))?;
        // A sidecar describes the first page.
        let path = aux_xml_beside(file.vfs(), &file.file().path()).filter(|_| options.get_page() == 0);
        let options = options.crs_beside(true);
        let mut writer = Writer::update(Self::draft(file, content), options)?;
        if let Some(path) = path {
            let xml = file.vfs().read(&path).map_err(|e| from_vfs(&e))?;
            // One that cannot be parsed is not used when the file is read either, and stays as it is.
            if writer.with_aux_xml(&xml).is_err_and(|error| error.kind() == ErrorKind::Limit) {
                return Err(Error::usage(format!("{path} exceeds the limits")));
            }
        }
        Ok(Self::new(file, limits, Way::AsItIs(Box::new(writer)), false))
    }

    pub(crate) fn append(file: &'f MemoryFile, options: CreateOptions) -> Result<Self> {
        let limits = *options.get_limits();
        let content = file.file().snapshot().map_err(|e| from_vfs(&e))?;
        let writer = Writer::append(Self::draft(file, content), options)?;
        Ok(Self::new(file, limits, Way::AsItIs(Box::new(writer)), false))
    }

    /// What was written so far, to be read back; blocks that nobody has written are empty. Nothing is copied, unless more is
    /// written while the dataset is still there.
    ///
    /// # Errors
    ///
    /// As [`close`](Self::close).
    ///
    /// ```
    /// use memtiff::{CreateOptions, DataType, MemoryFile, Window, ndarray::Array3};
    ///
    /// let mut file = MemoryFile::new();
    /// let options = CreateOptions::new().width(64).height(64).count(1).dtype(DataType::Uint8).tiled(32, 32);
    /// let mut writer = file.create(options)?;
    /// writer.write_window(Window::new(10, 20, 5, 5), &Array3::<u8>::ones((1, 5, 5)))?;
    /// let so_far = writer.read_back()?.read_band::<u8>(1)?;
    /// assert_eq!((so_far[(22, 12)], so_far[(22, 40)]), (1, 0));
    /// writer.close()?;
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read_back(&mut self) -> Result<Dataset> {
        self.flush()?;
        let bytes = self.snapshot()?;
        Dataset::open_bytes(bytes, &Directory::Vfs(self.file.vfs()), &self.file.file().path(), self.limits)
    }

    /// Fills the file with what a request asks of a dataset: its pixels, and its mask if that is kept apart from them. Blocks
    /// that are stored there as they will be here are copied without being decoded. A cloud-optimized GeoTIFF, and any file
    /// whose options ask for it, takes overviews over too, if all of the image is copied.
    ///
    /// # Errors
    ///
    /// When what is asked for has another shape than the file, its samples cannot be read or written, or a block is damaged.
    ///
    /// ```
    /// use memtiff::{Compress, CreateOptions, MemoryFile, ReadRequest, Window};
    ///
    /// # let bytes = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
    /// let source = MemoryFile::from_bytes(&bytes[..]).open()?;
    /// let options = source.create_options()?.width(40).height(30).compress(Compress::Zstd);
    ///
    /// let mut file = MemoryFile::new();
    /// let mut writer = file.create(options)?;
    /// writer.copy_from(&source, &ReadRequest::new().window(Window::new(10, 20, 40, 30)))?;
    /// writer.close()?;
    /// assert_eq!(file.open()?.read_band::<u16>(2)?[(0, 0)], source.read_band::<u16>(2)?[(20, 10)]);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn copy_from(&mut self, source: &Dataset, request: &ReadRequest) -> Result<()> {
        self.copy_with(source, request, None, &mut |_, _| {})
    }

    /// As [`copy_from`](Self::copy_from); pixels are scaled on the way, and `progress` is told how many rows of how many are
    /// done.
    ///
    /// # Errors
    ///
    /// As [`copy_from`](Self::copy_from).
    pub fn copy_with(
        &mut self,
        source: &Dataset,
        request: &ReadRequest,
        scaling: Option<Scaling>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        Writer::copy_with(self, &source.reader(), request, scaling, progress)
    }

    fn snapshot(&self) -> Result<Bytes> {
        self.output().0.snapshot().map_err(|e| from_vfs(&e))
    }

    /// Writes out what waits and makes it the content of the file, together with the sidecar files that the options ask
    /// for, in one step.
    ///
    /// # Errors
    ///
    /// When a block cannot be encoded, the content and the sidecar files exceed the quota of the filesystem, or somebody
    /// removed the file meanwhile. The file and its sidecar files are then as they were.
    pub fn close(mut self) -> Result<()> {
        self.complete()
    }

    /// Ends writing without [`close`](Self::close): the file and its sidecar files stay as they were.
    ///
    /// ```
    /// use memtiff::{CreateOptions, DataType, MemoryFile};
    ///
    /// let mut file = MemoryFile::new();
    /// let writer = file.create(CreateOptions::new().width(8).height(8).count(1).dtype(DataType::Uint8))?;
    /// writer.discard();
    /// assert!(file.getbuffer().is_empty());
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn discard(mut self) {
        self.closed = true;
    }

    fn complete(&mut self) -> Result<()> {
        self.closed = true;
        let content = match &mut self.way {
            Way::AsItIs(writer) => {
                writer.complete()?;
                self.snapshot()?
            }
            Way::Streamable(writer) => writer.complete_streamable()?.into(),
            Way::LaidOutAnew(writer) => writer.finish_in_place()?.into(),
        };
        let target = self.file.file().clone().into_writable();
        let (path, vfs) = (target.path(), self.file.vfs());
        let beside = |name: &str| {
            let folder = path.parent().unwrap_or_else(VfsPath::root);
            folder.join(name).map_err(|e| from_vfs(&e))
        };
        let mut sidecars = Vec::new();
        for (kind, text) in self.texts_beside() {
            let Some(name) = name_beside(path.file_name(), kind) else { continue };
            sidecars.push((beside(&name)?, Bytes::from(text)));
        }
        let found = aux_xml_beside(vfs, &path);
        let mut removed = if self.replaces { stale_beside(vfs, &path) } else { Vec::new() };
        match self.aux_xml()? {
            AuxXml::Written(text) => {
                let path = match found {
                    Some(found) => found,
                    None => beside(&aux_xml_name(path.file_name()))?,
                };
                sidecars.push((path, text.into()));
            }
            AuxXml::Removed => removed.extend(found),
            _ => {}
        }
        if self.without_overviews {
            removed.extend(overviews_beside(vfs, &path));
        }
        removed.retain(|old| sidecars.iter().all(|(new, _)| new != old));
        target.replace_with(content, sidecars).map_err(|e| from_vfs(&e))?;
        // What is left of the old sidecars no longer holds. Another handle may have removed one already.
        for path in removed.into_iter().filter(|path| vfs.exists(path)) {
            vfs.remove(path).map_err(|e| from_vfs(&e))?;
        }
        Ok(())
    }

    /// Removes all overviews, those in files beside this one (`.ovr`) too.
    pub fn remove_overviews(&mut self) {
        self.without_overviews = true;
        Writer::remove_overviews(self);
    }
}

impl Drop for DatasetWriter<'_> {
    fn drop(&mut self) {
        if !self.closed {
            // Documented: who wants to know calls `close`.
            let _ = self.complete();
        }
    }
}

impl Deref for DatasetWriter<'_> {
    type Target = Writer<Draft>;

    fn deref(&self) -> &Self::Target {
        match &self.way {
            Way::AsItIs(writer) | Way::Streamable(writer) => writer,
            Way::LaidOutAnew(writer) => writer,
        }
    }
}

impl DerefMut for DatasetWriter<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.way {
            Way::AsItIs(writer) | Way::Streamable(writer) => writer,
            Way::LaidOutAnew(writer) => writer,
        }
    }
}
