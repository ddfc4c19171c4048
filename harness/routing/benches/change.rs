//! How long one changed workload takes: `cargo bench -p sextant-routing --bench change`.
//!
//! `another` changes another workload every turn, so that nothing of it is in the processor's caches; `same` changes one
//! workload again and again, as one that flaps does. Every turn ends with a copy of the model, as a gateway takes one; the
//! copy before is let go. A turn must take at most 50 microseconds, and the steps that it takes do not depend on how many
//! workloads there are.

mod cluster;

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use sextant_resources::{Kind, Object, ObjectMap, Pod, WorkloadEntry};
use sextant_routing::{Model, Moved, Options, Profile, Resolver};

/// How many workloads there are.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Walks `objects`, `step` by step, round and round, and gives what `change` makes of each.
fn turns<T: Kind>(
    objects: &ObjectMap<T>,
    step: usize,
    change: fn(&mut Object<T>),
) -> impl FnMut() -> Arc<Object<T>> + use<T> {
    let mut changed: Vec<_> = objects.values().map(|object| Object::clone(object)).collect();
    let mut at = 0;
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

fn other_port(entry: &mut Object<WorkloadEntry>) {
    let port = entry.body.spec.ports.entry("http".to_owned()).or_default();
    *port = 9_000 + (*port + 1) % 1_000;
}

fn other_readiness(pod: &mut Object<Pod>) {
    let ready = &mut pod.body.status.conditions[0].status;
    *ready = if ready == "True" { "False" } else { "True" }.to_owned();
}

fn change(c: &mut Criterion) {
    for profile in [Profile::Kgateway, Profile::Istio] {
        let mut group = c.benchmark_group(format!("change/{profile:?}"));
        for size in SIZES {
            let options = Options { profile, ..Options::default() };
            let mut resolver = Resolver::new(cluster::resources(size / 10), options);
            // A prime, so that every object has its turn, and none soon after its neighbours.
            for (turn, step) in [("same", 0), ("another", 7_919)] {
                let entries = turns(&resolver.resources().workload_entries, step, other_port);
                measure(&mut group, (&format!("{turn} WorkloadEntry"), size), &mut resolver, entries);
                let pods = turns(&resolver.resources().pods, step, other_readiness);
                measure(&mut group, (&format!("{turn} Pod"), size), &mut resolver, pods);
            }
        }
        group.finish();
    }
}

criterion_group!(benches, change);
criterion_main!(benches);
