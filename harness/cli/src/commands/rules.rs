//! `sextant rules`: the catalogue of rules that scenarios test.

use std::io::Write;

use sextant_catalogue::{Level, Rule, rule, rules};
use sextant_scenario::{LoadedScenario, Profile};

use crate::args::{LevelArg, ListOutput, ProfileArg, RulesArgs, Selection};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Prints the rules that are asked for, each with the scenarios that test it.
pub(crate) fn run(args: &RulesArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let asked: Vec<&Rule> = if args.ids.is_empty() {
        rules().filter(|rule| admits(args, rule)).collect()
    } else {
        args.ids.iter().map(|id| named(id)).collect::<Result<_, _>>()?
    };
    let suite = Selected::read(&Selection::default(), terminal)?;
    let mut out = std::io::stdout().lock();
    if args.output == ListOutput::Json {
        serde_json::to_writer_pretty(&mut out, &asked)?;
        writeln!(out)?;
    } else {
        for rule in asked {
            writeln!(out, "{}", text(rule, &suite.scenarios))?;
        }
    }
    Ok(Exit::Passed)
}

fn named(id: &str) -> Result<&'static Rule, BadInput> {
    rule(&id.to_ascii_uppercase())
        .ok_or_else(|| BadInput(format!("there is no rule `{id}`; `sextant rules` lists them all")))
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
