//! Bytes without a protocol: one connection for each exchange, and what comes back on it.

use std::io;

use bytes::Bytes;
use http::HeaderMap;
use sextant_verdict::{FailureSide, ReplyOutcome};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::failure::{failed, is_closing, no_tls, not_connected};
use super::reply::{Directory, KEPT, source};
use super::tls::TlsClient;
use crate::loopback::Loopback;

/// What came back, to its end.
#[derive(Default)]
struct Heard {
    kept: Vec<u8>,
    length: usize,
}

/// Sends `bytes` to a listener, ends the client's side, and reads until the other side has ended.
pub(super) async fn exchange(
    target: Loopback,
    bytes: &Bytes,
    tls: Option<&TlsClient>,
    who: &Directory,
) -> ReplyOutcome {
    let stream = match TcpStream::connect(target.address()).await {
        Ok(stream) => stream,
        Err(error) => return not_connected(&error),
    };
    let mut heard = Heard::default();
    let ended = match tls {
        None => converse(stream, bytes, &mut heard).await,
        Some(tls) => match tls.connect(stream).await {
            Ok(stream) => converse(stream, bytes, &mut heard).await,
            Err(error) if is_closing(&error) => Err(error),
            Err(error) => return no_tls(&error),
        },
    };
    match ended {
        Ok(()) if heard.length > 0 => heard.outcome(who),
        Ok(()) => ReplyOutcome::Closed,
        Err(error) if heard.length == 0 && is_closing(&error) => ReplyOutcome::Closed,
        Err(error) => {
            let message = format!("the connection broke after {} bytes: {error}", heard.length);
            failed(FailureSide::Gateway, message)
        }
    }
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &Bytes, heard: &mut Heard) -> io::Result<()> {
    // A side that has closed already says so when it is read from.
    if stream.write_all(bytes).await.is_ok() {
        let _ = stream.shutdown().await;
    }
    let mut piece = vec![0; KEPT];
    loop {
        match stream.read(&mut piece).await? {
            0 => return Ok(()),
            read => heard.add(&piece[..read]),
        }
    }
}

impl Heard {
    fn add(&mut self, piece: &[u8]) {
        self.length += piece.len();
        self.kept.extend_from_slice(&piece[..piece.len().min(KEPT - self.kept.len())]);
    }

    /// A workload says who it is in the first line.
    fn outcome(&self, who: &Directory) -> ReplyOutcome {
        let end = self.kept.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (first, rest) = self.kept.split_at(end);
        let named = source(&HeaderMap::new(), first, who).ok().flatten();
        let body = if named.is_some() { rest } else { &self.kept };
        ReplyOutcome::Bytes { body: String::from_utf8_lossy(body).into_owned(), source: named }
    }
}
