//! Prints the JSON Schema of scenario files, as it is published in `scenarios/scenario.schema.json`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(sextant_scenario::scenario_schema_text().as_bytes())
}
