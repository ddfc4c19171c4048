//! The JSON Schema of run records, for whoever reads them with a program.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{API_VERSION, KIND, RunRecord, Verdict};

/// The JSON Schema (draft 2020-12) of a [`RunRecord`]. Fields may be added under one [`API_VERSION`], so it allows
/// unknown ones.
pub fn run_record_schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<RunRecord>();
    let mut schema = Value::from(schema);
    schema["properties"]["apiVersion"]["const"] = json!(API_VERSION);
    schema["properties"]["kind"]["const"] = json!(KIND);
    demand_diagnosis(&mut schema);
    schema
}

/// A failing check owes its rules and what was expected. In a full record, which alone says when the run started, it owes
/// what was observed as well, the evidence, the causes in order, and its scenario the command that repeats it.
fn demand_diagnosis(schema: &mut Value) {
    let failing = json!({ "properties": { "verdict": { "const": Verdict::Fail } } });
    schema["$defs"]["CheckRecord"]["if"] = failing.clone();
    schema["$defs"]["CheckRecord"]["then"] = json!({
        "required": ["mismatch"],
        "properties": {
            "rules": { "minItems": 1 },
            "mismatch": { "type": "object", "properties": { "expected": { "minLength": 1 } } },
        },
    });
    let seen = json!({
        "required": ["causes"],
        "properties": {
            "causes": { "minItems": 1 },
            "mismatch": { "properties": { "observed": { "minLength": 1 }, "evidence": { "minItems": 1 } } },
        },
    });
    let check = json!({ "if": failing, "then": seen });
    schema["if"] = json!({ "properties": { "environment": { "required": ["startedAt"] } } });
    schema["then"] = json!({
        "properties": { "scenarios": { "items": {
            "properties": { "checks": { "items": check }, "repeat": { "minLength": 1 } },
        } } },
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described() {
        let schema = run_record_schema();
        let own = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for definition in own {
            let Some(fields) = definition["properties"].as_object() else { continue };
            for (name, field) in fields {
                assert!(field["description"].is_string(), "{name} has no description: {field}");
            }
        }
    }

    #[test]
    fn timing_may_be_absent_and_a_later_field_may_be_there() {
        let schema = run_record_schema();
        let required = schema.pointer("/$defs/Environment/required").unwrap().as_array().unwrap();
        assert!(!required.contains(&json!("startedAt")) && required.contains(&json!("seed")));
        assert_eq!(schema.get("additionalProperties"), None);
        assert_eq!(schema.pointer("/properties/kind/const"), Some(&json!("RunRecord")));
    }
}
