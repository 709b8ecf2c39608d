//! Small numbers withheld from the figures of a measure before anything is made from them.
//!
//! It is decided once, where the figures are read: what is withheld is gone from then on, and values, rates,
//! intervals, totals, differences and exports cannot show or imply it, because they are all made from what is
//! left. This room knows measures, areas and breakdowns; it knows no indicator and no question.
//!
//! Every small figure can change by the threshold (by one where nothing allows more), together with others that
//! are withheld, without any figure that is shown changing (`moves`). So there are always two states of the world that a
//! reader cannot tell apart, of which the small number is in one what it is not in the other.

mod figures;
mod moves;
#[cfg(test)]
mod tests;

use super::{Cell, Column, Resolver};
use crate::area::Areas;
use crate::series::{
    Absence, Dataset, Marks, Measure, Observation, Reading, Series, SeriesBuilder, SeriesKey, SmallCounts,
};
use figures::Figures;
use moves::{Level, Moves};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Takes out of a dataset what the measure's rule for small numbers withholds, and puts in the totals that
/// are shown although a part of them is withheld. A measure without a rule stays as it is.
///
/// A figure is a count of an area, for the categories of a breakdown, in a period of the measure. Small
/// figures are withheld, and with each of them so many others that nothing that is shown gives it away: other
/// areas of the same parent, other categories, or totals, whichever withholds the least. A figure that the
/// source withheld is protected in the same way. Where nothing else protects a small figure, all figures
/// of that period are withheld.
///
/// A period that is added up from others is withheld where one of them is. The decision is made for each period by
/// itself, from the figures as they are known at that point; what an earlier release showed is not forgotten
/// by its readers. Measures that are parts of one another are not known to be: make them one measure with a
/// dimension.
///
/// # Examples
/// ```
/// use kilter_core::framework::{Framework, Text};
/// use kilter_core::ident::{AreaCode, MeasureId};
/// use kilter_core::method::withhold;
/// use kilter_core::series::{Absence, Breakdown, Dataset, Observation, Reading, SeriesBuilder, SeriesKey};
/// use kilter_core::time::Period;
/// let framework = Framework::from_texts(&[Text::new("f.toml", r#"
/// framework = { id = "f", title = "F" }
/// area = [
///     { code = "both", name = "Both", kind = "partnership", parts = ["north", "south"] },
///     { code = "north", name = "North", kind = "council" },
///     { code = "south", name = "South", kind = "council" },
/// ]
/// [[measure]]
/// id = "falls"
/// title = "Falls"
/// unit = "falls"
/// frequency = "month"
/// over_time = "sum"
/// over_areas = "sum"
/// suppress = { threshold = 4, zeros = "shown" }
/// "#)])?;
/// let month: Period = "2024-01".parse()?;
/// let mut data = Dataset::new();
/// for (area, value) in [("north", 3.0), ("south", 20.0)] {
///     let mut series = SeriesBuilder::new(month.kind());
///     series.push(month.ordinal(), Observation::number(value)?, 1);
///     let (measure, area) = (MeasureId::new("falls")?, AreaCode::new(area)?);
///     data.insert(SeriesKey { measure, breakdown: Breakdown::total(), area }, series.build()?);
/// }
/// let falls = framework.measure("falls").unwrap();
/// withhold(falls, framework.areas(), &mut data);
/// let shown = |area: &str| {
///     let series = data.measure("falls")?.get(&Breakdown::total(), area)?;
///     Some(series.get(month.ordinal())?.reading())
/// };
/// assert_eq!(shown("north"), Some(Reading::Absent(Absence::Suppressed)));
/// // 23 less 20 would be 3.
/// assert_eq!(shown("south"), Some(Reading::Absent(Absence::Suppressed)));
/// assert_eq!(shown("both"), Some(Reading::Number(23.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn withhold(measure: &Measure, areas: &Areas, data: &mut Dataset) {
    let Some(small) = measure.suppress else { return };
    let changed = protected(measure, small, areas, data);
    for (key, series) in changed {
        data.insert(key, series);
    }
}

/// The columns of a figure before anything is withheld.
struct Raw {
    values: Rc<Column>,
    denominators: Rc<Column>,
}

/// What becomes of a figure in a period.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is as it was.
    Same,
    /// It is withheld.
    Withheld,
    /// It is shown, and a part of it is withheld, so that nothing can add it up.
    OverWithheld,
}

