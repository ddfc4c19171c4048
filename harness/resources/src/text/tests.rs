use rstest::rstest;

use crate::{Diagnostic, Loaded, load_text, markdown_blocks};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

fn names(loaded: &Loaded) -> Vec<String> {
    loaded.resources.iter().map(|(object, origin)| format!("{object} {}", origin.place("metadata.name"))).collect()
}

fn codes(loaded: &Loaded) -> Vec<(&str, usize)> {
    loaded.diagnostics.iter().map(|found: &Diagnostic| (found.code, found.place.line)).collect()
}

fn shell(text: &str) -> Loaded {
    load_text(&"in.sh".into(), text)
}

#[rstest]
#[case::plain("kubectl apply -f - <<EOF\n", "EOF\n")]
#[case::quoted("kubectl apply -f - <<'EOF'\n", "EOF\n")]
#[case::double_quoted("kubectl apply -f - << \"END OF IT\"\n", "END OF IT\n")]
#[case::escaped("kubectl apply -f - <<\\EOF\n", "EOF\n")]
#[case::any_word("kubectl create -n x -f - <<_manifest-1\n", "_manifest-1\n")]
#[case::piped("cat <<EOF | kubectl apply -f -\n", "EOF\n")]
#[case::prompt("$ kubectl apply -f - <<EOF\n", "EOF\n")]
#[case::absolute("/usr/bin/kubectl apply -f- <<EOF\n", "EOF\n")]
#[case::blanks_behind_the_word("kubectl apply -f - <<EOF\n", "EOF  \n")]
#[case::no_last_line_break("kubectl apply -f - <<EOF\n", "EOF")]
#[case::to_a_file("cat > pod.yaml <<EOF\n", "EOF\nkubectl apply -f pod.yaml\n")]
#[case::crlf("kubectl apply -f - <<EOF\r\n", "EOF\r\n")]
fn here_documents_are_read(#[case] command: &str, #[case] end: &str) {
    let loaded = shell(&format!("{command}{POD}{end}"));
    assert_eq!(names(&loaded), ["Pod default/a in.sh:5:9"]);
    assert_eq!(codes(&loaded), []);
}

#[test]
fn a_command_may_go_on_over_lines() {
    let loaded = shell(&format!("kubectl apply \\\n  -f - <<EOF\n{POD}EOF\n"));
    assert_eq!(names(&loaded), ["Pod default/a in.sh:6:9"]);
}

#[test]
fn tabs_that_the_shell_takes_off_do_not_shift_places() {
    let loaded = shell("kubectl apply -f - <<-EOF\n\tapiVersion: v1\n\tkind: Pod\n\tmetadata:\n\t  name: a\n\tEOF\n");
    assert_eq!(names(&loaded), ["Pod default/a in.sh:5:10"]);
    assert_eq!(codes(&loaded), []);
}

#[test]
fn commands_and_manifests_may_alternate() {
    let text = format!(
        "kubectl create namespace x\nkubectl apply -f - <<EOF\n{POD}EOF\n\n# then\nkubectl apply -f - <<EOF\n{}---\n{}EOF\n---\n{}",
        POD.replace(": a", ": b"),
        POD.replace(": a", ": c"),
        POD.replace(": a", ": d"),
    );
    let loaded = shell(&text);
    assert_eq!(
        names(&loaded),
        ["Pod default/a in.sh:6:9", "Pod default/b in.sh:14:9", "Pod default/c in.sh:19:9", "Pod default/d in.sh:25:9"]
    );
    assert_eq!(codes(&loaded), []);
}

#[test]
fn a_here_document_that_is_not_closed_is_read_with_a_warning() {
    let loaded = shell(&format!("kubectl apply -f - <<EOF\n{POD}"));
    assert_eq!(names(&loaded), ["Pod default/a in.sh:5:9"]);
    assert_eq!(codes(&loaded), [("R-015", 1)]);
}

#[test]
fn what_a_command_deletes_is_not_read() {
    let loaded = shell(&format!("kubectl delete -f - <<EOF\n{POD}EOF\n"));
    assert_eq!(names(&loaded), [""; 0]);
    assert_eq!(codes(&loaded), [("R-016", 1)]);
}

#[rstest]
#[case("<<EOF", "$NAME", true)]
#[case("<<EOF", "${NAME}", true)]
#[case("<<EOF", "`date`", true)]
#[case("<<EOF", "costs 5$", false)]
#[case("<<EOF", "\\$NAME", false)]
#[case("<<'EOF'", "$NAME", false)]
fn what_a_shell_would_replace_is_read_with_a_warning(#[case] redirect: &str, #[case] value: &str, #[case] warns: bool) {
    let loaded = shell(&format!("kubectl apply -f - {redirect}\n{POD}  annotations: {{v: '{value}'}}\nEOF\n"));
    assert_eq!(loaded.resources.pods.len(), 1);
    assert_eq!(codes(&loaded) == [("R-018", 1)], warns);
    assert_eq!(loaded.diagnostics.len(), usize::from(warns));
}

