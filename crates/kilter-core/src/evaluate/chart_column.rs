//! The control charts of many areas at once, as the lines of their segments and the patterns of each value.
//!
//! What [`control_chart`](super::control_chart) says one by one, to the bit, where a chart is an XmR chart whose
//! segments are those that its indicator names; a series with a break is asked for one by one.

use super::chart::{screening_of, signal_rules};
use crate::framework::{ChartKind, ChartRule, Indicator};
use crate::ident::AreaCode;
use crate::method::Lack;
use crate::method::control_chart::side_by_side::{
    LANES, Lines, PatternMemory, SharedSettings, TooGreat, lines, patterns,
};
use crate::method::control_chart::{FIX_AFTER_AT_LEAST, Limits, Signals};
use crate::time::Period;
use std::ops::Range;

/// Places of a chart that follow one another and have the same lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Which area, by its place among those that were asked for.
    pub area: usize,
    /// The places of its periods.
    pub places: Range<usize>,
    /// The line in the middle; `None` where there is no value to rest on.
    pub centre: Option<f64>,
    /// The limits; `None` where there is nothing to rest them on.
    pub limits: Option<Limits>,
}

/// How the values of an indicator in some periods are charted.
pub struct ChartPlan<'f> {
    rule: &'f ChartRule,
    periods: &'f [Period],
    parts: Vec<Range<usize>>,
    settings: SharedSettings,
}

/// Memory that is kept from area to area.
#[derive(Default)]
pub struct ChartMemory {
    shown: [Vec<f64>; LANES],
    counting: [Vec<f64>; LANES],
    lines: Vec<[Result<Lines, TooGreat>; LANES]>,
    excluded: [Vec<usize>; LANES],
    patterns: PatternMemory,
}

impl<'f> ChartPlan<'f> {
    /// So many areas are charted together.
    pub const TOGETHER: usize = LANES;

    /// How the values of an indicator are charted; `None` where each area has to be asked for by itself: charts of
    /// other kinds, and periods that overlap, which have none.
    #[must_use]
    pub fn new(indicator: &'f Indicator, periods: &'f [Period]) -> Option<Self> {
        let rule = &indicator.chart;
        let fix_after = rule.fix_after.map(|places| places as usize);
        let is_fixed_too_early = fix_after.is_some_and(|places| places < FIX_AFTER_AT_LEAST);
        if rule.kind != ChartKind::Xmr || !periods.last()?.kind().tiles() || is_fixed_too_early {
            return None;
        }
        let mut parts = Vec::new();
        let mut begun = 0;
        for place in 1..periods.len() {
            if rule.begins_anew(periods[place - 1], periods[place]) {
                parts.push(begun..place);
                begun = place;
            }
        }
        parts.push(begun..periods.len());
        let settings = SharedSettings { rules: signal_rules(rule), screening: screening_of(rule), fix_after };
        Some(Self { rule, periods, parts, settings })
    }

    /// Charts the values of up to [`ChartPlan::TOGETHER`] areas, one after the other, of which the first has that
    /// place: the patterns of every value, and the lines of its segments, which are added. `false` where an area has
    /// to be asked for by itself, for values that are too great; nothing is said of it. An area without a value has
    /// no lines.
    ///
    /// # Panics
    /// Columns that are not as long as there are areas and periods; more areas.
    pub fn write(
        &self,
        (first, areas): (usize, &[AreaCode]),
        (values, lacks): (&[f64], &[Lack]),
        memory: &mut ChartMemory,
        signals: &mut [Signals],
        stretches: &mut Vec<Stretch>,
    ) -> [bool; LANES] {
        let n = self.periods.len();
        assert!(areas.len() <= LANES && !areas.is_empty(), "some areas that are charted together");
        let ChartMemory { shown, counting, lines: found, excluded, patterns: memory } = memory;
        for lane in 0..LANES {
            // A lane without an area does as the last area does.
            let row = lane.min(areas.len() - 1);
            let at = row * n..(row + 1) * n;
            gaps_marked(&values[at.clone()], &lacks[at], &mut shown[lane]);
            excluded[lane].clear();
            if !self.rule.exclude.is_empty() {
                let is_out = |place: &usize| self.rule.excluded(&areas[row], self.periods[*place]).is_some();
                excluded[lane].extend((0..n).filter(is_out));
                counting[lane].clone_from(&shown[lane]);
                excluded[lane].iter().for_each(|place| counting[lane][*place] = f64::NAN);
            }
        }
        let counting: [&[f64]; LANES] =
            if self.rule.exclude.is_empty() { shown.each_ref() } else { counting.each_ref() }
                .map(|row| &row[..]);
        found.clear();
        let of_part = |part: &Range<usize>| lines(counting.map(|row| &row[part.clone()]), &self.settings);
        found.extend(self.parts.iter().map(of_part));
        let mut sound = [true; LANES];
        for lane in 0..areas.len() {
            let signals = &mut signals[lane * n..(lane + 1) * n];
            sound[lane] = found.iter().all(|lines| lines[lane].is_ok());
            if !sound[lane] || shown[lane].iter().all(|value| value.is_nan()) {
                signals.fill(Signals::NONE);
                continue;
            }
            for (part, lines) in self.parts.iter().zip(&*found) {
                let Ok((centre, limits)) = lines[lane] else { continue };
                let out = excluded[lane].iter().filter(|place| part.contains(place));
                patterns(
                    &shown[lane][part.clone()],
                    &counting[lane][part.clone()],
                    out.map(|place| place - part.start),
                    (centre, limits),
                    self.settings.rules,
                    memory,
                    &mut signals[part.clone()],
                );
                stretches.push(Stretch { area: first + lane, places: part.clone(), centre, limits });
            }
        }
        sound
    }
}

/// Values, not a number where one is lacking.
fn gaps_marked(values: &[f64], lacks: &[Lack], into: &mut Vec<f64>) {
    into.clear();
    into.extend_from_slice(values);
    Lack::each(lacks, |place| into[place] = f64::NAN);
}
