//! Areas: places and organisations, how they are divided, and how their codes changed.
//!
//! Several trees coexist: Scotland is divided into councils, into partnerships and into health boards.
//! This room knows nothing of what is measured in an area.

mod holders;
mod names;
mod problems;

pub use names::NameError;
pub use problems::AreaProblem;

use crate::ident::AreaCode;
use crate::time::Date;
use holders::Reaches;
use names::Names;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// What an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AreaKind {
    /// Scotland as a whole.
    Scotland,
    /// A health board.
    HealthBoard,
    /// A council area.
    Council,
    /// A health and social care partnership.
    Partnership,
    /// A locality of a partnership.
    Locality,
    /// A data zone or intermediate zone.
    Zone,
    /// A service.
    Service,
    /// A team.
    Team,
    /// A hospital or other site of treatment.
    Hospital,
    /// A named group of areas, such as a family of peers.
    Group,
    /// People whose area of residence is not known. An area of its own, never dropped.
    UnknownResidence,
}

impl AreaKind {
    /// All kinds with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 11] = [
        ("scotland", Self::Scotland),
        ("health board", Self::HealthBoard),
        ("council", Self::Council),
        ("partnership", Self::Partnership),
        ("locality", Self::Locality),
        ("zone", Self::Zone),
        ("service", Self::Service),
        ("team", Self::Team),
        ("hospital", Self::Hospital),
        ("group", Self::Group),
        ("unknown residence", Self::UnknownResidence),
    ];

    /// The kind of that name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }
}

impl fmt::Display for AreaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, kind)| kind == self).map_or("", |(name, _)| name);
        f.pad(name)
    }
}

impl FromStr for AreaKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(name, _)| *name).collect();
            format!("\"{text}\" is not a kind of area; expected one of {}", names.join(", "))
        })
    }
}

/// One way in which an area is divided without remainder: every event of the area falls in one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// The parts, by code.
    pub parts: Vec<AreaCode>,
}

/// A place or organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its code, which is its key.
    pub code: AreaCode,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: AreaKind,
    /// Other spellings of its name.
    pub aliases: Vec<String>,
    /// The ways in which it is divided, in the order in which they are tried.
    pub divisions: Vec<Division>,
    /// The first day on which the code was in force; `None`: always.
    pub valid_from: Option<Date>,
    /// The last day on which the code was in force; `None`: still.
    pub valid_to: Option<Date>,
    /// The code that took its place.
    pub replaced_by: Option<AreaCode>,
}

/// The areas of a framework, checked: parts exist, nothing is a part of itself, archived codes lead to
/// one current code.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    by_code: BTreeMap<AreaCode, Area>,
    names: Names,
    /// Made when it is first asked for.
    reaches: OnceLock<Reaches>,
}

/// All else is made from what they are.
impl PartialEq for Areas {
    fn eq(&self, other: &Self) -> bool {
        self.by_code == other.by_code
    }
}

impl Eq for Areas {}

impl Areas {
    /// Checks the areas and keeps them.
    ///
    /// # Errors
    /// Every problem, not only the first.
    ///
    /// ```
    /// use kilter_core::area::{Area, AreaKind, Areas, Division};
    /// use kilter_core::ident::AreaCode;
    /// let code = |text: &str| AreaCode::new(text).unwrap();
    /// let area = |text: &str, parts: &[&str]| Area {
    ///     code: code(text), name: text.into(), kind: AreaKind::Council, aliases: vec![],
    ///     divisions: if parts.is_empty() { vec![] } else {
    ///         vec![Division { parts: parts.iter().map(|p| code(p)).collect() }]
    ///     },
    ///     valid_from: None, valid_to: None, replaced_by: None,
    /// };
    /// assert!(Areas::new(vec![area("P", &["A", "B"]), area("A", &[]), area("B", &[])]).is_ok());
    /// let problems = Areas::new(vec![area("P", &["A"])]).unwrap_err();
    /// assert_eq!(problems[0].to_string(), "area P: its part A is not an area of the framework");
    /// ```
    pub fn new(areas: Vec<Area>) -> Result<Self, Vec<AreaProblem>> {
        let by_code: BTreeMap<AreaCode, Area> =
            areas.into_iter().map(|area| (area.code.clone(), area)).collect();
        let names = Names::of(by_code.values());
        let areas = Self { by_code, names, reaches: OnceLock::new() };
        let problems = areas.problems();
        if problems.is_empty() { Ok(areas) } else { Err(problems) }
    }

    /// The area of that code, archived or not.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Area> {
        self.by_code.get(code)
    }

    /// The area that the code leads to today: itself, or the last of its successors.
    #[must_use]
    pub fn current(&self, code: &str) -> Option<&Area> {
        let mut area = self.by_code.get(code)?;
        while let Some(next) = area.replaced_by.as_ref().and_then(|code| self.by_code.get(code)) {
            area = next;
        }
        Some(area)
    }

    /// All areas in the order of their codes, archived ones among them.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.by_code.values()
    }

    /// How many areas there are, archived ones among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An area of nothing but a code, a name and parts.
    pub(super) fn area(code: &str, name: &str, parts: &[&str]) -> Area {
        Area {
            code: AreaCode::new(code).unwrap(),
            name: name.into(),
            kind: AreaKind::Council,
            aliases: vec![],
            divisions: if parts.is_empty() {
                vec![]
            } else {
                vec![Division { parts: parts.iter().map(|p| AreaCode::new(p).unwrap()).collect() }]
            },
            valid_from: None,
            valid_to: None,
            replaced_by: None,
        }
    }

    #[test]
    fn an_archived_code_leads_to_its_last_successor_and_a_circle_of_successors_is_refused() {
        let mut old = area("S12000015", "Fife", &[]);
        old.replaced_by = Some(AreaCode::new("S12000047").unwrap());
        let new = area("S12000047", "Fife", &[]);
        let areas = Areas::new(vec![old.clone(), new.clone()]).unwrap();
        assert_eq!(areas.current("S12000015").unwrap().code.as_str(), "S12000047");
        assert_eq!(areas.named("FIFE", &[]).unwrap().code.as_str(), "S12000047");
        let mut circle = new;
        circle.replaced_by = Some(old.code.clone());
        assert!(Areas::new(vec![old, circle]).is_err());
    }
}
