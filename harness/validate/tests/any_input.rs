//! Whatever stands in a ServiceEntry or WorkloadEntry, validation says where, and what it accepts can be resolved.

use proptest::prelude::*;
use sextant_resources::load_text;
use sextant_routing::{Options, Profile, resolve};
use sextant_validate::{Admission, ValidateOptions, validate};

/// A value as YAML, good, bad and odd.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "null",
        "''",
        "'*'",
        "'*.a.com'",
        "a.com",
        "A.com.",
        "a_b",
        "1.2.3.4",
        "1.2.3.4/33",
        "'::1'",
        "'unix:///a/'",
        "'unix://@'",
        "STATIC",
        "DNS",
        "NONE",
        "DYNAMIC_DNS",
        "DNS_ROUND_ROBIN",
        "HTTP",
        "tcp",
        "0",
        "-1",
        "80",
        "65536",
        "4294967296",
        "18446744073709551616",
        "1.5",
        "true",
        "'~'",
        "r1/z1/s1/x",
        "'\u{1f980}'",
        "{}",
        "[]",
    ])
    .prop_map(str::to_owned);
    scalar.prop_recursive(3, 16, 4, |inner| {
        let key = prop::sample::select(vec![
            "address",
            "ports",
            "number",
            "name",
            "protocol",
            "targetPort",
            "labels",
            "network",
            "weight",
            "locality",
            "app",
            "''",
            "'*'",
            "http",
            "serviceAccount",
        ]);
        let map = prop::collection::btree_map(key, inner.clone(), 0..4).prop_map(|fields| {
            let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", fields.join(", "))
        });
        let list = prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
        prop_oneof![map, list]
    })
}

fn manifest() -> impl Strategy<Value = String> {
    let fields = prop::sample::select(vec![
        "hosts",
        "addresses",
        "ports",
        "resolution",
        "location",
        "endpoints",
        "workloadSelector",
        "exportTo",
        "address",
        "labels",
        "weight",
        "network",
        "template",
        "probe",
    ]);
    let spec = prop::collection::btree_map(fields, value(), 0..7);
    let kind = prop::sample::select(vec!["ServiceEntry", "WorkloadEntry", "WorkloadGroup"]);
    (kind, spec).prop_map(|(kind, spec)| {
        let spec: Vec<_> = spec.iter().map(|(key, value)| format!("  {key}: {value}\n")).collect();
        format!(
            "apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: a, namespace: ns, labels: {{app: a}}}}\nspec:\n{}",
            spec.concat()
        )
    })
}

proptest! {
    #[test]
    fn findings_are_in_the_text_and_what_is_accepted_can_be_resolved(
        manifests in prop::collection::vec(manifest(), 1..4),
        profile in prop::sample::select(vec![Profile::Kgateway, Profile::Istio]),
    ) {
        let text = manifests.join("---\n");
        let loaded = load_text(&"in.yaml".into(), &text);
        let routing = Options { profile, ..Options::default() };
        for admission in [Admission::Crd, Admission::Webhook, Admission::Both, Admission::CrdAdvised] {
            let findings = validate(&loaded, &ValidateOptions { admission, routing: routing.clone() });
            for finding in &findings {
                prop_assert!((1..=text.lines().count()).contains(&finding.place.line), "{finding}");
                prop_assert!(!finding.message.is_empty() && !finding.render(Default::default()).is_empty());
            }
            let places: Vec<_> = findings.iter().map(|finding| (finding.place.line, finding.place.column)).collect();
            prop_assert!(places.is_sorted(), "{findings:#?}");
        }
        // Each object is a backend or none, whatever it says.
        let model = resolve(&loaded.resources, &routing);
        for backend in model.backends.iter() {
            prop_assert!(loaded.resources.service_entries.contains_key(&backend.id.service_entry));
        }
    }
}
