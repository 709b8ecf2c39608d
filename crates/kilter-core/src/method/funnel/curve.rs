//! The curves of a funnel: the limits of every size of area between the smallest and the largest.

use super::{Funnel, Kind, RatioForm};
use crate::method::interval::{Confidence, Interval, MethodError, byar, exact_near, poisson};
use crate::method::rates::held;

/// How many points a curve has.
const CURVE: usize = 100;

/// Below so many events [`poisson`] is exact.
const EXACT_BELOW: f64 = 10.0;

/// From so many events on the limits of a count are Byar's also where exact ones are asked for: the two are
/// the same within 1e-5 of their width there, and the exact ones take long.
const BYAR_ABOVE: f64 = 100_000.0;

/// One point of one curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Where it stands along the funnel: people, expected events, or people a year.
    pub at: f64,
    /// The limit there, in the unit of the values.
    pub value: f64,
}

/// The four curves at one number of people (proportions) or observed events (ratios and rates).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// That number.
    pub count: f64,
    /// The lower 95% limit.
    pub lower_95: Edge,
    /// The upper 95% limit.
    pub upper_95: Edge,
    /// The lower 99.8% limit.
    pub lower_998: Edge,
    /// The upper 99.8% limit.
    pub upper_998: Edge,
}

impl Funnel {
    /// The four curves, at 100 numbers of people or events that grow by equal factors over the range of the
    /// areas.
    ///
    /// Proportions as [`Funnel::proportions`] says, cut at zero and at `per`. For `x` observed events the
    /// expected numbers `E` solve `P(X <= x | E) = p` and `P(X >= x | E) = p`, with p 0.025 and 0.001: half
    /// the chi-squared quantiles with `2x + 2` and `2x` degrees of freedom. The ratio there is `x / E`, the
    /// rate `x / E` times the average. The numbers are those of `calculate_funnel_limits` of
    /// PHEindicatormethods 2.1.0, which halves intervals down to 1e-7 for `E` and cuts proportions at 100
    /// whatever they are per.
    ///
    /// # Errors
    /// [`MethodError::TooLarge`] where areas are too large for a curve to be numbers.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::funnel::{Funnel, RatioForm};
    /// use kilter_core::method::rates::Part;
    /// let part = |x, n| Part { numerator: Some(x), denominator: Some(n) };
    /// let curve = Funnel::ratios(&[part(7.0, 4.29), part(700.0, 706.77)], RatioForm::Of100)?.curve()?;
    /// assert_eq!((curve.len(), curve[0].count), (100, 1.0));
    /// // One event: 5.57 expected, for the lower limit solves e^-E (1 + E) = 0.025.
    /// let lower = curve[0].lower_95;
    /// assert!((lower.at - 5.5716434).abs() < 1e-6 && (lower.value - 17.948).abs() < 1e-3);
    /// // A range that is greater than numbers are.
    /// assert!(Funnel::ratios(&[part(7.0, f64::MAX)], RatioForm::Of100)?.curve().is_err());
    /// # Ok::<(), kilter_core::method::rates::RowError>(())
    /// ```
    pub fn curve(&self) -> Result<Vec<CurvePoint>, MethodError> {
        self.counts()?.into_iter().map(|count| self.curve_point(count)).collect()
    }

    fn curve_point(&self, count: f64) -> Result<CurvePoint, MethodError> {
        let edges = |confidence| -> Result<(Edge, Edge), MethodError> {
            let (lower, upper) = if let Kind::Proportion { per } = self.kind {
                let limits = self.about_average(count, confidence);
                let edge = |share: f64| Edge { at: count, value: share.clamp(0.0, 1.0) * per };
                (edge(limits.lower), edge(limits.upper))
            } else {
                // Few events against many expected make a low ratio.
                let expected = exact(count, confidence)?;
                (self.edge(count, expected.upper), self.edge(count, expected.lower))
            };
            for edge in [lower, upper] {
                held("limit", edge.value)?;
                held("place of a limit", edge.at)?;
            }
            Ok((lower, upper))
        };
        let (lower_95, upper_95) = edges(Confidence::P95)?;
        let (lower_998, upper_998) = edges(Confidence::P998)?;
        Ok(CurvePoint { count, lower_95, upper_95, lower_998, upper_998 })
    }

    /// The limit for so many events observed and expected.
    fn edge(&self, observed: f64, expected: f64) -> Edge {
        let ratio = observed / expected;
        match self.kind {
            Kind::Rate { per, years, .. } => {
                Edge { at: expected / self.average / years, value: ratio * self.average * per }
            }
            Kind::Ratio { form: RatioForm::Excess } => Edge { at: expected, value: ratio - 1.0 },
            _ => Edge { at: expected, value: ratio * 100.0 },
        }
    }

    /// The numbers that the curves are drawn at.
    fn counts(&self) -> Result<Vec<f64>, MethodError> {
        let years = if let Kind::Rate { years, .. } = self.kind { years } else { 1.0 };
        let ofs = || self.areas.iter().flatten().filter_map(|area| area.of).map(|of| of / years);
        let (least, most) = (ofs().fold(f64::INFINITY, f64::min), ofs().fold(0.0, f64::max));
        let mut first = if most > 2.0 * least { 0.0 } else { leading_digit_down(0.95 * least) };
        let mut last = two_digits_up(1.05 * most);
        if let Kind::Rate { .. } = self.kind {
            // From people a year to events in all years.
            first = (first * self.average * years).floor();
            last = (last * self.average * years).ceil();
        }
        held("range of the areas", last)?;
        // The tool that everybody compares with lets ratios end one step early.
        let steps = if let Kind::Ratio { .. } = self.kind { CURVE + 1 } else { CURVE };
        let mut counts = Vec::with_capacity(CURVE);
        let mut count = held("range of the areas", first)?.max(1.0);
        counts.push(count);
        for place in 1..CURVE {
            let factor = (last / count).powf(1.0 / (steps - place) as f64);
            count = held("range of the areas", (factor * count).round_ties_even().max(count + 1.0))?;
            counts.push(count);
        }
        Ok(counts)
    }
}

/// A number cut down to its leading digit: 5,000 of 5,876. Zero of what has none.
fn leading_digit_down(number: f64) -> f64 {
    let unit = 10f64.powf(number.log10().floor());
    let cut = to_nine_decimals(number / unit).floor() * unit;
    if cut.is_finite() { cut } else { 0.0 }
}

/// A number raised to two digits: 5,900 of 5,876.
fn two_digits_up(number: f64) -> f64 {
    let unit = 10f64.powf(number.log10().floor() - 1.0);
    let raised = to_nine_decimals(number / unit).ceil() * unit;
    if raised.is_nan() { number } else { raised }
}

/// Without what the division left over.
fn to_nine_decimals(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

/// The exact limits of a count, also of ten events and more.
pub(super) fn exact(count: f64, confidence: Confidence) -> Result<Interval, MethodError> {
    if count < EXACT_BELOW {
        return poisson(count, confidence);
    }
    let near = byar(count, confidence)?;
    if count > BYAR_ABOVE {
        return Ok(near);
    }
    exact_near(count, near, confidence)
}
