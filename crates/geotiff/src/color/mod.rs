//! From stored colours to red, green, blue and alpha, as libtiff computes them.

mod lab;
mod ycbcr;

use lab::Lab;
use ycbcr::YCbCr;

use crate::error::Result;
use crate::ifd::Fields;
use crate::image::Rendering;

/// Turns a pixel's stored samples of 8 bits into red, green, blue, alpha.
#[derive(Debug)]
pub(crate) enum Renderer {
    Cmyk,
    Lab(Box<Lab>),
    YCbCr(Box<YCbCr>),
    /// The samples are colours already.
    Ready,
}

impl Renderer {
    /// The renderer for the images of a directory.
    pub(crate) fn new(rendering: Rendering, fields: &Fields<'_>) -> Result<Self> {
        Ok(match rendering {
            Rendering::Cmyk => Self::Cmyk,
            Rendering::CieLab => Self::Lab(Box::new(Lab::new(fields)?)),
            Rendering::LogLuv => Self::Ready,
            Rendering::YCbCr => Self::YCbCr(Box::new(YCbCr::new(fields)?)),
        })
    }

    /// The colour of one pixel. Samples beyond those of the colour are not looked at.
    pub(crate) fn render(&self, stored: &[u8]) -> [u8; 4] {
        let [r, g, b] = match (self, stored) {
            (Self::Cmyk, [c, m, y, k, ..]) => [c, m, y].map(|ink| mix(*ink, *k)),
            (Self::Lab(lab), [l, a, b, ..]) => lab.render(*l, a.cast_signed(), b.cast_signed()),
            (Self::YCbCr(ycbcr), [y, cb, cr, ..]) => ycbcr.render(*y, *cb, *cr),
            (Self::Ready, [r, g, b]) => [*r, *g, *b],
            (Self::Ready, [grey]) => [*grey; 3],
            _ => [0; 3],
        };
        [r, g, b, u8::MAX]
    }
}

/// What an ink and black leave of white, rounded down.
fn mix(ink: u8, black: u8) -> u8 {
    let left = |ink: u8| u16::from(u8::MAX.saturating_sub(ink));
    let product = left(ink).saturating_mul(left(black));
    u8::try_from(product / u16::from(u8::MAX)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_darken() {
        assert_eq!(Renderer::Cmyk.render(&[0, 0, 0, 0]), [255, 255, 255, 255]);
        assert_eq!(Renderer::Cmyk.render(&[255, 0, 128, 0, 7]), [0, 255, 127, 255]);
        assert_eq!(Renderer::Cmyk.render(&[0, 100, 200, 51]), [204, 124, 44, 255]);
    }
}
