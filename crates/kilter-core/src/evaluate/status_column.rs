//! The statuses of values in a column, without a word or a judgement for each.
//!
//! Whether a value is green, amber or red is one comparison with a cut, found once for a threshold: the greatest or
//! least number that the threshold itself judges so. It holds where targets are the same for an area whatever its
//! values are; for others, [`status`](super::status) is asked value by value.

use super::judge::{assessed_without_value, reason_of_value, target_in_force};
use super::{History, Viewpoint, is_still_to_come};
use crate::framework::{Comparison, Framework, Indicator};
use crate::ident::AreaCode;
use crate::method::Lack;
use crate::target::{Aim, Baseline, Colour, Goal, NotAssessed, Polarity, Status, Threshold};
use crate::time::Period;
use std::ops::Range;

/// A status as one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct StatusCode(u8);

const COLOURS: [Colour; 3] = [Colour::Green, Colour::Amber, Colour::Red];

impl StatusCode {
    /// The number: 0 green, 1 amber, 2 red; from 3 the place among [`NotAssessed::NAMES`].
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// What the numbers say, by number.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let colours = Colour::NAMES.into_iter().map(|(name, _)| name);
        colours.chain(NotAssessed::NAMES.into_iter().map(|(name, _)| name))
    }

    /// The status.
    ///
    /// ```
    /// use kilter_core::evaluate::StatusCode;
    /// use kilter_core::target::{Colour, Status};
    /// let amber = Status::Assessed(Colour::Amber);
    /// assert_eq!((StatusCode::from(amber).code(), StatusCode::from(amber).status()), (1, amber));
    /// ```
    #[must_use]
    pub fn status(self) -> Status {
        match COLOURS.get(usize::from(self.0)) {
            Some(colour) => Status::Assessed(*colour),
            None => {
                let place = (usize::from(self.0) - COLOURS.len()).min(NotAssessed::NAMES.len() - 1);
                Status::NotAssessed(NotAssessed::NAMES[place].1)
            }
        }
    }
}

impl From<Status> for StatusCode {
    fn from(status: Status) -> Self {
        Self(match status {
            Status::Assessed(Colour::Green) => 0,
            Status::Assessed(Colour::Amber) => 1,
            Status::Assessed(Colour::Red) => 2,
            Status::NotAssessed(reason) => {
                let place = NotAssessed::NAMES.iter().position(|(_, known)| *known == reason);
                place.map_or(COLOURS.len(), |place| place + COLOURS.len()) as u8
            }
        })
    }
}

/// How values of some periods are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// All alike.
    Same(StatusCode),
    /// Green up to the first, amber up to the second, red beyond.
    UpTo(f64, f64),
    /// Green from the first, amber from the second, red below.
    From(f64, f64),
    /// By the threshold itself.
    By(Threshold),
}

/// How the values of an indicator are judged in the periods of a column.
pub struct StatusPlan<'f> {
    indicator: &'f Indicator,
    comparison: Comparison,
    stretches: Vec<(Range<usize>, Rule)>,
    /// By period: whether its figures are still to come.
    to_come: Vec<bool>,
}

/// Whether what targets aim at can be told from the period alone.
fn is_known_beforehand(goal: &Goal) -> bool {
    match goal {
        Goal::Fixed(_) | Goal::PerPeriod(_) | Goal::Trajectory(_) => true,
        Goal::Change(change) => matches!(change.baseline, Baseline::Value(_)),
        Goal::Comparator(_) => false,
    }
}

/// Values are cut between these; others are judged one by one.
const WIDEST: f64 = 1e300;

