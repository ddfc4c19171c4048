//! TLS towards endpoints.

use envoy_types::pb::envoy::config::core::v3::{DataSource, TransportSocket, UpstreamHttpProtocolOptions, data_source};
use envoy_types::pb::envoy::extensions::transport_sockets::tls::v3::common_tls_context::ValidationContextType;
use envoy_types::pb::envoy::extensions::transport_sockets::tls::v3::subject_alt_name_matcher::SanType;
use envoy_types::pb::envoy::extensions::transport_sockets::tls::v3::tls_parameters::TlsProtocol;
use envoy_types::pb::envoy::extensions::transport_sockets::tls::v3::{
    CertificateValidationContext, CommonTlsContext, SubjectAltNameMatcher, TlsCertificate, TlsParameters,
    UpstreamTlsContext, certificate_validation_context::SystemRootCerts,
};
use envoy_types::pb::envoy::r#type::matcher::v3::StringMatcher;
use sextant_routing::{AcceptedName, ClientIdentity, Credentials, OriginateTls, ServerName, TlsVersion, Trust};

use crate::proto::{exactly, inline, transport_socket};

/// A fingerprint that no certificate has: where credentials cannot be had, every connection fails.
const NOBODY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The transport socket that does what `wanted` asks for.
pub(super) fn socket(wanted: &OriginateTls) -> TransportSocket {
    let sni = match &wanted.server_name {
        ServerName::Fixed(name) => name.clone(),
        ServerName::RequestHost => String::new(),
    };
    let newest = match wanted.newest {
        TlsVersion::Tls12 => TlsProtocol::TlSv12,
        TlsVersion::Tls13 => TlsProtocol::TlSv13,
    };
    let identity = wanted.credentials.as_ref().ok().and_then(|credentials| credentials.identity.as_ref());
    let common = CommonTlsContext {
        tls_params: Some(TlsParameters {
            tls_minimum_protocol_version: TlsProtocol::TlSv12.into(),
            tls_maximum_protocol_version: newest.into(),
            ..Default::default()
        }),
        tls_certificates: identity.map(certificate).into_iter().collect(),
        validation_context_type: validation(wanted).map(ValidationContextType::ValidationContext),
        ..Default::default()
    };
    let context = UpstreamTlsContext { common_tls_context: Some(common), sni, ..Default::default() };
    transport_socket("envoy.transport_sockets.tls", context).unwrap_or_default()
}

/// What depends on the host of each request.
pub(super) fn of_request(wanted: &OriginateTls) -> UpstreamHttpProtocolOptions {
    UpstreamHttpProtocolOptions {
        auto_sni: wanted.server_name == ServerName::RequestHost,
        auto_san_validation: wanted.accepted.contains(&AcceptedName::RequestHost),
        ..Default::default()
    }
}

fn certificate(identity: &ClientIdentity) -> TlsCertificate {
    TlsCertificate {
        certificate_chain: inline(&identity.certificates),
        private_key: inline(&identity.key),
        ..Default::default()
    }
}

/// How the endpoint's certificate is checked; `None` when it is not.
fn validation(wanted: &OriginateTls) -> Option<CertificateValidationContext> {
    let Ok(Credentials { trust, .. }) = &wanted.credentials else {
        return Some(CertificateValidationContext {
            verify_certificate_hash: vec![NOBODY.to_owned()],
            ..Default::default()
        });
    };
    let names = wanted.accepted.iter().flat_map(matchers).collect();
    let context = CertificateValidationContext { match_typed_subject_alt_names: names, ..Default::default() };
    match trust {
        Trust::Unchecked => None,
        Trust::System => {
            Some(CertificateValidationContext { system_root_certs: Some(SystemRootCerts::default()), ..context })
        }
        Trust::Authorities(pem) => {
            let specifier = data_source::Specifier::InlineString(pem.to_string());
            let authorities = DataSource { specifier: Some(specifier), ..Default::default() };
            Some(CertificateValidationContext { trusted_ca: Some(authorities), ..context })
        }
    }
}

fn matchers(name: &AcceptedName) -> Vec<SubjectAltNameMatcher> {
    let of = |kind: SanType, text: &str| SubjectAltNameMatcher {
        san_type: kind.into(),
        matcher: Some(StringMatcher { ignore_case: kind == SanType::Dns, ..exactly(text) }),
        ..Default::default()
    };
    match name {
        AcceptedName::Dns(name) => vec![of(SanType::Dns, name)],
        AcceptedName::Uri(uri) => vec![of(SanType::Uri, uri)],
        AcceptedName::Any(name) => vec![of(SanType::Dns, name), of(SanType::Uri, name)],
        AcceptedName::RequestHost => Vec::new(),
    }
}
