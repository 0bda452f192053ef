//! Damage in a chunk that a decoder noticed and decoded past.

use crate::error::{Cause, Error};

/// What a decoder has to say about one chunk: the first warning in full, further ones as a number.
///
/// A damaged fax page can have a warning for each of its rows; one line for a chunk is what readers of a log want, and it
/// bounds the memory that a hostile file can take.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    first: Option<(&'static str, String)>,
    more: u64,
}

impl Warnings {
    /// Adds a warning; the text is made only if it is the first one of the chunk.
    #[allow(dead_code, reason = "used by methods that can be compiled out")]
    pub(super) fn add(&mut self, method: &'static str, what: impl FnOnce() -> String) {
        match self.first {
            None => self.first = Some((method, what())),
            Some(_) => self.more = self.more.saturating_add(1),
        }
    }

    /// Takes the warning of the chunk that was decoded last, and makes ready for the next chunk.
    pub(super) fn take(&mut self) -> Option<Error> {
        let Self { first, more } = std::mem::take(self);
        let (method, what) = first?;
        let what = match more {
            0 => what,
            more => format!("{what} (and {more} more)"),
        };
        Some(Cause::Recovered { method, what }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_warning_and_counts_the_others() {
        let mut warnings = Warnings::default();
        assert_eq!(warnings.take(), None);
        for row in 3..6 {
            warnings.add("CCITT", || format!("row {row} is damaged"));
        }
        let text = warnings.take().unwrap().to_string();
        assert_eq!(text, "malformed: CCITT data are damaged but were decoded: row 3 is damaged (and 2 more)");
        assert_eq!(warnings.take(), None);
    }
}
