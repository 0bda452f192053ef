//! What arguments say, as values.

use memtiff::{Affine, Crs, Nodata, Scaling, Window};

fn numbers<T: std::str::FromStr, const N: usize>(text: &str, needed: &str) -> Result<[T; N], String> {
    let numbers: Result<Vec<T>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers.ok().and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| needed.to_owned())
}

pub(crate) fn window(text: &str) -> Result<Window, String> {
    let [col, row, width, height] = numbers::<f64, 4>(text, "four numbers are needed: COL,ROW,WIDTH,HEIGHT")?;
    Ok(Window::new(col, row, width, height))
}

pub(crate) fn shape(text: &str) -> Result<(usize, usize), String> {
    numbers::<usize, 2>(text, "two whole numbers are needed: ROWS,COLUMNS")
        .map(|[rows, columns]| (rows, columns))
}

pub(crate) fn scaling(text: &str) -> Result<Scaling, String> {
    let needed = "four numbers are needed: FROM_MIN,FROM_MAX,TO_MIN,TO_MAX, the first two not the same";
    let [low, high, first, last] = numbers::<f64, 4>(text, needed)?;
    if low == high || ![low, high, first, last].iter().all(|number| number.is_finite()) {
        return Err(needed.to_owned());
    }
    Ok(Scaling { from: (low, high), to: (first, last) })
}

pub(crate) fn transform(text: &str) -> Result<Affine, String> {
    let [a, b, c, d, e, f] = numbers::<f64, 6>(text, "six numbers are needed: A,B,C,D,E,F")?;
    Ok(Affine { a, b, c, d, e, f })
}

/// A CRS, or that there is none.
#[derive(Debug, Clone)]
pub(crate) enum CrsValue {
    None,
    Crs(Crs),
}

/// EPSG:4326, 4326, a WKT text, or `none`.
pub(crate) fn crs(text: &str) -> Result<CrsValue, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(CrsValue::None);
    }
    let code = text.trim();
    let code = code.get(..5).filter(|start| start.eq_ignore_ascii_case("EPSG:")).map_or(code, |_| &code[5..]);
    let crs = match code.parse() {
        Ok(code) => Crs::from_epsg(code),
        Err(_) => Crs::from_wkt(text),
    };
    crs.map(CrsValue::Crs).map_err(|error| error.to_string())
}

/// A value of nodata, or that there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NodataValue {
    None,
    Value(Nodata),
}

pub(crate) fn nodata(text: &str) -> Result<NodataValue, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(NodataValue::None);
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(NodataValue::Value(whole.into()));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Ok(NodataValue::Value(whole.into()));
    }
    match text.parse::<f64>() {
        Ok(value) => Ok(NodataValue::Value(value.into())),
        Err(_) => Err("a number or `none` is needed".to_owned()),
    }
}

/// `KEY=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "KEY=VALUE is needed".to_owned())
}

/// `BAND=TEXT`.
pub(crate) fn of_band(text: &str) -> Result<(usize, String), String> {
    let needed = || "BAND=VALUE is needed, with a band counted from 1".to_owned();
    let (band, text) = pair(text).map_err(|_| needed())?;
    Ok((band.parse().map_err(|_| needed())?, text))
}
