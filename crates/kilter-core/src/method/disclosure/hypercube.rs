//! Tables with totals in every dimension, withheld so that nothing can be worked out.

use super::{Cell, DisclosureError, Method, Protected, SmallCounts, Withheld, Zeros, primary};

/// The most dimensions of a table: its totals are up to two to the power of that many times its counts.
const MOST_DIMENSIONS: usize = 8;

/// A table of counts with a total for every category of every dimension, and of everything.
///
/// The totals are made here, so that they add up. A total over a count that is not there is not there either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountTable {
    /// How many levels each dimension has: its categories, and after them the total.
    levels: Vec<usize>,
    /// How far apart neighbours in each dimension stand in `counts`.
    strides: Vec<usize>,
    counts: Vec<Option<u64>>,
}

impl CountTable {
    /// The table of counts with so many categories in each dimension, the last dimension running fastest: of
    /// two rows and three columns the first three counts are the first row.
    ///
    /// # Errors
    /// [`DisclosureError`]: no dimension or more than eight, no category, more or fewer counts than there are places, a table or
    /// a total that is too great.
    ///
    /// ```
    /// use kilter_core::method::disclosure::CountTable;
    /// let table = CountTable::new(&[2, 2], &[3, 4, 5, 6].map(Some))?;
    /// assert_eq!(table.counts(), [3, 4, 7, 5, 6, 11, 8, 10, 18].map(Some));
    /// assert_eq!(table.place(&[1, 2]), Some(5), "the total of the second row");
    /// assert!(CountTable::new(&[2, 2], &[Some(3)]).is_err());
    /// # Ok::<(), kilter_core::method::disclosure::DisclosureError>(())
    /// ```
    pub fn new(categories: &[usize], counts: &[Option<u64>]) -> Result<Self, DisclosureError> {
        if categories.is_empty() {
            return Err(DisclosureError::NoDimension);
        }
        if categories.len() > MOST_DIMENSIONS {
            return Err(DisclosureError::TooManyDimensions { found: categories.len() });
        }
        if let Some(dimension) = categories.iter().position(|categories| *categories == 0) {
            return Err(DisclosureError::NoCategory { dimension });
        }
        let product =
            |sizes: &[usize]| sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
        let expected = product(categories).ok_or(DisclosureError::TooLarge)?;
        if counts.len() != expected {
            return Err(DisclosureError::Counts { found: counts.len(), expected });
        }
        let levels: Vec<usize> = categories.iter().map(|categories| categories + 1).collect();
        let places = product(&levels).ok_or(DisclosureError::TooLarge)?;
        let mut strides = vec![1; levels.len()];
        for dimension in (1..levels.len()).rev() {
            strides[dimension - 1] = strides[dimension] * levels[dimension];
        }
        let mut table = Self { levels, strides, counts: vec![None; places] };
        let mut given = counts.iter();
        for place in 0..places {
            if (0..table.levels.len()).all(|dimension| !table.is_total(place, dimension)) {
                table.counts[place] = given.next().copied().flatten();
            }
        }
        // One dimension after the other, each over the totals of those before it.
        for dimension in 0..table.levels.len() {
            for place in 0..places {
                if !table.is_total(place, dimension) {
                    continue;
                }
                let parts = table.line(place, dimension).map(|part| table.counts[part]);
                let total = parts
                    .collect::<Option<Vec<u64>>>()
                    .map(|parts| parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part)));
                table.counts[place] = match total {
                    // Not among the totals of this dimension yet, or of a count that is not there.
                    None => None,
                    Some(total) => Some(total.ok_or(DisclosureError::TooLarge)?),
                };
            }
        }
        Ok(table)
    }

    /// All counts with the totals, the last dimension running fastest, and in each dimension the total last.
    #[must_use]
    pub fn counts(&self) -> &[Option<u64>] {
        &self.counts
    }

    /// The place of a count among [`CountTable::counts`], by its level in each dimension, from 0; the level
    /// after the last category is the total. `None` where there is no such level.
    #[must_use]
    pub fn place(&self, levels: &[usize]) -> Option<usize> {
        let there =
            levels.len() == self.levels.len() && levels.iter().zip(&self.levels).all(|(at, of)| at < of);
        there.then(|| levels.iter().zip(&self.strides).map(|(level, stride)| level * stride).sum())
    }

    fn level(&self, place: usize, dimension: usize) -> usize {
        place / self.strides[dimension] % self.levels[dimension]
    }

    fn is_total(&self, place: usize, dimension: usize) -> bool {
        self.level(place, dimension) + 1 == self.levels[dimension]
    }

    /// The places that differ from a total in one dimension alone: the parts of it.
    fn line(&self, total: usize, dimension: usize) -> impl Iterator<Item = usize> {
        let stride = self.strides[dimension];
        let first = total - self.level(total, dimension) * stride;
        (0..self.levels[dimension] - 1).map(move |level| first + level * stride)
    }
}

