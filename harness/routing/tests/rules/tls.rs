//! TLS towards endpoints: K-018, K-093, K-100, K-101, K-134, D-26; I-111, I-112, I-185.

use rstest::rstest;
use sextant_routing::{AcceptedName, Model, Options, OriginateTls, Profile, ServerName, Trust};

use crate::support::*;

const HTTPS: &str =
    "ports: [{number: 443, name: https, protocol: HTTPS}], resolution: STATIC, endpoints: [{address: 1.1.1.1}]";
const VALIDATION: &str = "hostname: cert.test, caCertificateRefs: [{kind: ConfigMap, name: ca}]";
const TO_ENTRY: &str = "{group: networking.istio.io, kind: ServiceEntry, name: example-se}";
const TO_HOST: &str = "{group: networking.istio.io, kind: Hostname, name: se.example.com}";

/// A block of PEM whose content nobody looks at.
fn pem(label: &str, content: &str) -> String {
    format!("-----BEGIN {label}-----\\n{content}\\n-----END {label}-----\\n")
}

/// ServiceEntry gwtest/example-se for se.example.com:443.
fn https() -> String {
    service_entry("example-se", &format!("hosts: [se.example.com], {HTTPS}"))
}

fn policy(meta: &str, target: &str, validation: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: {meta}{namespace}}}\n\
         spec: {{targetRefs: [{target}], validation: {{{validation}}}}}\n"
    )
}

fn config_map(meta: &str, data: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {meta}{namespace}}}\ndata: {{{data}}}\n")
}

/// ConfigMap gwtest/ca with an authority.
fn ca() -> String {
    config_map("ca", &format!("ca.crt: \"{}\"", pem("CERTIFICATE", "AAAA")))
}

fn secret(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: gwtest}}\nstringData: {{{data}}}\n")
}

fn rule(meta: &str, policy: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: {meta}{namespace}}}\n\
         spec: {{host: se.example.com, trafficPolicy: {{{policy}}}}}\n"
    )
}

fn under(profile: Profile, documents: &[String]) -> Model {
    with(documents, &Options { profile, ..Options::default() })
}

/// The TLS of the only backend.
fn tls(profile: Profile, documents: &[String]) -> Option<OriginateTls> {
    only(&under(profile, documents)).policy.tls.clone()
}

/// Name of the object that asks for TLS; `plaintext` when none does.
fn asked_by(profile: Profile, documents: &[String]) -> String {
    tls(profile, documents).map_or_else(|| "plaintext".to_owned(), |tls| tls.source.to_string())
}

fn trust(tls: &OriginateTls) -> &Trust {
    &tls.credentials.as_ref().unwrap().trust
}

fn dns(name: &str) -> AcceptedName {
    AcceptedName::Dns(name.to_owned())
}

#[rstest]
#[case::https("HTTPS")]
#[case::tls("TLS")]
#[case::http("HTTP")]
fn k_018_d_26_i_111_a_protocol_starts_no_tls(
    #[case] protocol: &str,
    #[values(Profile::Kgateway, Profile::Istio)] profile: Profile,
) {
    let spec = HTTPS.replace("HTTPS", protocol);
    let entry = service_entry("example-se", &format!("hosts: [se.example.com], {spec}"));
    assert_eq!(tls(profile, &[entry]), None);
}

