//! What one sample is: as the file stores it, and as the array that a reader gets.

use std::fmt;
use std::str::FromStr;

use bytemuck::Pod;
use half::f16;
use num_complex::Complex;

use super::halves::nearest_half;
use crate::error::{Error, Result};
use crate::tag::SampleFormat;

/// Data type of a band, as arrays hold it.
///
/// Narrow samples are held in the next wider type, as GDAL does: 1 to 8 bits in `Uint8`, 9 to 16 in
/// `Uint16`, 17 to 32 in `Uint32`, floats of 24 bits in `Float32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataType {
    /// 8-bit unsigned integer.
    Uint8,
    /// 8-bit signed integer.
    Int8,
    /// 16-bit unsigned integer.
    Uint16,
    /// 16-bit signed integer.
    Int16,
    /// 32-bit unsigned integer.
    Uint32,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit unsigned integer.
    Uint64,
    /// 64-bit signed integer.
    Int64,
    /// IEEE half: 16 bits.
    Float16,
    /// IEEE single.
    Float32,
    /// IEEE double.
    Float64,
    /// Pair of 16-bit signed integers: real, imaginary.
    ComplexInt16,
    /// Pair of 32-bit signed integers.
    ComplexInt32,
    /// Pair of IEEE singles.
    Complex64,
    /// Pair of IEEE doubles.
    Complex128,
}

impl DataType {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Uint8,
        Self::Int8,
        Self::Uint16,
        Self::Int16,
        Self::Uint32,
        Self::Int32,
        Self::Uint64,
        Self::Int64,
        Self::Float16,
        Self::Float32,
        Self::Float64,
        Self::ComplexInt16,
        Self::ComplexInt32,
        Self::Complex64,
        Self::Complex128,
    ];

    /// Its name, as NumPy and rasterio spell it (`uint8`, `float32`, `complex_int16`, ...).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uint8 => "uint8",
            Self::Int8 => "int8",
            Self::Uint16 => "uint16",
            Self::Int16 => "int16",
            Self::Uint32 => "uint32",
            Self::Int32 => "int32",
            Self::Uint64 => "uint64",
            Self::Int64 => "int64",
            Self::Float16 => "float16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::ComplexInt16 => "complex_int16",
            Self::ComplexInt32 => "complex_int32",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
        }
    }

    /// GDAL's name, where it differs from [`name`](Self::name) in more than case.
    const fn gdal_name(self) -> Option<&'static str> {
        match self {
            Self::Uint8 => Some("Byte"),
            Self::ComplexInt16 => Some("CInt16"),
            Self::ComplexInt32 => Some("CInt32"),
            Self::Complex64 => Some("CFloat32"),
            Self::Complex128 => Some("CFloat64"),
            _ => None,
        }
    }

    /// Bytes of one value in an array.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Uint8 | Self::Int8 => 1,
            Self::Uint16 | Self::Int16 | Self::Float16 => 2,
            Self::Uint32 | Self::Int32 | Self::Float32 | Self::ComplexInt16 => 4,
            Self::Uint64 | Self::Int64 | Self::Float64 | Self::ComplexInt32 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// Whether values are real floating-point numbers.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::Float16 | Self::Float32 | Self::Float64)
    }

    /// Whether a value is a pair: real and imaginary part.
    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::ComplexInt16 | Self::ComplexInt32 | Self::Complex64 | Self::Complex128)
    }

    /// The type in which GDAL's GTiff driver presents samples of `bits` bits; `None` if it has none.
    pub(crate) fn of(format: SampleFormat, bits: u16) -> Option<Self> {
        match (format, bits) {
            (SampleFormat::COMPLEX_INT, 32) => Some(Self::ComplexInt16),
            (SampleFormat::COMPLEX_INT, 64) => Some(Self::ComplexInt32),
            (SampleFormat::COMPLEX_FLOAT, 64) => Some(Self::Complex64),
            (SampleFormat::COMPLEX_FLOAT, 128) => Some(Self::Complex128),
            (SampleFormat::COMPLEX_INT | SampleFormat::COMPLEX_FLOAT, _) => None,
            (SampleFormat::FLOAT, 16) => Some(Self::Float16),
            (SampleFormat::FLOAT, 24 | 32) => Some(Self::Float32),
            (SampleFormat::FLOAT, 64) => Some(Self::Float64),
            (SampleFormat::INT, 8) => Some(Self::Int8),
            (SampleFormat::INT, 16) => Some(Self::Int16),
            (SampleFormat::INT, 32) => Some(Self::Int32),
            (SampleFormat::INT, 64) => Some(Self::Int64),
            (SampleFormat::INT, 9..=15) => Some(Self::Int16),
            (SampleFormat::INT, 17..=31) => Some(Self::Int32),
            (SampleFormat::UINT | SampleFormat::VOID | SampleFormat::INT, 1..=8) => Some(Self::Uint8),
            (SampleFormat::UINT | SampleFormat::VOID, 9..=16) => Some(Self::Uint16),
            (SampleFormat::UINT | SampleFormat::VOID, 17..=32) => Some(Self::Uint32),
            (SampleFormat::UINT | SampleFormat::VOID, 64) => Some(Self::Uint64),
            _ => None,
        }
    }
}

