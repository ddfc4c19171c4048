//! A gateway that runs already, at a URL: a command of its owner gives it manifests.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::Url;
use sextant_resources::ResourceSet;
use sextant_runner::{Features, Generation, Subject, SubjectError, SubjectFactory, SubjectWorld};
use sextant_verdict::Listing;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::exec::Process;
use crate::manifests::ManifestFolder;

/// What it is called in reports.
const NAME: &str = "url";
/// Exit status of a command that says: the gateway cannot do that.
const UNSUPPORTED: i32 = 3;

/// A gateway at a URL. There is one of it, so that scenarios have it one after the other.
#[derive(Clone, Debug)]
pub struct UrlFactory {
    url: String,
    listener: SocketAddr,
    command: String,
    turn: Arc<Mutex<()>>,
}

/// Why a URL cannot be tested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error("it is not a URL ({0}); write it like http://127.0.0.1:8080")]
    NotAUrl(String),
    /// Requests are sent in clear text.
    #[error("the scheme `{0}` is not http")]
    Scheme(String),
    /// Nothing is sent elsewhere.
    #[error("`{0}` is not a loopback address; Sextant sends nothing to other machines")]
    NotLoopback(String),
    /// Requests have paths of their own.
    #[error("a path means nothing here; leave `{0}` out")]
    Path(String),
}

/// The gateway in one scenario.
struct AtUrl {
    listener: SocketAddr,
    command: String,
    manifests: ManifestFolder,
    variables: BTreeMap<&'static str, String>,
    generation: u64,
    _turn: OwnedMutexGuard<()>,
}

/// What a command did not do.
#[derive(Debug, thiserror::Error)]
enum ApplyError {
    #[error("the command ended with {status}; its last words: {log}")]
    Status { status: String, log: String },
    #[error("the command cannot be run")]
    Run(#[source] io::Error),
}

/// The loopback address that `url` names; its path may be anything.
///
/// # Errors
/// [`UrlError`].
pub(crate) fn loopback(url: &str) -> Result<SocketAddr, UrlError> {
    let parsed = Url::parse(url).map_err(|error| UrlError::NotAUrl(error.to_string()))?;
    if parsed.scheme() != "http" {
        return Err(UrlError::Scheme(parsed.scheme().to_owned()));
    }
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = match host.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) if host == "localhost" => Ipv4Addr::LOCALHOST.into(),
        Err(_) => return Err(UrlError::NotLoopback(host.to_owned())),
    };
    if !address.is_loopback() {
        return Err(UrlError::NotLoopback(host.to_owned()));
    }
    Ok((address, parsed.port_or_known_default().unwrap_or(80)).into())
}

impl UrlFactory {
    /// The gateway that listens at `url`, and `command` (for `sh -c`), which gives it manifests.
    ///
    /// # Errors
    /// See [`UrlError`].
    pub fn new(url: &str, command: &str) -> Result<Self, UrlError> {
        let listener = loopback(url)?;
        let path = Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
        if path != "/" && !path.is_empty() {
            return Err(UrlError::Path(path));
        }
        Ok(Self { url: url.to_owned(), listener, command: command.to_owned(), turn: Arc::default() })
    }
}

#[async_trait]
impl SubjectFactory for UrlFactory {
    fn name(&self) -> &str {
        NAME
    }

    fn is_foreign(&self) -> bool {
        true
    }

    fn dials_through_plan(&self) -> bool {
        false
    }

    fn arguments(&self) -> Vec<String> {
        vec![format!("url:{}", self.url), "--apply-command".to_owned(), self.command.clone()]
    }

    async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let manifests = ManifestFolder::new()
            .map_err(|source| SubjectError::Start { subject: NAME.to_owned(), source: source.into() })?;
        let variables = [
            ("SEXTANT_MANIFESTS", manifests.path().display().to_string()),
            ("SEXTANT_LISTEN", self.listener.ip().to_string()),
            ("SEXTANT_DNS", world.dns.to_string()),
            ("SEXTANT_SCENARIO", world.scenario),
            ("SEXTANT_SEED", world.seed.to_string()),
        ];
        Ok(Box::new(AtUrl {
            listener: self.listener,
            command: self.command.clone(),
            manifests,
            variables: variables.into(),
            generation: 0,
            _turn: turn,
        }))
    }
}

