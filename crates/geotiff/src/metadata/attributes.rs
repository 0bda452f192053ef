//! Raster attribute tables: what the values of a band mean.

use super::xml::Element;

/// A raster attribute table, as GDAL keeps it beside a file: a row for each value, or range of values, of a band.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AttributeTable {
    /// What each column holds.
    pub columns: Vec<AttributeColumn>,
    /// The cells, row by row, as they are written.
    pub rows: Vec<Vec<String>>,
}

/// A column of an [`AttributeTable`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeColumn {
    /// Its title.
    pub name: String,
    /// What its cells are.
    pub kind: AttributeKind,
    /// GDAL's number for what it is used for (`GDALRATFieldUsage`): 0 generic, 1 number of pixels, 2 name of a class,
    /// 3 and 4 lowest and highest value, 5 the value, 6 to 9 red, green, blue, alpha, and so on.
    pub usage: u32,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Texts.
    Text,
}

impl AttributeTable {
    /// From the element `GDALRasterAttributeTable`.
    pub(super) fn of(table: &Element) -> Self {
        let column = |field: &Element| AttributeColumn {
            name: field.text_of("Name").unwrap_or_default().to_owned(),
            kind: match field.text_of("Type").and_then(|kind| kind.trim().parse().ok()) {
                Some(1) => AttributeKind::Real,
                Some(2) => AttributeKind::Text,
                _ => AttributeKind::Integer,
            },
            usage: field.text_of("Usage").and_then(|usage| usage.trim().parse().ok()).unwrap_or(0),
        };
        let row = |row: &Element| row.all("F").map(|cell| cell.text().to_owned()).collect();
        Self {
            columns: table.all("FieldDefn").map(column).collect(),
            rows: table.all("Row").map(row).collect(),
        }
    }
}
