//! Classes of causes as a table: what goes wrong, what is seen then, and where to look.

use sextant_verdict::Cause;

use crate::layout::{Cell, Kind, Page, Table};
use crate::style::Style;

/// A line per class, in the order in which a request meets them.
pub fn list(style: Style) -> String {
    let mut page = Page::new(style);
    let mut table = Table::new([
        ("Cause", Kind::Name),
        ("Means", Kind::Text),
        ("Typically seen", Kind::Text),
        ("Look at", Kind::Text),
    ]);
    for cause in Cause::ALL {
        let columns = [cause.as_str(), cause.meaning(), cause.typically(), cause.look_next()];
        table.row(columns.map(|text| Cell::shown(text, style)));
    }
    page.section();
    page.table(table);
    page.finish()
}
