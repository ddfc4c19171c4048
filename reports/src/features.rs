//! Features of subjects as tables: what there is, and what was probed.

use sextant_verdict::{FeatureFinding, FeatureRecord};

use crate::layout::{Cell, Kind, Page, Table};
use crate::style::{Style, Tone};

/// A line per feature: its name, what it means, and how it is probed.
pub fn list(features: &[[&str; 3]], style: Style) -> String {
    let mut page = Page::new(style);
    let mut table = Table::new([("Feature", Kind::Name), ("Means", Kind::Text), ("Probe", Kind::Text)]);
    for columns in features {
        table.row(columns.map(|text| Cell::shown(text, style)));
    }
    page.section();
    page.table(table);
    page.finish()
}

/// A line per feature that was probed: what the subject says of itself, what was seen, and what is wrong.
pub fn table(features: &[FeatureRecord], style: Style) -> String {
    let mut page = Page::new(style);
    put(features.iter(), &mut page);
    page.finish()
}

/// Puts such a table on `page`; nothing when there are no features.
pub(crate) fn put<'a>(features: impl Iterator<Item = &'a FeatureRecord>, page: &mut Page) {
    let style = page.style();
    let mut table = Table::new([
        ("Feature", Kind::Name),
        ("Subject", Kind::Text),
        ("Declared", Kind::Word),
        ("Probed", Kind::Word),
        ("Finding", Kind::Text),
    ]);
    let mut any = false;
    for feature in features {
        any = true;
        table.row([
            Cell::shown(&feature.name, style),
            Cell::shown(&feature.subject, style),
            Cell::plain(yes_no(feature.declared)),
            Cell::plain(feature.probed.map_or("unknown", yes_no)),
            Cell::shown(&told(feature), style).toned(tone(feature)),
        ]);
    }
    if any {
        page.section();
        page.table(table);
    }
}

/// The finding and what to do, then why; empty when all is as it is said to be.
pub(crate) fn told(feature: &FeatureRecord) -> String {
    let advice = feature.finding.map(FeatureFinding::advice);
    let because = match feature.finding {
        // That it is absent is what it says.
        None if feature.probed.is_some() => "",
        _ => feature.because.as_str(),
    };
    let parts: Vec<_> = advice.into_iter().chain((!because.is_empty()).then_some(because)).collect();
    parts.join(" (") + if parts.len() > 1 { ")" } else { "" }
}

/// `yes` or `no`.
pub(crate) const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn tone(feature: &FeatureRecord) -> Tone {
    match feature.finding {
        Some(FeatureFinding::DeclaredButAbsent) => Tone::Worst,
        Some(FeatureFinding::PresentButUndeclared) => Tone::Bad,
        None => Tone::Dim,
    }
}
