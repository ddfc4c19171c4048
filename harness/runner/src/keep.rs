//! A testbed that stays up after its scenario, to be looked at.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sextant_scenario::{Action, LoadedScenario, Request};
use sextant_verdict::Verdict;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::testbed::Testbed;

/// Keeps the testbed of one scenario up: of the only one there is, else of the first that does not pass. Scenarios then run
/// one after the other, and those that come later are skipped.
#[derive(Debug)]
pub struct Keep {
    told: UnboundedSender<KeptTestbed>,
    release: CancellationToken,
    limit: Option<Duration>,
    used: AtomicBool,
}

/// What listens where in a testbed that is kept. Every address is real unless it is said to be documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTestbed {
    /// Id of the scenario.
    pub scenario: String,
    /// Name of the subject.
    pub subject: String,
    /// What the scenario came to.
    pub verdict: Verdict,
    /// Listeners of the gateway: the port that the Gateway says, and where it is.
    pub listeners: Vec<(u16, SocketAddr)>,
    /// Admin interface of the subject; `None` when it has none.
    pub admin: Option<SocketAddr>,
    /// The fake DNS.
    pub dns: SocketAddr,
    /// Fake workloads in the order of documented addresses: documented, real, and who it is.
    pub workloads: Vec<(SocketAddr, SocketAddr, String)>,
    /// Commands to copy: the requests of the scenario for `curl`, and its names for `dig`; without what `curl` cannot send.
    pub commands: Vec<String>,
}

impl Keep {
    /// Tells `told` what is kept, and keeps it until `release` or for `limit`; `None` means for ever.
    pub fn new(told: UnboundedSender<KeptTestbed>, release: CancellationToken, limit: Option<Duration>) -> Self {
        Self { told, release, limit, used: AtomicBool::new(false) }
    }

    /// Whether a testbed was kept.
    pub(crate) fn is_used(&self) -> bool {
        self.used.load(Ordering::Acquire)
    }

    /// Keeps `bed` as long as it should be. One testbed is kept at most.
    pub(crate) async fn hold(&self, bed: &mut Testbed, scenario: &LoadedScenario, subject: &str, verdict: Verdict) {
        if self.used.swap(true, Ordering::AcqRel) {
            return;
        }
        // Nobody may be listening.
        let _ = self.told.send(describe(bed, scenario, subject, verdict));
        match self.limit {
            None => self.release.cancelled().await,
            // That the time is over is as good as being told.
            Some(limit) => drop(tokio::time::timeout(limit, self.release.cancelled()).await),
        }
    }
}

fn describe(bed: &mut Testbed, scenario: &LoadedScenario, subject: &str, verdict: Verdict) -> KeptTestbed {
    let gateway = bed.subject();
    let admin = gateway.as_ref().and_then(|gateway| gateway.admin());
    let listeners: Vec<(u16, SocketAddr)> = gateway.map_or_else(Vec::new, |gateway| {
        gateway.ports().into_iter().filter_map(|port| Some((port, gateway.listener(port)?))).collect()
    });
    let who = |documented: SocketAddr| {
        let workload = scenario.scenario.workloads.iter().find(|workload| workload.endpoint == documented);
        workload.map_or_else(String::new, |workload| workload.source().workload)
    };
    let plan = bed.fleet().lease().plan().entries();
    let dns = bed.dns().addr();
    KeptTestbed {
        scenario: scenario.scenario.id.clone(),
        subject: subject.to_owned(),
        verdict,
        commands: commands(scenario, &listeners, dns),
        listeners,
        admin,
        dns,
        workloads: plan.into_iter().map(|(documented, actual)| (documented, actual, who(documented))).collect(),
    }
}

