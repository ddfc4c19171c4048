//! What a zone file may say, and where its faults are found.

use rstest::rstest;

use super::*;
use crate::script::{Order, Rcode};

fn zone(text: &str) -> Zone {
    Zone::from_yaml("test.yaml", text).unwrap()
}

fn script(text: &str, name: &str) -> Script {
    zone(text).get(&name.parse().unwrap()).unwrap().clone()
}

#[test]
fn every_field_is_read() {
    let text = "
se.example.com:
  - records: [A 4.4.4.4, \"30 A 5.5.5.5\", AAAA 2001:db8::1]
    queries: 3
    ttl: 60
    order: rotate
    delay: 50ms
    truncate: true
  - rcode: SERVFAIL
    lasts: 1m 30s
  - drop: true
    queries: 1
  - {}
";
    let script = script(text, "se.example.com");
    let [first, second, third, last] = script.answers() else { panic!("{script:?}") };
    assert_eq!(
        first.records.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["A 4.4.4.4", "30 A 5.5.5.5", "AAAA 2001:db8::1"]
    );
    assert_eq!(first.queries.map(|queries| queries.get()), Some(3));
    assert_eq!((first.ttl, first.order, first.truncate), (60, Order::Rotate, true));
    assert_eq!(first.delay, Some(std::time::Duration::from_millis(50)));
    assert_eq!((second.rcode, second.lasts), (Rcode::ServFail, Some(std::time::Duration::from_secs(90))));
    assert!(third.drop);
    assert_eq!(*last, Answer::default());
    assert_eq!(last.ttl, 5);
}

#[test]
fn a_zone_is_written_as_it_is_read() {
    let text = "{\"*.b.example\":[{\"records\":[\"CNAME a.example\"],\"queries\":2},{\"rcode\":\"NXDOMAIN\"}],\
                \"a.example\":[{\"records\":[\"30 A 1.1.1.1\"],\"ttl\":0,\"order\":\"shuffle\",\"delay\":\"50ms\"}]}";
    assert_eq!(serde_json::to_string(&zone(text)).unwrap(), text);
}

#[rstest]
#[case("NOERROR", Rcode::NoError)]
#[case("FORMERR", Rcode::FormErr)]
#[case("SERVFAIL", Rcode::ServFail)]
#[case("NXDOMAIN", Rcode::NxDomain)]
#[case("NOTIMP", Rcode::NotImp)]
#[case("REFUSED", Rcode::Refused)]
fn rcodes_have_their_usual_names(#[case] text: &str, #[case] expected: Rcode) {
    let script = script(&format!("a: [{{rcode: {text}}}]"), "a");
    assert_eq!(script.answers()[0].rcode, expected);
    assert_eq!(expected.to_string(), text);
}

#[rstest]
#[case::nothing("")]
#[case::comment("# nothing yet\n")]
#[case::map("{}")]
fn an_empty_file_is_an_empty_zone(#[case] text: &str) {
    assert!(zone(text).is_empty());
}

/// Line and column are those of the value at fault, or of its field.
#[rstest]
#[case::record("a.example:\n  - records: [A 1.1.1.1, A 1.1.1]\n", (2, 26), "\"1.1.1\" is no IPv4 address")]
#[case::target("a.example:\n  - records: [CNAME a..b]\n", (2, 15), "the target is no name: `a..b` has an empty label")]
#[case::field("a.example:\n  - record: [A 1.1.1.1]\n", (2, 5), "unknown field `record`")]
#[case::rcode("a.example:\n  - rcode: NXDOMIAN\n", (2, 12), "NXDOMIAN")]
#[case::badvers_is_no_script("a.example:\n  - rcode: BADVERS\n", (2, 12), "BADVERS")]
#[case::duration("a.example:\n  - delay: fast\n", (2, 12), "`fast` is not a duration")]
#[case::no_queries("a.example:\n  - queries: 0\n  - {}\n", (2, 5), "nonzero")]
#[case::name("a..example:\n  - {}\n", (1, 1), "empty label")]
#[case::empty_script("a.example: []\n", (1, 12), "at least one answer")]
#[case::no_list("a.example: A 1.1.1.1\n", (1, 12), "sequence")]
fn faults_have_their_place(#[case] text: &str, #[case] place: (u64, u64), #[case] part: &str) {
    let error = Zone::from_yaml("zone.yaml", text).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains(part), "{shown}");
    assert_eq!((error.line(), error.column()), (Some(place.0), Some(place.1)), "{shown}");
    assert!(shown.contains(&format!("zone.yaml:{}:{}", place.0, place.1)), "{shown}");
}

