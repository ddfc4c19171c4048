//! Makes the table of tests that name rules, so that an installed `sextant` knows it.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/scan.rs"]
mod scan;

/// The crates that carry rules out, or say what follows from them. What tests of the others name is how an id is written.
const CRATES: [&str; 6] = ["explain", "gateway", "resources", "routing", "subjects", "validate"];

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script by the environment where to write")]
fn main() -> Result<(), Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for name in CRATES {
        let root = workspace.join("harness").join(name);
        println!("cargo::rerun-if-changed={}", root.display());
        find(&root, &mut files)?;
    }
    files.sort();
    let mut table = String::from("[\n");
    for file in files {
        let name = file.strip_prefix(&workspace)?.display().to_string().replace('\\', "/");
        for test in scan::tests(&fs::read_to_string(&file)?).map_err(|error| format!("{name}: {error}"))? {
            let scan::Test { name: function, line, rules } = test;
            writeln!(table, "Test {{ file: {name:?}, line: {line}, name: {function:?}, rules: &{rules:?} }},")?;
        }
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("tests.rs"), table)?;
    Ok(())
}

/// Adds every Rust file below `folder`.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
