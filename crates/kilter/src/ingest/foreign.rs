//! Rows of a foreign file, by a profile, into figures.

use super::batch::{Batch, Point};
use super::figure::{Figure, figure, observation};
use super::profile::{AreaPlan, Blank, MeasurePlan, PeriodPlan, Profile, Selection};
use super::receipt::{Archived, Receipt, Rejection};
use super::rows::{self, Fate, Taker};
use super::totals::StatedTotal;
use crate::read::{Row, Rows};
use kilter_core::area::AreaKind;
use kilter_core::framework::Framework;
use kilter_core::ident::{AreaCode, Category, MeasureId};
use kilter_core::series::{Breakdown, Marks, Observation, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// The figures of one release of a file, and the totals that are only checked.
#[derive(Default)]
pub(crate) struct Taken {
    pub batch: Batch,
    pub totals: Vec<StatedTotal>,
}

/// Why a file cannot be read by a profile at all.
pub(crate) struct MissingColumns {
    pub missing: Vec<String>,
    pub found: Vec<String>,
}

/// A selection with its columns as places.
type Places = Vec<(usize, Vec<String>)>;

struct PeriodPlace {
    column: usize,
    kind: PeriodKind,
    plan: PeriodPlan,
}

struct MeasurePlace<'p> {
    plan: &'p MeasurePlan,
    value: usize,
    qualifier: Option<usize>,
    rows: Places,
    period: PeriodPlace,
}

struct TotalPlace {
    plan: usize,
    value: usize,
    rows: Places,
}

struct BreakdownPlace {
    column: usize,
    totals_where: Places,
    skip_where: Places,
}

/// Why a row has no area.
enum NoArea {
    /// Its area is a real one, and the framework does not have it.
    Elsewhere,
    /// Its text is no area.
    Refused(String),
}

/// Reads rows by a profile. What a text means is worked out once and remembered.
pub(crate) struct Reader<'p> {
    profile: &'p Profile,
    framework: &'p Framework,
    header: Vec<String>,
    area: Option<usize>,
    release: Option<usize>,
    row_qualifier: Option<usize>,
    rows: Vec<usize>,
    breakdowns: Vec<BreakdownPlace>,
    measures: Vec<MeasurePlace<'p>>,
    totals: Vec<TotalPlace>,
    marks: Vec<(Places, Marks)>,
    areas: HashMap<String, Result<FoundArea, NoArea>>,
    /// By measure.
    periods: Vec<HashMap<String, Result<Period, String>>>,
    /// By breakdown; `None` is the total.
    categories: Vec<HashMap<String, Result<Option<Category>, String>>>,
    releases: BTreeMap<String, Taken>,
}

#[derive(Clone)]
struct FoundArea {
    code: AreaCode,
    archived: Option<Archived>,
}

impl Taker for Reader<'_> {
    fn take(&mut self, row: &Row, receipt: &mut Receipt) -> Fate {
        self.row(row, receipt)
    }
}

