//! `sextant explain` as its users meet it: what is read, what is printed, and how it ends.

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::sextant::{Ended, Sextant, fixture};

/// The document that was printed.
#[track_caller]
fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("no JSON document: {error}\n{ended}"))
}

fn four_paths(file: &str) -> [String; 2] {
    [fixture("four-paths/common.yaml"), fixture(&format!("four-paths/{file}"))]
}

#[test]
fn files_add_up_and_equal_input_gives_equal_bytes() {
    let [common, own] = four_paths("workload-entry.yaml");
    let one = Sextant::run(&["explain", "-f", &common, "-f", &own, "-o", "json"]);
    let two = Sextant::run(&["explain", "-f", &own, "-f", &common, "-o", "json"]);
    assert_eq!(one.status, Some(0), "{one}");
    assert_eq!(one.stdout, two.stdout, "the order of files does not matter");
    let document = document(&one);
    assert_eq!(document["backends"][0]["endpoints"][0]["address"], "1.1.1.1");
    assert_eq!(document["backends"][0]["excluded"][0]["reason"], "NoAddress");
    assert_eq!(document["routes"][0]["rules"][0]["backendRefs"][0]["outcome"], "forward");
}

#[test]
fn the_table_names_who_serves_and_who_was_left_out_and_has_no_colour_without_a_terminal() {
    let [common, own] = four_paths("workload-entry.yaml");
    let ended = Sextant::run(&["explain", "-f", &common, "-f", &own]);
    assert_eq!(ended.status, Some(0), "{ended}");
    for text in ["1.1.1.1:8080       1  100.0 %  WorkloadEntry reviews-workloadentry-1", "NoAddress  K-048", "forward"]
    {
        assert!(ended.stdout.contains(text), "`{text}` is not told:\n{ended}");
    }
    assert!(!ended.stdout.contains('\u{1b}'), "{ended}");
    let coloured = Sextant::run(&["explain", "-f", &common, "-f", &own, "--color", "always"]);
    assert!(coloured.stdout.contains("\u{1b}[1m"), "{coloured}");
}

#[test]
fn yaml_is_the_same_document() {
    let [common, own] = four_paths("dns.yaml");
    let yaml = Sextant::run(&["explain", "-f", &common, "-f", &own, "-o", "yaml"]);
    let json = Sextant::run(&["explain", "-f", &common, "-f", &own, "-o", "json"]);
    assert_eq!(serde_saphyr::from_str::<Value>(&yaml.stdout).unwrap(), document(&json));
}

#[test]
fn a_folder_and_standard_input_give_what_files_give() {
    let files = four_paths("static.yaml");
    let expected = Sextant::run(&["explain", "-f", &files[0], "-f", &files[1], "-o", "json"]);

    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("deeper")).unwrap();
    std::fs::copy(&files[0], folder.path().join("common.yaml")).unwrap();
    std::fs::copy(&files[1], folder.path().join("deeper/entry.yml")).unwrap();
    let of_folder = Sextant::run(&["explain", "-f", folder.path().to_str().unwrap(), "-o", "json"]);
    assert_eq!(of_folder.stdout, expected.stdout, "{of_folder}");

    let text = files.map(|file| std::fs::read_to_string(file).unwrap()).join("\n---\n");
    let of_input = Sextant::run_on(&text, &["explain", "-f", "-", "-o", "json"]);
    assert_eq!(of_input.stdout, expected.stdout, "{of_input}");
}

#[test]
fn a_list_is_read_like_its_items() {
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
        "metadata": {"name": "a", "namespace": "b"},
        "spec": {"hosts": ["a.test"], "ports": [{"number": 80, "name": "http"}], "resolution": "STATIC"}}]}"#;
    let ended = Sextant::run_on(list, &["explain", "-f", "-", "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert_eq!(document(&ended)["backends"][0]["host"], "a.test");
}

#[test]
fn findings_do_not_change_the_exit_status() {
    let text = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a}, spec: {hosts: [a.test], colour: red}}";
    let ended = Sextant::run_on(text, &["explain", "-f", "-", "-o", "json"]);
    assert_eq!(ended.status, Some(0), "{ended}");
    assert_eq!(document(&ended)["diagnostics"][0]["severity"], "warning");
}

#[test]
fn what_could_be_read_is_explained_and_what_could_not_exits_with_2() {
    let text = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a}, spec: {hosts: [a.test], ports: [{number: 80}], resolution: STATIC}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: b}, spec: {hosts: 7}}
