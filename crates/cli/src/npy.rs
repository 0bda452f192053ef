//! NumPy's file format (NEP 1), version 1.0.

use std::io::{self, Write};

use memtiff::{ByteOrder, DataType, DynArray, num_complex::Complex};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// What the header is padded to, so that the data are aligned.
const ALIGNMENT: usize = 64;

/// Writes `array` in C order, shape (bands, rows, columns). NumPy has no complex integers: those become the floats
/// that hold them exactly.
pub(crate) fn write(out: &mut dyn Write, array: &DynArray) -> io::Result<()> {
    match array {
        DynArray::ComplexInt16(array) => {
            let floats = array.mapv(|v| Complex::new(f32::from(v.re), f32::from(v.im)));
            return write(out, &DynArray::from(floats));
        }
        DynArray::ComplexInt32(array) => {
            let floats = array.mapv(|v| Complex::new(f64::from(v.re), f64::from(v.im)));
            return write(out, &DynArray::from(floats));
        }
        _ => {}
    }
    let descr = descr(array.data_type());
    let [bands, rows, columns] = array.shape();
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({bands}, {rows}, {columns}), }}");
    // Magic, two bytes of length, header, closing newline.
    let unpadded = MAGIC.len() + 2 + header.len() + 1;
    let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
    let length = u16::try_from(header.len() + padding + 1).map_err(io::Error::other)?;
    out.write_all(MAGIC)?;
    out.write_all(&length.to_le_bytes())?;
    writeln!(out, "{header}{:padding$}", "")?;
    let samples = array.as_bytes().ok_or_else(|| io::Error::other("the array is not contiguous"))?;
    out.write_all(samples)?;
    out.flush()
}

/// NumPy's word for a data type in this machine's byte order.
fn descr(data_type: DataType) -> String {
    let kind = match data_type {
        DataType::Uint8 | DataType::Uint16 | DataType::Uint32 | DataType::Uint64 => 'u',
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => 'i',
        DataType::Float16 | DataType::Float32 | DataType::Float64 => 'f',
        _ => 'c',
    };
    let order = match (data_type.size(), ByteOrder::NATIVE) {
        (1, _) => '|',
        (_, ByteOrder::Little) => '<',
        (_, ByteOrder::Big) => '>',
    };
    format!("{order}{kind}{}", data_type.size())
}
