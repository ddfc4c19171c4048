//! What is in a network of our own: `lo`, and on it every address there is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures::TryStreamExt as _;
use rtnetlink::packet_route::address::AddressHeaderFlags;
use rtnetlink::packet_route::route::{RouteScope, RouteType};
use rtnetlink::{Handle, LinkUnspec, RouteMessageBuilder};
use tokio_util::task::AbortOnDropHandle;

use super::NetnsError;

/// Where the fake DNS is, and where `/etc/resolv.conf` says it is.
pub(crate) const DNS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 53);

/// The routing table of what is here itself (`ip route show table local`).
const LOCAL: u32 = 255;

/// Brings `lo` up, and makes every address local: what nobody listens on refuses connections, as in the other modes.
pub(super) async fn set_up() -> Result<(), NetnsError> {
    let (_connection, handle) = netlink()?;
    let lo = loopback(&handle).await?;
    let up = handle.link().set(LinkUnspec::new_with_index(lo).up().build()).execute().await;
    up.map_err(failed("bringing lo up"))?;
    let v4 = RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix(Ipv4Addr::UNSPECIFIED, 0);
    let v4 = v4.output_interface(lo).table_id(LOCAL).kind(RouteType::Local).scope(RouteScope::Host).build();
    handle.route().add(v4).execute().await.map_err(failed("making IPv4 addresses local"))?;
    let v6 = RouteMessageBuilder::<Ipv6Addr>::new().destination_prefix(Ipv6Addr::UNSPECIFIED, 0);
    let v6 = v6.output_interface(lo).table_id(LOCAL).kind(RouteType::Local).build();
    handle.route().add(v6).execute().await.map_err(failed("making IPv6 addresses local"))
}

/// Adds addresses of workloads to `lo`, so that they can be listened on. Those of loopback are there already.
pub(crate) async fn add(addresses: &[IpAddr]) -> Result<(), NetnsError> {
    let (_connection, handle) = netlink()?;
    let lo = loopback(&handle).await?;
    for &address in addresses {
        if address.is_loopback() {
            continue;
        }
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        let mut request = handle.address().add(lo, address, prefix).replace();
        // Nobody else can have it: without this an IPv6 address cannot be bound until that has been found out.
        request.message_mut().header.flags |= AddressHeaderFlags::Nodad;
        request.execute().await.map_err(failed("adding a documented address to lo"))?;
    }
    Ok(())
}

fn netlink() -> Result<(AbortOnDropHandle<()>, Handle), NetnsError> {
    let (connection, handle, _) = rtnetlink::new_connection().map_err(failed("opening a netlink socket"))?;
    Ok((AbortOnDropHandle::new(tokio::spawn(connection)), handle))
}

async fn loopback(handle: &Handle) -> Result<u32, NetnsError> {
    let mut found = handle.link().get().match_name("lo".to_owned()).execute();
    let lo = found.try_next().await.map_err(failed("finding lo"))?;
    lo.map(|lo| lo.header.index).ok_or_else(|| failed("finding lo")("there is none"))
}

fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(doing: &'static str) -> impl FnOnce(E) -> NetnsError {
    move |source| NetnsError::Network { doing, source: source.into() }
}
