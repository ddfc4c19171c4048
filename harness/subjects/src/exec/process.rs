//! A process of an adapter: its group, its log, its end.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio_util::task::AbortOnDropHandle;

use super::adapter::Adapter;
use super::program::ExecError;

/// Lines of its standard error that are kept.
const KEPT: usize = 20;
/// Characters of a line that is shown in an error.
const SHOWN: usize = 120;
/// How long a program that has closed its output may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(1);

/// A running process. It and all that it started in its process group end when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Option<Pid>,
    log: Log,
}

/// The end of what the program wrote to its standard error.
#[derive(Debug)]
struct Log {
    lines: Arc<Mutex<VecDeque<String>>>,
    reading: AbortOnDropHandle<()>,
}

impl Process {
    /// Starts `command` of `adapter` in its folder, in a process group of its own, with `variables` beside its environment.
    pub(super) fn spawn(
        adapter: &Adapter,
        command: &[String],
        variables: &BTreeMap<String, String>,
        input: Stdio,
        output: Stdio,
    ) -> Result<Self, ExecError> {
        let folder = adapter.folder.as_path();
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
        let mut started = Command::new(program);
        started.args(arguments).envs(&adapter.env).envs(variables);
        started.current_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        Self::of(started.stdin(input).stdout(output)).map_err(spawn)
    }

    /// Starts `command` in a process group of its own.
    ///
    /// # Errors
    /// The system's, when it cannot be run.
    pub(crate) fn of(command: &mut Command) -> io::Result<Self> {
        let mut child = command.process_group(0).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let errors = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, group, log: Log::of(errors) })
    }

    /// Its standard input and output, if they are pipes that nobody has taken.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take())
    }

    /// Its standard input, if it is a pipe that nobody has taken.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Its id, and that of the process group that it and what it starts are in.
    pub(super) fn group(&self) -> Option<Pid> {
        self.group
    }

    /// The end of what it wrote to its standard error.
    pub(crate) fn last_words(&self) -> String {
        self.log.end()
    }

    /// Asks it to end (SIGTERM).
    pub(super) fn terminate(&self) {
        // Gone already is as good.
        let _ = self.group.map(|id| kill(id, Signal::SIGTERM));
    }

    /// Waits until it has ended by itself; `None` when it does not, or cannot be waited for.
    pub(crate) async fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(within, self.child.wait()).await.ok()?.ok()
    }

    /// The same, and all that it wrote is in its [`Process::last_words`].
    pub(crate) async fn finish(&mut self, within: Duration) -> Option<ExitStatus> {
        let status = self.wait(within).await?;
        self.log.whole().await;
        Some(status)
    }

    /// How it ended, if it has.
    pub(super) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok()?
    }

    /// The error of one that ended instead of answering `request`.
    pub(super) async fn ended(&mut self, request: String) -> ExecError {
        let status = match self.wait(GONE_WITHIN).await {
            Some(status) => status.to_string(),
            None => "it closed its output and goes on".to_owned(),
        };
        self.log.whole().await;
        ExecError::Ended { request, status, log: self.log.end() }
    }
}

impl Drop for Process {
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

    /// Waits for what was written before the end and may still be in the pipe.
    async fn whole(&mut self) {
        if !self.reading.is_finished() {
            let _ = tokio::time::timeout(GONE_WITHIN, &mut self.reading).await;
        }
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

/// A line of at most so many characters as an error shows.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
