//! Receipts: every row of a file accounted for.

use crate::table::{Column, Table};
use kilter_core::area::{Area, Areas};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::Breakdown;
use kilter_core::time::{Date, Period};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// A row that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column that is wrong; empty where it is the row as a whole.
    pub column: String,
    /// What was found there.
    pub found: String,
    /// Why it is refused, with what was expected.
    pub reason: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// What a stated total adds up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// The parts of an area.
    Areas,
    /// The categories of a dimension.
    Dimension(String),
    /// Several measures.
    Measures(String),
    /// The shorter periods of a longer one.
    Time,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Areas => f.write_str("the parts of the area"),
            Self::Dimension(dimension) => write!(f, "the categories of {dimension}"),
            Self::Measures(measures) => f.write_str(measures),
            Self::Time => f.write_str("the periods in it"),
        }
    }
}

/// A total that its parts do not add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The measure.
    pub measure: MeasureId,
    /// The area.
    pub area: AreaCode,
    /// The categories it is for.
    pub breakdown: Breakdown,
    /// The period.
    pub period: Period,
    /// What it is a total over.
    pub over: Over,
    /// The total as it is stated.
    pub stated: f64,
    /// What its parts add up to.
    pub parts: f64,
    /// The line of the file with the total.
    pub line: u64,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breakdown =
            if self.breakdown.is_total() { String::new() } else { format!(" ({})", self.breakdown) };
        write!(
            f,
            "line {}: {} of {}{breakdown} in {} is stated as {}, and {} add up to {}",
            self.line, self.measure, self.area, self.period, self.stated, self.over, self.parts
        )?;
        if self.parts != 0.0 {
            let times = self.stated / self.parts;
            // Two or eight times the truth is the mark of totals added to their parts.
            if times >= 1.5 && (times - times.round()).abs() < 1e-9 {
                write!(f, " ({times} times as much: a total added to its parts?)")?;
            }
        }
        Ok(())
    }
}

/// Rows under an archived code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recoded {
    /// The rows.
    pub rows: u64,
    /// The rows among them for periods that begin after the code was archived.
    pub late: u64,
    /// The last day of the code, where the framework knows it.
    pub archived_on: Option<Date>,
}

/// What became of every row of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Receipt {
    /// The file.
    pub file: String,
    /// The profile it was read by; `None`: the observation table of kilter's own.
    pub profile: Option<String>,
    /// The releases that were made, with the dates at which they became known. Empty where nothing was
    /// kept.
    pub releases: Vec<(u32, Date)>,
    /// The rows of the file.
    pub rows: u64,
    /// The rows of which every figure was taken.
    pub accepted: u64,
    /// The rows that were refused.
    pub rejected: u64,
    /// The refusals, in the order of the lines; at most [`Receipt::MOST_REJECTIONS`].
    pub rejections: Vec<Rejection>,
    /// The rows that the profile leaves out, counted by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The series to which figures were added.
    pub series: u64,
    /// The figures, absences among them. A row may hold several.
    pub observations: u64,
    /// The stated totals that were checked against their parts.
    pub totals_checked: u64,
    /// The totals that their parts do not add up to.
    pub disagreements: Vec<Disagreement>,
    /// The rows under archived codes, by the old and the new code.
    pub recoded: BTreeMap<(String, String), Recoded>,
    /// The parts that are zero because the others reach the total.
    pub zeros: u64,
    /// The release that this same file was ingested as before.
    pub same_file_as: Option<u32>,
    /// The line at which reading stopped because too much was refused; `None`: the end of the file.
    pub stopped_at: Option<u64>,
}

impl Receipt {
    /// The most refusals that are kept in detail. Reading stops there: such a file is not what it is
    /// taken for.
    pub const MOST_REJECTIONS: usize = 100_000;

    /// The rows that the profile leaves out.
    #[must_use]
    pub fn rows_left_out(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// The refused rows as a table: `line, column, found, reason`.
    #[must_use]
    pub fn rejection_table(&self) -> Table {
        let text = |of: &dyn Fn(&Rejection) -> &str| {
            Column::Text(self.rejections.iter().map(|rejection| Some(of(rejection))).collect())
        };
        let (column, found, reason) = (text(&|r| &r.column), text(&|r| &r.found), text(&|r| &r.reason));
        let lines = self.rejections.iter().map(|rejection| i64::try_from(rejection.line).ok()).collect();
        Table::new(vec![
            ("line", Column::Integer(lines)),
            ("column", column),
            ("found", found),
            ("reason", reason),
        ])
    }

    /// Notes a row under an archived code.
    pub(crate) fn note_recoded(&mut self, archived: &Archived, new: &AreaCode, period: Period) {
        let key = (archived.code.clone(), new.to_string());
        let recoded = self.recoded.entry(key).or_default();
        recoded.archived_on = archived.last_day;
        recoded.rows += 1;
        recoded.late += u64::from(archived.last_day.is_some_and(|day| period.start() > day));
    }

    /// Whether every row is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.rows == self.accepted + self.rejected + self.rows_left_out()
    }
}

