//! Makes the manifests of `fixtures/tls` anew: `cargo run -p sextant-fake-vms --example fixture_tls`.
//!
//! The key of the fixture authority stays; every certificate and the other keys are new. The other authority keeps no
//! key: nobody shall be able to sign for it.

use std::error::Error;
use std::path::Path;

use sextant_fake_vms::{Authority, Issued};

/// Namespace of the objects: a policy takes its authorities from its own.
const NAMESPACE: &str = "tls";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tls");
    let fixture = Authority::fixture()?;
    let authority = fixture.certificate()?;
    std::fs::write(folder.join("ca.crt"), &authority)?;
    std::fs::write(folder.join("ca.yaml"), manifest(&trusted("ca", &authority)))?;
    let other = Authority::new("Another authority")?.certificate()?;
    std::fs::write(folder.join("other-ca.yaml"), manifest(&trusted("other-ca", &other)))?;
    let client = fixture.issue("spiffe://cluster.local/ns/tls/sa/gateway")?;
    std::fs::write(folder.join("client.yaml"), manifest(&identity("client", &client, &authority)))?;
    Ok(())
}

/// With a word of warning.
fn manifest(objects: &str) -> String {
    format!(
        "# Made by `cargo run -p sextant-fake-vms --example fixture_tls`. Keys here are public: trust none of it.\n{objects}"
    )
}

/// The authority as BackendTLSPolicies take it, and as DestinationRules do.
fn trusted(name: &str, certificate: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: {NAMESPACE} }}\ndata:\n{}---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{ name: {name}, namespace: {NAMESPACE} }}\nstringData:\n{}",
        value("ca.crt", certificate),
        value("ca.crt", certificate)
    )
}

/// A certificate of the gateway's own.
fn identity(name: &str, issued: &Issued, authority: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: {name}, namespace: {NAMESPACE} }}\ntype: kubernetes.io/tls\n\
         stringData:\n{}{}{}",
        value("tls.crt", &issued.certificate),
        value("tls.key", &issued.key),
        value("ca.crt", authority)
    )
}

fn value(key: &str, pem: &str) -> String {
    let lines: String = pem.lines().map(|line| format!("    {}\n", line.trim_end())).collect();
    format!("  {key}: |\n{lines}")
}
