//! The slope and relative index of inequality as English publishers define them, with calculated limits.

use super::{Line, NoIndex, in_order, ranked, weighed};
use crate::method::interval::{Confidence, Interval};
use crate::method::rates::{above_zero, counted, finite, held, multiplier, total};
use std::fmt;

/// What the values are, and with that how they vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Values {
    /// Means, life expectancies and all else: each varies normally.
    Plain,
    /// Rates, above zero: their logarithms vary normally.
    Rates(Fit),
    /// Proportions between 0 and 1: the logarithms of their odds vary normally.
    Proportions(Fit),
}

/// What the line is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The values themselves.
    OfValues,
    /// Their logarithms, or those of their odds; the index is that of the values at both ends of the line.
    OfLogarithms,
}

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// By its standard error: of the value, or of the logarithm (of the odds) for rates and proportions.
    StandardError(f64),
    /// By its 95% limits, which become a standard error there by their distance.
    Limits95(Interval),
}

/// One group. `None` is a figure that is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Its number, from 1.
    pub group: u32,
    /// How many people it holds.
    pub population: Option<f64>,
    /// Its value.
    pub value: Option<f64>,
    /// How sure that is.
    pub spread: Spread,
}

/// Which way the index goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Towards {
    /// From group 1 to the last: above zero where the last have more.
    Last,
    /// From the last group to 1: above zero where the first have more.
    First,
}

/// How an index of inequality is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeSettings {
    /// What the values are.
    pub values: Values,
    /// Which way the index goes.
    pub towards: Towards,
    /// What the slope is multiplied with: 100 for proportions told as percentages.
    pub per: f64,
    /// The level of the limits.
    pub confidence: Confidence,
}

/// How the limits of an index were calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlopeMethod {
    /// From the normal distribution of a sum, and Fieller's of a ratio.
    Normal,
    /// From the first four cumulants of the values (Cornish and Fisher 1938).
    CornishFisher,
    /// From the normal distribution of the slope of logarithms, about the middle of the line.
    TurnedLine,
}

impl fmt::Display for SlopeMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Normal => "weighted regression, normal",
            Self::CornishFisher => "weighted regression, Cornish-Fisher",
            Self::TurnedLine => "weighted regression of logarithms, normal",
        })
    }
}

/// A value of inequality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    /// The value.
    pub value: f64,
    /// Its limits; `None` where the values are too unsure for the method to give any.
    pub limits: Option<Interval>,
}

/// The slope and relative index of inequality of a population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeInequality {
    /// The difference between both ends of the population, times [`SlopeSettings::per`].
    pub slope: Index,
    /// The ratio of both ends; `None` where the line does not begin and end above zero.
    pub relative: Option<Index>,
    /// The height of the line at the end of group 1, times [`SlopeSettings::per`].
    pub start: f64,
    /// How the limits were calculated.
    pub method: SlopeMethod,
    /// At which level.
    pub confidence: Confidence,
}

