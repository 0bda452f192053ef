//! The codes of ITU-T T.4 (runs) and T.6 (modes), for lookup by the bits that come next.

use std::sync::OnceLock;

use fax::Bits;
use fax::maps::{black, white};

/// Bits that the longest code of a white and of a black run has.
pub(super) const WHITE_BITS: u32 = 12;
pub(super) const BLACK_BITS: u32 = 13;
/// Bits of the longest mode.
pub(super) const MODE_BITS: u32 = 7;
/// Zeros of an end-of-line code; a one follows, after any number of further zeros.
pub(super) const END_OF_LINE_BITS: u32 = 11;

/// What a code of a run means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Invalid,
    /// The run ends.
    Terminating,
    /// A multiple of 64 pixels; further codes follow.
    MakeUp,
    /// The zeros of an end-of-line code.
    EndOfLine,
}

/// A code of a run: its meaning, its length in bits (0 if invalid), and pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Code {
    pub(super) kind: Kind,
    pub(super) bits: u8,
    pub(super) pixels: u16,
}

/// How the next change of colour is coded (T.6, table 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Pass,
    Horizontal,
    /// The change lies so many pixels right of the one in the row above, or below it.
    Right(u64),
    Left(u64),
    Extension,
    /// Seven of the zeros of an end-of-line code.
    EndOfLine,
}

/// The mode that the next 7 bits begin with, and its length in bits.
pub(super) fn mode(bits: usize) -> (Mode, u32) {
    match bits {
        0 => (Mode::EndOfLine, 7),
        1 => (Mode::Extension, 7),
        2 => (Mode::Left(3), 7),
        3 => (Mode::Right(3), 7),
        4 | 5 => (Mode::Left(2), 6),
        6 | 7 => (Mode::Right(2), 6),
        8..=15 => (Mode::Pass, 4),
        16..=31 => (Mode::Horizontal, 3),
        32..=47 => (Mode::Left(1), 3),
        48..=63 => (Mode::Right(1), 3),
        _ => (Mode::Right(0), 1),
    }
}

/// Tables of runs.
#[derive(Debug)]
pub(super) struct Tables {
    white: Vec<Code>,
    black: Vec<Code>,
}

impl Tables {
    pub(super) fn get() -> &'static Self {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(|| Self {
            white: table(&white::ENTRIES, WHITE_BITS),
            black: table(&black::ENTRIES, BLACK_BITS),
        })
    }

    /// The code that the next bits begin with: [`BLACK_BITS`] or [`WHITE_BITS`] of them.
    pub(super) fn code(&self, black: bool, bits: usize) -> Code {
        let table = if black { &self.black } else { &self.white };
        table.get(bits).copied().unwrap_or_default()
    }
}

/// A table by the next `width` bits: each code fills the places of all bits that can follow it.
fn table(entries: &[(u16, Bits)], width: u32) -> Vec<Code> {
    let places = |bits: u32| 1_usize.checked_shl(width.saturating_sub(bits)).unwrap_or(0);
    let mut table = vec![Code::default(); places(0)];
    let mut fill = |code: Code, data: u16| {
        let count = places(code.bits.into());
        let first = usize::from(data).saturating_mul(count);
        for place in table.iter_mut().skip(first).take(count) {
            *place = code;
        }
    };
    for (pixels, Bits { data, len }) in entries {
        let kind = if *pixels < 64 { Kind::Terminating } else { Kind::MakeUp };
        fill(Code { kind, bits: *len, pixels: *pixels }, *data);
    }
    let zeros = u8::try_from(END_OF_LINE_BITS).unwrap_or(u8::MAX);
    fill(Code { kind: Kind::EndOfLine, bits: zeros, pixels: 0 }, 0);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes from T.4, tables 2 and 3.
    #[test]
    fn finds_codes_of_the_standard() {
        let tables = Tables::get();
        let found = |black, bits| {
            let code = tables.code(black, bits);
            (code.kind, code.bits, code.pixels)
        };
        assert_eq!(found(false, 0b0011_0101_0000), (Kind::Terminating, 8, 0));
        assert_eq!(found(false, 0b0111_1111_1111), (Kind::Terminating, 4, 2));
        assert_eq!(found(false, 0b1101_1000_0000), (Kind::MakeUp, 5, 64));
        assert_eq!(found(false, 0b0000_0001_1111), (Kind::MakeUp, 12, 2560));
        assert_eq!(found(true, 0b0_0001_1011_1000), (Kind::Terminating, 10, 0));
        assert_eq!(found(true, 0b0_1000_0000_0000), (Kind::Terminating, 3, 1));
        assert_eq!(found(true, 0b0_0000_0110_0101), (Kind::MakeUp, 13, 1728));
        assert_eq!(found(true, 0b0_0000_0010_0000), (Kind::MakeUp, 11, 1792));
        assert_eq!(found(true, 0b0_0000_0000_0011), (Kind::EndOfLine, 11, 0));
        assert_eq!(found(false, 1), (Kind::EndOfLine, 11, 0));
        assert_eq!(found(false, 2), (Kind::Invalid, 0, 0));
    }
}
