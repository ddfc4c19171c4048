//! The messages of the adapter protocol. `PROTOCOL.md` beside `src` is the page for people who write adapters.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sextant_runner::{Feature, Features, UnknownFeature};
use sextant_scenario::{Profile, Settings};
use sextant_verdict::Listing;

/// Version of the protocol. Fields may be added under it; none is renamed, retyped or dropped.
pub const PROTOCOL: &str = "sextant.dev/adapter/v1alpha1";

/// A line that Sextant writes to the adapter's standard input. Each has an `id`, which the reply repeats.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Request {
    /// First of all: who is there? Replied to by [`Hello`].
    Hello {
        /// [`PROTOCOL`].
        protocol: String,
        /// Version of Sextant.
        sextant: String,
    },
    /// Start a gateway without any configuration.
    Start {
        /// Id of the scenario, for logs.
        scenario: String,
        /// Whose rules are demanded.
        profile: Profile,
        /// What the scenario tells the gateway beside manifests.
        settings: Box<Settings>,
        /// The only DNS server that may be asked, over UDP and TCP.
        dns: SocketAddr,
        /// The address to listen on. It belongs to this gateway alone, with every port.
        listen: IpAddr,
        /// Seed for whatever is drawn by lot.
        seed: u64,
    },
    /// Take these objects, new or changed. What was applied before and is not named stays.
    Apply {
        /// Number of the configuration that this leads to, rising by one.
        generation: u64,
        /// Whole manifests.
        manifests: Vec<Value>,
    },
    /// Forget these objects. It comes after the `apply` of the same generation.
    Delete {
        /// As of the `apply`.
        generation: u64,
        /// Which.
        objects: Vec<ObjectName>,
    },
    /// Wait until this generation serves and none before it does. Replied to by [`Ready`].
    Ready {
        /// The generation.
        generation: u64,
        /// Sextant waits so long for the reply, in milliseconds.
        within_ms: u64,
    },
    /// Wait until every name that the gateway follows was looked up by a lookup that began after this message, and its
    /// outcome is in force. Only for adapters with the feature `settles-dns`.
    Dns {
        /// Sextant waits so long for the reply, in milliseconds.
        within_ms: u64,
    },
    /// List endpoints and, if that is offered, exclusions and conditions. Replied to by [`Listing`].
    Endpoints {},
    /// End the gateway, reply, and exit.
    Stop {},
}

/// An object without its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectName {
    /// `apiVersion` as in the manifest.
    pub(crate) api_version: String,
    /// Kind.
    pub(crate) kind: String,
    /// Namespace; empty for objects that are in none.
    pub(crate) namespace: String,
    /// Name.
    pub(crate) name: String,
}

impl ObjectName {
    /// Whose manifest this is.
    pub(crate) fn of(manifest: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &manifest["metadata"];
        Self {
            api_version: text(&manifest["apiVersion"]),
            kind: text(&manifest["kind"]),
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
        }
    }
}

/// The reply to `hello`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Hello {
    /// The protocol that the adapter speaks; anything but [`PROTOCOL`] is refused.
    pub(crate) protocol: String,
    /// Names of what the gateway can do beside proxying (`sextant features`), and `settles-dns`.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// The profiles that it follows; absent means both.
    #[serde(default)]
    pub(crate) profiles: Vec<Profile>,
}

/// The reply to `ready`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ready {
    /// The generation that serves; another than was asked for is an error.
    pub(crate) generation: u64,
    /// Port of the Gateway's listener, and where it really listens.
    #[serde(default)]
    pub(crate) listeners: BTreeMap<u16, SocketAddr>,
}

/// The reply to a message that is only obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {}

/// Feature of an adapter that knows when names were looked up anew: it answers [`Request::Dns`].
pub(crate) const SETTLES_DNS: &str = "settles-dns";

/// What an adapter declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) features: Features,
    /// [`SETTLES_DNS`].
    pub(crate) settles_dns: bool,
}

impl Declared {
    /// The features of these names.
    pub(crate) fn of(names: &[String]) -> Result<Self, UnknownFeature> {
        let (own, known): (Vec<_>, Vec<_>) = names.iter().partition(|name| *name == SETTLES_DNS);
        let features = known.into_iter().map(|name| name.parse::<Feature>()).collect::<Result<Features, _>>()?;
        Ok(Self { features, settles_dns: !own.is_empty() })
    }
}

/// A line that Sextant reads from the adapter's standard output, around what the reply says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Reply {
    /// Of the request.
    pub(crate) id: u64,
    /// Why the request was not obeyed.
    pub(crate) error: Option<String>,
    /// What the gateway cannot do that the request needs: the scenario is skipped with this reason.
    pub(crate) unsupported: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub(crate) content: serde_json::Map<String, Value>,
}

/// Everything that passes, for the published schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Messages {
    request: Numbered,
    hello: Hello,
    ready: Ready,
    endpoints: Listing,
    other: Done,
    refusal: Refusal,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Numbered {
    /// Number of the request, rising.
    id: u64,
    #[serde(flatten)]
    request: Request,
}

/// A reply to a request that was not obeyed: one of the two.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Refusal {
    id: u64,
    error: Option<String>,
    unsupported: Option<String>,
}

/// The JSON Schema of everything that passes, pretty-printed, with a line end.
pub fn adapter_messages_schema_text() -> String {
    pretty(&schemars::schema_for!(Messages))
}

/// `schema` as it is published.
pub(crate) fn pretty(schema: &schemars::Schema) -> String {
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_one_object_with_its_type() {
        let apply = Request::Apply { generation: 3, manifests: vec![json!({ "kind": "Gateway" })] };
        let expected = json!({ "type": "apply", "generation": 3, "manifests": [{ "kind": "Gateway" }] });
        assert_eq!(serde_json::to_value(apply).unwrap(), expected);
        let ready = Request::Ready { generation: 3, within_ms: 500 };
        assert_eq!(serde_json::to_value(ready).unwrap(), json!({ "type": "ready", "generation": 3, "withinMs": 500 }));
        assert_eq!(serde_json::to_value(Request::Stop {}).unwrap(), json!({ "type": "stop" }));
    }

    #[test]
    fn listeners_are_named_by_the_port_of_the_gateway() {
        let ready: Ready =
            serde_json::from_value(json!({ "generation": 1, "listeners": { "80": "127.0.0.1:10080" } })).unwrap();
        assert_eq!(ready.listeners[&80], "127.0.0.1:10080".parse().unwrap());
    }

    #[test]
    fn features_are_declared_by_name() {
        let of = |names: &[&str]| Declared::of(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        let declared = of(&["draws-lots", "settles-dns"]).unwrap();
        assert_eq!(declared.features, Features { draws_lots: true, ..Features::default() });
        assert!(declared.settles_dns && !of(&["draws-lots"]).unwrap().settles_dns);
        let words = of(&["list-endpoints"]).unwrap_err().to_string();
        assert!(words.contains("`list-endpoints`") && words.contains("lists-endpoints"), "{words}");
    }
}
