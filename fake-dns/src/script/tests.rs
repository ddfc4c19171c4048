use rstest::rstest;

use super::*;

const A: u16 = 1;
const AAAA: u16 = 28;

fn zone(text: &str) -> Zone {
    serde_saphyr::from_str(text).unwrap()
}

fn script(text: &str) -> Script {
    zone(&format!("n.test:\n{text}")).names.into_values().next().unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// First record of each answer, for a list of (type, second).
fn played(script: &Script, queries: &[(u16, u64)]) -> Vec<String> {
    let mut cursor = Cursor::default();
    queries.iter().map(|(kind, at)| cursor.next(script, *kind, seconds(*at)).0.records[0].to_string()).collect()
}

#[test]
fn the_last_answer_stays() {
    let script = script("- { records: [A 1.1.1.1], queries: 2 }\n- { records: [A 2.2.2.2], queries: 1 }");
    assert_eq!(played(&script, &[(A, 0); 5]), ["A 1.1.1.1", "A 1.1.1.1", "A 2.2.2.2", "A 2.2.2.2", "A 2.2.2.2"]);
}

#[test]
fn queries_of_each_type_are_counted_alone() {
    let script = script("- { records: [A 1.1.1.1], queries: 1 }\n- records: [A 2.2.2.2]");
    let dual = [(A, 0), (AAAA, 0), (A, 1), (AAAA, 1)];
    assert_eq!(played(&script, &dual), ["A 1.1.1.1", "A 1.1.1.1", "A 2.2.2.2", "A 2.2.2.2"]);
}

#[test]
fn time_runs_from_the_first_use() {
    let script =
        script("- { records: [A 1.1.1.1], lasts: 2s }\n- { records: [A 2.2.2.2], lasts: 3s }\n- records: [A 3.3.3.3]");
    let queries = [(A, 100), (A, 101), (A, 102), (A, 104), (A, 105)];
    assert_eq!(played(&script, &queries), ["A 1.1.1.1", "A 1.1.1.1", "A 2.2.2.2", "A 2.2.2.2", "A 3.3.3.3"]);
}

#[test]
fn whichever_ends_first_ends_the_answer() {
    let script = script("- { records: [A 1.1.1.1], lasts: 10s, queries: 2 }\n- records: [A 2.2.2.2]");
    assert_eq!(played(&script, &[(A, 0), (A, 0), (A, 0)])[2], "A 2.2.2.2");
    assert_eq!(played(&script, &[(A, 0), (A, 10)])[1], "A 2.2.2.2");
}

#[test]
fn turns_go_on_across_answers() {
    let script = script("- { records: [A 1.1.1.1], queries: 1 }\n- records: [A 2.2.2.2]");
    let mut cursor = Cursor::default();
    let turns: Vec<u64> = (0..3).map(|_| cursor.next(&script, A, seconds(0)).1).collect();
    assert_eq!(turns, [0, 1, 2]);
}

#[rstest]
#[case("n.test: []", "at least one answer")]
#[case("n.test: [{ records: [MX mail.test] }]", "record type `MX` is not served")]
#[case("n.test: [{ records: [A 1.2.3] }]", "`1.2.3` is not an IPv4 address")]
#[case("n.test: [{ records: [AAAA 1.2.3.4] }]", "`1.2.3.4` is not an IPv6 address")]
#[case("n.test: [{ records: [A] }]", "`A` is not a record")]
#[case("n.test: [{ records: [CNAME a..b] }]", "not a label")]
#[case("n.test: [{ record: [] }]", "record")]
#[case("n.test: [{ rcode: OOPS }]", "OOPS")]
#[case("n.test: [{ queries: 0 }]", "queries: 0")]
#[case("n.test: [{ lasts: soon }]", "`soon` is not a duration")]
#[case("'a.*.test': [{}]", "not a label")]
#[case("'': [{}]", "must not be empty")]
fn faults_are_told(#[case] text: &str, #[case] told: &str) {
    let error = serde_saphyr::from_str::<Zone>(text).unwrap_err().to_string();
    assert!(error.contains(told), "{error}");
}

#[rstest]
#[case("A 4.4.4.4", None, "A 4.4.4.4")]
#[case("30 A 4.4.4.4", Some(30), "A 4.4.4.4")]
#[case("30 IN a 4.4.4.4", Some(30), "A 4.4.4.4")]
#[case("IN AAAA 2001:db8::1", None, "AAAA 2001:db8::1")]
#[case("0 CNAME Other.Example.com.", Some(0), "CNAME other.example.com")]
fn records_are_written_as_in_a_zone_file(#[case] text: &str, #[case] ttl: Option<u32>, #[case] data: &str) {
    let record: Record = text.parse().unwrap();
    assert_eq!((record.ttl, record.data.to_string().as_str()), (ttl, data));
    assert_eq!(record.to_string().parse::<Record>().unwrap(), record);
}

#[test]
fn names_are_normalised_and_a_zone_survives_a_round_trip() {
    let zone =
        zone("SE.Example.COM.: [{ records: [A 1.1.1.1, 30 A 2.2.2.2], lasts: 2s, delay: 5ms }]\n'*.b.test': [{}]");
    assert_eq!(zone.names.keys().map(Name::as_str).collect::<Vec<_>>(), ["*.b.test", "se.example.com"]);
    let text = serde_json::to_string(&zone).unwrap();
    assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone);
}
