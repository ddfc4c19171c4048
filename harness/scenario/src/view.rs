//! A loaded scenario as its runner and its judge walk through it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sextant_fake_dns::Zone;
use sextant_verdict::{Place, Source};

use crate::{
    Apply, Check, Delete, Expect, Hold, ListedStep, LoadedScenario, Lookup, QueriesStep, Request, Scenario,
    ScenarioWorkload, Send, StatusStep, Step, Until, WorkloadChange, WorkloadKind,
};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action<'a> {
    /// [`Step::apply`]
    Apply(&'a Apply),
    /// [`Step::delete`]
    Delete(&'a Delete),
    /// [`Step::dns`]
    Dns(&'a Zone),
    /// [`Step::workload`]
    Workload(&'a WorkloadChange),
    /// [`Step::send`]
    Send(&'a Send),
    /// [`Step::hold`]
    Hold(&'a Hold),
    /// [`Step::until`]
    Until(&'a Until),
    /// [`Step::lookup`]
    Lookup(&'a Lookup),
    /// [`Step::listed`]
    Listed(&'a ListedStep),
    /// [`Step::status`]
    Status(&'a StatusStep),
    /// [`Step::queries`]
    Queries(&'a QueriesStep),
}

/// One step of a loaded scenario.
#[derive(Clone, Copy, Debug)]
pub struct StepView<'a> {
    /// The scenario it belongs to.
    pub scenario: &'a LoadedScenario,
    /// Number in [`Scenario::steps`], from 0.
    pub index: usize,
    /// The step as written.
    pub step: &'a Step,
    /// What it does.
    pub action: Action<'a>,
}

impl Action<'_> {
    /// The words of all actions, as they are written in a step.
    pub const WORDS: [&'static str; 11] =
        ["apply", "delete", "dns", "workload", "send", "hold", "until", "lookup", "listed", "status", "queries"];

    /// Whether it changes the world, so that traffic can run meanwhile ([`Step::under`]).
    pub fn is_change(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Delete(_) | Self::Dns(_) | Self::Workload(_))
    }

    /// The word that it is written with.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Apply(_) => "apply",
            Self::Delete(_) => "delete",
            Self::Dns(_) => "dns",
            Self::Workload(_) => "workload",
            Self::Send(_) => "send",
            Self::Hold(_) => "hold",
            Self::Until(_) => "until",
            Self::Lookup(_) => "lookup",
            Self::Listed(_) => "listed",
            Self::Status(_) => "status",
            Self::Queries(_) => "queries",
        }
    }
}

impl<'a> Action<'a> {
    /// The promises about replies; `None` for a step that sends nothing.
    pub fn expect(&self) -> Option<&'a Expect> {
        match self {
            Self::Send(send) => Some(&send.expect),
            Self::Hold(hold) => Some(&hold.expect),
            Self::Until(until) => Some(&until.expect),
            _ => None,
        }
    }

    /// The request; `None` for a step that sends nothing.
    pub fn request(&self) -> Option<&'a Request> {
        match self {
            Self::Send(send) => Some(&send.request),
            Self::Hold(hold) => Some(&hold.request),
            Self::Until(until) => Some(&until.request),
            _ => None,
        }
    }
}

impl Step {
    /// Every action of the step. The language wants exactly one; what [`crate::load`] returned has it.
    pub fn actions(&self) -> Vec<Action<'_>> {
        [
            self.apply.as_ref().map(Action::Apply),
            self.delete.as_ref().map(Action::Delete),
            self.dns.as_ref().map(Action::Dns),
            self.workload.as_ref().map(Action::Workload),
            self.send.as_ref().map(Action::Send),
            self.hold.as_ref().map(Action::Hold),
            self.until.as_ref().map(Action::Until),
            self.lookup.as_ref().map(Action::Lookup),
            self.listed.as_ref().map(Action::Listed),
            self.status.as_ref().map(Action::Status),
            self.queries.as_ref().map(Action::Queries),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Send {
    /// How many requests to send: [`Self::count`], and when that is absent [`crate::DEFAULT_SAMPLE`] for shares that
    /// are checked statistically, else one.
    pub fn requests(&self) -> u32 {
        let statistical = self.expect.shares.iter().any(|shares| matches!(shares.check, Check::Statistical { .. }));
        self.count.unwrap_or(if statistical { crate::DEFAULT_SAMPLE } else { 1 })
    }
}

impl ScenarioWorkload {
    /// What replies call it: kind, namespace and name, such as `Pod gwtest/reviews-1`; `VM 1.1.1.1` for one without
    /// namespace and name.
    pub fn label(&self) -> String {
        let kind = match self.kind {
            WorkloadKind::Vm => "VM",
            WorkloadKind::WorkloadEntry => "WorkloadEntry",
            WorkloadKind::Pod => "Pod",
        };
        let name = self.name.clone().unwrap_or_else(|| self.endpoint.ip().to_string());
        match self.namespace.as_str() {
            "" => format!("{kind} {name}"),
            namespace => format!("{kind} {namespace}/{name}"),
        }
    }

    /// Who answers when it does.
    pub fn source(&self) -> Source {
        Source {
            endpoint: self.endpoint,
            workload: self.label(),
            locality: self.locality.clone(),
            network: self.network.clone(),
        }
    }
}

impl Scenario {
    /// Every rule that the scenario or one of its steps names, sorted.
    pub fn all_rules(&self) -> BTreeSet<&str> {
        self.rules.iter().chain(self.steps.iter().flat_map(|step| &step.rules)).map(String::as_str).collect()
    }

    /// Every documented endpoint that is mentioned, sorted: workloads, promises, changes and endpoint lists. An address
    /// plan needs them all; one without a workload is where nobody listens.
    pub fn endpoints(&self) -> BTreeSet<SocketAddr> {
        let workloads = self.workloads.iter().map(|workload| workload.endpoint);
        workloads.chain(self.steps.iter().flat_map(mentioned)).collect()
    }
}

/// The documented endpoints that a step mentions.
fn mentioned(step: &Step) -> Vec<SocketAddr> {
    let mut endpoints = Vec::new();
    for action in step.actions() {
        match action {
            Action::Workload(change) => endpoints.push(change.endpoint),
            Action::Listed(listed) => endpoints.extend(listed.endpoints.iter().map(|listed| listed.endpoint)),
            _ => {}
        }
        for expect in action.expect().into_iter().chain(step.under.as_ref().map(|traffic| &traffic.expect)) {
            endpoints.extend(expect.sources.iter().flatten().chain(&expect.never));
            let keys = expect.shares.iter().flat_map(|shares| shares.of.keys());
            endpoints.extend(keys.filter_map(|key| key.parse::<SocketAddr>().ok()));
        }
    }
    endpoints
}

impl LoadedScenario {
    /// The steps in order.
    pub fn steps(&self) -> impl Iterator<Item = StepView<'_>> {
        self.scenario.steps.iter().enumerate().filter_map(|(index, step)| {
            let action = *step.actions().first()?;
            Some(StepView { scenario: self, index, step, action })
        })
    }

    /// Where the scenario stands.
    pub fn place(&self) -> Place {
        self.places.place("")
    }

    /// The file that a manifest path of the scenario means, and the heading after `#`, when there is one.
    pub fn manifest_path<'p>(&self, path: &'p str) -> (PathBuf, Option<&'p str>) {
        manifest_path(&self.file, path)
    }
}

/// Paths are relative to the folder of the scenario's file.
pub(crate) fn manifest_path<'p>(file: &str, path: &'p str) -> (PathBuf, Option<&'p str>) {
    let (path, heading) = path.split_once('#').map_or((path, None), |(path, heading)| (path, Some(heading)));
    (Path::new(file).with_file_name(path), heading)
}

impl<'a> StepView<'a> {
    /// The name as given, or the action and the number of the step from 1, such as `send #3`.
    pub fn name(&self) -> String {
        self.step.name.clone().unwrap_or_else(|| format!("{} #{}", self.action.word(), self.index + 1))
    }

    /// The rules that its promises come from: its own, or else those of the scenario.
    pub fn rules(&self) -> &'a [String] {
        if self.step.rules.is_empty() { &self.scenario.scenario.rules } else { &self.step.rules }
    }

    /// The place of a field of its action, such as `expect.status`, or of the traffic under a change; empty for the step
    /// itself.
    pub fn place(&self, field: &str) -> Place {
        self.scenario.places.place(&self.path(field))
    }

    fn path(&self, field: &str) -> String {
        match field {
            "" => format!("steps[{}]", self.index),
            field if self.action.is_change() => format!("steps[{}].under.{field}", self.index),
            field => format!("steps[{}].{}.{field}", self.index, self.action.word()),
        }
    }
}

#[cfg(test)]
mod tests;
