//! Rational polynomial coefficients: from longitude, latitude and height to row and column.

use std::collections::BTreeMap;

use crate::error::{Cause, Result};
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;
use crate::text::general;

/// Rational polynomial coefficients, from tag 50844 ("RPCs in GeoTIFF", 2007). Offsets and scales are in pixels,
/// degrees and metres; each polynomial has 20 coefficients in the order of RPC00B.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is what its name says")]
pub struct Rpc {
    /// Root mean square bias error, in metres; -1 if unknown.
    pub err_bias: f64,
    /// Root mean square random error, in metres; -1 if unknown.
    pub err_rand: f64,
    pub line_off: f64,
    pub samp_off: f64,
    pub lat_off: f64,
    pub long_off: f64,
    pub height_off: f64,
    pub line_scale: f64,
    pub samp_scale: f64,
    pub lat_scale: f64,
    pub long_scale: f64,
    pub height_scale: f64,
    pub line_num_coeff: [f64; 20],
    pub line_den_coeff: [f64; 20],
    pub samp_num_coeff: [f64; 20],
    pub samp_den_coeff: [f64; 20],
}

/// Numbers of the tag.
const NUMBERS: u64 = 92;

impl Rpc {
    /// The coefficients of a directory; `None` if it has none.
    pub(crate) fn parse(fields: &Fields<'_>, budget: &mut Budget) -> Result<Option<Self>> {
        let Some(numbers) = fields.f64s(Tag::RPC_COEFFICIENTS, budget)? else { return Ok(None) };
        let found = numbers.len() as u64;
        if found != NUMBERS {
            let mismatch = Cause::Mismatch { what: "number of values", expected: "92", found };
            return Err(fields.place(mismatch.into(), Tag::RPC_COEFFICIENTS));
        }
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap_or(0.0);
        let (err_bias, err_rand) = (next(), next());
        let [line_off, samp_off, lat_off, long_off, height_off] = std::array::from_fn(|_| next());
        let [line_scale, samp_scale, lat_scale, long_scale, height_scale] = std::array::from_fn(|_| next());
        let [line_num_coeff, line_den_coeff, samp_num_coeff, samp_den_coeff] =
            std::array::from_fn(|_| std::array::from_fn(|_| next()));
        Ok(Some(Self {
            err_bias,
            err_rand,
            line_off,
            samp_off,
            lat_off,
            long_off,
            height_off,
            line_scale,
            samp_scale,
            lat_scale,
            long_scale,
            height_scale,
            line_num_coeff,
            line_den_coeff,
            samp_num_coeff,
            samp_den_coeff,
        }))
    }

    /// The items of GDAL's domain `RPC`.
    pub(crate) fn items(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("ERR_BIAS", self.err_bias),
            ("ERR_RAND", self.err_rand),
            ("LINE_OFF", self.line_off),
            ("SAMP_OFF", self.samp_off),
            ("LAT_OFF", self.lat_off),
            ("LONG_OFF", self.long_off),
            ("HEIGHT_OFF", self.height_off),
            ("LINE_SCALE", self.line_scale),
            ("SAMP_SCALE", self.samp_scale),
            ("LAT_SCALE", self.lat_scale),
            ("LONG_SCALE", self.long_scale),
            ("HEIGHT_SCALE", self.height_scale),
        ];
        let lists = [
            ("LINE_NUM_COEFF", &self.line_num_coeff),
            ("LINE_DEN_COEFF", &self.line_den_coeff),
            ("SAMP_NUM_COEFF", &self.samp_num_coeff),
            ("SAMP_DEN_COEFF", &self.samp_den_coeff),
        ];
        let text = |number: &f64| general(*number, 15);
        let numbers = numbers.into_iter().map(|(name, number)| (name.to_owned(), text(&number)));
        let lists = lists
            .into_iter()
            .map(|(name, list)| (name.to_owned(), list.iter().map(text).collect::<Vec<_>>().join(" ")));
        numbers.chain(lists).collect()
    }
}
