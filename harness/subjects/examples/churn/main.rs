//! `cargo run --release -p sextant-subjects --example churn -- [--requests N]`: requests lost, and requests to endpoints
//! that were gone, while endpoints come and go ten times a second. Ends with 1 when there are any.

mod churn;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

/// Requests that are sent when none are asked for.
const REQUESTS: u64 = 100_000;
/// Time from one change to the next: ten a second.
const PAUSE: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let requests = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => REQUESTS,
        ["--requests", number] => number.parse()?,
        _ => return Err("usage: churn [--requests N]".into()),
    };
    let outcome = churn::churn(requests, 16, PAUSE).await?;
    println!("{outcome}");
    let kept = outcome.answered == requests && outcome.lost + outcome.late + outcome.stale == 0;
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
