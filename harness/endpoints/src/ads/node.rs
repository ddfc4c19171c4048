//! Who asks.

use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::google::protobuf::{ListValue, Struct, Value, value::Kind};
use serde_json::Map;
use sextant_routing::Locality;

/// The proxy that a control plane is asked as: it decides what it is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// As the control plane knows it, such as istiod's `router~10.0.0.5~gw-0.gwtest~gwtest.svc.cluster.local`.
    pub id: String,
    /// Its service cluster; may be empty.
    pub cluster: String,
    /// By key, such as `NAMESPACE` and `LABELS` for istiod or `role` for kgateway.
    pub metadata: Map<String, serde_json::Value>,
    /// Where it runs; unknown parts are empty.
    pub locality: Locality,
}

impl From<&Node> for core::Node {
    fn from(node: &Node) -> Self {
        let locality = core::Locality {
            region: node.locality.region.clone(),
            zone: node.locality.zone.clone(),
            sub_zone: node.locality.subzone.clone(),
        };
        Self {
            id: node.id.clone(),
            cluster: node.cluster.clone(),
            metadata: (!node.metadata.is_empty()).then(|| fields(&node.metadata)),
            locality: (!node.locality.is_empty()).then_some(locality),
            user_agent_name: "sextant".to_owned(),
            ..Self::default()
        }
    }
}

fn fields(map: &Map<String, serde_json::Value>) -> Struct {
    Struct { fields: map.iter().map(|(key, value)| (key.clone(), message(value))).collect() }
}

fn message(value: &serde_json::Value) -> Value {
    let kind = match value {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(truth) => Kind::BoolValue(*truth),
        // Protobuf has no other numbers here.
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Kind::StringValue(text.clone()),
        serde_json::Value::Array(values) => Kind::ListValue(ListValue { values: values.iter().map(message).collect() }),
        serde_json::Value::Object(map) => Kind::StructValue(fields(map)),
    };
    Value { kind: Some(kind) }
}
