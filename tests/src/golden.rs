//! Reads the golden files: inputs with the outputs that the field's reference packages gave for them. Their
//! README says what the columns mean. Nothing here knows a method.

use crate::shared;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// The path of a golden file: in the folder of the environment variable `KILTER_GOLDEN`, else in `golden` of
/// the folder `shared` beside the project; `None` where there is neither.
pub fn golden(name: &str) -> Option<PathBuf> {
    match std::env::var_os("KILTER_GOLDEN") {
        Some(folder) => Some(PathBuf::from(folder).join(name)),
        None => Some(shared()?.join("golden").join(name)),
    }
}

/// A row of a golden file, by column.
#[derive(Debug)]
pub struct Row(HashMap<String, String>);

impl Row {
    /// The text of a column.
    pub fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    /// A number, infinite ones among them; `None` for NA, NaN and an empty field.
    pub fn number(&self, column: &str) -> Option<f64> {
        match self.text(column) {
            "" | "NA" | "NaN" => None,
            text => Some(text.parse().unwrap_or_else(|_| panic!("{column} is no number: {self:?}"))),
        }
    }

    /// A truth value; `None` for NA.
    pub fn flag(&self, column: &str) -> Option<bool> {
        match self.text(column) {
            "TRUE" => Some(true),
            "FALSE" => Some(false),
            "NA" => None,
            other => panic!("{column} is {other}: {self:?}"),
        }
    }

    /// Whether it records behaviour of the reference that need not be copied.
    pub fn is_quirk(&self) -> bool {
        self.text("source").starts_with("quirk_")
    }

    /// The level as a share: the reference takes percentages too, and we do not.
    pub fn level(&self) -> Option<f64> {
        self.number("p_confidence").map(|level| if level > 1.0 { level / 100.0 } else { level })
    }
}

/// All rows of a golden file; `None` where there is no folder of them.
pub fn rows(name: &str) -> Option<Vec<Row>> {
    let path = golden(name)?;
    let mut reader =
        csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<_> = reader
        .records()
        .map(|record| {
            let record = record.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Row(header.iter().map(String::from).zip(record.iter().map(String::from)).collect())
        })
        .collect();
    assert!(!rows.is_empty(), "{} holds no case", path.display());
    Some(rows)
}

/// Fails with every difference at once, and where fewer cases were compared than the file holds.
pub fn settle(name: &str, differences: &[String], ran: &BTreeSet<&str>, cases: &BTreeSet<&str>) {
    let shown = differences.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n  ");
    assert!(differences.is_empty(), "{name}: {} differences:\n  {shown}", differences.len());
    let forgotten: Vec<_> = cases.difference(ran).collect();
    assert!(forgotten.is_empty(), "{name}: {} of {} cases ran, not {forgotten:?}", ran.len(), cases.len());
}

/// How near two numbers have to be: relative to the expected, or absolutely.
#[derive(Clone, Copy)]
pub struct Tolerance {
    /// Relative to the expected.
    pub relative: f64,
    /// In the unit of the number.
    pub absolute: f64,
}

impl Tolerance {
    /// Whether a number is near enough to the expected one.
    pub fn allows(self, found: f64, expected: f64) -> bool {
        (found - expected).abs() <= (self.relative * expected.abs()).max(self.absolute)
    }
}
