use std::time::Instant;

use super::super::{Closer, Event, JournalMode};
use super::*;

const SOON: Duration = Duration::from_secs(20);

fn vm() -> SocketAddr {
    "1.1.1.1:80".parse().unwrap()
}

fn journal(mode: JournalMode) -> Journal {
    Journal::new(mode, Instant::now())
}

fn accepted(journal: &Journal) {
    journal.write(vm(), journal.next_connection(), "127.0.0.1:5000".parse().unwrap(), Event::Accepted);
}

#[tokio::test]
async fn a_condition_that_holds_already_is_met_even_without_time() {
    let journal = journal(JournalMode::default());
    accepted(&journal);
    journal.wait_for("a connection", Duration::ZERO, |seen| seen.entries().len() == 1).await.unwrap();
}

#[tokio::test]
async fn a_waiter_is_woken_by_entries() {
    let journal = journal(JournalMode::default());
    let wait = journal.wait_for("three connections", SOON, |seen| seen.entries().len() == 3);
    let write = async {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            accepted(&journal);
        }
    };
    let (met, ()) = tokio::join!(wait, write);
    met.unwrap();
}

#[tokio::test]
async fn a_waiter_is_woken_by_counts_when_there_are_no_entries() {
    let journal = journal(JournalMode::Counts);
    let counters = journal.counters_of(vm());
    let wait = journal.wait_for("two requests", SOON, |seen| seen.counts(vm()).requests == 2);
    let count = async {
        for _ in 0..2 {
            tokio::task::yield_now().await;
            counters.add_request();
            journal.announce();
        }
    };
    let (met, ()) = tokio::join!(wait, count);
    met.unwrap();
    assert_eq!(journal.entries(), []);
}

#[tokio::test]
async fn what_was_waited_for_in_vain_is_named_with_the_last_entry() {
    let journal = journal(JournalMode::default());
    accepted(&journal);
    let event = Event::Closed(Closer::Peer);
    journal.write(vm(), 1, "127.0.0.1:5000".parse().unwrap(), event);
    let error = journal.wait_for("a pig that flies", Duration::from_millis(5), |_| false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "waited 5ms for a pig that flies, in vain; the journal holds 2 entries, the last one at 1.1.1.1:80: Closed(Peer)"
    );
    assert_eq!(journal.inner.waiting.load(Ordering::SeqCst), 0);
}

#[test]
fn the_oldest_entries_are_forgotten_and_counted() {
    let journal = journal(JournalMode::Full { keep: 2 });
    (0..5).for_each(|_| accepted(&journal));
    let seqs = |entries: Vec<Entry>| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(seqs(journal.entries()), [3, 4]);
    assert_eq!(seqs(journal.since(4)), [4]);
    assert_eq!(seqs(journal.since(1)), [3, 4]);
    assert!(journal.since(9).is_empty());
    assert_eq!((journal.mark(), journal.forgotten()), (5, 3));
}
