//! The conversation: each step asks for one thing and looks whether it is so.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sextant_runner::Feature;
use sextant_scenario::{Profile, Settings};
use sextant_verdict::Listing;

use super::advice::{FEATURES, Fault, SCENARIO};
use super::remains;
use super::world::{LOOKED_UP, NAMESPACE, ODD, PORT, REQUESTS, STATIC, Sent, World};
use super::{Step, Went};
use crate::exec::conversation::Conversation;
use crate::exec::message::{Declared, Done, Hello, ObjectName, PROTOCOL, Ready, Request, SETTLES_DNS};
use crate::exec::program::ExecError;
use crate::exec::{Adapter, millis};

/// A conversation with one adapter.
pub(super) struct Talk {
    adapter: Adapter,
    /// Absent before it was started and after it has ended.
    program: Option<Conversation>,
    until: Instant,
    declared: Declared,
    profile: Profile,
    generation: u64,
    /// Of [`PORT`], once it is known.
    listener: Option<SocketAddr>,
    /// Every address that the adapter ever told.
    listeners: BTreeSet<SocketAddr>,
    /// Last, so that what talks to it ends before it.
    world: World,
}

impl Talk {
    pub(super) fn new(adapter: Adapter, world: World, until: Instant) -> Self {
        Self {
            adapter,
            program: None,
            until,
            declared: Declared::default(),
            profile: Profile::Kgateway,
            generation: 0,
            listener: None,
            listeners: BTreeSet::new(),
            world,
        }
    }

    /// Takes one step.
    pub(super) async fn take(&mut self, step: Step) -> Result<Went, Fault> {
        match step {
            Step::Program => self.program(),
            Step::Hello => self.hello().await,
            Step::Start => self.start().await,
            Step::Apply => self.apply_basics().await,
            Step::Ready => self.ready_basics().await,
            Step::Serves => self.serves().await,
            Step::Removed => self.removed().await,
            Step::Endpoints => self.endpoints().await,
            Step::Delete => self.delete().await,
            Step::Dns => self.dns().await,
            Step::Unsupported => self.unsupported().await,
            Step::Stop => self.stop().await,
            Step::Processes => self.processes().await,
            Step::Ports => self.ports().await,
        }
    }

    fn program(&mut self) -> Result<Went, Fault> {
        self.program = Some(Conversation::start(&self.adapter).map_err(|error| Fault::of(&error))?);
        match self.adapter.manifests {
            Some(_) => not_asked("a gateway that reads files is started by `start`"),
            None => well(self.adapter.command.join(" ")),
        }
    }

    async fn hello(&mut self) -> Result<Went, Fault> {
        let hello = Request::Hello { protocol: PROTOCOL.to_owned(), sextant: env!("CARGO_PKG_VERSION").to_owned() };
        let hello: Hello = self.must(&hello, self.adapter.deadlines.start()).await?;
        if hello.protocol != PROTOCOL {
            let saw = format!("the adapter speaks `{}`; this is {PROTOCOL}", hello.protocol);
            let advice = "reply with the protocol that the message names, if the adapter was written for it";
            return Err(Fault::new(saw, advice, SCENARIO).last());
        }
        self.declared = Declared::of(&hello.features).map_err(|error| {
            let advice = "declare features of the table, by their names in it";
            Fault::new(error.to_string(), advice, FEATURES).last()
        })?;
        self.profile = hello.profiles.first().copied().unwrap_or(Profile::Kgateway);
        let named = if hello.features.is_empty() { "none".to_owned() } else { hello.features.join(", ") };
        well(format!("features: {named}"))
    }

    async fn start(&mut self) -> Result<Went, Fault> {
        let start = Request::Start {
            scenario: "certify".to_owned(),
            profile: self.profile,
            settings: Box::new(Settings::default()),
            dns: self.world.dns.addr(),
            listen: self.world.listen,
            seed: 1,
        };
        let Done {} = self.must(&start, self.adapter.deadlines.start()).await?;
        well(format!("to listen on {}", self.world.listen))
    }

    async fn apply_basics(&mut self) -> Result<Went, Fault> {
        let manifests = self.world.basics();
        self.apply(manifests).await.map_err(|error| Fault::of(&error).last())?;
        well("a Gateway, a route, a ServiceEntry with two endpoints")
    }

    async fn ready_basics(&mut self) -> Result<Went, Fault> {
        let ready = self.ready().await.map_err(|error| Fault::of(&error).last())?;
        self.listener = Some(self.listener_of(&ready).map_err(Fault::last)?);
        well(self.listener.map_or_else(String::new, |at| format!("port {PORT} is on {at}")))
    }

