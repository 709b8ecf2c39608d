//! Shewhart's charts: values, counts, rates and proportions with limits of their own kind, and the run rules.
//!
//! The charts of single values as "Making Data Count" draws them are in [`super::xmr`]; these are the family
//! that quality improvement uses, with a chart for each kind of figure. Values come in the order of time, one
//! place for every period, with nothing where there is no value. Dates are not known here.

mod lines;
#[cfg(test)]
mod tests;

use super::Side;
use super::limits::{self, Limits, Screening};
use crate::method::run_chart::{self, Layout, LayoutError, Runs};
use lines::{Lines, Ratio, Spread, ratio_lines, value_lines};
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// The charts of one figure for each place. Mean and median are those of the values that count, and `r` is the
/// mean of the ranges between neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueChart {
    /// Single values: the mean, and `3 r / 1.128` about it. Not clipped at zero.
    I,
    /// Moving ranges: each value's distance from the one before; their mean, 0 and 3.267 times the mean. The
    /// run rules do not judge it, for neighbouring ranges share a value.
    Mr,
    /// Counts of events in equal areas of opportunity: the mean, and `3 sqrt(mean)` about it, from zero on.
    C,
    /// Cases or places between rare events: the median, with limits `mean ± 3 sqrt(mean (mean + 1))`, from
    /// zero on.
    G,
    /// Times between rare events: an I chart of the values to the power 1/3.6, raised again; from zero on.
    T,
}

/// The charts of a numerator and a denominator for each place. The values are `y = x / n`, and the centre is
/// `c = sum x / sum n`, of those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RatioChart {
    /// Proportions: `3 sqrt(c (1 - c) / n)` about the centre, from 0 to 1.
    P,
    /// Laney's P′: the limits of P, times the mean range of `(y - c) / sqrt(c (1 - c) / n)` over 1.128. For
    /// great denominators, where a P chart finds nearly everything special (Laney 2002).
    PPrime,
    /// Rates of events: `3 sqrt(c / n)` about the centre, from zero on.
    U,
    /// Laney's U′: the limits of U, times the mean range of `(y - c) / sqrt(c / n)` over 1.128.
    UPrime,
    /// Values with unequal denominators, without a distribution: `3 s / sqrt n` about the centre, where `s` is
    /// the mean of `sqrt(pi / 2) |y2 - y1| / sqrt(1 / n1 + 1 / n2)` over neighbours. Not clipped at zero.
    IPrime,
}

/// Which chart a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShewhartKind {
    /// One of the charts of one figure for each place.
    Values(ValueChart),
    /// One of the charts of a numerator and a denominator.
    Ratios(RatioChart),
}

impl fmt::Display for ShewhartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Values(ValueChart::I) => "I chart",
            Self::Values(ValueChart::Mr) => "MR chart",
            Self::Values(ValueChart::C) => "C chart",
            Self::Values(ValueChart::G) => "G chart",
            Self::Values(ValueChart::T) => "T chart",
            Self::Ratios(RatioChart::P) => "P chart",
            Self::Ratios(RatioChart::PPrime) => "P′ chart",
            Self::Ratios(RatioChart::U) => "U chart",
            Self::Ratios(RatioChart::UPrime) => "U′ chart",
            Self::Ratios(RatioChart::IPrime) => "I′ chart",
        })
    }
}

/// What a chart is drawn by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShewhartSettings<'a> {
    /// Where parts begin, what centre and limits rest on, and what is left out.
    pub layout: Layout<'a>,
    /// Whether great ranges count towards the limits of I, T, P′, U′ and I′ charts. In qicharts2 this depends
    /// on whether the package is attached; Wheeler objects to it.
    pub screening: Screening,
    /// Which runs are more than chance.
    pub rules: run_chart::RuleSet,
}

/// One place of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShewhartPoint {
    /// The value that is drawn: for MR the range, for ratios the numerator over the denominator times the
    /// multiplier; `None` for a gap.
    pub value: Option<f64>,
    /// The number of its part, from 0.
    pub part: usize,
    /// The centre of its part, in the unit of the value; `None` where that has no value to rest on.
    pub centre: Option<f64>,
    /// Its limits, at three and at two standard deviations from the centre. `None` where there is nothing to
    /// rest them on, or no denominator to make them of.
    pub limits: Option<Limits>,
    /// The side on which the value is beyond the outer limits. A value on a limit is not.
    pub outside: Option<Side>,
    /// Whether the place counts: it is not among those excluded. It is marked as outside all the same.
    pub included: bool,
    /// Whether the place is among those that centre and limits may rest on, excluded places among them.
    pub in_base: bool,
}

