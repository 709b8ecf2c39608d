//! What several releases said of one series, as bytes: each in the columns of a release, or as what differs
//! from the release before, which is most often a few numbers that moved a little.
//!
//! The layout is in FORMAT.md. This room knows neither keys nor files, and trusts no length.

use crate::columns::{self, MOST, PAIR, RAW, Reader, Releases, SCALES, scaled, unzigzag, varint, zigzag};
use kilter_core::series::Series;

/// A part that is written in full.
const FULL: u8 = 0;
/// A part with the periods of the part before, moved, and its states and marks: only the numbers are written.
const MOVED: u8 = 1;

/// The last number that was said of each period so far, and its denominator.
#[derive(Default)]
struct Said {
    ordinals: Vec<i32>,
    numbers: Vec<[Option<f64>; 2]>,
}

impl Said {
    fn take(&mut self, series: &Series) {
        for (place, &ordinal) in series.ordinals().iter().enumerate() {
            let state = series.states()[place];
            let number = (state <= PAIR).then(|| series.values()[place]);
            let denominator = (state == PAIR).then(|| series.denominators()[place]);
            let found = [number, denominator];
            // Later releases mostly speak of later periods.
            match self.ordinals.last() {
                Some(last) if *last >= ordinal => match self.ordinals.binary_search(&ordinal) {
                    Ok(at) => self.numbers[at] = found,
                    Err(at) => {
                        self.ordinals.insert(at, ordinal);
                        self.numbers.insert(at, found);
                    }
                },
                _ => {
                    self.ordinals.push(ordinal);
                    self.numbers.push(found);
                }
            }
        }
    }

    /// The last number said of the period: the value (0) or the denominator (1).
    fn of(&self, ordinal: i32, which: usize) -> Option<f64> {
        self.ordinals.binary_search(&ordinal).ok().and_then(|at| self.numbers[at][which])
    }
}

/// The number in whole units of `1 / scale`, as nearly as may be; 0 where it is beyond all units.
fn near(value: f64, scale: f64) -> i64 {
    let units = (value * scale).round();
    if units.abs() <= MOST as f64 { units as i64 } else { 0 }
}

/// By how much the periods of a series are those of another, moved; `None` where states, marks or distances are
/// others, too.
fn moved(from: &Series, to: &Series) -> Option<i64> {
    let by = i64::from(*to.ordinals().first()?) - i64::from(*from.ordinals().first()?);
    let same_distance = |(a, b): (&i32, &i32)| i64::from(*b) - i64::from(*a) == by;
    let same = from.kind() == to.kind()
        && from.len() == to.len()
        && from.states() == to.states()
        && from.marks() == to.marks()
        && from.ordinals().iter().zip(to.ordinals()).all(same_distance);
    same.then_some(by)
}

/// The places that have a value (0) or a denominator (1).
fn places(states: &[u8], which: usize) -> impl Iterator<Item = usize> {
    let has = move |state: u8| if which == 0 { state <= PAIR } else { state == PAIR };
    states.iter().enumerate().filter(move |(_, state)| has(**state)).map(|(place, _)| place)
}

/// Writes the numbers as differences from what was said of their periods before.
fn write_numbers(out: &mut Vec<u8>, series: &Series, column: &[f64], said: &Said, which: usize) {
    let start = out.len();
    'decimals: for (place, &scale) in (0u8..).zip(&SCALES) {
        out.truncate(start);
        out.push(place);
        let mut last = 0;
        for at in places(series.states(), which) {
            let Some(units) = scaled(column[at], scale) else { continue 'decimals };
            let before = said.of(series.ordinals()[at], which).map_or(last, |value| near(value, scale));
            varint(out, zigzag(units - before));
            last = units;
        }
        return;
    }
    out.truncate(start);
    out.push(RAW);
    places(series.states(), which).for_each(|at| out.extend(column[at].to_bits().to_le_bytes()));
}

fn read_numbers(
    reader: &mut Reader<'_>,
    ordinals: &[i32],
    states: &[u8],
    said: &Said,
    which: usize,
) -> Result<Vec<f64>, String> {
    let place = reader.byte()?;
    let mut column = vec![0.0; states.len()];
    if place == RAW {
        for at in places(states, which) {
            let (bits, rest) = reader.0.split_first_chunk::<8>().ok_or("the columns end too early")?;
            reader.0 = rest;
            column[at] = f64::from_bits(u64::from_le_bytes(*bits));
        }
        return Ok(column);
    }
    let scale = *SCALES.get(usize::from(place)).ok_or_else(|| format!("{place} decimals"))?;
    let mut last = 0i64;
    for at in places(states, which) {
        let before = said.of(ordinals[at], which).map_or(last, |value| near(value, scale));
        last = before.wrapping_add(unzigzag(reader.varint()?));
        if !(-MOST..=MOST).contains(&last) {
            return Err("a number beyond 2 to the power of 53".into());
        }
        column[at] = last as f64 / scale;
    }
    Ok(column)
}

