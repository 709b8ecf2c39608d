//! The small rules that entries carry: trends, comparison, roll-up, timing, intervals.

use super::Entry;
use crate::area::Areas;
use crate::framework::document::{
    ChartEntry, ComparatorEntry, ComparatorTable, CompareEntry, ExclusionEntry, LagEntry, MinimumEntry,
    RollUpCuts, RollUpEntry, ShiftEntry, TrendEntry,
};
use crate::framework::{
    Calculation, ChartKind, ChartRule, ChartRuns, ChartScreening, ChartSignals, ComparisonRule,
    ComparisonTest, Cuts, Exclusion, IntervalRule, Lag, MinimumChange, RollUp, ShiftRule, ShiftWatch,
    TrendBasis, TrendRule,
};
use crate::ident::MeasureId;
use crate::series::Measure;
use crate::target::{Against, Comparator, Offset, PeerStatistic};
use crate::time::PeriodKind;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn roll_up(at: &mut Entry<'_>, entry: RollUpEntry) -> Option<RollUp> {
    let mut cuts = |[green, amber]: [f64; 2]| {
        Cuts::new(green, amber).map_err(|problem| at.refuse(format!("roll_up: {problem}"))).ok()
    };
    match entry {
        RollUpEntry::Word(word) => {
            let names = [("worst of", RollUp::WorstOf), ("majority", RollUp::Majority)];
            at.one_of("roll_up", &word, &names)
        }
        RollUpEntry::Cuts(RollUpCuts::ShareGreen(shares)) => cuts(shares).map(RollUp::ShareGreen),
        RollUpEntry::Cuts(RollUpCuts::WeightedMean(shares)) => cuts(shares).map(RollUp::WeightedMean),
    }
}

pub(super) fn lag(at: &mut Entry<'_>, entry: LagEntry) -> Option<Lag> {
    let (lag, most) = match entry {
        LagEntry::Days(n) => (Lag::Days(n), 3660),
        LagEntry::Months(n) => (Lag::Months(n), 120),
    };
    let (LagEntry::Days(n) | LagEntry::Months(n)) = entry;
    if n > most {
        at.refuse(format!("available_after: {n} is more than ten years"));
        return None;
    }
    Some(lag)
}

pub(super) fn trend(at: &mut Entry<'_>, entry: TrendEntry, otherwise: TrendRule) -> Option<TrendRule> {
    let basis = match entry.basis {
        None => otherwise.basis(),
        Some(name) => at.one_of("trend", &name, &TrendBasis::NAMES)?,
    };
    let minimum = match entry.minimum {
        None => otherwise.minimum(),
        Some(MinimumEntry::Points(points)) => MinimumChange::Points(points),
        Some(MinimumEntry::Percent(percent)) => MinimumChange::Percent(percent),
    };
    let window = entry.window.unwrap_or(otherwise.window());
    TrendRule::new(basis, window, minimum).map_err(|problem| at.refuse(problem)).ok()
}

/// What is compared with, and by how much to differ. `field` is where it stands.
pub(super) fn comparator(
    at: &mut Entry<'_>,
    field: &str,
    entry: ComparatorEntry,
    areas: &Areas,
) -> Option<Comparator> {
    const WORDS: [(&str, u8); 4] =
        [("scotland", 0), ("parent", 1), ("previous period", 2), ("same period last year", 3)];
    let table = match entry {
        ComparatorEntry::Word(word) => ComparatorTable { with: Some(word), ..ComparatorTable::default() },
        ComparatorEntry::Table(table) => table,
    };
    if table.statistic.is_some() && table.peers.is_none() {
        at.refuse(format!("{field}: statistic is for peers; name them with peers = \"CODE\""));
    }
    let against = match (table.with, table.area, table.peers) {
        (Some(word), None, None) => match at.one_of(field, &word, &WORDS)? {
            0 => Against::Scotland,
            1 => Against::Parent,
            2 => Against::PreviousPeriod,
            _ => Against::SamePeriodLastYear,
        },
        (None, Some(code), None) => Against::Area(at.area(field, &code, areas)?),
        (None, None, Some(code)) => {
            let group = at.area(field, &code, areas)?;
            if areas.get(group.as_str()).is_none_or(|area| area.divisions.is_empty()) {
                at.refuse(format!("{field}: {group} has no parts, so that it is no group of peers"));
                return None;
            }
            let statistic = match table.statistic {
                None => PeerStatistic::Total,
                Some(name) => at.one_of(field, &name, &PeerStatistic::NAMES)?,
            };
            Against::Peers { group, statistic }
        }
        _ => {
            at.refuse(format!("{field}: expected one of with, area and peers"));
            return None;
        }
    };
    let offset = offset(at, field, table.percent, table.points)?.unwrap_or(Offset::NONE);
    Some(Comparator { against, offset })
}

