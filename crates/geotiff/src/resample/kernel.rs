//! Weights by distance, in pixels of the larger kind.

use std::f64::consts::PI;

use super::method::Resampling;

/// The kernel of a method.
pub(super) fn kernel(method: Resampling) -> fn(f64) -> f64 {
    match method {
        Resampling::Cubic => cubic,
        Resampling::CubicSpline => cubic_spline,
        Resampling::Lanczos => lanczos,
        _ => bilinear,
    }
}

fn bilinear(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Cubic convolution with a = -0.5 (Keys, 1981).
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    let square = x * x;
    if x <= 1.0 {
        0.5 * (square * (x * 3.0 - 5.0) + 2.0)
    } else if x <= 2.0 {
        0.5 * (square * (5.0 - x) - 8.0 * x + 4.0)
    } else {
        0.0
    }
}

/// The cubic B-spline.
fn cubic_spline(x: f64) -> f64 {
    let x = x.abs();
    let rest = 2.0 - x;
    if x < 1.0 {
        (4.0 - 6.0 * x * x + 3.0 * x * x * x) / 6.0
    } else if x < 2.0 {
        rest * rest * rest / 6.0
    } else {
        0.0
    }
}

/// A sinc, times one three times as wide. Not cut off: who asks keeps to three lobes.
fn lanczos(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let wide = PI * x / 3.0;
    // sin(3a) is 3 sin(a) - 4 sin(a)^3.
    let sine = wide.sin();
    let square = sine * sine;
    (3.0 - 4.0 * square) * square / (PI * x * wide)
}