impl FromStr for DataType {
    type Err = Error;

    /// A type by its name, or by the name that GDAL has for it (`Byte`, `CFloat32`), in any case.
    ///
    /// # Errors
    ///
    /// When there is no type of that name; the error lists those there are.
    ///
    /// ```
    /// use memtiff_geotiff::DataType;
    ///
    /// assert_eq!("float32".parse(), Ok(DataType::Float32));
    /// assert_eq!("CFloat64".parse(), Ok(DataType::Complex128));
    /// assert!("float".parse::<DataType>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim();
        let found = Self::ALL.into_iter().find(|known| {
            known.name().eq_ignore_ascii_case(name)
                || known.gdal_name().is_some_and(|known| known.eq_ignore_ascii_case(name))
        });
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::usage(format!("no data type {text:?}; there are {names}"))
        })
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A number that can be any sample, or a part of one.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Any integer.
    Whole(i128),
    Single(f32),
    Double(f64),
}

impl Number {
    /// As a double; whole numbers are rounded.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Single(single) => single.into(),
            Self::Double(double) => double,
        }
    }
}

/// A real sample, or a part of a complex one.
trait Part: Copy {
    fn number(self) -> Number;

    /// The nearest value, as GDAL has it: saturating, halves away from zero, NaN to 0 for an integer.
    fn nearest(number: Number) -> Self;
}

macro_rules! whole_part {
    ($($type:ty),*) => {
        $(impl Part for $type {
            #[inline]
            fn number(self) -> Number {
                Number::Whole(self.into())
            }

            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
            fn nearest(number: Number) -> Self {
                match number {
                    Number::Whole(whole) => whole.clamp(Self::MIN.into(), Self::MAX.into()) as Self,
                    Number::Single(single) => (single + 0.5_f32.copysign(single)) as Self,
                    Number::Double(double) => (double + 0.5_f64.copysign(double)) as Self,
                }
            }
        })*
    };
}

whole_part!(u8, i8, u16, i16, u32, i32, u64, i64);

impl Part for f32 {
    #[inline]
    fn number(self) -> Number {
        Number::Single(self)
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "rounding is what is wanted"
    )]
    fn nearest(number: Number) -> Self {
        match number {
            Number::Whole(whole) => whole as Self,
            Number::Single(single) => single,
            Number::Double(double) if double.abs() > f64::from(Self::MAX) => {
                Self::INFINITY.copysign(double as Self)
            }
            Number::Double(double) => double as Self,
        }
    }
}

/// Values beyond the largest half become infinite, as in GDAL: they are not rounded to it.
impl Part for f16 {
    #[inline]
    fn number(self) -> Number {
        Number::Single(self.to_f32())
    }

    #[inline]
    fn nearest(number: Number) -> Self {
        match number {
            Number::Single(single) if single.abs() > Self::MAX.to_f32() => {
                Self::INFINITY.copysign(Self::from_f32(single))
            }
            Number::Single(single) => Self::from_f32(single),
            Number::Double(double) if double.abs() > Self::MAX.to_f64() => {
                Self::INFINITY.copysign(nearest_half(double))
            }
            number => nearest_half(number.to_f64()),
        }
    }
}

impl Part for f64 {
    #[inline]
    fn number(self) -> Number {
        Number::Double(self)
    }

    #[inline]
    fn nearest(number: Number) -> Self {
        number.to_f64()
    }
}

/// A Rust type that array elements can have: the integers of 8 to 64 bits, [`half::f16`], `f32`, `f64`, and complex numbers
/// of `i16`, `i32`, `f32` and `f64`.
///
/// Sealed: the list is that of the data types that TIFF can store.
pub trait Sample: sealed::Sealed + Pod + Default + PartialEq + fmt::Debug + Send + Sync {
    /// The data type that this Rust type holds.
    const DATA_TYPE: DataType;

    /// The same value with its bytes reversed; for a complex number those of each part.
    #[must_use]
    fn swap_bytes(self) -> Self;

    /// The sum of both bit patterns as unsigned integers, wrapping: what predictor 2 does to every type,
    /// floats included. (Parts of complex numbers by themselves.)
    #[must_use]
    fn add_bits(self, left: Self) -> Self;

    /// The inverse of [`add_bits`](Self::add_bits): the difference of both bit patterns.
    #[must_use]
    fn sub_bits(self, left: Self) -> Self;

    /// The value as a double, 64-bit integers rounded; of a complex number the real part.
    #[must_use]
    fn to_f64(self) -> f64;

    /// The nearest value of this type, as Rust's `as` has it: saturating, NaN to 0. Real for a complex type.
    #[must_use]
    fn from_f64(value: f64) -> Self;

    /// As [`from_f64`](Self::from_f64), for a signed integer.
    #[must_use]
    fn from_i64(value: i64) -> Self;

    /// As [`from_f64`](Self::from_f64), for an unsigned integer.
    #[must_use]
    fn from_u64(value: u64) -> Self;

