//! Invariants over random manifests and settings.

use std::net::IpAddr;

use http::{HeaderMap, Method};
use proptest::prelude::*;
use sextant_resources::{Hostname, ObjectKey, ObjectRef};
use sextant_routing::{
    Backend, BackendKind, Balancer, DnsAnswers, EndpointSource, L4Table, Model, Options, ParentStatus, Profile,
    RouteKind, RouteTable, Target, WeightedTarget, absent, expand, resolve,
};

use crate::world::{Document, documents, lenient, options};

/// What DNS says about the only name that endpoints have.
fn answers() -> DnsAnswers {
    let addresses: [IpAddr; 2] = ["10.6.6.6".parse().unwrap(), "10.6.6.7".parse().unwrap()];
    [(Hostname::new("vm.example.com"), addresses.to_vec())].into()
}

/// Asks every table for a few requests, and expands every backend: nothing may panic.
fn exercise(model: &Model) -> Vec<String> {
    let table = RouteTable::new(model, 80);
    let mut log = Vec::new();
    for host in ["a.example.com", "", "b.example.com:80", "zzz", "[::1]:80", "."] {
        for path in ["/", "/a/b?c=%zz&d", "*"] {
            let uri = path.parse().unwrap();
            let decision = table.decide(host, &Method::GET, &uri, &HeaderMap::new());
            let trace = table.trace(&model.routes, host, &Method::GET, &uri, &HeaderMap::new());
            assert_eq!(trace.decision(), decision, "{host}{path}");
            log.push(format!("{:?}", model.answer(decision)));
        }
        let taken = [90, 443].map(|port| L4Table::new(model, port).and_then(|table| table.decide(Some(host))));
        log.push(format!("{taken:?}"));
    }
    for backend in &model.backends {
        log.push(format!("{:?}", expand(backend, &answers())));
    }
    log
}

/// Every route with its conditions, and its targets by name instead of place; without the words of conditions unless
/// `messages`, because they show names as they are written.
fn routed(model: &Model, messages: bool) -> Vec<String> {
    let target = |target: &WeightedTarget| match &target.target {
        Target::Backend(index) => format!("{} to {}", target.weight, model[*index].id),
        Target::Unresolved(why) => format!("{} to {}", target.weight, why.reason),
    };
    let line = |kind: RouteKind, key: &ObjectKey, parents: &[ParentStatus], targets: Vec<String>| {
        let conditions = parents.iter().flat_map(|parent| &parent.conditions);
        let told = conditions.map(|c| (c.kind, c.status, c.reason, if messages { c.message.as_str() } else { "" }));
        format!("{kind} {key} {:?} {targets:?}", told.collect::<Vec<_>>())
    };
    let http = model.routes.iter().map(|route| {
        let targets = route.rules.iter().flat_map(|rule| &rule.targets).map(target);
        line(route.kind, &route.key, &route.parents, targets.collect())
    });
    let l4 = model
        .l4_routes
        .iter()
        .map(|route| line(route.kind, &route.key, &route.parents, route.targets.iter().map(target).collect()));
    http.chain(l4).collect()
}

/// The same documents with some words written differently.
fn rewritten(documents: &[Document], words: &[(&str, &str)]) -> Vec<Document> {
    let rewrite = |document: &Document| {
        let text = words.iter().fold(document.text.clone(), |text, (from, to)| text.replace(from, to));
        Document { text, ..document.clone() }
    };
    documents.iter().map(rewrite).collect()
}

/// Objects that no other one looks at.
fn lonely() -> [Document; 6] {
    let object = |api: &str, kind: &str, meta: &str, rest: &str| Document {
        object: ObjectRef { kind: kind.to_owned(), key: ObjectKey::new("zzz", "lonely") },
        text: format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: lonely, namespace: zzz, {meta}}}\n{rest}\n"),
    };
    let labels = "labels: {nobody: asks}";
    let of_nobody = "labels: {kubernetes.io/service-name: nobody}";
    let ready = "status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}";
    let static_entry = "spec: {hosts: [lonely.test], ports: [{number: 80}], resolution: STATIC}";
    let slice = "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}]";
    [
        object("networking.istio.io/v1", "WorkloadEntry", labels, "spec: {address: 10.0.0.1}"),
        object("v1", "Pod", labels, ready),
        object("networking.istio.io/v1", "ServiceEntry", "", static_entry),
        object("v1", "Service", "", "spec: {ports: [{port: 80}]}"),
        object("discovery.k8s.io/v1", "EndpointSlice", of_nobody, slice),
        object("networking.istio.io/v1", "DestinationRule", "", "spec: {host: lonely.test, trafficPolicy: {}}"),
    ]
}

