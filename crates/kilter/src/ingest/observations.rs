//! The observation table: kilter's own layout, which needs no profile.
//!
//! Columns `measure, area, period, value`, and where they are needed `numerator`, `denominator`, `mark`,
//! `absent`; every other column breaks a measure down by the dimension of that name.

use super::batch::{Batch, Point};
use super::figure::{Figure, figure};
use super::foreign::MissingColumns;
use super::receipt::{Archived, Receipt, Rejection};
use super::rows::{self, Fate};
use crate::read::{Row, Rows};
use kilter_core::framework::Framework;
use kilter_core::ident::{Category, DimensionId};
use kilter_core::series::{Absence, Breakdown, Marks, Observation, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::collections::BTreeMap;

const REQUIRED: [&str; 4] = ["measure", "area", "period", "value"];
const KNOWN: [&str; 8] = ["measure", "area", "period", "value", "numerator", "denominator", "mark", "absent"];

pub(crate) struct Table<'f> {
    framework: &'f Framework,
    header: Vec<String>,
    places: BTreeMap<&'static str, usize>,
    dimensions: Vec<(usize, DimensionId)>,
}

impl<'f> Table<'f> {
    pub fn new(framework: &'f Framework, header: &[String]) -> Result<Self, MissingColumns> {
        let place = |name: &str| header.iter().position(|column| column.trim() == name);
        let pair = place("numerator").is_some() && place("denominator").is_some();
        let missing: Vec<String> = REQUIRED
            .iter()
            .filter(|name| place(name).is_none() && !(**name == "value" && pair))
            .map(|name| (*name).to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(MissingColumns { missing, found: header.to_vec() });
        }
        let places = KNOWN.iter().filter_map(|name| Some((*name, place(name)?))).collect();
        let dimensions = header
            .iter()
            .enumerate()
            .filter(|(_, name)| !KNOWN.contains(&name.trim()))
            .filter_map(|(i, name)| Some((i, DimensionId::new(name.trim()).ok()?)))
            .collect();
        Ok(Self { framework, header: header.to_vec(), places, dimensions })
    }

