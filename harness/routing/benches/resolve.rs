//! How long resolving and deciding take at size: `cargo bench -p sextant-routing`.
//!
//! The set has ten workloads (half of them pods) for every ServiceEntry, which selects them by label, and one HTTPRoute
//! each with its own hostname. Ten thousand ServiceEntries are the size that must resolve in about a second.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, Method, Uri};
use sextant_resources::{Object, ObjectKey, ObjectMap, ResourceSet, load_text};
use sextant_routing::{Options, RouteTable, Schedule, resolve};

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
fn resources(count: usize) -> ResourceSet {
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

fn at_size(c: &mut Criterion) {
    let mut group = c.benchmark_group("service entries");
    group.sample_size(10);
    for count in [100, 1_000, 10_000] {
        let set = resources(count);
        let options = Options::default();
        group.bench_function(BenchmarkId::new("resolve", count), |b| b.iter(|| black_box(resolve(&set, &options))));
        let model = resolve(&set, &options);
        assert_eq!(model.backends.iter().map(|backend| backend.endpoints.len()).sum::<usize>(), count * 10);
        group.bench_function(BenchmarkId::new("table", count), |b| b.iter(|| black_box(RouteTable::new(&model, 80))));
        let table = RouteTable::new(&model, 80);
        let (method, uri, headers) = (Method::GET, Uri::from_static("/api/info"), HeaderMap::new());
        let host = format!("HOST-{}.example.com:80", count / 2);
        group.bench_function(BenchmarkId::new("decide", count), |b| {
            b.iter(|| black_box(table.decide(black_box(&host), &method, &uri, &headers)));
        });
    }
    group.finish();
}

/// One selector for everything: each ServiceEntry matches every workload of every namespace.
fn one_label(c: &mut Criterion) {
    let mut set = resources(10_000);
    for entry in set.service_entries.values_mut() {
        let labels = &mut Arc::make_mut(entry).body.spec.workload_selector;
        labels.iter_mut().for_each(|s| s.labels = [("version".to_owned(), "v1".to_owned())].into());
    }
    let kept: Vec<_> = set.service_entries.keys().step_by(100).cloned().collect();
    set.service_entries.retain(|key, _| kept.contains(key));
    let mut group = c.benchmark_group("one label for all");
    group.sample_size(10);
    group.bench_function("resolve 100 entries of 1,000 endpoints", |b| {
        b.iter(|| black_box(resolve(&set, &Options::default())));
    });
    group.finish();
}

fn schedules(c: &mut Criterion) {
    let table = Schedule::new(&[90, 10]);
    let strides = Schedule::new(&[65_537, 65_539, 7]);
    c.bench_function("schedule: turn by table", |b| b.iter(|| table.choice(black_box(123_456))));
    c.bench_function("schedule: turn by strides", |b| b.iter(|| strides.choice(black_box(123_456))));
    c.bench_function("schedule: table of 65,536 turns", |b| b.iter(|| Schedule::new(black_box(&[65_535, 1]))));
}

criterion_group!(benches, at_size, one_label, schedules);
criterion_main!(benches);
