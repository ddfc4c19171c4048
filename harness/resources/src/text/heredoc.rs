//! Here-documents of a shell: the manifests that people pipe into `kubectl apply -f -`.

use std::ops::Range;

use crate::source::{Line, Lines};

/// One here-document. Offsets are those of the text it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HereDocument {
    /// The command, without its line break.
    pub(super) command: Range<usize>,
    /// The lines between the command and the closing word.
    pub(super) body: Range<usize>,
    /// First byte behind the closing word's line.
    pub(super) end: usize,
    /// What the command does with the body.
    pub(super) purpose: Purpose,
    /// False when the text ends before the closing word.
    pub(super) is_closed: bool,
    /// `<<-`: the shell takes the tabs in front of each line away.
    pub(super) strips_tabs: bool,
    /// The word is not quoted, so the shell replaces `$NAME` in the body.
    pub(super) expands: bool,
}

/// What a command does with its here-document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Hands it to the API server.
    Apply,
    /// Takes its objects away.
    Delete,
    /// Something else: writes a file, feeds a script.
    Other,
}

/// Finds the here-documents of commands that start at the first column, where YAML keeps its keys.
///
/// A here-document inside a block scalar (a script in a ConfigMap) is indented, so it is none of ours.
pub(super) fn find(text: &str) -> Vec<HereDocument> {
    let mut found = Vec::new();
    if !text.contains("<<") {
        return found;
    }
    let mut lines = Lines::new(text);
    while let Some(first) = lines.next() {
        if !starts_command(first.text) {
            continue;
        }
        let last = continued(first, &mut lines);
        let command = first.start..last.start + last.text.len();
        if let Some(redirect) = redirect(&text[command.clone()]) {
            found.push(read(&mut lines, text, command, last.next, redirect));
        }
    }
    found
}

/// Whether the shell would replace something in `body`.
pub(super) fn has_expansion(body: &str) -> bool {
    let dollar = body.match_indices('$').any(|(at, _)| {
        let is_escaped = body[..at].ends_with('\\');
        !is_escaped
            && body[at + 1..].starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '_' | '{' | '('))
    });
    dollar || body.contains('`')
}

struct Redirect<'t> {
    word: &'t str,
    is_quoted: bool,
    strips_tabs: bool,
}

fn read(
    lines: &mut Lines<'_>,
    text: &str,
    command: Range<usize>,
    start: usize,
    redirect: Redirect<'_>,
) -> HereDocument {
    let purpose = purpose(&text[command.clone()]);
    let mut body = start..start;
    let mut end = start;
    let mut is_closed = false;
    for line in lines.by_ref() {
        end = line.next;
        let tabless = if redirect.strips_tabs { line.text.trim_start_matches('\t') } else { line.text };
        // A shell demands the bare word; blanks behind it come from copying and cannot be part of a manifest.
        if tabless.trim_end() == redirect.word {
            is_closed = true;
            break;
        }
        body.end = line.next;
    }
    let Redirect { is_quoted, strips_tabs, .. } = redirect;
    HereDocument { command, body, end, purpose, is_closed, strips_tabs, expands: !is_quoted }
}

/// A line at the first column that reads as a command, after a prompt perhaps, and not as YAML.
fn starts_command(line: &str) -> bool {
    let command = line.strip_prefix("$ ").unwrap_or(line);
    let first_word = command.split([' ', '\t']).next().unwrap_or_default();
    command.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '.' | '_' | '('))
        && !first_word.ends_with(':')
}

/// The last line of a command that backslashes continue.
fn continued<'t>(first: Line<'t>, lines: &mut Lines<'t>) -> Line<'t> {
    let mut last = first;
    while last.text.ends_with('\\') {
        match lines.next() {
            Some(next) => last = next,
            None => break,
        }
    }
    last
}

/// The `<<WORD` of a command. `<<<` is a here-string, `: ` before it a YAML key.
fn redirect(command: &str) -> Option<Redirect<'_>> {
    let at = command.match_indices("<<").map(|(at, _)| at).find(|&at| !command[at + 2..].starts_with('<'))?;
    if command[..at].contains(": ") || command[..at].ends_with('<') {
        return None;
    }
    let rest = &command[at + 2..];
    let (strips_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches([' ', '\t']);
    for quote in ['\'', '"'] {
        if let Some(quoted) = rest.strip_prefix(quote) {
            let word = &quoted[..quoted.find(quote)?];
            return (!word.is_empty()).then_some(Redirect { word, is_quoted: true, strips_tabs });
        }
    }
    let (is_quoted, rest) = rest.strip_prefix('\\').map_or((false, rest), |rest| (true, rest));
    let end =
        rest.find(|next: char| !next.is_alphanumeric() && !matches!(next, '_' | '-' | '.' | '!')).unwrap_or(rest.len());
    let word = &rest[..end];
    // `1<<2` shifts bits.
    let is_word = word.starts_with(|first: char| first.is_alphabetic() || first == '_');
    is_word.then_some(Redirect { word, is_quoted, strips_tabs })
}

fn purpose(command: &str) -> Purpose {
    let mut words = command.split_whitespace().map(|word| word.trim_start_matches(['|', '(', ';', '&']));
    let reads_manifests = ["-f -", "-f-", "-f=-", "--filename"].iter().any(|option| command.contains(option));
    let is_kubectl =
        words.any(|word| matches!(word, "kubectl" | "oc" | "k" | "istioctl" | "k3s") || word.ends_with("/kubectl"));
    if !is_kubectl || !reads_manifests {
        return Purpose::Other;
    }
    match words.find(|word| matches!(*word, "apply" | "create" | "replace" | "delete")) {
        Some("delete") => Purpose::Delete,
        Some(_) => Purpose::Apply,
        None => Purpose::Other,
    }
}