#[rstest]
fn k_101_the_hostname_is_server_name_and_accepted_name(#[values(Profile::Kgateway, Profile::Istio)] profile: Profile) {
    let tls = tls(profile, &[https(), policy("p", TO_ENTRY, VALIDATION), ca()]).unwrap();
    assert_eq!(tls.source.to_string(), "BackendTLSPolicy gwtest/p");
    assert_eq!(tls.server_name, ServerName::Fixed("cert.test".to_owned()));
    assert_eq!(tls.accepted, [dns("cert.test")]);
    let Trust::Authorities(pem) = trust(&tls) else { panic!("{tls:?}") };
    assert_eq!(&**pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_eq!(tls.credentials.unwrap().identity, None);
}

#[test]
fn subject_alt_names_of_a_policy_replace_its_hostname() {
    let names = format!(
        "{VALIDATION}, subjectAltNames: [{{type: Hostname, hostname: a.test}}, {{type: URI, uri: 'spiffe://b'}}]"
    );
    let tls = tls(Profile::Kgateway, &[https(), policy("p", TO_ENTRY, &names), ca()]).unwrap();
    assert_eq!(tls.server_name, ServerName::Fixed("cert.test".to_owned()));
    assert_eq!(tls.accepted, [dns("a.test"), AcceptedName::Uri("spiffe://b".to_owned())]);
}

#[test]
fn well_known_authorities_are_those_of_the_system() {
    let validation = "hostname: cert.test, wellKnownCACertificates: System";
    let tls = tls(Profile::Kgateway, &[https(), policy("p", TO_ENTRY, validation)]).unwrap();
    assert_eq!(*trust(&tls), Trust::System);
}

#[rstest]
#[case::entry("p", TO_ENTRY, "BackendTLSPolicy gwtest/p", "BackendTLSPolicy gwtest/p")]
#[case::k_100_host("p", TO_HOST, "BackendTLSPolicy gwtest/p", "plaintext")]
#[case::host_in_any_case(
    "p",
    "{group: networking.istio.io, kind: Hostname, name: SE.example.com.}",
    "BackendTLSPolicy gwtest/p",
    "plaintext"
)]
#[case::other_entry("p", "{group: networking.istio.io, kind: ServiceEntry, name: other}", "plaintext", "plaintext")]
#[case::other_host("p", "{group: networking.istio.io, kind: Hostname, name: example.com}", "plaintext", "plaintext")]
#[case::service_of_that_name("p", "{kind: Service, name: example-se}", "plaintext", "plaintext")]
#[case::other_group("p", "{group: example.com, kind: ServiceEntry, name: example-se}", "plaintext", "plaintext")]
#[case::k_100_other_namespace("p, namespace: elsewhere", TO_ENTRY, "plaintext", "plaintext")]
#[case::k_100_host_from_other_namespace("p, namespace: elsewhere", TO_HOST, "plaintext", "plaintext")]
#[case::i_185_k_019_port(
    "p",
    "{group: networking.istio.io, kind: ServiceEntry, name: example-se, sectionName: https}",
    "plaintext",
    "BackendTLSPolicy gwtest/p"
)]
#[case::i_185_other_port(
    "p",
    "{group: networking.istio.io, kind: ServiceEntry, name: example-se, sectionName: http}",
    "plaintext",
    "plaintext"
)]
fn k_100_a_policy_is_for_its_target(
    #[case] meta: &str,
    #[case] target: &str,
    #[case] kgateway: &str,
    #[case] istio: &str,
) {
    let namespace = if meta.contains("elsewhere") { "ca, namespace: elsewhere" } else { "ca" };
    let ca = config_map(namespace, &format!("ca.crt: \"{}\"", pem("CERTIFICATE", "AAAA")));
    let documents = [https(), policy(meta, target, VALIDATION), ca];
    assert_eq!(asked_by(Profile::Kgateway, &documents), kgateway);
    assert_eq!(asked_by(Profile::Istio, &documents), istio);
}

#[test]
fn k_115_a_host_is_an_alias_of_all_backends_of_its_service_entry() {
    let entry = service_entry("example-se", &format!("hosts: [a.test, se.example.com], {HTTPS}"));
    let model = model(&[entry, policy("p", TO_HOST, VALIDATION), ca()]);
    let asked: Vec<_> =
        model.backends.iter().map(|backend| (backend.id.host.as_str(), backend.policy.tls.is_some())).collect();
    assert_eq!(asked, [("a.test", true), ("se.example.com", true)]);
}

