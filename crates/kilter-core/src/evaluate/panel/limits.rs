//! The limits of the values of a panel, and how these stand to the values with which they are compared.

use super::{Below, Form, OverAll, Panel, PanelMemory, Plan, PlanBelow, Stretch, Term, Way};
use crate::evaluate::{Standing, compared_area};
use crate::framework::{Calculation, ComparisonTest, Framework, Indicator, IntervalRule};
use crate::method::interval::{Confidence, OfSmall, SMALL, byar_each, byar_of_small};
use crate::method::{Figures, Lack, Sliding, Windows, wide};
use crate::target::{Against, Polarity, same};

impl Panel {
    /// The limits of the values of each row; `None` where none of them are by Byar's method, or the plan is that of
    /// another panel: the values have to be asked for one by one then.
    #[must_use]
    pub fn limits<'p>(
        &'p self,
        plan: &'p Plan,
        indicator: &Indicator,
        confidence: Confidence,
    ) -> Option<PanelLimits<'p>> {
        let counted = matches!(indicator.calculation, Calculation::Count(_) | Calculation::Rate(_));
        if indicator.interval != Some(IntervalRule::Byar) || !counted {
            return None;
        }
        let (Form::Whole(above) | Form::Ratio { above, .. }, Way::Windows { windows, sums, .. }) =
            (&self.form, &plan.way)
        else {
            return None;
        };
        let small = byar_of_small(confidence).zip(sums.as_ref());
        Some(PanelLimits { panel: self, plan, confidence, above, windows, small })
    }

    /// Where the indicator is compared with the value of an area of the panel in the same period by the limits of
    /// one level: the rows of these areas, and that level.
    #[must_use]
    pub fn comparison(&self, framework: &Framework, indicator: &Indicator) -> Option<Comparison> {
        let rule = &indicator.comparison;
        let [level] = rule.confidence[..] else { return None };
        let with_an_area = matches!(rule.against, Against::Scotland | Against::Parent | Against::Area(_));
        if rule.test != ComparisonTest::IntervalAgainstValue || !with_an_area {
            return None;
        }
        let mut others = Vec::with_capacity(self.areas.len());
        for area in self.areas.iter() {
            let other = compared_area(framework, area, &rule.against);
            others.push(match other {
                None => None,
                Some(other) => Some(self.row(&other)?),
            });
        }
        let confidence = Confidence::new(level / 100.0).ok()?;
        Some(Comparison { others, confidence })
    }
}

/// The limits of the values of a panel by Byar's method: what is the same for all rows is worked out once.
pub struct PanelLimits<'p> {
    panel: &'p Panel,
    plan: &'p Plan,
    confidence: Confidence,
    above: &'p Term,
    windows: &'p Windows,
    /// The limits of small counts, and the sums that are such, where both are known.
    small: Option<(&'p OfSmall, &'p Sliding)>,
}

