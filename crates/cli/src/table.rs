//! Tables for people, of words and numbers in columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// Rows of two columns without lines.
pub(crate) fn plain<R, C>(rows: impl IntoIterator<Item = R>) -> Table
where
    R: IntoIterator<Item = C>,
    C: ToString,
{
    let mut table = Table::new();
    table.load_preset(NOTHING);
    for row in rows {
        table.add_row(row.into_iter().map(|cell| cell.to_string()));
    }
    table
}

/// Names on the left, numbers on the right of their column.
pub(crate) fn figures<'a>(rows: impl IntoIterator<Item = (&'a str, u64)>) -> Table {
    let mut table = plain(rows.into_iter().map(|(name, number)| [name.to_owned(), number.to_string()]));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