/// The slope and relative index of inequality of 5 to 100 groups.
///
/// A group with the share `a` of the population stands at the rank `b`: the share of all groups before it and
/// half of its own. Through the values, or their logarithms, runs the line of least squares weighed by `a`,
/// with the height `i` at rank 0 and the slope `s`. The slope index is `s`, or the difference between both
/// ends made values again; the relative index is the ratio of the ends, `(i + s) / i` (Low and Low 2004).
///
/// The reference, `phe_sii` of PHEindicatormethods 2.1.0, draws its limits by chance: each value from its
/// normal distribution (of the logarithm, for rates and proportions) a hundred thousand times. The limits
/// here are those that such drawing comes to. With plain values they are `s ± z SE(s)`, and Fieller's for the
/// ratio. With rates and proportions and a line through the values, they come from the exact cumulants of the
/// values. With a line through the logarithms they are the indices of the lines with the slopes `s ± z SE(s)`
/// and the same middle, `i + s / 2`: as there, how sure the middle is does not count. A negative multiplier
/// there is [`Towards::First`] here; the height of the line is multiplied in either case.
///
/// # Errors
/// [`NoIndex`]: fewer than 5 groups or more than 100, a group twice, a figure missing, of the wrong sign or
/// not finite, a rate of zero, proportions of 0 or 1, limits turned round.
///
/// # Examples
/// ```
/// use kilter_core::method::inequality::{slope_index, Group, Spread, SlopeSettings, Towards, Values};
/// use kilter_core::method::interval::Confidence;
/// let group = |(group, value)| Group {
///     group, population: Some(1000.0), value: Some(value), spread: Spread::StandardError(0.5)
/// };
/// let mut groups = [(1, 70.0), (2, 72.0), (3, 74.0), (4, 76.0), (5, 78.0)].map(group);
/// let settings = SlopeSettings {
///     values: Values::Plain,
///     towards: Towards::Last,
///     per: 1.0,
///     confidence: Confidence::P95,
/// };
/// let years = slope_index(&groups, &settings)?;
/// assert!((years.slope.value - 10.0).abs() < 1e-9); // 69 at one end, 79 at the other
/// let limits = years.slope.limits.unwrap();
/// assert!((limits.lower - 8.450512).abs() < 1e-6 && (limits.upper - 11.549488).abs() < 1e-6);
///
/// groups[1].group = 1;
/// assert!(slope_index(&groups, &settings).is_err());
/// # Ok::<(), kilter_core::method::inequality::NoIndex>(())
/// ```
pub fn slope_index(groups: &[Group], settings: &SlopeSettings) -> Result<SlopeInequality, NoIndex> {
    if !(5..=100).contains(&groups.len()) {
        return Err(NoIndex::GroupCount { found: groups.len(), expected: "5 to 100" });
    }
    let per = multiplier(settings.per)?;
    let rows = in_order(groups.iter().map(|group| group.group))?;
    let mut figures = Figures::default();
    for row in rows {
        figures.read(row, &groups[row], settings.values)?;
    }
    held("population", total(figures.populations.iter().copied()))?;
    let line = Line::through(&ranked(&figures.populations));
    let ends = match settings.values {
        Values::Rates(Fit::OfLogarithms) | Values::Proportions(Fit::OfLogarithms) => {
            Ends::of_logarithms(&line, &figures, settings)
        }
        _ => Ends::of_values(&line, &figures, settings),
    };
    ends.told(settings, per)
}

/// The figures of the groups, in their order.
#[derive(Default)]
struct Figures {
    populations: Vec<f64>,
    values: Vec<f64>,
    /// The values, or the logarithms that vary normally, and by how much.
    normal: Vec<(f64, f64)>,
}

impl Figures {
    fn read(&mut self, row: usize, group: &Group, values: Values) -> Result<(), NoIndex> {
        let population = above_zero(row, "population", group.population)?;
        let what = "value";
        let scale = |what, found| scaled(row, what, found, values);
        let value = finite(row, what, group.value)?;
        let normal = scale(what, value)?;
        let error = match group.spread {
            Spread::StandardError(error) => counted(row, "standard error", Some(error))?,
            Spread::Limits95(Interval { lower, upper }) => {
                let (from, to) = (scale("lower limit", lower)?, scale("upper limit", upper)?);
                if from > to {
                    return Err(NoIndex::LimitsTurned { row, lower, upper });
                }
                held("distance of the limits", (to - from) / (2.0 * Confidence::P95.deviate()))?
            }
        };
        self.populations.push(population);
        self.values.push(value);
        self.normal.push((normal, error));
        Ok(())
    }
}

/// A figure on the scale on which it varies normally.
fn scaled(row: usize, what: &'static str, found: f64, values: Values) -> Result<f64, NoIndex> {
    match values {
        Values::Plain => Ok(finite(row, what, Some(found))?),
        Values::Rates(_) => Ok(above_zero(row, what, Some(found))?.ln()),
        Values::Proportions(_) if found > 0.0 && found < 1.0 => Ok(found.ln() - (-found).ln_1p()),
        Values::Proportions(_) => {
            finite(row, what, Some(found))?;
            Err(NoIndex::NoOdds { row, what, found })
        }
    }
}

