//! Records that nobody would write by hand: every verdict, any text, any figure.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sextant_verdict::{
    CheckRecord, Environment, Evidence, Known, Level, Mismatch, Place, RunRecord, ScenarioRecord, ShareRow, ShareTable,
    StatisticsNote, Verdict,
};

/// How many records each property is tried with: whole reports of large records take their time. `PROPTEST_CASES` asks
/// for more.
pub(crate) fn cases() -> ProptestConfig {
    let asked = ProptestConfig::default();
    if asked.cases == 256 { ProptestConfig { cases: 64, ..asked } } else { asked }
}

/// Text as bodies, names and messages bring it: plain, long without spaces, wide, marked up, or meant to do harm.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let harm = prop::sample::select(vec![
        "",
        " ",
        "a|b",
        "`code` ``more``",
        "``````",
        "<script>alert(1)</script>",
        "</details>",
        "]]>",
        "&amp; &#124;",
        "two\nlines\r\nthree",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{1b}]8;;http://x\u{7}link",
        "\u{0}\u{b}\u{fffe}\u{ffff}\u{9b}",
        "\u{202e}reversed",
        "世界世界世界世界世界世界世界世界世界世界世界世界",
        "👩‍👩‍👧‍👦 ☺️ e\u{301}\u{302}\u{303}",
        "**bold** _x_ [link](http://x) ![i](x) # @user :100:",
        "\\",
        "a\\|b",
        "%0A::error::x",
        "'single ' \"double \\\" \"",
    ]);
    prop_oneof![
        3 => "[a-z][a-z0-9-]{0,30}",
        2 => "[ -~]{0,60}",
        1 => "[a-z/.:-]{60,150}",
        1 => "\\PC{0,40}",
        1 => vec(any::<char>(), 0..40).prop_map(|characters| characters.into_iter().collect::<String>()),
        3 => harm.prop_map(str::to_owned),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![Verdict::Pass, Verdict::Skipped, Verdict::Inconclusive, Verdict::Error, Verdict::Fail])
}

fn place() -> impl Strategy<Value = Place> {
    (text(), any::<u32>(), 0_usize..500).prop_map(|(file, line, column)| Place { file, line: line as usize, column })
}

fn mismatch() -> impl Strategy<Value = Mismatch> {
    let evidence = (option::of(any::<u64>()), text(), text());
    (text(), text(), text(), vec(evidence, 0..3)).prop_map(|(expected, observed, nearest, evidence)| Mismatch {
        expected,
        observed,
        nearest,
        evidence: evidence.into_iter().map(|(at, journal, text)| Evidence { at, journal, text }).collect(),
    })
}

fn statistics() -> impl Strategy<Value = StatisticsNote> {
    (text(), any::<u64>(), 0.0..1.0, 0.0..1.0).prop_map(|(test, n, p_value, power)| StatisticsNote {
        test,
        n,
        alpha: 1e-6,
        p_value,
        power,
        smallest_error: 0.02,
    })
}

fn check() -> impl Strategy<Value = CheckRecord> {
    (text(), vec(text(), 0..3), place(), text(), verdict(), option::of(mismatch()), option::of(statistics())).prop_map(
        |(step, rules, place, what, verdict, mismatch, statistics)| CheckRecord {
            step,
            rules,
            level: Level::Must,
            place,
            what,
            verdict,
            mismatch,
            statistics,
            causes: Vec::new(),
            ruled_out: Vec::new(),
        },
    )
}

fn shares() -> impl Strategy<Value = ShareTable> {
    let row = (text(), text(), text(), option::of(0.0..1.0), any::<u64>(), 0.0..1.0, verdict());
    (text(), vec(row, 0..4)).prop_map(|(step, rows)| ShareTable {
        step,
        rows: rows
            .into_iter()
            .map(|(endpoint, locality, source, expected, requests, observed, verdict)| ShareRow {
                endpoint,
                locality,
                source,
                expected,
                requests,
                observed,
                verdict,
            })
            .collect(),
    })
}

fn known() -> impl Strategy<Value = Known> {
    (text(), text(), text(), text(), any::<bool>(), place()).prop_map(
        |(reason, link, owner, expires, expired, place)| Known { reason, link, owner, expires, expired, place },
    )
}

fn scenario() -> impl Strategy<Value = ScenarioRecord> {
    let names =
        (text(), text(), prop::sample::select(vec!["reference", "envoy", "日本の関門", "a|b`c"]), text(), text());
    let parts = (vec(text(), 0..3), place(), verdict(), vec(check(), 0..3), vec(shares(), 0..2), option::of(known()));
    let figures = (0_u64..1 << 40, option::of(0_u64..1 << 40));
    (names, parts, figures).prop_map(|(names, parts, (requests, duration_us))| {
        let (id, title, subject, reason, repeat) = names;
        let (rules, place, verdict, checks, shares, known) = parts;
        let subject = subject.to_owned();
        ScenarioRecord {
            id,
            title,
            subject,
            rules,
            place,
            verdict,
            reason,
            known,
            checks,
            shares,
            requests,
            repeat,
            duration_us,
        }
    })
}

/// A record of up to six such scenarios.
pub(crate) fn record() -> impl Strategy<Value = RunRecord> {
    let environment =
        (text(), any::<u64>(), option::of(any::<u64>())).prop_map(|(profile, seed, duration_us)| Environment {
            sextant: "0.1.0".into(),
            level: None,
            profile,
            seed,
            address_mode: "alias".into(),
            started_at: None,
            duration_us,
        });
    (environment, vec(scenario(), 0..6)).prop_map(|(environment, scenarios)| RunRecord::new(environment, scenarios))
}

/// A passing scenario without checks, in `folder`.
pub(crate) fn passing(id: &str, folder: &str) -> ScenarioRecord {
    ScenarioRecord {
        id: id.into(),
        title: format!("About {id}"),
        subject: "reference".into(),
        rules: vec!["K-031".into()],
        place: Place { file: format!("scenarios/{folder}/{id}.yaml"), line: 4, column: 1 },
        verdict: Verdict::Pass,
        reason: String::new(),
        known: None,
        checks: vec![],
        shares: vec![ShareTable {
            step: "traffic".into(),
            rows: vec![ShareRow {
                endpoint: "1.1.1.1:80".into(),
                locality: "r1/z1".into(),
                source: "VM one".into(),
                expected: Some(1.0),
                requests: 10,
                observed: 1.0,
                verdict: Verdict::Pass,
            }],
        }],
        requests: 10,
        repeat: format!("sextant run {id}"),
        duration_us: Some(20_000),
    }
}