";
    let ended = Sextant::run_on(text, &["explain", "-f", "-", "-o", "json"]);
    assert_eq!(ended.status, Some(2), "{ended}");
    let document = document(&ended);
    assert_eq!(document["backends"][0]["host"], "a.test");
    let told = document["diagnostics"].as_array().unwrap();
    assert!(told.iter().any(|finding| finding["line"] == 3 && finding["severity"] == "error"), "{told:?}");
    assert!(ended.stderr.contains("only what could be read is explained"), "{ended}");
}

#[rstest]
#[case::no_file(&["explain"], "--filename")]
#[case::no_such_file(&["explain", "-f", "nowhere.yaml"], "nowhere.yaml")]
#[case::unknown_profile(&["explain", "-f", "-", "--profile", "nginx"], "nginx")]
#[case::unknown_output(&["explain", "-f", "-", "-o", "toml"], "toml")]
#[case::no_label(&["explain", "-f", "-", "--gateway-label", "app"], "has no `=`")]
fn unusable_arguments_exit_with_2(#[case] arguments: &[&str], #[case] told: &str) {
    let ended = Sextant::run(arguments);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains(told), "{ended}");
    assert!(ended.stdout.is_empty(), "{ended}");
}

#[test]
fn workloads_whose_labels_differ_appear_with_all_and_only_then() {
    let [common, own] = four_paths("workload-selector.yaml");
    let pods = fixture("four-paths/pods.yaml");
    let names = |extra: &[&str]| -> Vec<String> {
        let mut arguments = vec!["explain", "-f", &common, "-f", &own, "-f", &pods, "-o", "json"];
        arguments.extend(extra);
        let document = document(&Sextant::run(&arguments));
        let excluded = document["backends"][0]["excluded"].as_array().unwrap();
        excluded.iter().map(|e| format!("{} {}", e["source"]["name"], e["reason"]).replace('"', "")).collect()
    };
    let told = [
        "reviews-1 OtherNamespace",
        "reviews-no-ip NoPodIP",
        "reviews-terminating Terminating",
        "reviews-unready NotReady",
    ];
    assert_eq!(names(&[]), told);
    let mut all = told.map(str::to_owned).to_vec();
    all.insert(1, "ratings-1 LabelsDoNotMatch".to_owned());
    assert_eq!(names(&["--all"]), all);
}

#[test]
fn the_gateway_decides_priorities_and_the_profile_decides_rules() {
    let text = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: a, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}},
  spec: {hosts: [a.test], ports: [{number: 80, name: http}], resolution: STATIC, endpoints: [{address: 1.1.1.1, locality: r1/z1}, {address: 2.2.2.2, locality: r1/z2}]}}";
    let run = |extra: &[&str]| {
        let mut arguments = vec!["explain", "-f", "-", "-o", "json"];
        arguments.extend(extra);
        document(&Sextant::run_on(text, &arguments))
    };
    // K-083: without a locality of its own, the gateway's zone differs from both.
    assert_eq!(run(&[])["backends"][0]["endpoints"][0]["priority"], 1);
    let near = run(&["--gateway-locality", "r1/z1"]);
    assert_eq!(near["gateway"]["locality"]["zone"], "z1");
    assert_eq!(near["backends"][0]["endpoints"][0]["priority"], 0);
    assert_eq!(near["backends"][0]["endpoints"][1]["priority"], 1);
    // K-085: the network is compared first, and no endpoint has one.
    assert_eq!(run(&["--gateway-network", "net1"])["backends"][0]["endpoints"][0]["priority"], 3);
    // D-22: under Istio priorities have no gaps.
    let istio = run(&["--profile", "istio", "--gateway-network", "net1"]);
    assert_eq!(istio["profile"], "istio");
    assert_eq!(istio["backends"][0]["endpoints"][0]["priority"], 0);
}

