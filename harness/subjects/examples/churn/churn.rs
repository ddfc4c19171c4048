//! Requests through the reference while endpoints come and go: nothing may be lost, and nobody who left may be asked.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sextant_fake_dns::FakeDns;
use sextant_fake_vms::{Behaviour, ENDPOINT_HEADER, Entry, Fleet, FleetOptions, JournalMode, Lease, VmSpec, Workload};
use sextant_runner::{AddressMode, Subject, SubjectFactory as _, SubjectWorld};
use sextant_scenario::{Profile, Settings};
use sextant_subjects::ReferenceFactory;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Endpoints that there are.
const ENDPOINTS: u8 = 10;
/// How many of them are absent at any time. Each change takes one out and puts back the one that left first, so that an
/// endpoint is absent for so many changes.
const ABSENT: u8 = 4;
/// Time after which nobody may ask an endpoint whose removal was asked for.
const GRACE: Duration = Duration::from_millis(100);
/// Longest time for one change, and for one request.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest time for the whole exercise.
const DEADLINE: Duration = Duration::from_secs(600);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Requests that were answered 200.
    pub(crate) answered: u64,
    /// Requests that were answered otherwise, or not at all.
    pub(crate) lost: u64,
    /// Requests that were sent when the reference had said that an endpoint is gone, and that this endpoint answered
    /// before its return was asked for. Exact: no time is allowed.
    pub(crate) stale: u64,
    /// Requests that reached an endpoint later than [`GRACE`] after its removal was asked for, by the endpoints' own
    /// journal.
    pub(crate) late: u64,
    /// Changes of the endpoint list.
    pub(crate) changes: u64,
    /// Time for all requests.
    pub(crate) took: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, lost, stale, late, changes, took } = self;
        writeln!(f, "{answered} requests answered in {:.1} s, {lost} lost, {changes} changes", took.as_secs_f64())?;
        writeln!(f, "{late} to an endpoint removed more than 100 ms before, by the endpoints' journal")?;
        write!(f, "{stale} to an endpoint that the reference had said is gone, by the clients")
    }
}

/// A time for which an endpoint was absent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absence {
    pub(crate) endpoint: SocketAddr,
    /// When its removal was asked for, on the journal's clock.
    pub(crate) asked: Duration,
    /// When the reference said that the removal serves.
    pub(crate) gone: Duration,
    /// When its return was asked for.
    pub(crate) back: Duration,
}

/// A request as its client saw it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) sent: Duration,
    pub(crate) done: Duration,
    /// Who answered 200; `None` when the request was lost.
    pub(crate) by: Option<SocketAddr>,
}

/// Sends `requests` over `connections`, and meanwhile changes the endpoint list again and again, after `pause` each.
pub(crate) async fn churn(requests: u64, connections: u64, pause: Duration) -> Result<Outcome, Box<dyn Error>> {
    let epoch = Instant::now();
    // A request, and now and then a connection: the gateway keeps its connections.
    let journal = JournalMode::Full { keep: usize::try_from(requests * 4)? };
    let fleet = Fleet::start(Lease::take()?, FleetOptions { journal, epoch, ..FleetOptions::default() });
    for endpoint in (0..ENDPOINTS).map(address) {
        let workload = Workload::host(endpoint.to_string());
        fleet.add(VmSpec { documented: endpoint, workload, behaviour: Behaviour::default() })?;
    }
    let dns = FakeDns::start(sextant_fake_dns::Options::default()).await?;
    let world = SubjectWorld {
        scenario: "churn".to_owned(),
        profile: Profile::Kgateway,
        settings: Settings::default(),
        dns: dns.addr(),
        plan: Arc::new(fleet.lease().plan()),
        addresses: AddressMode::Alias,
        seed: 1,
    };
    let mut list = List::new(ReferenceFactory::default().start(world).await?, epoch).await?;
    let listener = list.subject.listener(8080).ok_or("the reference does not listen")?;

    let left = Arc::new(AtomicU64::new(requests));
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(send(listener, Arc::clone(&left), epoch));
    }
    let began = Instant::now();
    let answers = tokio::time::timeout(DEADLINE, list.change_until(clients.join_all(), pause)).await??.concat();
    let took = began.elapsed();
    if fleet.journal().forgotten() > 0 {
        return Err("the journal of the endpoints overflowed".into());
    }
    let entries = fleet.journal().entries();
    let outcome = Outcome {
        answered: answers.iter().filter(|answer| answer.by.is_some()).count() as u64,
        lost: answers.iter().filter(|answer| answer.by.is_none()).count() as u64,
        stale: stale(&answers, &list.absences),
        late: late(&entries, &list.absences),
        changes: list.changes,
        took,
    };
    list.subject.stop().await;
    fleet.stop().await?;
    dns.shutdown().await;
    Ok(outcome)
}

/// Number of `answers` by an endpoint that was gone before they were asked for and had not come back when they came.
pub(crate) fn stale(answers: &[Answer], absences: &[Absence]) -> u64 {
    let during = |answer: &Answer, absence: &Absence| {
        answer.by == Some(absence.endpoint) && answer.sent >= absence.gone && answer.done < absence.back
    };
    answers.iter().filter(|answer| absences.iter().any(|absence| during(answer, absence))).count() as u64
}

