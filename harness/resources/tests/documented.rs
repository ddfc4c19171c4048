//! The page that users follow, read byte for byte: every section gives the objects it shows, at the lines it shows them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rstest::rstest;
use sextant_resources::{
    BackendRef, Diagnostic, FromNamespaces, LoadError, Loaded, Location, ObjectKey, ObjectRef, Resolution,
    ServiceEntryPort, ServiceEntrySpec, Severity, WorkloadEntrySpec, WorkloadSelector, load_paths, load_text,
    markdown_blocks,
};

const SECTIONS: [(&str, &str); 5] = [
    ("common", "the-common-components-k-gateway-and-httproute"),
    ("static", "1-static-endpoints"),
    ("dns", "2-dns-resolution"),
    ("workload-selector", "3-workload-selector"),
    ("workload-entry", "4-workload-entry-hybrid-cloud"),
];

fn fixture(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fixtures", path].iter().collect()
}

fn page() -> String {
    fs::read_to_string(fixture("documented/service-entry.md")).expect("the page is a fixture")
}

fn section(slug: &str) -> Loaded {
    let path = fixture(&format!("documented/service-entry.md#{slug}"));
    load_paths(&[path]).expect("the section is there")
}

fn example(name: &str) -> ObjectKey {
    ObjectKey::new("gwtest", name)
}

fn http_port() -> ServiceEntryPort {
    ServiceEntryPort { number: 80, protocol: "TCP".into(), name: "http".into(), target_port: 0 }
}

fn app(value: &str) -> std::collections::BTreeMap<String, String> {
    [("app".to_owned(), value.to_owned())].into()
}

fn endpoint(address: &str, locality: &str) -> WorkloadEntrySpec {
    WorkloadEntrySpec { address: address.into(), locality: locality.into(), ..Default::default() }
}

/// The fields that the four ServiceEntries share.
fn service_entry(resolution: Resolution) -> ServiceEntrySpec {
    ServiceEntrySpec {
        hosts: vec!["se.example.com".into()],
        ports: vec![http_port()],
        resolution,
        location: Location::MeshInternal,
        ..Default::default()
    }
}

fn line_and_column(loaded: &Loaded, name: &str, path: &str) -> (usize, usize) {
    let objects = loaded.resources.iter().find(|(object, _)| &*object.key.name == name);
    let (_, origin) = objects.expect("the object is there");
    let place = origin.place(path);
    (place.line, place.column)
}

#[test]
fn the_common_section_holds_the_gateway_and_the_route() {
    let loaded = section("the-common-components-k-gateway-and-httproute");
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.resources.len(), 2);

    let gateway = &loaded.resources.gateways[&example("http-gw-for-test")].body.spec;
    assert_eq!(gateway.gateway_class_name, "kgateway");
    let listener = &gateway.listeners[0];
    assert_eq!((listener.name.as_str(), listener.protocol.as_str(), listener.port), ("http", "HTTP", 8080));
    let namespaces = listener.allowed_routes.as_ref().and_then(|allowed| allowed.namespaces.as_ref());
    assert_eq!(namespaces.map(|namespaces| namespaces.from), Some(FromNamespaces::All));

    // Written in v1beta1.
    let route = &loaded.resources.http_routes[&example("route-to-upstream")].body.spec;
    assert_eq!(route.hostnames, ["se.example.com"]);
    assert_eq!(route.parent_refs[0].name, "http-gw-for-test");
    let backend = BackendRef {
        name: "example-se".into(),
        port: Some(80),
        kind: Some("ServiceEntry".into()),
        group: Some("networking.istio.io".into()),
        ..Default::default()
    };
    assert_eq!(route.rules[0].backend_refs, [backend]);

    assert_eq!(line_and_column(&loaded, "http-gw-for-test", "spec.listeners[0].port"), (75, 11));
    assert_eq!(line_and_column(&loaded, "route-to-upstream", ""), (81, 1));
    assert_eq!(line_and_column(&loaded, "route-to-upstream", "spec.rules[0].backendRefs[0].port"), (94, 13));
}

#[test]
fn the_static_section_holds_three_endpoints() {
    let loaded = section("1-static-endpoints");
    assert_eq!(loaded.diagnostics, []);
    let endpoints =
        vec![endpoint("1.1.1.1", "r1/z1/sz1"), endpoint("2.2.2.2", "r1/z1/sz1"), endpoint("3.3.3.3", "r3/z3/sz3")];
    let expected = ServiceEntrySpec { endpoints, ..service_entry(Resolution::Static) };
    assert_eq!(loaded.resources.service_entries[&example("example-se")].body.spec, expected);
    assert_eq!(line_and_column(&loaded, "example-se", "spec.endpoints[2].address"), (131, 14));
    assert_eq!(line_and_column(&loaded, "example-se", "spec.endpoints"), (126, 3));
}

#[test]
fn the_dns_section_holds_no_endpoint() {
    let loaded = section("2-dns-resolution");
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.resources.service_entries[&example("example-se")].body.spec, service_entry(Resolution::Dns));
}

#[test]
fn the_selector_section_selects_by_label() {
    let loaded = section("3-workload-selector");
    assert_eq!(loaded.diagnostics, []);
    let workload_selector = Some(WorkloadSelector { labels: app("reviews") });
    let expected = ServiceEntrySpec { workload_selector, ..service_entry(Resolution::Static) };
    assert_eq!(loaded.resources.service_entries[&example("example-se")].body.spec, expected);
}

