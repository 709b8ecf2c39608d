//! The values of one indicator in all areas at once, as columns.
//!
//! A panel holds what a [`Valuer`] has added up over breakdowns and areas, side by side, and gives for any periods
//! the values that the valuer gives one by one, bit for bit, at the speed of a loop over columns. It is made where
//! a calculation is one measure, or one over another; for all others the valuer itself is asked.

use super::values::{due_year, has_several_years};
use super::{Standing, Valuer, compared_area};
use crate::framework::{
    Calculation, ComparisonTest, Expression, Framework, Indicator, IntervalRule, PopulationYear, Rate,
};
use crate::ident::AreaCode;
use crate::method::interval::{Confidence, byar_each};
use crate::method::{Column, Dense, Lack, Missing, Running, Windows};
use crate::series::{Breakdown, Measure, OverTime};
use crate::target::{Against, Polarity, same};
use crate::time::{Period, PeriodKind};
use std::ops::Range;
use std::rc::Rc;

/// The figures of one indicator in every current area of which anything was observed.
///
/// ```
/// use kilter_core::evaluate::{Panel, PanelMemory, Valuer};
/// use kilter_core::framework::{Framework, Text};
/// use kilter_core::ident::{AreaCode, MeasureId};
/// use kilter_core::method::{Figures, Missing};
/// use kilter_core::series::{Breakdown, Dataset, Observation, SeriesBuilder, SeriesKey};
/// use kilter_core::time::Period;
///
/// let framework = Framework::from_texts(&[Text::new("falls.toml", r#"
/// framework = { id = "f", title = "F" }
/// area = [{ code = "glen", name = "Glen", kind = "locality" }]
/// measure = [{ id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "sum" }]
/// indicator = [{ id = "F", title = "Falls", calculation = { count = "falls" }, frequency = "month", polarity = "lower", decimals = 0, unit = "falls" }]
/// "#)])?;
/// let month = Period::month(2024, 1)?;
/// let mut falls = SeriesBuilder::new(month.kind());
/// for (after, count) in [3.0, 4.0, 5.0].into_iter().enumerate() {
///     falls.push(month.ordinal() + after as i32, Observation::number(count)?, 1);
/// }
/// let mut data = Dataset::new();
/// let key = SeriesKey { measure: MeasureId::new("falls")?, breakdown: Breakdown::total(), area: AreaCode::new("glen")? };
/// data.insert(key, falls.build()?);
///
/// let panel = Panel::new(&Valuer::new(&framework, &data), framework.indicator("F").ok_or("no F")?).ok_or("no panel")?;
/// let windows: Vec<Period> = (1..3).map(|n| month.plus(n).window(2)).collect::<Result<_, _>>()?;
/// let plan = panel.plan(&windows).ok_or("no plan")?;
/// let mut figures = Figures::default();
/// figures.resize(2);
/// panel.values(0, &plan, &mut PanelMemory::default(), &mut figures.values, &mut figures.lacks);
/// assert_eq!(figures.values, [7.0, 9.0]);
/// // Windows of different lengths are no columns.
/// assert!(panel.plan(&[windows[0], month]).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Panel {
    areas: Vec<AreaCode>,
    /// Whether an area was observed itself, and not only in its parts.
    itself: Vec<bool>,
    numerators: Term,
    form: Form,
}

/// One measure, times a factor.
struct Term {
    cells: Dense,
    adds: OverTime,
    factor: f64,
}

enum Form {
    Whole,
    Ratio { per: f64, complement: bool, below: Below },
}

enum Below {
    /// People, `[area][year]`, from the year that is due first.
    People {
        rule: PopulationYear,
        first: i32,
        years: usize,
        people: Vec<f64>,
        lacks: Vec<Lack>,
    },
    Counted(Term),
}

/// How periods are made of the cells of a panel.
pub struct Plan {
    above: Windows,
    below: PlanBelow,
}

enum PlanBelow {
    Nothing,
    /// Stretches of periods with the same population, and the place of its year.
    Years(Vec<(Range<usize>, usize)>),
    Counted(Windows),
}

impl Plan {
    /// How many periods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.above.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.above.is_empty()
    }
}

/// Memory that is kept from row to row.
#[derive(Default)]
pub struct PanelMemory {
    running: Running,
    below: Vec<f64>,
    lacks: Vec<Lack>,
    counts: Vec<f64>,
}

impl Term {
    fn write(
        &self,
        row: usize,
        windows: &Windows,
        running: &mut Running,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        self.cells.windows(row, windows, running, values, lacks);
        if self.factor != 1.0 {
            values.iter_mut().for_each(|value| *value *= self.factor);
        }
    }
}

