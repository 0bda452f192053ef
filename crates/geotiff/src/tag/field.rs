//! Types of field values.

use super::open::open_codes;

open_codes! {
    /// Type of the values of a field: TIFF 6.0 section 2, tech note 1 (IFD), and the BigTIFF design (16 to 18).
    FieldType {
        /// 8-bit unsigned.
        BYTE = 1 "BYTE",
        /// 7-bit text, NUL-terminated.
        ASCII = 2 "ASCII",
        /// 16-bit unsigned.
        SHORT = 3 "SHORT",
        /// 32-bit unsigned.
        LONG = 4 "LONG",
        /// Two LONGs: numerator, denominator.
        RATIONAL = 5 "RATIONAL",
        /// 8-bit signed.
        SBYTE = 6 "SBYTE",
        /// Bytes without a type.
        UNDEFINED = 7 "UNDEFINED",
        /// 16-bit signed.
        SSHORT = 8 "SSHORT",
        /// 32-bit signed.
        SLONG = 9 "SLONG",
        /// Two SLONGs: numerator, denominator.
        SRATIONAL = 10 "SRATIONAL",
        /// IEEE single.
        FLOAT = 11 "FLOAT",
        /// IEEE double.
        DOUBLE = 12 "DOUBLE",
        /// Offset of a directory, 32 bits.
        IFD = 13 "IFD",
        /// 64-bit unsigned.
        LONG8 = 16 "LONG8",
        /// 64-bit signed.
        SLONG8 = 17 "SLONG8",
        /// Offset of a directory, 64 bits.
        IFD8 = 18 "IFD8",
    }
}

impl FieldType {
    /// Bytes of one value; `None` for a type that is not defined.
    #[must_use]
    pub const fn width(self) -> Option<u64> {
        match self {
            Self::BYTE | Self::ASCII | Self::SBYTE | Self::UNDEFINED => Some(1),
            Self::SHORT | Self::SSHORT => Some(2),
            Self::LONG | Self::SLONG | Self::FLOAT | Self::IFD => Some(4),
            Self::RATIONAL | Self::SRATIONAL | Self::DOUBLE => Some(8),
            Self::LONG8 | Self::SLONG8 | Self::IFD8 => Some(8),
            _ => None,
        }
    }
}
