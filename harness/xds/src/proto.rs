//! Small parts of messages.

use std::net::SocketAddr;
use std::time::Duration;

use envoy_types::pb::envoy::config::core::v3::{
    self as core, AggregatedConfigSource, ApiVersion, ConfigSource, DataSource, TransportSocket, TypedExtensionConfig,
};
use envoy_types::pb::envoy::r#type::matcher::v3::{RegexMatcher, StringMatcher, string_matcher::MatchPattern};
use envoy_types::pb::google::protobuf;
use envoy_types::util::pack_any;
use prost::{Message, Name};

pub(crate) fn duration(time: Duration) -> Option<protobuf::Duration> {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let nanos = i32::try_from(time.subsec_nanos()).unwrap_or_default(); // below 10^9
    Some(protobuf::Duration { seconds, nanos })
}

pub(crate) fn number(value: u32) -> Option<protobuf::UInt32Value> {
    Some(protobuf::UInt32Value { value })
}

pub(crate) fn truth(value: bool) -> Option<protobuf::BoolValue> {
    Some(protobuf::BoolValue { value })
}

pub(crate) fn socket(address: SocketAddr) -> core::Address {
    host_port(address.ip().to_string(), address.port())
}

pub(crate) fn host_port(address: String, port: u16) -> core::Address {
    let port_specifier = Some(core::socket_address::PortSpecifier::PortValue(port.into()));
    let socket = core::SocketAddress { address, port_specifier, ..Default::default() };
    core::Address { address: Some(core::address::Address::SocketAddress(socket)) }
}

pub(crate) fn ads() -> Option<ConfigSource> {
    Some(ConfigSource {
        resource_api_version: ApiVersion::V3.into(),
        config_source_specifier: Some(core::config_source::ConfigSourceSpecifier::Ads(AggregatedConfigSource {})),
        ..Default::default()
    })
}

pub(crate) fn extension<M: Message + Name>(name: &str, config: M) -> Option<TypedExtensionConfig> {
    Some(TypedExtensionConfig { name: name.to_owned(), typed_config: Some(pack_any(config)) })
}

pub(crate) fn transport_socket<M: Message + Name>(name: &str, config: M) -> Option<TransportSocket> {
    let config_type = Some(core::transport_socket::ConfigType::TypedConfig(pack_any(config)));
    Some(TransportSocket { name: name.to_owned(), config_type })
}

pub(crate) fn inline(text: &str) -> Option<DataSource> {
    let specifier = Some(core::data_source::Specifier::InlineString(text.to_owned()));
    Some(DataSource { specifier, ..Default::default() })
}

/// An expression for the whole of a text.
pub(crate) fn regex(expression: impl Into<String>) -> RegexMatcher {
    RegexMatcher { regex: expression.into(), ..Default::default() }
}

pub(crate) fn exactly(text: &str) -> StringMatcher {
    StringMatcher { match_pattern: Some(MatchPattern::Exact(text.to_owned())), ..Default::default() }
}

pub(crate) fn matching(expression: &str) -> StringMatcher {
    StringMatcher { match_pattern: Some(MatchPattern::SafeRegex(regex(expression))), ..Default::default() }
}
