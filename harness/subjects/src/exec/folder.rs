//! The lesser form of an adapter: a gateway that reads a folder of manifests, and a probe that says when it is ready.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::adapter::{Adapter, Probe, Reads};
use super::message::{PROTOCOL, Request};
use super::process::Process;
use super::program::{ExecError, name_of};
use crate::manifests::ManifestFolder;

/// Time from one look at the probe to the next.
const PAUSE: Duration = Duration::from_millis(20);
/// What privileged ports move up by unless the adapter file says otherwise.
const UP: u16 = 10_000;
/// Ports below need privileges.
const PRIVILEGED: u16 = 1024;
/// Exit status of a probe that says: the gateway cannot do that.
const UNSUPPORTED: i32 = 3;
/// HTTP status that says the same.
const NOT_IMPLEMENTED: u16 = 501;

/// A gateway that reads files. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    /// Absent before `start`.
    process: Option<Process>,
    adapter: Adapter,
    reads: Reads,
    manifests: ManifestFolder,
    variables: BTreeMap<String, String>,
    listen: IpAddr,
    client: reqwest::Client,
}

/// What a probe says.
enum Probed {
    Ready,
    /// Not yet, and what it said; `None` when the time was over before it said anything.
    NotYet(Option<String>),
    /// Never, and why.
    Unsupported(String),
}

impl Folder {
    /// One that nothing was started for yet.
    pub(super) fn new(adapter: &Adapter, reads: &Reads) -> Result<Self, ExecError> {
        let client = reqwest::Client::builder().no_proxy().build().map_err(ExecError::Probe)?;
        Ok(Self {
            process: None,
            adapter: adapter.clone(),
            reads: reads.clone(),
            manifests: ManifestFolder::new().map_err(ExecError::Files)?,
            variables: BTreeMap::new(),
            listen: IpAddr::from([127, 0, 0, 1]),
            client,
        })
    }

