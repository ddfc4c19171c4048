//! Which fields the kinds have that Sextant knows and does not read.

/// Types that are modelled completely, each with the fields its API has and Sextant does not read. A field that is
/// neither modelled nor listed is a mistake worth a warning. Types that are not listed (those of Pod, Service and the
/// like) are modelled in part: nothing can be said about their unknown fields.
const COMPLETE: &[(&str, &[&str])] = &[
    (
        "ObjectMeta",
        &[
            "generateName",
            "uid",
            "resourceVersion",
            "generation",
            "selfLink",
            "ownerReferences",
            "finalizers",
            "managedFields",
            "deletionGracePeriodSeconds",
            "clusterName",
        ],
    ),
    ("ServiceEntry", OBJECT),
    ("ServiceEntrySpec", &[]),
    ("ServiceEntryPort", &[]),
    ("WorkloadSelector", &[]),
    ("WorkloadEntry", OBJECT),
    ("WorkloadEntrySpec", &[]),
    ("HttpRoute", OBJECT),
    ("HttpRouteSpec", &["useDefaultGateways"]),
    ("ParentRef", &[]),
    ("HttpRouteRule", &["retry", "sessionPersistence"]),
    ("HttpRouteMatch", &[]),
    ("PathMatch", &[]),
    ("HeaderMatch", &[]),
    ("QueryParamMatch", &[]),
    ("BackendRef", &[]),
    ("HttpRouteTimeouts", &[]),
    ("GrpcRoute", OBJECT),
    ("GrpcRouteSpec", &["useDefaultGateways"]),
    ("GrpcRouteRule", &["sessionPersistence"]),
    ("GrpcRouteMatch", &[]),
    ("GrpcMethodMatch", &[]),
    ("TcpRoute", OBJECT),
    ("TcpRouteSpec", &["useDefaultGateways"]),
    ("TlsRoute", OBJECT),
    ("TlsRouteSpec", &["useDefaultGateways"]),
    ("L4RouteRule", &[]),
    ("L4BackendRef", &[]),
    ("Gateway", OBJECT),
    ("GatewaySpec", &["addresses", "infrastructure", "backendTLS", "tls", "allowedListeners", "defaultScope"]),
    ("GatewayListener", &[]),
    ("ListenerTls", &["certificateRefs", "frontendValidation", "options"]),
    ("AllowedRoutes", &[]),
    ("RouteGroupKind", &[]),
    ("RouteNamespaces", &[]),
    ("LabelSelector", &[]),
    ("LabelSelectorRequirement", &[]),
    ("ReferenceGrant", OBJECT),
    ("ReferenceGrantSpec", &[]),
    ("ReferenceGrantFrom", &[]),
    ("ReferenceGrantTo", &[]),
    ("BackendTlsPolicy", OBJECT),
    ("BackendTlsPolicySpec", &["options"]),
    ("PolicyTargetRef", &[]),
    ("BackendTlsValidation", &[]),
    ("LocalObjectRef", &[]),
    ("SubjectAltName", &[]),
    ("ConfigMap", &["apiVersion", "kind", "metadata", "binaryData", "immutable"]),
    ("Secret", &["apiVersion", "kind", "metadata", "immutable"]),
];

/// What every object has beside its content.
const OBJECT: &[&str] = &["apiVersion", "kind", "metadata", "status"];

/// What to say about `key`, which the type does not read: `None` when that is as it should be, else the other words that
/// it may have been meant for.
pub(crate) fn unread(type_name: &str, key: &str) -> Option<&'static [&'static str]> {
    let (_, unread) = COMPLETE.iter().find(|(name, _)| *name == type_name)?;
    // `metadata` and the like are no likely meaning of a stray field.
    let likely = if std::ptr::eq(*unread, OBJECT) { &[] } else { *unread };
    (!unread.contains(&key)).then_some(likely)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_known_and_unread_are_passed_over() {
        assert_eq!(unread("ListenerTls", "certificateRefs"), None);
        assert_eq!(unread("PodSpec", "anything"), None);
        assert_eq!(unread("HttpRoute", "status"), None);
    }

    #[test]
    fn other_fields_are_told() {
        assert_eq!(unread("GrpcRouteRule", "sessionPersistance"), Some(&["sessionPersistence"][..]));
        assert_eq!(unread("HttpRoute", "metdata"), Some(&[][..]));
    }
}
