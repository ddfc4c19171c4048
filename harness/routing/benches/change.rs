//! How long one changed workload takes: `cargo bench -p sextant-routing --bench change`.
//!
//! `warm` changes one workload again and again, as one that flaps does. `cold` changes another one every turn, and floods
//! the processor's caches before each, so that nothing of the cluster is near, be it small or large: without that, a small
//! one would be measured in the caches and a large one in memory. Only the code is brought back, by a change in another,
//! tiny cluster: it is the same for every size, and to load it takes longer than all the rest.
//!
//! Every turn ends with a copy of the model, as a gateway takes one; the copy before is let go. A turn must take at most 50
//! microseconds.

mod cluster;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use sextant_resources::{Kind, Object, ObjectMap, Pod, WorkloadEntry};
use sextant_routing::{Model, Moved, Options, Profile, Resolver};

/// How many workloads there are.
const SIZES: [usize; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];
/// Bytes to write so that nothing else is left in the caches: twice the last-level cache of a large core complex.
const CACHES: usize = 64 << 20;
/// Bytes that come into the caches together.
const LINE: usize = 64;

/// What is in the caches when a workload changes.
#[derive(Clone, Copy)]
enum Caches {
    /// What the last change of the same workload left there.
    Warm,
    /// The code, and nothing of the cluster.
    Cold,
}

/// Memory to fill the caches with.
struct Flood(Vec<u8>);

impl Flood {
    fn new() -> Self {
        Self(vec![1; CACHES])
    }

    fn run(&mut self) {
        self.0.iter_mut().step_by(LINE).for_each(|byte| *byte = byte.wrapping_add(1));
        black_box(&mut self.0);
    }
}

/// Changes of `objects`, one a turn: by [`Caches::Cold`] another one every turn, step by step round and round.
struct Turns<T: Kind> {
    objects: Vec<Object<T>>,
    change: fn(&mut Object<T>),
    caches: Caches,
    at: usize,
}

impl<T: Kind> Turns<T> {
    fn new(objects: &ObjectMap<T>, caches: Caches, change: fn(&mut Object<T>)) -> Self {
        let objects = objects.values().map(|object| Object::clone(object)).collect();
        Self { objects, change, caches, at: 0 }
    }

    fn next(&mut self) -> Arc<Object<T>> {
        if let Caches::Cold = self.caches {
            // A prime, so that every object has its turn, and none soon after its neighbours.
            self.at = (self.at + 7_919) % self.objects.len();
        }
        let object = &mut self.objects[self.at];
        (self.change)(object);
        Arc::new(object.clone())
    }
}

/// Measures changes of the objects of one kind, each of which `change` makes.
#[expect(clippy::disallowed_methods, reason = "the crate reads no clock, and a benchmark must")]
fn measure<T: Kind>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    (size, caches): (usize, Caches),
    [resolver, tiny]: [&mut Resolver; 2],
    flood: &mut Flood,
    change: fn(&mut Object<T>),
) {
    let mut turns = Turns::new(T::objects(resolver.resources()), caches, change);
    let mut elsewhere = Turns::new(T::objects(tiny.resources()), caches, change);
    let mut copy: Model = resolver.model().clone();
    group.bench_function(BenchmarkId::new(T::KIND, size), |b| {
        b.iter_custom(|count| {
            let mut taken = Duration::ZERO;
            for _ in 0..count {
                let object = turns.next();
                if let Caches::Cold = caches {
                    flood.run();
                    black_box(tiny.upsert(elsewhere.next()));
                }
                let start = Instant::now();
                let moved = resolver.upsert(object);
                copy = resolver.model().clone();
                taken += start.elapsed();
                black_box(moved);
            }
            taken
        });
    });
    assert!(matches!(resolver.upsert(turns.next()), Moved::Backends(moved) if moved.len() == 1), "one backend moves");
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

fn change(c: &mut Criterion, caches: Caches, name: &str) {
    let mut flood = Flood::new();
    for profile in [Profile::Kgateway, Profile::Istio] {
        let mut group = c.benchmark_group(format!("{name} caches/{profile:?}"));
        // Only the changes count as measuring time, and they are a small part of a turn.
        // Only the changes count as measuring time: where the caches are flooded they are a small part of a turn.
        let time = match caches {
            Caches::Warm => Duration::from_secs(1),
            Caches::Cold => Duration::from_millis(20),
        };
        group.warm_up_time(Duration::from_millis(300)).measurement_time(time);
        group.sample_size(20).sampling_mode(SamplingMode::Flat);
        for size in SIZES {
            let options = Options { profile, ..Options::default() };
            let [mut resolver, mut tiny] =
                [size, 10].map(|workloads| Resolver::new(cluster::resources(workloads / 10), options.clone()));
            measure(&mut group, (size, caches), [&mut resolver, &mut tiny], &mut flood, other_port);
            measure(&mut group, (size, caches), [&mut resolver, &mut tiny], &mut flood, other_readiness);
        }
        group.finish();
    }
}

fn warm(c: &mut Criterion) {
    change(c, Caches::Warm, "warm");
}

fn cold(c: &mut Criterion) {
    change(c, Caches::Cold, "cold");
}

criterion_group!(benches, warm, cold);
criterion_main!(benches);
