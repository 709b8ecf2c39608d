//! The formulas worked by hand, what is refused, and laws that hold for any figures.

use super::*;
use crate::method::run_chart::RuleSet;
use proptest::prelude::*;

const PLAIN: ShewhartSettings<'_> = ShewhartSettings {
    layout: Layout { starts: &[], fix_after: None, excluded: &[] },
    screening: Screening::Off,
    rules: RuleSet::Anhoej,
};

fn all(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * (1.0 + expected.abs())
}

#[test]
fn each_chart_has_the_limits_of_its_formula() {
    let values = all(&[2.0, 4.0, 3.0, 7.0]);
    let upper = |chart| {
        let point = of_values(chart, &values, &PLAIN).unwrap().points[3];
        (point.centre.unwrap(), point.limits.unwrap().upper)
    };
    for (chart, centre, limit) in [
        (ValueChart::I, 4.0, 4.0 + 3.0 * (7.0 / 3.0) / 1.128),
        (ValueChart::Mr, 7.0 / 3.0, 3.267 * 7.0 / 3.0),
        (ValueChart::C, 4.0, 10.0),
        (ValueChart::G, 3.5, 4.0 + 3.0 * 20f64.sqrt()),
    ] {
        let found = upper(chart);
        assert!(near(found.0, centre) && near(found.1, limit), "{chart:?}: {found:?}");
    }
    let (x, n) = (all(&[2.0, 4.0, 3.0, 7.0]), all(&[16.0, 16.0, 16.0, 16.0]));
    let upper = |chart| of_ratios(chart, &x, &n, 1.0, &PLAIN).unwrap().points[3].limits.unwrap().upper;
    let between = (7.0 / 3.0) / 1.128;
    for (chart, limit) in [
        (RatioChart::P, 0.25 + 3.0 * (0.25f64 * 0.75 / 16.0).sqrt()),
        // With equal denominators both are the I chart of the values.
        (RatioChart::PPrime, 0.25 + 3.0 * between / 16.0),
        (RatioChart::UPrime, 0.25 + 3.0 * between / 16.0),
        (RatioChart::U, 0.25 + 3.0 * (0.25f64 / 16.0).sqrt()),
        (RatioChart::IPrime, 0.25 + 3.0 * (std::f64::consts::PI.sqrt() / 2.0) * (7.0 / 3.0) / 16.0),
    ] {
        assert!(near(upper(chart), limit), "{chart:?}: {} for {limit}", upper(chart));
    }
}

#[test]
fn a_gap_ends_neighbourhood_and_an_excluded_place_does_not() {
    let values = [Some(1.0), Some(2.0), None, Some(9.0), Some(10.0)];
    let upper = |values: &[Option<f64>], layout| {
        let settings = ShewhartSettings { layout, ..PLAIN };
        of_values(ValueChart::I, values, &settings).unwrap().points[0].limits.unwrap().upper
    };
    assert!(near(upper(&values, Layout::default()), 5.5 + 3.0 / 1.128));
    let mut outlier = values;
    outlier[2] = Some(1e6);
    let without = Layout { excluded: &[2], ..Layout::default() };
    assert!(near(upper(&outlier, without), 5.5 + 3.0 * 3.0 / 1.128));
    let settings = ShewhartSettings { layout: without, ..PLAIN };
    let ranges = of_values(ValueChart::Mr, &outlier, &settings).unwrap();
    assert_eq!(ranges.parts[0].centre, Some(1.0), "neither range of the outlier counts");
    assert_eq!(ranges.points[0].value, None);
    assert_eq!(ranges.points[3].outside, Some(Side::High), "shown all the same");
}

#[test]
fn equal_values_have_limits_as_the_screening_says() {
    let flat = all(&[5.0; 14]);
    let limits = |screening| {
        of_values(ValueChart::I, &flat, &ShewhartSettings { screening, ..PLAIN }).unwrap().points[0].limits
    };
    assert_eq!(limits(Screening::Once), None);
    assert_eq!(limits(Screening::Off).map(|limits| (limits.lower, limits.upper)), Some((5.0, 5.0)));
    assert_eq!(limits(Screening::OnceUnlessFlat), limits(Screening::Off));
    let all_met = of_ratios(RatioChart::PPrime, &flat, &flat, 100.0, &PLAIN).unwrap();
    assert_eq!((all_met.points[0].centre, all_met.points[0].limits), (Some(100.0), None));
}