impl<'p> Reader<'p> {
    pub fn new(
        profile: &'p Profile,
        framework: &'p Framework,
        header: &[String],
    ) -> Result<Self, MissingColumns> {
        let missing: Vec<String> = profile
            .columns()
            .into_iter()
            .filter(|c| !header.iter().any(|h| h == c))
            .map(str::to_owned)
            .collect();
        if !missing.is_empty() {
            return Err(MissingColumns { missing, found: header.to_vec() });
        }
        // Every column that the profile names is there: it was just looked for.
        let place = |name: &str| header.iter().position(|column| column == name).unwrap_or(usize::MAX);
        let places = |rows: &Selection| -> Places {
            rows.iter().map(|(column, texts)| (place(column), texts.clone())).collect()
        };
        Ok(Self {
            profile,
            framework,
            header: header.to_vec(),
            area: match &profile.area {
                AreaPlan::Column { column, .. } => Some(place(column)),
                AreaPlan::Fixed(_) => None,
            },
            release: profile.release_column.as_deref().map(place),
            row_qualifier: profile.row_qualifier.as_deref().map(place),
            rows: profile.rows.iter().map(|rule| place(&rule.column)).collect(),
            breakdowns: profile
                .breakdowns
                .iter()
                .map(|plan| BreakdownPlace {
                    column: place(&plan.column),
                    totals_where: places(&plan.totals_where),
                    skip_where: places(&plan.skip_where),
                })
                .collect(),
            measures: profile
                .measures
                .iter()
                .map(|plan| MeasurePlace {
                    plan,
                    value: place(&plan.value),
                    qualifier: plan.qualifier.as_deref().map(place),
                    rows: places(&plan.rows),
                    period: PeriodPlace {
                        column: place(&plan.period.column),
                        kind: plan.period.kind,
                        plan: plan.period.clone(),
                    },
                })
                .collect(),
            totals: profile
                .totals
                .iter()
                .enumerate()
                .map(|(i, plan)| TotalPlace { plan: i, value: place(&plan.value), rows: places(&plan.rows) })
                .collect(),
            marks: profile.marks.iter().map(|(rows, mark)| (places(rows), *mark)).collect(),
            areas: HashMap::new(),
            periods: vec![HashMap::new(); profile.measures.len()],
            categories: vec![HashMap::new(); profile.breakdowns.len()],
            releases: BTreeMap::new(),
        })
    }