    pub(super) fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    pub(super) fn process_mut(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Does what an adapter that speaks in lines would do itself, and returns what it would reply.
    pub(super) async fn obey(&mut self, request: &Request, within: Duration) -> Result<Value, ExecError> {
        match request {
            Request::Hello { .. } => {
                let Reads { features, profiles, .. } = &self.reads;
                return Ok(json!({ "protocol": PROTOCOL, "features": features, "profiles": profiles }));
            }
            Request::Start { .. } => self.start(request)?,
            Request::Apply { manifests, .. } => {
                let mut manifests = manifests.iter().cloned();
                manifests.try_for_each(|manifest| self.manifests.put(manifest)).map_err(ExecError::Files)?;
            }
            Request::Delete { objects, .. } => {
                objects.iter().try_for_each(|name| self.manifests.remove(name)).map_err(ExecError::Files)?;
            }
            Request::Ready { generation, .. } => return self.ready(*generation, within).await,
            Request::Stop {} => {
                if let Some(process) = &self.process {
                    process.terminate();
                }
            }
            Request::Dns { .. } | Request::Endpoints {} => {
                return Err(ExecError::Unsupported("it reads files and says nothing".to_owned()));
            }
        }
        Ok(json!({}))
    }

    fn start(&mut self, request: &Request) -> Result<(), ExecError> {
        let Request::Start { scenario, profile, settings, dns, listen, seed } = request else { return Ok(()) };
        let word = |value: Result<Value, serde_json::Error>| match value {
            Ok(Value::String(text)) => text,
            Ok(value) => value.to_string(),
            Err(_) => String::new(),
        };
        self.listen = *listen;
        self.variables = [
            ("SEXTANT_MANIFESTS", self.manifests.path().display().to_string()),
            ("SEXTANT_LISTEN", listen.to_string()),
            ("SEXTANT_DNS", dns.to_string()),
            ("SEXTANT_PROFILE", word(serde_json::to_value(profile))),
            ("SEXTANT_SETTINGS", word(serde_json::to_value(settings))),
            ("SEXTANT_SCENARIO", scenario.clone()),
            ("SEXTANT_SEED", seed.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        self.manifests.finish(0).map_err(ExecError::Files)?;
        let process =
            Process::spawn(&self.adapter, &self.adapter.command, &self.variables, Stdio::null(), Stdio::null())?;
        self.process = Some(process);
        Ok(())
    }

    /// Asks the probe until it says that the generation serves.
    async fn ready(&mut self, generation: u64, within: Duration) -> Result<Value, ExecError> {
        let until = Instant::now() + within;
        self.manifests.finish(generation).map_err(ExecError::Files)?;
        let request = || name_of(&Request::Ready { generation, within_ms: 0 });
        let mut last = "nothing".to_owned();
        loop {
            if let Some(process) = &mut self.process
                && process.has_ended().is_some()
            {
                return Err(process.ended(request()).await);
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.probe(generation, left).await? {
                Probed::Ready => return Ok(json!({ "generation": generation, "listeners": self.listeners() })),
                Probed::Unsupported(why) => return Err(ExecError::Unsupported(why)),
                Probed::NotYet(said) => last = said.unwrap_or(last),
            }
            if Instant::now() + PAUSE >= until {
                let log = self.process.as_ref().map_or_else(String::new, Process::last_words);
                let log = format!("{log}; the probe says: {last}");
                return Err(ExecError::Silent { request: request(), within, log });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn probe(&self, generation: u64, within: Duration) -> Result<Probed, ExecError> {
        match &self.reads.ready {
            Probe::Http(url) => {
                let url = Probe::filled(url, self.listen, generation);
                Ok(match self.client.get(url).timeout(within).send().await {
                    Ok(reply) if reply.status().is_success() => Probed::Ready,
                    Ok(reply) if reply.status().as_u16() == NOT_IMPLEMENTED => {
                        Probed::Unsupported(reply.text().await.unwrap_or_default().trim().to_owned())
                    }
                    Ok(reply) => Probed::NotYet(Some(reply.status().to_string())),
                    Err(error) if error.is_timeout() => Probed::NotYet(None),
                    Err(error) => Probed::NotYet(Some(error.to_string())),
                })
            }
            Probe::Command(command) => {
                let mut variables = self.variables.clone();
                variables.insert("SEXTANT_GENERATION".to_owned(), generation.to_string());
                if let Some(id) = self.process.as_ref().and_then(Process::group) {
                    variables.insert("SEXTANT_PID".to_owned(), id.to_string());
                }
                let mut probe = Process::spawn(&self.adapter, command, &variables, Stdio::null(), Stdio::null())?;
                Ok(match probe.finish(within).await {
                    Some(status) if status.success() => Probed::Ready,
                    Some(status) if status.code() == Some(UNSUPPORTED) => Probed::Unsupported(probe.last_words()),
                    Some(status) => Probed::NotYet(Some(format!("{status}: {}", probe.last_words()))),
                    None => Probed::NotYet(None),
                })
            }
        }
    }

    /// Where each Gateway port is, by the adapter file.
    fn listeners(&self) -> BTreeMap<u16, SocketAddr> {
        let at = |port| (port, (self.listen, real(&self.reads.ports, port)).into());
        self.manifests.gateway_ports().into_iter().map(at).collect()
    }
}

/// Where a Gateway port really is, by what the adapter file says of `ports`.
fn real(ports: &BTreeMap<u16, u16>, port: u16) -> u16 {
    match ports.get(&port) {
        Some(&real) => real,
        None if port < PRIVILEGED => port + UP,
        None => port,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::named(80, 8080)]
    #[case::named_although_it_could_stay(9090, 9091)]
    #[case::privileged(443, 10_443)]
    #[case::last_privileged(1023, 11_023)]
    #[case::first_that_stays(1024, 1024)]
    fn a_port_is_where_the_file_says_or_where_it_needs_no_privileges(#[case] port: u16, #[case] at: u16) {
        assert_eq!(real(&BTreeMap::from([(80, 8080), (9090, 9091)]), port), at);
    }
}
