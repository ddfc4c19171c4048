//! How near labels come to a selector that does not select them.

use std::collections::BTreeMap;

/// Labels of an object.
pub(crate) type Labels = BTreeMap<String, String>;

/// How labels differ from a selector; of several the smallest is the nearest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    /// Pairs of the selector whose key is not there, or with a value that looks nothing like it.
    strange: usize,
    /// Pairs with a value that looks like a slip.
    similar: usize,
    /// What differs, for people.
    pub(crate) text: String,
    near: bool,
}

/// Two values are a slip of each other from here on (Jaro-Winkler, 0 to 1).
const SIMILAR: f64 = 0.88;

impl Difference {
    /// How `labels` differ from `selector`; `None` when they do not. `hidden` are labels that do not count for selection.
    pub(crate) fn between(labels: &Labels, hidden: Option<&Labels>, selector: &Labels) -> Option<Self> {
        let (mut strange, mut similar, mut equal, mut in_spec) = (0, 0, 0, 0);
        let mut parts = Vec::new();
        for (key, wanted) in selector {
            match labels.get(key) {
                Some(value) if value == wanted => equal += 1,
                _ if hidden.is_some_and(|hidden| hidden.get(key) == Some(wanted)) => {
                    in_spec += 1;
                    parts.push(format!(
                        "{key}={wanted} is only in spec.labels, which do not count; write it into metadata.labels"
                    ));
                }
                Some(value) => {
                    let slip = strsim::jaro_winkler(value, wanted) >= SIMILAR;
                    if slip {
                        similar += 1
                    } else {
                        strange += 1
                    }
                    parts.push(format!("{key} is `{value}`, not `{wanted}`"));
                }
                None => {
                    strange += 1;
                    parts.push(format!("{key}={wanted} is missing"));
                }
            }
        }
        let near = equal + similar + in_spec > 0;
        (!parts.is_empty()).then(|| Self { strange, similar, text: parts.join(", "), near })
    }

    /// Whether the selector may well have meant these labels.
    pub(crate) fn is_near(&self) -> bool {
        self.near
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
        let difference = Difference::between(&labels(own), Some(&labels(hidden)), &labels(&[("app", "reviews")]));
        let difference = difference.expect("they differ");
        assert_eq!((difference.is_near(), &*difference.text), (near, text));
    }

    #[test]
    fn equal_labels_do_not_differ() {
        assert_eq!(Difference::between(&labels(&[("a", "1"), ("b", "2")]), None, &labels(&[("a", "1")])), None);
    }

    #[test]
    fn the_fewest_strange_pairs_are_nearest() {
        let own = labels(&[("app", "reviews"), ("version", "v1")]);
        let one = Difference::between(&own, None, &labels(&[("app", "reviews"), ("version", "v2")]));
        let two = Difference::between(&own, None, &labels(&[("app", "ratings"), ("version", "v2"), ("tier", "x")]));
        assert!(one < two);
    }
}
