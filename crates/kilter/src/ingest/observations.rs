//! The observation table: kilter's own layout, which needs no profile.
//!
//! Columns `measure, area, period, value`, and where they are needed `numerator`, `denominator`, `mark`,
//! `absent`; every other column breaks a measure down by the dimension of that name.

use super::again::{Again, same};
use super::batch::{Batch, Point};
use super::figure::{Figure, figure, trimmed, whole};
use super::foreign::MissingColumns;
use super::pool;
use super::receipt::{Archived, Receipt, Rejection};
use super::rows::{self, Fate, Taker};
use crate::read::{Row, Rows, Run};
use kilter_core::framework::Framework;
use kilter_core::ident::{AreaCode, Category, DimensionId};
use kilter_core::series::{Absence, Breakdown, Marks, Observation, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::collections::BTreeMap;

/// The columns that mean something by their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Measure,
    Area,
    Period,
    Value,
    Numerator,
    Denominator,
    Mark,
    Absent,
}

impl Field {
    const REQUIRED: [Self; 4] = [Self::Measure, Self::Area, Self::Period, Self::Value];
    /// All, each at its own place.
    const ALL: [Self; 8] = [
        Self::Measure,
        Self::Area,
        Self::Period,
        Self::Value,
        Self::Numerator,
        Self::Denominator,
        Self::Mark,
        Self::Absent,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Area => "area",
            Self::Period => "period",
            Self::Value => "value",
            Self::Numerator => "numerator",
            Self::Denominator => "denominator",
            Self::Mark => "mark",
            Self::Absent => "absent",
        }
    }
}

/// What is refused of a row, put among the rejections.
fn refusal(row: &Row, rejections: &mut Vec<Rejection>) -> impl FnMut(&str, &str, String) {
    |column, found, reason| {
        rejections.push(Rejection { line: row.line(), column: column.into(), found: found.into(), reason });
    }
}

/// What the rows so far have settled: the series that a row's codes name, and the period that its text is.
#[derive(Default)]
struct Known {
    /// By the codes of a row, each after its length.
    series: Again,
    places: Vec<Place>,
    periods: Vec<(PeriodKind, Periods)>,
    /// The line of the last row whose series was found, and the place of that series.
    last: Option<(u64, usize)>,
}

/// The periods of one kind, by their texts.
#[derive(Default)]
struct Periods {
    texts: Again,
    periods: Vec<Period>,
}

/// A series that is known.
struct Place {
    in_batch: usize,
    /// The place of the periods of its kind.
    periods: usize,
    /// Where its area was named by an archived code.
    archived: Option<(Archived, AreaCode)>,
}

impl Periods {
    fn find(&mut self, kind: PeriodKind, text: &str) -> Option<Period> {
        let bytes = text.as_bytes();
        if let Some(place) = self.texts.find(|known| same(known, bytes), || bytes.to_vec()) {
            return Some(self.periods[place]);
        }
        let period = kind.parse(text).ok()?;
        self.texts.keep(bytes.to_vec());
        self.periods.push(period);
        Some(period)
    }
}

impl Known {
    /// The series and the period of a row, where both were met before; nothing was met that was refused.
    fn find(&mut self, table: &Table<'_>, row: &Row) -> Option<(usize, Period)> {
        let (repeated, line_before) = row.repeated();
        let last =
            self.last.take().filter(|(line, _)| repeated >= table.codes_end && line_before == Some(*line));
        let place = match last {
            Some((_, place)) => place,
            None => self.find_series(table, row)?,
        };
        self.last = Some((row.line(), place));
        let (kind, periods) = &mut self.periods[self.places[place].periods];
        Some((place, periods.find(*kind, table.text(row, Field::Period))?))
    }

    fn find_series(&mut self, table: &Table<'_>, row: &Row) -> Option<usize> {
        let is = |known: &[u8]| {
            let rest = table.codes(row).try_fold(known, |rest, code| {
                let (length, rest) = rest.split_first_chunk::<{ size_of::<usize>() }>()?;
                if usize::from_ne_bytes(*length) == code.len() {
                    rest.strip_prefix(code.as_bytes())
                } else {
                    None
                }
            });
            rest.is_some_and(<[u8]>::is_empty)
        };
        self.series.find(is, || table.key(row))
    }

