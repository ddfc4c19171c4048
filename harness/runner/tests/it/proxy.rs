//! A subject for these tests: a proxy that sends to the inline endpoints of the only ServiceEntry in turn, or to what
//! its host's name has, and misbehaves as told. It knows nothing of routing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use sextant_fake_vms::AddressPlan;
use sextant_resources::{ResourceSet, ServiceEntry};
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the proxy does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// Nothing.
    #[default]
    Good,
    /// It sends to the first endpoint twice as often as to the others.
    WrongShare,
    /// It never serves a configuration, and says so.
    NeverConverges,
    /// It serves the first configuration and no later one.
    StopsConverging,
    /// It never comes back from being given a configuration.
    Hangs,
    /// It never gets to its end.
    HangsOnStop,
    /// It refuses every configuration.
    Refuses,
    /// It cannot be started.
    NoStart,
    /// It panics when it is given a configuration.
    Panics,
    /// It panics when it is dropped.
    PanicsOnDrop,
    /// It reads a request and closes the connection.
    ClosesConnections,
    /// It answers what is not HTTP.
    Garbage,
    /// It never answers a request.
    NeverAnswers,
    /// It never looks a name up again.
    ForgetsDns,
    /// It has no listener.
    NoListener,
    /// It says that it listens elsewhere.
    Elsewhere,
}

/// Makes proxies of one conduct, and remembers where they listened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    conduct: Conduct,
    features: Features,
    listened: Arc<Mutex<Vec<SocketAddr>>>,
}

struct Proxy {
    conduct: Conduct,
    features: Features,
    world: SubjectWorld,
    address: SocketAddr,
    state: Arc<State>,
    generation: u64,
    host: Option<String>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct State {
    conduct: Conduct,
    plan: Arc<AddressPlan>,
    targets: Mutex<Vec<SocketAddr>>,
    turn: AtomicUsize,
}

impl Proxies {
    pub(crate) fn new(conduct: Conduct) -> Self {
        Self { conduct, ..Self::default() }
    }

    /// The same, which say that they can do this.
    pub(crate) fn declaring(self, features: Features) -> Self {
        Self { features, ..self }
    }

    /// Where the proxies listened, in the order they were started.
    pub(crate) fn listened(&self) -> Vec<SocketAddr> {
        self.listened.lock().unwrap().clone()
    }
}

#[async_trait]
impl SubjectFactory for Proxies {
    fn name(&self) -> &str {
        "proxy"
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        if self.conduct == Conduct::NoStart {
            return Err(SubjectError::Start { subject: "proxy".into(), source: "it is out of order".into() });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.listened.lock().unwrap().push(address);
        let state = Arc::new(State {
            conduct: self.conduct,
            plan: Arc::clone(&world.plan),
            targets: Mutex::default(),
            turn: AtomicUsize::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&state)));
        let (conduct, features) = (self.conduct, self.features.clone());
        Ok(Box::new(Proxy { conduct, features, world, address, state, generation: 0, host: None, tasks }))
    }
}

#[async_trait]
impl Subject for Proxy {
    fn features(&self) -> Features {
        self.features.clone()
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        match self.conduct {
            Conduct::Hangs => std::future::pending().await,
            Conduct::Panics => panic!("the proxy is out of its mind"),
            Conduct::Refuses => {
                return Err(SubjectError::Refused { subject: "proxy".into(), source: "it does not like it".into() });
            }
            _ => {}
        }
        self.generation += 1;
        let entry = resources.service_entries.values().next().map(|entry| entry.body.clone()).unwrap_or_default();
        self.host = entry.spec.endpoints.is_empty().then(|| entry.spec.hosts.first().cloned()).flatten();
        *self.state.targets.lock().unwrap() = inline(&entry);
        self.look_up().await;
        Ok(Generation(self.generation))
    }

    async fn converged(&mut self, generation: Generation, _: Instant) -> Result<(), SubjectError> {
        match self.conduct {
            Conduct::NeverConverges => Err(not_converged("a sign from above")),
            Conduct::StopsConverging if generation > Generation(1) => Err(not_converged("better times")),
            _ => Ok(()),
        }
    }

