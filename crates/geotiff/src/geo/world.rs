//! World files: the affine transform as six lines of text beside the image.

use super::affine::Affine;
use crate::error::{Error, Result};
use crate::text::number;

impl Affine {
    /// Reads a world file (`.tfw`, `.wld`): six lines with the change of x with the column, of y with the column, of x
    /// with the row, of y with the row, and x and y of the centre of the first pixel. As GDAL reads them: empty lines
    /// do not count, nor does what follows a number.
    ///
    /// # Errors
    ///
    /// When there are fewer than six lines, or they make no transform.
    ///
    /// ```
    /// use memtiff_geotiff::Affine;
    ///
    /// let affine = Affine::from_world_file("10\n0\n0\n-10\n505\n4995\n")?;
    /// assert_eq!(affine, Affine::from_origin(500.0, 5000.0, 10.0, 10.0));
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn from_world_file(text: &str) -> Result<Self> {
        let mut lines = text.split(['\n', '\r']).filter(|line| !line.is_empty());
        let numbers: [Option<f64>; 6] = std::array::from_fn(|_| lines.next().map(number));
        let [Some(a), Some(d), Some(b), Some(e), Some(x), Some(y)] = numbers else {
            return Err(Error::irregular("a world file has fewer than six lines"));
        };
        if (a == 0.0 && b == 0.0) || (d == 0.0 && e == 0.0) {
            return Err(Error::irregular("the numbers of a world file make no transform"));
        }
        Ok(Self { a, b, c: x - 0.5 * a - 0.5 * b, d, e, f: y - 0.5 * d - 0.5 * e })
    }

    /// The world file that says the same, with ten digits behind the point, as GDAL writes it.
    ///
    /// ```
    /// use memtiff_geotiff::Affine;
    ///
    /// let affine = Affine::from_origin(500.0, 5000.0, 10.0, 10.0);
    /// assert_eq!(Affine::from_world_file(&affine.to_world_file())?, affine);
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    #[must_use]
    pub fn to_world_file(self) -> String {
        let Self { a, b, c, d, e, f } = self;
        let lines = [a, d, b, e, c + 0.5 * a + 0.5 * b, f + 0.5 * d + 0.5 * e];
        lines.map(|line| format!("{line:.10}\n")).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As GDAL 3.12 reads these.
    #[test]
    fn lines_are_read_as_gdal_does() {
        let read = |text| Affine::from_world_file(text).ok().map(|t| [t.a, t.b, t.c, t.d, t.e, t.f]);
        let plain = Some([5.0, 0.0, 97.5, 0.0, -5.0, 202.5]);
        assert_eq!(read("  5  \r\n0\r\n0\r\n-5\r\n100\r\n200"), plain);
        assert_eq!(read("5,0\n0\n\n0\n-5\n100\n200abc\nmore\n"), plain);
        assert_eq!(read("5\n1\n2\n-5\n100\n200\n"), Some([5.0, 2.0, 96.5, 1.0, -5.0, 202.0]));
        assert_eq!(read("0\n2\n3\n0\n1\n1"), Some([0.0, 3.0, -0.5, 2.0, 0.0, 0.0]));
        for text in ["", "5 0 0 -5 100 200", "5\n0\n0\n-5\n100\n", "0\n0\n0\n0\n1\n1", "x\n0\n0\n-5\n1\n1"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
