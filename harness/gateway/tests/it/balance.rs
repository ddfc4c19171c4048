//! Whose turn it is: exact over a cycle, whatever connections and workers do.

use rstest::rstest;
use sextant_gateway::{Gateway, GatewayOptions};

use crate::support::*;

const THREE: [&str; 3] = ["1.1.1.1", "2.2.2.2", "3.3.3.3"];

/// Sends `n` requests over `connections` connections at once; tells who answered.
async fn send(gateway: &Gateway, version: Version, connections: usize, n: usize) -> Vec<String> {
    let address = address(gateway);
    let clients = (0..connections).map(|_| async move {
        let mut client = Client::connect(address, version).await;
        let mut replies = Vec::new();
        for _ in 0..n / connections {
            let reply = client.get("se.example.com", "/").await;
            replies.push(if reply.status == 200 { reply.text } else { reply.status.as_u16().to_string() });
        }
        replies
    });
    futures::future::join_all(clients).await.concat()
}

#[rstest]
#[case(1, 1)]
#[case(1, 12)]
#[case(2, 12)]
#[case(4, 12)]
#[tokio::test]
async fn shares_are_exact_across_connections_and_workers(
    #[case] workers: usize,
    #[case] connections: usize,
    #[values(Version::Http1, Version::Http2)] version: Version,
) {
    let plan = Plan::default();
    let endpoints = echo(&plan, &THREE).await;
    let gateway = serve(GatewayOptions { workers, ..options(&plan) }, &one_service(&THREE)).await;
    let replies = send(&gateway, version, connections, 360).await;
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 120), ("2.2.2.2", 120), ("3.3.3.3", 120)]));
    assert!(endpoints.values().all(|endpoint| endpoint.hits() == 120), "each request was sent once");
}

#[tokio::test]
async fn k_055_weights_count_across_localities() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &THREE).await;
    let endpoints = "resolution: STATIC
  endpoints:
  - { address: 1.1.1.1, locality: a/a/a, weight: 3 }
  - { address: 2.2.2.2, locality: a/a/a, weight: 1 }
  - { address: 3.3.3.3, locality: b/b/b, weight: 6 }";
    let services = service("service", "se.example.com", "HTTP", endpoints);
    let manifests = [gateway_manifest(), route("route", "se.example.com", &to("service")), services];
    let gateway = serve(options(&plan), &manifests).await;
    let replies = send(&gateway, Version::Http1, 10, 300).await;
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 90), ("2.2.2.2", 30), ("3.3.3.3", 180)]));
}

#[tokio::test]
async fn k_131_only_the_share_of_an_unresolved_reference_gets_500() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &THREE).await;
    let references = [backend("first", 5), backend("nobody", 2), backend("second", 3), backend("never", 0)].join(", ");
    let manifests = [
        gateway_manifest(),
        route("route", "se.example.com", &format!("[{{ backendRefs: [{references}] }}]")),
        fixed("first", "a.example.com", &["1.1.1.1"]),
        fixed("second", "b.example.com", &["2.2.2.2"]),
        fixed("never", "c.example.com", &["3.3.3.3"]),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    let replies = send(&gateway, Version::Http1, 10, 200).await;
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 100), ("2.2.2.2", 60), ("500", 40)]));
}

#[tokio::test]
async fn a_cycle_goes_on_in_a_new_configuration_with_the_same_hosts() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &THREE).await;
    let manifests = one_service(&THREE);
    let gateway = serve(options(&plan), &manifests).await;
    let mut replies = Vec::new();
    // One request per configuration: a cycle that began anew each time would name one endpoint only.
    for round in 0..6 {
        let unrelated = fixed(&format!("other-{round}"), "other.example.com", &["9.9.9.9"]);
        apply(&gateway, &[manifests.clone(), vec![unrelated]].concat()).await;
        replies.extend(send(&gateway, Version::Http1, 1, 1).await);
    }
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 2), ("2.2.2.2", 2), ("3.3.3.3", 2)]));
}

#[tokio::test]
async fn a_changed_set_of_hosts_starts_a_new_cycle() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &THREE).await;
    let gateway = serve(options(&plan), &one_service(&THREE)).await;
    send(&gateway, Version::Http1, 1, 2).await;
    apply(&gateway, &one_service(&THREE[..2])).await;
    let replies = send(&gateway, Version::Http1, 1, 2).await;
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 1), ("2.2.2.2", 1)]));
}
