//! What policies ask for, as data that a gateway can carry out.

use std::time::Duration;

use sextant_resources::ObjectKey;

use crate::{Locality, OriginateTls};

/// How a gateway treats the endpoints of a backend. The default is what it does without any DestinationRule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The DestinationRule that it comes from; `None` when none applies.
    pub rule: Option<ObjectKey>,
    /// Which errors take an endpoint out for a while; `None` means none does (I-154).
    pub outlier_detection: Option<OutlierDetection>,
    /// Percentage of healthy endpoints in a priority below which their health no longer counts; 0 switches that off
    /// (K-092, I-113). Envoy's default is 50.
    pub panic_percent: u32,
    /// Whether each locality's share follows the health of its endpoints (K-092, I-120). With every endpoint healthy
    /// the shares are those of the weights either way.
    pub locality_weighted: bool,
    /// Shares of the localities in place of the sums of their endpoints' weights (I-138). Empty means those sums.
    pub distribution: Vec<LocalityWeight>,
    /// TLS towards the endpoints; `None` means plaintext, whatever the protocol of the port (K-018, I-111).
    pub tls: Option<OriginateTls>,
}

/// The share of one locality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalityWeight {
    /// The locality.
    pub locality: Locality,
    /// Its weight among all localities of the backend.
    pub weight: u32,
}

/// Passive health checks. Counts are of failures in a row; `None` means that such failures never eject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlierDetection {
    /// Replies with a 5xx; failures to connect count too unless [`Self::split_local_origin`].
    pub consecutive_5xx: Option<u32>,
    /// Replies with 502, 503 or 504; failures to connect count too unless [`Self::split_local_origin`].
    pub consecutive_gateway: Option<u32>,
    /// Failures to connect, when they are counted apart.
    pub consecutive_local_origin: Option<u32>,
    /// Whether failures to connect are counted apart from replies.
    pub split_local_origin: bool,
    /// Time between two looks at whose ejection is over.
    pub interval: Duration,
    /// Time of the first ejection; the n-th lasts n times as long.
    pub base_ejection: Duration,
    /// Percentage of a backend's endpoints that may be out at once (I-155).
    pub max_ejection_percent: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rule: None,
            outlier_detection: None,
            panic_percent: 50,
            locality_weighted: false,
            distribution: Vec::new(),
            tls: None,
        }
    }
}
