//! Paths to texts: files, folders, sections of Markdown pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bytes::Text;
use super::{LoadError, Loaded, is_markdown, load_bytes};
use crate::text::Page;

/// Reads files, folders (recursively, `*.yaml`, `*.yml`, `*.json`; `*.md` when named itself) in the order given.
///
/// A folder's files are read in the order of their paths. `page.md#anchor` reads the blocks under one heading of a page
/// and its sub-headings; the anchor is the one GitHub gives the heading (`service-entry.md#1-static-endpoints`).
/// Of two objects with one kind and key the later one counts, with a warning.
///
/// # Errors
/// When a path cannot be opened, a folder holds no manifest, or a page has no such heading.
pub fn load_paths(paths: &[PathBuf]) -> Result<Loaded, LoadError> {
    let mut all = Loaded::default();
    for path in paths {
        if path.is_dir() {
            let files = manifests_in(path)?;
            if files.is_empty() {
                return Err(LoadError::Empty { path: path.clone() });
            }
            for file in files {
                all.extend(load_bytes(&name(&file), &read(&file)?));
            }
        } else if let Some((page, section)) = section(path) {
            all.extend(load_section(&page, section)?);
        } else {
            all.extend(load_bytes(&name(path), &read(path)?));
        }
    }
    Ok(all)
}

/// Splits `page.md#anchor`. A file whose name holds a `#` is a file.
fn section(path: &Path) -> Option<(PathBuf, &str)> {
    let (page, section) = path.to_str()?.rsplit_once('#')?;
    (is_markdown(page) && !path.exists()).then(|| (PathBuf::from(page), section))
}

fn load_section(path: &Path, section: &str) -> Result<Loaded, LoadError> {
    let Text { source, is_lossy, .. } = Text::new(&name(path), &read(path)?);
    let page = Page::new(&source);
    if !page.slugs.iter().any(|slug| slug == section) {
        let path = path.to_owned();
        return Err(LoadError::UnknownSection { path, section: section.to_owned(), sections: page.slugs });
    }
    Ok(super::read(&source, page.find(Some(section)), is_lossy))
}

/// The manifests of a folder and its sub-folders, sorted. Links to folders are not followed: they can form circles.
fn manifests_in(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source: io::Error| LoadError::Unreadable { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if is_manifest(&path) && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })
}

fn name(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}
