//! The order of records in a reply: a function of the answer's `order`, the round and a seed.

use super::{Name, Order, QueryType};

/// Brings the records of one answer into the order of this round.
pub(super) fn arrange<T>(records: &mut [T], order: Order, round: u64, seed: u64) {
    match order {
        Order::Fixed => {}
        Order::Rotate if records.is_empty() => {}
        Order::Rotate => {
            let by = round % records.len() as u64;
            // Less than the length, which is a usize.
            records.rotate_left(usize::try_from(by).unwrap_or(0));
        }
        Order::Shuffle => shuffle(records, splitmix(seed ^ splitmix(round))),
    }
}

/// The seed of one name and type: the same on every machine and in every run.
pub(super) fn seed_of(seed: u64, name: &Name, query_type: QueryType) -> u64 {
    // FNV-1a; the standard library's hasher may change from one release to the next.
    let hash = name
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3));
    splitmix(seed ^ hash ^ u64::from(query_type.code()).rotate_left(32))
}

/// Fisher and Yates. The bias of the reduction is below 2⁻⁵⁰ for any real number of records.
fn shuffle<T>(records: &mut [T], mut state: u64) {
    for end in (1..records.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let wide = u128::from(mix(state)) * (end as u128 + 1);
        // The upper half is at most `end`.
        let pick = usize::try_from(wide >> 64).unwrap_or(end);
        records.swap(end, pick);
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood 2014): enough to decide an order, and the same everywhere.
fn splitmix(value: u64) -> u64 {
    mix(value.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn arranged(order: Order, round: u64, seed: u64) -> [u8; 3] {
        let mut records = [1, 2, 3];
        arrange(&mut records, order, round, seed);
        records
    }

    #[test]
    fn rotation_begins_with_the_next_record_each_round() {
        let rounds: Vec<_> = (0..4).map(|round| arranged(Order::Rotate, round, 7)).collect();
        assert_eq!(rounds, [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]]);
        arrange::<u8>(&mut [], Order::Rotate, 5, 0);
    }

    #[test]
    fn a_shuffle_is_decided_by_seed_and_round_alone() {
        let sequence = |seed| (0..20).map(|round| arranged(Order::Shuffle, round, seed)).collect::<Vec<_>>();
        assert_eq!(sequence(1), sequence(1));
        assert_ne!(sequence(1), sequence(2));
        let orders: BTreeSet<_> = sequence(1).into_iter().collect();
        assert!(orders.len() >= 4, "20 rounds should show most of the 6 orders: {orders:?}");
    }

    /// 6,000 rounds give each of the 6 orders 1,000 times; the bounds are more than 6 standard deviations (29) away.
    /// The seeds are fixed, so this cannot fail by chance.
    #[test]
    fn every_order_is_about_as_likely() {
        let mut counts = BTreeMap::new();
        for round in 0..6_000 {
            *counts.entry(arranged(Order::Shuffle, round, 42)).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (820..=1_180).contains(count)), "{counts:?}");
    }

    #[test]
    fn names_and_types_have_seeds_of_their_own() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let seeds = BTreeSet::from([
            seed_of(1, &name("a.example"), QueryType::A),
            seed_of(1, &name("a.example"), QueryType::Aaaa),
            seed_of(1, &name("b.example"), QueryType::A),
            seed_of(2, &name("a.example"), QueryType::A),
        ]);
        assert_eq!(seeds.len(), 4);
    }
}
