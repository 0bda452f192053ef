//! Encoders: any samples, written in any way and in pieces, are read back as they were.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memtiff::{
    ByteOrder, Compress, CreateOptions, DataType, Interleave, MemoryFile, Predictor, Window, ndarray::Array3,
};

const METHODS: [Compress; 10] = [
    Compress::None,
    Compress::Lzw,
    Compress::Deflate,
    Compress::Zstd,
    Compress::PackBits,
    Compress::Lzma,
    Compress::Lerc,
    Compress::LercDeflate,
    Compress::WebP,
    Compress::Jxl,
];

fuzz_target!(|data: &[u8]| {
    let [method, form, level, width, count, split, samples @ ..] = data else { return };
    let compress = METHODS[usize::from(*method) % METHODS.len()];
    let (width, count) = (
        usize::from(*width) % 70 + 1,
        if compress == Compress::WebP { 3 } else { usize::from(*count) % 4 + 1 },
    );
    let height = (samples.len() / width / count).clamp(1, 200);
    let pixels = Array3::from_shape_fn((count, height, width), |(band, row, col)| {
        samples.get((band * height + row) * width + col).copied().unwrap_or(0)
    });
    let bit = |n: u8| form >> n & 1 == 1;
    let mut options = CreateOptions::new()
        .width(width)
        .height(height)
        .count(count)
        .dtype(DataType::Uint8)
        .compress(compress);
    // No image of one row or column.
    if bit(0) || (compress == Compress::Jxl && (width < 2 || height < 2)) {
        options = options.tiled(16, 32);
    }
    if bit(1) && compress != Compress::WebP {
        options = options.interleave(Interleave::Band);
    }
    if bit(2) {
        options = options.byte_order(ByteOrder::Big);
    }
    if matches!(compress, Compress::Lzw | Compress::Deflate | Compress::Zstd | Compress::Lzma) && bit(3) {
        options = options.predictor(Predictor::HORIZONTAL);
    }
    // The slowest levels take too long for many tries.
    if matches!(compress, Compress::Deflate | Compress::Zstd) {
        options = options.level(level % 9 + 1);
    }
    let mut file = MemoryFile::new();
    let mut writer = file.create(options.sparse(bit(4)).parallel(false)).expect("these options go together");
    let cut = usize::from(*split) % height;
    for (first, rows) in [(cut, height - cut), (0, cut)] {
        let part = pixels.slice(memtiff::ndarray::s![.., first..first + rows, ..]);
        writer.write_window(Window::new(0, first, width, rows), part).expect("the window is in the image");
    }
    writer.close().expect("all samples can be written");
    let read = file.open().expect("it is a file").read::<u8>().expect("it can be read");
    assert!(read == pixels);
});
