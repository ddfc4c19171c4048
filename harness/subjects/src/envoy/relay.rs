//! Between Envoy and the fake DNS: a server for each cluster that passes queries on as they are, turns the documented
//! addresses of answers into those on loopback, and knows which names were asked for when.
//!
//! That a server belongs to one cluster is what makes lookups countable: a name is looked up again only after the lookup
//! before is over and its outcome in force, so that a second one which began after a moment tells that the first did too.

mod rewrite;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sextant_routing::{Discovery, EndpointAddress, Model};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::places::Places;

/// How long an answer of the fake DNS is waited for; longer than anybody who asks waits.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest message (RFC 1035, 4.2.2).
const LARGEST: usize = 65_535;
/// Ports that are tried until one is free for both protocols.
const TRIES: usize = 16;

/// The names that each cluster looks up, and how many times it does so side by side.
pub(super) type Names = BTreeMap<String, usize>;

/// What the clusters of a model ask.
#[derive(Debug, Default)]
pub(super) struct Asked {
    by_cluster: BTreeMap<String, Option<Names>>,
}

/// The servers of one Envoy.
#[derive(Debug)]
pub(super) struct DnsRelays {
    dns: SocketAddr,
    places: Arc<Places>,
    relays: HashMap<String, Relay>,
    /// Rises with every lookup.
    lookups: watch::Sender<u64>,
}

/// The server of one cluster.
#[derive(Debug)]
struct Relay {
    address: SocketAddr,
    /// `None`: whatever was asked for.
    names: Option<Names>,
    begun: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
    _serving: AbortOnDropHandle<()>,
}

/// What a server needs to pass a query on.
#[derive(Clone)]
struct Passing {
    dns: SocketAddr,
    places: Arc<Places>,
    begun: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
    lookups: watch::Sender<u64>,
}

impl Asked {
    /// What Envoy asks when it has `model`.
    pub(super) fn by(model: &Model) -> Self {
        let mut asked = Self::default();
        for (cluster, index) in sextant_xds::looking_up(model) {
            let backend = &model[index];
            let names = (backend.discovery != Discovery::DynamicDns).then(|| {
                let mut names = Names::new();
                for endpoint in &backend.endpoints {
                    if let EndpointAddress::Name(name) = &endpoint.address {
                        *names.entry(name.to_string()).or_default() += 1;
                    }
                }
                names
            });
            asked.by_cluster.insert(cluster, names);
        }
        asked
    }
}

impl DnsRelays {
    pub(super) fn new(dns: SocketAddr, places: Arc<Places>) -> Self {
        Self { dns, places, relays: HashMap::new(), lookups: watch::Sender::default() }
    }

    /// Has a server for every cluster of `asked`, and for no other.
    pub(super) async fn follow(&mut self, asked: Asked) -> io::Result<()> {
        // An old cluster may ask until it is gone; without its server those lookups fail, which nobody sees any more.
        self.relays.retain(|cluster, _| asked.by_cluster.contains_key(cluster));
        for (cluster, names) in asked.by_cluster {
            match self.relays.get_mut(&cluster) {
                Some(relay) => relay.names = names,
                None => {
                    let relay = self.relay(names).await?;
                    self.relays.insert(cluster, relay);
                }
            }
        }
        Ok(())
    }

    /// The server of this cluster; without one, the discard port, where nobody answers.
    pub(super) fn address(&self, cluster: &str) -> SocketAddr {
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        self.relays.get(cluster).map_or(nobody, |relay| relay.address)
    }

    /// Waits until every name was looked up by a lookup that began after `since`, and its outcome is in force.
    ///
    /// # Errors
    /// A name of which this is not so at the deadline.
    pub(super) async fn settled(&self, since: Instant, deadline: Instant) -> Result<(), String> {
        let mut lookups = self.lookups.subscribe();
        let settled = async {
            // The sender is ours.
            while self.relays.values().any(|relay| relay.unsettled(since).is_some()) && lookups.changed().await.is_ok()
            {
            }
        };
        let in_time = tokio::time::timeout_at(deadline.into(), settled).await;
        match self.relays.values().find_map(|relay| relay.unsettled(since)) {
            Some(name) if in_time.is_err() => Err(name),
            _ => Ok(()),
        }
    }

    async fn relay(&self, names: Option<Names>) -> io::Result<Relay> {
        let (udp, tcp) = sockets().await?;
        let address = udp.local_addr()?;
        let begun = Arc::default();
        let passing = Passing {
            dns: self.dns,
            places: Arc::clone(&self.places),
            begun: Arc::clone(&begun),
            lookups: self.lookups.clone(),
        };
        let serving = AbortOnDropHandle::new(tokio::spawn(passing.serve(udp, tcp)));
        Ok(Relay { address, names, begun, _serving: serving })
    }
}

impl Relay {
    /// A name of which no lookup is known to have begun after `since` and to be over.
    fn unsettled(&self, since: Instant) -> Option<String> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let after =
            |name: &String| begun.get(name).map_or(0, |times| times.iter().filter(|begun| **begun > since).count());
        match &self.names {
            Some(names) => {
                names.iter().find(|(name, side_by_side)| after(name) < 2 * **side_by_side).map(|(name, _)| name)
            }
            None => begun.keys().find(|name| after(name) < 2),
        }
        .cloned()
    }
}

/// A UDP and a TCP socket on one free port.
async fn sockets() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Passing {
    async fn serve(self, udp: UdpSocket, tcp: TcpListener) {
        let udp = Arc::new(udp);
        let mut buffer = vec![0; LARGEST];
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                received = udp.recv_from(&mut buffer) => {
                    // Errors of UDP sockets are about an earlier packet.
                    let Ok((length, from)) = received else { continue };
                    let query = buffer[..length].to_vec();
                    self.note(&query);
                    let (passing, back) = (self.clone(), Arc::clone(&udp));
                    under_way.spawn(async move {
                        if let Some(answer) = passing.ask(&query).await {
                            let _ = back.send_to(&answer, from).await; // who asked may be gone
                        }
                    });
                }
                accepted = tcp.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let passing = self.clone();
                    under_way.spawn(async move {
                        let _ = passing.converse(stream).await; // either side may end it
                    });
                }
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    /// Remembers a lookup that begins.
    fn note(&self, query: &[u8]) {
        let Some(name) = rewrite::begins_lookup_of(query) else { return };
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default().push(Instant::now());
        self.lookups.send_modify(|lookups| *lookups += 1);
    }

    /// The answer to a query over UDP; `None` when there is none.
    async fn ask(&self, query: &[u8]) -> Option<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
        socket.connect(self.dns).await.ok()?;
        socket.send(query).await.ok()?;
        let mut answer = vec![0; LARGEST];
        let length = tokio::time::timeout(PATIENCE, socket.recv(&mut answer)).await.ok()?.ok()?;
        Some(rewrite::localised(&answer[..length], &self.places))
    }

    /// Passes the queries of one connection on over another.
    async fn converse(&self, mut from: TcpStream) -> io::Result<()> {
        let mut to = TcpStream::connect(self.dns).await?;
        loop {
            let query = read_message(&mut from).await?;
            write_message(&mut to, &query).await?;
            let answer = tokio::time::timeout(PATIENCE, read_message(&mut to)).await??;
            write_message(&mut from, &rewrite::localised(&answer, &self.places)).await?;
        }
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write_message(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    stream.write_all(&[&length.to_be_bytes()[..], message].concat()).await
}