/// A logarithm as the value it is of.
fn value_of(logarithm: f64, values: Values) -> f64 {
    match values {
        Values::Plain => logarithm,
        Values::Rates(_) => logarithm.exp(),
        Values::Proportions(_) => 1.0 / (1.0 + (-logarithm).exp()),
    }
}

/// The index from the first group to the last, not yet multiplied.
struct Ends {
    start: f64,
    slope: Index,
    relative: Option<Index>,
    method: SlopeMethod,
}

impl Ends {
    /// Of the line through the values.
    fn of_values(line: &Line, figures: &Figures, settings: &SlopeSettings) -> Self {
        let start = weighed(&line.to_start, &figures.values);
        let slope = weighed(&line.to_slope, &figures.values);
        let moments: Vec<_> =
            figures.normal.iter().map(|(at, error)| cumulants(*at, *error, settings.values)).collect();
        let z = settings.confidence.deviate();
        let quantile = |factors: &[f64], z: f64| sum_quantile(factors, &moments, z);
        let both = |limits: [Option<f64>; 2]| match limits {
            [Some(lower), Some(upper)] => Some(Interval { lower, upper }),
            _ => None,
        };
        let limits = both([-z, z].map(|z| quantile(&line.to_slope, z)));
        // The ratio is at most r where the line at its end is at most r times that at its start.
        let ratio = |z: f64| {
            let beyond = |ratio: f64| {
                let factors: Vec<f64> = line
                    .to_start
                    .iter()
                    .zip(&line.to_slope)
                    .map(|(start, slope)| slope + (1.0 - ratio) * start)
                    .collect();
                quantile(&factors, z)
            };
            falling_to_zero(1.0 + slope / start, beyond)
        };
        let sure = quantile(&line.to_start, -z).is_some_and(|lower| lower > 0.0);
        let relative = (start > 0.0 && start + slope > 0.0).then(|| Index {
            value: (start + slope) / start,
            limits: if sure { both([-z, z].map(ratio)) } else { None },
        });
        let method = match settings.values {
            Values::Plain => SlopeMethod::Normal,
            _ => SlopeMethod::CornishFisher,
        };
        Self { start, slope: Index { value: slope, limits }, relative, method }
    }

    /// Of the line through the logarithms, with both its ends made values again.
    fn of_logarithms(line: &Line, figures: &Figures, settings: &SlopeSettings) -> Self {
        let (logarithms, errors): (Vec<f64>, Vec<f64>) = figures.normal.iter().copied().unzip();
        let (start, slope) = (weighed(&line.to_start, &logarithms), weighed(&line.to_slope, &logarithms));
        let squares = line.to_slope.iter().zip(errors).map(|(factor, error)| (factor * error).powi(2));
        let width = settings.confidence.deviate() * total(squares).sqrt();
        let middle = start + slope / 2.0;
        // Both ends where the line with that slope goes through the same middle.
        let ends = |slope: f64| {
            [middle - slope / 2.0, middle + slope / 2.0].map(|end| value_of(end, settings.values))
        };
        let index = |of: fn([f64; 2]) -> f64| Index {
            value: of(ends(slope)),
            limits: Some(Interval { lower: of(ends(slope - width)), upper: of(ends(slope + width)) }),
        };
        let [first, _] = ends(slope);
        Self {
            start: first,
            slope: index(|[first, last]| last - first),
            relative: (first > 0.0).then(|| index(|[first, last]| last / first)),
            method: SlopeMethod::TurnedLine,
        }
    }

    /// The index as it was asked for.
    fn told(self, settings: &SlopeSettings, per: f64) -> Result<SlopeInequality, NoIndex> {
        let turned = settings.towards == Towards::First;
        let slope = self.slope.turned(|value| if turned { -value * per } else { value * per }, turned);
        let relative =
            self.relative.map(|index| index.turned(|value| if turned { 1.0 / value } else { value }, turned));
        held("slope index", slope.value)?;
        let start = held("height of the line", self.start * per)?;
        Ok(SlopeInequality {
            slope,
            relative: relative.filter(|index| index.value.is_finite()),
            start,
            method: self.method,
            confidence: settings.confidence,
        })
    }
}

