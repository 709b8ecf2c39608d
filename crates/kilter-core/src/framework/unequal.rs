//! Calculations that hold groups against one another: the inequality of a population by deprivation, and areas
//! in groups by their values. Nothing here computes.

use super::calculation::{Expression, Rate};
use super::indicator::Indicator;
use crate::ident::{AreaCode, Category, DimensionId};

/// What is said of the inequality between deprived groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InequalityMeasure {
    /// The slope index: the difference between the most and the least deprived end, in the unit of the rates.
    SlopeIndex,
    /// The relative index: the slope index over the rate of all.
    RelativeIndex,
    /// By how many percent the rate at the most deprived end exceeds that of all.
    RelativePercent,
    /// How much lower the rate of all would be at that of the least deprived group, in percent.
    AttributablePercent,
    /// The rate of the most deprived group less that of the least.
    AbsoluteRange,
    /// The rate of the most deprived group over that of the least.
    RelativeRange,
}

impl InequalityMeasure {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("slope index", Self::SlopeIndex),
        ("relative index", Self::RelativeIndex),
        ("relative percent", Self::RelativePercent),
        ("attributable percent", Self::AttributablePercent),
        ("absolute range", Self::AbsoluteRange),
        ("relative range", Self::RelativeRange),
    ];

    /// Its name in a framework file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, of)| *of == self).map_or("", |(name, _)| name)
    }

    /// Whether it is made from the line through the rates, which has limits.
    #[must_use]
    pub fn has_limits(self) -> bool {
        matches!(self, Self::SlopeIndex | Self::RelativeIndex | Self::RelativePercent)
    }
}

/// The inequality of a rate between the fifths or tenths of a population by deprivation.
#[derive(Debug, Clone, PartialEq)]
pub struct Inequality {
    /// What is counted and what it is divided by, both broken down by the dimension; `per` is the multiplier
    /// of the rates of the groups.
    pub parts: Rate,
    /// The dimension of the groups.
    pub by: DimensionId,
    /// The five or ten groups, the most deprived first.
    pub bands: Vec<Category>,
    /// What is said of them.
    pub measure: InequalityMeasure,
}

/// How sure the values of groups are: what is published beside them.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenSpread {
    /// Their standard errors.
    Errors(Expression),
    /// Their 95% limits, the lower and the upper.
    Limits95(Expression, Expression),
}

/// What the values of groups are, and with that how they vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenValues {
    /// Means, life expectancies and all else.
    Plain,
    /// Rates, above zero.
    Rates,
    /// Proportions between 0 and 1.
    Proportions,
}

impl GivenValues {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("plain", Self::Plain), ("rates", Self::Rates), ("proportions", Self::Proportions)];
}

/// What the line of a slope index is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineThrough {
    /// The values.
    #[default]
    Values,
    /// Their logarithms, or those of their odds.
    Logarithms,
}

impl LineThrough {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("values", Self::Values), ("logarithms", Self::Logarithms)];
}

/// Which way a slope index goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlopeTowards {
    /// Above zero where the last groups have more.
    #[default]
    Last,
    /// Above zero where the first have more.
    First,
}

impl SlopeTowards {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("last", Self::Last), ("first", Self::First)];
}

/// The slope or relative index of inequality as English publishers define it, of values that are published for
/// the groups with their limits or standard errors.
#[derive(Debug, Clone, PartialEq)]
pub struct SlopeIndex {
    /// The values, and the people of the groups as denominator; `per` multiplies the slope.
    pub parts: Rate,
    /// How sure the values are.
    pub spread: GivenSpread,
    /// The dimension of the groups.
    pub by: DimensionId,
    /// The 5 to 100 groups, in order.
    pub bands: Vec<Category>,
    /// What the values are.
    pub values: GivenValues,
    /// What the line is fitted to.
    pub line: LineThrough,
    /// Which way the index goes.
    pub towards: SlopeTowards,
    /// Whether it is the relative index, and not that of the slope.
    pub measure: SlopeMeasure,
}

/// Which index a line through the values of groups has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlopeMeasure {
    /// The difference between both ends.
    Slope,
    /// Their ratio.
    Relative,
}

impl SlopeMeasure {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] =
        [("slope index", Self::Slope), ("relative index", Self::Relative)];
}

impl SlopeIndex {
    /// What is published of the groups: the values, and their standard errors or limits.
    pub fn given(&self) -> impl Iterator<Item = &Expression> {
        let spread = match &self.spread {
            GivenSpread::Errors(errors) => [Some(errors), None],
            GivenSpread::Limits95(lower, upper) => [Some(lower), Some(upper)],
        };
        std::iter::once(&self.parts.numerator).chain(spread.into_iter().flatten())
    }
}

/// Which values the first group of areas holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstGroup {
    /// The highest.
    Highest,
    /// The lowest.
    Lowest,
}

impl FirstGroup {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("highest", Self::Highest), ("lowest", Self::Lowest)];
}

/// Areas in groups of about equal size, by the values of another indicator: the value is the number of the group.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantile {
    /// The indicator, which is no quantile itself.
    pub of: Indicator,
    /// How many groups there are, 2 to 100.
    pub groups: u32,
    /// Which values the first holds.
    pub first: FirstGroup,
    /// The area whose parts are grouped; `None`: all current areas of one kind.
    pub among: Option<AreaCode>,
}
