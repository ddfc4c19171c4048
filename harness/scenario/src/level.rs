//! How much a promise binds.

use sextant_catalogue::{self as catalogue, rule};
use sextant_verdict::Level;

/// The level of a promise that comes from `rules`: that of the strictest. A rule of which the catalogue states no level, such
/// as a section of the Gateway API, binds; so does a promise that names no rule. Of what is informational or left to the
/// implementation nothing is demanded: a promise about it is at most a *should*.
pub fn level(rules: &[String]) -> Level {
    let of = |id: &String| match rule(id).map(|rule| rule.level) {
        None | Some(catalogue::Level::Must) => Level::Must,
        Some(catalogue::Level::Should | catalogue::Level::Informational | catalogue::Level::Implementation) => {
            Level::Should
        }
    };
    rules.iter().map(of).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// K-031 is a must, K-020 a should and K-011 informational in the catalogue; GW- and P- rules have no level there.
    #[rstest]
    #[case(&[], Level::Must)]
    #[case(&["K-031"], Level::Must)]
    #[case(&["K-020"], Level::Should)]
    #[case(&["K-011"], Level::Should)]
    #[case(&["K-020", "K-031"], Level::Must)]
    #[case(&["K-020", "GW-HTTPRoute"], Level::Must)]
    fn the_strictest_rule_decides(#[case] rules: &[&str], #[case] expected: Level) {
        let rules: Vec<_> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        assert_eq!(level(&rules), expected);
    }
}