impl Index {
    /// The index in another unit, and the other way round; without limits that are no numbers.
    fn turned(self, unit: impl Fn(f64) -> f64, turned: bool) -> Self {
        let limits = self.limits.map(|limits| {
            let (one, other) = (unit(limits.lower), unit(limits.upper));
            if turned { Interval { lower: other, upper: one } } else { Interval { lower: one, upper: other } }
        });
        let told = |limits: &Interval| {
            limits.lower.is_finite() && limits.upper.is_finite() && limits.lower <= limits.upper
        };
        Self { value: unit(self.value), limits: limits.filter(told) }
    }
}

/// The nodes of a quadrature over the standard normal distribution, with their weights: equal steps, which
/// for smooth functions of it are exact to the last digits.
fn nodes() -> impl Iterator<Item = (f64, f64)> {
    const STEP: f64 = 0.125;
    (-68..=68).map(|place| {
        let z = f64::from(place) * STEP;
        (z, STEP * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt())
    })
}

/// The first four cumulants of a value that, or the logarithm of which, varies normally.
fn cumulants(at: f64, error: f64, values: Values) -> [f64; 4] {
    match values {
        Values::Plain => [at, error * error, 0.0, 0.0],
        Values::Rates(_) => {
            let w = (error * error).exp();
            let mean = (at + error * error / 2.0).exp();
            let variance = mean * mean * (error * error).exp_m1();
            let skew = (w + 2.0) * (error * error).exp_m1().sqrt();
            let excess = ((w + 2.0) * w + 3.0) * w * w - 6.0;
            [mean, variance, skew * variance.powf(1.5), excess * variance * variance]
        }
        Values::Proportions(_) => {
            let drawn = || nodes().map(|(z, weight)| (value_of(at + error * z, values), weight));
            let mean = total(drawn().map(|(value, weight)| value * weight));
            let about = |power| total(drawn().map(|(value, weight)| weight * (value - mean).powi(power)));
            let variance = about(2);
            [mean, variance, about(3), about(4) - 3.0 * variance * variance]
        }
    }
}

/// The value that a sum of independent values, each times its factor, stays below with the probability of
/// that normal deviate; `None` where their distribution is too far from normal to be told from four
/// cumulants.
fn sum_quantile(factors: &[f64], cumulants: &[[f64; 4]], z: f64) -> Option<f64> {
    let sum = |order: usize| {
        let power = order as i32 + 1;
        total(factors.iter().zip(cumulants).map(|(factor, of)| factor.powi(power) * of[order]))
    };
    let (mean, variance) = (sum(0), sum(1));
    if variance <= 0.0 {
        return Some(mean).filter(|mean| mean.is_finite());
    }
    let (skew, excess) = (sum(2) / variance.powf(1.5), sum(3) / (variance * variance));
    if !(skew.abs() <= 1.0 && excess.abs() <= 2.0) {
        return None;
    }
    let deviate = z + (z * z - 1.0) * skew / 6.0 + (z * z - 3.0) * z * excess / 24.0
        - (2.0 * z * z - 5.0) * z * skew * skew / 36.0;
    Some(mean + variance.sqrt() * deviate).filter(|quantile| quantile.is_finite())
}

/// Where a falling function is zero, near a number; `None` where it is not found.
fn falling_to_zero(near: f64, of: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let (mut low, mut high) = bracket(near, |at| of(at).map(|found| found > 0.0))?;
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if of(middle)? > 0.0 { low = middle } else { high = middle }
    }
    Some(low + (high - low) / 2.0)
}

/// A number before which something holds and one after which it does not, around one nearby.
fn bracket(near: f64, holds: impl Fn(f64) -> Option<bool>) -> Option<(f64, f64)> {
    let mut step = near.abs().max(f64::MIN_POSITIVE) * 1e-12;
    let (mut low, mut high) = (near - step, near + step);
    for _ in 0..200 {
        match (holds(low)?, holds(high)?) {
            (true, false) => return Some((low, high)),
            (true, true) => high += step,
            _ => low -= step,
        }
        step *= 2.0;
        if !(low.is_finite() && high.is_finite()) {
            return None;
        }
    }
    None
}
