//! How long resolving and deciding take at size: `cargo bench -p sextant-routing --bench resolve`.
//!
//! Ten thousand ServiceEntries with a hundred thousand workloads are the size that must resolve within a second.

mod cluster;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::{HeaderMap, Method, Uri};
use sextant_routing::{Options, RouteTable, Schedule, resolve};

use cluster::resources;

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
