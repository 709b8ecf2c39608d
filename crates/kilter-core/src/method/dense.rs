//! The columns of many areas side by side, and their windows in one pass.
//!
//! What [`over_periods`](super::over_periods) gives for one column, cell by cell, [`Dense::windows`] gives for
//! many, bit for bit, into memory that its caller keeps. Counts are kept as whole numbers where they are such:
//! their sums are exact, so that no error need be carried. It knows no indicator.

use super::{Column, Missing, Sum};
use crate::series::{Marks, OverTime, Series};
use crate::time::{Period, PeriodKind};
use std::ops::Range;
use std::rc::Rc;

/// Why a cell of a dense result has no value, as one byte: [`Lack::NONE`] where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Lack(u8);

impl Lack {
    /// Nothing is lacking: there is a value.
    pub const NONE: Self = Self(0);

    /// The reason; `None` where there is a value.
    ///
    /// ```
    /// use kilter_core::method::{Lack, Missing};
    /// assert_eq!(Lack::from(Missing::NoData).reason(), Some(Missing::NoData));
    /// assert_eq!(Lack::NONE.reason(), None);
    /// ```
    #[must_use]
    pub fn reason(self) -> Option<Missing> {
        let place = usize::from(self.0).checked_sub(1)?;
        Missing::NAMES.get(place).map(|(_, reason)| *reason)
    }

    /// The reason as a number: 0 where there is a value, else its place in [`Missing::NAMES`], from 1.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// Hands over the places of what is lacking, ascending.
    ///
    /// ```
    /// use kilter_core::method::{Lack, Missing};
    /// let (mut lacks, mut places) = (vec![Lack::NONE; 20], Vec::new());
    /// (lacks[3], lacks[17]) = (Missing::NoData.into(), Missing::NoData.into());
    /// Lack::each(&lacks, |place| places.push(place));
    /// assert_eq!(places, [3, 17]);
    /// ```
    #[inline]
    pub fn each(lacks: &[Self], mut each: impl FnMut(usize)) {
        // Eight are looked at together, and most lack nothing.
        let (eights, last) = lacks.as_chunks::<8>();
        let mut of = |from: usize, lacks: &[Self]| {
            let lacking = lacks.iter().enumerate().filter(|(_, lack)| **lack != Self::NONE);
            lacking.for_each(|(place, _)| each(from + place));
        };
        for (n, eight) in eights.iter().enumerate() {
            if u64::from_ne_bytes(eight.map(|lack| lack.0)) != 0 {
                of(8 * n, eight);
            }
        }
        of(8 * eights.len(), last);
    }
}

impl From<Missing> for Lack {
    fn from(reason: Missing) -> Self {
        // The order of the reasons is that of their names, as a test says.
        Self(reason as u8 + 1)
    }
}

/// The values of cells, and what those lack that have none: their value is 0 and is never read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// The values.
    pub values: Vec<f64>,
    /// Why there is none, cell by cell.
    pub lacks: Vec<Lack>,
}

impl Figures {
    /// Makes room for so many cells; what they hold is for the caller to overwrite.
    pub fn resize(&mut self, cells: usize) {
        Self::make_room(&mut self.values, cells);
        self.lacks.resize(cells, Lack::NONE);
    }

    /// Makes a column of values as long as there are cells; what they hold is for the caller to overwrite.
    ///
    /// ```
    /// let mut column = vec![1.0];
    /// kilter_core::method::Figures::make_room(&mut column, 3);
    /// assert_eq!(column.len(), 3);
    /// ```
    pub fn make_room(column: &mut Vec<f64>, cells: usize) {
        if column.capacity() < cells {
            // New memory comes as zeros, which would be written once more.
            *column = vec![0.0; cells];
        } else {
            column.resize(cells, 0.0);
        }
    }
}

/// What a row is made of.
pub(crate) enum Line<'s> {
    /// What was added up.
    Added(Rc<Column>),
    /// What was observed.
    Stated(&'s Series),
}

