//! The bytes of a file to text.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::Source;

/// A NUL among the first bytes tells binary files from text, as `git` and `grep` have it.
const BINARY_PROBE: usize = 8000;

/// What could be made of some bytes.
pub(super) struct Text {
    pub(super) source: Arc<Source>,
    /// Replacement characters stand for bytes that were no text.
    pub(super) is_lossy: bool,
    /// It was never meant to be text.
    pub(super) is_binary: bool,
}

impl Text {
    pub(super) fn new(file: &Arc<str>, bytes: &[u8]) -> Self {
        let utf16 = utf16(bytes);
        let is_text = utf16.is_some() || std::str::from_utf8(bytes).is_ok();
        let text = utf16.map_or_else(|| String::from_utf8_lossy(bytes), Cow::Owned);
        let is_binary = !is_text && bytes.iter().take(BINARY_PROBE).any(|&byte| byte == 0);
        Self { source: Source::new(Arc::clone(file), text), is_lossy: !is_text, is_binary }
    }
}

/// The text of bytes that start with a UTF-16 byte order mark, as some shells of Windows write redirected output.
fn utf16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|&pair| unit(pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}
