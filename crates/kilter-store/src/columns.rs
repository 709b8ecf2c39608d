//! The columns of one series as bytes: short where the numbers are short, exact for every number.
//!
//! The layout is in FORMAT.md. Reading never takes memory for a length that has not been checked, never
//! panics and never loops; what it accepts, `Series::from_columns` has checked too. This room knows
//! neither keys nor files.

use kilter_core::series::{Absence, Observation, Series, SeriesBuilder};
use kilter_core::time::PeriodKind;

/// The most observations of one series.
pub const MAX_OBSERVATIONS: usize = 1_000_000;

const CONTIGUOUS: u8 = 0;
const RUNS: u8 = 1;
const DELTAS: u8 = 2;
const PAIRS: u8 = 4;
const RELEASES: u8 = 8;

pub(crate) const PAIR: u8 = 1;
pub(crate) const RAW: u8 = 255;
/// Powers of ten by which a number may be scaled; more decimals are kept as they are.
pub(crate) const SCALES: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
/// Above this, whole numbers are no longer exact in a double.
pub(crate) const MOST: i64 = 1 << 53;

/// The code of a kind of period, and the kind of a code.
const KINDS: [PeriodKind; 9] = [
    PeriodKind::Day,
    PeriodKind::Week,
    PeriodKind::Month,
    PeriodKind::Quarter,
    PeriodKind::FinancialQuarter,
    PeriodKind::HalfYear,
    PeriodKind::FinancialHalfYear,
    PeriodKind::CalendarYear,
    PeriodKind::FinancialYear,
];

/// The code of a kind of period; `None` for a length that no period has.
pub(crate) fn kind_code(kind: PeriodKind) -> Option<u16> {
    let (code, n) = match kind {
        PeriodKind::CalendarYears(n @ 2..=50) => (9, n),
        PeriodKind::FinancialYears(n @ 2..=50) => (10, n),
        PeriodKind::Months(n @ 2..=240) => (11, n),
        plain => (KINDS.iter().position(|k| *k == plain)? as u16, 0),
    };
    Some(code << 8 | u16::from(n))
}

/// The kind of period of a code; `None` where it stands for none.
pub(crate) fn kind_of(code: u16) -> Option<PeriodKind> {
    let n = (code & 255) as u8;
    let kind = match code >> 8 {
        9 => PeriodKind::CalendarYears(n),
        10 => PeriodKind::FinancialYears(n),
        11 => PeriodKind::Months(n),
        plain => *KINDS.get(usize::from(plain))?,
    };
    (kind_code(kind) == Some(code)).then_some(kind)
}

/// What is written of the releases with which the observations came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Releases {
    /// Nothing: they are known from elsewhere.
    None,
    /// Those of the series.
    Own,
}

/// Adds the series to the bytes. `None`: its kind of period has a length that no period has.
///
/// What is never read is not written: of two series that differ in nothing else the bytes are the same.
pub(crate) fn encode(series: &Series, releases: Releases, out: &mut Vec<u8>) -> Option<()> {
    let n = series.len();
    out.extend(kind_code(series.kind())?.to_be_bytes());
    varint(out, n as u64);
    let ordinals = series.ordinals();
    let runs = n.min(1) + ordinals.windows(2).filter(|pair| !follows(pair[0], pair[1])).count();
    let mode = match runs {
        0 | 1 => CONTIGUOUS,
        _ if runs * 2 <= n => RUNS,
        _ => DELTAS,
    };
    let has_pairs = series.states().contains(&PAIR);
    out.push(
        mode | if has_pairs { PAIRS } else { 0 } | if releases == Releases::None { 0 } else { RELEASES },
    );
    if n == 0 {
        return Some(());
    }
    varint(out, zigzag(i64::from(ordinals[0])));
    match mode {
        CONTIGUOUS => {}
        RUNS => {
            varint(out, runs as u64);
            let mut start = 0;
            for i in 1..=n {
                if i < n && follows(ordinals[i - 1], ordinals[i]) {
                    continue;
                }
                varint(out, (i - start - 1) as u64);
                if i < n {
                    varint(out, distance(ordinals[i - 1], ordinals[i]) - 2);
                }
                start = i;
            }
        }
        _ => ordinals.windows(2).for_each(|pair| varint(out, distance(pair[0], pair[1]) - 1)),
    }
    write_runs(out, series.states(), |&state| u64::from(state));
    write_runs(out, series.marks(), |marks| u64::from(marks.bits()));
    match releases {
        Releases::None => {}
        Releases::Own => write_runs(out, series.releases(), |&release| u64::from(release)),
    }
    let numbers =
        || series.states().iter().zip(series.values()).filter(|(s, _)| **s <= PAIR).map(|(_, &v)| v);
    write_numbers(out, numbers);
    if has_pairs {
        let pairs = || {
            let states = series.states().iter().zip(series.denominators());
            states.filter(|(s, _)| **s == PAIR).map(|(_, &v)| v)
        };
        write_numbers(out, pairs);
    }
    Some(())
}

