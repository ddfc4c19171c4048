//! Promises about TLS on the connection to a workload.

use sextant_verdict::WorkloadTls;

use crate::expect::Seen;

/// What `expected` promises, part by part.
pub(super) fn describe(expected: &Seen) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(expected.tls.map(|tls| if tls { "TLS" } else { "no TLS" }.to_owned()));
    parts.extend(expected.server_name.as_ref().map(|name| format!("server name {name}")));
    parts.extend(expected.alpn.as_ref().map(|protocol| format!("ALPN {protocol}")));
    parts.extend(expected.client_certificate.map(|shown| certificate(shown).to_owned()));
    parts
}

/// What a workload saw in place of what `expected` promises; `None` when all of it was kept.
pub(super) fn wrong(saw: Option<&WorkloadTls>, expected: &Seen) -> Option<String> {
    let Some(saw) = saw else {
        return expected.needs_tls().then(|| "no TLS".to_owned());
    };
    let name = saw.server_name.as_deref();
    let alpn = saw.alpn.as_deref();
    let mut differs = Vec::new();
    if expected.tls == Some(false) {
        differs.push("TLS".to_owned());
    }
    // Host names are compared without regard to case (RFC 6066, section 3).
    let same = |wanted: &String| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted));
    if !expected.server_name.as_ref().is_none_or(same) {
        differs.push(format!("server name {}", name.unwrap_or("absent")));
    }
    if expected.alpn.as_ref().is_some_and(|wanted| alpn != Some(wanted)) {
        differs.push(format!("ALPN {}", alpn.unwrap_or("absent")));
    }
    if expected.client_certificate.is_some_and(|wanted| wanted != saw.client_certificate) {
        differs.push(certificate(saw.client_certificate).to_owned());
    }
    (!differs.is_empty()).then(|| differs.join(", "))
}

fn certificate(shown: bool) -> &'static str {
    if shown { "a client certificate" } else { "no client certificate" }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn seen(text: &str) -> Seen {
        serde_saphyr::from_str(text).expect("a promise")
    }

    #[rstest]
    #[case::any_tls("tls: true", None)]
    #[case::name_in_any_case("serverName: A.test", None)]
    #[case::all("{ tls: true, serverName: a.test, alpn: h2, clientCertificate: false }", None)]
    #[case::plaintext("tls: false", Some("TLS"))]
    #[case::other_name("serverName: b.test", Some("server name a.test"))]
    #[case::other_protocol("alpn: http/1.1", Some("ALPN h2"))]
    #[case::certificate("clientCertificate: true", Some("no client certificate"))]
    #[case::two("{ serverName: b.test, alpn: http/1.1 }", Some("server name a.test, ALPN h2"))]
    fn a_tls_connection_keeps_or_breaks_promises(#[case] expected: &str, #[case] differs: Option<&str>) {
        let saw = WorkloadTls {
            server_name: Some("a.test".to_owned()),
            alpn: Some("h2".to_owned()),
            client_certificate: false,
        };
        assert_eq!(wrong(Some(&saw), &seen(expected)).as_deref(), differs);
    }

    #[rstest]
    #[case::plaintext("tls: false", None)]
    #[case::nothing_said("host: a.test", None)]
    #[case::no_certificate("clientCertificate: false", None)]
    #[case::tls("tls: true", Some("no TLS"))]
    #[case::name("serverName: a.test", Some("no TLS"))]
    #[case::protocol("alpn: h2", Some("no TLS"))]
    #[case::certificate("clientCertificate: true", Some("no TLS"))]
    fn a_plaintext_connection_keeps_or_breaks_promises(#[case] expected: &str, #[case] differs: Option<&str>) {
        assert_eq!(wrong(None, &seen(expected)).as_deref(), differs);
    }

    #[test]
    fn a_connection_without_name_and_protocol_says_so() {
        let expected = seen("{ serverName: a.test, alpn: h2 }");
        let differs = wrong(Some(&WorkloadTls::default()), &expected);
        assert_eq!(differs.as_deref(), Some("server name absent, ALPN absent"));
        assert_eq!(describe(&expected), ["server name a.test", "ALPN h2"]);
    }
}