/// The last number in a direction that a threshold judges to be no worse than a colour; beyond all where there is
/// none.
fn cut(threshold: Threshold, worst: Colour, rising: bool) -> f64 {
    let place = |colour: Colour| COLOURS.iter().position(|known| *known == colour);
    let toward = |value: f64| if rising { value } else { -value };
    let holds = |value: f64| place(threshold.judge(toward(value)).colour) <= place(worst);
    if holds(WIDEST) {
        return toward(f64::INFINITY);
    }
    if !holds(-WIDEST) {
        return toward(f64::NEG_INFINITY);
    }
    // Doubles of one sign are in the order of their bits.
    let key = |value: f64| {
        let bits = value.to_bits().cast_signed();
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    let value =
        |key: i64| f64::from_bits(if key < 0 { i64::MIN.wrapping_sub(key) } else { key }.cast_unsigned());
    let (mut inside, mut outside) = (key(-WIDEST), key(WIDEST));
    while inside + 1 < outside {
        let middle = inside.midpoint(outside);
        if holds(value(middle)) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    toward(value(inside))
}

impl<'f> StatusPlan<'f> {
    /// How the values of an indicator in an area are judged; `None` where that rests on other values than the one
    /// that is judged. It serves for every area that has no targets of its own.
    #[must_use]
    pub fn new(
        framework: &'f Framework,
        indicator: &'f Indicator,
        area: &AreaCode,
        periods: &[Period],
        view: &Viewpoint,
    ) -> Option<Self> {
        if !framework.targets_for(&indicator.id, area).all(|target| is_known_beforehand(&target.goal)) {
            return None;
        }
        let history = History::without_values(indicator, area, periods);
        let comparison = framework.comparison();
        let mut stretches: Vec<(Range<usize>, Rule)> = Vec::new();
        let mut cuts: Option<(Threshold, Rule)> = None;
        for place in 0..periods.len() {
            let rule = match reason_of_value(indicator) {
                Some(reason) => Rule::Same(Status::NotAssessed(reason).into()),
                None => {
                    let target = target_in_force(framework, &history, place, view);
                    match target.and_then(|target| target.threshold) {
                        None => Rule::Same(assessed_without_value(target.map(|target| target.aim)).into()),
                        Some(threshold) => match cuts {
                            Some((known, rule)) if known == threshold => rule,
                            _ => {
                                let rule = rule_of(threshold, comparison);
                                cuts = Some((threshold, rule));
                                rule
                            }
                        },
                    }
                }
            };
            match stretches.last_mut() {
                Some((stretch, known)) if *known == rule => stretch.end = place + 1,
                _ => stretches.push((place..place + 1, rule)),
            }
        }
        let late = |period: &Period| view.on.is_some_and(|day| is_still_to_come(indicator, *period, day));
        Some(Self { indicator, comparison, stretches, to_come: periods.iter().map(late).collect() })
    }

    /// The status of every value of a row.
    ///
    /// # Panics
    /// Columns that are not as long as there are periods.
    pub fn write(&self, values: &[f64], lacks: &[Lack], codes: &mut [StatusCode]) {
        for (places, rule) in &self.stretches {
            let (values, codes) = (&values[places.clone()], &mut codes[places.clone()]);
            let each = values.iter().zip(codes);
            match *rule {
                Rule::Same(code) => each.for_each(|(_, into)| *into = code),
                Rule::UpTo(green, amber) => each.for_each(|(value, into)| {
                    *into = StatusCode(u8::from(*value > green) + u8::from(*value > amber));
                }),
                Rule::From(green, amber) => each.for_each(|(value, into)| {
                    *into = StatusCode(u8::from(*value < green) + u8::from(*value < amber));
                }),
                Rule::By(threshold) => each.for_each(|(value, into)| {
                    let value = super::judge::rounded_for(self.comparison, self.indicator, *value);
                    *into = Status::Assessed(threshold.judge(value).colour).into();
                }),
            }
        }
        Lack::each(lacks, |place| {
            if let Some(missing) = lacks[place].reason() {
                let status = super::judge::status_without_value(self.indicator, missing, self.to_come[place]);
                codes[place] = status.into();
            }
        });
    }
}

fn rule_of(threshold: Threshold, comparison: Comparison) -> Rule {
    match (threshold.aim(), threshold.polarity(), comparison) {
        (Aim::Value(_), Polarity::Lower, Comparison::Unrounded) => {
            Rule::UpTo(cut(threshold, Colour::Green, true), cut(threshold, Colour::Amber, true))
        }
        (Aim::Value(_), Polarity::Higher, Comparison::Unrounded) => {
            Rule::From(cut(threshold, Colour::Green, false), cut(threshold, Colour::Amber, false))
        }
        _ => Rule::By(threshold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Tolerance, ToleranceUnit};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cut_tells_colours_apart_as_its_threshold_does(
            aim in prop_oneof![0.001..1e6f64, -500.0..500.0f64, Just(0.0)],
            green in 0.0..20.0f64,
            more in 0.0..20.0f64,
            points: bool,
            lower: bool,
            value in -1e6..1e6f64,
            steps in -40i32..40,
        ) {
            let unit = if points { ToleranceUnit::Points } else { ToleranceUnit::Relative };
            let tolerance = Tolerance::new(unit, green, green + more).unwrap();
            let polarity = if lower { Polarity::Lower } else { Polarity::Higher };
            let Ok(threshold) = Threshold::new(polarity, Aim::Value(aim), tolerance) else { return Ok(()) };
            let rule = rule_of(threshold, Comparison::Unrounded);
            let (first, second) = match rule {
                Rule::UpTo(a, b) | Rule::From(a, b) => (a, b),
                _ => unreachable!("a value has two cuts"),
            };
            let beside = |value: f64| f64::from_bits(value.to_bits().wrapping_add_signed(i64::from(steps)));
            for value in [value, aim, beside(aim), first, beside(first), second, beside(second)] {
                if !value.is_finite() {
                    continue;
                }
                let code = match rule {
                    Rule::UpTo(green, amber) => u8::from(value > green) + u8::from(value > amber),
                    _ => u8::from(value < first) + u8::from(value < second),
                };
                prop_assert_eq!(StatusCode(code).status(), Status::Assessed(threshold.judge(value).colour));
            }
        }
    }

    #[test]
    fn every_status_has_a_code_of_its_own() {
        let reasons = NotAssessed::NAMES.map(|(_, reason)| Status::NotAssessed(reason));
        for status in COLOURS.map(Status::Assessed).into_iter().chain(reasons) {
            assert_eq!(StatusCode::from(status).status(), status);
        }
    }
}