#[rstest]
#[case::oldest(
    "young, creationTimestamp: '2026-01-02T00:00:00Z'",
    "old, creationTimestamp: '2026-01-01T00:00:00Z'",
    "old"
)]
#[case::by_name("b", "a", "a")]
#[case::never_applied_is_youngest("a", "b, creationTimestamp: '2026-01-01T00:00:00Z'", "b")]
fn of_two_policies_the_older_counts(#[case] first: &str, #[case] second: &str, #[case] winner: &str) {
    let documents = [https(), policy(first, TO_ENTRY, VALIDATION), policy(second, TO_HOST, VALIDATION), ca()];
    assert_eq!(asked_by(Profile::Kgateway, &documents), format!("BackendTLSPolicy gwtest/{winner}"));
}

#[test]
fn a_policy_for_one_port_goes_before_an_older_one_for_all() {
    let port = TO_ENTRY.replace('}', ", sectionName: https}");
    let documents = [
        https(),
        policy("all, creationTimestamp: '2026-01-01T00:00:00Z'", TO_ENTRY, VALIDATION),
        policy("port", &port, VALIDATION),
        ca(),
    ];
    assert_eq!(asked_by(Profile::Istio, &documents), "BackendTLSPolicy gwtest/port");
    assert_eq!(asked_by(Profile::Kgateway, &documents), "BackendTLSPolicy gwtest/all", "K-019");
}

#[test]
fn a_policy_can_be_for_a_service() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\n\
                   spec: {ports: [{name: https, port: 443}]}\n";
    let documents = [service.to_owned(), policy("p", "{kind: Service, name: web}", VALIDATION), ca()];
    for profile in [Profile::Kgateway, Profile::Istio] {
        assert_eq!(asked_by(profile, &documents), "BackendTLSPolicy gwtest/p");
    }
}

#[rstest]
#[case::no_config_map(VALIDATION, "other", "ca.crt: ''", "ConfigMap gwtest/ca not found")]
#[case::no_key(VALIDATION, "ca", "ca.pem: ''", "ConfigMap gwtest/ca has no ca.crt")]
#[case::no_pem(VALIDATION, "ca", "ca.crt: hello", "ca.crt of ConfigMap gwtest/ca holds no certificate in PEM")]
#[case::kind(
    "hostname: a, caCertificateRefs: [{kind: Pod, name: ca}]",
    "ca",
    "a: b",
    "a caCertificateRef cannot be of kind Pod (group ``)"
)]
#[case::nobody("hostname: a", "ca", "a: b", "neither caCertificateRefs nor wellKnownCACertificates say whom to trust")]
#[case::unknown_set(
    "hostname: a, wellKnownCACertificates: Mozilla",
    "ca",
    "a: b",
    "`Mozilla` is no well-known set of authorities; write System"
)]
fn k_134_a_policy_with_a_mistake_is_no_way_to_plaintext(
    #[case] validation: &str,
    #[case] name: &str,
    #[case] data: &str,
    #[case] message: &str,
) {
    let documents = [https(), policy("p", TO_ENTRY, validation), config_map(name, data)];
    let kgateway = under(Profile::Kgateway, &documents);
    let fault = only(&kgateway).fault.clone().unwrap();
    assert_eq!((fault.rule, fault.message), ("K-134", format!("BackendTLSPolicy gwtest/p: {message}")));
    let istio = under(Profile::Istio, &documents);
    assert_eq!(only(&istio).fault, None, "connections fail instead");
    for model in [&kgateway, &istio] {
        let tls = only(model).policy.tls.clone().unwrap();
        assert_eq!(tls.credentials.unwrap_err(), message);
    }
}

#[test]
fn authorities_come_from_a_secret_under_kgateway_only() {
    let validation = "hostname: cert.test, caCertificateRefs: [{kind: Secret, name: ca}]";
    let secret = secret("ca", &format!("ca.crt: \"{}\"", pem("CERTIFICATE", "AAAA")));
    let documents = [https(), policy("p", TO_ENTRY, validation), secret];
    assert!(tls(Profile::Kgateway, &documents).unwrap().credentials.is_ok());
    assert!(tls(Profile::Istio, &documents).unwrap().credentials.is_err());
}

