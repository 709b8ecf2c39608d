//! Profiles: how a foreign file becomes observations.
//!
//! A profile is checked against a framework once, before any row is read; nothing is checked again row by
//! row that could be known from the two of them.

mod document;

pub use document::ProfileDocument;

use document::{
    AreaRule, BreakdownRule, MeasureRule, OneOrMore, PeriodRule, ProfileEntry, TotalRule, WhereRule,
};
use kilter_core::area::AreaKind;
use kilter_core::framework::Framework;
use kilter_core::ident::{AreaCode, Category, DimensionId, MeasureId, ProfileId};
use kilter_core::series::{Absence, Marks};
use kilter_core::time::{PeriodFormat, PeriodKind};
use std::collections::BTreeMap;
use std::fmt;

/// What is wrong with a profile, everything at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    pub(crate) profile: String,
    pub(crate) problems: Vec<String>,
}

impl ProfileError {
    /// The problems: at least one.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "profile {}: {problem}", self.profile)?;
        }
        Ok(())
    }
}

impl std::error::Error for ProfileError {}

/// What a blank value without a qualifier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blank {
    Reject,
    LeaveOut,
    Absent(Absence),
}

/// Columns and the texts that select rows: every column has one of its texts.
pub(crate) type Selection = Vec<(String, Vec<String>)>;

/// How a period is read.
#[derive(Debug, Clone)]
pub(crate) struct PeriodPlan {
    pub column: String,
    /// The kind in the file.
    pub kind: PeriodKind,
    pub format: PeriodFormat,
    /// Whether the year's label stands for the calendar year in which it starts.
    pub shifted: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum AreaPlan {
    Fixed(AreaCode),
    Column { column: String, by_name: Option<Vec<AreaKind>>, recode: BTreeMap<String, String> },
}

#[derive(Debug, Clone)]
pub(crate) struct BreakdownPlan {
    pub dimension: DimensionId,
    pub column: String,
    pub recode: BTreeMap<String, Category>,
    pub totals: Vec<String>,
    pub totals_where: Selection,
    pub skip_where: Selection,
}

#[derive(Debug, Clone)]
pub(crate) struct MeasurePlan {
    pub id: MeasureId,
    /// Whether the framework defines it; rows of one that it does not are left out and counted.
    pub known: bool,
    pub value: String,
    pub qualifier: Option<String>,
    pub rows: Selection,
    pub period: PeriodPlan,
    /// Whether the file gives it for longer periods than it is observed for: totals over time.
    pub over_time: bool,
    pub factor: f64,
    pub blank: Blank,
}

#[derive(Debug, Clone)]
pub(crate) struct TotalPlan {
    pub rows: Selection,
    pub value: String,
    pub of: Vec<MeasureId>,
    pub reason: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RowsPlan {
    pub column: String,
    pub texts: Vec<String>,
    pub taken: bool,
    pub reason: String,
}

/// A profile that has been checked against a framework.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(crate) id: ProfileId,
    pub(crate) entry: ProfileEntry,
    pub(crate) area: AreaPlan,
    pub(crate) row_qualifier: Option<String>,
    pub(crate) release_column: Option<String>,
    pub(crate) rows: Vec<RowsPlan>,
    pub(crate) breakdowns: Vec<BreakdownPlan>,
    pub(crate) measures: Vec<MeasurePlan>,
    pub(crate) totals: Vec<TotalPlan>,
    pub(crate) marks: Vec<(Selection, Marks)>,
    pub(crate) absent: BTreeMap<String, Absence>,
}

impl Profile {
    /// Checks a profile against a framework.
    ///
    /// # Errors
    /// Every problem: unknown areas, kinds, formats, dimensions, marks; no measure that the framework has.
    pub fn new(document: &ProfileDocument, framework: &Framework) -> Result<Self, ProfileError> {
        let mut check = Check { framework, problems: Vec::new() };
        let entry = document.profile.clone();
        let id = ProfileId::new(&entry.id).map_err(|error| check.refuse(error.to_string())).ok();
        if let Some(text) = entry.delimiter.as_ref().filter(|text| text.len() != 1) {
            check.refuse(format!("delimiter \"{text}\" is not one character, such as \",\" or \"\\t\""));
        }
        let blank = check.blank(entry.blank.as_deref());
        let period = check.period(&document.period, None);
        let area = check.area(&document.area);
        check.area_totals(&document.area.totals);
        if let Some(release) = &document.release
            && release.format != "yyyy-mm"
        {
            check
                .refuse(format!("release: format \"{}\" is not known; expected \"yyyy-mm\"", release.format));
        }
        let rows = document.rows.iter().filter_map(|rule| check.rows(rule)).collect();
        let measures: Vec<MeasurePlan> =
            document.measure.iter().filter_map(|rule| check.measure(rule, period.as_ref(), blank)).collect();
        let breakdowns =
            document.breakdown.iter().filter_map(|rule| check.breakdown(rule, &measures)).collect();
        let totals = document.total.iter().filter_map(|rule| check.total(rule, &measures)).collect();
        let marks = document
            .mark
            .iter()
            .filter_map(|rule| Some((selection(&rule.rows), check.mark(&rule.mark)?)))
            .collect();
        let absent = entry
            .absent
            .iter()
            .filter_map(|(sign, name)| Some((sign.clone(), check.absence(name)?)))
            .collect();
        if measures.is_empty() && check.problems.is_empty() {
            check.refuse("it names no measure; a profile has at least one [[measure]]".into());
        } else if !measures.iter().any(|measure| measure.known) && check.problems.is_empty() {
            let ids: Vec<_> = measures.iter().map(|m| m.id.as_str()).collect();
            check.refuse(format!(
                "the framework {} has none of its measures ({}); add them, or extend a catalogue framework that has them",
                framework.id(),
                ids.join(", ")
            ));
        }
        let problems = check.problems;
        match (id, area) {
            (Some(id), Some(area)) if problems.is_empty() => Ok(Self {
                id,
                area,
                row_qualifier: document.period.qualifier.clone(),
                release_column: document.release.as_ref().map(|release| release.column.clone()),
                rows,
                breakdowns,
                measures,
                totals,
                marks,
                absent,
                entry,
            }),
            _ => Err(ProfileError { profile: document.profile.id.clone(), problems }),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ProfileId {
        &self.id
    }

    /// The columns that a file must have for it, each once.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        if let AreaPlan::Column { column, .. } = &self.area {
            columns.push(column);
        }
        columns.extend(self.row_qualifier.as_deref());
        columns.extend(self.release_column.as_deref());
        columns.extend(self.rows.iter().map(|rule| rule.column.as_str()));
        for breakdown in &self.breakdowns {
            columns.push(&breakdown.column);
            columns
                .extend(breakdown.totals_where.iter().chain(&breakdown.skip_where).map(|(c, _)| c.as_str()));
        }
        for measure in &self.measures {
            columns.extend([measure.period.column.as_str(), measure.value.as_str()]);
            columns.extend(measure.qualifier.as_deref());
            columns.extend(measure.rows.iter().map(|(c, _)| c.as_str()));
        }
        for total in &self.totals {
            columns.push(&total.value);
            columns.extend(total.rows.iter().map(|(c, _)| c.as_str()));
        }
        columns.extend(self.marks.iter().flat_map(|(rows, _)| rows).map(|(c, _)| c.as_str()));
        let mut seen = std::collections::HashSet::new();
        columns.retain(|column| seen.insert(*column));
        columns
    }
}

fn selection(rows: &BTreeMap<String, OneOrMore>) -> Selection {
    rows.iter().map(|(column, texts)| (column.clone(), texts.texts())).collect()
}

struct Check<'f> {
    framework: &'f Framework,
    problems: Vec<String>,
}

