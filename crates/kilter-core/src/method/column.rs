//! A column: one cell for every period of a stretch of time, each a value or the reason why not.

use crate::series::{Absence, Marks, Reading, Series};
use std::fmt;

/// Why there is no value. Ordered by what a reader should hear first where several apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// A figure is withheld, and so is everything made from it.
    Suppressed,
    /// A period of the window has no figure.
    IncompleteWindow,
    /// A part of the area has no figure.
    IncompleteArea,
    /// A category of the breakdown has no figure.
    IncompleteBreakdown,
    /// The figure will come.
    NotYetPublished,
    /// Nobody collected it.
    NotCollected,
    /// There is nothing to count.
    NotApplicable,
    /// Nothing was observed.
    NoData,
    /// There is no population for the year, and none near enough to carry forward.
    NoPopulation,
    /// The denominator is zero.
    ZeroDenominator,
    /// The measure does not add over time to a period of this kind.
    DoesNotAdd,
    /// There are fewer than ten events, too few for a standardised rate.
    TooFewEvents,
    /// There are 5,000 people or fewer, too few for a life table.
    TooFewPeople,
    /// The 95% limits of a life expectancy stand more than 20 years apart.
    TooUncertain,
    /// There are fewer areas with a value than groups to put them in.
    TooFewAreas,
    /// The figures are there and the method has no answer for them: a ratio to a rate of zero, a last age in
    /// which nobody died, more deaths than people.
    NotCalculable,
}

impl Missing {
    /// All reasons with their names in results.
    pub const NAMES: [(&'static str, Self); 16] = [
        ("suppressed", Self::Suppressed),
        ("incomplete window", Self::IncompleteWindow),
        ("incomplete area", Self::IncompleteArea),
        ("incomplete breakdown", Self::IncompleteBreakdown),
        ("not yet published", Self::NotYetPublished),
        ("not collected", Self::NotCollected),
        ("not applicable", Self::NotApplicable),
        ("no data", Self::NoData),
        ("no population", Self::NoPopulation),
        ("zero denominator", Self::ZeroDenominator),
        ("does not add", Self::DoesNotAdd),
        ("too few events", Self::TooFewEvents),
        ("too few people", Self::TooFewPeople),
        ("too uncertain", Self::TooUncertain),
        ("too few areas", Self::TooFewAreas),
        ("not calculable", Self::NotCalculable),
    ];
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, m)| m == self).map_or("", |(name, _)| name))
    }
}

impl From<Absence> for Missing {
    fn from(absence: Absence) -> Self {
        match absence {
            Absence::Suppressed => Self::Suppressed,
            Absence::NotYetPublished => Self::NotYetPublished,
            Absence::NotCollected => Self::NotCollected,
            Absence::NotApplicable => Self::NotApplicable,
        }
    }
}

/// One period's value, or why there is none, with its marks and the newest release it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The value, or why there is none.
    pub value: Result<f64, Missing>,
    /// The marks of everything that went into it.
    pub marks: Marks,
    /// The greatest number among the releases that it rests on; 0 where it rests on none.
    pub release: u32,
}

impl Cell {
    /// A cell for which nothing was observed.
    pub const NO_DATA: Self = Self { value: Err(Missing::NoData), marks: Marks::NONE, release: 0 };

    /// No value, for that reason.
    #[must_use]
    pub fn missing(reason: Missing) -> Self {
        Self { value: Err(reason), ..Self::NO_DATA }
    }

    /// The same cell with marks and release joined with those of another.
    #[must_use]
    pub(super) fn beside(self, other: Self) -> Self {
        Self { marks: self.marks.and(other.marks), release: self.release.max(other.release), ..self }
    }
}

/// The cells of consecutive periods of one kind, from the period with the ordinal `first`.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    first: i32,
    cells: Vec<Cell>,
}

impl Column {
    /// A column of these cells, from the period with that ordinal.
    #[must_use]
    pub fn new(first: i32, cells: Vec<Cell>) -> Self {
        Self { first, cells }
    }

    /// A column without any cell.
    #[must_use]
    pub fn empty() -> Self {
        Self { first: 0, cells: Vec::new() }
    }

    /// The cells of a series; its gaps become cells without data.
    #[must_use]
    pub fn of(series: &Series) -> Self {
        Self::read(series, |reading| match reading {
            Reading::Number(value) | Reading::Pair { numerator: value, .. } => Ok(value),
            Reading::Absent(absence) => Err(absence.into()),
        })
    }

    /// The denominators of the pairs of a series; a number alone has none.
    #[must_use]
    pub fn of_denominators(series: &Series) -> Self {
        Self::read(series, |reading| match reading {
            Reading::Pair { denominator, .. } => Ok(denominator),
            Reading::Number(_) => Err(Missing::NoData),
            Reading::Absent(absence) => Err(absence.into()),
        })
    }

    fn read(series: &Series, value: impl Fn(Reading) -> Result<f64, Missing>) -> Self {
        let ordinals = series.ordinals();
        let (Some(&first), Some(&last)) = (ordinals.first(), ordinals.last()) else {
            return Self::empty();
        };
        let mut cells = vec![Cell::NO_DATA; (last - first) as usize + 1];
        let beside = series.marks().iter().zip(series.releases());
        for ((i, &ordinal), (&marks, &release)) in ordinals.iter().enumerate().zip(beside) {
            let value = value(series.at(i).reading());
            cells[(ordinal - first) as usize] = Cell { value, marks, release };
        }
        Self { first, cells }
    }

    /// The cell of the period with that ordinal.
    #[must_use]
    pub fn get(&self, ordinal: i32) -> Cell {
        let place = i64::from(ordinal) - i64::from(self.first);
        usize::try_from(place).ok().and_then(|i| self.cells.get(i)).copied().unwrap_or(Cell::NO_DATA)
    }

    /// The ordinals of its first and last cell; `None` where it has none.
    #[must_use]
    pub fn span(&self) -> Option<(i32, i32)> {
        let last = self.first + i32::try_from(self.cells.len()).ok()? - 1;
        (!self.cells.is_empty()).then_some((self.first, last))
    }

    /// Its cells, from the first to the last.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Whether any cell holds a value.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.cells.iter().any(|cell| cell.value.is_ok())
    }
}
