//! What a response says: status, who answered, and why the gateway answered by itself.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use http::Response;
use http::header::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use sextant_fake_vms::{ENDPOINT_HEADER, LOCALITY_HEADER, ReplyWorkload, WORKLOAD_HEADER};
use sextant_verdict::{Failure, FailureSide, ReplyOutcome, Source};

use super::failure::chain;

/// Header in which a gateway may say why it answered by itself: a word, and behind a semicolon what it is about.
const REASON_HEADER: &str = "x-sextant-reason";

/// Bytes of a body that are kept; the rest is read and forgotten. The identity of a workload is far shorter.
pub(super) const KEPT: usize = 64 * 1024;

/// Bytes in front of a gRPC message.
const MESSAGE_HEAD: usize = 5;

/// The workloads that a scenario knows, by documented address.
pub(crate) type Directory = HashMap<SocketAddr, Source>;

/// Reads `response`, perhaps one to a gRPC call, to its end.
pub(super) async fn read(response: Response<Incoming>, is_call: bool, who: &Directory) -> ReplyOutcome {
    let (mut head, mut incoming) = response.into_parts();
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = incoming.frame().await {
        match frame {
            Ok(frame) => {
                if let Some(data) = frame.data_ref() {
                    length += data.len();
                    kept.extend_from_slice(&data[..data.len().min(KEPT - kept.len())]);
                } else if let Ok(trailers) = frame.into_trailers() {
                    head.headers.extend(trailers);
                }
            }
            Err(error) => {
                return broken(format!(
                    "status {}, but the body broke off after {length} bytes: {}",
                    head.status.as_u16(),
                    chain(&error)
                ));
            }
        }
    }
    if is_call && kept.len() >= MESSAGE_HEAD {
        kept.drain(..MESSAGE_HEAD);
    }
    match source(&head.headers, &kept, who) {
        Err(contradiction) => broken(contradiction),
        Ok(source) => ReplyOutcome::Response {
            status: head.status.as_u16(),
            reason: source.is_none().then(|| reason(&head.headers)).flatten(),
            source,
            headers: fields(&head.headers),
            body: String::from_utf8_lossy(&kept).into_owned(),
        },
    }
}

fn broken(message: String) -> ReplyOutcome {
    ReplyOutcome::Failed(Failure { side: FailureSide::Gateway, message })
}

fn reason(headers: &HeaderMap) -> Option<String> {
    let reason = text(headers, REASON_HEADER)?;
    Some(reason.split_once(';').map_or(reason, |(word, _)| word).trim().to_owned())
}

/// Every field by its name, the values of one name joined (RFC 9110, section 5.3).
fn fields(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = fields.entry(name.as_str().to_owned());
        joined.and_modify(|values| *values = format!("{values}, {value}")).or_insert_with(|| value.into_owned());
    }
    fields
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Who answered, by the headers or, where a gateway took these away, by the body; `None` when neither names a
/// workload. A response whose head and body come from different workloads was mixed up on its way.
pub(super) fn source(headers: &HeaderMap, body: &[u8], who: &Directory) -> Result<Option<Source>, String> {
    let named = match text(headers, ENDPOINT_HEADER) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| format!("`{text}` in {ENDPOINT_HEADER} is no address"))?),
    };
    let identity: Option<sextant_fake_vms::Reply> = serde_json::from_slice(body).ok();
    let written = identity.as_ref().map(|it| SocketAddr::new(it.endpoint.address, it.endpoint.port));
    let endpoint: SocketAddr = match (named, written) {
        (Some(named), Some(written)) if named != written => {
            return Err(format!("the head of the response comes from {named}, its body from {written}"));
        }
        (Some(endpoint), _) | (None, Some(endpoint)) => endpoint,
        (None, None) => return Ok(None),
    };
    if let Some(known) = who.get(&endpoint) {
        return Ok(Some(known.clone()));
    }
    let said = |header, value: Option<&str>| value.or_else(|| text(headers, header)).unwrap_or_default().to_owned();
    let workload = identity.as_ref().map(|identity| label(&identity.workload));
    Ok(Some(Source {
        endpoint,
        workload: said(WORKLOAD_HEADER, workload.as_deref()),
        locality: said(LOCALITY_HEADER, identity.as_ref().and_then(|identity| identity.locality.as_deref())),
        network: identity.and_then(|identity| identity.network).unwrap_or_default(),
    }))
}