#[test]
fn nothing_of_nothing_is_a_gap_and_something_of_nothing_an_error() {
    let of = |chart, x, n| of_ratios(chart, &[Some(3.0), x], &[Some(20.0), n], 1.0, &PLAIN);
    let gap = of(RatioChart::P, Some(0.0), Some(0.0)).unwrap().points[1];
    assert_eq!((gap.value, gap.limits, gap.centre), (None, None, Some(0.15)));
    for missing in [(None, Some(20.0)), (Some(2.0), None)] {
        assert_eq!(of(RatioChart::U, missing.0, missing.1).unwrap().points[1].value, None);
    }
    let error = of(RatioChart::U, Some(1.0), Some(0.0)).unwrap_err();
    assert_eq!(error, ShewhartError::NoDenominator { place: 1, numerator: 1.0 });
    let error = of(RatioChart::UPrime, Some(1.0), Some(-2.0)).unwrap_err();
    assert_eq!(error, ShewhartError::Negative { place: 1, what: "denominator", found: -2.0 });
    assert!(of(RatioChart::U, Some(30.0), Some(20.0)).is_ok(), "events may outnumber people");
    assert!(of(RatioChart::IPrime, Some(-30.0), Some(20.0)).is_ok());
    assert!(matches!(
        of_ratios(RatioChart::P, &[], &[None], 1.0, &PLAIN),
        Err(ShewhartError::Lengths { numerators: 0, denominators: 1 })
    ));
    for found in [0.0, -1.0, f64::INFINITY] {
        let error = of_ratios(RatioChart::P, &[], &[], found, &PLAIN);
        assert_eq!(error, Err(ShewhartError::BadMultiplier { found }));
    }
}

fn any_column(least: f64) -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        6 => (0u8..30).prop_map(move |value| f64::from(value) + least),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e300, f64::INFINITY, f64::NAN, -1.0]),
    ];
    // Mostly small figures, so that many series have a chart.
    let small = (0u8..30).prop_map(move |value| f64::from(value) + least);
    prop_oneof![
        prop::collection::vec(prop::option::weighted(0.9, value), 0..30),
        prop::collection::vec(prop::option::weighted(0.9, small), 0..30),
    ]
}

fn numbers_only(chart: &ShewhartChart, places: usize) -> bool {
    let whole = |point: &ShewhartPoint| {
        let limits = point.limits.map_or([0.0; 4], |l| [l.lower, l.near_lower, l.near_upper, l.upper]);
        point.value.is_none_or(f64::is_finite)
            && point.centre.is_none_or(f64::is_finite)
            && limits.iter().all(|limit| limit.is_finite())
            && limits.is_sorted()
    };
    chart.points.len() == places && chart.points.iter().all(whole)
}

proptest! {
    #[test]
    fn any_figures_have_a_chart_of_numbers_or_a_reason(
        values in any_column(0.0),
        sizes in any_column(30.0),
        starts in prop::collection::vec(0usize..20, 0..2),
        excluded in prop::collection::vec(0usize..20, 0..3),
        fix_after in prop::option::of(0usize..20),
        screening in prop::sample::select(vec![Screening::Off, Screening::Once, Screening::OnceUnlessFlat]),
        per in prop::sample::select(vec![1.0, 100.0, 1e300, f64::NAN]),
    ) {
        let layout = Layout { starts: &starts, fix_after, excluded: &excluded };
        let settings = ShewhartSettings { layout, screening, ..PLAIN };
        for chart in [ValueChart::I, ValueChart::Mr, ValueChart::C, ValueChart::G, ValueChart::T] {
            if let Ok(chart) = of_values(chart, &values, &settings) {
                prop_assert!(numbers_only(&chart, values.len()), "{:?}", chart);
            }
        }
        let places = values.len().min(sizes.len());
        let (values, sizes) = (&values[..places], &sizes[..places]);
        for chart in [
            RatioChart::P, RatioChart::PPrime, RatioChart::U, RatioChart::UPrime, RatioChart::IPrime,
        ] {
            if let Ok(chart) = of_ratios(chart, values, sizes, per, &settings) {
                prop_assert!(numbers_only(&chart, places), "{:?}", chart);
            }
        }
    }

    #[test]
    fn a_percentage_has_the_signals_of_its_proportion(
        pairs in prop::collection::vec((0u8..30, 30u8..90), 1..40),
    ) {
        let x: Vec<_> = pairs.iter().map(|pair| Some(f64::from(pair.0))).collect();
        let n: Vec<_> = pairs.iter().map(|pair| Some(f64::from(pair.1))).collect();
        let of = |per| of_ratios(RatioChart::P, &x, &n, per, &PLAIN).unwrap();
        let outside = |chart: &ShewhartChart| chart.points.iter().map(|point| point.outside).collect::<Vec<_>>();
        let (one, hundred) = (of(1.0), of(100.0));
        prop_assert_eq!(outside(&one), outside(&hundred));
        prop_assert_eq!(one.parts[0].runs, hundred.parts[0].runs);
    }
}