impl Panel {
    /// The panel of an indicator; `None` where its calculation is of another sort, or nothing was observed.
    #[must_use]
    pub fn new(valuer: &Valuer<'_>, indicator: &Indicator) -> Option<Self> {
        let current = valuer.framework().areas().iter().filter(|area| area.replaced_by.is_none());
        let areas: Vec<AreaCode> = current
            .filter(|area| valuer.is_observed(indicator, &area.code))
            .map(|area| area.code.clone())
            .collect();
        let term = |expression: &Expression, adds: Option<OverTime>| {
            let [term] = expression.terms() else { return None };
            let measure = valuer.framework().measure(term.measure.as_str())?;
            let column = |area: &AreaCode| valuer.resolver().column(measure, &term.slice, area);
            Some(Term {
                cells: side_by_side(measure, &areas, column),
                adds: adds.unwrap_or(measure.over_time),
                factor: term.factor,
            })
        };
        let ratio = |rate: &Rate, per: f64, complement: bool| {
            let numerators = term(&rate.numerator, None)?;
            let below = match (&rate.denominator, rate.population_year) {
                (Some(people), Some(rule)) => {
                    people_of(valuer, people, rule, rate.carry_forward, &areas, &numerators.cells)?
                }
                (Some(expression), None) => Below::Counted(term(expression, None)?),
                (None, _) => {
                    let [of] = rate.numerator.terms() else { return None };
                    let measure = valuer.framework().measure(of.measure.as_str())?;
                    let column = |area: &AreaCode| valuer.resolver().denominators(measure, &of.slice, area);
                    let cells = side_by_side(measure, &areas, column);
                    Below::Counted(Term { cells, adds: measure.over_time, factor: of.factor })
                }
            };
            Some((numerators, Form::Ratio { per, complement, below }))
        };
        let (numerators, form) = match &indicator.calculation {
            Calculation::Count(expression) => (term(expression, None)?, Form::Whole),
            Calculation::Mean(expression) => (term(expression, Some(OverTime::Mean))?, Form::Whole),
            Calculation::Published(id) => {
                let measure = valuer.framework().measure(id.as_str())?;
                let column = |area: &AreaCode| valuer.resolver().column(measure, &Breakdown::total(), area);
                let cells = side_by_side(measure, &areas, column);
                (Term { cells, adds: OverTime::None, factor: 1.0 }, Form::Whole)
            }
            Calculation::Rate(rate) => ratio(rate, rate.per, false)?,
            Calculation::Percentage { parts, complement } => ratio(parts, 100.0, *complement)?,
            _ => return None,
        };
        let itself = areas.iter().map(|area| valuer.is_observed_itself(indicator, area)).collect();
        Some(Self { areas, itself, numerators, form })
    }

    /// The areas, in the order of the framework: a row for each.
    #[must_use]
    pub fn areas(&self) -> &[AreaCode] {
        &self.areas
    }

    /// Whether the area of a row was observed itself: one of which only some parts were has nothing to say in
    /// periods in which it has no value.
    ///
    /// # Panics
    /// A row beyond the end.
    #[must_use]
    pub fn is_observed_itself(&self, row: usize) -> bool {
        self.itself[row]
    }

    /// How periods are read; `None` where they are of several kinds, or cannot be read from columns.
    #[must_use]
    pub fn plan(&self, periods: &[Period]) -> Option<Plan> {
        if has_several_years(periods.first()?.kind()) {
            return None;
        }
        let windows = |term: &Term| Windows::new(term.cells.kind(), term.adds, periods);
        let above = windows(&self.numerators)?;
        let below = match &self.form {
            Form::Whole => PlanBelow::Nothing,
            Form::Ratio { below: Below::Counted(term), .. } => PlanBelow::Counted(windows(term)?),
            Form::Ratio { below: Below::People { rule, first, years, .. }, .. } => {
                let mut stretches: Vec<(Range<usize>, usize)> = Vec::new();
                for (place, period) in periods.iter().enumerate() {
                    let year = usize::try_from(due_year(*rule, *period) - first).ok();
                    let year = year.filter(|year| year < years)?;
                    match stretches.last_mut() {
                        Some((stretch, known)) if *known == year => stretch.end = place + 1,
                        _ => stretches.push((place..place + 1, year)),
                    }
                }
                PlanBelow::Years(stretches)
            }
        };
        Some(Plan { above, below })
    }

