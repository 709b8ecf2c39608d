//! The observations of one series as columns, in order of time.

use super::{Absence, Marks, Observation, Reading};
use crate::ident::DimensionId;
use crate::time::PeriodKind;
use std::ops::Range;

/// Why observations do not make a series.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// A number that is not finite.
    #[error("{found} is not a number that can be observed; say why there is none instead")]
    NotFinite {
        /// What was found.
        found: f64,
    },
    /// Two observations of one period.
    #[error("two observations of the period number {ordinal}")]
    Repeated {
        /// The ordinal of the period.
        ordinal: i32,
    },
    /// Columns of different lengths.
    #[error("columns of different lengths: {lengths:?}")]
    Lengths {
        /// The lengths: periods, values, denominators, states, marks, releases.
        lengths: [usize; 6],
    },
    /// A state or mark that has no meaning.
    #[error("{found} is not the code of a state or of marks")]
    Code {
        /// What was found.
        found: u16,
    },
    /// A breakdown that names a dimension twice.
    #[error("the dimension {dimension} is named twice in one breakdown")]
    RepeatedDimension {
        /// The dimension.
        dimension: DimensionId,
    },
    /// A text that is no breakdown.
    #[error("\"{found}\" is not a breakdown; expected a text such as age=75+;reason=Code 9 AWI")]
    Breakdown {
        /// What was found.
        found: String,
    },
}

const NUMBER: u8 = 0;
const PAIR: u8 = 1;

fn state_of(reading: Reading) -> u8 {
    match reading {
        Reading::Number(_) => NUMBER,
        Reading::Pair { .. } => PAIR,
        Reading::Absent(Absence::Suppressed) => 2,
        Reading::Absent(Absence::NotYetPublished) => 3,
        Reading::Absent(Absence::NotCollected) => 4,
        Reading::Absent(Absence::NotApplicable) => 5,
    }
}

fn absence_of(state: u8) -> Option<Absence> {
    Some(match state {
        2 => Absence::Suppressed,
        3 => Absence::NotYetPublished,
        4 => Absence::NotCollected,
        5 => Absence::NotApplicable,
        _ => return None,
    })
}

/// The observations of one measure, area and breakdown: strictly ascending periods of one kind, and a
/// reading, marks and the release it came with for each.
///
/// Columns of equal length. A number where a reading has none is 0 and is never read.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    kind: PeriodKind,
    ordinals: Vec<i32>,
    values: Vec<f64>,
    /// Empty where no reading is a pair.
    denominators: Vec<f64>,
    states: Vec<u8>,
    marks: Vec<Marks>,
    releases: Vec<u32>,
}

impl Series {
    /// A series without observations.
    #[must_use]
    pub fn empty(kind: PeriodKind) -> Self {
        Self {
            kind,
            ordinals: Vec::new(),
            values: Vec::new(),
            denominators: Vec::new(),
            states: Vec::new(),
            marks: Vec::new(),
            releases: Vec::new(),
        }
    }

