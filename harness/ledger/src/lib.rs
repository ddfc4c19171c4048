//! Ledgers of known failures: what a subject is known to do wrong, by whom that is followed up, and until when.
//!
//! A ledger is YAML, a document for each subject:
//!
//! ```yaml
//! subject: envoy
//! entries:
//!   - scenario: dns-servfail-*     # the id of a scenario or a glob over ids; or `rule: K-051`
//!     profile: istio               # absent: both
//!     explains: difference         # absent: failure
//!     reason: Envoy keeps the addresses for one more refresh
//!     link: https://github.com/envoyproxy/envoy/issues/1
//!     owner: ann
//!     expires: 2027-06-30          # the last day on which it counts
//! ```
//!
//! [`read`] reads one and reports every fault of it at once; [`hold`] holds ledgers against the record of a run. Both are
//! pure: which scenarios there are, and what day it is, are arguments.
//!
//! # Codes of findings
//!
//! | code | when |
//! |---|---|
//! | `empty-file`, `yaml-syntax` | there is no document, or none that can be read |
//! | `duplicate-key`, `unknown-field`, `missing-field`, `wrong-type`, `unknown-value`, `invalid-value` | as in scenarios |
//! | `names-nothing`, `names-both` | an entry has neither `scenario` nor `rule`, or has both |
//! | `unknown-scenario`, `bad-glob`, `unknown-rule` | what it names is not there |
//! | `empty-text`, `bad-link`, `bad-date` | a reason, owner, link or day that says nothing |
//! | `duplicate-entry` | an entry above says of the same, for the same profile |

mod check;
mod hold;
mod model;
mod read;

pub use hold::{Held, Unmatched, hold};
pub use model::{Covers, Entry, Ledger};
pub use read::read;
