//! The probe against servers that do on the wire exactly what they are told.

use std::sync::Mutex as StdMutex;

use rstest::rstest;
use sextant_verdict::Failure;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use super::*;

mod beside_http;

/// An HTTP/1.1 server that keeps a log of `connection: path`.
struct Server {
    target: Loopback,
    log: Arc<StdMutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

/// What a server does on a connection.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers every request.
    Answers,
    /// Answers one request, without saying that it will close, and closes.
    ClosesWhenIdle,
    /// Reads one request after the first, and closes without an answer.
    ClosesOnTheSecond,
    /// Answers one request and says that it closes.
    SaysClose,
    /// Sends these bytes in place of a response and closes.
    Sends(&'static str),
    /// Reads and never answers.
    Hangs,
}

impl Server {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Loopback::new(listener.local_addr().unwrap()).unwrap();
        let log = Arc::new(StdMutex::new(Vec::new()));
        let task = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                let mut tasks = tokio::task::JoinSet::new();
                for number in 0.. {
                    let (stream, _) = listener.accept().await.unwrap();
                    tasks.spawn(serve(stream, number, manner, Arc::clone(&log)));
                }
            }
        });
        Self { target, log, _task: AbortOnDropHandle::new(task) }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, number: usize, manner: Manner, log: Arc<StdMutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    for turn in 0.. {
        let Some(path) = read(&mut stream).await else { return };
        log.lock().unwrap().push(format!("{number}: {path}"));
        let response = match manner {
            Manner::Sends(bytes) => bytes,
            Manner::Hangs => std::future::pending().await,
            Manner::ClosesOnTheSecond if turn == 1 => return,
            Manner::SaysClose => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        };
        stream.write_all(response.as_bytes()).await.unwrap();
        if matches!(manner, Manner::Sends(_) | Manner::ClosesWhenIdle | Manner::SaysClose) {
            return;
        }
    }
}

/// Reads a request without body; its path.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut path = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        path = path.or_else(|| line.split(' ').nth(1).map(str::to_owned));
        if line == "\r\n" {
            return path;
        }
    }
}

fn request(method: &str) -> ProbeRequest {
    ProbeRequest::new(&sextant_scenario::Request {
        host: "a.test".into(),
        path: Some("/".into()),
        method: Some(method.into()),
        ..sextant_scenario::Request::default()
    })
    .unwrap()
}

fn around() -> Surroundings {
    Surroundings {
        clock: Clock::start(),
        who: Arc::default(),
        patience: Duration::from_secs(5),
        tasks: TaskTracker::new(),
    }
}

fn probe(server: &Server, connections: u32) -> Probe {
    Probe::new(Some(server.target), request("GET"), connections, around())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn failure(reply: &Reply) -> &Failure {
    match &reply.outcome {
        ReplyOutcome::Failed(failure) => failure,
        _ => panic!("{reply:?}"),
    }
}

fn is_answered(reply: &Reply) -> bool {
    matches!(reply.outcome, ReplyOutcome::Response { status: 200, .. })
}

#[tokio::test]
async fn requests_go_over_the_connections_in_turn() {
    let server = Server::start(Manner::Answers).await;
    let replies = probe(&server, 3).volley(7, 1, soon()).await;
    let connections: Vec<_> = replies.iter().map(|reply| (reply.number, reply.connection)).collect();
    assert_eq!(connections, [(0, 0), (1, 1), (2, 2), (3, 0), (4, 1), (5, 2), (6, 0)]);
    assert!(replies.iter().all(is_answered));
    assert_eq!(server.log(), ["0: /", "1: /", "2: /", "0: /", "1: /", "2: /", "0: /"]);
}

#[tokio::test]
async fn one_at_a_time_means_strictly_one_after_the_other() {
    let server = Server::start(Manner::Answers).await;
    let replies = probe(&server, 4).volley(40, 1, soon()).await;
    assert_eq!(replies.len(), 40);
    for pair in replies.windows(2) {
        assert!(pair[0].sent_at <= pair[0].done_at && pair[0].done_at <= pair[1].sent_at, "{pair:?}");
    }
}

/// RFC 9112, section 9.3.1 and 9.6: a server may close an idle connection at any time, announced or not.
#[rstest]
#[case::in_silence(Manner::ClosesWhenIdle)]
#[case::announced(Manner::SaysClose)]
#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_replaced(#[case] manner: Manner) {
    let server = Server::start(manner).await;
    let replies = probe(&server, 1).volley(20, 1, soon()).await;
    assert!(replies.iter().all(is_answered), "{replies:?}");
    let expected: Vec<_> = (0..20).map(|number| format!("{number}: /")).collect();
    assert_eq!(server.log(), expected, "one request a connection, none twice");
}

