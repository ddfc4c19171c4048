//! A zone while it plays: which names exist, where every script stands, and what a query gets. Pure: the caller says
//! what time it is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use super::arrange::{arrange, seed_of};
use super::{Answer, Cursor, Name, QueryType, Rcode, RecordData, Script, Serving, Zone};

#[cfg(test)]
mod tests;

/// How many aliases a query follows. A longer chain, like one that comes back to itself, is SERVFAIL, as with most
/// resolvers.
pub const MAX_CHAIN: usize = 16;

/// TTL in seconds of negative answers for names that have no script.
pub const SOA_TTL: u32 = 5;

/// A zone with the state of its scripts.
#[derive(Clone, Debug)]
pub struct Playback {
    seed: u64,
    scripts: HashMap<Name, Playing>,
    /// Names of the zone and all names above them (RFC 4592 calls the latter empty non-terminals). They decide what a
    /// wildcard covers.
    existing: HashSet<Name>,
}

/// What a query gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Whether there is a reply.
    pub fate: Fate,
    /// Response code.
    pub rcode: Rcode,
    /// Records of the answer section: aliases in the order they were followed, then the rest.
    pub records: Vec<ResolvedRecord>,
    /// TTL in seconds of the SOA record of a negative answer (NXDOMAIN and NODATA, RFC 2308); `None` for others.
    pub negative_ttl: Option<u32>,
    /// The reply waits so long: the sum of the delays along the chain of aliases.
    pub delay: Duration,
}

/// Whether, and how, a query is replied to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// With all that there is.
    #[default]
    Reply,
    /// Over UDP with the TC flag and without records, over TCP with all.
    Truncate,
    /// Not at all.
    Drop,
}

/// A record of a reply. It shows as `se.example.com 5 A 4.4.4.4`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResolvedRecord {
    /// The name it belongs to: the one that was asked, or an alias's target.
    pub owner: Name,
    /// TTL in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

#[derive(Clone, Debug)]
struct Playing {
    script: Script,
    cursors: BTreeMap<QueryType, Cursor>,
}

/// What is known of a name.
enum Found<'a> {
    /// Its own script, or the one of the wildcard that covers it, and the name of that script.
    Script(&'a Name),
    /// The name exists because names below it do; it has no records.
    EmptyNonTerminal,
    Missing,
}

impl Playback {
    /// The zone with every script at its start. The seed decides the orders of `shuffle`.
    #[must_use]
    pub fn new(zone: Zone, seed: u64) -> Self {
        let mut playback = Self { seed, scripts: HashMap::new(), existing: HashSet::new() };
        playback.set(zone);
        playback
    }

    /// Adds or replaces the scripts of the zone's names, each at its start. Other names stay as they are.
    pub fn set(&mut self, zone: Zone) {
        for (name, script) in zone {
            self.scripts.insert(name, Playing { script, cursors: BTreeMap::new() });
        }
        self.note_existing();
    }

    /// Forgets a name. `false` when it had no script.
    pub fn remove(&mut self, name: &Name) -> bool {
        let had = self.scripts.remove(name).is_some();
        self.note_existing();
        had
    }

    /// Forgets all names and begins with this zone.
    pub fn replace(&mut self, zone: Zone) {
        self.scripts.clear();
        self.set(zone);
    }

    /// Answers one query at `now`, a time on any clock that does not go back, and moves the scripts that it touches.
    ///
    /// Aliases are followed within the zone unless the query is for CNAME or ANY. A chain that ends at a missing name
    /// is NXDOMAIN with the aliases in the answer (RFC 6604); one that meets another error is that error, without
    /// records; one that meets `drop` is dropped; one that meets `truncate` is truncated.
    pub fn resolve(&mut self, name: &Name, query_type: QueryType, now: Duration) -> Resolution {
        let mut resolution = Resolution::default();
        let mut owner = name.clone();
        let mut seen = Vec::new();
        loop {
            let target = self.visit(&owner, query_type, now, &mut resolution);
            let Some(target) = target else { return resolution };
            seen.push(owner);
            if seen.contains(&target) || seen.len() > MAX_CHAIN {
                return resolution.failed(Rcode::ServFail);
            }
            owner = target;
        }
    }

