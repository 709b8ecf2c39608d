//! Areas: places and organisations, how they are divided, and how their codes changed.
//!
//! Several trees coexist: Scotland is divided into councils, into partnerships and into health boards.
//! This room knows nothing of what is measured in an area.

use crate::ident::AreaCode;
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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

/// What is wrong with a set of areas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AreaProblem {
    /// A part that is not an area.
    #[error("area {area}: its part {part} is not an area of the framework")]
    UnknownPart {
        /// The divided area.
        area: AreaCode,
        /// The missing part.
        part: AreaCode,
    },
    /// A part named twice in one division: it would be counted twice.
    #[error("area {area}: its part {part} is named twice, so that it would be counted twice")]
    RepeatedPart {
        /// The divided area.
        area: AreaCode,
        /// The repeated part.
        part: AreaCode,
    },
    /// An area that is a part of itself.
    #[error("area {area} is a part of itself, by way of {through}")]
    Circle {
        /// The area.
        area: AreaCode,
        /// Where the circle closes.
        through: AreaCode,
    },
    /// The successor of an archived code is not an area, or leads back to it.
    #[error("area {area}: replaced_by {successor} {what}")]
    Successor {
        /// The archived code.
        area: AreaCode,
        /// The successor it names.
        successor: AreaCode,
        /// What is wrong.
        what: &'static str,
    },
    /// Dates in the wrong order.
    #[error("area {area}: valid_from {from} is after valid_to {to}")]
    Dates {
        /// The area.
        area: AreaCode,
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
}

/// Why a name does not lead to one area.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No area has the name.
    #[error("no area is called \"{name}\"{}", .nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    Unknown {
        /// The name.
        name: String,
        /// A name that is spelt like it.
        nearest: Option<String>,
    },
    /// Several areas have the name.
    #[error("\"{name}\" is the name of {} areas: {}; use a code", .codes.len(), list(.codes))]
    Ambiguous {
        /// The name.
        name: String,
        /// Their codes.
        codes: Vec<AreaCode>,
    },
}

fn list(codes: &[AreaCode]) -> String {
    codes.iter().map(AreaCode::as_str).collect::<Vec<_>>().join(", ")
}

/// The areas of a framework, checked: parts exist, nothing is a part of itself, archived codes lead to
/// one current code.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    by_code: BTreeMap<AreaCode, Area>,
    by_name: HashMap<String, Vec<AreaCode>>,
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

