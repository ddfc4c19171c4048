//! Filter expressions: `rule(K-03*) and not id(documented-*)`.

use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

use globset::{Glob, GlobMatcher};
use sextant_scenario::LoadedScenario;

/// Which scenarios are admitted.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// Glob over the id.
    Id(GlobMatcher),
    /// Glob over each of the rules.
    Rule(GlobMatcher),
    /// Glob over the file's path.
    Path(GlobMatcher),
    /// Text in the title, in any case.
    Title(String),
    /// Not this one.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
}

impl Filter {
    /// Whether `scenario` is admitted.
    pub(crate) fn admits(&self, loaded: &LoadedScenario) -> bool {
        let scenario = &loaded.scenario;
        match self {
            Self::Id(glob) => glob.is_match(&scenario.id),
            Self::Rule(glob) => {
                let mut rules = scenario.rules.iter().chain(scenario.steps.iter().flat_map(|step| &step.rules));
                rules.any(|rule| glob.is_match(rule))
            }
            Self::Path(glob) => glob.is_match(&loaded.file),
            Self::Title(text) => scenario.title.to_lowercase().contains(text),
            Self::Not(inner) => !inner.admits(loaded),
            Self::And(left, right) => left.admits(loaded) && right.admits(loaded),
            Self::Or(left, right) => left.admits(loaded) || right.admits(loaded),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parser = Parser { text, rest: text.char_indices().peekable() };
        let filter = parser.any_of()?;
        match parser.peek() {
            None => Ok(filter),
            Some((at, _)) => Err(parser.wrong(at, "`and`, `or` or the end")),
        }
    }
}

/// Recursive descent: `any_of` → `all_of` → `one`; `or` binds loosest.
struct Parser<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.all_of()?;
        while self.takes(&["or", "|"]) {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        Ok(filter)
    }

    fn all_of(&mut self) -> Result<Filter, String> {
        let mut filter = self.one()?;
        while self.takes(&["and", "&"]) {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.takes(&["not", "!"]) {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.takes(&["("]) {
            let filter = self.any_of()?;
            return if self.takes(&[")"]) { Ok(filter) } else { Err(self.wrong_here("`)`")) };
        }
        self.term()
    }

    fn term(&mut self) -> Result<Filter, String> {
        const TERMS: &str = "id(…), rule(…), path(…) or title(…)";
        let start = self.peek().map_or(self.text.len(), |(at, _)| at);
        let name = self.take_while(|c| c.is_ascii_alphabetic());
        if !matches!(name, "id" | "rule" | "path" | "title") || !self.takes(&["("]) {
            return Err(self.wrong(start, TERMS));
        }
        let value = self.take_while(|c| c != ')').trim();
        if !self.takes(&[")"]) {
            return Err(self.wrong_here("`)`"));
        }
        let glob =
            || Glob::new(value).map(|glob| glob.compile_matcher()).map_err(|error| format!("`{value}`: {error}"));
        Ok(match name {
            "id" => Filter::Id(glob()?),
            "rule" => Filter::Rule(glob()?),
            "path" => Filter::Path(glob()?),
            _ => Filter::Title(value.to_lowercase()),
        })
    }

    /// The next character that is not white space, without taking it.
    fn peek(&mut self) -> Option<(usize, char)> {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    /// Takes one of `words` if it is next. A word of letters must not go on with a letter.
    fn takes(&mut self, words: &[&str]) -> bool {
        let Some((at, _)) = self.peek() else { return false };
        let rest = &self.text[at..];
        let found = words.iter().find(|word| {
            rest.strip_prefix(**word).is_some_and(|after| {
                !word.chars().all(char::is_alphabetic) || !after.starts_with(|c: char| c.is_ascii_alphanumeric())
            })
        });
        if let Some(word) = found {
            for _ in word.chars() {
                self.rest.next();
            }
        }
        found.is_some()
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let start = self.peek().map_or(self.text.len(), |(at, _)| at);
        while self.rest.next_if(|(_, c)| keep(*c)).is_some() {}
        let end = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let text: &'a str = self.text;
        &text[start..end]
    }

    fn wrong_here(&mut self, expected: &str) -> String {
        let at = self.peek().map_or(self.text.len(), |(at, _)| at);
        self.wrong(at, expected)
    }

    fn wrong(&self, at: usize, expected: &str) -> String {
        let column = self.text[..at].chars().count() + 1;
        format!("expected {expected} at column {column} of `{}`", self.text)
    }
}
