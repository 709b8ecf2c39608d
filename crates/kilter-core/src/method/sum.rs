//! Summation that loses nothing to a large neighbour.

/// A compensated sum (Neumaier, 1974): the error of each addition is kept and added at the end.
///
/// ```
/// let mut sum = kilter_core::method::Sum::default();
/// [0.1; 10].iter().for_each(|value| sum.add(*value));
/// assert_eq!(sum.total(), 1.0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    sum: f64,
    error: f64,
}

impl Sum {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        let next = self.sum + value;
        self.error +=
            if self.sum.abs() >= value.abs() { (self.sum - next) + value } else { (value - next) + self.sum };
        self.sum = next;
    }

    /// What was added.
    #[must_use]
    pub fn total(self) -> f64 {
        self.sum + self.error
    }

    /// The mean of so many values that were added; that of equal values is that value exactly.
    ///
    /// What the division left over is divided too.
    #[must_use]
    pub(super) fn mean(self, count: f64) -> f64 {
        mean_of(self.sum, self.error, count)
    }

    /// This sum less an earlier state of it: the sum of what was added since.
    #[must_use]
    pub fn since(self, earlier: Self) -> f64 {
        let mut difference = Self::default();
        for term in [self.sum, -earlier.sum, self.error, -earlier.error] {
            difference.add(term);
        }
        difference.total()
    }
}

/// The mean of a sum of so many values and the error that was kept beside it.
pub(crate) fn mean_of(sum: f64, error: f64, count: f64) -> f64 {
    let first = (sum + error) / count;
    // In two halves, of which each times a count of less than 27 bits is exact.
    let high = f64::from_bits(first.to_bits() & !((1 << 27) - 1));
    let low = first - high;
    let left = ((sum - high * count) - low * count) + error;
    first + left / count
}

/// A sum, the error that was kept, and the next of them after a value: [`Sum::add`] without a branch, for sums side
/// by side. The error of an addition is what it is, whichever way it is found, as long as nothing is beyond all
/// numbers.
#[inline(always)]
pub(crate) fn added(sum: f64, error: f64, value: f64) -> (f64, f64) {
    let next = sum + value;
    let there = next - sum;
    (next, error + ((sum - (next - there)) + (value - there)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sum_loses_nothing_to_a_large_neighbour() {
        let mut sum = Sum::default();
        for value in [1e16, 1.0, -1e16, 1.0] {
            sum.add(value);
        }
        assert_eq!(sum.total(), 2.0);
    }

    proptest! {
        #[test]
        fn sums_side_by_side_are_sums_to_the_bit(
            values in prop::collection::vec(prop_oneof![-1e3..1e3f64, -1e200..1e200f64, Just(0.0), Just(-0.0)], 0..40),
        ) {
            let (mut one, mut other) = (Sum::default(), (0.0, 0.0));
            for value in values {
                one.add(value);
                other = added(other.0, other.1, value);
                prop_assert_eq!(one.total().to_bits(), (other.0 + other.1).to_bits());
            }
        }

        #[test]
        fn the_mean_of_equal_values_is_that_value(value in -1e300..1e300f64, count in 1..500usize) {
            let mut sum = Sum::default();
            (0..count).for_each(|_| sum.add(value));
            prop_assert_eq!(sum.mean(count as f64), value);
        }

        #[test]
        fn the_mean_of_whole_numbers_is_the_nearest_there_is(values in prop::collection::vec(-1_000_000..1_000_000i64, 1..200)) {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(*value as f64));
            let exact = values.iter().sum::<i64>() as f64 / values.len() as f64;
            prop_assert_eq!(sum.mean(values.len() as f64), exact);
        }
    }
}
