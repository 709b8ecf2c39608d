//! Totals over breakdowns and over areas, from their parts.
//!
//! A total and its parts are never added together. An area that is divided is added up from its parts
//! where all of them are there; otherwise it is what its publisher states, marked as such; otherwise it is
//! missing, and the reason says what it lacks. Over a breakdown what is stated goes first. The people whose residence is unknown are a part of Scotland
//! where they were observed, and lack of them makes nothing incomplete.

use super::{Cell, Column, Line, Missing, Sum};
use crate::area::{AreaKind, Areas};
use crate::ident::{AreaCode, MeasureId};
use crate::series::{Breakdown, Dataset, Dimension, Marks, Measure, MeasureData, OverAreas, Series};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Which number of an observation is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// The number, or the numerator of a pair.
    Value,
    /// The denominator of a pair.
    Denominator,
}

type Key = (MeasureId, Breakdown, AreaCode, Part);

/// Reads measures for areas out of a dataset, adding up whatever is stored in parts. Remembers what it
/// has added up, so that Scotland, its boards and its partnerships share the work on the councils.
pub struct Resolver<'a> {
    data: &'a Dataset,
    areas: &'a Areas,
    known: RefCell<HashMap<Key, Rc<Column>>>,
}

impl<'a> Resolver<'a> {
    /// A reader of this data for these areas.
    #[must_use]
    pub fn new(data: &'a Dataset, areas: &'a Areas) -> Self {
        Self { data, areas, known: RefCell::new(HashMap::new()) }
    }

    /// The column of a measure for the categories of a breakdown (a total over the dimensions it does
    /// not name) and an area.
    #[must_use]
    pub fn column(&self, measure: &Measure, breakdown: &Breakdown, area: &AreaCode) -> Rc<Column> {
        self.remembered(measure, breakdown, area, Part::Value)
    }

    /// The column of the denominators that came in pairs with a measure.
    #[must_use]
    pub fn denominators(&self, measure: &Measure, breakdown: &Breakdown, area: &AreaCode) -> Rc<Column> {
        self.remembered(measure, breakdown, area, Part::Denominator)
    }

    /// The figures of a column, without making one where a series says it all.
    pub(crate) fn line(&self, measure: &Measure, breakdown: &Breakdown, area: &AreaCode) -> Line<'a> {
        match self.said_by_one(measure, breakdown, area) {
            Some(series) => Line::Stated(series),
            None => Line::Added(self.column(measure, breakdown, area)),
        }
    }

    /// Whether the column has any cell.
    pub(crate) fn is_observed(&self, measure: &Measure, breakdown: &Breakdown, area: &AreaCode) -> bool {
        match self.said_by_one(measure, breakdown, area) {
            Some(series) => !series.is_empty(),
            None => self.column(measure, breakdown, area).span().is_some(),
        }
    }

    /// The series of an area where nothing is added up for it: neither over areas nor over dimensions.
    fn said_by_one(&self, measure: &Measure, breakdown: &Breakdown, area: &AreaCode) -> Option<&'a Series> {
        let is_total = measure.dimensions.iter().all(|of| breakdown.get(of.id.as_str()).is_some());
        let is_whole = measure.over_areas != OverAreas::Sum
            || self.areas.get(area.as_str()).is_none_or(|area| area.divisions.is_empty());
        let data = self.data.measure(measure.id.as_str()).filter(|_| is_total && is_whole)?;
        data.get(breakdown, area.as_str())
    }

    fn remembered(
        &self,
        measure: &Measure,
        breakdown: &Breakdown,
        area: &AreaCode,
        part: Part,
    ) -> Rc<Column> {
        let key = (measure.id.clone(), breakdown.clone(), area.clone(), part);
        if let Some(column) = self.known.borrow().get(&key) {
            return Rc::clone(column);
        }
        let column = Rc::new(match self.data.measure(measure.id.as_str()) {
            Some(data) => self.over_areas(measure, data, breakdown, area, part),
            None => Column::empty(),
        });
        self.known.borrow_mut().insert(key, Rc::clone(&column));
        column
    }

    fn over_areas(
        &self,
        measure: &Measure,
        data: &MeasureData,
        breakdown: &Breakdown,
        area: &AreaCode,
        part: Part,
    ) -> Column {
        let own = over_breakdown(measure, data, breakdown, area, part);
        let Some(area) = self.areas.get(area.as_str()).filter(|_| measure.over_areas == OverAreas::Sum)
        else {
            return own;
        };
        // A nation may be divided in several ways of which not all reach everybody: people of unknown
        // residence belong to no health board. The first way that is complete is the one that counts.
        let mut sum = Column::empty();
        for division in &area.divisions {
            let parts: Vec<(bool, Rc<Column>)> = division
                .parts
                .iter()
                .map(|code| {
                    let residual =
                        self.areas.get(code.as_str()).is_some_and(|a| a.kind == AreaKind::UnknownResidence);
                    (!residual, self.remembered(measure, breakdown, code, part))
                })
                .collect();
            if parts.iter().any(|(_, column)| column.span().is_some()) {
                sum = first_value(&sum, &total(&parts, Missing::IncompleteArea));
            }
        }
        if sum.span().is_none() { own } else { sum_or_stated(&sum, &own) }
    }
}

