//! The reader of a running Envoy: what its admin interface tells about clusters, hosts, listeners and routes.

mod dump;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::wire::{Config, HostStatus};
use dump::ConfigDump;

/// An admin interface, and how to ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Its root, such as `http://127.0.0.1:15000/`.
    pub url: Url,
    /// How long all of it may take.
    pub patience: Duration,
}

/// What a running Envoy has.
#[derive(Clone, Debug, PartialEq)]
pub struct InUse {
    /// Every resource, with the hosts of each cluster.
    pub config: Config,
    /// Its node; empty when it has none.
    pub node: String,
    /// By kind, the version that it has acknowledged.
    pub versions: BTreeMap<&'static str, String>,
}

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address is none.
    #[error("`{url}` is not the URL of an admin interface, such as http://127.0.0.1:15000: {why}")]
    Url {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answered in time.
    #[error("{url} did not answer; is it the admin interface of a running Envoy, and the port forwarded?")]
    NoAnswer {
        /// What was asked for.
        url: String,
        /// The words of those below.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is an error.
    #[error("{url} answered {status}; is it the admin interface of an Envoy?")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: http::StatusCode,
    },
    /// The answer is nothing that Envoy says.
    #[error("{url} answered something that is not Envoy's")]
    NotEnvoy {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// `/clusters?format=json`.
#[derive(Deserialize)]
struct Clusters {
    cluster_statuses: Vec<ClusterStatus>,
}

#[derive(Deserialize)]
struct ClusterStatus {
    name: String,
    #[serde(default)]
    host_statuses: Vec<HostStatus>,
}

/// The root of an admin interface; `http://` may be left out.
///
/// # Errors
/// [`AdminError::Url`].
pub fn admin_url(text: &str) -> Result<Url, AdminError> {
    let wrong = |why: String| AdminError::Url { url: text.to_owned(), why };
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url: Url = full.parse().map_err(|error| wrong(format!("{error}")))?;
    if url.scheme() != "http" {
        return Err(wrong(format!("Envoy's admin interface speaks http, not {}", url.scheme())));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url.set_query(None);
    Ok(url)
}

/// Asks an Envoy for everything that it has.
///
/// # Errors
/// See [`AdminError`].
pub async fn read(admin: &Admin) -> Result<InUse, AdminError> {
    let told = |source| AdminError::NoAnswer { url: admin.url.to_string(), source };
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(admin.patience);
    let client = client.build().map_err(told)?;
    let dump: ConfigDump = ask(&client, &admin.url, "config_dump?include_eds").await?;
    let clusters: Clusters = ask(&client, &admin.url, "clusters?format=json").await?;
    Ok(put_together(dump, clusters))
}

fn put_together(dump: ConfigDump, clusters: Clusters) -> InUse {
    let hosts = clusters.cluster_statuses.into_iter().map(|cluster| (cluster.name, cluster.host_statuses));
    let mut in_use = dump.into_in_use();
    in_use.config.hosts = hosts.collect();
    in_use
}

async fn ask<T: DeserializeOwned>(client: &reqwest::Client, root: &Url, what: &str) -> Result<T, AdminError> {
    let url = format!("{root}{what}");
    let no_answer = |source| AdminError::NoAnswer { url: url.clone(), source };
    let answer = client.get(&url).send().await.map_err(no_answer)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(AdminError::Status { url, status });
    }
    let body = answer.bytes().await.map_err(no_answer)?;
    serde_json::from_slice(&body).map_err(|source| AdminError::NotEnvoy { url, source })
}

#[cfg(test)]
mod tests;
