//! Whether the entries of a ledger say what they must.

use std::collections::BTreeSet;

use globset::Glob;
use jiff::civil::Date;
use sextant_catalogue::{is_rule_id, knows};
use sextant_resources::yaml::nearest;

use crate::model::WILD;
use crate::read::{Draft, WrittenEntry, WrittenLedger};
use crate::{Covers, Entry, Ledger};

/// The ledger that `written` is; what is wrong with it is added to the findings of `draft`, and left out.
pub(crate) fn ledger(draft: &mut Draft<'_>, written: WrittenLedger, scenarios: Option<&BTreeSet<String>>) -> Ledger {
    if written.subject.trim().is_empty() {
        let help = "name the subject as after `--subject`, such as `envoy`".to_owned();
        draft.wrong("empty-text", "subject", "`subject` is empty".to_owned(), help);
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(written.entries.len());
    for (index, written) in written.entries.into_iter().enumerate() {
        let path = format!("entries[{index}]");
        let Some(entry) = entry(draft, &path, written, scenarios) else { continue };
        if let Some(first) = entries.iter().find(|first| says_the_same(first, &entry)) {
            let message = format!("`{}` has an entry already", entry.covers.text());
            let help = format!("it stands on line {}; make them one", first.place.line);
            draft.wrong("duplicate-entry", &path, message, help);
        }
        entries.push(entry);
    }
    Ledger { subject: written.subject, place: draft.place("subject"), entries }
}

fn says_the_same(first: &Entry, second: &Entry) -> bool {
    let overlap = first.profile.is_none() || second.profile.is_none() || first.profile == second.profile;
    overlap
        && match (&first.covers, &second.covers) {
            (Covers::Scenario(first), Covers::Scenario(second)) => first.glob().glob() == second.glob().glob(),
            (Covers::Rule(first), Covers::Rule(second)) => first == second,
            _ => false,
        }
}

fn entry(
    draft: &mut Draft<'_>,
    path: &str,
    written: WrittenEntry,
    scenarios: Option<&BTreeSet<String>>,
) -> Option<Entry> {
    for (field, text, help) in [
        ("reason", &written.reason, "say in a sentence why it fails"),
        ("owner", &written.owner, "name who takes care of it"),
    ] {
        if text.trim().is_empty() {
            draft.wrong("empty-text", &format!("{path}.{field}"), format!("`{field}` is empty"), help.to_owned());
        }
    }
    if !is_url(&written.link) {
        let message = format!("`{}` is not a link", written.link);
        let help = "give the URL of the issue or page that says more, such as https://example.com/issues/1".to_owned();
        draft.wrong("bad-link", &format!("{path}.link"), message, help);
    }
    let expires = day(&written.expires);
    if expires.is_none() {
        let message = format!("`{}` is not a day", written.expires);
        let help = "write year, month and day, such as 2027-06-30; the entry counts until the end of it".to_owned();
        draft.wrong("bad-date", &format!("{path}.expires"), message, help);
    }
    Some(Entry {
        covers: covers(draft, path, written.scenario, written.rule, scenarios)?,
        profile: written.profile,
        explains: written.explains,
        reason: written.reason.trim().to_owned(),
        link: written.link,
        owner: written.owner,
        expires: expires?,
        place: draft.place(path),
    })
}

fn covers(
    draft: &mut Draft<'_>,
    path: &str,
    scenario: Option<String>,
    rule: Option<String>,
    scenarios: Option<&BTreeSet<String>>,
) -> Option<Covers> {
    match (scenario, rule) {
        (Some(glob), None) => of_scenario(draft, &format!("{path}.scenario"), &glob, scenarios),
        (None, Some(rule)) => of_rule(draft, &format!("{path}.rule"), rule),
        (None, None) => {
            // One that was there and could not be read is told of already.
            if draft.is_whole(&format!("{path}.scenario")) && draft.is_whole(&format!("{path}.rule")) {
                let message = "it names neither a scenario nor a rule".to_owned();
                let help = "add `scenario:` with an id or a glob over ids, or `rule:` with the id of a rule".to_owned();
                draft.wrong("names-nothing", path, message, help);
            }
            None
        }
        (Some(_), Some(_)) => {
            let message = "it names a scenario and a rule".to_owned();
            draft.wrong("names-both", path, message, "keep one of them, or make it two entries".to_owned());
            None
        }
    }
}

fn of_scenario(draft: &mut Draft<'_>, path: &str, text: &str, scenarios: Option<&BTreeSet<String>>) -> Option<Covers> {
    let glob = match Glob::new(text) {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => {
            let help = "write an id, or one with `*` for any characters, such as `dns-*`".to_owned();
            draft.wrong("bad-glob", path, format!("`{text}` is not a glob: {}", error.kind()), help);
            return None;
        }
    };
    let Some(scenarios) = scenarios else { return Some(Covers::Scenario(glob)) };
    if scenarios.iter().any(|id| glob.is_match(id)) {
        return Some(Covers::Scenario(glob));
    }
    let (message, help) = if text.contains(WILD) {
        (format!("no scenario has an id like `{text}`"), "`sextant list` shows the ids".to_owned())
    } else {
        let near = nearest(text, scenarios.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        (
            format!("there is no scenario `{text}`"),
            format!("{near}`sextant list` shows the ids; delete the entry of one that is gone"),
        )
    };
    draft.wrong("unknown-scenario", path, message, help);
    None
}

fn of_rule(draft: &mut Draft<'_>, path: &str, rule: String) -> Option<Covers> {
    if is_rule_id(&rule) && knows(&rule) != Some(false) {
        return Some(Covers::Rule(rule));
    }
    let help = "rule ids are like K-051; `sextant rules` lists them all".to_owned();
    draft.wrong("unknown-rule", path, format!("there is no rule `{rule}`"), help);
    None
}

/// Whether somebody can follow `text`.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}

/// `2027-06-30`, and nothing shorter or longer.
fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| day.to_string() == text)
}