    pub fn read(
        &self,
        rows: &mut Rows,
        receipt: &mut Receipt,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Batch, super::IngestError> {
        let mut batch = Batch::default();
        rows::each(rows, receipt, progress, |row, receipt| {
            let mut rejections = Vec::new();
            let read = self.row(row, &mut rejections);
            let Some((key, kind, point, archived)) = read.filter(|_| rejections.is_empty()) else {
                return Fate::Rejected(rejections);
            };
            if let (Some(archived), Ok(period)) = (archived, Period::new(kind, point.ordinal)) {
                receipt.note_recoded(&archived, &key.area, period);
            }
            let place = batch.place(key, kind);
            batch.push(place, point);
            Fate::Taken
        })?;
        Ok(batch)
    }

    fn text<'r>(&self, row: &'r Row, name: &str) -> &'r str {
        self.places.get(name).and_then(|&i| row.get(i)).unwrap_or("").trim()
    }

    fn row(
        &self,
        row: &Row,
        rejections: &mut Vec<Rejection>,
    ) -> Option<(SeriesKey, PeriodKind, Point, Option<Archived>)> {
        let mut refuse = |column: &str, found: &str, reason: String| {
            rejections.push(Rejection {
                line: row.line(),
                column: column.into(),
                found: found.into(),
                reason,
            });
        };
        let (id, code, text) = (self.text(row, "measure"), self.text(row, "area"), self.text(row, "period"));
        let measure = self.framework.measure(id);
        if measure.is_none() {
            refuse(
                "measure",
                id,
                format!("\"{id}\" is not a measure of the framework {}", self.framework.id()),
            );
        }
        let area = match self.framework.areas().current(code) {
            Some(area) => Some(area),
            None => match self.framework.areas().named(code, &[]) {
                Ok(area) => Some(area),
                Err(error) => {
                    refuse("area", code, format!("\"{code}\" is not the code of an area; and {error}"));
                    None
                }
            },
        };
        let period = measure.and_then(|measure| {
            measure.frequency.parse(text).map_err(|error| refuse("period", text, error.to_string())).ok()
        });
        let mut categories = Vec::new();
        for (i, dimension) in &self.dimensions {
            let text = row.get(*i).unwrap_or("").trim();
            let Some(measure) = measure.filter(|_| !text.is_empty()) else { continue };
            let column = &self.header[*i];
            match (measure.dimension(dimension.as_str()), Category::new(text)) {
                (None, _) => {
                    refuse(column, text, format!("{} is not broken down by {dimension}", measure.id))
                }
                (_, Err(error)) => refuse(column, text, error.to_string()),
                (Some(known), Ok(category)) if known.is_open() || known.categories.contains(&category) => {
                    categories.push((dimension.clone(), category));
                }
                (Some(known), Ok(category)) => {
                    let names: Vec<_> = known.categories.iter().map(Category::as_str).collect();
                    refuse(
                        column,
                        text,
                        format!(
                            "\"{category}\" is not a category of {dimension}; expected one of {}",
                            names.join(", ")
                        ),
                    );
                }
            }
        }
        let observation = self.observation(row, &mut refuse);
        let (measure, area, period) = (measure?, area?, period?);
        let breakdown = Breakdown::new(categories).ok()?;
        let archived = Archived::of(self.framework.areas(), code, area);
        let key = SeriesKey { measure: measure.id.clone(), breakdown, area: area.code.clone() };
        let point = Point { ordinal: period.ordinal(), observation: observation?, line: row.line() };
        Some((key, measure.frequency, point, archived))
    }

    fn observation(&self, row: &Row, refuse: &mut impl FnMut(&str, &str, String)) -> Option<Observation> {
        let signs = BTreeMap::new();
        let mut sound = true;
        let mut read = |name: &str| {
            let text = self.text(row, name);
            figure(text, &signs).unwrap_or_else(|()| {
                refuse(name, text, format!("\"{text}\" is not a number"));
                sound = false;
                Figure::Blank
            })
        };
        let (value, numerator, denominator) = (read("value"), read("numerator"), read("denominator"));
        let mut marks = Marks::NONE;
        for name in self.text(row, "mark").split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Marks::named(name) {
                Some(mark) => marks = marks.and(mark),
                None => {
                    let names: Vec<_> = Marks::NAMES.iter().map(|(name, _)| *name).collect();
                    refuse("mark", name, format!("\"{name}\" is not a mark; expected {}", names.join(", ")));
                    sound = false;
                }
            }
        }
        let absent = self.text(row, "absent");
        let absence = Absence::named(absent);
        if absence.is_none() && !absent.is_empty() {
            let names: Vec<_> = Absence::NAMES.iter().map(|(name, _)| *name).collect();
            refuse(
                "absent",
                absent,
                format!("\"{absent}\" is not an absence; expected one of {}", names.join(", ")),
            );
            sound = false;
        }
        if !sound {
            return None;
        }
        let observation = match (absence, numerator, denominator, value) {
            (Some(absence), Figure::Blank, Figure::Blank, Figure::Blank) => Observation::absent(absence),
            (Some(_), ..) => {
                refuse("absent", absent, "the row says that the value is absent, and gives one".into());
                return None;
            }
            (None, Figure::Number(n), Figure::Number(d), _) => Observation::pair(n, d).ok()?,
            (None, _, _, Figure::Number(value)) => Observation::number(value).ok()?,
            (None, _, _, Figure::Absent(absence)) => Observation::absent(absence),
            _ => {
                let reason = "the value is blank; say why in a column \"absent\" (suppressed, not collected, \
                              not yet published, not applicable)";
                refuse("value", "", reason.into());
                return None;
            }
        };
        Some(observation.marked(marks))
    }
}
