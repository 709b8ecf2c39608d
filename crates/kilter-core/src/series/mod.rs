//! Series: what is observed, how it adds, and the observations of one measure, area and breakdown in
//! order of time.
//!
//! This room knows no formula and no file. A gap is a subject here, not an accident: absent, zero,
//! suppressed, not applicable and not yet published are five different things.

mod age_group;
mod columns;
mod dataset;
mod measure;
mod small;

pub(crate) use age_group::GREATEST_AGE;
pub use age_group::{AgeGroup, NotAnAgeGroup};
pub use columns::{Series, SeriesBuilder, SeriesError};
pub use dataset::{Dataset, MeasureData};
pub use measure::{Dimension, Measure, OverAreas, OverTime};
pub use small::{SmallCounts, Zeros};

use crate::ident::{AreaCode, Category, DimensionId, MeasureId};
use std::fmt;

/// Why a source gives no number, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Absence {
    /// The figure is known and withheld, so that nobody can be recognised.
    Suppressed,
    /// The figure will come.
    NotYetPublished,
    /// Nobody collected it.
    NotCollected,
    /// There is nothing to count: the question does not arise.
    NotApplicable,
}

impl Absence {
    /// All absences with their names in files and results.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("suppressed", Self::Suppressed),
        ("not yet published", Self::NotYetPublished),
        ("not collected", Self::NotCollected),
        ("not applicable", Self::NotApplicable),
    ];

    /// The absence of that name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, absence)| *absence)
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, a)| a == self).map_or("", |(name, _)| name))
    }
}

/// What a source says about a figure beside its value. Marks travel: a rate over a provisional month is
/// provisional.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Marks(u16);

impl Marks {
    /// No mark.
    pub const NONE: Self = Self(0);
    /// May still change.
    pub const PROVISIONAL: Self = Self(1);
    /// Estimated by the source.
    pub const ESTIMATED: Self = Self(1 << 1);
    /// Made from other figures, by the source or at ingest.
    pub const DERIVED: Self = Self(1 << 2);
    /// Not comparable with what comes before it.
    pub const BREAK: Self = Self(1 << 3);
    /// Revised by the source.
    pub const REVISED: Self = Self(1 << 4);
    /// Of low reliability.
    pub const LOW_RELIABILITY: Self = Self(1 << 5);
    /// Partly returned.
    pub const INCOMPLETE: Self = Self(1 << 6);
    /// Not observed: calculated for the future.
    pub const FORECAST: Self = Self(1 << 7);
    /// The population of an earlier year stands in for one that is not published yet.
    pub const CARRIED_POPULATION: Self = Self(1 << 8);
    /// A total as its publisher states it, where the parts do not suffice to add it up.
    pub const STATED_TOTAL: Self = Self(1 << 9);
    /// A total that is shown although a part of it is withheld.
    pub const OVER_SUPPRESSED: Self = Self(1 << 10);

    /// All marks with their names in files and results.
    pub const NAMES: [(&'static str, Self); 11] = [
        ("provisional", Self::PROVISIONAL),
        ("estimated", Self::ESTIMATED),
        ("derived", Self::DERIVED),
        ("break", Self::BREAK),
        ("revised", Self::REVISED),
        ("low reliability", Self::LOW_RELIABILITY),
        ("incomplete", Self::INCOMPLETE),
        ("forecast", Self::FORECAST),
        ("population carried forward", Self::CARRIED_POPULATION),
        ("stated total", Self::STATED_TOTAL),
        ("over suppressed parts", Self::OVER_SUPPRESSED),
    ];

    /// The mark of that name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, mark)| *mark)
    }

    /// These marks and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every one of those marks is among these.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These marks without those.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The marks as bits, for storage. The bits of a mark never change.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Marks from stored bits; `None` where a bit stands for no mark.
    #[must_use]
    pub fn from_bits(bits: u16) -> Option<Self> {
        (bits < 1 << Self::NAMES.len()).then_some(Self(bits))
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Self::NAMES.iter().filter(|(_, mark)| self.has(*mark)).map(|(name, _)| *name).collect();
        f.pad(&names.join(", "))
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// What one observation says: a number, a pair, or why there is neither.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A number.
    Number(f64),
    /// A number out of another: positive answers of answers.
    Pair {
        /// The part.
        numerator: f64,
        /// The whole.
        denominator: f64,
    },
    /// No number, and why.
    Absent(Absence),
}

/// One number of one measure, area, breakdown and period, or an explicit absence, with its marks.
///
/// ```
/// use kilter_core::series::{Absence, Marks, Observation, Reading};
/// let days = Observation::number(1529.0).unwrap().marked(Marks::PROVISIONAL);
/// assert_eq!(days.reading(), Reading::Number(1529.0));
/// assert!(Observation::number(f64::NAN).is_err()); // absence is said, never hidden in a number
/// assert_eq!(Observation::absent(Absence::Suppressed).value(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    reading: Reading,
    marks: Marks,
}