    /// The values of the area of a row: a value for every period, or what it lacks.
    ///
    /// # Panics
    /// A row beyond the end; results that are not as long as there are periods; the plan of another panel.
    pub fn values(
        &self,
        row: usize,
        plan: &Plan,
        memory: &mut PanelMemory,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        self.numerators.write(row, &plan.above, &mut memory.running, values, lacks);
        let Form::Ratio { per, complement, .. } = &self.form else { return };
        let (per, complement) = (*per, *complement);
        let turned = |value: f64| if complement { per - value } else { value };
        self.each_below(row, plan, memory, |places, below| match below {
            OverAll::One(Ok(people)) if complement => {
                values[places].iter_mut().for_each(|value| *value = turned(*value * per / people));
            }
            OverAll::One(Ok(people)) => {
                values[places].iter_mut().for_each(|value| *value = *value * per / people);
            }
            OverAll::One(Err(reason)) => {
                for (value, lack) in values[places.clone()].iter_mut().zip(&mut lacks[places]) {
                    *value = 0.0;
                    *lack = if *lack == Lack::NONE { reason } else { *lack };
                }
            }
            OverAll::Each(below, below_lacks) => {
                for place in places {
                    let lack = match (lacks[place], below_lacks[place]) {
                        (Lack::NONE, Lack::NONE) if below[place] == 0.0 => Missing::ZeroDenominator.into(),
                        (Lack::NONE, below) => below,
                        (above, _) => above,
                    };
                    lacks[place] = lack;
                    let value = turned(values[place] * per / below[place]);
                    values[place] = if lack == Lack::NONE { value } else { 0.0 };
                }
            }
        });
        if complement {
            let lacking = lacks.iter().zip(values).filter(|(lack, _)| **lack != Lack::NONE);
            lacking.for_each(|(_, value)| *value = 0.0);
        }
    }

    /// What the periods of a row are divided by, stretch by stretch.
    fn each_below(
        &self,
        row: usize,
        plan: &Plan,
        memory: &mut PanelMemory,
        mut each: impl FnMut(Range<usize>, OverAll<'_>),
    ) {
        match (&self.form, &plan.below) {
            (Form::Ratio { below: Below::People { years, people, lacks, .. }, .. }, PlanBelow::Years(of)) => {
                for (places, year) in of {
                    let at = row * years + year;
                    let below = match (lacks[at], people[at]) {
                        (Lack::NONE, 0.0) => Err(Missing::ZeroDenominator.into()),
                        (Lack::NONE, people) => Ok(people),
                        (lack, _) => Err(lack),
                    };
                    each(places.clone(), OverAll::One(below));
                }
            }
            (Form::Ratio { below: Below::Counted(term), .. }, PlanBelow::Counted(windows)) => {
                let PanelMemory { running, below, lacks, .. } = memory;
                below.resize(windows.len(), 0.0);
                lacks.resize(windows.len(), Lack::NONE);
                term.write(row, windows, running, below, lacks);
                each(0..windows.len(), OverAll::Each(below, lacks));
            }
            (Form::Whole, _) => {}
            _ => unreachable!("the plan of another panel"),
        }
    }

    /// The limits of the values of the area of a row; `false` where there are none by Byar's method, or not for
    /// every value: the values have to be asked for one by one then. What is said of a period without a value is
    /// never read.
    ///
    /// # Panics
    /// As [`Panel::values`].
    pub fn limits(
        &self,
        row: usize,
        plan: &Plan,
        indicator: &Indicator,
        confidence: Confidence,
        memory: &mut PanelMemory,
        (lower, upper): (&mut [f64], &mut [f64]),
    ) -> bool {
        let counted = matches!(indicator.calculation, Calculation::Count(_) | Calculation::Rate(_));
        if indicator.interval != Some(IntervalRule::Byar) || !counted {
            return false;
        }
        let mut counts = std::mem::take(&mut memory.counts);
        let mut lacks = std::mem::take(&mut memory.lacks);
        counts.resize(plan.len(), 0.0);
        lacks.resize(plan.len(), Lack::NONE);
        self.numerators.write(row, &plan.above, &mut memory.running, &mut counts, &mut lacks);
        let mut sound = byar_each(&counts, confidence, lower, upper);
        (memory.counts, memory.lacks) = (counts, lacks);
        if let Form::Ratio { per, .. } = &self.form {
            let mut scale = |place: usize, below: f64| {
                let factor = per / below;
                lower[place] *= factor;
                upper[place] *= factor;
                // Nothing to divide by is no value, but less than nothing is one without limits.
                sound &= below >= 0.0;
            };
            self.each_below(row, plan, memory, |places, below| match below {
                OverAll::One(below) => {
                    places.for_each(|place| scale(place, below.unwrap_or(1.0)));
                }
                OverAll::Each(below, _) => places.for_each(|place| scale(place, below[place])),
            });
        }
        sound
    }

    /// Where the indicator is compared with the value of an area of the panel in the same period by the limits of
    /// one level: the rows of these areas, and that level.
    #[must_use]
    pub fn comparison(&self, framework: &Framework, indicator: &Indicator) -> Option<Comparison> {
        let rule = &indicator.comparison;
        let [level] = rule.confidence[..] else { return None };
        let with_an_area = matches!(rule.against, Against::Scotland | Against::Parent | Against::Area(_));
        if rule.test != ComparisonTest::IntervalAgainstValue || !with_an_area {
            return None;
        }
        let mut known: Option<(AreaCode, usize)> = None;
        let mut others = Vec::with_capacity(self.areas.len());
        for area in &self.areas {
            let Some(other) = compared_area(framework, area, &rule.against) else {
                others.push(None);
                continue;
            };
            let row = match &known {
                Some((code, row)) if *code == other => *row,
                _ => {
                    let row = self.areas.iter().position(|area| *area == other)?;
                    known = Some((other, row));
                    row
                }
            };
            others.push(Some(row));
        }
        let confidence = Confidence::new(level / 100.0).ok()?;
        Some(Comparison { others, confidence })
    }
}

/// What periods are divided by.
enum OverAll<'m> {
    /// All of them by the same, or why by nothing.
    One(Result<f64, Lack>),
    /// Each by its own; by place.
    Each(&'m [f64], &'m [Lack]),
}

