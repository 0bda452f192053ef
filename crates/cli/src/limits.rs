//! What a file may make the program spend.

use std::sync::OnceLock;

use memtiff::Limits;

/// The limit of work that the arguments name.
static WORK: OnceLock<u64> = OnceLock::new();

/// Sets the limit of work for the rest of the run.
pub(crate) fn set_work(units: u64) {
    // The arguments are parsed once.
    let _ = WORK.set(units);
}

/// The limits of all operations.
pub(crate) fn limits() -> Limits {
    let limits = Limits::default();
    WORK.get().map_or(limits, |units| limits.with_work(*units))
}

/// Units of work: a number, which may end with k, M, G or T, or `none`.
pub(crate) fn work(text: &str) -> Result<u64, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(u64::MAX);
    }
    let wrong = || "a whole number is needed, which may end with k, M, G or T, or `none`".to_owned();
    let factors = [('k', 1_000), ('M', 1_000_000), ('G', 1_000_000_000), ('T', 1_000_000_000_000_u64)];
    let (digits, factor) = factors
        .into_iter()
        .find_map(|(end, factor)| Some((text.strip_suffix([end, end.to_ascii_lowercase()])?, factor)))
        .unwrap_or((text, 1));
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(wrong)
}
