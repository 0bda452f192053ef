//! Work has limits, not only memory: a small file cannot keep a program busy, and callers can stop an operation.

use std::time::{Duration, Instant};

use memtiff::{
    CancelToken, CogOptions, CreateOptions, DataType, Dataset, ErrorKind, Limits, MemoryFile,
    OverviewOptions, ReadRequest, Resampling, Result, UpdateOptions,
};
use memtiff_tests::builder::{DATA, Field, handmade};
use memtiff_tests::truth;
use ndarray::{Array3, s};

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Far more than an operation takes that is refused at once, also on a busy machine without optimization.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The most columns and rows that GDAL 3.12 reads.
const MOST: u64 = (1 << 31) - 1;

fn case(name: &str) -> Vec<u8> {
    std::fs::read(truth::project().join("testdata/cases").join(name)).unwrap()
}

/// An uncompressed image in tiles of 16 x 16 of which the file has the first one alone: pixels of value 3. With many bands it
/// has none.
fn sparse(width: u64, height: u64, bands: u64) -> Vec<u8> {
    let stored = if bands < 100 { 256 * usize::try_from(bands).unwrap() } else { 0 };
    let data = vec![3; stored];
    let fields: Vec<Field> = vec![
        (256, LONG, vec![width]),
        (257, LONG, vec![height]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![1]),
        (262, SHORT, vec![1]),
        (277, SHORT, vec![bands]),
        (322, LONG, vec![16]),
        (323, LONG, vec![16]),
        (324, LONG, vec![if data.is_empty() { 0 } else { DATA }]),
        (325, LONG, vec![data.len() as u64]),
    ];
    handmade(&fields, &data)
}

/// An image whose blocks share the bytes of a single one.
fn shared(tiles: u64) -> Vec<u8> {
    let data: Vec<u8> = vec![1; 256];
    let count = usize::try_from(tiles * tiles).unwrap();
    let mut tables = data;
    let offsets = DATA + tables.len() as u64;
    for value in [DATA, 256] {
        for _ in 0..count {
            tables.extend(u32::try_from(value).unwrap().to_le_bytes());
        }
    }
    let fields: Vec<Field> = vec![
        (256, LONG, vec![16 * tiles]),
        (257, LONG, vec![16 * tiles]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![1]),
        (262, SHORT, vec![1]),
        (277, SHORT, vec![1]),
        (322, LONG, vec![16]),
        (323, LONG, vec![16]),
        (324, LONG, vec![0; 1]),
        (325, LONG, vec![0; 1]),
    ];
    let mut file = handmade(&fields, &tables);
    // The tables, of more values than the builder has space for.
    for (entry, at) in [(8, offsets), (9, offsets + 4 * count as u64)] {
        let entry = 8 + 2 + 12 * entry;
        file[entry + 4..entry + 8].copy_from_slice(&u32::try_from(count).unwrap().to_le_bytes());
        file[entry + 8..entry + 12].copy_from_slice(&u32::try_from(at).unwrap().to_le_bytes());
    }
    file
}

fn open(bytes: &[u8]) -> Dataset {
    MemoryFile::from_bytes(bytes.to_vec()).open().unwrap()
}

fn overviews(bytes: &[u8], limits: Limits, token: &CancelToken) -> Result<MemoryFile> {
    let mut file = MemoryFile::builder().bytes(bytes.to_vec()).unwrap();
    let mut copy = MemoryFile::new();
    std::io::Write::write_all(&mut copy, &file.getbuffer()).unwrap();
    file = copy;
    let mut writer = file.update_with(UpdateOptions::new().limits(limits))?;
    writer.set_cancel(token.clone());
    writer.build_overviews_with(&OverviewOptions::new().resampling(Resampling::Average))?;
    writer.close()?;
    Ok(file)
}

fn cog(source: &Dataset) -> Result<MemoryFile> {
    let mut file = MemoryFile::new();
    let mut writer = file.create_cog(source.cog_options()?)?;
    writer.copy_from(source, &ReadRequest::new())?;
    writer.close()?;
    Ok(file)
}

fn convert(source: &Dataset) -> Result<MemoryFile> {
    let mut file = MemoryFile::new();
    let mut writer = file.create(source.create_options()?)?;
    writer.copy_from(source, &ReadRequest::new())?;
    writer.close()?;
    Ok(file)
}

#[test]
fn more_rows_than_gdal_reads_are_refused() {
    // GDAL 3.12.2: "Too large image size: 64 x 2147483648".
    let error = MemoryFile::from_bytes(case("claims_2147483648_rows.tif")).open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("64 x 2147483648"), "{error}");
    assert!(MemoryFile::from_bytes(sparse(MOST + 1, 16, 1)).open().is_err());
    assert_eq!(open(&sparse(MOST, 16, 1)).width() as u64, MOST);
}

