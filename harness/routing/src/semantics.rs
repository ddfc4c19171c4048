//! Where the profiles differ, as data: rules ask this table, never the profile.

mod differences;

use crate::Profile;

pub use differences::{DIFFERENCES, Difference};

/// The switches of behaviour of one profile. Numbers are those of kgateway.md, section 4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Semantics {
    /// K-001: whether Istio's kinds count is a setting.
    pub optional_istio_kinds: bool,
    /// D-01: a backendRef may name a ServiceEntry by kind; otherwise only by `Hostname`.
    pub service_entry_refs: bool,
    /// D-02, D-03: a `Hostname` reference with a namespace and a reference without a port are mistakes that withdraw
    /// the whole route (I-172, I-175, I-179); otherwise they are only not found (K-112, K-113).
    pub strict_refs: bool,
    /// D-05, D-12: of all that declare a host and that the gateway sees by `exportTo`, one serves it, joined by others of
    /// its namespace (I-078 to I-086, I-093); Services are declarations too (D-04). Otherwise each declaration is a backend of its own, and the oldest gets the
    /// references by host (K-012, K-116).
    pub one_declaration_serves: bool,
    /// D-05: the status says of a host that nothing in the route's own namespace declares that it is not found (I-173);
    /// requests go to it all the same (I-174). Otherwise any namespace will do (K-111).
    pub hostname_in_route_namespace: bool,
    /// I-025: without `appProtocol` the prefix of a Service port's name says its protocol.
    pub service_port_names: bool,
    /// P-048: an ExternalName Service stands for another host and makes no cluster of its own (500); otherwise it is a Service
    /// whose slices list nobody (503).
    pub external_name_is_missing: bool,
    /// The slice port of a Service's only port may have any name; otherwise names must be equal.
    pub lone_port_any_name: bool,
    /// I-175: whether the port exists is not checked for the status; the requests get 500 all the same.
    pub unchecked_ports: bool,
    /// I-057: the selector of a Service takes WorkloadEntries too, beside the pods of its slices.
    pub services_select_workload_entries: bool,
    /// I-181: references of weight 0 are left out before any check, so that they cannot be wrong.
    pub ignore_zero_weight_refs: bool,
    /// K-115: a `Hostname` reference to a ServiceEntry with several hosts gets the first host's backend (K-115);
    /// otherwise that host's own.
    pub first_host_serves: bool,
    /// D-06: labels of a WorkloadEntry's spec count for selection, beside those of its metadata.
    pub spec_labels_select: bool,
    /// D-07: where both say something, labels of the spec win over those of the metadata.
    pub spec_labels_win: bool,
    /// D-08, D-10: a selector also decides for DNS resolutions.
    pub selector_for_dns: bool,
    /// D-09: a selector without labels selects the whole namespace; otherwise it counts as absent.
    pub empty_selector_selects_all: bool,
    /// D-11: without endpoints, every host of a DNS ServiceEntry serves each host's backend; otherwise only its own.
    pub all_hosts_in_each_backend: bool,
    /// D-13: resolution NONE makes a backend (whose endpoints are what is listed or selected, usually nothing).
    pub none_is_a_backend: bool,
    /// I-027: a port of protocol UDP makes no backend.
    pub udp_is_no_backend: bool,
    /// D-14: DYNAMIC_DNS looks up the host of the request, given a proxy that can (I-107, I-108).
    pub dynamic_dns: bool,
    /// D-15: a unix socket is an address, written in an endpoint or, where names are, in a WorkloadEntry (I-044, I-051).
    pub unix_sockets: bool,
    /// D-19: endpoints of other networks are reached through the gateways of those networks (I-123 to I-131).
    pub network_gateways: bool,
    /// D-16: a WorkloadEntry with the health-check annotation is an endpoint only while its status says so.
    pub workload_entry_health: bool,
    /// D-17: a pod in a terminal phase is no endpoint whatever its conditions say.
    pub terminal_phase_excludes: bool,
    /// D-18: locality comes from `topology.istio.io/locality` or `istio-locality`; otherwise from the three topology
    /// labels.
    pub locality_label: bool,
    /// K-066, I-075: the network label and the system namespace's label give a network too; otherwise only the field.
    pub network_from_labels: bool,
    /// K-073: labels derived from a pod's node count for selection.
    pub derived_labels_select: bool,
    /// K-054, I-034: a container port named like the ServiceEntry port overrides the target port of a pod.
    pub container_ports: bool,
    /// K-017, I-026: the protocol names `kubernetes.io/h2c` and the like are understood.
    pub app_protocols: bool,
    /// D-20: a DNS backend without endpoints does not exist for the proxy (500); otherwise it is empty (503).
    pub empty_dns_is_missing: bool,
    /// I-013: an annotation makes a DNS backend a logical one.
    pub connect_strategy: bool,
    /// D-21: a name without IPv4 addresses is looked up for IPv6 ones (K-038); otherwise a proxy that has an IPv4 address
    /// never asks for those (I-104).
    pub dns_falls_back_to_ipv6: bool,
    /// I-184: a ServiceEntry is a parent of routes too, for the mesh; otherwise only a Gateway is (K-122).
    pub service_entry_parents: bool,
    /// I-185: the `sectionName` of a policy is the name of a ServiceEntry's port; otherwise such a port has no name for policies,
    /// and they reach none (K-019).
    pub service_entry_sections: bool,
    /// D-22: priorities have no gaps, and a network mismatch still lets the other labels rank.
    pub compact_priorities: bool,
    /// D-23: a gateway without labels ranks nothing.
    pub no_labels_no_priorities: bool,
    /// D-24: the namespace's traffic distribution counts where the ServiceEntry has none.
    pub namespace_distribution: bool,
    /// D-24: `PreferNetwork` is a traffic distribution.
    pub prefer_network: bool,
    /// K-041: a traffic distribution gives localities shares that follow their health; otherwise only a DestinationRule
    /// does (I-120).
    pub distribution_weighs_localities: bool,
    /// K-082: label that "region" means in a traffic distribution. kgateway compares one that nothing sets any more.
    pub distribution_region: &'static str,
    /// D-25: a DestinationRule is found by wildcard and short name too, in the gateway's, the backend's and the system's
    /// namespace, merged, and read in full; otherwise by the exact host, the oldest alone (K-090 to K-093).
    pub destination_rule_merge: bool,
    /// I-185: a BackendTLSPolicy counts as a DestinationRule for the hosts of its target: it can target a Service or a
    /// ServiceEntry, takes authorities from a ConfigMap, and yields to the `tls` of a written DestinationRule; without
    /// authorities, connections fail. Otherwise it can target a host too (K-100) and take them from a Secret, only one
    /// policy of a target is accepted, and a mistake withholds the backend (K-134).
    pub tls_policy_as_rule: bool,
    /// I-135: localities rank only for backends with outlier detection, and then without being asked to; otherwise
    /// whenever a DestinationRule asks for it (K-088).
    pub failover_needs_ejection: bool,
    /// I-147: distance decides among endpoints whose labels rank alike; otherwise labels decide alone (K-089).
    pub failover_refines_labels: bool,
    /// I-137: a DestinationRule may give localities their shares (K-088).
    pub distribute: bool,
    /// K-020: an annotation that is not a boolean breaks the backend.
    pub auto_mtls_annotation: bool,
}