#[test]
fn a_script_inside_a_manifest_is_no_here_document() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  run.sh: |\n    cat <<EOF > x\n    kind: [\n    EOF\n\
                \x20 one: kubectl apply -f - <<EOF\n# kubectl apply -f - <<EOF\n";
    let loaded = shell(text);
    assert_eq!(codes(&loaded), []);
    assert_eq!(names(&loaded), ["ConfigMap default/c in.sh:3:18"]);
}

#[test]
fn a_merge_key_and_a_shift_are_no_here_documents() {
    let loaded =
        shell("base: &b {a: 1}\n<<: *b\napiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {x: 1<<2}}\n");
    assert_eq!(loaded.resources.pods.len(), 1);
}

#[test]
fn other_here_documents_are_passed_over() {
    let loaded = shell(&format!("cat > go.sh <<END\n#!/bin/sh\nkind: [\nEND\nkubectl apply -f - <<EOF\n{POD}EOF\n"));
    assert_eq!(names(&loaded), ["Pod default/a in.sh:9:9"]);
    // Whatever is piped into kubectl must be a manifest, though.
    assert_eq!(codes(&shell("kubectl apply -f - <<EOF\nnonsense\nEOF\n")), [("R-005", 2)]);
}

#[test]
fn a_marker_ends_a_document_even_in_a_block_scalar() {
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  a: |\n    x\n    ---\n---\n{POD}");
    let loaded = shell(&text);
    assert_eq!(names(&loaded), ["Pod default/a in.sh:12:9", "ConfigMap default/c in.sh:3:18"]);
}

const PAGE: &str = "---\ntitle: t\nkind: page\n---\n\n# Top `code` & more\n\n```yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n```\n\n\
    1. In a list:\n\n   ```yml\n   apiVersion: v1\n   kind: Pod\n   metadata:\n     name: b\n   ```\n\n## Same\n\n```\nkubectl get pods\n\
    NAME   READY\n```\n\n## Same\n\n> ```json\n> {\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n>  \"metadata\": {\"name\": \"c\"}}\n> ```\n\n\
    ```yaml\nspec:\n  only: a fragment\n```\n\n```go\nkind: notYaml\n```\n\n# Last\n\n~~~bash\nkubectl apply -f - <<EOF\napiVersion: v1\n\
    kind: Pod\nmetadata:\n  name: d\nEOF\n~~~\n";

#[test]
fn a_page_gives_the_manifests_of_its_blocks() {
    let loaded = load_text(&"page.md".into(), PAGE);
    assert_eq!(
        names(&loaded),
        [
            "Pod default/a page.md:12:9",
            "Pod default/b page.md:21:12",
            "Pod default/c page.md:35:25",
            "Pod default/d page.md:54:9"
        ]
    );
    assert_eq!(codes(&loaded), []);
}

#[test]
fn a_page_with_crlf_is_the_same_page() {
    let loaded = load_text(&"page.md".into(), &PAGE.replace('\n', "\r\n"));
    assert_eq!(names(&loaded), names(&load_text(&"page.md".into(), PAGE)));
}

#[test]
fn blocks_know_their_headings() {
    let blocks = markdown_blocks(&"page.md".into(), PAGE);
    let headings: Vec<_> =
        blocks.iter().map(|block| (block.heading.as_str(), block.slug.as_str(), block.language.as_str())).collect();
    assert_eq!(
        headings,
        [
            ("Top code & more", "top-code--more", "yaml"),
            ("Top code & more", "top-code--more", "yml"),
            ("Same", "same", ""),
            ("Same", "same-1", "json"),
            ("Same", "same-1", "yaml"),
            ("Same", "same-1", "go"),
            ("Last", "last", "bash"),
        ]
    );
    assert_eq!(blocks[1].text, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n");
    assert_eq!(blocks[1].place.to_string(), "page.md:18:4");
    assert_eq!(names(&blocks[3].load()), ["Pod default/c page.md:35:25"]);
}

#[test]
fn a_broken_block_hides_no_other() {
    let loaded = load_text(&"page.md".into(), &format!("```yaml\nkind: [\n```\n```yaml\n{POD}```\n"));
    assert_eq!(names(&loaded), ["Pod default/a page.md:8:9"]);
    assert_eq!(codes(&loaded), [("R-002", 2)]);
}

#[test]
fn a_page_on_standard_input_is_read_as_shell() {
    let loaded = load_text(
        &"<stdin>".into(),
        &format!("# Title\n\nProse.\n\n```yaml\nkubectl apply -f - <<EOF\n{POD}EOF\n```\n"),
    );
    assert_eq!(names(&loaded), ["Pod default/a <stdin>:10:9"]);
}
