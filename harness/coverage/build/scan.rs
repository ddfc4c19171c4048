//! Finds the tests of a Rust file and the rules that they name.
//!
//! A test names a rule where a person reads it: in its name (`k_031_…`) or that of one of its cases, in a comment or doc
//! comment on it or in it, or in what it asserts (`"K-031"`). What stands beside tests names nothing.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, Macro};

/// A test that names rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// Its function.
    pub(crate) name: String,
    /// Line of its name, from 1.
    pub(crate) line: usize,
    /// Rules that it names, such as `K-031`, in order.
    pub(crate) rules: Vec<String>,
}

/// The tests of a file that name rules.
pub(crate) fn tests(source: &str) -> syn::Result<Vec<Test>> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder { lines: source.lines().collect(), tests: Vec::new() };
    finder.visit_file(&file);
    Ok(finder.tests.into_iter().filter(|test| !test.rules.is_empty()).collect())
}

struct Finder<'s> {
    lines: Vec<&'s str>,
    tests: Vec<Test>,
}

impl Finder<'_> {
    /// Adds the test of this name whose text is in these lines, from 1.
    fn add(&mut self, name: &proc_macro2::Ident, first: usize, last: usize) {
        let text = self.lines[self.comments_above(first) - 1..last].join("\n");
        self.tests.push(Test { name: name.to_string(), line: name.span().start().line, rules: rules(&text) });
    }

    /// The first line of the comments that stand right above `line`.
    fn comments_above(&self, line: usize) -> usize {
        let above = self.lines[..line - 1].iter().rev();
        line - above.take_while(|line| line.trim_start().starts_with("//")).count()
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if function.attrs.iter().any(is_test) {
            let first = function.attrs.first().map_or_else(|| function.span(), Spanned::span).start().line;
            self.add(&function.sig.ident, first, function.block.span().end().line);
        }
        visit::visit_item_fn(self, function);
    }

    /// `proptest! { #[test] fn … }`: its functions are no Rust, so they are found by their tokens.
    fn visit_macro(&mut self, called: &'ast Macro) {
        if called.path.segments.last().is_some_and(|segment| segment.ident == "proptest") {
            for (name, first, last) in functions(called.tokens.clone()) {
                self.add(&name, first, last);
            }
        }
    }
}

/// `#[test]`, `#[tokio::test]`, `#[rstest]`.
fn is_test(attribute: &Attribute) -> bool {
    let path = attribute.path().segments.last();
    path.is_some_and(|segment| segment.ident == "test" || segment.ident == "rstest")
}

/// Name, first and last line of each `fn` at the top of `tokens`.
fn functions(tokens: TokenStream) -> Vec<(proc_macro2::Ident, usize, usize)> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found: Vec<(proc_macro2::Ident, usize, usize)> = Vec::new();
    let mut first = None;
    for (place, token) in tokens.iter().enumerate() {
        let span = token.span();
        first.get_or_insert_with(|| span.start().line);
        match (token, tokens.get(place + 1)) {
            (TokenTree::Ident(word), Some(TokenTree::Ident(name))) if word == "fn" => {
                found.push((name.clone(), first.unwrap_or_default(), span.end().line));
            }
            (TokenTree::Group(group), _) if group.delimiter() == proc_macro2::Delimiter::Brace => {
                if let Some((_, _, last)) = found.last_mut() {
                    *last = span.end().line;
                }
                first = None;
            }
            _ => {}
        }
    }
    found
}

/// The rules that `text` names, as `K-031` or as `k_031`.
fn rules(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character)));
    let mut rules = BTreeSet::new();
    for word in words {
        let parts: Vec<&str> = word.split(['-', '_']).collect();
        for pair in parts.windows(2) {
            rules.extend(rule(pair[0], pair[1]));
        }
    }
    rules.into_iter().collect()
}

/// The rule of this family and number; a case or test may have a letter behind it to tell it from others.
fn rule(family: &str, number: &str) -> Option<String> {
    let digits = match family {
        "K" | "I" | "E" | "V" | "L" | "P" | "F" | "k" | "i" | "e" | "v" | "l" | "p" | "f" => 3,
        "D" | "A" | "d" | "a" => 2,
        _ => return None,
    };
    let matches = number.len() == digits && number.bytes().all(|byte| byte.is_ascii_digit());
    matches.then(|| format!("{}-{number}", family.to_ascii_uppercase()))
}