/// The column of an area by itself: as stated for exactly these categories, or added up over the
/// dimensions that are not named.
fn over_breakdown(
    measure: &Measure,
    data: &MeasureData,
    breakdown: &Breakdown,
    area: &AreaCode,
    part: Part,
) -> Column {
    let stated = data.get(breakdown, area.as_str()).map(|series| read(series, part));
    let mut best = stated.unwrap_or_else(Column::empty);
    for dimension in measure.dimensions.iter().filter(|d| breakdown.get(d.id.as_str()).is_none()) {
        let parts: Vec<(bool, Rc<Column>)> = categories(dimension, data, area)
            .into_iter()
            .map(|category| {
                let narrower = breakdown.with(dimension.id.clone(), category);
                (true, Rc::new(over_breakdown(measure, data, &narrower, area, part)))
            })
            .collect();
        if !parts.iter().any(|(_, column)| column.span().is_some()) {
            continue;
        }
        // What an area's own publisher states for it goes before what the categories add up to: small
        // sites are not listed, and some ages were never asked for. Where the two differ, the receipt
        // of the file has said so.
        let sum = if dimension.is_open() {
            sum_of_any(&parts)
        } else {
            total(&parts, Missing::IncompleteBreakdown)
        };
        best = first_said(&best, &sum);
        // One dimension suffices: its categories were totals over the others already.
        break;
    }
    best
}

fn read(series: &Series, part: Part) -> Column {
    match part {
        Part::Value => Column::of(series),
        Part::Denominator => Column::of_denominators(series),
    }
}

fn categories(dimension: &Dimension, data: &MeasureData, area: &AreaCode) -> Vec<crate::ident::Category> {
    if !dimension.is_open() {
        return dimension.categories.clone();
    }
    let seen: BTreeSet<_> = data
        .breakdowns()
        .filter(|b| data.get(b, area.as_str()).is_some())
        .filter_map(|b| b.get(dimension.id.as_str()).cloned())
        .collect();
    seen.into_iter().collect()
}

