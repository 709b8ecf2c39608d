//! Charts whose answers can be worked out by hand, and what must hold for every chart.

use super::*;
use proptest::prelude::*;

const SETTINGS: Settings<'_> = Settings {
    improvement: Improvement::Increase,
    rules: RuleSet::MakingDataCount,
    screening: Screening::Once,
    starts: &[],
    fix_after: None,
    excluded: &[],
};

/// Twelve values about 10 without any signal: mean 10, mean moving range 1, limits 7.34 and 12.66.
const QUIET: [f64; 12] = [9.5, 10.5, 9.5, 10.5, 9.5, 10.5, 9.5, 10.5, 9.5, 10.5, 9.5, 10.5];

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

/// Values after the quiet twelve, with the limits fixed on those.
fn after_quiet(values: &[f64], rules: RuleSet) -> Vec<Point> {
    let all = [&QUIET[..], values].concat();
    let chart = xmr(&some(&all), &Settings { fix_after: Some(12), rules, ..SETTINGS }).unwrap();
    chart.points()[12..].to_vec()
}

fn signals(points: &[Point]) -> Vec<Vec<Signal>> {
    points.iter().map(|point| point.signals.iter().collect()).collect()
}

fn first(points: &[Point]) -> Vec<Option<Signal>> {
    points.iter().map(|point| point.signal).collect()
}

