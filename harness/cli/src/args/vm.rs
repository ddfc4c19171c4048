//! `sextant vm`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::duration;

pub(super) const VM_EXAMPLES: &str = "\
Examples:
  sextant vm 127.0.0.2:8080
  sextant vm 1.1.1.1:80 2.2.2.2:80 10.244.0.5:8080
      documented addresses get loopback aliases; the table printed at the start says which
  sextant vm 127.0.0.2:8080 --status 503 --delay 200ms";

/// `sextant vm`.
#[derive(Debug, Args)]
pub(crate) struct VmArgs {
    /// Addresses to answer on. A loopback address is bound as it is; any other gets a loopback alias.
    #[arg(value_name = "IP:PORT", required = true)]
    pub(crate) endpoints: Vec<SocketAddr>,
    /// Locality that replies name, region/zone/subzone.
    #[arg(long, value_name = "R/Z/S", default_value = "")]
    pub(crate) locality: String,
    /// Network that replies name.
    #[arg(long, value_name = "NETWORK", default_value = "")]
    pub(crate) network: String,
    /// Status of every reply.
    #[arg(long, value_name = "CODE", default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=599))]
    pub(crate) status: u16,
    /// Time before every reply.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(crate) delay: Duration,
    /// Print every request.
    #[arg(short, long, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}
