//! `sextant coverage`: who holds each rule.

use std::fmt::Write as _;
use std::io::Write;

use sextant_catalogue::{Profile, Rule};
use sextant_coverage::{Coverage, Gap, Held, Holders};
use tabled::builder::Builder;
use tabled::settings::{Alignment, Style, object::Columns};

use crate::args::{CoverageArgs, PageOutput, ProfileArg};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Prints the rules that are asked for, each with who holds it.
pub(crate) fn run(args: &CoverageArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let suite = Selected::read(&args.selection(), terminal)?;
    let mut coverage = Coverage::of(&suite.scenarios)?;
    let gaps = coverage.gaps();
    let profile = args.profile.map(|profile| match profile {
        ProfileArg::Kgateway => Profile::Kgateway,
        ProfileArg::Istio => Profile::Istio,
    });
    coverage.rules.retain(|held| profile.is_none_or(|profile| held.entry.profiles.contains(&profile)));
    let text = if args.missing || args.check {
        missing(&gaps)
    } else if args.ids.is_empty() {
        whole(&coverage, &gaps, args.output)?
    } else {
        args.ids.iter().map(|id| one(&coverage, id)).collect::<Result<Vec<_>, _>>()?.join("\n")
    };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(if args.check && !gaps.is_empty() { Exit::Failed } else { Exit::Passed })
}

fn missing(gaps: &[Gap]) -> String {
    match gaps.len() {
        0 => {
            "nothing is missing: every must rule, difference, field and report is held, or says why nothing can".into()
        }
        n => format!("{}\n{n} missing", gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

fn whole(coverage: &Coverage, gaps: &[Gap], output: PageOutput) -> anyhow::Result<String> {
    Ok(match output {
        PageOutput::Json => serde_json::to_string_pretty(coverage)?,
        PageOutput::Table => format!("{}\n\n{}", table(coverage), sums(coverage, gaps)),
        PageOutput::Markdown => markdown(coverage, gaps),
    })
}

const HEAD: [&str; 6] = ["rule", "level", "kgateway", "istio", "tests", ""];

/// Level, scenarios by profile, tests, and a word where there are none.
fn cells(held: &Held<Rule>) -> [String; 6] {
    let Held { entry: rule, holders } = held;
    let scenarios = |profile: Profile| {
        let running = holders.scenarios.values().filter(|profiles| profiles.contains(&profile)).count();
        if rule.profiles.contains(&profile) { number(running) } else { String::new() }
    };
    let word = match (&rule.reason, held.missing().is_empty()) {
        (Some(_), _) => "cannot be held",
        (None, false) if held.is_demanded() => "missing",
        (None, false) => "not held",
        (None, true) => "",
    };
    let level = format!("{:?}", rule.level).to_lowercase();
    let (kgateway, istio) = (scenarios(Profile::Kgateway), scenarios(Profile::Istio));
    [rule.id.clone(), level, kgateway, istio, number(holders.tests.len()), word.to_owned()]
}

fn number(n: usize) -> String {
    if n == 0 { "-".to_owned() } else { n.to_string() }
}

fn table(coverage: &Coverage) -> String {
    let mut rows = Builder::default();
    rows.push_record(HEAD);
    coverage.rules.iter().for_each(|held| rows.push_record(cells(held)));
    let mut table = rows.build();
    table.with(Style::blank()).modify(Columns::new(2..5), Alignment::right());
    let lines = table.to_string();
    lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn markdown(coverage: &Coverage, gaps: &[Gap]) -> String {
    let mut page = format!(
        "# Who holds the rules\n\n{}\n\n| {} |\n|{}\n",
        sums(coverage, gaps),
        HEAD.join(" | "),
        "---|".repeat(6)
    );
    for held in &coverage.rules {
        let _ = writeln!(page, "| {} |", cells(held).join(" | ")); // writing to a string cannot fail
    }
    page
}

/// How much of what is held.
fn sums(coverage: &Coverage, gaps: &[Gap]) -> String {
    let of = |rules: Vec<&Held<Rule>>| {
        let held = rules.iter().filter(|held| held.missing().is_empty()).count();
        let reasons = rules.iter().filter(|held| held.entry.reason.is_some()).count();
        format!("{held} of {} held, {reasons} cannot be", rules.len())
    };
    let demanded = |demanded: bool| coverage.rules.iter().filter(|held| held.is_demanded() == demanded).collect();
    let entries = |holders: Vec<(&Holders, bool)>| {
        let held = holders.iter().filter(|(holders, _)| !holders.is_empty()).count();
        let reasons = holders.iter().filter(|(_, reason)| *reason).count();
        format!("{held} of {} held, {reasons} cannot be", holders.len())
    };
    let fields = coverage.fields.iter().map(|held| (&held.holders, held.entry.reason.is_some()));
    let pains = coverage.pains.iter().map(|held| (&held.holders, held.entry.reason.is_some()));
    [
        format!("must rules and differences: {}", of(demanded(true))),
        format!("other rules: {}", of(demanded(false))),
        format!("fields and values: {}", entries(fields.collect())),
        format!("reports of users: {}", entries(pains.collect())),
        match gaps.len() {
            0 => "nothing is missing".to_owned(),
            n => format!("{n} missing; `sextant coverage --missing` names them"),
        },
    ]
    .join("\n")
}

/// Everybody who holds the entry of this id.
fn one(coverage: &Coverage, id: &str) -> Result<String, BadInput> {
    let id = id.to_ascii_uppercase();
    let rules = coverage.rules.iter().map(|held| (&held.entry.id, &held.entry.reason, &held.holders));
    let fields = coverage.fields.iter().map(|held| (&held.entry.id, &held.entry.reason, &held.holders));
    let pains = coverage.pains.iter().map(|held| (&held.entry.id, &held.entry.reason, &held.holders));
    let found = rules.chain(fields).chain(pains).find(|(known, ..)| **known == id);
    let none = || BadInput(format!("`{id}` is nothing that is held; `sextant coverage` lists the rules"));
    let (_, reason, holders) = found.ok_or_else(none)?;
    let mut lines = vec![id];
    for (scenario, profiles) in &holders.scenarios {
        let profiles: Vec<_> = profiles.iter().map(|profile| format!("{profile:?}").to_lowercase()).collect();
        lines.push(format!("{scenario} ({})", profiles.join(", ")));
    }
    lines.extend(holders.tests.iter().map(|test| format!("{}:{} {}", test.file, test.line, test.name)));
    lines.extend(reason.iter().map(|reason| format!("cannot be held: {}", reason.trim())));
    if lines.len() == 1 {
        lines.push("nothing holds it".to_owned());
    }
    Ok(lines.join("\n  "))
}
