//! The catalogue as a page to read.

use std::fmt::Write;

use crate::{Field, Layer, Lint, Pain, Row, Rule, fields, lints, pains, rows, rules};

/// The whole catalogue as Markdown, in order of families and ids. `RULES.md` of this crate is what it returns.
pub fn page() -> String {
    let mut page = Page(HEAD.to_owned());
    let families = [("K-", "kgateway"), ("I-", "Istio"), ("D-", "Where the two differ"), ("E-", "Measured on Envoy")];
    for (family, title) in families {
        page.line(&format!("\n## {title}"));
        rules().filter(|rule| rule.id.starts_with(family)).for_each(|rule| page.rule(rule));
    }
    page.table("Bad input", &["", "object", "fault", "webhook", "CRD", "what to do"], rows().map(row));
    page.table("Traps", &["", "trap", "what happens", "what to do", "rules"], lints().map(lint));
    page.table("Fields and values", &["", "where", "value", "rules"], fields().map(field));
    page.table("What users ran into", &["", "report", "rules", "why no scenario shows it"], pains().map(pain));
    page.0
}

const HEAD: &str = "\
# The rules

What Sextant knows of ServiceEntry routing, as it stands in `rules/`. This page is made from there; change it there and run
`cargo run -p sextant-cli -- rules -o markdown > harness/catalogue/RULES.md`. Which scenario or test holds a rule:
`sextant coverage`.
";

struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule { id, statement, kgateway, istio, profiles, level, shown_by, path: _, source, note, reason } = rule;
        let profiles = words(profiles);
        let shown_by = words(shown_by);
        self.line(&format!("\n**{id}** {}", prose(statement)));
        let sides = [("kgateway", kgateway), ("Istio", istio)];
        for (side, text) in sides.into_iter().filter_map(|(side, text)| Some((side, text.as_ref()?))) {
            self.line(&format!("- {side}: {}", prose(text)));
        }
        self.line(&format!("- {}, {profiles}; shown by {shown_by}", word(level)));
        for (title, text) in [("note", note), ("held by nothing", reason)] {
            if let Some(text) = text {
                self.line(&format!("- {title}: {}", prose(text)));
            }
        }
        self.line(&format!("- source: {}", prose(source)));
    }

    fn table<const N: usize>(&mut self, title: &str, head: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
        self.line(&format!("\n## {title}\n"));
        self.line(&format!("| {} |", head.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(N)));
        for row in rows {
            let cells = row.map(|cell| cell.replace('|', "\\|"));
            self.line(&format!("| {} |", cells.join(" | ")));
        }
    }
}

fn row(row: &Row) -> [String; 6] {
    let says = |layer| match layer {
        Layer::None => "",
        Layer::Warning => "warns",
        Layer::Error => "refuses",
    };
    let (webhook, crd) = (says(row.webhook).to_owned(), says(row.crd).to_owned());
    [row.id.clone(), row.object.clone(), prose(&row.fault), webhook, crd, prose(&row.fix)]
}

fn lint(lint: &Lint) -> [String; 5] {
    [lint.id.clone(), prose(&lint.trap), prose(&lint.effect), prose(&lint.fix), lint.rules.join(" ")]
}

fn field(field: &Field) -> [String; 4] {
    let place = format!("{} `{}`", field.kind, field.path);
    let value = field.value.as_ref().map(|value| format!("`{value:?}`")).unwrap_or_default();
    [field.id.clone(), place, value, field.rules.join(" ")]
}

fn pain(pain: &Pain) -> [String; 4] {
    let report = format!("[{}]({})", prose(&pain.what), pain.seen);
    let reason = pain.reason.as_deref().map(prose).unwrap_or_default();
    [pain.id.clone(), report, pain.rules.join(" "), reason]
}

/// One line of words that Markdown takes for words: the `*` of a wildcard marks nothing.
fn prose(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(words.len());
    let mut in_code = false;
    for character in words.chars() {
        in_code ^= character == '`';
        if !in_code && matches!(character, '*' | '_' | '<' | '[') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A value of an enum, as it is written in the files.
fn word(value: &impl std::fmt::Debug) -> String {
    let mut word = String::new();
    let _ = write!(word, "{value:?}"); // writing to a string cannot fail
    word.to_lowercase()
}

fn words<T: std::fmt::Debug>(values: &[T]) -> String {
    values.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_tree_is_up_to_date() {
        let tree = include_str!("../RULES.md");
        let first = tree.lines().zip(page().lines().map(str::to_owned)).position(|(old, new)| old != new);
        assert!(tree == page(), "RULES.md differs from line {first:?}; its first lines say how to make it");
    }

    #[test]
    fn words_stay_words() {
        assert_eq!(prose("a `*.b`\n  and *.c_d"), "a `*.b` and \\*.c\\_d");
    }

    #[test]
    fn everything_is_on_the_page() {
        let page = page();
        let ids = rules().map(|rule| &rule.id).chain(rows().map(|row| &row.id)).chain(lints().map(|lint| &lint.id));
        for id in ids.chain(pains().map(|pain| &pain.id)).chain(fields().map(|field| &field.id)) {
            assert!(page.contains(&format!("**{id}** ")) || page.contains(&format!("| {id} |")), "{id}");
        }
    }
}
