//! K-150 under load: a change is served without losing a request, and a removed endpoint is left alone.

#[path = "../examples/churn/churn.rs"]
mod churn;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nobody_who_left_is_asked() {
    let outcome = churn::churn(4_000, 8).await.unwrap();
    assert_eq!((outcome.answered, outcome.lost, outcome.late), (4_000, 0, 0), "{outcome:?}");
    assert!(outcome.changes > 1, "nothing was changed: {outcome:?}");
}
