//! The cluster that is measured: ten workloads, half of them pods, for every ServiceEntry, which selects them by label, and
//! one HTTPRoute each with its own hostname, in a hundred namespaces.

use std::sync::Arc;

use sextant_resources::{Object, ObjectKey, ObjectMap, ResourceSet, load_text};

/// As in the command line, so that what users run is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TEMPLATE: &str = "
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: t, namespace: t}, spec: {
  hosts: [t.example.com], ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}], resolution: STATIC,
  workloadSelector: {labels: {app: t}}}}
---
{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: t, namespace: t, labels: {app: t, version: v1}},
  spec: {address: 10.0.0.1, locality: r1/z1/sz1, ports: {http: 9090}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: t, namespace: t, labels: {app: t, version: v1}}, spec: {nodeName: n1},
  status: {podIP: 10.0.0.2, conditions: [{type: Ready, status: 'True'}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1}}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: infra}, spec: {
  gatewayClassName: kgateway, listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: t, namespace: t}, spec: {
  parentRefs: [{name: gw, namespace: infra}], hostnames: [t.example.com], rules: [{backendRefs: [
  {group: networking.istio.io, kind: ServiceEntry, name: t, port: 80}]}]}}
";

/// The one object of the template, under another name.
fn copy<T: Clone>(from: &Object<T>, name: String, namespace: &str) -> Object<T> {
    Object { key: ObjectKey::new(namespace, name), ..from.clone() }
}

fn put<T>(map: &mut ObjectMap<T>, object: Object<T>) {
    map.insert(object.key.clone(), Arc::new(object));
}

fn first<T>(map: &mut ObjectMap<T>) -> Arc<Object<T>> {
    map.pop_first().expect("the template has one of each kind").1
}

/// `count` ServiceEntries in a hundred namespaces.
pub(crate) fn resources(count: usize) -> ResourceSet {
    let mut set = load_text(&"template.yaml".into(), TEMPLATE).resources;
    let (entry, vm) = (first(&mut set.service_entries), first(&mut set.workload_entries));
    let (pod, route) = (first(&mut set.pods), first(&mut set.http_routes));
    for n in 0..count {
        let (app, host, namespace) = (format!("app-{n}"), format!("host-{n}.example.com"), format!("ns-{}", n % 100));
        let mut entry = copy(&entry, app.clone(), &namespace);
        entry.body.spec.hosts = vec![host.clone()];
        entry.body.spec.workload_selector.iter_mut().for_each(|s| drop(s.labels.insert("app".to_owned(), app.clone())));
        put(&mut set.service_entries, entry);
        for k in 0..5 {
            let mut vm = copy(&vm, format!("{app}-vm-{k}"), &namespace);
            vm.meta.labels.insert("app".to_owned(), app.clone());
            put(&mut set.workload_entries, vm);
            let mut pod = copy(&pod, format!("{app}-pod-{k}"), &namespace);
            pod.meta.labels.insert("app".to_owned(), app.clone());
            put(&mut set.pods, pod);
        }
        let mut route = copy(&route, app.clone(), &namespace);
        route.body.spec.hostnames = vec![host];
        route.body.spec.rules[0].backend_refs[0].name = app;
        put(&mut set.http_routes, route);
    }
    set
}
