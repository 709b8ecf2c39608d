//! Quantiles: areas in so many groups of about equal size, by the order of their values.
//!
//! Equal values are always of one group, so that groups can differ in size and one can be empty. What a group
//! means, such as the most deprived fifth, is not known here.

use super::rates::{RowError, finite};
use thiserror::Error;

/// Which values the first group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum First {
    /// The highest.
    Highest,
    /// The lowest.
    Lowest,
}

/// Why there are no groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoQuantiles {
    /// There is no group to be put in.
    #[error("values cannot be put in no groups")]
    NoGroups,
    /// There are fewer values than groups.
    #[error("there are {values} values for {groups} groups: each needs at least one")]
    TooFewValues {
        /// How many values there are, missing ones and others that are none apart.
        values: usize,
        /// How many groups were asked for.
        groups: u32,
    },
}

/// The group of each value, from 1, in the order of the values.
///
/// With `N` values, `Q` groups and the rank `r` of a value, 1 for the first and the best rank of all equal to
/// it: the group is `Q + 1 - ceil(Q (N + 1 - r) / N)`. Reckoned in whole numbers, where `phe_quantile` of
/// PHEindicatormethods 2.1.0 divides twice and can miss a group by the rounding.
///
/// A value that is missing or not finite has an error in its own place and does not count.
///
/// # Errors
/// [`NoQuantiles`]: no groups, or fewer values than groups.
///
/// # Examples
/// ```
/// use kilter_core::method::quantile::{quantiles, First, NoQuantiles};
/// let values = [12.0, 30.0, 7.0, 21.0, 12.0, 9.0].map(Some);
/// let groups: Vec<_> = quantiles(&values, 3, First::Highest)?.into_iter().flatten().collect();
/// assert_eq!(groups, [2, 1, 3, 1, 2, 3]);
/// assert!(quantiles(&[Some(1.0), None, Some(2.0)], 2, First::Lowest)?[1].is_err());
/// let refused = quantiles(&[Some(1.0), None], 2, First::Lowest);
/// assert_eq!(refused, Err(NoQuantiles::TooFewValues { values: 1, groups: 2 }));
/// # Ok::<(), NoQuantiles>(())
/// ```
pub fn quantiles(
    values: &[Option<f64>],
    groups: u32,
    first: First,
) -> Result<Vec<Result<u32, RowError>>, NoQuantiles> {
    let read: Vec<_> = values.iter().enumerate().map(|(row, value)| finite(row, "value", *value)).collect();
    let mut ordered: Vec<f64> = read.iter().flatten().copied().collect();
    ordered.sort_by(f64::total_cmp);
    let count = ordered.len();
    if groups == 0 {
        return Err(NoQuantiles::NoGroups);
    }
    if count < groups as usize {
        return Err(NoQuantiles::TooFewValues { values: count, groups });
    }
    let of = |value: f64| {
        // How many stand before all that are equal to it.
        let before = match first {
            First::Lowest => ordered.partition_point(|other| *other < value),
            First::Highest => count - ordered.partition_point(|other| *other <= value),
        };
        group(before, count, groups)
    };
    Ok(read.into_iter().map(|value| value.map(of)).collect())
}

/// The group of a value with so many before it, among so many: `Q + 1 - ceil(Q (N - before) / N)`, which is one
/// more than `Q before / N` rounded down. There is at least one value, and not all of them stand before it.
pub(crate) fn group(before: usize, count: usize, groups: u32) -> u32 {
    let passed = u128::from(groups) * before as u128 / count.max(1) as u128;
    u32::try_from(passed).map_or(groups, |passed| passed + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_values_are_of_one_group() {
        let of = |values: &[f64], groups, first| -> Vec<u32> {
            let values: Vec<_> = values.iter().copied().map(Some).collect();
            quantiles(&values, groups, first).unwrap().into_iter().flatten().collect()
        };
        assert_eq!(of(&[5.0; 4], 4, First::Lowest), [1; 4]);
        assert_eq!(of(&[0.0, -0.0, 1.0, 2.0], 2, First::Lowest), [1, 1, 2, 2]);
        assert_eq!(of(&[1.0, 1.0, 1.0, 2.0], 2, First::Highest), [1, 1, 1, 1]);
        assert_eq!(quantiles(&[Some(1.0)], 0, First::Lowest), Err(NoQuantiles::NoGroups));
        let bad = quantiles(&[Some(1.0), Some(f64::NAN)], 1, First::Lowest).unwrap();
        assert!(bad[0] == Ok(1) && matches!(bad[1], Err(RowError::Bad { row: 1, .. })));
    }

    proptest! {
        #[test]
        fn distinct_values_make_groups_of_a_size_and_whatever_comes_in_is_in_one_or_refused(
            values in prop::collection::vec(prop::option::weighted(0.9, any::<f64>()), 0..40),
            groups in 0u32..12,
        ) {
            if let Ok(found) = quantiles(&values, groups, First::Highest) {
                prop_assert_eq!(found.len(), values.len());
                prop_assert!(found.iter().flatten().all(|group| (1..=groups).contains(group)));
            }
            let distinct: Vec<_> = (0..40u8).map(|value| Some(f64::from(value))).collect();
            for first in [First::Highest, First::Lowest] {
                let found: Vec<u32> =
                    quantiles(&distinct, groups.max(1), first).unwrap().into_iter().flatten().collect();
                let size = |group| found.iter().filter(|other| **other == group).count();
                let sizes: Vec<_> = (1..=groups.max(1)).map(size).collect();
                prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
                prop_assert!(found.is_sorted() || found.iter().rev().is_sorted());
            }
        }
    }
}
