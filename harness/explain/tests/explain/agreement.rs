//! Explanation and decision always agree, over random manifests: what is explained is what the gateway does.

use http::{HeaderMap, Method, Uri};
use proptest::prelude::*;
use sextant_explain::{Backend, Explanation, Request, compare, compare_profiles, explain, walk};
use sextant_reports::Style;
use sextant_resources::ResourceSet;
use sextant_routing::{
    Answer, BackendKind, Balancer, Decision, Model, Options, Profile, RouteTable, Target, expand, resolve,
};

use crate::support::load;

fn from<T: Clone + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(list)
}

const LABELS: [&str; 4] = ["", "app: a", "app: b", "app: a, tier: x"];
const ADDRESSES: [&str; 6] = ["1.1.1.1", "2.2.2.2", "vm.test", "''", "'unix:///x'", "'fd00::1'"];

fn endpoint() -> impl Strategy<Value = String> {
    (from(&ADDRESSES), from(&["", "r1/z1", "r2/z1"]), 0_u32..4, from(&LABELS), from(&["", "net2"])).prop_map(
        |(address, locality, weight, labels, network)| {
            format!("address: {address}, locality: '{locality}', weight: {weight}, labels: {{{labels}}}, network: '{network}'")
        },
    )
}

fn entry(name: usize) -> impl Strategy<Value = String> {
    let hosts = from(&["a.test", "a.test, b.test", "'*.test'"]);
    let resolution = from(&["STATIC", "DNS", "DNS_ROUND_ROBIN", "NONE", "DYNAMIC_DNS"]);
    let annotation = from(&[
        "",
        "networking.istio.io/traffic-distribution: PreferSameZone",
        "kgateway.dev/disable-istio-auto-mtls: perhaps",
    ]);
    (hosts, resolution, prop::option::of(from(&LABELS)), prop::collection::vec(endpoint(), 0..3), annotation).prop_map(
        move |(hosts, resolution, selector, endpoints, annotation)| {
            let selector = selector.map_or_else(String::new, |labels| format!("workloadSelector: {{labels: {{{labels}}}}}, "));
            let endpoints: Vec<_> = endpoints.iter().map(|endpoint| format!("{{{endpoint}}}")).collect();
            format!(
                "{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: se{name}, namespace: ns, annotations: {{{annotation}}}}}, spec: {{hosts: [{hosts}], ports: [{{number: 80, name: http}}], resolution: {resolution}, {selector}endpoints: [{}]}}}}",
                endpoints.join(", ")
            )
        },
    )
}

fn workload(name: usize) -> impl Strategy<Value = String> {
    let vm = (from(&["ns", "other"]), from(&LABELS), endpoint()).prop_map(move |(namespace, labels, endpoint)| {
        format!("{{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {{name: vm{name}, namespace: {namespace}, labels: {{{labels}}}}}, spec: {{{endpoint}}}}}")
    });
    let pod = (from(&LABELS), from(&["True", "False"])).prop_map(move |(labels, ready)| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: pod{name}, namespace: ns, labels: {{{labels}}}}}, status: {{podIP: 10.0.0.{name}, conditions: [{{type: Ready, status: '{ready}'}}]}}}}")
    });
    prop_oneof![vm, pod]
}

fn route(name: usize) -> impl Strategy<Value = String> {
    let reference = (
        from(&["ServiceEntry", "Hostname", "Nonsense"]),
        0_usize..4,
        from(&["port: 80, ", "port: 81, ", ""]),
        0_u32..3,
    )
        .prop_map(|(kind, target, port, weight)| {
            let name = if kind == "Hostname" { "a.test".to_owned() } else { format!("se{target}") };
            format!("{{group: networking.istio.io, kind: {kind}, name: {name}, {port}weight: {weight}}}")
        });
    let filter = from(&[
        "",
        "{type: RequestRedirect, requestRedirect: {hostname: c.test}}",
        "{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}",
        "{type: Nonsense}",
    ]);
    let rule = (prop::collection::vec(reference, 0..3), filter, from(&["/", "/a", "/a/b"])).prop_map(
        |(refs, filter, path)| {
            format!(
                "{{matches: [{{path: {{value: {path}}}}}], filters: [{filter}], backendRefs: [{}]}}",
                refs.join(", ")
            )
        },
    );
    let hostnames = from(&["", "a.test", "'*.test'", "a.test, b.test"]);
    let parent = from(&["gw", "gw, sectionName: narrow", "nobody"]);
    (prop::collection::vec(rule, 1..3), hostnames, parent).prop_map(move |(rules, hostnames, parent)| {
        format!("{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: r{name}, namespace: ns}}, spec: {{parentRefs: [{{name: {parent}}}], hostnames: [{hostnames}], rules: [{}]}}}}", rules.join(", "))
    })
}

