//! Files of the catalogue as tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;

/// Entries by id, read when they are first asked for.
pub(crate) type Table<T> = LazyLock<BTreeMap<String, T>>;

/// What has an id.
pub(crate) trait Entry: DeserializeOwned {
    /// The id.
    fn id(&self) -> &str;
}

/// The entries of `files`. They are part of this crate and tests read each of them, so that none can be wrong here.
pub(crate) fn table<T: Entry>(files: &[&str]) -> BTreeMap<String, T> {
    let entries = files.iter().flat_map(|text| read::<T>(text).unwrap_or_default());
    entries.map(|entry| (entry.id().to_owned(), entry)).collect()
}

/// The entries of one file, in its order.
pub(crate) fn read<T: Entry>(text: &str) -> Result<Vec<T>, serde_saphyr::Error> {
    serde_saphyr::from_str(text)
}
