//! From one data type to another, by GDAL's rules: whole numbers saturate, fractions are rounded (halves away from zero)
//! where the target has none, NaN becomes 0 there; of a complex number a real type gets the real part.

use crate::image::{Number, Sample};

/// A value in another data type.
#[inline]
pub(crate) fn convert<S: Sample, D: Sample>(value: S) -> D {
    let (re, im) = value.parts();
    D::from_parts(re, im)
}

/// Whether a value is the same in another data type.
pub(crate) fn is_same<S: Sample, D: Sample>(value: S, converted: D) -> bool {
    let ((re, im), (converted_re, converted_im)) = (value.parts(), converted.parts());
    equal(re, converted_re) && equal(im, converted_im)
}

/// Whether two numbers are equal as numbers; NaN is NaN.
fn equal(one: Number, two: Number) -> bool {
    match (one, two) {
        (Number::Whole(one), Number::Whole(two)) => one == two,
        (Number::Whole(whole), float) | (float, Number::Whole(whole)) => is_whole(float.to_f64(), whole),
        (one, two) => {
            let (one, two) = (one.to_f64(), two.to_f64());
            one == two || (one.is_nan() && two.is_nan())
        }
    }
}

/// Whether a double is a whole number, and this one.
#[expect(clippy::cast_possible_truncation, reason = "saturates; no sample has so many digits")]
fn is_whole(float: f64, whole: i128) -> bool {
    float.fract() == 0.0 && float as i128 == whole
}

#[cfg(test)]
mod tests {
    use num_complex::Complex;

    use super::*;

    /// What GDAL 3.12's `GDALCopyWords` makes of these.
    #[test]
    fn numbers_saturate_and_are_rounded() {
        assert_eq!(convert::<f32, u8>(-1.5), 0);
        assert_eq!(convert::<f64, u8>(254.5), 255);
        assert_eq!(convert::<f64, u8>(1e9), 255);
        assert_eq!(convert::<f64, i16>(-2.5), -3);
        assert_eq!(convert::<f64, i16>(2.5), 3);
        assert_eq!(convert::<f64, i16>(-2.4), -2);
        assert_eq!(convert::<f64, i8>(f64::NAN), 0);
        assert_eq!(convert::<f32, u16>(f32::INFINITY), u16::MAX);
        assert_eq!(convert::<i16, u8>(-3), 0);
        assert_eq!(convert::<u64, i64>(u64::MAX), i64::MAX);
        assert_eq!(convert::<i64, f32>(16_777_217), 16_777_216.0);
        assert_eq!(convert::<f64, f32>(1e300), f32::INFINITY);
        assert_eq!(convert::<f64, f32>(-1e300), f32::NEG_INFINITY);
        assert_eq!(convert::<Complex<f32>, u8>(Complex::new(3.6, 7.0)), 4);
        assert_eq!(convert::<u8, Complex<i16>>(9), Complex::new(9, 0));
        assert_eq!(
            convert::<Complex<f64>, Complex<i16>>(Complex::new(-1.5, 1e9)),
            Complex::new(-2, i16::MAX)
        );
    }

    #[test]
    fn loss_is_seen() {
        assert!(is_same(200_u8, 200_i16));
        assert!(!is_same(1.5_f64, 2_u8));
        assert!(!is_same(u64::MAX, convert::<u64, f64>(u64::MAX)));
        assert!(!is_same(16_777_217_i32, convert::<i32, f32>(16_777_217)));
        assert!(is_same(f32::NAN, f64::NAN));
        assert!(!is_same(f32::NAN, 0_u8));
        assert!(!is_same(Complex::new(1.0_f32, 2.0), 1.0_f32));
        assert!(is_same(-0.0_f32, 0_u8));
    }
}
