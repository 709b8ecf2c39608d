//! What funnels refuse, and what must hold for any figures.

use super::curve::exact;
use super::*;
use crate::method::interval::byar;
use proptest::prelude::*;
use statrs::function::gamma::checked_gamma_lr;

fn part(x: f64, n: f64) -> Part {
    Part { numerator: Some(x), denominator: Some(n) }
}

#[test]
fn exact_limits_go_on_where_byar_begins_and_end_where_it_is_the_same() {
    for confidence in [Confidence::P95, Confidence::P998] {
        for count in [10.0, 37.0, 1_000.0, 100_000.0] {
            let (exact, byar) = (exact(count, confidence).unwrap(), byar(count, confidence).unwrap());
            let tail = (1.0 - confidence.level()) / 2.0;
            let area = checked_gamma_lr(count, exact.lower).unwrap();
            assert!((area / tail - 1.0).abs() < 1e-9, "{count}: {area}");
            let near = 0.6 / count.powf(1.5);
            assert!((exact.lower / byar.lower - 1.0).abs() < near, "{count}: {exact:?} {byar:?}");
            assert!((exact.upper / byar.upper - 1.0).abs() < near, "{count}: {exact:?} {byar:?}");
        }
    }
}

#[test]
fn a_bad_area_has_its_own_error_and_no_part_in_the_average() {
    let areas = [part(5.0, 10.0), part(-1.0, 10.0), Part { numerator: None, denominator: Some(1.0) }];
    let funnel = Funnel::proportions(&areas, 1.0).unwrap();
    assert_eq!(funnel.average(), Some(0.5));
    let found = funnel.significance();
    assert_eq!(found[0], Ok(Significance::NotSignificant));
    assert_eq!(found[2], Err(RowError::Missing { row: 2, what: "numerator" }));
    assert!(matches!(found[1], Err(RowError::Bad { row: 1, .. })));
    assert_eq!(Funnel::proportions(&[], 1.0), Err(RowError::Empty));
    assert!(Funnel::proportions(&areas, 0.0).is_err());
    let rate = RateArea { events: Some(3.0), rate: Some(1.0), population: None };
    assert!(Funnel::rates(&[rate], 1.0, RateKind::Crude, 0.0).is_err());
    assert_eq!(funnel.method().to_string(), "Wilson score, inverse");
}

#[test]
fn a_proportion_is_cut_at_what_it_is_per_and_nobody_differs_from_all_or_none() {
    for per in [1.0, 100.0, 1000.0] {
        let funnel = Funnel::proportions(&[part(90.0, 100.0), part(10.0, 10.0)], per).unwrap();
        let curve = funnel.curve().unwrap();
        assert_eq!(curve[0].upper_998.value, per);
        assert!(curve[99].upper_998.value < per);
    }
    for all in [0.0, 1.0] {
        let funnel = Funnel::proportions(&[part(50.0 * all, 50.0), part(80.0 * all, 80.0)], 1.0).unwrap();
        assert!(funnel.significance().iter().all(|found| *found == Ok(Significance::NotSignificant)));
        assert!(funnel.curve().unwrap().iter().all(|point| point.lower_95.value == all));
    }
}

#[test]
fn a_standardised_rate_of_few_events_is_not_placed() {
    let area = |events, rate| RateArea { events: Some(events), rate: Some(rate), population: None };
    let areas = [area(9.99, 100.0), area(0.0, 0.0), area(10.0, 100.0)];
    let funnel = Funnel::rates(&areas, 1000.0, RateKind::Standardised, 1.0).unwrap();
    let found = funnel.significance();
    assert_eq!(found[..2], [Ok(Significance::TooFewEvents); 2]);
    assert_eq!(found[2], Ok(Significance::NotSignificant));
    assert_eq!(funnel.points()[..2], [Ok(None); 2]);
    let shown = Significance::TooFewEvents.to_string();
    assert_eq!(shown, "fewer than ten events");
}

fn figure() -> impl Strategy<Value = Option<f64>> {
    let number = prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        Just(5e-324),
        -1.0f64..1e4,
        0.0f64..20.0
    ];
    prop::option::weighted(0.9, number)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_comes_in_no_answer_is_infinite_or_no_number(
        rows in prop::collection::vec((figure(), figure(), figure()), 0..5),
        per in prop_oneof![Just(1e5), any::<f64>()],
        years in prop_oneof![Just(3.0), any::<f64>()],
    ) {
        let parts: Vec<_> = rows.iter().map(|row| Part { numerator: row.0, denominator: row.1 }).collect();
        let rates: Vec<_> = rows.iter()
            .map(|&(events, rate, population)| RateArea { events, rate, population })
            .collect();
        let funnels = [
            Funnel::proportions(&parts, per),
            Funnel::ratios(&parts, RatioForm::Of100),
            Funnel::ratios(&parts, RatioForm::Excess),
            Funnel::rates(&rates, per, RateKind::Crude, years),
            Funnel::rates(&rates, per, RateKind::Standardised, years),
        ];
        for funnel in funnels.into_iter().flatten() {
            prop_assert!(funnel.average().is_none_or(f64::is_finite));
            prop_assert_eq!(funnel.significance().len(), rows.len());
            for point in funnel.points().into_iter().flatten().flatten() {
                prop_assert!(point.rate.is_finite() && point.population.is_finite());
            }
            for point in funnel.curve().into_iter().flatten() {
                for edge in [point.lower_95, point.upper_95, point.lower_998, point.upper_998] {
                    prop_assert!(edge.at.is_finite() && edge.value.is_finite(), "{:?}", point);
                }
                prop_assert!(point.lower_998.value <= point.lower_95.value, "{:?}", point);
                prop_assert!(point.upper_95.value <= point.upper_998.value, "{:?}", point);
            }
        }
    }
}