    /// Reads every row. The figures come by release, in the order of the texts that name the releases;
    /// under an empty text where the file is one release.
    pub fn read(
        mut self,
        rows: &mut Rows,
        receipt: &mut Receipt,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<BTreeMap<String, Taken>, super::IngestError> {
        rows::each(rows, receipt, progress, &mut self)?;
        Ok(self.releases)
    }

    fn row(&mut self, row: &Row, receipt: &mut Receipt) -> Fate {
        for (rule, &column) in self.profile.rows.iter().zip(&self.rows) {
            let listed = rule.texts.iter().any(|text| text == row.field(column));
            if listed != rule.taken {
                return Fate::LeftOut(rule.reason.clone());
            }
        }
        for (plan, place) in self.profile.breakdowns.iter().zip(&self.breakdowns) {
            if !place.skip_where.is_empty() && selected(&place.skip_where, row) {
                return Fate::LeftOut(format!(
                    "sub-groupings of {}: neither a part nor the total",
                    plan.dimension
                ));
            }
        }
        let mut rejections = Vec::new();
        let area = match self.area(row) {
            Ok(area) => Some(area),
            Err(NoArea::Elsewhere) => {
                return Fate::LeftOut("areas that the framework does not have".to_owned());
            }
            Err(NoArea::Refused(reason)) => {
                rejections.extend(self.area.map(|column| self.reject(row, column, reason)));
                None
            }
        };
        let breakdown = self.breakdown(row, &mut rejections);
        let marks = self
            .marks
            .iter()
            .filter(|(rows, _)| selected(rows, row))
            .fold(Marks::NONE, |all, (_, mark)| all.and(*mark));
        let letters = self.row_qualifier.map_or("", |column| row.field(column));
        let release = self.release(row, &mut rejections);

        let mut points: Vec<(SeriesKey, PeriodKind, Period, Observation)> = Vec::new();
        let mut totals: Vec<StatedTotal> = Vec::new();
        let (mut matched, mut unknown, mut blank) = (false, None, false);
        for i in 0..self.measures.len() {
            if !selected(&self.measures[i].rows, row) {
                continue;
            }
            matched = true;
            let plan = self.measures[i].plan;
            if !plan.known {
                unknown = Some(&plan.id);
                continue;
            }
            let period = self.period(i, row, &mut rejections);
            let found = self.observation(i, row, letters, &mut rejections);
            let categories = breakdown.as_ref().filter(|_| found != Some(None));
            if let Some((column, found, reason)) = categories.and_then(|b| self.category_problem(&plan.id, b))
            {
                let column = self.profile.breakdowns[column].column.clone();
                rejections.push(Rejection { line: row.line(), column, found, reason });
                continue;
            }
            let Some(found) = found else { continue };
            let Some(observation) = found.map(|observation| observation.marked(marks)) else {
                blank = true;
                continue;
            };
            let (Some(area), Some(breakdown), Some(period)) = (&area, &breakdown, period) else { continue };
            let key =
                SeriesKey { measure: plan.id.clone(), breakdown: breakdown.clone(), area: area.code.clone() };
            if plan.over_time {
                if let Some(stated) = observation.value() {
                    totals.push(StatedTotal::over_time(key, period, stated, row.line()));
                }
            } else {
                points.push((key, self.measures[i].period.kind, period, observation));
            }
        }
        let mut only_checked = None;
        if !matched {
            let Some(total) = self.totals.iter().find(|total| selected(&total.rows, row)) else {
                return Fate::LeftOut("no measure of the profile takes them".to_owned());
            };
            let plan = &self.profile.totals[total.plan];
            match self.total(total.plan, total.value, row, &area, &breakdown) {
                Ok(Some(stated)) => totals.push(stated),
                Ok(None) => {}
                Err(rejection) => rejections.push(rejection),
            }
            only_checked = Some(format!("only checked: {}", plan.reason));
        } else if points.is_empty() && !totals.is_empty() {
            only_checked = Some("only checked: totals over time".to_owned());
        }
        if !rejections.is_empty() {
            return Fate::Rejected(rejections);
        }
        let taken = self.releases.entry(release).or_default();
        taken.totals.extend(totals);
        if let Some(reason) = only_checked {
            return Fate::LeftOut(reason);
        }
        if points.is_empty() {
            return Fate::LeftOut(match (blank, unknown) {
                (true, _) => "blank values".to_owned(),
                (false, Some(id)) => format!("the framework has no measure {id}"),
                (false, None) => "no measure of the profile takes them".to_owned(),
            });
        }
        if let Some(FoundArea { code, archived: Some(archived) }) = &area {
            receipt.note_recoded(archived, code, points[0].2);
        }
        for (key, kind, period, observation) in points {
            let place = taken.batch.place(key, kind);
            taken.batch.push(place, Point { ordinal: period.ordinal(), observation, line: row.line() });
        }
        Fate::Taken
    }

    fn reject(&self, row: &Row, column: usize, reason: String) -> Rejection {
        Rejection {
            line: row.line(),
            column: self.header[column].clone(),
            found: row.field(column).to_owned(),
            reason,
        }
    }

    fn area(&mut self, row: &Row) -> Result<FoundArea, NoArea> {
        let text = match (self.area, &self.profile.area) {
            (Some(column), _) => row.field(column),
            (None, AreaPlan::Fixed(code)) => return Ok(FoundArea { code: code.clone(), archived: None }),
            (None, AreaPlan::Column { column, .. }) => {
                return Err(NoArea::Refused(format!("the file has no column {column}")));
            }
        };
        if !self.areas.contains_key(text) {
            let found = self.find_area(text);
            self.areas.insert(text.to_owned(), found);
        }
        match &self.areas[text] {
            Ok(found) => Ok(found.clone()),
            Err(NoArea::Elsewhere) => Err(NoArea::Elsewhere),
            Err(NoArea::Refused(reason)) => Err(NoArea::Refused(reason.clone())),
        }
    }

    fn find_area(&self, text: &str) -> Result<FoundArea, NoArea> {
        let AreaPlan::Column { by_name, recode, .. } = &self.profile.area else {
            return Err(NoArea::Refused("the profile has a fixed area".to_owned()));
        };
        let areas = self.framework.areas();
        let recoded = recode.get(text).or_else(|| recode.get(text.trim()));
        let code = recoded.map_or(text.trim(), String::as_str);
        let found = match (recoded, by_name) {
            (None, Some(kinds)) => areas.named(text.trim(), kinds).map_err(|error| error.to_string()),
            _ if code.is_empty() => Err("the area is blank".to_owned()),
            _ => areas.current(code).ok_or_else(|| {
                format!("\"{code}\" is not the code of an area of the framework {}", self.framework.id())
            }),
        };
        match found {
            Ok(area) => Ok(FoundArea { code: area.code.clone(), archived: Archived::of(areas, code, area) }),
            // A partnership's own framework need not have every area of a national file.
            Err(_) if is_national(code, by_name.as_deref()) => Err(NoArea::Elsewhere),
            Err(reason) => Err(NoArea::Refused(reason)),
        }
    }

    fn breakdown(&mut self, row: &Row, rejections: &mut Vec<Rejection>) -> Option<Breakdown> {
        let mut categories = Vec::with_capacity(self.breakdowns.len());
        let mut sound = true;
        for i in 0..self.breakdowns.len() {
            let place = &self.breakdowns[i];
            if !place.totals_where.is_empty() && selected(&place.totals_where, row) {
                continue;
            }
            let column = place.column;
            let text = row.field(column);
            let plan = &self.profile.breakdowns[i];
            if !self.categories[i].contains_key(text) {
                let found = if plan.totals.iter().any(|total| total == text) {
                    Ok(None)
                } else {
                    match plan.recode.get(text) {
                        Some(category) => Ok(Some(category.clone())),
                        None => Category::new(text.trim()).map(Some).map_err(|error| error.to_string()),
                    }
                };
                self.categories[i].insert(text.to_owned(), found);
            }
            match &self.categories[i][text] {
                Ok(None) => {}
                Ok(Some(category)) => categories.push((plan.dimension.clone(), category.clone())),
                Err(reason) => {
                    let reason = reason.clone();
                    rejections.push(self.reject(row, column, reason));
                    sound = false;
                }
            }
        }
        // The profile's breakdowns name each dimension once; a repeated one was refused with the profile.
        sound.then(|| Breakdown::new(categories).ok()).flatten()
    }

    /// The first category that the measure does not know: the breakdown's place, the text, and why not.
    fn category_problem(
        &self,
        measure: &MeasureId,
        breakdown: &Breakdown,
    ) -> Option<(usize, String, String)> {
        let measure = self.framework.measure(measure.as_str())?;
        for (i, plan) in self.profile.breakdowns.iter().enumerate() {
            let (Some(category), Some(dimension)) =
                (breakdown.get(plan.dimension.as_str()), measure.dimension(plan.dimension.as_str()))
            else {
                continue;
            };
            if !dimension.is_open() && !dimension.categories.contains(category) {
                let names: Vec<_> = dimension.categories.iter().map(Category::as_str).collect();
                return Some((
                    i,
                    category.to_string(),
                    format!(
                        "\"{category}\" is not a category of {} of {}; expected one of {}",
                        dimension.id,
                        measure.id,
                        names.join(", ")
                    ),
                ));
            }
        }
        None
    }

    fn period(&mut self, measure: usize, row: &Row, rejections: &mut Vec<Rejection>) -> Option<Period> {
        let place = &self.measures[measure].period;
        let text = row.field(place.column);
        if !self.periods[measure].contains_key(text) {
            let parsed = if place.plan.shifted {
                PeriodKind::FinancialYear
                    .parse_as(place.plan.format, text)
                    .and_then(|year| Period::calendar_year(year.ordinal()))
            } else {
                place.kind.parse_as(place.plan.format, text)
            };
            self.periods[measure].insert(text.to_owned(), parsed.map_err(|error| error.to_string()));
        }
        match &self.periods[measure][text] {
            Ok(period) => Some(*period),
            Err(reason) => {
                let (column, reason) = (place.column, reason.clone());
                // Two measures of one row share their period; one refusal says it.
                let rejection = self.reject(row, column, reason);
                if !rejections.contains(&rejection) {
                    rejections.push(rejection);
                }
                None
            }
        }
    }

    /// The figure of a measure: `None` where it was refused, `Some(None)` where it is left out.
    fn observation(
        &self,
        measure: usize,
        row: &Row,
        row_letters: &str,
        rejections: &mut Vec<Rejection>,
    ) -> Option<Option<Observation>> {
        let place = &self.measures[measure];
        let text = row.field(place.value);
        let Ok(found) = figure(text, &self.profile.absent) else {
            rejections.push(self.reject(row, place.value, format!("\"{text}\" is not a number")));
            return None;
        };
        let letters = place.qualifier.map_or("", |column| row.field(column));
        let both;
        let letters = match (letters, row_letters) {
            (letters, "") | ("", letters) => letters,
            _ => {
                both = format!("{letters},{row_letters}");
                &both
            }
        };
        match observation(found, letters, place.plan.factor) {
            Ok(Some(observation)) => Some(Some(observation)),
            Ok(None) => match place.plan.blank {
                Blank::LeaveOut => Some(None),
                Blank::Absent(absence) => Some(Some(Observation::absent(absence))),
                Blank::Reject => {
                    let reason = "the value is blank and no qualifier says why".to_owned();
                    rejections.push(self.reject(row, place.value, reason));
                    None
                }
            },
            Err(letter) => {
                let column = place.qualifier.or(self.row_qualifier).unwrap_or(place.value);
                let reason = format!("\"{letter}\" is not a qualifier of the publisher's list");
                rejections.push(self.reject(row, column, reason));
                None
            }
        }
    }

    /// A total over several measures, to be checked. `None` where there is nothing to check.
    fn total(
        &mut self,
        plan: usize,
        value: usize,
        row: &Row,
        area: &Option<FoundArea>,
        breakdown: &Option<Breakdown>,
    ) -> Result<Option<StatedTotal>, Rejection> {
        let of = self.profile.totals[plan].of.clone();
        let measures: Vec<_> = of
            .iter()
            .filter_map(|id| self.measures.iter().position(|m| m.plan.id == *id && m.plan.known))
            .collect();
        let Ok(found) = figure(row.field(value), &self.profile.absent) else {
            return Err(self.reject(row, value, format!("\"{}\" is not a number", row.field(value))));
        };
        let mut rejections = Vec::new();
        let period = measures.first().and_then(|&first| self.period(first, row, &mut rejections));
        if let Some(rejection) = rejections.pop() {
            return Err(rejection);
        }
        let (Figure::Number(stated), Some(area), Some(breakdown), Some(period)) =
            (found, area, breakdown, period)
        else {
            return Ok(None);
        };
        // Where the framework has only some of the measures there is nothing to compare with.
        if measures.len() != of.len() {
            return Ok(None);
        }
        let factor = self.measures[measures[0]].plan.factor;
        Ok(Some(StatedTotal::over_measures(
            of,
            breakdown.clone(),
            area.code.clone(),
            period,
            stated * factor,
            row.line(),
        )))
    }

    fn release(&self, row: &Row, rejections: &mut Vec<Rejection>) -> String {
        let Some(column) = self.release else { return String::new() };
        let text = row.field(column).trim();
        if let Err(error) = PeriodKind::Month.parse(text) {
            rejections.push(self.reject(row, column, error.to_string()));
        }
        text.to_owned()
    }
}

/// Whether the catalogue has an area of that code, or of that name among those kinds.
fn is_national(text: &str, by_name: Option<&[AreaKind]>) -> bool {
    static NATIONAL: LazyLock<Option<Framework>> =
        LazyLock::new(|| crate::definitions::framework("scotland-core-suite").ok());
    let Some(national) = NATIONAL.as_ref() else { return false };
    match by_name {
        Some(kinds) => national.areas().named(text, kinds).is_ok(),
        None => national.areas().get(text).is_some(),
    }
}

fn selected(rows: &Places, row: &Row) -> bool {
    rows.iter().all(|(column, texts)| texts.iter().any(|text| text == row.field(*column)))
}
