//! The adapter as a process: lines out, lines in, each with a deadline.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::task::AbortOnDropHandle;

use super::message::{Reply, Request};

/// Longest line of an adapter, in bytes.
pub(super) const LONGEST_LINE: usize = 16 << 20;
/// Lines of its standard error that are kept.
const KEPT: usize = 20;
/// Characters of a line that is shown in an error.
const SHOWN: usize = 120;
/// How long a program that has closed its output may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// A running adapter. It and all that it started in its process group end when it is dropped.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    group: Option<Pid>,
    input: ChildStdin,
    output: FramedRead<ChildStdout, LinesCodec>,
    log: Log,
    last_id: u64,
}

/// The end of what the program wrote to its standard error.
#[derive(Debug)]
struct Log {
    lines: Arc<Mutex<VecDeque<String>>>,
    reading: AbortOnDropHandle<()>,
}

/// What an adapter did not do right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecError {
    /// There is no such program, or it may not be run.
    #[error("`{program}` cannot be run")]
    Spawn {
        /// As in the adapter file.
        program: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// It was there no more.
    #[error("the adapter ended ({status}) instead of answering `{request}`; its last words: {log}")]
    Ended {
        /// Type of the request.
        request: String,
        /// How.
        status: String,
        /// End of its standard error.
        log: String,
    },
    /// It took too long.
    #[error("the adapter did not answer `{request}` within {within:?}; its last words: {log}")]
    Silent {
        /// Type of the request.
        request: String,
        /// The deadline.
        within: Duration,
        /// End of its standard error.
        log: String,
    },
    /// What it wrote cannot be read.
    #[error("the answer to `{request}` is no reply of the protocol: {fault}; the line was: {line}")]
    Garbled {
        /// Type of the request.
        request: String,
        /// What is wrong.
        fault: String,
        /// The line, cut short.
        line: String,
    },
    /// It wrote more than anybody reads.
    #[error("the answer to `{request}` has a line of more than {LONGEST_LINE} bytes")]
    TooLong {
        /// Type of the request.
        request: String,
    },
    /// It answered something else.
    #[error("the answer to `{request}` has the id {got} instead of {wanted}")]
    OtherId {
        /// Type of the request.
        request: String,
        /// Of the reply.
        got: u64,
        /// Of the request.
        wanted: u64,
    },
    /// It did not obey.
    #[error("the adapter refused `{request}`: {words}")]
    Refused {
        /// Type of the request.
        request: String,
        /// Its words.
        words: String,
    },
    /// Its gateway cannot do that.
    #[error("{0}")]
    Unsupported(String),
    /// The pipes are not there.
    #[error("the adapter's standard input or output cannot be used")]
    Pipe(#[source] io::Error),
}

impl Program {
    /// Starts the program in `folder`, in a process group of its own.
    pub(super) fn start(
        command: &[String],
        folder: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ExecError> {
        let spawn = |source| ExecError::Spawn { program: command.join(" "), source };
        let Some((program, arguments)) = command.split_first() else {
            return Err(spawn(io::Error::new(io::ErrorKind::InvalidInput, "the command is empty")));
        };
        // A path is meant from where the adapter file is; a bare name is looked up in $PATH.
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        let program = if program.is_relative() && program.components().count() > 1 {
            std::path::absolute(&program).map_err(spawn)?
        } else {
            program
        };
        let mut child = Command::new(program)
            .args(arguments)
            .envs(environment)
            .current_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(spawn)?;
        let gone = || ExecError::Pipe(io::ErrorKind::BrokenPipe.into());
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let input = child.stdin.take().ok_or_else(gone)?;
        let output = child.stdout.take().ok_or_else(gone)?;
        let log = Log::of(child.stderr.take().ok_or_else(gone)?);
        let output = FramedRead::new(output, LinesCodec::new_with_max_length(LONGEST_LINE));
        Ok(Self { child, group, input, output, log, last_id: 0 })
    }

    /// Sends `request` and waits for its reply.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        request: &Request,
        within: Duration,
    ) -> Result<T, ExecError> {
        self.last_id += 1;
        let name = name_of(request);
        let deadline = Instant::now() + within;
        let exchange = async {
            // A program that is gone shows itself by the end of its output, with its last words.
            let _ = self.input.write_all(line(self.last_id, request).as_bytes()).await;
            self.output.next().await
        };
        let Ok(received) = tokio::time::timeout_at(deadline.into(), exchange).await else {
            return Err(ExecError::Silent { request: name, within, log: self.log.end() });
        };
        match received {
            Some(Ok(text)) => read_reply(name, self.last_id, &text),
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => Err(ExecError::TooLong { request: name }),
            Some(Err(LinesCodecError::Io(source))) => Err(ExecError::Pipe(source)),
            None => Err(self.ended(name).await),
        }
    }

    /// The process group that it and what it starts are in; `None` where there is none.
    pub(super) fn group(&self) -> Option<Pid> {
        self.group
    }

    /// Waits until the program has ended by itself, and kills it when it does not.
    pub(super) async fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(within, self.child.wait()).await.ok()?.ok()
    }

    async fn ended(&mut self, request: String) -> ExecError {
        let status = match self.wait(GONE_WITHIN).await {
            Some(status) => status.to_string(),
            None => "it closed its output and goes on".to_owned(),
        };
        // What it wrote before its end may still be in the pipe.
        if !self.log.reading.is_finished() {
            let _ = tokio::time::timeout(GONE_WITHIN, &mut self.log.reading).await;
        }
        ExecError::Ended { request, status, log: self.log.end() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // What the adapter started goes with it. The group is gone already when everybody in it is.
        if let Some(group) = self.group {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

impl Log {
    fn of(errors: ChildStderr) -> Self {
        let lines = Arc::<Mutex<VecDeque<String>>>::default();
        let reading = tokio::spawn(read_log(errors, Arc::clone(&lines)));
        Self { lines, reading: AbortOnDropHandle::new(reading) }
    }

    fn end(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() { "none".to_owned() } else { lines.iter().cloned().collect::<Vec<_>>().join("; ") }
    }
}

async fn read_log(errors: ChildStderr, kept: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(errors).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(%line, "adapter");
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(shortened(&line));
    }
}

fn line(id: u64, request: &Request) -> String {
    let mut message = serde_json::json!({ "id": id });
    if let (Value::Object(message), Ok(Value::Object(fields))) = (&mut message, serde_json::to_value(request)) {
        message.extend(fields);
    }
    format!("{message}\n")
}

/// The word of a request's `type`.
fn name_of(request: &Request) -> String {
    let written = serde_json::to_value(request).unwrap_or_default();
    written.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read_reply<T: DeserializeOwned>(request: String, wanted: u64, text: &str) -> Result<T, ExecError> {
    let garbled = |fault: serde_json::Error, request: String| ExecError::Garbled {
        request,
        fault: fault.to_string(),
        line: shortened(text),
    };
    let reply: Reply = match serde_json::from_str(text) {
        Ok(reply) => reply,
        Err(fault) => return Err(garbled(fault, request)),
    };
    if reply.id != wanted {
        return Err(ExecError::OtherId { request, got: reply.id, wanted });
    }
    match (reply.unsupported, reply.error) {
        (Some(words), _) => Err(ExecError::Unsupported(words)),
        (None, Some(words)) => Err(ExecError::Refused { request, words }),
        (None, None) => serde_json::from_value(Value::Object(reply.content)).map_err(|fault| garbled(fault, request)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