    /// Notes the series of a row.
    fn keep(
        &mut self,
        codes: Vec<u8>,
        in_batch: usize,
        kind: PeriodKind,
        archived: Option<(Archived, AreaCode)>,
    ) -> usize {
        let periods = self.periods.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.periods.push((kind, Periods::default()));
            self.periods.len() - 1
        });
        self.places.push(Place { in_batch, periods, archived });
        self.series.keep(codes)
    }

    /// Notes that a row of the series at a place is taken. The place of that series in the batch.
    fn taken(&self, place: usize, period: Period, receipt: &mut Receipt) -> usize {
        let Place { in_batch, archived, .. } = &self.places[place];
        if let Some((archived, area)) = archived {
            receipt.note_recoded(archived, area, period);
        }
        *in_batch
    }
}

/// A table that is being read.
struct Reading<'t> {
    table: &'t Table<'t>,
    known: Known,
    batch: Batch,
}

impl Taker for Reading<'_> {
    fn take(&mut self, row: &Row, receipt: &mut Receipt) -> Fate {
        let Reading { table, known, batch } = self;
        let found = known.find(table, row);
        // Nearly every row is a whole number and nothing else, of a series that is known.
        if let (Some((place, period)), Some(number)) = (found, table.whole(row)) {
            let in_batch = known.taken(place, period, receipt);
            batch.push_whole(in_batch, period.ordinal(), number, row.line());
            return Fate::Taken;
        }
        let mut rejections = Vec::new();
        let found = match found {
            Some((place, period)) => table
                .observation(row, &mut refusal(row, &mut rejections))
                .map(|observation| (place, period, observation)),
            None => {
                let read = table.row(row, &mut rejections).filter(|_| rejections.is_empty());
                read.map(|(key, period, observation, archived)| {
                    let archived = archived.map(|archived| (archived, key.area.clone()));
                    let in_batch = batch.place(key, period.kind());
                    (known.keep(table.key(row), in_batch, period.kind(), archived), period, observation)
                })
            }
        };
        let Some((place, period, observation)) = found else { return Fate::Rejected(rejections) };
        let in_batch = known.taken(place, period, receipt);
        batch.push(in_batch, Point { ordinal: period.ordinal(), observation, line: row.line() });
        Fate::Taken
    }

    fn go_on(&mut self, rows: &mut Rows, row: &mut Row) -> u64 {
        if !rows.has_runs() {
            return 0;
        }
        let Reading { table, known, batch } = self;
        let (Some(run), Some((line, place))) = (table.run, known.last) else { return 0 };
        let Place { in_batch, periods, archived } = &known.places[place];
        if line != row.line() || archived.is_some() {
            return 0;
        }
        let (kind, periods) = &mut known.periods[*periods];
        let taken = rows.run(row, &run, &mut |line, text, number| {
            let (Some(period), Some(number)) = (periods.find(*kind, trimmed(text)), pool::whole(number))
            else {
                return false;
            };
            batch.push_whole(*in_batch, period.ordinal(), number, line);
            true
        });
        known.last = Some((row.line(), place));
        taken
    }
}

pub(crate) struct Table<'f> {
    framework: &'f Framework,
    header: Vec<String>,
    /// By field, where it stands.
    places: [Option<usize>; Field::ALL.len()],
    dimensions: Vec<(usize, DimensionId)>,
    /// The place after the last column of those that name the series of a row.
    codes_end: usize,
    /// The place of the values, where nothing else says anything of an observation.
    values_only: Option<usize>,
    /// Rows that go on with a series.
    run: Option<Run>,
}

