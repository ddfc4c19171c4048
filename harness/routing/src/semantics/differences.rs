//! The differences between the profiles, each as a switch that can be thrown alone.

use super::Semantics;

/// One difference: the fields of [`Semantics`] that make it.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Its number in kgateway.md, section 4.1 (`D-11`); the rule that tells the profiles apart where it has none.
    /// Empty where there is no rule either.
    pub rules: &'static [&'static str],
    take: fn(&mut Semantics, &Semantics),
}

impl Difference {
    /// Makes `own` behave as `other` does in this one respect.
    pub fn take(&self, own: &mut Semantics, other: &Semantics) {
        (self.take)(own, other);
    }
}

macro_rules! differences {
    ($($($rule:literal)* => $($field:ident)+;)*) => {
        /// All differences. Together they turn one profile into the other.
        pub const DIFFERENCES: &[Difference] = &[$(
            Difference { rules: &[$($rule),*], take: |own, other| { $(own.$field = other.$field;)+ } },
        )*];
    };
}

differences! {
    "D-01" => service_entry_refs;
    "D-02" "D-03" => strict_refs;
    "D-04" "D-05" "D-12" => one_declaration_serves;
    "D-05" => hostname_in_route_namespace;
    "D-06" => spec_labels_select;
    "D-07" => spec_labels_win;
    "D-08" "D-10" => selector_for_dns;
    "D-09" => empty_selector_selects_all;
    "D-11" => all_hosts_in_each_backend;
    "D-13" => none_is_a_backend;
    "D-14" => dynamic_dns;
    "D-15" => unix_sockets;
    "D-16" => workload_entry_health;
    "D-17" => terminal_phase_excludes;
    "D-18" => locality_label;
    "D-19" => network_gateways;
    "D-20" => empty_dns_is_missing;
    "D-21" => dns_falls_back_to_ipv6;
    "D-22" => compact_priorities;
    "D-23" => no_labels_no_priorities;
    "D-24" => namespace_distribution prefer_network;
    "D-25" => destination_rule_merge;
    "I-013" => connect_strategy;
    "I-025" => service_port_names;
    "I-026" => app_protocols;
    "I-027" => udp_is_no_backend;
    "I-034" => container_ports;
    => lone_port_any_name;
    "I-057" => services_select_workload_entries;
    "I-075" => network_from_labels;
    "I-120" => distribution_weighs_localities;
    "I-135" => failover_needs_ejection;
    "I-137" => distribute;
    "I-147" => failover_refines_labels;
    "I-175" => unchecked_ports;
    "I-181" => ignore_zero_weight_refs;
    "I-184" => service_entry_parents;
    "I-185" => tls_policy_as_rule;
    "K-001" => optional_istio_kinds;
    "K-019" => service_entry_sections;
    "K-020" => auto_mtls_annotation;
    "K-073" => derived_labels_select;
    "K-082" => distribution_region;
    "K-115" => first_host_serves;
    "P-048" => external_name_is_missing;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    /// A field that no difference takes would go unnoticed wherever differences are tried one by one.
    #[test]
    fn together_they_turn_one_profile_into_the_other() {
        let (kgateway, istio) = (Profile::Kgateway.semantics(), Profile::Istio.semantics());
        let mut changed = kgateway.clone();
        DIFFERENCES.iter().for_each(|difference| difference.take(&mut changed, istio));
        assert_eq!(changed, *istio, "give the new field a line in `differences!`");
        DIFFERENCES.iter().for_each(|difference| difference.take(&mut changed, kgateway));
        assert_eq!(changed, *kgateway);
    }

    #[test]
    fn each_of_them_changes_something() {
        for difference in DIFFERENCES {
            let mut changed = Profile::Kgateway.semantics().clone();
            difference.take(&mut changed, Profile::Istio.semantics());
            assert_ne!(changed, *Profile::Kgateway.semantics(), "{:?}", difference.rules);
        }
    }
}
