//! The journal by itself: order, bounds and waiting.

use super::*;

fn journal(keep: usize) -> Journal {
    Journal::new(Instant::now(), keep)
}

fn write(journal: &Journal, name: &str) {
    journal.write(Draft {
        received: journal.now(),
        from: ([127, 0, 0, 1], 1).into(),
        protocol: Protocol::Udp,
        name: name.parse().unwrap(),
        record_type: QueryType::A,
        rcode: None,
        answers: Vec::new(),
        truncated: false,
        revision: Revision(0),
    });
}

#[test]
fn the_oldest_entries_are_forgotten_first_and_counted() {
    let journal = journal(2);
    for name in ["a", "b", "c"] {
        write(&journal, name);
    }
    let seqs: Vec<_> = journal.entries().iter().map(|query| (query.seq, query.name.to_string())).collect();
    assert_eq!(seqs, [(1, "b".into()), (2, "c".into())]);
    assert_eq!((journal.mark(), journal.forgotten()), (3, 1));
    assert_eq!(journal.since(2).len(), 1);
    assert_eq!(journal.since(3), []);
}

#[test]
fn a_journal_may_keep_nothing() {
    let journal = journal(0);
    write(&journal, "a");
    assert_eq!(journal.entries(), []);
    assert_eq!((journal.mark(), journal.forgotten()), (1, 1));
}

#[tokio::test]
async fn what_is_there_already_is_found_at_once() {
    let journal = journal(10);
    write(&journal, "a");
    let found = journal.wait_for("a", Duration::from_secs(5), |query| query.name.as_str() == "a").await.unwrap();
    assert_eq!(found.seq, 0);
}

#[tokio::test]
async fn an_entry_wakes_whoever_waits() {
    let journal = journal(10);
    let wait = journal.wait_for("c", Duration::from_secs(5), |query| query.name.as_str() == "c");
    let writes = async {
        for name in ["a", "b", "c", "d"] {
            tokio::task::yield_now().await;
            write(&journal, name);
        }
    };
    let (found, ()) = tokio::join!(wait, writes);
    assert_eq!(found.unwrap().seq, 2);
}

#[tokio::test]
async fn waiting_in_vain_says_for_what_and_what_came_instead() {
    let journal = journal(10);
    write(&journal, "a.example");
    let error = journal.wait_for("a query for b.example", Duration::from_millis(1), |_| false).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "waited 1ms for a query for b.example, in vain; 1 queries came so far, the last one: a.example A -> dropped"
    );
}

#[tokio::test]
async fn following_gives_each_entry_once() {
    let journal = journal(10);
    write(&journal, "a");
    assert_eq!(journal.follow(0).await.len(), 1);
    let (next, ()) = tokio::join!(journal.follow(1), async { write(&journal, "b") });
    assert_eq!(next.iter().map(|query| query.seq).collect::<Vec<_>>(), [1]);
}
