//! ServiceEntry routing as a pure function.
//!
//! [`resolve`] turns resources into a [`Model`]: backends with their endpoints, routes with their status, listeners.
//! [`RouteTable`] answers what happens to a request, [`expand`] and [`Schedule`] whom a backend sends it to.
//! Nothing here opens a socket, reads a clock or draws a random number: what the world says (DNS answers, the
//! gateway's own locality) comes in as arguments.

mod backend;
mod decide;
mod endpoint;
mod expand;
mod listener;
mod locality;
mod options;
mod resolve;
mod route;
mod schedule;

pub use backend::{Backend, BackendId, BackendIndex, BackendPort, Discovery, UpstreamHttp};
pub use decide::{Decision, RouteTable};
pub use endpoint::{Endpoint, EndpointAddress, EndpointSource, Excluded, ExclusionReason};
pub use expand::{DnsAnswers, Host, expand};
pub use listener::Listener;
pub use locality::Locality;
pub use options::{GatewayIdentity, Options, Profile};
pub use resolve::{Model, resolve};
pub use route::{Condition, ParentStatus, Route, RouteKind, Rule, Target, Unresolved, WeightedTarget};
pub use schedule::Schedule;
