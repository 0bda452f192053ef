//! Arrays whose data type is known only at run time.

use half::f16;
use ndarray::Array3;
use num_complex::Complex;

use crate::image::{DataType, Number, Sample};

/// Defines the enum, and the function that runs one generic piece of code for whichever type it holds.
macro_rules! dyn_array {
    ($($variant:ident($type:ty)),*) => {
        /// An array of shape (band, row, column) of a data type that is known only at run time.
        ///
        /// ```
        /// use memtiff_geotiff::{DataType, DynArray};
        /// use ndarray::Array3;
        ///
        /// let array = DynArray::from(Array3::<i16>::zeros((1, 2, 3)));
        /// assert_eq!(array.data_type(), DataType::Int16);
        /// assert_eq!(array.shape(), [1, 2, 3]);
        /// if let DynArray::Int16(samples) = &array {
        ///     assert_eq!(samples[(0, 1, 2)], 0);
        /// }
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant is named after its data type")]
        pub enum DynArray {
            $($variant(Array3<$type>),)*
        }

        $(impl From<Array3<$type>> for DynArray {
            fn from(array: Array3<$type>) -> Self {
                Self::$variant(array)
            }
        })*

        impl DynArray {
            /// Bands, rows, columns.
            #[must_use]
            pub fn shape(&self) -> [usize; 3] {
                let (bands, rows, columns) = match self {
                    $(Self::$variant(array) => array.dim(),)*
                };
                [bands, rows, columns]
            }

            /// Type of the elements.
            #[must_use]
            pub fn data_type(&self) -> DataType {
                match self {
                    $(Self::$variant(_) => DataType::$variant,)*
                }
            }

            /// Runs `task` with the array, whatever its type is.
            pub(crate) fn visit<K: ArrayTask>(&self, task: K) -> K::Output {
                match self {
                    $(Self::$variant(array) => task.run(array),)*
                }
            }

            /// The array with `value` (the nearest that the type has) where `mask`, of the same shape, is 0.
            #[must_use]
            pub fn filled(mut self, mask: &Array3<u8>, value: f64) -> Self {
                match &mut self {
                    $(Self::$variant(array) => {
                        let fill = <$type>::from_parts(Number::Double(value), Number::Whole(0));
                        for (sample, mask) in array.iter_mut().zip(mask) {
                            if *mask == 0 {
                                *sample = fill;
                            }
                        }
                    })*
                }
                self
            }

            /// The elements as bytes in the order of this machine, band by band, row by row; `None` for
            /// an array that was given other strides.
            #[must_use]
            pub fn as_bytes(&self) -> Option<&[u8]> {
                match self {
                    $(Self::$variant(array) => array.as_slice().map(bytemuck::cast_slice),)*
                }
            }
        }

        /// Runs `task` with the Rust type of `data_type`.
        pub(crate) fn with_sample_type<K: SampleTask>(data_type: DataType, task: K) -> K::Output {
            match data_type {
                $(DataType::$variant => task.run::<$type>(),)*
            }
        }
    };
}

/// Work with an array that is the same for every sample type.
pub(crate) trait ArrayTask {
    type Output;

    fn run<T: Sample>(self, array: &Array3<T>) -> Self::Output;
}

/// Work that is the same for every sample type.
pub(crate) trait SampleTask {
    type Output;

    fn run<T: Sample>(self) -> Self::Output
    where
        DynArray: From<Array3<T>>;
}

dyn_array!(
    Uint8(u8),
    Int8(i8),
    Uint16(u16),
    Int16(i16),
    Uint32(u32),
    Int32(i32),
    Uint64(u64),
    Int64(i64),
    Float16(f16),
    Float32(f32),
    Float64(f64),
    ComplexInt16(Complex<i16>),
    ComplexInt32(Complex<i32>),
    Complex64(Complex<f32>),
    Complex128(Complex<f64>)
);
