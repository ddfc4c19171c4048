//! The words of the fake DNS: what people write in a zone file or in the `dns:` section of a scenario, and what it
//! means. Nothing here opens a socket, reads a clock or draws a random number: time and seeds are arguments.
//!
//! ```yaml
//! se.example.com:                        # a name has a script: answers, in order
//!   - records: [A 4.4.4.4, 30 A 5.5.5.5] # [ttl] [IN] type data
//!     queries: 3                         # serves three queries of each type, then the next answer is current
//!   - rcode: SERVFAIL
//!     lasts: 2s                          # serves for two seconds, counted from the first query that it serves
//!   - records: [A 6.6.6.6]               # the last answer stays for ever
//! "*.apps.example.com":
//!   - records: [CNAME se.example.com]
//! ```

mod answer;
mod arrange;
mod duration;
mod name;
mod playback;
mod query_type;
mod record;
mod walk;
mod zone;
mod zone_file;

pub use answer::{Answer, AnswerError, Order, Rcode};
pub use name::{Name, NameError};
pub use playback::{Fate, MAX_CHAIN, Playback, Resolution, ResolvedRecord, SOA_TTL};
pub use query_type::{QueryType, QueryTypeError};
pub use record::{MAX_TTL, Record, RecordData, RecordError};
pub use walk::{Cursor, Serving};
pub use zone::{Script, ScriptError, Zone, ZoneError};
pub use zone_file::ZoneFileError;
