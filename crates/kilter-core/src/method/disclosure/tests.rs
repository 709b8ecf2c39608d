//! Readers of a protected table who try to work out what is withheld: by bounds, by equations, and by going
//! through all tables. They know nothing of how it was protected.

use super::*;
use proptest::prelude::*;

const SHOWN: SmallCounts = SmallCounts { threshold: 4, zeros: Zeros::Shown };
const WITHHELD: SmallCounts = SmallCounts { threshold: 4, zeros: Zeros::Withheld };

fn table(categories: &[usize], counts: &[u64]) -> CountTable {
    CountTable::new(categories, &counts.iter().copied().map(Some).collect::<Vec<_>>()).unwrap()
}

/// What a reader is told: every total with its parts, and for each cell its count or that it is withheld.
struct Reader {
    /// The places of totals, each with those of its parts, where all of them are there.
    sums: Vec<(usize, Vec<usize>)>,
    least: u64,
}

impl Reader {
    /// The sums of a table with so many categories in each dimension. Knows nothing of how it was protected.
    fn of(table: &CountTable, categories: &[usize], zeros: Zeros) -> Self {
        let mut sums = Vec::new();
        let mut levels = vec![0; categories.len()];
        loop {
            for d in (0..levels.len()).filter(|d| levels[*d] == categories[*d]) {
                let part = |level: usize| {
                    let mut levels = levels.clone();
                    levels[d] = level;
                    table.place(&levels).unwrap()
                };
                let total = part(categories[d]);
                if table.counts()[total].is_some() {
                    sums.push((total, (0..categories[d]).map(part).collect()));
                }
            }
            let Some(next) = (0..levels.len()).rev().find(|d| levels[*d] < categories[*d]) else { break };
            levels[next] += 1;
            levels[next + 1..].fill(0);
        }
        Self { sums, least: u64::from(zeros == Zeros::Shown) }
    }

    /// The least and the greatest that each count can be, from every total and its parts until nothing more
    /// follows.
    fn bounds(&self, cells: &[Cell]) -> Vec<(i128, i128)> {
        const ANY: i128 = 1 << 100;
        let mut bounds: Vec<(i128, i128)> = cells
            .iter()
            .map(|cell| match cell {
                Cell::Shown(count) => (i128::from(*count), i128::from(*count)),
                Cell::Withheld(_) => (i128::from(self.least), ANY),
                Cell::Missing => (0, ANY),
            })
            .collect();
        loop {
            let before = bounds.clone();
            for (total, parts) in &self.sums {
                let least: i128 = parts.iter().map(|part| bounds[*part].0).sum();
                let most: i128 = parts.iter().map(|part| bounds[*part].1).sum::<i128>().min(ANY);
                bounds[*total] = (bounds[*total].0.max(least), bounds[*total].1.min(most));
                let (total_least, total_most) = bounds[*total];
                for part in parts {
                    let (own_least, own_most) = bounds[*part];
                    let (others_least, others_most) = (least - own_least, most - own_most);
                    let at_most = own_most.min(total_most - others_least);
                    let at_least =
                        if most >= ANY { own_least } else { own_least.max(total_least - others_most) };
                    bounds[*part] = (at_least, at_most);
                }
            }
            if bounds == before {
                return bounds;
            }
        }
    }

    /// The withheld counts that follow from the sums as equations, whatever is known about signs.
    fn solved(&self, cells: &[Cell]) -> Vec<usize> {
        let unknown: Vec<usize> = (0..cells.len()).filter(|place| cells[*place].shown().is_none()).collect();
        // Rows over the unknown, brought to reduced echelon form modulo a prime.
        const PRIME: i128 = 2_147_483_647;
        let mut rows: Vec<Vec<i128>> = Vec::new();
        for (total, parts) in &self.sums {
            let sign = |place: &usize| {
                if place == total { PRIME - 1 } else { i128::from(parts.contains(place)) }
            };
            rows.push(unknown.iter().map(sign).collect());
        }
        let inverse = |value: i128| {
            let (mut result, mut base, mut power) = (1, value, PRIME - 2);
            while power > 0 {
                if power & 1 == 1 {
                    result = result * base % PRIME;
                }
                base = base * base % PRIME;
                power >>= 1;
            }
            result
        };
        let mut pivots = Vec::new();
        for column in 0..unknown.len() {
            let Some(found) = (pivots.len()..rows.len()).find(|row| rows[*row][column] != 0) else {
                continue;
            };
            let at = pivots.len();
            rows.swap(at, found);
            let scale = inverse(rows[at][column]);
            rows[at].iter_mut().for_each(|value| *value = *value * scale % PRIME);
            let pivot = rows[at].clone();
            for (i, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if i != at && factor != 0 {
                    for (value, by) in row.iter_mut().zip(&pivot) {
                        *value = (*value + (PRIME - factor) * by) % PRIME;
                    }
                }
            }
            pivots.push(column);
        }
        let alone = |row: &Vec<i128>| row.iter().filter(|value| **value != 0).count() == 1;
        let solved =
            pivots.iter().zip(&rows).filter(|(_, row)| alone(row)).map(|(column, _)| unknown[*column]);
        solved.collect()
    }