    /// A series from stored columns, every invariant checked. `denominators` may be empty; `states` are
    /// those of [`Series::states`], `marks` the bits of [`Marks`].
    ///
    /// # Errors
    /// Columns of different lengths, periods out of order, a code without meaning, a number that is not
    /// finite.
    pub fn from_columns(
        kind: PeriodKind,
        ordinals: Vec<i32>,
        values: Vec<f64>,
        denominators: Vec<f64>,
        states: Vec<u8>,
        marks: Vec<u16>,
        releases: Vec<u32>,
    ) -> Result<Self, SeriesError> {
        let n = ordinals.len();
        let d = denominators.len();
        let lengths = [n, values.len(), d, states.len(), marks.len(), releases.len()];
        if lengths.iter().enumerate().any(|(i, &length)| length != n && !(i == 2 && length == 0)) {
            return Err(SeriesError::Lengths { lengths });
        }
        if let Some(pair) = ordinals.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(SeriesError::Repeated { ordinal: pair[1] });
        }
        if let Some(&found) = values.iter().chain(&denominators).find(|v| !v.is_finite()) {
            return Err(SeriesError::NotFinite { found });
        }
        let known = |&state: &u8| state <= PAIR || absence_of(state).is_some();
        if let Some(&found) = states.iter().find(|state| !known(state)) {
            return Err(SeriesError::Code { found: u16::from(found) });
        }
        if d == 0 && states.contains(&PAIR) {
            return Err(SeriesError::Lengths { lengths });
        }
        let marks = marks
            .into_iter()
            .map(|bits| Marks::from_bits(bits).ok_or(SeriesError::Code { found: bits }))
            .collect::<Result<_, _>>()?;
        Ok(Self { kind, ordinals, values, denominators, states, marks, releases })
    }

    /// A series of numbers without marks, all of one release.
    ///
    /// ```
    /// use kilter_core::series::Series;
    /// use kilter_core::time::PeriodKind;
    /// let beds = Series::of_numbers(PeriodKind::Month, vec![24_000, 24_001], vec![12.0, 14.5], 1)?;
    /// assert_eq!(beds.values(), [12.0, 14.5]);
    /// assert!(Series::of_numbers(PeriodKind::Month, vec![24_001, 24_000], vec![12.0, 14.5], 1).is_err());
    /// # Ok::<(), kilter_core::series::SeriesError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Series::from_columns`].
    pub fn of_numbers(
        kind: PeriodKind,
        ordinals: Vec<i32>,
        values: Vec<f64>,
        release: u32,
    ) -> Result<Self, SeriesError> {
        let n = ordinals.len();
        Self::from_columns(kind, ordinals, values, Vec::new(), vec![NUMBER; n], vec![0; n], vec![release; n])
    }

    /// The kind of its periods.
    #[must_use]
    pub fn kind(&self) -> PeriodKind {
        self.kind
    }

    /// How many observations it has, absences among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ordinals.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// The ordinals of its periods, strictly ascending.
    #[must_use]
    pub fn ordinals(&self) -> &[i32] {
        &self.ordinals
    }

    /// The numbers, or the numerators of pairs; 0 where a reading is absent (see [`Series::states`]).
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The denominators of pairs; empty where the series has no pair.
    #[must_use]
    pub fn denominators(&self) -> &[f64] {
        &self.denominators
    }

    /// The states of the readings, for storage: 0 number, 1 pair, 2 suppressed, 3 not yet published,
    /// 4 not collected, 5 not applicable. The codes never change.
    #[must_use]
    pub fn states(&self) -> &[u8] {
        &self.states
    }

    /// The marks.
    #[must_use]
    pub fn marks(&self) -> &[Marks] {
        &self.marks
    }

    /// The number of the release with which each observation came.
    #[must_use]
    pub fn releases(&self) -> &[u32] {
        &self.releases
    }

    /// The observation at a place of the columns.
    ///
    /// # Panics
    /// A place beyond the end.
    #[must_use]
    #[inline]
    pub fn at(&self, i: usize) -> Observation {
        let reading = match self.absence(i) {
            Some(absence) => Reading::Absent(absence),
            None if self.states[i] == PAIR => {
                Reading::Pair { numerator: self.values[i], denominator: self.denominators[i] }
            }
            None => Reading::Number(self.values[i]),
        };
        Observation { reading, marks: self.marks[i] }
    }

    /// Why there is no number at a place of the columns; `None` where there is one.
    #[inline]
    pub(crate) fn absence(&self, i: usize) -> Option<Absence> {
        absence_of(self.states[i])
    }

    /// Whether there is no number at any of some places.
    pub(crate) fn has_absences(&self, places: Range<usize>) -> bool {
        self.states[places].iter().any(|state| *state > PAIR)
    }

    /// The place of the period with that ordinal; `None` where nothing was observed.
    #[must_use]
    pub fn find(&self, ordinal: i32) -> Option<usize> {
        // Most series have no gap: the place is then a subtraction.
        let first = *self.ordinals.first()?;
        let guess = usize::try_from(ordinal.checked_sub(first)?).ok()?;
        if self.ordinals.get(guess) == Some(&ordinal) {
            return Some(guess);
        }
        self.ordinals.binary_search(&ordinal).ok()
    }

    /// The observation of the period with that ordinal; `None` where nothing was observed.
    #[must_use]
    pub fn get(&self, ordinal: i32) -> Option<Observation> {
        self.find(ordinal).map(|i| self.at(i))
    }

    /// Takes what a newer series says in place of what this one says, by whole stretches: where that is one stretch of
    /// periods without a gap, as a release nearly always is, and neither series has pairs. `false` where it is not:
    /// nothing was taken then, and [`Series::revised_by`] says it.
    ///
    /// ```
    /// use kilter_core::series::{Observation, SeriesBuilder};
    /// use kilter_core::time::PeriodKind;
    /// let series = |points: &[(i32, f64)]| {
    ///     let mut series = SeriesBuilder::new(PeriodKind::Month);
    ///     points.iter().for_each(|(month, value)| series.push(*month, Observation::number(*value).unwrap(), 1));
    ///     series.build().unwrap()
    /// };
    /// let mut counts = series(&[(1, 5.0), (2, 6.0), (3, 7.0)]);
    /// assert!(counts.revise(&series(&[(3, 8.0), (4, 9.0)])));
    /// assert_eq!(counts.values(), [5.0, 6.0, 8.0, 9.0]);
    /// assert!(!counts.revise(&series(&[(1, 0.0), (4, 0.0)])), "it has a gap");
    /// ```
    pub fn revise(&mut self, newer: &Self) -> bool {
        let (Some(&first), Some(&last)) = (newer.ordinals.first(), newer.ordinals.last()) else {
            return newer.kind == self.kind;
        };
        let is_one_stretch = i64::from(last) - i64::from(first) == newer.len() as i64 - 1;
        let has_pairs = !self.denominators.is_empty() || !newer.denominators.is_empty();
        if newer.kind != self.kind || has_pairs || !is_one_stretch {
            return false;
        }
        let from = self.ordinals.partition_point(|ordinal| *ordinal < first);
        let to = self.ordinals.partition_point(|ordinal| *ordinal <= last);
        fn put<T: Copy>(column: &mut Vec<T>, at: Range<usize>, newer: &[T]) {
            column.splice(at, newer.iter().copied());
        }
        put(&mut self.ordinals, from..to, &newer.ordinals);
        put(&mut self.values, from..to, &newer.values);
        put(&mut self.states, from..to, &newer.states);
        put(&mut self.marks, from..to, &newer.marks);
        put(&mut self.releases, from..to, &newer.releases);
        true
    }

    /// The same series with what the newer one says in place of what this one said; periods of which the
    /// newer says nothing stay as they are.
    #[must_use]
    pub fn revised_by(&self, newer: &Self) -> Self {
        let mut builder = SeriesBuilder::new(self.kind);
        builder.reserve(self.len() + newer.len());
        let (mut i, mut j) = (0, 0);
        while i < self.len() || j < newer.len() {
            let here = self.ordinals.get(i).copied();
            let there = newer.ordinals.get(j).copied();
            match (here, there) {
                (Some(a), Some(b)) if a < b => {
                    builder.push(a, self.at(i), self.releases[i]);
                    i += 1;
                }
                (Some(a), None) => {
                    builder.push(a, self.at(i), self.releases[i]);
                    i += 1;
                }
                (_, Some(b)) => {
                    builder.push(b, newer.at(j), newer.releases[j]);
                    i += usize::from(here == Some(b));
                    j += 1;
                }
                (None, None) => break,
            }
        }
        builder.in_order()
    }
}

