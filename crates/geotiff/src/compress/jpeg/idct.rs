//! The inverse transform of 8 x 8 frequencies (ITU-T T.81, A.3.3) in integers: the factorisation of Loeffler, Ligtenberg
//! and Moschytz ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989), with as many bits behind the point as
//! libjpeg's accurate integer transform keeps, so that samples are the same to the last bit.
//!
//! Samples of 8 bits are made eight at a time, in 16-bit lanes, as the vector code of libjpeg-turbo makes them.

use std::num::Wrapping;

use wide::{i16x8, i32x8, u8x16};

use super::frame::BLOCK;

/// Bits behind the point of the factors below.
const FACTOR_BITS: i32 = 13;

/// Rotations and sums of cosines of multiples of pi / 16, in fixed point.
const F_0_298: i16 = 2446;
const F_0_390: i16 = 3196;
const F_0_541: i16 = 4433;
const F_0_765: i16 = 6270;
const F_0_899: i16 = 7373;
const F_1_175: i16 = 9633;
const F_1_501: i16 = 12299;
const F_1_847: i16 = 15137;
const F_1_961: i16 = 16069;
const F_2_053: i16 = 16819;
const F_2_562: i16 = 20995;
const F_3_072: i16 = 25172;

/// Bits that samples of 8 and of 12 bits keep behind the point between both passes.
const HELD_8: i32 = 2;
const HELD_12: i32 = 1;

/// From dequantized frequencies, row by row, to samples of 8 bits.
pub(super) fn inverse_8(frequencies: &[i16; BLOCK], quantization: &[u16; BLOCK]) -> [u8; BLOCK] {
    let rows = rows_of(frequencies, |values| i16x8::new(*values));
    let steps = rows_of(quantization, |steps| i16x8::new(steps.map(u16::cast_signed)));
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let [s0, s1, s2, s3, s4, s5, s6, s7] = steps;
    let rows = [r0 * s0, r1 * s1, r2 * s2, r3 * s3, r4 * s4, r5 * s5, r6 * s6, r7 * s7];
    let columns = transposed(first_pass(rows));
    // A factor of the square root of 8 for each pass is left in: three bits.
    let samples = transposed(lanes::<{ FACTOR_BITS + HELD_8 + 3 }>(columns));
    let centre = i16x8::splat(128);
    let [a, b, c, d, e, f, g, h] = samples.map(|row| row.saturating_add(centre));
    let pairs = [(a, b), (c, d), (e, f), (g, h)].map(|(a, b)| u8x16::narrow_i16x8(a, b).to_array());
    bytemuck::cast(pairs)
}

/// The pass over columns. Of means alone libjpeg-turbo keeps what 16 bits hold, and otherwise saturates: that tells for damaged
/// data.
#[inline]
fn first_pass(rows: [i16x8; 8]) -> [i16x8; 8] {
    let [means, others @ ..] = rows;
    if others.into_iter().fold(i16x8::splat(0), |any, row| any | row) == i16x8::splat(0) {
        return [means << HELD_8; 8];
    }
    lanes::<{ FACTOR_BITS - HELD_8 }>(rows)
}

/// The sample that all 64 are of a block whose frequencies but the mean are zero.
pub(super) fn flat_8(mean: i16, step: u16) -> u8 {
    // Kept in 16 bits between the passes, as in `first_pass`.
    let value = mean.wrapping_mul(step.cast_signed()) << HELD_8;
    let sample = (i32::from(value).wrapping_add(16) >> 5).wrapping_add(128);
    u8::try_from(sample.clamp(0, 255)).unwrap_or(0)
}

fn rows_of<T>(block: &[T; BLOCK], row: impl Fn(&[T; 8]) -> i16x8) -> [i16x8; 8] {
    let (rows, _) = block.as_chunks::<8>();
    std::array::from_fn(|i| rows.get(i).map_or_else(|| i16x8::splat(0), &row))
}

/// The transform in one direction, for eight rows or columns at once: vectors are frequencies, then samples.
#[inline]
fn lanes<const SHIFT: i32>(frequencies: [i16x8; 8]) -> [i16x8; 8] {
    let [f0, f1, f2, f3, f4, f5, f6, f7] = frequencies;
    let times = |lanes: i16x8, factor: i16| lanes.widening_mul(i16x8::splat(factor));
    let rounding = i32x8::splat(1 << (SHIFT - 1));

    let inner = times(f2, F_0_541) + times(f6, F_0_541 - F_1_847);
    let outer = times(f2, F_0_541 + F_0_765) + times(f6, F_0_541);
    let sum = times(f0 + f4, 1 << FACTOR_BITS) + rounding;
    let difference = times(f0 - f4, 1 << FACTOR_BITS) + rounding;
    let even = [sum + outer, difference + inner, difference - inner, sum - outer];

    let (a, b) = (f7 + f3, f5 + f1);
    let at = times(a, F_1_175 - F_1_961) + times(b, F_1_175);
    let bt = times(a, F_1_175) + times(b, F_1_175 - F_0_390);
    let odd = [
        times(f1, F_1_501 - F_0_899) + times(f7, -F_0_899) + bt,
        times(f3, F_3_072 - F_2_562) + times(f5, -F_2_562) + at,
        times(f5, F_2_053 - F_2_562) + times(f3, -F_2_562) + bt,
        times(f7, F_0_298 - F_0_899) + times(f1, -F_0_899) + at,
    ];

    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0]
        .map(|samples| i16x8::from_i32x8_saturate(samples >> SHIFT))
}

