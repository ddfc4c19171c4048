//! A DNS server that answers what a script says, over UDP and TCP on loopback, and keeps a journal of every query.
//!
//! The *words* ([`Zone`], [`Script`], [`Answer`], [`Record`]) and their meaning ([`Playback`]) are pure and always
//! there; a zone file and a scenario are written in them. The *server* (feature `server`) is what runs them:
//!
//! * `FakeDns` answers on loopback, lets its zone be changed while it runs, and ends when it is dropped;
//! * `Journal` holds every query and what came of it, in order and on a clock that can be shared with other journals.
//!
//! The *command line* (feature `bin`, on by default) is the program `sextant-dns`, and what `sextant dns` runs.
//!
//! Nothing here listens outside loopback: every socket goes through one check (`StartError::NotLoopback`).

mod script;

#[cfg(feature = "bin")]
pub mod cli;
#[cfg(feature = "server")]
mod journal;
#[cfg(feature = "server")]
mod server;

pub use script::{
    Answer, AnswerError, Cursor, Fate, MAX_CHAIN, MAX_TTL, Name, NameError, Order, Playback, QueryType, QueryTypeError,
    Rcode, Record, RecordData, RecordError, Resolution, ResolvedRecord, SOA_TTL, Script, ScriptError, Serving, Zone,
    ZoneError, ZoneFileError,
};

#[cfg(feature = "server")]
pub use journal::{Journal, Protocol, Query, Revision, WaitError};
#[cfg(feature = "server")]
pub use server::{FakeDns, Options, StartError};
