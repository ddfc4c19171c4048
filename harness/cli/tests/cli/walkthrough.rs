//! The walk-through of `harness/subjects/README.md`: its very commands are run, and what it shows must be said.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::sextant::is_there;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const PAGE: &str = "harness/subjects/README.md";
const HEADING: &str = "## Attach your gateway";
/// A new user attaches a gateway in so many commands.
const MOST_COMMANDS: usize = 5;

/// A command, and what the page shows of its output.
struct Typed {
    command: String,
    shown: Vec<String>,
}

/// The commands of the first console block after [`HEADING`].
fn commands(page: &str) -> Vec<Typed> {
    let (_, section) = page.split_once(HEADING).expect("the page has the walk-through");
    let (_, block) = section.split_once("```console\n").expect("its commands are in a block");
    let (block, _) = block.split_once("```").expect("the block ends");
    let mut commands: Vec<Typed> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push(Typed { command: command.to_owned(), shown: Vec::new() }),
            (None, Some(typed)) => typed.shown.push(line.to_owned()),
            (None, None) => panic!("`{line}` comes before every command"),
        }
    }
    commands
}

/// A folder that looks like a checkout to who only reads `harness`, so that nothing is written into the real one.
fn checkout() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink(Path::new(ROOT).join("harness"), folder.path().join("harness")).expect("a link");
    folder
}

/// `$PATH` with this build of `sextant` first.
fn path() -> std::ffi::OsString {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_sextant"));
    let own = own.parent().expect("a program is in a folder").to_owned();
    let all = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&all))).expect("no folder has a colon")
}

/// Whether some line of `text` has the parts of `shown`, between `…`, in this order.
fn says(text: &str, shown: &str) -> bool {
    text.lines().any(|line| {
        let mut rest = line;
        shown.split('…').map(str::trim).all(|part| {
            let found = rest.find(part);
            rest = found.map_or(rest, |at| &rest[at + part.len()..]);
            found.is_some()
        })
    })
}

#[test]
fn the_commands_of_the_walk_through_attach_a_gateway() {
    if !is_there("python3") {
        return;
    }
    let page = std::fs::read_to_string(Path::new(ROOT).join(PAGE)).expect("the page is there");
    let commands = commands(&page);
    assert!((1..=MOST_COMMANDS).contains(&commands.len()), "{} commands", commands.len());
    let folder = checkout();
    let mut checked = 0;
    for Typed { command, shown } in commands {
        let done = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", path())
            .env_remove("SOURCE_DATE_EPOCH")
            .output()
            .expect("sh runs");
        let output = String::from_utf8_lossy(&done.stdout);
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "`{command}` ended with {}:\n{output}{errors}", done.status);
        for line in shown {
            assert!(says(&output, &line), "`{command}` does not say `{line}`:\n{output}{errors}");
            checked += 1;
        }
    }
    assert!(checked > 0, "the page shows nothing of what is said");
}