impl PanelLimits<'_> {
    /// The limits of the values of the area of a row; `false` where not all of them are known: the values have to be
    /// asked for one by one then. What is said of a period without a value is never read.
    ///
    /// # Panics
    /// As [`Panel::values`].
    pub fn write(
        &self,
        row: usize,
        memory: &mut PanelMemory,
        (lower, upper): (&mut [f64], &mut [f64]),
    ) -> bool {
        if let Some(sound) = self.of_small(row, memory, (&mut *lower, &mut *upper)) {
            return sound;
        }
        let mut counts = std::mem::take(&mut memory.counts);
        let mut lacks = std::mem::take(&mut memory.lacks);
        counts.resize(self.plan.len(), 0.0);
        lacks.resize(self.plan.len(), Lack::NONE);
        self.above.write(row, self.windows, &mut memory.running, &mut counts, &mut lacks);
        let mut sound = byar_each(&counts, self.confidence, lower, upper);
        (memory.counts, memory.lacks) = (counts, lacks);
        if let Form::Ratio { per, .. } = &self.panel.form {
            let mut scale = |place: usize, below: f64| {
                let factor = per / below;
                lower[place] *= factor;
                upper[place] *= factor;
                sound &= is_sound(below, factor);
            };
            self.panel.each_below(row, self.plan, memory, |places, below| match below {
                OverAll::One(below) => {
                    places.for_each(|place| scale(place, below.unwrap_or(1.0)));
                }
                OverAll::Each(below, lacks) => places.for_each(|place| {
                    scale(place, if lacks[place] == Lack::NONE { below[place] } else { 1.0 });
                }),
            });
        }
        sound
    }

    /// The same where all counts are whole and small, so that their limits need only be looked up; `None` where
    /// they are not.
    fn of_small(
        &self,
        row: usize,
        memory: &mut PanelMemory,
        (lower, upper): (&mut [f64], &mut [f64]),
    ) -> Option<bool> {
        let (known, sliding) = self.small?;
        let (starts, ends) = self.above.cells.sums_of(row, sliding);
        let is_small = |most: u32| (most as usize) < known.len();
        let is_sum_small = self.above.cells.most(row).is_some_and(|most| is_small(most.cast_unsigned()));
        if !is_sum_small && !is_small(starts.iter().zip(ends).map(count).fold(0, u32::max)) {
            return None;
        }
        let inside = sliding.inside();
        let into = (&mut lower[inside.clone()], &mut upper[inside.clone()]);
        match (&self.panel.form, &self.plan.way) {
            (
                Form::Ratio { below: Below::People(among), .. },
                Way::Windows { below: PlanBelow::Years(of), .. },
            ) => {
                let of_row = row * among.years..(row + 1) * among.years;
                let factors = &among.factors[of_row.clone()];
                for Stretch { within, year, .. } in of {
                    let sums = (&starts[within.clone()], &ends[within.clone()]);
                    let into = (&mut into.0[within.clone()], &mut into.1[within.clone()]);
                    look_up(known, sums, factors[*year], into);
                }
                let people = &among.people[of_row];
                Some(among.is_sound || of.iter().all(|of| is_sound(people[of.year], factors[of.year])))
            }
            (Form::Ratio { per, .. }, _) => {
                let mut sound = true;
                self.panel.each_below(row, self.plan, memory, |places, below| {
                    for place in places {
                        let below = match below {
                            OverAll::One(below) => below.unwrap_or(1.0),
                            OverAll::Each(_, lacks) if lacks[place] != Lack::NONE => 1.0,
                            OverAll::Each(below, _) => below[place],
                        };
                        let factor = per / below;
                        sound &= is_sound(below, factor);
                        if let Some(at) = place.checked_sub(inside.start).filter(|at| *at < starts.len()) {
                            let sums = (&starts[at..=at], &ends[at..=at]);
                            look_up(known, sums, factor, (&mut into.0[at..=at], &mut into.1[at..=at]));
                        }
                    }
                });
                Some(sound)
            }
            _ => {
                look_up(known, (starts, ends), 1.0, into);
                Some(true)
            }
        }
    }
}

/// How many there are between two running sums: as a number without a sign, so that one below zero is greater than all.
#[inline(always)]
fn count((start, end): (&i32, &i32)) -> u32 {
    end.wrapping_sub(*start).cast_unsigned()
}

/// The limits of small counts, times a factor. All columns are as long as each other.
#[inline(always)]
fn look_up(
    known: &OfSmall,
    (starts, ends): (&[i32], &[i32]),
    factor: f64,
    (lower, upper): (&mut [f64], &mut [f64]),
) {
    // A count that is not small is that of a window with a gap, whose limits are never read.
    let limits = |sums| known[count(sums) as usize % SMALL].map(|limit| limit * factor);
    // Two at a time, whose lower limits lie side by side, and so do the upper ones.
    let (starts, last_starts) = starts.as_chunks::<2>();
    let (ends, last_ends) = ends.as_chunks::<2>();
    let (lower, last_lower) = lower.as_chunks_mut::<2>();
    let (upper, last_upper) = upper.as_chunks_mut::<2>();
    for ((start, end), (lower, upper)) in starts.iter().zip(ends).zip(lower.iter_mut().zip(upper)) {
        let (first, second) = (limits((&start[0], &end[0])), limits((&start[1], &end[1])));
        (*lower, *upper) = ([first[0], second[0]], [first[1], second[1]]);
    }
    let last = last_starts.iter().zip(last_ends).zip(last_lower.iter_mut().zip(last_upper));
    last.for_each(|(sums, (lower, upper))| [*lower, *upper] = limits(sums));
}

/// Whether limits that are divided by so many are those times that factor, and none of them beyond all numbers:
/// what is less than nothing has none, and what is next to nothing loses digits. Nothing at all is no value, whose
/// limits are never read.
pub(super) fn is_sound(below: f64, factor: f64) -> bool {
    below == 0.0 || (below > 0.0 && factor.is_normal() && factor < 1e200)
}

/// With which row each row of a panel is compared, and at which level.
pub struct Comparison {
    others: Vec<Option<usize>>,
    confidence: Confidence,
}

impl Comparison {
    /// The row with which a row is compared; `None` where that is the area itself, or there is none.
    ///
    /// # Panics
    /// A row beyond the end.
    #[must_use]
    pub fn other(&self, row: usize) -> Option<usize> {
        self.others[row]
    }

