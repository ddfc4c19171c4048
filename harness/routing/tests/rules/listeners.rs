//! Gateway API: what listeners serve, and what their status says.

use rstest::rstest;
use sextant_routing::{L4Protocol, Model};

use crate::support::*;

const PASSTHROUGH: &str = "protocol: TLS, tls: {mode: Passthrough}";

/// `Accepted=True Accepted`, with the message if there is one, for every condition of listener `at`.
fn status(model: &Model, at: usize) -> Vec<String> {
    model.listener_status[at].conditions.iter().map(condition_line).collect()
}

fn kinds(model: &Model, at: usize) -> Vec<String> {
    model.listener_status[at].supported_kinds.iter().map(ToString::to_string).collect()
}

#[rstest]
#[case("HTTP", "", &["HTTPRoute", "GRPCRoute"])]
#[case("TCP", "", &["TCPRoute"])]
#[case("TLS", ", tls: {mode: Passthrough}", &["TLSRoute"])]
fn a_listener_that_serves_says_so(#[case] protocol: &str, #[case] more: &str, #[case] supported: &[&str]) {
    let model = model(&[gateway(&[&format!("name: x, port: 80, protocol: {protocol}{more}")])]);
    assert_eq!(
        status(&model, 0),
        [
            "Accepted=True Accepted",
            "Conflicted=False NoConflicts",
            "Programmed=True Programmed",
            "ResolvedRefs=True ResolvedRefs"
        ]
    );
    assert_eq!(kinds(&model, 0), supported);
    assert_eq!(model.ports().into_iter().collect::<Vec<_>>(), [80]);
}

#[rstest]
#[case::https("port: 80, protocol: HTTPS", "UnsupportedProtocol: protocol `HTTPS` is not served")]
#[case::udp("port: 80, protocol: UDP", "UnsupportedProtocol: protocol `UDP` is not served")]
#[case::case("port: 80, protocol: http", "UnsupportedProtocol: protocol `http` is not served")]
#[case::terminate("port: 80, protocol: TLS", "UnsupportedProtocol: protocol `TLS` is served in mode Passthrough only")]
#[case::terminate_written(
    "port: 80, protocol: TLS, tls: {mode: Terminate}",
    "UnsupportedProtocol: protocol `TLS` is served in mode Passthrough only"
)]
#[case::port_zero("port: 0, protocol: HTTP", "PortUnavailable: 0 is not a port between 1 and 65535")]
#[case::port_too_large("port: 70000, protocol: TCP", "PortUnavailable: 70000 is not a port between 1 and 65535")]
fn a_listener_that_does_not_serve_says_why(#[case] listener: &str, #[case] told: &str) {
    let model = model(&[gateway(&[&format!("name: x, {listener}")])]);
    let (_, message) = told.split_once(": ").unwrap();
    assert_eq!(
        status(&model, 0),
        [
            format!("Accepted=False {told}"),
            "Conflicted=False NoConflicts".to_owned(),
            format!("Programmed=False Invalid: {message}"),
            "ResolvedRefs=True ResolvedRefs".to_owned(),
        ]
    );
    assert_eq!(kinds(&model, 0), [""; 0]);
    assert!(model.ports().is_empty());
}

#[rstest]
#[case::narrower("HTTP", "[{kind: GRPCRoute}]", &["GRPCRoute"], "ResolvedRefs=True ResolvedRefs")]
#[case::group("HTTP", "[{group: gateway.networking.k8s.io, kind: HTTPRoute}]", &["HTTPRoute"], "ResolvedRefs=True ResolvedRefs")]
#[case::other_group(
    "HTTP", "[{group: example.com, kind: HTTPRoute}]", &[],
    "ResolvedRefs=False InvalidRouteKinds: protocol HTTP goes with HTTPRoute and GRPCRoute, not with HTTPRoute")]
#[case::partly(
    "HTTP", "[{kind: HTTPRoute}, {kind: TCPRoute}]", &["HTTPRoute"],
    "ResolvedRefs=False InvalidRouteKinds: protocol HTTP goes with HTTPRoute and GRPCRoute, not with TCPRoute")]
#[case::none(
    "TCP", "[{kind: UDPRoute}]", &[],
    "ResolvedRefs=False InvalidRouteKinds: protocol TCP goes with TCPRoute, not with UDPRoute")]
fn allowed_kinds_narrow_what_the_protocol_has(
    #[case] protocol: &str,
    #[case] allowed: &str,
    #[case] supported: &[&str],
    #[case] resolved: &str,
) {
    let model =
        model(&[gateway(&[&format!("name: x, port: 80, protocol: {protocol}, allowedRoutes: {{kinds: {allowed}}}")])]);
    assert_eq!(kinds(&model, 0), supported);
    assert_eq!(status(&model, 0)[3], resolved);
    assert_eq!(status(&model, 0)[0], "Accepted=True Accepted");
}

