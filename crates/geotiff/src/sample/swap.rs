//! File order to the order of this machine, in place.

use crate::image::Sample;

/// Reverses the bytes of every sample.
pub(crate) fn swap<T: Sample>(samples: &mut [T]) {
    for sample in samples {
        *sample = sample.swap_bytes();
    }
}