#[test]
fn limits_stand_two_point_six_six_moving_ranges_from_the_mean() {
    let chart = xmr(&some(&[3.0, 5.0, 4.0]), &SETTINGS).unwrap();
    let segment = &chart.segments()[0];
    let limits = segment.limits.unwrap();
    assert_eq!(segment.mean, Some(4.0));
    for (found, expected) in
        [(limits.lower, 0.01), (limits.upper, 7.99), (limits.near_lower, 1.34), (limits.near_upper, 6.66)]
    {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    assert!(segment.on_trial);
}

#[test]
fn moving_ranges_bridge_neither_gaps_nor_segments() {
    let off = Settings { screening: Screening::Off, ..SETTINGS };
    let gap = xmr(&[Some(1.0), Some(2.0), None, Some(9.0), Some(8.0)], &off).unwrap();
    assert_eq!(gap.segments()[0].limits.unwrap().upper, 5.0 + 2.66);
    let parts =
        xmr(&some(&[1.0, 2.0, 9.0, 8.0]), &Settings { starts: &[2], ..off }).unwrap().segments().to_vec();
    assert_eq!(parts[0].limits.unwrap().upper, 1.5 + 2.66);
    assert_eq!(parts[1].limits.unwrap().upper, 8.5 + 2.66);
    assert_eq!((parts[0].places.clone(), parts[1].places.clone()), (0..2, 2..4));
}

#[test]
fn outliers_among_the_ranges_are_screened_only_when_asked_and_only_once() {
    let mut values = QUIET.to_vec();
    values[6] = 40.0;
    let upper = |screening| {
        let chart = xmr(&some(&values), &Settings { screening, ..SETTINGS }).unwrap();
        chart.segments()[0].limits.unwrap().upper
    };
    let mean = 10.0 + 30.5 / 12.0;
    // Nine ranges are 1, and two 29.5: more than 3.267 times 68/11.
    assert!((upper(Screening::Once) - (mean + 2.66)).abs() < 1e-12);
    assert!((upper(Screening::OnceUnlessFlat) - (mean + 2.66)).abs() < 1e-12);
    assert!((upper(Screening::Off) - (mean + 2.66 * 68.0 / 11.0)).abs() < 1e-12);
}

#[test]
fn a_flat_series_has_common_cause_whatever_is_screened() {
    for value in [0.0, 0.1, 100.0, 1e300, -1e-300] {
        for screening in [Screening::Off, Screening::Once, Screening::OnceUnlessFlat] {
            let chart = xmr(&[Some(value); 30], &Settings { screening, ..SETTINGS }).unwrap();
            let segment = &chart.segments()[0];
            assert_eq!(segment.mean, Some(value));
            assert_eq!(segment.tally, Tally { values: 30, common: 30, ..Tally::default() });
            let flat = Limits { lower: value, near_lower: value, near_upper: value, upper: value };
            let expected = (screening != Screening::Once).then_some(flat);
            assert_eq!(segment.limits, expected);
        }
    }
}

#[test]
fn a_flat_series_above_its_target_passes_unless_screening_took_its_limits() {
    let assured = |screening| {
        xmr(&[Some(100.0); 20], &Settings { screening, ..SETTINGS }).unwrap().assurance(95.0).unwrap()
    };
    assert_eq!(assured(Screening::OnceUnlessFlat), Assurance::ConsistentlyPasses);
    assert_eq!(assured(Screening::Once), Assurance::NoLimits);
}

#[test]
fn one_change_in_a_flat_series_is_special_alone_unless_its_ranges_are_screened_away() {
    let mut values = [3.0; 17];
    values[12] = 4.0;
    let common = |screening| {
        xmr(&some(&values), &Settings { screening, ..SETTINGS }).unwrap().segments()[0].tally.common
    };
    assert_eq!(common(Screening::Once), 0);
    let chart = xmr(&some(&values), &Settings { screening: Screening::OnceUnlessFlat, ..SETTINGS }).unwrap();
    let outside: Vec<_> = (0..17).filter(|i| chart.points()[*i].signals.has(Signal::AboveLimit)).collect();
    assert_eq!(outside, [12]);
    assert_eq!(chart.points()[12].cause, Some(Cause::Improvement(Side::High)));
    // The twelve before it are a run below the mean, however slightly.
    assert_eq!(chart.points()[3].signal, Some(Signal::RunBelow));
}

#[test]
fn too_few_values_have_no_limits_and_no_assurance() {
    let none = xmr(&[], &SETTINGS).unwrap();
    assert_eq!((none.points().len(), none.segments().len(), none.variation()), (0, 1, None));
    let gaps = xmr(&[None; 5], &SETTINGS).unwrap();
    assert_eq!((gaps.segments()[0].mean, gaps.segments()[0].latest, gaps.variation()), (None, None, None));
    let one = xmr(&[Some(7.0)], &SETTINGS).unwrap();
    assert_eq!((one.segments()[0].mean, one.segments()[0].limits), (Some(7.0), None));
    assert_eq!(one.variation(), Some(Cause::Common));
    let apart = xmr(&[Some(7.0), None, Some(9.0)], &SETTINGS).unwrap();
    assert_eq!((apart.segments()[0].mean, apart.segments()[0].limits), (Some(8.0), None));
    for chart in [none, gaps, one, apart] {
        assert_eq!(chart.assurance(5.0), Ok(Assurance::NoLimits));
    }
}

#[test]
fn fixed_limits_rest_on_the_first_places_and_judge_the_rest() {
    let points = after_quiet(&[12.7, 12.6, 7.3], RuleSet::MakingDataCount);
    assert_eq!(points[0].mean, Some(10.0));
    assert!((points[0].limits.unwrap().upper - 12.66).abs() < 1e-12);
    assert!(points[0].signals.has(Signal::AboveLimit) && !points[1].signals.has(Signal::AboveLimit));
    assert_eq!(points[2].signal, Some(Signal::BelowLimit));
    let beyond = xmr(&some(&QUIET), &Settings { fix_after: Some(20), ..SETTINGS }).unwrap();
    assert_eq!(beyond, xmr(&some(&QUIET), &SETTINGS).unwrap());
}

#[test]
fn two_of_three_counts_values_outside_the_limits_in_one_rule_set_only() {
    // Near limits at 8.2267 and 11.7733.
    let values = [12.0, 10.1, 13.0, 9.9, 12.0, 9.9, 12.0];
    let announced = after_quiet(&values, RuleSet::MakingDataCount);
    assert_eq!(
        signals(&announced),
        [
            vec![Signal::TwoOfThreeHigh],
            vec![],
            vec![Signal::AboveLimit, Signal::TwoOfThreeHigh],
            vec![],
            vec![],
            vec![],
            vec![]
        ]
    );
    assert_eq!(announced[2].signal, Some(Signal::AboveLimit));
    let packaged = after_quiet(&values, RuleSet::NhsrPlotTheDots);
    assert!(packaged[0].signals.is_empty());
    assert_eq!(signals(&packaged)[2], [Signal::AboveLimit]);
    for rules in [RuleSet::MakingDataCount, RuleSet::NhsrPlotTheDots] {
        let low = after_quiet(&[8.0, 8.1, 9.9], rules);
        assert_eq!(first(&low), [Some(Signal::TwoOfThreeLow), Some(Signal::TwoOfThreeLow), None]);
    }
}

#[test]
fn seven_make_a_trend_and_six_do_not() {
    let seven = [9.7, 9.8, 9.9, 10.1, 10.2, 10.3, 10.4];
    assert_eq!(first(&after_quiet(&seven, SETTINGS.rules)), [Some(Signal::Rising); 7]);
    // The value before is 10.5: the step down to 9.8 is no part of it.
    assert_eq!(first(&after_quiet(&seven[1..], SETTINGS.rules)), [None; 6]);
    let tie = [9.7, 9.8, 9.9, 9.9, 10.2, 10.3, 10.4];
    assert_eq!(first(&after_quiet(&tie, SETTINGS.rules)), [None; 7]);
}

#[test]
fn where_a_rise_and_a_fall_meet_the_fall_begins() {
    let peak = [9.7, 9.8, 9.9, 10.0, 10.1, 10.2, 10.3, 10.2, 10.1, 10.0, 9.9, 9.8, 9.7];
    let points = after_quiet(&peak, SETTINGS.rules);
    assert!(points[6].signals.has(Signal::Rising) && points[6].signals.has(Signal::Falling));
    assert_eq!(points[5].signal, Some(Signal::Rising));
    assert_eq!(points[6].signal, Some(Signal::Falling));
    let trough: Vec<f64> = peak.iter().map(|value| 20.0 - value).collect();
    assert_eq!(after_quiet(&trough, SETTINGS.rules)[6].signal, Some(Signal::Rising));
}

#[test]
fn seven_on_one_side_make_a_run_that_a_gap_or_the_mean_ends() {
    let run = [10.2, 10.1, 10.3, 10.2, 10.1, 10.2, 10.1];
    // The last quiet value lies above the mean too, so six more suffice.
    assert_eq!(first(&after_quiet(&run[1..], SETTINGS.rules)), [Some(Signal::RunAbove); 6]);
    let mut on_the_mean = run;
    on_the_mean[5] = 10.0;
    assert_eq!(first(&after_quiet(&on_the_mean, SETTINGS.rules))[6], None);
    let mut gap = some(&[&QUIET[..], &run].concat());
    gap[14] = None;
    let chart = xmr(&gap, &Settings { fix_after: Some(12), ..SETTINGS }).unwrap();
    assert!(chart.points().iter().all(|point| point.signals.is_empty()));
    assert_eq!((chart.points()[14].cause, chart.points()[14].segment), (None, 0));
    assert_eq!(chart.segments()[0].tally.values, 18);
}

#[test]
fn a_value_keeps_every_signal_and_is_named_by_the_first() {
    let values = [10.3, 10.5, 10.8, 11.9, 12.0, 12.5, 13.5];
    let points = after_quiet(&values, SETTINGS.rules);
    assert_eq!(
        signals(&points)[6],
        [Signal::AboveLimit, Signal::Rising, Signal::TwoOfThreeHigh, Signal::RunAbove]
    );
    assert_eq!(format!("{:?}", points[1].signals), "{Rising, RunAbove}");
    assert_eq!(points[6].signal, Some(Signal::AboveLimit));
}

#[test]
fn what_is_left_out_moves_no_limit_breaks_patterns_and_is_put_down_to_nothing() {
    let run = [10.2, 10.1, 30.0, 10.2, 10.1, 10.2, 10.1, 10.2, 10.1];
    let values = some(&[&QUIET[..], &run].concat());
    let without = xmr(&values, &Settings { excluded: &[14], ..SETTINGS }).unwrap();
    let mut gap = values.clone();
    gap[14] = None;
    let gap = xmr(&gap, &SETTINGS).unwrap();
    assert_eq!(without.segments(), gap.segments());
    let point = without.points()[14];
    assert_eq!((point.value, point.included, point.cause), (Some(30.0), false, None));
    assert_eq!(point.signals.iter().collect::<Vec<_>>(), [Signal::AboveLimit]);
    for (place, (left_out, gap)) in without.points().iter().zip(gap.points()).enumerate() {
        assert!(place == 14 || left_out == gap, "{left_out:?} {gap:?}");
    }
    // With it the mean is another, and the value counts.
    let with = xmr(&values, &SETTINGS).unwrap();
    assert_ne!(with.points()[0].mean, without.points()[0].mean);
    assert_eq!(with.points()[14].cause, Some(Cause::Improvement(Side::High)));
    // The last value that counts has the variation icon; a gap can be left out too; a place that is none cannot.
    let last = xmr(&values, &Settings { excluded: &[20, 14], ..SETTINGS }).unwrap();
    assert_eq!((last.points()[20].cause, last.variation()), (None, last.points()[19].cause));
    let gone = xmr(&[None; 3], &Settings { excluded: &[2], ..SETTINGS }).unwrap();
    assert_eq!(gone.points().iter().map(|point| point.included).collect::<Vec<_>>(), [true, true, false]);
    let error = xmr(&values, &Settings { excluded: &[21], ..SETTINGS });
    assert_eq!(error, Err(ChartError::BadExclusion { found: 21, places: 21 }));
}

#[test]
fn improvement_is_the_direction_that_was_named() {
    let cause = |improvement, value: f64| {
        let values = [&QUIET[..], &[value]].concat();
        xmr(&some(&values), &Settings { improvement, fix_after: Some(12), ..SETTINGS }).unwrap().variation()
    };
    for (improvement, high, low) in [
        (Improvement::Increase, Cause::Improvement(Side::High), Cause::Concern(Side::Low)),
        (Improvement::Decrease, Cause::Concern(Side::High), Cause::Improvement(Side::Low)),
        (Improvement::Neutral, Cause::Neutral(Side::High), Cause::Neutral(Side::Low)),
    ] {
        assert_eq!((cause(improvement, 20.0), cause(improvement, 0.0)), (Some(high), Some(low)));
    }
}

#[test]
fn assurance_takes_the_limits_of_the_last_segment_and_a_target_on_a_limit_is_hit_and_miss() {
    let raised: Vec<f64> = QUIET.iter().map(|value| value + 20.0).collect();
    let values = some(&[&QUIET[..], &raised].concat());
    let assured = |improvement, target| {
        let settings = Settings { improvement, starts: &[12], ..SETTINGS };
        xmr(&values, &settings).unwrap().assurance(target)
    };
    let limits = xmr(&values, &Settings { starts: &[12], ..SETTINGS }).unwrap().segments()[1].limits.unwrap();
    use Assurance::*;
    for (target, increase, decrease) in [
        (20.0, ConsistentlyPasses, ConsistentlyFails),
        (limits.lower, HitAndMiss, HitAndMiss),
        (30.0, HitAndMiss, HitAndMiss),
        (limits.upper, HitAndMiss, HitAndMiss),
        (33.0, ConsistentlyFails, ConsistentlyPasses),
    ] {
        assert_eq!(assured(Improvement::Increase, target), Ok(increase));
        assert_eq!(assured(Improvement::Decrease, target), Ok(decrease));
        assert_eq!(assured(Improvement::Neutral, target), Ok(NoDirection));
    }
    assert!(matches!(assured(Improvement::Increase, f64::NAN), Err(ChartError::BadTarget { .. })));
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let error = |values: &[Option<f64>], settings| xmr(values, &settings).unwrap_err();
    assert_eq!(
        error(&[Some(1.0), Some(f64::INFINITY)], SETTINGS),
        ChartError::NotFinite { place: 1, found: f64::INFINITY }
    );
    assert_eq!(
        error(&[Some(1.0); 20], Settings { fix_after: Some(11), ..SETTINGS }),
        ChartError::FixedTooEarly { found: 11 }
    );
    for (starts, found) in [(&[20][..], 20), (&[5, 5], 5), (&[7, 3], 3)] {
        assert_eq!(
            error(&[Some(1.0); 20], Settings { starts, ..SETTINGS }),
            ChartError::BadStart { found, places: 20 }
        );
    }
    for screening in [Screening::Off, Screening::Once, Screening::OnceUnlessFlat] {
        let settings = Settings { screening, ..SETTINGS };
        assert_eq!(error(&[Some(1.7e308), Some(-1.7e308)], settings), ChartError::TooLarge);
    }
    let first_named = xmr(&some(&QUIET), &Settings { starts: &[0], ..SETTINGS }).unwrap();
    assert_eq!(first_named, xmr(&some(&QUIET), &SETTINGS).unwrap());
}

fn any_values() -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::weighted(0.9, (0i32..40).prop_map(|v| f64::from(v) / 4.0)), 0..60)
}

