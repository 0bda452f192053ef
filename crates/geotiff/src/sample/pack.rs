//! Samples that are narrower or wider in the file than in arrays.

use crate::bytes::ByteOrder;
use crate::image::{DataType, Image, Sample};
use crate::tag::{Compression, SampleFormat};

/// How a sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As arrays hold it.
    Whole,
    /// As this many bits, the most significant first, across byte boundaries; rows begin at whole bytes.
    Bits(u16),
    /// An integer of three bytes; as GDAL reads and writes it, in the order that is not the file's.
    Triple,
    /// A float of three bytes: sign, 7 bits of exponent, 16 of mantissa (TIFF tech note 3).
    Float24,
}

impl Packing {
    pub(crate) fn of(image: &Image) -> Self {
        let float = image.sample_format == SampleFormat::FLOAT;
        // A JPEG of 12 bits is decoded into whole samples.
        if image.compression == Compression::JPEG {
            return Self::Whole;
        }
        match (image.data_type, image.bits) {
            (DataType::Float32, 24) if float => Self::Float24,
            (_, 24) => Self::Triple,
            (data_type, bits) if usize::from(bits) == data_type.size().saturating_mul(8) => Self::Whole,
            (_, bits) => Self::Bits(bits),
        }
    }

    /// Bytes of one stored sample; `None` if samples do not begin at whole bytes.
    pub(crate) fn size(self) -> Option<usize> {
        match self {
            Self::Triple | Self::Float24 => Some(3),
            Self::Whole | Self::Bits(_) => None,
        }
    }

    /// Fills `out` with the samples from number `first` on of a row as stored, in the order `order`. A row
    /// that ends early leaves the rest of `out` as it is.
    pub(crate) fn unpack<T: Sample>(self, row: &[u8], first: usize, order: ByteOrder, out: &mut [T]) {
        let from = |size: usize| row.get(first.saturating_mul(size)..).unwrap_or_default();
        match self {
            Self::Whole => {}
            Self::Bits(bits) => unpack_bits(row, bits, first, out),
            Self::Triple => {
                let (triples, _) = from(3).as_chunks::<3>();
                let value = |triple: &[u8; 3]| u64::from(triple_bits(*triple, order.other()));
                fill(out, triples.iter().map(|triple| T::from_u64(value(triple))));
            }
            Self::Float24 => {
                let (triples, _) = from(3).as_chunks::<3>();
                fill(out, triples.iter().map(|triple| narrow_float(triple_bits(*triple, order), 7, 16)));
            }
        }
    }
}

impl Packing {
    /// Appends the samples of one row as they are stored, in the order `order`; the row ends with a whole byte. Values that
    /// are too large for the bits saturate, as GDAL has it.
    pub(crate) fn pack<T: Sample>(self, samples: &[T], order: ByteOrder, out: &mut Vec<u8>) {
        match self {
            Self::Whole => {}
            Self::Bits(bits) => pack_bits(samples, bits, out),
            Self::Triple => {
                for sample in samples {
                    let [a, b, c] = triple_of(whole(*sample, 24), order.other());
                    out.extend_from_slice(&[a, b, c]);
                }
            }
            Self::Float24 => {
                for sample in samples {
                    let bits: u32 = bytemuck::try_cast(*sample).unwrap_or(0);
                    out.extend_from_slice(&triple_of(bits >> 8, order));
                }
            }
        }
    }
}

/// A sample as an unsigned number of so many bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, by the line before")]
fn whole<T: Sample>(sample: T, bits: u32) -> u32 {
    let most = 1_u64.checked_shl(bits).unwrap_or(0).wrapping_sub(1);
    // No number of at most 32 bits is rounded.
    sample.to_f64().clamp(0.0, u32::try_from(most).unwrap_or(u32::MAX).into()) as u32
}

fn pack_bits<T: Sample>(samples: &[T], bits: u16, out: &mut Vec<u8>) {
    let bits = u32::from(bits.clamp(1, 32));
    let (mut window, mut have) = (0_u64, 0_u32);
    for sample in samples {
        window = (window << bits) | u64::from(whole(*sample, bits));
        have = have.saturating_add(bits);
        while have >= 8 {
            have = have.saturating_sub(8);
            out.push(window.checked_shr(have).unwrap_or(0).to_le_bytes()[0]);
        }
    }
    if have > 0 {
        out.push((window << (8_u32.saturating_sub(have))).to_le_bytes()[0]);
    }
}

fn triple_of(bits: u32, order: ByteOrder) -> [u8; 3] {
    let [a, b, c, _] = bits.to_le_bytes();
    match order {
        ByteOrder::Little => [a, b, c],
        ByteOrder::Big => [c, b, a],
    }
}

fn fill<T>(out: &mut [T], values: impl Iterator<Item = T>) {
    for (slot, value) in out.iter_mut().zip(values) {
        *slot = value;
    }
}

/// Samples of 1 to 32 bits, the most significant bit of each first.
fn unpack_bits<T: Sample>(row: &[u8], bits: u16, first: usize, out: &mut [T]) {
    let bits = u32::from(bits.clamp(1, 32));
    let start = (first as u64).saturating_mul(u64::from(bits));
    let skipped = usize::try_from(start / 8).unwrap_or(usize::MAX);
    let mut bytes = row.get(skipped..).unwrap_or_default().iter();
    let mut window = 0_u64;
    let mut have = 0_u32;
    let mut skip = u32::try_from(start % 8).unwrap_or(0);
    for slot in out {
        while have < bits.saturating_add(skip) {
            let Some(byte) = bytes.next() else { return };
            window = (window << 8) | u64::from(*byte);
            have = have.saturating_add(8);
        }
        // The bits before the first wanted sample fall off with the mask.
        have = have.saturating_sub(bits.saturating_add(skip));
        skip = 0;
        *slot = T::from_u64((window >> have) & (1_u64 << bits).wrapping_sub(1));
    }
}

