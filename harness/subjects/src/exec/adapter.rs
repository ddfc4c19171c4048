//! The adapter file: which program to start, and how long to wait for it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use sextant_scenario::Profile;

use super::message::{Declared, SETTLES_DNS, pretty};
use crate::url::loopback;

/// What an adapter file says it is.
const API_VERSION: &str = "sextant.dev/v1alpha1";
const KIND: &str = "Adapter";

/// A program that makes a gateway testable.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Adapter {
    /// `sextant.dev/v1alpha1`.
    api_version: String,
    /// `Adapter`.
    kind: String,
    /// What the subject is called in reports: letters, digits, `-`, `_` and `.`.
    pub(crate) name: String,
    /// The program and its arguments. A path with a slash is meant from the folder of this file, which is also where the
    /// program is started.
    pub(crate) command: Vec<String>,
    /// Variables of its environment, beside those of Sextant.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// How long it may take.
    #[serde(default)]
    pub(crate) deadlines: Deadlines,
    /// With this the program does not speak the protocol: it is the gateway itself, and reads a folder of manifests.
    #[serde(default)]
    pub(crate) manifests: Option<Reads>,
    /// The folder of this file.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// How a gateway that reads a folder of manifests (`$SEXTANT_MANIFESTS`) is dealt with.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Reads {
    /// What tells that the newest manifests serve, and nothing older.
    pub(crate) ready: Probe,
    /// Gateway ports and where they really are, on `$SEXTANT_LISTEN`. A port that is not named is where it says, one below
    /// 1024 is 10,000 above.
    #[serde(default)]
    pub(crate) ports: BTreeMap<u16, u16>,
    /// What the gateway can do (`sextant features`), as far as it needs no message.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// The profiles that it follows; absent means both.
    #[serde(default)]
    pub(crate) profiles: Vec<Profile>,
}

/// What tells that a generation serves. It is asked again and again until then.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Probe {
    /// A URL on loopback: a 2xx means ready, a 501 that the gateway cannot do that, with the body for a reason. `{listen}`
    /// and `{generation}` stand for what they say.
    Http(String),
    /// A program and its arguments, as in `command`: exit status 0 means ready, 3 that the gateway cannot do that, with
    /// its standard error for a reason. `$SEXTANT_GENERATION` says what is asked for, `$SEXTANT_PID` is the gateway.
    Command(Vec<String>),
}

/// How long an adapter may take, as `2s` or `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Deadlines {
    /// To say hello, and to start its gateway: each 10 s unless told.
    #[schemars(with = "String")]
    start: SignedDuration,
    /// To take a change, and to list endpoints: each 10 s unless told. How long a change may take to serve is up to the run.
    #[schemars(with = "String")]
    apply: SignedDuration,
    /// To stop, and then to exit: each 2 s unless told.
    #[schemars(with = "String")]
    stop: SignedDuration,
}

/// Why an adapter file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// It cannot be read.
    #[error("{}: the adapter file cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// It is no adapter file.
    #[error("{}: {fault}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong and where, over several lines.
        fault: String,
    },
    /// It says something that cannot be.
    #[error("{}: {fault}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        fault: String,
    },
}

impl Probe {
    /// The URL for one generation of one gateway.
    pub(crate) fn filled(url: &str, listen: IpAddr, generation: u64) -> String {
        url.replace("{listen}", &listen.to_string()).replace("{generation}", &generation.to_string())
    }

    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        match self {
            Self::Http(url) => {
                let filled = Self::filled(url, Ipv4Addr::LOCALHOST.into(), 1);
                loopback(&filled).err().map(|fault| format!("manifests.ready.http `{url}`: {fault}"))
            }
            Self::Command(command) if command.first().is_none_or(String::is_empty) => {
                Some("manifests.ready.command is empty; name the program to start".to_owned())
            }
            Self::Command(_) => None,
        }
    }
}

impl Reads {
    /// Features that only messages can show.
    const NEED_MESSAGES: [&str; 4] = ["lists-endpoints", "lists-exclusions", "reports-conditions", SETTLES_DNS];

    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        if let Some(feature) = self.features.iter().find(|name| Self::NEED_MESSAGES.contains(&name.as_str())) {
            return Some(format!("manifests.features: {feature} needs an adapter that speaks the protocol in lines"));
        }
        let unknown = Declared::of(&self.features).err().map(|error| format!("manifests.features: {error}"));
        unknown.or_else(|| self.ready.fault())
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = SignedDuration::from_secs;
        Self { start: seconds(10), apply: seconds(10), stop: seconds(2) }
    }
}

impl Deadlines {
    pub(crate) fn start(&self) -> Duration {
        self.start.unsigned_abs()
    }

    pub(crate) fn apply(&self) -> Duration {
        self.apply.unsigned_abs()
    }

