//! `cargo run --release -p sextant-subjects --example churn -- [REQUESTS]`: the figure of requests lost under churn.

mod churn;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let requests = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let outcome = churn::churn(requests, 16).await?;
    println!(
        "{} requests answered in {:.1} s, {} lost, {} to an endpoint removed more than 100 ms before, {} changes",
        outcome.answered,
        outcome.took.as_secs_f64(),
        outcome.lost,
        outcome.late,
        outcome.changes,
    );
    let kept = outcome.answered == requests && outcome.lost == 0 && outcome.late == 0;
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
