//! Files that somebody made up are changed, copied, laid out anew and judged: none panics, and what was changed can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::ndarray::{Array2, Array3};
use memtiff::{
    MemoryFile, ReadRequest, Resampling, UpdateOptions, Window, repack, repack_in_place, validate_cog,
};

fuzz_target!(|data: &[u8]| {
    let limits = memtiff_fuzz::limits();
    let _ = validate_cog(data, &limits);
    let (mut copied, mut in_place) = (Vec::new(), data.to_vec());
    let laid_out = repack(data, &mut copied, &limits).is_ok();
    assert_eq!(repack_in_place(&mut in_place, &limits).is_ok(), laid_out);
    assert!(in_place == if laid_out { &copied } else { data }, "in place is another than copied");
    let mut file = MemoryFile::from_bytes(data.to_vec());
    let Ok(dataset) = file.open_with(limits) else { return };
    let small = dataset.width().saturating_mul(dataset.height()).saturating_mul(dataset.count()) < 1 << 16;
    if let (true, Ok(options)) = (small, dataset.create_options()) {
        let mut copy = MemoryFile::new();
        let writer = copy.create(options.limits(limits).parallel(false));
        let _ =
            writer.and_then(|mut writer| writer.copy_from(&dataset, &ReadRequest::new()).and(writer.close()));
    }
    let options = UpdateOptions::new().limits(limits).parallel(false).break_cog_layout(true);
    let closed = file.update_with(options).and_then(|mut writer| {
        writer.set_description(1, "a")?;
        let (width, height) = (writer.width().min(9), writer.height().min(5));
        let pixels = Array3::<u8>::ones((writer.count().min(99), height, width));
        let _ = writer.write_window(Window::new(0, 0, width, height), &pixels);
        if small {
            let _ = writer.write_mask_window(Window::new(0, 0, 1, 1), &Array2::<u8>::ones((1, 1)));
            let _ = writer.build_overviews(&[2], Resampling::Average);
        }
        writer.close()
    });
    if closed.is_ok() {
        let dataset = file.open_with(limits.with_memory(2 << 20)).expect("what was changed is still a file");
        assert_eq!(dataset.descriptions()[0], Some("a"));
    }
});
