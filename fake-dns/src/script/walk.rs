//! The state machine of a script: queries so far and time passed decide which answer is current.

use std::time::Duration;

use super::{Answer, Script};

/// Where one query type stands in a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    index: usize,
    served: u64,
    since: Option<Duration>,
}

/// What a query gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serving<'a> {
    /// The current answer.
    pub answer: &'a Answer,
    /// How many queries of this type the answer served before; decides `rotate` and `shuffle`.
    pub round: u64,
}

impl Script {
    /// Serves one query at `now`, a time on any clock that does not go back, and moves the cursor on.
    ///
    /// The current answer gives way once it served `queries` queries, or once `lasts` has passed since the first query
    /// that it served. Time without queries moves nothing: the next answer begins with the query that finds it.
    pub fn serve(&self, cursor: &mut Cursor, now: Duration) -> Serving<'_> {
        let answers = self.answers();
        let last = answers.len() - 1;
        // A cursor of another script may stand beyond the end of this one.
        cursor.index = cursor.index.min(last);
        if cursor.index < last && is_over(&answers[cursor.index], cursor, now) {
            *cursor = Cursor { index: cursor.index + 1, served: 0, since: None };
        }
        cursor.since.get_or_insert(now);
        let round = cursor.served;
        cursor.served += 1;
        Serving { answer: &answers[cursor.index], round }
    }
}

fn is_over(answer: &Answer, cursor: &Cursor, now: Duration) -> bool {
    let used_up = answer.queries.is_some_and(|queries| cursor.served >= u64::from(queries.get()));
    let elapsed = cursor.since.map(|since| now.saturating_sub(since));
    let too_old = answer.lasts.zip(elapsed).is_some_and(|(lasts, elapsed)| elapsed >= lasts);
    used_up || too_old
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Serves queries at these milliseconds and says the address of each answer.
    fn addresses(script: &str, at: &[u64]) -> Vec<String> {
        let script: Script = serde_saphyr::from_str(script).unwrap();
        let mut cursor = Cursor::default();
        at.iter()
            .map(|&at| script.serve(&mut cursor, Duration::from_millis(at)).answer.records[0].data.to_string())
            .collect()
    }

    #[rstest]
    #[case::the_last_stays("[{records: [A 1.1.1.1]}]", &[0, 1_000, 1_000_000], &["1", "1", "1"])]
    #[case::by_count(
        "[{records: [A 1.1.1.1], queries: 2}, {records: [A 2.2.2.2], queries: 1}, {records: [A 3.3.3.3]}]",
        &[0, 0, 0, 0, 0],
        &["1", "1", "2", "3", "3"]
    )]
    #[case::by_time_from_the_first_use(
        "[{records: [A 1.1.1.1], lasts: 2s}, {records: [A 2.2.2.2]}]",
        &[5_000, 6_999, 7_000, 8_000],
        &["1", "1", "2", "2"]
    )]
    #[case::silence_skips_no_answer(
        "[{records: [A 1.1.1.1], lasts: 1s}, {records: [A 2.2.2.2], lasts: 1s}, {records: [A 3.3.3.3]}]",
        &[0, 10_000, 10_999, 11_000],
        &["1", "2", "2", "3"]
    )]
    #[case::count_before_time("[{records: [A 1.1.1.1], queries: 1, lasts: 1h}, {records: [A 2.2.2.2]}]", &[0, 1], &["1", "2"])]
    #[case::time_before_count("[{records: [A 1.1.1.1], queries: 9, lasts: 1s}, {records: [A 2.2.2.2]}]", &[0, 1_000], &["1", "2"])]
    fn the_current_answer(#[case] script: &str, #[case] at: &[u64], #[case] expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|n| format!("A {n}.{n}.{n}.{n}")).collect();
        assert_eq!(addresses(script, at), expected);
    }

    #[test]
    fn rounds_count_anew_for_each_answer() {
        let script: Script = serde_saphyr::from_str("[{queries: 2}, {}]").unwrap();
        let mut cursor = Cursor::default();
        let rounds: Vec<_> = (0..5).map(|_| script.serve(&mut cursor, Duration::ZERO).round).collect();
        assert_eq!(rounds, [0, 1, 0, 1, 2]);
    }
}
