//! Rows of the image out of the samples of its components: colours converted, and arranged as the caller wants them.

use super::planes::{Chroma, Depth, Plane, Spare};

/// How samples stand in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrangement {
    Pixels,
    Planes,
}

/// What the output is to be.
#[derive(Debug)]
pub(super) struct Output {
    /// Columns.
    pub(super) width: usize,
    pub(super) chroma: Chroma,
    /// Whether three components become red, green and blue.
    pub(super) ycbcr: bool,
    pub(super) arrangement: Arrangement,
}

/// Components that an image can have.
const MOST: usize = 4;

impl Output {
    /// Fills `plain` with as many whole rows as it has room for.
    pub(super) fn fill<S: Depth>(&self, planes: &[Plane<S>], plain: &mut [u8]) {
        let Ok(samples) = bytemuck::try_cast_slice_mut::<u8, S>(plain) else {
            return self.fill_unaligned(planes, plain);
        };
        let count = planes.len().min(MOST);
        let rows = samples.len().checked_div(self.width.saturating_mul(count)).unwrap_or(0);
        let mut spare: [Spare<S>; MOST] = std::array::from_fn(|_| Spare::default());
        let mut colours: [Vec<S>; 3] = std::array::from_fn(|_| Vec::new());
        for y in 0..rows {
            let mut components: [&[S]; MOST] = [&[]; MOST];
            for ((component, plane), spare) in components.iter_mut().zip(planes).zip(&mut spare) {
                let row = plane.row(y, self.chroma, spare);
                *component = row.get(..self.width).unwrap_or(row);
            }
            if let (true, [luma, blue, red, _]) = (self.ycbcr, components) {
                colours.iter_mut().for_each(|row| row.resize(self.width, S::default()));
                to_rgb([luma, blue, red], &mut colours);
                for (component, colour) in components.iter_mut().zip(&colours) {
                    *component = colour;
                }
            }
            let components = components.get(..count).unwrap_or_default();
            match self.arrangement {
                Arrangement::Planes => self.place_in_planes(components, rows, y, samples),
                Arrangement::Pixels => self.place_in_pixels(components, y, samples),
            }
        }
    }

    fn place_in_planes<S: Depth>(&self, components: &[&[S]], rows: usize, y: usize, samples: &mut [S]) {
        let plane = self.width.saturating_mul(rows).max(1);
        let first = y.saturating_mul(self.width);
        for (plane, component) in samples.chunks_exact_mut(plane).zip(components) {
            let row = plane.get_mut(first..).and_then(|plane| plane.get_mut(..component.len()));
            row.unwrap_or_default().copy_from_slice(component);
        }
    }

    fn place_in_pixels<S: Depth>(&self, components: &[&[S]], y: usize, samples: &mut [S]) {
        let row = self.width.saturating_mul(components.len());
        let first = y.saturating_mul(row);
        let out = samples.get_mut(first..).and_then(|rows| rows.get_mut(..row)).unwrap_or_default();
        match components {
            [only] => {
                if let Some(out) = out.get_mut(..only.len()) {
                    out.copy_from_slice(only);
                }
            }
            [a, b, c] => {
                let (pixels, _) = out.as_chunks_mut::<3>();
                for (((pixel, a), b), c) in pixels.iter_mut().zip(*a).zip(*b).zip(*c) {
                    *pixel = [*a, *b, *c];
                }
            }
            _ => {
                for (sample, component) in components.iter().enumerate() {
                    let of_sample = out.iter_mut().skip(sample).step_by(components.len().max(1));
                    of_sample.zip(*component).for_each(|(out, value)| *out = *value);
                }
            }
        }
    }

    /// As `fill`, where samples of two bytes do not lie on even addresses.
    fn fill_unaligned<S: Depth>(&self, planes: &[Plane<S>], plain: &mut [u8]) {
        let count = plain.len().checked_div(size_of::<S>()).unwrap_or(0);
        let mut samples = vec![S::default(); count];
        self.fill(planes, bytemuck::cast_slice_mut(&mut samples));
        let bytes: &[u8] = bytemuck::cast_slice(&samples);
        for (out, byte) in plain.iter_mut().zip(bytes) {
            *out = *byte;
        }
    }
}

/// YCbCr to RGB (JFIF 1.02) in fixed point of 16 bits, as libjpeg has it. Factors are split into whole numbers and what fits
/// into 16 bits: 1.402 = 1 + 0.402, 0.71414 = 1 - 0.28586, 1.772 = 2 - 0.228.
fn to_rgb<S: Depth>([luma, blue, red]: [&[S]; 3], [r, g, b]: &mut [Vec<S>; 3]) {
    const HALF: i32 = 1 << 15;
    let centre = i32::from(S::CENTRE.into());
    let pixels = luma.iter().zip(blue).zip(red);
    for ((((luma, blue), red), r), (g, b)) in pixels.zip(r).zip(g.iter_mut().zip(b)) {
        let y = i32::from((*luma).into());
        let cb = i32::from((*blue).into()).wrapping_sub(centre);
        let cr = i32::from((*red).into()).wrapping_sub(centre);
        let part = |sum: i32| sum.wrapping_add(HALF) >> 16;
        let red = part(cr.wrapping_mul(26_345)).wrapping_add(cr);
        let green = part(cb.wrapping_mul(-22_554).wrapping_add(cr.wrapping_mul(18_734))).wrapping_sub(cr);
        let blue = part(cb.wrapping_mul(-14_942)).wrapping_add(cb.wrapping_mul(2));
        *r = S::clamped(y.wrapping_add(red));
        *g = S::clamped(y.wrapping_add(green));
        *b = S::clamped(y.wrapping_add(blue));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The factors of JFIF with 16 bits behind the point, undivided.
    #[test]
    fn split_factors_are_exact() {
        for cb in 0..=255_u8 {
            let reds: Vec<u8> = (0..=255).collect();
            let (luma, blues) = (vec![100; 256], vec![cb; 256]);
            let mut out = [vec![0; 256], vec![0; 256], vec![0; 256]];
            to_rgb([&luma, &blues, &reds], &mut out);
            for (cr, ((r, g), b)) in (-128_i64..).zip(out[0].iter().zip(&out[1]).zip(&out[2])) {
                let cb = i64::from(cb) - 128;
                let expected = [91_881 * cr, -22_554 * cb - 46_802 * cr, 116_130 * cb];
                let expected = expected.map(|sum| (100 + ((sum + 32_768) >> 16)).clamp(0, 255));
                assert_eq!([*r, *g, *b].map(i64::from), expected);
            }
        }
    }
}