fn triple_bits([a, b, c]: [u8; 3], order: ByteOrder) -> u32 {
    match order {
        ByteOrder::Little => u32::from_le_bytes([a, b, c, 0]),
        ByteOrder::Big => u32::from_be_bytes([0, a, b, c]),
    }
}

/// The single that has the value of a narrower float, given as its bits and the widths of exponent and mantissa. The
/// bits of NaNs are kept, signalling ones too. `T` is `f32`.
fn narrow_float<T: Sample>(bits: u32, exponent_width: u32, mantissa_width: u32) -> T {
    bytemuck::try_cast(widen(bits, exponent_width, mantissa_width)).unwrap_or_default()
}

fn widen(bits: u32, exponent_width: u32, mantissa_width: u32) -> u32 {
    let mask = |width: u32| (1_u32 << width).wrapping_sub(1);
    let sign = (bits >> exponent_width.saturating_add(mantissa_width) & 1) << 31;
    let exponent = bits >> mantissa_width & mask(exponent_width);
    let mantissa = bits & mask(mantissa_width);
    // What is added to the exponent; and how far the mantissa moves up.
    let bias = 127_u32.saturating_sub(mask(exponent_width.saturating_sub(1)));
    let up = 23_u32.saturating_sub(mantissa_width);
    match (exponent, mantissa) {
        (0, 0) => sign,
        (0, _) => {
            // Subnormal there, normal here: the leading bit moves to the place that is implied.
            let shift = mantissa.leading_zeros().saturating_sub(31_u32.saturating_sub(mantissa_width));
            let exponent = bias.saturating_add(1).saturating_sub(shift);
            sign | (exponent << 23) | (((mantissa << shift) & mask(mantissa_width)) << up)
        }
        (infinite, _) if infinite == mask(exponent_width) => sign | (0xff << 23) | (mantissa << up),
        _ => sign | (exponent.saturating_add(bias) << 23) | (mantissa << up),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_run_across_bytes() {
        // 12 bits each: 0xabc, 0xdef, 0x123, 0x456.
        let row = [0xab, 0xcd, 0xef, 0x12, 0x34, 0x56];
        for first in 0..4 {
            let mut out = vec![0_u16; 4 - first];
            Packing::Bits(12).unpack(&row, first, ByteOrder::Little, &mut out);
            assert_eq!(out, [0xabc, 0xdef, 0x123, 0x456][first..]);
        }
        let mut ones = [9_u8; 10];
        Packing::Bits(1).unpack(&[0b1010_0001, 0b0100_0000], 3, ByteOrder::Big, &mut ones);
        assert_eq!(ones, [0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
        let mut wide = [0_u32; 2];
        Packing::Bits(31).unpack(&[0xff; 8], 0, ByteOrder::Big, &mut wide);
        assert_eq!(wide, [0x7fff_ffff; 2]);
        let mut short = [7_u8; 3];
        Packing::Bits(4).unpack(&[0x12], 0, ByteOrder::Big, &mut short);
        assert_eq!(short, [1, 2, 7]);
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        for bits in 1..=32_u16 {
            let most = (1_u64 << bits) - 1;
            let samples: Vec<u32> =
                (0..13_u64).map(|i| u32::try_from((i * 0x9e37_79b9) & most).unwrap()).collect();
            let mut row = Vec::new();
            Packing::Bits(bits).pack(&samples, ByteOrder::Little, &mut row);
            assert_eq!(row.len(), (13 * usize::from(bits)).div_ceil(8));
            let mut out = [0_u32; 13];
            Packing::Bits(bits).unpack(&row, 0, ByteOrder::Little, &mut out);
            assert_eq!(out[..], samples);
        }
        let mut row = Vec::new();
        Packing::Bits(4).pack(&[3_u8, 200, 15], ByteOrder::Big, &mut row);
        assert_eq!(row, [0x3f, 0xf0]);
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let (mut row, mut out) = (Vec::new(), [0_u32; 2]);
            Packing::Triple.pack(&[0x12_3456_u32, 1 << 30], order, &mut row);
            Packing::Triple.unpack(&row, 0, order, &mut out);
            assert_eq!(out, [0x12_3456, 0xff_ffff]);
        }
    }

    #[test]
    fn narrow_floats_widen_exactly() {
        let read = |packing: Packing, bytes: &[u8]| {
            let mut out = [0_f32];
            packing.unpack(bytes, 0, ByteOrder::Big, &mut out);
            out[0]
        };
        assert_eq!(read(Packing::Float24, &[0x3f, 0x00, 0x00]), 1.0);
        assert_eq!(read(Packing::Float24, &[0xbf, 0x80, 0x00]), -1.5);
        assert_eq!(read(Packing::Float24, &[0x00, 0x00, 0x01]), 2_f32.powi(-62 - 16));
        assert_eq!(read(Packing::Float24, &[0x00, 0x80, 0x00]), 2_f32.powi(-63));
        assert_eq!(read(Packing::Float24, &[0x01, 0x00, 0x00]), 2_f32.powi(-62));
        assert_eq!(read(Packing::Float24, &[0x7f, 0x00, 0x00]), f32::INFINITY);
        assert!(read(Packing::Float24, &[0xff, 0x00, 0x01]).is_nan());
    }
}
