//! Published limits, the boxes calculated anew from their definition, and laws that hold for any series.

use super::*;
use proptest::prelude::*;

const PLAIN: Settings<'_> = Settings {
    rules: RuleSet::Anhoej,
    layout: Layout { starts: &[], fix_after: None, excluded: &[] },
    centre: None,
};

fn chart(values: &[f64]) -> RunChart {
    run_chart(&values.iter().copied().map(Some).collect::<Vec<_>>(), &PLAIN).unwrap()
}

#[test]
fn perla_finds_six_on_one_side_and_five_that_rise_and_neither_five_nor_four() {
    let signal = |values: &[f64]| {
        let runs = Runs::of(values.iter().copied().map(Some), 10.0, RuleSet::Perla).unwrap();
        (runs.longest, runs.trend, runs.run_too_long(), runs.trend_too_long(), runs.signal())
    };
    assert_eq!(signal(&[11.0, 12.0, 11.0, 12.0, 11.0, 9.0]), (5, 3, false, false, false));
    // A value on the median neither ends the run nor lengthens it.
    assert_eq!(signal(&[11.0, 12.0, 11.0, 10.0, 12.0, 11.0, 12.0]), (6, 3, true, false, true));
    assert_eq!(signal(&[8.0, 9.0, 11.0, 12.0, 9.0]), (2, 4, false, false, false));
    // Equal neighbours count once, and a gap is passed over.
    assert_eq!(signal(&[8.0, 9.0, 9.0, 11.0, 12.0, 13.0]), (3, 5, false, true, true));
    assert_eq!(signal(&[13.0, 12.0, 11.0, 9.0, 8.0, 9.0]), (3, 5, false, true, true));
    let gap = [Some(8.0), Some(9.0), None, Some(11.0), Some(12.0), Some(13.0)];
    assert_eq!(Runs::of(gap, 10.0, RuleSet::Perla).unwrap().trend, 5);
    // The others know no trend.
    let rising = Runs::of((0..9).map(|value| Some(f64::from(value))), 4.0, RuleSet::Anhoej).unwrap();
    assert!(rising.trend == 9 && !rising.trend_too_long());
}

#[test]
fn the_limits_of_anhoej_are_those_published() {
    for (useful, longest, crossings) in [
        (1, 3, 0),
        (2, 4, 0),
        (10, 6, 2),
        (12, 7, 3),
        (15, 7, 4),
        (20, 7, 6),
        (24, 8, 8),
        (30, 8, 10),
        (40, 8, 14),
        (60, 9, 23),
        (100, 10, 41),
        (10_000, 16, 4917),
    ] {
        let limits = RuleSet::Anhoej.limits(useful).unwrap();
        assert_eq!((limits.longest, limits.crossings), (longest, crossings), "{useful}");
    }
    assert!(RuleSet::Anhoej.limits(1 << 40).is_some(), "however many");
}

const MOST: usize = 100;

/// `[longest][crossings][useful]`: how likely so many crossings are, with no run longer, where each point lies
/// above the centre with probability `above`.
fn chances(above: f64) -> Vec<Vec<Vec<f64>>> {
    let of_one_run = |p: f64, longest: usize| -> Vec<f64> {
        (0..=MOST).map(|n| if (1..=longest).contains(&n) { p.powi(n as i32) } else { 0.0 }).collect()
    };
    // Series of that length whose last run is of that kind, and which had one run fewer before it.
    let of_one_more = |p: f64, longest: usize, before: &[f64]| -> Vec<f64> {
        let powers = of_one_run(p, longest);
        (0..=MOST).map(|n| (1..=longest.min(n)).map(|run| powers[run] * before[n - run]).sum()).collect()
    };
    let with_runs_to = |longest: usize| {
        let (mut high, mut low) = (of_one_run(above, longest), of_one_run(1.0 - above, longest));
        let of_crossings = |_| {
            let both = high.iter().zip(&low).map(|(high, low)| high + low).collect();
            (high, low) = (of_one_more(above, longest, &low), of_one_more(1.0 - above, longest, &high));
            both
        };
        (0..MOST).map(of_crossings).collect()
    };
    (0..=MOST).map(with_runs_to).collect()
}