/// Withholds the small counts and totals of a table, and so many others that none of them can be worked out:
/// the hypercube method, [`Method::Hypercube`]. The cells are in the order of [`CountTable::counts`].
///
/// Every count that is withheld is a corner of a box, two levels of each dimension, all of whose corners are
/// withheld or not there, and whose corners can change together by `span`, some up and some down, without
/// touching any other count or total and without going below what a reader knows to be possible: zero, or one
/// where [`Zeros::Shown`]. So there are always two tables that a reader cannot tell apart and that differ by
/// `span` in that count. Of the boxes that a count can be a corner of, that which costs least is taken: the
/// sum of what it withholds anew is smallest, and the first of equals. Such a box always exists, for a count
/// and all its totals can rise together.
///
/// After the hypercube method of the German statistical offices (Repsilber 1994; Giessing 2003), with totals
/// as levels of their own. It withholds somewhat more than the least that would do. It protects against a reader
/// who has this table, knows the rule, and knows that counts are whole and not negative. It does not protect
/// against one who has a second table of the same people, who knows some of them, or who goes through all
/// tables that could have led this procedure to the same choice. Totals over several categories that are also
/// published (subtotals) need a dimension of their own, or their own table.
///
/// # Errors
/// [`DisclosureError::NoSpan`] for a span of zero; [`DisclosureError::TooLarge`] for a count at the end of all
/// numbers, which cannot rise.
///
/// # Examples
/// ```
/// use kilter_core::method::disclosure::{protect, CountTable, DisclosureError, SmallCounts, Zeros};
/// let small = SmallCounts { threshold: 4, zeros: Zeros::Shown };
/// let table = CountTable::new(&[3, 3], &[3, 20, 9, 30, 8, 7, 15, 40, 50].map(Some))?;
/// let cells = protect(&table, small, 1)?.cells;
/// let text: Vec<_> = cells.chunks(4).map(|row| row.iter().map(|c| format!("{c:>4}")).collect::<String>()).collect();
/// assert_eq!(text, [
///     "   *  20   *  32",
///     "   *   8   *  45",
///     "  15  40  50 105",
///     "  48  68  66 182",
/// ]);
/// assert_eq!(protect(&table, small, 0), Err(DisclosureError::NoSpan));
/// # Ok::<(), DisclosureError>(())
/// ```
pub fn protect(table: &CountTable, small: SmallCounts, span: u64) -> Result<Protected, DisclosureError> {
    if span == 0 {
        return Err(DisclosureError::NoSpan);
    }
    let mut cells = primary(&table.counts, small).cells;
    let mut corner_of_one = vec![false; cells.len()];
    for place in 0..cells.len() {
        if !cells[place].is_withheld() || corner_of_one[place] {
            continue;
        }
        let search = Search { table, cells: &cells, zeros: small.zeros, span };
        for corner in search.cheapest(place).ok_or(DisclosureError::TooLarge)? {
            corner_of_one[corner] = true;
            if let Cell::Shown(_) = cells[corner] {
                cells[corner] = Cell::Withheld(Withheld::Secondary);
            }
        }
    }
    Ok(Protected { method: Method::Hypercube, small, cells })
}

/// The search for the box that protects a count.
struct Search<'a> {
    table: &'a CountTable,
    cells: &'a [Cell],
    zeros: Zeros,
    span: u64,
}

impl Search<'_> {
    /// The corners of the cheapest box with a corner at that place; `None` where there is none.
    fn cheapest(&self, place: usize) -> Option<Vec<usize>> {
        let dimensions = self.table.levels.len();
        let own: Vec<usize> = (0..dimensions).map(|dimension| self.table.level(place, dimension)).collect();
        let mut best: Option<(u128, Vec<usize>)> = None;
        let mut corners = Vec::with_capacity(1 << dimensions);
        // The opposite corner, by its level in each dimension: one after the other, as a clock counts.
        let mut opposite = vec![0; dimensions];
        loop {
            if opposite.iter().zip(&own).all(|(there, here)| there != here) {
                for rises in [true, false] {
                    let below = best.as_ref().map_or(u128::MAX, |(cost, _)| *cost);
                    if let Some(cost) = self.cost(&own, &opposite, rises, below, &mut corners) {
                        best = Some((cost, corners.clone()));
                    }
                }
            }
            let next = (0..dimensions).rev().find(|d| opposite[*d] + 1 < self.table.levels[*d]);
            let (Some(next), false) = (next, best.as_ref().is_some_and(|(cost, _)| *cost == 0)) else {
                return best.map(|(_, corners)| corners);
            };
            opposite[next] += 1;
            opposite[next + 1..].fill(0);
        }
    }

    /// What a box whose first corner rises or falls withholds anew, and its corners; `None` where a corner
    /// cannot be withheld or cannot change, or where it costs no less than that.
    fn cost(
        &self,
        own: &[usize],
        opposite: &[usize],
        rises: bool,
        below: u128,
        corners: &mut Vec<usize>,
    ) -> Option<u128> {
        let total = |dimension: usize, level: usize| level + 1 == self.table.levels[dimension];
        let dimensions = own.len();
        let mut cost = 0u128;
        corners.clear();
        for corner in 0..1usize << dimensions {
            let (mut place, mut up) = (0, rises);
            for d in 0..dimensions {
                let away = corner >> d & 1 == 1;
                place += if away { opposite[d] } else { own[d] } * self.table.strides[d];
                // Between two categories what one gains the other loses; a total follows its part.
                up ^= away && !total(d, own[d]) && !total(d, opposite[d]);
            }
            corners.push(place);
            let Some(count) = self.table.counts[place] else {
                // A total of something that is not there: nobody can hold it against its parts.
                if (0..dimensions).any(|d| self.table.is_total(place, d)) {
                    continue;
                }
                return None;
            };
            let least = u64::from(self.zeros == Zeros::Shown);
            let room = if up { u64::MAX - count } else { count.saturating_sub(least) };
            if count < least || room < self.span {
                return None;
            }
            if let Cell::Shown(_) = self.cells[place] {
                cost += u128::from(count);
            }
            if cost >= below {
                return None;
            }
        }
        Some(cost)
    }
}