fn any_settings() -> impl Strategy<Value = Settings<'static>> {
    let improvements = [Improvement::Increase, Improvement::Decrease, Improvement::Neutral];
    let screenings = [Screening::Off, Screening::Once, Screening::OnceUnlessFlat];
    let rules = [RuleSet::MakingDataCount, RuleSet::NhsrPlotTheDots];
    (0usize..3, 0usize..3, 0usize..2, prop::option::of(12usize..20)).prop_map(move |(i, s, r, fix_after)| {
        Settings {
            improvement: improvements[i],
            screening: screenings[s],
            rules: rules[r],
            starts: &[],
            fix_after,
            excluded: &[],
        }
    })
}

proptest! {
    #[test]
    fn a_segment_is_a_chart_of_its_own(a in any_values(), b in any_values(), settings in any_settings()) {
        prop_assume!(!b.is_empty());
        let starts = [a.len()];
        let both = xmr(&[&a[..], &b].concat(), &Settings { starts: &starts, ..settings }).unwrap();
        let expected: Vec<Point> = if a.is_empty() { vec![] } else {
            xmr(&a, &settings).unwrap().points().to_vec()
        };
        let number = usize::from(!a.is_empty());
        let second = xmr(&b, &settings).unwrap();
        let second = second.points().iter().map(|point| Point { segment: number, ..*point });
        prop_assert_eq!(both.points(), expected.into_iter().chain(second).collect::<Vec<_>>());
    }

    #[test]
    fn the_unit_does_not_matter(values in any_values(), settings in any_settings(), exponent in -40i32..40) {
        let unit = 2f64.powi(exponent);
        let scaled: Vec<_> = values.iter().map(|value| value.map(|value| value * unit)).collect();
        let (chart, scaled) = (xmr(&values, &settings).unwrap(), xmr(&scaled, &settings).unwrap());
        for (point, scaled) in chart.points().iter().zip(scaled.points()) {
            prop_assert_eq!(point.signals, scaled.signals);
            prop_assert_eq!(point.cause, scaled.cause);
            prop_assert_eq!(point.limits.map(|l| l.upper * unit), scaled.limits.map(|l| l.upper));
        }
    }

    #[test]
    fn upside_down_high_is_low_and_better_is_worse(values in any_values(), settings in any_settings()) {
        let turned: Vec<_> = values.iter().map(|value| value.map(|value| -value)).collect();
        let (chart, turned) = (xmr(&values, &settings).unwrap(), xmr(&turned, &settings).unwrap());
        for (point, turned) in chart.points().iter().zip(turned.points()) {
            let sides = |point: &Point| point.signals.iter().map(|s| (s as u8 / 2, s.side())).collect::<Vec<_>>();
            let mut opposite: Vec<_> = sides(turned).into_iter().map(|(kind, side)| (kind, match side {
                Side::High => Side::Low,
                Side::Low => Side::High,
            })).collect();
            opposite.sort_by_key(|(kind, side)| (*kind, *side == Side::Low));
            prop_assert_eq!(sides(point), opposite);
            let better = |cause| matches!(cause, Some(Cause::Improvement(_)));
            let worse = |cause| matches!(cause, Some(Cause::Concern(_)));
            prop_assert_eq!(better(point.cause), worse(turned.cause));
        }
    }

    #[test]
    fn nothing_stands_in_a_gap_and_every_value_has_a_cause(values in any_values(), settings in any_settings()) {
        let chart = xmr(&values, &settings).unwrap();
        prop_assert_eq!(chart.points().len(), values.len());
        for point in chart.points() {
            prop_assert_eq!(point.cause.is_some(), point.value.is_some());
            prop_assert!(point.value.is_some() || point.signals.is_empty());
            prop_assert_eq!(point.signal.is_none(), point.signals.is_empty());
        }
        let tally = chart.segments()[0].tally;
        prop_assert_eq!(tally.values, tally.common + tally.improvement + tally.concern + tally.neutral);
    }
}
