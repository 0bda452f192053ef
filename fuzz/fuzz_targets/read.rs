//! Pixels: reading never panics, and a window holds what the whole holds, on one thread or on many.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::{DynArray, Limits, MemoryFile, ReadRequest, Window};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default().with_memory(1 << 20).with_directories(100);
    let Ok(dataset) = MemoryFile::from_bytes(data.to_vec()).open_with(limits) else { return };
    let whole = dataset.read_dyn(&ReadRequest::new().parallel(false));
    let window = Window::new(dataset.width() / 3, dataset.height() / 3, 1, 1);
    let part = dataset.read_dyn(&ReadRequest::new().window(window));
    if let Ok(whole) = whole {
        let part = part.expect("the whole was read, and a window of it not");
        assert!(pixel(&whole, &window) == pixel(&part, &Window::new(0, 0, 1, 1)));
    }
    for level in 0..dataset.overviews().len() {
        let _ = dataset.read_dyn(&ReadRequest::new().overview(level));
    }
});

/// The bytes of the first pixel of a window, all bands.
fn pixel(array: &DynArray, window: &Window) -> Vec<u8> {
    let [bands, rows, columns] = array.shape();
    let size = array.data_type().size();
    let bytes = array.as_bytes().expect("reads give arrays in C order");
    let at = |band: usize| ((band * rows + window.row_off) * columns + window.col_off) * size;
    (0..bands).flat_map(|band| bytes[at(band)..][..size].to_vec()).collect()
}
