//! Run charts: whether a series wanders about its median as chance would, or stays on one side for too long.
//!
//! A chart takes values in the order of time, one place for every period, with nothing where there is no
//! value. It knows no dates: that every period has its place, once, is for the caller to see to. It finds
//! shifts, and trends where the rules are those of [`RuleSet::Perla`]; extreme single values are the business of
//! [`super::control_chart`]. Everything that other tools decide in silence is a field of [`Settings`] without
//! a default.

mod boxes;
mod layout;
mod rules;
mod sustained;
#[cfg(test)]
mod tests;

pub(super) use layout::parts;
pub use layout::{Layout, LayoutError};
pub use rules::{Cut, RuleSet, RunLimits, Runs};
pub use sustained::{Line, LineKind, Sustained, SustainedError, Watch, sustained};

use super::control_chart::Side;
use std::ops::Range;
use thiserror::Error;

/// What a chart is drawn by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings<'a> {
    /// Which runs are more than chance.
    pub rules: RuleSet,
    /// Where parts begin, what the median rests on, and what is left out.
    pub layout: Layout<'a>,
    /// A centre that was known before, for all parts; `None` for the median of each part.
    pub centre: Option<f64>,
}

/// One place of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value; `None` for a gap.
    pub value: Option<f64>,
    /// The number of its part, from 0.
    pub part: usize,
    /// The centre of its part; `None` where that has no value to rest on.
    pub centre: Option<f64>,
    /// On which side of the centre the value lies; `None` for a gap, and on the centre.
    pub side: Option<Side>,
    /// Whether the place counts: it is not among those excluded.
    pub included: bool,
    /// Whether the place is among those that the centre may rest on, excluded places among them.
    pub in_base: bool,
}

/// The places between two calculations of the centre, and the runs there.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its places.
    pub places: Range<usize>,
    /// How many of them are included, gaps among them.
    pub included: usize,
    /// The centre; `None` where there is no value to rest on.
    pub centre: Option<f64>,
    /// The runs, and whether they are a signal; `None` where no point is useful: there is no value, or all lie
    /// on the centre.
    pub runs: Option<Runs>,
}

impl Part {
    /// Whether the runs of this part are a signal.
    #[must_use]
    pub fn signal(&self) -> bool {
        self.runs.is_some_and(Runs::signal)
    }
}

/// A drawn chart: all its places, and its parts, of which there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct RunChart {
    /// Its places, in the order of the values given.
    pub points: Vec<Point>,
    /// Its parts, the oldest first.
    pub parts: Vec<Part>,
}

/// Why there is no chart.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RunChartError {
    /// A value is infinite or not a number.
    #[error("place {place}: {found} is no finite number; a gap is given as no value")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
        /// What stands there.
        found: f64,
    },
    /// The centre given is infinite or not a number.
    #[error("the centre is {found}: it has to be a finite number")]
    BadCentre {
        /// The centre.
        found: f64,
    },
    /// The chart cannot be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// The run chart of values in the order of time; `None` is a gap.
///
/// The centre of each part is the median of its values, or that of the first of them ([`Layout::fix_after`]),
/// or the centre given. Useful points are those that are included, there, and not on the centre; gaps and
/// values on the centre neither end a run nor lengthen it. What is more than chance is a matter of the
/// [`RuleSet`]. Anhøj's rules are meant for 10 and more useful points, and fewer are judged all the same:
/// [`Runs::useful`] says how many there were.
///
/// Where the data do not suffice there is no centre (no value), or no runs (no useful point), and no signal.
///
/// As the R package qicharts2 (0.8.1), but: a baseline holds for each part rather than being dropped where
/// there are parts; the limits given are those that were applied (the package prints Anhøj's beside the
/// signals of the boxes); places that do not exist, and values that are not finite, are errors.
///
/// # Errors
/// [`RunChartError`]: a value or a centre that is not finite, a start or an excluded place that is none, a
/// baseline of no place.
///
/// # Examples
/// ```
/// use kilter_core::method::run_chart::{run_chart, Layout, RuleSet, RunChartError, Settings};
/// let settings = Settings { rules: RuleSet::Anhoej, layout: Layout::default(), centre: None };
/// let mut weeks: Vec<_> = (0..20).map(|week| Some(if week < 10 { 3.0 } else { 5.0 })).collect();
/// let chart = run_chart(&weeks, &settings)?;
/// let runs = chart.parts[0].runs.unwrap();
/// assert_eq!(chart.parts[0].centre, Some(4.0));
/// assert_eq!((runs.longest, runs.limits.longest), (10, 7));
/// assert_eq!((runs.crossings, runs.limits.crossings), (1, 6));
/// assert!(runs.signal());
///
/// weeks[3] = Some(f64::INFINITY);
/// assert!(matches!(run_chart(&weeks, &settings), Err(RunChartError::NotFinite { place: 3, .. })));
/// # Ok::<(), RunChartError>(())
/// ```
pub fn run_chart(values: &[Option<f64>], settings: &Settings<'_>) -> Result<RunChart, RunChartError> {
    if let Some((place, found)) = first_not_finite(values) {
        return Err(RunChartError::NotFinite { place, found });
    }
    if let Some(found) = settings.centre.filter(|centre| !centre.is_finite()) {
        return Err(RunChartError::BadCentre { found });
    }
    let (laid, included) = settings.layout.lay(values.len())?;
    let mut chart =
        RunChart { points: Vec::with_capacity(values.len()), parts: Vec::with_capacity(laid.len()) };
    for part in laid {
        let counting = |places: Range<usize>| {
            places.filter(|place| included[*place]).map(|place| values[place]).collect::<Vec<_>>()
        };
        let number = chart.parts.len();
        let centre = settings.centre.or_else(|| median(counting(part.base.clone()).into_iter().flatten()));
        let all = counting(part.places.clone());
        chart.points.extend(part.places.clone().map(|place| Point {
            value: values[place],
            part: number,
            centre,
            side: values[place].zip(centre).and_then(|(value, centre)| Side::of(value, centre)),
            included: included[place],
            in_base: part.base.contains(&place),
        }));
        chart.parts.push(Part {
            places: part.places,
            included: all.len(),
            centre,
            runs: centre.and_then(|centre| Runs::of(all, centre, settings.rules)),
        });
    }
    Ok(chart)
}

/// The first place whose value is no finite number, with what stands there.
pub(super) fn first_not_finite(values: &[Option<f64>]) -> Option<(usize, f64)> {
    let places = values.iter().enumerate();
    places.filter_map(|(place, value)| Some((place, (*value)?))).find(|(_, value)| !value.is_finite())
}

/// The median: the middle value, or the middle between the two that are; `None` for that of no value.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some(values[values.len() / 2 - 1].midpoint(upper)) }
}
