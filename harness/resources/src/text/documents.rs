//! A YAML stream, or JSON values in a row, cut into single documents.

use std::ops::Range;

use super::Extract;
use crate::source::Lines;

/// The documents of `text` that hold more than comments, each with its own `---` line and directives.
///
/// A `---` at the start of a line ends a document wherever it stands, in a block scalar or a quoted string too: YAML
/// has no other reading.
pub(crate) fn split(text: &Extract) -> impl Iterator<Item = Extract> {
    let chunks = stream(text.text());
    chunks.into_iter().flat_map(|chunk| json_values(text.text(), chunk)).map(|range| text.part(range))
}

/// Whether a text is meant as a manifest: `apiVersion` or `kind` at its outermost level.
pub(super) fn looks_like_manifest(text: &str) -> bool {
    const KEYS: [&str; 2] = ["apiVersion", "kind"];
    let body = text.trim_start();
    let flow = body.strip_prefix("---").unwrap_or(body).trim_start();
    if flow.starts_with('{') {
        return KEYS.iter().any(|key| flow.contains(key));
    }
    Lines::new(text).any(|line| {
        let line = line.text.trim_start_matches(['"', '\'']);
        KEYS.iter()
            .any(|key| line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':')))
    })
}

fn stream(text: &str) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut content = Content::Nothing;
    for line in Lines::new(text) {
        if is_marker(line.text, "---") {
            // Directives belong to the document that the marker opens.
            if !matches!(content, Content::Directives) {
                if matches!(content, Content::Some) {
                    chunks.push(start..line.start);
                }
                start = line.start;
            }
            content = Content::Opened.with(&line.text[3..]);
        } else if is_marker(line.text, "...") {
            if matches!(content, Content::Some) {
                chunks.push(start..line.start);
            }
            start = line.next;
            content = Content::Nothing;
        } else {
            content = content.with(line.text);
        }
    }
    if matches!(content, Content::Some | Content::Directives) {
        chunks.push(start..text.len());
    }
    chunks
}

/// What was seen of a document so far.
enum Content {
    /// Blank lines and comments.
    Nothing,
    /// Nothing behind a `---`: what looks like a directive here is a faulty line of the document that it opened.
    Opened,
    /// `%YAML` and the like.
    Directives,
    Some,
}

impl Content {
    fn with(self, line: &str) -> Self {
        let blank = line.trim_start();
        match self {
            Self::Some => Self::Some,
            before if blank.is_empty() || blank.starts_with('#') => before,
            Self::Nothing | Self::Directives if line.starts_with('%') => Self::Directives,
            _ => Self::Some,
        }
    }
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Cuts `{…}{…}` as `kubectl` does: one document a value. Anything else stays one document.
fn json_values(text: &str, chunk: Range<usize>) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    let mut at = chunk.start;
    while let Some(end) = json_object_end(&text[at..chunk.end]) {
        values.push(at..at + end);
        at += end;
    }
    let rest_is_blank = text[at..chunk.end].trim_start().is_empty();
    if values.len() > 1 && rest_is_blank { values } else { vec![chunk] }
}

/// The end of the `{…}` that `text` starts with.
fn json_object_end(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    if !text[start..].starts_with('{') {
        return None;
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[rstest::rstest]
    #[case::one("a: 1\n", &["a: 1\n"])]
    #[case::two("a: 1\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"])]
    #[case::without_content("---\n# nothing\n---\n\n---\na: 1\n", &["---\na: 1\n"])]
    #[case::comment_before("# comment\n---\na: 1", &["---\na: 1"])]
    #[case::directive("%YAML 1.2\n---\na: 1\n", &["%YAML 1.2\n---\na: 1\n"])]
    #[case::directive_too_late("---\n%YAML 1.2\n---\na: 1\n", &["---\n%YAML 1.2\n", "---\na: 1\n"])]
    #[case::content_behind_the_marker("--- {a: 1}\n--- {b: 2}\n", &["--- {a: 1}\n", "--- {b: 2}\n"])]
    #[case::not_a_marker("a: |\n  ---\n  b\n----: 1\n", &["a: |\n  ---\n  b\n----: 1\n"])]
    #[case::end_marker("a: 1\n...\n", &["a: 1\n"])]
    #[case::windows("a: 1\r\n---\r\nb: 2\r\n", &["a: 1\r\n", "---\r\nb: 2\r\n"])]
    #[case::nothing("", &[])]
    #[case::only_a_byte_order_mark("\u{feff}", &[])]
    fn a_stream_is_cut_at_its_markers(#[case] text: &str, #[case] documents: &[&str]) {
        let found: Vec<_> = split(&Extract::whole(&Source::new("f", text))).collect();
        assert_eq!(found.iter().map(Extract::text).collect::<Vec<_>>(), documents);
        assert!(found.iter().all(|document| text[document.offset(0)..].starts_with(document.text())));
    }
}
