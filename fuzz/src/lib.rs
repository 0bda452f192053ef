//! What the targets share: pixels read from bytes that a fuzzer made up.

use libfuzzer_sys::Corpus;
pub use memtiff::Compression;
use memtiff::{
    Crs, DataType, Dataset, DynArray, Limits, MemoryFile, RasterType, ReadRequest, Resampling, Window,
};

/// Limits that keep a run quick.
pub fn limits() -> Limits {
    Limits::default().with_memory(1 << 20).with_directories(100)
}

/// Reads the whole, a window and the overviews: never panics, and the window holds what the whole holds.
pub fn read(dataset: &Dataset) {
    let whole = dataset.read_dyn(&ReadRequest::new().parallel(false));
    let place = (dataset.height() / 3, dataset.width() / 3);
    let window = Window::new(place.1, place.0, 1, 1);
    let part = dataset.read_dyn(&ReadRequest::new().window(window));
    if let Ok(whole) = whole {
        let part = part.expect("the whole was read, and a window of it not");
        assert!(pixel(&whole, place) == pixel(&part, (0, 0)));
    }
    resample(dataset);
    let _ = (dataset.read_rgba(&ReadRequest::new()), dataset.dataset_mask(&ReadRequest::new()));
    for level in 0..dataset.overviews().len() {
        let _ = dataset.read_dyn(&ReadRequest::new().overview(level));
    }
}

/// Reads pixels of another size, over the edges, in another type, by a method that the file's own bytes pick; its
/// statistics and its blocks.
fn resample(dataset: &Dataset) {
    let pick = dataset
        .bytes()
        .iter()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let method = Resampling::ALL[pick % Resampling::ALL.len()];
    let dtype = DataType::ALL[pick / 16 % DataType::ALL.len()];
    let (rows, columns) = (1 + pick / 256 % 40, 1 + pick / 65_536 % 40);
    let request = ReadRequest::new().shape(rows, columns).resampling(method);
    let _ = dataset.read_dyn(&request.clone().dtype(dtype));
    let window = Window::new(-1.5, 0.25, dataset.width() as f64, 3);
    let _ = dataset.read_dyn(&request.clone().window(window).boundless(true));
    let _ = dataset.read_masks(&request);
    // Every pixel is visited, and a few bytes can claim any number of them.
    if dataset.width().saturating_mul(dataset.height()) < 1 << 20 {
        let _ = (dataset.statistics(1), dataset.histogram(1, 0.0, 1.0, 4));
    }
    if let Ok(blocks) = dataset.blocks::<u8>(&ReadRequest::new().dtype(DataType::Uint8).parallel(false)) {
        blocks.take(8).for_each(drop);
    }
}

/// Everything that a CRS says of itself, and what its keys say again.
pub fn tell(crs: &Crs) {
    let _ = (crs.epsg(), crs.to_string(), crs.unit(), crs.vertical_unit(), crs == crs);
    let _ = (crs.to_wkt1(), crs.to_wkt2().map(|text| Crs::from_wkt(&text)), crs.to_projjson());
    if let Ok(keys) = crs.to_geokeys(RasterType::PixelIsArea) {
        let _ = (keys.encode(), Crs::from_geokeys(&keys));
    }
}

/// Reads a file that is compressed with one of `methods`; any other is no find for the target.
pub fn read_compressed(data: &[u8], methods: &[Compression]) -> Corpus {
    match MemoryFile::from_bytes(data.to_vec()).open_with(limits()) {
        Ok(dataset) if methods.contains(&dataset.compression()) => read(&dataset),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
}

/// The target for a decoder: the compression methods that it decodes.
#[macro_export]
macro_rules! decoder {
    ($($method:ident),+) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| -> libfuzzer_sys::Corpus {
            $crate::read_compressed(data, &[$($crate::Compression::$method),+])
        });
    };
}

/// The bytes of the pixel in a row and column, all bands.
fn pixel(array: &DynArray, (row, column): (usize, usize)) -> Vec<u8> {
    let [bands, rows, columns] = array.shape();
    let size = array.data_type().size();
    let bytes = array.as_bytes().expect("reads give arrays in C order");
    let at = |band: usize| ((band * rows + row) * columns + column) * size;
    (0..bands).flat_map(|band| bytes[at(band)..][..size].to_vec()).collect()
}
