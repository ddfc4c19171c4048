//! `sextant adapter certify`: what it prints and how it ends.

use tempfile::TempDir;

use crate::sextant::{Ended, Sextant, is_there};

const SHIPPED: &str = "harness/subjects/adapters/python/adapter.yaml";

/// Certifies an adapter of these lines of Python.
fn certify(script: &str, more: &[&str]) -> Ended {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("wrong.py", script);
    write(
        "adapter.yaml",
        "apiVersion: sextant.dev/v1alpha1\nkind: Adapter\nname: mine\ncommand: [python3, wrong.py]\n",
    );
    let file = folder.path().join("adapter.yaml");
    Sextant::run(&[&["adapter", "certify", file.to_str().expect("a plain path")], more].concat())
}

#[test]
fn a_good_adapter_is_certified() {
    if !is_there("python3") {
        return;
    }
    let ended = Sextant::run(&["adapter", "certify", SHIPPED]);
    assert_eq!(ended.status, Some(0), "{ended}");
    for text in
        ["nothing older after ready", "ok", "not asked", "python: certified; 12 checks, 0 wrong", "of at most 10 s"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    if !is_there("python3") {
        return;
    }
    let script = "input(); print('ready to go', flush=True); input()";
    let ended = certify(script, &[]);
    assert_eq!(ended.status, Some(1), "{ended}");
    for text in [
        "wrong",
        "is no reply of the protocol",
        "logs go to standard error",
        "PROTOCOL.md, `One scenario`",
        "mine: not certified",
    ] {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
    let ended = certify(script, &["-o", "json"]);
    assert_eq!(ended.status, Some(1), "{ended}");
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(told["adapter"], "mine");
    let hello = &told["checks"][1];
    assert_eq!((&hello["check"], &hello["outcome"]), (&"hello".into(), &"wrong".into()), "{told}");
    assert_eq!(told["checks"][2]["outcome"], "notAsked", "{told}");
}

#[test]
fn an_adapter_file_that_cannot_be_used_is_bad_input() {
    let ended = Sextant::run(&["adapter", "certify", "no-such.yaml"]);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("no-such.yaml") && ended.stderr.contains("cannot be read"), "{ended}");
}

#[test]
fn what_a_url_needs_is_told() {
    let url = "url:http://127.0.0.1:9";
    for (arguments, says) in [
        (vec!["run", "--subject", url], "needs --apply-command"),
        (vec!["run", "--apply-command", "true"], "--apply-command is for a subject such as url:"),
        (vec!["features", "--subject", "url:http://192.0.2.1", "--apply-command", "true"], "not a loopback address"),
    ] {
        let ended = Sextant::run(&arguments);
        assert_eq!(ended.status, Some(2), "{ended}");
        assert!(ended.stderr.contains(says), "{ended}");
    }
}

#[test]
fn a_command_that_refuses_is_told_with_its_words() {
    let subject = ["--subject", "url:http://127.0.0.1:9", "--apply-command", "echo 'no such class' >&2; exit 4"];
    let ended = Sextant::run(&[&["run", "documented-static-endpoints"], &subject[..]].concat());
    assert_eq!(ended.status, Some(3), "{ended}");
    assert!(ended.stdout.contains("no such class"), "{ended}");
}
