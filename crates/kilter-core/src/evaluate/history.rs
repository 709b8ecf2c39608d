//! A history: the values of an indicator in an area over time, and beside them whatever its targets compare
//! them with.

use super::{Precision, Value, Valuer};
use crate::framework::{Framework, Indicator};
use crate::ident::AreaCode;
use crate::method::Missing;
use crate::series::Marks;
use crate::target::{Against, Baseline, Goal, PeerStatistic};
use crate::time::Period;
use std::collections::{BTreeMap, BTreeSet};

/// The values of an indicator in an area for periods of one kind in order of time, and those of other areas
/// and periods that its targets need.
#[derive(Debug, Clone, PartialEq)]
pub struct History<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    values: Vec<Value>,
    /// What comparators are worth, period by period.
    beside: Vec<(Against, Vec<Result<f64, Missing>>)>,
    /// The area's own values in periods that are baselines.
    baselines: BTreeMap<Period, Value>,
}

impl<'f> History<'f> {
    /// Computes the values of an indicator in an area for periods of one kind in order of time, and
    /// whatever targets of the area compare them with.
    #[must_use]
    pub fn new(valuer: &Valuer<'f>, indicator: &'f Indicator, area: &AreaCode, periods: &[Period]) -> Self {
        let values = valuer.values(indicator, area, periods);
        let mut history =
            Self { indicator, area: area.clone(), values, beside: Vec::new(), baselines: BTreeMap::new() };
        for target in valuer.framework().targets_for(&indicator.id, area) {
            match &target.goal {
                Goal::Comparator(comparator) => history.look_beside(valuer, &comparator.against),
                Goal::Change(change) => {
                    if let Baseline::Period(period) = change.baseline {
                        let value = valuer.values(indicator, area, &[period]).into_iter().next();
                        history.baselines.extend(value.map(|value| (period, value)));
                    }
                }
                _ => {}
            }
        }
        history
    }

    /// Periods of an indicator in an area of which no value is known.
    pub(super) fn without_values(indicator: &'f Indicator, area: &AreaCode, periods: &[Period]) -> Self {
        let blank = periods.iter().map(|&period| Value {
            period,
            value: Err(Missing::NoData),
            numerator: None,
            denominator: None,
            marks: Marks::NONE,
            release: 0,
            population: None,
            precision: Precision::Parts,
        });
        let (area, values) = (area.clone(), blank.collect());
        Self { indicator, area, values, beside: Vec::new(), baselines: BTreeMap::new() }
    }

    /// Takes up the values of something that is compared with.
    pub fn look_beside(&mut self, valuer: &Valuer<'f>, against: &Against) {
        if self.beside.iter().any(|(known, _)| known == against) {
            return;
        }
        let periods: Vec<Period> = self.values.iter().map(|value| value.period).collect();
        if let Some(values) = beside(valuer, self.indicator, &self.area, against, &periods) {
            self.beside.push((against.clone(), values));
        }
    }

    /// The indicator.
    #[must_use]
    pub fn indicator(&self) -> &'f Indicator {
        self.indicator
    }

    /// The area.
    #[must_use]
    pub fn area(&self) -> &AreaCode {
        &self.area
    }

    /// The values, in order of time.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of the area's own in a period, where it is one of the history or a baseline.
    #[must_use]
    pub fn own(&self, period: Period) -> Option<&Value> {
        self.place(period).map(|place| &self.values[place]).or_else(|| self.baselines.get(&period))
    }

    /// The place of a period.
    #[must_use]
    pub fn place(&self, period: Period) -> Option<usize> {
        self.values.binary_search_by_key(&period, |value| value.period).ok()
    }

    /// What a comparator is worth at a place; `None` where it is the area itself, or there is none.
    #[must_use]
    pub fn beside(&self, against: &Against, place: usize) -> Option<Result<f64, Missing>> {
        let (_, values) = self.beside.iter().find(|(known, _)| known == against)?;
        values.get(place).copied()
    }
}

/// The area that something names, for an area; `None` where it is the area itself, or there is none.
#[must_use]
pub fn compared_area(framework: &Framework, area: &AreaCode, against: &Against) -> Option<AreaCode> {
    let areas = framework.areas();
    let other = match against {
        Against::Scotland => areas.nation_of(area).map(|nation| nation.code.clone()),
        Against::Parent => areas.parent_of(area).map(|parent| parent.code.clone()),
        Against::Area(code) | Against::Peers { group: code, .. } => Some(code.clone()),
        Against::PreviousPeriod | Against::SamePeriodLastYear => None,
    };
    other.filter(|other| other != area)
}

/// The areas of a group: its parts by its first way of dividing.
#[must_use]
pub fn peers(framework: &Framework, group: &AreaCode) -> BTreeSet<AreaCode> {
    let division = framework.areas().get(group.as_str()).and_then(|group| group.divisions.first());
    division.into_iter().flat_map(|division| division.parts.iter().cloned()).collect()
}

/// What an area is compared with is worth in each period.
fn beside(
    valuer: &Valuer<'_>,
    indicator: &Indicator,
    area: &AreaCode,
    against: &Against,
    periods: &[Period],
) -> Option<Vec<Result<f64, Missing>>> {
    let other = compared_area(valuer.framework(), area, against)?;
    match against {
        Against::Peers { group, statistic: PeerStatistic::Median } => {
            Some(periods.iter().map(|period| valuer.median_of_peers(indicator, group, *period)).collect())
        }
        _ => Some(valuer.values(indicator, &other, periods).into_iter().map(|v| v.value).collect()),
    }
}
