use rstest::rstest;

use super::*;

fn yaml(text: &str) -> Result<Behaviour, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn an_empty_behaviour_answers_200_with_the_identity() {
    let behaviour = yaml("{}").unwrap();
    assert_eq!(behaviour, Behaviour::default());
    assert_eq!((behaviour.status, behaviour.delay, behaviour.fault), (200, Duration::ZERO, None));
}

#[rstest]
#[case("fault: refuse", Fault::Refuse)]
#[case("fault: hang", Fault::Hang)]
#[case("fault: closeHalfWay", Fault::CloseHalfWay)]
#[case("fault: { reset: onAccept }", Fault::Reset(ResetWhen::OnAccept))]
#[case("fault: { reset: afterRequest }", Fault::Reset(ResetWhen::AfterRequest))]
#[case("fault: { slowBody: {} }", Fault::SlowBody(SlowBody::default()))]
#[case(
    "fault: { slowBody: { chunks: 3, gap: 1s 500ms } }",
    Fault::SlowBody(SlowBody { chunks: NonZeroU16::new(3).unwrap(), gap: Duration::from_millis(1500) })
)]
fn faults_read_as_written(#[case] text: &str, #[case] fault: Fault) {
    assert_eq!(yaml(text).unwrap().fault, Some(fault));
}

#[test]
fn all_fields_together() {
    let text = "status: 503\ndelay: 250ms\nheaders: { retry-after: '1' }\nbody: { text: busy }\n\
                grpcStatus: 14\nspeaks: bytes\ntls: { certificate: a.test, clientCertificate: true }\n";
    let expected = Behaviour {
        status: 503,
        delay: Duration::from_millis(250),
        headers: BTreeMap::from([("retry-after".to_owned(), "1".to_owned())]),
        body: Some(Body::Text("busy".to_owned())),
        grpc_status: 14,
        speaks: Speaks::Bytes,
        tls: Some(ServeTls { certificate: "a.test".to_owned(), client_certificate: true }),
        fault: None,
    };
    assert_eq!(yaml(text).unwrap(), expected);
    assert_eq!(yaml("body: { bytes: 70000 }").unwrap().body, Some(Body::Bytes(70_000)));
}

#[rstest]
#[case("statu: 200", "statu")]
#[case("status: 199", "199 is not a final HTTP status")]
#[case("status: 600", "600 is not a final HTTP status")]
#[case("delay: 5", "not a duration")]
#[case("delay: soon", "`soon` is not a duration")]
#[case("fault: explode", "explode")]
#[case("fault: { slowBody: { chunks: 0 } }", "nonzero")]
#[case("fault: { slowBody: { pause: 1s } }", "pause")]
#[case("headers: { 'a b': c }", "`a b` is not a header name")]
#[case("headers: { '': c }", "`` is not a header name")]
#[case(r#"headers: { a: "b\nc" }"#, "the value of header `a` holds a control character")]
#[case("headers: { Content-Length: '3' }", "`Content-Length` is set by the fake VM itself")]
#[case("headers: { transfer-encoding: chunked }", "`transfer-encoding` is set by the fake VM itself")]
#[case("grpcStatus: 17", "17 is not a gRPC status")]
#[case("speaks: udp", "udp")]
#[case("tls: {}", "certificate")]
#[case("tls: { certificate: a b }", "`a b` is no name that a certificate can be for")]
#[case("tls: { certificate: a.test, sni: a.test }", "sni")]
#[case("headers: { X-Sextant-Endpoint: liar }", "`X-Sextant-Endpoint` is set by the fake VM itself")]
fn wrong_words_are_named(#[case] text: &str, #[case] complaint: &str) {
    let error = yaml(text).unwrap_err();
    assert!(error.contains(complaint), "{error}");
}

#[test]
fn what_is_written_reads_back_equal() {
    let behaviour = Behaviour {
        status: 500,
        delay: Duration::from_millis(20),
        body: Some(Body::Bytes(3)),
        ..Behaviour::from(Fault::SlowBody(SlowBody::default()))
    };
    let text = serde_json::to_string(&behaviour).unwrap();
    assert_eq!(serde_json::from_str::<Behaviour>(&text).unwrap(), behaviour);
}

#[test]
fn schema_closes_objects_and_bounds_the_status() {
    let schema = serde_json::to_value(schemars::schema_for!(Behaviour)).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["status"]["maximum"], 599);
    assert_eq!(schema["properties"]["delay"]["type"], "string");
}

#[test]
fn a_behaviour_made_by_a_program_is_checked_too() {
    assert_eq!(Behaviour::status(101).check(), Err(BehaviourError::Status(101)));
    assert_eq!(Behaviour::status(404).check(), Ok(()));
}
