//! What the reference is handed in a scenario. Whether a mutant makes anything else of it can be told without a socket, and
//! a scenario in which it does not can never notice that mutant.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use sextant_gateway::{DnsFamily, DnsOptions, GatewayOptions};
use sextant_resources::ResourceSet;
use sextant_routing::{Discovery, Model, Options, resolve};
use sextant_subjects::Alteration;

use crate::Mutant;

/// What the reference was handed in one scenario.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    /// What it was started with; `None` when it never was.
    started: Option<(Options, GatewayOptions)>,
    /// Every desired configuration in order, with what the reference made of it.
    applied: Vec<(ResourceSet, Model)>,
}

/// Writes down what the reference is handed and changes nothing.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    options: Mutex<Option<Options>>,
    gateway: Mutex<Option<GatewayOptions>>,
    applied: Mutex<Vec<(ResourceSet, Model)>>,
}

impl Alteration for Recorder {
    fn options(&self, options: &mut Options) {
        *lock(&self.options) = Some(options.clone());
    }

    fn gateway(&self, options: &mut GatewayOptions) {
        *lock(&self.gateway) = Some(options.clone());
    }

    fn resources(&self, resources: &mut ResourceSet, _: &ResourceSet) {
        lock(&self.applied).push((resources.clone(), Model::default()));
    }

    fn model(&self, model: &mut Model, _: &Model) {
        if let Some((_, made)) = lock(&self.applied).last_mut() {
            *made = model.clone();
        }
    }
}

impl Recorder {
    /// What was written down so far.
    pub(crate) fn handed(&self) -> Handed {
        let started = lock(&self.options).take().zip(lock(&self.gateway).take());
        Handed { started, applied: std::mem::take(&mut *lock(&self.applied)) }
    }
}

/// A poisoned lock means that the scenario panicked; what it wrote is whole all the same.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handed {
    /// Whether `mutant` makes something else of it than the reference does.
    pub(crate) fn touched_by(&self, mutant: &Mutant) -> bool {
        let Some((own_options, own_gateway)) = &self.started else { return false };
        let mut options = own_options.clone();
        mutant.options(&mut options);
        if self.looks_up() && self.looks_up_otherwise(mutant, own_gateway, (own_options, &options)) {
            return true;
        }
        let (mut read_before, mut had) = (ResourceSet::default(), Model::default());
        for (applied, own) in &self.applied {
            let mut read = applied.clone();
            mutant.resources(&mut read, &read_before);
            let mut model = resolve(&read, &options);
            mutant.model(&mut model, &had);
            if differs(&model, own) {
                return true;
            }
            (read_before, had) = (read, model);
        }
        false
    }

    fn looks_up_otherwise(&self, mutant: &Mutant, own: &GatewayOptions, options: (&Options, &Options)) -> bool {
        let mut gateway = own.clone();
        mutant.gateway(&mut gateway);
        let told = |dns: &DnsOptions| format!("{dns:?}");
        let family = |options: &Options| DnsFamily::of(options.semantics());
        mutant.mishears() || told(&gateway.dns) != told(&own.dns) || family(options.0) != family(options.1)
    }

    /// Whether the reference looks anything up.
    fn looks_up(&self) -> bool {
        let by_name = |discovery| matches!(discovery, Discovery::Dns | Discovery::LogicalDns | Discovery::DynamicDns);
        self.applied.iter().flat_map(|(_, model)| &model.backends).any(|backend| by_name(backend.discovery))
    }
}

/// Whether two models differ in what a gateway does with them. Semantics are spent when a model is there, but for the answer
/// for a DNS backend that is empty (D-20).
fn differs(model: &Model, own: &Model) -> bool {
    if model.semantics().empty_dns_is_missing != own.semantics().empty_dns_is_missing {
        return true;
    }
    let mut model = model.clone();
    model.semantics.clone_from(&own.semantics);
    model != *own
}

/// What the reference is handed in each scenario, by id; one set for each profile.
pub(crate) type AllHanded = BTreeMap<String, Arc<Handed>>;