const SIMPLE: &str = "tls: {mode: SIMPLE, credentialName: ca}";

fn ca_secret() -> String {
    secret("ca", &format!("ca.crt: \"{}\"", pem("CERTIFICATE", "AAAA")))
}

#[rstest]
#[case::simple("SIMPLE", "DestinationRule gwtest/dr")]
#[case::disable("DISABLE", "plaintext")]
#[case::absent("''", "plaintext")]
fn k_093_i_111_a_destination_rule_starts_tls_under_istio_only(#[case] mode: &str, #[case] istio: &str) {
    let documents = [https(), rule("dr", &format!("tls: {{mode: {mode}}}"))];
    assert_eq!(asked_by(Profile::Kgateway, &documents), "plaintext");
    assert_eq!(asked_by(Profile::Istio, &documents), istio);
}

#[rstest]
#[case::none_at_all("", "", "", &[AcceptedName::RequestHost])]
#[case::of_the_rule("subjectAltNames: [se.test],", "subjectAltNames: [dr.test]", "", &[AcceptedName::Any("dr.test".into())])]
#[case::of_the_entry("subjectAltNames: [se.test],", "", "", &[AcceptedName::Any("se.test".into())])]
#[case::sni_alone("", "sni: a.test", "", &[])]
#[case::account("", "", "serviceAccount: bob", &[AcceptedName::Any("spiffe://cluster.local/ns/gwtest/sa/bob".into())])]
fn i_112_names_accepted_under_a_destination_rule(
    #[case] of_entry: &str,
    #[case] of_rule: &str,
    #[case] of_endpoint: &str,
    #[case] expected: &[AcceptedName],
) {
    let spec =
        format!("hosts: [se.example.com], {of_entry} {}", HTTPS.replace("1.1.1.1", &format!("1.1.1.1, {of_endpoint}")));
    let documents = [service_entry("example-se", &spec), rule("dr", &format!("tls: {{mode: SIMPLE, {of_rule}}}"))];
    let tls = tls(Profile::Istio, &documents).unwrap();
    assert_eq!(tls.accepted, expected);
    let sni = of_rule.contains("sni").then(|| ServerName::Fixed("a.test".to_owned()));
    assert_eq!(tls.server_name, sni.unwrap_or(ServerName::RequestHost));
}

// I-087: of several ServiceEntries for the host the youngest says which names count, though the oldest owns the host.
#[rstest]
#[case::youngest("'2026-01-01T00:00:00Z'", "'2026-01-02T00:00:00Z'", "gwtest", "b.test")]
#[case::whichever_it_is("'2026-01-02T00:00:00Z'", "'2026-01-01T00:00:00Z'", "gwtest", "a.test")]
#[case::of_the_namespace("'2026-01-01T00:00:00Z'", "'2026-01-02T00:00:00Z'", "elsewhere", "a.test")]
fn i_087_names_are_those_of_the_youngest(
    #[case] a: &str,
    #[case] b: &str,
    #[case] namespace: &str,
    #[case] expected: &str,
) {
    let entry = |meta: &str, name: &str| {
        service_entry(meta, &format!("hosts: [se.example.com], subjectAltNames: [{name}], {HTTPS}"))
    };
    let documents = [
        entry(&format!("a, creationTimestamp: {a}"), "a.test"),
        entry(&format!("b, namespace: {namespace}, creationTimestamp: {b}"), "b.test"),
        rule("dr", "tls: {mode: SIMPLE}"),
    ];
    let model = under(Profile::Istio, &documents);
    let serving: Vec<_> = model.backends.iter().filter(|backend| backend.fault.is_none()).collect();
    let accepted: Vec<_> = serving.iter().map(|backend| &backend.policy.tls.as_ref().unwrap().accepted[..]).collect();
    assert_eq!(accepted, [[AcceptedName::Any(expected.to_owned())]]);
}