/// An archived code that a row stands under.
#[derive(Debug, Clone)]
pub(crate) struct Archived {
    code: String,
    last_day: Option<Date>,
}

impl Archived {
    /// What is archived about a code that leads to another area; `None` where it leads to its own.
    pub fn of(areas: &Areas, code: &str, current: &Area) -> Option<Self> {
        let archived = areas.get(code).filter(|area| area.code != current.code)?;
        Some(Self { code: code.to_owned(), last_day: archived.valid_to })
    }
}

/// The refusals of which column and reason differ, each with the number of further ones like it, in the
/// order in which they first occur.
fn alike(rejections: &[Rejection]) -> Vec<(&Rejection, u64)> {
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let mut alike: Vec<(&Rejection, u64)> = Vec::new();
    for rejection in rejections {
        match places.entry((&rejection.column, &rejection.reason)) {
            Entry::Occupied(place) => alike[*place.get()].1 += 1,
            Entry::Vacant(place) => {
                place.insert(alike.len());
                alike.push((rejection, 0));
            }
        }
    }
    alike
}

/// So many things, in the singular or plural.
pub(crate) fn count(n: u64, thing: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(n))
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let by = self.profile.as_deref().map_or(String::new(), |profile| format!(" by {profile}"));
        writeln!(f, "{}{by}: {}", self.file, count(self.rows, "row"))?;
        writeln!(
            f,
            "  accepted {}: {} in {} series",
            grouped(self.accepted),
            count(self.observations, "figure"),
            grouped(self.series)
        )?;
        if self.rows_left_out() > 0 {
            writeln!(f, "  left out {}:", grouped(self.rows_left_out()))?;
            for (reason, n) in &self.left_out {
                writeln!(f, "    {} {reason}", grouped(*n))?;
            }
        }
        writeln!(f, "  rejected {}", grouped(self.rejected))?;
        let alike = alike(&self.rejections);
        for (first, others) in alike.iter().take(SHOWN) {
            match others {
                0 => writeln!(f, "    {first}")?,
                n => writeln!(f, "    {first} ({} like it)", count(*n, "more row"))?,
            }
        }
        if alike.len() > SHOWN {
            writeln!(f, "    and {} more", count((alike.len() - SHOWN) as u64, "other reason"))?;
        }
        for ((old, new), recoded) in &self.recoded {
            write!(f, "  {} under the archived code {old}, now {new}", count(recoded.rows, "row"))?;
            match recoded.archived_on {
                Some(day) if recoded.late > 0 => {
                    writeln!(f, "; {} for periods after {day}, its last day", grouped(recoded.late))?;
                }
                _ => writeln!(f)?,
            }
        }
        if self.zeros > 0 {
            writeln!(
                f,
                "  {} taken as zero, since the other parts reach the total",
                count(self.zeros, "missing part")
            )?;
        }
        if self.totals_checked > 0 {
            writeln!(
                f,
                "  checked {} against their parts: {}",
                count(self.totals_checked, "total"),
                match self.disagreements.len() as u64 {
                    0 => "all agree".to_owned(),
                    1 => "1 does not agree".to_owned(),
                    n => format!("{} do not agree", grouped(n)),
                }
            )?;
        }
        for disagreement in self.disagreements.iter().take(SHOWN) {
            writeln!(f, "    {disagreement}")?;
        }
        if self.disagreements.len() > SHOWN {
            writeln!(f, "    and {} more", grouped((self.disagreements.len() - SHOWN) as u64))?;
        }
        if let Some(line) = self.stopped_at {
            writeln!(f, "  reading stopped at line {line}: too many rows were refused")?;
        }
        if let Some(release) = self.same_file_as {
            writeln!(f, "  the same file was ingested before, as release {release}")?;
        }
        match self.releases.as_slice() {
            [] => write!(f, "  nothing was kept"),
            releases => {
                let names: Vec<_> =
                    releases.iter().map(|(n, day)| format!("release {n}, known at {day}")).collect();
                write!(f, "  kept as {}", names.join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_a_person_writes_them() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(22_950, "row"), "22,950 rows");
        assert_eq!(count(1_000_000, "figure"), "1,000,000 figures");
        assert_eq!(count(999, "figure"), "999 figures");
    }
}
