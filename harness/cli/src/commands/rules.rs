//! `sextant rules`: the catalogue of rules that scenarios test.

use std::io::Write;

use sextant_catalogue::{Field, Layer, Level, Lint, Pain, Row, Rule, field, lint, page, pain, row, rule, rules};
use sextant_scenario::{LoadedScenario, Profile};

use crate::args::{LevelArg, PageOutput, ProfileArg, RulesArgs, Selection};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// What an id of the catalogue names.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(untagged)]
enum Entry {
    Rule(&'static Rule),
    /// A row of the bad-input table.
    Row(&'static Row),
    /// A trap.
    Lint(&'static Lint),
    /// A field or value.
    Field(&'static Field),
    /// A report of a user.
    Pain(&'static Pain),
}

/// Prints the rules that are asked for, each with the scenarios that test it.
pub(crate) fn run(args: &RulesArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let asked: Vec<Entry> = if args.ids.is_empty() {
        rules().filter(|rule| admits(args, rule)).map(Entry::Rule).collect()
    } else {
        args.ids.iter().map(|id| named(id)).collect::<Result<_, _>>()?
    };
    if args.output == PageOutput::Markdown {
        if asked.len() < rules().count() {
            return Err(
                BadInput("-o markdown is the page of the whole catalogue; leave ids and filters out".into()).into()
            );
        }
        write!(std::io::stdout(), "{}", page())?;
        return Ok(Exit::Passed);
    }
    let suite = Selected::read(&Selection::default(), terminal)?;
    let mut out = std::io::stdout().lock();
    if args.output == PageOutput::Json {
        serde_json::to_writer_pretty(&mut out, &asked)?;
        writeln!(out)?;
    } else {
        for entry in asked {
            writeln!(out, "{}", entry.text(&suite.scenarios))?;
        }
    }
    Ok(Exit::Passed)
}

fn named(id: &str) -> Result<Entry, BadInput> {
    let upper = id.to_ascii_uppercase();
    let found = rule(&upper).map(Entry::Rule);
    let found = found.or_else(|| row(&upper).map(Entry::Row)).or_else(|| lint(&upper).map(Entry::Lint));
    let found = found.or_else(|| field(&upper).map(Entry::Field)).or_else(|| pain(&upper).map(Entry::Pain));
    found.ok_or_else(|| BadInput(format!("there is no rule `{id}`; `sextant rules` lists them all")))
}

impl Entry {
    fn text(self, suite: &[LoadedScenario]) -> String {
        match self {
            Self::Rule(rule) => text(rule, suite),
            Self::Row(row) => of_row(row),
            Self::Lint(lint) => of_lint(lint),
            Self::Field(field) => of_field(field),
            Self::Pain(pain) => of_pain(pain),
        }
    }
}

fn of_row(row: &Row) -> String {
    let says = |layer| match layer {
        Layer::None => "nothing",
        Layer::Warning => "a warning",
        Layer::Error => "an error",
    };
    let mut lines = vec![format!("{} {}", row.id, row.object), row.fault.trim().to_owned()];
    lines.push(format!("webhook: {}; CRD: {}", says(row.webhook), says(row.crd)));
    lines.push(format!("told as: {}; {}", row.message, row.fix));
    lines.extend(row.fragment.iter().map(|words| format!("the validator's own words: {words}")));
    lines.join("\n  ")
}

fn of_lint(lint: &Lint) -> String {
    let mut lines = vec![lint.id.clone(), format!("{}: {}", lint.trap, lint.effect), lint.fix.clone()];
    lines.push(format!("follows from: {}", lint.rules.join(", ")));
    lines.extend(lint.seen.iter().map(|link| format!("seen: {link}")));
    lines.join("\n  ")
}

fn of_field(field: &Field) -> String {
    let value = field.value.as_ref().map(|value| format!(" with the value {value:?}"));
    let mut lines = vec![format!("{} {} {}{}", field.id, field.kind, field.path, value.unwrap_or_default())];
    lines.extend((!field.rules.is_empty()).then(|| format!("rules: {}", field.rules.join(", "))));
    lines.extend(field.reason.iter().map(|reason| format!("untested: {reason}")));
    lines.join("\n  ")
}

fn of_pain(pain: &Pain) -> String {
    let mut lines = vec![format!("{} {}", pain.id, pain.what), format!("seen: {}", pain.seen)];
    lines.extend((!pain.rules.is_empty()).then(|| format!("rules: {}", pain.rules.join(", "))));
    lines.extend(pain.reason.iter().map(|reason| format!("untested: {reason}")));
    lines.join("\n  ")
}

fn admits(args: &RulesArgs, rule: &Rule) -> bool {
    let profile = args.profile.map(|profile| match profile {
        ProfileArg::Kgateway => Profile::Kgateway,
        ProfileArg::Istio => Profile::Istio,
    });
    let level = args.level.map(|level| match level {
        LevelArg::Must => Level::Must,
        LevelArg::Should => Level::Should,
        LevelArg::Informational => Level::Informational,
        LevelArg::Implementation => Level::Implementation,
    });
    profile.is_none_or(|profile| rule.profiles.contains(&profile)) && level.is_none_or(|level| rule.level == level)
}

fn text(rule: &Rule, suite: &[LoadedScenario]) -> String {
    let tests = |loaded: &&LoadedScenario| loaded.scenario.all_rules().contains(rule.id.as_str());
    let scenarios: Vec<_> = suite.iter().filter(tests).map(|loaded| loaded.scenario.id.as_str()).collect();
    let profiles: Vec<_> = rule.profiles.iter().map(|profile| format!("{profile:?}").to_lowercase()).collect();
    let level = format!("{:?}", rule.level).to_lowercase();
    let mut lines = vec![format!("{} {level} ({})", rule.id, profiles.join(", ")), rule.statement.trim().to_owned()];
    lines.extend(rule.kgateway.iter().map(|text| format!("kgateway: {text}")));
    lines.extend(rule.istio.iter().map(|text| format!("istio: {text}")));
    lines.extend(rule.note.iter().map(|text| format!("note: {}", text.trim())));
    lines.extend(rule.reason.iter().map(|text| format!("untested: {}", text.trim())));
    lines.push(format!("source: {}", rule.source.trim()));
    if !scenarios.is_empty() {
        lines.push(format!("scenarios: {}", scenarios.join(", ")));
    }
    lines.join("\n  ")
}