/// The series that are not what they were.
fn protected(
    measure: &Measure,
    small: SmallCounts,
    areas: &Areas,
    data: &Dataset,
) -> Vec<(SeriesKey, Series)> {
    let Some(observed) = data.measure(measure.id.as_str()) else { return Vec::new() };
    let Some((first, last)) = observed.span() else { return Vec::new() };
    let figures = Figures::new(measure, areas, observed);
    let resolver = Resolver::new(data, areas);
    let raw: Vec<Raw> = figures
        .keys()
        .map(|(area, breakdown)| Raw {
            values: resolver.column(measure, breakdown, area),
            denominators: resolver.denominators(measure, breakdown, area),
        })
        .collect();
    let mut fates: Vec<Vec<(i32, Fate)>> = vec![Vec::new(); raw.len()];
    for ordinal in first..=last {
        let levels: Vec<Level> = raw.iter().map(|of| Level::of(of.values.get(ordinal).value)).collect();
        let withheld = Moves::new(&figures, small, levels).withheld();
        if !withheld.contains(&true) {
            continue;
        }
        let over = figures.above_any(&withheld);
        for (figure, fate) in fates.iter_mut().enumerate() {
            let is_there = raw[figure].values.get(ordinal).value.is_ok();
            match (withheld[figure], over[figure]) {
                (true, _) => fate.push((ordinal, Fate::Withheld)),
                (false, true) if is_there => fate.push((ordinal, Fate::OverWithheld)),
                _ => {}
            }
        }
    }
    let keys = figures.keys().zip(&raw).zip(&fates).filter(|(_, fates)| !fates.is_empty());
    keys.map(|(((area, breakdown), raw), fates)| {
        let own = observed.get(breakdown, area.as_str());
        let series = rewritten(measure, own, raw, fates);
        let key = SeriesKey { measure: measure.id.clone(), breakdown: breakdown.clone(), area: area.clone() };
        (key, series)
    })
    .collect()
}

/// The series of a figure with what became of it. What cannot be written is withheld, and never left as it was.
fn rewritten(measure: &Measure, own: Option<&Series>, raw: &Raw, fates: &[(i32, Fate)]) -> Series {
    let mut ordinals: BTreeSet<i32> = fates.iter().map(|(ordinal, _)| *ordinal).collect();
    ordinals.extend(own.into_iter().flat_map(|series| series.ordinals()));
    let mut fates = fates.iter().peekable();
    let mut series = SeriesBuilder::new(measure.frequency);
    for ordinal in ordinals {
        let fate = match fates.next_if(|(of, _)| *of == ordinal) {
            Some((_, fate)) => *fate,
            None => Fate::Same,
        };
        let Cell { value, marks, release } = raw.values.get(ordinal);
        let withheld = Observation::absent(Absence::Suppressed);
        match fate {
            Fate::Withheld => series.push(ordinal, withheld, release),
            Fate::OverWithheld => {
                let shown = match (value, raw.denominators.get(ordinal).value) {
                    (Ok(value), Ok(denominator)) => Observation::pair(value, denominator).ok(),
                    (Ok(value), Err(_)) => Observation::number(value).ok(),
                    (Err(_), _) => None,
                };
                let shown = shown.map(|shown| shown.marked(marks).marked(Marks::OVER_SUPPRESSED));
                series.push(ordinal, shown.unwrap_or(withheld), release);
            }
            Fate::Same => {
                if let Some((own, at)) = own.and_then(|own| Some((own, own.find(ordinal)?))) {
                    series.push(ordinal, own.at(at), own.releases()[at]);
                }
            }
        }
    }
    series.build().unwrap_or_else(|_| Series::empty(measure.frequency))
}

impl Level {
    /// What a figure is before anything is withheld.
    fn of(value: Result<f64, super::Missing>) -> Self {
        match value {
            Ok(value) => Self::Value(value),
            Err(super::Missing::Suppressed) => Self::Hidden,
            Err(_) => Self::Absent,
        }
    }
}

/// Whether an observation is a total that is shown over parts that are withheld.
#[must_use]
pub fn is_over_withheld(observation: Observation) -> bool {
    observation.marks().has(Marks::OVER_SUPPRESSED) && !matches!(observation.reading(), Reading::Absent(_))
}
