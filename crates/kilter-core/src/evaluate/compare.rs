//! Comparison of a value with another: difference, ratio, whether chance explains the difference, and its
//! rank among peers. The test is named in the indicator, and nothing is compared by a test it does not name.

use super::values::years_of;
use super::{History, Precision, Value, Valuer, compared_area};
use crate::framework::{
    Calculation, ComparisonRule, ComparisonTest, Indicator, IntervalOf, IntervalRule, Rate, ScottishForm,
};
use crate::ident::AreaCode;
use crate::method::Missing;
use crate::method::inequality::{SimdMethod, SlopeMethod};
use crate::method::interval::{self, Confidence, Interval, IntervalMethod, MethodError};
use crate::method::life_expectancy::LifeMethod;
use crate::method::quantile::group;
use crate::method::rates::{MeanMethod, by_error};
use crate::method::rolling::ScottishMeasure;
use crate::method::standardised::{DirectMethod, ScottishMethod, dobson_limits};
use crate::target::{Against, PeerStatistic, Polarity, same};
use crate::time::Period;
use std::fmt;

/// How a value stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Better, beyond chance.
    Better,
    /// Chance explains the difference.
    Similar,
    /// Worse, beyond chance.
    Worse,
    /// Higher, beyond chance, where neither direction is better.
    Higher,
    /// Lower, beyond chance, where neither direction is better.
    Lower,
}

impl Standing {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("better", Self::Better),
        ("similar", Self::Similar),
        ("worse", Self::Worse),
        ("higher", Self::Higher),
        ("lower", Self::Lower),
    ];

    /// The standing as a number: its place in [`Standing::NAMES`], from 1, so that 0 says that there is none.
    ///
    /// ```
    /// use kilter_core::evaluate::Standing;
    /// assert_eq!((Standing::Better.code(), Standing::Lower.code()), (1, 5));
    /// ```
    #[must_use]
    pub fn code(self) -> u8 {
        Self::NAMES.iter().position(|(_, known)| *known == self).map_or(0, |place| place as u8 + 1)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, of)| of == self).map_or("", |(name, _)| name))
    }
}

/// Why it cannot be said whether chance explains a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NotCompared {
    /// There is no value.
    NoValue(Missing),
    /// What it is compared with is the area itself, or does not exist.
    NothingToCompare,
    /// What it is compared with has no value.
    NoComparator(Missing),
    /// The indicator names no method for an interval, or its calculation has none.
    NoInterval,
    /// There are limits at 95% alone.
    OneLevel,
    /// What the value is made of is too unsure for limits.
    TooUnsure,
    /// The parts of the value or of the comparator do not allow one.
    Method(MethodError),
    /// Both proportions are 0 or 1: there is no variance to test by.
    NoVariance,
    /// The series is broken between the value and the earlier one it is compared with.
    BreakInSeries,
}

impl fmt::Display for NotCompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue(missing) => f.pad(&format!("no value: {missing}")),
            Self::NothingToCompare => f.pad("nothing to compare with"),
            Self::NoComparator(missing) => f.pad(&format!("comparator without value: {missing}")),
            Self::NoInterval => f.pad("no interval"),
            Self::OneLevel => f.pad("limits at 95% alone"),
            Self::TooUnsure => f.pad("too unsure for limits"),
            Self::Method(error) => f.pad(&error.to_string()),
            Self::NoVariance => f.pad("no variance"),
            Self::BreakInSeries => f.pad("break in series"),
        }
    }
}

/// A value beside another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The other value.
    pub comparator: Result<f64, NotCompared>,
    /// The period of the other value; `None` where there is none.
    pub period: Option<Period>,
    /// The value less the other; `None` where that is beyond all numbers.
    pub difference: Option<f64>,
    /// The value over the other; `None` where that is 0, or the ratio beyond all numbers.
    pub ratio: Option<f64>,
    /// How it stands to the other, or why that cannot be said.
    pub standing: Result<Standing, NotCompared>,
    /// The highest of the rule's confidence levels, in percent, at which it is not similar.
    pub confidence: Option<f64>,
}

impl Compared {
    /// Nothing is compared.
    #[must_use]
    pub fn not(why: NotCompared) -> Self {
        Self {
            comparator: Err(why),
            period: None,
            difference: None,
            ratio: None,
            standing: Err(why),
            confidence: None,
        }
    }
}

