//! The group of an area among others, by the values of another indicator in the same period.

use super::{Precision, Value, Valuer, peers};
use crate::area::AreaKind;
use crate::framework::{FirstGroup, Indicator, Quantile};
use crate::ident::{AreaCode, IndicatorId};
use crate::method::Missing;
use crate::method::quantile::{First, quantiles};
use crate::time::Period;
use std::collections::HashMap;
use std::rc::Rc;

/// The areas that are grouped together, and the period.
pub(super) type GroupKey = (IndicatorId, Option<AreaKind>, Period);

/// The areas of one grouping with their groups, or the reason why each has none.
pub(super) type Grouped = HashMap<AreaCode, (Value, Result<f64, Missing>)>;

impl Valuer<'_> {
    /// The groups that an area is of. It rests on the values of all areas that are grouped with it.
    pub(super) fn quantile(
        &self,
        indicator: &Indicator,
        of: &Quantile,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<Value> {
        let kind = match of.among {
            Some(_) => None,
            None => self.framework().areas().get(area.as_str()).map(|area| area.kind),
        };
        periods
            .iter()
            .map(|&period| {
                let grouped = self.grouped((indicator.id.clone(), kind, period), of);
                let (value, group) = match grouped.get(area) {
                    Some((value, group)) => (Some(value), *group),
                    // An area that is none of those that are grouped.
                    None => (None, Err(Missing::NotApplicable)),
                };
                Value {
                    period,
                    value: group,
                    numerator: None,
                    denominator: None,
                    marks: value.map(|value| value.marks).unwrap_or_default(),
                    release: value.map_or(0, |value| value.release),
                    population: value.and_then(|value| value.population),
                    precision: Precision::Parts,
                }
            })
            .collect()
    }

    /// The groups of all areas, worked out once for all of them.
    fn grouped(&self, key: GroupKey, of: &Quantile) -> Rc<Grouped> {
        if let Some(known) = self.groups.borrow().get(&key) {
            return Rc::clone(known);
        }
        let (_, kind, period) = &key;
        let areas: Vec<AreaCode> = match &of.among {
            Some(group) => peers(self.framework(), group).into_iter().collect(),
            None => {
                let alike = self.framework().areas().iter();
                let alike = alike.filter(|area| Some(area.kind) == *kind && area.replaced_by.is_none());
                alike.map(|area| area.code.clone()).collect()
            }
        };
        let values: Vec<Value> = areas
            .iter()
            .filter_map(|area| self.values(&of.of, area, &[*period]).into_iter().next())
            .collect();
        let figures: Vec<Option<f64>> = values.iter().map(|value| value.value.ok()).collect();
        let first = match of.first {
            FirstGroup::Highest => First::Highest,
            FirstGroup::Lowest => First::Lowest,
        };
        let groups = quantiles(&figures, of.groups, first);
        let release = values.iter().map(|value| value.release).max().unwrap_or(0);
        let marks = values.iter().filter(|value| value.value.is_ok());
        let marks = marks.map(|value| value.marks).reduce(|all, marks| all.and(marks)).unwrap_or_default();
        let of_area = |(place, (area, value)): (usize, (AreaCode, Value))| {
            let group = match (value.value, &groups) {
                (Err(reason), _) => Err(reason),
                (Ok(_), Err(_)) => Err(Missing::TooFewAreas),
                (Ok(_), Ok(groups)) => groups[place].map(f64::from).map_err(|_| Missing::NotCalculable),
            };
            let marks = if group.is_ok() { marks } else { value.marks };
            (area, (Value { marks, release, ..value }, group))
        };
        let found: Rc<Grouped> = Rc::new(areas.into_iter().zip(values).enumerate().map(of_area).collect());
        self.groups.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}
