//! The command line of the fake DNS: what `sextant-dns` and `sextant dns` run.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{FakeDns, Options, Query, StartError, Zone, ZoneFileError};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Zone file (YAML): names and what they answer. SIGHUP reads it again and restarts its scripts
    #[arg(value_name = "ZONEFILE")]
    pub zone_file: PathBuf,

    /// Loopback address to listen on, UDP and TCP; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:5353")]
    pub listen: SocketAddr,

    /// Answer as the zone's own server (AA) and not as a resolver (RA)
    #[arg(long)]
    pub authoritative: bool,

    /// Decides the orders of `order: shuffle`
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,

    /// How queries are printed, one a line
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Output,
}

/// How queries are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// Columns for people
    #[default]
    Table,
    /// A JSON object a line, the first with the key `listening`
    Json,
}

/// The end of `--help`, after the arguments. `command` is how the program is called.
#[must_use]
pub fn examples(command: &str) -> String {
    format!(
        "\
Examples:
  {command} fixtures/dns/documented.zone.yaml
  {command} zone.yaml --listen 127.0.0.1:0 -o json
  dig @127.0.0.1 -p 5353 se.example.com
  nslookup -port=5353 se.example.com 127.0.0.1

A zone file:
  se.example.com:                            # answers in order, the last one stays
    - {{ records: [A 4.4.4.4, 30 A 5.5.5.5], queries: 3 }}
    - {{ rcode: SERVFAIL, lasts: 2s }}
    - {{ records: [A 6.6.6.6], order: rotate, delay: 50ms }}

Exit status:
  0  ended by Ctrl-C, or nobody reads the output any more
  2  bad arguments or zone file
  3  the address cannot be bound, or the output not be written"
    )
}

/// Why it did not run, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The zone file cannot be read.
    #[error("cannot read {}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The zone file is none.
    #[error(transparent)]
    Zone(#[from] ZoneFileError),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system gives no notice of signals.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

impl CliError {
    /// The exit status: 2 for bad input, 3 for trouble with the system.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Read { .. } | Self::Zone(_) | Self::Start(StartError::NotLoopback(_)) => 2,
            Self::Start(StartError::Bind { .. }) | Self::Signals(_) | Self::Output(_) => 3,
        }
    }
}

/// Serves until Ctrl-C. The address and every query go to `out`; what becomes of SIGHUP goes to `notes`. A zone file
/// that has become bad is said there, and the zone stays as it was.
///
/// # Errors
/// [`CliError`] when it cannot start or cannot write. An `out` that nobody reads any more is an end without error.
pub async fn run(args: &Args, out: &mut impl Write, notes: &mut impl Write) -> Result<(), CliError> {
    let zone = read(&args.zone_file)?;
    // Before the server starts, so that no signal is missed once the address is printed.
    let interrupted = signal(SignalKind::interrupt()).map_err(CliError::Signals)?;
    let reload = signal(SignalKind::hangup()).map_err(CliError::Signals)?;
    let Args { listen: bind, authoritative, seed, .. } = *args;
    let dns = FakeDns::start(Options { bind, authoritative, seed, zone, ..Options::default() }).await?;
    let served = serve(&dns, args, [interrupted, reload], out, notes).await;
    dns.shutdown().await;
    match served {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(CliError::Output),
    }
}

async fn serve(
    dns: &FakeDns,
    args: &Args,
    [mut interrupted, mut reload]: [Signal; 2],
    out: &mut impl Write,
    notes: &mut impl Write,
) -> io::Result<()> {
    write_start(dns, args.output, out)?;
    let mut next = 0;
    loop {
        // Every branch can be dropped without loss: signals stay noted, and the journal keeps what was not followed.
        tokio::select! {
            _ = interrupted.recv() => return Ok(()),
            _ = reload.recv() => match read(&args.zone_file) {
                Ok(zone) => {
                    let revision = dns.replace(zone);
                    writeln!(notes, "read {} again: revision {revision}", args.zone_file.display())?;
                }
                Err(error) => {
                    writeln!(notes, "error: {:#}\nthe zone stays as it was", anyhow::Error::new(error))?;
                }
            },
            queries = dns.journal().follow(next) => {
                for query in queries {
                    next = query.seq + 1;
                    write_query(&query, args.output, out)?;
                }
                out.flush()?;
            }
        }
    }
}

fn read(file: &Path) -> Result<Zone, CliError> {
    let text = std::fs::read_to_string(file).map_err(|source| CliError::Read { file: file.to_owned(), source })?;
    Ok(Zone::from_yaml(&file.display().to_string(), &text)?)
}

fn write_start(dns: &FakeDns, output: Output, out: &mut impl Write) -> io::Result<()> {
    match output {
        Output::Table => {
            writeln!(out, "listening on {} (udp and tcp)", dns.addr())?;
            writeln!(out, "{:>10}  {:<5}  {:<5}  {:<32}  {:<8}  ANSWER", "TIME", "PROTO", "TYPE", "NAME", "RCODE")?;
        }
        Output::Json => writeln!(out, "{}", json!({ "listening": dns.addr() }))?,
    }
    out.flush()
}

fn write_query(query: &Query, output: Output, out: &mut impl Write) -> io::Result<()> {
    let rcode = query.rcode.map(|rcode| rcode.to_string());
    let answers: Vec<_> = query.answers.iter().map(ToString::to_string).collect();
    if output == Output::Json {
        let line = json!({
            "seq": query.seq,
            "atMicros": micros(query.at),
            "receivedMicros": micros(query.received),
            "from": query.from,
            "protocol": query.protocol.to_string(),
            "name": query.name,
            "type": query.record_type.to_string(),
            "rcode": rcode,
            "answers": answers,
            "truncated": query.truncated,
            "revision": query.revision.0,
        });
        return writeln!(out, "{line}");
    }
    let time = format!("{:.3}s", query.at.as_secs_f64());
    let rcode = rcode.as_deref().unwrap_or("dropped");
    let answer = if query.truncated { "truncated".to_owned() } else { answers.join(", ") };
    let line = format!(
        "{time:>10}  {:<5}  {:<5}  {:<32}  {rcode:<8}  {answer}",
        query.protocol, query.record_type, query.name
    );
    writeln!(out, "{}", line.trim_end())
}

/// Whole microseconds; JSON numbers hold 285 years of them exactly.
fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