/// The limits of a value, in its unit, and the method they were made by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueLimits {
    /// The limits.
    pub limits: Interval,
    /// How they were made.
    pub method: LimitsMethod,
}

/// How the limits of a value were made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LimitsMethod {
    /// Those of a count or a proportion.
    Interval(IntervalMethod),
    /// Those of a directly standardised rate.
    Direct(DirectMethod),
    /// Those of a mean.
    Mean(MeanMethod),
    /// Those of an inequality by deprivation.
    Inequality(SimdMethod),
    /// Those of a life expectancy.
    Life(LifeMethod),
    /// Those of a slope index.
    Slope(SlopeMethod),
    /// Those of the mean number of events of a year, of several.
    YearlyMean(IntervalMethod),
    /// Those of a rate or percentage of the Scottish profiles.
    Rolling(ScottishMeasure),
    /// Those of a standardised rate of the Scottish profiles.
    ScottishRate(ScottishMethod),
}

impl fmt::Display for LimitsMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interval(method) => method.fmt(f),
            Self::Direct(method) => method.fmt(f),
            Self::Mean(method) => method.fmt(f),
            Self::Inequality(method) => method.fmt(f),
            Self::Life(method) => method.fmt(f),
            Self::Slope(method) => method.fmt(f),
            Self::YearlyMean(method) => f.pad(&format!("{method}, of the mean of the years")),
            Self::Rolling(measure) => measure.fmt(f),
            Self::ScottishRate(method) => method.fmt(f),
        }
    }
}

/// The limits of a value by the method that its indicator names, in the unit of the value.
///
/// # Errors
/// There is no value; the indicator names no method; the parts of the value do not allow one.
pub fn limits_of(
    indicator: &Indicator,
    value: &Value,
    confidence: Confidence,
) -> Result<ValueLimits, NotCompared> {
    let (Ok(v), Some(rule)) = (value.value, indicator.interval) else {
        return Err(value.value.err().map_or(NotCompared::NoInterval, NotCompared::NoValue));
    };
    match &value.precision {
        Precision::Groups(basis) => {
            let (limits, method) = basis.limits(confidence).ok_or(NotCompared::TooUnsure)?;
            return Ok(ValueLimits { limits, method: LimitsMethod::Slope(method) });
        }
        Precision::Limits95(_) if confidence != Confidence::P95 => return Err(NotCompared::OneLevel),
        Precision::Limits95(limits) => {
            let method = scottish_method(&indicator.calculation).ok_or(NotCompared::NoInterval)?;
            return Ok(ValueLimits { limits: *limits, method });
        }
        _ => {}
    }
    if let Precision::Error { error, freedom } = value.precision {
        let limits = by_error(v, error, freedom, confidence).map_err(NotCompared::Method)?;
        let method = match &indicator.calculation {
            Calculation::Inequality(_) => LimitsMethod::Inequality(SimdMethod::StudentT),
            Calculation::LifeExpectancy(_) => LimitsMethod::Life(LifeMethod::ChiangSilcocks),
            _ => LimitsMethod::Mean(MeanMethod::StudentT),
        };
        return Ok(ValueLimits { limits, method });
    }
    let years = match indicator.interval_of {
        IntervalOf::Sum => 1.0,
        IntervalOf::Mean => years_of(value.period).len() as f64,
    };
    let count = value.numerator.ok_or(NotCompared::NoInterval)? / years;
    let below = || match value.denominator.ok_or(NotCompared::NoInterval)? / years {
        below if below > 0.0 => Ok(below),
        found => Err(NotCompared::Method(MethodError::NotPositive { what: "denominator", found })),
    };
    let of_count = || match rule {
        IntervalRule::Byar => interval::byar(count, confidence).map(|limits| (limits, IntervalMethod::Byar)),
        _ => interval::poisson(count, confidence).map(|limits| (limits, interval::poisson_method(count))),
    };
    let scaled = |limits: Interval, factor: f64| Interval {
        lower: limits.lower * factor,
        upper: limits.upper * factor,
    };
    let per_denominator = |per: f64| {
        let below = below()?;
        let (limits, method) = of_count().map_err(NotCompared::Method)?;
        // A factor that is no normal number has lost digits that the limits could have.
        let factor = per / below;
        let times = |limit: f64| if factor.is_normal() { limit * factor } else { limit * per / below };
        Ok((Interval { lower: times(limits.lower), upper: times(limits.upper) }, method))
    };
    let (limits, method) = match &indicator.calculation {
        Calculation::Count(_) => of_count().map_err(NotCompared::Method)?,
        Calculation::Rate(Rate { per, .. }) => per_denominator(*per)?,
        // A ratio to what is expected is a rate per expected event.
        Calculation::StandardisedRatio(of) => per_denominator(of.parts.per)?,
        Calculation::IndirectRate(_) => match value.precision {
            Precision::ReferenceRate(rate) => per_denominator(rate)?,
            _ => return Err(NotCompared::NoInterval),
        },
        Calculation::Percentage { complement, .. } => {
            let limits = interval::wilson(count, below()?, confidence).map_err(NotCompared::Method)?;
            let limits = scaled(limits, 100.0);
            let turned = Interval { lower: 100.0 - limits.upper, upper: 100.0 - limits.lower };
            (if *complement { turned } else { limits }, IntervalMethod::Wilson)
        }
        Calculation::Standardised(of) => {
            let Precision::Event(event) = value.precision else { return Err(NotCompared::NoInterval) };
            let limits = dobson_limits(v, event, count, confidence).map_err(NotCompared::Method)?;
            let (count, independent) = (interval::poisson_method(count), of.repeated.is_none());
            return Ok(ValueLimits {
                limits,
                method: LimitsMethod::Direct(DirectMethod { count, independent }),
            });
        }
        _ => return Err(NotCompared::NoInterval),
    };
    if !(limits.lower.is_finite() && limits.upper.is_finite()) {
        return Err(NotCompared::Method(MethodError::TooLarge { what: "limit" }));
    }
    let method = if years > 1.0 { LimitsMethod::YearlyMean(method) } else { LimitsMethod::Interval(method) };
    Ok(ValueLimits { limits, method })
}

