use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

#[test]
fn blocks_leave_out_127_0() {
    assert_eq!(address(0, 1), Ipv4Addr::new(127, 1, 0, 1));
    assert_eq!(address(255, 7), Ipv4Addr::new(127, 1, 255, 7));
    assert_eq!(address(256, GUARD_HOST), Ipv4Addr::new(127, 2, 0, 254));
    assert_eq!(address(BLOCKS - 1, 250), Ipv4Addr::new(127, 255, 255, 250));
}

#[test]
fn a_held_block_is_passed_over_also_at_the_end_of_the_range() {
    let held = Block::take_from(BLOCKS - 1).unwrap().unwrap();
    let next = Block::take_from(held.index).unwrap().unwrap();
    assert_ne!(next.index, held.index);
}

/// Holds a block until its standard input ends. Run as a process of its own by the test below.
#[test]
#[ignore = "the other process of a_block_that_another_process_holds_is_passed_over"]
fn hold_a_block() {
    let block = Block::take().unwrap().unwrap();
    io::stdout().write_all(format!("\nholding {}\n", block.index).as_bytes()).unwrap();
    io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_block_that_another_process_holds_is_passed_over() {
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lease::block::tests::hold_a_block", "--ignored", "--nocapture", "--test-threads=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines().map_while(Result::ok);
    let held: u32 = lines.find_map(|line| line.strip_prefix("holding ")?.parse().ok()).unwrap();

    let ours = Block::take_from(held).unwrap().unwrap();
    assert_ne!(ours.index, held);

    drop(other.stdin.take());
    lines.for_each(drop); // the other test harness still wants to print its result
    assert!(other.wait().unwrap().success());
    let freed = SocketAddr::V4(SocketAddrV4::new(address(held, GUARD_HOST), GUARD_PORT));
    TcpListener::bind(freed).unwrap();
}

#[test]
fn a_dropped_block_is_free() {
    let block = Block::take().unwrap().unwrap();
    let index = block.index;
    assert!(guard(index).is_err());
    drop(block);
    // The process that the test above starts may hold a copy of the guard for a moment.
    let dropped = Instant::now();
    while let Err(error) = guard(index) {
        assert!(dropped.elapsed() < Duration::from_secs(30), "{error}");
        std::thread::yield_now();
    }
}
