//! `sextant endpoints`: what a control plane hands out, or a running Envoy has. The one command that dials what its user
//! names.

use sextant_endpoints::{Admin, Ads, Comparison, Endpoints, Node, Origin, address, admin_url, fetch, read};
use sextant_reports::Style;
use sextant_resources::Loaded;
use sextant_routing::{GatewayIdentity, Options};

use crate::args::EndpointsArgs;
use crate::commands::BadInput;
use crate::commands::explain::print;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// Asks, and prints the answer, or how it differs from what it is held against.
pub(crate) async fn run(args: EndpointsArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let style = Style { width: terminal.width, colour: terminal.color, unicode: true };
    // What cannot be used is told before anybody is asked.
    let loaded = if args.diff { Some(manifests::read(&args.files, terminal)?) } else { None };
    let endpoints = ask(&args).await?;
    let mut exit = Exit::Passed;
    if loaded.is_some() || !args.expect.is_empty() {
        let comparison = compare(&endpoints, loaded.as_ref(), &args);
        print(&comparison, |document| document.render(style), args.output)?;
        exit = if comparison.is_equal() { Exit::Passed } else { Exit::Failed };
    } else {
        print(&endpoints, |document| document.render(style), args.output)?;
    }
    if endpoints.waiting_for.is_empty() {
        return Ok(exit);
    }
    anyhow::bail!(
        "{} did not hand out everything within {} s: still waiting for {}",
        endpoints.origin.address,
        args.timeout.as_secs_f64(),
        endpoints.waiting_for.join(", ")
    )
}

fn compare(endpoints: &Endpoints, loaded: Option<&Loaded>, args: &EndpointsArgs) -> Comparison {
    let mut comparison = Comparison::of(endpoints);
    if let Some(loaded) = loaded {
        let gateway = (&args.identity).into();
        let options = Options { profile: args.profile.into(), gateway, ..Options::default() };
        comparison = comparison.with_rules(endpoints, &loaded.resources, &options);
    }
    comparison.with_expectations(endpoints, &args.expect)
}

async fn ask(args: &EndpointsArgs) -> anyhow::Result<Endpoints> {
    match (&args.ads, &args.envoy_admin) {
        (Some(control_plane), _) => ask_control_plane(control_plane, args).await,
        (None, Some(url)) => ask_envoy(url, args).await,
        (None, None) => Err(BadInput("name a control plane (--ads) or an Envoy (--envoy-admin)".into()).into()),
    }
}

async fn ask_control_plane(control_plane: &str, args: &EndpointsArgs) -> anyhow::Result<Endpoints> {
    let node = Node {
        id: args.node.clone().unwrap_or_default(),
        cluster: args.node_cluster.clone(),
        metadata: args.metadata.iter().cloned().collect(),
        locality: GatewayIdentity::from(&args.identity).locality,
    };
    let address = address(control_plane).map_err(|error| BadInput(error.to_string()))?;
    let ads = Ads { address, node, patience: args.timeout };
    let handed_out = fetch(&ads).await?;
    let origin = Origin {
        kind: "ads",
        address: ads.address.to_string(),
        node: ads.node.id,
        control_plane: handed_out.control_plane,
        versions: handed_out.versions,
    };
    Ok(Endpoints::of(&handed_out.config, origin, handed_out.waiting_for))
}

async fn ask_envoy(url: &str, args: &EndpointsArgs) -> anyhow::Result<Endpoints> {
    let url = admin_url(url).map_err(|error| BadInput(error.to_string()))?;
    let admin = Admin { url, patience: args.timeout };
    let in_use = read(&admin).await?;
    let origin = Origin {
        kind: "envoy-admin",
        address: admin.url.to_string(),
        node: in_use.node,
        control_plane: String::new(),
        versions: in_use.versions,
    };
    Ok(Endpoints::of(&in_use.config, origin, Vec::new()))
}
