//! A builder of small files, for tests of properties: until memtiff writes files itself, and so that the
//! reader is not tested against its own mirror image only.

use memtiff::{
    Affine, ByteOrder, Compression, DataType, Error, GeoKeys, GeoTags, Predictor, RasterType, Sample,
};
use ndarray::Array3;

/// How the pixels of a built file are cut up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// Rows of a strip.
    Strips(usize),
    /// Columns and rows of a tile.
    Tiles(usize, usize),
}

/// How a file is to be built.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub order: ByteOrder,
    pub big: bool,
    pub chunks: Chunks,
    pub separate: bool,
    pub compression: Compression,
    pub predictor: Predictor,
}

/// A field: tag, type (ASCII, SHORT, LONG, DOUBLE as its bits, or LONG8), values.
pub type Field = (u16, u16, Vec<u64>);

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const DOUBLE: u16 = 12;
const LONG8: u16 = 16;

struct Writer {
    out: Vec<u8>,
    spec: Spec,
}

/// A TIFF that holds `pixels`, shape (band, row, column).
pub fn build<T: Sample>(pixels: &Array3<T>, spec: Spec) -> Vec<u8> {
    let mut writer = Writer { out: Vec::new(), spec };
    let header = if spec.big { 16 } else { 8 };
    writer.header(header);
    let chunks: Vec<Vec<u8>> =
        cut(pixels, spec).iter().map(|chunk| compress(chunk, spec.compression)).collect();
    let directory_size = 2048;
    let mut at = header + directory_size + chunks.len() as u64 * 16;
    let mut offsets = Vec::new();
    for chunk in &chunks {
        offsets.push(at);
        at += chunk.len() as u64 + chunk.len() as u64 % 2;
    }
    let lengths = chunks.iter().map(|chunk| chunk.len() as u64).collect();
    writer.directory(&fields::<T>(pixels.dim(), spec, offsets.clone(), lengths));
    for (offset, chunk) in offsets.into_iter().zip(chunks) {
        let offset = usize::try_from(offset).unwrap();
        assert!(writer.out.len() <= offset, "the directory is larger than was planned");
        writer.out.resize(offset, 0);
        writer.out.extend(chunk);
    }
    writer.out
}

fn fields<T: Sample>(
    (bands, rows, columns): (usize, usize, usize),
    spec: Spec,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
) -> Vec<Field> {
    let format = match T::DATA_TYPE {
        DataType::Uint8 | DataType::Uint16 | DataType::Uint32 | DataType::Uint64 => 1,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => 2,
        _ => 3,
    };
    let offset_type = if spec.big { LONG8 } else { LONG };
    let mut fields = vec![
        (256, LONG, vec![columns as u64]),
        (257, LONG, vec![rows as u64]),
        (258, SHORT, vec![T::DATA_TYPE.size() as u64 * 8; bands]),
        (259, SHORT, vec![spec.compression.0.into()]),
        (262, SHORT, vec![1]),
        (277, SHORT, vec![bands as u64]),
        (284, SHORT, vec![if spec.separate { 2 } else { 1 }]),
        (317, SHORT, vec![spec.predictor.0.into()]),
        (339, SHORT, vec![format; bands]),
    ];
    match spec.chunks {
        Chunks::Strips(rows) => fields.extend([
            (273, offset_type, offsets),
            (278, LONG, vec![rows as u64]),
            (279, offset_type, lengths),
        ]),
        Chunks::Tiles(width, height) => fields.extend([
            (322, LONG, vec![width as u64]),
            (323, LONG, vec![height as u64]),
            (324, offset_type, offsets),
            (325, offset_type, lengths),
        ]),
    }
    fields.sort_by_key(|field| field.0);
    fields
}

impl Writer {
    fn put(&mut self, value: u64, width: usize) {
        let bytes = value.to_le_bytes();
        match self.spec.order {
            ByteOrder::Little => self.out.extend(&bytes[..width]),
            ByteOrder::Big => self.out.extend(bytes[..width].iter().rev()),
        }
    }