/// How the profiles make the limits of such values.
fn scottish_method(calculation: &Calculation) -> Option<LimitsMethod> {
    let Calculation::ScotPho(of) = calculation else { return None };
    Some(match of.form {
        ScottishForm::CrudeRate => LimitsMethod::Rolling(ScottishMeasure::Crude { per: of.parts.per }),
        ScottishForm::Percentage => LimitsMethod::Rolling(ScottishMeasure::Percent),
        ScottishForm::SamplePercentage { .. } => LimitsMethod::Rolling(ScottishMeasure::SamplePercent),
        ScottishForm::StandardisedRate { .. } => LimitsMethod::ScottishRate(ScottishMethod::DobsonByar),
    })
}

/// How a difference reads by the indicator's polarity.
fn direction(polarity: Polarity, value: f64, other: f64) -> Standing {
    match (polarity, value > other) {
        (Polarity::Higher, true) | (Polarity::Lower, false) => Standing::Better,
        (Polarity::Higher, false) | (Polarity::Lower, true) => Standing::Worse,
        (_, true) => Standing::Higher,
        (_, false) => Standing::Lower,
    }
}

/// Compares a value with another. `other` is the other value with its parts; `reference` is what it is worth
/// where that is no value of one area, such as a median, and then has no interval of its own.
#[must_use]
pub fn compare(
    indicator: &Indicator,
    rule: &ComparisonRule,
    value: &Value,
    other: Option<&Value>,
    reference: Result<f64, NotCompared>,
) -> Compared {
    let period = reference.is_ok().then(|| other.map_or(value.period, |other| other.period));
    let v = match value.value {
        Ok(v) => v,
        Err(missing) => {
            let why = NotCompared::NoValue(missing);
            return Compared { comparator: reference, period, ..Compared::not(why) };
        }
    };
    let c = match reference {
        Ok(c) => c,
        Err(why) => return Compared::not(why),
    };
    let mut standing = Ok(Standing::Similar);
    let mut reached = None;
    for &level in &rule.confidence {
        match differs(indicator, rule.test, level, value, v, other, c) {
            Err(why) => {
                standing = Err(why);
                break;
            }
            Ok(true) => {
                standing = Ok(direction(indicator.polarity, v, c));
                reached = Some(level);
            }
            Ok(false) => break,
        }
    }
    Compared {
        comparator: Ok(c),
        period,
        difference: Some(v - c).filter(|difference| difference.is_finite()),
        ratio: (c != 0.0).then(|| v / c).filter(|ratio| ratio.is_finite()),
        standing,
        confidence: reached,
    }
}

