//! Shifts that last: a median that gives way to a new one where a run of points has left it.

use super::{first_not_finite, median};
use crate::method::control_chart::Side;
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// Which shifts are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Those above the median.
    Above,
    /// Those below it.
    Below,
    /// Those on either side.
    Both,
}

/// What shifts are looked for by. Thirteen and nine are the numbers of the R package; Perla and others (2011),
/// whom Healthcare Improvement Scotland points to, take a run of six for a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sustained {
    /// How many of the first places the first median rests on, gaps among them. At least 1.
    pub baseline: usize,
    /// How many points in a row on one side of the median make a shift. At least 1.
    pub run: usize,
    /// Which shifts count.
    pub watch: Watch,
}

/// What the median of a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// The first places.
    Baseline,
    /// A run on that side of the median before.
    Shift(Side),
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Baseline => "baseline",
            Self::Shift(Side::High) => "sustained shift, above",
            Self::Shift(Side::Low) => "sustained shift, below",
        })
    }
}

/// A median, and where it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is of.
    pub kind: LineKind,
    /// The median.
    pub median: f64,
    /// From the first to the last of the points it is of. Points between them that lie on the median before do
    /// not count towards it.
    pub places: Range<usize>,
    /// How far it is carried on: to where the next line begins, or to the end of the series.
    pub holds_to: usize,
}

/// Why there are no lines.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SustainedError {
    /// A value is infinite or not a number.
    #[error("place {place}: {found} is no finite number; a gap is given as no value")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
        /// What stands there.
        found: f64,
    },
    /// The baseline or the run has no place.
    #[error("the {what} is 0 places long: it needs at least 1")]
    NoLength {
        /// Which of the two.
        what: &'static str,
    },
    /// A shift could not be found even if there were one.
    #[error("there are {found} places: a baseline and a run need {needed}")]
    TooShort {
        /// How many places there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// No place of the baseline has a value.
    #[error("the baseline of {baseline} places has no value")]
    NoBaseline {
        /// How many places it has.
        baseline: usize,
    },
}

/// The medians of a series and where each holds: that of the baseline, and a new one for each shift that lasts.
///
/// After the baseline the first run of [`Sustained::run`] points on a watched side of the median is a shift;
/// gaps and points on the median are passed over. The median of just those points is the new one, and the
/// search goes on behind the last of them. There is always at least one line, and the first is the baseline.
///
/// As the R package runcharter (0.2.0), but: a series too short for a baseline and a run is an error (the
/// package gives its baseline where another series of the same table is long enough); and the last line ends
/// with its own series, not with the longest of the table.
///
/// # Errors
/// [`SustainedError`]: a value that is not finite, a baseline or a run of no place, a series shorter than both
/// together, a baseline without any value.
///
/// # Examples
/// ```
/// use kilter_core::method::run_chart::{sustained, LineKind, Sustained, SustainedError, Watch};
/// let months = [4.0, 6.0, 5.0, 6.0, 9.0, 8.0, 5.0, 9.0, 4.0].map(Some);
/// let settings = Sustained { baseline: 3, run: 3, watch: Watch::Above };
/// let lines = sustained(&months, settings)?;
/// assert_eq!((lines[0].kind, lines[0].median, lines[0].holds_to), (LineKind::Baseline, 5.0, 3));
/// assert_eq!((lines[1].median, lines[1].places.clone()), (8.0, 3..6));
///
/// let error = sustained(&months[..5], settings);
/// assert_eq!(error, Err(SustainedError::TooShort { found: 5, needed: 6 }));
/// # Ok::<(), SustainedError>(())
/// ```
pub fn sustained(values: &[Option<f64>], settings: Sustained) -> Result<Vec<Line>, SustainedError> {
    let Sustained { baseline, run, watch } = settings;
    if let Some((place, found)) = first_not_finite(values) {
        return Err(SustainedError::NotFinite { place, found });
    }
    for (what, length) in [("baseline", baseline), ("run", run)] {
        if length == 0 {
            return Err(SustainedError::NoLength { what });
        }
    }
    let needed = baseline.saturating_add(run);
    if values.len() < needed {
        return Err(SustainedError::TooShort { found: values.len(), needed });
    }
    let mut centre = median(values[..baseline].iter().flatten().copied())
        .ok_or(SustainedError::NoBaseline { baseline })?;
    let end = values.len();
    let mut lines =
        vec![Line { kind: LineKind::Baseline, median: centre, places: 0..baseline, holds_to: end }];
    // The points of the run that is under way: their side, first place and values.
    let mut under_way: Option<(Side, usize, Vec<f64>)> = None;
    for (place, value) in values.iter().enumerate().skip(baseline) {
        let Some(value) = *value else { continue };
        let Some(side) = Side::of(value, centre) else { continue };
        let (from, mut points) = match under_way.take() {
            Some((before, from, points)) if before == side => (from, points),
            _ => (place, Vec::new()),
        };
        points.push(value);
        let watched = match watch {
            Watch::Above => side == Side::High,
            Watch::Below => side == Side::Low,
            Watch::Both => true,
        };
        if watched && points.len() == run {
            if let Some(line) = lines.last_mut() {
                line.holds_to = from;
            }
            centre = median(points.into_iter()).unwrap_or(centre);
            lines.push(Line {
                kind: LineKind::Shift(side),
                median: centre,
                places: from..place + 1,
                holds_to: end,
            });
        } else {
            under_way = Some((side, from, points));
        }
    }
    Ok(lines)
}