const KGATEWAY: Semantics = Semantics {
    optional_istio_kinds: true,
    service_entry_refs: true,
    strict_refs: false,
    one_declaration_serves: false,
    hostname_in_route_namespace: false,
    service_port_names: false,
    external_name_is_missing: false,
    lone_port_any_name: true,
    unchecked_ports: false,
    services_select_workload_entries: false,
    ignore_zero_weight_refs: false,
    first_host_serves: true,
    spec_labels_select: false,
    spec_labels_win: true,
    selector_for_dns: false,
    empty_selector_selects_all: false,
    all_hosts_in_each_backend: true,
    none_is_a_backend: false,
    udp_is_no_backend: false,
    dynamic_dns: false,
    unix_sockets: false,
    network_gateways: false,
    workload_entry_health: false,
    terminal_phase_excludes: false,
    locality_label: false,
    network_from_labels: true,
    derived_labels_select: true,
    container_ports: false,
    app_protocols: true,
    empty_dns_is_missing: false,
    connect_strategy: false,
    dns_falls_back_to_ipv6: true,
    service_entry_parents: false,
    service_entry_sections: false,
    compact_priorities: false,
    no_labels_no_priorities: false,
    namespace_distribution: false,
    prefer_network: true,
    distribution_weighs_localities: true,
    distribution_region: "failure-domain.beta.kubernetes.io/region",
    destination_rule_merge: false,
    tls_policy_as_rule: false,
    failover_needs_ejection: false,
    failover_refines_labels: false,
    distribute: false,
    auto_mtls_annotation: true,
};

const ISTIO: Semantics = Semantics {
    optional_istio_kinds: false,
    service_entry_refs: false,
    strict_refs: true,
    one_declaration_serves: true,
    hostname_in_route_namespace: true,
    service_port_names: true,
    external_name_is_missing: true,
    lone_port_any_name: false,
    unchecked_ports: true,
    services_select_workload_entries: true,
    ignore_zero_weight_refs: true,
    first_host_serves: false,
    spec_labels_select: true,
    spec_labels_win: false,
    selector_for_dns: true,
    empty_selector_selects_all: true,
    all_hosts_in_each_backend: false,
    none_is_a_backend: true,
    udp_is_no_backend: true,
    dynamic_dns: true,
    unix_sockets: true,
    network_gateways: true,
    workload_entry_health: true,
    terminal_phase_excludes: true,
    locality_label: true,
    network_from_labels: false,
    derived_labels_select: false,
    container_ports: true,
    app_protocols: false,
    empty_dns_is_missing: true,
    connect_strategy: true,
    dns_falls_back_to_ipv6: false,
    service_entry_parents: true,
    service_entry_sections: true,
    compact_priorities: true,
    no_labels_no_priorities: true,
    namespace_distribution: true,
    prefer_network: false,
    distribution_weighs_localities: false,
    distribution_region: "topology.kubernetes.io/region",
    destination_rule_merge: true,
    tls_policy_as_rule: true,
    failover_needs_ejection: true,
    failover_refines_labels: true,
    distribute: true,
    auto_mtls_annotation: false,
};

impl Profile {
    /// How this profile behaves where the gateways differ.
    pub fn semantics(self) -> &'static Semantics {
        match self {
            Self::Kgateway => &KGATEWAY,
            Self::Istio => &ISTIO,
        }
    }
}