impl Line<'_> {
    /// The ordinals of the first and last cell; `None` where there is none.
    fn span(&self) -> Option<(i32, i32)> {
        match self {
            Self::Added(column) => column.span(),
            Self::Stated(series) => Some((*series.ordinals().first()?, *series.ordinals().last()?)),
        }
    }

    /// Whether any cell bears a mark.
    pub fn is_marked(&self, mark: Marks) -> bool {
        match self {
            Self::Added(column) => column.cells().iter().any(|cell| cell.marks.has(mark)),
            Self::Stated(series) => series.marks().iter().any(|marks| marks.has(mark)),
        }
    }

    /// Writes the numbers of the cells from an ordinal on where they are zeros so far, and hands over the places
    /// that have none and why, ascending.
    fn write(&self, first: i32, numbers: &mut [f64], mut gap: impl FnMut(usize, Missing)) {
        let mut next = 0;
        match self {
            Self::Added(column) => {
                let begins = column.span().map_or(0, |(from, _)| (from - first) as usize);
                (next..begins).for_each(|place| gap(place, Missing::NoData));
                next = begins + column.cells().len();
                for (place, cell) in (begins..).zip(column.cells()) {
                    match cell.value {
                        Ok(value) => numbers[place] = value,
                        Err(reason) => gap(place, reason),
                    }
                }
            }
            Self::Stated(series) => {
                let mut i = 0;
                for stretch in series.ordinals().chunk_by(|before, after| after - before == 1) {
                    let (from, said) = ((stretch[0] - first) as usize, i..i + stretch.len());
                    i = said.end;
                    (next..from).for_each(|place| gap(place, Missing::NoData));
                    next = from + stretch.len();
                    numbers[from..next].copy_from_slice(&series.values()[said.clone()]);
                    if series.has_absences(said.clone()) {
                        for (place, i) in (from..).zip(said) {
                            if let Some(absence) = series.absence(i) {
                                numbers[place] = 0.0;
                                gap(place, absence.into());
                            }
                        }
                    }
                }
            }
        }
        (next..numbers.len()).for_each(|place| gap(place, Missing::NoData));
    }
}

enum Numbers {
    /// The running sums of each row, from 0: one more than there are cells. No row sums up to more than this type
    /// holds.
    Whole(Vec<i32>),
    Real(Vec<f64>),
}

struct Gap {
    place: usize,
    reason: Missing,
}

struct Row {
    gaps: Range<usize>,
    /// The ordinals of the first and last cell of the column.
    span: Option<(i32, i32)>,
    /// Whether no gap has a reason that a window takes over.
    plain: bool,
    /// Whether no number is below zero, where all are whole.
    counts: bool,
}

/// Columns of periods of one kind, a row for each.
pub struct Dense {
    kind: PeriodKind,
    first: i32,
    width: usize,
    numbers: Numbers,
    rows: Vec<Row>,
    gaps: Vec<Gap>,
}

/// Which cells of a column each period is made of.
pub struct Windows {
    /// The ordinals of the first and last.
    spans: Vec<(i32, i32)>,
    /// Whether a period is a cell as it stands.
    single: bool,
    mean: bool,
    /// The length of all, where each begins one after the one before.
    sliding: Option<usize>,
}

