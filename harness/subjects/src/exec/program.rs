//! The adapter as a process: lines out, lines in, each with a deadline.

use std::collections::BTreeMap;
use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, ChildStdout};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

use super::adapter::Adapter;
use super::message::{Reply, Request};
use super::process::{Process, shortened};

/// Longest line of an adapter, in bytes.
pub(super) const LONGEST_LINE: usize = 16 << 20;

/// A running adapter that speaks in lines.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) process: Process,
    input: ChildStdin,
    output: FramedRead<ChildStdout, LinesCodec>,
    last_id: u64,
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
    /// The gateway cannot be given manifests.
    #[error("the folder of manifests cannot be written")]
    Files(#[source] io::Error),
    /// Its probe cannot be asked.
    #[error("the probe cannot be asked")]
    Probe(#[source] reqwest::Error),
    /// The pipes are not there.
    #[error("the adapter's standard input or output cannot be used")]
    Pipe(#[source] io::Error),
}

impl Program {
    /// Starts the program that `adapter` names.
    pub(super) fn start(adapter: &Adapter) -> Result<Self, ExecError> {
        let mut process = Process::spawn(adapter, &adapter.command, &BTreeMap::new(), Stdio::piped(), Stdio::piped())?;
        let gone = || ExecError::Pipe(io::ErrorKind::BrokenPipe.into());
        let (input, output) = process.pipes().ok_or_else(gone)?;
        let output = FramedRead::new(output, LinesCodec::new_with_max_length(LONGEST_LINE));
        Ok(Self { process, input, output, last_id: 0 })
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
            return Err(ExecError::Silent { request: name, within, log: self.process.last_words() });
        };
        match received {
            Some(Ok(text)) => read_reply(name, self.last_id, &text),
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => Err(ExecError::TooLong { request: name }),
            Some(Err(LinesCodecError::Io(source))) => Err(ExecError::Pipe(source)),
            None => Err(self.process.ended(name).await),
        }
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
pub(super) fn name_of(request: &Request) -> String {
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