/// Gathers the observations of a series in any order.
#[derive(Debug, Clone)]
pub struct SeriesBuilder {
    series: Series,
}

impl SeriesBuilder {
    /// A series of periods of that kind, without observations yet.
    #[must_use]
    pub fn new(kind: PeriodKind) -> Self {
        Self { series: Series::empty(kind) }
    }

    /// Makes room for so many more observations.
    pub fn reserve(&mut self, observations: usize) {
        let series = &mut self.series;
        series.ordinals.reserve(observations);
        series.values.reserve(observations);
        series.states.reserve(observations);
        series.marks.reserve(observations);
        series.releases.reserve(observations);
    }

    /// Adds an observation of the period with that ordinal, as it came with that release.
    pub fn push(&mut self, ordinal: i32, observation: Observation, release: u32) {
        let series = &mut self.series;
        let (value, denominator) = match observation.reading {
            Reading::Number(value) => (value, None),
            Reading::Pair { numerator, denominator } => (numerator, Some(denominator)),
            Reading::Absent(_) => (0.0, None),
        };
        if denominator.is_some() && series.denominators.is_empty() {
            series.denominators.resize(series.values.len(), 0.0);
        }
        if denominator.is_some() || !series.denominators.is_empty() {
            series.denominators.push(denominator.unwrap_or(0.0));
        }
        series.ordinals.push(ordinal);
        series.values.push(value);
        series.states.push(state_of(observation.reading));
        series.marks.push(observation.marks);
        series.releases.push(release);
    }

