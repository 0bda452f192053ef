//! What a camera wrote: the directories of EXIF and of its positions, as the items of GDAL's domain `EXIF`.

use super::gdal::Items;
use crate::error::Result;
use crate::ifd::{Directory, Fields};
use crate::limits::Budget;
use crate::tag::{FieldType, Tag, Values};
use crate::text::general;

/// Values of a field at most; of larger ones nothing is told.
const MOST: u64 = 65_535;
/// Bytes of a comment that name its encoding.
const ENCODING: usize = 8;
const USER_COMMENT: u16 = 0x9286;
/// Fields of bytes without a type that hold text: ExifVersion, MakerNote, FlashpixVersion.
const TEXTS: [u16; 3] = [0x9000, 0x927c, 0xa000];

/// The items of the directory that `pointer` leads to: that of EXIF, or that of its positions.
pub(crate) fn exif(
    pointer: Tag,
    directory: &Directory,
    fields: &Fields<'_>,
    budget: &mut Budget,
) -> Result<Items> {
    let name = |tag: Tag| match pointer {
        Tag::GPS_IFD => GPS_NAMES.get(usize::from(tag.0)).copied(),
        _ => {
            let at = NAMES.binary_search_by_key(&tag.0, |(code, _)| *code).ok()?;
            NAMES.get(at).map(|(_, name)| *name)
        }
    };
    let mut items = Items::new();
    for entry in directory.entries() {
        let Some(name) = name(entry.tag).filter(|_| entry.count <= MOST) else { continue };
        // A field that cannot be read hides no other.
        let Ok(Some(values)) = fields.values(entry.tag) else { continue };
        budget.reserve(values.len().saturating_mul(32), "the text of a field")?;
        if let Ok(text) = text(entry.tag, &values) {
            items.insert(format!("EXIF_{name}"), text.trim_start_matches([' ', '\t']).to_owned());
        }
    }
    Ok(items)
}

fn text(tag: Tag, values: &Values<'_>) -> Result<String> {
    if tag.0 == USER_COMMENT {
        let bytes = values.bytes()?;
        return Ok(characters(bytes.get(ENCODING..).unwrap_or(bytes)));
    }
    if values.field_type() == FieldType::ASCII || TEXTS.contains(&tag.0) {
        return Ok(characters(values.bytes()?));
    }
    let one = |i| {
        Ok(match values.field_type() {
            FieldType::BYTE | FieldType::UNDEFINED => format!("0x{:02x}", values.u64(i)?),
            FieldType::RATIONAL | FieldType::SRATIONAL => {
                let ratio = values.f64(i)?;
                format!("({})", general(if ratio.is_finite() { ratio } else { 0.0 }, 6))
            }
            FieldType::FLOAT | FieldType::DOUBLE => general(values.f64(i)?, 6),
            _ => values.i64(i)?.to_string(),
        })
    };
    Ok((0..values.len()).map(one).collect::<Result<Vec<_>>>()?.join(" "))
}

/// The characters up to the first NUL, without blanks at the end; bytes that are not UTF-8 are replaced.
fn characters(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).trim_end_matches(' ').to_owned()
}

