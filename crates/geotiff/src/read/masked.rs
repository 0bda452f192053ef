//! Pixels together with what says which of them are valid.

use ndarray::{Array3, Zip};

use super::reader::Reader;
use super::request::ReadRequest;
use crate::error::Result;
use crate::image::Sample;

/// Pixels and their masks, both of shape (band, row, column).
///
/// ```
/// use memtiff_geotiff::{Description, Limits, ReadRequest, Reader};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let description = Description::parse(bytes, &Limits::default())?;
/// let masked = Reader::new(bytes, &description).read_masked::<u16>(&ReadRequest::new())?;
/// assert_eq!(masked.valid_count(), masked.data.iter().filter(|pixel| **pixel != 0).count());
/// assert_eq!(masked.filled(9999).iter().filter(|pixel| **pixel == 0).count(), 0);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Masked<T> {
    /// The pixels, those that are not valid too.
    pub data: Array3<T>,
    /// 0 for a pixel that is not valid, 255 for one that is; values between where the mask is an alpha band.
    pub mask: Array3<u8>,
}

impl<T: Clone> Masked<T> {
    /// How many pixels are valid, all bands together.
    #[must_use]
    pub fn valid_count(&self) -> usize {
        self.mask.iter().filter(|mask| **mask != 0).count()
    }

    /// The pixels, with `value` in place of those that are not valid.
    #[must_use]
    pub fn filled(mut self, value: T) -> Array3<T> {
        Zip::from(&mut self.data).and(&self.mask).for_each(|pixel, mask| {
            if *mask == 0 {
                *pixel = value.clone();
            }
        });
        self.data
    }
}

impl Reader<'_> {
    /// Reads pixels and their masks: [`read`](Self::read) and [`read_masks`](Self::read_masks) in one.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_masked<T: Sample>(&self, request: &ReadRequest) -> Result<Masked<T>> {
        let data = self.read::<T>(request)?;
        let spent = data.len().saturating_mul(size_of::<T>());
        Ok(Masked { data, mask: self.with_less(spent, "pixels")?.read_masks(request)? })
    }
}