impl AtUrl {
    /// Runs the command and waits for its end.
    async fn run(&mut self, within: Duration) -> Result<(), SubjectError> {
        let until = Instant::now() + within;
        let broken = |source: Box<dyn Error + Send + Sync>| SubjectError::Broken { subject: NAME.to_owned(), source };
        let mut command = Command::new("sh");
        command
            .args(["-c", &self.command])
            .envs(&self.variables)
            .env("SEXTANT_GENERATION", self.generation.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = Process::of(&mut command).map_err(|error| broken(ApplyError::Run(error).into()))?;
        let documents: Vec<_> = self.manifests.objects().map(|object| format!("{object:#}\n")).collect();
        let input = process.input();
        let done = async {
            if let Some(mut input) = input {
                // A command that reads files alone does not read this.
                let _ = input.write_all(documents.join("---\n").as_bytes()).await;
            }
            process.finish(until.saturating_duration_since(Instant::now())).await
        };
        let status = tokio::time::timeout_at(until.into(), done).await.ok().flatten();
        let log = process.last_words();
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) if status.code() == Some(UNSUPPORTED) => {
                Err(SubjectError::Unsupported { subject: NAME.to_owned(), what: log })
            }
            Some(status) => {
                let error = ApplyError::Status { status: status.to_string(), log };
                Err(SubjectError::Refused { subject: NAME.to_owned(), source: error.into() })
            }
            None => Err(SubjectError::NotConverged {
                subject: NAME.to_owned(),
                awaited: format!("the end of `{}`; its last words: {log}", self.command),
                waited_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    fn unsupported(what: &str) -> SubjectError {
        SubjectError::Unsupported { subject: NAME.to_owned(), what: what.to_owned() }
    }
}

#[async_trait]
impl Subject for AtUrl {
    fn features(&self) -> Features {
        Features::default()
    }

    async fn apply(&mut self, resources: &ResourceSet) -> Result<Generation, SubjectError> {
        self.generation += 1;
        let written =
            self.manifests.replace(resources.documents()).and_then(|()| self.manifests.finish(self.generation));
        written.map_err(|error| SubjectError::Broken { subject: NAME.to_owned(), source: error.into() })?;
        if self.manifests.gateway_ports().len() > 1 {
            return Err(Self::unsupported("a Gateway with several ports: a URL is one of them"));
        }
        Ok(Generation(self.generation))
    }

    /// The command is run here, where there is a deadline: its exit status says that what it was given serves.
    async fn converged(&mut self, _: Generation, deadline: Instant) -> Result<(), SubjectError> {
        self.run(deadline.saturating_duration_since(Instant::now())).await
    }

    async fn dns_settled(&mut self, _: Instant, _: Instant) -> Result<(), SubjectError> {
        Err(Self::unsupported("a command cannot say when names were looked up anew"))
    }

    fn listener(&self, port: u16) -> Option<SocketAddr> {
        self.ports().contains(&port).then_some(self.listener)
    }

    fn ports(&self) -> Vec<u16> {
        self.manifests.gateway_ports()
    }

    async fn listing(&mut self) -> Result<Listing, SubjectError> {
        Err(Self::unsupported("a command lists nothing"))
    }

    async fn stop(self: Box<Self>) {}
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://127.0.0.1:8080", "127.0.0.1:8080")]
    #[case("http://127.3.4.5", "127.3.4.5:80")]
    #[case("http://localhost:9/", "127.0.0.1:9")]
    #[case("http://[::1]:8080", "[::1]:8080")]
    fn a_loopback_url_is_taken(#[case] url: &str, #[case] listener: SocketAddr) {
        assert_eq!(UrlFactory::new(url, "true").map(|factory| factory.listener), Ok(listener));
    }

    #[rstest]
    #[case("127.0.0.1:8080", "not a URL")]
    #[case("https://127.0.0.1", "`https` is not http")]
    #[case("http://192.0.2.1:80", "`192.0.2.1` is not a loopback address")]
    #[case("http://example.com", "`example.com` is not a loopback address")]
    #[case("http://127.0.0.1:8080/api", "leave `/api` out")]
    fn another_is_not(#[case] url: &str, #[case] says: &str) {
        let error = UrlFactory::new(url, "true").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
