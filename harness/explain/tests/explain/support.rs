//! Manifests in short form, and documents in a form that tests can compare.

use serde_json::Value;
use sextant_explain::{Explanation, explain};
use sextant_resources::{Loaded, load_text};
use sextant_routing::{Options, Profile};

/// Gateway `gw` with one HTTP listener on port 80 that takes every route.
pub(crate) const GATEWAY: &str = "
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: gwtest}, spec: {
  gatewayClassName: kgateway, listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}}
";

/// Every object that could be read, whatever was wrong with others.
pub(crate) fn load(text: &str) -> Loaded {
    load_text(&"test.yaml".into(), text)
}

/// The explanation of YAML under kgateway.
pub(crate) fn explained(text: &str) -> Explanation {
    with(text, &Options::default())
}

/// The explanation of YAML under Istio.
pub(crate) fn istio(text: &str) -> Explanation {
    with(text, &Options { profile: Profile::Istio, ..Options::default() })
}

pub(crate) fn with(text: &str, options: &Options) -> Explanation {
    let loaded = load(text);
    explain(&loaded.resources, options, &loaded.diagnostics)
}

/// A ServiceEntry `example-se` of namespace gwtest for se.example.com, port 80 named http; `spec` is more of its spec.
pub(crate) fn service_entry(spec: &str) -> String {
    entry("example-se", "se.example.com", spec)
}

/// The same under another name, for another host.
pub(crate) fn entry(name: &str, host: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: {name}, namespace: gwtest}}, spec: {{
  hosts: [{host}], ports: [{{number: 80, name: http, protocol: HTTP}}], {spec}}}}}\n"
    )
}

/// HTTPRoute `route` of namespace gwtest at Gateway `gw` for se.example.com; `rules` is the inside of a list.
pub(crate) fn route(rules: &str) -> String {
    format!(
        "---\n{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: route, namespace: gwtest}}, spec: {{
  parentRefs: [{{name: gw}}], hostnames: [se.example.com], rules: [{rules}]}}}}\n"
    )
}

/// The documented backendRef: ServiceEntry `example-se`, port 80.
pub(crate) const TO_EXAMPLE: &str = "{group: networking.istio.io, kind: ServiceEntry, name: example-se, port: 80}";

/// `document` as programs read it.
pub(crate) fn json(document: &Explanation) -> Value {
    serde_json::to_value(document).expect("it is plain data")
}

/// Asserts that all that `expected` has is in `actual`: more keys may be there, more array elements may not.
#[track_caller]
pub(crate) fn assert_holds(actual: &Value, expected: &Value) {
    if let Some(place) = differs("", actual, expected) {
        panic!("{place}\n--- actual\n{actual:#}");
    }
}

fn differs(path: &str, actual: &Value, expected: &Value) -> Option<String> {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected.iter().find_map(|(key, value)| {
            let path = format!("{path}/{key}");
            match actual.get(key) {
                Some(actual) => differs(&path, actual, value),
                None => Some(format!("{path} is missing")),
            }
        }),
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            actual.iter().zip(expected).enumerate().find_map(|(i, (a, e))| differs(&format!("{path}/{i}"), a, e))
        }
        _ => (actual != expected).then(|| format!("{path}: expected {expected}, got {actual}")),
    }
}