#[test]
fn the_boxes_are_those_of_their_definition() {
    // Half of the points above where nothing has shifted; after a shift of 0.8 standard deviations this share.
    let (still, shifted) = (chances(0.5), chances(0.788_144_601_416_603_4));
    for (place, row) in boxes::BOXES.iter().enumerate() {
        let n = boxes::FIRST + place;
        let within = |of: &[Vec<Vec<f64>>], c: usize, l: usize| {
            of[l][c..n].iter().map(|chances| chances[n]).sum::<f64>()
        };
        let cell = |of: &[Vec<Vec<f64>>], c: usize, l: usize| of[l][c][n] - of[l - 1][c][n];
        // The longest run has one crossing fewer beside it than there are other runs, and none is longer.
        let possible = |c: usize, l: usize| l >= 1 && c < n && l + c <= n && l * (c + 1) >= n;
        let mut best = (f64::INFINITY, 0, 0);
        for (c, l) in (0..n).flat_map(|c| (1..=n).map(move |l| (c, l))) {
            if possible(c, l) && within(&still, c, l) >= 0.925 && within(&shifted, c, l) < best.0 {
                best = (within(&shifted, c, l), c, l);
            }
        }
        let (_, c, l) = best;
        let mut left = within(&still, c, l) - cell(&still, c, l);
        let cut = (left >= 0.925).then(|| {
            // From the corner outwards, first what a shift makes more likely.
            let (mut crossings, mut longest) = (c + 1, l - 1);
            loop {
                let can_go = |c, l| possible(c, l) && left - cell(&still, c, l) >= 0.925;
                let (along, down) = (can_go(crossings, l), can_go(c, longest));
                if along && (!down || cell(&shifted, crossings, l) >= cell(&shifted, c, longest)) {
                    left -= cell(&still, crossings, l);
                    crossings += 1;
                } else if down {
                    left -= cell(&still, c, longest);
                    longest -= 1;
                } else {
                    break (crossings, longest);
                }
            }
        });
        assert_eq!(*row, (c, l, cut), "{n} useful points");
    }
}

#[test]
fn the_cut_box_leaves_the_corner_out() {
    // 24 useful points: at most 7 in a row, at least 6 crossings; of 6 crossings at most 6 in a row.
    let limits = RuleSet::CutBox.limits(24).unwrap();
    let with = |longest, crossings| Runs { useful: 24, longest, crossings, trend: 0, limits };
    assert_eq!(limits.cut, Some(Cut { longest: 6, crossings: 7 }));
    assert!(!with(6, 6).signal() && !with(7, 7).signal());
    assert!(with(7, 6).signal() && with(7, 6).in_the_cut());
    assert!(with(8, 7).run_too_long() && with(7, 5).crossings_too_few());
    assert!(!with(8, 6).in_the_cut());
}

#[test]
fn without_a_useful_point_there_are_no_runs_and_no_signal() {
    let none = chart(&[]);
    assert_eq!((none.points.len(), none.parts.len()), (0, 1));
    assert_eq!((none.parts[0].centre, none.parts[0].runs), (None, None));
    let flat = chart(&[7.0; 20]);
    assert_eq!((flat.parts[0].centre, flat.parts[0].runs), (Some(7.0), None));
    assert!(!flat.parts[0].signal());
}

#[test]
fn parts_have_their_own_baseline() {
    let values: Vec<_> = [1.0, 2.0, 9.0, 9.0, 11.0, 12.0, 0.0].map(Some).to_vec();
    let layout = Layout { starts: &[4], fix_after: Some(2), excluded: &[0] };
    let chart = run_chart(&values, &Settings { layout, ..PLAIN }).unwrap();
    let centres: Vec<_> = chart.parts.iter().map(|part| part.centre).collect();
    assert_eq!(centres, [Some(2.0), Some(11.5)]);
    assert_eq!((chart.parts[0].included, chart.parts[0].runs.unwrap().useful), (3, 2));
    let point = chart.points[0];
    assert_eq!((point.included, point.in_base, point.side), (false, true, Some(Side::Low)));
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let values = [Some(1.0), None, Some(2.0)];
    let error = |layout, centre| run_chart(&values, &Settings { layout, centre, ..PLAIN }).unwrap_err();
    let bad = |starts: &'static [usize]| error(Layout { starts, ..Layout::default() }, None);
    assert_eq!(bad(&[3]), LayoutError::BadStart { found: 3, places: 3 }.into());
    assert_eq!(bad(&[2, 1]), LayoutError::BadStart { found: 1, places: 3 }.into());
    let excluded = Layout { excluded: &[9], ..Layout::default() };
    assert_eq!(error(excluded, None), LayoutError::BadExclusion { found: 9, places: 3 }.into());
    let nothing = Layout { fix_after: Some(0), ..Layout::default() };
    assert_eq!(error(nothing, None), LayoutError::NothingFixed.into());
    let infinite = error(Layout::default(), Some(f64::INFINITY));
    assert_eq!(infinite, RunChartError::BadCentre { found: f64::INFINITY });
}

