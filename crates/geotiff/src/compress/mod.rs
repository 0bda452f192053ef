//! Compression methods: one file each, each decoding into a slice of exactly the size that is wanted, and encoding.
//!
//! A decoder gets `plain: &mut [u8]` and cannot grow it, so no input can make it spend more memory than the
//! caller planned. What a method needs beside it is held against an allowance first. Output that the input
//! has beyond `plain` is left alone; too little is an error. Damage that a method can decode past is a warning.

#[cfg(feature = "deflate")]
mod deflate;
mod encoder;
#[cfg(feature = "fax")]
mod fax;
#[cfg(any(feature = "deflate", feature = "jpeg"))]
mod huffman;
#[cfg(feature = "jpeg")]
mod jpeg;
#[cfg(feature = "jpeg2000")]
mod jpeg2000;
#[cfg(feature = "jxl")]
mod jxl;
#[cfg(feature = "lerc")]
mod lerc;
#[cfg(feature = "lerc")]
mod lerc_ranges;
#[cfg(feature = "lzma")]
mod lzma;
#[cfg(feature = "lzw")]
mod lzw;
#[cfg(feature = "lzw")]
mod lzw_encode;
mod next;
#[cfg(feature = "packbits")]
mod packbits;
mod sgilog;
mod sgilog_uv;
mod thunderscan;
mod warnings;
#[cfg(feature = "webp")]
mod webp;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(feature = "epsg")]
pub(crate) use deflate::Deflate;
#[allow(unused_imports, reason = "used by methods that can be compiled out")]
use encoder::{DEFLATE_LEVEL, ZSTD_LEVEL, failed};
pub(crate) use encoder::{Effort, Encoder, JpegTables};

use crate::bytes::View;
use crate::error::{Cause, Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Compression;

/// A decoder for one image, with the state that it reuses from chunk to chunk. One for each thread.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    method: Method<'a>,
    /// Bytes that decoding a chunk may take beside the plain ones.
    #[allow(dead_code, reason = "used by methods that can be compiled out")]
    allowance: u64,
    warnings: warnings::Warnings,
}

