//! The mean of a segment and the limits about it. Knows nothing of what lies outside them.

use super::Side;
use crate::method::Sum;

/// The distance of a limit from the mean, in mean moving ranges: three standard deviations.
const LIMIT: f64 = 2.66;

/// The distance of a near limit, in the same: two standard deviations.
const NEAR_LIMIT: f64 = 2.0 * (LIMIT / 3.0);

/// A moving range of so many mean moving ranges or more is an outlier: the upper limit of the range chart.
pub(super) const GREAT_RANGE: f64 = 3.267;

/// Whether outliers among the moving ranges count towards the limits. The values themselves stay in the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screening {
    /// All moving ranges count, as in the Excel tool of NHS England.
    Off,
    /// Ranges of 3.267 times the mean range or more are left out, once, as in the R package NHSRplotthedots.
    /// Where most values are equal this leaves only zeros, and limits without width.
    Once,
    /// As [`Screening::Once`], but all ranges count where what it leaves is nothing or only zeros.
    OnceUnlessFlat,
}

/// Where the values of a segment are expected, in their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The lower process limit.
    pub lower: f64,
    /// The near limit below the mean, at two thirds of the way to the lower.
    pub near_lower: f64,
    /// The near limit above the mean, at two thirds of the way to the upper.
    pub near_upper: f64,
    /// The upper process limit.
    pub upper: f64,
}

impl Limits {
    /// On which side a value lies outside; `None` for one within the limits or on one.
    pub(super) fn left_by(&self, value: f64) -> Option<Side> {
        let above = Side::of(value, self.upper).filter(|side| *side == Side::High);
        above.or(Side::of(value, self.lower).filter(|side| *side == Side::Low))
    }
}

/// The mean; `None` for that of no value.
///
/// The mean of equal values is that value exactly, so that none of them lies off it.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sum = Sum::default();
    let count = values.inspect(|value| sum.add(*value)).count();
    (count > 0).then(|| sum.mean(count as f64))
}

/// The limits about a mean; `None` where no moving range is left to rest them on.
pub(super) fn about(mean: f64, values: &[Option<f64>], screening: Screening) -> Option<Limits> {
    Some(at(mean, mean_moving_range(values, screening)?))
}

/// The limits about a mean by the mean moving range.
pub(super) fn at(mean: f64, range: f64) -> Limits {
    Limits {
        lower: mean - LIMIT * range,
        near_lower: mean - NEAR_LIMIT * range,
        near_upper: mean + NEAR_LIMIT * range,
        upper: mean + LIMIT * range,
    }
}

/// The mean of the ranges between neighbours; `None` where none is left.
pub(super) fn mean_moving_range(values: &[Option<f64>], screening: Screening) -> Option<f64> {
    let ranges = values.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs()));
    mean_range(ranges, GREAT_RANGE, screening)
}

/// The mean of ranges, without the great ones where they are screened; `None` where none is left.
pub(super) fn mean_range(
    ranges: impl Iterator<Item = f64> + Clone,
    great: f64,
    screening: Screening,
) -> Option<f64> {
    screened(mean(ranges.clone())?, ranges, great, screening)
}

/// The mean of ranges, of which that of all is known, without the great ones where they are screened.
pub(super) fn screened(
    all: f64,
    ranges: impl Iterator<Item = f64>,
    great: f64,
    screening: Screening,
) -> Option<f64> {
    let usual = || mean(ranges.filter(|range| *range < great * all));
    match screening {
        // A mean beyond all numbers screens nothing: the limits show it.
        _ if !all.is_finite() => Some(all),
        Screening::Off => Some(all),
        Screening::Once => usual(),
        Screening::OnceUnlessFlat => Some(usual().filter(|usual| *usual > 0.0).unwrap_or(all)),
    }
}

/// Whether a mean and limits are numbers, where they are there.
pub(super) fn finite(mean: Option<f64>, limits: Option<Limits>) -> bool {
    mean.is_none_or(f64::is_finite)
        && limits.is_none_or(|limits| limits.lower.is_finite() && limits.upper.is_finite())
}