/// The places between two calculations of centre and limits, and the runs there.
#[derive(Debug, Clone, PartialEq)]
pub struct ShewhartPart {
    /// Its places.
    pub places: Range<usize>,
    /// The centre; `None` where there is no value to rest on.
    pub centre: Option<f64>,
    /// The runs about the centre; `None` where no point is useful.
    pub runs: Option<Runs>,
    /// Whether the runs are a signal. Never for an MR chart.
    pub runs_signal: bool,
}

/// A drawn chart: all its places, and its parts, of which there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct ShewhartChart {
    /// Which chart it is.
    pub kind: ShewhartKind,
    /// Whether great ranges counted towards the limits.
    pub screening: Screening,
    /// What values, centres and limits were multiplied with.
    pub per: f64,
    /// Its places, in the order of the values given.
    pub points: Vec<ShewhartPoint>,
    /// Its parts, the oldest first.
    pub parts: Vec<ShewhartPart>,
}

/// Why there is no chart.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ShewhartError {
    /// A figure is infinite or not a number.
    #[error("place {place}: the {what} is {found}, no finite number; a gap is given as no value")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
        /// Which figure.
        what: &'static str,
        /// What it was.
        found: f64,
    },
    /// A figure that counts something is below zero.
    #[error("place {place}: the {what} is {found}: it cannot be below zero")]
    Negative {
        /// Its place, from 0.
        place: usize,
        /// Which figure.
        what: &'static str,
        /// What it was.
        found: f64,
    },
    /// No time has passed between two events.
    #[error("place {place}: the time between events is {found}: a T chart needs times above zero")]
    NoTime {
        /// Its place, from 0.
        place: usize,
        /// What it was.
        found: f64,
    },
    /// Something was counted where there is nothing.
    #[error("place {place}: {numerator} of a denominator of zero")]
    NoDenominator {
        /// Its place, from 0.
        place: usize,
        /// The numerator.
        numerator: f64,
    },
    /// More was counted than there is.
    #[error(
        "place {place}: {numerator} of {denominator}: a proportion has no numerator above its denominator"
    )]
    NumeratorAboveDenominator {
        /// Its place, from 0.
        place: usize,
        /// The numerator.
        numerator: f64,
        /// The denominator.
        denominator: f64,
    },
    /// The two columns do not belong together.
    #[error("there are {numerators} numerators and {denominators} denominators")]
    Lengths {
        /// How many numerators.
        numerators: usize,
        /// How many denominators.
        denominators: usize,
    },
    /// The multiplier is none.
    #[error("the multiplier is {found}: it is a finite number above zero, such as 100")]
    BadMultiplier {
        /// What it was.
        found: f64,
    },
    /// The chart cannot be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The figures stand too far apart for their limits to be numbers.
    #[error("the figures stand too far apart for limits")]
    TooLarge,
}

/// The chart of one figure for each place, in the order of time; `None` is a gap.
///
/// The formulas are with [`ValueChart`]; Montgomery, "Introduction to Statistical Quality Control", has them
/// all but T (Nelson 1994). Ranges bridge neither gaps nor starts of parts. An excluded place is taken out as
/// if it were not there, so that the places on both sides of it become neighbours; in an MR chart, which shows
/// the ranges, neither of the two that it is part of counts.
///
/// Where the data do not suffice there is no centre (no value), no limits (no range, or screening leaves
/// none: all values equal, with [`Screening::Once`]), or no runs (no useful point).
///
/// As the R package qicharts2 (0.8.1), but: a baseline holds for each part; screening is declared; the inner
/// limit of a T chart below zero is zero, as the outer one (missing there); a T chart shows the values as they
/// were given.
///
/// # Errors
/// [`ShewhartError`], with the place of the figure: not finite, below zero (C, G), zero or below (T); or what
/// is wrong with the layout.
///
/// # Examples
/// ```
/// use kilter_core::method::control_chart::{
///     of_values, Screening, ShewhartError, ShewhartSettings, Side, ValueChart,
/// };
/// use kilter_core::method::run_chart::{Layout, RuleSet};
/// let settings = ShewhartSettings {
///     layout: Layout::default(),
///     screening: Screening::Off,
///     rules: RuleSet::Anhoej,
/// };
/// let falls = [4.0, 3.0, 5.0, 4.0, 2.0, 6.0, 4.0, 4.0, 3.0, 5.0, 15.0, 5.0].map(Some);
/// let chart = of_values(ValueChart::C, &falls, &settings)?;
/// let point = chart.points[10];
/// assert_eq!((point.centre, point.outside), (Some(5.0), Some(Side::High)));
/// assert!((point.limits.unwrap().upper - (5.0 + 3.0 * 5f64.sqrt())).abs() < 1e-12);
///
/// let error = of_values(ValueChart::T, &[Some(3.0), Some(0.0)], &settings);
/// assert_eq!(error, Err(ShewhartError::NoTime { place: 1, found: 0.0 }));
/// # Ok::<(), ShewhartError>(())
/// ```
pub fn of_values(
    chart: ValueChart,
    values: &[Option<f64>],
    settings: &ShewhartSettings<'_>,
) -> Result<ShewhartChart, ShewhartError> {
    for (place, found) in values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))) {
        finite(place, "value", found)?;
        match chart {
            ValueChart::C | ValueChart::G if found < 0.0 => {
                return Err(ShewhartError::Negative { place, what: "count", found });
            }
            ValueChart::T if found <= 0.0 => return Err(ShewhartError::NoTime { place, found }),
            _ => {}
        }
    }
    let kind = ShewhartKind::Values(chart);
    if chart != ValueChart::Mr {
        return draw(kind, values, settings, 1.0, |base| {
            value_lines(chart, values, base, settings.screening)
        });
    }
    // What is drawn are the ranges, and which of them count depends on both places.
    let (parts, included) = settings.layout.lay(values.len())?;
    let mut ranges = vec![None; values.len()];
    let mut excluded = Vec::new();
    for part in &parts {
        for place in part.places.clone().skip(1) {
            ranges[place] =
                values[place].zip(values[place - 1]).map(|(value, before)| (value - before).abs());
            if !included[place - 1] {
                excluded.push(place);
            }
        }
    }
    excluded.extend_from_slice(settings.layout.excluded);
    let settings =
        ShewhartSettings { layout: Layout { excluded: &excluded, ..settings.layout }, ..*settings };
    draw(kind, &ranges, &settings, 1.0, |base| value_lines(chart, &ranges, base, settings.screening))
}

