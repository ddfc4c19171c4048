//! Which files are rendered from which sample record, and how. Shared by the example that writes them and the test
//! that compares them.

use std::error::Error;
use std::path::Path;

use sextant_reports::terminal::{Verbosity, render};
use sextant_reports::{Report, Style, annotations, html, json, junit, markdown};
use sextant_verdict::RunRecord;

/// The sample records, by name of the file without `.json`.
const SAMPLES: [&str; 3] = ["documented", "ledger", "mixed"];

/// Name of a file, or how it ends, and what is in it.
type Rendering<N> = (N, Vec<u8>);

/// Every generated file, as path below `folder` (that of the crate) and content.
pub(crate) fn all(folder: &Path) -> Result<Vec<Rendering<String>>, Box<dyn Error>> {
    let mut files = vec![("run-record.schema.json".to_owned(), json::schema().into_bytes())];
    for sample in SAMPLES {
        let record = serde_json::from_slice(&std::fs::read(folder.join(format!("samples/{sample}.json")))?)?;
        for (extension, content) in renderings(&record)? {
            files.push((format!("samples/{sample}.{extension}"), content));
        }
    }
    Ok(files)
}

/// The reports of one record, by extension.
fn renderings(record: &RunRecord) -> Result<Vec<Rendering<&'static str>>, Box<dyn Error>> {
    let report = Report::new(record);
    let narrow = Style::plain(80);
    let terminals = [
        ("txt", Verbosity::Normal, narrow),
        ("quiet.txt", Verbosity::Quiet, narrow),
        ("verbose.txt", Verbosity::Verbose, narrow),
        ("60.txt", Verbosity::Normal, Style::plain(60)),
        ("120.txt", Verbosity::Normal, Style::plain(120)),
        ("ascii.txt", Verbosity::Normal, Style { unicode: false, ..narrow }),
        ("ansi.txt", Verbosity::Normal, Style { colour: true, ..narrow }),
    ];
    let mut files: Vec<_> = terminals
        .into_iter()
        .map(|(extension, verbosity, style)| (extension, render(&report, verbosity, style).into_bytes()))
        .collect();
    files.push(("md", markdown::render(&report).into_bytes()));
    files.push(("html", html::render(&report)?.into_bytes()));
    files.push(("annotations.txt", annotations::render(&report).into_bytes()));
    let mut xml = Vec::new();
    junit::write(&report, &mut xml)?;
    files.push(("junit.xml", xml));
    for (extension, form) in [("json", json::Form::Full), ("canonical.json", json::Form::Canonical)] {
        let mut text = Vec::new();
        json::write(record, form, &mut text)?;
        files.push((extension, text));
    }
    Ok(files)
}
