//! Indicators, outcomes and priorities as a framework defines them, and the rules an indicator carries for
//! its timing, trends and comparison. Nothing here computes.

use super::calculation::Calculation;
use super::charting::ChartRule;
use super::judging::RollUp;
use crate::ident::{IndicatorId, LevelId, OutcomeId, PriorityId};
use crate::target::{Against, Polarity};
use crate::time::{Date, PeriodKind};

/// How far an indicator has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Development {
    /// In use.
    #[default]
    Live,
    /// Being defined; its values are not judged.
    UnderDevelopment,
    /// For information; its values are not judged.
    DataOnly,
    /// A project or milestone that is done; nothing is left to judge.
    Complete,
    /// No longer in use.
    Retired,
}

impl Development {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("live", Self::Live),
        ("under development", Self::UnderDevelopment),
        ("data only", Self::DataOnly),
        ("complete", Self::Complete),
        ("retired", Self::Retired),
    ];
}

/// Whether an outcome is one of the nine national ones or a partnership's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// A national health and wellbeing outcome.
    National,
    /// An outcome of a partnership's own plan.
    Local,
}

impl OutcomeKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("national", Self::National), ("local", Self::Local)];
}

/// Whether an indicator counts for an outcome or is only mentioned under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LinkKind {
    /// It counts.
    #[default]
    Primary,
    /// It is mentioned.
    Noted,
}

impl LinkKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("primary", Self::Primary), ("noted", Self::Noted)];
}

/// A link from an indicator to an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeLink {
    /// The outcome.
    pub outcome: OutcomeId,
    /// Whether the indicator counts for it.
    pub kind: LinkKind,
    /// Who decided it.
    pub decided_by: Option<String>,
    /// When it was decided.
    pub decided_on: Option<Date>,
    /// How much it weighs in a roll-up that weighs: above 0, 1 where nothing is said.
    pub weight: f64,
}

/// A remark with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is remarked.
    pub text: String,
    /// Where it comes from.
    pub source: Option<String>,
}

/// How long after the end of a period its figures reach the people who report on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// So many days.
    Days(u32),
    /// So many whole months.
    Months(u32),
}

impl Lag {
    /// The day by which the figures of a period that ended on a day are due.
    #[must_use]
    pub fn after(self, end: Date) -> Date {
        let due = match self {
            Self::Days(n) => end.checked_add_days(chrono::Days::new(u64::from(n))),
            // The last day of a month leads to the last day of another.
            Self::Months(n) => end
                .succ_opt()
                .and_then(|day| day.checked_add_months(chrono::Months::new(n)))
                .and_then(|day| day.pred_opt()),
        };
        due.unwrap_or(Date::MAX)
    }
}

/// Which earlier values a trend compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrendBasis {
    /// The values just before.
    #[default]
    Ongoing,
    /// The values of the same period in the years before.
    YearOnYear,
}

impl TrendBasis {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] =
        [("ongoing", Self::Ongoing), ("year on year", Self::YearOnYear)];
}

/// How the trends of an indicator are taken.
///
/// ```
/// use kilter_core::framework::{MinimumChange, TrendBasis, TrendRule};
/// assert!(TrendRule::new(TrendBasis::Ongoing, 3, MinimumChange::Points(0.1)).is_ok());
/// assert!(TrendRule::new(TrendBasis::Ongoing, 0, MinimumChange::Points(0.1)).is_err());
/// assert!(TrendRule::new(TrendBasis::Ongoing, 3, MinimumChange::Points(-1.0)).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendRule {
    basis: TrendBasis,
    window: u32,
    minimum: MinimumChange,
}

/// The least change that is one; a smaller one is steady.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MinimumChange {
    /// In the unit of the indicator.
    Points(f64),
    /// In percent of what the value is compared with.
    Percent(f64),
}

impl Default for TrendRule {
    fn default() -> Self {
        Self { basis: TrendBasis::Ongoing, window: 4, minimum: MinimumChange::Points(0.0) }
    }
}

impl TrendRule {
    /// A rule: the long trend over the mean of up to `window` earlier values, at least two of them where
    /// the window is longer than one; changes below the minimum are steady.
    ///
    /// # Errors
    /// A window outside 1 to 120; a minimum below 0 or not finite.
    pub fn new(basis: TrendBasis, window: u32, minimum: MinimumChange) -> Result<Self, String> {
        let (MinimumChange::Points(least) | MinimumChange::Percent(least)) = minimum;
        if !(1..=120).contains(&window) {
            return Err(format!("trend: a window of {window} values; expected 1 to 120"));
        }
        if !(least.is_finite() && least >= 0.0) {
            return Err(format!("trend: a minimum change of {least}; expected a number of 0 or more"));
        }
        Ok(Self { basis, window, minimum })
    }

    /// Which earlier values it compares with.
    #[must_use]
    pub fn basis(self) -> TrendBasis {
        self.basis
    }

    /// Over how many earlier values the long trend is taken.
    #[must_use]
    pub fn window(self) -> u32 {
        self.window
    }

    /// The least change that is one.
    #[must_use]
    pub fn minimum(self) -> MinimumChange {
        self.minimum
    }
}

