//! Where the traffic of a ServiceEntry goes, and why.
//!
//! [`explain`] turns resources into an [`Explanation`], the document that `sextant explain` prints. It decides nothing
//! itself: endpoints, exclusions, conditions and outcomes are those of [`sextant_routing`], put into words that people
//! and programs can read. Pure: no I/O, no clock, no chance; equal input gives equal bytes.

mod assemble;
pub mod changes;
mod compare;
pub mod connection;
mod explanation;
mod labels;
mod profiles;
mod render;
mod request;
mod shares;
pub mod walk;

pub use assemble::explain;
pub use changes::Changes;
pub use compare::compare;
pub use connection::{Connection, ConnectionError, ConnectionWalk, walk_connection};
pub use explanation::{
    API_VERSION, Backend, BackendName, BackendRef, Condition, Declaration, Endpoint, Excluded, Explanation, Fault,
    Gateway, Listener, ListenerName, Parent, Port, Reference, Route, RouteName, Rule, Source, Unselected,
    WithoutBackend,
};
pub use profiles::compare_profiles;
pub use render::{declared, place, resolution, socket};
pub use request::{Request, RequestError};
pub use walk::{Walk, walk};