fn distance(a: i32, b: i32) -> u64 {
    (i64::from(b) - i64::from(a)).unsigned_abs()
}

fn follows(a: i32, b: i32) -> bool {
    distance(a, b) == 1
}

pub(crate) fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

pub(crate) fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
}

pub(crate) fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 128 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn write_runs<T: PartialEq>(out: &mut Vec<u8>, column: &[T], code: impl Fn(&T) -> u64) {
    for run in column.chunk_by(|a, b| a == b) {
        varint(out, code(&run[0]));
        varint(out, run.len() as u64 - 1);
    }
}

/// The number as a whole number of units of `1 / scale`, where that gives it back bit for bit.
pub(crate) fn scaled(value: f64, scale: f64) -> Option<i64> {
    // Most numbers are whole.
    if scale == 1.0 {
        let units = value as i64;
        let is_it = (-MOST..=MOST).contains(&units) && (units as f64).to_bits() == value.to_bits();
        return is_it.then_some(units);
    }
    // To the nearest, by truncation: whether it is the right one, the comparison decides.
    let scaled = value * scale;
    // Above half of the most, there are no halves to round.
    let half = if scaled.abs() < (MOST / 2) as f64 { 0.5f64.copysign(scaled) } else { 0.0 };
    let units = (scaled + half) as i64;
    if !(-MOST..=MOST).contains(&units) {
        return None;
    }
    ((units as f64 / scale).to_bits() == value.to_bits()).then_some(units)
}

fn write_numbers<I: Iterator<Item = f64>>(out: &mut Vec<u8>, numbers: impl Fn() -> I) {
    let start = out.len();
    // Most often the first number that needs more decimals is the first or second.
    'places: for (place, &scale) in (0u8..).zip(&SCALES) {
        out.truncate(start);
        out.push(place);
        let mut last = 0;
        for value in numbers() {
            let Some(units) = scaled(value, scale) else { continue 'places };
            varint(out, zigzag(units - last));
            last = units;
        }
        return;
    }
    out.truncate(start);
    out.push(RAW);
    numbers().for_each(|value| out.extend(value.to_bits().to_le_bytes()));
}

/// With what columns begin.
struct Head {
    kind: PeriodKind,
    n: usize,
    flags: u8,
}