    /// The level.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// How values stand to others by their limits: the place in [`Standing::NAMES`], from 1, and 0 where that
    /// cannot be said. Values that are lacking are marked in `lacks`, and their limits become that they are not a
    /// number; of the others each lies between its limits.
    ///
    /// # Panics
    /// Columns of different lengths.
    pub fn standings(
        polarity: Polarity,
        (lower, upper): (&mut [f64], &mut [f64]),
        lacks: &[Lack],
        others: &Comparators,
        standings: &mut [u8],
    ) {
        let (above, below) = match polarity {
            Polarity::Higher => (Standing::Better.code(), Standing::Worse.code()),
            Polarity::Lower => (Standing::Worse.code(), Standing::Better.code()),
            Polarity::Range | Polarity::None => (Standing::Higher.code(), Standing::Lower.code()),
        };
        let similar = Standing::Similar.code();
        let n = standings.len();
        let (lower, upper) = (&mut lower[..n], &mut upper[..n]);
        let limits = (&*lower, &*upper);
        let touched = (&others.least[..n], &others.greatest[..n]);
        let into = &mut *standings;
        wide(
            #[inline(always)]
            move || stand((above, similar, below), limits, touched, into),
        );
        Lack::each(&lacks[..n], |place| {
            (lower[place], upper[place], standings[place]) = (f64::NAN, f64::NAN, 0);
        });
        for place in &others.lacking {
            standings[*place] = 0;
        }
    }
}

/// The codes of limits above the values that they are compared with, about them and below them. All columns are as
/// long as each other.
#[inline(always)]
fn stand(
    (above, similar, below): (u8, u8, u8),
    (lower, upper): (&[f64], &[f64]),
    (least, greatest): (&[f64], &[f64]),
    standings: &mut [u8],
) {
    let (to_above, to_below) = (u64::from(similar ^ above), u64::from(similar ^ below));
    // First as wide as the limits, then as bytes: each is worked at side by side.
    let mut codes = [0u64; 32];
    for (chunk, standings) in standings.chunks_mut(codes.len()).enumerate() {
        let at = chunk * codes.len()..chunk * codes.len() + standings.len();
        let codes = &mut codes[..standings.len()];
        let limits = lower[at.clone()].iter().zip(&upper[at.clone()]);
        let touched = least[at.clone()].iter().zip(&greatest[at]);
        for (code, ((lower, upper), (least, greatest))) in codes.iter_mut().zip(limits.zip(touched)) {
            let is_above = if lower > greatest { to_above } else { 0 };
            let is_below = if upper < least { to_below } else { 0 };
            *code = u64::from(similar) ^ is_above ^ is_below;
        }
        standings.iter_mut().zip(codes).for_each(|(standing, code)| *standing = *code as u8);
    }
}

/// The values with which others are compared, and which limits still touch them.
#[derive(Debug, Clone, Default)]
pub struct Comparators {
    figures: Figures,
    /// The places of those that are lacking.
    lacking: Vec<usize>,
    /// The least upper limit that touches a value.
    least: Vec<f64>,
    /// The greatest lower limit that touches it.
    greatest: Vec<f64>,
}

impl Comparators {
    /// The values of a row of a panel, written over what there was.
    ///
    /// # Panics
    /// As [`Panel::values`].
    pub fn read(&mut self, panel: &Panel, row: usize, plan: &Plan, memory: &mut PanelMemory) {
        self.figures.resize(plan.len());
        panel.values(row, plan, memory, &mut self.figures.values, &mut self.figures.lacks);
        let ends = self.figures.values.iter().map(|value| alike(*value));
        (self.least, self.greatest) = ends.unzip();
        self.lacking.clear();
        Lack::each(&self.figures.lacks, |place| self.lacking.push(place));
    }
}

/// The least and greatest number that is the [`same`] as a value.
fn alike(value: f64) -> (f64, f64) {
    let size = value.abs();
    let reach = |towards: f64, further: fn(f64) -> f64, back: fn(f64) -> f64| {
        let mut found = size * (1.0 + towards);
        while !same(found, size) {
            found = back(found);
        }
        while same(further(found), size) {
            found = further(found);
        }
        found
    };
    let least = reach(-1e-12, f64::next_down, f64::next_up);
    let greatest = reach(1e-12, f64::next_up, f64::next_down);
    if value < 0.0 { (-greatest, -least) } else { (least, greatest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_alike_ends_where_the_same_ends(value in prop_oneof![
            4 => -1e9..1e9f64, 1 => -1e-300..1e-300f64, 1 => Just(0.0), 1 => Just(5e-324), 1 => -1e300..1e300f64,
        ]) {
            let (least, greatest) = alike(value);
            prop_assert!(least <= value && value <= greatest);
            prop_assert!(same(least, value) && same(greatest, value));
            prop_assert!(!same(least.next_down(), value) && !same(greatest.next_up(), value));
        }
    }
}
