//! The routing model as Envoy's configuration, and the server that hands it out.
//!
//! [`translate`] is pure: a [`sextant_routing::Model`] becomes a [`Snapshot`] of listeners, route configurations, clusters
//! and load assignments as the model's profile has them. [`Server`] is an aggregated discovery server (state of the world)
//! that keeps one Envoy at the published snapshot, and says when it has it or with which words it refused.
//!
//! What Envoy cannot be told is an error ([`Untranslatable`]), never left out in silence.

mod ads;
mod names;
mod proto;
mod snapshot;
mod translate;
mod world;

pub use ads::{NotTaken, Rejection, Serial, ServeError, Server};
pub use names::{BLACKHOLE, MARK};
pub use snapshot::{Kind, Snapshot};
pub use translate::{Translation, Untranslatable, looking_up, translate};
pub use world::{DnsSettings, World};
