//! Text of a record made safe to show, and wrapped. Bodies, names and messages come from outside: they may hold
//! control characters, escape codes, characters that reorder the line, and no space to wrap at.

use std::fmt::Write;

use tabled::grid::util::string::get_string_width;

/// Where a word that is too long may be broken, after the character: first between the parts of a path or a name, then
/// within them.
const BREAKS: [&[char]; 2] = [&['/', ',', ';', '&', '|', '='], &['-', ':', '.', '?', '_', ')', ']', '}']];

/// Whether line feeds stay line feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// They stay, for text that may take several lines.
    Many,
    /// They are shown as `\n`, for text that must stay on one.
    One,
}

/// `text` with everything that a screen would obey instead of show written out: control characters as `\n`, `\t` or
/// `\u{1b}`, likewise invisible ones and those that reorder a line; without `unicode`, all beyond ASCII.
pub fn visible(text: &str, lines: Lines, unicode: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' if lines == Lines::Many => shown.push('\n'),
            '\n' | '\r' | '\t' => shown.extend(character.escape_default()),
            _ if is_obeyed(character) || !(unicode || character.is_ascii()) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// [`visible`] on one line, with Unicode.
pub(crate) fn one_line(text: &str) -> String {
    visible(text, Lines::One, true)
}

/// Whether a screen or an XML reader does something with `character` other than show it. The joiners U+200C and
/// U+200D are left alone: several scripts cannot be written without them.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (character as u32) & 0xfffe == 0xfffe
}

/// Columns that `text` takes on a screen. It must hold neither escape codes nor line feeds.
pub(crate) fn width(text: &str) -> usize {
    get_string_width(text)
}

/// `text` in lines of at most `columns`: broken at spaces, within a word only when it is longer than a line (then
/// after punctuation if there is any). Line feeds are kept. A single character wider than `columns` stands alone.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_words(line.split(' '), columns, "")).collect()
}

/// A shell command in lines of at most `columns`, each but the last ending in ` \`, so that it can still be copied as
/// a whole. It is broken at spaces outside quotes; an argument longer than a line is broken like any word.
pub(crate) fn wrap_command(text: &str, columns: usize) -> Vec<String> {
    if width(text) <= columns {
        return vec![text.into()];
    }
    wrap_words(arguments(text), columns.saturating_sub(2), " \\")
}

/// The parts of a command between spaces outside quotes, as written.
fn arguments(command: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let mut escaped = false;
    command.split(move |character| {
        let was_escaped = escaped;
        escaped = character == '\\' && !was_escaped && quote != Some('\'');
        if was_escaped {
            return false;
        }
        match (quote, character) {
            (None, ' ') => return true,
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        false
    })
}

/// Fills lines of at most `columns` with `words`, a space between two of them; every line but the last gets `more`.
fn wrap_words<'a>(words: impl Iterator<Item = &'a str>, columns: usize, more: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for (index, word) in words.enumerate() {
        let gap = usize::from(index > 0);
        let length = width(word);
        if used + gap + length <= columns {
            line.push_str(&" ".repeat(gap));
            line.push_str(word);
            used += gap + length;
            continue;
        }
        let pieces = pieces(word, columns);
        if used > 0 && used + gap + pieces.first().map_or(0, |piece| width(piece)) <= columns && pieces.len() > 1 {
            line.push_str(&" ".repeat(gap));
            used += gap;
        } else {
            if !line.trim_end_matches(' ').is_empty() {
                lines.push(format!("{}{more}", line.trim_end_matches(' ')));
            }
            line.clear();
            used = 0;
        }
        for piece in pieces {
            let length = width(piece);
            if used > 0 && used + length > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(piece);
            used += length;
        }
    }
    lines.push(line);
    lines
}

/// `word` itself if it fits into `columns`, else its parts by the first of [`BREAKS`], those that are still too long by
/// the next, and in the end character by character.
fn pieces(word: &str, columns: usize) -> Vec<&str> {
    let mut pieces = vec![word];
    for breaks in BREAKS {
        let too_long = |piece: &&str| width(piece) > columns;
        if !pieces.iter().any(too_long) {
            return pieces;
        }
        pieces = pieces
            .into_iter()
            .flat_map(|piece| match too_long(&piece) {
                true => piece.split_inclusive(breaks).collect(),
                false => vec![piece],
            })
            .collect();
    }
    let whole = |piece| if width(piece) > columns { characters(piece).collect() } else { vec![piece] };
    pieces.into_iter().flat_map(whole).collect()
}

/// The characters of `text`, each with the marks that sit on it and take no column.
fn characters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut indices = rest.char_indices();
        indices.next()?;
        let end = indices
            .find(|(index, character)| width(&rest[*index..*index + character.len_utf8()]) > 0)
            .map_or(rest.len(), |(index, _)| index);
        let (character, tail) = rest.split_at(end);
        rest = tail;
        Some(character)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a\u{1b}[31mb", "a\\u{1b}[31mb")]
    #[case("a\tb\r\nc", "a\\tb\\r\\nc")]
    #[case("\u{202e}evil", "\\u{202e}evil")]
    #[case("\u{ffff}\u{0}\u{9b}", "\\u{ffff}\\u{0}\\u{9b}")]
    #[case("grüße 世界", "grüße 世界")]
    fn what_a_screen_would_obey_is_written_out(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(one_line(text), shown);
    }

    #[test]
    fn ascii_mode_writes_the_rest_out_and_keeps_lines_when_asked() {
        assert_eq!(visible("é\n1", Lines::Many, false), "\\u{e9}\n1");
    }

    #[rstest]
    #[case("one two three", 7, &["one two", "three"])]
    #[case("one two three", 100, &["one two three"])]
    #[case("a\n\nb", 10, &["a", "", "b"])]
    #[case("  kept indent", 8, &["  kept", "indent"])]
    #[case("gwtest/reviews-workloadentry-1", 16, &["gwtest/reviews-", "workloadentry-1"])]
    #[case("Pod gwtest/reviews-1", 15, &["Pod gwtest/", "reviews-1"])]
    #[case("abcdefghij", 4, &["abcd", "efgh", "ij"])]
    #[case("世界世界", 5, &["世界", "世界"])]
    #[case("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"])]
    #[case("", 5, &[""])]
    fn wrapping_prefers_spaces_then_punctuation(#[case] text: &str, #[case] columns: usize, #[case] lines: &[&str]) {
        assert_eq!(wrap(text, columns), lines);
    }

    #[rstest]
    #[case("sextant run a", 20, &["sextant run a"])]
    #[case("sextant run static --seed 42", 20, &["sextant run static \\", "--seed 42"])]
    #[case("run 'a b c d' next", 14, &["run \\", "'a b c d' \\", "next"])]
    #[case(r#"run "a \" b" next"#, 13, &["run \\", r#""a \" b" \"#, "next"])]
    fn a_wrapped_command_can_be_copied(#[case] text: &str, #[case] columns: usize, #[case] lines: &[&str]) {
        assert_eq!(wrap_command(text, columns), lines);
    }
}
