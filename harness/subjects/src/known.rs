//! The ledgers of known failures that come with the subjects that are built in.

/// A ledger that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFailures {
    /// Its file in the source tree.
    pub file: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// Subjects whose ledger comes with them, and its file.
macro_rules! shipped {
    ($($subject:literal),* $(,)?) => {
        &[$((
            $subject,
            KnownFailures {
                file: concat!("harness/subjects/known/", $subject, ".yaml"),
                text: include_str!(concat!("../known/", $subject, ".yaml")),
            },
        )),*]
    };
}

const SHIPPED: &[(&str, KnownFailures)] = shipped!["envoy", "reference"];

/// What the subject of this name is known to do wrong; `None` for one that nobody keeps a ledger of.
pub fn known_failures(subject: &str) -> Option<KnownFailures> {
    SHIPPED.iter().find(|(name, _)| *name == subject).map(|(_, ledger)| *ledger)
}

/// Every ledger that is built in.
pub fn all_known_failures() -> impl Iterator<Item = KnownFailures> {
    SHIPPED.iter().map(|(_, ledger)| *ledger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/known")).unwrap();
        let mut files: Vec<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| format!("{name}.yaml")).collect();
        assert_eq!(files, shipped, "name the ledger in `SHIPPED`");
        assert_eq!(known_failures("envoy").map(|ledger| ledger.file), Some("harness/subjects/known/envoy.yaml"));
        assert_eq!(known_failures("no-such-subject"), None);
    }
}