/// Adds what several releases said, in the order of their numbers. `None`: a kind of period has a length that
/// no period has.
pub(crate) fn encode(parts: &[(u32, Series)], out: &mut Vec<u8>) -> Option<()> {
    let mut said = Said::default();
    let mut before: Option<&(u32, Series)> = None;
    let mut part = Vec::new();
    for next in parts {
        let (release, series) = next;
        part.clear();
        match before.and_then(|(_, before)| moved(before, series)) {
            Some(by) => {
                part.push(MOVED);
                varint(&mut part, zigzag(by));
                write_numbers(&mut part, series, series.values(), &said, 0);
                if series.states().contains(&PAIR) {
                    write_numbers(&mut part, series, series.denominators(), &said, 1);
                }
            }
            None => {
                part.push(FULL);
                columns::encode(series, Releases::None, &mut part)?;
            }
        }
        varint(out, u64::from(release - before.map_or(0, |(release, _)| *release)));
        varint(out, part.len() as u64);
        out.extend_from_slice(&part);
        said.take(series);
        before = Some(next);
    }
    Some(())
}

/// What the releases that are wanted said, in the order of their numbers. What comes after `last` is not looked
/// at. `most`: how many observations there are in all parts together, for a few bytes can announce many.
///
/// # Errors
/// A text of what is wrong.
pub(crate) fn decode(
    bytes: &[u8],
    most: u32,
    last: u32,
    wanted: impl Fn(u32) -> bool,
) -> Result<Vec<(u32, Series)>, String> {
    let mut parts = Vec::new();
    let mut said = Said::default();
    let mut before: Option<(u32, Series)> = None;
    let mut left = most as usize;
    let mut take = |n: usize| {
        left =
            left.checked_sub(n).ok_or_else(|| format!("more than the {most} observations of the table"))?;
        Ok::<_, String>(())
    };
    let mut rest = Reader(bytes);
    while !rest.0.is_empty() {
        let step = u32::try_from(rest.varint()?).ok().filter(|step| *step > 0);
        let release = before.as_ref().map_or(0, |(release, _)| *release);
        let release =
            step.and_then(|step| release.checked_add(step)).ok_or("its releases are not in order")?;
        if release > last {
            break;
        }
        let (&form, columns) = rest.stretch()?.split_first().ok_or("a part without a form")?;
        let series = match (form, &before) {
            (FULL, _) => {
                let series = columns::decode(columns, Some(release), None)?;
                take(series.len())?;
                series
            }
            (MOVED, Some((_, before))) => {
                take(before.len())?;
                decode_moved(columns, release, before, &said)?
            }
            _ => return Err(format!("{form} is not a way to write a part")),
        };
        said.take(&series);
        if let Some((number, series)) =
            before.replace((release, series)).filter(|(number, _)| wanted(*number))
        {
            parts.push((number, series));
        }
    }
    parts.extend(before.filter(|(number, _)| wanted(*number)));
    Ok(parts)
}

