//! The limits of the values of a panel, and how these stand to the values with which they are compared.

use super::{Below, Form, OverAll, Panel, PanelMemory, Plan, PlanBelow, Way};
use crate::evaluate::{Standing, compared_area};
use crate::framework::{Calculation, ComparisonTest, Framework, Indicator, IntervalRule};
use crate::method::interval::{Confidence, SMALL, byar_each, byar_of_small};
use crate::method::{Figures, Lack, wide};
use crate::target::{Against, Polarity, same};
use std::ops::Range;

impl Panel {
    /// The limits of the values of the area of a row; `false` where there are none by Byar's method, or not for
    /// every value: the values have to be asked for one by one then. What is said of a period without a value is
    /// never read.
    ///
    /// # Panics
    /// As [`Panel::values`].
    pub fn limits(
        &self,
        row: usize,
        plan: &Plan,
        indicator: &Indicator,
        confidence: Confidence,
        memory: &mut PanelMemory,
        (lower, upper): (&mut [f64], &mut [f64]),
    ) -> bool {
        let counted = matches!(indicator.calculation, Calculation::Count(_) | Calculation::Rate(_));
        if indicator.interval != Some(IntervalRule::Byar) || !counted {
            return false;
        }
        let (Form::Whole(above) | Form::Ratio { above, .. }, Way::Windows(windows, _)) =
            (&self.form, &plan.way)
        else {
            return false;
        };
        if let Some(sound) = self.limits_of_small(row, plan, confidence, memory, (&mut *lower, &mut *upper)) {
            return sound;
        }
        let mut counts = std::mem::take(&mut memory.counts);
        let mut lacks = std::mem::take(&mut memory.lacks);
        counts.resize(plan.len(), 0.0);
        lacks.resize(plan.len(), Lack::NONE);
        above.write(row, windows, &mut memory.running, &mut counts, &mut lacks);
        let mut sound = byar_each(&counts, confidence, lower, upper);
        (memory.counts, memory.lacks) = (counts, lacks);
        if let Form::Ratio { per, .. } = &self.form {
            let mut scale = |place: usize, below: f64| {
                let factor = per / below;
                lower[place] *= factor;
                upper[place] *= factor;
                sound &= is_sound(below, factor);
            };
            self.each_below(row, plan, memory, |places, below| match below {
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
    fn limits_of_small(
        &self,
        row: usize,
        plan: &Plan,
        confidence: Confidence,
        memory: &mut PanelMemory,
        (lower, upper): (&mut [f64], &mut [f64]),
    ) -> Option<bool> {
        let known = byar_of_small(confidence)?;
        let (Form::Whole(above) | Form::Ratio { above, .. }, Way::Windows(windows, _)) =
            (&self.form, &plan.way)
        else {
            return None;
        };
        let sums = above.cells.whole_sums(row, windows)?;
        if above.factor != 1.0 {
            return None;
        }
        // As numbers without a sign, so that one below zero is greater than all.
        let count = |(start, end): (&i32, &i32)| end.wrapping_sub(*start).cast_unsigned();
        let is_small = |most: u32| (most as usize) < known.len();
        let is_sum_small = above.cells.most(row).is_some_and(|most| is_small(most.cast_unsigned()));
        if !is_sum_small && !is_small(sums.starts.iter().zip(sums.ends).map(count).fold(0, u32::max)) {
            return None;
        }
        let mut sound = true;
        let mut look_up = |places: Range<usize>, factor: f64| {
            let (places, starts, ends) = sums.of(&places);
            let counts = starts.iter().zip(ends).map(count);
            let limits = lower[places.clone()].iter_mut().zip(&mut upper[places]);
            for (count, (lower, upper)) in counts.zip(limits) {
                // A count that is not small is that of a window with a gap, whose limits are never read.
                let limits = known[count as usize % SMALL];
                (*lower, *upper) = (limits.lower * factor, limits.upper * factor);
            }
        };
        match (&self.form, &plan.way) {
            (Form::Ratio { below: Below::People(among), .. }, Way::Windows(_, PlanBelow::Years(of))) => {
                for (places, year) in of {
                    let at = row * among.years + year;
                    look_up(places.clone(), among.factors[at]);
                    let has_people = among.lacks[at] == Lack::NONE;
                    sound &= is_sound(if has_people { among.people[at] } else { 1.0 }, among.factors[at]);
                }
            }
            (Form::Ratio { per, .. }, _) => self.each_below(row, plan, memory, |places, below| {
                for place in places {
                    let below = match below {
                        OverAll::One(below) => below.unwrap_or(1.0),
                        OverAll::Each(_, lacks) if lacks[place] != Lack::NONE => 1.0,
                        OverAll::Each(below, _) => below[place],
                    };
                    let factor = per / below;
                    look_up(place..place + 1, factor);
                    sound &= is_sound(below, factor);
                }
            }),
            _ => look_up(0..plan.len(), 1.0),
        }
        Some(sound)
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

/// Whether limits that are divided by so many are those times that factor, and none of them beyond all numbers:
/// what is less than nothing has none, and what is next to nothing loses digits. Nothing at all is no value, whose
/// limits are never read.
fn is_sound(below: f64, factor: f64) -> bool {
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
    /// cannot be said. Values that are lacking are marked in `lacks`; of the others each lies between its limits.
    ///
    /// # Panics
    /// Columns of different lengths.
    pub fn standings(
        polarity: Polarity,
        (lower, upper): (&[f64], &[f64]),
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
        let (limits, lacks) = ((&lower[..n], &upper[..n]), &lacks[..n]);
        let touched = (&others.least[..n], &others.greatest[..n]);
        let into = &mut *standings;
        wide(
            #[inline(always)]
            move || stand((above, similar, below), limits, touched, into),
        );
        for lacks in [lacks, &others.figures.lacks[..n]] {
            for (standing, lack) in standings.iter_mut().zip(lacks) {
                *standing = if *lack == Lack::NONE { *standing } else { 0 };
            }
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
