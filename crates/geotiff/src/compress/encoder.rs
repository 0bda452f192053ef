//! Encoders: the inverse of [`Decoder`](super::Decoder), method by method.

use crate::error::{Cause, Error, Result};
use crate::image::Image;
use crate::layout::Rect;
use crate::tag::Compression;

/// How hard methods are to try, and what they may lose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Effort {
    /// Level of Deflate (1 to 9), ZSTD (1 to 22) and LZMA (0 to 9); `None` for the method's usual one.
    pub(crate) level: Option<u8>,
    /// How far LERC may move a value.
    pub(crate) max_z_error: f64,
    /// Quality of JPEG, 1 to 100.
    pub(crate) quality: u8,
    /// What the chunks of a JPEG share.
    pub(crate) jpeg_tables: JpegTables,
}

impl Default for Effort {
    fn default() -> Self {
        let jpeg_tables = JpegTables { quantization: true, huffman: false };
        Self { level: None, max_z_error: 0.0, quality: 75, jpeg_tables }
    }
}

/// What stands in the tag JPEGTables instead of in each chunk; GDAL's JPEGTABLESMODE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct JpegTables {
    /// The tables of quantization.
    pub(crate) quantization: bool,
    /// The Huffman tables. If they do not, those of a single band are made for each chunk, which is smaller.
    pub(crate) huffman: bool,
}

#[allow(dead_code, reason = "used by methods that can be compiled out")]
pub(super) const DEFLATE_LEVEL: u8 = 6;
#[allow(dead_code, reason = "used by methods that can be compiled out")]
pub(super) const ZSTD_LEVEL: u8 = 9;
#[allow(dead_code, reason = "used by methods that can be compiled out")]
const LZMA_PRESET: u8 = 6;

/// An encoder for one image, with the state that it reuses from chunk to chunk. One for each thread.
#[derive(Debug)]
pub(crate) struct Encoder(Method);

#[derive(Debug)]
enum Method {
    None,
    #[cfg(feature = "packbits")]
    PackBits,
    #[cfg(feature = "lzw")]
    Lzw(super::lzw_encode::Compressor),
    #[cfg(feature = "deflate")]
    Deflate(super::deflate::Compressor),
    #[cfg(feature = "zstd")]
    Zstd(Box<super::zstd::Compressor>),
    #[cfg(feature = "lzma")]
    Lzma {
        preset: u8,
        sample: usize,
    },
    #[cfg(feature = "fax")]
    Fax(super::fax::Written),
    #[cfg(feature = "lerc")]
    Lerc(Box<super::lerc::Compressor>),
    #[cfg(feature = "webp")]
    WebP {
        samples: usize,
    },
    #[cfg(feature = "jxl")]
    Jxl(super::jxl::Jxl),
    #[cfg(feature = "jpeg")]
    Jpeg(super::jpeg::Compressor),
}

impl Encoder {
    /// The encoder for the chunks of `image`, or the error that names what is missing.
    pub(crate) fn new(image: &Image, effort: &Effort) -> Result<Self> {
        let _ = effort;
        Ok(Self(match image.compression {
            Compression::NONE => Method::None,
            #[cfg(feature = "packbits")]
            Compression::PACKBITS => Method::PackBits,
            #[cfg(feature = "lzw")]
            Compression::LZW => Method::Lzw(super::lzw_encode::Compressor::new()),
            #[cfg(feature = "deflate")]
            Compression::DEFLATE | Compression::OLD_DEFLATE => {
                Method::Deflate(super::deflate::Compressor::new(effort.level.unwrap_or(DEFLATE_LEVEL)))
            }
            #[cfg(feature = "zstd")]
            Compression::ZSTD => {
                Method::Zstd(Box::new(super::zstd::Compressor::new(effort.level.unwrap_or(ZSTD_LEVEL))))
            }
            #[cfg(feature = "lzma")]
            Compression::LZMA => Method::Lzma {
                preset: effort.level.unwrap_or(LZMA_PRESET),
                // As libtiff: the distance of two samples, of bytes at least.
                sample: usize::from(image.bits / 8).max(1),
            },
            #[cfg(feature = "fax")]
            Compression::CCITT_RLE => Method::Fax(super::fax::Written::Rle),
            #[cfg(feature = "fax")]
            Compression::CCITT_FAX3 => Method::Fax(super::fax::Written::Group3),
            #[cfg(feature = "fax")]
            Compression::CCITT_FAX4 => Method::Fax(super::fax::Written::Group4),
            #[cfg(feature = "lerc")]
            Compression::LERC => {
                Method::Lerc(Box::new(super::lerc::Compressor::new(image, effort.level, effort.max_z_error)?))
            }
            #[cfg(feature = "webp")]
            Compression::WEBP => {
                super::webp::WebP::new(image, 0)?;
                Method::WebP { samples: image.samples_per_chunk() }
            }
            #[cfg(feature = "jxl")]
            Compression::JXL | Compression::JXL_DNG => Method::Jxl(super::jxl::Jxl::writable(image)?),
            #[cfg(feature = "jpeg")]
            Compression::JPEG => {
                Method::Jpeg(super::jpeg::Compressor::new(image, effort.quality, effort.jpeg_tables)?)
            }
            other => return Err(unavailable(other)),
        }))
    }

