//! `dig` and `nslookup` as the documentation uses them. Where a tool is not installed its test says so and passes.

use std::path::Path;
use std::process::{Command, Output};

use sextant_fake_dns::{FakeDns, Options, Zone};

use crate::client::serve;

/// What the tool prints; `None`, with a word on stderr, when it is not installed.
async fn run(tool: &'static str, arguments: Vec<String>) -> Option<String> {
    let output = tokio::task::spawn_blocking(move || Command::new(tool).args(arguments).output()).await.unwrap();
    match output {
        Ok(Output { stdout, .. }) => Some(String::from_utf8(stdout).unwrap()),
        Err(error) => {
            eprintln!("skipped: {tool} cannot be run: {error}");
            None
        }
    }
}

async fn dig(dns: &FakeDns, query: &str) -> Option<String> {
    let server = [format!("@{}", dns.addr().ip()), "-p".into(), dns.addr().port().to_string()];
    let limits = ["+tries=1".to_owned(), "+time=5".to_owned()];
    run("dig", server.into_iter().chain(limits).chain(query.split(' ').map(str::to_owned)).collect()).await
}

async fn nslookup(dns: &FakeDns, name: &str) -> Option<String> {
    let port = format!("-port={}", dns.addr().port());
    let limits = ["-retry=0", "-timeout=5"].map(str::to_owned);
    run("nslookup", [port].into_iter().chain(limits).chain([name.into(), dns.addr().ip().to_string()]).collect()).await
}

fn documented_zone() -> Zone {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/dns/documented.zone.yaml");
    Zone::from_yaml("documented.zone.yaml", &std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The documented output, word for word, but for the server's address and the width of the gaps.
#[tokio::test]
async fn nslookup_prints_what_the_documentation_shows() {
    let dns = FakeDns::start(Options { zone: documented_zone(), ..Options::default() }).await.unwrap();
    let Some(printed) = nslookup(&dns, "se.example.com").await else { return };
    let lines: Vec<String> = printed
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    let (ip, port) = (dns.addr().ip(), dns.addr().port());
    let expected = [
        format!("Server: {ip}"),
        format!("Address: {ip}#{port}"),
        "Non-authoritative answer:".into(),
        "Name: se.example.com".into(),
        "Address: 8.8.8.8".into(),
    ];
    assert_eq!(lines, expected, "{printed}");
}

#[tokio::test]
async fn nslookup_says_that_a_name_does_not_exist() {
    let dns = serve("").await;
    let Some(printed) = nslookup(&dns, "se.example.com").await else { return };
    assert!(printed.contains("server can't find se.example.com: NXDOMAIN"), "{printed}");
}

#[tokio::test]
async fn dig_prints_header_and_answer() {
    let dns = serve("se.example.com: [{records: [A 4.4.4.4, 30 A 5.5.5.5]}]").await;
    let Some(printed) = dig(&dns, "se.example.com A").await else { return };
    assert!(printed.contains("status: NOERROR"), "{printed}");
    assert!(printed.contains("flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1"), "{printed}");
    let answers: Vec<String> = printed
        .lines()
        .filter(|line| line.starts_with("se.example.com."))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(answers, ["se.example.com. 5 IN A 4.4.4.4", "se.example.com. 30 IN A 5.5.5.5"]);
    assert!(!printed.contains("WARNING"), "{printed}");
}

#[tokio::test]
async fn dig_follows_truncation_to_tcp() {
    let dns = serve("a.example: [{records: [A 4.4.4.4], truncate: true}]").await;
    let Some(printed) = dig(&dns, "a.example A").await else { return };
    assert!(printed.contains("Truncated, retrying in TCP mode"), "{printed}");
    assert!(printed.contains("4.4.4.4"), "{printed}");
}

#[tokio::test]
async fn dig_shows_errors_by_their_names() {
    let dns = serve("a.example: [{rcode: SERVFAIL}]\nb.example: [{rcode: REFUSED}]").await;
    for (query, status) in [("a.example A", "SERVFAIL"), ("b.example A", "REFUSED"), ("c.example A", "NXDOMAIN")] {
        let Some(printed) = dig(&dns, query).await else { return };
        assert!(printed.contains(&format!("status: {status}")), "{printed}");
    }
}
