//! Which column gets how much room.

use super::{GAP, INDENT, Kind};

/// A column of text is not made narrower than this while there is another way.
const READABLE: usize = 14;
/// The same for a column of names.
const RECOGNISABLE: usize = 24;
/// The same for a column of sentences; names beside it are not wrapped at all, as it can stand below them instead.
const FLUENT: usize = 30;
/// No column is ever made narrower than this: a wide character must fit.
const SMALLEST: usize = 2;

/// How a table is laid out, with the width of each column shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Every column side by side.
    Columns(Vec<usize>),
    /// All text below each other in the first column, the others beside it.
    Stacked(Vec<usize>),
}

/// The layout of columns of `kinds` and `natural` widths in `available` columns. Never stretches; wraps text while it
/// stays readable, then stacks it, and only cuts into figures when nothing else helps.
pub(super) fn fit(kinds: &[Kind], natural: &[usize], available: usize) -> Layout {
    let fluent = kinds.contains(&Kind::Prose);
    let floor = |(kind, width): (&Kind, &usize)| match kind {
        Kind::Name if fluent => *width,
        Kind::Name => RECOGNISABLE.min(*width),
        Kind::Text => READABLE.min(*width),
        Kind::Prose => FLUENT.min(*width),
        Kind::Word | Kind::Figure => *width,
    };
    let floors: Vec<_> = kinds.iter().zip(natural).map(floor).collect();
    let mut widths = natural.to_vec();
    if shrink(&mut widths, &floors, room(natural.len(), available)) {
        return Layout::Columns(widths);
    }
    let stackable =
        kinds.first().is_some_and(|kind| kind.is_text()) && kinds.iter().filter(|kind| kind.is_text()).count() > 1;
    if !stackable {
        shrink(&mut widths, &vec![SMALLEST; natural.len()], room(natural.len(), available));
        return Layout::Columns(widths);
    }
    let below = kinds.iter().zip(natural).skip(1).filter(|(kind, _)| kind.is_text());
    let first = below.map(|(_, width)| width + INDENT).fold(natural[0], usize::max);
    let others = kinds.iter().zip(natural).filter(|(kind, _)| !kind.is_text()).map(|(_, width)| *width);
    let mut widths: Vec<_> = std::iter::once(first).chain(others).collect();
    let mut floors = widths.clone();
    floors[0] = READABLE;
    let room = room(widths.len(), available);
    if !shrink(&mut widths, &floors, room) {
        let floors = vec![SMALLEST + INDENT; widths.len()];
        shrink(&mut widths, &floors, room);
    }
    Layout::Stacked(widths)
}

/// The kinds of the columns that [`Layout::Stacked`] shows.
pub(super) fn stacked_kinds(kinds: &[Kind]) -> Vec<Kind> {
    std::iter::once(Kind::Name).chain(kinds.iter().copied().filter(|kind| !kind.is_text())).collect()
}

/// What is left for the columns themselves.
fn room(columns: usize, available: usize) -> usize {
    available.saturating_sub(GAP * columns.saturating_sub(1))
}

/// Takes from the widest column above its floor, one at a time, until all fit into `room`; whether they do.
fn shrink(widths: &mut [usize], floors: &[usize], room: usize) -> bool {
    let mut total: usize = widths.iter().sum();
    while total > room {
        let widest =
            (0..widths.len()).filter(|index| widths[*index] > floors[*index]).max_by_key(|index| widths[*index]);
        let Some(widest) = widest else { return false };
        widths[widest] -= 1;
        total -= 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ROW: [Kind; 4] = [Kind::Name, Kind::Text, Kind::Figure, Kind::Word];

    #[rstest]
    #[case::natural_widths_are_never_stretched(&[10, 20, 8, 7], 200, Layout::Columns(vec![10, 20, 8, 7]))]
    #[case::the_widest_text_gives_first(&[10, 40, 8, 7], 60, Layout::Columns(vec![10, 29, 8, 7]))]
    #[case::unreadable_columns_are_stacked(&[30, 40, 20, 12], 60, Layout::Stacked(vec![24, 20, 12]))]
    #[case::figures_give_last(&[30, 40, 60, 12], 60, Layout::Stacked(vec![14, 30, 12]))]
    fn columns_get_the_room_they_need(#[case] natural: &[usize], #[case] available: usize, #[case] layout: Layout) {
        assert_eq!(fit(&ROW, natural, available), layout);
    }

    #[rstest]
    #[case::beside_the_others_while_it_reads_well(80, Layout::Columns(vec![20, 5, 51]))]
    #[case::names_are_kept_whole(61, Layout::Columns(vec![20, 5, 32]))]
    #[case::below_the_first_column_otherwise(58, Layout::Stacked(vec![51, 5]))]
    fn sentences_have_room_or_stand_below(#[case] available: usize, #[case] layout: Layout) {
        assert_eq!(fit(&[Kind::Name, Kind::Word, Kind::Prose], &[20, 5, 90], available), layout);
    }

    #[test]
    fn a_single_text_column_is_not_stacked() {
        let kinds = [Kind::Text, Kind::Figure];
        assert_eq!(fit(&kinds, &[50, 50], 60), Layout::Columns(vec![14, 44]));
    }
}
