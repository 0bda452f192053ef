//! What a writer is told of its pixels while they are written.

use super::metadata::{Metadata, check_band};
use super::output::Output;
use super::writer::Writer;
use crate::error::Result;
use crate::geo::{Affine, Crs, Gcp, Rpc};
use crate::ifd::FieldSet;
use crate::metadata::Items;
use crate::text::general;

impl<O: Output> Writer<O> {
    fn metadata(&mut self) -> &mut Metadata {
        &mut self.options.metadata
    }

    /// Sets the coordinate reference system.
    ///
    /// # Errors
    ///
    /// When geokeys cannot say it.
    pub fn set_crs(&mut self, crs: Crs) -> Result<()> {
        crs.to_geokeys(self.options.metadata.raster_type)?;
        self.metadata().geokeys = None;
        self.metadata().crs = Some(crs);
        Ok(())
    }

    /// Sets the transform from pixel corners to coordinates.
    pub fn set_transform(&mut self, transform: Affine) {
        self.metadata().transform = Some(transform);
    }

    /// Sets ground control points, which count instead of a transform.
    pub fn set_gcps(&mut self, gcps: Vec<Gcp>) {
        self.metadata().gcps = gcps;
    }

    /// Sets rational polynomial coefficients.
    pub fn set_rpcs(&mut self, rpcs: Rpc) {
        self.metadata().rpcs = Some(rpcs);
    }

    /// Sets the items of a domain, "" for the default one, instead of those that are there.
    ///
    /// # Errors
    ///
    /// When an item of the default domain is the name of a tag (`TIFFTAG_XRESOLUTION`) that does not hold such values.
    pub fn set_tags(&mut self, domain: &str, items: Items) -> Result<()> {
        let mut metadata = self.options.metadata.clone();
        metadata.items.dataset.insert(domain.to_owned(), items);
        metadata.add_to(&mut FieldSet::default(), self.options.profile)?;
        self.options.metadata = metadata;
        Ok(())
    }

    /// Sets the items of a band, counted from 1, in a domain, "" for the default one: statistics, say.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_band_tags(&mut self, band: usize, domain: &str, items: Items) -> Result<()> {
        check_band(band, self.count())?;
        self.metadata().set_band_items(band, domain, items);
        Ok(())
    }

    /// Sets the description of a band, counted from 1; "" for none.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_description(&mut self, band: usize, description: &str) -> Result<()> {
        self.set_role(band, "description", description.to_owned())
    }

    /// Sets the unit of a band's values, counted from 1; "" for none.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_unit(&mut self, band: usize, unit: &str) -> Result<()> {
        self.set_role(band, "unittype", unit.to_owned())
    }

    /// Sets what values of a band, counted from 1, are to be multiplied with: real = value x scale + offset.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_scale(&mut self, band: usize, scale: f64) -> Result<()> {
        self.set_role(band, "scale", general(scale, 17))
    }

    /// Sets what is to be added to values of a band, counted from 1.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_offset(&mut self, band: usize, offset: f64) -> Result<()> {
        self.set_role(band, "offset", general(offset, 17))
    }

    fn set_role(&mut self, band: usize, role: &str, text: String) -> Result<()> {
        check_band(band, self.count())?;
        self.metadata().set_role(band, role, text);
        Ok(())
    }

    /// Sets the colour profile of the International Color Consortium.
    pub fn set_icc_profile(&mut self, profile: Vec<u8>) {
        self.metadata().icc_profile = profile;
    }

    /// Sets Adobe's metadata, an XML document.
    pub fn set_xmp(&mut self, xmp: &str) {
        self.metadata().xmp = xmp.to_owned();
    }
}
