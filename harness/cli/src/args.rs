//! What can be typed. Meaning is given to it in `commands`; nothing else of Sextant reads arguments or the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

mod adapter;
mod addresses;
mod causes;
mod endpoints;
mod explain;
mod features;
mod keep;
mod ledger;
mod mutants;
mod profile;
pub(crate) mod report;
mod rules;
mod subject;
mod validate;
mod vm;

pub(crate) use adapter::{AdapterCommand, CertifyArgs};
pub(crate) use addresses::AddressesArg;
pub(crate) use causes::CausesArgs;
pub(crate) use endpoints::EndpointsArgs;
pub(crate) use explain::{DocumentOutput, ExplainArgs, ExplainedProfile};
pub(crate) use features::FeaturesArgs;
pub(crate) use keep::{KeepArgs, Limit};
pub(crate) use ledger::{CountsArg, LedgerArgs};
pub(crate) use mutants::{MutantsArgs, MutantsOutput};
pub(crate) use profile::ProfileArg;
pub(crate) use rules::{CoverageArgs, LevelArg, PageOutput, RulesArgs};
pub(crate) use subject::{SubjectArg, SubjectOptions};
pub(crate) use validate::{AdmissionArg, ValidateArgs};
pub(crate) use vm::VmArgs;

use crate::filter::Filter;
use crate::formats::Format;
use crate::implementation::{ImplementationKey, implementation};
use adapter::ADAPTER_EXAMPLES;
use causes::CAUSES_EXAMPLES;
use endpoints::ENDPOINTS_EXAMPLES;
use explain::EXPLAIN_EXAMPLES;
use features::FEATURES_EXAMPLES;
use mutants::MUTANTS_EXAMPLES;
use report::{REPORT_EXAMPLES, ReportCommand};
use rules::{COVERAGE_EXAMPLES, RULES_EXAMPLES};
use sextant_reports::canonical::LARGEST_INTEGER;
use validate::VALIDATE_EXAMPLES;
use vm::VM_EXAMPLES;

/// Takes a bearing on ServiceEntry routing: says where traffic must go, sends it, and reports where it went.
#[derive(Debug, Parser)]
#[command(name = "sextant", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// When to colour the output.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    pub(crate) color: clap::ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit status:
  0  everything that was asked for passed
  1  a requirement failed
  2  bad input: arguments, scenarios, manifests or ledgers
  3  inconclusive, or the harness itself failed
  4  what a ledger of known failures says to fail has passed
  5  an entry of a ledger has expired
  130  interrupted
When several hold, the first of 130, 2, 1, 3, 5, 4 counts.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run scenarios against a gateway and judge what is seen.
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// List scenarios.
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Show the rules that scenarios test, with their sources.
    #[command(after_help = RULES_EXAMPLES)]
    Rules(RulesArgs),
    /// Show which scenarios and tests hold each rule, and where one is missing.
    #[command(after_help = COVERAGE_EXAMPLES)]
    Coverage(CoverageArgs),
    /// Show that the suite catches gateways that are wrong, each in one thing.
    #[command(after_help = MUTANTS_EXAMPLES)]
    Mutants(MutantsArgs),
    /// Show, check and compare the records of runs.
    #[command(after_help = REPORT_EXAMPLES, subcommand)]
    Report(ReportCommand),
    /// Show what subjects can do beside proxying, and whether they can do what they say.
    #[command(after_help = FEATURES_EXAMPLES)]
    Features(FeaturesArgs),
    /// Make a gateway of your own testable.
    #[command(after_help = ADAPTER_EXAMPLES, subcommand)]
    Adapter(AdapterCommand),
    /// List what the diagnosis of a failure can say, and where to look then.
    #[command(after_help = CAUSES_EXAMPLES)]
    Causes(CausesArgs),
    /// Run the reference gateway alone, on your manifests.
    #[command(after_help = GATEWAY_EXAMPLES)]
    Gateway(GatewayArgs),
    /// Say where the traffic of your ServiceEntries goes, and why a workload is not an endpoint.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Say where a running control plane or Envoy sends traffic.
    #[command(after_help = ENDPOINTS_EXAMPLES)]
    Endpoints(EndpointsArgs),
    /// Find what validators refuse in your manifests, and the traps that no validator tells.
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Run the scripted fake DNS server alone.
    #[command(after_help = sextant_fake_dns::cli::examples("sextant dns"))]
    Dns(DnsArgs),
    /// Run fake VMs alone.
    #[command(after_help = VM_EXAMPLES)]
    Vm(VmArgs),
    /// Print a JSON Schema, for editors and for programs that read reports.
    Schema {
        /// Of what.
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print a completion script for your shell.
    #[command(after_help = "Example:\n  sextant completions bash > /etc/bash_completion.d/sextant")]
    Completions {
        /// Shell.
        shell: Shell,
    },
}

