//! The demonstration: an invented partnership among invented councils, with files in the layouts of the
//! published ones, generated from a fixed seed.
//!
//! Nothing here is a fact about a real place: no code and no name of it occurs in the catalogue, and
//! every name says that it is invented. The figures are made of whole numbers by whole-number
//! arithmetic, so the same bytes come out on every platform; the tests hold their digests. This room
//! makes texts. It must not know the store, the reader of files, or how a profile is applied.
//!
//! What the figures hold, for whoever tells the story of a report: delays that rise to 2022/23 and ease
//! after it; a month that one council never returned ([`files`], `delayed-discharge.csv`); A&E figures of
//! which three months are revised by a later release; small numbers withheld; a newest quarter of beds
//! that is provisional; surveys every second year.

mod beds;
mod benchmarking;
mod care;
mod chance;
mod delays;
mod emergency;
mod own;
#[cfg(test)]
mod tests;
mod world;

use kilter_core::time::Date;

/// The code of the invented partnership: the area that a demonstration looks at first.
pub const AREA: &str = world::PARTNERSHIP;

/// One file of the invented organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFile {
    /// Its name, such as `delayed-discharge.csv`.
    pub name: &'static str,
    /// The id of the catalogue profile whose layout it has.
    pub profile: &'static str,
    /// What stands as its source: that it is invented.
    pub source: &'static str,
    /// The day on which it became known.
    pub known_at: Date,
    /// Its text, CSV in UTF-8 with a header.
    pub text: String,
}

/// A table of the invented partnership's own figures, in kilter's layout of observations
/// (`measure, area, period, value, age, mark, absent`), for which no profile is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoTable {
    /// Its name, such as `own-figures.csv`.
    pub name: &'static str,
    /// What stands as its source: that it is invented.
    pub source: &'static str,
    /// The day on which it became known.
    pub known_at: Date,
    /// Its text, CSV in UTF-8 with a header.
    pub text: String,
}

const SOURCE: &str = "Invented figures";

/// The framework of the invented partnership: TOML that extends the catalogue's `scotland-core-suite`.
///
/// ```
/// assert!(kilter::demo::framework().contains("invented = true"));
/// ```
#[must_use]
pub fn framework() -> &'static str {
    include_str!("framework.toml")
}

/// The files, in the order in which they became known and are to be ingested. Those of A&E come twice:
/// the second revises the newest three months of the first and adds two.
///
/// ```
/// let files = kilter::demo::files();
/// assert!(files.iter().all(|file| file.source == "Invented figures"));
/// assert_eq!(files, kilter::demo::files(), "the same bytes every time");
/// ```
#[must_use]
pub fn files() -> Vec<DemoFile> {
    let delays = delays::Delays::new();
    let emergency = emergency::Emergency::new();
    let file = |name, profile, (year, month, day), text| DemoFile {
        name,
        profile,
        source: SOURCE,
        known_at: date(year, month, day),
        text,
    };
    vec![
        file("ae-2024-07.csv", "phs-ae-site-month", (2024, 9, 3), emergency.first_release()),
        file("beds.csv", "phs-beds-quarter", (2024, 9, 24), beds::text()),
        file("care-at-home.csv", "phs-care-at-home", (2024, 10, 1), care::text()),
        file("benchmarking.csv", "lgbf-adult-social-care", (2024, 10, 15), benchmarking::text(&delays)),
        file("delayed-discharge.csv", "phs-delayed-discharge-council", (2024, 11, 5), delays.text()),
        file("ae-2024-09.csv", "phs-ae-site-month", (2024, 11, 5), emergency.second_release()),
    ]
}

/// The partnership's own figures, to be ingested after [`files`]: what no public file has for a
/// partnership of two councils, such as survey results and emergency admissions by locality.
///
/// ```
/// assert!(kilter::demo::own_figures().text.starts_with("measure,area,period,value,age,mark,absent\n"));
/// ```
#[must_use]
pub fn own_figures() -> DemoTable {
    DemoTable { name: "own-figures.csv", source: SOURCE, known_at: date(2024, 11, 12), text: own::text() }
}

fn date(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd_opt(year, month, day).expect("the dates of the demonstration are days of the calendar")
}
