//! Which directories are reduced copies of a page, and which are masks.

use crate::bytes::View;
use crate::error::Error;
use crate::ifd::Directory;
use crate::image::{Image, SubfileType};

/// How many overviews GDAL takes from a file, and, here, how many damaged ones are looked at.
const MOST: usize = 30;

/// The directories that may hold overviews and masks of the page `full`: those behind it in the main chain, up to
/// the next page, and its own SubIFDs. GDAL takes what follows the first page for the first page's, wherever it
/// stands.
pub(super) fn parts_of<'a>(
    full: &Image,
    directories: &'a [Directory],
    view: View<'a>,
) -> impl Iterator<Item = &'a Directory> {
    let page = full.directory;
    let is_page = move |directory: &Directory| {
        SubfileType::of(&directory.fields(view)).is_ok_and(|kind| !kind.is_reduced() && !kind.is_mask())
    };
    let chain =
        directories.iter().filter(move |directory| directory.parent.is_none() && directory.index > page);
    let behind = chain.take_while(move |directory| page == 0 || !is_page(directory));
    behind.chain(directories.iter().filter(move |directory| directory.parent == Some(page)))
}

/// The overviews of `full`, in file order: directories of the main chain, and SubIFDs of the first
/// directory, that say they are reduced and are no mask. Ones that cannot be understood are reported in
/// `damage`.
pub(super) fn overviews(
    full: &Image,
    directories: &[Directory],
    view: View<'_>,
    damage: &mut Vec<Error>,
) -> Vec<Image> {
    let candidates = parts_of(full, directories, view);
    let mut found = Vec::new();
    let mut damaged: usize = 0;
    for directory in candidates {
        let fields = directory.fields(view);
        let image = SubfileType::of(&fields).and_then(|kind| {
            let wanted = kind.is_reduced() && !kind.is_mask();
            wanted.then(|| Image::parse(directory, &fields)).transpose()
        });
        match image {
            Ok(Some(image)) => found.push(image),
            Ok(None) => {}
            Err(error) => {
                damage.push(error);
                damaged = damaged.saturating_add(1);
            }
        }
        if found.len() >= MOST || damaged >= MOST {
            break;
        }
    }
    found
}

/// Directories that hold masks: of the image, and of each overview.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masks {
    pub(crate) full: Option<Image>,
    pub(crate) overviews: Vec<Option<Image>>,
}

impl Masks {
    /// Finds the directories that say they are masks and have the size of what they mask.
    pub(super) fn find(
        full: &Image,
        overviews: &[Image],
        directories: &[Directory],
        view: View<'_>,
        damage: &mut Vec<Error>,
    ) -> Self {
        let mut masks = Self { full: None, overviews: vec![None; overviews.len()] };
        for directory in parts_of(full, directories, view) {
            let fields = directory.fields(view);
            let Ok(kind) = SubfileType::of(&fields) else { continue };
            if !kind.is_mask() {
                continue;
            }
            let mask = match Image::parse(directory, &fields) {
                Ok(mask) => mask,
                Err(error) => {
                    damage.push(error);
                    break;
                }
            };
            let fits = |image: &Image| (mask.width, mask.height) == (image.width, image.height);
            let slot = if !kind.is_reduced() && fits(full) {
                Some(&mut masks.full)
            } else {
                masks.overviews.iter_mut().zip(overviews).find(|(_, image)| fits(image)).map(|(slot, _)| slot)
            };
            if let Some(slot @ None) = slot {
                *slot = Some(mask);
            }
        }
        masks
    }
}