/// Which scenarios are meant.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Selection {
    /// Scenario files, folders, or ids; none means every scenario of the suite.
    #[arg(value_name = "PATH|ID")]
    pub(crate) scenarios: Vec<String>,
    /// Only those that the expression admits: id(GLOB) rule(GLOB) path(GLOB) title(TEXT), with `and`, `or`, `not` and
    /// parentheses.
    #[arg(short = 'E', long = "filter", value_name = "EXPRESSION")]
    pub(crate) filter: Option<Filter>,
    /// Folder that ids and the whole suite are looked up in [default: ./scenarios if it is there, otherwise the suite
    /// built into this program].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) suite: Option<PathBuf>,
}

const RUN_EXAMPLES: &str = "\
Examples:
  sextant run                                        the whole suite against the reference
  sextant run documented-dns-resolution -v           one scenario, every check shown
  sextant run my/scenarios -E 'rule(K-03*)'          a folder, by rule
  sextant run --subject reference,envoy              beside a real Envoy, and where they differ
  sextant run --subject exec:adapter.yaml            on a gateway of your own
  sextant run --subject url:http://127.0.0.1:8080 --apply-command 'kubectl apply -f -'
  sextant run documented-static-endpoints --keep     and leave the testbed up to look at
  sextant run --subject envoy --known-failures my-ledger.yaml
  sextant run --report junit=out.xml --report markdown=summary.md
  sextant run -o json | jq .summary";

/// `sextant run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Gateways under test, with commas between them; each scenario runs on each: reference, envoy, exec:FILE for the
    /// program that an adapter file describes (`harness/subjects/PROTOCOL.md`), or url:URL for one that runs already.
    #[arg(long = "subject", value_name = "SUBJECT", default_value = "reference", value_delimiter = ',')]
    pub(crate) subjects: Vec<SubjectArg>,
    #[command(flatten)]
    pub(crate) with: SubjectOptions,
    /// Whose semantics are demanded where gateways differ.
    #[arg(long, value_enum, default_value = "kgateway")]
    pub(crate) profile: ProfileArg,
    /// Where documented addresses are [default: alias; rewrite for a gateway that knows manifests alone].
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) addresses: Option<AddressesArg>,
    /// Seed of everything that draws lots; the same seed repeats the run.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=LARGEST_INTEGER))]
    pub(crate) seed: u64,
    /// Scenarios that run side by side [default: twice the number of cores].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Longest time for one scenario.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: RunOutput,
    /// Write a report as well: junit=FILE, json=FILE, html=FILE, markdown=FILE, table=FILE, conformance=FILE. May be
    /// repeated.
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub(crate) reports: Vec<(Format, PathBuf)>,
    #[doc = include_str!("args/implementation.txt")]
    #[arg(long, value_name = "KEY=VALUE", value_parser = implementation, value_delimiter = ',')]
    pub(crate) implementation: Vec<(ImplementationKey, String)>,
    /// JSON without what differs between equal runs (times, what was seen at failures), in the bytes of RFC 8785: equal
    /// runs give equal files.
    #[arg(long)]
    pub(crate) canonical: bool,
    /// Only failures and counts.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Every check.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
    #[command(flatten)]
    pub(crate) keep: KeepArgs,
}

const LIST_EXAMPLES: &str = "\
Examples:
  sextant list
  sextant list -E 'rule(K-075)' -o json";

/// `sextant list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ListOutput,
}

const GATEWAY_EXAMPLES: &str = "\
Examples:
  sextant gateway -f manifests/ --vms
      your manifests, with a fake VM behind every address they name
  sextant gateway -f service-entry.md#1-static-endpoints --vms
  sextant gateway -f manifests/ --dns 127.0.0.1:5353 --port 80=8080
  kubectl get serviceentry,httproute,gateway -A -o yaml | sextant gateway -f -
  curl -H 'Host: se.example.com' http://127.0.0.1:8080/info
  curl http://127.0.0.1:15000/endpoints?format=table";

