//! How many requests per second one core of fake VM answers: `cargo run --release -p sextant-fake-vms --example vm_throughput`.
//!
//! The fleet runs on one thread; a client on another keeps 64 HTTP/1.1 connections busy, one request at a time each,
//! and reads no more of a reply than its known length, so that the server is what is measured. Needs two cores.

use std::error::Error;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use sextant_fake_vms::{Behaviour, Fleet, FleetOptions, Lease, VmSpec, Workload};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

type Failure = Box<dyn Error + Send + Sync>;

const REQUEST: &[u8] = b"GET /api/info HTTP/1.1\r\nhost: se.example.com\r\n\r\n";
const CONNECTIONS: usize = 64;
const DURATION: Duration = Duration::from_secs(5);

fn main() -> Result<(), Failure> {
    let (address_known, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = thread::spawn(move || serve(address_known, stopped));
    let client = Builder::new_current_thread().enable_all().build()?;
    let (requests, took) = client.block_on(async { load(address.await?).await })?;
    drop(stop);
    let (counted, busy) = server.join().map_err(|_| "the server panicked")??;
    println!(
        "{:.0} requests/s ({requests} replies, {counted} counted by the VM)",
        requests as f64 / took.as_secs_f64()
    );
    if let Some(busy) = busy {
        println!("{:.0} requests per second of processor time of the VM", counted as f64 / busy.as_secs_f64());
    }
    Ok(())
}

/// Runs one VM until `stopped`; gives the number of requests it counted and the processor time it took.
fn serve(
    address: oneshot::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) -> Result<(u64, Option<Duration>), Failure> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let fleet = Fleet::start(Lease::take()?, FleetOptions::throughput());
        let documented = SocketAddr::from(([1, 1, 1, 1], 8080));
        let spec = VmSpec { documented, workload: Workload::host("vm"), behaviour: Behaviour::default() };
        let vm = fleet.add(spec)?;
        address.send(vm.actual()).map_err(|_| "the client is gone")?;
        // The end of the channel is the signal.
        let _closed = stopped.await;
        let counted = vm.counts().requests;
        fleet.stop().await?;
        Ok((counted, processor_time()))
    })
}

/// Processor time of this thread, which other load on the machine does not change; Linux alone tells it.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Keeps all connections busy for a while; gives the number of replies and the time.
async fn load(address: SocketAddr) -> Result<(u64, Duration), Failure> {
    let started = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| converse(address, started + DURATION));
    let replies = futures::future::try_join_all(connections).await?;
    Ok((replies.iter().sum(), started.elapsed()))
}

async fn converse(address: SocketAddr, until: Instant) -> Result<u64, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    stream.write_all(REQUEST).await?;
    // The first reply comes in one piece; all others have its length.
    let length = stream.read(&mut buffer).await?;
    let mut replies = 1;
    while Instant::now() < until {
        stream.write_all(REQUEST).await?;
        stream.read_exact(&mut buffer[..length]).await?;
        replies += 1;
    }
    Ok(replies)
}