#[test]
fn a_shift_that_lasts_is_told_from_one_that_does_not() {
    let months: Vec<_> = [4.0, 5.0, 6.0, 9.0, 9.0, 1.0, 9.0, 5.0, 9.0, 8.0, 2.0, 2.0, 2.0].map(Some).to_vec();
    let find = |watch| sustained(&months, Sustained { baseline: 3, run: 3, watch }).unwrap();
    let kinds = |watch| find(watch).iter().map(|line| (line.kind, line.places.clone())).collect::<Vec<_>>();
    let (baseline, high) = ((LineKind::Baseline, 0..3), (LineKind::Shift(Side::High), 6..10));
    let low = (LineKind::Shift(Side::Low), 10..13);
    assert_eq!(kinds(Watch::Above), [baseline.clone(), high.clone()]);
    assert_eq!(kinds(Watch::Both), [baseline.clone(), high, low.clone()]);
    assert_eq!(kinds(Watch::Below), [baseline, low]);
    assert_eq!(find(Watch::Both).iter().map(|line| line.holds_to).collect::<Vec<_>>(), [6, 10, 13]);
}

#[test]
fn no_shift_is_looked_for_where_none_could_be() {
    let find = |values: &[Option<f64>], baseline, run| {
        sustained(values, Sustained { baseline, run, watch: Watch::Both }).unwrap_err()
    };
    assert_eq!(find(&[], 0, 1), SustainedError::NoLength { what: "baseline" });
    assert_eq!(find(&[], 1, 0), SustainedError::NoLength { what: "run" });
    assert_eq!(find(&[], usize::MAX, 1), SustainedError::TooShort { found: 0, needed: usize::MAX });
    assert_eq!(find(&[None, None, Some(1.0)], 2, 1), SustainedError::NoBaseline { baseline: 2 });
    assert!(matches!(find(&[Some(f64::NAN)], 1, 1), SustainedError::NotFinite { place: 0, .. }));
}

fn any_values() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        4 => (-5i8..5).prop_map(f64::from),
        2 => any::<f64>(),
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, 5e-324, 0.0, -0.0, f64::INFINITY, f64::NAN]),
    ];
    prop::collection::vec(prop::option::weighted(0.9, value), 0..40)
}

fn any_rules() -> impl Strategy<Value = RuleSet> {
    prop::sample::select(vec![RuleSet::Anhoej, RuleSet::BestBox, RuleSet::CutBox])
}

proptest! {
    #[test]
    fn any_series_has_an_answer_of_numbers_or_a_reason(
        values in any_values(),
        rules in any_rules(),
        starts in prop::collection::vec(0usize..45, 0..3),
        excluded in prop::collection::vec(0usize..45, 0..3),
        fix_after in prop::option::of(0usize..20),
        centre in prop::option::of(any::<f64>()),
    ) {
        let layout = Layout { starts: &starts, fix_after, excluded: &excluded };
        if let Ok(chart) = run_chart(&values, &Settings { rules, layout, centre }) {
            prop_assert_eq!(chart.points.len(), values.len());
            for part in &chart.parts {
                prop_assert!(part.centre.is_none_or(f64::is_finite));
                prop_assert!(part.runs.is_none_or(|runs| runs.useful > runs.crossings && runs.longest >= 1));
            }
        }
    }

    #[test]
    fn any_series_has_lines_of_numbers_or_a_reason(
        values in any_values(), baseline in 0usize..12, run in 0usize..8,
    ) {
        for watch in [Watch::Above, Watch::Below, Watch::Both] {
            let Ok(lines) = sustained(&values, Sustained { baseline, run, watch }) else { continue };
            prop_assert!(lines.iter().all(|line| line.median.is_finite()));
            prop_assert_eq!(lines[0].kind, LineKind::Baseline);
            for pair in lines.windows(2) {
                prop_assert_eq!(pair[0].holds_to, pair[1].places.start);
                prop_assert!(pair[0].places.end <= pair[1].places.start);
            }
            prop_assert_eq!(lines.last().unwrap().holds_to, values.len());
        }
    }

    #[test]
    fn runs_do_not_change_with_unit_or_when_the_chart_is_turned_over(
        values in prop::collection::vec(-20i8..20, 1..60), exponent in -40i32..40, rules in any_rules(),
    ) {
        let of = |scale: f64| {
            let values: Vec<_> = values.iter().map(|value| Some(f64::from(*value) * scale)).collect();
            run_chart(&values, &Settings { rules, ..PLAIN }).unwrap().parts[0].runs
        };
        prop_assert_eq!(of(1.0), of(f64::powi(2.0, exponent)));
        prop_assert_eq!(of(1.0), of(-1.0));
    }
}
