//! The endpoints that a running control plane hands out, or that a running Envoy has.
//!
//! [`fetch`] asks a control plane over xDS, as an Envoy that starts does; [`read`] asks the admin interface of an Envoy.
//! What they tell becomes one document, [`Endpoints`], in the look of `sextant explain`.

mod admin;
mod ads;
mod assemble;
mod compare;
mod document;
mod matches;
mod name;
mod proto;
mod render;
mod wire;

pub use admin::{Admin, AdminError, InUse, admin_url, read};
pub use ads::{Ads, AdsError, HandedOut, Node, address, fetch};
pub use compare::{Comparison, Difference, Expectation, ExpectationError, What};
pub use document::{Cluster, Endpoint, Endpoints, LookedUp, Origin, Use};
pub use name::Backend;
pub use wire::Config;
