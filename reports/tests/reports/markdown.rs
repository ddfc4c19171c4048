//! Text of a record never becomes markup. The page is read with a real Markdown parser.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use sextant_reports::{Report, markdown};
use sextant_verdict::{Environment, RunRecord, ShareTable, Verdict};

use crate::record::{passing, record, text};

fn events(page: &str) -> Vec<Event<'_>> {
    Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES).collect()
}

/// Cells of every table, row by row, as a reader sees them.
fn rows(page: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for event in events(page) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                inside = true;
                if let Some(row) = rows.last_mut() {
                    row.push(String::new());
                }
            }
            Event::End(TagEnd::TableCell) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push_str(&text);
                }
            }
            _ => {}
        }
    }
    rows
}

/// Tags that the page writes itself. Everything else that looks like HTML came from a record.
fn without_our_tags(html: &str) -> String {
    let ours =
        ["<details open>", "<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>"];
    ours.iter().fold(html.to_owned(), |html, tag| html.replace(tag, ""))
}

proptest! {
    #![proptest_config(crate::record::cases())]

    #[test]
    fn no_text_becomes_markup(record in record()) {
        let page = markdown::render(&Report::new(&record));
        let mut headings = 0;
        for event in events(&page) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    prop_assert!(!without_our_tags(&html).contains('<'), "{html}");
                }
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::Start(
                    tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strikethrough | Tag::List(_)
                    | Tag::BlockQuote(_) | Tag::Item),
                ) => prop_assert!(false, "{tag:?} in\n{page}"),
                _ => {}
            }
        }
        prop_assert!(headings <= 3, "{page}");
        let of_columns = |columns| rows(&page).iter().filter(|row| row.len() == columns).count() as u64;
        let with_header = |rows: u64| rows + u64::from(rows > 0);
        prop_assert_eq!(of_columns(5), with_header(record.summary.total));
        // What differs between subjects, and what is known.
        let differing: usize = Report::new(&record).differences().iter().map(|difference| difference.seen.len()).sum();
        prop_assert_eq!(of_columns(6), with_header(differing as u64) + with_header(record.summary.known));
        prop_assert_eq!(page.matches("\n<details").count(), page.matches("\n</details>\n").count());
    }

    #[test]
    fn names_are_shown_as_they_are(id in "[ -~éß世]{0,40}[!-~]", reason in "[!-~][ -~éß世]{0,40}[!-~]") {
        prop_assume!(!id.starts_with(' '));
        let mut scenario = passing("x", "dns");
        scenario.id = id.clone();
        scenario.reason = reason.clone();
        scenario.verdict = Verdict::Skipped;
        scenario.shares.clear();
        let page = markdown::render(&Report::new(&RunRecord::new(Environment::default(), vec![scenario])));
        let rows = rows(&page);
        prop_assert_eq!(&rows[1][0], &id);
        prop_assert_eq!(&rows[3], &vec![id, "reference".to_owned(), reason]);
    }

    #[test]
    fn evidence_never_leaves_its_block(reason in text()) {
        let mut scenario = passing("x", "dns");
        scenario.verdict = Verdict::Error;
        scenario.reason = reason;
        scenario.shares.clear();
        let page = markdown::render(&Report::new(&RunRecord::new(Environment::default(), vec![scenario])));
        let blocks = events(&page).iter().filter(|event| matches!(event, Event::Start(Tag::CodeBlock(_)))).count();
        prop_assert_eq!(blocks, 1);
        prop_assert!(page.ends_with("\n\n</details>\n"), "{page}");
    }
}

#[test]
fn the_headline_names_the_worst() {
    let with = |verdicts: &[Verdict]| {
        let scenarios = verdicts.iter().enumerate().map(|(number, verdict)| {
            let mut scenario = passing(&format!("s{number}"), "dns");
            scenario.verdict = *verdict;
            scenario
        });
        let page = markdown::render(&Report::new(&RunRecord::new(Environment::default(), scenarios.collect())));
        page.lines().next().unwrap().to_owned()
    };
    use Verdict::{Error, Fail, Inconclusive, Pass, Skipped};
    assert_eq!(with(&[]), "## Sextant: no scenario was run");
    assert_eq!(with(&[Pass]), "## Sextant: 1 scenario passed");
    assert_eq!(with(&[Pass, Skipped]), "## Sextant: 1 of 2 scenarios passed, 1 skipped");
    assert_eq!(with(&[Pass, Inconclusive, Error]), "## Sextant: 2 of 3 scenarios came to no verdict");
    assert_eq!(with(&[Pass, Error, Fail]), "## Sextant: 1 of 3 scenarios failed");
}

#[test]
fn a_long_run_folds_what_passed() {
    let mut scenarios: Vec<_> = (0..50).map(|number| passing(&format!("case-{number:02}"), "dns")).collect();
    scenarios[9].verdict = Verdict::Fail;
    let page = markdown::render(&Report::new(&RunRecord::new(Environment::default(), scenarios)));
    assert!(page.contains("| `dns` | `reference` | 49 | 490 | 0.98 s |"), "{page}");
    assert!(page.contains("| `case-09` | `reference` | **fail** | 10 | 0.02 s |"), "{page}");
    assert!(!page.contains("case-10"), "{page}");
}

#[test]
fn a_step_without_replies_has_no_table() {
    let mut scenario = passing("x", "dns");
    scenario.shares = vec![ShareTable { step: "quiet".into(), rows: vec![] }];
    let page = markdown::render(&Report::new(&RunRecord::new(Environment::default(), vec![scenario])));
    assert!(page.contains("Step `quiet`: 0 requests\n\n</details>"), "{page}");
}