fn label(workload: &ReplyWorkload) -> String {
    let ReplyWorkload { kind, namespace, name } = workload;
    match namespace {
        Some(namespace) => format!("{kind:?} {namespace}/{name}"),
        None => format!("{kind:?} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use sextant_fake_vms::{Reply, Workload, WorkloadKind};

    use super::*;

    const ONE: &str = "1.1.1.1:80";

    fn directory() -> Directory {
        let source = Source {
            endpoint: ONE.parse().unwrap(),
            workload: "WorkloadEntry gwtest/reviews-1".into(),
            locality: "r1/z1/sz1".into(),
            network: "net1".into(),
        };
        [(source.endpoint, source)].into()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn identity(endpoint: &str) -> Vec<u8> {
        let workload = Workload {
            kind: WorkloadKind::Pod,
            namespace: Some("gwtest".into()),
            name: "reviews-9".into(),
            locality: Some("r9".into()),
            network: None,
        };
        serde_json::to_vec(&Reply::identity(endpoint.parse().unwrap(), &workload)).unwrap()
    }

    #[rstest]
    #[case::by_header_with_a_text_body(&[(ENDPOINT_HEADER, ONE)], b"Response from Pod IP: 1.1.1.1".to_vec())]
    #[case::by_body_when_headers_were_taken_away(&[], identity(ONE))]
    #[case::by_both(&[(ENDPOINT_HEADER, ONE)], identity(ONE))]
    fn a_known_workload_is_found(#[case] head: &[(&'static str, &str)], #[case] body: Vec<u8>) {
        let found = source(&headers(head), &body, &directory()).unwrap().unwrap();
        assert_eq!(Some(&found), directory().get(&ONE.parse().unwrap()));
    }

    #[test]
    fn values_of_one_header_are_joined_in_order() {
        let head = [("x-tag", "a"), ("location", "/there"), ("x-tag", "b")];
        let mut map = HeaderMap::new();
        head.iter().for_each(|(name, value)| {
            map.append(*name, value.parse().unwrap());
        });
        let expected = [("location", "/there"), ("x-tag", "a, b")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(fields(&map), BTreeMap::from(expected));
    }

    #[test]
    fn an_unknown_workload_is_what_it_says() {
        let found = source(&headers(&[(ENDPOINT_HEADER, "9.9.9.9:80")]), &identity("9.9.9.9:80"), &directory());
        let expected = Source {
            endpoint: "9.9.9.9:80".parse().unwrap(),
            workload: "Pod gwtest/reviews-9".into(),
            locality: "r9".into(),
            network: String::new(),
        };
        assert_eq!(found, Ok(Some(expected)));
        let head = [(ENDPOINT_HEADER, "9.9.9.9:80"), (WORKLOAD_HEADER, "gwtest/x"), (LOCALITY_HEADER, "r7")];
        let found = source(&headers(&head), b"text", &directory()).unwrap().unwrap();
        assert_eq!((found.workload.as_str(), found.locality.as_str()), ("gwtest/x", "r7"));
    }

    #[test]
    fn a_reply_of_the_gateway_itself_has_no_source() {
        assert_eq!(source(&HeaderMap::new(), b"no healthy upstream", &directory()), Ok(None));
        assert_eq!(source(&HeaderMap::new(), br#"{"endpoint": "1.1.1.1"}"#, &directory()), Ok(None));
    }

    #[test]
    fn a_mixed_up_response_is_no_response() {
        let mixed = source(&headers(&[(ENDPOINT_HEADER, ONE)]), &identity("2.2.2.2:80"), &directory()).unwrap_err();
        assert_eq!(mixed, "the head of the response comes from 1.1.1.1:80, its body from 2.2.2.2:80");
        assert!(source(&headers(&[(ENDPOINT_HEADER, "nowhere")]), b"", &directory()).is_err());
    }

    #[rstest]
    #[case("no-route", Some("no-route"))]
    #[case("no-hosts; backend=gwtest/example-se se.example.com:80", Some("no-hosts"))]
    #[case("", Some(""))]
    fn a_reason_is_its_first_word(#[case] header: &str, #[case] expected: Option<&str>) {
        assert_eq!(reason(&headers(&[(REASON_HEADER, header)])).as_deref(), expected);
        assert_eq!(reason(&HeaderMap::new()), None);
    }
}