#[test]
fn claims_are_answered_or_refused_at_once() {
    let token = CancelToken::new();
    let files = [
        case("claims_65535_bands.tif"),
        sparse(64, MOST, 1),
        sparse(MOST, MOST, 1),
        sparse(1_000_000, 1_000_000, 1),
        sparse(300, 200, 65_535),
    ];
    for (number, bytes) in files.iter().enumerate() {
        let dataset = open(bytes);
        let start = Instant::now();
        let limits = Limits::default();
        let preview = ReadRequest::new().shape(512, 512).resampling(Resampling::Average);
        let results = [
            ("statistics", dataset.statistics(1).map(drop)),
            ("read", dataset.read_dyn(&ReadRequest::new()).map(drop)),
            ("preview", dataset.read_rgba(&preview).map(drop)),
            ("convert", convert(&dataset).map(drop)),
            ("cog", cog(&dataset).map(drop)),
            ("overviews", overviews(bytes, limits, &token).map(drop)),
        ];
        assert!(start.elapsed() < AT_ONCE, "file {number}: {:?}", start.elapsed());
        for (what, result) in results {
            let kind = result.err().map(|error| error.kind());
            // Of the first file a block lies outside the file.
            let refused =
                kind == Some(ErrorKind::Limit) || (number == 0 && kind == Some(ErrorKind::Truncated));
            assert!(refused || (number > 0 && kind.is_none()), "file {number}, {what}: {kind:?}");
        }
    }
}

#[test]
fn blocks_that_are_left_out_count_without_being_looked_at() {
    let found = open(&sparse(64, MOST, 1)).statistics(1).unwrap().unwrap();
    let pixels = 64 * MOST;
    assert_eq!((found.min, found.max, found.valid_count), (0.0, 3.0, pixels));
    let mean = 3.0 * 256.0 / pixels as f64;
    assert!((found.mean - mean).abs() <= 1e-12 * mean, "{} {mean}", found.mean);
    let deviation = (9.0 * 256.0 / pixels as f64 - mean * mean).sqrt();
    assert!((found.std - deviation).abs() <= 1e-12 * deviation, "{} {deviation}", found.std);
    let histogram = open(&sparse(64, MOST, 1)).histogram(1, -0.5, 3.5, 4).unwrap();
    assert_eq!(histogram, [pixels - 256, 0, 0, 256]);
    // A window of them is zeros, one that meets the first tile is not.
    let far = memtiff::Window::new(0, 2_000_000_000_usize, 64, 64);
    let dataset = open(&sparse(64, MOST, 1));
    assert!(dataset.read_window::<u8>(far).unwrap().iter().all(|value| *value == 0));
    let near = dataset.read_window::<u8>(memtiff::Window::new(8, 8, 16, 16)).unwrap();
    assert_eq!(near.iter().map(|value| u32::from(*value)).sum::<u32>(), 3 * 64);
}

#[test]
fn overviews_and_copies_of_sparse_files_have_the_same_pixels() {
    let bytes = sparse(1000, 800, 2);
    let dataset = open(&bytes);
    let mut pixels = Array3::<u8>::zeros((2, 800, 1000));
    pixels.slice_mut(s![.., ..16, ..16]).fill(3);
    assert_eq!(dataset.read::<u8>().unwrap(), pixels);
    for copy in [convert(&dataset).unwrap(), cog(&dataset).unwrap()] {
        assert_eq!(copy.open().unwrap().read::<u8>().unwrap(), pixels);
    }
    let with_overviews = overviews(&bytes, Limits::default(), &CancelToken::new()).unwrap();
    let dataset = with_overviews.open().unwrap();
    assert_eq!(dataset.overviews()[..2], [2, 4]);
    let mut reduced = Array3::<u8>::zeros((2, 400, 500));
    reduced.slice_mut(s![.., ..8, ..8]).fill(3);
    assert_eq!(dataset.read_with::<u8>(&ReadRequest::new().overview(0)).unwrap(), reduced);
}

#[test]
fn the_limit_of_work_says_what_to_do() {
    let dataset = MemoryFile::from_bytes(shared(64)).open_with(Limits::default().with_work(1_000_000));
    let dataset = dataset.unwrap();
    for error in [
        dataset.read::<u8>().unwrap_err(),
        dataset.statistics(1).unwrap_err(),
        dataset.read_masks(&ReadRequest::new()).and(dataset.read::<u8>().map(drop)).unwrap_err(),
    ] {
        assert!(error.exceeds_work() && error.kind() == ErrorKind::Limit, "{error}");
        assert!(error.to_string().contains("Limits::with_work"), "{error}");
    }
    let enough = MemoryFile::from_bytes(shared(64)).open_with(Limits::default().with_work(1 << 40)).unwrap();
    assert_eq!(enough.statistics(1).unwrap().unwrap().valid_count, 1024 * 1024);
    assert_eq!(open(&shared(64)).statistics(1).unwrap().unwrap().valid_count, 1024 * 1024);
}

#[test]
fn bombs_of_shared_blocks_are_refused_before_they_are_decoded() {
    // 5 GB of pixels in 41 MB would take minutes; the file itself allows less than that.
    let limits = Limits::default().with_work(1 << 32);
    let dataset = MemoryFile::from_bytes(shared(1500)).open_with(limits).unwrap();
    let start = Instant::now();
    assert!(dataset.statistics(1).unwrap_err().exceeds_work());
    assert!(dataset.read::<u8>().unwrap_err().exceeds_work());
    let error = overviews(&shared(1500), limits, &CancelToken::new()).unwrap_err();
    assert!(error.exceeds_work(), "{error}");
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
}

