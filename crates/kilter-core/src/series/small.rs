//! Which figures are small: a rule that a measure has, and that tables are protected by.

/// Whether a count of zero is small enough to be withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zeros {
    /// Zeros are shown, always. Readers then know that what is withheld is at least 1.
    Shown,
    /// Zeros are withheld as other small counts are.
    Withheld,
}

/// Which counts are small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SmallCounts {
    /// The greatest count that is withheld: with 5, a count of 5 is withheld and one of 6 shown. Tables that
    /// "show nothing below 5" have a threshold of 4.
    pub threshold: u64,
    /// Whether zeros are small.
    pub zeros: Zeros,
}

impl Zeros {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("shown", Self::Shown), ("withheld", Self::Withheld)];
}

impl SmallCounts {
    /// Whether a count is withheld for its own sake.
    ///
    /// ```
    /// use kilter_core::series::{SmallCounts, Zeros};
    /// let small = SmallCounts { threshold: 5, zeros: Zeros::Shown };
    /// assert_eq!([0, 1, 5, 6].map(|count| small.withholds(count)), [false, true, true, false]);
    /// ```
    #[must_use]
    pub fn withholds(self, count: u64) -> bool {
        count <= self.threshold && !(count == 0 && self.zeros == Zeros::Shown)
    }

    /// Whether a figure that may be no whole number is withheld for its own sake: what is below zero is
    /// small.
    #[must_use]
    pub fn withholds_number(self, figure: f64) -> bool {
        figure <= self.threshold as f64 && !(figure == 0.0 && self.zeros == Zeros::Shown)
    }
}
