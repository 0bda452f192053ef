//! GeoTIFFs in object stores: [`StoreReader`] opens one through any [`ObjectStore`] (S3, Azure, Google, HTTP, a folder,
//! memory) and fetches those ranges of bytes that an operation needs: the directories, then the tiles of a window.
//!
//! ```
//! use std::sync::Arc;
//!
//! use memtiff::Window;
//! use memtiff_object_store::StoreReader;
//! use object_store::memory::InMemory;
//! use object_store::{ObjectStore, ObjectStoreExt, path::Path};
//!
//! # let scene: &[u8] = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
//! let path = Path::from("scenes/a.tif");
//! store.put(&path, scene.into()).await?;
//!
//! let mut reader = StoreReader::open(store, path).await?;
//! let pixels = reader.run(|dataset| dataset.read_window::<u16>(Window::new(0, 0, 20, 20))).await?;
//! assert_eq!(pixels.dim(), (3, 20, 20));
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use memtiff::{Dataset, RangeOptions, Ranged, Step};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt};

pub use object_store;

/// Requests that are under way at once, as browsers do it.
const AT_ONCE: usize = 8;

/// What went wrong: on the way, or in the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed: no such object, no permission, no connection; [`Precondition`](object_store::Error::Precondition)
    /// says that the object was replaced since it was opened.
    #[error(transparent)]
    Store(#[from] object_store::Error),
    /// The bytes came, and something is wrong with them or with what was asked.
    #[error(transparent)]
    Dataset(#[from] memtiff::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A GeoTIFF in a store.
///
/// All its bytes are of one version of the object: when that was replaced meanwhile, an operation that needs more of it
/// fails. (Stores without entity tags cannot tell.) What was fetched is kept until the reader is dropped. Files beside the
/// object (`.ovr`, `.msk`, `.aux.xml`) are not looked for.
#[derive(Debug)]
pub struct StoreReader {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    ranged: Ranged,
}

impl StoreReader {
    /// Opens an object, with the default [`RangeOptions`]: one request when its directories are in the first 16 KiB.
    ///
    /// # Errors
    ///
    /// When the store fails, or the object is no TIFF.
    pub async fn open(store: Arc<dyn ObjectStore>, path: Path) -> Result<Self> {
        Self::open_with(store, path, RangeOptions::default()).await
    }

    /// [`open`](Self::open), with a say in what is fetched at once.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(store: Arc<dyn ObjectStore>, path: Path, options: RangeOptions) -> Result<Self> {
        // The first answer tells the size: nothing needs to be asked before.
        let first =
            GetOptions { range: Some(GetRange::Bounded(0..options.least().max(1))), ..GetOptions::default() };
        let (meta, range, bytes) = match store.get_opts(&path, first).await {
            Ok(answer) => {
                let (meta, range) = (answer.meta.clone(), answer.range.clone());
                (meta, range, answer.bytes().await?)
            }
            // Of an empty object no range can be asked for.
            Err(refused) => match store.head(&path).await {
                Ok(meta) if meta.size == 0 => (meta, 0..0, Bytes::new()),
                _ => return Err(refused.into()),
            },
        };
        let mut ranged = Ranged::new(meta.size, options);
        ranged.give(range, bytes)?;
        let mut reader = Self { store, meta, ranged };
        reader.run(|_| Ok(())).await?;
        Ok(reader)
    }

    /// Does something with the dataset, and fetches what that needs: pixels, masks, statistics, another page. It is tried
    /// again from its beginning after each fetch, so that it must have no effects but its result. Decoding happens between
    /// two fetches, on the thread that polls and on those of the pool.
    ///
    /// # Errors
    ///
    /// When the store fails, when the object was replaced since it was opened, or as the operation.
    pub async fn run<T>(&mut self, mut operation: impl FnMut(&Dataset) -> memtiff::Result<T>) -> Result<T> {
        loop {
            match self.ranged.step(&mut operation) {
                Step::Done(result) => return Ok(result?),
                Step::Need(ranges) => {
                    let requests: Vec<_> = ranges.into_iter().map(|range| self.get(range)).collect();
                    let answers: Vec<(Range<u64>, Bytes)> =
                        stream::iter(requests).buffered(AT_ONCE).try_collect().await?;
                    for (range, bytes) in answers {
                        self.ranged.give(range, bytes)?;
                    }
                }
            }
        }
    }

    /// The bytes of a range, of the version that was opened.
    fn get(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = object_store::Result<(Range<u64>, Bytes)>> + use<> {
        let (store, path) = (Arc::clone(&self.store), self.meta.location.clone());
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: self.meta.e_tag.clone(),
            version: self.meta.version.clone(),
            ..GetOptions::default()
        };
        async move { Ok((range, store.get_opts(&path, options).await.map(GetResult::bytes)?.await?)) }
    }

    /// The dataset; [`run`](Self::run) is what fetches.
    #[must_use]
    pub fn dataset(&self) -> Option<&Dataset> {
        self.ranged.dataset()
    }

    /// What the store says of the object: its size, when it was last changed, its entity tag.
    #[must_use]
    pub fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    /// Bytes of the object that are held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.ranged.held()
    }
}
