//! TLS at fake VMs: certificates of the fixture authority, and what replies and journal tell of a connection.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rstest::rstest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto};
use sextant_fake_vms::{Authority, Behaviour, Fault, Reply, SeenTls, ServeTls, Speaks, VmHandle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::world::*;

const VM: &str = "1.1.1.1:443";

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tls").join(file)
}

fn serving(certificate: &str) -> Behaviour {
    Behaviour { tls: Some(ServeTls::named(certificate)), ..Behaviour::default() }
}

/// A client that trusts the certificate in `authority`, offers `alpn`, and shows a certificate if it has one to show.
fn client(authority: &Path, alpn: &[&str], shows: Option<&str>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match shows {
        Some(name) => {
            let issued = Authority::fixture().unwrap().issue(name).unwrap();
            let chain = vec![CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap()];
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap()).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config).into()
}

/// Shakes hands with `vm` as `name`.
async fn connect(vm: &VmHandle, client: &TlsConnector, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(vm.actual()).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    tokio::time::timeout(DEADLINE, client.connect(name, stream)).await.expect("a handshake or its failure")
}

#[tokio::test]
async fn bytes_are_spoken_behind_tls_too() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { speaks: Speaks::Bytes, ..serving("a.test") });
    let mut stream = connect(&vm, &client(&fixture("ca.crt"), &[], None), "a.test").await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    let (greeting, repeated) = heard.split_once('\n').unwrap();
    assert_eq!(serde_json::from_str::<Reply>(greeting).unwrap().endpoint.port, 443);
    assert_eq!(repeated, "ping");
    let entries = world.fleet.journal().entries();
    let tls = entries.iter().find_map(|entry| entry.request()).unwrap().tls.clone();
    assert_eq!(tls.unwrap().server_name.as_deref(), Some("a.test"));
}

/// The reply to GET / on a new connection.
async fn ask(vm: &VmHandle, client: &TlsConnector, name: &str) -> std::io::Result<Reply> {
    let mut stream = connect(vm, client, name).await?;
    stream.write_all(GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut text = String::new();
    tokio::time::timeout(DEADLINE, stream.read_to_string(&mut text)).await.expect("an end")?;
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    Ok(serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_client_that_trusts_the_fixture_authority_is_served_and_told_what_was_seen() {
    let world = World::new();
    let vm = world.vm(VM, serving("*.a.test"));
    let reply = ask(&vm, &client(&fixture("ca.crt"), &["http/1.1"], None), "x.a.test").await.unwrap();
    let seen = SeenTls {
        server_name: Some("x.a.test".to_owned()),
        alpn: Some("http/1.1".to_owned()),
        client_certificate: false,
    };
    assert_eq!(reply.seen.unwrap().tls.as_ref(), Some(&seen));
    let journal = world.fleet.journal().entries();
    assert_eq!(journal.iter().find_map(|entry| entry.request()).unwrap().tls.as_ref(), Some(&seen));
}

#[rstest]
#[case(&["h2", "http/1.1"], Some("h2"))]
#[case(&["http/1.1"], Some("http/1.1"))]
#[case(&[], None)]
#[tokio::test]
async fn http_2_is_preferred_and_alpn_is_no_duty(#[case] offered: &[&str], #[case] agreed: Option<&str>) {
    let world = World::new();
    let vm = world.vm(VM, serving("a.test"));
    let stream = connect(&vm, &client(&fixture("ca.crt"), offered, None), "a.test").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), agreed.map(str::as_bytes));
}

#[rstest]
#[case::another_name("b.test", "a.test", "fixture")]
#[case::another_authority("a.test", "a.test", "other")]
#[tokio::test]
async fn a_client_finds_out_a_wrong_certificate(
    #[case] certificate: &str,
    #[case] wanted: &str,
    #[case] authority: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.crt");
    std::fs::write(&other, Authority::new("other").unwrap().certificate().unwrap()).unwrap();
    let trusted = if authority == "other" { other } else { fixture("ca.crt") };
    let world = World::new();
    let vm = world.vm(VM, serving(certificate));
    let error = connect(&vm, &client(&trusted, &[], None), wanted).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_plaintext_client_gets_nothing_from_a_tls_server() {
    let world = World::new();
    let vm = world.vm(VM, serving("a.test"));
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let mut bytes = Vec::new();
    tokio::time::timeout(DEADLINE, raw.stream().read_to_end(&mut bytes)).await.expect("an end").unwrap();
    assert!(!bytes.starts_with(b"HTTP/"), "{bytes:?}");
    assert_eq!(vm.counts().requests, 0);
}

#[tokio::test]
async fn a_plaintext_reply_says_nothing_of_tls() {
    let world = World::new();
    world.vm("1.1.1.1:80", Behaviour::default());
    assert_eq!(world.ask("1.1.1.1:80").await.seen.unwrap().tls, None);
}

#[rstest]
#[case::shown(Some("spiffe://cluster.local/ns/tls/sa/gateway"), true)]
#[case::missing(None, false)]
#[tokio::test]
async fn a_client_certificate_is_asked_for_and_told_of(#[case] shows: Option<&str>, #[case] served: bool) {
    let world = World::new();
    let tls = ServeTls { client_certificate: true, ..ServeTls::named("a.test") };
    let vm = world.vm(VM, Behaviour { tls: Some(tls), ..Behaviour::default() });
    let reply = ask(&vm, &client(&fixture("ca.crt"), &[], shows), "a.test").await;
    match reply {
        Ok(reply) => assert!(served && reply.seen.unwrap().tls.unwrap().client_certificate),
        Err(error) => assert!(!served, "{error}"),
    }
    assert_eq!(vm.counts().requests, u64::from(served));
}

#[tokio::test]
async fn a_certificate_changes_for_connections_that_begin_later() {
    let world = World::new();
    let vm = world.vm(VM, serving("a.test"));
    let client = client(&fixture("ca.crt"), &[], None);
    ask(&vm, &client, "a.test").await.unwrap();
    world.behave(VM, serving("b.test")).await;
    assert!(ask(&vm, &client, "a.test").await.is_err());
    ask(&vm, &client, "b.test").await.unwrap();
    world.behave(VM, Behaviour::default()).await;
    assert_eq!(world.ask(VM).await.seen.unwrap().tls, None);
}

#[tokio::test]
async fn half_a_reply_is_half_a_reply_behind_tls() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour { fault: Some(Fault::CloseHalfWay), ..serving("a.test") });
    let mut stream = connect(&vm, &client(&fixture("ca.crt"), &[], None), "a.test").await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // Without the notice that TLS ends (RFC 8446, section 6.1) the end is an error, and that is as it should be.
    let ended = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await.expect("an end");
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse::<usize>().unwrap();
    assert_eq!(body.len(), length / 2);
}

/// What `fixtures/tls` holds is what the server shows: the manifests carry the same authority.
#[test]
fn the_manifests_carry_the_fixture_authority() {
    let unfold = |file: &str| {
        let text = std::fs::read_to_string(fixture(file)).unwrap();
        text.lines().map(|line| format!("{}\n", line.trim())).collect::<String>()
    };
    let authority = unfold("ca.crt");
    assert_eq!(unfold("ca.yaml").matches(&authority).count(), 2, "in the ConfigMap and in the Secret");
    assert!(unfold("client.yaml").contains(&authority));
    assert!(!unfold("other-ca.yaml").contains(&authority));
}