/// Every candidate that `backend` lists, sorted; a network's gateways stand for workloads that are told of themselves.
fn candidates(backend: &Backend) -> Vec<&EndpointSource> {
    let all = backend.endpoints.iter().map(|e| &e.source).chain(backend.excluded.iter().map(|e| &e.source));
    let mut own: Vec<_> = all.filter(|source| !matches!(source, EndpointSource::NetworkGateway { .. })).collect();
    own.sort();
    own
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_documents_never_matters(
        (documents, shuffled) in documents().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        options in options(),
    ) {
        let (one, two) = (resolve(&lenient(&documents), &options), resolve(&lenient(&shuffled), &options));
        prop_assert_eq!(exercise(&one), exercise(&two));
        prop_assert_eq!(one, two);
    }

    #[test]
    fn host_case_and_trailing_dot_never_matter(documents in documents(), options in options()) {
        let words = [
            ("a.example.com", "A.eXample.COM."),
            ("b.example.com", "B.EXAMPLE.com."),
            ("svc0.gwtest.svc.cluster.local", "Svc0.gwtest.SVC.cluster.Local."),
        ];
        let changed = rewritten(&documents, &words);
        let (one, two) = (resolve(&lenient(&documents), &options), resolve(&lenient(&changed), &options));
        prop_assert_eq!(&one.backends, &two.backends);
        prop_assert_eq!(routed(&one, false), routed(&two, false));
        let tables = [&one, &two].map(|model| RouteTable::new(model, 80));
        let ask = |table: &RouteTable, host: &str| {
            table.decide(host, &Method::GET, &"/a".parse().unwrap(), &HeaderMap::new())
        };
        let plain = ask(&tables[0], "a.example.com");
        for host in ["A.EXAMPLE.com", "a.example.com.", "a.example.com:80", "A.Example.com.:8080"] {
            prop_assert_eq!(tables.each_ref().map(|table| ask(table, host)), [plain, plain]);
        }
    }

    #[test]
    fn an_unreferenced_object_changes_nothing(documents in documents(), options in options(), which in 0..6_usize) {
        let mut more = documents.clone();
        more.push(lonely()[which].clone());
        let (one, two) = (resolve(&lenient(&documents), &options), resolve(&lenient(&more), &options));
        let near = two.backends.iter().filter(|backend| &*backend.id.service_entry.namespace != "zzz");
        prop_assert_eq!(one.backends.iter().collect::<Vec<_>>(), near.collect::<Vec<_>>());
        prop_assert_eq!(routed(&one, true), routed(&two, true));
        prop_assert_eq!(&one.listeners, &two.listeners);
        prop_assert_eq!(&one.l4_listeners, &two.l4_listeners);
        prop_assert_eq!(&one.listener_status, &two.listener_status);
        prop_assert_eq!(&one.policies, &two.policies);
    }

    #[test]
    fn shares_add_up(documents in documents(), options in options(), up: u8) {
        for backend in &resolve(&lenient(&documents), &options).backends {
            let hosts = expand(backend, &answers());
            let balancer = Balancer::new(backend, &hosts);
            let healthy = |host: usize| up & (1 << (host % 8)) != 0;
            let any_healthy = (0..hosts.len()).any(healthy);
            for (shares, serves) in [
                (balancer.balance(|_| true).shares(hosts.len()), !hosts.is_empty()),
                (balancer.balance(healthy).shares(hosts.len()), any_healthy),
            ] {
                let sum: f64 = shares.iter().sum();
                prop_assert!((sum - 1.0).abs() < 1e-9 || (!serves && sum == 0.0), "{} shares {:?}", backend.id, shares);
                prop_assert!(shares.iter().all(|share| *share >= 0.0), "{} shares {:?}", backend.id, shares);
            }
        }
    }

    #[test]
    fn every_service_entry_makes_a_backend_or_says_why_not(documents in documents(), options in options()) {
        let resources = lenient(&documents);
        let model = resolve(&resources, &options);
        let mut told: Vec<_> = absent(&resources, &options).into_iter().map(|absent| absent.service_entry).collect();
        let entries = model.backends.iter().filter(|backend| backend.id.kind == BackendKind::ServiceEntry);
        told.extend(entries.map(|backend| backend.id.service_entry.clone()));
        told.sort();
        told.dedup();
        prop_assert_eq!(told, resources.service_entries.keys().cloned().collect::<Vec<_>>());
    }

    #[test]
    fn endpoints_and_exclusions_partition_the_candidates(documents in documents(), options in options()) {
        let options = Options { list_unmatched: true, ..options };
        let resources = lenient(&documents);
        let model = resolve(&resources, &options);
        let shared = |backend: &Backend| model.backends.iter().any(|other| {
            other.id.host == backend.id.host && other.id.service_entry != backend.id.service_entry
        });
        let istio = options.profile == Profile::Istio;
        for backend in model.backends.iter().filter(|backend| backend.id.kind == BackendKind::ServiceEntry) {
            // I-078: declarations of one host pool their endpoints.
            if istio && shared(backend) {
                continue;
            }
            let seen = candidates(backend);
            let mut once = seen.clone();
            once.dedup();
            prop_assert_eq!(&once, &seen, "nothing is listed twice");
            let entry = &resources.service_entries[&backend.id.service_entry].body.spec;
            let inline = seen.iter().filter(|source| matches!(source, EndpointSource::Inline { .. })).count();
            prop_assert_eq!(inline, entry.endpoints.len(), "every inline endpoint is told of");
            let own = |key: &ObjectKey| key.namespace == backend.id.service_entry.namespace;
            let listed = seen.iter().filter(|source| match source {
                EndpointSource::Pod(key) | EndpointSource::WorkloadEntry(key) => own(key),
                _ => false,
            });
            let there = resources.pods.keys().chain(resources.workload_entries.keys()).filter(|key| own(key)).count();
            let selects = entry.workload_selector.as_ref().is_some_and(|s| istio || !s.labels.is_empty());
            let expected = if selects { there } else { 0 };
            prop_assert_eq!(listed.count(), expected, "with --all every workload of the namespace is told of");
        }
    }
}
