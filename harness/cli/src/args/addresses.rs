//! `--addresses`.

use clap::ValueEnum;
use sextant_runner::AddressMode;

/// Where documented addresses really are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AddressesArg {
    /// On loopback; the gateway dials through a plan of addresses.
    Alias,
    /// On loopback; the gateway is given manifests and DNS answers with the real addresses.
    Rewrite,
    /// What they say, port and all, in a network of each scenario's own (Linux): for programs that read manifests as they are.
    Netns,
}

impl From<AddressesArg> for AddressMode {
    fn from(arg: AddressesArg) -> Self {
        match arg {
            AddressesArg::Alias => Self::Alias,
            AddressesArg::Rewrite => Self::Rewrite,
            AddressesArg::Netns => Self::Netns,
        }
    }
}
