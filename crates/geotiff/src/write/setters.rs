//! What a writer is told of its pixels while they are written.

use super::metadata::{Kind, Metadata, check_band};
use super::output::Output;
use super::writer::{Writer, checked_nodata};
use crate::error::{Error, Result};
use crate::geo::{Affine, Crs, Gcp, Rpc};
use crate::metadata::{ColorInterp, Items, Nodata, PamEdit, pam_element};
use crate::read::Statistics;
use crate::text::general;

impl<O: Output> Writer<O> {
    /// What is told, and that it was.
    fn metadata(&mut self, kind: Kind) -> &mut Metadata {
        if !self.told.contains(&kind) {
            self.told.push(kind);
        }
        &mut self.options.metadata
    }

    /// Changes the `.aux.xml` beside the file, if there is one.
    fn beside(&mut self, change: impl FnOnce(&mut PamEdit)) {
        if let Some(aux) = &mut self.aux_xml {
            change(aux);
        }
    }

    /// Lets go of what is said of the least and the largest value.
    pub(super) fn forget_range(&mut self) {
        self.metadata(Kind::Items).forget_range();
    }

    /// Sets the coordinate reference system.
    ///
    /// # Errors
    ///
    /// When geokeys cannot say it.
    pub fn set_crs(&mut self, crs: Crs) -> Result<()> {
        self.options.metadata.keys_or_beside(&crs)?;
        let metadata = self.metadata(Kind::Geography);
        (metadata.geokeys, metadata.crs) = (None, Some(crs));
        self.beside(|aux| aux.remove("SRS"));
        Ok(())
    }

    /// Removes the coordinate reference system, and keeps the transform.
    pub fn remove_crs(&mut self) {
        self.metadata(Kind::Geography).remove_crs();
    }

    /// Sets the transform from pixel corners to coordinates, instead of ground control points that are there.
    pub fn set_transform(&mut self, transform: Affine) {
        let metadata = self.metadata(Kind::Geography);
        (metadata.gcps, metadata.transform) = (Vec::new(), Some(transform));
        self.beside(|aux| {
            aux.remove("GeoTransform");
            aux.remove("GCPList");
        });
    }

    /// Sets the value that means "nothing here" in all bands, of overviews too. Pixels stay as they are.
    ///
    /// # Errors
    ///
    /// When it is no value that the data type can have.
    pub fn set_nodata(&mut self, nodata: Option<impl Into<Nodata>>) -> Result<()> {
        let data_type = self.dtype();
        let nodata = nodata.map(|nodata| checked_nodata(nodata.into(), data_type)).transpose()?;
        self.metadata(Kind::Nodata).nodata = nodata;
        self.beside(|aux| aux.remove_from_bands("NoDataValue"));
        self.image.manner.empty = nodata;
        let profile = self.options.profile;
        for (layer, _) in &mut self.overviews {
            layer.spec.set_nodata(nodata, profile);
            layer.manner.empty = nodata;
            layer.changed = true;
        }
        Ok(())
    }

    /// Sets the colours of the values of a single band, from 0 on: red, green, blue, alpha. The alpha is not kept.
    ///
    /// # Errors
    ///
    /// When the file has more than two bands, or its data type is not `uint8` or `uint16`.
    pub fn write_colormap(&mut self, colours: &[[u8; 4]]) -> Result<()> {
        let reduced = self.overviews.iter_mut().map(|(layer, _)| layer);
        for layer in [&mut self.image].into_iter().chain(reduced) {
            layer.spec.set_colormap(colours)?;
            layer.changed = true;
        }
        self.beside(|aux| aux.remove_from_bands("ColorTable"));
        Ok(())
    }

