use rstest::rstest;

use sextant_resources::{Source, yaml};

use super::*;

const TEXT: &str = "\
id: one
steps:
  - name: first
    send:
      of: { \"1.1.1.1:80\": 1, a.b: 2 }
      list: [x, y]
  - name: second
";

fn places() -> Places {
    let document = yaml::documents(&Source::new("a.yaml", TEXT)).remove(0);
    let root = document.read(yaml::Keys::AsWritten).root.unwrap();
    Places::new(document, root)
}

#[rstest]
#[case::document("", 1, 1)]
#[case::key("id", 1, 1)]
#[case::key_of_a_map("steps", 2, 1)]
#[case::element("steps[0]", 3, 5)]
#[case::deep("steps[0].send", 4, 5)]
#[case::quoted_key("steps[0].send.of[\"1.1.1.1:80\"]", 5, 13)]
#[case::key_with_a_dot("steps[0].send.of[\"a.b\"]", 5, 30)]
#[case::scalar_element("steps[0].send.list[1]", 6, 17)]
#[case::second("steps[1].name", 7, 5)]
#[case::absent_field("steps[1].send.expect.status", 7, 5)]
#[case::absent_element("steps[7].name", 2, 1)]
#[case::absent_key("steps[0].send.of[\"2.2.2.2:80\"]", 5, 7)]
#[case::nonsense("]]..[[", 1, 1)]
#[case::not_ascii("ä[ö.ü", 1, 1)]
fn a_path_has_the_place_of_itself_or_of_its_nearest_ancestor(
    #[case] path: &str,
    #[case] line: usize,
    #[case] column: usize,
) {
    let place = places().place(path);
    assert_eq!((place.file.as_str(), place.line, place.column), ("a.yaml", line, column));
}

#[test]
fn values_are_underlined_when_they_are_scalars_and_their_keys_otherwise() {
    let under = |excerpt: Excerpt| &TEXT[excerpt.span()];
    assert_eq!(under(places().value("steps[0].name")), "first");
    assert_eq!(under(places().name("steps[0].name")), "name");
    assert_eq!(under(places().value("steps[0].send")), "send");
}