    /// How many observations were added.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The series, in order of time.
    ///
    /// # Errors
    /// Two observations of one period.
    pub fn build(self) -> Result<Series, SeriesError> {
        let ordinals = &self.series.ordinals;
        if ordinals.windows(2).all(|pair| pair[0] < pair[1]) {
            return Ok(self.series);
        }
        let mut order: Vec<usize> = (0..ordinals.len()).collect();
        order.sort_unstable_by_key(|&i| ordinals[i]);
        if let Some(pair) = order.windows(2).find(|pair| ordinals[pair[0]] == ordinals[pair[1]]) {
            return Err(SeriesError::Repeated { ordinal: ordinals[pair[0]] });
        }
        let mut sorted = Self::new(self.series.kind);
        for i in order {
            sorted.push(self.series.ordinals[i], self.series.at(i), self.series.releases[i]);
        }
        Ok(sorted.series)
    }

    fn in_order(self) -> Series {
        debug_assert!(self.series.ordinals.windows(2).all(|pair| pair[0] < pair[1]));
        self.series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn series(points: &BTreeMap<i32, f64>, release: u32) -> Series {
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        for (&ordinal, &value) in points {
            builder.push(ordinal, Observation::number(value).unwrap(), release);
        }
        builder.build().unwrap()
    }

    proptest! {
        #[test]
        fn a_revision_says_the_last_word_on_its_periods_and_nothing_on_others(
            old in prop::collection::btree_map(0i32..40, -9.0f64..9.0, 0..30),
            new in prop_oneof![
                prop::collection::btree_map(0i32..40, -9.0f64..9.0, 0..30),
                (0i32..28, prop::collection::vec(-9.0f64..9.0, 0..12)).prop_map(|(first, values)| (first..).zip(values).collect()),
            ],
        ) {
            let old_series = series(&old, 1);
            let revised = old_series.revised_by(&series(&new, 2));
            let mut in_place = series(&old, 1);
            let (first, last) = (new.keys().next(), new.keys().next_back());
            let has_gap = first.zip(last).is_some_and(|(first, last)| (last - first) as usize >= new.len());
            prop_assert_eq!(in_place.revise(&series(&new, 2)), !has_gap);
            prop_assert_eq!(&in_place, if has_gap { &old_series } else { &revised });
            let mut expected = old.clone();
            expected.extend(&new);
            prop_assert_eq!(revised.ordinals(), expected.keys().copied().collect::<Vec<_>>());
            prop_assert_eq!(revised.values(), expected.values().copied().collect::<Vec<_>>());
            for (i, ordinal) in revised.ordinals().iter().enumerate() {
                prop_assert_eq!(revised.releases()[i], if new.contains_key(ordinal) { 2 } else { 1 });
                prop_assert_eq!(revised.find(*ordinal), Some(i));
            }
            prop_assert_eq!(revised.find(41), None);
        }

        #[test]
        fn the_order_in_which_observations_arrive_changes_nothing(
            (sorted, shuffled) in prop::collection::btree_map(-20i32..20, 0.0f64..9.0, 0..20).prop_flat_map(|map| {
                let list: Vec<_> = map.iter().map(|(k, v)| (*k, *v)).collect();
                (Just(map), Just(list).prop_shuffle())
            }),
        ) {
            let mut builder = SeriesBuilder::new(PeriodKind::Month);
            for (ordinal, value) in shuffled {
                builder.push(ordinal, Observation::number(value).unwrap(), 1);
            }
            prop_assert_eq!(builder.build().unwrap(), series(&sorted, 1));
        }
    }

    #[test]
    fn two_observations_of_one_period_are_refused() {
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        for value in [1.0, 2.0] {
            builder.push(7, Observation::number(value).unwrap(), 1);
        }
        assert_eq!(builder.build(), Err(SeriesError::Repeated { ordinal: 7 }));
    }

    #[test]
    fn absent_zero_and_pair_stay_apart_in_the_columns() {
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        let readings = [
            Observation::number(0.0).unwrap(),
            Observation::absent(Absence::Suppressed),
            Observation::absent(Absence::NotYetPublished),
            Observation::absent(Absence::NotCollected),
            Observation::absent(Absence::NotApplicable).marked(Marks::BREAK),
            Observation::pair(1.0, 4.0).unwrap(),
        ];
        for (ordinal, reading) in (0..).zip(readings) {
            builder.push(ordinal, reading, 1);
        }
        let series = builder.build().unwrap();
        let back = Series::from_columns(
            series.kind(),
            series.ordinals().to_vec(),
            series.values().to_vec(),
            series.denominators().to_vec(),
            series.states().to_vec(),
            series.marks().iter().map(|m| m.bits()).collect(),
            series.releases().to_vec(),
        )
        .unwrap();
        for (i, reading) in readings.into_iter().enumerate() {
            assert_eq!(back.at(i), reading);
        }
    }

    #[test]
    fn stored_columns_that_break_an_invariant_are_refused() {
        let ok = |o: Vec<i32>, v: Vec<f64>, s: Vec<u8>, m: Vec<u16>| {
            let n = o.len();
            Series::from_columns(PeriodKind::Month, o, v, vec![], s, m, vec![1; n]).is_ok()
        };
        assert!(ok(vec![1, 2], vec![0.0, 1.0], vec![0, 5], vec![0, 0]));
        assert!(!ok(vec![2, 2], vec![0.0, 1.0], vec![0, 0], vec![0, 0]), "repeated period");
        assert!(!ok(vec![1, 2], vec![0.0, f64::NAN], vec![0, 0], vec![0, 0]), "not finite");
        assert!(!ok(vec![1, 2], vec![0.0, 1.0], vec![0, 6], vec![0, 0]), "unknown state");
        assert!(!ok(vec![1, 2], vec![0.0, 1.0], vec![0, 1], vec![0, 0]), "pair without denominators");
        assert!(!ok(vec![1, 2], vec![0.0, 1.0], vec![0, 0], vec![0, 1 << 15]), "unknown mark");
        assert!(!ok(vec![1, 2], vec![0.0], vec![0, 0], vec![0, 0]), "lengths");
    }
}