#[test]
fn i_088_a_service_entry_gives_a_service_its_names() {
    let host = "web.gwtest.svc.cluster.local";
    let documents = [
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\nspec: {ports: [{name: https, port: 443}]}\n"
            .to_owned(),
        service_entry("se", &format!("hosts: [{host}], subjectAltNames: [se.test], {HTTPS}")),
        rule("dr", "tls: {mode: SIMPLE}").replace("se.example.com", host),
    ];
    let model = under(Profile::Istio, &documents);
    let service = model.backends.iter().find(|backend| backend.fault.is_none()).unwrap();
    assert_eq!(service.id.to_string(), format!("Service gwtest/web {host}:443"), "I-082");
    assert_eq!(service.policy.tls.as_ref().unwrap().accepted, [AcceptedName::Any("se.test".to_owned())]);
    assert_eq!(addresses(service), ["1.1.1.1:443"], "I-080");
}

#[test]
fn k_021_subject_alt_names_of_the_entry_change_nothing_under_kgateway() {
    let with_names =
        service_entry("example-se", &format!("hosts: [se.example.com], subjectAltNames: [se.test], {HTTPS}"));
    let rest = [policy("p", TO_ENTRY, VALIDATION), ca(), rule("dr", "tls: {mode: SIMPLE}")];
    let of = |entry: String| tls(Profile::Kgateway, &[&[entry], &rest[..]].concat());
    assert_eq!(of(with_names), of(https()));
}

#[test]
fn i_112_selected_workloads_bring_their_spiffe_ids() {
    let entry = service_entry(
        "example-se",
        "hosts: [se.example.com], ports: [{number: 443, name: https}], resolution: STATIC, subjectAltNames: [se.test], \
         workloadSelector: {labels: {app: a}}",
    );
    let documents = [
        entry,
        workload_entry("w, labels: {app: a}", "address: 1.1.1.1, serviceAccount: vm"),
        pod("p, labels: {app: a}", "10.0.0.1", ""),
        rule("dr", "tls: {mode: SIMPLE}"),
    ];
    let names = ["se.test", "spiffe://cluster.local/ns/gwtest/sa/default", "spiffe://cluster.local/ns/gwtest/sa/vm"];
    let expected: Vec<_> = names.map(|name| AcceptedName::Any(name.to_owned())).into();
    assert_eq!(tls(Profile::Istio, &documents).unwrap().accepted, expected);
}

