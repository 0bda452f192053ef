//! Doubles as halves, rounded once.

use half::f16;

/// The half nearest to a double; of two that are equally near the even one. The crate `half` rounds to a single on the way,
/// or ignores the lower bits, depending on the processor.
#[expect(clippy::cast_possible_truncation, reason = "the rest of the value decides the last bit")]
pub(crate) fn nearest_half(value: f64) -> f16 {
    let single = value as f32;
    let back = f64::from(single);
    if back == value || !single.is_finite() || single.to_bits() & 1 == 1 {
        return f16::from_f32(single);
    }
    // Of the two singles around the value the one with an odd last bit: it is never a tie between halves.
    f16::from_f32(if back < value { single.next_up() } else { single.next_down() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What numpy, which rounds once, makes of these doubles.
    #[test]
    fn doubles_are_rounded_once() {
        for (value, bits) in [
            (254.062_500_000_000_03, 0x5bf1_u16),
            (254.0625, 0x5bf0),
            (301.874_999_999_999_94, 0x5cb7),
            (301.875, 0x5cb8),
            (-40.390_626_623_785_09, 0xd10d),
            (0.1, 0x2e66),
            (65_519.999_999_999, 0x7bff),
            (65_520.0, 0x7c00),
            (-1e300, 0xfc00),
            (2.980_232_238_769_531_3e-8, 0x0000),
            (2.980_232_238_769_532e-8, 0x0001),
            (-0.0, 0x8000),
            (f64::INFINITY, 0x7c00),
        ] {
            assert_eq!(nearest_half(value).to_bits(), bits, "{value}");
        }
        assert!(nearest_half(f64::NAN).is_nan());
    }
}
