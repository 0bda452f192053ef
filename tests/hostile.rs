//! Hostile files: opened and read under small limits, none may panic, hang, or pass its budget.
//!
//! A test binary of its own: it counts what the whole process allocates.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use memtiff::ndarray::{Array2, Array3};
use memtiff::{
    Bytes, Crs, DataType, Limits, MemoryFile, RasterType, ReadRequest, Resampling, UpdateOptions, Window,
    repack, repack_in_place, validate_cog,
};
use memtiff_tests::truth;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one open or one read may allocate.
const MEMORY: u64 = 32 << 20;
/// What may come on top: threads, error messages, this test's own list.
const SLACK: usize = 4 << 20;

/// Opens and reads in every way there is; errors are welcome.
fn torment(bytes: Bytes, limits: Limits) -> (bool, bool) {
    let Ok(dataset) = MemoryFile::from_bytes(bytes).open_with(limits) else { return (false, false) };
    let whole = dataset.read_dyn(&ReadRequest::new()).is_ok();
    let window = Window::new(dataset.width() / 2, dataset.height() / 2, 1, 1);
    let _ = dataset.read_dyn(&ReadRequest::new().window(window).parallel(false));
    for level in 0..dataset.overviews().len() {
        let _ = dataset.read_dyn(&ReadRequest::new().overview(level));
    }
    let _ = (dataset.read_rgba(&ReadRequest::new()), dataset.read_masks(&ReadRequest::new()));
    for method in [Resampling::Nearest, Resampling::Average, Resampling::Lanczos, Resampling::Med] {
        let request = ReadRequest::new().shape(5, 7).resampling(method).dtype(DataType::Float64);
        let _ = (dataset.read_dyn(&request), dataset.read_masks(&request));
    }
    let outside = Window::new(-2.5, -2.5, 5, 5);
    let _ = dataset.read_dyn(&ReadRequest::new().window(outside).boundless(true));
    let _ = dataset.sample::<f32>(&[(0.0, 0.0)], &ReadRequest::new().dtype(DataType::Float32));
    // Every pixel is visited, and a few bytes can claim any number of them.
    if dataset.width().saturating_mul(dataset.height()) < 1 << 22 {
        let _ = (dataset.statistics(1), dataset.histogram(1, 0.0, 1.0, 10));
    }
    if let Ok(blocks) = dataset.blocks::<u8>(&ReadRequest::new().dtype(DataType::Uint8).parallel(false)) {
        blocks.take(4).for_each(drop);
    }
    for domain in dataset.tag_domains() {
        let _ = dataset.tags_in(&domain);
    }
    let _ = (dataset.colormap(1), dataset.gcps(), dataset.rpcs(), dataset.icc_profile(), dataset.xmp());
    if let Some(crs) = dataset.crs().or_else(|| dataset.gcps_crs()) {
        let _ = (crs.to_string(), crs.to_wkt1(), crs.to_wkt2(), crs.to_projjson());
        let _ = crs.to_geokeys(RasterType::PixelIsArea).map(|keys| Crs::from_geokeys(&keys));
    }
    let _ = (dataset.profile(), dataset.bounds(), dataset.warnings().len());
    (true, whole)
}

/// Changes and copies in every way there is; errors are welcome.
fn torment_as_writer(bytes: &Bytes, limits: Limits) {
    let _ = (validate_cog(bytes, &limits), repack(bytes, std::io::sink(), &limits));
    if bytes.len() < 1 << 20 {
        let mut in_place = bytes.to_vec();
        if repack_in_place(&mut in_place, &limits).is_err() {
            assert!(in_place == *bytes, "what cannot be laid out anew was changed");
        }
    }
    let mut file = MemoryFile::from_bytes(bytes.clone());
    let Ok(dataset) = file.open_with(limits) else { return };
    // A few bytes can claim any number of pixels, and a file is made of all of them.
    let small = dataset.width().saturating_mul(dataset.height()).saturating_mul(dataset.count()) < 1 << 20;
    if let Ok(mut writer) = file.update_with(UpdateOptions::new().limits(limits).break_cog_layout(true)) {
        let _ = (writer.set_description(1, "a"), writer.set_nodata(Some(3.0)));
        let (width, height) = (writer.width().min(9), writer.height().min(5));
        let pixels = Array3::<u8>::zeros((writer.count().min(99), height, width));
        let _ = writer.write_window(Window::new(0, 0, width, height), &pixels);
        if small {
            let _ = writer.write_mask_window(Window::new(0, 0, 1, 1), &Array2::<u8>::ones((1, 1)));
            let _ = writer.build_overviews(&[2], Resampling::Average);
        }
        let _ = writer.close();
    }
    let _ = file.open_with(limits).map(|dataset| dataset.read_dyn(&ReadRequest::new()).is_ok());
    if let (true, Ok(options)) = (small, dataset.create_options()) {
        let mut copy = MemoryFile::new();
        let writer = copy.create(options.limits(limits));
        let _ =
            writer.and_then(|mut writer| writer.copy_from(&dataset, &ReadRequest::new()).and(writer.close()));
    }
}

