//! ServiceEntry routing as a pure function.
//!
//! [`resolve`] turns resources into a [`Model`]: backends with their endpoints, routes with their status, listeners.
//! [`RouteTable`] answers what happens to a request, [`L4Table`] what happens to a connection, [`expand`] and
//! [`Balancer`] whom a backend sends it to.
//! Nothing here opens a socket, reads a clock or draws a random number: what the world says (DNS answers, the
//! gateway's own locality) comes in as arguments.

mod backend;
mod backends;
mod balance;
mod decide;
mod duration;
mod endpoint;
mod expand;
mod filter;
mod hostnames;
mod l4;
mod listener;
mod locality;
mod options;
mod outcome;
mod policy;
mod resolve;
mod route;
mod schedule;
mod selector;
mod semantics;
mod tls;

pub use backend::{Backend, BackendFault, BackendId, BackendIndex, BackendKind, BackendPort, Discovery, UpstreamHttp};
pub use backends::Backends;
pub use balance::{Balance, Balancer, PriorityLoad};
pub use decide::{Candidate, Decision, Fate, MatchCondition, Precedence, RouteTable, Trace};
pub use duration::{InvalidDuration, parse_duration};
pub use endpoint::{Endpoint, EndpointAddress, EndpointSource, Excluded, ExclusionReason};
pub use expand::{DnsAnswers, Host, expand, undialable};
pub use filter::{Filter, HeaderEdit, Mirror, MirrorShare, PathEdit, Redirect, Rewrite};
pub use l4::{L4Route, L4Table, L4Trace};
pub use listener::{L4Listener, L4Protocol, Listener, ListenerStatus};
pub use locality::Locality;
pub use options::{EmptySelector, GatewayIdentity, NetworkGateway, Options, Profile, Settings};
pub use outcome::{Answer, INVALID_ROUTE_BODY, NO_UPSTREAM_BODY, Outcome};
pub use policy::{LocalityWeight, OutlierDetection, Policy};
pub use resolve::{Absent, Model, Moved, Resolver, absent, resolve};
pub use route::{
    Condition, ParentStatus, Route, RouteKind, Rule, RuleFault, Target, TimeLimits, Unresolved, WeightedTarget,
};
pub use schedule::Schedule;
pub use semantics::{DIFFERENCES, Difference, Semantics};
pub use tls::{
    AcceptedName, AncestorStatus, ClientIdentity, Credentials, OriginateTls, PolicyStatus, ServerName, TlsVersion,
    Trust,
};
