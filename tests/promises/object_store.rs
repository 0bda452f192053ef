//! Stores in memory and on disk: what is read is what the whole file reads, and little else is fetched.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use memtiff::{Bytes, DynArray, ErrorKind, MemoryFile, ReadRequest, Window};
use memtiff_object_store::object_store::local::LocalFileSystem;
use memtiff_object_store::object_store::memory::InMemory;
use memtiff_object_store::object_store::path::Path;
use memtiff_object_store::object_store::{
    self, CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use memtiff_object_store::{Error, StoreReader};
use memtiff_tests::truth;

use crate::ranges::large;

#[tokio::test]
async fn every_object_reads_as_the_file_does() {
    let testdata = truth::testdata();
    let store: Arc<dyn ObjectStore> =
        Arc::new(LocalFileSystem::new_with_prefix(truth::project().join("testdata")).unwrap());
    let mut opened = 0;
    for (name, _) in testdata.records() {
        let whole = MemoryFile::from_bytes(testdata.bytes(name)).open();
        let reader = StoreReader::open(Arc::clone(&store), Path::from(name)).await;
        // Some of them cannot be opened, whatever holds them.
        let (whole, mut reader) = match (whole, reader) {
            (Ok(whole), Ok(reader)) => (whole, reader),
            (whole, reader) => {
                assert_eq!(reader.unwrap_err().to_string(), whole.unwrap_err().to_string());
                continue;
            }
        };
        assert_eq!(format!("{:?}", reader.dataset().unwrap().profile()), format!("{:?}", whole.profile()));
        let request = ReadRequest::new();
        let read = reader.run(|dataset| dataset.read_dyn(&request)).await.map_err(|error| error.to_string());
        let expected = whole.read_dyn(&request).map_err(|error| error.to_string());
        let bytes = |read: &DynArray| read.as_bytes().unwrap().to_vec();
        assert_eq!(read.as_ref().map(bytes), expected.as_ref().map(bytes), "{name}");
        opened += 1;
    }
    assert!(opened > 10, "{opened}");
}

/// A store that notes which ranges it was asked for.
#[derive(Debug, Default)]
struct Noting {
    within: InMemory,
    asked: Mutex<Vec<Range<u64>>>,
}

impl fmt::Display for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Noting")
    }
}

#[async_trait]
impl ObjectStore for Noting {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        if let Some(GetRange::Bounded(range)) = &options.range {
            self.asked.lock().unwrap().push(range.clone());
        }
        self.within.get_opts(location, options).await
    }

    async fn put_opts(
        &self,
        at: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.within.put_opts(at, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.within.put_multipart_opts(at, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.within.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.within.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.within.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.within.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn a_tile_costs_one_request_for_the_directories_and_one_for_itself() {
    let store = Arc::new(Noting::default());
    let (path, file) = (Path::from("a/large.tif"), large());
    store.put(&path, file.clone().into()).await.unwrap();
    let mut reader = StoreReader::open(Arc::clone(&store) as Arc<dyn ObjectStore>, path).await.unwrap();
    assert_eq!(reader.meta().size, file.len() as u64);
    let pixels = reader.run(|dataset| dataset.read_window::<u16>(Window::new(300, 10, 5, 5))).await.unwrap();
    assert_eq!(pixels[(0, 0, 0)], 10 * 7 + 300 * 3);
    let asked = store.asked.lock().unwrap().clone();
    assert_eq!((asked.len(), &asked[0]), (2, &(0..16_384)));
    assert_eq!(asked[1].end - asked[1].start, 256 * 256 * 2);
    assert_eq!(reader.held(), 16_384 + 256 * 256 * 2);
}

#[tokio::test]
async fn bytes_of_two_versions_are_never_mixed() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let path = Path::from("a.tif");
    store.put(&path, large().into()).await.unwrap();
    let mut reader = StoreReader::open(Arc::clone(&store), path.clone()).await.unwrap();
    let first = |dataset: &memtiff::Dataset| dataset.read_window::<u16>(Window::new(300, 10, 5, 5));
    reader.run(first).await.unwrap();
    store.put(&path, large().into()).await.unwrap();
    // What is here is read, what would have to be fetched is not.
    reader.run(first).await.unwrap();
    let error = reader.run(|dataset| dataset.read_band::<u16>(1)).await.unwrap_err();
    assert!(matches!(error, Error::Store(object_store::Error::Precondition { .. })), "{error}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let open = |bytes: &'static [u8]| {
        let store = Arc::clone(&store);
        async move {
            store.put(&Path::from("it"), Bytes::from_static(bytes).into()).await.unwrap();
            StoreReader::open(store, Path::from("it")).await.unwrap_err()
        }
    };
    for (bytes, kind) in [
        (&b""[..], ErrorKind::NotTiff),
        (b"<html></html>", ErrorKind::NotTiff),
        (b"II*\0\xff\0\0\0", ErrorKind::Truncated),
    ] {
        match open(bytes).await {
            Error::Dataset(error) => assert_eq!(error.kind(), kind, "{error}"),
            other => panic!("{other}"),
        }
    }
    let error = StoreReader::open(Arc::clone(&store), Path::from("nothing")).await.unwrap_err();
    assert!(matches!(error, Error::Store(object_store::Error::NotFound { .. })), "{error}");
}
