//! What a request comes to, for who copies chunks instead of reading pixels.

use super::reader::Reader;
use super::request::ReadRequest;
use crate::bytes::View;
use crate::error::Result;
use crate::image::Image;
use crate::layout::Rect;

/// What a request comes to.
#[derive(Debug, Clone)]
pub(crate) struct Asked<'a> {
    /// Rows and columns of the array.
    pub(crate) shape: (usize, usize),
    /// Counted from 1.
    pub(crate) bands: Vec<usize>,
    /// The image, the bytes that it lies in, and which overview it is.
    pub(crate) image: &'a Image,
    pub(crate) view: View<'a>,
    pub(crate) overview: Option<usize>,
    /// The pixels that are asked for, if they are wanted as they are and lie in the image.
    pub(crate) pixels: Option<Rect>,
}

impl<'a> Reader<'a> {
    pub(crate) fn asked(&self, request: &ReadRequest) -> Result<Asked<'a>> {
        let target = self.target(request)?;
        Ok(Asked {
            shape: target.shape(),
            bands: self.bands(request)?,
            image: target.level.image,
            view: target.level.source.view,
            overview: target.overview,
            pixels: target.direct().filter(|_| target.is_inside()),
        })
    }
}

impl ReadRequest {
    /// Of an overview, counted from 0, or of the full image.
    pub(crate) fn at(self, overview: Option<usize>) -> Self {
        match overview {
            Some(level) => self.overview(level),
            None => self.full_resolution(),
        }
    }

    /// The window alone, without another size.
    pub(crate) fn plain(mut self) -> Self {
        self.shape = None;
        self
    }

    pub(crate) fn any_dtype(mut self) -> Self {
        self.dtype = None;
        self
    }
}