impl Check<'_> {
    fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Totals that the framework knows must be divided there, or nothing could be checked.
    fn area_totals(&mut self, codes: &[String]) {
        for code in codes {
            if self.framework.areas().get(code).is_some_and(|area| area.divisions.is_empty()) {
                self.refuse(format!(
                    "area: the rows of {code} are said to be totals, and the framework does not say of which parts"
                ));
            }
        }
    }

    fn absence(&mut self, name: &str) -> Option<Absence> {
        let absence = Absence::named(name);
        if absence.is_none() {
            let names: Vec<_> = Absence::NAMES.iter().map(|(name, _)| *name).collect();
            self.refuse(format!("\"{name}\" is not an absence; expected one of {}", names.join(", ")));
        }
        absence
    }

    fn blank(&mut self, name: Option<&str>) -> Blank {
        match name {
            None | Some("reject") => Blank::Reject,
            Some("leave out") => Blank::LeaveOut,
            Some(name) => self.absence(name).map_or(Blank::Reject, Blank::Absent),
        }
    }

    fn mark(&mut self, name: &str) -> Option<Marks> {
        let mark = Marks::named(name);
        if mark.is_none() {
            let names: Vec<_> = Marks::NAMES.iter().map(|(name, _)| *name).collect();
            self.refuse(format!("\"{name}\" is not a mark; expected one of {}", names.join(", ")));
        }
        mark
    }

    fn area(&mut self, rule: &AreaRule) -> Option<AreaPlan> {
        let kinds: Vec<AreaKind> =
            rule.kinds.iter().filter_map(|kind| kind.parse().map_err(|e| self.refuse(e)).ok()).collect();
        match (&rule.column, &rule.fixed) {
            (Some(column), None) => {
                let by_name = match rule.by.as_deref() {
                    None | Some("code") => None,
                    Some("name") => Some(kinds),
                    Some(other) => {
                        self.refuse(format!(
                            "area: by \"{other}\" is not known; expected \"code\" or \"name\""
                        ));
                        None
                    }
                };
                Some(AreaPlan::Column { column: column.clone(), by_name, recode: rule.recode.clone() })
            }
            (None, Some(code)) => match self.framework.areas().current(code) {
                Some(area) => Some(AreaPlan::Fixed(area.code.clone())),
                None => {
                    self.refuse(format!("area: fixed \"{code}\" is not an area of the framework"));
                    None
                }
            },
            _ => {
                self.refuse("area: expected either column or fixed".into());
                None
            }
        }
    }

    fn period(&mut self, rule: &PeriodRule, default: Option<&PeriodPlan>) -> Option<PeriodPlan> {
        let kind = rule.kind.parse::<PeriodKind>().map_err(|e| self.refuse(format!("period: {e}"))).ok();
        let format = PeriodFormat::named(&rule.format);
        if format.is_none() {
            let names: Vec<_> = PeriodFormat::NAMES.iter().map(|(name, _)| *name).collect();
            self.refuse(format!(
                "period: format \"{}\" is not known; expected one of {}",
                rule.format,
                names.join(", ")
            ));
        }
        let shifted = match rule.shift.as_deref() {
            None => false,
            Some("financial-year to calendar-year start") if kind == Some(PeriodKind::CalendarYear) => true,
            Some(other) => {
                self.refuse(format!(
                    "period: shift \"{other}\" is not known for {}; expected \"financial-year to calendar-year start\" \
                     with kind calendar-year",
                    rule.kind
                ));
                false
            }
        };
        let column = rule.column.clone().or_else(|| default.map(|plan| plan.column.clone()));
        if column.is_none() {
            self.refuse("period: column is missing".into());
        }
        Some(PeriodPlan { column: column?, kind: kind?, format: format?, shifted })
    }

    fn rows(&mut self, rule: &WhereRule) -> Option<RowsPlan> {
        let (texts, taken) = match (&rule.is, &rule.not) {
            (Some(texts), None) => (texts, true),
            (None, Some(texts)) => (texts, false),
            _ => {
                self.refuse(format!("where {}: expected either is or not", rule.column));
                return None;
            }
        };
        Some(RowsPlan {
            column: rule.column.clone(),
            texts: texts.clone(),
            taken,
            reason: rule.reason.clone(),
        })
    }

    fn measure(
        &mut self,
        rule: &MeasureRule,
        period: Option<&PeriodPlan>,
        blank: Blank,
    ) -> Option<MeasurePlan> {
        let id = MeasureId::new(&rule.id).map_err(|e| self.refuse(format!("measure: {e}"))).ok()?;
        let period = match &rule.period {
            Some(own) => self.period(own, period)?,
            None => period?.clone(),
        };
        let measure = self.framework.measure(id.as_str());
        let mut over_time = false;
        if let Some(measure) = measure
            && measure.frequency != period.kind
        {
            let example = period.kind.containing(kilter_core::time::Date::default());
            let adds = measure.over_time == kilter_core::series::OverTime::Sum;
            over_time = adds && example.split(measure.frequency).is_some();
            if !over_time {
                self.refuse(format!(
                    "measure {id}: the file gives it by {}, and the framework observes it by {}",
                    period.kind, measure.frequency
                ));
            }
        }
        let factor = rule.factor.unwrap_or(1.0);
        if !(factor.is_finite() && factor != 0.0) {
            self.refuse(format!("measure {id}: factor {factor} is not a multiplier"));
        }
        Some(MeasurePlan {
            known: measure.is_some(),
            value: rule.value.clone(),
            qualifier: rule.qualifier.clone(),
            rows: selection(&rule.rows),
            period,
            over_time,
            factor,
            blank: rule.blank.as_deref().map_or(blank, |own| self.blank(Some(own))),
            id,
        })
    }

    fn breakdown(&mut self, rule: &BreakdownRule, measures: &[MeasurePlan]) -> Option<BreakdownPlan> {
        let dimension =
            DimensionId::new(&rule.dimension).map_err(|e| self.refuse(format!("breakdown: {e}"))).ok()?;
        for plan in measures {
            if let Some(measure) = self.framework.measure(plan.id.as_str())
                && measure.dimension(dimension.as_str()).is_none()
            {
                self.refuse(format!(
                    "breakdown {dimension}: the measure {} of the framework is not broken down by it; add it to \
                     the measure's dimensions",
                    measure.id
                ));
            }
        }
        let mut recode = BTreeMap::new();
        for (text, category) in &rule.recode {
            match Category::new(category) {
                Ok(category) => {
                    recode.insert(text.clone(), category);
                }
                Err(error) => self.refuse(format!("breakdown {dimension}: {error}")),
            }
        }
        Some(BreakdownPlan {
            dimension,
            column: rule.column.clone(),
            recode,
            totals: rule.totals.clone(),
            totals_where: selection(&rule.totals_where),
            skip_where: selection(&rule.skip_where),
        })
    }

    fn total(&mut self, rule: &TotalRule, measures: &[MeasurePlan]) -> Option<TotalPlan> {
        let mut of = Vec::new();
        for id in &rule.of {
            match measures.iter().find(|measure| measure.id.as_str() == id) {
                Some(measure) => of.push(measure.id.clone()),
                None => self.refuse(format!("total: {id} is not a measure of this profile")),
            }
        }
        let reason = rule.reason.clone().unwrap_or_else(|| format!("totals of {}", rule.of.join(" and ")));
        Some(TotalPlan { rows: selection(&rule.rows), value: rule.value.clone(), of, reason })
    }
}
