//! The figures of a measure that can be asked for, and which of them are parts of which.
//!
//! Nothing here knows a value or a period.

use crate::area::{Areas, Division};
use crate::ident::AreaCode;
use crate::series::{Breakdown, Measure, MeasureData, OverAreas};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The figures of a measure, parts before what they are parts of.
pub(super) struct Figures {
    keys: Vec<(AreaCode, Breakdown)>,
    /// Each figure as one number, a place of it for the area and one for each dimension.
    numbers: Vec<i128>,
    by_number: ByNumber,
    /// What stands beside each figure, worked out when it is first asked for: every period asks again.
    beside: Vec<OnceCell<Vec<Vec<usize>>>>,
    /// The ways in which a figure is shared out without remainder.
    partitions: Vec<Vec<Vec<usize>>>,
    /// What a figure is a part of, and in which of its partitions.
    above: Vec<Vec<(usize, usize)>>,
}

impl Figures {
    /// The figures that were observed, every total over their categories, and every area they are parts of.
    pub fn new(measure: &Measure, areas: &Areas, observed: &MeasureData) -> Self {
        let mut of_area: BTreeMap<&AreaCode, BTreeSet<Breakdown>> = BTreeMap::new();
        for (breakdown, area, _) in observed.iter() {
            of_area.entry(area).or_default().extend(generalised(breakdown));
        }
        let adds = measure.over_areas == OverAreas::Sum;
        let divisions = |code: &AreaCode| match areas.get(code.as_str()) {
            Some(area) if adds => area.divisions.as_slice(),
            _ => &[],
        };
        let mut ranks: HashMap<&AreaCode, usize> = HashMap::new();
        for code in areas.iter().map(|area| &area.code).chain(of_area.keys().copied()) {
            rank(code, &divisions, &mut ranks);
        }
        // From the smallest areas up: each lends its breakdowns to what it is a part of.
        let mut by_rank: Vec<&AreaCode> = ranks.keys().copied().collect();
        by_rank.sort_by_key(|code| (ranks[code], *code));
        for code in by_rank {
            let below: BTreeSet<Breakdown> = divisions(code)
                .iter()
                .flat_map(|division| &division.parts)
                .filter_map(|part| of_area.get(part))
                .flatten()
                .cloned()
                .collect();
            if !below.is_empty() {
                of_area.entry(code).or_default().extend(below);
            }
        }
        let mut keys: Vec<(AreaCode, Breakdown)> = of_area
            .into_iter()
            .flat_map(|(area, breakdowns)| breakdowns.into_iter().map(move |of| (area.clone(), of)))
            .collect();
        keys.sort_by_cached_key(|(area, breakdown)| {
            let rank = ranks.get(area).copied().unwrap_or_default();
            (rank, std::cmp::Reverse(breakdown.iter().count()), area.clone(), breakdown.clone())
        });
        let places: HashMap<(AreaCode, Breakdown), usize> =
            keys.iter().cloned().enumerate().map(|(place, key)| (key, place)).collect();
        let mut partitions: Vec<Vec<Vec<usize>>> = Vec::with_capacity(keys.len());
        for (area, breakdown) in &keys {
            let by_parts = divisions(area).iter().map(|division| {
                let parts = division.parts.iter();
                parts.filter_map(|part| places.get(&(part.clone(), breakdown.clone())).copied()).collect()
            });
            partitions.push(by_parts.filter(|parts: &Vec<usize>| !parts.is_empty()).collect());
        }
        // And each figure is a part of the totals over each of its dimensions.
        let mut by_dimension: HashMap<(usize, &str), usize> = HashMap::new();
        for (part, (area, breakdown)) in keys.iter().enumerate() {
            for (dimension, _) in breakdown.iter() {
                let Some(&total) = places.get(&(area.clone(), breakdown.without(dimension.as_str()))) else {
                    continue;
                };
                let way = *by_dimension.entry((total, dimension.as_str())).or_insert_with(|| {
                    partitions[total].push(Vec::new());
                    partitions[total].len() - 1
                });
                partitions[total][way].push(part);
            }
        }
        let mut above = vec![Vec::new(); keys.len()];
        for (total, partitions) in partitions.iter().enumerate() {
            for (which, parts) in partitions.iter().enumerate() {
                for &part in parts {
                    above[part].push((total, which));
                }
            }
        }
        let numbers = numbered(&keys);
        let by_number = ByNumber::new(&numbers);
        let beside = vec![OnceCell::new(); keys.len()];
        Self { keys, numbers, by_number, beside, partitions, above }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Area and breakdown of each.
    pub fn keys(&self) -> impl Iterator<Item = (&AreaCode, &Breakdown)> {
        self.keys.iter().map(|(area, breakdown)| (area, breakdown))
    }

    /// The ways in which a figure is shared out.
    pub fn partitions(&self, figure: usize) -> &[Vec<usize>] {
        &self.partitions[figure]
    }

    /// What a figure is a part of, and in which of its partitions.
    pub fn above(&self, figure: usize) -> &[(usize, usize)] {
        &self.above[figure]
    }

    /// The figures that stand beside one, axis by axis: those of other parts of the areas it is a part of, and
    /// those of the other categories of each dimension.
    pub fn beside(&self, figure: usize) -> &[Vec<usize>] {
        self.beside[figure].get_or_init(|| self.look_beside(figure))
    }

    fn look_beside(&self, figure: usize) -> Vec<Vec<usize>> {
        let (area, breakdown) = &self.keys[figure];
        let mut areas: BTreeSet<usize> = BTreeSet::new();
        let mut categories: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for &(total, which) in &self.above[figure] {
            let siblings = self.partitions[total][which].iter().copied().filter(|part| *part != figure);
            if self.keys[total].0 == *area {
                let of_total = &self.keys[total].1;
                let dropped =
                    breakdown.iter().find(|(dimension, _)| of_total.get(dimension.as_str()).is_none());
                if let Some((dimension, _)) = dropped {
                    categories.entry(dimension.as_str()).or_default().extend(siblings);
                }
            } else {
                areas.extend(siblings);
            }
        }
        let all = std::iter::once(areas).chain(categories.into_values());
        all.filter(|axis| !axis.is_empty()).map(|axis| axis.into_iter().collect()).collect()
    }

    /// The figure that differs from the first corner in all in which the others do, each in one thing.
    pub fn corner(&self, first: usize, others: &[usize]) -> Option<usize> {
        let from = self.numbers[first];
        let corner = others.iter().fold(from, |to, other| to + self.numbers[*other] - from);
        self.by_number.get(corner)
    }

    /// Which figures have one of those somewhere below them.
    pub fn above_any(&self, these: &[bool]) -> Vec<bool> {
        let mut above = vec![false; self.len()];
        for figure in 0..self.len() {
            if these[figure] || above[figure] {
                for &(total, _) in &self.above[figure] {
                    above[total] = true;
                }
            }
        }
        above
    }
}

/// Which figure has a number: a table where numbers lie close together, as those of a full breakdown do.
enum ByNumber {
    Table(Vec<Option<usize>>),
    Map(HashMap<i128, usize>),
}

/// A table has at most so many places for each figure.
const PLACES_FOR_EACH: usize = 16;

impl ByNumber {
    fn new(numbers: &[i128]) -> Self {
        let figures = || numbers.iter().enumerate();
        let most = numbers.iter().max().map_or(0, |most| most + 1);
        match usize::try_from(most) {
            Ok(places) if places <= PLACES_FOR_EACH.saturating_mul(numbers.len()) => {
                let mut table = vec![None; places];
                for (figure, number) in figures() {
                    // Numbers are below the most of them.
                    if let Some(place) = usize::try_from(*number).ok().and_then(|at| table.get_mut(at)) {
                        *place = Some(figure);
                    }
                }
                Self::Table(table)
            }
            _ => Self::Map(figures().map(|(figure, number)| (*number, figure)).collect()),
        }
    }