/// Compares the value at a place of a history by a rule: with another area, a group of peers, or the area's
/// own earlier value.
#[must_use]
pub fn compare_at(
    valuer: &Valuer<'_>,
    history: &History<'_>,
    place: usize,
    rule: &ComparisonRule,
) -> Compared {
    let (indicator, value) = (history.indicator(), &history.values()[place]);
    let of_value = |other: &Value| other.value.map_err(NotCompared::NoComparator);
    let own = |earlier: Option<usize>| match earlier {
        None => Compared::not(NotCompared::NoComparator(Missing::NoData)),
        Some(earlier) if history.is_broken(earlier, place) => Compared::not(NotCompared::BreakInSeries),
        Some(earlier) => {
            let other = &history.values()[earlier];
            compare(indicator, rule, value, Some(other), of_value(other))
        }
    };
    match &rule.against {
        Against::PreviousPeriod => {
            own(history.values()[..place].iter().rposition(|value| value.value.is_ok()))
        }
        Against::SamePeriodLastYear => {
            own(value.period.year_before().and_then(|before| history.place(before)))
        }
        Against::Peers { group, statistic: PeerStatistic::Median } => {
            let median = valuer.median_of_peers(indicator, group, value.period);
            compare(indicator, rule, value, None, median.map_err(NotCompared::NoComparator))
        }
        against => {
            let other = compared_area(valuer.framework(), history.area(), against);
            let values = other.map(|other| valuer.values(indicator, &other, &[value.period]));
            match values.as_deref() {
                Some([other, ..]) => compare(indicator, rule, value, Some(other), of_value(other)),
                _ => Compared::not(NotCompared::NothingToCompare),
            }
        }
    }
}

/// Whether a test tells a value and another apart at a confidence level in percent.
fn differs(
    indicator: &Indicator,
    test: ComparisonTest,
    level: f64,
    value: &Value,
    v: f64,
    other: Option<&Value>,
    c: f64,
) -> Result<bool, NotCompared> {
    let confidence = Confidence::new(level / 100.0).map_err(NotCompared::Method)?;
    match test {
        ComparisonTest::IntervalAgainstValue => {
            let own = limits_of(indicator, value, confidence)?.limits;
            let on_a_limit = same(own.lower, c) || same(own.upper, c);
            Ok(!on_a_limit && !own.contains(c))
        }
        ComparisonTest::IntervalAgainstInterval => {
            let own = limits_of(indicator, value, confidence)?.limits;
            let other = limits_of(indicator, other.ok_or(NotCompared::NoInterval)?, confidence)?.limits;
            let touch = same(own.lower, other.upper) || same(own.upper, other.lower);
            Ok(!touch && !own.overlaps(other))
        }
        ComparisonTest::DifferenceOfProportions { design_effect } => {
            let spread = |value: &Value| {
                let below = value.denominator.filter(|n| *n > 0.0).ok_or(NotCompared::NoInterval)?;
                let above = value.numerator.ok_or(NotCompared::NoInterval)?;
                if !(0.0..=below).contains(&above) {
                    let (numerator, denominator) = (above, below);
                    let error = MethodError::NumeratorAboveDenominator { numerator, denominator };
                    return Err(NotCompared::Method(error));
                }
                let share = above / below;
                Ok((share, design_effect * share * (1.0 - share) / below))
            };
            let (a, of_a) = spread(value)?;
            let (b, of_b) = spread(other.ok_or(NotCompared::NoInterval)?)?;
            let variance = of_a + of_b;
            // Also where one variance is so small that the quotient would not be a number.
            if variance <= 0.0 {
                return if same(v, c) { Ok(false) } else { Err(NotCompared::NoVariance) };
            }
            Ok(((a - b) / variance.sqrt()).abs() > confidence.deviate())
        }
    }
}