/// By which method a value has an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalRule {
    /// Of a proportion: Wilson's score interval.
    Wilson,
    /// Of a count or rate: exact Poisson limits below ten events, Byar's from ten.
    Poisson,
    /// Of a count or rate: Byar's limits throughout.
    Byar,
    /// Of a directly standardised rate: Dobson's limits, from those of the count of events.
    Dobson,
    /// Of a mean of the figures of a period, and of an index of inequality: by Student's t.
    Student,
    /// Of a life expectancy: from Chiang's variance, with the last band after Silcocks.
    Chiang,
    /// Of a slope index: from the limits or standard errors of its groups.
    Groups,
    /// Of a rate or percentage as ScotPHO makes it: theirs, with 1.96, at 95% alone.
    ScotPho,
}

/// Which events of several years the limits of a rate or percentage are those of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntervalOf {
    /// All of them.
    #[default]
    Sum,
    /// The mean number of a year: limits about as far apart as those of one year's rate.
    Mean,
}

impl IntervalOf {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("sum", Self::Sum), ("mean", Self::Mean)];
}

impl IntervalRule {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("wilson", Self::Wilson),
        ("poisson", Self::Poisson),
        ("byar", Self::Byar),
        ("dobson", Self::Dobson),
        ("student", Self::Student),
        ("chiang", Self::Chiang),
        ("groups", Self::Groups),
        ("scotpho", Self::ScotPho),
    ];
}

/// By which test two areas are told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ComparisonTest {
    /// Different where the comparator's value lies outside the interval of the area's.
    IntervalAgainstValue,
    /// Different where the two intervals do not meet: it finds less than the other tests.
    IntervalAgainstInterval,
    /// The normal test of the difference of two proportions, the variance of each multiplied by a design
    /// effect: 1 for a simple random sample, more for a survey.
    DifferenceOfProportions {
        /// The design effect.
        design_effect: f64,
    },
}

/// With what, and by which test, an indicator is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRule {
    /// With what.
    pub against: Against,
    /// By which test.
    pub test: ComparisonTest,
    /// The confidence levels, in percent, rising: one or two.
    pub confidence: Vec<f64>,
}

impl Default for ComparisonRule {
    fn default() -> Self {
        Self {
            against: Against::Scotland,
            test: ComparisonTest::IntervalAgainstValue,
            confidence: vec![95.0],
        }
    }
}

/// An indicator: a calculation over measures, and how its values are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorId,
    /// Other codes it goes by, such as "NI 19".
    pub aliases: Vec<String>,
    /// What it is called.
    pub title: String,
    /// Its full definition.
    pub definition: Option<String>,
    /// How its values are computed.
    pub calculation: Calculation,
    /// The kind of period it is reported for.
    pub frequency: PeriodKind,
    /// Which direction is better.
    pub polarity: Polarity,
    /// How many decimals its values are printed with, 0 to 10.
    pub decimals: u32,
    /// The unit of its values.
    pub unit: String,
    /// How far it has come.
    pub development: Development,
    /// The set it belongs to, as in "core suite".
    pub set: Option<String>,
    /// From a survey or from a system.
    pub kind: Option<String>,
    /// Whom it is about.
    pub basis: Option<String>,
    /// Who publishes its figures.
    pub source: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The level whose own indicator it is.
    pub level: Option<LevelId>,
    /// The perspective of a balanced scorecard it stands under.
    pub perspective: Option<String>,
    /// The outcomes it is linked to.
    pub outcomes: Vec<OutcomeLink>,
    /// How many of its periods lie between two measurements: 2 for a survey of every second year.
    pub every: u32,
    /// How long after the end of a period its figures reach us; `None`: nobody says.
    pub available_after: Option<Lag>,
    /// The indicator beside which this one stands in the years without data: what is known more often. It is
    /// shown there, and fills no gap.
    pub supplements: Option<IndicatorId>,
    /// How its trends are taken.
    pub trend: TrendRule,
    /// By which method it has an interval, where it has one.
    pub interval: Option<IntervalRule>,
    /// Of a rate or percentage of several years: of which events its limits are those.
    pub interval_of: IntervalOf,
    /// How it is compared with other areas.
    pub comparison: ComparisonRule,
    /// How its control chart is drawn.
    pub chart: ChartRule,
    /// Remarks: conflicts between sources, changes of definition.
    pub notes: Vec<Note>,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Its id.
    pub id: OutcomeId,
    /// What it says.
    pub title: String,
    /// A short label.
    pub short: String,
    /// Its number, where it has one. Numbers are not keys: one source prints the same number twice.
    pub number: Option<u32>,
    /// National or local.
    pub kind: OutcomeKind,
    /// The national outcomes that a local one serves.
    pub national: Vec<OutcomeId>,
    /// How it is rolled up, where it differs from the framework.
    pub roll_up: Option<RollUp>,
}

/// A priority or theme of a strategic plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Priority {
    /// Its id.
    pub id: PriorityId,
    /// What it is called.
    pub title: String,
    /// The outcomes it serves.
    pub outcomes: Vec<OutcomeId>,
    /// How it is rolled up, where it differs from the framework.
    pub roll_up: Option<RollUp>,
}