    /// The real and the imaginary part.
    #[doc(hidden)]
    fn parts(self) -> (Number, Number);

    /// The nearest value: of a real type that of the real part.
    #[doc(hidden)]
    #[must_use]
    fn from_parts(re: Number, im: Number) -> Self;
}

macro_rules! sample {
    ($type:ty, $data_type:ident, $swap:expr, $add:expr, $sub:expr) => {
        impl sealed::Sealed for $type {}

        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_lossless,
            reason = "conversions are documented to be those of `as`; each type trips other lints"
        )]
        impl Sample for $type {
            const DATA_TYPE: DataType = DataType::$data_type;

            #[inline]
            fn swap_bytes(self) -> Self {
                $swap(self)
            }

            #[inline]
            fn add_bits(self, left: Self) -> Self {
                $add(self, left)
            }

            #[inline]
            fn sub_bits(self, left: Self) -> Self {
                $sub(self, left)
            }

            fn to_f64(self) -> f64 {
                self as f64
            }

            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn from_i64(value: i64) -> Self {
                value as Self
            }

            fn from_u64(value: u64) -> Self {
                value as Self
            }

            #[inline]
            fn parts(self) -> (Number, Number) {
                (self.number(), Number::Whole(0))
            }

            #[inline]
            fn from_parts(re: Number, _: Number) -> Self {
                Self::nearest(re)
            }
        }
    };
}

sample!(u8, Uint8, |v| v, Self::wrapping_add, Self::wrapping_sub);
sample!(i8, Int8, |v| v, Self::wrapping_add, Self::wrapping_sub);
sample!(u16, Uint16, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
sample!(i16, Int16, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
sample!(u32, Uint32, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
sample!(i32, Int32, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
sample!(u64, Uint64, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
sample!(i64, Int64, Self::swap_bytes, Self::wrapping_add, Self::wrapping_sub);
/// The floats: their bits are added and subtracted as integers.
macro_rules! float_sample {
    ($type:ty, $data_type:ident) => {
        sample!(
            $type,
            $data_type,
            |v: Self| Self::from_bits(v.to_bits().swap_bytes()),
            |v: Self, left: Self| Self::from_bits(v.to_bits().wrapping_add(left.to_bits())),
            |v: Self, left: Self| Self::from_bits(v.to_bits().wrapping_sub(left.to_bits()))
        );
    };
}

impl sealed::Sealed for f16 {}

impl Sample for f16 {
    const DATA_TYPE: DataType = DataType::Float16;

    #[inline]
    fn swap_bytes(self) -> Self {
        Self::from_bits(self.to_bits().swap_bytes())
    }

    #[inline]
    fn add_bits(self, left: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(left.to_bits()))
    }

    #[inline]
    fn sub_bits(self, left: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_sub(left.to_bits()))
    }

    fn to_f64(self) -> f64 {
        Self::to_f64(self)
    }

    fn from_f64(value: f64) -> Self {
        nearest_half(value)
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond 65504 all values are infinite")]
    fn from_i64(value: i64) -> Self {
        nearest_half(value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond 65504 all values are infinite")]
    fn from_u64(value: u64) -> Self {
        nearest_half(value as f64)
    }

    #[inline]
    fn parts(self) -> (Number, Number) {
        (self.number(), Number::Whole(0))
    }

    #[inline]
    fn from_parts(re: Number, _: Number) -> Self {
        Self::nearest(re)
    }
}

float_sample!(f32, Float32);
float_sample!(f64, Float64);

macro_rules! complex_sample {
    ($part:ty, $data_type:ident) => {
        impl sealed::Sealed for Complex<$part> {}

        impl Sample for Complex<$part> {
            const DATA_TYPE: DataType = DataType::$data_type;

            #[inline]
            fn swap_bytes(self) -> Self {
                Self::new(Sample::swap_bytes(self.re), Sample::swap_bytes(self.im))
            }

            #[inline]
            fn add_bits(self, left: Self) -> Self {
                Self::new(self.re.add_bits(left.re), self.im.add_bits(left.im))
            }

            #[inline]
            fn sub_bits(self, left: Self) -> Self {
                Self::new(self.re.sub_bits(left.re), self.im.sub_bits(left.im))
            }

            fn to_f64(self) -> f64 {
                self.re.to_f64()
            }

            fn from_f64(value: f64) -> Self {
                Self::new(<$part>::from_f64(value), <$part>::default())
            }

            fn from_i64(value: i64) -> Self {
                Self::new(<$part>::from_i64(value), <$part>::default())
            }

            fn from_u64(value: u64) -> Self {
                Self::new(<$part>::from_u64(value), <$part>::default())
            }

            #[inline]
            fn parts(self) -> (Number, Number) {
                (self.re.number(), self.im.number())
            }

            #[inline]
            fn from_parts(re: Number, im: Number) -> Self {
                Self::new(<$part>::nearest(re), <$part>::nearest(im))
            }
        }
    };
}

complex_sample!(i16, ComplexInt16);
complex_sample!(i32, ComplexInt32);
complex_sample!(f32, Complex64);
complex_sample!(f64, Complex128);
