//! A connection to a VM that speaks bytes: it says who it is, and repeats what it is sent.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::connection::Connection;
use super::script::Script;
use crate::{Event, Outcome, Protocol, RequestEntry};

/// Bytes that are repeated at a time.
const PIECE: usize = 16 * 1024;

/// Serves the connection behind `stream` until the client has ended its side.
pub(super) async fn speak(
    connection: &Connection,
    script: &Script,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let sequence = connection.vm.counters.add_request();
    let outcome = script.outcome();
    note(connection, sequence, outcome);
    if !script.delay.is_zero() && outcome != Outcome::Hung {
        tokio::time::sleep(script.delay).await;
    }
    let greeting = script.greeting(sequence);
    match outcome {
        Outcome::Hung => pending().await,
        Outcome::Reset => {
            // The client's first bytes are its request.
            stream.read_u8().await?;
            connection.wire.reset();
            // The connection ends before this is polled again.
            pending().await
        }
        Outcome::ClosedHalfWay(_) => stream.write_all(&greeting[..greeting.len() / 2]).await?,
        Outcome::Replied(_) | Outcome::BodyBroken => {
            stream.write_all(&greeting).await?;
            stream.flush().await?;
            repeat(&mut stream).await?;
        }
    }
    stream.shutdown().await
}

async fn repeat(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match stream.read(&mut piece).await? {
            0 => return Ok(()),
            read => stream.write_all(&piece[..read]).await?,
        }
        stream.flush().await?;
    }
}

fn note(connection: &Connection, sequence: u64, outcome: Outcome) {
    let journal = &connection.vm.journal;
    if !journal.is_full() {
        journal.announce();
        return;
    }
    connection.write(Event::Request(RequestEntry {
        sequence,
        method: String::new(),
        host: None,
        path: String::new(),
        protocol: Protocol::Tcp,
        tls: connection.tls().cloned(),
        headers: BTreeMap::new(),
        body_bytes: 0,
        outcome,
    }));
}
