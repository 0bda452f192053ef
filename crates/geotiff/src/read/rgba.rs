//! Any image as red, green, blue and alpha of 8 bits.

use ndarray::{Array3, ArrayView2, Axis};

use super::array::DynArray;
use super::reader::Reader;
use super::request::ReadRequest;
use crate::color::Renderer;
use crate::error::{Error, Result};
use crate::image::{Image, Rendering};
use crate::metadata::ColorInterp;
use crate::tag::{ExtraSample, Photometric, Tag};

/// From samples of 8 bits to a colour.
enum Scheme {
    /// One sample, or three.
    Ready,
    Inverted,
    /// Of indices, which are not brought to 8 bits.
    Palette(Vec<[u8; 4]>),
    Inks,
    /// L*a*b*, and what to turn around in a* and b*: ICC's have no sign.
    Lab(Renderer, u8),
}

impl Reader<'_> {
    /// Reads an image as colours of a display: shape (4, row, column), red, green, blue, alpha, each 0 to 255. Works for
    /// grey (either end white), palettes, RGB, YCbCr, CMYK, CIE L\*a\*b\*, ICC L\*a\*b\* and 8-bit LogLuv, in samples of
    /// unsigned integers, which are brought to 8 bits over their whole range. Alpha is that of
    /// [`dataset_mask`](Self::dataset_mask): an alpha band, a mask, or 0 where there is nodata. Colours are not
    /// multiplied by it: those of a file that has them so are divided.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the request names bands, or the samples do not say what colour they are.
    pub fn read_rgba(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        if request.bands.is_some() {
            return Err(Error::usage("colours are made of the bands that hold them: ask for no bands"));
        }
        self.operation(|reader| reader.rgba(request))
    }

    fn rgba(&self, request: &ReadRequest) -> Result<Array3<u8>> {
        let target = self.target(request)?;
        let (image, (height, width)) = (target.level.image, target.shape());
        let (scheme, bands) = self.scheme(image)?;
        let mut out = self.zeros((4, height, width))?;
        let rest = self.with_less(out.len(), "colours")?;
        out.index_axis_mut(Axis(0), 3).assign(&rest.dataset_mask(request)?);
        let count = bands.len();
        // Samples on their way to 8 bits.
        let planes = width.saturating_mul(height).saturating_mul(count).saturating_mul(size_of::<u16>());
        let samples = rest.with_less(planes, "samples")?.read_dyn(&request.clone().bands(bands))?;
        let is_index = matches!(scheme, Scheme::Palette(_));
        let planes = (0..count).map(|band| plane(&samples, band, (!is_index).then_some(image.bits)));
        let planes = planes.collect::<Result<Vec<_>>>()?;
        let associated = self.fields()?.u64(Tag::EXTRA_SAMPLES)?
            == Some(ExtraSample::ASSOCIATED_ALPHA.0.into())
            && self.description().colorinterp().contains(&ColorInterp::Alpha);
        let mut pixel = [0_u16; 4];
        for (at, mut colour) in out.lanes_mut(Axis(0)).into_iter().enumerate() {
            for (slot, plane) in pixel.iter_mut().zip(&planes) {
                *slot = plane.get(at).copied().unwrap_or(0);
            }
            let [r, g, b, opacity] = scheme.colour(pixel.get(..count).unwrap_or_default());
            let alpha = colour.last().copied().unwrap_or(0).min(opacity);
            let rgb = [r, g, b].map(|part| if associated { divided(part, alpha) } else { part });
            colour.iter_mut().zip([rgb[0], rgb[1], rgb[2], alpha]).for_each(|(slot, value)| *slot = value);
        }
        Ok(out)
    }

    /// How colours are made, and of which bands, counted from 1.
    fn scheme(&self, image: &Image) -> Result<(Scheme, Vec<usize>)> {
        let description = self.description();
        let interps = description.colorinterp();
        let band = |wanted| Some(interps.iter().position(|interp| *interp == wanted)?.saturating_add(1));
        let rgb = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue].map(band);
        if let [Some(red), Some(green), Some(blue)] = rgb {
            return Ok((Scheme::Ready, vec![red, green, blue]));
        }
        let fields = self.fields()?;
        let lab = || Renderer::new(Rendering::CieLab, &fields);
        Ok(match (image.photometric, image.bands) {
            (Photometric::MIN_IS_BLACK | Photometric::MIN_IS_WHITE, _) if self.has_color_map()? => {
                (Scheme::Palette(self.colormap(1)?.unwrap_or_default()), vec![1])
            }
            (Photometric::PALETTE, _) => {
                let colours = self.colormap(1)?.ok_or_else(|| {
                    Error::unsupported("a palette without a colour map, or of more than 16 bits")
                })?;
                (Scheme::Palette(colours), vec![1])
            }
            (Photometric::MIN_IS_BLACK, _) => (Scheme::Ready, vec![1]),
            (Photometric::MIN_IS_WHITE, _) => (Scheme::Inverted, vec![1]),
            (Photometric::RGB | Photometric::YCBCR, 3..) => (Scheme::Ready, vec![1, 2, 3]),
            (Photometric::SEPARATED, 4..) if fields.code(Tag::INK_SET, 1)? == 1 => {
                (Scheme::Inks, vec![1, 2, 3, 4])
            }
            (Photometric::CIELAB, 3..) => (Scheme::Lab(lab()?, 0), vec![1, 2, 3]),
            (Photometric::ICCLAB, 3..) => (Scheme::Lab(lab()?, 0x80), vec![1, 2, 3]),
            (photometric, count) => {
                let message = format!("colours of {photometric} in {count} bands of {}", image.data_type);
                return Err(Error::unsupported(message));
            }
        })
    }
}