    fn get(&self, number: i128) -> Option<usize> {
        match self {
            Self::Table(table) => *usize::try_from(number).ok().and_then(|at| table.get(at))?,
            Self::Map(map) => map.get(&number).copied(),
        }
    }
}

/// Areas and categories as numbers with a place for each axis, so that figures can be told apart, and what differs
/// between two of them put on a third.
fn numbered(keys: &[(AreaCode, Breakdown)]) -> Vec<i128> {
    let mut areas: HashMap<&AreaCode, i128> = HashMap::new();
    let mut dimensions: BTreeMap<&str, HashMap<&str, i128>> = BTreeMap::new();
    for (area, breakdown) in keys {
        let number = areas.len() as i128;
        areas.entry(area).or_insert(number);
        for (dimension, category) in breakdown.iter() {
            let categories = dimensions.entry(dimension.as_str()).or_default();
            let number = categories.len() as i128 + 1;
            categories.entry(category.as_str()).or_insert(number);
        }
    }
    let number = |(area, breakdown): &(AreaCode, Breakdown)| {
        dimensions.iter().fold(areas[area], |number, (dimension, known)| {
            let category = breakdown.get(dimension).map_or(0, |category| known[category.as_str()]);
            number * (known.len() as i128 + 1) + category
        })
    };
    keys.iter().map(number).collect()
}

/// A breakdown and every total over some of its dimensions.
fn generalised(breakdown: &Breakdown) -> BTreeSet<Breakdown> {
    let mut all = BTreeSet::from([breakdown.clone()]);
    for (dimension, _) in breakdown.iter() {
        let totals: Vec<Breakdown> = all.iter().map(|of| of.without(dimension.as_str())).collect();
        all.extend(totals);
    }
    all
}

/// How many steps an area is above the smallest ones below it. Areas are no parts of themselves.
fn rank<'a>(
    code: &'a AreaCode,
    divisions: &impl Fn(&AreaCode) -> &'a [Division],
    known: &mut HashMap<&'a AreaCode, usize>,
) -> usize {
    if let Some(rank) = known.get(code) {
        return *rank;
    }
    let below = divisions(code).iter().flat_map(|division| &division.parts);
    let of = below.map(|part| rank(part, divisions, known) + 1).max().unwrap_or_default();
    known.insert(code, of);
    of
}