/// Bytes being read, and what was expected where they end too early.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, String> {
        let (&first, rest) = self.0.split_first().ok_or("the columns end too early")?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, String> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 127);
            if shift == 63 && bits > 1 {
                break;
            }
            n |= bits << shift;
            if byte < 128 {
                // One number has one spelling, so that equal columns are equal bytes.
                return if byte == 0 && shift > 0 { Err("a number with idle digits".into()) } else { Ok(n) };
            }
        }
        Err("a number of more than 64 bits".into())
    }

    /// As many bytes as the number says that stands before them.
    pub(crate) fn stretch(&mut self) -> Result<&'a [u8], String> {
        let n = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (bytes, rest) = self.0.split_at_checked(n).ok_or("bytes beyond their end")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn count(&mut self, most: usize, what: &str) -> Result<usize, String> {
        let n = self.varint()?;
        match usize::try_from(n) {
            Ok(n) if n <= most => Ok(n),
            _ => Err(format!("{n} {what}; at most {most} are possible")),
        }
    }

    fn runs<T: Clone>(
        &mut self,
        n: usize,
        what: &str,
        value: impl Fn(u64) -> Option<T>,
    ) -> Result<Vec<T>, String> {
        let mut column = Vec::with_capacity(n);
        while column.len() < n {
            let code = self.varint()?;
            let value = value(code).ok_or_else(|| format!("{code} is not the code of {what}"))?;
            let more = self.count(n - column.len() - 1, "repetitions")?;
            column.resize(column.len() + more + 1, value);
        }
        Ok(column)
    }

    /// A column of numbers in the places where `here` says so; 0 elsewhere.
    fn numbers(&mut self, states: &[u8], here: impl Fn(u8) -> bool) -> Result<Vec<f64>, String> {
        let place = self.byte()?;
        let count = states.iter().filter(|s| here(**s)).count();
        // Each number takes a byte at least.
        if count > self.0.len() {
            return Err(format!("{count} numbers in {} bytes", self.0.len()));
        }
        let mut column = vec![0.0; states.len()];
        let places = column.iter_mut().zip(states).filter(|(_, s)| here(**s)).map(|(v, _)| v);
        if place == RAW {
            for value in places {
                let (bits, rest) = self.0.split_first_chunk::<8>().ok_or("the columns end too early")?;
                self.0 = rest;
                *value = f64::from_bits(u64::from_le_bytes(*bits));
            }
            return Ok(column);
        }
        let scale = *SCALES.get(usize::from(place)).ok_or_else(|| format!("{place} decimals"))?;
        let mut units = 0i64;
        for value in places {
            units = units.wrapping_add(unzigzag(self.varint()?));
            if !(-MOST..=MOST).contains(&units) {
                return Err("a number beyond 2 to the power of 53".into());
            }
            *value = units as f64 / scale;
        }
        Ok(column)
    }

    fn head(&mut self, has_releases: bool, observations: Option<u32>) -> Result<Head, String> {
        let code = u16::from_be_bytes([self.byte()?, self.byte()?]);
        let kind = kind_of(code).ok_or_else(|| format!("{code} is not the code of a kind of period"))?;
        let n = self.count(MAX_OBSERVATIONS, "observations")?;
        if let Some(expected) = observations.filter(|expected| *expected as usize != n) {
            return Err(format!("{n} observations where the manifest has {expected}"));
        }
        let flags = self.byte()?;
        let is_known = flags & !(3 | PAIRS | RELEASES) == 0 && flags & 3 <= DELTAS;
        if !is_known || (flags & RELEASES != 0) != has_releases {
            return Err(format!("{flags} is not a way to write columns"));
        }
        if n == 0 && (!self.0.is_empty() || flags & (3 | PAIRS) != 0) {
            return Err("columns of a series without observations".into());
        }
        Ok(Head { kind, n, flags })
    }

    fn pass(&mut self, varints: usize) -> Result<(), String> {
        (0..varints).try_for_each(|_| self.varint().map(drop))
    }

    fn pass_runs(&mut self, n: usize) -> Result<(), String> {
        let mut left = n;
        while left > 0 {
            self.varint()?;
            left -= self.count(left - 1, "repetitions")? + 1;
        }
        Ok(())
    }

    fn ordinals(&mut self, n: usize, mode: u8) -> Result<Vec<i32>, String> {
        let beyond = || "a period beyond all time".to_owned();
        let add = |a: i32, b: u64| {
            i64::try_from(b).ok().and_then(|b| i32::try_from(i64::from(a).checked_add(b)?).ok())
        };
        let first = i32::try_from(unzigzag(self.varint()?)).map_err(|_| beyond())?;
        let mut ordinals = Vec::with_capacity(n);
        match mode {
            CONTIGUOUS => {
                let last = add(first, n as u64 - 1).ok_or_else(beyond)?;
                ordinals.extend(first..=last);
            }
            RUNS => {
                let runs = self.count(n, "runs of periods")?;
                let mut start = first;
                for run in 0..runs {
                    let left = n - ordinals.len();
                    if left == 0 {
                        return Err("more runs than periods".into());
                    }
                    let more = self.count(left - 1, "periods")?;
                    let last = add(start, more as u64).ok_or_else(beyond)?;
                    ordinals.extend(start..=last);
                    if run + 1 < runs {
                        let gap = self.varint()?.checked_add(2).ok_or_else(beyond)?;
                        start = add(last, gap).ok_or_else(beyond)?;
                    }
                }
                if ordinals.len() != n {
                    return Err(format!("{} periods where {n} are announced", ordinals.len()));
                }
            }
            _ => {
                if n - 1 > self.0.len() {
                    return Err(format!("{n} periods in {} bytes", self.0.len()));
                }
                ordinals.push(first);
                let mut last = first;
                for _ in 1..n {
                    let step = self.varint()?.checked_add(1).ok_or_else(beyond)?;
                    last = add(last, step).ok_or_else(beyond)?;
                    ordinals.push(last);
                }
            }
        }
        Ok(ordinals)
    }
}