    fn listener_of(&mut self, ready: &Ready) -> Result<SocketAddr, Fault> {
        if ready.generation != self.generation {
            let saw =
                format!("it says that generation {} serves, and was asked for {}", ready.generation, self.generation);
            return Err(Fault::new(saw, "reply once the generation of the message serves, with its number", SCENARIO));
        }
        self.listeners.extend(ready.listeners.values());
        match ready.listeners.get(&PORT) {
            Some(at) if at.ip() == self.world.listen => Ok(*at),
            Some(at) => {
                let saw =
                    format!("port {PORT} is said to be on {at}, and the address to listen on is {}", self.world.listen);
                Err(Fault::new(saw, "listen on the address that `start` gives: it is this gateway's alone", SCENARIO))
            }
            None => {
                let saw = format!("the reply says nothing of the Gateway's port {PORT}");
                let advice = "name in `listeners` where each port of each Gateway really is, such as {\"80\": \"127.1.2.3:10080\"}";
                Err(Fault::new(saw, advice, SCENARIO))
            }
        }
    }

    async fn serves(&mut self) -> Result<Went, Fault> {
        let sent = self.send(STATIC, REQUESTS).await;
        let advice = "reply to `ready` only when the gateway accepts connections and routes by this generation: ask it, or try it";
        if !sent.all(200) {
            let saw = format!("of {REQUESTS} requests sent right after `ready`: {}", sent.told());
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        if sent.reached.contains(&0) {
            let [one, other] = sent.reached;
            let saw = format!("of {REQUESTS} requests, {one} reached one endpoint and {other} the other");
            let advice = "give the gateway every endpoint of the ServiceEntry, and let it share requests among them";
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        well(format!("{REQUESTS} of {REQUESTS} requests, both endpoints"))
    }

    async fn removed(&mut self) -> Result<Went, Fault> {
        let manifests = vec![self.world.fixed(&[1])];
        self.change(manifests, None).await.map_err(|error| Fault::of(&error))?;
        let sent = self.send(STATIC, REQUESTS).await;
        let old = sent.reached[0];
        let advice = "reply to `ready` only when nothing older serves: wait until old workers accept no more, or the old \
                      process is gone";
        if old > 0 {
            let saw = format!("{old} of {REQUESTS} requests reached an endpoint that was removed before `ready`");
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        if !sent.all(200) {
            let saw = format!("of {REQUESTS} requests sent right after the second `ready`: {}", sent.told());
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        well("no request reached the removed endpoint")
    }

    async fn endpoints(&mut self) -> Result<Went, Fault> {
        let feature = Feature::ListsEndpoints;
        if !self.declared.features.has(feature) {
            return not_asked(format!("feature {} is not declared", feature.name()));
        }
        let listing: Result<Listing, _> = self.ask(&Request::Endpoints {}, self.adapter.deadlines.apply()).await;
        let listing = listing.map_err(|error| absent(feature.name(), &error))?;
        let own = |entry: &str| entry == format!("{NAMESPACE}/static");
        let listed: Vec<_> =
            listing.endpoints.iter().filter(|one| own(&one.service_entry)).map(|one| one.endpoint).collect();
        let wanted = self.world.vms[1].actual();
        if listed != [wanted] {
            let saw = format!("of {NAMESPACE}/static it lists {listed:?}; {wanted} is what it has");
            return Err(Fault::absent(feature.name(), saw));
        }
        well(format!("{wanted}, as it should be"))
    }

    async fn delete(&mut self) -> Result<Went, Fault> {
        let object = ObjectName {
            api_version: "gateway.networking.k8s.io/v1".to_owned(),
            kind: "HTTPRoute".to_owned(),
            namespace: NAMESPACE.to_owned(),
            name: "static".to_owned(),
        };
        self.change(Vec::new(), Some(object)).await.map_err(|error| Fault::of(&error))?;
        let sent = self.send(STATIC, REQUESTS).await;
        if sent.reached != [0, 0] {
            let saw = format!("after the only route was deleted, an endpoint was reached: {}", sent.told());
            let advice = "forget what `delete` names, and let the `ready` after it wait for that";
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        well(format!("without the route: {}", sent.told()))
    }

    async fn dns(&mut self) -> Result<Went, Fault> {
        if !self.declared.settles_dns {
            return not_asked(format!("feature {SETTLES_DNS} is not declared"));
        }
        if !self.world.can_name_vms() {
            return not_asked("this system has a single loopback address");
        }
        let broken = |fault: String| Fault::new(fault, "this is a fault of Sextant", FEATURES);
        self.world.name(0).map_err(broken)?;
        self.change(self.world.looked_up(), None).await.map_err(|error| absent(SETTLES_DNS, &error))?;
        self.world.name(1).map_err(broken)?;
        let mark = self.world.dns.journal().mark();
        let within = self.within(self.adapter.deadlines.apply());
        let Done {} = self
            .ask(&Request::Dns { within_ms: millis(within) }, within)
            .await
            .map_err(|error: ExecError| absent(SETTLES_DNS, &error))?;
        if self.world.dns.journal().since(mark).is_empty() {
            let saw = format!("it replied to `dns` without asking the server at {} again", self.world.dns.addr());
            return Err(Fault::absent(SETTLES_DNS, saw));
        }
        let sent = self.send(LOOKED_UP, REQUESTS).await;
        if sent.reached[0] > 0 || !sent.all(200) {
            let saw = format!(
                "after the reply to `dns`, {} of {REQUESTS} requests went to the address of before: {}",
                sent.reached[0],
                sent.told()
            );
            return Err(Fault::absent(SETTLES_DNS, saw));
        }
        well("a new address was followed")
    }

    async fn unsupported(&mut self) -> Result<Went, Fault> {
        match self.change(self.world.odd(), None).await {
            Ok(()) => {}
            Err(ExecError::Unsupported(words)) => return well(format!("it says: {words}")),
            Err(ExecError::Refused { words, .. }) => return well(format!("it refuses: {words}")),
            Err(error) => return Err(Fault::of(&error)),
        }
        let sent = self.send(ODD, 3).await;
        if sent.reached != [0, 0] {
            let saw = format!("a route with a filter that nobody knows was served as if it had none: {}", sent.told());
            let advice = "look at every field of the manifests, and reply `unsupported` with the reason to what the gateway \
                          cannot obey; otherwise scenarios fail that should be skipped";
            return Err(Fault::new(saw, advice, SCENARIO));
        }
        well(format!("a filter that nobody knows: {}", sent.told()))
    }

    async fn stop(&mut self) -> Result<Went, Fault> {
        let within = self.adapter.deadlines.stop();
        let Done {} = self.must(&Request::Stop {}, within).await?;
        let within = self.within(within);
        let status = match &mut self.program {
            Some(program) => program.wait(within).await,
            None => None,
        };
        match status {
            Some(status) => well(format!("it exited ({status})")),
            None => {
                let saw = format!("it replied to `stop` and did not exit within {within:?}");
                Err(Fault::new(saw, "exit after the reply to `stop`", SCENARIO).last())
            }
        }
    }

    async fn processes(&mut self) -> Result<Went, Fault> {
        let Some(group) = self.program.as_ref().and_then(Conversation::group) else {
            return not_asked("this system has no process groups");
        };
        let left = remains::processes(group).await;
        if left.is_empty() {
            return well("");
        }
        let saw = format!("it exited, and what it had started goes on: {}", left.join(", "));
        Err(Fault::new(saw, "end the gateway, and wait for it, before the reply to `stop`", SCENARIO))
    }

    async fn ports(&mut self) -> Result<Went, Fault> {
        let all: Vec<_> = self.listeners.iter().copied().collect();
        let left = remains::listeners(&all).await;
        if left.is_empty() {
            return well(all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        }
        let saw = format!("somebody still listens on {left:?}");
        Err(Fault::new(
            saw,
            "end the gateway before the reply to `stop`, also when it left the process group",
            SCENARIO,
        ))
    }

    /// Gives a new generation and waits for it.
    async fn change(&mut self, manifests: Vec<Value>, object: Option<ObjectName>) -> Result<(), ExecError> {
        self.apply(manifests).await?;
        if let Some(object) = object {
            let delete = Request::Delete { generation: self.generation, objects: vec![object] };
            let Done {} = self.ask(&delete, self.adapter.deadlines.apply()).await?;
        }
        let ready = self.ready().await?;
        self.listeners.extend(ready.listeners.values());
        self.listener = ready.listeners.get(&PORT).copied().or(self.listener);
        Ok(())
    }

    async fn apply(&mut self, manifests: Vec<Value>) -> Result<(), ExecError> {
        self.generation += 1;
        let apply = Request::Apply { generation: self.generation, manifests };
        self.ask(&apply, self.adapter.deadlines.apply()).await.map(|Done {}| ())
    }

    async fn ready(&mut self) -> Result<Ready, ExecError> {
        let within = self.within(self.adapter.deadlines.apply());
        let ready = Request::Ready { generation: self.generation, within_ms: millis(within) };
        self.ask(&ready, within).await
    }

    /// Asks for what nothing can go on without.
    async fn must<T: DeserializeOwned>(&mut self, request: &Request, within: Duration) -> Result<T, Fault> {
        self.ask(request, within).await.map_err(|error| Fault::of(&error).last())
    }

    async fn ask<T: DeserializeOwned>(&mut self, request: &Request, within: Duration) -> Result<T, ExecError> {
        let within = self.within(within);
        match &mut self.program {
            Some(program) => program.ask(request, within).await,
            None => Err(ExecError::Pipe(std::io::ErrorKind::BrokenPipe.into())),
        }
    }

    async fn send(&self, host: &str, count: usize) -> Sent {
        match self.listener {
            Some(listener) => self.world.send(listener, host, count, self.until).await,
            None => Sent::default(),
        }
    }

    /// At most `within`, and no longer than all checks may take.
    fn within(&self, within: Duration) -> Duration {
        within.min(self.until.saturating_duration_since(Instant::now()))
    }
}

/// What is wrong when an adapter does not do what a feature promises.
fn absent(feature: &str, error: &ExecError) -> Fault {
    let fault = Fault::of(error);
    Fault { is_last: fault.is_last, ..Fault::absent(feature, fault.saw) }
}

#[expect(clippy::unnecessary_wraps, reason = "it ends a step, which can fail")]
fn well(saw: impl Into<String>) -> Result<Went, Fault> {
    Ok(Went::Well(saw.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "it ends a step, which can fail")]
fn not_asked(why: impl Into<String>) -> Result<Went, Fault> {
    Ok(Went::NotAsked(why.into()))
}
