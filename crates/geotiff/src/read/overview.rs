//! Which directories are reduced copies of the first image.

use crate::bytes::View;
use crate::error::Error;
use crate::ifd::Directory;
use crate::image::{Image, SubfileType};

/// The overviews of `full`, in file order: directories of the main chain, and SubIFDs of the first
/// directory, that say they are reduced, are no mask, and hold the same kind of samples. Ones that cannot be
/// understood are reported in `damage`.
pub(super) fn overviews(
    full: &Image,
    directories: &[Directory],
    view: View<'_>,
    damage: &mut Vec<Error>,
) -> Vec<Image> {
    let candidates = directories.iter().filter(|directory| {
        directory.index != full.directory && directory.parent.is_none_or(|parent| parent == full.directory)
    });
    let mut found = Vec::new();
    for directory in candidates {
        let fields = directory.fields(view);
        let image = SubfileType::of(&fields).and_then(|kind| {
            let wanted = kind.is_reduced() && !kind.is_mask();
            wanted.then(|| Image::parse(directory, &fields)).transpose()
        });
        match image {
            Ok(Some(image)) if is_reduction(&image, full) => found.push(image),
            Ok(_) => {}
            Err(error) => damage.push(error),
        }
    }
    found
}

fn is_reduction(image: &Image, full: &Image) -> bool {
    image.bands == full.bands
        && image.data_type == full.data_type
        && image.bits == full.bits
        && image.width <= full.width
        && image.height <= full.height
}