    fn offset(&mut self, value: u64) {
        self.put(value, if self.spec.big { 8 } else { 4 });
    }

    fn header(&mut self, first: u64) {
        self.out.extend(if self.spec.order == ByteOrder::Big { b"MM" } else { b"II" });
        if self.spec.big {
            self.put(43, 2);
            self.put(8, 2);
            self.put(0, 2);
        } else {
            self.put(42, 2);
        }
        self.offset(first);
    }

    /// The directory, and after it the values that do not fit into their entries.
    fn directory(&mut self, fields: &[Field]) {
        let (count_width, entry_width, inline) = if self.spec.big { (8, 20, 8) } else { (2, 12, 4) };
        let mut elsewhere = self.out.len() + count_width + fields.len() * entry_width + inline;
        let mut late: Vec<(usize, &Field)> = Vec::new();
        self.put(fields.len() as u64, count_width);
        for field in fields {
            let (tag, field_type, values) = field;
            let width = match *field_type {
                ASCII => 1,
                SHORT => 2,
                LONG => 4,
                _ => 8,
            };
            self.put((*tag).into(), 2);
            self.put((*field_type).into(), 2);
            self.offset(values.len() as u64);
            if values.len() * width <= inline {
                let end = self.out.len() + inline;
                values.iter().for_each(|value| self.put(*value, width));
                self.out.resize(end, 0);
            } else {
                self.offset(elsewhere as u64);
                elsewhere += values.len() * width;
                late.push((width, field));
            }
        }
        self.offset(0);
        for (width, (_, _, values)) in late {
            values.iter().for_each(|value| self.put(*value, width));
        }
    }
}

/// The chunks in the order of the file, samples in file order, predictor applied.
fn cut<T: Sample>(pixels: &Array3<T>, spec: Spec) -> Vec<Vec<u8>> {
    let (bands, rows, columns) = pixels.dim();
    let (width, height) = match spec.chunks {
        Chunks::Strips(rows) => (columns, rows),
        Chunks::Tiles(width, height) => (width, height),
    };
    let planes: Vec<Vec<usize>> =
        if spec.separate { (0..bands).map(|band| vec![band]).collect() } else { vec![(0..bands).collect()] };
    let mut chunks = Vec::new();
    for plane in &planes {
        for top in (0..rows).step_by(height) {
            for left in (0..columns).step_by(width) {
                let bottom = match spec.chunks {
                    Chunks::Strips(_) => (top + height).min(rows),
                    Chunks::Tiles(..) => top + height,
                };
                let row = |row: usize| -> Vec<T> {
                    let pixel = |column| {
                        // Padding repeats nothing of the image: it must fall off.
                        plane.iter().map(move |band| {
                            pixels.get((*band, row, column)).copied().unwrap_or_else(|| T::from_u64(99))
                        })
                    };
                    (left..left + width).flat_map(pixel).collect()
                };
                chunks.push((top..bottom).flat_map(|r| encode_row(&row(r), plane.len(), spec)).collect());
            }
        }
    }
    chunks
}

/// The bytes of a sample, most significant first.
fn big_endian<T: Sample>(sample: T) -> Vec<u8> {
    let native = if cfg!(target_endian = "big") { sample } else { sample.swap_bytes() };
    bytemuck::bytes_of(&native).to_vec()
}

fn encode_row<T: Sample>(row: &[T], stride: usize, spec: Spec) -> Vec<u8> {
    let size = T::DATA_TYPE.size();
    let samples: Vec<Vec<u8>> = row.iter().map(|sample| big_endian(*sample)).collect();
    match spec.predictor {
        Predictor::HORIZONTAL => {
            let value = |bytes: &Vec<u8>| bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            let values: Vec<u64> = samples.iter().map(value).collect();
            let differences = (0..values.len())
                .map(|i| if i < stride { values[i] } else { values[i].wrapping_sub(values[i - stride]) });
            differences.flat_map(|n| in_order(n.to_be_bytes()[8 - size..].to_vec(), spec.order)).collect()
        }
        Predictor::FLOATING_POINT => {
            let planes: Vec<u8> =
                (0..size).flat_map(|significance| samples.iter().map(move |s| s[significance])).collect();
            let difference = |i: usize| {
                if i < stride { planes[i] } else { planes[i].wrapping_sub(planes[i - stride]) }
            };
            (0..planes.len()).map(difference).collect()
        }
        _ => samples.into_iter().flat_map(|sample| in_order(sample, spec.order)).collect(),
    }
}

