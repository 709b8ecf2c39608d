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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_loses_nothing_to_a_large_neighbour() {
        let mut sum = Sum::default();
        for value in [1e16, 1.0, -1e16, 1.0] {
            sum.add(value);
        }
        assert_eq!(sum.total(), 2.0);
    }
}
