//! One connection, step by step, and that its walk is always what [`L4Table`] decides.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use sextant_explain::{Connection, ConnectionWalk, walk_connection};
use sextant_reports::Style;
use sextant_routing::{L4Table, Options, Profile, Settings, Target, resolve};

use crate::support::*;

fn walk_with(text: &str, url: &str, options: &Options) -> ConnectionWalk {
    let connection = Connection::parse(url).expect("one of the schemes").expect("it is a connection");
    walk_connection(&load(text).resources, options, &connection)
}

fn walk(text: &str, url: &str) -> ConnectionWalk {
    walk_with(text, url, &Options::default())
}

/// A Gateway with these listeners, each of which takes routes of every namespace.
fn gateway(listeners: &[&str]) -> String {
    let listeners: Vec<_> =
        listeners.iter().map(|text| format!("{{{text}, allowedRoutes: {{namespaces: {{from: All}}}}}}")).collect();
    format!(
        "{{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {{name: gw, namespace: gwtest}}, spec: {{
  gatewayClassName: kgateway, listeners: [{}]}}}}\n",
        listeners.join(", ")
    )
}

fn l4_route(kind: &str, name: &str, spec: &str, references: &str) -> String {
    let version = if kind == "TCPRoute" { "v1alpha2" } else { "v1alpha3" };
    format!(
        "---\n{{apiVersion: gateway.networking.k8s.io/{version}, kind: {kind}, metadata: {{name: {name}, namespace: gwtest}}, spec: {{
  {spec}, rules: [{{backendRefs: [{references}]}}]}}}}\n"
    )
}

const TCP: &str = "name: tcp, port: 5432, protocol: TCP";
const TLS: &str = "name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}";
const HTTP: &str = "name: http, port: 80, protocol: HTTP";
const PARENT: &str = "parentRefs: [{name: gw}]";
const SERVED: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 2.2.2.2, weight: 3}]";

/// All three protocols, a TCPRoute for every connection and a TLSRoute for se.example.com.
fn world() -> String {
    gateway(&[TCP, TLS, HTTP])
        + &service_entry(SERVED)
        + &l4_route("TCPRoute", "bytes", PARENT, TO_EXAMPLE)
        + &l4_route("TLSRoute", "named", &format!("{PARENT}, hostnames: [se.example.com]"), TO_EXAMPLE)
}

#[test]
fn k_122_a_connection_finds_its_way_by_server_name() {
    let walk = walk(&world(), "tls://SE.example.com:443");
    let expected = json!({
        "kind": "ConnectionWalk",
        "connection": {"scheme": "tls", "serverName": "SE.example.com", "port": 443},
        "note": "", "outcome": "forward", "message": "",
        "listeners": [{"gateway": {"namespace": "gwtest", "name": "gw"}, "name": "tls", "port": 443, "hostname": "*", "takes": true}],
        "hostname": "se.example.com",
        "candidates": [{"route": {"kind": "TLSRoute", "name": "named"}, "result": "taken", "message": ""}],
        "otherRoutes": [{"route": {"kind": "TCPRoute", "name": "bytes"}, "message": "it is attached to port 5432 only"}],
        "shares": [{"ref": {"name": "example-se"}, "share": 1.0, "outcome": "forward", "forwarded": null, "filters": [],
            "endpoints": [{"address": "1.1.1.1", "share": 0.25}, {"address": "2.2.2.2", "share": 0.75}]}],
    });
    assert_holds(&serde_json::to_value(&walk).expect("plain data"), &expected);
}

#[rstest]
#[case::by_port("tcp://anything.test:5432", "forward", "")]
#[case::tls_within_tcp("tls://other.test:5432", "forward", "")]
#[case::other_name("tls://other.test:443", "closed", "no route of the listener serves other.test")]
#[case::no_name("tls://10.0.0.1:443", "closed", "no route of the listener serves a connection without server name")]
#[case::no_tls(
    "tcp://se.example.com:443",
    "closed",
    "port 443 wants TLS and this is none; walk it as tls://server-name:443"
)]
#[case::http("tcp://se.example.com:80", "http", "port 80 serves HTTP; walk a request there: 'GET http://host:80/path'")]
#[case::nobody(
    "tcp://se.example.com:81",
    "refused",
    "nothing listens on port 81; TCP and TLS listeners have 443, 5432"
)]
fn what_becomes_of_a_connection(#[case] url: &str, #[case] outcome: &str, #[case] message: &str) {
    let walk = walk(&world(), url);
    assert_eq!((&*walk.outcome, &*walk.message), (outcome, message));
    assert_eq!(walk.shares.len(), usize::from(outcome == "forward"));
}