    pub(crate) fn stop(&self) -> Duration {
        self.stop.unsigned_abs()
    }
}

impl Adapter {
    /// Reads the adapter file at this path.
    ///
    /// # Errors
    /// See [`AdapterError`].
    pub(crate) fn read(file: &Path) -> Result<Self, AdapterError> {
        let text =
            fs::read_to_string(file).map_err(|source| AdapterError::Unreadable { file: file.to_owned(), source })?;
        let mut adapter = Self::parse(file, &text)?;
        adapter.folder = file.parent().map(Path::to_owned).unwrap_or_default();
        Ok(adapter)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, AdapterError> {
        let adapter: Self = serde_saphyr::from_str(text)
            .map_err(|fault| AdapterError::Malformed { file: file.to_owned(), fault: fault.to_string() })?;
        let wrong = |fault: String| Err(AdapterError::Wrong { file: file.to_owned(), fault });
        if (adapter.api_version.as_str(), adapter.kind.as_str()) != (API_VERSION, KIND) {
            let (version, kind) = (&adapter.api_version, &adapter.kind);
            return wrong(format!("it is a {kind} of {version}; an adapter file is an {KIND} of {API_VERSION}"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if adapter.name.is_empty() || !adapter.name.chars().all(plain) {
            return wrong(format!("name `{}`: use letters, digits, `-`, `_` and `.`", adapter.name));
        }
        if ["reference", "envoy"].contains(&adapter.name.as_str()) {
            return wrong(format!("name `{}` is that of a built-in subject; choose another", adapter.name));
        }
        if adapter.command.first().is_none_or(String::is_empty) {
            return wrong("command is empty; name the program to start, such as [python3, adapter.py]".to_owned());
        }
        let Deadlines { start, apply, stop } = adapter.deadlines;
        for (field, time) in [("start", start), ("apply", apply), ("stop", stop)] {
            if time <= SignedDuration::ZERO {
                return wrong(format!("deadlines.{field} must be more than 0"));
            }
        }
        match adapter.manifests.as_ref().and_then(Reads::fault) {
            Some(fault) => wrong(fault),
            None => Ok(adapter),
        }
    }
}

/// The JSON Schema of adapter files, pretty-printed, with a line end.
pub fn adapter_schema_text() -> String {
    pretty(&schemars::schema_for!(Adapter))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const GOOD: &str = "apiVersion: sextant.dev/v1alpha1
kind: Adapter
name: mine
command: [python3, adapter.py]
";

    fn parse(text: &str) -> Result<Adapter, AdapterError> {
        Adapter::parse(Path::new("a.yaml"), text)
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let adapter = parse(GOOD).unwrap();
        assert_eq!((adapter.name.as_str(), adapter.command.len(), adapter.env.len()), ("mine", 2, 0));
        assert_eq!(adapter.deadlines.start(), Duration::from_secs(10));
        let adapter = parse(&format!("{GOOD}deadlines: {{ stop: 250ms }}\n")).unwrap();
        assert_eq!(adapter.deadlines.stop(), Duration::from_millis(250));
        assert_eq!(adapter.deadlines.apply(), Duration::from_secs(10));
    }

    #[rstest]
    #[case::kind("kind: Adapter", "kind: Adaptor", "it is a Adaptor of")]
    #[case::name("name: mine", "name: my gateway", "use letters")]
    #[case::taken("name: mine", "name: envoy", "built-in")]
    #[case::command("command: [python3, adapter.py]", "command: []", "command is empty")]
    #[case::field("command:", "comand:", "comand")]
    #[case::place("name: mine", "name: [mine]", "line 3")]
    #[case::time("name: mine", "name: mine\ndeadlines: { stop: soon }", "line 4")]
    #[case::far(
        "name: mine",
        "name: mine\nmanifests: { ready: { http: \"http://192.0.2.1/ready\" } }",
        "not a loopback address"
    )]
    #[case::no_probe("name: mine", "name: mine\nmanifests: { ports: { 80: 8080 } }", "ready")]
    #[case::empty_probe(
        "name: mine",
        "name: mine\nmanifests: { ready: { command: [] } }",
        "manifests.ready.command is empty"
    )]
    #[case::talks(
        "name: mine",
        "name: mine\nmanifests: { ready: { command: [x] }, features: [lists-endpoints] }",
        "in lines"
    )]
    #[case::never("name: mine", "name: mine\ndeadlines: { stop: 0s }", "deadlines.stop must be more than 0")]
    fn what_is_wrong_is_told(#[case] good: &str, #[case] bad: &str, #[case] says: &str) {
        let error = parse(&GOOD.replace(good, bad)).unwrap_err().to_string();
        assert!(error.starts_with("a.yaml: ") && error.contains(says), "{error}");
    }
}