fn decode_moved(columns: &[u8], release: u32, before: &Series, said: &Said) -> Result<Series, String> {
    let mut reader = Reader(columns);
    let by = unzigzag(reader.varint()?);
    let ordinal = |ordinal: &i32| {
        let there = i64::from(*ordinal).checked_add(by);
        there.and_then(|there| i32::try_from(there).ok()).ok_or("a period beyond all time")
    };
    let ordinals = before.ordinals().iter().map(ordinal).collect::<Result<Vec<_>, _>>()?;
    let states = before.states().to_vec();
    let values = read_numbers(&mut reader, &ordinals, &states, said, 0)?;
    let denominators = match states.contains(&PAIR) {
        true => read_numbers(&mut reader, &ordinals, &states, said, 1)?,
        false => Vec::new(),
    };
    if !reader.0.is_empty() {
        return Err(format!("{} bytes are left over after the columns", reader.0.len()));
    }
    let marks = before.marks().iter().map(|marks| marks.bits()).collect();
    let releases = vec![release; ordinals.len()];
    Series::from_columns(before.kind(), ordinals, values, denominators, states, marks, releases)
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilter_core::series::{Absence, Marks, Observation, SeriesBuilder};
    use kilter_core::time::PeriodKind;
    use proptest::prelude::*;

    fn observation() -> impl Strategy<Value = Observation> {
        let decimals = (-4_000i32..4_000, 0usize..4)
            .prop_map(|(n, d)| Observation::number(f64::from(n) / [1.0, 10.0, 100.0, 3.0][d]).unwrap());
        let reading = prop_oneof![
            6 => decimals,
            1 => prop::num::f64::NORMAL.prop_map(|value| Observation::number(value).unwrap()),
            2 => (0i32..50, 1i32..90).prop_map(|(a, b)| Observation::pair(a.into(), b.into()).unwrap()),
            1 => prop::sample::select(&Absence::NAMES[..]).prop_map(|(_, why)| Observation::absent(why)),
        ];
        (reading, any::<bool>()).prop_map(|(o, p)| if p { o.marked(Marks::PROVISIONAL) } else { o })
    }

    fn series(points: impl IntoIterator<Item = (i32, Observation)>, release: u32) -> Series {
        let mut builder = SeriesBuilder::new(PeriodKind::Month);
        points.into_iter().for_each(|(ordinal, o)| builder.push(ordinal, o, release));
        builder.build().unwrap()
    }

    fn bits(parts: &[(u32, Series)]) -> Vec<(u32, Vec<u8>)> {
        let each = parts.iter().map(|(release, series)| {
            let mut bytes = Vec::new();
            columns::encode(series, Releases::Own, &mut bytes).unwrap();
            (*release, bytes)
        });
        each.collect()
    }

    proptest! {
        #[test]
        fn what_several_releases_said_comes_back_bit_for_bit_whatever_of_it_is_wanted(
            said in prop::collection::vec(
                (1u32..4, prop::collection::btree_map(0i32..12, observation(), 0..6), -2i32..3, any::<bool>()),
                1..6,
            ),
            damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
            last in 0u32..16,
        ) {
            let mut parts: Vec<(u32, Series)> = Vec::new();
            let mut number = 0;
            for (step, points, by, repeats) in said {
                number += step;
                // Most often a release says of later periods what the one before said of its own.
                let next = match parts.last() {
                    Some((_, before)) if repeats => {
                        let again = before.ordinals().iter().enumerate();
                        series(again.map(|(i, ordinal)| (ordinal + by, before.at(i))), number)
                    }
                    _ => series(points, number),
                };
                parts.push((number, next));
            }
            let mut bytes = Vec::new();
            encode(&parts, &mut bytes).unwrap();
            prop_assert_eq!(bits(&decode(&bytes, 100, u32::MAX, |_| true).unwrap()), bits(&parts));
            let some: Vec<_> = parts.iter().filter(|(n, _)| *n <= last && n % 2 == 0).cloned().collect();
            prop_assert_eq!(bits(&decode(&bytes, 100, last, |n| n % 2 == 0).unwrap()), bits(&some));
            // Damage gives an error or other numbers, and never a panic: the checksum is looked at before.
            if let Some((place, byte)) = damage {
                let at = place.index(bytes.len());
                bytes[at] = byte;
                let _ = decode(&bytes, 100, u32::MAX, |_| true);
                bytes.truncate(at);
                let _ = decode(&bytes, 100, u32::MAX, |_| true);
            }
        }
    }

    #[test]
    fn a_few_bytes_that_announce_more_observations_than_the_table_are_refused() {
        let absent = |release: u32| {
            let suppressed = Observation::absent(Absence::Suppressed);
            (release, series((0..1_000).map(|i| (i, suppressed)), release))
        };
        let parts: Vec<_> = (1..=50).map(absent).collect();
        let mut bytes = Vec::new();
        encode(&parts, &mut bytes).unwrap();
        assert!(bytes.len() < 400, "{} bytes", bytes.len());
        assert!(decode(&bytes, 50_000, u32::MAX, |_| true).is_ok());
        assert!(decode(&bytes, 49_999, u32::MAX, |_| true).unwrap_err().contains("more than the 49999"));
    }

    #[test]
    fn a_year_that_was_revised_a_little_takes_about_a_byte_and_a_half_for_each_month() {
        let year = |release: u32| {
            let months = 0..12;
            let count = |i: i32| f64::from(2_000 + i * 13 + (release as i32 * 7 + i * 5) % 20);
            (release, series(months.map(|i| (i, Observation::number(count(i)).unwrap())), release))
        };
        let parts: Vec<_> = (1..=21).map(year).collect();
        let (mut first, mut all) = (Vec::new(), Vec::new());
        encode(&parts[..1], &mut first).unwrap();
        encode(&parts, &mut all).unwrap();
        let each = (all.len() - first.len()) as f64 / 20.0;
        assert!(each <= 18.0, "{each} bytes for twelve months");
    }
}
