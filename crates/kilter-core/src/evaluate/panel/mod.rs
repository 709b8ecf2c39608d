//! The values of one indicator in all areas at once, as columns.
//!
//! A panel holds what a [`Valuer`] has added up over breakdowns and areas, side by side, and gives for any periods
//! the values that the valuer gives one by one, bit for bit, at the speed of a loop over columns. It is made where
//! a calculation is one measure, or one over another, or a directly standardised rate; for all others the valuer
//! itself is asked.

mod bands;
mod limits;

pub use limits::{Comparators, Comparison, PanelLimits};

use super::Valuer;
use super::values::{due_year, has_several_years};
use crate::framework::{Calculation, Expression, Indicator, PopulationYear, Rate};
use crate::ident::AreaCode;
use crate::method::{Dense, Lack, Line, Missing, Running, Sliding, Windows, wide};
use crate::series::{Breakdown, Marks, Measure, OverTime};
use crate::time::{Period, PeriodKind};
use bands::Bands;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

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
    areas: Arc<[AreaCode]>,
    rows: HashMap<AreaCode, usize>,
    /// Whether an area was observed itself, and not only in its parts.
    itself: Vec<bool>,
    /// Whether anything that an area has was marked as a break in its series.
    broken: Vec<bool>,
    form: Form,
}

/// One measure, times a factor.
struct Term {
    cells: Dense,
    adds: OverTime,
    factor: f64,
}

enum Form {
    Whole(Term),
    Ratio { above: Term, per: f64, complement: bool, below: Below },
    Standardised(Bands),
}

enum Below {
    /// People, `[area][year]`, from the year that is due first.
    People(People),
    Counted(Term),
}

struct People {
    rule: PopulationYear,
    first: i32,
    years: usize,
    people: Vec<f64>,
    lacks: Vec<Lack>,
    /// By what one event is multiplied among so many; where there are none, as among one.
    factors: Vec<f64>,
    /// Whether nobody's number is next to nothing.
    is_bounded: bool,
    /// Whether limits of events may be multiplied by the factors, whichever.
    is_sound: bool,
}

/// How periods are made of the cells of a panel.
pub struct Plan {
    periods: usize,
    way: Way,
}

enum Way {
    Windows {
        windows: Windows,
        /// Where the values of the numerators are sums of whole numbers.
        sums: Option<Sliding>,
        below: PlanBelow,
    },
    /// From a place on, as they stand.
    Cells(usize),
}

enum PlanBelow {
    Nothing,
    Years(Vec<Stretch>),
    Counted(Windows),
}

/// Periods one after the other that have the same population.
struct Stretch {
    places: Range<usize>,
    /// Those of them that lie within the cells, counted from the first that does; none where windows do not slide.
    within: Range<usize>,
    /// The place of the year of the population.
    year: usize,
}

