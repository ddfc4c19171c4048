//! Whatever the input: no panic, no hang, and findings that stand inside the text.

use std::sync::Arc;

use proptest::prelude::*;
use sextant_resources::{Loaded, RenderStyle, load_bytes, load_text};

/// Pieces that texts of manifests, shells and pages are made of, broken ones included.
const PIECES: &[&str] = &[
    "apiVersion: v1\n",
    "apiVersion: networking.istio.io/v1\n",
    "kind: Pod\n",
    "kind: ServiceEntry\n",
    "kind: List\n",
    "metadata:\n",
    "  name: a\n",
    "metadata: {name: b}\n",
    "spec:\n",
    "  hosts: [a, 1, ~]\n",
    "  ports:\n",
    "  - number: 80\n",
    "  - number: \"80\"\n",
    "items:\n",
    "- {apiVersion: v1, kind: Pod, metadata: {name: c}}\n",
    "- ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "---\n",
    "--- ",
    "...\n",
    "%YAML 1.2\n",
    "# comment\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ": ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "<<: *a\n",
    "<<",
    "!!int ",
    "!!str ",
    "? ",
    "no",
    "0x",
    "1e3",
    "é",
    "\u{feff}",
    "\u{0}",
    "\u{1b}",
    "\u{2028}",
    "kubectl apply -f - <<EOF\n",
    "kubectl apply -f - <<-'EOF'\n",
    "kubectl delete -f - <<EOF\n",
    "EOF\n",
    "\tEOF\n",
    "```yaml\n",
    "```\n",
    "# Heading\n",
    "## Same\n",
    "> ",
    "   ",
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"d\"}}",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn file() -> impl Strategy<Value = Arc<str>> {
    prop::sample::select(vec!["in.yaml", "in.md", "<stdin>"]).prop_map(Arc::from)
}

/// Everything a caller may do with what was read.
fn use_all(loaded: &Loaded, lines: usize, path: &str) -> Result<(), TestCaseError> {
    for diagnostic in &loaded.diagnostics {
        prop_assert!(diagnostic.place.line <= lines + 1, "{diagnostic}");
        let rendered = diagnostic.render(RenderStyle::default());
        prop_assert!(rendered.contains(&diagnostic.place.to_string()), "{diagnostic}\n{rendered}");
    }
    for (_, origin) in loaded.resources.iter() {
        prop_assert!(origin.start() <= origin.place("metadata.name"));
        let place = origin.place(path);
        prop_assert!(place.line >= 1 && place.line <= lines + 1 && place.column >= 1);
    }
    Ok(())
}

fn line_count(text: &str) -> usize {
    text.chars().filter(|next| matches!(next, '\n' | '\r')).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_bytes_are_survived(file in file(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let loaded = load_bytes(&file, &bytes);
        use_all(&loaded, line_count(&String::from_utf8_lossy(&bytes)), "spec.a[0]")?;
    }

    #[test]
    fn any_text_is_survived(file in file(), text in "\\PC{0,200}", path in "\\PC{0,20}") {
        use_all(&load_text(&file, &text), line_count(&text), &path)?;
    }

    #[test]
    fn any_mix_of_pieces_is_survived(file in file(), text in pieces(), path in "[a-z.\\[\\]0-9\"]{0,20}") {
        use_all(&load_text(&file, &text), line_count(&text), &path)?;
    }

    #[test]
    fn a_good_document_is_found_behind_any_other(text in pieces()) {
        // A here-document that is still open would rightly swallow it.
        let text = text.replace("<<", "");
        let good = "apiVersion: v1\nkind: Pod\nmetadata: {name: last}\n";
        let loaded = load_text(&"in.yaml".into(), &format!("{text}\n---\n{good}"));
        prop_assert!(loaded.resources.pods.keys().any(|key| &*key.name == "last"), "{:?}", loaded.diagnostics);
    }

    #[test]
    fn the_order_of_documents_never_matters(names in prop::collection::hash_set("[a-c]{1,3}x", 1..6), by in 0_usize..6) {
        let mut documents: Vec<String> =
            names.iter().map(|name| format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n")).collect();
        let keys = |documents: &[String]| -> Vec<_> {
            load_text(&"in.yaml".into(), &documents.concat()).resources.pods.keys().cloned().collect()
        };
        let before = keys(&documents);
        let by = by % documents.len();
        documents.rotate_left(by);
        prop_assert_eq!(keys(&documents), before);
    }
}
