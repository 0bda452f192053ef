//! Rational polynomial coefficients: from longitude, latitude and height to row and column.

use std::collections::BTreeMap;

use crate::error::{Cause, Error, Result};
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

/// Names of the single numbers, in the order of the tag.
const SINGLES: [&str; 12] = [
    "ERR_BIAS",
    "ERR_RAND",
    "LINE_OFF",
    "SAMP_OFF",
    "LAT_OFF",
    "LONG_OFF",
    "HEIGHT_OFF",
    "LINE_SCALE",
    "SAMP_SCALE",
    "LAT_SCALE",
    "LONG_SCALE",
    "HEIGHT_SCALE",
];
/// And of the polynomials.
const LISTS: [&str; 4] = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];
/// The same in an `.RPB` file.
const RPB_SINGLES: [&str; 12] = [
    "errBias",
    "errRand",
    "lineOffset",
    "sampOffset",
    "latOffset",
    "longOffset",
    "heightOffset",
    "lineScale",
    "sampScale",
    "latScale",
    "longScale",
    "heightScale",
];
const RPB_LISTS: [&str; 4] = ["lineNumCoef", "lineDenCoef", "sampNumCoef", "sampDenCoef"];

/// Numbers of the tag.
const NUMBERS: u64 = 92;
/// Numbers of a polynomial.
const COEFFICIENTS: usize = 20;

impl Rpc {
    /// The domain of GDAL's items that hold them.
    pub(crate) const DOMAIN: &'static str = "RPC";

    /// The coefficients of a directory; `None` if it has none.
    pub(crate) fn parse(fields: &Fields<'_>, budget: &mut Budget) -> Result<Option<Self>> {
        let Some(numbers) = fields.f64s(Tag::RPC_COEFFICIENTS, budget)? else { return Ok(None) };
        let found = numbers.len() as u64;
        if found != NUMBERS {
            let mismatch = Cause::Mismatch { what: "number of values", expected: "92", found };
            return Err(fields.place(mismatch.into(), Tag::RPC_COEFFICIENTS));
        }
        Ok(Some(Self::from_numbers(numbers)))
    }

    /// In the order of the tag; what is missing is 0.
    fn from_numbers(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap_or(0.0);
        let (err_bias, err_rand) = (next(), next());
        let [line_off, samp_off, lat_off, long_off, height_off] = std::array::from_fn(|_| next());
        let [line_scale, samp_scale, lat_scale, long_scale, height_scale] = std::array::from_fn(|_| next());
        let [line_num_coeff, line_den_coeff, samp_num_coeff, samp_den_coeff] =
            std::array::from_fn(|_| std::array::from_fn(|_| next()));
        Self {
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
        }
    }

    /// The 92 numbers of tag 50844, in its order.
    #[must_use]
    pub fn to_tag(&self) -> Vec<f64> {
        let single = self.singles().map(|(_, number)| number);
        single.into_iter().chain(self.lists().into_iter().flat_map(|(_, list)| *list)).collect()
    }

    /// The text of a `_RPC.TXT` file, as GDAL writes it: a line for each number, `LINE_NUM_COEFF_1: ...`.
    #[must_use]
    pub fn to_rpc_txt(&self) -> String {
        let mut text = String::new();
        for (name, number) in self.singles() {
            text.push_str(&format!("{name}: {}\n", general(number, 15)));
        }
        for (name, list) in self.lists() {
            for (number, place) in list.iter().zip(1..) {
                text.push_str(&format!("{name}_{place}: {}\n", general(*number, 15)));
            }
        }
        text
    }

    /// The text of an `.RPB` file, as DigitalGlobe's and GDAL write it.
    #[must_use]
    pub fn to_rpb(&self) -> String {
        let mut text =
            "satId = \"QB02\";\nbandId = \"P\";\nSpecId = \"RPC00B\";\nBEGIN_GROUP = IMAGE\n".to_owned();
        for ((_, number), name) in self.singles().into_iter().zip(RPB_SINGLES) {
            text.push_str(&format!("\t{name} = {};\n", general(number, 15)));
        }
        for ((_, list), name) in self.lists().into_iter().zip(RPB_LISTS) {
            let numbers: Vec<_> =
                list.iter().map(|number| format!("\t\t\t{}", general(*number, 15))).collect();
            text.push_str(&format!("\t{name} = (\n{});\n", numbers.join(",\n")));
        }
        text.push_str("END_GROUP = IMAGE\nEND;\n");
        text
    }

    /// Reads the text of a `_RPC.TXT` file: `NAME: value` in each line, units behind values allowed. Errors that it does
    /// not give are -1, as in GDAL.
    ///
    /// # Errors
    ///
    /// When a number is missing or is none.
    pub fn from_rpc_txt(text: &str) -> Result<Self> {
        Self::from_items(&rpc_txt_items(text)?)
    }

    /// Reads the text of an `.RPB` file.
    ///
    /// # Errors
    ///
    /// When a number is missing or is none.
    pub fn from_rpb(text: &str) -> Result<Self> {
        Self::from_items(&rpb_items(text)?)
    }

    /// From the items of GDAL's domain `RPC`.
    pub(crate) fn from_items(items: &BTreeMap<String, String>) -> Result<Self> {
        let numbers = |name: &str, text: &str| {
            let number = |text: &str| {
                text.parse().map_err(|_| Error::usage(format!("RPC: {name} is {text:?}, no number")))
            };
            text.split_whitespace().map(number).collect::<Result<Vec<f64>>>()
        };
        let mut all = Vec::new();
        for name in SINGLES {
            match items.get(name) {
                None if name.starts_with("ERR_") => all.push(-1.0),
                // Units may stand behind the number.
                Some(text) => all.extend(numbers(name, text.split_whitespace().next().unwrap_or_default())?),
                None => return Err(without(name)),
            }
        }
        for name in LISTS {
            let list = numbers(name, items.get(name).ok_or_else(|| without(name))?)?;
            let found = list.len();
            if found != COEFFICIENTS {
                return Err(Error::usage(format!("RPC: {name} has {found} numbers, not {COEFFICIENTS}")));
            }
            all.extend(list);
        }
        Ok(Self::from_numbers(all))
    }

