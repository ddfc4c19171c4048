//! A real Envoy that our control plane configures: what it has is what it was told. Without an Envoy these tests say so:
//! name it in SEXTANT_ENVOY or put it into $PATH. With SEXTANT_DEMAND_PEERS in the environment, as in CI, they fail then.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;
use sextant_endpoints::{Admin, AdminError, Comparison, Endpoints, Origin, admin_url, read};
use sextant_routing::{Options, Profile};
use tokio::process::{Child, Command};

use crate::served::{AsWritten, PATIENCE, handed_out, resources, serve};

/// The Envoy of this machine; `None`, and the reason on standard error, when there is none.
fn envoy() -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = || env::split_paths(&folders).map(|folder| folder.join("envoy")).find(|program| program.is_file());
    let program = env::var_os("SEXTANT_ENVOY").map(PathBuf::from).or_else(found);
    if program.is_none() {
        assert!(env::var_os("SEXTANT_DEMAND_PEERS").is_none(), "SEXTANT_DEMAND_PEERS is set, but there is no envoy");
        eprintln!("skipped: no `envoy` in $PATH, and SEXTANT_ENVOY is not set");
    }
    program
}

/// An Envoy that asks the control plane at `xds` for everything. It writes where its admin interface listens to `told`, and
/// ends with the value returned.
fn start(program: &Path, xds: SocketAddr, told: &Path) -> Child {
    let socket = |ip, port| json!({ "socket_address": { "address": ip, "port_value": port } });
    let ads = json!({ "ads": {}, "resource_api_version": "V3" });
    let bootstrap = json!({
        "node": { "id": "gw.test", "cluster": "gw" },
        "admin": { "address": socket("127.0.0.1", 0) },
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{ "envoy_grpc": { "cluster_name": "xds" } }],
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "static_resources": { "clusters": [{
            "name": "xds",
            "type": "STATIC",
            "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": { "http2_protocol_options": {} },
            } },
            "load_assignment": {
                "cluster_name": "xds",
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": socket("127.0.0.1", xds.port()) } }] }],
            },
        }] },
    });
    Command::new(program)
        .args(["--config-yaml", &bootstrap.to_string(), "--disable-hot-restart", "--concurrency", "1"])
        .args(["--log-level", "off", "--admin-address-path"])
        .arg(told)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("an Envoy that starts")
}

/// Waits for what Envoy writes when its admin interface listens.
async fn admin(told: &Path) -> Admin {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let written = std::fs::read_to_string(told).unwrap_or_default();
        if let Ok(address) = written.trim().parse::<SocketAddr>() {
            return Admin { url: admin_url(&address.to_string()).expect("a URL"), patience: PATIENCE };
        }
        assert!(Instant::now() < deadline, "Envoy has not written its admin address to {}", told.display());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[rstest]
#[tokio::test]
async fn an_envoy_has_what_the_control_plane_hands_out(
    #[values(Profile::Kgateway, Profile::Istio)] profile: Profile,
    #[values(include_str!("../data/workloads.yaml"), include_str!("../data/two-hosts.yaml"))] yaml: &str,
) {
    let Some(program) = envoy() else { return };
    let (server, _) = serve(yaml, profile, &AsWritten::anywhere()).await;
    let told = handed_out(server.address()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("admin");
    let _process = start(&program, server.address(), &file);
    let admin = admin(&file).await;
    let has = in_use(&admin, &told).await;

    let own = has.clusters.iter().find(|cluster| cluster.name == "xds").expect("the static cluster");
    assert_eq!((own.backend.as_ref(), own.kind.as_str()), (None, "STATIC"));
    for cluster in &told.clusters {
        let same = has.clusters.iter().find(|other| other.name == cluster.name).expect("the cluster");
        assert_eq!((&same.kind, &same.endpoints), (&cluster.kind, &cluster.endpoints), "{}", cluster.name);
        // Listeners got other ports from the system.
        let uses = |cluster: &sextant_endpoints::Cluster| -> Vec<_> {
            cluster.routes.iter().map(|way| (way.hosts.clone(), way.matches.clone(), way.weight)).collect()
        };
        assert_eq!(uses(same), uses(cluster), "{}", cluster.name);
    }
    let rules = Options { profile, ..Options::default() };
    let comparison = Comparison::of(&has).with_rules(&has, &resources(yaml), &rules);
    assert!(comparison.is_equal(), "{:#?}", comparison.differences);
}

/// What Envoy has once it has every cluster of `told` and as many ways to it.
async fn in_use(admin: &Admin, told: &Endpoints) -> Endpoints {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let has = Endpoints::of(&read(admin).await.expect("an answer").config, Origin::default(), Vec::new());
        let missing = told.clusters.iter().find(|cluster| {
            let own = has.clusters.iter().find(|own| own.name == cluster.name && own.has_endpoints);
            own.is_none_or(|own| own.routes.len() != cluster.routes.len())
        });
        let Some(missing) = missing else { return has };
        assert!(Instant::now() < deadline, "Envoy has not got all of {}", missing.name);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn nobody_there_is_told() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = admin_url(&free.local_addr().expect("its address").to_string()).expect("a URL");
    drop(free);
    let error = read(&Admin { url, patience: PATIENCE }).await.expect_err("nobody listens");
    assert!(matches!(error, AdminError::NoAnswer { .. }), "{error:?}");
}

#[rstest]
#[case::scheme("https://127.0.0.1:15000", "Envoy's admin interface speaks http, not https")]
#[case::nothing("", "empty host")]
fn urls_that_are_none(#[case] text: &str, #[case] why: &str) {
    let error = admin_url(text).expect_err("no URL").to_string();
    assert_eq!(error, format!("`{text}` is not the URL of an admin interface, such as http://127.0.0.1:15000: {why}"));
}

#[rstest]
#[case("127.0.0.1:15000", "http://127.0.0.1:15000/")]
#[case("http://127.0.0.1:15000", "http://127.0.0.1:15000/")]
#[case("http://localhost:8001/envoy?x=1", "http://localhost:8001/envoy/")]
fn urls(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(admin_url(text).expect("a URL").as_str(), expected);
}