/// A difference in percent or in points, and not in both.
pub(super) fn offset(
    at: &mut Entry<'_>,
    field: &str,
    percent: Option<f64>,
    points: Option<f64>,
) -> Option<Option<Offset>> {
    let offset = match (percent, points) {
        (None, None) => return Some(None),
        (Some(percent), None) => Offset::Percent(percent),
        (None, Some(points)) => Offset::Points(points),
        (Some(_), Some(_)) => {
            at.refuse(format!("{field}: percent and points exclude one another"));
            return None;
        }
    };
    let (Offset::Percent(by) | Offset::Points(by)) = offset;
    if !by.is_finite() {
        at.refuse(format!("{field}: {by} is not a finite number"));
        return None;
    }
    Some(Some(offset))
}

pub(super) fn comparison(
    at: &mut Entry<'_>,
    entry: CompareEntry,
    otherwise: &ComparisonRule,
    areas: &Areas,
) -> Option<ComparisonRule> {
    let against = match entry.with {
        None => otherwise.against.clone(),
        Some(with) => {
            let comparator = comparator(at, "compare", with, areas)?;
            if comparator.offset != Offset::NONE {
                at.refuse("compare: percent and points are for targets");
            }
            comparator.against
        }
    };
    let names = [
        ("interval against value", ComparisonTest::IntervalAgainstValue),
        ("interval against interval", ComparisonTest::IntervalAgainstInterval),
        ("difference of proportions", ComparisonTest::DifferenceOfProportions { design_effect: 1.0 }),
    ];
    let mut test = match entry.test {
        None => otherwise.test,
        Some(name) => at.one_of("compare", &name, &names)?,
    };
    match (entry.design_effect, &mut test) {
        (None, _) => {}
        (Some(effect), ComparisonTest::DifferenceOfProportions { design_effect })
            if effect.is_finite() && effect > 0.0 =>
        {
            *design_effect = effect;
        }
        (Some(effect), ComparisonTest::DifferenceOfProportions { .. }) => {
            at.refuse(format!("compare: a design effect of {effect}; expected a number above 0"));
        }
        (Some(_), _) => at.refuse("compare: design_effect is for the test \"difference of proportions\""),
    }
    let confidence = entry.confidence.unwrap_or_else(|| otherwise.confidence.clone());
    let sound = matches!(confidence.len(), 1 | 2)
        && confidence.iter().all(|level| (90.0..100.0).contains(level))
        && confidence.is_sorted_by(|a, b| a < b);
    if !sound {
        at.refuse(format!(
            "compare: confidence {confidence:?}: expected one or two percentages from 90 to below 100, rising"
        ));
        return None;
    }
    Some(ComparisonRule { against, test, confidence })
}

pub(super) fn chart(
    at: &mut Entry<'_>,
    entry: ChartEntry,
    frequency: Option<PeriodKind>,
    areas: &Areas,
) -> Option<ChartRule> {
    let named_signals = entry.signals.is_some();
    let signals = match entry.signals {
        None => ChartSignals::default(),
        Some(name) => at.one_of("chart", &name, &ChartSignals::NAMES)?,
    };
    let screening = match entry.screening {
        None => ChartScreening::default(),
        Some(name) => at.one_of("chart", &name, &ChartScreening::NAMES)?,
    };
    let runs = match entry.runs {
        None => ChartRuns::default(),
        Some(name) => at.one_of("chart", &name, &ChartRuns::NAMES)?,
    };
    let kind = match entry.kind {
        None => ChartKind::default(),
        Some(name) => at.one_of("chart", &name, &ChartKind::NAMES)?,
    };
    if kind != ChartKind::Xmr && named_signals {
        at.refuse("chart: signals are those of an xmr chart; others have limits and runs");
    }
    let ranges = matches!(
        kind,
        ChartKind::Xmr
            | ChartKind::I
            | ChartKind::T
            | ChartKind::PPrime
            | ChartKind::UPrime
            | ChartKind::IPrime
    );
    if !ranges && screening != ChartScreening::Off {
        at.refuse("chart: screening is of moving ranges, on which the limits of this chart do not rest");
    }
    let shifts = entry.shifts.map_or(Some(ShiftRule::default()), |entry| shifts(at, entry))?;
    let mut rebase = Vec::new();
    for text in entry.rebase {
        rebase.extend(super::targets::period(at, "chart", &text, frequency));
    }
    rebase.sort();
    if let Some(found) = entry.fix_after.filter(|places| *places < 12) {
        at.refuse(format!("chart: limits fixed on {found} periods; expected at least 12"));
    }
    let mut exclude = Vec::new();
    for ExclusionEntry { period, area, reason } in entry.exclude {
        let period = super::targets::period(at, "chart: exclude", &period, frequency);
        let area = area.map(|code| at.area("chart: exclude", &code, areas));
        if reason.trim().is_empty() {
            at.refuse("chart: exclude: the reason is empty");
        }
        // An area that there is not was refused; to take it for none would leave out every area.
        if let (Some(period), None | Some(Some(_))) = (period, &area) {
            exclude.push(Exclusion { period, area: area.flatten(), reason });
        }
    }
    Some(ChartRule { kind, signals, screening, runs, shifts, rebase, fix_after: entry.fix_after, exclude })
}