impl Scheme {
    fn colour(&self, samples: &[u16]) -> [u8; 4] {
        let byte = |sample: u16| u8::try_from(sample).unwrap_or(u8::MAX);
        match (self, samples) {
            (Self::Palette(colours), [index]) => {
                colours.get(usize::from(*index)).copied().unwrap_or([0, 0, 0, u8::MAX])
            }
            (Self::Ready, [grey]) => Renderer::Ready.render(&[byte(*grey)]),
            (Self::Ready, [r, g, b]) => Renderer::Ready.render(&[*r, *g, *b].map(byte)),
            (Self::Inverted, [grey]) => Renderer::Ready.render(&[!byte(*grey)]),
            (Self::Inks, [c, m, y, k]) => Renderer::Cmyk.render(&[*c, *m, *y, *k].map(byte)),
            (Self::Lab(lab, turn), [l, a, b]) => lab.render(&[byte(*l), byte(*a) ^ turn, byte(*b) ^ turn]),
            _ => [0; 4],
        }
    }
}

/// The samples of a band; of `bits` brought to 8 bits.
fn plane(samples: &DynArray, band: usize, bits: Option<u16>) -> Result<Vec<u16>> {
    fn of<T: Copy + Into<u64>>(plane: ArrayView2<'_, T>, bits: Option<u16>) -> Vec<u16> {
        let most =
            1_u64.checked_shl(bits.unwrap_or(0).into()).map_or(u64::MAX, |most| most.saturating_sub(1));
        let narrow = |sample: &T| {
            let sample: u64 = (*sample).into();
            let scaled = sample.saturating_mul(255).saturating_add(most / 2).checked_div(most);
            u16::try_from(scaled.filter(|_| bits.is_some_and(|bits| bits != 8)).unwrap_or(sample))
                .unwrap_or(u16::MAX)
        };
        plane.iter().map(narrow).collect()
    }
    Ok(match samples {
        DynArray::Uint8(array) => of(array.index_axis(Axis(0), band), bits),
        DynArray::Uint16(array) => of(array.index_axis(Axis(0), band), bits),
        DynArray::Uint32(array) => of(array.index_axis(Axis(0), band), bits),
        other => {
            let data_type = other.data_type();
            return Err(Error::unsupported(format!(
                "colours of {data_type}: only unsigned integers of 1 to 32 bits"
            )));
        }
    })
}

/// A colour without the alpha that it was multiplied by.
fn divided(part: u8, alpha: u8) -> u8 {
    let (part, alpha) = (u16::from(part), u16::from(alpha));
    let whole = part.saturating_mul(255).saturating_add(alpha / 2).checked_div(alpha).unwrap_or(0);
    u8::try_from(whole).unwrap_or(u8::MAX)
}