    async fn dns_settled(&mut self, _: Instant, _: Instant) -> Result<(), SubjectError> {
        if self.conduct == Conduct::ForgetsDns {
            return Err(not_converged("the lookup of a name"));
        }
        self.look_up().await;
        Ok(())
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        match self.conduct {
            Conduct::NoListener => None,
            // TEST-NET-1 (RFC 5737): nobody is there, and nobody must be asked.
            Conduct::Elsewhere => Some("192.0.2.1:80".parse().unwrap()),
            _ => (port == 80).then_some(self.address),
        }
    }

    fn ports(&self) -> Vec<u16> {
        if self.conduct == Conduct::NoListener { Vec::new() } else { vec![80] }
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        Ok(Listing::default())
    }

    async fn stop(mut self: Box<Self>) {
        if self.conduct == Conduct::HangsOnStop {
            std::future::pending::<()>().await;
        }
        self.tasks.shutdown().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        assert!(self.conduct != Conduct::PanicsOnDrop, "the proxy does not go in peace");
    }
}

impl Proxy {
    /// Takes the addresses of the host, if it is to be looked up.
    async fn look_up(&self) {
        let Some(host) = &self.host else { return };
        let mut server = ConnectionConfig::udp();
        server.port = self.world.dns.port();
        let server = NameServerConfig::new(self.world.dns.ip(), true, vec![server]);
        let config = ResolverConfig::from_parts(None, vec![], vec![server]);
        let mut resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        resolver.options_mut().timeout = Duration::from_secs(2);
        let found = resolver.build().unwrap().ipv4_lookup(format!("{host}.")).await;
        let addresses = found.iter().flat_map(|found| found.answers()).filter_map(|record| record.data.ip_addr());
        *self.state.targets.lock().unwrap() = addresses.map(|address| SocketAddr::new(address, 80)).collect();
    }
}

fn not_converged(awaited: &str) -> SubjectError {
    SubjectError::NotConverged { subject: "proxy".into(), awaited: awaited.into(), waited_ms: 1 }
}

fn inline(entry: &ServiceEntry) -> Vec<SocketAddr> {
    let addresses = entry.spec.endpoints.iter().filter_map(|endpoint| endpoint.address.parse().ok());
    addresses.map(|address| SocketAddr::new(address, 80)).collect()
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&state)));
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    match state.conduct {
        Conduct::Garbage => {
            let _ = stream.write_all(b"220 mail.test ESMTP ready\r\n").await;
            // Until the client goes.
            let _ = stream.readable().await;
        }
        Conduct::ClosesConnections => {
            // So much of the request is read that closing is no refusal.
            let mut request = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
        }
        Conduct::NeverAnswers => std::future::pending().await,
        _ => {
            let service = service_fn(move |request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(state.forward(request).await) }
            });
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        }
    }
}

impl State {
    async fn forward(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Some(target) = self.next() else { return plain(503, "nobody is there") };
        let Some(actual) = self.plan.actual(target) else { return plain(503, "nobody may go there") };
        let Ok(stream) = TcpStream::connect(actual).await else { return plain(503, "nobody answers there") };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut connections = JoinSet::new();
        connections.spawn(async move { drop(connection.await) });
        let (head, body) = request.into_parts();
        let host = head.uri.host().map(str::to_owned);
        let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let mut forwarded = Request::builder().method(head.method).uri(path);
        *forwarded.headers_mut().unwrap() = head.headers;
        if let Some(host) = host {
            forwarded = forwarded.header("host", host);
        }
        let body = body.collect().await.unwrap().to_bytes();
        match sender.send_request(forwarded.body(Full::new(body)).unwrap()).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                Response::from_parts(head, Full::new(body.collect().await.unwrap().to_bytes()))
            }
            Err(_) => plain(502, "nothing came back"),
        }
    }

    fn next(&self) -> Option<SocketAddr> {
        let targets = self.targets.lock().unwrap();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if targets.is_empty() {
            return None;
        }
        let place = match self.conduct {
            Conduct::WrongShare => (turn % (targets.len() + 1)) % targets.len(),
            _ => turn % targets.len(),
        };
        Some(targets[place])
    }
}

fn plain(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}