/// What each way of dividing an area leads to, from the ends: without it, to ask every area what holds it would
/// walk through all of them for each.
#[derive(Debug, Clone, Default)]
struct Reaches {
    /// The divided area, and how many areas without parts it leads to.
    of: Vec<(AreaCode, usize)>,
    /// By area without parts, the places in `of` that lead to it, ascending.
    leading_to: HashMap<AreaCode, Vec<usize>>,
}

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
        let mut by_name: HashMap<String, Vec<AreaCode>> = HashMap::new();
        let by_code: BTreeMap<AreaCode, Area> =
            areas.into_iter().map(|area| (area.code.clone(), area)).collect();
        for area in by_code.values() {
            for name in std::iter::once(&area.name).chain(&area.aliases) {
                let codes = by_name.entry(folded(name)).or_default();
                if !codes.contains(&area.code) {
                    codes.push(area.code.clone());
                }
            }
        }
        let areas = Self { by_code, by_name, reaches: OnceLock::new() };
        let problems = areas.problems();
        if problems.is_empty() { Ok(areas) } else { Err(problems) }
    }

    fn problems(&self) -> Vec<AreaProblem> {
        let mut problems = Vec::new();
        for area in self.by_code.values() {
            for division in &area.divisions {
                let mut seen = BTreeSet::new();
                for part in &division.parts {
                    if !self.by_code.contains_key(part) {
                        problems
                            .push(AreaProblem::UnknownPart { area: area.code.clone(), part: part.clone() });
                    }
                    if !seen.insert(part) {
                        problems
                            .push(AreaProblem::RepeatedPart { area: area.code.clone(), part: part.clone() });
                    }
                }
            }
            if let Some(through) = self.circle_from(&area.code) {
                problems.push(AreaProblem::Circle { area: area.code.clone(), through });
            }
            if let (Some(from), Some(to)) = (area.valid_from, area.valid_to)
                && from > to
            {
                problems.push(AreaProblem::Dates { area: area.code.clone(), from, to });
            }
            let mut at = area;
            let mut steps = 0;
            while let Some(successor) = &at.replaced_by {
                steps += 1;
                let what = match self.by_code.get(successor) {
                    None => "is not an area of the framework",
                    Some(_) if steps > self.by_code.len() => "leads back to it",
                    Some(next) => {
                        at = next;
                        continue;
                    }
                };
                problems.push(AreaProblem::Successor {
                    area: area.code.clone(),
                    successor: successor.clone(),
                    what,
                });
                break;
            }
        }
        problems
    }

    /// Where a walk down from the area comes back to it.
    fn circle_from(&self, start: &AreaCode) -> Option<AreaCode> {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(code) = open.pop() {
            for part in self.by_code.get(code).into_iter().flat_map(|a| &a.divisions).flat_map(|d| &d.parts) {
                if part == start {
                    return Some(code.clone());
                }
                if seen.insert(part) {
                    open.push(part);
                }
            }
        }
        None
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

    /// The areas without parts of their own that a way of dividing an area leads to, each part divided
    /// further by its first way.
    fn leaves<'a>(&'a self, division: &'a Division) -> BTreeSet<&'a AreaCode> {
        let mut leaves = BTreeSet::new();
        let mut open: Vec<&AreaCode> = division.parts.iter().collect();
        while let Some(code) = open.pop() {
            match self.by_code.get(code).and_then(|area| area.divisions.first()) {
                Some(further) => open.extend(&further.parts),
                None => {
                    leaves.insert(code);
                }
            }
        }
        leaves
    }

    /// The areas that the area is a part of, groups apart: those that are divided in a way by which
    /// everything of it, and more, is reached. The smallest first; by code where they are of one size.
    ///
    /// A partnership of two councils is a part of Scotland although Scotland is divided into councils.
    #[must_use]
    pub fn holders(&self, code: &AreaCode) -> Vec<&Area> {
        let Some(area) = self.by_code.get(code) else { return Vec::new() };
        let reaches = self.reaches.get_or_init(|| self.reaches());
        let own = match area.divisions.first() {
            Some(division) => self.leaves(division),
            None => BTreeSet::from([&area.code]),
        };
        let leading_to = |leaf: &AreaCode| reaches.leading_to.get(leaf).map_or(&[][..], Vec::as_slice);
        let mut places: Vec<usize> = match own.first() {
            Some(leaf) => leading_to(leaf).to_vec(),
            None => (0..reaches.of.len()).collect(),
        };
        for leaf in own.iter().skip(1) {
            let leading = leading_to(leaf);
            places.retain(|place| leading.binary_search(place).is_ok());
        }
        let mut smallest: BTreeMap<&AreaCode, usize> = BTreeMap::new();
        for (outer, size) in places.into_iter().map(|place| &reaches.of[place]) {
            if outer != code && *size > own.len() {
                let known = smallest.entry(outer).or_insert(*size);
                *known = (*known).min(*size);
            }
        }
        let mut holders: Vec<(usize, &AreaCode)> =
            smallest.into_iter().map(|(outer, size)| (size, outer)).collect();
        holders.sort_unstable();
        holders.into_iter().filter_map(|(_, outer)| self.by_code.get(outer)).collect()
    }

    fn reaches(&self) -> Reaches {
        let mut reaches = Reaches::default();
        let outer = |area: &&Area| area.kind != AreaKind::Group && area.replaced_by.is_none();
        for area in self.by_code.values().filter(outer) {
            for leaves in area.divisions.iter().map(|division| self.leaves(division)) {
                let place = reaches.of.len();
                reaches.of.push((area.code.clone(), leaves.len()));
                for leaf in leaves {
                    reaches.leading_to.entry(leaf.clone()).or_default().push(place);
                }
            }
        }
        reaches
    }

    /// The nation that the area is a part of; `None` for the nation itself.
    #[must_use]
    pub fn nation_of(&self, code: &AreaCode) -> Option<&Area> {
        self.holders(code).into_iter().find(|area| area.kind == AreaKind::Scotland)
    }

    /// The smallest area that the area is a part of.
    #[must_use]
    pub fn parent_of(&self, code: &AreaCode) -> Option<&Area> {
        self.holders(code).into_iter().next()
    }

    /// The current area of that name or alias, among the kinds given (any kind where none is).
    ///
    /// Capitals and the difference between "and" and "&" do not count; anything else does.
    ///
    /// # Errors
    /// No such name, with the nearest one; or several areas with it, with their codes.
    pub fn named(&self, name: &str, kinds: &[AreaKind]) -> Result<&Area, NameError> {
        let wanted = |area: &&Area| kinds.is_empty() || kinds.contains(&area.kind);
        let found: BTreeMap<&AreaCode, &Area> = self
            .by_name
            .get(&folded(name))
            .into_iter()
            .flatten()
            .filter_map(|code| self.current(code.as_str()))
            .filter(wanted)
            .map(|area| (&area.code, area))
            .collect();
        match found.len() {
            1 => Ok(found.into_values().next().expect("one was counted")),
            0 => Err(NameError::Unknown { name: name.to_owned(), nearest: self.nearest(name, kinds) }),
            _ => Err(NameError::Ambiguous {
                name: name.to_owned(),
                codes: found.into_keys().cloned().collect(),
            }),
        }
    }

    fn nearest(&self, name: &str, kinds: &[AreaKind]) -> Option<String> {
        let wanted = folded(name);
        let names = self.by_code.values().filter(|a| kinds.is_empty() || kinds.contains(&a.kind));
        names
            .map(|area| {
                let name = folded(&area.name);
                // Half a name is nearer than any slip of the pen.
                let begins = wanted.len() >= 3 && name.starts_with(&wanted);
                (if begins { 0 } else { distance(&wanted, &name) }, &area.name)
            })
            .filter(|(distance, _)| *distance * 3 <= wanted.len())
            .min()
            .map(|(_, name)| name.clone())
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

fn folded(name: &str) -> String {
    let spaced = name.to_lowercase().replace('&', " and ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of single-character edits between two texts (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn area(code: &str, name: &str, parts: &[&str]) -> Area {
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
    fn an_area_that_is_a_part_of_itself_is_refused() {
        let problems = Areas::new(vec![area("A", "a", &["B"]), area("B", "b", &["A"])]).unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(matches!(problems[0], AreaProblem::Circle { .. }));
    }

    #[test]
    fn a_part_named_twice_would_be_counted_twice_and_is_refused() {
        let problems = Areas::new(vec![area("A", "a", &["B", "B"]), area("B", "b", &[])]).unwrap_err();
        assert!(matches!(problems[..], [AreaProblem::RepeatedPart { .. }]));
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

    #[test]
    fn a_name_is_found_in_every_spelling_it_has_and_a_slip_of_the_pen_is_told_the_nearest() {
        let mut argyll = area("S12000035", "Argyll and Bute", &[]);
        argyll.aliases = vec!["Argyll".into()];
        let areas = Areas::new(vec![argyll, area("S12000041", "Angus", &[])]).unwrap();
        for name in ["Argyll & Bute", "argyll and  bute", "Argyll"] {
            assert_eq!(areas.named(name, &[]).unwrap().code.as_str(), "S12000035", "{name}");
        }
        let error = areas.named("Argyl and Bute", &[]).unwrap_err();
        assert!(error.to_string().ends_with("did you mean \"Argyll and Bute\"?"), "{error}");
        assert!(areas.named("Ang", &[]).unwrap_err().to_string().ends_with("did you mean \"Angus\"?"));
        assert!(matches!(
            areas.named("Clackamannanshire", &[]),
            Err(NameError::Unknown { nearest: None, .. })
        ));
    }

    #[test]
    fn a_name_that_two_kinds_share_needs_the_kind() {
        let council = area("S12000047", "Fife", &[]);
        let mut partnership = area("S37000032", "Fife", &["S12000047"]);
        partnership.kind = AreaKind::Partnership;
        let areas = Areas::new(vec![council, partnership]).unwrap();
        assert!(matches!(areas.named("Fife", &[]), Err(NameError::Ambiguous { .. })));
        assert_eq!(areas.named("Fife", &[AreaKind::Partnership]).unwrap().code.as_str(), "S37000032");
    }

    /// Areas of which each is divided, once or twice or not at all, into areas after it.
    fn areas() -> impl Strategy<Value = Areas> {
        const AREAS: usize = 9;
        let division = prop::collection::btree_set(1..AREAS, 1..4);
        let one = (0u8..5, prop::collection::vec(division, 0..3));
        prop::collection::vec(one, AREAS).prop_map(|drawn| {
            let code = |n: usize| AreaCode::new(&format!("a{n}")).unwrap();
            let made = drawn.into_iter().enumerate().map(|(n, (sort, divisions))| {
                let after = divisions.into_iter().map(|parts| parts.into_iter().filter(|part| *part > n));
                let parts = after.map(|parts| parts.map(code).collect::<Vec<_>>());
                let divisions = parts.filter(|parts| !parts.is_empty()).map(|parts| Division { parts });
                let kind = [AreaKind::Scotland, AreaKind::Group, AreaKind::Council][usize::from(sort).min(2)];
                Area {
                    kind,
                    divisions: divisions.collect(),
                    replaced_by: (sort == 3 && n > 0).then(|| code(0)),
                    ..area(&format!("a{n}"), "", &[])
                }
            });
            Areas::new(made.collect()).unwrap()
        })
    }

    proptest! {
        #[test]
        fn an_area_is_held_by_every_area_that_leads_to_all_of_it_and_more(areas in areas()) {
            for area in areas.iter() {
                let own = area.divisions.first().map_or(BTreeSet::from([&area.code]), |d| areas.leaves(d));
                let mut expected: Vec<(usize, &AreaCode)> = Vec::new();
                for outer in areas.iter().filter(|outer| outer.code != area.code) {
                    let reached = outer.divisions.iter().map(|division| areas.leaves(division));
                    let larger = reached.filter(|leaves| own.is_subset(leaves) && leaves.len() > own.len());
                    let counts = outer.kind != AreaKind::Group && outer.replaced_by.is_none();
                    if let Some(size) = larger.map(|leaves| leaves.len()).min().filter(|_| counts) {
                        expected.push((size, &outer.code));
                    }
                }
                expected.sort();
                let found: Vec<&AreaCode> = areas.holders(&area.code).iter().map(|area| &area.code).collect();
                prop_assert_eq!(found, expected.into_iter().map(|(_, code)| code).collect::<Vec<_>>());
            }
        }
    }
}