impl Windows {
    /// The cells of a kind that make up periods, by the way in which they add; `None` where the periods are of
    /// several kinds, or do not add.
    #[must_use]
    pub fn new(kind: PeriodKind, adds: OverTime, periods: &[Period]) -> Option<Self> {
        let (&first, rest) = periods.split_first()?;
        if rest.iter().any(|period| period.kind() != first.kind()) {
            return None;
        }
        let own = first.kind() == kind;
        if !own && adds == OverTime::None {
            return None;
        }
        let single = own || adds == OverTime::Last;
        let mut spans = Vec::with_capacity(periods.len());
        for &period in periods {
            let mut parts = period.split(kind)?;
            let first = if own { period } else { parts.next()? };
            let last = if own { period } else { parts.last().unwrap_or(first) };
            let first = if single { last } else { first };
            spans.push((first.ordinal(), last.ordinal()));
        }
        let length = |(first, last): (i32, i32)| (last - first) as usize + 1;
        let slides = |pair: &[(i32, i32)]| pair[1].0 == pair[0].0 + 1 && pair[1].1 == pair[0].1 + 1;
        let sliding = spans.windows(2).all(slides).then(|| length(spans[0]));
        Some(Self { spans, single, mean: adds == OverTime::Mean && !single, sliding })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

/// Windows that slide over cells.
pub(crate) struct Sliding {
    length: usize,
    /// Those that lie within the cells.
    inside: Range<usize>,
    /// The place of the first cell of the first of these.
    from: usize,
}

impl Sliding {
    /// Which windows lie within the cells.
    pub fn inside(&self) -> Range<usize> {
        self.inside.clone()
    }

    /// Those among some windows that lie within, counted from the first that does.
    pub fn within(&self, windows: &Range<usize>) -> Range<usize> {
        let from_first = |place: usize| place.clamp(self.inside.start, self.inside.end) - self.inside.start;
        from_first(windows.start)..from_first(windows.end)
    }
}

/// A reason that a window takes over from its cells: others make it incomplete.
fn is_taken_over(reason: Missing) -> bool {
    matches!(reason, Missing::Suppressed | Missing::IncompleteArea | Missing::IncompleteBreakdown)
}

/// Memory for the running sums of a row, kept from row to row.
#[derive(Default)]
pub struct Running {
    real: Vec<Sum>,
}

impl Dense {
    /// Lines of periods of that kind side by side.
    #[must_use]
    pub(crate) fn new(kind: PeriodKind, lines: &[Line<'_>]) -> Self {
        let spans = lines.iter().filter_map(Line::span);
        let (first, last) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, -1));
        let width = (last - first + 1) as usize;
        let (mut gaps, mut rows) = (Vec::new(), Vec::with_capacity(lines.len()));
        let mut real = vec![0.0; width * lines.len()];
        let mut sums = Vec::with_capacity((width + 1) * lines.len());
        let mut all_whole = true;
        for (row, line) in lines.iter().enumerate() {
            let start = gaps.len();
            let numbers = &mut real[row * width..(row + 1) * width];
            line.write(first, numbers, |place, reason| gaps.push(Gap { place, reason }));
            let (mut sum, mut size, mut counts) = (0i32, 0u64, true);
            sums.push(sum);
            sums.extend(numbers.iter().map(|value| {
                let whole = *value as i32;
                // A zero below zero is none, nor is what this type does not hold.
                all_whole &= f64::from(whole).to_bits() == value.to_bits();
                counts &= whole >= 0;
                size += u64::from(whole.unsigned_abs());
                sum = sum.wrapping_add(whole);
                sum
            }));
            all_whole &= size <= i32::MAX as u64;
            let plain = !gaps[start..].iter().any(|gap: &Gap| is_taken_over(gap.reason));
            rows.push(Row { gaps: start..gaps.len(), span: line.span(), plain, counts });
        }
        let numbers = if all_whole { Numbers::Whole(sums) } else { Numbers::Real(real) };
        Self { kind, first, width, numbers, rows, gaps }
    }

    /// The kind of its periods.
    #[must_use]
    pub fn kind(&self) -> PeriodKind {
        self.kind
    }

    /// How much memory the cells take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = match &self.numbers {
            Numbers::Whole(sums) => size_of_val(&sums[..]),
            Numbers::Real(numbers) => size_of_val(&numbers[..]),
        };
        numbers + size_of_val(&self.rows[..]) + size_of_val(&self.gaps[..])
    }

    /// How many columns stand side by side.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether all numbers are whole, so that none is beyond some thousand millions.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.numbers, Numbers::Whole(_))
    }

    /// The ordinals of the first and last cell of any column; `None` where none has any.
    #[must_use]
    pub fn span(&self) -> Option<(i32, i32)> {
        (self.width > 0).then(|| (self.first, self.first + self.width as i32 - 1))
    }

    /// The windows of one row. `values` and `lacks` are as long as there are windows; every one of them is written.
    ///
    /// # Panics
    /// A row beyond the end, or results of another length.
    pub fn windows(
        &self,
        row: usize,
        windows: &Windows,
        running: &mut Running,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        assert_eq!((values.len(), lacks.len()), (windows.len(), windows.len()), "a cell for every window");
        match &self.numbers {
            Numbers::Whole(_) => {
                if let Some(sliding) = self.sliding(windows) {
                    let (starts, ends) = self.sums_of(row, &sliding);
                    for ((value, start), end) in values[sliding.inside].iter_mut().zip(starts).zip(ends) {
                        *value = f64::from(end - start);
                    }
                } else {
                    let sums = self.sums(row);
                    self.each(windows, values, |range| f64::from(sums[range.end] - sums[range.start]));
                }
                if windows.mean {
                    for (value, (first, last)) in values.iter_mut().zip(&windows.spans) {
                        *value /= f64::from(last - first + 1);
                    }
                }
            }
            Numbers::Real(numbers) => {
                let numbers = &numbers[row * self.width..(row + 1) * self.width];
                if windows.single {
                    self.each(windows, values, |range| numbers[range.start]);
                } else {
                    let gaps = &self.gaps[self.rows[row].gaps.clone()];
                    let sums = &mut running.real;
                    sums.clear();
                    let (mut sum, mut next) = (Sum::default(), gaps.iter().map(|gap| gap.place).peekable());
                    sums.push(sum);
                    for (place, number) in numbers.iter().enumerate() {
                        // A gap adds nothing, not even a zero, which would have a sign.
                        if next.next_if_eq(&place).is_none() {
                            sum.add(*number);
                        }
                        sums.push(sum);
                    }
                    self.each(windows, values, |range| {
                        let sum = sums[range.end].since(sums[range.start]);
                        if windows.mean { sum / range.len() as f64 } else { sum }
                    });
                }
            }
        }
        self.mark_gaps(row, windows, 0.0, values, lacks);
    }

    /// The places of a window, where all of it lies within.
    fn inside(&self, (first, last): (i32, i32)) -> Option<Range<usize>> {
        let (from, to) = (first.checked_sub(self.first)?, last.checked_sub(self.first)?);
        (from >= 0 && to < self.width as i32).then(|| from as usize..to as usize + 1)
    }

    fn each(&self, windows: &Windows, values: &mut [f64], value: impl Fn(Range<usize>) -> f64) {
        for (into, span) in values.iter_mut().zip(&windows.spans) {
            *into = self.inside(*span).map_or(0.0, &value);
        }
    }

    /// The running sums of a row; empty where its numbers are not whole.
    fn sums(&self, row: usize) -> &[i32] {
        match &self.numbers {
            Numbers::Whole(sums) => &sums[row * (self.width + 1)..(row + 1) * (self.width + 1)],
            Numbers::Real(_) => &[],
        }
    }

    /// Windows that slide over the cells, where the value of each is the sum of whole numbers: a difference of
    /// [`Dense::sums_of`] a row.
    pub(crate) fn sliding_sums(&self, windows: &Windows) -> Option<Sliding> {
        self.sliding(windows).filter(|_| self.is_whole() && !windows.mean)
    }

    /// The running sums of a row of whole numbers before and after each window that lies within its cells.
    pub(crate) fn sums_of(&self, row: usize, sliding: &Sliding) -> (&[i32], &[i32]) {
        let windows = sliding.inside.len();
        let sums = &self.sums(row)[sliding.from..sliding.from + windows + sliding.length];
        (&sums[..windows], &sums[sliding.length..])
    }

    /// What no sum of a row is above, nor below zero: the sum of all its numbers; `None` where they are not whole, or
    /// some are below zero.
    pub(crate) fn most(&self, row: usize) -> Option<i32> {
        self.sums(row).last().copied().filter(|_| self.rows[row].counts)
    }

    /// Windows that slide, where some of them lie within.
    fn sliding(&self, windows: &Windows) -> Option<Sliding> {
        let (length, first) = (windows.sliding?, windows.spans.first()?.0);
        // How far the cells begin after the first window, and how many windows end with them.
        let late = i64::from(self.first) - i64::from(first);
        let start = usize::try_from(late).unwrap_or(0);
        let end = usize::try_from(late + self.width as i64 - length as i64 + 1).ok()?.min(windows.len());
        let from = usize::try_from(-late).unwrap_or(0);
        (start < end).then_some(Sliding { length, inside: start..end, from })
    }

    /// What each window of a row lacks; where it lacks something, its value is that number.
    pub(crate) fn mark_gaps(
        &self,
        row: usize,
        windows: &Windows,
        absent: f64,
        values: &mut [f64],
        lacks: &mut [Lack],
    ) {
        lacks.fill(Lack::NONE);
        let row = &self.rows[row];
        let mut mark = |window: usize, reason: Missing| {
            values[window] = absent;
            lacks[window] = reason.into();
        };
        // The cells of a row whose windows are incomplete where they have a gap, whatever is missing there.
        let incomplete = row.span.filter(|_| row.plain && !windows.single);
        match self.sliding(windows) {
            Some(Sliding { length, inside, from: first }) => {
                for window in (0..inside.start).chain(inside.end..windows.len()) {
                    mark(window, self.reason(row, windows, window));
                }
                // Every window that a gap lies in, each once: they ascend with the gaps.
                let mut done = 0;
                for gap in &self.gaps[row.gaps.clone()] {
                    let Some(last) = gap.place.checked_sub(first) else { continue };
                    let from = (last + 1).saturating_sub(length).max(done);
                    let to = (last + 1).min(inside.len());
                    let gaps = inside.start + from.min(to)..inside.start + to;
                    let spans = &windows.spans[gaps.clone()];
                    match (incomplete, spans.first(), spans.last()) {
                        (Some((begins, ends)), Some((_, first)), Some((last, _)))
                            if *first >= begins && *last <= ends =>
                        {
                            gaps.for_each(|window| mark(window, Missing::IncompleteWindow));
                        }
                        _ => gaps.for_each(|window| mark(window, self.reason(row, windows, window))),
                    }
                    done = done.max(to);
                }
            }
            None => {
                if row.gaps.is_empty() && windows.spans.iter().all(|span| self.inside(*span).is_some()) {
                    return;
                }
                for window in 0..windows.len() {
                    let lacks_any = match self.inside(windows.spans[window]) {
                        None => true,
                        Some(range) => !self.gaps_in(row, &range).is_empty(),
                    };
                    if lacks_any {
                        mark(window, self.reason(row, windows, window));
                    }
                }
            }
        }
    }

    fn gaps_in(&self, row: &Row, places: &Range<usize>) -> &[Gap] {
        let gaps = &self.gaps[row.gaps.clone()];
        let from = gaps.partition_point(|gap| gap.place < places.start);
        let to = gaps.partition_point(|gap| gap.place < places.end);
        &gaps[from..to]
    }

    /// Why a window with a gap has no value.
    fn reason(&self, row: &Row, windows: &Windows, window: usize) -> Missing {
        let (first, last) = windows.spans[window];
        if windows.single {
            let range = self.inside((first, last));
            let gap = range.and_then(|range| self.gaps_in(row, &range).first());
            return gap.map_or(Missing::NoData, |gap| gap.reason);
        }
        if !row.plain {
            let (from, to) = (first - self.first, last - self.first + 1);
            let range = from.max(0) as usize..to.clamp(0, self.width as i32) as usize;
            let reasons = self.gaps_in(row, &range).iter().map(|gap| gap.reason);
            // The least of all reasons that say more than that there is nothing is the one that is told.
            if let Some(reason) = reasons.filter(|reason| *reason != Missing::NoData).min()
                && is_taken_over(reason)
            {
                return reason;
            }
        }
        match row.span {
            Some((from, to)) if last >= from && first <= to => Missing::IncompleteWindow,
            _ => Missing::NoData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Cell, over_periods};
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Result<f64, Missing>> {
        prop_oneof![
            12 => (0..5_000i32).prop_map(|count| Ok(f64::from(count))),
            1 => (-1e9..1e9f64).prop_map(Ok),
            1 => Just(Ok(-0.0)),
            3 => prop::sample::select(Missing::NAMES.map(|(_, reason)| reason).to_vec()).prop_map(Err),
        ]
    }

    fn whole() -> impl Strategy<Value = Result<f64, Missing>> {
        prop_oneof![
            20 => (-50..5_000i32).prop_map(|count| Ok(f64::from(count))),
            1 => Just(Ok(2_147_483_647.0)),
            2 => Just(Err(Missing::NoData)),
            1 => Just(Err(Missing::Suppressed)),
        ]
    }

    fn columns(value: impl Strategy<Value = Result<f64, Missing>>) -> impl Strategy<Value = Vec<Rc<Column>>> {
        let column = (0..30i32, prop::collection::vec(value, 0..50)).prop_map(|(late, values)| {
            let first = Period::month(2020, 1).unwrap().ordinal() + late;
            let cells = values.into_iter().map(|value| Cell { value, ..Cell::NO_DATA });
            Rc::new(Column::new(first, cells.collect()))
        });
        prop::collection::vec(column, 1..5)
    }

    fn periods() -> impl Strategy<Value = Vec<Period>> {
        let from = || Period::month(2019, 6).unwrap();
        prop_oneof![
            (2..16u32, -3..70i32, 0..60i32).prop_map(move |(n, start, count)| {
                (0..count).map(|i| from().plus(start + i).window(n).unwrap()).collect()
            }),
            (-3..70i32, 0..60i32)
                .prop_map(move |(start, count)| (0..count).map(|i| from().plus(start + i)).collect()),
            (2018..2023i32, 0..6i32)
                .prop_map(|(y, n)| (y..y + n).map(|y| Period::financial_year(y).unwrap()).collect()),
            prop::collection::vec(0..70i32, 0..20)
                .prop_map(move |of| of.into_iter().map(|i| from().plus(i).window(3).unwrap()).collect()),
        ]
    }

    fn same_as_one_by_one(columns: &[Rc<Column>], periods: &[Period], adds: OverTime) {
        let lines: Vec<Line<'_>> = columns.iter().map(|column| Line::Added(Rc::clone(column))).collect();
        let dense = Dense::new(PeriodKind::Month, &lines);
        let Some(windows) = Windows::new(PeriodKind::Month, adds, periods) else { return };
        let mut running = Running::default();
        for (row, column) in columns.iter().enumerate() {
            // What was there before is overwritten.
            let mut values = vec![f64::NAN; windows.len()];
            let mut lacks = vec![Lack(99); windows.len()];
            dense.windows(row, &windows, &mut running, &mut values, &mut lacks);
            for (place, cell) in over_periods(column, PeriodKind::Month, adds, periods).iter().enumerate() {
                let found = lacks[place].reason().map_or(Ok(values[place].to_bits()), Err);
                assert_eq!(found, cell.value.map(f64::to_bits), "row {row}, {}", periods[place]);
            }
        }
    }

    proptest! {
        #[test]
        fn windows_side_by_side_are_those_of_each_column_to_the_bit(
            columns in columns(value()),
            periods in periods(),
            adds in prop::sample::select(vec![OverTime::Sum, OverTime::Mean, OverTime::Last, OverTime::None]),
        ) {
            same_as_one_by_one(&columns, &periods, adds);
        }

        #[test]
        fn so_are_those_of_whole_numbers_up_to_the_greatest(columns in columns(whole()), periods in periods()) {
            same_as_one_by_one(&columns, &periods, OverTime::Sum);
            same_as_one_by_one(&columns, &periods, OverTime::Mean);
        }
    }

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        for (_, reason) in Missing::NAMES {
            assert_eq!(Lack::from(reason).reason(), Some(reason), "reasons and names are in the same order");
        }
        assert_eq!(Lack(200).reason(), None);
    }
}