/// Number of requests in `entries` at an endpoint that had been absent for longer than [`GRACE`].
fn late(entries: &[Entry], absences: &[Absence]) -> u64 {
    let requests = entries.iter().filter(|entry| entry.request().is_some());
    let during = |at: Duration, absence: &Absence| at > absence.asked + GRACE && at < absence.back;
    let of = |entry: &&Entry| absences.iter().any(|it| it.endpoint == entry.endpoint && during(entry.at, it));
    requests.filter(of).count() as u64
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 1, 1, number], 8080))
}

/// The endpoint list, as it changes.
struct List {
    subject: Box<dyn Subject>,
    epoch: Instant,
    /// Numbers of the absent endpoints, the one that left first in front, with the place of its absence.
    absent: VecDeque<(u8, usize)>,
    next: u8,
    absences: Vec<Absence>,
    changes: u64,
}

impl List {
    async fn new(subject: Box<dyn Subject>, epoch: Instant) -> Result<Self, Box<dyn Error>> {
        let (absent, absences) = (VecDeque::new(), Vec::new());
        let mut list = Self { subject, epoch, absent, next: ABSENT, absences, changes: 0 };
        let asked = epoch.elapsed();
        (0..ABSENT).for_each(|number| list.take_out(number, asked));
        list.apply().await?;
        let gone = epoch.elapsed();
        list.absences.iter_mut().for_each(|absence| absence.gone = gone);
        Ok(list)
    }

    /// Changes the list after every `pause` until `done`.
    async fn change_until<T>(&mut self, done: impl Future<Output = T>, pause: Duration) -> Result<T, Box<dyn Error>> {
        let mut tick = tokio::time::interval(pause);
        let mut done = std::pin::pin!(done);
        loop {
            tokio::select! {
                result = &mut done => return Ok(result),
                _ = tick.tick() => {}
            }
            self.change().await?;
        }
    }

    async fn change(&mut self) -> Result<(), Box<dyn Error>> {
        let asked = self.epoch.elapsed();
        if let Some((_, absence)) = self.absent.pop_front() {
            self.absences[absence].back = asked;
        }
        self.take_out(self.next, asked);
        self.next = (self.next + 1) % ENDPOINTS;
        self.apply().await?;
        if let Some(absence) = self.absences.last_mut() {
            absence.gone = self.epoch.elapsed();
        }
        self.changes += 1;
        Ok(())
    }

    fn take_out(&mut self, number: u8, asked: Duration) {
        self.absent.push_back((number, self.absences.len()));
        self.absences.push(Absence { endpoint: address(number), asked, gone: Duration::MAX, back: Duration::MAX });
    }

    /// Has the reference serve the list as it is, and waits until it does.
    async fn apply(&mut self) -> Result<(), Box<dyn Error>> {
        let is_there = |number: &u8| self.absent.iter().all(|(absent, _)| absent != number);
        let endpoints =
            (0..ENDPOINTS).filter(is_there).map(|number| format!("  - address: {}\n", address(number).ip()));
        let manifests = format!("{MANIFESTS}{}", endpoints.collect::<String>());
        let loaded = sextant_resources::load_text(&"churn.yaml".into(), &manifests);
        if loaded.has_errors() {
            return Err(format!("{:?}", loaded.diagnostics).into());
        }
        let generation = self.subject.apply(&loaded.resources).await?;
        Ok(self.subject.converged(generation, Instant::now() + PATIENCE).await?)
    }
}

/// Sends over a connection of its own until nothing is left to send. A request that fails is lost, and not sent again.
async fn send(listener: SocketAddr, left: Arc<AtomicU64>, epoch: Instant) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut connection = None;
    while left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let sent = epoch.elapsed();
        let exchange = tokio::time::timeout(PATIENCE, exchange(listener, &mut connection)).await;
        let by = exchange.ok().and_then(Result::ok).flatten();
        if by.is_none() {
            connection = None;
        }
        answers.push(Answer { sent, done: epoch.elapsed(), by });
    }
    answers
}

/// A connection and the task that drives it.
struct Connection {
    sender: http1::SendRequest<Empty<Bytes>>,
    _driver: JoinSet<()>,
}

/// One request; the endpoint that answered 200.
async fn exchange(
    listener: SocketAddr,
    connection: &mut Option<Connection>,
) -> Result<Option<SocketAddr>, Box<dyn Error + Send + Sync>> {
    let connection = match connection {
        Some(connection) => connection,
        none => {
            let stream = TcpStream::connect(listener).await?;
            stream.set_nodelay(true)?;
            let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
            let mut tasks = JoinSet::new();
            tasks.spawn(async move { drop(driver.await) });
            none.insert(Connection { sender, _driver: tasks })
        }
    };
    connection.sender.ready().await?;
    let request = Request::get("/").header("host", "churn.example.com").body(Empty::new())?;
    let response = connection.sender.send_request(request).await?;
    let (head, body) = response.into_parts();
    body.collect().await?;
    let by = head.headers.get(ENDPOINT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(by.filter(|_| head.status == StatusCode::OK))
}

const MANIFESTS: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: gateway, namespace: churn }
spec:
  listeners: [{ name: http, protocol: HTTP, port: 8080 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: route, namespace: churn }
spec:
  parentRefs: [{ name: gateway }]
  rules: [{ backendRefs: [{ group: networking.istio.io, kind: ServiceEntry, name: entry, port: 8080 }] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: churn }
spec:
  hosts: [churn.example.com]
  ports: [{ number: 8080, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints:
";