impl Observation {
    /// An observed number.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn number(value: f64) -> Result<Self, SeriesError> {
        finite(value)?;
        Ok(Self { reading: Reading::Number(value), marks: Marks::NONE })
    }

    /// An observed pair: a part and the whole it is part of.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn pair(numerator: f64, denominator: f64) -> Result<Self, SeriesError> {
        finite(numerator)?;
        finite(denominator)?;
        Ok(Self { reading: Reading::Pair { numerator, denominator }, marks: Marks::NONE })
    }

    /// An explicit absence.
    #[must_use]
    pub fn absent(absence: Absence) -> Self {
        Self { reading: Reading::Absent(absence), marks: Marks::NONE }
    }

    /// The same observation with these marks added.
    #[must_use]
    pub fn marked(self, marks: Marks) -> Self {
        Self { marks: self.marks.and(marks), ..self }
    }

    /// What it says.
    #[must_use]
    pub fn reading(self) -> Reading {
        self.reading
    }

    /// Its marks.
    #[must_use]
    pub fn marks(self) -> Marks {
        self.marks
    }

    /// The number, or the numerator of a pair; `None` where it is absent.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self.reading {
            Reading::Number(value) => Some(value),
            Reading::Pair { numerator, .. } => Some(numerator),
            Reading::Absent(_) => None,
        }
    }
}

fn finite(value: f64) -> Result<(), SeriesError> {
    if value.is_finite() { Ok(()) } else { Err(SeriesError::NotFinite { found: value }) }
}

/// The categories that a series is for, one for each dimension it is broken down by. A dimension that
/// is not named is a total over it.
///
/// Prints as `age=75+;reason=Code 9 AWI`, dimensions in alphabetical order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Breakdown(Vec<(DimensionId, Category)>);

impl Breakdown {
    /// No breakdown: the total.
    #[must_use]
    pub fn total() -> Self {
        Self(Vec::new())
    }

    /// The breakdown by these categories.
    ///
    /// # Errors
    /// A dimension named twice.
    pub fn new(mut categories: Vec<(DimensionId, Category)>) -> Result<Self, SeriesError> {
        categories.sort();
        match categories.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(SeriesError::RepeatedDimension { dimension: pair[0].0.clone() }),
            None => Ok(Self(categories)),
        }
    }

    /// The category in the dimension; `None` where this is a total over it.
    #[must_use]
    pub fn get(&self, dimension: &str) -> Option<&Category> {
        self.0.iter().find(|(d, _)| d.as_str() == dimension).map(|(_, category)| category)
    }

    /// The categories by dimension.
    pub fn iter(&self) -> impl Iterator<Item = (&DimensionId, &Category)> {
        self.0.iter().map(|(d, c)| (d, c))
    }

    /// Whether it names no dimension.
    #[must_use]
    pub fn is_total(&self) -> bool {
        self.0.is_empty()
    }

    /// The same breakdown without the dimension: the total over it.
    #[must_use]
    pub fn without(&self, dimension: &str) -> Self {
        Self(self.0.iter().filter(|(d, _)| d.as_str() != dimension).cloned().collect())
    }

    /// The same breakdown with one category more, in place of any it had in that dimension.
    #[must_use]
    pub fn with(&self, dimension: DimensionId, category: Category) -> Self {
        let mut whole = self.without(dimension.as_str()).0;
        whole.push((dimension, category));
        whole.sort();
        Self(whole)
    }

    /// Reads what [`Display`](fmt::Display) prints; an empty text is the total.
    ///
    /// # Errors
    /// A text of another shape.
    pub fn parse(text: &str) -> Result<Self, SeriesError> {
        let refused = || SeriesError::Breakdown { found: text.to_owned() };
        let categories = text.split(';').filter(|part| !part.is_empty()).map(|part| {
            let (dimension, category) = part.split_once('=').ok_or_else(refused)?;
            let dimension = DimensionId::new(dimension.trim()).map_err(|_| refused())?;
            Ok((dimension, Category::new(category.trim()).map_err(|_| refused())?))
        });
        Self::new(categories.collect::<Result<_, SeriesError>>()?)
    }
}

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(d, c)| format!("{d}={c}")).collect();
        f.pad(&parts.join(";"))
    }
}

/// The key of a series. Ordered so that the areas of a measure and breakdown lie together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// What is observed.
    pub measure: MeasureId,
    /// For which categories.
    pub breakdown: Breakdown,
    /// Where.
    pub area: AreaCode,
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.measure, self.area)?;
        if self.breakdown.is_total() { Ok(()) } else { write!(f, " ({})", self.breakdown) }
    }
}
