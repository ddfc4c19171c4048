//! Dumps of a real Envoy 1.40, which Sextant's control plane had given `tests/data/two-hosts.yaml` by Istio's rules; node
//! extensions and statistics were cut out.

use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::document::{Endpoints, Origin};

const DUMP: &str = include_str!("../../tests/data/config-dump.json");
const CLUSTERS: &str = include_str!("../../tests/data/clusters.json");

fn document(dump: &str, clusters: &str) -> (Endpoints, InUse) {
    let dump = serde_json::from_str(dump).expect("a dump");
    let in_use = put_together(dump, serde_json::from_str(clusters).expect("clusters"));
    (Endpoints::of(&in_use.config, Origin::default(), Vec::new()), in_use)
}

#[test]
fn a_dump_is_read() {
    let (document, in_use) = document(DUMP, CLUSTERS);
    assert_eq!(in_use.node, "gw.gwtest");
    assert_eq!(in_use.versions, BTreeMap::from([("clusters", "1".to_owned()), ("listeners", "1".to_owned())]));
    let told = document.clusters.iter().map(|cluster| {
        let backend = cluster.backend.as_ref().map(crate::name::Backend::to_text).unwrap_or_default();
        (&*cluster.name, backend, &*cluster.kind, cluster.routes.len())
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("outbound|80||db.example.com", "db.example.com:80".to_owned(), "STRICT_DNS", 2),
            ("outbound|80||se.example.com", "se.example.com:80".to_owned(), "EDS", 2),
            ("xds", String::new(), "STATIC", 0),
        ]
    );
    let endpoints = document.clusters[1].endpoints.iter().map(|endpoint| {
        (&*endpoint.address, endpoint.port, endpoint.locality.to_string(), endpoint.weight, &*endpoint.health)
    });
    assert_eq!(
        endpoints.collect::<Vec<_>>(),
        [("1.1.1.1", 8080, "r1/z1".to_owned(), 3, "healthy"), ("2.2.2.2", 8080, "r2/z2/s2".to_owned(), 1, "healthy")]
    );
    // Envoy writes 0 for a locality without weight.
    assert_eq!(document.clusters[1].endpoints[0].locality_weight, None);
}

#[test]
fn a_name_has_the_addresses_that_were_looked_up() {
    let (document, _) = document(DUMP, CLUSTERS);
    let name = &document.clusters[0].endpoints[0];
    let found: Vec<_> = name.looked_up.iter().map(|found| (&*found.address, found.port, &*found.health)).collect();
    assert_eq!(
        (&*name.address, found),
        ("db.example.com", vec![("5.5.5.5", 80, "healthy"), ("6.6.6.6", 80, "healthy")])
    );
}

/// The words of Envoy's HostHealthStatus.
#[rstest]
#[case::outlier(r#"{"eds_health_status": "HEALTHY", "failed_outlier_check": true}"#, "ejected")]
#[case::active(r#"{"eds_health_status": "HEALTHY", "failed_active_health_check": true}"#, "failed-check")]
#[case::removal(r#"{"eds_health_status": "HEALTHY", "pending_dynamic_removal": true}"#, "draining")]
#[case::told(r#"{"eds_health_status": "UNHEALTHY"}"#, "unhealthy")]
#[case::degraded(r#"{"eds_health_status": "DEGRADED"}"#, "degraded")]
#[case::unknown("{}", "healthy")]
fn the_health_that_the_proxy_knows_counts(#[case] status: &str, #[case] expected: &str) {
    let mut clusters: Value = serde_json::from_str(CLUSTERS).expect("JSON");
    for cluster in clusters["cluster_statuses"].as_array_mut().expect("clusters") {
        for host in cluster["host_statuses"].as_array_mut().expect("hosts") {
            if host["address"]["socket_address"]["address"] == "1.1.1.1" {
                host["health_status"] = serde_json::from_str(status).expect("JSON");
            }
        }
    }
    let (document, _) = document(DUMP, &clusters.to_string());
    let health: Vec<_> = document.clusters[1].endpoints.iter().map(|endpoint| &*endpoint.health).collect();
    assert_eq!(health, [expected, "healthy"]);
}

#[test]
fn a_cluster_that_warms_beside_an_active_one_is_not_in_use() {
    let mut dump: Value = serde_json::from_str(DUMP).expect("JSON");
    for part in dump["configs"].as_array_mut().expect("parts") {
        if part["@type"] == "type.googleapis.com/envoy.admin.v3.ClustersConfigDump" {
            let cluster = |name: &str| serde_json::json!({ "cluster": { "name": name, "type": "STATIC" } });
            part["dynamic_warming_clusters"] = vec![cluster("outbound|80||se.example.com"), cluster("new")].into();
        }
    }
    let (document, _) = document(&dump.to_string(), CLUSTERS);
    let kinds: Vec<_> = document.clusters.iter().map(|cluster| (&*cluster.name, &*cluster.kind)).collect();
    assert!(kinds.contains(&("outbound|80||se.example.com", "EDS")) && kinds.contains(&("new", "STATIC")), "{kinds:?}");
}

#[rstest]
#[case::no_dump("{}")]
#[case::a_page("<html>")]
fn what_is_no_dump_is_an_error(#[case] body: &str) {
    assert!(serde_json::from_str::<ConfigDump>(body).is_err());
}
