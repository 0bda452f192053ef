//! CIE L*a*b* to RGB (TIFF 6.0, section 23), through XYZ and a display with the primaries of sRGB and a gamma of
//! 2.4, in the steps of libtiff, so that pixels are the same.

use super::ycbcr::numbers;
use crate::error::Result;
use crate::ifd::Fields;
use crate::tag::Tag;

/// Steps between the dark and the full light of the display.
const STEPS: u16 = 1500;
/// From XYZ to the light of red, green and blue.
const DISPLAY: [[f32; 3]; 3] =
    [[3.2410, -1.5374, -0.4986], [-0.9692, 1.8760, 0.0416], [0.0556, -0.2040, 1.0570]];
const GAMMA: f64 = 2.4;
/// Light of the display: with nothing on it, and at its full.
const DARK: f32 = 1.0;
const FULL: f32 = 100.0;
/// XYZ of the white that is meant where a file does not say: D50.
const D50: [f32; 3] = [96.4250, 100.0, 82.4680];

#[derive(Debug)]
pub(crate) struct Lab {
    white: [f32; 3],
    /// Code of each step of light.
    codes: Vec<u8>,
}

impl Lab {
    pub(super) fn new(fields: &Fields<'_>) -> Result<Self> {
        let sum = D50.iter().sum::<f32>();
        let [x, y, _] = D50.map(|part| part / sum);
        let [x, y] = numbers(fields, Tag::WHITE_POINT, [x, y])?;
        Ok(Self::with_white([x / y * 100.0, 100.0, (1.0 - x - y) / y * 100.0]))
    }

    fn with_white(white: [f32; 3]) -> Self {
        let code = |step: u16| {
            let light = (f64::from(step) / f64::from(STEPS)).powf(1.0 / GAMMA);
            round(255.0 * as_single(light))
        };
        Self { white, codes: (0..=STEPS).map(code).collect() }
    }

    pub(super) fn render(&self, l: u8, a: i8, b: i8) -> [u8; 3] {
        let [white_x, white_y, white_z] = self.white;
        let l = f32::from(l) * 100.0 / 255.0;
        let (y, root) = if l < 8.856 {
            let y = l * white_y / 903.292;
            (y, 7.787 * (y / white_y) + 16.0 / 116.0)
        } else {
            let root = (l + 16.0) / 116.0;
            (white_y * root * root * root, root)
        };
        let cube = |white: f32, root: f32| {
            if root < 0.2069 { white * (root - 0.13793) / 7.787 } else { white * root * root * root }
        };
        let x = cube(white_x, f32::from(a) / 500.0 + root);
        let z = cube(white_z, root - f32::from(b) / 200.0);
        DISPLAY.map(|[from_x, from_y, from_z]| self.code(from_x * x + from_y * y + from_z * z))
    }

    /// The code that makes the display shine like this.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the steps there are"
    )]
    fn code(&self, light: f32) -> u8 {
        let step = (FULL - DARK) / f32::from(STEPS);
        let steps = (light.clamp(DARK, FULL) - DARK) / step;
        self.codes.get((steps as usize).min(usize::from(STEPS))).copied().unwrap_or(0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "libtiff holds its table as singles")]
fn as_single(value: f64) -> f32 {
    value as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes are 0 to 255, and `as` saturates"
)]
fn round(code: f32) -> u8 {
    (f64::from(code) + 0.5) as u8
}