/// The chart of a numerator and a denominator for each place, in the order of time. Where either is `None`
/// there is a gap; so there is where both are zero: nothing happened because nothing could.
///
/// The formulas are with [`RatioChart`]: Montgomery for P and U, Laney (2002) for P′ and U′; I′ is that of
/// qicharts2. Values, centre and limits are times `per`: 100 for percentages. What is said of gaps, parts,
/// excluded places and of data that do not suffice with [`of_values`] holds here; P′ and U′ have no limits
/// where all values are 0, or all proportions 1.
///
/// As the R package qicharts2 (0.8.1), but: a numerator above its denominator, or above a denominator of zero,
/// is an error rather than drawn; the limits of I′ rest on the same places as its centre, where the package
/// takes all, baseline or not, excluded or not.
///
/// # Errors
/// [`ShewhartError`], with the place of the figure: not finite, below zero, more than there is (P, P′),
/// something of nothing; or what is wrong with the columns, the multiplier or the layout.
///
/// # Examples
/// ```
/// use kilter_core::method::control_chart::{
///     of_ratios, RatioChart, Screening, ShewhartError, ShewhartSettings,
/// };
/// use kilter_core::method::run_chart::{Layout, RuleSet};
/// let settings = ShewhartSettings {
///     layout: Layout::default(),
///     screening: Screening::Off,
///     rules: RuleSet::Anhoej,
/// };
/// let (met, of) = ([30.0, 20.0, 10.0].map(Some), [100.0, 100.0, 100.0].map(Some));
/// let chart = of_ratios(RatioChart::P, &met, &of, 100.0, &settings)?;
/// assert_eq!(chart.points[0].centre, Some(20.0));
/// let limits = chart.points[0].limits.unwrap();
/// assert!((limits.lower - 8.0).abs() < 1e-9 && (limits.near_upper - 28.0).abs() < 1e-9);
///
/// let error = of_ratios(RatioChart::P, &[Some(3.0)], &[Some(2.0)], 100.0, &settings);
/// assert!(matches!(error, Err(ShewhartError::NumeratorAboveDenominator { place: 0, .. })));
/// # Ok::<(), ShewhartError>(())
/// ```
pub fn of_ratios(
    chart: RatioChart,
    numerators: &[Option<f64>],
    denominators: &[Option<f64>],
    per: f64,
    settings: &ShewhartSettings<'_>,
) -> Result<ShewhartChart, ShewhartError> {
    if numerators.len() != denominators.len() {
        let (numerators, denominators) = (numerators.len(), denominators.len());
        return Err(ShewhartError::Lengths { numerators, denominators });
    }
    if !(per.is_finite() && per > 0.0) {
        return Err(ShewhartError::BadMultiplier { found: per });
    }
    let ratios = numerators.iter().zip(denominators).enumerate();
    let ratios = ratios.map(|(place, (x, n))| ratio(chart, place, *x, *n)).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<_> = ratios.iter().map(|ratio| ratio.map(Ratio::value)).collect();
    draw(ShewhartKind::Ratios(chart), &values, settings, per, |base| {
        ratio_lines(chart, &ratios, base, settings.screening)
    })
}