    /// The withheld counts that this reader works out.
    fn works_out(&self, cells: &[Cell]) -> Vec<usize> {
        let bounds = self.bounds(cells);
        let solved = self.solved(cells);
        let known = |place: &usize| {
            cells[*place].is_withheld() && (bounds[*place].0 >= bounds[*place].1 || solved.contains(place))
        };
        (0..cells.len()).filter(known).collect()
    }
}

#[test]
fn the_rule_by_rows_gives_away_what_it_withholds() {
    // A column with a single count withheld; two that add to nothing; two that add to the least they can.
    for (categories, counts, small) in [
        ([2, 3], [3, 20, 9, 30, 18, 17], SHOWN),
        ([2, 3], [0, 0, 9, 30, 18, 17], WITHHELD),
        ([2, 3], [1, 1, 9, 30, 18, 17], SHOWN),
    ] {
        let table = table(&categories, &counts);
        let mut cells = primary(table.counts(), small).cells;
        for row in 0..categories[0] {
            let places = row * (categories[1] + 1)..row * (categories[1] + 1) + categories[1];
            let protected = row_wise(&table.counts()[places.clone()], small).cells;
            cells[places].copy_from_slice(&protected);
        }
        let reader = Reader::of(&table, &categories, small.zeros);
        assert!(!reader.works_out(&cells).is_empty(), "{counts:?}: the rule became better");
        let cells = protect(&table, small, 1).unwrap().cells;
        assert_eq!(reader.works_out(&cells), [] as [usize; 0], "{counts:?}");
    }
}

#[test]
fn equations_find_what_bounds_do_not() {
    // Every row and column has two withheld counts or none, and yet the middle one is a bridge between two
    // loops: the first two rows less the first two columns.
    let counts = [20; 25];
    let table = table(&[5, 5], &counts);
    let mut cells = primary(table.counts(), SHOWN).cells;
    let reader = Reader::of(&table, &[5, 5], Zeros::Shown);
    for levels in [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2], [2, 2], [2, 3], [3, 2], [3, 3]] {
        cells[table.place(&levels).unwrap()] = Cell::Withheld(Withheld::Secondary);
    }
    let bridge = table.place(&[1, 2]).unwrap();
    let bounds = reader.bounds(&cells)[bridge];
    assert!(bounds.0 < bounds.1 && reader.works_out(&cells).contains(&bridge));
}

#[test]
fn a_span_is_kept_between_what_a_reader_cannot_tell_apart() {
    let table = table(&[2, 3], &[3, 20, 9, 30, 18, 17]);
    let reader = Reader::of(&table, &[2, 3], Zeros::Shown);
    for span in [1, 5, 12] {
        let cells = protect(&table, SHOWN, span).unwrap().cells;
        for (bounds, cell) in reader.bounds(&cells).iter().zip(&cells).filter(|(_, cell)| cell.is_withheld())
        {
            assert!(bounds.1 - bounds.0 >= i128::from(span), "{bounds:?} {cell:?}");
        }
    }
    assert_eq!(protect(&table, SHOWN, u64::MAX), Err(DisclosureError::TooLarge));
}

#[test]
fn nothing_small_means_nothing_withheld() {
    let table = table(&[2, 2], &[10, 0, 20, 30]);
    assert!(protect(&table, SHOWN, 1).unwrap().cells.iter().all(|cell| cell.shown().is_some()));
    assert!(
        protect(&table, WITHHELD, 1).unwrap().cells.iter().filter(|cell| cell.is_withheld()).count() >= 4
    );
}

#[test]
fn a_count_that_is_not_there_is_no_zero() {
    let table = CountTable::new(&[2, 2], &[Some(2), None, Some(20), Some(30)]).unwrap();
    assert_eq!(table.counts()[2], None, "nor has its row a total");
    let cells = protect(&table, SHOWN, 1).unwrap().cells;
    assert_eq!(cells[1], Cell::Missing);
    assert!(cells[0].is_withheld() && (cells[3].is_withheld() || cells[6].is_withheld()), "{cells:?}");
}

#[test]
fn what_is_no_table_is_refused() {
    let of = |categories: &[usize], counts: &[Option<u64>]| CountTable::new(categories, counts).unwrap_err();
    assert_eq!(of(&[], &[]), DisclosureError::NoDimension);
    assert_eq!(of(&[2, 0], &[]), DisclosureError::NoCategory { dimension: 1 });
    assert_eq!(of(&[1; 9], &[Some(1)]), DisclosureError::TooManyDimensions { found: 9 });
    assert_eq!(of(&[2], &[Some(1)]), DisclosureError::Counts { found: 1, expected: 2 });
    assert_eq!(of(&[2], &[Some(u64::MAX), Some(1)]), DisclosureError::TooLarge);
    assert_eq!(of(&[usize::MAX, 2], &[]), DisclosureError::TooLarge);
    for found in [-1.0, 0.5, 1e300, f64::INFINITY] {
        assert_eq!(whole_counts(&[None, Some(found)]), Err(DisclosureError::NotACount { place: 1, found }));
    }
    assert!(whole_counts(&[Some(f64::NAN)]).is_err() && whole_counts(&[Some(-0.0)]) == Ok(vec![Some(0)]));
    assert_eq!(to_base(u64::MAX, u64::MAX - 1), Ok(u64::MAX - 1));
    assert_eq!(to_base(u64::MAX, 2), Err(DisclosureError::TooLarge));
}