/// The series in these bytes and nothing beside it. `release`: the one it came with, where the bytes do
/// not say; `None` where they must. `observations`: how many there have to be, where that is known.
///
/// # Errors
/// A text of what is wrong.
pub(crate) fn decode(
    bytes: &[u8],
    release: Option<u32>,
    observations: Option<u32>,
) -> Result<Series, String> {
    let mut reader = Reader(bytes);
    let Head { kind, n, flags } = reader.head(release.is_none(), observations)?;
    if n == 0 {
        return Ok(Series::empty(kind));
    }
    let ordinals = reader.ordinals(n, flags & 3)?;
    let states = reader.runs(n, "a state", |code| u8::try_from(code).ok())?;
    let marks = reader.runs(n, "marks", |code| u16::try_from(code).ok())?;
    let releases = match release {
        Some(release) => vec![release; n],
        None => reader.runs(n, "a release", |code| u32::try_from(code).ok())?,
    };
    let values = reader.numbers(&states, |state| state <= PAIR)?;
    let denominators = match flags & PAIRS {
        0 => Vec::new(),
        _ => reader.numbers(&states, |state| state == PAIR)?,
    };
    if !reader.0.is_empty() {
        return Err(format!("{} bytes are left over after the columns", reader.0.len()));
    }
    Series::from_columns(kind, ordinals, values, denominators, states, marks, releases)
        .map_err(|e| e.to_string())
}

/// The columns of a series without releases as those with one release for all: what [`encode`] writes of the
/// decoded series, without the decoding. The numbers are taken as they are: a checksum has to stand for them.
///
/// # Errors
/// A text of what is wrong with the columns before the numbers.
pub(crate) fn with_release(bytes: &[u8], release: u32, observations: u32) -> Result<Vec<u8>, String> {
    let mut reader = Reader(bytes);
    let Head { n, flags, .. } = reader.head(false, Some(observations))?;
    let flags_at = bytes.len() - reader.0.len() - 1;
    // Two varints of at most 5 bytes come on top.
    let mut out = Vec::with_capacity(bytes.len() + 10);
    out.extend_from_slice(bytes);
    out[flags_at] |= RELEASES;
    if n == 0 {
        return Ok(out);
    }
    reader.pass(1)?;
    match flags & 3 {
        CONTIGUOUS => {}
        RUNS => {
            let runs = reader.count(n, "runs of periods")?;
            reader.pass((2 * runs).saturating_sub(1))?;
        }
        _ => reader.pass(n - 1)?,
    }
    reader.pass_runs(n)?;
    reader.pass_runs(n)?;
    out.truncate(bytes.len() - reader.0.len());
    varint(&mut out, u64::from(release));
    varint(&mut out, n as u64 - 1);
    out.extend_from_slice(reader.0);
    Ok(out)
}

/// The series of several releases in the order in which they apply, as one: the last word on each
/// period. `None` where there is none.
pub(crate) fn folded(parts: Vec<Series>) -> Option<Series> {
    let mut rest = parts.into_iter();
    let mut so_far = rest.next()?;
    while let Some(part) = rest.next() {
        if !so_far.revise(&part) {
            return folded_at_once([so_far, part].into_iter().chain(rest).collect());
        }
    }
    Some(so_far)
}

