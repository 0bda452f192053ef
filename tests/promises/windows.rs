//! The arithmetic of windows.

use memtiff::{Affine, Window};
use proptest::prelude::*;

fn window() -> impl Strategy<Value = Window> {
    let offset = (-400..400_i32).prop_map(|quarter| f64::from(quarter) / 4.0);
    let length = (1..400_i32).prop_map(|quarter| f64::from(quarter) / 4.0);
    (offset.clone(), offset, length.clone(), length)
        .prop_map(|(col, row, width, height)| Window::new(col, row, width, height))
}

fn area(window: &Window) -> f64 {
    window.width * window.height
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_two_have_in_common_lies_in_both_and_both_in_their_union(one in window(), two in window()) {
        prop_assert_eq!(one.union(&two), two.union(&one));
        prop_assert!(one.union(&two).contains(&one) && one.union(&two).contains(&two));
        prop_assert_eq!(one.intersection(&two), two.intersection(&one));
        match one.intersection(&two) {
            Some(common) => prop_assert!(one.contains(&common) && two.contains(&common)),
            None => prop_assert!(area(&one.union(&two)) >= area(&one).max(area(&two))),
        }
        prop_assert_eq!(one.intersection(&one), Some(one));
        prop_assert_eq!(one.union(&one), one);
    }

    #[test]
    fn parts_make_up_the_whole_and_do_not_overlap(whole in window(), height in 1..40_usize, width in 1..40_usize) {
        let parts: Vec<Window> = whole.subdivide(height, width).collect();
        prop_assert!(parts.iter().all(|part| whole.contains(part) && !part.is_empty()));
        prop_assert!(parts.iter().all(|part| part.height <= height as f64 && part.width <= width as f64));
        let sum: f64 = parts.iter().map(area).sum();
        prop_assert!((sum - area(&whole)).abs() < 1e-9);
        for (i, part) in parts.iter().enumerate() {
            prop_assert!(parts[..i].iter().all(|other| other.intersection(part).is_none()));
        }
    }

    #[test]
    fn a_window_comes_back_from_its_bounds(window in window(), size in 1..50_u8, east in -1000..1000_i32) {
        let size = f64::from(size) / 4.0;
        let transform = Affine::from_origin(f64::from(east), 5000.0, size, size);
        let back = Window::from_bounds(&window.bounds(transform), transform).unwrap();
        let near = |one: f64, two: f64| (one - two).abs() < 1e-6;
        prop_assert!(near(back.col_off, window.col_off) && near(back.row_off, window.row_off));
        prop_assert!(near(back.width, window.width) && near(back.height, window.height));
        let moved = window.transform(transform);
        prop_assert_eq!(moved.apply(0.0, 0.0), transform.apply(window.col_off, window.row_off));
    }

    #[test]
    fn rounding_and_cropping_keep_what_they_say(window in window(), height in 1..60_usize, width in 1..60_usize) {
        let blocks = window.round_to_blocks(height, width);
        prop_assert!(blocks.contains(&window));
        prop_assert_eq!((blocks.width % width as f64, blocks.height % height as f64), (0.0, 0.0));
        let cropped = window.crop(height, width);
        let raster = Window::new(0, 0, width, height);
        match window.intersection(&raster) {
            Some(common) => prop_assert_eq!(cropped, common),
            None => prop_assert!(cropped.is_empty()),
        }
        let (rows, cols) = window.to_slices();
        let slices = Window::from_slices(rows, cols);
        prop_assert!(window.intersection(&Window::new(0, 0, 1e6, 1e6)).is_none_or(|inside| slices.contains(&inside)));
        let rounded = window.round_offsets().round_lengths();
        for (rounded, exact) in [(rounded.col_off, window.col_off), (rounded.width, window.width)] {
            prop_assert!(rounded.fract() == 0.0 && (rounded - exact).abs() <= 1.0);
        }
    }
}

/// What rasterio 1.5.2 gives for these.
#[test]
fn rounding_is_that_of_rasterio() {
    let window = Window::new(1.95, -0.95, 2.5, 3.49);
    assert_eq!(window.round_offsets(), Window::new(2.0, -1.0, 2.5, 3.49));
    assert_eq!(window.round_lengths(), Window::new(1.95, -0.95, 3.0, 3.0));
    assert_eq!(Window::new(1.89, 0.0, 1, 1).round_offsets().col_off, 1.0);
}