/// With which row each row of a panel is compared, and at which level.
pub struct Comparison {
    others: Vec<Option<usize>>,
    confidence: Confidence,
}

impl Comparison {
    /// The row with which a row is compared; `None` where that is the area itself, or there is none.
    ///
    /// # Panics
    /// A row beyond the end.
    #[must_use]
    pub fn other(&self, row: usize) -> Option<usize> {
        self.others[row]
    }

    /// The level.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// How values stand to others by their limits: the place in [`Standing::NAMES`], from 1, and 0 where that
    /// cannot be said. Values that are lacking are marked in `lacks`.
    ///
    /// # Panics
    /// Columns of different lengths.
    pub fn standings(
        polarity: Polarity,
        limits: (&[f64], &[f64]),
        (values, lacks): (&[f64], &[Lack]),
        (others, other_lacks): (&[f64], &[Lack]),
        standings: &mut [u8],
    ) {
        let code = |standing: Standing| {
            Standing::NAMES
                .iter()
                .position(|(_, known)| *known == standing)
                .map_or(0, |place| place as u8 + 1)
        };
        let (higher, lower) = match polarity {
            Polarity::Higher => (code(Standing::Better), code(Standing::Worse)),
            Polarity::Lower => (code(Standing::Worse), code(Standing::Better)),
            Polarity::Range | Polarity::None => (code(Standing::Higher), code(Standing::Lower)),
        };
        let similar = code(Standing::Similar);
        for place in 0..standings.len() {
            let (low, high, other) = (limits.0[place], limits.1[place], others[place]);
            let on_a_limit = same(low, other) || same(high, other);
            let is_similar = on_a_limit || (low <= other && other <= high);
            let standing = if is_similar {
                similar
            } else if values[place] > other {
                higher
            } else {
                lower
            };
            let known = lacks[place] == Lack::NONE && other_lacks[place] == Lack::NONE;
            standings[place] = if known { standing } else { 0 };
        }
    }
}

fn side_by_side(measure: &Measure, areas: &[AreaCode], column: impl Fn(&AreaCode) -> Rc<Column>) -> Dense {
    let columns: Vec<Rc<Column>> = areas.iter().map(column).collect();
    Dense::new(measure.frequency, &columns)
}

/// The populations of the years that periods of the numerators may ask for, and one on either side.
fn people_of(
    valuer: &Valuer<'_>,
    people: &Expression,
    rule: PopulationYear,
    carry: u32,
    areas: &[AreaCode],
    numerators: &Dense,
) -> Option<Below> {
    let (first, last) = numerators.span()?;
    let due = |ordinal| Period::new(numerators.kind(), ordinal).map(|period| due_year(rule, period)).ok();
    let (first, last) = (due(first)? - 1, due(last)? + 1);
    let kind = match rule {
        PopulationYear::FinancialYearStart => PeriodKind::FinancialYear,
        PopulationYear::CalendarYear => PeriodKind::CalendarYear,
    };
    let years: Vec<Period> =
        (first..=last).map(|year| Period::new(kind, year).ok()).collect::<Option<_>>()?;
    let (mut found, mut lacks) = (Vec::new(), Vec::new());
    for area in areas {
        for (cell, _) in valuer.populations(people, rule, carry, area, &years) {
            found.push(cell.value.unwrap_or(0.0));
            lacks.push(cell.value.err().map_or(Lack::NONE, Lack::from));
        }
    }
    Some(Below::People { rule, first, years: years.len(), people: found, lacks })
}
