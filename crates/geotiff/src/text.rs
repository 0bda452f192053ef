//! Numbers as texts, as C prints and reads them: what GDAL's items hold.

/// A number with at most `digits` significant digits, as C's `%.{digits}g` prints it.
pub(crate) fn general(value: f64, digits: u8) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string().to_lowercase();
    }
    let decimals = usize::from(digits.saturating_sub(1));
    let scientific = format!("{value:.decimals$e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..i32::from(digits)).contains(&exponent) {
        let decimals = i32::from(digits).saturating_sub(1).saturating_sub(exponent);
        let decimals = usize::try_from(decimals).unwrap_or(0);
        return without_zeros(&format!("{value:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.unsigned_abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A number as GDAL reads it: what follows the number is ignored, a comma may stand for the point, no number at
/// all is 0. The words for what is no number must stand alone, but for those that old Windows libraries print.
pub(crate) fn number(text: &str) -> f64 {
    let text = text.trim_start().replace(',', ".");
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    match text.trim_end().to_ascii_lowercase().as_str() {
        "nan" => f64::NAN,
        "inf" | "+inf" => f64::INFINITY,
        "-inf" => f64::NEG_INFINITY,
        _ if begins(&["-1.#IND", "-1.#QNAN", "1.#QNAN"]) => f64::NAN,
        _ if begins(&["-1.#INF"]) => f64::NEG_INFINITY,
        _ if begins(&["1.#INF"]) => f64::INFINITY,
        _ => leading_number(&text),
    }
}

/// The longest beginning of `text` that is a number written in digits, 0 if there is none.
fn leading_number(text: &str) -> f64 {
    let part_of_a_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let digits: &str = text.split(|c| !part_of_a_number(c)).next().unwrap_or_default();
    let parsed = (1..=digits.len()).rev().find_map(|end| digits.get(..end)?.parse().ok());
    parsed.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf` prints.
    #[test]
    fn numbers_are_short() {
        let cases = [(72.0, "72"), (72.5, "72.5"), (1.0 / 3.0, "0.33333333"), (1e10, "1e+10"), (0.0, "0")];
        for (value, text) in cases {
            assert_eq!(general(value, 8), text);
        }
        assert_eq!(general(123_456_789.0, 8), "1.2345679e+08");
        assert_eq!(general(0.000_012_5, 8), "1.25e-05");
        assert_eq!(general(1.0 / 3.0, 6), "0.333333");
        assert_eq!(general(1e8 / 3.0, 6), "3.33333e+07");
        assert_eq!(general(0.1, 15), "0.1");
    }
}
