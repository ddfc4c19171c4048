//! Who holds what.

use std::collections::BTreeMap;

use serde::Serialize;
use sextant_catalogue::{Field, Level, Pain, Profile, Rule, fields, pains, rules};
use sextant_resources::LoadError;
use sextant_scenario::LoadedScenario;

use crate::manifests::{Written, written};
use crate::{Gap, Test, pattern, tests};

/// The whole catalogue with its holders.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Every rule, in order of id.
    pub rules: Vec<Held<Rule>>,
    /// Every field and value, in order of id.
    pub fields: Vec<Held<Field>>,
    /// Every report of a user, in order of id.
    pub pains: Vec<Held<Pain>>,
    /// Ids that a test names and the catalogue has not.
    pub unknown: Vec<(String, Test)>,
}

/// An entry of the catalogue and who holds it.
#[derive(Clone, Debug, Serialize)]
pub struct Held<T: 'static> {
    /// The entry.
    #[serde(flatten)]
    pub entry: &'static T,
    /// Who holds it.
    #[serde(flatten)]
    pub holders: Holders,
}

/// Who holds an entry of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holders {
    /// Ids of scenarios, in order, with the profiles that they run in.
    pub scenarios: BTreeMap<String, Vec<Profile>>,
    /// Tests, in the order of files and lines.
    pub tests: Vec<Test>,
}

/// What matters about a scenario here.
struct Promise<'s> {
    scenario: &'s LoadedScenario,
    profiles: Vec<Profile>,
    objects: Vec<Written>,
}

impl Coverage {
    /// What `scenarios` and the tests of this build hold.
    ///
    /// # Errors
    /// The first manifest file of a scenario that cannot be opened.
    pub fn of(scenarios: &[LoadedScenario]) -> Result<Self, LoadError> {
        let promises: Vec<_> = scenarios.iter().map(Promise::of).collect::<Result<_, _>>()?;
        let holders = |id: &str, holds: &dyn Fn(&Promise<'_>) -> bool| Holders {
            scenarios: promises.iter().filter(|promise| holds(promise)).map(Promise::entry).collect(),
            tests: tests().iter().filter(|test| test.rules.contains(&id)).copied().collect(),
        };
        let of_rule = |rule: &'static Rule| {
            let named = |promise: &Promise<'_>| promise.names(&rule.id) && promise.runs_for(rule);
            Held { entry: rule, holders: holders(&rule.id, &named) }
        };
        let of_field = |field: &'static Field| {
            let holds = |promise: &Promise<'_>| promise.names(&field.id) || promise.writes(field);
            Held { entry: field, holders: holders(&field.id, &holds) }
        };
        let of_pain = |pain: &'static Pain| {
            let holds = |promise: &Promise<'_>| promise.names(&pain.id) || promise.links(pain);
            Held { entry: pain, holders: holders(&pain.id, &holds) }
        };
        let named = tests().iter().flat_map(|test| test.rules.iter().map(move |rule| (*rule, *test)));
        let unknown = named.filter(|(rule, _)| sextant_catalogue::knows(rule) == Some(false));
        Ok(Self {
            rules: rules().map(of_rule).collect(),
            fields: fields().map(of_field).collect(),
            pains: pains().map(of_pain).collect(),
            unknown: unknown.map(|(rule, test)| (rule.to_owned(), test)).collect(),
        })
    }

    /// Where a holder is missing, or a reason is not true any more; in order of id.
    pub fn gaps(&self) -> Vec<Gap> {
        Gap::all(self)
    }
}

impl Holders {
    /// Whether nobody holds the entry.
    pub fn is_empty(&self) -> bool {
        self.scenarios.is_empty() && self.tests.is_empty()
    }

    /// Whether somebody holds the entry under `profile`: a scenario that runs in it, or any test.
    pub fn hold(&self, profile: Profile) -> bool {
        !self.tests.is_empty() || self.scenarios.values().any(|profiles| profiles.contains(&profile))
    }
}

impl Held<Rule> {
    /// The profiles of the rule that nobody holds it under.
    pub fn missing(&self) -> Vec<Profile> {
        self.entry.profiles.iter().copied().filter(|profile| !self.holders.hold(*profile)).collect()
    }

    /// Whether somebody has to hold the rule: every must rule, and every difference between the profiles.
    pub fn is_demanded(&self) -> bool {
        self.entry.level == Level::Must || self.entry.id.starts_with("D-")
    }
}

impl<'s> Promise<'s> {
    fn of(scenario: &'s LoadedScenario) -> Result<Self, LoadError> {
        let named = &scenario.scenario.profiles;
        let all = vec![Profile::Kgateway, Profile::Istio];
        let profiles = if named.is_empty() { all } else { named.clone() };
        Ok(Self { scenario, profiles, objects: written(scenario)? })
    }

    fn entry(&self) -> (String, Vec<Profile>) {
        (self.scenario.scenario.id.clone(), self.profiles.clone())
    }

    fn names(&self, id: &str) -> bool {
        self.scenario.scenario.all_rules().contains(id)
    }

    /// Whether it runs in a profile that `rule` is about.
    fn runs_for(&self, rule: &Rule) -> bool {
        rule.profiles.iter().any(|profile| self.profiles.contains(profile))
    }

    /// Whether its `why` has the link of `pain`, as a link or as `owner/name#number`.
    fn links(&self, pain: &Pain) -> bool {
        let why = &self.scenario.scenario.why;
        let path = pain.seen.trim_start_matches("https://github.com/");
        let short = path.replace("/issues/", "#").replace("/pull/", "#");
        let names = |text: &str| {
            why.match_indices(text)
                .any(|(at, _)| !why[at + text.len()..].starts_with(|next: char| next.is_ascii_digit()))
        };
        let own = short.strip_prefix("kgateway-dev/").map(|own| own.replace('#', " #"));
        names(path) || names(&short) || own.is_some_and(|own| names(&own))
    }

    fn writes(&self, field: &Field) -> bool {
        let of_kind = |object: &&Written| match field.kind.as_str() {
            "Route" => object.kind.ends_with("Route"),
            kind => object.kind == kind,
        };
        let has = |object: &Written| {
            object.origin.tree().is_some_and(|tree| pattern::has(tree, &field.path, field.value.as_deref()))
        };
        self.objects.iter().filter(of_kind).any(has)
    }
}