    /// Sets what each band is, as colour: by PhotometricInterpretation and ExtraSamples as far as these go, else by items
    /// of GDAL's names.
    ///
    /// # Errors
    ///
    /// When these are not as many as the file has bands, or an alpha is made or unmade of a file by LERC.
    pub fn set_colorinterp(&mut self, bands: &[ColorInterp]) -> Result<()> {
        if bands.len() != self.count() {
            let (found, count) = (bands.len(), self.count());
            return Err(Error::usage(format!(
                "colour interpretations of {found} bands, the file has {count}"
            )));
        }
        let reduced = self.overviews.iter_mut().map(|(layer, _)| layer);
        for layer in [&mut self.image].into_iter().chain(reduced) {
            layer.spec.set_colorinterp(bands)?;
            layer.changed = true;
        }
        let implied = self.image.spec.implied.clone();
        let metadata = self.metadata(Kind::Items);
        metadata.colorinterp = bands.to_vec();
        metadata.name_colours(&implied);
        self.beside(|aux| aux.remove_from_bands("ColorInterp"));
        Ok(())
    }

    /// Sets ground control points, which count instead of a transform.
    pub fn set_gcps(&mut self, gcps: Vec<Gcp>) {
        self.metadata(Kind::Geography).gcps = gcps;
        self.beside(|aux| {
            aux.remove("GeoTransform");
            aux.remove("GCPList");
        });
    }

    /// Sets rational polynomial coefficients.
    pub fn set_rpcs(&mut self, rpcs: Rpc) {
        self.metadata(Kind::Geography).rpcs = Some(rpcs);
        self.beside(|aux| aux.remove_domain(Rpc::DOMAIN));
    }

    /// Sets the items of a domain, "" for the default one, instead of those that are there.
    ///
    /// # Errors
    ///
    /// When an item of the default domain is the name of a tag (`TIFFTAG_XRESOLUTION`) that does not hold such values.
    pub fn set_tags(&mut self, domain: &str, items: Items) -> Result<()> {
        let mut metadata = self.options.metadata.clone();
        metadata.set_items(domain, items);
        metadata.check(self.options.profile)?;
        if metadata.raster_type != self.options.metadata.raster_type {
            self.metadata(Kind::Geography);
        }
        *self.metadata(Kind::Items) = metadata;
        self.beside(|aux| aux.remove_domain(domain));
        Ok(())
    }

    /// Adds items to a domain, "" for the default one, instead of those of the same names that are there.
    ///
    /// # Errors
    ///
    /// As [`set_tags`](Self::set_tags).
    pub fn update_tags(&mut self, domain: &str, items: Items) -> Result<()> {
        let mut all = self.options.metadata.items.dataset.get(domain).cloned().unwrap_or_default();
        all.extend(items);
        self.set_tags(domain, all)
    }

    /// Sets the statistics of a band, counted from 1, as items of GDAL's names.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
    pub fn set_statistics(&mut self, band: usize, statistics: &Statistics) -> Result<()> {
        check_band(band, self.count())?;
        let pixels = self.width() as f64 * self.height() as f64;
        let percent = 100.0 * statistics.valid_count as f64 / pixels;
        // Digits as GDAL writes them.
        let items = [
            ("MINIMUM", statistics.min, 14),
            ("MAXIMUM", statistics.max, 14),
            ("MEAN", statistics.mean, 14),
            ("STDDEV", statistics.std, 14),
            ("VALID_PERCENT", percent, 4),
        ];
        let mut all = self.options.metadata.band_items(band, "").cloned().unwrap_or_default();
        all.extend(items.map(|(name, value, digits)| (format!("STATISTICS_{name}"), general(value, digits))));
        self.set_band_tags(band, "", all)
    }

    /// Sets the items of a band, counted from 1, in a domain, "" for the default one: statistics, say.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn set_band_tags(&mut self, band: usize, domain: &str, items: Items) -> Result<()> {
        check_band(band, self.count())?;
        self.metadata(Kind::Items).set_band_items(band, domain, items);
        self.beside(|aux| aux.remove_domain_from_band(band, domain));
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
        self.metadata(Kind::Items).set_role(band, role, text);
        if let Some(element) = pam_element(role) {
            self.beside(|aux| aux.remove_from_band(band, element));
        }
        Ok(())
    }

    /// Sets the colour profile of the International Color Consortium.
    pub fn set_icc_profile(&mut self, profile: Vec<u8>) {
        self.metadata(Kind::IccProfile).icc_profile = profile;
    }

    /// Sets Adobe's metadata, an XML document.
    pub fn set_xmp(&mut self, xmp: &str) {
        self.metadata(Kind::Xmp).xmp = xmp.to_owned();
    }
}
