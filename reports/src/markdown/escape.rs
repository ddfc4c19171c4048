//! Text of a record made harmless in Markdown, in the three places where it stands.
//!
//! Structure is denied by character references rather than by backslashes: those also hold inside HTML and in the
//! cells of tables, where a backslash does not protect everything.

use std::fmt::Write;

use crate::figures::ABSENT;
use crate::text::one_line;

/// Text for people on one line: shown as it is, never as markup.
pub(crate) fn prose(text: &str) -> String {
    if text.is_empty() { ABSENT.into() } else { html(text) }
}

/// A name, an address or the like. It stands as code, so nothing in it is taken for a mention, an issue number or
/// `:100:`, a symbol. Empty text gives `-`.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    match text.as_str() {
        "" => ABSENT.into(),
        _ if text.contains(['`', '|']) || text.trim() != text => format!("<code>{}</code>", html(&text)),
        _ => format!("`{text}`"),
    }
}

/// Text inside HTML elements, and the content of [`prose`].
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' | '#' | '$' | '*' | '@' | '[' | '\\' | ']' | '^' | '_' | '`' | '|' | '~' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Lines of text as they are. The fence is longer than any run of backticks in them.
pub(super) fn fenced(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{text}\n{fence}")
}
