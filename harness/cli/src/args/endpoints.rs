//! `sextant endpoints`.

use std::time::Duration;

use clap::{ArgGroup, Args};

use sextant_endpoints::Expectation;

use super::{DocumentOutput, IdentityArgs, ProfileArg, duration, pair};

pub(super) const ENDPOINTS_EXAMPLES: &str = "\
Examples:
  kubectl -n istio-system port-forward deploy/istiod 15010 &
  sextant endpoints --ads 127.0.0.1:15010 --node router~10.0.0.5~gw-0.gwtest~gwtest.svc.cluster.local \\
      --metadata NAMESPACE=gwtest --metadata 'LABELS={\"gateway.networking.k8s.io/gateway-name\": \"gw\"}'
      what istiod hands out to that gateway
  sextant endpoints --envoy-admin http://127.0.0.1:15000
      what a running Envoy has, with the health and the looked-up addresses of its hosts
  sextant endpoints --ads 127.0.0.1:9977 --node gw.gwtest --metadata role=kgateway-kube-gateway-api~gwtest~gw -o json
  sextant endpoints --envoy-admin 127.0.0.1:15000 --diff -f manifests/ --profile istio
      each endpoint that is missing, surplus or otherwise than the rules have it, and the rule
  sextant endpoints --envoy-admin 127.0.0.1:15000 --expect se.example.com:80=1.1.1.1:8080,2.2.2.2:8080
      the assertion behind `istioctl proxy-config endpoints | grep`

Exit status: 0 nothing differs (or nothing was compared), 1 something differs, 2 bad input, 3 no complete answer in time.";

/// `sextant endpoints`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["ads", "envoy_admin"]))]
pub(crate) struct EndpointsArgs {
    /// Ask this control plane (istiod, kgateway, Envoy Gateway) over aggregated xDS, in plaintext.
    #[arg(long, value_name = "HOST:PORT", requires = "node")]
    pub(crate) ads: Option<String>,
    /// Ask the admin interface of a running Envoy.
    #[arg(long, value_name = "URL")]
    pub(crate) envoy_admin: Option<String>,
    /// With --ads: id of the node to ask as, which decides what the control plane hands out.
    #[arg(long, value_name = "ID", requires = "ads")]
    pub(crate) node: Option<String>,
    /// With --ads: service cluster of the node.
    #[arg(long, value_name = "NAME", default_value = "", requires = "ads")]
    pub(crate) node_cluster: String,
    /// With --ads: metadata of the node; a value that is JSON is taken as that. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = metadata, requires = "ads")]
    pub(crate) metadata: Vec<(String, serde_json::Value)>,
    /// Name each difference from what the manifests of -f come to by the rules.
    #[arg(long, requires = "files")]
    pub(crate) diff: bool,
    /// With --diff: manifests, a file, a folder, a Markdown page or - for standard input. May be repeated.
    #[arg(id = "files", short = 'f', long = "filename", value_name = "PATH", requires = "diff")]
    pub(crate) files: Vec<String>,
    /// With --diff: whose rules.
    #[arg(long, value_enum, default_value = "kgateway", requires = "diff")]
    pub(crate) profile: ProfileArg,
    /// Name each difference from these endpoints, which are all that the host has: HOST=ADDRESS:PORT,… or HOST:PORT=…;
    /// HOST may be the name of a cluster. May be repeated.
    #[arg(long, value_name = "HOST=ENDPOINTS")]
    pub(crate) expect: Vec<Expectation>,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    /// How long to wait for everything.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: DocumentOutput,
}

fn metadata(text: &str) -> Result<(String, serde_json::Value), String> {
    let (key, value) = pair(text, "NAMESPACE=gwtest")?;
    if key.is_empty() {
        return Err(format!("`{text}` has no key before `=`"));
    }
    // A number stays text: revisions and versions look like numbers, and no control plane reads one here.
    let structured = value.starts_with(['{', '[']);
    let parsed = serde_json::from_str(value).map_err(|error| format!("the value of {key} is not JSON: {error}"));
    Ok((key.to_owned(), if structured { parsed? } else { value.into() }))
}
