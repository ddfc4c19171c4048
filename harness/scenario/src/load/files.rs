//! Which files hold scenarios.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LoadError;

/// The scenario files that `paths` mean, each once, folders in the order of names.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = Vec::new();
    for path in paths {
        let unreadable = |source| LoadError::Unreadable { path: path.clone(), source };
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            let before = found.len();
            walk(path, &mut found)?;
            if found.len() == before {
                return Err(LoadError::Empty { path: path.clone() });
            }
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    // What cannot be made canonical is told apart by name; reading it will say why.
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: folder.to_owned(), source };
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).map_err(unreadable)?.collect();
    let mut entries = entries.map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        // Not following links: a link to a folder above would never end.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if name != "known-failures" {
                walk(&path, found)?;
            }
        } else if is_scenario(&name.to_string_lossy()) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_scenario(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| !stem.ends_with(".zone"))
}