/// Each once, in the order of the steps.
fn commands(scenario: &LoadedScenario, listeners: &[(u16, SocketAddr)], dns: SocketAddr) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut commands = Vec::new();
    let dig = |name: &str, record_type: &str| format!("dig @{} -p {} {name} {record_type}", dns.ip(), dns.port());
    for step in scenario.steps() {
        let command = match step.action {
            Action::Send(send) => curl(&send.request, listeners),
            Action::Hold(hold) => curl(&hold.request, listeners),
            Action::Until(until) => curl(&until.request, listeners),
            Action::Lookup(lookup) => Some(dig(&lookup.name, lookup.record_type.as_deref().unwrap_or("A"))),
            _ => None,
        };
        commands.extend(command.filter(|command| seen.insert(command.clone())));
    }
    let names = scenario.scenario.dns.iter().map(|(name, _)| name.to_string()).filter(|name| !name.contains('*'));
    let lookups = names.map(|name| dig(name.trim_end_matches('.'), "A"));
    commands.extend(lookups.filter(|command| seen.insert(command.clone())));
    commands
}

/// `request` as a command; `None` for one that is no plain HTTP, or whose listener is not there.
fn curl(request: &Request, listeners: &[(u16, SocketAddr)]) -> Option<String> {
    if request.bytes.is_some() || request.grpc.is_some() {
        return None;
    }
    let (port, listener) = match request.port {
        Some(port) => *listeners.iter().find(|(gateway, _)| *gateway == port)?,
        None => *listeners.first()?,
    };
    let mut words = vec!["curl -i".to_owned()];
    if request.http2 && request.tls.is_none() {
        words.push("--http2-prior-knowledge".to_owned());
    }
    if let Some(method) = &request.method {
        words.push(if method == "HEAD" { "-I".to_owned() } else { format!("-X {}", quoted(method)) });
    }
    words.extend(request.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    if !request.body.is_empty() {
        words.push(format!("--data-binary {}", quoted(&request.body)));
    }
    let path = request.path.as_deref().unwrap_or("/");
    match &request.tls {
        None => {
            words.push(format!("-H {}", quoted(&format!("Host: {}", request.host))));
            words.push(quoted(&format!("http://{listener}{path}")));
        }
        Some(tls) => {
            let name = tls.server_name.as_ref().unwrap_or(&request.host);
            words.push(format!("-k --connect-to {}", quoted(&format!("{name}:{port}:{listener}"))));
            words.push(quoted(&format!("https://{name}:{port}{path}")));
        }
    }
    Some(words.join(" "))
}

/// `text` in the quotes of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;
    use sextant_scenario::ClientTls;

    use super::*;

    fn request(change: impl FnOnce(&mut Request)) -> Request {
        let mut request = Request { host: "a.test".into(), ..Request::default() };
        change(&mut request);
        request
    }

    #[rstest]
    #[case::plain(request(|_| {}), Some("curl -i -H 'Host: a.test' 'http://127.0.0.1:4000/'"))]
    #[case::path(request(|it| it.path = Some("/a b?c='d'".into())), Some(r"curl -i -H 'Host: a.test' 'http://127.0.0.1:4000/a b?c='\''d'\'''"))]
    #[case::other_port(request(|it| it.port = Some(443)), Some("curl -i -H 'Host: a.test' 'http://127.0.0.1:4001/'"))]
    #[case::no_such_port(request(|it| it.port = Some(81)), None)]
    #[case::head(request(|it| it.method = Some("HEAD".into())), Some("curl -i -I -H 'Host: a.test' 'http://127.0.0.1:4000/'"))]
    #[case::post(
        request(|it| { it.method = Some("POST".into()); it.body = "x".into(); it.headers = BTreeMap::from([("a".into(), "b".into())]); }),
        Some("curl -i -X 'POST' -H 'a: b' --data-binary 'x' -H 'Host: a.test' 'http://127.0.0.1:4000/'")
    )]
    #[case::http2(request(|it| it.http2 = true), Some("curl -i --http2-prior-knowledge -H 'Host: a.test' 'http://127.0.0.1:4000/'"))]
    #[case::tls(
        request(|it| { it.port = Some(443); it.tls = Some(ClientTls::default()); }),
        Some("curl -i -k --connect-to 'a.test:443:127.0.0.1:4001' 'https://a.test:443/'")
    )]
    #[case::grpc(request(|it| it.grpc = Some("a.B/c".into())), None)]
    #[case::bytes(request(|it| it.bytes = Some("x".into())), None)]
    fn requests_become_commands(#[case] request: Request, #[case] command: Option<&str>) {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(curl(&request, &[(80, at(4000)), (443, at(4001))]).as_deref(), command);
    }
}