fn span<'c>(columns: impl Iterator<Item = &'c Column>) -> Option<(i32, i32)> {
    columns.filter_map(Column::span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The sum of the parts where every required one has a value; else why not.
fn total(parts: &[(bool, Rc<Column>)], incomplete: Missing) -> Column {
    let Some((first, last)) = span(parts.iter().map(|(_, column)| &**column)) else { return Column::empty() };
    let cells = (first..=last).map(|ordinal| {
        let mut sum = Sum::default();
        let mut whole = Cell { value: Ok(0.0), ..Cell::NO_DATA };
        let mut lacking: Option<Missing> = None;
        let mut any = false;
        for (required, column) in parts {
            let cell = column.get(ordinal);
            match cell.value {
                Ok(value) => {
                    sum.add(value);
                    any = true;
                    whole = whole.beside(cell);
                }
                Err(Missing::NoData) if !required => {}
                Err(reason) => lacking = Some(lacking.map_or(reason, |known| known.min(reason))),
            }
        }
        match lacking {
            None if any => Cell { value: Ok(sum.total()), ..whole },
            None => Cell::NO_DATA,
            // Some parts are there and others are not: more can be said than "no data".
            Some(Missing::NoData) if any => Cell::missing(incomplete),
            Some(reason) => Cell::missing(reason),
        }
    });
    Column::new(first, cells.collect())
}

/// Two columns cell by cell.
fn merged(a: &Column, b: &Column, pick: impl Fn(Cell, Cell) -> Cell) -> Column {
    let Some((from, to)) = span([a, b].into_iter()) else { return Column::empty() };
    Column::new(from, (from..=to).map(|ordinal| pick(a.get(ordinal), b.get(ordinal))).collect())
}

/// The cells of the first column, and of the second where the first says nothing.
fn first_said(first: &Column, second: &Column) -> Column {
    merged(first, second, |a, b| if a.value == Err(Missing::NoData) { b } else { a })
}

/// The first of two values; where neither column has one, what the first says, if anything.
fn first_value(first: &Column, second: &Column) -> Column {
    merged(first, second, |a, b| match (a.value, b.value) {
        (Ok(_), _) => a,
        (Err(_), Ok(_)) | (Err(Missing::NoData), Err(_)) => b,
        (Err(_), Err(_)) => a,
    })
}

/// What the parts of an area add up to; where they do not suffice, what its publisher states, marked as
/// such where it stands beside incomplete parts.
fn sum_or_stated(sum: &Column, stated: &Column) -> Column {
    merged(sum, stated, |sum, stated| match (sum.value, stated.value) {
        (Ok(_), _) | (_, Err(Missing::NoData)) => sum,
        (Err(Missing::NoData), _) | (_, Err(_)) => stated,
        // Added up before its parts were withheld, and stated by nobody.
        (Err(_), Ok(_)) if stated.marks.has(Marks::OVER_SUPPRESSED) => stated,
        (Err(_), Ok(_)) => Cell { marks: stated.marks.and(Marks::STATED_TOTAL), ..stated },
    })
}

/// The sum of whatever parts there are: of a dimension that is open, nobody knows whether these are all.
fn sum_of_any(parts: &[(bool, Rc<Column>)]) -> Column {
    let optional: Vec<_> = parts.iter().map(|(_, column)| (false, Rc::clone(column))).collect();
    total(&optional, Missing::IncompleteBreakdown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::{Area, Division};
    use crate::ident::{Category, DimensionId};
    use crate::series::{Absence, Observation, OverTime, SeriesBuilder, SeriesKey};
    use crate::time::PeriodKind;

    fn code(text: &str) -> AreaCode {
        AreaCode::new(text).unwrap()
    }

    fn areas() -> Areas {
        let area = |text: &str, kind, parts: &[&str]| Area {
            code: code(text),
            name: text.into(),
            kind,
            aliases: vec![],
            divisions: if parts.is_empty() {
                vec![]
            } else {
                vec![Division { parts: parts.iter().map(|p| code(p)).collect() }]
            },
            valid_from: None,
            valid_to: None,
            replaced_by: None,
        };
        Areas::new(vec![
            area("scotland", AreaKind::Scotland, &["a", "b", "unknown"]),
            area("a", AreaKind::Council, &[]),
            area("b", AreaKind::Council, &[]),
            area("unknown", AreaKind::UnknownResidence, &[]),
        ])
        .unwrap()
    }

    fn measure(categories: &[&str]) -> Measure {
        Measure {
            id: MeasureId::new("days").unwrap(),
            title: "Days".into(),
            unit: "days".into(),
            frequency: PeriodKind::Month,
            over_time: OverTime::Sum,
            over_areas: OverAreas::Sum,
            dimensions: vec![Dimension {
                id: DimensionId::new("reason").unwrap(),
                title: "Reason".into(),
                categories: categories.iter().map(|c| Category::new(c).unwrap()).collect(),
            }],
            suppress: None,
        }
    }

    fn put(data: &mut Dataset, area: &str, breakdown: &str, points: &[(i32, Observation)]) {
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        for (ordinal, observation) in points {
            builder.push(*ordinal, *observation, 3);
        }
        let key = SeriesKey {
            measure: MeasureId::new("days").unwrap(),
            breakdown: Breakdown::parse(breakdown).unwrap(),
            area: code(area),
        };
        data.insert(key, builder.build().unwrap());
    }

    fn n(value: f64) -> Observation {
        Observation::number(value).unwrap()
    }

    fn at(data: &Dataset, categories: &[&str], area: &str, breakdown: &str, ordinal: i32) -> Cell {
        let areas = areas();
        let resolver = Resolver::new(data, &areas);
        resolver.column(&measure(categories), &Breakdown::parse(breakdown).unwrap(), &code(area)).get(ordinal)
    }

    const REASONS: [&str; 2] = ["health", "code 9"];

    #[test]
    fn a_total_and_its_parts_are_never_added_together() {
        let mut data = Dataset::new();
        for area in ["a", "b", "unknown"] {
            put(&mut data, area, "reason=health", &[(1, n(3.0))]);
            put(&mut data, area, "reason=code 9", &[(1, n(4.0))]);
            put(&mut data, area, "", &[(1, n(7.0))]);
        }
        put(&mut data, "scotland", "", &[(1, n(21.0))]);
        assert_eq!(at(&data, &REASONS, "a", "", 1).value, Ok(7.0));
        assert_eq!(at(&data, &REASONS, "scotland", "", 1).value, Ok(21.0));
        assert_eq!(at(&data, &REASONS, "scotland", "reason=code 9", 1).value, Ok(12.0));
        assert_eq!(at(&data, &REASONS, "scotland", "", 1).marks, Marks::NONE);
    }

    #[test]
    fn a_missing_part_makes_a_total_incomplete_unless_its_publisher_states_it() {
        let mut data = Dataset::new();
        put(&mut data, "a", "", &[(1, n(3.0)), (2, n(3.0))]);
        put(&mut data, "b", "", &[(1, n(4.0))]);
        assert_eq!(at(&data, &REASONS, "scotland", "", 1).value, Ok(7.0), "unknown residence may be lacking");
        assert_eq!(at(&data, &REASONS, "scotland", "", 2).value, Err(Missing::IncompleteArea));
        put(&mut data, "scotland", "", &[(2, n(8.0))]);
        let stated = at(&data, &REASONS, "scotland", "", 2);
        assert_eq!((stated.value, stated.marks), (Ok(8.0), Marks::STATED_TOTAL));
    }

    #[test]
    fn the_first_complete_way_of_dividing_counts_so_that_unknown_residence_is_kept() {
        let mut list: Vec<Area> = areas().iter().cloned().collect();
        let nation = list.iter_mut().find(|a| a.code.as_str() == "scotland").unwrap();
        nation.divisions.push(Division { parts: vec![code("a"), code("b")] });
        let areas = Areas::new(list).unwrap();
        let mut data = Dataset::new();
        for (area, value) in [("a", 3.0), ("b", 4.0), ("unknown", 1.0)] {
            put(&mut data, area, "", &[(1, n(value))]);
        }
        let resolver = Resolver::new(&data, &areas);
        let column = resolver.column(&measure(&REASONS), &Breakdown::total(), &code("scotland"));
        assert_eq!(column.get(1).value, Ok(8.0));
    }

    #[test]
    fn suppressed_zero_and_absent_parts_are_three_things_in_a_total() {
        let mut data = Dataset::new();
        let hidden = Observation::absent(Absence::Suppressed);
        put(&mut data, "a", "", &[(1, n(0.0)), (2, hidden)]);
        put(&mut data, "b", "", &[(1, n(4.0)), (2, n(4.0)), (3, n(4.0))]);
        assert_eq!(at(&data, &REASONS, "scotland", "", 1).value, Ok(4.0));
        assert_eq!(at(&data, &REASONS, "scotland", "", 2).value, Err(Missing::Suppressed));
        assert_eq!(at(&data, &REASONS, "scotland", "", 3).value, Err(Missing::IncompleteArea));
    }

    #[test]
    fn what_an_area_states_for_itself_goes_before_the_sum_of_its_categories() {
        let mut data = Dataset::new();
        for reason in REASONS {
            put(&mut data, "a", &format!("reason={reason}"), &[(1, n(0.0)), (2, n(4.0))]);
        }
        put(&mut data, "a", "", &[(1, n(2350.0)), (3, Observation::absent(Absence::Suppressed))]);
        assert_eq!(at(&data, &REASONS, "a", "", 1).value, Ok(2350.0));
        assert_eq!(at(&data, &REASONS, "a", "", 2).value, Ok(8.0), "nothing is stated");
        assert_eq!(at(&data, &REASONS, "a", "", 3).value, Err(Missing::Suppressed));
    }

    #[test]
    fn an_open_breakdown_adds_what_there_is_and_yields_to_what_is_stated() {
        let mut data = Dataset::new();
        put(&mut data, "a", "reason=site 1", &[(1, n(3.0)), (2, n(3.0))]);
        put(&mut data, "a", "reason=site 2", &[(1, n(4.0))]);
        assert_eq!(at(&data, &[], "a", "", 1).value, Ok(7.0));
        assert_eq!(at(&data, &[], "a", "", 2).value, Ok(3.0), "sites open and close");
        put(&mut data, "a", "", &[(1, n(9.0))]);
        assert_eq!(at(&data, &[], "a", "", 1).value, Ok(9.0), "small sites are not listed");
    }

    #[test]
    fn a_provisional_part_makes_its_total_provisional() {
        let mut data = Dataset::new();
        put(&mut data, "a", "", &[(1, n(3.0).marked(Marks::PROVISIONAL))]);
        put(&mut data, "b", "", &[(1, n(4.0))]);
        let cell = at(&data, &REASONS, "scotland", "", 1);
        assert_eq!((cell.marks, cell.release), (Marks::PROVISIONAL, 3));
    }
}