#[test]
fn the_workload_entry_section_holds_an_entry_without_address() {
    let loaded = section("4-workload-entry-hybrid-cloud");
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.resources.len(), 3);
    let selector = &loaded.resources.service_entries[&example("example-se")].body.spec.workload_selector;
    assert_eq!(*selector, Some(WorkloadSelector { labels: app("reviews-workloadentry") }));

    let ports: std::collections::BTreeMap<_, _> = [("http".to_owned(), 8080)].into();
    let first = &loaded.resources.workload_entries[&example("reviews-workloadentry-1")];
    assert_eq!(first.body.spec, WorkloadEntrySpec { ports: ports.clone(), ..endpoint("1.1.1.1", "r1/z1/sz1") });
    // The labels are those of the object, not of its spec.
    assert_eq!(first.meta.labels, app("reviews-workloadentry"));

    let second = &loaded.resources.workload_entries[&example("reviews-workloadentry-2")].body.spec;
    let expected = WorkloadEntrySpec { ports, network: "external-network".into(), ..endpoint("", "r2/z2/sz2") };
    assert_eq!(*second, expected);
    // An address that is not there is pointed at by the spec it is missing from.
    let spec = 1 + page().lines().position(|line| line.contains("network: external-network")).expect("the line") - 1;
    assert_eq!(line_and_column(&loaded, "reviews-workloadentry-2", "spec.address"), (spec, 1));
}

#[test]
fn of_the_whole_page_the_last_service_entry_counts() {
    let loaded = load_paths(&[fixture("documented/service-entry.md")]).expect("the page is there");
    assert_eq!(loaded.resources.len(), 5);
    let entry = &loaded.resources.service_entries[&example("example-se")].body.spec;
    assert_eq!(entry.workload_selector, Some(WorkloadSelector { labels: app("reviews-workloadentry") }));

    let starts: Vec<usize> = page()
        .lines()
        .enumerate()
        .filter(|(_, line)| *line == "kubectl apply -f - <<EOF")
        .map(|(index, _)| index + 2)
        .collect();
    let object = Some(ObjectRef { kind: "ServiceEntry".into(), key: example("example-se") });
    for (replaced, diagnostic) in loaded.diagnostics.iter().enumerate() {
        let Diagnostic { severity, code, message, place, .. } = diagnostic;
        assert_eq!((*severity, *code, &diagnostic.object), (Severity::Warning, "R-014", &object));
        assert_eq!(place.line, starts[replaced + 2]);
        assert!(message.ends_with(&format!("service-entry.md:{}:1", starts[replaced + 1])), "{message}");
    }
    assert_eq!(loaded.diagnostics.len(), 3);
}

#[test]
fn an_unknown_section_lists_those_there_are() {
    let error = load_paths(&[fixture("documented/service-entry.md#5-tls")]).expect_err("no such section");
    let LoadError::UnknownSection { section, sections, .. } = error else { panic!("{error}") };
    assert_eq!(section, "5-tls");
    assert_eq!(
        sections,
        [
            "service-entry-with-k-gateway",
            "the-common-components-k-gateway-and-httproute",
            "full-code-examples--use-cases",
            "1-static-endpoints",
            "verification-process",
            "2-dns-resolution",
            "verification-process-1",
            "3-workload-selector",
            "verification-process-2",
            "4-workload-entry-hybrid-cloud",
            "verification-process-3",
        ]
    );
}

#[test]
fn a_section_includes_its_sub_sections() {
    let loaded = section("full-code-examples--use-cases");
    assert_eq!(loaded.resources.service_entries.len(), 1);
    assert_eq!(loaded.resources.workload_entries.len(), 2);
    assert_eq!(loaded.resources.gateways.len(), 0);
}

#[rstest]
fn a_block_copied_whole_into_a_file_is_understood(#[values(0, 1, 2, 3, 4)] index: usize) {
    let file: Arc<str> = "page.md".into();
    let blocks = markdown_blocks(&file, &page());
    let manifests: Vec<_> = blocks.iter().filter(|block| block.language == "yaml").collect();
    let (name, slug) = SECTIONS[index];
    assert_eq!(manifests[index].slug, slug);
    assert!(manifests[index].text.contains("kubectl apply -f - <<EOF"));

    let copied = load_text(&"copied.yaml".into(), &manifests[index].text);
    assert_eq!(copied.diagnostics, []);
    let objects = |loaded: &Loaded| loaded.resources.iter().map(|(object, _)| object).collect::<Vec<_>>();
    assert_eq!(objects(&copied), objects(&section(slug)), "{name}");
    assert_eq!(objects(&manifests[index].load()), objects(&copied));
}

#[rstest]
fn the_fixtures_are_the_page_byte_for_byte(#[values(0, 1, 2, 3, 4)] index: usize) {
    let (name, slug) = SECTIONS[index];
    let fixture = fs::read_to_string(fixture(&format!("four-paths/{name}.yaml"))).expect("the fixture is there");
    let blocks = markdown_blocks(&"page.md".into(), &page());
    let block = blocks.iter().find(|block| block.slug == slug).expect("the section has a block");
    let (_, body) = block.text.split_once("<<EOF\n").expect("a here-document");
    assert_eq!(body.strip_suffix("EOF\n"), Some(fixture.as_str()));
}