/// `sextant gateway`.
#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    /// Manifests: a file, a folder, a Markdown page (page.md#heading takes one section) or - for standard input. May be
    /// repeated.
    #[arg(short = 'f', long = "filename", value_name = "PATH", required = true)]
    pub(crate) files: Vec<String>,
    /// Whose semantics.
    #[arg(long, value_enum, default_value = "kgateway")]
    pub(crate) profile: ProfileArg,
    /// Loopback address to listen on.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,
    /// Listen on another port than the Gateway says: 80=8080. May be repeated.
    #[arg(long = "port", value_name = "GATEWAY=REAL", value_parser = port_pair)]
    pub(crate) ports: Vec<(u16, u16)>,
    /// Address of the admin interface.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:15000")]
    pub(crate) admin: SocketAddr,
    /// DNS server for DNS backends; it must be on loopback. May be repeated.
    #[arg(long = "dns", value_name = "IP:PORT")]
    pub(crate) dns: Vec<SocketAddr>,
    /// Time between lookups.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) dns_refresh: Duration,
    /// Look up again when an answer's TTL ends instead.
    #[arg(long)]
    pub(crate) respect_dns_ttl: bool,
    /// Dial a loopback address in place of a documented one: 1.1.1.1:80=127.0.0.2:8080. May be repeated.
    #[arg(long = "map", value_name = "DOCUMENTED=REAL", value_parser = address_pair)]
    pub(crate) maps: Vec<(SocketAddr, SocketAddr)>,
    /// Start a fake VM behind every address that the manifests name.
    #[arg(long)]
    pub(crate) vms: bool,
    /// Say in the header x-sextant-reason why the gateway answered by itself.
    #[arg(long)]
    pub(crate) reasons: bool,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    /// Worker threads [default: one a core].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
}

/// Who the gateway is.
#[derive(Debug, Args)]
pub(crate) struct IdentityArgs {
    /// Locality of the gateway, region/zone/subzone.
    #[arg(long, value_name = "R/Z/S", default_value = "")]
    pub(crate) gateway_locality: String,
    /// Label of the gateway. May be repeated.
    #[arg(long = "gateway-label", value_name = "KEY=VALUE", value_parser = label)]
    pub(crate) gateway_labels: Vec<(String, String)>,
    /// Network of the gateway.
    #[arg(long, value_name = "NETWORK", default_value = "")]
    pub(crate) gateway_network: String,
}

/// `sextant dns`.
#[derive(Debug, Args)]
pub(crate) struct DnsArgs {
    #[command(flatten)]
    pub(crate) inner: sextant_fake_dns::cli::Args,
}

/// What `run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunOutput {
    /// Tables for people.
    Table,
    /// The run record.
    Json,
    /// A summary for CI.
    Markdown,
}

/// What `list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListOutput {
    /// A table for people.
    Table,
    /// A JSON array.
    Json,
}

/// What a schema is printed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Scenario files.
    Scenario,
    /// The run record (`run -o json`).
    RunRecord,
    /// Adapter files (`run --subject exec:adapter.yaml`).
    Adapter,
    /// What Sextant and an adapter say to each other.
    AdapterMessages,
}

impl From<&IdentityArgs> for sextant_routing::GatewayIdentity {
    fn from(identity: &IdentityArgs) -> Self {
        Self {
            labels: identity.gateway_labels.iter().cloned().collect(),
            locality: sextant_routing::Locality::parse(&identity.gateway_locality),
            network: identity.gateway_network.clone(),
            ..Self::default()
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a time such as 100ms, 5s or 1m"))?;
    Duration::try_from(span).map_err(|_| format!("`{text}` is negative"))
}

fn pair<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`; write it like {example}"))
}

fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = pair(text, "junit=report.xml")?;
    if file.is_empty() {
        return Err(format!("no file after `{format}=`"));
    }
    Ok((Format::from_str(format, true).map_err(|_| format!("`{format}` is not {}", Format::names()))?, file.into()))
}

fn port_pair(text: &str) -> Result<(u16, u16), String> {
    let (from, to) = pair(text, "80=8080")?;
    let port = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a port (0 to 65535)"));
    Ok((port(from)?, port(to)?))
}

fn address_pair(text: &str) -> Result<(SocketAddr, SocketAddr), String> {
    let (from, to) = pair(text, "1.1.1.1:80=127.0.0.2:8080")?;
    let address = |text: &str| text.parse().map_err(|_| format!("`{text}` is not an address such as 1.1.1.1:80"));
    Ok((address(from)?, address(to)?))
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = pair(text, "topology.istio.io/network=net1")?;
    Ok((key.to_owned(), value.to_owned()))
}
