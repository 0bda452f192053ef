//! What a file says beside its pixels, looked up when it is asked for.

use super::reader::Reader;
use crate::error::{Cause, Error, Result};
use crate::geo::{Gcp, Rpc, gcps};
use crate::ifd::{Directory, Fields};
use crate::limits::Budget;
use crate::metadata::{
    GdalItems, IMAGE_STRUCTURE, INTERLEAVE, Items, OVERVIEW_RESAMPLING, RESAMPLING, exif, has_color_map,
    palette, profile, structure,
};
use crate::tag::{Tag, Values};

/// Domains that are made of tags other than GDAL's XML.
const PROFILE: &str = "COLOR_PROFILE";
const EXIF: &str = "EXIF";
const RPC: &str = Rpc::DOMAIN;
/// What the file's structure cannot tell: GDAL takes it from its XML, and nothing else.
const ENCODER_SETTINGS: [&str; 7] = [
    "JXL_ALPHA_DISTANCE",
    "JXL_DISTANCE",
    "JXL_EFFORT",
    "MAX_Z_ERROR",
    "MAX_Z_ERROR_OVERVIEW",
    OVERVIEW_RESAMPLING,
    "WEBP_LEVEL",
];
const XMP: &str = "xml:XMP";

impl<'a> Reader<'a> {
    /// Names of the domains in which the page has items, as GDAL names them; "" is the default one. One whose tags are
    /// damaged is among them: [`tags_in`](Self::tags_in) tells the damage.
    #[must_use]
    pub fn domains(&self) -> Vec<String> {
        let description = self.description();
        let of_tags = ["", IMAGE_STRUCTURE, PROFILE, EXIF, RPC, XMP];
        let of_tags = of_tags.into_iter().filter(|domain| self.tags_in(domain) != Ok(Items::new()));
        let mut domains: Vec<String> = description.domains().chain(of_tags).map(ToOwned::to_owned).collect();
        domains.sort();
        domains.dedup();
        domains
    }

    /// Items of the page in a domain: those of GDAL's XML, and, in `IMAGE_STRUCTURE`, `COLOR_PROFILE`, `EXIF`, `RPC`
    /// and `xml:XMP`, what other tags say, under the names that GDAL gives them. Empty if there is no such domain.
    ///
    /// # Errors
    ///
    /// When a tag that the domain is made of is damaged, or the items would exceed the limits.
    ///
    /// ```
    /// use memtiff_geotiff::{Description, Limits, Reader};
    ///
    /// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
    /// let description = Description::parse(bytes, &Limits::default())?;
    /// let items = Reader::new(bytes, &description).tags_in("IMAGE_STRUCTURE")?;
    /// assert_eq!(items["COMPRESSION"], "DEFLATE");
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn tags_in(&self, domain: &str) -> Result<Items> {
        let fields = self.fields()?;
        let budget = &mut Budget::new(self.limits());
        let description = self.description();
        let mut items = description.xml_tags(domain).cloned().unwrap_or_default();
        if domain == IMAGE_STRUCTURE {
            items.retain(|name, _| ENCODER_SETTINGS.contains(&name.as_str()));
        }
        items.extend(match domain {
            IMAGE_STRUCTURE => {
                let mut items = structure(description.image(), &fields, self.view())?;
                // GDAL believes its XML whatever the tags say.
                if let Some(interleave) =
                    description.xml_tags(IMAGE_STRUCTURE).and_then(|xml| xml.get(INTERLEAVE))
                {
                    items.insert(INTERLEAVE.to_owned(), interleave.clone());
                }
                items
            }
            PROFILE => profile(description.image(), &fields, budget)?,
            EXIF => self.exif(&fields, budget)?,
            RPC => self.rpc_items(&fields, budget)?,
            XMP => self.xmp()?.map(|xmp| (XMP.to_owned(), xmp.to_owned())).into_iter().collect(),
            _ => Items::new(),
        });
        if domain == IMAGE_STRUCTURE {
            items.extend(description.said.structure.clone());
        }
        Ok(items)
    }

    /// The name of the method by which the first overview was made, as the overview says, or else the file. `None` if there
    /// is no overview, or neither says it; damaged metadata of the overview counts as none.
    pub(crate) fn overview_resampling(&self) -> Option<String> {
        let level = self.overview_levels().next()?;
        let directory = level.source.description.directories().get(level.image.directory)?;
        let fields = directory.fields(level.source.view);
        let items = GdalItems::parse(&fields, &mut Budget::new(self.limits())).unwrap_or_default();
        let of_band = items.bands.get(&0).and_then(|domains| domains.get("")?.get(RESAMPLING));
        let of_file =
            self.description().xml_tags(IMAGE_STRUCTURE).and_then(|xml| xml.get(OVERVIEW_RESAMPLING));
        of_band.or(of_file).cloned()
    }