#[rstest]
#[case::no_gateway("", "tls://a.test", "refused", "no Gateway has a TCP or TLS listener")]
#[case::no_route(&gateway(&[TCP]), "tcp://a.test:5432", "closed", "no route is attached to the listener")]
#[case::no_listener(
    &gateway(&["name: tls, port: 443, protocol: TLS, hostname: b.test, tls: {mode: Passthrough}"]),
    "tls://a.test", "closed", "no listener of port 443 serves a.test"
)]
fn where_nothing_is_set_up(#[case] text: &str, #[case] url: &str, #[case] outcome: &str, #[case] message: &str) {
    let walk = walk(text, url);
    assert_eq!((&*walk.outcome, &*walk.message), (outcome, message));
}

#[rstest]
#[case::usual(443, "")]
#[case::lowest(8443, "the URL names no port and no TLS listener has 443: port 8443 is meant")]
fn a_url_without_port_means_a_listener_that_is_there(#[case] port: u16, #[case] note: &str) {
    let walk = walk(&world().replace("port: 443", &format!("port: {port}")), "tls://se.example.com");
    assert_eq!((walk.connection.port, &*walk.note, &*walk.outcome), (port, note, "forward"));
}

// Gateway API, conflicts: the older route, then the first by namespace and name.
#[test]
fn routes_that_go_behind_another_say_why() {
    let named = |name: &str, meta: &str, hostnames: &str| {
        l4_route("TLSRoute", name, &format!("{PARENT}, hostnames: [{hostnames}]"), TO_EXAMPLE)
            .replace(&format!("name: {name},"), &format!("name: {name}, {meta}"))
    };
    let (old, new) = ("creationTimestamp: '2026-01-01T00:00:00Z',", "creationTimestamp: '2026-01-02T00:00:00Z',");
    let text = gateway(&[TLS])
        + &service_entry(SERVED)
        + &named("a-new", new, "se.example.com")
        + &named("b-old", old, "se.example.com")
        + &named("c-old", old, "se.example.com")
        + &named("d-wide", old, "'*.example.com'")
        + &named("e-other", old, "other.test");
    let walk = walk(&text, "tls://se.example.com:443");
    let candidates: Vec<_> = walk.candidates.iter().map(|c| (&*c.route.name, c.result, &*c.message)).collect();
    let expected = [
        ("b-old", "taken", ""),
        ("c-old", "outranked", "it fits too, but the route above comes first by namespace and name"),
        ("a-new", "outranked", "it fits too, but the route above is older"),
    ];
    assert_eq!(candidates, expected);
    let others: Vec<_> = walk.other_routes.iter().map(|other| (&*other.route.name, &*other.message)).collect();
    let expected = [
        ("d-wide", "another route serves se.example.com, which is more specific"),
        ("e-other", "it serves other.test"),
    ];
    assert_eq!(others, expected);
}

#[test]
fn shares_of_a_connection_that_differ() {
    let text = gateway(&[TCP])
        + &service_entry(SERVED)
        + &l4_route("TCPRoute", "r", PARENT, &format!("{TO_EXAMPLE}, {{name: gone, port: 80, weight: 3}}"));
    let walk = walk(&text, "tcp://db.test:5432");
    assert_eq!(walk.outcome, "mixed");
    let shares: Vec<_> = walk.shares.iter().map(|share| (share.share, &*share.outcome)).collect();
    assert_eq!(shares, [(0.25, "forward"), (0.75, "closed")]);
}

#[test]
fn i_107_a_dynamic_backend_needs_a_server_name() {
    let text = gateway(&[TCP, TLS])
        + &entry("example-se", "'*.example.com'", "resolution: DYNAMIC_DNS")
        + &l4_route(
            "TCPRoute",
            "bytes",
            PARENT,
            &TO_EXAMPLE.replace("ServiceEntry, name: example-se", "Hostname, name: '*.example.com'"),
        )
        + &l4_route(
            "TLSRoute",
            "named",
            PARENT,
            &TO_EXAMPLE.replace("ServiceEntry, name: example-se", "Hostname, name: '*.example.com'"),
        );
    let settings = Settings { dynamic_forward_proxy: true, ..Settings::default() };
    let options = Options { profile: Profile::Istio, settings, ..Options::default() };
    let outcome = |url: &str| walk_with(&text, url, &options).outcome;
    assert_eq!(outcome("tls://a.example.com:443"), "forward");
    assert_eq!(outcome("tls://10.0.0.1:443"), "closed");
    assert_eq!(outcome("tls://a.example.com:5432"), "closed", "a TCP listener does not read the ClientHello");
}