    /// Adds what one name contributes; `Some` is the alias to go on with.
    fn visit(&mut self, owner: &Name, query_type: QueryType, now: Duration, into: &mut Resolution) -> Option<Name> {
        let script_name = match self.find(owner) {
            Found::Script(name) => name.clone(),
            Found::EmptyNonTerminal => {
                into.negative_ttl = Some(SOA_TTL);
                return None;
            }
            Found::Missing => {
                into.rcode = Rcode::NxDomain;
                into.negative_ttl = Some(SOA_TTL);
                return None;
            }
        };
        let seed = seed_of(self.seed, &script_name, query_type);
        let playing = self.scripts.get_mut(&script_name)?;
        let Serving { answer, round } = playing.script.serve(playing.cursors.entry(query_type).or_default(), now);
        into.add(owner, query_type, answer, round, seed)
    }

    /// Finds the script for a name as RFC 4592 has it: the name itself; else, when it does not exist even as the
    /// parent of another, the wildcard right below the closest name above it that exists.
    fn find(&self, name: &Name) -> Found<'_> {
        if let Some((own, _)) = self.scripts.get_key_value(name) {
            return Found::Script(own);
        }
        if name.as_str().is_empty() || self.existing.contains(name) {
            return Found::EmptyNonTerminal;
        }
        let mut encloser = Name::parent(name.as_str());
        while !encloser.is_empty() && !self.existing.contains(encloser) {
            encloser = Name::parent(encloser);
        }
        let wildcard = if encloser.is_empty() { "*".to_owned() } else { format!("*.{encloser}") };
        match self.scripts.get_key_value(wildcard.as_str()) {
            Some((wildcard, _)) => Found::Script(wildcard),
            None => Found::Missing,
        }
    }

    fn note_existing(&mut self) {
        self.existing.clear();
        for name in self.scripts.keys() {
            self.existing.insert(name.clone());
            let mut above = Name::parent(name.as_str());
            while !above.is_empty() && !self.existing.contains(above) {
                self.existing.insert(Name::from_normal(above));
                above = Name::parent(above);
            }
        }
    }
}

impl Resolution {
    /// Adds one answer; `Some` is the alias to go on with.
    fn add(&mut self, owner: &Name, query_type: QueryType, answer: &Answer, round: u64, seed: u64) -> Option<Name> {
        self.delay += answer.delay.unwrap_or_default();
        if answer.drop {
            self.fate = Fate::Drop;
            return None;
        }
        if answer.truncate {
            self.fate = Fate::Truncate;
        }
        match answer.rcode {
            Rcode::NoError => {}
            Rcode::NxDomain => {
                self.rcode = Rcode::NxDomain;
                self.negative_ttl = Some(answer.ttl);
                return None;
            }
            other => {
                self.records.clear();
                self.rcode = other;
                return None;
            }
        }
        let mut asked: Vec<_> = answer.records.iter().filter(|record| fits(&record.data, query_type)).collect();
        arrange(&mut asked, answer.order, round, seed);
        self.records.reserve_exact(asked.len());
        self.records.extend(asked.iter().map(|record| ResolvedRecord {
            owner: owner.clone(),
            ttl: record.ttl.unwrap_or(answer.ttl),
            data: record.data.clone(),
        }));
        match asked.first().map(|record| &record.data) {
            Some(RecordData::Cname(target)) if !matches!(query_type, QueryType::Cname | QueryType::Any) => {
                Some(target.clone())
            }
            Some(_) => None,
            None => {
                self.negative_ttl = Some(answer.ttl);
                None
            }
        }
    }

    fn failed(self, rcode: Rcode) -> Self {
        Self { rcode, records: Vec::new(), negative_ttl: None, ..self }
    }
}

/// Whether a query of this type is answered with the record. An alias answers every type (RFC 1034 section 3.6.2).
fn fits(data: &RecordData, query_type: QueryType) -> bool {
    matches!(data, RecordData::Cname(_)) || query_type == QueryType::Any || data.record_type() == query_type
}

/// NOERROR without records, at once.
impl Default for Resolution {
    fn default() -> Self {
        Self {
            fate: Fate::Reply,
            rcode: Rcode::NoError,
            records: Vec::new(),
            negative_ttl: None,
            delay: Duration::ZERO,
        }
    }
}

impl fmt::Display for ResolvedRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.owner, self.ttl, self.data)
    }
}
