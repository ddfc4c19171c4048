//! Markdown pages: their fenced code blocks, each with the heading it stands under.

use std::collections::HashMap;
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Extract, Found};
use crate::source::Source;
use crate::{Loaded, Place};

/// A fenced code block of a Markdown page.
#[derive(Clone, Debug)]
pub struct Block {
    /// Text of the nearest heading above it; empty before the first one.
    pub heading: String,
    /// That heading's anchor as GitHub makes it (`1-static-endpoints`); empty before the first heading.
    pub slug: String,
    /// The word after the opening fence (`yaml`); empty when there is none.
    pub language: String,
    /// Where its first line starts.
    pub place: Place,
    /// Its text.
    pub text: String,
    extract: Extract,
    /// Anchors of the heading and of those it stands under, outermost first.
    sections: Vec<String>,
}

impl Block {
    /// Reads the manifests of this block alone. Places are those of the page.
    pub fn load(&self) -> Loaded {
        let mut found = Found::default();
        found.take_block(&self.extract, &self.language);
        Loaded::from_found(found)
    }
}

/// The fenced code blocks of a Markdown page, in order.
///
/// A page that explains variants declares one object again and again; whoever wants one variant picks its block.
pub fn markdown_blocks(file: &Arc<str>, text: &str) -> Vec<Block> {
    Page::new(&Source::new(Arc::clone(file), text)).blocks
}

/// A page that was read.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    /// Anchors of all headings, in order.
    pub(crate) slugs: Vec<String>,
}

impl Page {
    pub(crate) fn new(source: &Arc<Source>) -> Self {
        let mut reader = Reader::new(source);
        let whole = Extract::whole(source);
        let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_GFM;
        for (event, range) in Parser::new_ext(whole.text(), options).into_offset_iter() {
            reader.event(event, whole.offset(range.start));
        }
        reader.page
    }

    /// The documents of every block, or of those under the heading with this anchor and its sub-headings.
    pub(crate) fn find(&self, section: Option<&str>) -> Found {
        let mut found = Found::default();
        let chosen = |block: &&Block| section.is_none_or(|slug| block.sections.iter().any(|above| above == slug));
        for block in self.blocks.iter().filter(chosen) {
            found.take_block(&block.extract, &block.language);
        }
        found
    }
}

/// Follows a page's events.
struct Reader {
    source: Arc<Source>,
    page: Page,
    /// Headings in force, outermost first.
    headings: Vec<Heading>,
    /// How often each anchor was made so far: GitHub numbers repeated ones.
    made: HashMap<String, usize>,
    state: State,
}

struct Heading {
    level: HeadingLevel,
    text: String,
    slug: String,
}

enum State {
    Prose,
    Heading(HeadingLevel, String),
    Code { language: String, start: usize, pieces: Vec<(String, usize)> },
}

impl Reader {
    fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            page: Page::default(),
            headings: Vec::new(),
            made: HashMap::new(),
            state: State::Prose,
        }
    }

    fn event(&mut self, event: Event<'_>, offset: usize) {
        match (event, &mut self.state) {
            (Event::Start(Tag::Heading { level, .. }), _) => self.state = State::Heading(level, String::new()),
            (Event::End(TagEnd::Heading(_)), _) => self.end_heading(),
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))), _) => {
                self.state = State::Code { language: language(&info), start: offset, pieces: Vec::new() };
            }
            (Event::End(TagEnd::CodeBlock), _) => self.end_code(),
            (Event::Text(text) | Event::Code(text), State::Heading(_, heading)) => heading.push_str(&text),
            (Event::SoftBreak, State::Heading(_, heading)) => heading.push(' '),
            (Event::Text(text), State::Code { pieces, .. }) => pieces.push((text.into_string(), offset)),
            _ => {}
        }
    }

    fn end_heading(&mut self) {
        let State::Heading(level, text) = std::mem::replace(&mut self.state, State::Prose) else { return };
        let slug = self.unique(slug(&text));
        self.page.slugs.push(slug.clone());
        self.headings.retain(|heading| heading.level < level);
        self.headings.push(Heading { level, text, slug });
    }

    fn unique(&mut self, slug: String) -> String {
        let times = self.made.entry(slug.clone()).or_default();
        *times += 1;
        if *times == 1 { slug } else { format!("{slug}-{}", *times - 1) }
    }

    fn end_code(&mut self) {
        let State::Code { language, start, pieces } = std::mem::replace(&mut self.state, State::Prose) else { return };
        let extract = Extract::from_pieces(&self.source, pieces.iter().map(|(text, offset)| (text.as_str(), *offset)));
        let nearest = self.headings.last();
        self.page.blocks.push(Block {
            heading: nearest.map(|heading| heading.text.clone()).unwrap_or_default(),
            slug: nearest.map(|heading| heading.slug.clone()).unwrap_or_default(),
            language,
            place: self.source.place(pieces.first().map_or(start, |(_, offset)| *offset)),
            text: extract.text().to_owned(),
            sections: self.headings.iter().map(|heading| heading.slug.clone()).collect(),
            extract,
        });
    }
}

fn language(info: &CowStr<'_>) -> String {
    let first = info.split([' ', ',', '{']).next().unwrap_or_default();
    first.to_ascii_lowercase()
}

/// GitHub's anchor of a heading: lower case, blanks become hyphens, punctuation goes.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|&next| next.is_alphanumeric() || matches!(next, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|next| if next == ' ' { '-' } else { next }).collect()
}