fn files() -> Vec<PathBuf> {
    let Some(corpus) = truth::corpus_folder() else { return Vec::new() };
    let folders = ["thirdparty", "mutants"].map(|folder| corpus.join("hostile").join(folder));
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten())
        .collect::<Result<Vec<_>, _>>()
        .unwrap()
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}

/// Cuts and bit flips of the files that come with the project, so that this promise is tested everywhere.
fn mutants_of_testdata() -> Vec<(String, Vec<u8>)> {
    let testdata = truth::testdata();
    let mut mutants = Vec::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for (name, _) in testdata.records() {
        let data = testdata.bytes(name);
        for i in 0..60 {
            let mut mutant = data.clone();
            for _ in 0..=i % 4 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                // Half of the damage goes where directories usually are.
                let reach = if i % 2 == 0 { mutant.len() } else { mutant.len().min(600) };
                let at = (state % reach as u64) as usize;
                mutant[at] = (state >> 32) as u8;
            }
            mutants.push((format!("{name} mutant {i}"), mutant));
        }
    }
    mutants
}

#[test]
fn hostile_files_are_refused_or_read_within_their_limits() {
    let limits = Limits::default().with_memory(MEMORY).with_directories(1000);
    let on_disk = files().into_iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let data = std::fs::read(&path).unwrap();
        (name, data)
    });
    let mut slowest = (Duration::ZERO, String::new());
    let mut hungriest = (0, String::new());
    let (mut tried, mut opened, mut read) = (0, 0, 0);
    for (name, data) in mutants_of_testdata().into_iter().chain(on_disk) {
        let bytes = Bytes::from(data);
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        let start = Instant::now();
        let result = std::panic::catch_unwind(|| torment(bytes.clone(), limits));
        let took = start.elapsed();
        let peak = ALLOCATOR.peak_usage().saturating_sub(before);
        ALLOCATOR.reset_peak_usage();
        let as_writer = std::panic::catch_unwind(|| torment_as_writer(&bytes, limits));
        assert!(as_writer.is_ok(), "{name}: panicked while it was changed or copied");
        // Reading, writing, and the file that is written.
        let peak_of_writer = ALLOCATOR.peak_usage().saturating_sub(before);
        let allowed = 3 * MEMORY as usize + SLACK;
        assert!(peak_of_writer <= allowed, "{name}: allocated {peak_of_writer} bytes, {allowed} are allowed");
        let took = took.max(start.elapsed() / 2);
        let (did_open, did_read) = result.unwrap_or_else(|_| panic!("{name}: panicked"));
        assert!(peak <= MEMORY as usize + SLACK, "{name}: allocated {peak} bytes, {MEMORY} are allowed");
        tried += 1;
        opened += usize::from(did_open);
        read += usize::from(did_read);
        slowest = slowest.max((took, name.clone()));
        hungriest = hungriest.max((peak, name));
    }
    println!("hostile: {tried} files, {opened} opened, {read} read whole, none panicked");
    println!("  slowest: {} in {:?}", slowest.1, slowest.0);
    println!("  largest peak: {} with {} of {MEMORY} bytes", hungriest.1, hungriest.0);
    if truth::corpus_folder().is_none() {
        println!("  without the corpus (set MEMTIFF_CORPUS): mutants of testdata only");
    }
}
