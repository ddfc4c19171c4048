//! Weighted round robin without chance: who has which turn is a function of the turn's number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The longest cycle that is kept as a table.
const LONGEST_TABLE: u64 = 65_536;

/// The order in which weighted choices take turns: over one cycle each comes up exactly as often as its weight says,
/// and turns of one choice are spread as evenly as they can be.
///
/// A picker needs only a counter: turn `n` goes to `choice(n)`. That makes picking lock-free and exact across cores.
///
/// A cycle has as many turns as the weights add up to once their common factor is taken out. Up to 65,536 turns are
/// computed beforehand, so that after any number of turns each choice is less than one turn away from its share; hence
/// any stretch of turns is less than two away. Longer cycles are just as exact over the whole cycle, but need no table:
/// turns are dealt in steps of about the golden section, where the distance from a share grows with the logarithm of the
/// number of turns (below four turns for the cycles tested), and picking is a binary search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    plan: Plan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Plan {
    /// Who has each turn.
    Table(Box<[u32]>),
    /// Turn n goes to whoever owns the point n × stride, modulo the length.
    Strides {
        /// Each choice with the end of its points, ascending.
        ends: Box<[(u64, u32)]>,
        length: u64,
        /// Has no factor in common with the length, so that a cycle visits every point once.
        stride: u64,
    },
}

impl Default for Plan {
    fn default() -> Self {
        Self::Table(Box::default())
    }
}

impl Schedule {
    /// The schedule for `weights`; a weight of 0 never comes up. Empty when every weight is 0.
    pub fn new(weights: &[u32]) -> Self {
        let factor = weights.iter().fold(0, |factor, weight| gcd(factor, u64::from(*weight)));
        let positive = weights.iter().zip(0..).filter(|(weight, _)| **weight > 0);
        let shares: Vec<_> = positive.map(|(weight, choice)| (u64::from(*weight) / factor, choice)).collect();
        let length = shares.iter().map(|(weight, _)| weight).sum();
        let plan = if length <= LONGEST_TABLE { table(&shares, length) } else { strides(&shares, length) };
        Self { plan }
    }

    /// Turns in a cycle; 0 when there is nobody.
    pub fn cycle(&self) -> u64 {
        match &self.plan {
            Plan::Table(turns) => turns.len() as u64,
            Plan::Strides { length, .. } => *length,
        }
    }

    /// Who has turn `turn`: an index into the weights, or `None` when there is nobody.
    pub fn choice(&self, turn: u64) -> Option<usize> {
        match &self.plan {
            Plan::Table(turns) if turns.is_empty() => None,
            Plan::Table(turns) => Some(turns[(turn % turns.len() as u64) as usize] as usize),
            Plan::Strides { ends, length, stride } => {
                let point = (u128::from(turn % length) * u128::from(*stride) % u128::from(*length)) as u64;
                let place = ends.partition_point(|(end, _)| *end <= point);
                ends.get(place).map(|(_, choice)| *choice as usize)
            }
        }
    }
}

/// Tijdeman's rule (The chairman assignment problem, 1980). With n choices and ε = 1/(2n-2), a choice may have its turn
/// number j (from 0) once its share has reached j + ε, and must have had it before its share passes j + 1 - ε; each turn
/// goes to the choice that may and must soonest. That keeps every choice within 1 - ε turns of its share.
fn table(shares: &[(u64, u32)], length: u64) -> Plan {
    let fine = (2 * shares.len() as u64).saturating_sub(2).max(1);
    let from = |choice: usize, turn: u64| ((turn * fine + 1) * length).div_ceil(shares[choice].0 * fine);
    let until = |choice: usize, turn: u64| ((turn + 1) * fine - 1) * length / (shares[choice].0 * fine);
    let mut waiting: BinaryHeap<_> = (0..shares.len()).map(|choice| Reverse((from(choice, 0), choice, 0))).collect();
    let mut ready = BinaryHeap::new();
    let mut turns = Vec::with_capacity(length as usize);
    for now in 1..=length {
        while let Some(Reverse((from, choice, turn))) = waiting.peek().copied()
            && from <= now
        {
            waiting.pop();
            ready.push(Reverse((until(choice, turn), choice, turn)));
        }
        let Some(Reverse((_, choice, turn))) = ready.pop() else { break };
        turns.push(shares[choice].1);
        if turn + 1 < shares[choice].0 {
            waiting.push(Reverse((from(choice, turn + 1), choice, turn + 1)));
        }
    }
    Plan::Table(turns.into())
}

fn strides(shares: &[(u64, u32)], length: u64) -> Plan {
    let ends = shares.iter().scan(0, |end, (weight, choice)| {
        *end += weight;
        Some((*end, *choice))
    });
    let ends = ends.collect();
    // The sum of the continued fraction's quotients bounds how uneven the steps are, and is least near the golden
    // section; of the strides around it the best one without a factor in common is taken.
    let golden = (u128::from(length) * 618_034 / 1_000_000) as u64;
    let strides = (golden - 500..golden + 500).filter(|stride| gcd(*stride, length) == 1);
    let stride = strides.min_by_key(|stride| quotients(*stride, length)).unwrap_or(1);
    Plan::Strides { ends, length, stride }
}

/// Sum of the quotients of the continued fraction of a / b.
fn quotients(a: u64, b: u64) -> u64 {
    b.checked_div(a).map_or(0, |quotient| quotient + quotients(b % a, a))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests;
