//! Which fields the kinds have that Sextant knows and does not read, and what a misspelt one may have meant.

/// Types that are modelled completely, each with the fields its API has and Sextant does not read. A field that is
/// neither modelled nor listed is a mistake worth a warning. Types that are not listed (those of Pod, Service and the
/// like) are modelled in part: nothing can be said about their unknown fields.
const COMPLETE: &[(&str, &[&str])] = &[
    (
        "ObjectMeta",
        &[
            "generateName",
            "uid",
            "resourceVersion",
            "generation",
            "selfLink",
            "ownerReferences",
            "finalizers",
            "managedFields",
            "deletionGracePeriodSeconds",
            "clusterName",
        ],
    ),
    ("ServiceEntry", OBJECT),
    ("ServiceEntrySpec", &[]),
    ("ServiceEntryPort", &[]),
    ("WorkloadSelector", &[]),
    ("WorkloadEntry", OBJECT),
    ("WorkloadEntrySpec", &[]),
    ("HttpRoute", OBJECT),
    ("HttpRouteSpec", &["useDefaultGateways"]),
    ("ParentRef", &[]),
    ("HttpRouteRule", &["retry", "sessionPersistence"]),
    ("HttpRouteMatch", &[]),
    ("PathMatch", &[]),
    ("HeaderMatch", &[]),
    ("QueryParamMatch", &[]),
    ("BackendRef", &[]),
    ("HttpRouteTimeouts", &[]),
    ("Gateway", OBJECT),
    ("GatewaySpec", &["addresses", "infrastructure", "backendTLS", "tls", "allowedListeners", "defaultScope"]),
    ("GatewayListener", &["tls"]),
    ("AllowedRoutes", &[]),
    ("RouteGroupKind", &[]),
    ("RouteNamespaces", &[]),
    ("LabelSelector", &[]),
    ("LabelSelectorRequirement", &[]),
    ("ReferenceGrant", OBJECT),
    ("ReferenceGrantSpec", &[]),
    ("ReferenceGrantFrom", &[]),
    ("ReferenceGrantTo", &[]),
];

/// What every object has beside its content.
const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "status"];

/// What to say about `key`, which the type does not read: `None` when that is as it should be, else the advice.
///
/// `read` are the fields that the type reads.
pub(super) fn advice(type_name: &str, read: &[&str], key: &str) -> Option<String> {
    let (_, unread) = COMPLETE.iter().find(|(name, _)| *name == type_name)?;
    if unread.contains(&key) {
        return None;
    }
    // `metadata` and the like are no likely meaning of a stray field.
    let known = read.iter().copied().chain(unread.iter().copied().filter(|_| !std::ptr::eq(*unread, OBJECT)));
    Some(match nearest(key, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if read.is_empty() => String::new(),
        None => format!("known here: {}", read.join(", ")),
    })
}

/// The candidate that `word` most likely stands for, if any is close.
pub(super) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
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
    fn a_slip_finds_the_word_it_stands_for(#[case] word: &str, #[case] meant: Option<&str>) {
        assert_eq!(nearest(word, ["endpoints", "targetPort", "address", "ports"]), meant);
    }

    #[test]
    fn fields_that_are_known_and_unread_need_no_advice() {
        assert_eq!(advice("GatewayListener", &["name"], "tls"), None);
        assert_eq!(advice("PodSpec", &["nodeName"], "anything"), None);
        assert_eq!(advice("HttpRoute", &["spec"], "status"), None);
    }

    #[test]
    fn other_fields_get_advice() {
        assert_eq!(advice("BackendRef", &["name", "port"], "prot").as_deref(), Some("did you mean `port`?"));
        assert_eq!(advice("BackendRef", &["name", "port"], "colour").as_deref(), Some("known here: name, port"));
    }
}
