//! Adapters that make a gateway testable: each implements the runner's [`Subject`](sextant_runner::Subject).

mod envoy;
mod exec;
mod known;
mod manifests;
mod options;
mod reference;
mod resolving;
mod status;
mod url;

pub use envoy::{EnvoyFactory, FindError, find_envoy};
pub use exec::{
    AdapterError, CERTIFY_WITHIN, Certificate, CertifyError, Check, CheckOutcome, ExecFactory, PROTOCOL, WorldError,
    adapter_messages_schema_text, adapter_schema_text, certify,
};
pub use known::{KnownFailures, all_known_failures, known_failures};
pub use reference::{Alteration, Between, ReferenceFactory};
pub use url::{UrlError, UrlFactory};