    /// The items of GDAL's domain `RPC`.
    pub(crate) fn items(&self) -> BTreeMap<String, String> {
        let text = |number: &f64| general(*number, 15);
        let numbers = self.singles().map(|(name, number)| (name.to_owned(), text(&number)));
        let lists = self
            .lists()
            .map(|(name, list)| (name.to_owned(), list.iter().map(text).collect::<Vec<_>>().join(" ")));
        numbers.into_iter().chain(lists).collect()
    }

    fn singles(&self) -> [(&'static str, f64); 12] {
        let numbers = [
            self.err_bias,
            self.err_rand,
            self.line_off,
            self.samp_off,
            self.lat_off,
            self.long_off,
            self.height_off,
            self.line_scale,
            self.samp_scale,
            self.lat_scale,
            self.long_scale,
            self.height_scale,
        ];
        let mut numbers = numbers.into_iter();
        SINGLES.map(|name| (name, numbers.next().unwrap_or(0.0)))
    }

    fn lists(&self) -> [(&'static str, &[f64; 20]); 4] {
        let [line_num, line_den, samp_num, samp_den] = LISTS;
        [
            (line_num, &self.line_num_coeff),
            (line_den, &self.line_den_coeff),
            (samp_num, &self.samp_num_coeff),
            (samp_den, &self.samp_den_coeff),
        ]
    }
}

fn without(name: &str) -> Error {
    Error::usage(format!("RPC without {name}"))
}

/// What a `_RPC.TXT` file says, as items of GDAL's domain `RPC`.
pub(crate) fn rpc_txt_items(text: &str) -> Result<BTreeMap<String, String>> {
    let lines = text.lines().filter_map(|line| line.split_once([':', '=']));
    let lines: BTreeMap<String, &str> =
        lines.map(|(name, value)| (name.trim().to_uppercase(), value.trim())).collect();
    let mut items = BTreeMap::new();
    for name in SINGLES {
        match lines.get(name) {
            Some(value) => drop(items.insert(name.to_owned(), (*value).to_owned())),
            None if name.starts_with("ERR_") => {}
            None => return Err(without(name)),
        }
    }
    for name in LISTS {
        let number = |place: usize| {
            let name = format!("{name}_{place}");
            lines.get(&name).copied().ok_or_else(|| without(&name))
        };
        let numbers = (1..=COEFFICIENTS).map(number).collect::<Result<Vec<_>>>()?;
        // GDAL leaves a blank behind the last one of these.
        items.insert(name.to_owned(), numbers.join(" ") + " ");
    }
    Ok(items)
}

/// What an `.RPB` file says, as items of GDAL's domain `RPC`.
pub(crate) fn rpb_items(text: &str) -> Result<BTreeMap<String, String>> {
    let mut items = BTreeMap::new();
    for statement in text.split(';') {
        let Some((name, value)) = statement.split_once('=') else { continue };
        // The first statement of a group stands behind the line that opens it.
        let (name, value) = match value.split_once('=') {
            Some((group, value)) => (group.split_whitespace().last().unwrap_or_default(), value),
            None => (name.trim(), value),
        };
        let mut own = RPB_SINGLES.iter().zip(SINGLES).chain(RPB_LISTS.iter().zip(LISTS));
        let Some((_, gdal)) = own.find(|(rpb, _)| rpb.eq_ignore_ascii_case(name)) else { continue };
        let numbers = value.trim().trim_start_matches('(').trim_end_matches(')');
        let numbers: Vec<_> = numbers.split(',').map(str::trim).collect();
        items.insert(gdal.to_owned(), numbers.join(" "));
    }
    let needed = SINGLES.into_iter().filter(|name| !name.starts_with("ERR_")).chain(LISTS);
    match needed.into_iter().find(|name| !items.contains_key(*name)) {
        Some(name) => Err(without(name)),
        None => Ok(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Rpc {
        Rpc::from_numbers((0..92).map(|n| f64::from(n) * 1.5 - 3.25))
    }

    #[test]
    fn texts_come_back() {
        let rpc = some();
        assert_eq!(Rpc::from_rpc_txt(&rpc.to_rpc_txt()).unwrap(), rpc);
        assert_eq!(Rpc::from_rpb(&rpc.to_rpb()).unwrap(), rpc);
        assert_eq!(Rpc::from_numbers(rpc.to_tag()), rpc);
    }

    /// As image vendors write it: signs, units, zeros in front; no errors given.
    #[test]
    fn vendors_texts_are_read() {
        let mut text: String = some().to_rpc_txt().lines().skip(2).map(|line| format!("{line}\n")).collect();
        text = text.replace("LINE_OFF: -0.25", "LINE_OFF: +005187.00 pixels");
        let rpc = Rpc::from_rpc_txt(&text).unwrap();
        assert_eq!((rpc.line_off, rpc.err_bias, rpc.err_rand), (5187.0, -1.0, -1.0));
        let error = Rpc::from_rpc_txt(&text.replace("LAT_OFF", "LAT")).unwrap_err().to_string();
        assert!(error.contains("LAT_OFF"), "{error}");
    }
}
