//! Statuses: a colour, or why there is none. How a colour comes about is not known here.

use std::fmt;

/// Green, amber or red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// Target met or exceeded.
    Green,
    /// Target missed, within tolerance.
    Amber,
    /// Target missed, outside tolerance.
    Red,
}

impl Colour {
    /// All with their names, the best first.
    pub const NAMES: [(&'static str, Self); 3] =
        [("green", Self::Green), ("amber", Self::Amber), ("red", Self::Red)];
}

/// Why a line has no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NotAssessed {
    /// No target is in force.
    NoTarget,
    /// There is no value.
    NoData,
    /// The value is not due yet.
    AwaitingData,
    /// The value is withheld.
    Suppressed,
    /// A period of the window is lacking.
    IncompleteWindow,
    /// A part of the area or a category of the breakdown is lacking.
    IncompleteParts,
    /// The indicator is under development.
    UnderDevelopment,
    /// The indicator is for information only.
    DataOnly,
    /// The value is not comparable with its target.
    BreakInSeries,
    /// There is nothing to count.
    NotApplicable,
    /// There are too few events for a value.
    TooFewEvents,
    /// The project or milestone is done.
    Complete,
    /// A target is in force, and what it aims at is not known: what it compares with has no value.
    NoTargetValue,
}

impl NotAssessed {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 13] = [
        ("no target", Self::NoTarget),
        ("no data", Self::NoData),
        ("awaiting data", Self::AwaitingData),
        ("suppressed", Self::Suppressed),
        ("incomplete window", Self::IncompleteWindow),
        ("incomplete parts", Self::IncompleteParts),
        ("under development", Self::UnderDevelopment),
        ("data only", Self::DataOnly),
        ("break in series", Self::BreakInSeries),
        ("not applicable", Self::NotApplicable),
        ("too few events", Self::TooFewEvents),
        ("complete", Self::Complete),
        ("target without value", Self::NoTargetValue),
    ];
}

impl fmt::Display for NotAssessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, reason)| reason == self).map_or("", |(name, _)| name))
    }
}

/// A status: a colour, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Assessed against a target.
    Assessed(Colour),
    /// Not assessed, and why.
    NotAssessed(NotAssessed),
}

impl Status {
    /// The colour; `None` where it is not assessed.
    #[must_use]
    pub fn colour(self) -> Option<Colour> {
        match self {
            Self::Assessed(colour) => Some(colour),
            Self::NotAssessed(_) => None,
        }
    }

    /// Why it is not assessed; `None` where it is.
    #[must_use]
    pub fn reason(self) -> Option<NotAssessed> {
        match self {
            Self::Assessed(_) => None,
            Self::NotAssessed(reason) => Some(reason),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assessed(colour) => colour.fmt(f),
            Self::NotAssessed(_) => f.pad("not assessed"),
        }
    }
}
