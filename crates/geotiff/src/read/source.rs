//! Which file an image is in: the one that was opened, or one beside it that holds overviews or masks.

use super::description::Description;
use super::reader::Reader;
use crate::bytes::{Input, View};
use crate::error::{Error, Result};
use crate::image::Image;

/// The bytes of a TIFF together with what they say.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub(super) view: View<'a>,
    pub(super) description: &'a Description,
}

impl<'a> Source<'a> {
    /// Joins the bytes of a file with the description that was parsed from it. (Other bytes give errors or wrong pixels, and nothing
    /// worse.)
    #[must_use]
    pub fn new(input: impl Into<Input<'a>>, description: &'a Description) -> Self {
        Self { view: View::new(input, description.header().byte_order), description }
    }

    /// The images of a file that holds reductions of another's: its own, and the reductions of that.
    fn levels(self) -> impl Iterator<Item = Level<'a>> {
        let images = std::iter::once(self.description.image()).chain(self.description.overviews());
        images.map(move |image| Level { source: self, image })
    }
}

/// TIFFs beside the one that is read, which hold parts of its page: at most two for each kind, the file and the
/// reductions that stand beside it in turn (`a.tif.ovr` and `a.tif.ovr.ovr`).
#[derive(Debug, Clone, Copy, Default)]
pub struct PartFiles<'a> {
    /// Files that hold overviews, largest first (`.ovr`). They count where the file itself has none.
    pub overviews: [Option<Source<'a>>; 2],
    /// Files that hold masks (`.msk`): the first one that of the full image, any of them those of overviews. They count
    /// where the file itself has none.
    pub masks: [Option<Source<'a>>; 2],
}

/// An image, and where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) source: Source<'a>,
    pub(super) image: &'a Image,
}

impl<'a> Level<'a> {
    fn size(&self) -> (usize, usize) {
        (self.image.width, self.image.height)
    }
}

impl<'a> Reader<'a> {
    /// The reductions of the page: those in the file, or, if it has none, those in files beside it.
    pub fn overviews(&self) -> impl Iterator<Item = &'a Image> {
        self.overview_levels().map(|level| level.image)
    }

    pub(super) fn overview_levels(&self) -> impl Iterator<Item = Level<'a>> {
        let source = self.source();
        let inside = source.description.overviews();
        let beside = self.part_files().overviews.into_iter().filter(|_| inside.is_empty()).flatten();
        inside.iter().map(move |image| Level { source, image }).chain(beside.flat_map(Source::levels))
    }

    /// 0 for the file that is read; sidecar files have numbers from 1 on.
    pub(super) fn file_number(&self, source: Source<'_>) -> usize {
        let PartFiles { overviews, masks } = self.part_files();
        let same = |other: &Option<Source<'_>>| {
            other.is_some_and(|other| std::ptr::eq(other.description, source.description))
        };
        overviews.iter().chain(masks).position(same).map_or(0, |at| at.saturating_add(1))
    }

    /// The page in full, or one of its reductions.
    pub(super) fn level(&self, overview: Option<usize>) -> Result<Level<'a>> {
        let source = self.source();
        let Some(level) = overview else { return Ok(Level { source, image: source.description.image() }) };
        self.overview_levels().nth(level).ok_or_else(|| {
            let count = self.overview_levels().count();
            Error::usage(format!("overview {level} asked for, the file has {count} (counted from 0)"))
        })
    }

    /// The mask in the file of the page, or of one of its reductions; `None` if the file has none for that.
    pub(super) fn mask_inside(&self, overview: Option<usize>) -> Option<Level<'a>> {
        let source = self.source();
        let masks = source.description.masks();
        let image = match overview {
            None => masks.full.as_ref(),
            Some(level) => masks.overviews.get(level).and_then(Option::as_ref),
        };
        image.map(|image| Level { source, image })
    }

    /// The image of a file of masks that has the size of the page, or of one of its reductions.
    pub(super) fn mask_beside(&self, overview: Option<usize>) -> Result<Option<Level<'a>>> {
        let masked = self.level(overview)?;
        let mut levels = self.part_files().masks.into_iter().flatten().flat_map(Source::levels);
        Ok(levels.find(|mask| mask.size() == masked.size()))
    }

    /// What the file of masks says of the mask of a band (counted from 1): GDAL's flags. `None` if there is no such file,
    /// or it says nothing of the band.
    pub(super) fn mask_file_flags(&self, band: usize) -> Option<u64> {
        let [file, _] = self.part_files().masks;
        file?.description.tags().get(&format!("INTERNAL_MASK_FLAGS_{band}"))?.trim().parse().ok()
    }
}
