//! What names get: wildcards, aliases, negative answers, and state per type.

use rstest::rstest;

use super::*;

fn playback(zone: &str) -> Playback {
    Playback::new(Zone::from_yaml("test.yaml", zone).unwrap(), 1)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// One reply as text: the rcode, then the records.
fn ask(playback: &mut Playback, query: &str) -> String {
    let (query_name, query_type) = query.split_once(' ').unwrap();
    let resolution = playback.resolve(&name(query_name), query_type.parse().unwrap(), Duration::ZERO);
    let records = resolution.records.iter().map(ToString::to_string);
    std::iter::once(resolution.rcode.to_string()).chain(records).collect::<Vec<_>>().join(" | ")
}

const WORLD: &str = "
both.example.com:
  - records: [A 1.1.1.1, AAAA 2001:db8::1]
v6.example.com:
  - records: [AAAA 2001:db8::2]
alias.example.com:
  - records: [60 CNAME both.example.com]
    ttl: 7
long.example.com:
  - records: [CNAME alias.example.com]
dangling.example.com:
  - records: [CNAME nowhere.example.org]
loop.example.com:
  - records: [CNAME pool.example.com]
pool.example.com:
  - records: [CNAME loop.example.com]
self.example.com:
  - records: [CNAME self.example.com]
to-failing.example.com:
  - records: [CNAME failing.example.com]
failing.example.com:
  - rcode: SERVFAIL
gone.example.com:
  - rcode: NXDOMAIN
    ttl: 9
\"*.wild.example.com\":
  - records: [A 9.9.9.9]
exact.wild.example.com:
  - records: [A 8.8.8.8]
deep.below.wild.example.com:
  - records: [A 7.7.7.7]
\"*.alias.example.org\":
  - records: [CNAME both.example.com]
";

#[rstest]
#[case::a("both.example.com A", "NOERROR | both.example.com 5 A 1.1.1.1")]
#[case::aaaa("both.example.com AAAA", "NOERROR | both.example.com 5 AAAA 2001:db8::1")]
#[case::any("both.example.com ANY", "NOERROR | both.example.com 5 A 1.1.1.1 | both.example.com 5 AAAA 2001:db8::1")]
#[case::nodata_of_the_other_family("v6.example.com A", "NOERROR")]
#[case::nodata_of_another_type("both.example.com MX", "NOERROR")]
#[case::unknown_name("nope.example.com A", "NXDOMAIN")]
#[case::unknown_zone("example.net A", "NXDOMAIN")]
#[case::reverse("4.4.4.4.in-addr.arpa PTR", "NXDOMAIN")]
#[case::rfc8020_a_name_above_others_exists("example.com A", "NOERROR")]
#[case::alias_with_own_ttl(
    "alias.example.com A",
    "NOERROR | alias.example.com 60 CNAME both.example.com | both.example.com 5 A 1.1.1.1"
)]
#[case::two_aliases(
    "long.example.com AAAA",
    "NOERROR | long.example.com 5 CNAME alias.example.com | alias.example.com 60 CNAME both.example.com \
     | both.example.com 5 AAAA 2001:db8::1"
)]
#[case::alias_to_nodata("alias.example.com TXT", "NOERROR | alias.example.com 60 CNAME both.example.com")]
#[case::the_alias_itself("alias.example.com CNAME", "NOERROR | alias.example.com 60 CNAME both.example.com")]
#[case::any_does_not_follow("alias.example.com ANY", "NOERROR | alias.example.com 60 CNAME both.example.com")]
#[case::rfc6604_dangling_alias("dangling.example.com A", "NXDOMAIN | dangling.example.com 5 CNAME nowhere.example.org")]
#[case::loop_of_two("loop.example.com A", "SERVFAIL")]
#[case::loop_of_one("self.example.com A", "SERVFAIL")]
#[case::alias_to_an_error("to-failing.example.com A", "SERVFAIL")]
#[case::rfc4592_wildcard("any.wild.example.com A", "NOERROR | any.wild.example.com 5 A 9.9.9.9")]
#[case::rfc4592_wildcard_covers_several_labels("a.b.wild.example.com A", "NOERROR | a.b.wild.example.com 5 A 9.9.9.9")]
#[case::rfc4592_exact_name_first("exact.wild.example.com A", "NOERROR | exact.wild.example.com 5 A 8.8.8.8")]
#[case::rfc4592_exact_name_has_no_other_types("exact.wild.example.com AAAA", "NOERROR")]
#[case::rfc4592_nothing_below_an_exact_name("x.exact.wild.example.com A", "NXDOMAIN")]
#[case::rfc4592_not_for_an_empty_non_terminal("below.wild.example.com A", "NOERROR")]
#[case::rfc4592_not_below_an_empty_non_terminal("x.below.wild.example.com A", "NXDOMAIN")]
#[case::rfc4592_not_the_name_itself("wild.example.com A", "NOERROR")]
#[case::wildcard_alias(
    "x.alias.example.org A",
    "NOERROR | x.alias.example.org 5 CNAME both.example.com | both.example.com 5 A 1.1.1.1"
)]
fn a_query_gets(#[case] query: &str, #[case] expected: &str) {
    assert_eq!(ask(&mut playback(WORLD), query), expected);
}

/// RFC 2308: only NXDOMAIN and NODATA are negative answers.
#[rstest]
#[case::nxdomain_by_script("gone.example.com", Some(9))]
#[case::nxdomain_unknown("nope.example.com", Some(SOA_TTL))]
#[case::nodata("v6.example.com", Some(5))]
#[case::answer("both.example.com", None)]
#[case::servfail("failing.example.com", None)]
#[case::dangling("dangling.example.com", Some(SOA_TTL))]
fn negative_answers_have_a_ttl(#[case] query: &str, #[case] expected: Option<u32>) {
    let resolution = playback(WORLD).resolve(&name(query), QueryType::A, Duration::ZERO);
    assert_eq!(resolution.negative_ttl, expected);
}

