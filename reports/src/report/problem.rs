//! One thing that keeps a run from being green, with all that invariant 6 demands of a failure.

use std::borrow::Cow;

use sextant_verdict::{CauseRecord, CheckRecord, Evidence, Level, Place, ScenarioRecord, StatisticsNote, Verdict};

use crate::figures::{counted, percent, probability};

/// Causes that are shown of those that a record has.
const CAUSES: usize = 3;

/// A promise that was not kept, or a scenario that came to no verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Problem<'a> {
    /// The scenario.
    pub scenario: &'a ScenarioRecord,
    /// The check; `None` when the scenario ended before it could be blamed on one.
    pub check: Option<&'a CheckRecord>,
}

/// One labelled part of a problem. Formats decide how it looks; which parts there are, and in which order, is decided
/// by [`Problem::fields`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// Text, possibly of several lines.
    Text(&'static str, Cow<'a, str>),
    /// What stands for a part that is empty.
    Nothing(&'static str, &'static str),
    /// Journal entries, oldest first; never empty.
    Evidence(&'a [Evidence]),
    /// A shell command that repeats the scenario.
    Repeat(&'a str),
}

impl<'a> Problem<'a> {
    /// The problems of `scenario`, in the order of its checks.
    pub fn of(scenario: &'a ScenarioRecord) -> Vec<Self> {
        let calm = |verdict| matches!(verdict, Verdict::Pass | Verdict::Skipped);
        let problems: Vec<_> = scenario
            .checks
            .iter()
            .filter(|check| !calm(check.verdict))
            .map(|check| Self { scenario, check: Some(check) })
            .collect();
        if problems.is_empty() && !calm(scenario.verdict) {
            return vec![Self { scenario, check: None }];
        }
        problems
    }

    /// The verdict of the check, else of the scenario.
    pub fn verdict(&self) -> Verdict {
        self.check.map_or(self.scenario.verdict, |check| check.verdict)
    }

    /// Where the promise stands, else where the scenario does.
    pub fn place(&self) -> &'a Place {
        self.check.map_or(&self.scenario.place, |check| &check.place)
    }

    /// What was promised, else what the scenario is about.
    pub fn what(&self) -> &'a str {
        self.check.map_or(&self.scenario.title, |check| &check.what)
    }

    /// Rules that the promise comes from; those of the scenario when the check names none.
    pub fn rules(&self) -> &'a [String] {
        match self.check {
            Some(check) if !check.rules.is_empty() => &check.rules,
            _ => &self.scenario.rules,
        }
    }

    /// Those rules, and how much they bind when that is not all the way.
    fn bound_by(&self) -> String {
        let rules = self.rules().join(", ");
        match self.check.map(|check| check.level) {
            Some(Level::Should) => format!("{rules} (should)"),
            _ => rules,
        }
    }

    /// What is wrong, in one line: what was expected and observed, else the reason, else what was promised.
    pub fn message(&self) -> String {
        match self.check.and_then(|check| check.mismatch.as_ref()) {
            Some(mismatch) => format!("expected {}, observed {}", mismatch.expected, mismatch.observed),
            None if !self.scenario.reason.is_empty() => self.scenario.reason.clone(),
            None => self.what().into(),
        }
    }

    /// Every part, in reading order: rule, place, step, expected, observed, nearest, statistics, causes, where to
    /// look, what is ruled out, reason, evidence, repeat. What a check always owes is named even when it is empty; the rest is left out.
    pub fn fields(&self) -> Vec<Field<'a>> {
        let mut fields = vec![
            text_or("rule", self.bound_by().into(), "none named"),
            Field::Text("place", place(self.place()).into()),
        ];
        if let Some(check) = self.check {
            fields.push(Field::Text("step", check.step.as_str().into()));
            let mismatch = check.mismatch.as_ref();
            let part =
                |label, text: Option<&'a String>, empty| text_or(label, text.map_or("", |text| text).into(), empty);
            fields.push(part("expected", mismatch.map(|m| &m.expected), "not stated"));
            fields.push(part("observed", mismatch.map(|m| &m.observed), "nothing"));
            fields.push(part("nearest", mismatch.map(|m| &m.nearest), "nothing came near"));
            fields.extend(check.statistics.as_ref().map(|note| Field::Text("statistics", statistics(note).into())));
            fields.extend(diagnosis(check));
        }
        if !self.scenario.reason.is_empty() {
            fields.push(Field::Text("reason", self.scenario.reason.as_str().into()));
        }
        fields.push(match self.evidence() {
            [] => Field::Nothing("evidence", "none"),
            evidence => Field::Evidence(evidence),
        });
        fields.push(match self.scenario.repeat.as_str() {
            "" => Field::Nothing("repeat", "no command known"),
            command => Field::Repeat(command),
        });
        fields
    }

    fn evidence(&self) -> &'a [Evidence] {
        self.check.and_then(|check| check.mismatch.as_ref()).map_or(&[], |mismatch| &mismatch.evidence)
    }
}

/// Why a promise may have been broken, where to look, and what it was not; nothing of a promise that was not broken.
fn diagnosis(check: &CheckRecord) -> Vec<Field<'static>> {
    let told = |records: &[CauseRecord]| {
        let lines: Vec<_> = records.iter().map(|it| format!("{}: {}", it.class, it.because)).collect();
        Cow::from(lines.join("\n"))
    };
    let Some(likeliest) = check.causes.first() else { return Vec::new() };
    let mut fields = vec![
        Field::Text("causes", told(&check.causes[..check.causes.len().min(CAUSES)])),
        Field::Text("look at", likeliest.class.look_next().into()),
    ];
    if !check.ruled_out.is_empty() {
        fields.push(Field::Text("ruled out", told(&check.ruled_out)));
    }
    fields
}

fn text_or<'a>(label: &'static str, text: Cow<'a, str>, empty: &'static str) -> Field<'a> {
    if text.is_empty() { Field::Nothing(label, empty) } else { Field::Text(label, text) }
}

/// `file:line:column`, as editors and terminals turn into a link.
pub(crate) fn place(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

/// How a promise was checked, in one line (invariant 4).
pub(super) fn statistics(note: &StatisticsNote) -> String {
    format!(
        "{}, {}; p {}, false alarm at most {}; finds an error of {} with power {}",
        note.test,
        counted(note.n, "sample"),
        probability(note.p_value),
        probability(note.alpha),
        percent(note.smallest_error),
        percent(note.power),
    )
}
