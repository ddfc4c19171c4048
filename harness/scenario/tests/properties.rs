//! What holds for every input.

use proptest::prelude::*;
use sextant_scenario::{LoadError, load_text};

const EXAMPLE: &str = include_str!("data/example.yaml");

/// What came of a text: no panic, places within the file, excerpts that can be drawn.
fn survives(text: &str) {
    if let Err(LoadError::Faulty(findings)) = load_text("any.yaml", text) {
        assert!(findings.has_errors());
        // To YAML a carriage return alone ends a line.
        let lines = text.split(['\n', '\r']).count();
        for finding in &findings.all {
            assert!(finding.place.line >= 1 && finding.place.line <= lines, "{finding}");
            assert!(finding.place.column >= 1, "{finding}");
        }
        assert!(!findings.render(false).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_text_never_panics_the_loader(text in "\\PC*") {
        survives(&text);
    }

    #[test]
    fn yaml_like_text_never_panics_the_loader(text in "[a-z0-9:\\-\\[\\]{}\"'|>&*!%#@, \n\t\u{e9}\r]{0,200}") {
        survives(&text);
        survives(&format!("kind: Scenario\n{text}"));
    }

    /// The example with some of its bytes replaced: faults deep within a scenario.
    #[test]
    fn a_damaged_scenario_never_panics_the_loader(
        at in prop::collection::vec((0..EXAMPLE.len(), "[a-z0-9:\\-\\[\\]{}\", \n]{0,6}"), 1..6)
    ) {
        let mut text = EXAMPLE.to_owned();
        for (position, instead) in at {
            let position = position.min(text.len());
            let end = (position + instead.len()).min(text.len());
            text.replace_range(position..end, &instead);
        }
        survives(&text);
    }

    /// Every line taken away alone or with its neighbours: missing fields of every kind.
    #[test]
    fn a_scenario_without_some_of_its_lines_never_panics_the_loader(start in 0..160usize, count in 1..8usize) {
        let kept = EXAMPLE.lines().enumerate().filter(|(number, _)| !(start..start + count).contains(number));
        let text: Vec<_> = kept.map(|(_, line)| line).collect();
        survives(&text.join("\n"));
    }
}
