//! A framework and its figures, written by a test from golden rows, and what the engine makes of them held against
//! those rows. Nothing here knows a method.

use crate::golden::{Row, Tolerance, settle};
use crate::stored::stored;
use kilter::engine::ValuesQuery;
use kilter::table::{Column, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A framework and the figures for it, as they are written.
pub struct Book {
    /// The framework, as TOML.
    pub framework: String,
    /// The figures, as CSV.
    pub figures: String,
}

/// Dimensions, each with its categories.
pub type Dimensions<'d> = &'d [(&'d str, &'d str)];

/// What is expected of an indicator in an area: columns with the golden columns they have to equal.
pub struct Expected<'r> {
    /// The indicator.
    pub indicator: String,
    /// The area.
    pub area: String,
    /// The year in which the period ends; `None`: that of the last row.
    pub year: Option<i32>,
    /// What the golden value and limits are multiplied by to be in the unit of the engine.
    pub unit: f64,
    /// The golden row.
    pub row: &'r Row,
    /// The level of the limits, as a share.
    pub level: f64,
    /// Columns of the engine, each with its golden one.
    pub columns: Vec<(&'static str, &'static str)>,
}

impl Book {
    /// Measures that are counted in a year or month, of those dimensions; one with categories is closed.
    /// Nothing adds up over areas.
    pub fn of(measures: &[(&str, &str, Dimensions<'_>)]) -> Self {
        Self::adding(measures, "none")
    }

    /// The same, with how measures add up over areas.
    pub fn adding(measures: &[(&str, &str, Dimensions<'_>)], over_areas: &str) -> Self {
        let mut framework = "framework = { id = \"golden\", title = \"Golden\" }\n".to_owned();
        for (id, frequency, dimensions) in measures {
            let dimensions: Vec<String> = dimensions
                .iter()
                .map(|(id, categories)| format!("{{ id = \"{id}\", categories = [{categories}] }}"))
                .collect();
            let _ = write!(
                framework,
                "[[measure]]\nid = \"{id}\"\ntitle = \"{id}\"\nunit = \"of them\"\nfrequency = \"{frequency}\"\n\
                 over_time = \"sum\"\nover_areas = \"{over_areas}\"\ndimensions = [{}]\n",
                dimensions.join(", ")
            );
        }
        Self { framework, figures: "measure,area,period,value,age,times\n".to_owned() }
    }

    /// An area.
    pub fn area(&mut self, code: &str) {
        let _ =
            writeln!(self.framework, "[[area]]\ncode = \"{code}\"\nname = \"{code}\"\nkind = \"locality\"");
    }

    /// An area with parts, which are areas too.
    pub fn group(&mut self, code: &str, parts: &[String]) {
        let _ = writeln!(
            self.framework,
            "[[area]]\ncode = \"{code}\"\nname = \"{code}\"\nkind = \"group\"\nparts = [{}]",
            quoted(parts.iter().map(String::as_str))
        );
        parts.iter().for_each(|part| self.area(part));
    }

    /// A yearly indicator.
    pub fn indicator<'i>(&mut self, id: &str, calculation: &str, interval: impl Into<Option<&'i str>>) {
        self.indicator_of(id, calculation, interval, "calendar-year");
    }

    /// An indicator of that frequency.
    pub fn indicator_of<'i>(
        &mut self,
        id: &str,
        calculation: &str,
        interval: impl Into<Option<&'i str>>,
        frequency: &str,
    ) {
        let _ = write!(
            self.framework,
            "[[indicator]]\nid = \"{id}\"\ntitle = \"{id}\"\nfrequency = \"{frequency}\"\npolarity = \"none\"\n\
             decimals = 2\nunit = \"of them\"\ncalculation = {{ {calculation} }}\n"
        );
        if let Some(interval) = interval.into() {
            let _ = writeln!(self.framework, "interval = \"{interval}\"");
        }
    }

    /// A standard population.
    pub fn standard<'b>(&mut self, id: &str, bands: impl IntoIterator<Item = (&'b str, &'b str)>) {
        let weights: Vec<String> =
            bands.into_iter().map(|(band, weight)| format!("\"{band}\" = {weight}")).collect();
        let _ = write!(
            self.framework,
            "[[standard]]\nid = \"{id}\"\ntitle = \"{id}\"\nweights = {{ {} }}\n",
            weights.join(", ")
        );
    }

    /// A figure.
    pub fn figure(&mut self, measure: &str, area: &str, period: &str, value: f64, age: &str, times: &str) {
        let _ = writeln!(self.figures, "{measure},{area},{period},{value},{age},{times}");
    }

    /// What the engine makes of it.
    pub fn values(&self, query: &ValuesQuery) -> Table {
        let (_folder, engine) = stored(&self.framework, &self.figures);
        engine.values(query).expect("values")
    }

    /// Asks the engine, and holds its answers against the golden ones.
    pub fn settle(
        &self,
        name: &str,
        query: &ValuesQuery,
        tolerance: Tolerance,
        expected: &[Expected<'_>],
        cases: &BTreeSet<&str>,
    ) {
        let levels: BTreeSet<u64> = expected.iter().map(|of| percent(of.level * 100.0)).collect();
        let confidence = levels.iter().map(|level| *level as f64 / 1e4).collect();
        let found = self.values(&ValuesQuery { confidence, ..query.clone() });
        let places = places(&found);
        let mut ran = BTreeSet::new();
        let mut differences = Vec::new();
        for Expected { indicator, area, year, unit, row, level, columns } in expected {
            let at = |level| places.get(&(indicator.clone(), area.clone(), *year, level));
            // A row without limits names no level.
            let Some(&place) = at(percent(level * 100.0)).or_else(|| at(0)) else {
                // What is not there at all has no value.
                if columns.iter().any(|(_, golden)| row.number(golden).is_some()) {
                    differences.push(format!("{indicator} {area} {year:?}: no such row"));
                }
                ran.insert(row.text("case_id"));
                continue;
            };
            for (column, golden) in columns {
                let (found, wanted) = (number(&found, column, place), row.number(golden));
                let unit = if matches!(*column, "value" | "lower" | "upper") { *unit } else { 1.0 };
                let agreed = match (found, wanted) {
                    (Some(found), Some(wanted)) => tolerance.allows(found, wanted * unit),
                    (found, wanted) => found == wanted,
                };
                if !agreed {
                    differences
                        .push(format!("{indicator} {area} {year:?}: {column} {found:?}, not {wanted:?}"));
                }
            }
            ran.insert(row.text("case_id"));
        }
        settle(name, &differences, &ran, cases);
    }
}

/// A percentage in ten-thousandths, to compare levels by.
fn percent(level: f64) -> u64 {
    (level * 1e4).round() as u64
}

/// A cell of numbers.
pub fn number(table: &Table, column: &str, row: usize) -> Option<f64> {
    match table.column(column) {
        Some(Column::Number(cells)) => cells.get(row),
        _ => panic!("no numbers in {column}"),
    }
}

/// A cell of words; none is empty.
pub fn text(table: &Table, column: &str, row: usize) -> String {
    match table.column(column) {
        Some(Column::Text(cells)) => cells.get(row).unwrap_or("").to_owned(),
        _ => panic!("no words in {column}"),
    }
}

/// Where each indicator, area, year (none: the last) and level stands.
fn places(table: &Table) -> BTreeMap<(String, String, Option<i32>, u64), usize> {
    let ends: Vec<i32> = match table.column("period_end") {
        Some(Column::Date(days)) => {
            let year = |day: Option<kilter::Date>| {
                day.and_then(|day| day.format("%Y").to_string().parse().ok()).unwrap_or(0)
            };
            days.iter().map(year).collect()
        }
        _ => panic!("no days in period_end"),
    };
    let mut places = BTreeMap::new();
    for (row, end) in ends.iter().enumerate() {
        let level = number(table, "confidence", row).map_or(0, percent);
        for year in [None, Some(*end)] {
            places.insert((text(table, "indicator", row), text(table, "area", row), year, level), row);
        }
    }
    places
}

/// The cases of a file that hold, each with its rows: those that the reference does not refuse, without quirks.
pub fn cases(all: &[Row], holds: impl Fn(&[&Row]) -> bool) -> BTreeMap<&str, Vec<&Row>> {
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in all {
        cases.entry(row.text("case_id")).or_default().push(row);
    }
    cases.retain(|_, rows| rows[0].text("status") == "ok" && !rows[0].is_quirk() && holds(rows));
    assert!(!cases.is_empty(), "no case is left");
    cases
}

/// Texts as an array of TOML holds them.
pub fn quoted<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}
