//! Every input that was ever worth keeping.

#![expect(clippy::unwrap_used, reason = "where a file cannot be read, the test has failed")]

use std::path::{Path, PathBuf};

/// The files of a folder of the corpus, in the order of their names.
fn corpus(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn each(folder: &str, check: fn(&[u8])) {
    let files = corpus(folder);
    assert!(!files.is_empty(), "{folder} is empty");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let outcome = std::panic::catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "{}", file.display());
    }
}

#[test]
fn manifests_of_the_corpus_are_harmless() {
    each("manifests", sextant_fuzz::manifests);
}

#[test]
fn scenarios_of_the_corpus_are_harmless() {
    each("scenarios", sextant_fuzz::scenarios);
}
