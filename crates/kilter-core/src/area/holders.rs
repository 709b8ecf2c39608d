//! What an area is a part of, by everything that it and the others lead to.

use super::{Area, AreaKind, Areas, Division};
use crate::ident::AreaCode;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What each way of dividing an area leads to, from the ends: without it, to ask every area what holds it would
/// walk through all of them for each.
#[derive(Debug, Clone, Default)]
pub(super) struct Reaches {
    /// The divided area, and how many areas without parts it leads to.
    of: Vec<(AreaCode, usize)>,
    /// By area without parts, the places in `of` that lead to it, ascending.
    leading_to: HashMap<AreaCode, Vec<usize>>,
}

impl Areas {
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
}

#[cfg(test)]
mod tests {
    use super::super::tests::area;
    use super::*;
    use proptest::prelude::*;

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
