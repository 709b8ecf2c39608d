//! Areas by their names: in every spelling they have, and with the nearest one where there is a slip of the pen.

use super::{Area, AreaKind, Areas};
use crate::ident::AreaCode;
use std::collections::{BTreeMap, HashMap};

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

/// The codes of areas by their names and aliases.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(HashMap<String, Vec<AreaCode>>);

impl Names {
    pub(super) fn of<'a>(areas: impl IntoIterator<Item = &'a Area>) -> Self {
        let mut names: HashMap<String, Vec<AreaCode>> = HashMap::new();
        for area in areas {
            for name in std::iter::once(&area.name).chain(&area.aliases) {
                let codes = names.entry(folded(name)).or_default();
                // One name of an area may be spelt as another.
                if codes.last() != Some(&area.code) {
                    codes.push(area.code.clone());
                }
            }
        }
        Self(names)
    }
}

impl Areas {
    /// The current area of that name or alias, among the kinds given (any kind where none is).
    ///
    /// Capitals and the difference between "and" and "&" do not count; anything else does.
    ///
    /// # Errors
    /// No such name, with the nearest one; or several areas with it, with their codes.
    pub fn named(&self, name: &str, kinds: &[AreaKind]) -> Result<&Area, NameError> {
        let wanted = |area: &&Area| kinds.is_empty() || kinds.contains(&area.kind);
        let found: BTreeMap<&AreaCode, &Area> = self
            .names
            .0
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
    use super::super::tests::area;
    use super::*;

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
}