    /// Red, green, blue, alpha of each value of a band, counted from 1: the file's colour map, or the ramp that GDAL
    /// makes up for single bits and for images of which 0 is white. `None` if values are no indices; only a first band
    /// can hold indices.
    ///
    /// # Errors
    ///
    /// When the colour map is shorter than the bits of a sample need, or exceeds the limits.
    pub fn colormap(&self, band: usize) -> Result<Option<Vec<[u8; 4]>>> {
        let description = self.description();
        if let Some(colours) = description.said_of(band).and_then(|said| said.colormap.clone()) {
            return Ok(Some(colours));
        }
        if band != 1 {
            return Ok(None);
        }
        let nodata = description.nodata().and_then(|nodata| nodata.index());
        palette(description.image(), &self.fields()?, nodata, &mut Budget::new(self.limits()))
    }

    /// Whether a colour map of the first band is stored, in the file or beside it.
    pub(crate) fn has_color_map(&self) -> Result<bool> {
        let description = self.description();
        let beside = description.said_of(1).is_some_and(|said| said.colormap.is_some());
        Ok(beside || has_color_map(description.image(), &self.fields()?))
    }

    /// Ground control points: those beside the file, or the tiepoints of a file that has no transform. Empty if there are
    /// none.
    ///
    /// # Errors
    ///
    /// When the tiepoints are damaged or exceed the limits.
    pub fn gcps(&self) -> Result<Vec<Gcp>> {
        let description = self.description();
        if let Some((gcps, _)) = &description.said.gcps {
            return Ok(gcps.clone());
        }
        if !description.has_gcps {
            return Ok(Vec::new());
        }
        gcps(&self.fields()?, self.description().raster_type(), &mut Budget::new(self.limits()))
    }

    /// Rational polynomial coefficients; `None` if the file has none.
    ///
    /// # Errors
    ///
    /// When the tag has not 92 numbers.
    pub fn rpcs(&self) -> Result<Option<Rpc>> {
        let fields = self.fields()?;
        let items = self.description().xml_tags(RPC);
        match (&self.description().said.rpc, items) {
            (None, None) => Rpc::parse(&fields, &mut Budget::new(self.limits())),
            _ => Rpc::from_items(&self.tags_in(RPC)?).map(Some),
        }
    }

    /// The coefficients of a text beside the file, or else its own.
    fn rpc_items(&self, fields: &Fields<'_>, budget: &mut Budget) -> Result<Items> {
        if let Some(items) = &self.description().said.rpc {
            return Ok(items.clone());
        }
        Ok(Rpc::parse(fields, budget)?.map(|rpc| rpc.items()).unwrap_or_default())
    }

    /// The colour profile of the International Color Consortium, as it stands in the file.
    ///
    /// # Errors
    ///
    /// When the tag does not hold bytes, or lies outside the file.
    pub fn icc_profile(&self) -> Result<Option<&'a [u8]>> {
        self.bytes_of(Tag::ICC_PROFILE)
    }

    /// Adobe's metadata: an XML document.
    ///
    /// # Errors
    ///
    /// When the tag does not hold text in UTF-8.
    pub fn xmp(&self) -> Result<Option<&'a str>> {
        let Some(bytes) = self.bytes_of(Tag::XMP)? else { return Ok(None) };
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(text);
        text.map(Some).map_err(|_| self.placed(Cause::NotUtf8.into(), Tag::XMP))
    }

    fn bytes_of(&self, tag: Tag) -> Result<Option<&'a [u8]>> {
        let values = self.fields()?.values(tag)?;
        let bytes = values.as_ref().map(Values::bytes).transpose();
        bytes.map_err(|e| self.placed(e, tag))
    }

    fn placed(&self, error: Error, tag: Tag) -> Error {
        match self.fields() {
            Ok(fields) => fields.place(error, tag),
            Err(_) => error,
        }
    }

    /// The directory of the page.
    pub(crate) fn fields(&self) -> Result<Fields<'a>> {
        let description = self.description();
        let directory = description.directories().get(description.image().directory);
        let directory = directory.ok_or_else(|| Error::usage("the description is of another file"))?;
        Ok(directory.fields(self.view()))
    }

    fn exif(&self, fields: &Fields<'_>, budget: &mut Budget) -> Result<Items> {
        let mut items = Items::new();
        let variant = self.description().header().variant;
        for tag in [Tag::EXIF_IFD, Tag::GPS_IFD] {
            let Some(offset) = fields.u64(tag)? else { continue };
            let directory = Directory::at(&self.view(), variant, offset, budget);
            let directory = directory.map_err(|e| fields.place(e, tag))?;
            items.extend(exif(tag, &directory, &directory.fields(self.view()), budget)?);
        }
        Ok(items)
    }
}
