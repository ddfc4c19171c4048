//! A folder of manifests, for gateways that read files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::exec::ObjectName;

/// Name of the file that says which generation the folder holds.
const GENERATION: &str = "generation";

/// A folder with a file for each object. It is removed when this is dropped.
///
/// Each file is replaced as a whole, so that nobody reads half of one, and the file `generation` is written last.
#[derive(Debug)]
pub(crate) struct ManifestFolder {
    folder: TempDir,
    objects: BTreeMap<ObjectName, Value>,
}

impl ManifestFolder {
    /// An empty one.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sextant-manifests-").tempdir()?;
        Ok(Self { folder, objects: BTreeMap::new() })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The objects, by name.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Value> {
        self.objects.values()
    }

    /// Writes an object, new or changed.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn put(&mut self, manifest: Value) -> io::Result<()> {
        let name = ObjectName::of(&manifest);
        self.write(&file_of(&name), &format!("{manifest:#}\n"))?;
        self.objects.insert(name, manifest);
        Ok(())
    }

    /// Removes an object, if it is there.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn remove(&mut self, name: &ObjectName) -> io::Result<()> {
        match self.objects.remove(name) {
            Some(_) => fs::remove_file(self.path().join(file_of(name))),
            None => Ok(()),
        }
    }

    /// Makes these objects the whole of it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn replace(&mut self, manifests: Vec<Value>) -> io::Result<()> {
        let wanted: Vec<_> = manifests.iter().map(ObjectName::of).collect();
        let gone: Vec<_> = self.objects.keys().filter(|name| !wanted.contains(name)).cloned().collect();
        gone.iter().try_for_each(|name| self.remove(name))?;
        manifests.into_iter().try_for_each(|manifest| self.put(manifest))
    }

    /// Says which generation it holds.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn finish(&self, generation: u64) -> io::Result<()> {
        self.write(GENERATION, &format!("{generation}\n"))
    }

    /// Ports of the listeners of all Gateways in it, ascending and each once.
    pub(crate) fn gateway_ports(&self) -> Vec<u16> {
        let gateways = self.objects.values().filter(|object| object["kind"] == "Gateway");
        let listeners = gateways.filter_map(|gateway| gateway["spec"]["listeners"].as_array()).flatten();
        let ports = listeners.filter_map(|listener| u16::try_from(listener["port"].as_u64()?).ok());
        let ports: std::collections::BTreeSet<_> = ports.collect();
        ports.into_iter().collect()
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let whole = self.path().join(name);
        let draft = self.path().join(format!(".{name}"));
        fs::write(&draft, text)?;
        fs::rename(draft, whole)
    }
}

/// `kind.group_namespace_name.yaml`: no part of a name has an underscore.
fn file_of(name: &ObjectName) -> String {
    let group = name.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let parts = format!("{}.{group}_{}_{}", name.kind.to_lowercase(), name.namespace, name.name);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    format!("{}.yaml", parts.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn gateway(name: &str, port: u16) -> Value {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": { "namespace": "shop", "name": name },
            "spec": { "listeners": [{ "port": port }, { "port": 80 }] },
        })
    }

    fn files(folder: &ManifestFolder) -> BTreeSet<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn it_has_a_file_for_each_object_and_the_generation() {
        let mut folder = ManifestFolder::new().unwrap();
        folder.replace(vec![gateway("edge", 8080), gateway("other", 9090)]).unwrap();
        folder.finish(1).unwrap();
        let edge = "gateway.gateway.networking.k8s.io_shop_edge.yaml";
        let other = "gateway.gateway.networking.k8s.io_shop_other.yaml";
        assert_eq!(files(&folder), [edge, other, "generation"].map(str::to_owned).into());
        let read: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(edge)).unwrap()).unwrap();
        assert_eq!(read, gateway("edge", 8080));
        assert_eq!(folder.gateway_ports(), [80, 8080, 9090]);

        folder.replace(vec![gateway("edge", 8081)]).unwrap();
        folder.finish(2).unwrap();
        assert_eq!(files(&folder), [edge, "generation"].map(str::to_owned).into());
        assert_eq!(fs::read_to_string(folder.path().join("generation")).unwrap(), "2\n");
        assert_eq!(folder.gateway_ports(), [80, 8081]);
    }

    #[test]
    fn no_name_leads_out_of_it() {
        let mut odd = gateway("../../edge", 80);
        odd["metadata"]["namespace"] = "..".into();
        let mut folder = ManifestFolder::new().unwrap();
        folder.put(odd).unwrap();
        assert_eq!(files(&folder).len(), 1);
    }
}
