//! Listening sockets, and the tasks that hand accepted connections to workers.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

use crate::worker::{Accepted, WorkerHandle};

/// Connections that the kernel completes before anyone accepts them.
const BACKLOG: i32 = 1024;

/// A bound port.
#[derive(Debug)]
pub(crate) struct BoundListener {
    /// What is bound, which may be another port than the listener's.
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    closed: Arc<AtomicBool>,
}

/// A listener that was told to stop.
#[derive(Debug)]
pub(crate) struct ClosingListener {
    /// Port of the Gateway listener.
    pub(crate) port: u16,
    closed: Arc<AtomicBool>,
}

/// Binds and listens; clients can connect from here on, even before anyone accepts.
pub(crate) fn bind(listen: IpAddr, port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::new(listen, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections linger in TIME_WAIT is free; one that somebody listens on is not.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl BoundListener {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stop: CancellationToken::new(), closed: Arc::default() }
    }

    /// Stops accepting. What the kernel has accepted already is still served.
    pub(crate) fn close(self, port: u16) -> ClosingListener {
        self.stop.cancel();
        ClosingListener { port, closed: self.closed }
    }

    /// The task that accepts for `port` until [`Self::close`]; the socket is closed when it ends, whichever way.
    pub(crate) fn accept(
        &self,
        listener: TcpListener,
        port: u16,
        workers: Arc<[WorkerHandle]>,
        progress: watch::Sender<()>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (stop, closed) = (self.stop.clone(), self.closed.clone());
        async move {
            let mut acceptor = Acceptor { port, workers, next: 0 };
            if let Some(rest) = acceptor.run(listener, &stop).await {
                acceptor.take_rest(&rest).await;
            }
            closed.store(true, Ordering::Release);
            progress.send_replace(());
        }
    }
}

impl ClosingListener {
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

struct Acceptor {
    port: u16,
    workers: Arc<[WorkerHandle]>,
    next: usize,
}

impl Acceptor {
    /// Accepts until told to stop; returns the socket then.
    async fn run(&mut self, listener: TcpListener, stop: &CancellationToken) -> Option<TcpListener> {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(port = self.port, %error, "cannot accept");
                return None;
            }
        };
        loop {
            // Both branches can be dropped at any point: no connection is accepted before `accept` is ready.
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => return listener.into_std().ok(),
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.hand_over(stream.into_std(), peer).await,
                Err(error) => {
                    tracing::warn!(port = self.port, %error, "accept failed");
                    // Out of descriptors, most likely: some have to be closed first.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    /// Takes what the kernel had accepted when the listener was told to stop.
    async fn take_rest(&mut self, listener: &TcpListener) {
        while let Ok((stream, peer)) = listener.accept() {
            self.hand_over(stream.set_nonblocking(true).map(|()| stream), peer).await;
        }
    }

    async fn hand_over(&mut self, stream: io::Result<std::net::TcpStream>, peer: SocketAddr) {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => return tracing::debug!(%error, "client connection lost"),
        };
        let (worker, permit) = self.place().await;
        if let Some(permit) = permit {
            self.workers[worker].serve(Accepted { stream, peer, port: self.port, permit });
        }
    }

    /// The next worker that has room; when none has, the one whose turn it is, as soon as it has.
    async fn place(&mut self) -> (usize, Option<OwnedSemaphorePermit>) {
        let count = self.workers.len();
        let turn = self.next;
        self.next = (self.next + 1) % count;
        for offset in 0..count {
            let worker = (turn + offset) % count;
            if let Ok(permit) = self.workers[worker].places.clone().try_acquire_owned() {
                return (worker, Some(permit));
            }
        }
        (turn, self.workers[turn].places.clone().acquire_owned().await.ok())
    }
}
