//! What must hold for any bytes at all: bad input gets a finding at its place, and never a panic. Each function panics when
//! it does not hold, which is what a fuzzer looks for.
//!
//! `harness/fuzz/run` looks for a while, guided by the code that an input reaches; `tests/corpus.rs` tries every input that
//! was ever worth keeping, with every run of the tests.

use std::sync::Arc;

use sextant_explain::{Explanation, Request, compare, compare_profiles, explain, walk};
use sextant_reports::Style;
use sextant_resources::{Diagnostic, Loaded, RenderStyle, ResourceSet, load_bytes};
use sextant_routing::{Options, Profile, Resolver, resolve};
use sextant_validate::{Admission, ValidateOptions, validate};

/// Reads `bytes` as manifests, validates, resolves and explains what came of them, under every profile and admission.
///
/// # Panics
/// When a finding is at no place of the input, when a change and a fresh start resolve to different models, when an
/// explanation says other things than the model does or prints what cannot be read back.
pub fn manifests(bytes: &[u8]) {
    let loaded = load_bytes(&Arc::from("in.yaml"), bytes);
    let lines = String::from_utf8_lossy(bytes).split(['\n', '\r']).count();
    places(&loaded.diagnostics, lines);
    for profile in [Profile::Kgateway, Profile::Istio] {
        let options = Options { profile, list_unmatched: true, ..Options::default() };
        let mut findings = Vec::new();
        for admission in [Admission::Crd, Admission::Webhook, Admission::Both, Admission::CrdAdvised] {
            findings = validate(&loaded, &ValidateOptions { admission, routing: options.clone() });
            places(&findings, lines);
        }
        resolved(&loaded.resources, &options);
        explained(&loaded, &options, &findings);
    }
    let _ = compare_profiles(&loaded.resources, &Options::default()).render(Style::plain(100));
}

/// Every finding stands in the input, and can be drawn.
fn places(findings: &[Diagnostic], lines: usize) {
    for finding in findings {
        assert!((1..=lines.max(1)).contains(&finding.place.line) && finding.place.column >= 1, "{finding}");
        assert!(!finding.message.is_empty() && !finding.render(RenderStyle::default()).is_empty(), "{finding}");
    }
}

/// The model is the same, whether its resources were there at once or came later.
fn resolved(resources: &ResourceSet, options: &Options) {
    let at_once = resolve(resources, options);
    let mut followed = Resolver::new(ResourceSet::default(), options.clone());
    followed.update(resources.clone());
    assert_eq!(followed.model(), &at_once, "a change makes another model than a fresh start");
}

/// What is explained is what was resolved.
fn explained(loaded: &Loaded, options: &Options, findings: &[Diagnostic]) {
    let explanation = explain(&loaded.resources, options, findings);
    let model = resolve(&loaded.resources, options);
    assert_eq!(explanation.backends.len() + explanation.services.len(), model.backends.len());
    shares(&explanation);
    assert!(compare(&explanation, &explanation).is_empty(), "it differs from itself");
    printed(&explanation);
    for text in ["GET http://a.example.com/", "POST http://se.example.com:8080/info?a=b"] {
        if let Ok(request) = Request::parse(text, &[]) {
            let _ = walk(&loaded.resources, options, &request).render(Style::plain(100));
        }
    }
}

/// The shares of a backend add up to all of it, or to nothing.
fn shares(explanation: &Explanation) {
    for backend in explanation.backends.iter().chain(&explanation.services) {
        let known: Option<Vec<f64>> = backend.endpoints.iter().map(|endpoint| endpoint.share).collect();
        let sum: f64 = known.iter().flatten().sum();
        assert!(
            sum == 0.0 || (sum - 1.0).abs() < 1e-9,
            "shares of {}:{} add up to {sum}",
            backend.host,
            backend.port.number
        );
    }
}

/// The document can be printed, and read back.
fn printed(explanation: &Explanation) {
    let _ = explanation.render(Style::plain(80));
    let text = serde_json::to_string(explanation);
    assert!(text.is_ok_and(|text| serde_json::from_str::<serde_json::Value>(&text).is_ok()), "it is no JSON");
}

/// Reads `bytes` as a scenario file.
///
/// # Panics
/// When it is refused without a finding at a place of the input, or when what was read cannot be walked through.
pub fn scenarios(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // To YAML a carriage return alone ends a line.
    let lines = text.split(['\n', '\r']).count();
    match sextant_scenario::load_text("in.yaml", &text) {
        Ok(suite) => {
            for loaded in &suite.scenarios {
                let _ = (loaded.scenario.all_rules(), loaded.scenario.endpoints());
                assert_eq!(loaded.steps().count(), loaded.scenario.steps.len(), "a step without an action was let in");
            }
        }
        Err(sextant_scenario::LoadError::Faulty(findings)) => {
            assert!(findings.has_errors(), "refused without an error");
            for finding in &findings.all {
                assert!((1..=lines.max(1)).contains(&finding.place.line) && finding.place.column >= 1, "{finding}");
            }
            assert!(!findings.render(false).is_empty());
        }
        Err(other) => panic!("nothing is opened here: {other}"),
    }
}
