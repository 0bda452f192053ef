//! What opening, reading and keeping files costs, counted: the output of a read and next to nothing more, no copy of a
//! file anywhere, and all of it given back.
//!
//! A test binary of its own, with one test: it counts what the whole process allocates.

use std::io::{Read, Seek, Write};
use std::panic::catch_unwind;

use memtiff::vfs::{OpenOptions, Vfs};
use memtiff::{
    ByteOrder, Bytes, CogOptions, CogWriter, Compress, Compression, CreateOptions, DataType, MemoryFile,
    Predictor, ReadRequest, Resampling, Window, ZipMemoryFile,
};
use memtiff_tests::builder::{Chunks, Spec, build};
use memtiff_tests::truth;
use ndarray::Array3;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What an operation may take beside its result.
const LITTLE: usize = 64 << 10;

/// The result of an operation, and how many bytes it took at its height.
fn counted<T>(operation: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = operation();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn assert_little(what: &str, taken: usize, result: usize) {
    println!("{what}: {taken} bytes, {result} of them the result");
    assert!(taken < result + LITTLE, "{what} took {taken} bytes for a result of {result}");
}

/// An uncompressed file of 3 bands of 16 bits, about 12 MB.
fn large() -> Bytes {
    let pixels = Array3::from_shape_fn((3, 1400, 1500), |(b, r, c)| (b * 7 + r * 3 + c) as u16);
    let spec = Spec {
        order: ByteOrder::NATIVE,
        big: false,
        chunks: Chunks::Tiles(256, 256),
        separate: false,
        compression: Compression::NONE,
        predictor: Predictor::NONE,
    };
    build(&pixels, spec).into()
}

#[test]
fn memory_is_what_the_answer_needs_and_comes_back() {
    let bytes = large();
    let whole = 3 * 1400 * 1500 * size_of::<u16>();
    assert!(bytes.len() > whole);
    // Threads are made once for the process, not for a read.
    MemoryFile::from_bytes(bytes.clone()).open().unwrap().read::<u16>().unwrap();

    // Written row by row: the output, and the chunks that wait or are encoded, a few for each thread.
    let pixels = Array3::<u16>::ones((3, 100, 1500));
    let options =
        CreateOptions::new().width(1500).height(1400).count(3).dtype(DataType::Uint16).tiled(256, 256);
    let (file, taken) = counted(|| {
        let mut file = MemoryFile::new();
        let mut writer = file.create(options).unwrap();
        for row in 0..14 {
            writer.write_window(Window::new(0, row * 100, 1500, 100), &pixels).unwrap();
        }
        writer.close().unwrap();
        file
    });
    let tile = 256 * 256 * 3 * size_of::<u16>();
    let in_flight = 2 * 6 * tile + 3 * 4 * rayon::current_num_threads() * tile;
    println!("writing: {taken} bytes for {} of output", file.len());
    assert!(taken < file.len() as usize + in_flight, "writing took {taken} bytes");
    drop(file);

    let (file, taken) = counted(|| MemoryFile::from_bytes(bytes.clone()));
    assert_little("a file from bytes", taken, 0);
    let (dataset, taken) = counted(|| file.open().unwrap());
    assert_little("opening it", taken, 0);
    let (pixels, taken) = counted(|| dataset.read::<u16>().unwrap());
    assert_little("reading all of it", taken, whole);
    drop(pixels);
    let request = ReadRequest::new().bands([2]).window(Window::new(700, 700, 512, 512)).parallel(false);
    let (pixels, taken) = counted(|| dataset.read_with::<u16>(&request).unwrap());
    assert_little("reading a window", taken, size_of_val(pixels.as_slice().unwrap()));
    let mut out = Array3::<u16>::zeros((1, 512, 512));
    let ((), taken) = counted(|| dataset.read_into(&request, out.view_mut()).unwrap());
    assert_little("reading into an array", taken, 0);

    a_cog_is_there_once();
    a_window_of_a_gigapixel_costs_a_window();
    files_are_not_copied(&bytes);
    members_are_not_copied(&bytes);
    everything_comes_back(&bytes);
}

/// It is put together where it was written: overviews, which come first, are made last.
fn a_cog_is_there_once() {
    let (width, height) = (8192, 4096);
    // As much as it will be, tiles at the edges of overviews included: how a vector grows is not the question here.
    let room = width * height * size_of::<u16>() * 11 / 8;
    let rows = Array3::<u16>::from_shape_fn((1, 512, width), |(_, row, col)| (row * 7 + col) as u16);
    let create = CreateOptions::new().width(width).height(height).count(1).dtype(DataType::Uint16);
    let options = CogOptions::from(create.compress(Compress::None)).overview_resampling(Resampling::Nearest);
    let (file, taken) = counted(|| {
        let mut writer = CogWriter::new(Vec::with_capacity(room), options).unwrap();
        for top in (0..height).step_by(512) {
            writer.write_window(Window::new(0, top, width, 512), &rows).unwrap();
        }
        writer.finish_in_place().unwrap()
    });
    // Pixels of overviews are made 16 MiB at once, and read with a row of tiles around them.
    let in_flight = 32 << 20;
    println!("a COG: {taken} bytes for {} of output", file.len());
    assert!(taken < file.len() + in_flight, "a COG took {taken} bytes");
    assert!(2 * file.len() > file.len() + in_flight);
    let dataset = MemoryFile::from_bytes(file).open().unwrap();
    assert_eq!(dataset.overviews(), [2, 4, 8, 16]);
    let last = dataset.read_window::<u16>(Window::new(8000, 4000, 192, 96)).unwrap();
    assert!(last.indexed_iter().all(|((_, row, col), pixel)| *pixel == rows[(0, 416 + row, 8000 + col)]));
}

/// 32,768 x 32,768 pixels of 8 bits in deflated tiles of 256 x 256, which are all the same bytes of the file.
fn gigapixel() -> Vec<u8> {
    const SIDE: u32 = 32_768;
    const TILES: u32 = (SIDE / 256) * (SIDE / 256);
    let tile: Vec<u8> = (0..256 * 256_u32).map(|at| (at % 251) as u8).collect();
    let tile = miniz_oxide::deflate::compress_to_vec_zlib(&tile, 6);
    let (tile_at, offsets_at) = (8 + 2 + 12 * 10 + 4_u32, 8 + 2 + 12 * 10 + 4 + tile.len() as u32);
    let (short, long) = (3_u16, 4_u16);
    let entries = [
        (256, long, 1, SIDE),
        (257, long, 1, SIDE),
        (258, short, 1, 8),
        (259, short, 1, 8),
        (262, short, 1, 1),
        (277, short, 1, 1),
        (322, long, 1, 256),
        (323, long, 1, 256),
        (324, long, TILES, offsets_at),
        (325, long, TILES, offsets_at + 4 * TILES),
    ];
    let mut out = b"II*\0\x08\0\0\0\x0a\0".to_vec();
    for (tag, kind, count, value) in entries {
        out.extend(u16::to_le_bytes(tag));
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    assert_eq!(out.len(), tile_at as usize);
    out.extend(&tile);
    (0..TILES).for_each(|_| out.extend(tile_at.to_le_bytes()));
    (0..TILES).for_each(|_| out.extend((tile.len() as u32).to_le_bytes()));
    out
}

fn a_window_of_a_gigapixel_costs_a_window() {
    let dataset = MemoryFile::from_bytes(gigapixel()).open().unwrap();
    assert_eq!((dataset.width(), dataset.height()), (32_768, 32_768));
    let window = Window::new(20_001, 10_001, 512, 512);
    let request = ReadRequest::new().window(window);
    let threads = rayon::current_num_threads();
    let (pixels, taken) = counted(|| dataset.read_with::<u8>(&request).unwrap());
    assert_eq!(pixels[(0, 0, 0)], ((10_001 % 256 * 256 + 20_001 % 256) % 251) as u8);
    // A tile for each thread, and what an inflater keeps.
    assert_little("512 x 512 of a gigapixel", taken, pixels.len() + threads * (256 * 256 + 64 * 1024));
    // Decimated a hundred times: every tile is decoded, and never more than one for each thread is there.
    let request = ReadRequest::new().shape(320, 320);
    let (pixels, taken) = counted(|| dataset.read_with::<u8>(&request).unwrap());
    assert_little("a gigapixel in 320 x 320", taken, pixels.len() + threads * (4 << 20));
}

fn files_are_not_copied(bytes: &Bytes) {
    let vfs = Vfs::new();
    let mut file = MemoryFile::builder().vfs(&vfs).filename("a.tif").empty().unwrap();
    file.write_all(bytes).unwrap();
    let (view, taken) = counted(|| file.getbuffer());
    assert_little("getbuffer", taken, 0);
    let ((), taken) = counted(|| vfs.copy("/a.tif", "/b.tif").unwrap());
    assert_little("copying a file", taken, 0);
    let ((), taken) = counted(|| vfs.rename("/b.tif", "/c.tif").unwrap());
    assert_little("renaming one", taken, 0);
    drop(view);
    vfs.remove("/c.tif").unwrap();
    let ((), taken) = counted(|| {
        file.rewind().unwrap();
        file.write_all(&[0; 1000]).unwrap();
    });
    assert_little("a write in place", taken, 0);
    let (given, taken) = counted(|| file.into_bytes());
    assert_little("into_bytes", taken, 0);
    assert_eq!(given.len(), bytes.len());

    // One copy, when somebody else has a view; and it is the only one.
    vfs.insert("/d.tif", bytes.clone()).unwrap();
    let handle = vfs.open_with("/d.tif", &OpenOptions::new().write(true)).unwrap();
    let ((), taken) = counted(|| handle.write_at(0, b"II").unwrap());
    assert_little("a write while a view is alive", taken, bytes.len());
    let ((), taken) = counted(|| handle.write_at(2, b"*").unwrap());
    assert_little("another one", taken, 0);
    let mut piece = [0; 8192];
    let ((), taken) = counted(|| {
        let mut reader = handle.clone();
        while reader.read(&mut piece).unwrap() > 0 {}
    });
    assert_little("reading piece by piece", taken, 0);
}

/// A member that is stored is a part of the archive.
fn members_are_not_copied(bytes: &Bytes) {
    let archive = ZipMemoryFile::from_bytes(truth::sidecars().bytes("archive.zip")).unwrap();
    let dataset = archive.open("scenes/größe.tif").unwrap();
    let (_, taken) = counted(|| archive.open("scenes/größe.tif").unwrap());
    assert_little("opening a stored member", taken, 0);
    assert!(dataset.bytes().len() < bytes.len());
}

/// Whatever was done, and however it ended.
fn everything_comes_back(bytes: &Bytes) {
    let work = || {
        let mut file = MemoryFile::new();
        file.write_all(bytes).unwrap();
        let view = file.getbuffer();
        let dataset = file.open().unwrap();
        let pixels = dataset.read::<u16>().unwrap();
        file.rewind().unwrap();
        file.write_all(&[0; 8]).unwrap();
        assert!(file.open().is_err());
        assert!(dataset.read::<f32>().is_err());
        drop(file);
        (view, dataset, pixels)
    };
    let panicking = || {
        let kept = work();
        assert!(kept.0.is_empty(), "on purpose");
    };
    std::panic::set_hook(Box::new(|_| {}));
    let round = || {
        drop(work());
        assert!(catch_unwind(panicking).is_err());
    };
    // What is made once for the process is made now.
    round();
    let before = ALLOCATOR.current_usage();
    for _ in 0..3 {
        round();
    }
    let after = ALLOCATOR.current_usage();
    let _ = std::panic::take_hook();
    println!("in use before {before} bytes, after {after}");
    assert!(after < before + LITTLE, "{before} bytes before, {after} after");
}
