//! Proof that a network has no way out.

use std::io;
use std::path::Path;

/// Routes of the calling thread's own network namespace; `/proc/net` would be that of the process's first thread.
const NETWORK: &str = "/proc/thread-self/net";
const LOOPBACK: &str = "lo";

/// Proof that nothing can leave the network of the thread that asked: each of its routes leads to `lo`. In such a network
/// any address may be bound, since only this machine can reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isolated(());

/// Why a network is not known to be isolated.
#[derive(Debug, thiserror::Error)]
pub enum NotIsolated {
    /// There is a way out.
    #[error(
        "this network has a route to {interface}; documented addresses may be bound in a network of their own alone"
    )]
    WayOut {
        /// The interface.
        interface: String,
    },
    /// The routes cannot be read.
    #[error("the routes of this network cannot be read from {file}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Isolated {
    /// Looks at the routes of this thread's network.
    ///
    /// # Errors
    /// [`NotIsolated`].
    pub fn check() -> Result<Self, NotIsolated> {
        for (file, heading, column) in [("route", 1, 0), ("ipv6_route", 0, 9)] {
            let path = Path::new(NETWORK).join(file);
            let routes = match std::fs::read_to_string(&path) {
                // A kernel without IPv6.
                Err(error) if error.kind() == io::ErrorKind::NotFound && file == "ipv6_route" => continue,
                read => read.map_err(|source| NotIsolated::Unreadable { file: path.display().to_string(), source })?,
            };
            if let Some(interface) = way_out(&routes, heading, column) {
                return Err(NotIsolated::WayOut { interface: interface.to_owned() });
            }
        }
        Ok(Self(()))
    }
}

/// The first interface other than `lo` in a table with so many lines of heading.
fn way_out(routes: &str, heading: usize, column: usize) -> Option<&str> {
    let interfaces = routes.lines().skip(heading).filter_map(|line| line.split_whitespace().nth(column));
    interfaces.into_iter().find(|interface| *interface != LOOPBACK)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HEADING: &str = "Iface\tDestination\tGateway\tFlags\n";

    #[rstest]
    #[case("", None)]
    #[case("lo\t00000000\t00000000\t0001\n", None)]
    #[case("lo\t00000000\t00000000\t0001\neth0\t00000000\t010011AC\t0003\n", Some("eth0"))]
    fn only_routes_to_lo_are_no_way_out(#[case] routes: &str, #[case] expected: Option<&str>) {
        assert_eq!(way_out(&format!("{HEADING}{routes}"), 1, 0), expected);
    }

    #[test]
    fn ipv6_routes_name_their_interface_last() {
        let line = "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 \
                    00000000000000000000000000000000 00000100 00000001 00000000 00000001";
        assert_eq!(way_out(&format!("{line}     eth0\n"), 0, 9), Some("eth0"));
        assert_eq!(way_out(&format!("{line}       lo\n"), 0, 9), None);
    }
}
