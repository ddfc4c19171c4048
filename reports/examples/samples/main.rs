//! Writes every sample report and the JSON Schema of the record anew: `cargo run -p sextant-reports --example samples`.
//! The golden tests compare the same renderings with the files byte for byte.

mod render;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, content) in render::all(folder)? {
        std::fs::write(folder.join(file), content)?;
    }
    Ok(())
}