#[rstest]
#[case::system("mode: SIMPLE", Ok(Trust::System))]
#[case::system_by_name("mode: SIMPLE, caCertificates: system", Ok(Trust::System))]
#[case::unchecked("mode: SIMPLE, insecureSkipVerify: true", Ok(Trust::Unchecked))]
#[case::unchecked_before_secret("mode: SIMPLE, credentialName: none, insecureSkipVerify: true", Ok(Trust::Unchecked))]
#[case::secret("mode: SIMPLE, credentialName: ca", Ok(Trust::Authorities("A".into())))]
#[case::cacert_goes_first("mode: SIMPLE, credentialName: both", Ok(Trust::Authorities("B".into())))]
#[case::file("mode: SIMPLE, caCertificates: /etc/ca.pem", Err("/etc/ca.pem"))]
#[case::no_secret("mode: SIMPLE, credentialName: none", Err("Secret gwtest/none not found"))]
#[case::no_authorities("mode: SIMPLE, credentialName: client", Err("Secret gwtest/client has no ca.crt"))]
#[case::mutual_without_secret("mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem", Err("/c.pem"))]
#[case::mutual_without_key("mode: MUTUAL, credentialName: ca", Err("Secret gwtest/ca has no tls.crt and tls.key"))]
#[case::mesh("mode: ISTIO_MUTUAL", Err("ISTIO_MUTUAL"))]
fn whom_a_destination_rule_trusts(#[case] settings: &str, #[case] expected: Result<Trust, &str>) {
    let certificate = |content: &str| pem("CERTIFICATE", content);
    let key = pem("PRIVATE KEY", "AAAA");
    let client = format!("tls.crt: \"{}\", tls.key: \"{key}\"", certificate("CCCC"));
    let documents = [
        https(),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        secret("ca", &format!("ca.crt: \"{}\"", certificate("AAAA"))),
        secret("both", &format!("ca.crt: \"{}\"", certificate("AAAA"))),
        secret("both-cacert", &format!("cacert: \"{}\"", certificate("BBBB"))),
        secret("client", &client),
        rule("dr", &format!("tls: {{{settings}}}")),
    ];
    let credentials = tls(Profile::Istio, &documents).unwrap().credentials;
    match (credentials.map(|credentials| credentials.trust), expected) {
        (Ok(Trust::Authorities(pem)), Ok(Trust::Authorities(letter))) => {
            assert!(pem.contains(&letter.repeat(4)), "{pem}");
        }
        (Ok(trust), Ok(expected)) => assert_eq!(trust, expected),
        (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
        (credentials, expected) => panic!("{credentials:?}, not {expected:?}"),
    }
}

#[test]
fn mutual_tls_shows_the_certificate_of_the_secret_and_hides_its_key() {
    let (certificate, key) = (pem("CERTIFICATE", "CCCC"), pem("PRIVATE KEY", "SSSS"));
    let documents = [
        https(),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        secret("c", &format!("tls.crt: \"{certificate}\", tls.key: \"{key}\", ca.crt: \"{certificate}\"")),
        rule("dr", "tls: {mode: MUTUAL, credentialName: c}"),
    ];
    let tls = tls(Profile::Istio, &documents).unwrap();
    let identity = tls.credentials.clone().unwrap().identity.unwrap();
    assert!(identity.certificates.contains("CCCC") && identity.key.contains("SSSS"));
    assert!(!format!("{tls:?}").contains("SSSS"));
}

#[rstest]
#[case::tls_of_the_rule_goes_first("dr", SIMPLE, "DestinationRule gwtest/dr")]
#[case::even_to_switch_it_off("dr", "tls: {mode: DISABLE}", "plaintext")]
#[case::what_the_rule_leaves_open_the_policy_fills("dr", "outlierDetection: {}", "BackendTLSPolicy gwtest/p")]
#[case::the_gateways_namespace_is_asked_first("dr, namespace: infra", "outlierDetection: {}", "plaintext")]
#[case::the_system_namespace_last("dr, namespace: istio-system", SIMPLE, "BackendTLSPolicy gwtest/p")]
#[case::not_of_this_port(
    "dr",
    "portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]",
    "BackendTLSPolicy gwtest/p"
)]
fn i_185_a_policy_beside_a_destination_rule(#[case] meta: &str, #[case] settings: &str, #[case] istio: &str) {
    let documents = [
        https(),
        gateway_in("gw, namespace: infra", &["name: http, port: 80, protocol: HTTP"]),
        policy("p", TO_ENTRY, VALIDATION),
        ca(),
        ca_secret(),
        rule(meta, settings),
    ];
    assert_eq!(asked_by(Profile::Istio, &documents), istio);
    assert_eq!(asked_by(Profile::Kgateway, &documents), "BackendTLSPolicy gwtest/p", "K-093");
}

#[test]
fn i_185_a_policy_goes_before_a_rule_for_a_wildcard() {
    let wide = rule("dr", SIMPLE).replace("se.example.com", "'*.example.com'");
    let documents = [https(), policy("p", TO_ENTRY, VALIDATION), ca(), ca_secret(), wide];
    assert_eq!(asked_by(Profile::Istio, &documents), "BackendTLSPolicy gwtest/p");
}

