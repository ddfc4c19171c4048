//! Paths of fields: `spec.endpoints[2].address`, `metadata.labels["app.kubernetes.io/name"]`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step<'p> {
    /// The value of a key.
    Key(Cow<'p, str>),
    /// An item of a list, from 0.
    Index(usize),
}

/// Writes steps as people write them: a key that is no plain word stands in brackets and quotes.
pub fn format_path(steps: &[Step<'_>]) -> String {
    let mut path = String::new();
    for step in steps {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Index(index) => write!(path, "[{index}]"),
            Step::Key(key) if is_plain(key) => {
                write!(path, "{}{key}", if path.is_empty() { "" } else { "." })
            }
            Step::Key(key) => write!(path, "[{key:?}]"),
        };
    }
    path
}

/// The path of a part: `path` starts where `parent` ends. Either may be empty.
pub fn join_paths(parent: &str, path: &str) -> String {
    let dot = if parent.is_empty() || path.is_empty() || path.starts_with('[') { "" } else { "." };
    format!("{parent}{dot}{path}")
}

/// Reads a path. What cannot be read ends it, so that a path always leads somewhere: to an ancestor at worst.
pub fn parse_path(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some((step, after)) = next_step(rest) {
        steps.push(step);
        rest = after;
    }
    steps
}

fn next_step(rest: &str) -> Option<(Step<'_>, &str)> {
    if let Some(inside) = rest.strip_prefix('[') {
        let (step, after) = match inside.chars().next()? {
            quote @ ('"' | '\'') => quoted(&inside[1..], quote)?,
            _ => {
                let end = inside.find(']')?;
                let step = match inside[..end].parse() {
                    Ok(index) => Step::Index(index),
                    Err(_) => Step::Key(inside[..end].into()),
                };
                (step, &inside[end..])
            }
        };
        return Some((step, after.strip_prefix(']')?));
    }
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    (end > 0).then(|| (Step::Key(rest[..end].into()), &rest[end..]))
}

/// The text up to `quote`, where a backslash takes the next character as it is.
fn quoted(text: &str, quote: char) -> Option<(Step<'_>, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => key.push(characters.next()?.1),
            _ if character == quote => return Some((Step::Key(key.into()), &text[at + 1..])),
            _ => key.push(character),
        }
    }
    None
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("spec.endpoints[2].address")]
    #[case("metadata.labels[\"app.kubernetes.io/name\"]")]
    #[case("metadata.annotations[\"a\\\"b\"].x")]
    #[case("items[0][1]")]
    #[case("")]
    fn a_path_is_written_as_it_is_read(#[case] path: &str) {
        assert_eq!(format_path(&parse_path(path)), path);
    }

    #[test]
    fn a_bracket_without_quotes_or_number_is_a_key() {
        assert_eq!(
            parse_path("metadata.labels[app.kubernetes.io/name]"),
            parse_path("metadata.labels[\"app.kubernetes.io/name\"]")
        );
    }

    #[rstest::rstest]
    #[case("spec.ports[", "spec.ports")]
    #[case("spec..x", "spec")]
    #[case("spec[\"open", "spec")]
    #[case(".spec", "spec")]
    fn what_cannot_be_read_ends_the_path(#[case] path: &str, #[case] read: &str) {
        assert_eq!(format_path(&parse_path(path)), read);
    }
}