const FIXED: [&str; 3] = [
    "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: ns}, spec: {gatewayClassName: x, listeners: [{name: wide, port: 80, protocol: HTTP}, {name: narrow, port: 80, protocol: HTTP, hostname: a.test}]}}",
    "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: dr, namespace: ns}, spec: {host: a.test, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}, loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {r1/*: 70, r2/*: 30}}]}}}}}",
    "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: ns}, spec: {ports: [{port: 80}]}}",
];

fn documents() -> impl Strategy<Value = Vec<String>> {
    let entries = (0..4_usize).map(entry).collect::<Vec<_>>();
    let workloads = (0..5_usize).map(workload).collect::<Vec<_>>();
    let routes = (0..3_usize).map(route).collect::<Vec<_>>();
    (entries, workloads, routes).prop_map(|(entries, workloads, routes)| {
        FIXED.map(str::to_owned).into_iter().chain(entries).chain(workloads).chain(routes).collect()
    })
}

fn resources(documents: &[String]) -> ResourceSet {
    load(&documents.join("\n---\n")).resources
}

fn profiles() -> [Options; 2] {
    [Profile::Kgateway, Profile::Istio].map(|profile| Options { profile, ..Options::default() })
}

/// The same endpoints, with shares that are what the gateway deals.
fn check_backend(model: &Model, backend: &Backend) {
    let of_model = model.backends.iter().find(|other| {
        let kind = if other.id.kind == BackendKind::Service { "Service" } else { "ServiceEntry" };
        let key = backend.declared_by.key();
        (kind, &other.id.service_entry, other.id.host.as_str(), other.id.port)
            == (backend.declared_by.kind(), key, &*backend.host, backend.port.number)
    });
    let of_model = of_model.expect("the model has it");
    let addresses: Vec<_> = of_model.endpoints.iter().map(|e| (e.address.to_string(), e.port, e.priority)).collect();
    let told: Vec<_> = backend.endpoints.iter().map(|e| (e.address.clone(), e.port, e.priority)).collect();
    assert_eq!(told, addresses);
    assert_eq!(backend.excluded.len(), of_model.excluded.len());
    let known: Option<Vec<f64>> = backend.endpoints.iter().map(|endpoint| endpoint.share).collect();
    let sum = known.as_ref().map(|shares| shares.iter().sum::<f64>());
    assert!(sum.is_none_or(|sum| sum == 0.0 || (sum - 1.0).abs() < 1e-9), "{sum:?}");
    // Without names, what the gateway expands and deals is known here as well.
    let named = of_model.endpoints.iter().any(|e| matches!(e.address, sextant_routing::EndpointAddress::Name(_)));
    if let (false, Some(known), None) = (named, known, &of_model.fault) {
        let hosts = expand(of_model, &Default::default());
        let dealt = Balancer::new(of_model, &hosts).balance(|_| true).shares(hosts.len());
        let mut expected = vec![0.0; known.len()];
        hosts.iter().zip(dealt).for_each(|(host, share)| expected[host.endpoint] += share);
        assert_eq!(known, expected);
    }
}

