//! A DNS server that answers what a script says, over UDP and TCP on loopback, and keeps a journal of every query.
//!
//! The *words* ([`Zone`], [`Script`], [`Answer`], [`Record`]) and their meaning ([`Playback`]) are pure and always
//! there; a zone file and a scenario are written in them.

mod script;

pub use script::{
    Answer, AnswerError, Cursor, Fate, MAX_CHAIN, MAX_TTL, Name, NameError, Order, Playback, QueryType, QueryTypeError,
    Rcode, Record, RecordData, RecordError, Resolution, ResolvedRecord, SOA_TTL, Script, ScriptError, Serving, Zone,
    ZoneError, ZoneFileError,
};
