//! Which gateways are tested.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// A gateway under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SubjectArg {
    /// The gateway of this project.
    Reference,
    /// Envoy, with this project as its control plane.
    Envoy,
    /// The program that the adapter file at this path describes.
    Exec(PathBuf),
    /// The gateway that listens at this URL.
    Url(String),
}

impl FromStr for SubjectArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once(':')) {
            ("reference", _) => Ok(Self::Reference),
            ("envoy", _) => Ok(Self::Envoy),
            (_, Some(("exec", ""))) => Err("no file after `exec:`; write it like exec:adapter.yaml".to_owned()),
            (_, Some(("exec", file))) => Ok(Self::Exec(file.into())),
            (_, Some(("url", ""))) => Err("no URL after `url:`; write it like url:http://127.0.0.1:8080".to_owned()),
            (_, Some(("url", url))) => Ok(Self::Url(url.to_owned())),
            _ => Err("a subject is reference, envoy, exec:FILE with an adapter file, or url:URL".to_owned()),
        }
    }
}

/// What a subject needs beside its name.
#[derive(Debug, Args)]
pub(crate) struct SubjectOptions {
    /// The program for the subject `envoy` [default: the first in $PATH].
    #[arg(long, value_name = "PATH", env = "SEXTANT_ENVOY")]
    pub(crate) envoy: Option<PathBuf>,
    /// For the subject `url`: the shell command that gives it manifests. It finds them on standard input and in the folder
    /// $SEXTANT_MANIFESTS, and ends with 0 when they serve, with 3 when the gateway cannot do that.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) apply_command: Option<String>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("reference", SubjectArg::Reference)]
    #[case("envoy", SubjectArg::Envoy)]
    #[case("exec:my/adapter.yaml", SubjectArg::Exec("my/adapter.yaml".into()))]
    #[case("url:http://127.0.0.1:8080", SubjectArg::Url("http://127.0.0.1:8080".into()))]
    #[case("exec:c:d", SubjectArg::Exec("c:d".into()))]
    fn a_subject_is_named(#[case] text: &str, #[case] subject: SubjectArg) {
        assert_eq!(text.parse(), Ok(subject));
    }

    #[rstest]
    #[case("nginx", "a subject is reference, envoy, exec:FILE")]
    #[case("url:", "no URL after `url:`")]
    #[case("Envoy", "a subject is")]
    #[case("exec:", "no file after `exec:`")]
    #[case("", "a subject is")]
    fn what_names_none_is_told(#[case] text: &str, #[case] says: &str) {
        let error = text.parse::<SubjectArg>().unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}
