//! Titles and tables for people, of words and numbers in columns.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
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
pub(crate) fn figures<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Table {
    let mut table = plain(rows.into_iter().map(|(name, figure)| [name, figure]));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A row of heads and rows of figures, each but the first column on the right.
pub(crate) fn numbers(rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = plain(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A heading; bold where colours are wanted: on a terminal, unless NO_COLOR is set.
pub(crate) fn heading(title: &str) -> String {
    let bold = Style::new().bold();
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => title.to_owned(),
        _ => format!("{bold}{title}{bold:#}"),
    }
}