impl<'f> Table<'f> {
    pub fn new(framework: &'f Framework, header: &[String]) -> Result<Self, MissingColumns> {
        let place = |field: Field| header.iter().position(|column| column.trim() == field.name());
        let pair = place(Field::Numerator).is_some() && place(Field::Denominator).is_some();
        let missing: Vec<String> = Field::REQUIRED
            .into_iter()
            .filter(|field| place(*field).is_none() && !(*field == Field::Value && pair))
            .map(|field| field.name().to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(MissingColumns { missing, found: header.to_vec() });
        }
        let places = Field::ALL.map(place);
        let known = |name: &str| Field::ALL.iter().any(|field| field.name() == name);
        let dimensions: Vec<(usize, DimensionId)> = header
            .iter()
            .enumerate()
            .filter(|(_, name)| !known(name.trim()))
            .filter_map(|(i, name)| Some((i, DimensionId::new(name.trim()).ok()?)))
            .collect();
        let others = [Field::Numerator, Field::Denominator, Field::Mark, Field::Absent];
        let is_alone = others.into_iter().all(|field| places[field as usize].is_none());
        let values_only = places[Field::Value as usize].filter(|_| is_alone);
        let codes = [places[Field::Measure as usize], places[Field::Area as usize]];
        let codes = codes.into_iter().flatten().chain(dimensions.iter().map(|(i, _)| *i));
        let codes_end = codes.max().map_or(0, |last| last + 1);
        let run = values_only.zip(places[Field::Period as usize]);
        let run = run.map(|(number, text)| Run { same: codes_end, text, number });
        Ok(Self { framework, header: header.to_vec(), places, dimensions, codes_end, values_only, run })
    }

    pub fn read(
        &self,
        rows: &mut Rows,
        receipt: &mut Receipt,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Batch, super::IngestError> {
        let mut reading = Reading { table: self, known: Known::default(), batch: Batch::default() };
        rows::each(rows, receipt, progress, &mut reading)?;
        Ok(reading.batch)
    }

    #[inline]
    fn text<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        self.places[field as usize].and_then(|i| row.get(i)).map_or("", trimmed)
    }

    /// The codes that name the series of a row.
    fn codes<'r>(&self, row: &'r Row) -> impl Iterator<Item = &'r str> {
        let own = [self.text(row, Field::Measure), self.text(row, Field::Area)];
        own.into_iter().chain(self.dimensions.iter().map(|(i, _)| row.field(*i)))
    }

    /// The codes of a row, each after its length.
    fn key(&self, row: &Row) -> Vec<u8> {
        let mut key = Vec::new();
        for code in self.codes(row) {
            key.extend_from_slice(&code.len().to_ne_bytes());
            key.extend_from_slice(code.as_bytes());
        }
        key
    }

    fn row(
        &self,
        row: &Row,
        rejections: &mut Vec<Rejection>,
    ) -> Option<(SeriesKey, Period, Observation, Option<Archived>)> {
        let mut refuse = refusal(row, rejections);
        let (id, code, text) =
            (self.text(row, Field::Measure), self.text(row, Field::Area), self.text(row, Field::Period));
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
            let text = row.get(*i).map_or("", trimmed);
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
        Some((key, period, observation?, archived))
    }

    /// The whole number that is all that a row says.
    #[inline]
    fn whole(&self, row: &Row) -> Option<i64> {
        let place = self.values_only?;
        match row.number(place) {
            Some(number) => pool::whole(number),
            None => whole(row.field(place)),
        }
    }

    fn observation(&self, row: &Row, refuse: &mut impl FnMut(&str, &str, String)) -> Option<Observation> {
        if let Some(number) = self.values_only.and_then(|place| row.number(place)) {
            return Observation::number(number).ok();
        }
        let signs = BTreeMap::new();
        let mut sound = true;
        let mut read = |field: Field| {
            let text = self.text(row, field);
            figure(text, &signs).unwrap_or_else(|()| {
                refuse(field.name(), text, format!("\"{text}\" is not a number"));
                sound = false;
                Figure::Blank
            })
        };
        let (value, numerator, denominator) =
            (read(Field::Value), read(Field::Numerator), read(Field::Denominator));
        let mut marks = Marks::NONE;
        for name in self.text(row, Field::Mark).split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Marks::named(name) {
                Some(mark) => marks = marks.and(mark),
                None => {
                    let names: Vec<_> = Marks::NAMES.iter().map(|(name, _)| *name).collect();
                    refuse("mark", name, format!("\"{name}\" is not a mark; expected {}", names.join(", ")));
                    sound = false;
                }
            }
        }
        let absent = self.text(row, Field::Absent);
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
