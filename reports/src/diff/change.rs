//! What became of one scenario between two records.

use schemars::JsonSchema;
use serde::Serialize;
use sextant_verdict::{ScenarioRecord, Verdict};

use super::Pace;

/// What became of a scenario. Ordered by how urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It fails and did not, or it came to no verdict and passed or was skipped before.
    Broken,
    /// It was judged, and is skipped now.
    NewlySkipped,
    /// It is in the earlier record only.
    Gone,
    /// It is in trouble as before, or skipped as before, for another reason; or other promises were not judged.
    ChangedReason,
    /// It passed both times, and took longer.
    Slower,
    /// It is in the later record only.
    New,
    /// It was skipped, and passes now.
    NoLongerSkipped,
    /// It was in trouble, and passes now.
    Fixed,
    /// It passed both times, and took less long.
    Faster,
}

impl Change {
    /// The word as it is printed, and as it is in JSON but for spaces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::NewlySkipped => "newly skipped",
            Self::Gone => "gone",
            Self::ChangedReason => "changed reason",
            Self::Slower => "slower",
            Self::New => "new",
            Self::NoLongerSkipped => "no longer skipped",
            Self::Fixed => "fixed",
            Self::Faster => "faster",
        }
    }

    /// What is to be told of a scenario; `None` when nothing is. At least one of the two is there.
    pub(super) fn of(before: Option<&ScenarioRecord>, after: Option<&ScenarioRecord>, pace: Pace) -> Option<Self> {
        use Verdict::{Error, Fail, Inconclusive, Pass, Skipped};
        let (Some(before), Some(after)) = (before, after) else {
            return Some(if before.is_some() { Self::Gone } else { Self::New });
        };
        match (before.verdict, after.verdict) {
            (one, other) if one == other && told(before) != told(after) => Some(Self::ChangedReason),
            (Pass, Pass) => of_times(before.duration_us?, after.duration_us?, pace),
            (one, other) if one == other => None,
            (Skipped, Pass) => Some(Self::NoLongerSkipped),
            (_, Pass) => Some(Self::Fixed),
            (_, Skipped) => Some(Self::NewlySkipped),
            (_, Fail) | (Pass | Skipped, Inconclusive | Error) => Some(Self::Broken),
            (_, Inconclusive | Error) => Some(Self::ChangedReason),
        }
    }
}

/// What a scenario is in trouble for: the reason, and the promises that were not kept. What was seen instead is left out,
/// because it differs between equal runs.
fn told(run: &ScenarioRecord) -> (&str, Vec<(Verdict, &str, &str)>) {
    let checks = run.checks.iter().filter(|check| check.verdict != Verdict::Pass);
    (&run.reason, checks.map(|check| (check.verdict, check.step.as_str(), check.what.as_str())).collect())
}

fn of_times(before: u64, after: u64, pace: Pace) -> Option<Change> {
    let longer = |short: u64, long: u64| {
        long.saturating_sub(short) >= pace.floor_us.max(1) && long as f64 >= short as f64 * pace.factor
    };
    if longer(before, after) { Some(Change::Slower) } else { longer(after, before).then_some(Change::Faster) }
}
