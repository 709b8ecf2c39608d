//! The centre and the limits of each kind of chart. Knows nothing of what lies outside them.

use super::{RatioChart, ValueChart};
use crate::method::Sum;
use crate::method::control_chart::limits::{self, Limits, Screening};
use crate::method::run_chart;

/// The mean range of two values, in standard deviations of a normal distribution.
const RANGE_BY_DEVIATION: f64 = 1.128;

/// The upper limit of the weighted moving ranges of the I′ chart, in mean ranges, as its authors round it.
const GREAT_WEIGHTED_RANGE: f64 = 3.2665;

/// The power that makes times between rare events nearly normal (Nelson 1994).
const TIME_POWER: f64 = 3.6;

/// A numerator, and a denominator above zero.
#[derive(Clone, Copy)]
pub(super) struct Ratio {
    /// The numerator.
    pub(super) x: f64,
    /// The denominator.
    pub(super) n: f64,
}

impl Ratio {
    /// The one over the other.
    pub(super) fn value(self) -> f64 {
        self.x / self.n
    }
}

/// Where the limits of a part stand.
pub(super) enum Spread {
    /// There is nothing to rest them on.
    None,
    /// At two and three times this from that middle, the same at every place.
    Same { middle: f64, deviation: f64 },
    /// At two and three times this over the root of the denominator from the centre.
    ByRoot { deviation: f64, denominators: Vec<Option<f64>> },
    /// Here.
    At(Limits),
}

/// The centre of a part and its limits, before the multiplier.
pub(super) struct Lines {
    /// The centre.
    pub(super) centre: f64,
    /// The limits about it.
    pub(super) spread: Spread,
}

/// The lines of a part of values; `None` where no place of its base has one.
pub(super) fn value_lines(
    chart: ValueChart,
    values: &[Option<f64>],
    base: &[usize],
    screening: Screening,
) -> Option<Lines> {
    let there = || base.iter().filter_map(|place| values[*place]);
    let mean = limits::mean(there())?;
    Some(match chart {
        ValueChart::I => {
            let spread = deviation(base.iter().map(|place| values[*place]), screening)
                .map_or(Spread::None, |deviation| Spread::Same { middle: mean, deviation });
            Lines { centre: mean, spread }
        }
        ValueChart::Mr => {
            let upper = limits::GREAT_RANGE * mean;
            let limits = Limits { lower: 0.0, near_lower: 0.0, near_upper: upper / 3.0 * 2.0, upper };
            Lines { centre: mean, spread: Spread::At(limits) }
        }
        ValueChart::C => {
            Lines { centre: mean, spread: Spread::Same { middle: mean, deviation: mean.sqrt() } }
        }
        ValueChart::G => Lines {
            centre: run_chart::median(there())?,
            spread: Spread::Same { middle: mean, deviation: (mean * (mean + 1.0)).sqrt() },
        },
        ValueChart::T => {
            let roots: Vec<_> =
                base.iter().map(|place| values[*place].map(|time| time.powf(1.0 / TIME_POWER))).collect();
            let mean = limits::mean(roots.iter().flatten().copied())?;
            let raised = |root: f64| root.max(0.0).powf(TIME_POWER);
            let spread = deviation(roots.iter().copied(), screening).map_or(Spread::None, |deviation| {
                Spread::At(Limits {
                    lower: raised(mean - 3.0 * deviation),
                    near_lower: raised(mean - 2.0 * deviation),
                    near_upper: raised(mean + 2.0 * deviation),
                    upper: raised(mean + 3.0 * deviation),
                })
            });
            Lines { centre: raised(mean), spread }
        }
    })
}

/// The lines of a part of ratios; `None` where no place of its base has one.
pub(super) fn ratio_lines(
    chart: RatioChart,
    ratios: &[Option<Ratio>],
    base: &[usize],
    screening: Screening,
) -> Option<Lines> {
    let there = || base.iter().filter_map(|place| ratios[*place]);
    let (mut x, mut n) = (Sum::default(), Sum::default());
    there().for_each(|ratio| {
        x.add(ratio.x);
        n.add(ratio.n);
    });
    there().next()?;
    let centre = x.total() / n.total();
    let expected = match chart {
        RatioChart::P | RatioChart::PPrime => (centre * (1.0 - centre)).max(0.0).sqrt(),
        _ => centre.max(0.0).sqrt(),
    };
    let deviation = match chart {
        RatioChart::P | RatioChart::U => Some(expected),
        RatioChart::PPrime | RatioChart::UPrime if expected > 0.0 => {
            let scores = base.iter().map(|place| {
                ratios[*place].map(|ratio| (ratio.value() - centre) / expected * ratio.n.sqrt())
            });
            deviation(scores, screening).map(|between| expected * between)
        }
        RatioChart::PPrime | RatioChart::UPrime => None,
        RatioChart::IPrime => {
            let pairs = base.windows(2).filter_map(|pair| ratios[pair[0]].zip(ratios[pair[1]]));
            let ranges: Vec<_> = pairs
                .map(|(a, b)| {
                    let by = (1.0 / a.n + 1.0 / b.n).sqrt();
                    (std::f64::consts::FRAC_PI_2).sqrt() * (b.value() - a.value()).abs() / by
                })
                .collect();
            limits::mean_range(ranges.iter().copied(), GREAT_WEIGHTED_RANGE, screening)
        }
    };
    let spread = deviation.map_or(Spread::None, |deviation| Spread::ByRoot {
        deviation,
        denominators: ratios.iter().map(|ratio| ratio.map(|ratio| ratio.n)).collect(),
    });
    Some(Lines { centre, spread })
}

/// The standard deviation of values by the ranges between neighbours; `None` where none is left.
fn deviation(values: impl Iterator<Item = Option<f64>>, screening: Screening) -> Option<f64> {
    let values: Vec<_> = values.collect();
    Some(limits::mean_moving_range(&values, screening)? / RANGE_BY_DEVIATION)
}
