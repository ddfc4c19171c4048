//! gRPC calls, bytes, and connections that are closed.

use std::collections::BTreeMap;

use rstest::rstest;

use super::*;

/// What comes of a call, or of bytes.
#[derive(Clone, Copy, Debug)]
enum Came {
    /// A call that workload `a` or `b` answered, with this status.
    A(u8),
    B(u8),
    /// The gateway's own reply to a call.
    Own(u8),
    /// An HTTP error without a gRPC status.
    Http(u16),
    /// Bytes of workload `a`.
    Bytes,
    /// Bytes of somebody who does not say who it is.
    Stranger,
    Closed,
    Broken,
}

fn grpc(expect: &str, count: usize) -> LoadedScenario {
    scenario(&format!(
        "    send:\n      request: {{ host: a.example.com, grpc: shop.Cart/Add }}\n      count: {count}\n      \
         expect: {expect}"
    ))
}

fn bytes(expect: &str, count: usize) -> LoadedScenario {
    scenario(&format!("    send:\n      request: {{ bytes: ping }}\n      count: {count}\n      expect: {expect}"))
}

fn observed(loaded: &LoadedScenario, came: &[Came]) -> Observations {
    let mut seen = Observations::default();
    let call = |status: u8, more: &[(&str, &str)]| -> BTreeMap<String, String> {
        let own = [("grpc-status", status.to_string())];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        own.into_iter().chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    };
    for (number, came) in came.iter().enumerate() {
        let at = number as u64 * 10;
        let by = |seen: &mut Observations, index: usize, status: u8| match answer(
            seen,
            &loaded.scenario.workloads[index],
            at,
        ) {
            ReplyOutcome::Response { source, reason, body, .. } => {
                ReplyOutcome::Response { status: 200, source, reason, headers: call(status, &[]), body }
            }
            other => other,
        };
        let own = |status, headers| ReplyOutcome::Response {
            status,
            source: None,
            reason: Some("no-hosts".into()),
            headers,
            body: String::new(),
        };
        let outcome = match *came {
            Came::A(status) => by(&mut seen, 0, status),
            Came::B(status) => by(&mut seen, 1, status),
            Came::Own(status) => own(200, call(status, &[("grpc-message", "no healthy upstream")])),
            Came::Http(status) => own(status, BTreeMap::new()),
            Came::Bytes => {
                answer(&mut seen, &loaded.scenario.workloads[0], at);
                ReplyOutcome::Bytes { source: Some(loaded.scenario.workloads[0].source()), body: "ping".into() }
            }
            Came::Stranger => ReplyOutcome::Bytes { source: None, body: "220 ready".into() },
            Came::Closed => ReplyOutcome::Closed,
            Came::Broken => failed(FailureSide::Gateway, "no whole response within 5s"),
        };
        seen.replies.push(Reply { number: number as u64, connection: 0, sent_at: at, done_at: at + 9, outcome });
    }
    seen
}

fn judged(loaded: &LoadedScenario, came: &[Came]) -> Judgement {
    judge_first(loaded, &observed(loaded, came))
}

#[rstest]
#[case::kept("{ grpc: OK }", &[Came::A(0), Came::B(0)], Verdict::Pass)]
#[case::by_number("{ grpc: 5 }", &[Came::A(5)], Verdict::Pass)]
#[case::own("{ grpc: UNAVAILABLE, sources: [] }", &[Came::Own(14)], Verdict::Pass)]
#[case::another("{ grpc: UNAVAILABLE }", &[Came::Own(14), Came::Own(2)], Verdict::Fail)]
#[case::an_http_error_has_none("{ grpc: UNAVAILABLE }", &[Came::Http(503)], Verdict::Fail)]
#[case::no_response_has_none("{ grpc: UNAVAILABLE }", &[Came::Broken], Verdict::Fail)]
#[case::http_status_of_a_call("{ status: 200, grpc: UNKNOWN }", &[Came::Own(2)], Verdict::Pass)]
#[case::shares_by_name("{ shares: [{ of: { '1.1.1.1:80': 2, UNKNOWN: 1 } }] }", &[Came::A(0), Came::Own(2), Came::A(0)], Verdict::Pass)]
#[case::shares_by_status("{ shares: [{ by: status, of: { OK: 2, UNKNOWN: 1 } }] }", &[Came::A(0), Came::Own(2), Came::B(0)], Verdict::Pass)]
#[case::own_replies_differ("{ shares: [{ of: { '1.1.1.1:80': 2, UNKNOWN: 1 } }] }", &[Came::A(0), Came::Own(14), Came::A(0)], Verdict::Fail)]
fn calls_are_judged_by_their_status(#[case] expect: &str, #[case] came: &[Came], #[case] expected: Verdict) {
    assert_eq!(judged(&grpc(expect, came.len()), came).verdict(), expected);
}