fn shifts(at: &mut Entry<'_>, entry: ShiftEntry) -> Option<ShiftRule> {
    let otherwise = ShiftRule::default();
    let watch = match entry.watch {
        None => otherwise.watch,
        Some(name) => at.one_of("chart", &name, &ShiftWatch::NAMES)?,
    };
    let baseline = entry.baseline.unwrap_or(otherwise.baseline);
    let run = entry.run.unwrap_or(otherwise.run);
    for (what, periods) in [("baseline", baseline), ("run", run)] {
        if !(1..=1000).contains(&periods) {
            at.refuse(format!("chart: shifts: a {what} of {periods} periods; expected 1 to 1000"));
        }
    }
    Some(ShiftRule { baseline, run, watch })
}

/// Refuses a chart that cannot be made of the parts of a calculation.
pub(super) fn check_chart(at: &mut Entry<'_>, kind: ChartKind, calculation: &Calculation) {
    let ratio = matches!(calculation, Calculation::Rate(_) | Calculation::Percentage { .. });
    let (fits, what) = match kind {
        ChartKind::P | ChartKind::PPrime => {
            (matches!(calculation, Calculation::Percentage { .. }), "p and p prime are for a percentage")
        }
        ChartKind::U | ChartKind::UPrime => {
            (matches!(calculation, Calculation::Rate(_)), "u and u prime are for a rate")
        }
        ChartKind::IPrime => (ratio, "i prime is for a rate or a percentage"),
        ChartKind::C | ChartKind::G => {
            (matches!(calculation, Calculation::Count(_)), "c and g are for a count")
        }
        ChartKind::Xmr | ChartKind::I | ChartKind::Mr | ChartKind::T => (true, ""),
    };
    if !fits {
        at.refuse(format!("chart: {what}"));
    }
}

/// Refuses a method that is not for values of a calculation.
pub(super) fn check_interval(
    at: &mut Entry<'_>,
    method: IntervalRule,
    calculation: &Calculation,
    frequency: Option<PeriodKind>,
    measures: &BTreeMap<MeasureId, Measure>,
) {
    if let (Calculation::Mean(_), IntervalRule::Student) = (calculation, method) {
        let kinds: BTreeSet<PeriodKind> = calculation
            .measures()
            .into_iter()
            .filter_map(|id| measures.get(id).map(|measure| measure.frequency))
            .collect();
        if kinds.len() > 1 || kinds.iter().any(|kind| Some(*kind) == frequency) {
            at.refuse(
                "interval: student is for a mean of several figures of a period, which are all observed equally \
                 often and more often than the indicator is reported",
            );
        }
        return;
    }
    let fits = match calculation {
        Calculation::Percentage { .. } => method == IntervalRule::Wilson,
        Calculation::Rate(_)
        | Calculation::Count(_)
        | Calculation::StandardisedRatio(_)
        | Calculation::IndirectRate(_) => matches!(method, IntervalRule::Poisson | IntervalRule::Byar),
        Calculation::Standardised(_) => method == IntervalRule::Dobson,
        Calculation::Inequality(of) => method == IntervalRule::Student && of.measure.has_limits(),
        Calculation::LifeExpectancy(_) => method == IntervalRule::Chiang,
        Calculation::SlopeIndex(_) => method == IntervalRule::Groups,
        Calculation::ScotPho(_) => method == IntervalRule::ScotPho,
        Calculation::Quantile(_) | Calculation::Mean(_) | Calculation::Published(_) => false,
    };
    if !fits {
        at.refuse(
            "interval: wilson is for a percentage, poisson and byar are for a rate, a count, or an indirectly \
             standardised ratio or rate, dobson is for a directly standardised rate, student for a mean and for \
             the slope and relative index of an inequality, chiang for a life expectancy, groups for a slope_index, \
             scotpho for scotpho; a quantile and a published value have none",
        );
    }
}
