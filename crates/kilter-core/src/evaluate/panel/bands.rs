//! Directly standardised rates of all areas at once: the weight of a band over its people, and its events.

use crate::evaluate::standardised::totals;
use crate::evaluate::{Valuer, standardised::BandFigures};
use crate::framework::{Indicator, Standardised};
use crate::ident::AreaCode;
use crate::method::standardised::{PUBLISHED_FROM, Standard};
use crate::method::{Lack, Missing, sum_beside, wide};
use crate::time::Period;

/// The periods of one area after the other, in chunks of so many, each band after band: what is worked at together
/// lies together.
pub(super) struct Bands {
    first: i32,
    /// How many periods an area has.
    width: usize,
    bands: usize,
    /// What an event weighs.
    shares: Vec<f64>,
    /// Whole numbers.
    events: Vec<f64>,
    lacks: Vec<Lack>,
    per: f64,
    give_few: bool,
}

/// Figures between one over this and this come to rates and limits that are numbers.
const GREAT: f64 = 1e60;

/// So many cells are worked at together, for all bands.
const CHUNK: usize = 256;

impl Bands {
    /// The bands of an indicator in some areas; `None` where a rate is of another sort, or has to be asked for one by
    /// one: events that are not whole or below nothing, and figures that are next to nothing or beyond most numbers.
    pub fn new(
        valuer: &Valuer<'_>,
        indicator: &Indicator,
        of: &Standardised,
        areas: &[AreaCode],
    ) -> Option<Self> {
        let weights = of.weights.iter().map(|(band, weight)| (band.as_str(), *weight));
        let standard = Standard::new(weights).ok().filter(|_| of.repeated.is_none())?;
        let periods = valuer.periods(indicator, indicator.frequency);
        let (width, bands) = (periods.len(), of.weights.len());
        let cells = width * areas.len();
        let all = cells.next_multiple_of(CHUNK) * bands;
        let (mut shares, mut events) = (vec![0.0; all], vec![0.0; all]);
        let mut lacks = Vec::with_capacity(cells);
        for (row, area) in areas.iter().enumerate() {
            let named = of.weights.iter().map(|(band, _)| band);
            let found = valuer.bands(&of.parts, &of.by, named, area, &periods);
            for place in 0..width {
                let mut lack = totals(&found, place).lacking();
                let cell = row * width + place;
                for (band, ((_, weight), figures)) in of.weights.iter().zip(&found).enumerate() {
                    let BandFigures { events: counted, people, .. } = figures;
                    let (Ok(counted), Ok(people)) = (counted[place].value, people[place].0.value) else {
                        continue;
                    };
                    if people <= 0.0 {
                        // Every band has its figures: this is one without people.
                        lack = lack.or(Some(Missing::ZeroDenominator));
                        continue;
                    }
                    let is_count = counted.trunc() == counted && (0.0..=1e15).contains(&counted);
                    let share = weight / standard.total() / people;
                    let is_sound = share == 0.0 || (1.0 / GREAT..GREAT).contains(&share);
                    if !is_count || !is_sound || people > GREAT {
                        return None;
                    }
                    let at = (cell / CHUNK * bands + band) * CHUNK + cell % CHUNK;
                    (shares[at], events[at]) = (share, counted);
                }
                lacks.push(lack.map_or(Lack::NONE, Lack::from));
            }
        }
        let per = of.parts.per;
        let first = periods.first()?.ordinal();
        let is_sound = (1.0 / GREAT..GREAT).contains(&per);
        is_sound.then_some(Self { first, width, bands, shares, events, lacks, per, give_few: of.give_few })
    }

    /// How much memory the figures take, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.shares[..]) + size_of_val(&self.events[..]) + size_of_val(&self.lacks[..])
    }

    /// The place of the first of periods that follow one another, where all of them are known.
    pub fn place(&self, periods: &[Period]) -> Option<usize> {
        let first = periods.first()?;
        let follow = |(after, period): (usize, &Period)| {
            period.kind() == first.kind() && period.ordinal() == first.ordinal() + after as i32
        };
        let place = usize::try_from(first.ordinal().checked_sub(self.first)?).ok()?;
        let is_within = place + periods.len() <= self.width;
        (is_within && periods.iter().enumerate().all(follow)).then_some(place)
    }

    /// The values of rows that follow one another, for as many periods from a place.
    pub fn values(&self, row: usize, place: usize, periods: usize, values: &mut [f64], lacks: &mut [Lack]) {
        // All periods of several rows follow one another too.
        let run = if periods == self.width { values.len().max(1) } else { periods };
        let each = values.chunks_mut(run).zip(lacks.chunks_mut(run));
        for (after, (mut values, mut lacks)) in each.enumerate() {
            let mut cell = (row + after) * self.width + place;
            while !values.is_empty() {
                let n = (CHUNK - cell % CHUNK).min(values.len());
                wide(
                    #[inline(always)]
                    || self.write(cell, &mut values[..n], &mut lacks[..n]),
                );
                (values, lacks) = (&mut values[n..], &mut lacks[n..]);
                cell += n;
            }
        }
    }

    /// The values of cells that follow one another in a chunk.
    #[inline(always)]
    fn write(&self, cell: usize, values: &mut [f64], lacks: &mut [Lack]) {
        let n = values.len();
        let (mut sums, mut errors, mut counts) = ([0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
        let chunk = cell / CHUNK * self.bands * CHUNK..(cell / CHUNK + 1) * self.bands * CHUNK;
        let at = cell % CHUNK..cell % CHUNK + n;
        let (shares, events) = (&self.shares[chunk.clone()], &self.events[chunk]);
        for (shares, events) in shares.chunks_exact(CHUNK).zip(events.chunks_exact(CHUNK)) {
            let figures = shares[at.clone()].iter().zip(&events[at.clone()]);
            let sums = sums.iter_mut().zip(&mut errors).zip(&mut counts);
            for (((sum, error), count), (share, events)) in sums.zip(figures) {
                (*sum, *error) = sum_beside(*sum, *error, share * events);
                *count += events;
            }
        }
        for (value, (sum, error)) in values.iter_mut().zip(sums.iter().zip(&errors)) {
            *value = (sum + error) * self.per;
        }
        lacks.copy_from_slice(&self.lacks[cell..cell + n]);
        if !self.give_few {
            let few = lacks.iter_mut().zip(&counts).filter(|(_, count)| **count < PUBLISHED_FROM);
            few.filter(|(lack, _)| **lack == Lack::NONE)
                .for_each(|(lack, _)| *lack = Missing::TooFewEvents.into());
        }
        Lack::each(lacks, |place| values[place] = 0.0);
    }
}