fn ratio(
    chart: RatioChart,
    place: usize,
    x: Option<f64>,
    n: Option<f64>,
) -> Result<Option<Ratio>, ShewhartError> {
    for (what, figure) in [("numerator", x), ("denominator", n)] {
        if let Some(found) = figure {
            finite(place, what, found)?;
            if found < 0.0 && !(what == "numerator" && chart == RatioChart::IPrime) {
                return Err(ShewhartError::Negative { place, what, found });
            }
        }
    }
    let Some((x, n)) = x.zip(n) else { return Ok(None) };
    match chart {
        _ if n == 0.0 && x == 0.0 => Ok(None),
        _ if n == 0.0 => Err(ShewhartError::NoDenominator { place, numerator: x }),
        RatioChart::P | RatioChart::PPrime if x > n => {
            Err(ShewhartError::NumeratorAboveDenominator { place, numerator: x, denominator: n })
        }
        _ => Ok(Some(Ratio { x, n })),
    }
}

fn finite(place: usize, what: &'static str, found: f64) -> Result<(), ShewhartError> {
    if found.is_finite() { Ok(()) } else { Err(ShewhartError::NotFinite { place, what, found }) }
}

/// Draws a chart whose lines are made from the places that count in the base of each part.
fn draw(
    kind: ShewhartKind,
    values: &[Option<f64>],
    settings: &ShewhartSettings<'_>,
    per: f64,
    lines: impl Fn(&[usize]) -> Option<Lines>,
) -> Result<ShewhartChart, ShewhartError> {
    let (floor, ceiling) = match kind {
        ShewhartKind::Values(ValueChart::I) | ShewhartKind::Ratios(RatioChart::IPrime) => (None, None),
        ShewhartKind::Ratios(RatioChart::P | RatioChart::PPrime) => (Some(0.0), Some(1.0)),
        _ => (Some(0.0), None),
    };
    let clip = |limit: f64| {
        let limit = floor.map_or(limit, |floor| limit.max(floor));
        ceiling.map_or(limit, |ceiling| limit.min(ceiling))
    };
    let about = |middle: f64, deviation: f64| Limits {
        lower: clip(middle - 3.0 * deviation),
        near_lower: clip(middle - 2.0 * deviation),
        near_upper: clip(middle + 2.0 * deviation),
        upper: clip(middle + 3.0 * deviation),
    };
    let (laid, included) = settings.layout.lay(values.len())?;
    let mut chart = ShewhartChart {
        kind,
        screening: settings.screening,
        per,
        points: Vec::with_capacity(values.len()),
        parts: Vec::with_capacity(laid.len()),
    };
    for part in laid {
        let base: Vec<usize> = part.base.clone().filter(|place| included[*place]).collect();
        let lines = lines(&base);
        // A clip would turn what is no number into a limit.
        if let Some(Lines {
            spread: Spread::Same { deviation, .. } | Spread::ByRoot { deviation, .. }, ..
        }) = &lines
            && !deviation.is_finite()
        {
            return Err(ShewhartError::TooLarge);
        }
        for place in part.places.clone() {
            let limits = lines.as_ref().and_then(|lines| match &lines.spread {
                Spread::None => None,
                Spread::Same { middle, deviation } => Some(about(*middle, *deviation)),
                Spread::ByRoot { deviation, denominators } => {
                    Some(about(lines.centre, deviation / denominators[place]?.sqrt()))
                }
                Spread::At(limits) => Some(*limits),
            });
            let outside = values[place].zip(limits).and_then(|(value, limits)| limits.left_by(value));
            let point = ShewhartPoint {
                value: values[place].map(|value| value * per),
                part: chart.parts.len(),
                centre: lines.as_ref().map(|lines| lines.centre * per),
                limits: limits.map(|limits| Limits {
                    lower: limits.lower * per,
                    near_lower: limits.near_lower * per,
                    near_upper: limits.near_upper * per,
                    upper: limits.upper * per,
                }),
                outside,
                included: included[place],
                in_base: part.base.contains(&place),
            };
            let whole = point.value.is_none_or(f64::is_finite) && limits::finite(point.centre, point.limits);
            if !whole {
                return Err(ShewhartError::TooLarge);
            }
            chart.points.push(point);
        }
        let counting = part.places.clone().filter(|place| included[*place]).map(|place| values[place]);
        let runs = lines.as_ref().and_then(|lines| Runs::of(counting, lines.centre, settings.rules));
        chart.parts.push(ShewhartPart {
            places: part.places,
            centre: lines.map(|lines| lines.centre * per),
            runs,
            runs_signal: kind != ShewhartKind::Values(ValueChart::Mr) && runs.is_some_and(Runs::signal),
        });
    }
    Ok(chart)
}