impl Plan {
    /// How many periods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.periods
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.periods == 0
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

/// Numbers that are no greater than this, and divisors no less than one over it, do not leave the numbers together.
const GREAT: f64 = 1e100;

impl Term {
    /// Whether no sum of it is beyond some great number.
    fn is_bounded(&self) -> bool {
        self.cells.is_whole() && self.factor.abs() <= GREAT
    }

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
    pub fn new<'d>(valuer: &Valuer<'d>, indicator: &Indicator) -> Option<Self> {
        let current = valuer.framework().areas().iter().filter(|area| area.replaced_by.is_none());
        let areas: Arc<[AreaCode]> = current
            .filter(|area| valuer.is_observed(indicator, &area.code))
            .map(|area| area.code.clone())
            .collect();
        let broken = RefCell::new(vec![false; areas.len()]);
        let side_by_side = |measure: &Measure, line: &dyn Fn(&AreaCode) -> Line<'d>| {
            let lines: Vec<Line<'d>> = areas.iter().map(line).collect();
            for (broken, line) in broken.borrow_mut().iter_mut().zip(&lines) {
                *broken |= line.is_marked(Marks::BREAK);
            }
            Dense::new(measure.frequency, &lines)
        };
        let term = |expression: &Expression, adds: Option<OverTime>| {
            let [term] = expression.terms() else { return None };
            let measure = valuer.framework().measure(term.measure.as_str())?;
            Some(Term {
                cells: side_by_side(measure, &|area| valuer.resolver().line(measure, &term.slice, area)),
                adds: adds.unwrap_or(measure.over_time),
                factor: term.factor,
            })
        };
        let ratio = |rate: &Rate, per: f64, complement: bool| {
            let above = term(&rate.numerator, None)?;
            let below = match (&rate.denominator, rate.population_year) {
                (Some(people), Some(rule)) => Below::People(people_of(
                    valuer,
                    (people, per),
                    rule,
                    rate.carry_forward,
                    &broken,
                    &areas,
                    &above.cells,
                )?),
                (Some(expression), None) => Below::Counted(term(expression, None)?),
                (None, _) => {
                    let [of] = rate.numerator.terms() else { return None };
                    let measure = valuer.framework().measure(of.measure.as_str())?;
                    let column = |area: &AreaCode| valuer.resolver().denominators(measure, &of.slice, area);
                    let cells = side_by_side(measure, &|area| Line::Added(column(area)));
                    Below::Counted(Term { cells, adds: measure.over_time, factor: of.factor })
                }
            };
            Some(Form::Ratio { above, per, complement, below })
        };
        let form = match &indicator.calculation {
            Calculation::Count(expression) => Form::Whole(term(expression, None)?),
            Calculation::Mean(expression) => Form::Whole(term(expression, Some(OverTime::Mean))?),
            Calculation::Published(id) => {
                let measure = valuer.framework().measure(id.as_str())?;
                let total = Breakdown::total();
                let cells = side_by_side(measure, &|area| valuer.resolver().line(measure, &total, area));
                Form::Whole(Term { cells, adds: OverTime::None, factor: 1.0 })
            }
            Calculation::Rate(rate) => ratio(rate, rate.per, false)?,
            Calculation::Percentage { parts, complement } => ratio(parts, 100.0, *complement)?,
            Calculation::Standardised(of) => {
                // Nobody asks here whether a series of standardised rates is broken: its bands are many.
                broken.borrow_mut().fill(true);
                Form::Standardised(Bands::new(valuer, indicator, of, &areas)?)
            }
            _ => return None,
        };
        let itself = areas.iter().map(|area| valuer.is_observed_itself(indicator, area)).collect();
        let rows = areas.iter().enumerate().map(|(row, area)| (area.clone(), row)).collect();
        Some(Self { areas, rows, itself, broken: broken.into_inner(), form })
    }

    /// The areas, in the order of the framework: a row for each.
    #[must_use]
    pub fn areas(&self) -> &Arc<[AreaCode]> {
        &self.areas
    }

    /// The row of an area; `None` where it has none.
    #[must_use]
    pub fn row(&self, area: &AreaCode) -> Option<usize> {
        self.rows.get(area).copied()
    }

    /// Whether anything that the values of a row are made of is marked as a break in its series, or may be.
    ///
    /// # Panics
    /// A row beyond the end.
    #[must_use]
    pub fn is_broken(&self, row: usize) -> bool {
        self.broken[row]
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

    /// How much memory its figures take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.form {
            Form::Whole(term) => term.cells.bytes(),
            Form::Ratio { above, below: Below::Counted(below), .. } => {
                above.cells.bytes() + below.cells.bytes()
            }
            Form::Ratio { above, below: Below::People(among), .. } => {
                let of_people = size_of_val(&among.people[..]) + size_of_val(&among.factors[..]);
                above.cells.bytes() + of_people + size_of_val(&among.lacks[..])
            }
            Form::Standardised(bands) => bands.bytes(),
        }
    }

    /// How periods are read; `None` where they are of several kinds, or cannot be read from columns.
    #[must_use]
    pub fn plan(&self, periods: &[Period]) -> Option<Plan> {
        if has_several_years(periods.first()?.kind()) {
            return None;
        }
        let windows = |term: &Term| Windows::new(term.cells.kind(), term.adds, periods);
        let over = |above: &Term, below: PlanBelow| {
            let windows = windows(above)?;
            let sums = above.cells.sliding_sums(&windows).filter(|_| above.factor == 1.0);
            Some(Way::Windows { windows, sums, below })
        };
        let way = match &self.form {
            Form::Whole(term) => over(term, PlanBelow::Nothing)?,
            Form::Ratio { above, below: Below::Counted(term), .. } => {
                over(above, PlanBelow::Counted(windows(term)?))?
            }
            Form::Ratio { above, below: Below::People(People { rule, first, years, .. }), .. } => {
                let mut stretches: Vec<Stretch> = Vec::new();
                for (place, period) in periods.iter().enumerate() {
                    let year = usize::try_from(due_year(*rule, *period) - first).ok();
                    let year = year.filter(|year| year < years)?;
                    match stretches.last_mut() {
                        Some(stretch) if stretch.year == year => stretch.places.end = place + 1,
                        _ => stretches.push(Stretch { places: place..place + 1, within: 0..0, year }),
                    }
                }
                let mut way = over(above, PlanBelow::Years(stretches))?;
                if let Way::Windows { sums: Some(sums), below: PlanBelow::Years(of), .. } = &mut way {
                    of.iter_mut().for_each(|stretch| stretch.within = sums.within(&stretch.places));
                }
                way
            }
            Form::Standardised(bands) => Way::Cells(bands.place(periods)?),
        };
        Some(Plan { periods: periods.len(), way })
    }

    /// The values of the areas of some rows, a row after the other, and that number in the place of each that is
    /// lacking.
    ///
    /// # Panics
    /// As [`Panel::values`].
    pub fn values_of(
        &self,
        rows: &[usize],
        plan: &Plan,
        absent: f64,
        memory: &mut PanelMemory,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        let Some(&first) = rows.first() else { return };
        if let (Form::Standardised(bands), Way::Cells(place)) = (&self.form, &plan.way)
            && rows.iter().enumerate().all(|(after, row)| *row == first + after)
        {
            bands.values(first, *place, plan.len(), values, lacks);
            fill_absent(values, lacks, absent);
            return;
        }
        let cells = values.chunks_exact_mut(plan.len()).zip(lacks.chunks_exact_mut(plan.len()));
        for (row, (values, lacks)) in rows.iter().zip(cells) {
            self.write(*row, plan, absent, memory, values, lacks);
        }
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
        self.write(row, plan, 0.0, memory, values, lacks);
    }

    fn write(
        &self,
        row: usize,
        plan: &Plan,
        absent: f64,
        memory: &mut PanelMemory,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        if !self.whole_rates(row, plan, absent, values, lacks) {
            self.write_any(row, plan, memory, values, lacks);
            fill_absent(values, lacks, absent);
        }
    }

    fn write_any(
        &self,
        row: usize,
        plan: &Plan,
        memory: &mut PanelMemory,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        let (above, windows) = match (&self.form, &plan.way) {
            (Form::Standardised(bands), Way::Cells(place)) => {
                bands.values(row, *place, plan.len(), values, lacks);
                return;
            }
            (Form::Whole(above) | Form::Ratio { above, .. }, Way::Windows { windows, .. }) => {
                (above, windows)
            }
            _ => unreachable!("the plan of another panel"),
        };
        above.write(row, windows, &mut memory.running, values, lacks);
        let mut is_bounded = above.is_bounded();
        if let Form::Ratio { per, complement, .. } = &self.form {
            let (per, complement) = (*per, *complement);
            is_bounded &= per <= GREAT;
            let turned = |value: f64| if complement { per - value } else { value };
            self.each_below(row, plan, memory, |places, below| match below {
                OverAll::One(Ok(people)) => {
                    is_bounded &= people.abs() >= 1.0 / GREAT;
                    let values = values[places].iter_mut();
                    if complement {
                        values.for_each(|value| *value = turned(*value * per / people));
                    } else {
                        values.for_each(|value| *value = *value * per / people);
                    }
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
                            (Lack::NONE, Lack::NONE) if below[place] == 0.0 => {
                                Missing::ZeroDenominator.into()
                            }
                            (Lack::NONE, below) => below,
                            (above, _) => above,
                        };
                        lacks[place] = lack;
                        let value = turned(values[place] * per / below[place]);
                        is_bounded &= below[place].abs() >= 1.0 / GREAT;
                        values[place] = if lack == Lack::NONE { value } else { 0.0 };
                    }
                }
            });
            if complement {
                Lack::each(lacks, |place| values[place] = 0.0);
            }
        }
        if !is_bounded {
            for (value, lack) in values.iter_mut().zip(lacks).filter(|(value, _)| !value.is_finite()) {
                (*value, *lack) = (0.0, Missing::NotCalculable.into());
            }
        }
    }

    /// The same in one pass, where values are rates of whole numbers among people; `false` where they are not.
    fn whole_rates(
        &self,
        row: usize,
        plan: &Plan,
        absent: f64,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) -> bool {
        let (
            Form::Ratio { above, per, complement: false, below: Below::People(among) },
            Way::Windows { windows, sums: Some(sums), below: PlanBelow::Years(of) },
        ) = (&self.form, &plan.way)
        else {
            return false;
        };
        if *per > GREAT || !among.is_bounded {
            return false;
        }
        let people = &among.people[row * among.years..(row + 1) * among.years];
        let (starts, ends) = above.cells.sums_of(row, sums);
        let into = &mut values[sums.inside()];
        wide(
            #[inline(always)]
            move || {
                for Stretch { within, year, .. } in of {
                    let sums = (&starts[within.clone()], &ends[within.clone()]);
                    // Where there is nobody there is no value, which is said below.
                    rates(sums, *per, people[*year], &mut into[within.clone()]);
                }
            },
        );
        above.cells.mark_gaps(row, windows, absent, values, lacks);
        for Stretch { places, year, .. } in of {
            let reason = match (people[*year], among.lacks[row * among.years + year]) {
                (0.0, Lack::NONE) => Missing::ZeroDenominator.into(),
                (_, Lack::NONE) => continue,
                (_, reason) => reason,
            };
            values[places.clone()].fill(absent);
            let lacks = lacks[places.clone()].iter_mut().filter(|lack| **lack == Lack::NONE);
            lacks.for_each(|lack| *lack = reason);
        }
        true
    }

    /// What the periods of a row are divided by, stretch by stretch.
    fn each_below(
        &self,
        row: usize,
        plan: &Plan,
        memory: &mut PanelMemory,
        mut each: impl FnMut(Range<usize>, OverAll<'_>),
    ) {
        let Way::Windows { below, .. } = &plan.way else { return };
        match (&self.form, below) {
            (Form::Ratio { below: Below::People(among), .. }, PlanBelow::Years(of)) => {
                for Stretch { places, year, .. } in of {
                    let at = row * among.years + year;
                    let below = match (among.lacks[at], among.people[at]) {
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
            (Form::Whole(_), _) => {}
            _ => unreachable!("the plan of another panel"),
        }
    }
}

/// Puts a number in the place of values that are lacking, which are 0 there.
fn fill_absent(values: &mut [f64], lacks: &[Lack], number: f64) {
    if number.to_bits() == 0 {
        return;
    }
    Lack::each(lacks, |place| values[place] = number);
}

/// Rates of what sums grew by.
#[inline(always)]
fn rates((starts, ends): (&[i32], &[i32]), per: f64, below: f64, values: &mut [f64]) {
    let rate = |start: i32, end: i32| f64::from(end.wrapping_sub(start)) * per / below;
    // By fours, which a processor works at together: a year of months is too short for longer ones.
    let (values, last_values) = values.as_chunks_mut::<4>();
    let ((starts, last_starts), (ends, last_ends)) = (starts.as_chunks::<4>(), ends.as_chunks::<4>());
    for (values, (starts, ends)) in values.iter_mut().zip(starts.iter().zip(ends)) {
        *values = std::array::from_fn(|lane| rate(starts[lane], ends[lane]));
    }
    for (value, (start, end)) in last_values.iter_mut().zip(last_starts.iter().zip(last_ends)) {
        *value = rate(*start, *end);
    }
}

/// What periods are divided by.
enum OverAll<'m> {
    /// All of them by the same, or why by nothing.
    One(Result<f64, Lack>),
    /// Each by its own; by place.
    Each(&'m [f64], &'m [Lack]),
}

/// The populations of the years that periods of the numerators may ask for, and one on either side.
fn people_of(
    valuer: &Valuer<'_>,
    (people, per): (&Expression, f64),
    rule: PopulationYear,
    carry: u32,
    broken: &RefCell<Vec<bool>>,
    areas: &[AreaCode],
    numerators: &Dense,
) -> Option<People> {
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
    for (area, broken) in areas.iter().zip(&mut *broken.borrow_mut()) {
        for (cell, _) in valuer.populations(people, rule, carry, area, &years) {
            *broken |= cell.marks.has(Marks::BREAK);
            found.push(cell.value.unwrap_or(0.0));
            lacks.push(cell.value.err().map_or(Lack::NONE, Lack::from));
        }
    }
    let factor = |(people, lack): (&f64, &Lack)| {
        per / if *lack == Lack::NONE && *people != 0.0 { *people } else { 1.0 }
    };
    let factors: Vec<f64> = found.iter().zip(&lacks).map(factor).collect();
    let is_sound = found.iter().zip(&factors).all(|(people, factor)| limits::is_sound(*people, *factor));
    let is_bounded = found.iter().all(|people| *people == 0.0 || people.abs() >= 1.0 / GREAT);
    Some(People { rule, first, years: years.len(), people: found, lacks, factors, is_bounded, is_sound })
}