#[derive(Debug)]
enum Method<'a> {
    None,
    Next,
    ThunderScan,
    SgiLog(sgilog::SgiLog),
    #[cfg(feature = "packbits")]
    PackBits,
    #[cfg(feature = "lzw")]
    Lzw(lzw::Lzw),
    #[cfg(feature = "deflate")]
    Deflate(deflate::Deflate),
    #[cfg(feature = "zstd")]
    Zstd(Box<zstd::Zstd>),
    #[cfg(feature = "lzma")]
    Lzma,
    #[cfg(feature = "fax")]
    Fax(fax::Fax),
    #[cfg(feature = "lerc")]
    Lerc(lerc::Lerc),
    #[cfg(feature = "webp")]
    WebP(webp::WebP),
    #[cfg(feature = "jpeg2000")]
    Jpeg2000(jpeg2000::Jpeg2000),
    #[cfg(feature = "jxl")]
    Jxl(jxl::Jxl),
    /// Tables of a JPEG are shared by all chunks and borrowed from the file.
    #[cfg(feature = "jpeg")]
    Jpeg(Box<jpeg::Jpeg<'a>>),
    #[cfg(feature = "jpeg")]
    OldJpeg(Box<jpeg::OldJpeg<'a>>),
    #[cfg(not(feature = "jpeg"))]
    #[allow(dead_code, reason = "keeps the lifetime that JPEG needs")]
    Never(std::convert::Infallible, &'a ()),
}

impl Method<'_> {
    fn is_fax(&self) -> bool {
        match self {
            #[cfg(feature = "fax")]
            Self::Fax(_) => true,
            _ => false,
        }
    }
}

impl<'a> Decoder<'a> {
    /// The decoder for the chunks of `image`, or the error that names what is missing. `allowance` is the
    /// memory that decoding a chunk may take beside its output.
    pub(crate) fn new(image: &Image, view: View<'a>, allowance: u64) -> Result<Self> {
        let _ = &view;
        let method = match image.compression {
            Compression::NONE => Method::None,
            Compression::NEXT => next::check(image).map(|()| Method::Next)?,
            Compression::THUNDERSCAN => thunderscan::check(image).map(|()| Method::ThunderScan)?,
            Compression::SGILOG | Compression::SGILOG24 => Method::SgiLog(sgilog::SgiLog::new(image)?),
            #[cfg(feature = "packbits")]
            Compression::PACKBITS => Method::PackBits,
            #[cfg(feature = "lzw")]
            Compression::LZW => Method::Lzw(lzw::Lzw::new()),
            #[cfg(feature = "deflate")]
            Compression::DEFLATE | Compression::OLD_DEFLATE => Method::Deflate(deflate::Deflate::new()),
            #[cfg(feature = "zstd")]
            Compression::ZSTD => Method::Zstd(Box::new(zstd::Zstd::new(allowance))),
            #[cfg(feature = "lzma")]
            Compression::LZMA => Method::Lzma,
            #[cfg(feature = "fax")]
            Compression::CCITT_RLE
            | Compression::CCITT_RLE_W
            | Compression::CCITT_FAX3
            | Compression::CCITT_FAX4 => Method::Fax(fax::Fax::new(image, allowance)?),
            #[cfg(feature = "lerc")]
            Compression::LERC => Method::Lerc(lerc::Lerc::new(image, allowance)?),
            #[cfg(feature = "webp")]
            Compression::WEBP => Method::WebP(webp::WebP::new(image, allowance)?),
            #[cfg(feature = "jpeg2000")]
            Compression::JPEG_2000 => Method::Jpeg2000(jpeg2000::Jpeg2000::new(image, allowance)?),
            #[cfg(feature = "jxl")]
            Compression::JXL | Compression::JXL_DNG => Method::Jxl(jxl::Jxl::new(image, allowance)?),
            #[cfg(feature = "jpeg")]
            Compression::JPEG => {
                let tables = image.jpeg_tables.map(|entry| entry.values(&view)?.bytes()).transpose()?;
                Method::Jpeg(Box::new(jpeg::Jpeg::new(image, tables.unwrap_or_default(), allowance)?))
            }
            #[cfg(feature = "jpeg")]
            Compression::OLD_JPEG => Method::OldJpeg(Box::new(jpeg::OldJpeg::new(image, view, allowance)?)),
            other => return Err(unavailable(other)),
        };
        Ok(Self { method, allowance, warnings: warnings::Warnings::default() })
    }

    /// Whether `plain` may end at any row of the chunk. Other methods need room for all of it.
    pub(crate) fn stops_early(&self) -> bool {
        match self.method {
            #[cfg(feature = "zstd")]
            Method::Zstd(_) => false,
            #[cfg(feature = "lerc")]
            Method::Lerc(_) => false,
            _ => !self.gives_native(),
        }
    }

    /// Whether samples come out in this machine's byte order, instead of the file's.
    pub(crate) fn gives_native(&self) -> bool {
        match self.method {
            Method::SgiLog(_) => true,
            #[cfg(feature = "webp")]
            Method::WebP(_) => true,
            #[cfg(feature = "jpeg2000")]
            Method::Jpeg2000(_) => true,
            #[cfg(feature = "jxl")]
            Method::Jxl(_) => true,
            #[cfg(feature = "jpeg")]
            Method::Jpeg(_) | Method::OldJpeg(_) => true,
            _ => false,
        }
    }

    /// Whether samples of several bands come out plane by plane, in whole rows, instead of pixel by pixel.
    pub(crate) fn gives_planes(&self) -> bool {
        match &self.method {
            #[cfg(feature = "jpeg")]
            Method::Jpeg(jpeg) => jpeg.gives_planes(),
            _ => false,
        }
    }

    /// Takes the warning about the chunk that was decoded last: damage that its decoder noticed and decoded past.
    pub(crate) fn take_warning(&mut self) -> Option<Error> {
        self.warnings.take()
    }

    /// Adds a warning about the chunk that was decoded last: of its rows below the edge of the image.
    pub(crate) fn warn_of(&mut self, error: &Error) {
        self.warnings.add("tile", || format!("rows below the edge of the image: {error}"));
    }

    /// Fills `plain` from `raw`; `stored` is the chunk's place in the image. `to_end` says that `plain` has space for the whole
    /// chunk: what follows its data (a checksum, an end code) is then verified.
    pub(crate) fn decode(&mut self, raw: &[u8], stored: &Rect, plain: &mut [u8], to_end: bool) -> Result<()> {
        let _ = to_end;
        let warnings = &mut self.warnings;
        let expansion = if self.method.is_fax() { MOST_FAX_EXPANSION } else { MOST_EXPANSION };
        let most = plain.len().saturating_mul(expansion).saturating_add(MOST_OVERHEAD);
        let bounded = raw.get(..most).unwrap_or(raw);
        let result = match &mut self.method {
            Method::None => copy(raw, plain),
            Method::Next => next::decode(raw, stored, plain),
            Method::ThunderScan => thunderscan::decode(raw, stored, plain),
            Method::SgiLog(sgilog) => sgilog.decode(raw, stored, plain),
            #[cfg(feature = "packbits")]
            Method::PackBits => packbits::decode(bounded, plain, to_end, warnings),
            #[cfg(feature = "lzw")]
            Method::Lzw(lzw) => lzw.decode(bounded, plain),
            #[cfg(feature = "deflate")]
            Method::Deflate(deflate) => deflate.decode(bounded, plain, to_end, warnings),
            #[cfg(feature = "zstd")]
            Method::Zstd(zstd) => zstd.decode(bounded, plain, warnings),
            #[cfg(feature = "lzma")]
            Method::Lzma => lzma::decode(bounded, plain, self.allowance, to_end, warnings),
            #[cfg(feature = "fax")]
            Method::Fax(fax) => fax.decode(bounded, stored, plain, warnings),
            #[cfg(feature = "lerc")]
            Method::Lerc(lerc) => lerc.decode(bounded, stored, plain),
            #[cfg(feature = "webp")]
            Method::WebP(webp) => webp.decode(raw, stored, plain),
            #[cfg(feature = "jpeg2000")]
            Method::Jpeg2000(jpeg2000) => jpeg2000.decode(raw, stored, plain),
            #[cfg(feature = "jxl")]
            Method::Jxl(jxl) => jxl.decode(raw, stored, plain),
            #[cfg(feature = "jpeg")]
            Method::Jpeg(jpeg) => jpeg.decode(raw, stored, plain, warnings),
            #[cfg(feature = "jpeg")]
            Method::OldJpeg(jpeg) => jpeg.decode(raw, stored, plain, warnings),
            #[cfg(not(feature = "jpeg"))]
            Method::Never(never, _) => match *never {},
        };
        let _ = (warnings, bounded);
        result
    }
}

/// Compressed bytes that a chunk may have for each decoded one, and beside them. Methods that can consume input without
/// any output (clear codes, empty blocks, fill bits) see no more of it, so that many chunks which share one such
/// stream cost no more than their pixels do.
const MOST_EXPANSION: usize = 4;
/// Fill bits make fax rows last as long as a machine needs to print them.
const MOST_FAX_EXPANSION: usize = 64;
const MOST_OVERHEAD: usize = 1 << 16;

/// Holds an image of `width` x `height` x `samples` against what decoding may take, `times` bytes a sample.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
fn afford(
    allowance: u64,
    (width, height, samples): (usize, usize, usize),
    times: u64,
    what: &'static str,
) -> Result<()> {
    let pixels = (width as u64).saturating_mul(height as u64);
    let needed = pixels.saturating_mul(samples as u64).saturating_mul(times);
    if needed > allowance {
        return Err(Cause::Memory { what, needed, left: allowance }.into());
    }
    Ok(())
}

/// Copies the upper left corner of an image of bytes into a chunk that is not larger; `plain` may hold fewer
/// rows.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
fn crop(pixels: &[u8], (width, _): (usize, usize), stored: &Rect, samples: usize, plain: &mut [u8]) {
    let from = pixels.chunks_exact(width.saturating_mul(samples).max(1));
    let to = plain.chunks_exact_mut(stored.width.saturating_mul(samples).max(1));
    for (to, from) in to.zip(from) {
        if let Some(from) = from.get(..to.len()) {
            to.copy_from_slice(from);
        }
    }
}

/// Memory beyond an allowance that a decoder keeps by itself.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
fn beyond(allowance: u64, what: &'static str) -> Error {
    Cause::Memory { what, needed: allowance.saturating_add(1), left: allowance }.into()
}

/// Refuses an image of another size than the chunk, before anything is decoded.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
fn same_size(
    method: &'static str,
    (width, height): (usize, usize),
    stored: &Rect,
    need: usize,
) -> Result<()> {
    if (width, height) == (stored.width, stored.height) {
        return Ok(());
    }
    Err(damaged(method, need, "an image of another size than the chunk"))
}

/// No compression: the bytes as they are.
fn copy(raw: &[u8], plain: &mut [u8]) -> Result<()> {
    match raw.get(..plain.len()) {
        Some(raw) => plain.copy_from_slice(raw),
        None => return Err(short("uncompressed", plain.len(), raw.len())),
    }
    Ok(())
}

/// A method and the most bytes that it can decode from `len` bytes, where its format sets such a limit.
pub(crate) fn most_decoded(compression: Compression, len: u64) -> Option<(&'static str, u64)> {
    let (method, ratio) = match compression {
        // 258 bytes for two codes of a bit each.
        Compression::DEFLATE | Compression::OLD_DEFLATE => ("Deflate", 1032),
        // No more than the table has codes, for each code of 9 bits or more.
        Compression::LZW => ("LZW", 4096),
        // 128 for two.
        Compression::PACKBITS => ("PackBits", 64),
        _ => return None,
    };
    Some((method, len.saturating_mul(ratio)))
}

pub(crate) fn short(method: &'static str, need: usize, have: usize) -> Error {
    Cause::ShortData { method, need, have }.into()
}

/// Data of which nothing can be decoded.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
fn damaged(method: &'static str, need: usize, why: &'static str) -> Error {
    Cause::BadData { method, need, have: 0, why }.into()
}

/// Why there is no decoder: compiled out, or not written.
fn unavailable(method: Compression) -> Error {
    let feature = match method {
        Compression::PACKBITS => "packbits",
        Compression::LZW => "lzw",
        Compression::DEFLATE | Compression::OLD_DEFLATE => "deflate",
        Compression::ZSTD => "zstd",
        Compression::LZMA => "lzma",
        Compression::CCITT_RLE
        | Compression::CCITT_RLE_W
        | Compression::CCITT_FAX3
        | Compression::CCITT_FAX4 => "fax",
        Compression::LERC => "lerc",
        Compression::WEBP => "webp",
        Compression::JPEG | Compression::OLD_JPEG => "jpeg",
        Compression::JPEG_2000 => "jpeg2000",
        Compression::JXL | Compression::JXL_DNG => "jxl",
        _ => {
            let name = method.name().unwrap_or("unknown");
            return Error::unsupported(format!("compression {} ({name}) is not implemented", method.0));
        }
    };
    Cause::FeatureOff { method: method.name().unwrap_or(feature), feature }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_missing_method_is_named() {
        let error = unavailable(Compression(12345));
        assert_eq!(error.kind(), ErrorKind::Unsupported);
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