#[test]
fn a_change_ends_with_0_and_with_1_when_asked() {
    let [_, from] = four_paths("static.yaml");
    let [_, to] = four_paths("dns.yaml");
    let run = |extra: &[&str]| {
        let mut arguments = vec!["explain", "--from", &*from, "--to", &*to];
        arguments.extend(extra);
        Sextant::run(&arguments)
    };
    let table = run(&[]);
    assert_eq!(table.status, Some(0), "{table}");
    for text in
        ["discovery: inline → dns", "- 1.1.1.1:80", "+ se.example.com:80", "1 endpoint gained, 3 endpoints lost"]
    {
        assert!(table.stdout.contains(text), "`{text}` is not told:\n{table}");
    }
    assert_eq!(run(&["--exit-code"]).status, Some(1));
    assert_eq!(document(&run(&["-o", "json"]))["backends"][0]["endpoints"].as_array().unwrap().len(), 4);

    let same = Sextant::run(&["explain", "--from", &from, "--to", &from, "--exit-code"]);
    assert_eq!(same.status, Some(0), "{same}");
    assert!(same.stdout.contains("nothing moves"), "{same}");
}

#[rstest]
#[case::only_one_side(&["explain", "--from", "a.yaml"], "--to")]
#[case::beside_files(&["explain", "-f", "a.yaml", "--from", "a.yaml", "--to", "b.yaml"], "cannot be used with")]
#[case::nothing_to_compare(&["explain", "-f", "a.yaml", "--exit-code"], "--from")]
fn a_change_needs_both_sides(#[case] arguments: &[&str], #[case] told: &str) {
    let ended = Sextant::run(arguments);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains(told), "{ended}");
}

#[test]
fn one_request_is_walked_from_listener_to_endpoints() {
    let [common, own] = four_paths("static.yaml");
    let run = |request: &str, extra: &[&str]| {
        let mut arguments = vec!["explain", "-f", &*common, "-f", &*own, "--request", request];
        arguments.extend(extra);
        Sextant::run(&arguments)
    };
    let served = run("GET http://se.example.com:8080/info", &[]);
    assert_eq!(served.status, Some(0), "{served}");
    for text in ["It is forwarded", "gwtest/route-to-upstream rule 1  taken", "3.3.3.3:80  r3/z3/sz3  33.3 %"] {
        assert!(served.stdout.contains(text), "`{text}` is not told:\n{served}");
    }
    let by_header = run("GET http://127.0.0.1:8080/info", &["-H", "Host: se.example.com", "-o", "json"]);
    assert_eq!(document(&by_header)["outcome"], "forward");
    assert_eq!(document(&run("GET http://127.0.0.1:8080/info", &["-o", "json"]))["outcome"], "404");

    let wrong = run("GET nonsense://x", &[]);
    assert_eq!(wrong.status, Some(2), "{wrong}");
    assert!(wrong.stderr.contains("not an http:// or https:// URL"), "{wrong}");
}

#[test]
fn one_connection_is_walked_from_listener_to_route() {
    let [common, own] = four_paths("static.yaml");
    let run = |request: &str, extra: &[&str]| {
        let mut arguments = vec!["explain", "-f", &*common, "-f", &*own, "--request", request];
        arguments.extend(extra);
        Sextant::run(&arguments)
    };
    let http = run("tcp://se.example.com:8080", &[]);
    assert_eq!(http.status, Some(0), "{http}");
    assert!(http.stdout.contains("port 8080 serves HTTP"), "{http}");
    let refused = document(&run("tls://se.example.com:8443", &["-o", "json"]));
    assert_eq!((&refused["kind"], &refused["outcome"]), (&"ConnectionWalk".into(), &"refused".into()));

    for (request, extra, told) in [
        ("tcp://se.example.com", &[][..], "names no port; write it like tcp://db.example.com:5432"),
        ("tls://se.example.com:443", &["-H", "a: b"], "a connection has no headers"),
    ] {
        let wrong = run(request, extra);
        assert_eq!(wrong.status, Some(2), "{wrong}");
        assert!(wrong.stderr.contains(told), "{wrong}");
    }
}

#[test]
fn the_profiles_are_compared_with_the_rule_behind_each_difference() {
    let [common, own] = four_paths("static.yaml");
    let table = Sextant::run(&["explain", "-f", &common, "-f", &own, "--profile", "both"]);
    assert_eq!(table.status, Some(0), "{table}");
    // D-01: under Istio a backendRef cannot be of kind ServiceEntry.
    for text in ["ResolvedRefs True → False, InvalidKind", "forward → 500", "D-01"] {
        assert!(table.stdout.contains(text), "`{text}` is not told:\n{table}");
    }
    let ended = Sextant::run(&["explain", "--profile", "both", "--from", &own, "--to", &own]);
    assert_eq!(ended.status, Some(2), "{ended}");
    assert!(ended.stderr.contains("need one"), "{ended}");
}
