//! The JSON Schema of scenario files, for editors and for whoever writes scenarios with a program.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::Scenario;
use crate::view::Action;

/// The JSON Schema (draft 2020-12) of a scenario file, with every field described. It knows the shape, not what only
/// [`crate::load`] can tell.
pub fn scenario_schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    let mut schema = Value::from(schema);
    // What a derived schema cannot say: a step does exactly one thing.
    if let Some(step) = schema.pointer_mut("/$defs/Step") {
        step["oneOf"] = Action::WORDS.iter().map(|word| json!({ "required": [word] })).collect();
    }
    // Nor that a variant may be given by its word alone when all its fields may be left out.
    if let Some(Value::Array(variants)) = schema.pointer_mut("/$defs/Check/oneOf") {
        let description = variants.last().and_then(|variant| variant.get("description")).cloned();
        variants.push(json!({ "type": "string", "const": "statistical", "description": description }));
    }
    schema["properties"]["kind"]["const"] = json!("Scenario");
    schema["properties"]["apiVersion"]["const"] = json!(crate::SCENARIO_API_VERSION);
    schema
}

/// [`scenario_schema`] as it stands in `scenarios/scenario.schema.json`.
pub fn scenario_schema_text() -> String {
    format!("{:#}\n", scenario_schema())
}