#[test]
fn attached_routes_are_counted_once_each() {
    let model = model(&[
        gateway(&[
            "name: http, port: 80, protocol: HTTP",
            &format!("name: tls, port: 443, {PASSTHROUGH}"),
            "name: tcp, port: 90, protocol: TCP",
        ]),
        http_route("a", "parentRefs: [{name: gw}, {name: gw, sectionName: http}]"),
        grpc_route("b", "parentRefs: [{name: gw}], hostnames: [b.com]"),
        http_route("c", "parentRefs: [{name: other}]"),
        route_of_kind("TLSRoute", "d", "parentRefs: [{name: gw}], hostnames: [d.com]"),
    ]);
    // `b` meets `a`, which serves every host and comes first.
    let attached: Vec<_> = model.listener_status.iter().map(|status| status.attached_routes).collect();
    assert_eq!(attached, [1, 1, 0]);
    assert_eq!(
        (&model.l4_listeners[0].routes[..], model.l4_listeners[0].protocol),
        (&[0][..], L4Protocol::TlsPassthrough)
    );
}

// Gateway API, distinct listeners: of those that nothing tells apart none is accepted.
#[rstest]
#[case::protocols(&["protocol: HTTP", "protocol: TCP"], &["ProtocolConflict", "ProtocolConflict"])]
#[case::http_and_tls(&["protocol: HTTP, hostname: a.com", "protocol: TLS, hostname: b.com, tls: {mode: Passthrough}"], &["ProtocolConflict", "ProtocolConflict"])]
#[case::tcp_twice(&["protocol: TCP", "protocol: TCP, hostname: a.com"], &["HostnameConflict", "HostnameConflict"])]
#[case::same_hostname(&["protocol: HTTP, hostname: a.com", "protocol: HTTP, hostname: A.com", "protocol: HTTP"], &["HostnameConflict", "HostnameConflict", ""])]
#[case::same_server_name(&[PASSTHROUGH, PASSTHROUGH], &["HostnameConflict", "HostnameConflict"])]
#[case::hostnames_differ(&["protocol: HTTP, hostname: a.com", "protocol: HTTP, hostname: b.com"], &["", ""])]
#[case::not_served_is_not_in_the_way(&["protocol: HTTP", "protocol: HTTPS"], &["", "-"])]
fn listeners_that_nothing_tells_apart_do_not_serve(#[case] listeners: &[&str], #[case] conflicts: &[&str]) {
    let named = listeners.iter().enumerate().map(|(at, listener)| format!("name: l{at}, port: 80, {listener}"));
    let named: Vec<_> = named.collect();
    let model = model(&[gateway(&named.iter().map(String::as_str).collect::<Vec<_>>())]);
    let got: Vec<_> = model
        .listener_status
        .iter()
        .map(|status| {
            let (accepted, conflicted) = (&status.conditions[0], &status.conditions[1]);
            match (conflicted.status, accepted.status) {
                (true, false) => conflicted.reason,
                (false, true) => "",
                _ => "-",
            }
        })
        .collect();
    assert_eq!(got, conflicts);
    let serving = conflicts.iter().filter(|conflict| conflict.is_empty()).count();
    assert_eq!(model.listeners.len() + model.l4_listeners.len(), serving);
}

#[test]
fn a_conflict_names_the_other_listener() {
    let model = model(&[gateway(&["name: one, port: 80, protocol: HTTP", "name: two, port: 80, protocol: TCP"])]);
    assert_eq!(
        status(&model, 0)[1],
        "Conflicted=True ProtocolConflict: listener two of Gateway gwtest/gw has protocol TCP on port 80"
    );
    assert_eq!(
        status(&model, 1)[1],
        "Conflicted=True ProtocolConflict: listener one of Gateway gwtest/gw has protocol HTTP on port 80"
    );
}

// All Gateways share one address here.
#[rstest]
#[case("protocol: HTTP", "protocol: HTTP", 2)]
#[case(PASSTHROUGH, PASSTHROUGH, 2)]
#[case("protocol: TCP", "protocol: TCP", 0)]
#[case("protocol: HTTP", "protocol: TCP", 0)]
fn gateways_share_ports_as_far_as_hostnames_tell_connections_apart(
    #[case] one: &str,
    #[case] two: &str,
    #[case] serving: usize,
) {
    let model = model(&[
        gateway_in("gw", &[&format!("name: x, port: 80, {one}")]),
        gateway_in("gw2", &[&format!("name: x, port: 80, {two}")]),
    ]);
    assert_eq!(model.listeners.len() + model.l4_listeners.len(), serving);
}
