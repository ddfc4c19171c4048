//! The committed samples and the schema are what the code renders today, byte for byte.

use std::path::Path;

use sextant_reports::json;
use sextant_verdict::RunRecord;

#[path = "../../examples/samples/render.rs"]
mod render;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn samples_and_schema_are_up_to_date() {
    let stale: Vec<_> = render::all(folder())
        .expect("the sample records are valid")
        .into_iter()
        .filter(|(file, content)| std::fs::read(folder().join(file)).ok().as_ref() != Some(content))
        .map(|(file, _)| file)
        .collect();
    assert!(stale.is_empty(), "run `cargo run -p sextant-reports --example samples` and look at the diff of {stale:?}");
}

#[test]
fn every_sample_file_is_rendered_from_something() {
    let rendered = render::all(folder()).expect("the sample records are valid");
    for entry in std::fs::read_dir(folder().join("samples")).expect("the folder is there") {
        let file = format!("samples/{}", entry.expect("readable").file_name().to_string_lossy());
        assert!(rendered.iter().any(|(name, _)| *name == file), "{file} is left over");
    }
}

#[test]
fn a_written_record_reads_back_equal() {
    let text = std::fs::read(folder().join("samples/mixed.json")).expect("the sample is there");
    let record: RunRecord = serde_json::from_slice(&text).expect("the sample is valid");
    let mut written = Vec::new();
    json::write(&record, json::Form::Full, &mut written).expect("a vector takes everything");
    assert_eq!(serde_json::from_slice::<RunRecord>(&written).expect("valid JSON"), record);
    assert_eq!(written, text, "sealed again, it has the same digests");
}

/// Invariant 5: what differs between two equal runs is not in the canonical form.
#[test]
fn canonical_json_is_the_same_whenever_it_ran() {
    let text = std::fs::read(folder().join("samples/mixed.json")).expect("the sample is there");
    let record: RunRecord = serde_json::from_slice(&text).expect("the sample is valid");
    let mut later = record.clone();
    later.environment.started_at = Some("2030-01-01T00:00:00Z".into());
    later.environment.duration_us = Some(1);
    for scenario in &mut later.scenarios {
        scenario.duration_us = Some(99);
        for check in &mut scenario.checks {
            if let Some(mismatch) = &mut check.mismatch {
                mismatch.observed.push_str(", first request #3");
                mismatch.nearest.clear();
                mismatch.evidence.clear();
            }
        }
    }
    let write = |record: &RunRecord, form| {
        let mut text = Vec::new();
        json::write(record, form, &mut text).expect("a vector takes everything");
        text
    };
    assert_eq!(write(&record, json::Form::Canonical), write(&later, json::Form::Canonical));
    assert_ne!(write(&record, json::Form::Full), write(&later, json::Form::Full));
}

#[test]
fn the_schema_names_its_version_and_describes_every_field() {
    let schema: serde_json::Value = serde_json::from_str(&json::schema()).expect("valid JSON");
    assert_eq!(schema["properties"]["apiVersion"]["const"], sextant_verdict::API_VERSION);
    assert_eq!(schema["properties"]["kind"]["const"], "RunRecord");
    let types = schema["$defs"].as_object().expect("types").values().chain([&schema]);
    for properties in types.filter_map(|definition| definition["properties"].as_object()) {
        for (field, property) in properties {
            assert!(property["description"].is_string(), "{field} has no description");
        }
    }
}

#[test]
fn a_writer_that_fails_gives_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let record = RunRecord::new(sextant_verdict::Environment::default(), vec![]);
    let json = json::write(&record, json::Form::Full, Full).expect_err("nothing can be written");
    assert_eq!(json.to_string(), "cannot write the JSON report");
    let junit = sextant_reports::junit::write(&sextant_reports::Report::new(&record), Full).expect_err("likewise");
    assert_eq!(junit.to_string(), "cannot write the JUnit report");
}