/// Names of tags, in their order (CIPA DC-008, section 4.6; spelt as GDAL spells them).
const NAMES: &[(u16, &str)] = &[
    (0x0102, "BitsPerSample"),
    (0x0103, "Compression"),
    (0x0106, "PhotometricInterpretation"),
    (0x010a, "Fill_Order"),
    (0x010d, "Document_Name"),
    (0x010e, "ImageDescription"),
    (0x010f, "Make"),
    (0x0110, "Model"),
    (0x0111, "StripOffsets"),
    (0x0112, "Orientation"),
    (0x0115, "SamplesPerPixel"),
    (0x0116, "RowsPerStrip"),
    (0x0117, "StripByteCounts"),
    (0x011a, "XResolution"),
    (0x011b, "YResolution"),
    (0x011c, "PlanarConfiguration"),
    (0x0128, "ResolutionUnit"),
    (0x012d, "TransferFunction"),
    (0x0131, "Software"),
    (0x0132, "DateTime"),
    (0x013b, "Artist"),
    (0x013e, "WhitePoint"),
    (0x013f, "PrimaryChromaticities"),
    (0x0156, "Transfer_Range"),
    (0x0200, "JPEG_Proc"),
    (0x0201, "JPEGInterchangeFormat"),
    (0x0202, "JPEGInterchangeFormatLength"),
    (0x0211, "YCbCrCoefficients"),
    (0x0212, "YCbCrSubSampling"),
    (0x0213, "YCbCrPositioning"),
    (0x0214, "ReferenceBlackWhite"),
    (0x02bc, "XmlPacket"),
    (0x828d, "CFA_Repeat_Pattern_Dim"),
    (0x828e, "CFA_Pattern"),
    (0x828f, "Battery_Level"),
    (0x8298, "Copyright"),
    (0x829a, "ExposureTime"),
    (0x829d, "FNumber"),
    (0x83bb, "IPTC/NAA"),
    (0x8773, "Inter_Color_Profile"),
    (0x8822, "ExposureProgram"),
    (0x8824, "SpectralSensitivity"),
    (0x8827, "ISOSpeedRatings"),
    (0x8828, "OECF"),
    (0x8830, "SensitivityType"),
    (0x8831, "StandardOutputSensitivity"),
    (0x8832, "RecommendedExposureIndex"),
    (0x8833, "ISOSpeed"),
    (0x8834, "ISOSpeedLatitudeyyy"),
    (0x8835, "ISOSpeedLatitudezzz"),
    (0x9000, "ExifVersion"),
    (0x9003, "DateTimeOriginal"),
    (0x9004, "DateTimeDigitized"),
    (0x9010, "OffsetTime"),
    (0x9011, "OffsetTimeOriginal"),
    (0x9012, "OffsetTimeDigitized"),
    (0x9101, "ComponentsConfiguration"),
    (0x9102, "CompressedBitsPerPixel"),
    (0x9201, "ShutterSpeedValue"),
    (0x9202, "ApertureValue"),
    (0x9203, "BrightnessValue"),
    (0x9204, "ExposureBiasValue"),
    (0x9205, "MaxApertureValue"),
    (0x9206, "SubjectDistance"),
    (0x9207, "MeteringMode"),
    (0x9208, "LightSource"),
    (0x9209, "Flash"),
    (0x920a, "FocalLength"),
    (0x9214, "SubjectArea"),
    (0x927c, "MakerNote"),
    (0x9286, "UserComment"),
    (0x9290, "SubSecTime"),
    (0x9291, "SubSecTime_Original"),
    (0x9292, "SubSecTime_Digitized"),
    (0xa000, "FlashpixVersion"),
    (0xa001, "ColorSpace"),
    (0xa002, "PixelXDimension"),
    (0xa003, "PixelYDimension"),
    (0xa004, "RelatedSoundFile"),
    (0xa20b, "FlashEnergy"),
    (0xa20c, "SpatialFrequencyResponse"),
    (0xa20e, "FocalPlaneXResolution"),
    (0xa20f, "FocalPlaneYResolution"),
    (0xa210, "FocalPlaneResolutionUnit"),
    (0xa214, "SubjectLocation"),
    (0xa215, "ExposureIndex"),
    (0xa217, "SensingMethod"),
    (0xa300, "FileSource"),
    (0xa301, "SceneType"),
    (0xa302, "CFAPattern"),
    (0xa401, "CustomRendered"),
    (0xa402, "ExposureMode"),
    (0xa403, "WhiteBalance"),
    (0xa404, "DigitalZoomRatio"),
    (0xa405, "FocalLengthIn35mmFilm"),
    (0xa406, "SceneCaptureType"),
    (0xa407, "GainControl"),
    (0xa408, "Contrast"),
    (0xa409, "Saturation"),
    (0xa40a, "Sharpness"),
    (0xa40b, "DeviceSettingDescription"),
    (0xa40c, "SubjectDistanceRange"),
    (0xa420, "ImageUniqueID"),
    (0xa430, "CameraOwnerName"),
    (0xa431, "BodySerialNumber"),
    (0xa432, "LensSpecification"),
    (0xa433, "LensMake"),
    (0xa434, "LensModel"),
    (0xa435, "LensSerialNumber"),
];

/// Names of the tags of positions, from 0 on (the same, section 4.6.6).
const GPS_NAMES: &[&str] = &[
    "GPSVersionID",
    "GPSLatitudeRef",
    "GPSLatitude",
    "GPSLongitudeRef",
    "GPSLongitude",
    "GPSAltitudeRef",
    "GPSAltitude",
    "GPSTimeStamp",
    "GPSSatellites",
    "GPSStatus",
    "GPSMeasureMode",
    "GPSDOP",
    "GPSSpeedRef",
    "GPSSpeed",
    "GPSTrackRef",
    "GPSTrack",
    "GPSImgDirectionRef",
    "GPSImgDirection",
    "GPSMapDatum",
    "GPSDestLatitudeRef",
    "GPSDestLatitude",
    "GPSDestLongitudeRef",
    "GPSDestLongitude",
    "GPSDestBearingRef",
    "GPSDestBearing",
    "GPSDestDistanceRef",
    "GPSDestDistance",
    "GPSProcessingMethod",
    "GPSAreaInformation",
    "GPSDateStamp",
    "GPSDifferential",
    "GPSHPositioningError",
];
