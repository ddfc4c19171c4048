//! Which gateways are tested.

use std::path::PathBuf;
use std::str::FromStr;

/// A gateway under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SubjectArg {
    /// The gateway of this project.
    Reference,
    /// Envoy, with this project as its control plane.
    Envoy,
    /// The program that the adapter file at this path describes.
    Exec(PathBuf),
}

impl FromStr for SubjectArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once(':')) {
            ("reference", _) => Ok(Self::Reference),
            ("envoy", _) => Ok(Self::Envoy),
            (_, Some(("exec", ""))) => Err("no file after `exec:`; write it like exec:adapter.yaml".to_owned()),
            (_, Some(("exec", file))) => Ok(Self::Exec(file.into())),
            _ => Err("a subject is reference, envoy, or exec:FILE with an adapter file".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("reference", SubjectArg::Reference)]
    #[case("envoy", SubjectArg::Envoy)]
    #[case("exec:my/adapter.yaml", SubjectArg::Exec("my/adapter.yaml".into()))]
    #[case("exec:c:d", SubjectArg::Exec("c:d".into()))]
    fn a_subject_is_named(#[case] text: &str, #[case] subject: SubjectArg) {
        assert_eq!(text.parse(), Ok(subject));
    }

    #[rstest]
    #[case("nginx", "a subject is reference, envoy, or exec:FILE")]
    #[case("Envoy", "a subject is")]
    #[case("exec:", "no file after `exec:`")]
    #[case("", "a subject is")]
    fn what_names_none_is_told(#[case] text: &str, #[case] says: &str) {
        let error = text.parse::<SubjectArg>().unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}