/// The place of a value among those of its peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// 1 is the best (the highest, where neither direction is better). Values that are the same share the
    /// rank of the first of them.
    pub rank: usize,
    /// How many are ranked.
    pub of: usize,
    /// How many other areas share its rank.
    pub ties: usize,
    /// The first ten of them.
    pub tied_with: Vec<AreaCode>,
    /// The quarter of the ranks it falls in, from 1; `None` among fewer than five.
    pub quartile: Option<usize>,
    /// The fifth of the ranks it falls in, from 1; `None` among fewer than five.
    pub quintile: Option<usize>,
}

/// So many areas that share a rank are named: where a thousand are, nobody reads their names.
const TIES_NAMED: usize = 10;

/// Fewer values than this are ranked and not divided into quarters or fifths.
const FEWEST: usize = 5;

/// The ranks of areas by their values, in the order in which they are given.
///
/// ```
/// use kilter_core::evaluate::ranks;
/// use kilter_core::ident::AreaCode;
/// use kilter_core::target::Polarity;
/// let area = |code: &str| AreaCode::new(code).unwrap();
/// let values = [(area("A"), 3.0), (area("B"), 1.0), (area("C"), 3.0), (area("D"), 9.0), (area("E"), 5.0)];
/// let ranks = ranks(Polarity::Lower, &values);
/// assert_eq!(ranks.iter().map(|r| r.rank).collect::<Vec<_>>(), [2, 1, 2, 5, 4]);
/// assert_eq!(ranks[0].tied_with, [area("C")]);
/// assert_eq!(ranks.iter().map(|r| r.quintile).collect::<Vec<_>>(), [Some(2), Some(1), Some(2), Some(5), Some(4)]);
/// ```
#[must_use]
pub fn ranks(polarity: Polarity, values: &[(AreaCode, f64)]) -> Vec<Ranked> {
    let of = values.len();
    let mut ranks: Vec<Option<Ranked>> = vec![None; of];
    each_rank(
        polarity,
        of,
        |place| values[place].1,
        &mut Vec::new(),
        |first, tied| {
            for &place in tied {
                let others = tied.iter().filter(|i| **i != place);
                let tied_with = others.take(TIES_NAMED).map(|&i| values[i].0.clone()).collect();
                let part = |groups| (of >= FEWEST).then(|| group(first, of, groups) as usize);
                ranks[place] = Some(Ranked {
                    rank: first + 1,
                    of,
                    ties: tied.len() - 1,
                    tied_with,
                    quartile: part(4),
                    quintile: part(5),
                });
            }
        },
    );
    ranks.into_iter().flatten().collect()
}

/// The ranks of values alone, as [`ranks`] gives them, in memory that is kept.
///
/// ```
/// use kilter_core::evaluate::rank_each;
/// use kilter_core::target::Polarity;
/// let mut ranks = [0; 5];
/// rank_each(Polarity::Lower, &[3.0, 1.0, 3.0, 9.0, 5.0], &mut Vec::new(), &mut ranks);
/// assert_eq!(ranks, [2, 1, 2, 5, 4]);
/// ```
///
/// # Panics
/// There are not as many ranks as values.
pub fn rank_each(polarity: Polarity, values: &[f64], order: &mut Vec<usize>, ranks: &mut [u32]) {
    assert_eq!(values.len(), ranks.len(), "a rank for every value");
    each_rank(
        polarity,
        values.len(),
        |place| values[place],
        order,
        |first, tied| {
            tied.iter().for_each(|&place| ranks[place] = first as u32 + 1);
        },
    );
}

/// The places of the values that share a rank, rank by rank, each with how many are before it.
fn each_rank(
    polarity: Polarity,
    of: usize,
    value: impl Fn(usize) -> f64,
    order: &mut Vec<usize>,
    mut each: impl FnMut(usize, &[usize]),
) {
    let badness = |place: usize| if polarity == Polarity::Lower { value(place) } else { -value(place) };
    order.clear();
    order.extend(0..of);
    order.sort_by(|&a, &b| badness(a).total_cmp(&badness(b)));
    let mut first = 0;
    while first < of {
        // What prints as the same number is the same rank.
        let best = value(order[first]);
        let alike = order[first..].iter().take_while(|&&place| same(value(place), best)).count();
        each(first, &order[first..first + alike]);
        first += alike;
    }
}
