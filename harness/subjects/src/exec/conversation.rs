//! How Sextant and an adapter talk: in lines, or by a folder of manifests.

use std::process::ExitStatus;
use std::time::Duration;

use nix::unistd::Pid;
use serde::de::DeserializeOwned;

use super::adapter::Adapter;
use super::folder::Folder;
use super::message::Request;
use super::process::Process;
use super::program::{ExecError, Program, name_of};

/// A conversation with one adapter, which ends when this is dropped.
#[derive(Debug)]
pub(super) enum Conversation {
    /// The adapter is a program that speaks the protocol.
    Lines(Box<Program>),
    /// The gateway reads files.
    Folder(Box<Folder>),
}

impl Conversation {
    /// Begins in the form that `adapter` has.
    pub(super) fn start(adapter: &Adapter) -> Result<Self, ExecError> {
        match &adapter.manifests {
            None => Ok(Self::Lines(Box::new(Program::start(adapter)?))),
            Some(reads) => Ok(Self::Folder(Box::new(Folder::new(adapter, reads)?))),
        }
    }

    /// Sends `request` and waits for its reply.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        request: &Request,
        within: Duration,
    ) -> Result<T, ExecError> {
        match self {
            Self::Lines(program) => program.ask(request, within).await,
            Self::Folder(folder) => {
                let reply = folder.obey(request, within).await?;
                serde_json::from_value(reply).map_err(|fault| ExecError::Garbled {
                    request: name_of(request),
                    fault: fault.to_string(),
                    line: String::new(),
                })
            }
        }
    }

    /// Waits until the program has ended by itself; `None` when it does not.
    pub(super) async fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        match self {
            Self::Lines(program) => program.process.wait(within).await,
            Self::Folder(folder) => folder.process_mut()?.wait(within).await,
        }
    }

    /// The process group that it and what it starts are in; `None` where there is none.
    pub(super) fn group(&self) -> Option<Pid> {
        match self {
            Self::Lines(program) => program.process.group(),
            Self::Folder(folder) => folder.process().and_then(Process::group),
        }
    }
}