/// These faults lie in how parts fit together; the place is at least that of the answer or name.
#[rstest]
#[case::records_and_rcode("a:\n  - {rcode: REFUSED, records: [A 1.1.1.1]}\n", 2, "rcode REFUSED has no records")]
#[case::cname_and_other("a:\n  - records: [CNAME b, A 1.1.1.1]\n", 2, "no other records")]
#[case::two_cnames("a:\n  - records: [CNAME b, CNAME c]\n", 2, "no other records")]
#[case::drop_and_records("a:\n  - {drop: true, records: [A 1.1.1.1]}\n", 2, "`records` has no meaning beside it")]
#[case::drop_and_delay("a:\n  - {drop: true, delay: 1s}\n", 2, "`delay` has no meaning beside it")]
#[case::lasts_zero("a:\n  - {lasts: 0s}\n  - {}\n", 2, "before it began")]
#[case::ttl("a:\n  - {ttl: 2147483648}\n", 2, "above 2147483647")]
#[case::unreachable("a:\n  - {}\n  - {}\n", 2, "answer 1 never ends")]
#[case::last_ends("a:\n  - {queries: 1}\n  - {queries: 1}\n", 2, "answer 2 is the last")]
fn contradictions_are_faults(#[case] text: &str, #[case] line: u64, #[case] part: &str) {
    let error = Zone::from_yaml("zone.yaml", text).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains(part), "{shown}");
    assert_eq!(error.line(), Some(line), "{shown}");
}

/// RFC 4343: names do not differ by case; nor does a final dot make another name.
#[rstest]
#[case("a.example: [{}]\nA.Example.: [{}]\n")]
#[case("a.example: [{}]\na.example: [{}]\n")]
fn a_name_is_there_once(#[case] text: &str) {
    let error = Zone::from_yaml("zone.yaml", text).unwrap_err();
    assert_eq!(error.line(), Some(2), "{error}");
}

#[test]
fn programs_meet_the_same_checks() {
    assert_eq!(Script::new(vec![]), Err(ScriptError::Empty));
    let contradiction = Answer { drop: true, truncate: true, ..Answer::default() };
    assert_eq!(
        Script::new(vec![contradiction]),
        Err(ScriptError::Answer { number: 1, source: AnswerError::DropWith("truncate") })
    );
    let script = Script::new(vec![Answer::default()]).unwrap();
    let name: Name = "a.example".parse().unwrap();
    let twice = [(name.clone(), script.clone()), (name.clone(), script)];
    assert_eq!(Zone::new(twice), Err(ZoneError::Twice(name)));
}

#[test]
fn the_schema_names_every_field() {
    let schema = serde_json::to_string(&schemars::schema_for!(Zone)).unwrap();
    for word in
        ["records", "rcode", "queries", "lasts", "ttl", "order", "delay", "drop", "truncate", "SERVFAIL", "rotate"]
    {
        assert!(schema.contains(&format!("\"{word}\"")), "{word} is missing in {schema}");
    }
    assert!(schema.contains("\"additionalProperties\":false"), "{schema}");
    assert!(!schema.to_uppercase().contains("BADVERS"), "{schema}");
}