/// The same for series with gaps or pairs.
fn folded_at_once(mut parts: Vec<Series>) -> Option<Series> {
    if let Some(series) = folded_by_place(&parts) {
        return Some(series);
    }
    // Revision is associative: in pairs, each observation is moved once for each doubling.
    while parts.len() > 1 {
        let mut pairs = parts.into_iter();
        let mut half = Vec::with_capacity(pairs.len().div_ceil(2));
        while let Some(older) = pairs.next() {
            half.push(match pairs.next() {
                Some(newer) => older.revised_by(&newer),
                None => older,
            });
        }
        parts = half;
    }
    parts.pop()
}

/// The same in one pass, for more than two series over a stretch of time that is not mostly empty; `None`
/// for others.
fn folded_by_place(parts: &[Series]) -> Option<Series> {
    let kind = parts.get(2)?.kind();
    let total = parts.iter().map(Series::len).sum();
    let first = parts.iter().filter_map(|s| s.ordinals().first()).min()?;
    let last = parts.iter().filter_map(|s| s.ordinals().last()).max()?;
    let mut words = LastWords::over(kind, (i64::from(*first), i64::from(*last)), total)?;
    (1u32..).zip(parts).all(|(rank, series)| words.take(rank, series)).then(|| words.series())
}

/// The last word on each period of a stretch of time, from what releases say of it in any order.
#[derive(Debug)]
pub(crate) struct LastWords {
    kind: PeriodKind,
    first: i64,
    /// Of each period the rank of the release that has the last word so far, its number, and its word; the rank
    /// is 0 where there is none yet.
    words: Vec<(u32, u32, Observation)>,
}

impl LastWords {
    /// Nothing yet of the periods from the first to the last. `None` where so many observations would leave most
    /// of them empty.
    pub(crate) fn over(kind: PeriodKind, (first, last): (i64, i64), observations: usize) -> Option<Self> {
        let span = usize::try_from(last.checked_sub(first)?).ok()?.checked_add(1)?;
        let nothing = Observation::absent(Absence::NotCollected);
        let fits = span <= observations.saturating_mul(4);
        fits.then(|| Self { kind, first, words: vec![(0, 0, nothing); span] })
    }

    /// Takes what a release of that rank, counted from 1, says. Whether it is of that kind and within the stretch:
    /// where it is not, nothing more is to be had here.
    pub(crate) fn take(&mut self, rank: u32, series: &Series) -> bool {
        if series.kind() != self.kind {
            return false;
        }
        for (at, (&ordinal, &release)) in series.ordinals().iter().zip(series.releases()).enumerate() {
            let place = usize::try_from(i64::from(ordinal) - self.first).ok();
            let Some(word) = place.and_then(|place| self.words.get_mut(place)) else { return false };
            if word.0 < rank {
                *word = (rank, release, series.at(at));
            }
        }
        true
    }

    /// What they say together.
    pub(crate) fn series(self) -> Series {
        let mut builder = SeriesBuilder::new(self.kind);
        builder.reserve(self.words.len());
        for (ordinal, &(rank, release, observation)) in (self.first..).zip(&self.words) {
            if rank > 0 {
                builder.push(ordinal as i32, observation, release);
            }
        }
        builder.build().expect("the periods were taken in order")
    }
}

/// What two series say together where neither is later as a whole: of each period the observation whose
/// release has the higher rank.
pub(crate) fn merged(held: &Series, new: &Series, rank: impl Fn(u32) -> usize) -> Series {
    let mut builder = SeriesBuilder::new(held.kind());
    builder.reserve(held.len() + new.len());
    let (mut i, mut j) = (0, 0);
    loop {
        let (here, there) = (held.ordinals().get(i).copied(), new.ordinals().get(j).copied());
        let ordinal = match (here, there) {
            (None, None) => break,
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
        };
        let takes_new = match (here == Some(ordinal), there == Some(ordinal)) {
            (true, true) => rank(new.releases()[j]) > rank(held.releases()[i]),
            (_, there) => there,
        };
        let (source, at) = if takes_new { (new, j) } else { (held, i) };
        builder.push(ordinal, source.at(at), source.releases()[at]);
        i += usize::from(here == Some(ordinal));
        j += usize::from(there == Some(ordinal));
    }
    builder.build().expect("the periods were taken in order")
}

#[cfg(test)]
mod tests;
