//! A scripted DNS server over UDP and TCP, with a journal.
//!
//! The *words* ([`Zone`], [`Answer`], [`Record`]) are pure data and always there: a zone file and a scenario are written
//! in them. The *server* (feature `server`) answers as they say and journals every query; the command line (feature
//! `bin`) is what `sextant-dns` and `sextant dns` run.
//!
//! ```yaml
//! se.example.com:                        # name -> answers, in order; the last one stays for ever
//!   - { records: [A 4.4.4.4, 30 A 5.5.5.5], queries: 3 }
//!   - { rcode: SERVFAIL, lasts: 2s }
//!   - { records: [A 6.6.6.6] }
//! ```

mod duration;
mod name;
mod record;
mod script;

pub use name::{Name, NameError};
pub use record::{Record, RecordData, RecordError};
pub use script::{Answer, Cursor, NoAnswer, Order, Rcode, Script, Zone};