#[test]
fn the_text_shows_every_step_and_no_line_is_too_wide() {
    let walk = walk(&world(), "tls://se.example.com:443");
    let text = walk.render(Style::plain(100));
    for step in [
        "tls://se.example.com:443",
        "It is passed on",
        "takes it",
        "TLSRoute gwtest/named",
        "1.1.1.1:80",
        "port 5432 only",
    ] {
        assert!(text.contains(step), "{step} is missing:\n{text}");
    }
    for width in 60..=160 {
        for line in walk.render(Style::plain(width)).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

fn from<T: Clone + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(list)
}

const HOSTNAMES: [&str; 5] = ["", "a.test", "'*.test'", "b.a.test", "a.test, '*.a.test'"];

fn random_route(place: usize) -> impl Strategy<Value = String> {
    let references = from(&[
        "",
        TO_EXAMPLE,
        "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}",
        "{group: networking.istio.io, kind: Hostname, name: se.example.com, namespace: gwtest, port: 80}",
        "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80, weight: 0}",
        "{group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80}, {name: gone, port: 1}",
    ]);
    let parent = from(&["name: gw", "name: gw, sectionName: wide", "name: gw, sectionName: narrow", "name: gone"]);
    (from(&["TCPRoute", "TLSRoute"]), from(&HOSTNAMES), parent, references, 1..3_u8).prop_map(
        move |(kind, hostnames, parent, references, day)| {
            let hostnames = if kind == "TLSRoute" { hostnames } else { "" };
            let spec = format!("parentRefs: [{{{parent}}}], hostnames: [{hostnames}]");
            let created = format!("name: r{place}, creationTimestamp: '2026-01-0{day}T00:00:00Z',");
            l4_route(kind, &format!("r{place}"), &spec, references).replace(&format!("name: r{place},"), &created)
        },
    )
}

/// What becomes of a connection, by the tables that the gateway uses.
fn decided(model: &sextant_routing::Model, port: u16, server_name: Option<&str>) -> (&'static str, Option<usize>) {
    let Some(route) = L4Table::new(model, port).and_then(|table| table.decide(server_name)) else {
        return ("closed", None);
    };
    let word = |target: &Target| if model.outcome(target).status().is_none() { "forward" } else { "closed" };
    let targets = model.l4_routes[route].targets.iter().filter(|target| target.weight > 0);
    let mut words: Vec<_> = targets.map(|target| word(&target.target)).collect();
    words.sort_unstable();
    words.dedup();
    let outcome = match &words[..] {
        [] => "closed",
        [one] => one,
        _ => "mixed",
    };
    (outcome, Some(route))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn walk_and_decision_always_agree(
        routes in (0..5_usize).map(random_route).collect::<Vec<_>>(),
        served in from(&[SERVED, "resolution: STATIC", "resolution: DNS"]),
        narrow in from(&["a.test", "'*.test'", "'*.a.test'"]),
    ) {
        let wide = "name: wide, port: 443, protocol: TLS, tls: {mode: Passthrough}";
        let narrow = format!("name: narrow, port: 443, protocol: TLS, hostname: {narrow}, tls: {{mode: Passthrough}}");
        let text = gateway(&[wide, &narrow, TCP]) + &service_entry(served) + &routes.concat();
        let resources = load(&text).resources;
        for profile in [Profile::Kgateway, Profile::Istio] {
            let options = Options { profile, ..Options::default() };
            let model = resolve(&resources, &options);
            let names = ["a.test", "x.test", "b.a.test", "c.b.a.test", "other.org", "10.0.0.1"];
            let secure = names.iter().map(|name| (format!("tls://{name}:443"), 443, Some(*name)));
            for (url, port, name) in secure.chain([("tcp://x:5432".to_owned(), 5432, None)]) {
                let name = name.filter(|name| *name != "10.0.0.1");
                let (outcome, route) = decided(&model, port, name);
                let connection = Connection::parse(&url).expect("a scheme").expect("a connection");
                let walk = walk_connection(&resources, &options, &connection);
                prop_assert_eq!(&*walk.outcome, outcome, "{}: {}", url, walk.message);
                let taken = walk.candidates.first().map(|candidate| candidate.route.name.clone());
                prop_assert_eq!(taken, route.map(|route| model.l4_routes[route].key.name.to_string()));
                let told = walk.candidates.len() + walk.other_routes.len();
                prop_assert_eq!(told, model.l4_routes.len(), "every route is told of once");
            }
        }
    }
}
