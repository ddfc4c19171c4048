//! The report as tables for a terminal or a log.
//!
//! Order: what the run was made with, the summary, what was skipped, the distribution of every scenario, the problems
//! in full (after those that are known), what is wrong with the ledger, where subjects differ, and one line of counts last, where the eye is when the run ends.

mod checks;
mod distribution;
mod ledger;
mod summary;

use crate::features;
use crate::layout::Page;
use crate::listing;
use crate::report::{Detail, Report};
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The problems and the counts.
    Quiet,
    /// Also the summary, what was skipped, and the distribution tables. In a run of more than 40 scenarios those that
    /// passed are counted by folder, and only the others have their tables.
    #[default]
    Normal,
    /// Everything: every scenario, every check and how it was checked.
    Verbose,
}

/// The whole report, ending in a line feed. No line is wider than `style` allows, none has trailing spaces.
pub fn render(report: &Report<'_>, verbosity: Verbosity, style: Style) -> String {
    let detail = if verbosity == Verbosity::Verbose { Detail::All } else { Detail::Folded };
    let mut page = Page::new(style);
    if verbosity > Verbosity::Quiet {
        environment(report, &mut page);
        summary::scenarios(report, detail, &mut page);
        summary::folds(report, detail, &mut page);
        summary::skipped(report, &mut page);
        for scenario in report.told(detail) {
            if verbosity == Verbosity::Verbose {
                checks::scenario(scenario, &mut page);
            } else {
                distribution::scenario(scenario, &mut page);
            }
        }
    }
    features::put(report.findings(), &mut page);
    ledger::known(report, &mut page);
    problems(report, &mut page);
    ledger::stale(report, &mut page);
    summary::differences(report, &mut page);
    summary::counts(report, &mut page);
    page.finish()
}

fn environment(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    let text = visible(&report.environment().join(", "), Lines::One, style.unicode);
    page.section();
    page.text(Tone::Dim, &text);
}

fn problems(report: &Report<'_>, page: &mut Page) {
    let style = page.style();
    for problem in report.problems() {
        page.section();
        page.lines(listing::heading(&problem, style));
        page.gap();
        page.lines(listing::parts(&problem, style));
    }
}
