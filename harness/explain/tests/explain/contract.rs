//! The shape that other programs rely on: what stands here is never renamed, retyped or dropped.

use serde_json::{Value, json};
use sextant_resources::load_paths;
use sextant_routing::Options;

use crate::support::*;

fn documented(file: &str) -> Value {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/four-paths");
    let paths = [format!("{fixtures}/common.yaml").into(), format!("{fixtures}/{file}").into()];
    let loaded = load_paths(&paths).expect("the fixtures are there");
    json(&sextant_explain::explain(&loaded.resources, &Options::default(), &loaded.diagnostics))
}

#[test]
fn the_documented_workload_entries_are_explained_as_the_contract_has_it() {
    let expected = json!({
        "apiVersion": "sextant.dev/v1alpha1",
        "kind": "Explanation",
        "profile": "kgateway",
        "backends": [{
            "serviceEntry": {"namespace": "gwtest", "name": "example-se"},
            "host": "se.example.com",
            "port": {"number": 80, "name": "http", "protocol": "TCP"},
            "resolution": "STATIC",
            "discovery": "workloads",
            "endpoints": [{
                "address": "1.1.1.1",
                "port": 8080,
                "locality": {"region": "r1", "zone": "z1", "subzone": "sz1"},
                "weight": 1,
                "priority": 0,
                "network": "",
                "source": {"kind": "WorkloadEntry", "namespace": "gwtest", "name": "reviews-workloadentry-1"},
            }],
            "excluded": [{
                "source": {"kind": "WorkloadEntry", "namespace": "gwtest", "name": "reviews-workloadentry-2"},
                "reason": "NoAddress",
                "rule": "K-048",
            }],
        }],
        "routes": [{
            "route": {"kind": "HTTPRoute", "namespace": "gwtest", "name": "route-to-upstream"},
            "hostnames": ["se.example.com"],
            "conditions": [
                {"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""},
                {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs", "message": ""},
            ],
            "rules": [{
                "backendRefs": [{
                    "ref": {"group": "networking.istio.io", "kind": "ServiceEntry", "namespace": "gwtest", "name": "example-se", "port": 80},
                    "weight": 1,
                    "backend": {"namespace": "gwtest", "name": "example-se", "host": "se.example.com", "port": 80},
                    "outcome": "forward",
                }],
            }],
        }],
        "diagnostics": [],
    });
    assert_holds(&documented("workload-entry.yaml"), &expected);
}

#[test]
fn an_inline_endpoint_says_its_place_and_a_host_its_name() {
    let inline = documented("static.yaml");
    let source = json!({"kind": "Endpoint", "namespace": "gwtest", "name": "example-se", "index": 2});
    assert_eq!(inline["backends"][0]["discovery"], "inline");
    assert_eq!(inline["backends"][0]["endpoints"][2]["source"], source);
    // K-045: a DNS ServiceEntry without endpoints looks up its host; the name stays a name.
    let host = json!({"address": "se.example.com", "port": 80, "source": {"kind": "Host", "name": "se.example.com"}});
    let dns = documented("dns.yaml");
    assert_eq!(dns["backends"][0]["discovery"], "dns");
    assert_holds(&dns["backends"][0]["endpoints"], &json!([host]));
}

#[test]
fn only_sources_with_a_place_have_an_index() {
    let dns = documented("dns.yaml");
    assert!(dns["backends"][0]["endpoints"][0]["source"].get("index").is_none());
}

#[test]
fn backends_are_ordered_by_namespace_name_host_and_port_number() {
    let text = entry("b", "z.test, a.test", "resolution: STATIC").replace("ports: [", "ports: [{number: 9}, ")
        + &entry("a", "x.test", "resolution: STATIC")
        + &entry("a", "x.test", "resolution: STATIC").replace("namespace: gwtest", "namespace: before");
    let listed: Vec<_> = json(&explained(&text))["backends"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| {
            let name = &b["serviceEntry"];
            format!("{}/{} {} {}", name["namespace"], name["name"], b["host"], b["port"]["number"]).replace('"', "")
        })
        .collect();
    let expected = [
        "before/a x.test 80",
        "gwtest/a x.test 80",
        "gwtest/b a.test 9",
        "gwtest/b a.test 80",
        "gwtest/b z.test 9",
        "gwtest/b z.test 80",
    ];
    assert_eq!(listed, expected);
}

#[test]
fn an_unset_weight_is_1_and_unknown_parts_of_a_locality_are_empty() {
    let text = service_entry("resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1, weight: 0}]");
    let expected = json!([{"weight": 1, "locality": {"region": "r1", "zone": "", "subzone": ""}, "network": ""}]);
    assert_holds(&json(&explained(&text))["backends"][0]["endpoints"], &expected);
}

#[test]
fn services_have_a_list_of_their_own() {
    let text = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: gwtest}, spec: {ports: [{port: 80}]}}";
    let document = json(&explained(text));
    assert_eq!(document["backends"], json!([]));
    let expected = json!([{
        "service": {"namespace": "gwtest", "name": "web"},
        "host": "web.gwtest.svc.cluster.local",
        "discovery": "endpoint-slices",
    }]);
    assert_holds(&document["services"], &expected);
}

#[test]
fn diagnostics_are_told_with_their_place_and_notes_are_not() {
    let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a}, spec: {hots: [a.test]}}\n";
    let document = json(&explained(text));
    let expected = json!([{
        "severity": "warning", "code": "R-012", "path": "spec.hots", "file": "test.yaml", "line": 3,
        "object": {"kind": "ServiceEntry", "namespace": "default", "name": "a"},
    }]);
    assert_holds(&document["diagnostics"], &expected);
}

#[test]
fn yaml_says_what_json_says() {
    let text = GATEWAY.to_owned()
        + &service_entry(
            "resolution: STATIC, endpoints: [{address: 1.1.1.1, labels: {a: 'no'}, network: '0x1F', locality: '~/on/1e3'}]",
        )
        + &route(&format!("{{backendRefs: [{TO_EXAMPLE}, {{name: 'null', port: 80}}]}}"));
    let document = explained(&text);
    let yaml = serde_saphyr::to_string(&document).unwrap();
    assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), json(&document), "{yaml}");
}
