//! What the tests share: a fleet on a lease of its own, HTTP clients that dial through its plan, and a raw connection.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use sextant_fake_vms::{Behaviour, Fleet, FleetOptions, Lease, Reply, VmHandle, VmSpec, Workload, WorkloadKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Long enough for any machine; a test that gets here has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) h1: Client,
    pub(crate) h2: Client,
}

pub(crate) fn at(documented: &str) -> SocketAddr {
    documented.parse().unwrap()
}

pub(crate) fn workload(name: &str) -> Workload {
    Workload {
        kind: WorkloadKind::Pod,
        namespace: Some("gwtest".to_owned()),
        name: name.to_owned(),
        locality: Some("r1/z1/sz1".to_owned()),
        network: None,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(FleetOptions::default())
    }

    pub(crate) fn with(options: FleetOptions) -> Self {
        let client = || Client::builder().no_proxy().timeout(DEADLINE);
        Self {
            fleet: Fleet::start(Lease::take().unwrap(), options),
            h1: client().http1_only().build().unwrap(),
            h2: client().http2_prior_knowledge().build().unwrap(),
        }
    }

    /// Adds a VM named `vm`.
    pub(crate) fn vm(&self, documented: &str, behaviour: impl Into<Behaviour>) -> VmHandle {
        let spec = VmSpec { documented: at(documented), workload: workload("vm"), behaviour: behaviour.into() };
        self.fleet.add(spec).unwrap()
    }

    pub(crate) async fn behave(&self, documented: &str, behaviour: impl Into<Behaviour>) {
        self.fleet.set_behaviour(at(documented), &behaviour.into()).await.unwrap();
    }

    /// URL of a path at a documented address, through the plan.
    pub(crate) fn url(&self, documented: &str, path: &str) -> String {
        let actual = self.fleet.lease().plan().actual(at(documented)).unwrap();
        format!("http://{actual}{path}")
    }

    pub(crate) fn get(&self, documented: &str, path: &str) -> RequestBuilder {
        self.h1.get(self.url(documented, path))
    }

    /// The JSON body of a 200 reply to GET /.
    pub(crate) async fn ask(&self, documented: &str) -> Reply {
        reply(self.get(documented, "/").send().await.unwrap()).await
    }
}

pub(crate) async fn reply(response: Response) -> Reply {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

/// A connection without an HTTP client's retries and pools.
pub(crate) struct Raw {
    stream: TcpStream,
}

impl Raw {
    pub(crate) async fn connect(vm: &VmHandle) -> Self {
        Self { stream: TcpStream::connect(vm.actual()).await.unwrap() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Reads to the end of the stream, or to the error that ends it.
    pub(crate) async fn rest(&mut self) -> (String, std::io::Result<()>) {
        let mut bytes = Vec::new();
        let ended = tokio::time::timeout(DEADLINE, self.stream.read_to_end(&mut bytes)).await.expect("an end");
        (String::from_utf8(bytes).unwrap(), ended.map(drop))
    }

    /// Reads until the text arrived.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut bytes = Vec::new();
        let reading = async {
            while !String::from_utf8_lossy(&bytes).contains(text) {
                let read = self.stream.read_buf(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "ended before {text:?}: {}", String::from_utf8_lossy(&bytes));
            }
        };
        tokio::time::timeout(DEADLINE, reading).await.expect("the text");
        String::from_utf8(bytes).unwrap()
    }
}

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nhost: se.example.com\r\n\r\n";