/// What a request gets, in the words of the contract.
fn decided(model: &Model, decision: Decision) -> (String, Vec<String>) {
    let word = |target: &Target| {
        model.outcome(target).status().map_or_else(|| "forward".to_owned(), |s| s.as_str().to_owned())
    };
    match model.answer(decision) {
        Answer::NotFound => ("404".to_owned(), Vec::new()),
        Answer::Invalid(_) => ("500".to_owned(), Vec::new()),
        Answer::Redirect { redirect, .. } => (redirect.status.as_str().to_owned(), Vec::new()),
        Answer::Share { rule, .. } if rule.targets.iter().all(|target| target.weight == 0) => {
            ("500".to_owned(), Vec::new())
        }
        Answer::Share { rule, .. } => ("forward".to_owned(), rule.targets.iter().map(|t| word(&t.target)).collect()),
    }
}

fn check_request(
    resources: &ResourceSet,
    options: &Options,
    model: &Model,
    explanation: &Explanation,
    host: &str,
    path: &str,
) {
    let uri: Uri = path.parse().expect("a path");
    let decision = RouteTable::new(model, 80).decide(host, &Method::GET, &uri, &HeaderMap::new());
    let (outcome, shares) = decided(model, decision);
    if let Decision::Rule { route, rule, .. } = decision {
        let told =
            &explanation.routes.iter().filter(|r| r.route.kind == "HTTPRoute").nth(route).expect("it is listed").rules
                [rule];
        assert_eq!(told.outcome, outcome, "{host}{path}");
        let of_refs: Vec<_> = told.backend_refs.iter().map(|backend_ref| backend_ref.outcome.clone()).collect();
        let expected = if shares.is_empty() { vec![outcome.clone(); of_refs.len()] } else { shares.clone() };
        assert_eq!(of_refs, expected, "{host}{path}");
    }
    let request = Request::parse(&format!("GET http://{host}{path}"), &[]).expect("a request");
    let walk = walk(resources, options, &request);
    let walked: Vec<_> = walk.shares.iter().map(|share| share.outcome.clone()).collect();
    if outcome == "forward" {
        assert_eq!(walked, shares);
        assert!(["forward", "mixed", "500", "503"].contains(&&*walk.outcome));
    } else {
        assert_eq!(walk.outcome, outcome);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn explanation_and_decision_always_agree(documents in documents()) {
        let resources = resources(&documents);
        for options in profiles() {
            let model = resolve(&resources, &options);
            let explanation = explain(&resources, &options, &[]);
            prop_assert_eq!(explanation.backends.len() + explanation.services.len(), model.backends.len());
            explanation.backends.iter().chain(&explanation.services).for_each(|backend| check_backend(&model, backend));
            for host in ["a.test", "b.test", "x.test", "other.org"] {
                for path in ["/", "/a", "/a/b/c"] {
                    check_request(&resources, &options, &model, &explanation, host, path);
                }
            }
        }
    }

    #[test]
    fn the_order_of_documents_never_matters_for_the_bytes(documents in documents(), seed: u64) {
        let mut shuffled = documents.clone();
        let count = shuffled.len();
        for (place, step) in (0..count).zip(0_u32..) {
            shuffled.swap(place, (seed.rotate_left(step * 7) % count as u64) as usize);
        }
        let (one, two) = (resources(&documents), resources(&shuffled));
        for options in profiles() {
            let bytes = |resources: &ResourceSet| {
                let document = explain(resources, &options, &[]);
                (serde_json::to_string(&document).expect("plain data"), document.render(Style::plain(80)))
            };
            prop_assert_eq!(bytes(&one), bytes(&two));
        }
    }

    #[test]
    fn nothing_differs_from_itself_and_every_text_fits(documents in documents(), other in documents(), width in 60_usize..200) {
        let (one, two) = (resources(&documents), resources(&other));
        let options = Options::default();
        let (from, to) = (explain(&one, &options, &[]), explain(&two, &options, &[]));
        prop_assert!(compare(&from, &from).is_empty());
        let request = Request::parse("GET http://a.test/a", &[]).expect("a request");
        let style = Style::plain(width);
        let texts = [
            from.render(style),
            compare(&from, &to).render(style),
            walk(&one, &options, &request).render(style),
            compare_profiles(&one, &options).render(style),
        ];
        for line in texts.iter().flat_map(|text| text.lines()) {
            prop_assert!(line.chars().count() <= width, "{}: {}", width, line);
        }
    }
}
