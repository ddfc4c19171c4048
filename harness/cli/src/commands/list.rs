//! `sextant list`: what there is to run.

use std::io::Write;

use serde_json::json;
use sextant_scenario::LoadedScenario;
use tabled::builder::Builder;
use tabled::settings::peaker::Priority;
use tabled::settings::{Style, Width};

use crate::args::{ListArgs, ListOutput};
use crate::exit::Exit;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Prints the selected scenarios.
pub(crate) fn run(args: &ListArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let selected = Selected::read(&args.selection, terminal)?;
    let text = match args.output {
        ListOutput::Table => table(&selected.scenarios, terminal.width),
        ListOutput::Json => json(&selected.scenarios)?,
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(Exit::Passed)
}

fn table(scenarios: &[LoadedScenario], width: usize) -> String {
    let mut rows = Builder::default();
    rows.push_record(["id", "title", "rules"]);
    for loaded in scenarios {
        let scenario = &loaded.scenario;
        rows.push_record([&scenario.id, &scenario.title, &scenario.rules.join(" ")]);
    }
    let mut table = rows.build();
    // Priority: without it the widest column alone would not be the one that gives way.
    table.with(Style::blank()).with(Width::wrap(width).keep_words(true).priority(Priority::max(true)));
    let lines = table.to_string();
    lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn json(scenarios: &[LoadedScenario]) -> serde_json::Result<String> {
    let list: Vec<_> = scenarios
        .iter()
        .map(|loaded| {
            let scenario = &loaded.scenario;
            json!({
                "id": scenario.id,
                "title": scenario.title,
                "why": scenario.why,
                "rules": scenario.rules,
                "profiles": scenario.profiles,
                "file": loaded.file,
            })
        })
        .collect();
    serde_json::to_string_pretty(&list)
}
