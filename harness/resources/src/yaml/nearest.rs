//! What a misspelt word may have meant.

/// The candidate that `word` most likely stands for, if any is close.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    nearest_within(word, candidates, (word.len() / 3).clamp(1, 3))
}

/// The candidate that differs least from `word`, if one differs by no more than `allowed` slips.
pub(crate) fn nearest_within<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    allowed: usize,
) -> Option<&'c str> {
    let folded = fold(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Case and separators are the commonest slips: `target_port`, `Target-Port`.
fn fold(word: &str) -> Vec<char> {
    word.chars().take(64).filter(char::is_ascii_alphanumeric).map(|next| next.to_ascii_lowercase()).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &to) in right.iter().enumerate() {
            let mut best = (last[column] + usize::from(from != to)).min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && from == right[column - 1] && left[row - 1] == to {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("endpoint", Some("endpoints"))]
    #[case("target_port", Some("targetPort"))]
    #[case("adress", Some("address"))]
    #[case("prots", Some("ports"))]
    #[case("colour", None)]
    #[case("x", None)]
    #[case("Address", Some("address"))]
    #[case("endpoints_", Some("endpoints"))]
    #[case("", None)]
    fn a_slip_finds_the_word_it_stands_for(#[case] word: &str, #[case] meant: Option<&str>) {
        assert_eq!(nearest(word, ["endpoints", "targetPort", "address", "ports"]), meant);
    }

    #[rstest::rstest]
    #[case("", "abc", 3)]
    #[case("abc", "abc", 0)]
    #[case("abc", "acb", 1)]
    #[case("abc", "axc", 1)]
    #[case("abc", "ac", 1)]
    #[case("kitten", "sitting", 3)]
    fn distances(#[case] left: &str, #[case] right: &str, #[case] slips: usize) {
        let (left, right) = (fold(left), fold(right));
        assert_eq!((distance(&left, &right), distance(&right, &left)), (slips, slips));
    }
}