/// `Gateway gwtest/gw: Accepted=True Accepted, …` for every ancestor of policy `name`.
fn status(model: &Model, name: &str) -> Vec<String> {
    let policy = model.policies.iter().find(|policy| *policy.key.name == *name).unwrap();
    let condition = |condition: &sextant_routing::Condition| {
        assert_eq!(condition.status, condition.message.is_empty(), "a message says what is wrong: {condition:?}");
        format!("{}={} {}", condition.kind, condition.status, condition.reason)
    };
    let ancestor = |status: &sextant_routing::AncestorStatus| {
        let conditions: Vec<_> = status.conditions.iter().map(condition).collect();
        format!("{}: {}", status.ancestor, conditions.join(", "))
    };
    policy.ancestors.iter().map(ancestor).collect()
}

fn reached() -> [String; 3] {
    [
        https(),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        route_to("r", "group: networking.istio.io, kind: Hostname, name: se.example.com, port: 443"),
    ]
}

#[test]
fn the_status_of_a_policy_is_about_the_gateways_that_reach_its_target() {
    let documents = reached().into_iter().chain([policy("p", TO_ENTRY, VALIDATION), ca()]).collect::<Vec<_>>();
    let fine = "Accepted=true Accepted, ResolvedRefs=true ResolvedRefs";
    assert_eq!(status(&under(Profile::Kgateway, &documents), "p"), [format!("Gateway gwtest/gw: {fine}")]);
    let istio = [format!("ServiceEntry gwtest/example-se: {fine}"), format!("Gateway gwtest/gw: {fine}")];
    assert_eq!(status(&under(Profile::Istio, &documents), "p"), istio);
    assert_eq!(
        status(&model(&[https(), policy("p", TO_ENTRY, VALIDATION), ca()]), "p"),
        [""; 0],
        "no traffic, no status"
    );
}

#[rstest]
#[case::not_found(VALIDATION, "Accepted=false NoValidCACertificate, ResolvedRefs=false InvalidCACertificateRef")]
#[case::kind(
    "hostname: a, caCertificateRefs: [{kind: Pod, name: a}]",
    "Accepted=false NoValidCACertificate, ResolvedRefs=false InvalidKind"
)]
#[case::nobody("hostname: a", "Accepted=false Invalid, ResolvedRefs=true ResolvedRefs")]
fn the_status_of_a_policy_says_what_is_wrong(#[case] validation: &str, #[case] expected: &str) {
    let documents = reached().into_iter().chain([policy("p", TO_ENTRY, validation)]).collect::<Vec<_>>();
    assert_eq!(status(&model(&documents), "p"), [format!("Gateway gwtest/gw: {expected}")]);
}

#[test]
fn of_two_policies_the_younger_is_told_of_the_conflict_under_kgateway() {
    let documents = reached()
        .into_iter()
        .chain([policy("a", TO_ENTRY, VALIDATION), policy("b", TO_HOST, VALIDATION), ca()])
        .collect::<Vec<_>>();
    let model = model(&documents);
    assert_eq!(status(&model, "a"), ["Gateway gwtest/gw: Accepted=true Accepted, ResolvedRefs=true ResolvedRefs"]);
    assert_eq!(status(&model, "b"), ["Gateway gwtest/gw: Accepted=false Conflicted, ResolvedRefs=true ResolvedRefs"]);
}

#[rstest]
#[case::port(
    "{group: networking.istio.io, kind: ServiceEntry, name: example-se, sectionName: http}",
    "ServiceEntry gwtest/example-se"
)]
#[case::name("{group: networking.istio.io, kind: ServiceEntry, name: other}", "ServiceEntry gwtest/other")]
#[case::kind(TO_HOST, "Hostname gwtest/se.example.com")]
#[case::service("{kind: Service, name: web}", "Service gwtest/web")]
fn i_185_a_target_that_there_is_not_is_told_of(#[case] target: &str, #[case] ancestor: &str) {
    let documents = reached().into_iter().chain([policy("p", target, VALIDATION), ca()]).collect::<Vec<_>>();
    let expected = format!("{ancestor}: Accepted=false TargetNotFound, ResolvedRefs=true ResolvedRefs");
    assert_eq!(status(&under(Profile::Istio, &documents), "p"), [expected]);
}