/// A gateway that takes a request and closes has lost it. Sending it again would hide that.
#[tokio::test]
async fn a_request_that_was_read_and_not_answered_has_failed() {
    let server = Server::start(Manner::ClosesOnTheSecond).await;
    let replies = probe(&server, 1).volley(4, 1, soon()).await;
    let answered: Vec<_> = replies.iter().map(is_answered).collect();
    assert_eq!(answered, [true, false, true, false]);
    let failure = failure(&replies[1]);
    assert_eq!(failure.side, FailureSide::Gateway);
    assert!(failure.message.starts_with("the gateway ended the connection without a response"), "{failure:?}");
    assert_eq!(server.log(), ["0: /", "0: /", "1: /", "1: /"]);
}

#[rstest]
#[case::nothing("", "the gateway ended the connection without a response")]
#[case::half_a_head("HTTP/1.1 200 O", "the gateway ended the connection after 14 bytes of the response")]
#[case::half_a_body(
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
    "status 200, but the body broke off after 3 bytes"
)]
#[case::broken_chunks(
    "HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    "status 503, but the body broke off after 0 bytes"
)]
#[case::another_protocol("220 mail.test ESMTP ready\r\n", "the gateway's answer is not HTTP")]
#[tokio::test]
async fn what_is_no_whole_response_is_the_gateways_failure(#[case] bytes: &'static str, #[case] says: &str) {
    let server = Server::start(Manner::Sends(bytes)).await;
    let reply = probe(&server, 1).one(0, None).await;
    let failure = failure(&reply);
    assert_eq!(failure.side, FailureSide::Gateway);
    assert!(failure.message.starts_with(says), "{failure:?}");
    assert_eq!(server.log().len(), 1, "a new connection is not tried again");
}

#[tokio::test]
async fn a_response_that_ends_with_the_connection_is_whole() {
    let server =
        Server::start(Manner::Sends("HTTP/1.0 418 Teapot\r\nx-sextant-reason: tea; for=two\r\n\r\nhello")).await;
    let reply = probe(&server, 1).one(0, None).await;
    let expected = ReplyOutcome::Response {
        status: 418,
        source: None,
        reason: Some("tea".into()),
        headers: [("x-sextant-reason".into(), "tea; for=two".into())].into(),
        body: "hello".into(),
    };
    assert_eq!(reply.outcome, expected);
}

#[tokio::test]
async fn a_listener_that_refuses_is_the_gateways_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Loopback::new(listener.local_addr().unwrap()).unwrap();
    drop(listener);
    let reply = Probe::new(Some(target), request("GET"), 1, around()).one(0, None).await;
    assert_eq!(failure(&reply).side, FailureSide::Gateway);
    assert!(!failure(&reply).message.contains(&target.address().port().to_string()), "ports differ from run to run");
}

#[tokio::test]
async fn a_request_that_hangs_fails_when_patience_ends() {
    let server = Server::start(Manner::Hangs).await;
    let patience = Duration::from_millis(50);
    let probe = Probe::new(Some(server.target), request("GET"), 1, Surroundings { patience, ..around() });
    let replies = probe.volley(2, 1, soon()).await;
    assert_eq!(replies.len(), 2);
    assert!(replies.iter().all(|reply| failure(reply).message == "no whole response within 50ms"), "{replies:?}");
    let reply = probe.one(0, Some(Instant::now())).await;
    assert_eq!(failure(&reply).message, "no whole response before the deadline of the step");
}

#[tokio::test]
async fn at_the_deadline_of_a_volley_requests_without_outcome_have_no_reply() {
    let server = Server::start(Manner::Hangs).await;
    let replies = probe(&server, 2).volley(10, 2, Instant::now() + Duration::from_millis(50)).await;
    assert_eq!(replies, []);
    assert_eq!(server.log().len(), 2, "two at a time, and no more");
}

#[tokio::test]
async fn a_head_request_waits_for_no_body() {
    let server = Server::start(Manner::Sends("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")).await;
    let reply = Probe::new(Some(server.target), request("HEAD"), 1, around()).one(0, None).await;
    assert!(is_answered(&reply), "{reply:?}");
}

/// Dropping a probe closes its connections and ends their tasks.
#[tokio::test]
async fn a_probe_takes_its_connections_with_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Loopback::new(listener.local_addr().unwrap()).unwrap();
    let around = around();
    let probe = Probe::new(Some(target), request("GET"), 1, around.clone());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 1024];
        assert!(stream.read(&mut bytes).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    };
    let (reply, mut stream) = tokio::join!(probe.one(0, None), server);
    assert!(is_answered(&reply));
    drop(probe);
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0, "the connection is closed");
    around.tasks.close();
    tokio::time::timeout(Duration::from_secs(5), around.tasks.wait()).await.expect("a task is left");
}
