//! What may be wrong with a set of areas: parts that are missing or counted twice, circles, dates.

use super::Areas;
use crate::ident::AreaCode;
use crate::time::Date;
use std::collections::BTreeSet;

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

impl Areas {
    /// Every problem.
    pub(super) fn problems(&self) -> Vec<AreaProblem> {
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
}

#[cfg(test)]
mod tests {
    use super::super::tests::area;
    use super::*;

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
}