fn in_order(mut big_endian: Vec<u8>, order: ByteOrder) -> Vec<u8> {
    if order == ByteOrder::Little {
        big_endian.reverse();
    }
    big_endian
}

fn compress(plain: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::LZW => {
            let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
            encoder.encode(plain).unwrap()
        }
        Compression::DEFLATE | Compression::OLD_DEFLATE => {
            miniz_oxide::deflate::compress_to_vec_zlib(plain, 6)
        }
        Compression::PACKBITS => packbits(plain),
        _ => plain.to_vec(),
    }
}

/// Runs of two or more equal bytes as runs, everything else as literals.
fn packbits(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = plain;
    while let Some(first) = rest.first() {
        let equal = rest.iter().take(128).take_while(|byte| *byte == first).count();
        if equal > 1 {
            out.extend([(257 - equal) as u8, *first]);
            rest = &rest[equal..];
        } else {
            let pairs = rest.windows(2).take(128).take_while(|pair| pair[0] != pair[1]).count();
            let literals = if pairs + 1 == rest.len() { rest.len().min(128) } else { pairs.max(1) };
            out.push((literals - 1) as u8);
            out.extend(&rest[..literals]);
            rest = &rest[literals..];
        }
    }
    out
}

/// Where [`handmade`] puts the data.
pub const DATA: u64 = 4096;

/// A classic little-endian file with just these fields, in this order, and `data` at [`DATA`]: for files that no
/// sane writer makes.
pub fn handmade(fields: &[Field], data: &[u8]) -> Vec<u8> {
    let spec = Spec {
        order: ByteOrder::Little,
        big: false,
        chunks: Chunks::Strips(1),
        separate: false,
        compression: Compression::NONE,
        predictor: Predictor::NONE,
    };
    let mut writer = Writer { out: Vec::new(), spec };
    writer.header(8);
    writer.directory(fields);
    assert!(writer.out.len() as u64 <= DATA, "the fields are larger than was planned");
    writer.out.resize(DATA as usize, 0);
    writer.out.extend(data);
    writer.out
}

/// A file of one pixel with these geokeys, its corner at (100, 200), its side 10.
pub fn georeferenced(keys: &GeoKeys) -> Result<Vec<u8>, Error> {
    located(
        keys,
        &GeoTags::of_transform(Affine::from_origin(100.0, 200.0, 10.0, 10.0), RasterType::PixelIsArea),
    )
}

/// A file of one pixel with these geokeys, at this place.
pub fn located(keys: &GeoKeys, tags: &GeoTags) -> Result<Vec<u8>, Error> {
    let (directory, doubles, text) = keys.encode()?;
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let numbers = [
        (33550, tags.scale.map_or(Vec::new(), |scale| bits(&scale))),
        (33922, bits(&tags.tiepoints)),
        (34264, tags.matrix.map_or(Vec::new(), |matrix| bits(&matrix))),
        (34736, bits(&doubles)),
    ];
    let plain = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, DATA), (277, 1), (278, 1), (279, 1)];
    let mut fields: Vec<Field> = plain.into_iter().map(|(tag, value)| (tag, LONG, vec![value])).collect();
    fields.extend(
        numbers.into_iter().filter(|(_, bits)| !bits.is_empty()).map(|(tag, bits)| (tag, DOUBLE, bits)),
    );
    fields.push((34735, SHORT, directory.into_iter().map(u64::from).collect()));
    if !text.is_empty() {
        fields.push((34737, ASCII, text.bytes().map(u64::from).collect()));
    }
    fields.sort_by_key(|(tag, _, _)| *tag);
    Ok(handmade(&fields, &[7]))
}