/// A table of one to three dimensions, mostly of small counts, some of them not there.
fn any_table() -> impl Strategy<Value = (Vec<usize>, Vec<Option<u64>>)> {
    let count = prop_oneof![6 => 0u64..4, 4 => 4u64..40, 1 => Just(0u64)];
    prop::collection::vec(1usize..5, 1..4).prop_flat_map(move |categories| {
        let places = categories.iter().product::<usize>();
        let missing = prop_oneof![4 => Just(0.999), 1 => Just(0.9)];
        let (categories, count) = (Just(categories), count.clone());
        (categories, missing).prop_flat_map(move |(categories, there)| {
            let count = prop::option::weighted(there, count.clone());
            (Just(categories), prop::collection::vec(count, places))
        })
    })
}

fn any_rule() -> impl Strategy<Value = SmallCounts> {
    (0u64..12, prop::sample::select(vec![Zeros::Shown, Zeros::Withheld]))
        .prop_map(|(threshold, zeros)| SmallCounts { threshold, zeros })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_reader_works_out_what_is_withheld((categories, counts) in any_table(), small in any_rule()) {
        let table = CountTable::new(&categories, &counts).unwrap();
        let cells = protect(&table, small, 1).unwrap().cells;
        let reader = Reader::of(&table, &categories, small.zeros);
        prop_assert_eq!(reader.works_out(&cells), [] as [usize; 0], "{:?}", cells);
        for (cell, count) in cells.iter().zip(table.counts()) {
            match cell {
                Cell::Shown(shown) => prop_assert!(Some(*shown) == *count && !small.withholds(*shown)),
                Cell::Withheld(Withheld::Primary) => prop_assert!(count.is_some_and(|c| small.withholds(c))),
                Cell::Withheld(Withheld::Secondary) => prop_assert!(count.is_some_and(|c| !small.withholds(c))),
                Cell::Missing => prop_assert_eq!(*count, None),
            }
            prop_assert!(!(small.zeros == Zeros::Shown && *count == Some(0) && cell.is_withheld()));
        }
    }

    #[test]
    fn for_each_withheld_count_there_is_another_table_that_looks_the_same(
        rows in 1usize..3, counts in prop::collection::vec(0u64..6, 6), small in any_rule(),
    ) {
        // Small enough to go through all tables whose counts differ by no more than one.
        let categories = [rows, 3];
        let counts = &counts[..rows * 3];
        let protected = table(&categories, counts);
        let cells = protect(&protected, small, 1).unwrap().cells;
        let mut seen = vec![false; cells.len()];
        for code in 0..3u32.pow(counts.len() as u32) {
            let other: Option<Vec<u64>> = counts.iter().enumerate().map(|(i, count)| {
                (count + u64::from(code / 3u32.pow(i as u32) % 3)).checked_sub(1)
            }).collect();
            let Some(other) = other.map(|other| table(&categories, &other)) else { continue };
            let alike = cells.iter().zip(other.counts()).all(|(cell, count)| match cell.shown() {
                Some(shown) => Some(shown) == *count,
                None => !(small.zeros == Zeros::Shown && *count == Some(0)),
            });
            if alike {
                for (i, seen) in seen.iter_mut().enumerate() {
                    *seen |= other.counts()[i] != protected.counts()[i];
                }
            }
        }
        for (cell, seen) in cells.iter().zip(seen) {
            prop_assert_eq!(cell.is_withheld(), seen, "{:?}", cells);
        }
    }

    #[test]
    fn any_counts_have_an_answer_or_a_reason(
        counts in prop::collection::vec(prop::option::of(any::<u64>()), 0..9),
        categories in prop::collection::vec(0usize..4, 0..4),
        threshold in any::<u64>(), span in any::<u64>(), number in any::<f64>(),
    ) {
        for zeros in [Zeros::Shown, Zeros::Withheld] {
            let small = SmallCounts { threshold, zeros };
            prop_assert_eq!(row_wise(&counts, small).cells.len(), counts.len());
            if let Ok(table) = CountTable::new(&categories, &counts) {
                let _ = protect(&table, small, span);
                let _ = protect(&table, small, 1);
            }
        }
        if let Ok(counts) = whole_counts(&[Some(number)]) {
            prop_assert_eq!(counts[0].map(|count| count as f64), Some(number));
        }
        for count in counts.iter().flatten() {
            if let Ok(rounded) = to_base(*count, span) {
                prop_assert!(rounded.abs_diff(*count) <= span / 2 && rounded % span == 0);
            }
        }
    }
}
