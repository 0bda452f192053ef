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

/// Parses a number as GDAL's `CPLAtof` does: text after the number is ignored, a comma may replace the decimal point,
/// and text without a number gives 0. The names of infinity and NaN may have any case and be followed by anything, but
/// those that old Windows libraries print for NaN are case-sensitive; `-nan` gives 0.
pub(crate) fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\r', '\n']).replace(',', ".");
    let begins =
        |text: &str, word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if ["-1.#IND", "-1.#QNAN", "1.#QNAN", "1.#SNAN"].iter().any(|word| text.starts_with(word)) {
        return f64::NAN;
    }
    if begins(&text, "1.#inf") {
        return f64::INFINITY;
    }
    if begins(&text, "-1.#inf") {
        return f64::NEG_INFINITY;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(&text);
    match unsigned {
        name if begins(name, "nan") => f64::NAN,
        name if begins(name, "inf") => f64::INFINITY,
        name if begins(name, "-inf") => f64::NEG_INFINITY,
        // Rust's parser takes a plus sign itself: a second one is an error.
        signed if signed.starts_with('+') => 0.0,
        digits => leading_number(digits),
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
