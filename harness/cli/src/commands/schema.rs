//! `sextant schema`: the published shapes.

use std::io::Write;

use crate::args::SchemaOf;
use crate::exit::Exit;

/// Prints a JSON Schema.
pub(crate) fn run(of: SchemaOf) -> anyhow::Result<Exit> {
    let schema = match of {
        SchemaOf::Scenario => sextant_scenario::scenario_schema_text(),
        SchemaOf::Adapter => sextant_subjects::adapter_schema_text(),
        SchemaOf::AdapterMessages => sextant_subjects::adapter_messages_schema_text(),
        SchemaOf::RunRecord => sextant_reports::schema(),
    };
    std::io::stdout().write_all(schema.as_bytes())?;
    Ok(Exit::Passed)
}