#[rstest]
#[case::closed("{ closed: true }", &[Came::Closed, Came::Closed], Verdict::Pass)]
#[case::one_was_served("{ closed: true }", &[Came::Closed, Came::Bytes], Verdict::Fail)]
#[case::broken_is_not_closed("{ closed: true }", &[Came::Broken], Verdict::Fail)]
#[case::nobody("{ closed: true, sources: [] }", &[Came::Closed], Verdict::Pass)]
#[case::sources("{ sources: ['1.1.1.1:80'], body: ping }", &[Came::Bytes], Verdict::Pass)]
#[case::other_bytes("{ body: pong }", &[Came::Bytes], Verdict::Fail)]
#[case::closed_has_no_body("{ body: ping }", &[Came::Closed], Verdict::Fail)]
#[case::a_stranger_is_nobody("{ sources: ['1.1.1.1:80'] }", &[Came::Stranger], Verdict::Fail)]
#[case::shares("{ shares: [{ of: { '1.1.1.1:80': 2, closed: 1 } }] }", &[Came::Bytes, Came::Closed, Came::Bytes], Verdict::Pass)]
#[case::strangers_have_no_share("{ shares: [{ of: { '1.1.1.1:80': 1, closed: 1 } }] }", &[Came::Bytes, Came::Stranger], Verdict::Fail)]
fn connections_are_judged_by_what_came_back(#[case] expect: &str, #[case] came: &[Came], #[case] expected: Verdict) {
    assert_eq!(judged(&bytes(expect, came.len()), came).verdict(), expected);
}

#[rstest]
#[case("{ grpc: UNAVAILABLE }", Came::Own(14), Verdict::Pass)]
#[case("{ grpc: UNAVAILABLE }", Came::Own(2), Verdict::Fail)]
fn a_wait_is_for_a_status(#[case] expect: &str, #[case] came: Came, #[case] expected: Verdict) {
    let loaded = scenario(&format!(
        "    until:\n      request: {{ host: a.example.com, grpc: shop.Cart/Add }}\n      within: 1s\n      expect: {expect}"
    ));
    assert_eq!(judged(&loaded, &[came]).verdict(), expected);
}

#[rstest]
#[case(Came::Closed, Verdict::Pass)]
#[case(Came::Bytes, Verdict::Fail)]
fn a_wait_is_for_a_closed_connection(#[case] came: Came, #[case] expected: Verdict) {
    let loaded =
        scenario("    until:\n      request: { bytes: ping }\n      within: 1s\n      expect: { closed: true }");
    assert_eq!(judged(&loaded, &[came]).verdict(), expected);
}

#[rstest]
#[case(Came::A(5), "gRPC NOT_FOUND from 1.1.1.1:80")]
#[case(Came::Own(14), "gRPC UNAVAILABLE by the gateway itself (no-hosts): \"no healthy upstream\"")]
#[case(Came::Http(503), "503 by the gateway itself (no-hosts)")]
fn evidence_tells_how_a_call_ended(#[case] came: Came, #[case] told: &str) {
    let judgement = judged(&grpc("{ grpc: OK }", 1), &[came]);
    let observed = &judgement.checks[0].mismatch.as_ref().unwrap().observed;
    assert!(observed.contains(told), "{observed}");
}

#[rstest]
#[case(Came::Bytes, "bytes from 1.1.1.1:80")]
#[case(Came::Stranger, "bytes from nobody who says who it is: \"220 ready\"")]
fn evidence_tells_whose_bytes_came(#[case] came: Came, #[case] told: &str) {
    let judgement = judged(&bytes("{ closed: true }", 1), &[came]);
    let observed = &judgement.checks[0].mismatch.as_ref().unwrap().observed;
    assert!(observed.contains(told), "{observed}");
}

#[test]
fn the_table_has_a_row_for_each_outcome() {
    let came = [Came::Closed, Came::Bytes, Came::Closed, Came::Stranger];
    let table = judged(&bytes("{ sources: ['1.1.1.1:80'] }", 4), &came).shares.unwrap();
    let rows: Vec<_> = table.rows.iter().map(|row| (row.endpoint.as_str(), row.requests)).collect();
    assert_eq!(rows, [("1.1.1.1:80", 1), ("bytes", 1), ("closed", 2)]);
}
