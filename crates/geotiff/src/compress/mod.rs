//! Compression methods: one file each, each decoding into a slice of exactly the size that is wanted.
//!
//! A decoder gets `dst: &mut [u8]` and cannot grow it, so no input can make it spend more memory than the
//! caller planned. Output that the input has beyond `dst` is left alone; too little is an error.

#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "lzw")]
mod lzw;
#[cfg(feature = "packbits")]
mod packbits;

use crate::bytes::View;
use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::Window;
use crate::tag::Compression;

/// A decoder for one image, with the state that it reuses from chunk to chunk. One for each thread.
#[derive(Debug)]
pub(crate) enum Decoder<'a> {
    None,
    #[cfg(feature = "packbits")]
    PackBits,
    #[cfg(feature = "lzw")]
    Lzw(lzw::Lzw),
    #[cfg(feature = "deflate")]
    Deflate(deflate::Deflate),
    #[doc(hidden)]
    Borrowing(std::marker::PhantomData<&'a ()>),
}

impl<'a> Decoder<'a> {
    /// The decoder for the chunks of `image`, or the error that names what is missing.
    pub(crate) fn new(image: &Image, view: View<'a>) -> Result<Self> {
        let _ = view;
        match image.compression {
            Compression::NONE => Ok(Self::None),
            #[cfg(feature = "packbits")]
            Compression::PACKBITS => Ok(Self::PackBits),
            #[cfg(feature = "lzw")]
            Compression::LZW => Ok(Self::Lzw(lzw::Lzw::new())),
            #[cfg(feature = "deflate")]
            Compression::DEFLATE | Compression::OLD_DEFLATE => Ok(Self::Deflate(deflate::Deflate::new())),
            method => Err(unavailable(method)),
        }
    }

    /// How many times the memory of a plain chunk the method needs while it decodes one.
    pub(crate) fn overhead(_image: &Image) -> u64 {
        0
    }

    /// Whether `plain` may end at any row of the chunk. Other methods need room for all of it.
    pub(crate) fn stops_early(&self) -> bool {
        true
    }

    /// Whether samples come out in this machine's byte order, instead of the file's.
    pub(crate) fn gives_native(&self) -> bool {
        false
    }

    /// Fills `plain` from `raw`; `stored` is the chunk's place in the image.
    pub(crate) fn decode(&mut self, raw: &[u8], stored: &Window, plain: &mut [u8]) -> Result<()> {
        let _ = stored;
        match self {
            Self::None | Self::Borrowing(_) => copy(raw, plain),
            #[cfg(feature = "packbits")]
            Self::PackBits => packbits::decode(raw, plain),
            #[cfg(feature = "lzw")]
            Self::Lzw(lzw) => lzw.decode(raw, plain),
            #[cfg(feature = "deflate")]
            Self::Deflate(deflate) => deflate.decode(raw, plain),
        }
    }
}

/// No compression: the bytes as they are.
fn copy(raw: &[u8], plain: &mut [u8]) -> Result<()> {
    match raw.get(..plain.len()) {
        Some(raw) => plain.copy_from_slice(raw),
        None => return Err(short("uncompressed", plain.len(), raw.len())),
    }
    Ok(())
}

pub(crate) fn short(method: &'static str, need: usize, have: usize) -> Error {
    crate::error::Cause::ShortData { method, need, have }.into()
}

/// Why there is no decoder: compiled out, or not written.
fn unavailable(method: Compression) -> Error {
    let feature = match method {
        Compression::PACKBITS => "packbits",
        Compression::LZW => "lzw",
        Compression::DEFLATE | Compression::OLD_DEFLATE => "deflate",
        _ => {
            let name = method.name().unwrap_or("unknown");
            return Error::unsupported(format!("compression {} ({name}) is not implemented", method.0));
        }
    };
    crate::error::Cause::FeatureOff { method: method.name().unwrap_or(feature), feature }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_missing_method_is_named() {
        let error = unavailable(Compression::JPEG);
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.to_string(), "unsupported: compression 7 (JPEG) is not implemented");
        let error = unavailable(Compression(12345));
        assert_eq!(error.to_string(), "unsupported: compression 12345 (unknown) is not implemented");
    }

    #[cfg(not(feature = "lzw"))]
    #[test]
    fn a_method_compiled_out_names_its_feature() {
        let error = unavailable(Compression::LZW);
        assert_eq!(error.to_string(), "unsupported: LZW is not compiled in: enable the cargo feature `lzw`");
    }

    #[test]
    fn uncompressed_is_exact() {
        let mut plain = [0; 3];
        copy(&[1, 2, 3, 4], &mut plain).unwrap();
        assert_eq!(plain, [1, 2, 3]);
        assert_eq!(
            copy(&[1, 2], &mut plain).unwrap_err().to_string(),
            "malformed: uncompressed data end early: 2 of 3 bytes decoded"
        );
    }
}
