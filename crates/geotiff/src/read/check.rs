//! Looks at a file as the standard does.

use super::cog::{outside, outside_text};
use crate::bytes::View;
use crate::error::Result;
use crate::geo::{Checker, Violation, violation};
use crate::ifd::{Header, walk};
use crate::image::Image;
use crate::limits::{Budget, Limits};

/// The requirements of OGC GeoTIFF 1.1 (19-008r4) that a file does not meet; see
/// [`REQUIREMENTS`](crate::REQUIREMENTS). Every directory with geokeys is looked at, and the first in any case. A file
/// without geokeys is a TIFF, and as that it may be right.
///
/// # Errors
///
/// When the file asks for more than `limits` allow. All else is a violation.
///
/// ```
/// use memtiff_geotiff::{Limits, check};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// assert_eq!(check(bytes, &Limits::default())?, []);
/// assert_eq!(check(b"JJ", &Limits::default())?[0].requirement.id, "G1");
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
pub fn check(data: &[u8], limits: &Limits) -> Result<Vec<Violation>> {
    if !matches!(data.get(..2), Some(b"II" | b"MM")) {
        let found = String::from_utf8_lossy(data.get(..2).unwrap_or_default()).into_owned();
        return Ok(vec![violation(1, 0, 0, format!("{found:?}; expected II or MM"))]);
    }
    if let Err(error) = Header::parse(data.into()) {
        return Ok(vec![violation(2, 0, 2, error.to_string())]);
    }
    let structure = match walk(data.into(), limits, &mut Budget::new(limits)) {
        Ok(structure) => structure,
        Err(error) if error.kind() == crate::error::ErrorKind::Limit => return Err(error),
        Err(error) => return Ok(vec![violation(3, 0, error.place().offset.unwrap_or(0), error.to_string())]),
    };
    let damage = structure
        .damage
        .iter()
        .map(|error| violation(3, 0, error.place().offset.unwrap_or(0), error.to_string()));
    let mut violations: Vec<_> = damage.collect();
    let view = View::new(data, structure.header.byte_order);
    for (place, directory) in structure.directories.iter().enumerate() {
        let fields = directory.fields(view);
        // What is no image has no blocks.
        if let Ok(image) = Image::parse(directory, &fields)
            && let Ok(Some((index, bytes))) = outside(&image, view)
        {
            let message = format!("block {index} of directory {place} {}", outside_text(&bytes, view));
            violations.push(violation(28, image.offsets.tag.0, bytes.start, message));
        }
        if place == 0 || fields.has(crate::tag::Tag::GEO_KEY_DIRECTORY) {
            let mut checker = Checker::new(&fields);
            checker.run();
            violations.append(&mut checker.violations);
        }
    }
    Ok(violations)
}
