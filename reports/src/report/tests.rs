use rstest::rstest;

use super::Report;

#[rstest]
#[case("scenarios/documented/static.yaml", "documented")]
#[case("/home/u/x/scenarios/dns/life/ttl.yaml", "dns/life")]
#[case("./scenarios/one.yaml", "scenarios")]
#[case("my/own/case.yaml", "own")]
#[case("case.yaml", "scenarios")]
#[case("", "scenarios")]
#[case("C:\\work\\scenarios\\dns\\a.yaml", "dns")]
fn a_scenario_is_filed_under_its_concept(#[case] file: &str, #[case] folder: &str) {
    assert_eq!(Report::folder(file), folder);
}
