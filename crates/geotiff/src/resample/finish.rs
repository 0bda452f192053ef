//! From a double back to a sample, as GDAL rounds on the way.

use half::f16;

use super::Band;
use super::method::Resampling;
use crate::image::{DataType, Number, Sample, nearest_half};

/// The type in which GDAL holds a result before it becomes a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The integer type itself, of 8 or 16 bits without a sign.
    Whole,
    Single,
    Double,
}

pub(super) struct Finish<'a> {
    work: Work,
    data_type: DataType,
    band: &'a Band,
}

fn sample<S: Sample>(value: f64) -> S {
    S::from_parts(Number::Double(value), Number::Whole(0))
}

impl<'a> Finish<'a> {
    pub(super) fn new(data_type: DataType, band: &'a Band) -> Self {
        Self::from(data_type, data_type, band)
    }

    /// For samples of another type than those of the source.
    pub(super) fn from(source: DataType, data_type: DataType, band: &'a Band) -> Self {
        let work = match source {
            DataType::Uint8 | DataType::Uint16 => Work::Whole,
            DataType::Int8 | DataType::Int16 | DataType::Float32 => Work::Single,
            _ => Work::Double,
        };
        Self { work, data_type, band }
    }

    fn nothing(&self) -> f64 {
        self.band.nodata.unwrap_or(0.0)
    }

    /// A value that does not mean "nothing here": one next to it, if it would.
    fn unless_nodata(&self, value: f64) -> f64 {
        let Some(nodata) = self.band.nodata else { return value };
        // Halves are compared before they are rounded.
        let same = self.data_type == DataType::Float32 && single_of(value) == single_of(nodata);
        if same || value == nodata {
            return self.beside(nodata);
        }
        value
    }

    /// The value that stands for one which happens to be nodata.
    fn beside(&self, nodata: f64) -> f64 {
        let limits = match self.data_type {
            DataType::Uint8 => (0.0, f64::from(u8::MAX)),
            DataType::Int8 => (f64::from(i8::MIN), f64::from(i8::MAX)),
            DataType::Uint16 => (0.0, f64::from(u16::MAX)),
            DataType::Int16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
            DataType::Uint32 => (0.0, f64::from(u32::MAX)),
            DataType::Int32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
            DataType::Float16 => return next_half(nearest_half(nodata)).to_f64(),
            DataType::Float32 => {
                let nodata = single_of(nodata);
                let next = if nodata >= f32::MAX { nodata.next_down() } else { nodata.next_up() };
                return next.into();
            }
            DataType::Float64 => {
                return if nodata >= f64::MAX { nodata.next_down() } else { nodata.next_up() };
            }
            _ => return nodata + 1.0,
        };
        if !(limits.0..=limits.1).contains(&nodata) {
            return 0.0;
        }
        if nodata == limits.1 { nodata - 1.0 } else { nodata + 1.0 }
    }

    /// The nearest samples of doubles.
    pub(super) fn nearest<S: Sample>(&self, values: &[Option<f64>], out: &mut [S]) {
        for (out, value) in out.iter_mut().zip(values) {
            *out = sample(value.unwrap_or_else(|| self.nothing()));
        }
    }

    /// Means, sums and roots of means of squares.
    pub(super) fn area<S: Sample>(&self, method: Resampling, sums: &[Option<(f64, f64)>], out: &mut [S]) {
        for (out, sums) in out.iter_mut().zip(sums) {
            let Some((sum, weights)) = *sums else {
                *out = sample(self.nothing());
                continue;
            };
            let value = match method {
                Resampling::Sum => sum,
                Resampling::Rms => (sum / weights).sqrt(),
                _ => sum / weights,
            };
            let value = match self.work {
                Work::Whole if method == Resampling::Rms => whole_root(sum / weights),
                Work::Whole => (value + 0.5).floor(),
                Work::Single => f64::from(single_of(value)),
                Work::Double => value,
            };
            *out = sample(self.unless_nodata(value));
        }
    }

    /// Weighted means by a kernel, which may lie beyond the values there are.
    pub(super) fn convolved<S: Sample>(&self, method: Resampling, values: &[Option<f64>], out: &mut [S]) {
        let most = self.band.bits.filter(|_| method != Resampling::Bilinear).and_then(|bits| {
            let unsigned = matches!(self.data_type, DataType::Uint8 | DataType::Uint16 | DataType::Uint32);
            (unsigned && bits < 32).then(|| f64::from(u32::MAX >> 32_u32.saturating_sub(bits)))
        });
        for (out, value) in out.iter_mut().zip(values) {
            let Some(value) = *value else {
                *out = sample(self.nothing());
                continue;
            };
            let value = if self.work == Work::Double { value } else { f64::from(single_of(value)) };
            let rounded: S = sample(value);
            let value = if self.band.nodata.is_some() && !self.is_float() {
                let kept = self.unless_nodata(rounded.to_f64());
                if kept == rounded.to_f64() { value } else { kept }
            } else {
                self.unless_nodata(self.finite(value))
            };
            let value = most.map_or(value, |most| value.min(most));
            *out = if self.work == Work::Double {
                sample(value)
            } else {
                S::from_parts(Number::Single(single_of(value)), Number::Whole(0))
            };
        }
    }

    /// Where there is nodata, GDAL keeps to what is finite.
    fn finite(&self, value: f64) -> f64 {
        let most = match self.data_type {
            DataType::Float16 => f16::MAX.to_f64(),
            DataType::Float32 => f64::from(f32::MAX),
            _ => f64::MAX,
        };
        if self.band.nodata.is_some() && !value.is_nan() { value.clamp(-most, most) } else { value }
    }

    fn is_float(&self) -> bool {
        self.data_type.is_float()
    }
}

/// The next half towards infinity; the one before the largest.
fn next_half(value: f16) -> f16 {
    let bits = value.to_bits();
    let next = match value {
        value if value >= f16::MAX => f16::MAX.to_bits().wrapping_sub(1),
        value if value == f16::ZERO => 1,
        value if value.is_sign_negative() => bits.wrapping_sub(1),
        _ => bits.wrapping_add(1),
    };
    f16::from_bits(next)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
fn single_of(value: f64) -> f32 {
    value as f32
}

/// The whole number whose square is nearest.
fn whole_root(square: f64) -> f64 {
    let root = square.sqrt().floor();
    if 2.0 * root * (root + 1.0) + 1.0 < 2.0 * square { root + 1.0 } else { root }
}