    /// The content of the tag JPEGTables, for the method that has one.
    pub(crate) fn jpeg_tables(&self) -> Result<Option<Vec<u8>>> {
        match &self.0 {
            #[cfg(feature = "jpeg")]
            Method::Jpeg(jpeg) => jpeg.tables(),
            _ => Ok(None),
        }
    }

    /// Whether samples are taken in this machine's byte order, instead of the file's.
    pub(crate) fn takes_native(&self) -> bool {
        match self.0 {
            #[cfg(feature = "webp")]
            Method::WebP { .. } => true,
            #[cfg(feature = "jxl")]
            Method::Jxl(_) => true,
            #[cfg(feature = "jpeg")]
            Method::Jpeg(_) => true,
            _ => false,
        }
    }

    /// Appends `plain`, the samples of a chunk of the shape `stored` in rows of whole bytes, to `out`.
    pub(crate) fn encode(&mut self, plain: &[u8], stored: &Rect, out: &mut Vec<u8>) -> Result<()> {
        let _ = stored;
        match &mut self.0 {
            Method::None => out.extend_from_slice(plain),
            #[cfg(feature = "packbits")]
            Method::PackBits => {
                let row = plain.len().checked_div(stored.height).unwrap_or(plain.len());
                super::packbits::encode(plain, row, out);
            }
            #[cfg(feature = "lzw")]
            Method::Lzw(lzw) => lzw.encode(plain, out),
            #[cfg(feature = "deflate")]
            Method::Deflate(deflate) => deflate.encode(plain, out)?,
            #[cfg(feature = "zstd")]
            Method::Zstd(zstd) => zstd.encode(plain, out),
            #[cfg(feature = "lzma")]
            Method::Lzma { preset, sample } => super::lzma::encode(plain, *preset, *sample, out)?,
            #[cfg(feature = "fax")]
            Method::Fax(written) => super::fax::encode(plain, stored.width, *written, out)?,
            #[cfg(feature = "lerc")]
            Method::Lerc(lerc) => lerc.encode(plain, stored, out)?,
            #[cfg(feature = "webp")]
            Method::WebP { samples } => super::webp::encode(plain, stored, *samples, out)?,
            #[cfg(feature = "jxl")]
            Method::Jxl(jxl) => jxl.encode(plain, stored, out)?,
            #[cfg(feature = "jpeg")]
            Method::Jpeg(jpeg) => jpeg.encode(plain, stored, out)?,
        }
        Ok(())
    }
}

/// Why there is no encoder: compiled out, or not written by anybody in pure Rust.
fn unavailable(method: Compression) -> Error {
    match method {
        Compression::JPEG_2000 => {
            Error::unsupported(format!("{method} is read only: GDAL and libtiff do not read it in a TIFF"))
        }
        Compression::OLD_JPEG
        | Compression::NEXT
        | Compression::THUNDERSCAN
        | Compression::SGILOG
        | Compression::SGILOG24
        | Compression::CCITT_RLE_W => {
            Error::unsupported(format!("{method} is read only: nobody writes it any more"))
        }
        other => super::unavailable(other),
    }
}

/// An encoder that cannot take what it is given.
#[allow(dead_code, reason = "used by methods that can be compiled out")]
pub(super) fn failed(method: &'static str, why: &'static str) -> Error {
    Cause::NotEncoded { method, why }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_written_is_told_apart() {
        assert_eq!(
            unavailable(Compression::JPEG_2000).to_string(),
            "unsupported: JP2000 is read only: GDAL and libtiff do not read it in a TIFF"
        );
        assert!(unavailable(Compression(12345)).to_string().contains("not implemented"));
    }
}
