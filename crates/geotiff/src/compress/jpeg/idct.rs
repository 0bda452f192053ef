//! The inverse transform of 8 x 8 frequencies in integers: the factorisation of Loeffler, Ligtenberg and Moschytz
//! ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989), with as many bits behind the point as the
//! IJG's library keeps, so that samples are the same to the last bit.

use std::num::Wrapping;

use super::frame::BLOCK;

type Int = Wrapping<i32>;

/// Bits behind the point of the factors below.
const FACTOR_BITS: usize = 13;

/// Rotations and sums of cosines of multiples of pi / 16, in fixed point.
const F_0_298: Int = Wrapping(2446);
const F_0_390: Int = Wrapping(3196);
const F_0_541: Int = Wrapping(4433);
const F_0_765: Int = Wrapping(6270);
const F_0_899: Int = Wrapping(7373);
const F_1_175: Int = Wrapping(9633);
const F_1_501: Int = Wrapping(12299);
const F_1_847: Int = Wrapping(15137);
const F_1_961: Int = Wrapping(16069);
const F_2_053: Int = Wrapping(16819);
const F_2_562: Int = Wrapping(20995);
const F_3_072: Int = Wrapping(25172);

/// From frequencies, in rows and already dequantized, to samples around zero.
///
/// Samples of 12 bits leave room for one bit less between the two passes.
pub(super) fn inverse(frequencies: &mut [i32; BLOCK], precision: u8) {
    let held = if precision == 12 { 1 } else { 2 };
    for column in 0..8 {
        let at = |row: usize| row * 8 + column;
        let line = std::array::from_fn(|row| frequencies.get(at(row)).copied().unwrap_or(0));
        for (row, value) in one_dimension(line, FACTOR_BITS - held).into_iter().enumerate() {
            if let Some(slot) = frequencies.get_mut(at(row)) {
                *slot = value;
            }
        }
    }
    let (rows, _) = frequencies.as_chunks_mut::<8>();
    for row in rows {
        // A factor of the square root of 8 for each pass is left in: three bits.
        *row = one_dimension(*row, FACTOR_BITS + held + 3);
    }
}

/// Eight frequencies to eight samples, rounded off by `shift` bits.
fn one_dimension(line: [i32; 8], shift: usize) -> [i32; 8] {
    let [f0, f1, f2, f3, f4, f5, f6, f7] = line.map(Wrapping);
    let rounding = Wrapping(1 << (shift - 1));

    let both = (f2 + f6) * F_0_541;
    let (inner, outer) = (both - f6 * F_1_847, both + f2 * F_0_765);
    let sum = ((f0 + f4) << FACTOR_BITS) + rounding;
    let difference = ((f0 - f4) << FACTOR_BITS) + rounding;
    let even = [sum + outer, difference + inner, difference - inner, sum - outer];

    let (a, b) = (f7 + f3, f5 + f1);
    let both = (a + b) * F_1_175;
    let (a, b) = (both - a * F_1_961, both - b * F_0_390);
    let c = (f7 + f1) * F_0_899;
    let d = (f5 + f3) * F_2_562;
    let odd = [f1 * F_1_501 - c + b, f3 * F_3_072 - d + a, f5 * F_2_053 - d + b, f7 * F_0_298 - c + a];

    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0].map(|sample| (sample >> shift).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition (ITU-T T.81, A.3.3), in doubles.
    fn by_definition(frequencies: &[i32; BLOCK]) -> [f64; BLOCK] {
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
            i32::try_from(seed >> 8).unwrap() % (2 * limit + 1) - limit
        };
        for round in 0..200 {
            let mut block = [0; BLOCK];
            for (i, slot) in block.iter_mut().enumerate() {
                *slot = if i == 0 { random(1000) } else { random(200 / (1 + round % 8)) };
            }
            let exact = by_definition(&block);
            for precision in [8, 12] {
                let mut samples = block;
                inverse(&mut samples, precision);
                let off = samples.iter().zip(exact).map(|(s, e)| (f64::from(*s) - e).abs());
                assert!(off.fold(0.0, f64::max) < 1.0, "round {round}");
            }
        }
    }
}
