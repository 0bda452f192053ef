//! Lowest bits of samples rounded away, as GDAL's `DISCARD_LSB` does it.

use bytemuck::cast_slice_mut;

use crate::image::{DataType, Sample};

/// Rounds samples, pixel by pixel, each to as many bits less as `bits` says for its place in the pixel. Those that are
/// `nodata` stay. Complex numbers stay too.
pub(crate) fn discard_lsb<T: Sample>(native: &mut [T], bits: &[u8], nodata: Option<T>) {
    let kept: Vec<bool> = match nodata {
        Some(nodata) => native.iter().map(|sample| *sample == nodata).collect(),
        None => Vec::new(),
    };
    let is_kept = |at: usize| kept.get(at).copied().unwrap_or(false);
    let signed = matches!(T::DATA_TYPE, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64);
    macro_rules! round {
        ($unsigned:ty, $signed:ty) => {
            for (at, sample) in cast_slice_mut::<T, $unsigned>(native).iter_mut().enumerate() {
                let place = at.checked_rem(bits.len()).unwrap_or(0);
                let bits = u32::from(bits.get(place).copied().unwrap_or(0));
                if bits == 0 || is_kept(at) {
                    continue;
                }
                let mask = <$unsigned>::MAX.checked_shl(bits).unwrap_or(0);
                let half = (1 as $unsigned).checked_shl(bits.saturating_sub(1)).unwrap_or(0);
                let down = *sample & mask;
                let up = (*sample & half).wrapping_shl(1);
                *sample = if signed {
                    match down.cast_signed().checked_add(up.cast_signed()) {
                        _ if sample.cast_signed() < 0 => down,
                        Some(rounded) => rounded.cast_unsigned(),
                        None => (<$signed>::MAX.cast_unsigned()) & mask,
                    }
                } else {
                    // Of bytes the largest stays the largest.
                    let most = if size_of::<T>() == 1 { <$unsigned>::MAX } else { <$unsigned>::MAX & mask };
                    down.checked_add(up).unwrap_or(most)
                };
            }
        };
    }
    match T::DATA_TYPE {
        data_type if data_type.is_complex() => {}
        data_type => match data_type.size() {
            1 => round!(u8, i8),
            2 => round!(u16, i16),
            4 => round!(u32, i32),
            _ => round!(u64, i64),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_rounded_as_gdal_rounds_them() {
        let mut bytes = [0_u8, 3, 4, 5, 254, 250];
        discard_lsb(&mut bytes, &[3], None);
        assert_eq!(bytes, [0, 0, 8, 8, 255, 248]);
        let mut words = [65_534_u16, 7, 12];
        discard_lsb(&mut words, &[3], Some(7));
        assert_eq!(words, [65_528, 7, 16]);
        let mut signed = [127_i8, -123, 6, -125];
        discard_lsb(&mut signed, &[3], None);
        assert_eq!(signed, [120, -128, 8, -128]);
        let mut floats = [1.1_f32, -1.1, 1.999_999_9, f32::INFINITY];
        discard_lsb(&mut floats, &[3, 3], None);
        assert_eq!(floats.map(f32::to_bits), [0x3f8c_ccd0, 0xbf8c_ccd0, 0x4000_0000, 0x7f80_0000]);
    }
}
