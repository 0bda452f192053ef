//! What a person at a terminal sees while something takes long: on standard error, and nowhere but on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows that work goes on, and for how long; until it is dropped.
pub(crate) struct Busy(ProgressBar);

/// Begins to show it.
pub(crate) fn busy(what: &'static str) -> Busy {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    Busy(bar)
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows how many of some parts are done.
pub(crate) fn parts(count: usize, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    let bar = ProgressBar::new(count as u64).with_message(what);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
