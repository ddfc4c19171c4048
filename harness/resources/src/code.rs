//! Every code a loader's finding can have: what it means and what to do.

use crate::Severity;

/// A row of the table of findings.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name, such as `R-003`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it means, in a phrase that fits into a message.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($name:ident = $id:literal $severity:ident, $meaning:literal, $remedy:literal;)*) => {
        $(pub(crate) const $name: Code =
            Code { id: $id, severity: Severity::$severity, meaning: $meaning, remedy: $remedy };)*

        /// All codes of the loader, in order. Validation has its own.
        pub const CODES: &[Code] = &[$($name),*];
    };
}

codes! {
    NOT_TEXT = "R-001" Error, "the text is not UTF-8", "save the file as UTF-8";
    SYNTAX = "R-002" Error, "the document is neither YAML nor JSON", "mend the place shown; what is wrong may start above it";
    DUPLICATE_KEY = "R-003" Error, "a key stands twice in one mapping", "remove one of the two, or merge their values";
    LIMIT = "R-004" Error, "the document is nested too deeply or its aliases expand to too much", "split the document or write the values out";
    NOT_AN_OBJECT = "R-005" Error, "the document is not a mapping", "a manifest starts with apiVersion and kind";
    NO_TYPE = "R-006" Error, "apiVersion or kind is missing", "say which kind of object this is";
    NO_NAME = "R-007" Error, "metadata.name is missing", "give the object a name";
    GENERATED_NAME = "R-008" Error, "generateName needs an API server to choose the name", "give metadata.name instead";
    WRONG_TYPE = "R-009" Error, "a field has the wrong type", "write the value as the field's type";
    WRONG_VALUE = "R-010" Error, "a value is outside what its field can hold", "use one of the values that the message names";
    UNREAD_VERSION = "R-011" Warning, "the apiVersion is none that Sextant reads for this kind", "use a version that the message names";
    UNKNOWN_FIELD = "R-012" Warning, "the field is not part of the kind and was ignored", "see whether it is misspelt or stands at the wrong level";
    UNKNOWN_KIND = "R-013" Note, "Sextant does not read this kind", "nothing; it takes no part in routing";
    REPLACED = "R-014" Warning, "an object is given twice and the later one counts", "remove one of the two, or pick one block of a page by its heading";
    UNCLOSED_HERE_DOCUMENT = "R-015" Warning, "the here-document is not closed; it was read to the end of the text", "end it with its closing word on a line of its own";
    DELETED = "R-016" Note, "manifests that a command deletes were skipped", "nothing";
    NOTHING_FOUND = "R-017" Note, "no manifest was found", "see whether this is the file you meant";
    SHELL_EXPANDS = "R-018" Warning, "a shell would replace `$…` in this here-document; it was read as it stands", "write the values out, or quote the closing word: <<'EOF'";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_without_gaps() {
        for (index, code) in CODES.iter().enumerate() {
            assert_eq!(code.id, format!("R-{:03}", index + 1));
        }
    }
}