#[test]
fn every_type_goes_through_the_script_on_its_own() {
    let mut playback = playback("a: [{records: [A 1.1.1.1], queries: 1}, {rcode: REFUSED, queries: 1}, {}]");
    assert_eq!(ask(&mut playback, "a A"), "NOERROR | a 5 A 1.1.1.1");
    assert_eq!(ask(&mut playback, "a AAAA"), "NOERROR");
    assert_eq!(ask(&mut playback, "a AAAA"), "REFUSED");
    assert_eq!(ask(&mut playback, "a A"), "REFUSED");
    assert_eq!(ask(&mut playback, "a A"), "NOERROR");
}

#[test]
fn rotation_is_among_the_records_of_the_type() {
    let mut playback = playback("a: [{records: [A 1.1.1.1, AAAA \"::1\", A 2.2.2.2], order: rotate}]");
    assert_eq!(ask(&mut playback, "a A"), "NOERROR | a 5 A 1.1.1.1 | a 5 A 2.2.2.2");
    assert_eq!(ask(&mut playback, "a AAAA"), "NOERROR | a 5 AAAA ::1");
    assert_eq!(ask(&mut playback, "a A"), "NOERROR | a 5 A 2.2.2.2 | a 5 A 1.1.1.1");
}

#[test]
fn setting_a_name_restarts_its_script_and_no_other() {
    let text = "a: [{rcode: REFUSED, queries: 1}, {}]\nb: [{rcode: REFUSED, queries: 1}, {}]";
    let mut playback = playback(text);
    assert_eq!((ask(&mut playback, "a A"), ask(&mut playback, "b A")), ("REFUSED".into(), "REFUSED".into()));
    playback.set(Zone::from_yaml("", "a: [{rcode: NOTIMP, queries: 1}, {}]").unwrap());
    assert_eq!((ask(&mut playback, "a A"), ask(&mut playback, "b A")), ("NOTIMP".into(), "NOERROR".into()));
}

#[test]
fn removing_the_last_name_below_makes_the_parent_missing() {
    let mut playback = playback("a.b.example: [{}]\nc.example: [{}]");
    assert_eq!(ask(&mut playback, "b.example A"), "NOERROR");
    assert!(playback.remove(&name("A.B.example.")));
    assert!(!playback.remove(&name("a.b.example")));
    assert_eq!(ask(&mut playback, "b.example A"), "NXDOMAIN");
    playback.replace(Zone::default());
    assert_eq!(ask(&mut playback, "c.example A"), "NXDOMAIN");
}

#[test]
fn delays_add_up_and_faults_spread_along_a_chain() {
    let text = "
a: [{records: [CNAME b], delay: 10ms}]
b: [{records: [CNAME c], delay: 20ms, truncate: true, queries: 1}, {records: [CNAME d]}]
c: [{records: [A 1.1.1.1], delay: 5ms}]
d: [{drop: true}]
";
    let mut playback = playback(text);
    let first = playback.resolve(&name("a"), QueryType::A, Duration::ZERO);
    assert_eq!((first.delay, first.fate, first.records.len()), (Duration::from_millis(35), Fate::Truncate, 3));
    let second = playback.resolve(&name("a"), QueryType::A, Duration::ZERO);
    assert_eq!(second.fate, Fate::Drop);
}

/// A chain of 16 aliases is followed; the 17th is too much.
#[rstest]
#[case(MAX_CHAIN, Rcode::NoError)]
#[case(MAX_CHAIN + 1, Rcode::ServFail)]
fn chains_have_an_end(#[case] aliases: usize, #[case] expected: Rcode) {
    let chain = (0..aliases).map(|n| format!("n{n}: [{{records: [CNAME n{}]}}]\n", n + 1));
    let end = format!("n{aliases}: [{{records: [A 1.1.1.1]}}]\n");
    let zone: String = chain.chain([end]).collect();
    let resolution = playback(&zone).resolve(&name("n0"), QueryType::A, Duration::ZERO);
    assert_eq!(resolution.rcode, expected);
    assert_eq!(resolution.records.is_empty(), expected == Rcode::ServFail);
}

#[test]
fn a_wildcard_at_the_root_covers_what_nothing_else_does() {
    let mut playback = playback("\"*\": [{records: [A 1.1.1.1]}]\na.example: [{}]");
    assert_eq!(ask(&mut playback, "b.test A"), "NOERROR | b.test 5 A 1.1.1.1");
    assert_eq!(ask(&mut playback, "b.example A"), "NXDOMAIN");
    let root = playback.resolve(&Name::from_wire([]), QueryType::A, Duration::ZERO);
    assert_eq!((root.rcode, root.records.len()), (Rcode::NoError, 0));
}

/// A label may hold a dot; it is no border between labels, so no wildcard of the apparent parent covers the name.
#[test]
fn odd_octets_match_nothing_by_accident() {
    let mut playback = playback("\"*.example.com\": [{records: [A 1.1.1.1]}]");
    let odd = Name::from_wire([b"x.example".as_slice(), b"com"]);
    assert_eq!(playback.resolve(&odd, QueryType::A, Duration::ZERO).rcode, Rcode::NxDomain);
    let covered = Name::from_wire([b"x y".as_slice(), b"example", b"com"]);
    assert_eq!(playback.resolve(&covered, QueryType::A, Duration::ZERO).records.len(), 1);
}
