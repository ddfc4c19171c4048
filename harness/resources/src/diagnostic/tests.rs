use super::*;
use crate::{Loaded, load_text};

fn load(text: &str) -> Loaded {
    load_text(&"in.yaml".into(), text)
}

fn first(text: &str) -> Diagnostic {
    load(text).diagnostics.into_iter().next().expect("a finding")
}

fn plain(text: &str) -> String {
    first(text).render(RenderStyle::default())
}

#[test]
fn a_wrong_value_is_shown_with_its_line_and_advice() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\nspec:\n  ports:\n  - number: \"80\"\n";
    insta::assert_snapshot!(plain(text), @r#"
    error[R-009]: `spec.ports[0].number` must be a whole number, but is the string "80"
     --> in.yaml:6:13
      |
    6 |   - number: "80"
      |             ^^^^ spec.ports[0].number
      |
      = note: in ServiceEntry default/a
      = help: write it without quotes: 80
    "#);
}

#[test]
fn a_block_is_shown_by_its_key() {
    insta::assert_snapshot!(plain("apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: x\n"), @r#"
    error[R-007]: metadata.name is missing
     --> in.yaml:3:1
      |
    3 | metadata:
      | ^^^^^^^^ metadata.name
      |
      = help: give the object a name
    "#);
}

#[test]
fn a_finding_about_the_end_of_a_text_is_shown() {
    insta::assert_snapshot!(plain("kind: {a: [\n"), @r#"
    error[R-002]: the bracket `[` is never closed
     --> in.yaml:1:11
      |
    1 | kind: {a: [
      |           ^
      |
      = help: close it, or see whether the text was cut off
    "#);
}

#[test]
fn a_very_long_line_is_not_shown() {
    let long =
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: 5, annotations: {{a: {}}}}}\n", "x".repeat(10_000));
    insta::assert_snapshot!(plain(&long), @r#"
    error[R-009]: `metadata.name` must be a string, but is the number 5
    --> in.yaml:3:18
     = help: put it in quotes
    "#);
}

#[test]
fn colours_come_only_on_request() {
    let diagnostic = first("kind: Pod\n");
    assert!(!diagnostic.render(RenderStyle { color: false }).contains('\u{1b}'));
    assert!(diagnostic.render(RenderStyle { color: true }).contains('\u{1b}'));
}

#[test]
fn a_finding_serialises_to_the_contract() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a, namespace: ns}\nspec: {hosts: [1]}\n";
    let expected = serde_json::json!({
        "severity": "error",
        "code": "R-009",
        "message": "`spec.hosts[0]` must be a string, but is the number 1",
        "help": "put it in quotes",
        "object": { "kind": "ServiceEntry", "namespace": "ns", "name": "a" },
        "path": "spec.hosts[0]",
        "file": "in.yaml",
        "line": 4,
        "column": 16,
    });
    assert_eq!(serde_json::to_value(first(text)).expect("JSON"), expected);
}

#[test]
fn later_stages_point_at_fields_too() {
    let loaded = load("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  nodeName: n1\n");
    let (object, origin) = loaded.resources.iter().next().expect("the pod");
    let finding = origin.diagnostic(Severity::Warning, "X-001", object, "spec.nodeName", "no such node");
    assert_eq!(finding.to_string(), "in.yaml:5:13: warning[X-001]: no such node");
    assert!(finding.render(RenderStyle::default()).contains("nodeName: n1"));
}
