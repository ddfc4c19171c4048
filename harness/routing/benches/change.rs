//! How long one changed workload takes: `cargo bench -p sextant-routing --bench change`.
//!
//! Every turn changes another workload, so that nothing of it is in the caches, and ends with a copy of the model, as a
//! gateway takes one; the copy before is let go. It must take at most 50 microseconds, and no longer among a hundred
//! thousand workloads than among a thousand.

mod cluster;

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use sextant_resources::{Kind, Object, ObjectMap};
use sextant_routing::{Model, Moved, Options, Profile, Resolver};

/// How many workloads there are.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Walks `objects` in great steps, round and round, and gives what `change` makes of each.
fn turns<T: Kind>(objects: ObjectMap<T>, change: impl Fn(&mut Object<T>)) -> impl FnMut() -> Arc<Object<T>> {
    let mut changed: Vec<_> = objects.values().map(|object| Object::clone(object)).collect();
    // A prime, so that every object has its turn.
    let (step, mut at) = (7_919, 0);
    move || {
        at = (at + step) % changed.len();
        change(&mut changed[at]);
        Arc::new(changed[at].clone())
    }
}

fn measure<T: Kind>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    (what, size): (&str, usize),
    resolver: &mut Resolver,
    mut next: impl FnMut() -> Arc<Object<T>>,
) {
    let mut copy: Model = resolver.model().clone();
    group.bench_function(BenchmarkId::new(what, size), |b| {
        b.iter_batched(
            &mut next,
            |object| {
                let moved = resolver.upsert(object);
                copy = resolver.model().clone();
                moved
            },
            BatchSize::NumIterations(64),
        );
    });
    assert!(matches!(resolver.upsert(next()), Moved::Backends(moved) if moved.len() == 1), "one backend moves");
    black_box(copy);
}

fn change(c: &mut Criterion) {
    for profile in [Profile::Kgateway, Profile::Istio] {
        let mut group = c.benchmark_group(format!("change/{profile:?}"));
        for size in SIZES {
            let resources = cluster::resources(size / 10);
            let entries = turns(resources.workload_entries.clone(), |entry| {
                let port = entry.body.spec.ports.entry("http".to_owned()).or_default();
                *port = 9_000 + (*port + 1) % 1_000;
            });
            let pods = turns(resources.pods.clone(), |pod| {
                let ready = &mut pod.body.status.conditions[0].status;
                *ready = if ready == "True" { "False" } else { "True" }.to_owned();
            });
            let mut resolver = Resolver::new(resources, Options { profile, ..Options::default() });
            measure(&mut group, ("WorkloadEntry", size), &mut resolver, entries);
            measure(&mut group, ("Pod", size), &mut resolver, pods);
        }
        group.finish();
    }
}

criterion_group!(benches, change);
criterion_main!(benches);
