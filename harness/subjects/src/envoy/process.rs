//! The process.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio_util::task::AbortOnDropHandle;

use super::admin::Admin;

/// Time from one look at Envoy to the next.
const PAUSE: Duration = Duration::from_millis(10);
/// Lines of its log that are kept.
const KEPT: usize = 20;

/// A running Envoy, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: Arc<Mutex<VecDeque<String>>>,
    _reading: AbortOnDropHandle<()>,
}

/// Why there is no running Envoy.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProcessError {
    #[error("{program} cannot be run")]
    Spawn {
        program: String,
        #[source]
        source: io::Error,
    },
    #[error("Envoy ended by itself ({status}); its last words: {log}")]
    Ended { status: ExitStatus, log: String },
    #[error("Envoy cannot be watched")]
    Watch(#[source] io::Error),
    #[error("Envoy was not ready in time; its last words: {log}")]
    NotReady { log: String },
}

impl Process {
    /// Starts `program` with one worker, told to ask the discovery server at `xds` for everything. One worker makes the
    /// order exact in which endpoints have their turns.
    pub(super) fn start(program: &Path, node: &str, admin: SocketAddr, xds: SocketAddr) -> Result<Self, ProcessError> {
        let mut command = Command::new(program);
        command
            .args(["--config-yaml", &bootstrap(node, admin, xds).to_string()])
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let spawn = |source| ProcessError::Spawn { program: program.display().to_string(), source };
        let mut child = command.spawn().map_err(spawn)?;
        let log = Arc::<Mutex<VecDeque<String>>>::default();
        let reading = tokio::spawn(read(child.stderr.take(), Arc::clone(&log)));
        Ok(Self { child, log, _reading: AbortOnDropHandle::new(reading) })
    }

    /// Waits until it has started.
    pub(super) async fn ready(mut self, admin: &Admin, deadline: Instant) -> Result<Self, ProcessError> {
        loop {
            if let Some(status) = self.child.try_wait().map_err(ProcessError::Watch)? {
                return Err(ProcessError::Ended { status, log: self.last_words() });
            }
            if admin.is_ready().await {
                return Ok(self);
            }
            if Instant::now() > deadline {
                return Err(ProcessError::NotReady { log: self.last_words() });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.is_empty() { "none".to_owned() } else { log.iter().cloned().collect::<Vec<_>>().join("; ") }
    }

    pub(super) async fn stop(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::debug!(%error, "Envoy had ended before");
        }
    }
}

async fn read(output: Option<ChildStderr>, log: Arc<Mutex<VecDeque<String>>>) {
    let Some(output) = output else { return };
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(%line, "envoy");
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == KEPT {
            log.pop_front();
        }
        log.push_back(line);
    }
}

fn bootstrap(node: &str, admin: SocketAddr, xds: SocketAddr) -> Value {
    let socket = |at: SocketAddr| json!({ "socket_address": { "address": at.ip(), "port_value": at.port() } });
    let ads = json!({ "ads": {}, "resource_api_version": "V3" });
    json!({
        "node": { "id": node, "cluster": "sextant" },
        "admin": { "address": socket(admin) },
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{ "envoy_grpc": { "cluster_name": "sextant-xds" } }],
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "static_resources": { "clusters": [{
            "name": "sextant-xds",
            "type": "STATIC",
            "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": { "http2_protocol_options": {} },
            } },
            "load_assignment": {
                "cluster_name": "sextant-xds",
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": socket(xds) } }] }],
            },
        }] },
    })
}
