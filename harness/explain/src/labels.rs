//! How near labels come to a selector that does not select them.

use std::collections::BTreeMap;

/// Labels of an object.
pub(crate) type Labels = BTreeMap<String, String>;

/// How far labels are from a selector; of several the smallest is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Distance {
    /// Pairs of the selector whose key is not there, or with a value that looks nothing like it.
    strange: usize,
    /// Pairs with a value that looks like a slip.
    similar: usize,
    /// No pair speaks for these labels.
    far: bool,
}

/// Labels beside a selector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared<'a> {
    pub(crate) labels: &'a Labels,
    /// Labels that do not count for selection.
    pub(crate) hidden: Option<&'a Labels>,
    pub(crate) selector: &'a Labels,
}

/// One pair of a selector.
enum Pair<'a> {
    Equal,
    /// Only in the labels that do not count.
    Hidden,
    Other(&'a str),
    Missing,
}

/// Two values are a slip of each other from here on (Jaro-Winkler, 0 to 1).
const SIMILAR: f64 = 0.88;

impl<'a> Compared<'a> {
    /// Every pair of the selector with what stands for it in the labels.
    fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str, Pair<'a>)> {
        self.selector.iter().map(move |(key, wanted)| {
            let pair = match self.labels.get(key) {
                Some(value) if value == wanted => Pair::Equal,
                _ if self.hidden.is_some_and(|hidden| hidden.get(key) == Some(wanted)) => Pair::Hidden,
                Some(value) => Pair::Other(value),
                None => Pair::Missing,
            };
            (key.as_str(), wanted.as_str(), pair)
        })
    }

    /// How far the labels are; `None` when the selector selects them. Whether a value is a slip of another takes a while to
    /// find out: without `slips` it counts as strange.
    pub(crate) fn distance(self, slips: bool) -> Option<Distance> {
        let (mut strange, mut similar, mut hidden, mut equal) = (0, 0, 0, 0);
        for (_, wanted, pair) in self.pairs() {
            match pair {
                Pair::Equal => equal += 1,
                Pair::Hidden => hidden += 1,
                Pair::Other(value) if slips && strsim::jaro_winkler(value, wanted) >= SIMILAR => similar += 1,
                Pair::Other(_) | Pair::Missing => strange += 1,
            }
        }
        let differs = strange + similar + hidden > 0;
        differs.then_some(Distance { strange, similar, far: equal + similar + hidden == 0 })
    }

    /// What differs, for people; empty when the selector selects the labels.
    pub(crate) fn text(self) -> String {
        let parts = self.pairs().filter_map(|(key, wanted, pair)| match pair {
            Pair::Equal => None,
            Pair::Hidden => Some(format!(
                "{key}={wanted} is only in spec.labels, which do not count; write it into metadata.labels"
            )),
            Pair::Other(value) => Some(format!("{key} is `{value}`, not `{wanted}`")),
            Pair::Missing => Some(format!("{key}={wanted} is missing")),
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl Distance {
    /// Whether the selector may well have meant these labels.
    pub(crate) fn is_near(self) -> bool {
        !self.far
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[rstest]
    #[case::a_slip(&[("app", "review")], &[], true, "app is `review`, not `reviews`")]
    #[case::another_workload(&[("app", "mysql")], &[], false, "app is `mysql`, not `reviews`")]
    #[case::missing(&[], &[], false, "app=reviews is missing")]
    #[case::k_072_in_the_spec(&[], &[("app", "reviews")], true, "app=reviews is only in spec.labels, which do not count; write it into metadata.labels")]
    fn one_pair(#[case] own: &[(&str, &str)], #[case] hidden: &[(&str, &str)], #[case] near: bool, #[case] text: &str) {
        let (own, hidden, selector) = (labels(own), labels(hidden), labels(&[("app", "reviews")]));
        let compared = Compared { labels: &own, hidden: Some(&hidden), selector: &selector };
        let distance = compared.distance(true).expect("they differ");
        assert_eq!((distance.is_near(), compared.text().as_str()), (near, text));
    }

    #[test]
    fn equal_labels_do_not_differ() {
        let (own, selector) = (labels(&[("a", "1"), ("b", "2")]), labels(&[("a", "1")]));
        let compared = Compared { labels: &own, hidden: None, selector: &selector };
        assert_eq!((compared.distance(true), compared.text().as_str()), (None, ""));
    }

    #[test]
    fn the_fewest_strange_pairs_are_nearest() {
        let own = labels(&[("app", "reviews"), ("version", "v1")]);
        let distance = |selector: &[(&str, &str)]| {
            Compared { labels: &own, hidden: None, selector: &labels(selector) }.distance(true).expect("they differ")
        };
        let one = distance(&[("app", "reviews"), ("version", "v2")]);
        let two = distance(&[("app", "ratings"), ("version", "v2"), ("tier", "x")]);
        assert!(one < two);
    }

    #[test]
    fn without_slips_a_similar_value_is_a_strange_one() {
        let (own, selector) = (labels(&[("app", "review")]), labels(&[("app", "reviews")]));
        let compared = Compared { labels: &own, hidden: None, selector: &selector };
        let near = |slips| compared.distance(slips).is_some_and(Distance::is_near);
        assert_eq!((near(true), near(false)), (true, false));
    }
}