/// Rows become columns: three times over, the first half is interleaved with the second.
#[inline]
fn transposed(rows: [i16x8; 8]) -> [i16x8; 8] {
    (0..3).fold(rows, |[a, b, c, d, e, f, g, h], _| {
        let [(a, b), (c, d), (e, f), (g, h)] =
            [interleaved(a, e), interleaved(b, f), interleaved(c, g), interleaved(d, h)];
        [a, b, c, d, e, f, g, h]
    })
}

#[inline]
fn interleaved(a: i16x8, b: i16x8) -> (i16x8, i16x8) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = a.to_array();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = b.to_array();
    (i16x8::new([a0, b0, a1, b1, a2, b2, a3, b3]), i16x8::new([a4, b4, a5, b5, a6, b6, a7, b7]))
}

/// From dequantized frequencies, row by row, to samples of 12 bits.
pub(super) fn inverse_12(frequencies: &[i16; BLOCK], quantization: &[u16; BLOCK]) -> [u16; BLOCK] {
    let mut block = [0_i32; BLOCK];
    for ((slot, frequency), step) in block.iter_mut().zip(frequencies).zip(quantization) {
        *slot = i32::from(*frequency).wrapping_mul(i32::from(*step));
    }
    for column in 0..8 {
        let at = |row: usize| row * 8 + column;
        let line = std::array::from_fn(|row| block.get(at(row)).copied().unwrap_or(0));
        for (row, value) in one_line::<{ FACTOR_BITS - HELD_12 }>(line).into_iter().enumerate() {
            if let Some(slot) = block.get_mut(at(row)) {
                *slot = value;
            }
        }
    }
    let (rows, _) = block.as_chunks_mut::<8>();
    for row in rows {
        *row = one_line::<{ FACTOR_BITS + HELD_12 + 3 }>(*row);
    }
    // Only 14 bits count, as in the table of libjpeg that holds samples to their range.
    block.map(|sample| u16::try_from(((sample << 18) >> 18).saturating_add(2048).clamp(0, 4095)).unwrap_or(0))
}

/// Eight frequencies to eight samples, rounded off by `SHIFT` bits.
fn one_line<const SHIFT: i32>(line: [i32; 8]) -> [i32; 8] {
    let [f0, f1, f2, f3, f4, f5, f6, f7] = line.map(Wrapping);
    let f = |factor: i16| Wrapping(i32::from(factor));
    let rounding = Wrapping(1 << (SHIFT - 1));

    let both = (f2 + f6) * f(F_0_541);
    let (inner, outer) = (both - f6 * f(F_1_847), both + f2 * f(F_0_765));
    let sum = (f0 + f4) * Wrapping(1 << FACTOR_BITS) + rounding;
    let difference = (f0 - f4) * Wrapping(1 << FACTOR_BITS) + rounding;
    let even = [sum + outer, difference + inner, difference - inner, sum - outer];

    let (a, b) = (f7 + f3, f5 + f1);
    let both = (a + b) * f(F_1_175);
    let (a, b) = (both - a * f(F_1_961), both - b * f(F_0_390));
    let c = (f7 + f1) * f(F_0_899);
    let d = (f5 + f3) * f(F_2_562);
    let odd =
        [f1 * f(F_1_501) - c + b, f3 * f(F_3_072) - d + a, f5 * f(F_2_053) - d + b, f7 * f(F_0_298) - c + a];

    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0].map(|sample| sample.0 >> SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition (ITU-T T.81, A.3.3), in doubles.
    fn by_definition(frequencies: &[i16; BLOCK]) -> [f64; BLOCK] {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let wave = |x: usize, u: usize| {
            (f64::from(u32::try_from((2 * x + 1) * u).unwrap()) * std::f64::consts::PI / 16.0).cos()
        };
        std::array::from_fn(|at| {
            let (y, x) = (at / 8, at % 8);
            let part = |i: usize| {
                let (v, u) = (i / 8, i % 8);
                c(u) * c(v) * f64::from(frequencies[i]) * wave(x, u) * wave(y, v) / 4.0
            };
            (0..BLOCK).map(part).sum()
        })
    }

    #[test]
    fn is_the_inverse_transform() {
        let mut seed = 1_u32;
        let mut random = |limit: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i16::try_from(i32::try_from(seed >> 8).unwrap() % (2 * limit + 1) - limit).unwrap()
        };
        for round in 0..200 {
            let mut block = [0; BLOCK];
            for (i, slot) in block.iter_mut().enumerate() {
                *slot = if i == 0 { random(400) } else { random(100 / (1 + round % 8)) };
            }
            let exact = by_definition(&block);
            let off = |samples: &[f64], centre: f64, white: f64| {
                let pairs = samples.iter().zip(&exact);
                pairs.map(|(s, e)| (s - (e + centre).clamp(0.0, white)).abs()).fold(0.0, f64::max)
            };
            let short = inverse_8(&block, &[1; BLOCK]).map(f64::from);
            assert!(off(&short, 128.0, 255.0) < 1.0, "round {round}");
            let long = inverse_12(&block, &[1; BLOCK]).map(f64::from);
            assert!(off(&long, 2048.0, 4095.0) < 1.0, "round {round}");
        }
    }

    #[test]
    fn a_mean_alone_is_a_flat_block() {
        for mean in -600..600 {
            let mut block = [0; BLOCK];
            block[0] = mean;
            assert_eq!(inverse_8(&block, &[3; BLOCK]), [flat_8(mean, 3); BLOCK]);
        }
    }
}
