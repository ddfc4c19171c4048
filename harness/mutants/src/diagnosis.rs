//! How often the diagnosis of a kill names what is truly wrong.

use crate::{Hunt, Mutant};

/// Of a hundred diagnoses so many name the true class first, at least.
const FIRST_OF_HUNDRED: usize = 95;

/// Every one names it among so many.
const AMONG: usize = 3;

/// What the diagnoses of kills are worth. The kill that is told first speaks for each mutant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnoses<'a> {
    /// Mutants that were killed.
    pub all: usize,
    /// Diagnoses that name the true class first.
    pub first: usize,
    /// Diagnoses that name it among their first three.
    pub among: usize,
    /// Mutants whose diagnosis does not name the true class among its first three.
    pub missed: Vec<&'a str>,
}

impl<'a> Diagnoses<'a> {
    /// The diagnoses of `hunts`, which are in the order of `mutants`.
    pub fn of(hunts: &[Hunt], mutants: &'a [Mutant]) -> Self {
        let mut diagnoses = Self::default();
        for (kill, mutant) in hunts.iter().zip(mutants).filter_map(|(hunt, mutant)| Some((hunt.kills.first()?, mutant)))
        {
            diagnoses.all += 1;
            match kill.causes.iter().take(AMONG).position(|cause| *cause == mutant.cause) {
                None => diagnoses.missed.push(mutant.id.as_str()),
                Some(place) => {
                    diagnoses.among += 1;
                    diagnoses.first += usize::from(place == 0);
                }
            }
        }
        diagnoses
    }

    /// Whether they can be trusted.
    pub fn are_good(&self) -> bool {
        self.missed.is_empty() && self.first * 100 >= self.all * FIRST_OF_HUNDRED
    }
}

#[cfg(test)]
mod tests {
    use sextant_verdict::Cause;

    use super::*;
    use crate::{Kill, mutants};

    fn hunt(mutant: &Mutant, causes: &[Cause]) -> Hunt {
        let kill = Kill { scenario: "s".into(), found: "it".into(), causes: causes.to_vec(), duration_us: 1 };
        Hunt { mutant: mutant.id.clone(), kills: vec![kill], tried: 1 }
    }

    #[test]
    fn a_diagnosis_that_is_far_off_is_one_too_many_and_a_survivor_has_none() {
        let mutants: Vec<Mutant> =
            mutants().into_iter().filter(|mutant| mutant.cause == Cause::Weight).take(3).collect();
        let [first, second, third] = mutants.as_slice() else { panic!("three mutants are about weights") };
        let none = Hunt { mutant: third.id.clone(), kills: Vec::new(), tried: 1 };
        let right = [hunt(first, &[Cause::Weight]), hunt(second, &[Cause::Weight, Cause::Port]), none.clone()];
        let diagnoses = Diagnoses::of(&right, &mutants);
        assert_eq!((diagnoses.all, diagnoses.first, diagnoses.among), (2, 2, 2));
        assert!(diagnoses.are_good());

        let second_best = [hunt(first, &[Cause::Port, Cause::Weight]), hunt(second, &[Cause::Weight]), none.clone()];
        let diagnoses = Diagnoses::of(&second_best, &mutants);
        assert_eq!((diagnoses.all, diagnoses.first, diagnoses.among), (2, 1, 2));
        assert!(!diagnoses.are_good(), "half of them are not 95 of a hundred");

        let far = [Cause::Port, Cause::Stale, Cause::Filters, Cause::Weight];
        let diagnoses = Diagnoses::of(&[hunt(first, &far), hunt(second, &[Cause::Weight]), none], &mutants);
        assert_eq!(diagnoses.missed, [first.id.as_str()]);
        assert!(!diagnoses.are_good());
    }
}
