//! The published schema is the one that the types have.

use serde_json::Value;
use sextant_scenario::{scenario_schema, scenario_schema_text};

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/scenario.schema.json");

#[test]
fn the_published_schema_is_up_to_date() {
    let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
    assert!(
        published == scenario_schema_text(),
        "scenarios/scenario.schema.json differs: \
         `cargo run -p sextant-scenario --example schema > scenarios/scenario.schema.json`"
    );
}

/// Every field and value is described, so that editors have something to show.
#[test]
fn the_schema_describes_every_field() {
    let schema = scenario_schema();
    let definitions = schema["$defs"].as_object().unwrap();
    let own = [
        "Step",
        "Send",
        "Hold",
        "Until",
        "Expect",
        "Shares",
        "Request",
        "ListedStep",
        "Lookup",
        "Settings",
        "ControlPlane",
    ];
    for name in own {
        let fields = definitions[name]["properties"].as_object().unwrap();
        for (field, schema) in fields {
            assert!(schema["description"].is_string(), "{name}.{field} has no description");
        }
    }
}

#[test]
fn durations_are_text_and_a_step_does_one_thing() {
    let schema = scenario_schema();
    assert_eq!(schema.pointer("/$defs/Hold/properties/for/type"), Some(&Value::from("string")));
    assert_eq!(schema.pointer("/$defs/Settings/properties/dnsRefresh/type/0"), Some(&Value::from("string")));
    let one_of = schema.pointer("/$defs/Step/oneOf").unwrap().as_array().unwrap();
    let step = schema.pointer("/$defs/Step/properties").unwrap().as_object().unwrap();
    let actions = step.keys().filter(|key| !["name", "rules", "under"].contains(&key.as_str())).count();
    let checks = schema.pointer("/$defs/Check/oneOf").unwrap().as_array().unwrap();
    assert!(checks.iter().any(|check| check["const"] == "statistical"), "as the loader takes it");
    assert_eq!(one_of.len(), actions, "every action but no other field is a choice");
    assert!(one_of.iter().all(|choice| step.contains_key(choice["required"][0].as_str().unwrap())));
}
