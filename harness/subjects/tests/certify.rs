//! `certify` on adapters that are right, and on adapters that are wrong in one thing each.

use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;
use sextant_subjects::{Certificate, CheckOutcome, certify};

/// Whether there is this program; the reason on standard error when there is none.
fn is_there(program: &str) -> bool {
    let argument = if program == "python3" { "--version" } else { "-v" };
    let found = Command::new(program).arg(argument).output().is_ok_and(|done| done.status.success());
    if !found {
        let demanded = std::env::var_os("SEXTANT_DEMAND_PEERS").is_some();
        assert!(!demanded, "SEXTANT_DEMAND_PEERS is set, but there is no {program}");
        eprintln!("skipped: there is no {program}");
    }
    found
}

async fn certified(file: &Path) -> Certificate {
    certify(file).await.unwrap_or_else(|error| panic!("{error}"))
}

/// The tiny gateway with this fault.
async fn with_fault(fault: &str) -> Certificate {
    with_deadlines(fault, "{ start: 5s, apply: 2s, stop: 500ms }").await
}

async fn with_deadlines(fault: &str, deadlines: &str) -> Certificate {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("adapter.yaml");
    let program = std::fs::canonicalize("tests/data/tiny.py").expect("it is there");
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1\nkind: Adapter\nname: tiny\ncommand: [python3, {}]\nenv: {{ FAULT: \"{fault}\" }}\n\
         deadlines: {deadlines}\n",
        program.display()
    );
    std::fs::write(&file, text).expect("a file");
    certified(&file).await
}

/// Name of each check that is wrong.
fn wrong(certificate: &Certificate) -> Vec<&'static str> {
    let wrong = certificate.checks.iter().filter(|check| check.outcome == CheckOutcome::Wrong);
    wrong.map(|check| check.check).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_shipped_adapter_is_certified(#[values("nginx", "haproxy", "python3")] program: &str) {
    if !is_there("python3") || !is_there(program) {
        return;
    }
    let name = program.trim_end_matches('3');
    let certificate = certified(&["adapters", name, "adapter.yaml"].iter().collect::<PathBuf>()).await;
    assert!(certificate.is_good(), "{certificate:#?}");
    assert_eq!(certificate.adapter, name);
    let not_asked = certificate.checks.iter().filter(|check| check.outcome == CheckOutcome::NotAsked);
    let not_asked: Vec<_> = not_asked.map(|check| check.check).collect();
    assert_eq!(not_asked, ["endpoints", "dns"], "they declare neither");
}

/// Everything is asked of an adapter that declares everything that is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_declares_all_is_asked_all() {
    if !is_there("python3") {
        return;
    }
    let certificate = with_fault("").await;
    let outcomes: Vec<_> = certificate.checks.iter().map(|check| (check.check, check.outcome)).collect();
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == CheckOutcome::Ok), "{certificate:#?}");
    assert_eq!(outcomes.len(), 14);
}

/// Each fault is found where it is, and nowhere else; what it says and what it advises fits.
#[rstest]
#[case("other-protocol", "hello", "speaks `sextant.dev/adapter/v9`", "`One scenario`")]
#[case("unknown-feature", "hello", "`reads-minds`", "`Features`")]
#[case("garbled", "start", "listening ...", "logs go to standard error")]
#[case("other-id", "apply", "has the id 4 instead of 3", "repeat the `id`")]
#[case("ends", "apply", "out of memory", "until it has replied to `stop`")]
#[case("silent", "ready", "did not answer `ready` within 2s", "flush standard output")]
#[case("other-generation", "ready", "generation 2 serves, and was asked for 1", "with its number")]
#[case("no-listener", "ready", "says nothing of the Gateway's port 8080", "`listeners`")]
#[case("elsewhere", "ready", "said to be on 127.0.0.1", "that `start` gives")]
#[case("early-ready", "serves at once after ready", "20 × 404", "reply to `ready` only when")]
#[case("old-endpoint", "nothing older after ready", "10 of 20 requests reached", "nothing older serves")]
#[case("lists-nothing", "endpoints", "what endpoints?", "declare `lists-endpoints`")]
#[case("lists-another", "endpoints", "127.9.9.9:80", "declare `lists-endpoints`")]
#[case("keeps-deleted", "delete", "was reached: 20 × 200", "forget what `delete` names")]
#[case("dns-not-asked", "dns", "without asking the server", "declare `settles-dns`")]
#[case("ignores-filters", "unsupported", "as if it had none", "reply `unsupported`")]
#[case("stays", "stop", "did not exit within 500ms", "exit after the reply")]
#[case("leaves-process", "leaves no process", "sleep (", "before the reply to `stop`")]
#[case("leaves-listener", "frees its ports", "still listens on", "end the gateway")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_found(#[case] fault: &str, #[case] check: &str, #[case] saw: &str, #[case] advice: &str) {
    if !is_there("python3") {
        return;
    }
    let certificate = with_fault(fault).await;
    let first = certificate.checks.iter().find(|check| check.outcome == CheckOutcome::Wrong);
    let first = first.unwrap_or_else(|| panic!("nothing is wrong: {certificate:#?}"));
    // An early `ready` is early every time.
    let others: &[&str] = if fault == "early-ready" { &["nothing older after ready", "delete", "dns"] } else { &[] };
    let unexpected: Vec<_> =
        wrong(&certificate).into_iter().filter(|name| *name != check && !others.contains(name)).collect();
    assert_eq!((first.check, unexpected.as_slice()), (check, &[] as &[&str]), "{certificate:#?}");
    assert!(first.saw.contains(saw), "{}", first.saw);
    assert!(first.advice.contains(advice) && first.advice.contains("PROTOCOL.md"), "{}", first.advice);
    assert!(!certificate.is_good());
}

/// Whatever the adapter file allows, all checks together end in ten seconds.
#[tokio::test(flavor = "multi_thread")]
async fn no_deadline_of_the_adapter_is_longer_than_that_of_all_checks() {
    if !is_there("python3") {
        return;
    }
    let certificate = with_deadlines("silent", "{ start: 5m, apply: 5m, stop: 5m }").await;
    assert_eq!(wrong(&certificate), ["ready"]);
    let ready = certificate.checks.iter().find(|check| check.check == "ready").unwrap();
    assert!(ready.saw.contains("did not answer `ready` within") && !ready.saw.contains("300s"), "{}", ready.saw);
}

/// After a reply that cannot be trusted nothing more is asked, and what was not asked is neither good nor wrong.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_end_is_not_asked() {
    if !is_there("python3") {
        return;
    }
    let certificate = with_fault("garbled").await;
    let after: Vec<_> = certificate.checks.iter().skip_while(|check| check.check != "apply").collect();
    assert_eq!(after.len(), 11);
    for check in after {
        assert_eq!(check.outcome, CheckOutcome::NotAsked, "{check:?}");
        assert!(check.saw.contains("ended at `start`"), "{}", check.saw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("adapter.yaml");
    let text = "apiVersion: sextant.dev/v1alpha1\nkind: Adapter\nname: none\ncommand: [./no-such-program]\n";
    std::fs::write(&file, text).unwrap();
    let certificate = certified(&file).await;
    assert_eq!(wrong(&certificate), ["the program starts"]);
    assert!(certificate.checks[0].saw.contains("no-such-program"), "{}", certificate.checks[0].saw);
    assert!(certificate.checks[0].advice.contains("`command`"), "{}", certificate.checks[0].advice);
}