#[test]
fn operations_look_at_their_token_for_each_block() {
    let bytes = shared(32);
    let blocks = 32 * 32;
    let preview = ReadRequest::new().shape(100, 100).resampling(Resampling::Bilinear);
    type Operation<'o> = (&'o str, Box<dyn Fn(&Dataset) -> Result<()> + 'o>);
    let operations: [Operation<'_>; 7] = [
        ("read", Box::new(|dataset| dataset.read::<u8>().map(drop))),
        ("alone", Box::new(|dataset| dataset.read_with::<u8>(&ReadRequest::new().parallel(false)).map(drop))),
        ("statistics", Box::new(|dataset| dataset.statistics(1).map(drop))),
        ("histogram", Box::new(|dataset| dataset.histogram(1, 0.0, 9.0, 3).map(drop))),
        ("preview", Box::new(|dataset| dataset.read_rgba(&preview).map(drop))),
        ("convert", Box::new(|dataset| convert(dataset).map(drop))),
        ("cog", Box::new(|dataset| cog(dataset).map(drop))),
    ];
    for (name, operation) in operations {
        let token = CancelToken::new();
        let dataset = open(&bytes).with_cancel(token.clone());
        operation(&dataset).unwrap();
        let polls = token.polls();
        assert!(polls >= blocks, "{name}: {polls} polls for {blocks} blocks");
        for allowed in [0, 1, blocks / 2, blocks - 1] {
            let token = CancelToken::after_polls(allowed);
            let error = operation(&open(&bytes).with_cancel(token.clone())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{name}: {error}");
            // Others that are at work meanwhile look once more, and no new ones begin.
            assert!(token.is_cancelled() && token.polls() <= allowed + 70, "{name}: {} polls", token.polls());
        }
    }
}

#[test]
fn writers_that_are_cancelled_leave_the_file_as_it_was() {
    let bytes = shared(32);
    let token = CancelToken::new();
    let done = overviews(&bytes, Limits::default(), &token).unwrap();
    assert_eq!(done.open().unwrap().overviews(), [2]);
    assert!(token.polls() > 4, "{}", token.polls());
    for polls in 0..token.polls() {
        let error = overviews(&bytes, Limits::default(), &CancelToken::after_polls(polls)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
    let mut file = MemoryFile::new();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let mut writer = file.update_with(UpdateOptions::new()).unwrap();
    let token = CancelToken::new();
    writer.set_cancel(token.clone());
    token.cancel();
    assert_eq!(writer.build_overviews(&[2], Resampling::Nearest).unwrap_err().kind(), ErrorKind::Cancelled);
    drop(writer);
    assert_eq!(file.getbuffer(), bytes);

    let options = CreateOptions::new().width(64).height(64).count(1).dtype(DataType::Uint8).tiled(16, 16);
    let mut file = MemoryFile::new();
    let mut writer = file.create(options).unwrap();
    writer.set_cancel(CancelToken::after_polls(5));
    let error = writer.write(&Array3::<u8>::ones((1, 64, 64))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(writer.close().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(file.getbuffer().is_empty());
}

#[test]
fn another_thread_stops_a_read() {
    let token = CancelToken::new();
    let limits = Limits::default().with_work(u64::MAX);
    let dataset = MemoryFile::from_bytes(shared(1200)).open_with(limits).unwrap().with_cancel(token.clone());
    let reading = std::thread::spawn(move || {
        // Far longer than it takes to cancel.
        (0..10_000).try_for_each(|_| dataset.statistics(1).map(drop))
    });
    while token.polls() == 0 {
        std::thread::yield_now();
    }
    token.cancel();
    assert_eq!(reading.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn written_files_have_a_limit_of_their_own() {
    let pixels = Array3::<u8>::ones((1, 256, 256));
    let options = CreateOptions::new().width(256).height(256).count(1).dtype(DataType::Uint8).tiled(64, 64);
    for (bytes, fits) in [(60_000, false), (70_000, true)] {
        let options = options.clone().limits(Limits::default().with_output(bytes));
        let mut file = MemoryFile::new();
        let mut writer = file.create(options).unwrap();
        let written = writer.write(&pixels).and_then(|()| writer.close());
        let kind = written.err().map(|error| error.kind());
        assert_eq!(kind, (!fits).then_some(ErrorKind::Limit), "{bytes}");
        let mut file = MemoryFile::new();
        let cog =
            CogOptions::from(CreateOptions::new().width(256).height(256).count(1).dtype(DataType::Uint8))
                .create(|create| create.limits(Limits::default().with_output(bytes / 200)));
        let mut writer = file.create_cog(cog).unwrap();
        let written = writer.write(&pixels).and_then(|()| writer.close());
        assert_eq!(written.unwrap_err().kind(), ErrorKind::Limit, "{bytes}");
    }
}
