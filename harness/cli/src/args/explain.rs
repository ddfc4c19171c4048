//! `sextant explain`.

use clap::{Args, ValueEnum};

use super::IdentityArgs;

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  sextant explain -f manifests/
  kubectl get serviceentry,workloadentry,pod,node,httproute,gateway -A -o yaml | sextant explain -f -
  sextant explain -f manifests/ --all
      also the workloads whose labels do not match, and which label differs
  sextant explain -f manifests/ --request 'GET http://se.example.com/info' -H 'x-env: dev'
      which listener, hostname and rule take it, and why others do not
  sextant explain -f manifests/ --request tls://db.example.com:443
      the same for a connection: which TLSRoute takes this server name; tcp://host:5432 for TCPRoutes
  sextant explain --from before/ --to after/ --exit-code
      endpoints gained and lost, shares that shift, conditions that flip
  sextant explain -f manifests/ --profile both
      where kgateway and Istio differ, and the rule that says so
  sextant explain -f manifests/ -o json | jq '.backends[].excluded'";

/// `sextant explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Manifests: a file, a folder, a Markdown page (page.md#heading takes one section) or - for standard input. May be
    /// repeated.
    #[arg(short = 'f', long = "filename", value_name = "PATH", required_unless_present = "from")]
    pub(crate) files: Vec<String>,
    /// Say what a change would move: manifests before it. May be repeated.
    #[arg(long, value_name = "PATH", requires = "to", conflicts_with = "files")]
    pub(crate) from: Vec<String>,
    /// Manifests after the change. May be repeated.
    #[arg(long, value_name = "PATH", requires = "from")]
    pub(crate) to: Vec<String>,
    /// With --from and --to: end with status 1 when something moves, like git diff.
    #[arg(long, requires = "from")]
    pub(crate) exit_code: bool,
    /// Walk one request from listener to endpoints: 'GET http://host/path'; or one connection: tcp://host:port (the port
    /// decides), tls://server-name:port (the server name of its ClientHello does).
    #[arg(long, value_name = "REQUEST", conflicts_with = "from")]
    pub(crate) request: Option<String>,
    /// Header of the request, 'Name: value'. May be repeated.
    #[arg(short = 'H', long = "header", value_name = "HEADER", requires = "request")]
    pub(crate) headers: Vec<String>,
    /// Whose semantics.
    #[arg(long, value_enum, default_value = "kgateway")]
    pub(crate) profile: ExplainedProfile,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    /// Also list the workloads of a ServiceEntry's namespace whose labels do not match its selector.
    #[arg(long)]
    pub(crate) all: bool,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: DocumentOutput,
}

/// Whose semantics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainedProfile {
    /// kgateway, newest behaviour.
    Kgateway,
    /// Istio's gateway path.
    Istio,
    /// Where the two differ about these manifests, and by which rule.
    Both,
}

/// What a document is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentOutput {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// The same as YAML.
    Yaml,
}
