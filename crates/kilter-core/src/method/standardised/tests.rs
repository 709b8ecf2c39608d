//! What standardised rates refuse, and what must hold for any figures.

use super::*;
use crate::method::interval::{Confidence, IntervalMethod, byar};
use proptest::prelude::*;

const SETTINGS: DirectSettings = DirectSettings {
    per: 1000.0,
    confidence: Confidence::P95,
    missing: MissingFigures::Refuse,
    few: FewEvents::Give,
};
const INDIRECT: IndirectSettings = IndirectSettings {
    ratio_of: 1.0,
    per: 1000.0,
    confidence: Confidence::P95,
    missing: MissingFigures::Refuse,
};

fn band(key: u32, events: f64, population: f64) -> Band<u32> {
    Band { key, events: Some(events), population: Some(population) }
}

fn standard(weights: &[f64]) -> Standard<u32> {
    Standard::new(weights.iter().enumerate().map(|(key, weight)| (key as u32, *weight))).unwrap()
}

fn reference(of: &[(f64, f64)]) -> Reference<u32> {
    let band = |(key, (events, population)): (usize, &(f64, f64))| Band {
        key: key as u32,
        events: Some(*events),
        population: Some(*population),
    };
    Reference::new(&of.iter().enumerate().map(band).collect::<Vec<_>>(), MissingFigures::Refuse).unwrap()
}

#[test]
fn fewer_than_ten_events_are_withheld_after_adding_up_and_exactly() {
    let settings = DirectSettings { few: FewEvents::Withhold, ..SETTINGS };
    let two = standard(&[1.0, 1.0]);
    let of = |x: f64| direct(&[band(0, x, 100.0), band(1, 5.0, 100.0)], &two, &settings).unwrap();
    assert_eq!((of(4.9375).estimate, of(4.9375).events), (None, 9.9375));
    assert_eq!(of(5.0).estimate.unwrap().value, 50.0);
    assert_eq!(of(5.0).method.count, IntervalMethod::Byar);
    let given = direct(&[band(0, 0.0, 100.0), band(1, 5.0, 100.0)], &two, &SETTINGS).unwrap();
    assert_eq!((given.estimate.unwrap().value, given.method.count), (25.0, IntervalMethod::Exact));
    assert_eq!(given.method.to_string(), "Dobson (exact Poisson)");
    let none = direct(&[band(0, 0.0, 100.0), band(1, 0.0, 100.0)], &two, &SETTINGS).unwrap();
    assert_eq!(none.estimate, Some(DirectEstimate { value: 0.0, limits: None, event: None }));
}

#[test]
fn one_band_alone_has_the_limits_of_its_count() {
    let found = direct(&[band(0, 25.0, 4000.0)], &standard(&[7.0]), &SETTINGS).unwrap();
    let (limits, count) = (found.estimate.unwrap().limits.unwrap(), byar(25.0, Confidence::P95).unwrap());
    assert!((limits.lower - count.lower / 4.0).abs() < 1e-12);
    assert!((limits.upper - count.upper / 4.0).abs() < 1e-12);
}

#[test]
fn bands_and_standard_have_to_be_the_same() {
    let two = standard(&[1.0, 0.0]);
    let refused = |bands: &[Band<u32>]| direct(bands, &two, &SETTINGS).unwrap_err();
    assert_eq!(refused(&[band(0, 1.0, 1.0)]), StandardError::NoRow { band: "1".into() });
    let third = refused(&[band(0, 1.0, 1.0), band(2, 1.0, 1.0)]);
    assert_eq!(third, StandardError::NotInStandard { row: 1, band: "2".into() });
    let twice = refused(&[band(0, 1.0, 1.0), band(0, 1.0, 1.0)]);
    assert_eq!(twice, StandardError::RepeatedRow { row: 1, band: "0".into() });
    assert_eq!(refused(&[]), StandardError::Figures(RowError::Empty));
    let nobody = refused(&[band(0, 1.0, 1.0), band(1, 0.0, 0.0)]);
    assert_eq!(nobody.to_string(), "row 1: the population is 0: it has to be above zero");
    for (weights, expected) in [
        (vec![(1, -1.0)], "band 1 of the standard: the weight is -1: it cannot be below zero"),
        (vec![(1, 1.0), (1, 1.0)], "band 1 stands twice in the standard"),
        (vec![(1, 0.0)], "the weights of the standard come to 0: they have to be above zero together"),
        (vec![], "the weights of the standard come to 0: they have to be above zero together"),
    ] {
        assert_eq!(Standard::new(weights).unwrap_err().to_string(), expected);
    }
}

#[test]
fn missing_events_are_zero_only_where_that_was_said() {
    let bands = [band(0, 30.0, 1000.0), Band { events: None, ..band(1, 0.0, 1000.0) }];
    let two = standard(&[1.0, 1.0]);
    let refused = direct(&bands, &two, &SETTINGS).unwrap_err();
    assert_eq!(refused, StandardError::Figures(RowError::Missing { row: 1, what: "number of events" }));
    let zero = DirectSettings { missing: MissingFigures::AsZero, ..SETTINGS };
    assert_eq!(direct(&bands, &two, &zero).unwrap().estimate.unwrap().value, 15.0);
    let nobody_known = [bands[0], Band { population: None, ..bands[1] }];
    assert!(direct(&nobody_known, &two, &zero).is_err());
}

#[test]
fn expected_events_are_those_of_the_reference_rates() {
    let of = reference(&[(10.0, 1000.0), (90.0, 1000.0)]);
    let same = indirect(&[band(1, 9.0, 100.0), band(0, 1.0, 100.0)], &of, Observed::OfBands, &INDIRECT);
    assert_eq!(same.unwrap().ratio.value, 1.0);
    let area = [band(0, f64::NAN, 100.0), band(1, -1.0, 0.0)];
    let total = indirect(&area, &of, Observed::Total(3.0), &INDIRECT).unwrap();
    assert_eq!((total.ratio.value, total.ratio.method), (3.0, IntervalMethod::Exact));
    for found in [f64::NAN, f64::INFINITY] {
        let refused = indirect(&area, &of, Observed::Total(found), &INDIRECT).unwrap_err();
        assert!(refused.to_string().ends_with("limits need a finite number"), "{refused}");
    }
    assert!(indirect(&area, &of, Observed::Total(-3.0), &INDIRECT).is_err());
    let no_row = indirect(&area[..1], &of, Observed::Total(3.0), &INDIRECT).unwrap_err();
    assert_eq!(no_row, StandardError::NoRow { band: "1".into() });
}

#[test]
fn the_scottish_variant_gives_zero_for_nothing_and_keeps_events_without_people() {
    let two = standard(&[1.0, 1.0]);
    let none = scottish_rate(&[band(0, 0.0, 5.0)], &two, 2.0, 100.0, MissingFigures::Refuse).unwrap();
    assert_eq!((none.value, none.limits.upper), (0.0, 0.0));
    let bands = [band(0, 5.0, 50.0), band(1, 3.0, 0.0)];
    let lost = scottish_rate(&bands, &two, 2.0, 100.0, MissingFigures::Refuse).unwrap();
    assert_eq!((lost.value, lost.events), (5.0, 8.0));
    for total in [0.0, -1.0, f64::NAN] {
        assert!(scottish_rate(&bands, &two, total, 100.0, MissingFigures::Refuse).is_err());
    }
    // A band without a row in one year is missing there.
    let row = |year, key, x| YearBand { year, band: band(key, x, 10.0) };
    let rows = [row(2019, 0, 1.0), row(2019, 1, 1.0), row(2020, 0, 3.0), row(i32::MIN, 0, 1.0)];
    let rolling = |missing| scottish_rolling_rates(&rows, &two, 2.0, 100.0, 2, missing);
    assert_eq!(rolling(MissingFigures::AsZero).unwrap()[&2020].events, 2.5);
    assert!(matches!(rolling(MissingFigures::Refuse), Err(StandardError::NoRow { .. })));
}

fn keyed(figures: impl Iterator<Item = (f64, f64)>) -> Vec<Band<u32>> {
    figures.enumerate().map(|(key, (events, population))| band(key as u32, events, population)).collect()
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        Just(5e-324),
        -1.0f64..1e6,
        0.0f64..20.0
    ]
}

fn figure() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(0.95, any_number())
}

proptest! {
    #[test]
    fn whatever_comes_in_no_answer_is_infinite_or_no_number(
        rows in prop::collection::vec(
            (figure(), figure(), figure(), figure(), any_number(), 2018i32..2021),
            1..5,
        ),
        per in prop_oneof![Just(1e5), any_number()],
        level in 0.9f64..1.0,
        few in prop_oneof![Just(FewEvents::Give), Just(FewEvents::Withhold)],
        missing in prop_oneof![Just(MissingFigures::Refuse), Just(MissingFigures::AsZero)],
    ) {
        let confidence = Confidence::new(level).unwrap();
        let finite = |figures: &[f64]| figures.iter().all(|x| x.is_finite());
        let bands: Vec<_> = rows.iter().enumerate()
            .map(|(key, row)| Band { key, events: row.0, population: row.1 })
            .collect();
        let repeated: Vec<_> = rows.iter().enumerate()
            .map(|(key, row)| RepeatBand { key, events_each: row.4, persons: row.0, population: row.1 })
            .collect();
        let weights = rows.iter().enumerate().map(|(key, row)| (key, row.4));
        if let Ok(standard) = Standard::new(weights) {
            let settings = DirectSettings { per, confidence, missing, few };
            let once = direct(&bands, &standard, &settings);
            let often = direct_repeated(&repeated, &standard, &settings);
            for found in [once, often].into_iter().flatten() {
                prop_assert!(finite(&[found.events, found.population]), "{:?}", found);
                if let Some(DirectEstimate { value, limits, event }) = found.estimate {
                    let [lower, upper] = limits.map_or([value; 2], |limits| [limits.lower, limits.upper]);
                    prop_assert!(finite(&[value, lower, upper, event.unwrap_or(0.0)]), "{:?}", found);
                }
            }
            let rows: Vec<_> = rows.iter().zip(&bands)
                .map(|(row, band)| YearBand { year: row.5, band: *band })
                .collect();
            for window in [1, 2] {
                let found = scottish_rolling_rates(&rows, &standard, standard.total(), per, window, missing);
                for found in found.into_iter().flat_map(BTreeMap::into_values) {
                    let figures = [found.events, found.population, found.value];
                    prop_assert!(finite(&figures), "{:?}", found);
                    prop_assert!(finite(&[found.limits.lower, found.limits.upper]), "{:?}", found);
                }
            }
        }
        let of: Vec<_> = rows.iter().enumerate()
            .map(|(key, row)| Band { key, events: row.2, population: row.3 })
            .collect();
        if let Ok(reference) = Reference::new(&of, missing) {
            let settings = IndirectSettings { ratio_of: per, per, confidence, missing };
            if let Ok(found) = indirect(&bands, &reference, Observed::OfBands, &settings) {
                let figures = [found.ratio, found.rate].map(|x| [x.value, x.limits.lower, x.limits.upper]);
                prop_assert!(finite(&[found.observed, found.expected, found.reference_rate]), "{:?}", found);
                prop_assert!(finite(&figures.concat()), "{:?}", found);
            }
        }
    }

    #[test]
    fn the_order_of_rows_and_the_unit_of_weights_do_not_matter(
        rows in prop::collection::vec((0.0f64..100.0, 1.0f64..1e6, 1.0f64..100.0), 1..10),
    ) {
        let mut bands = keyed(rows.iter().map(|row| (row.0, row.1)));
        let weights: Vec<_> = rows.iter().map(|row| row.2).collect();
        let there = direct(&bands, &standard(&weights), &SETTINGS).unwrap().estimate.unwrap();
        bands.reverse();
        let weights: Vec<_> = weights.iter().map(|weight| weight * 1024.0).collect();
        let back = direct(&bands, &standard(&weights), &SETTINGS).unwrap().estimate.unwrap();
        prop_assert!((there.value - back.value).abs() <= 1e-14 * there.value);
        if let Some(limits) = there.limits {
            prop_assert!(0.0 <= limits.lower && limits.contains(there.value));
        }
    }

    #[test]
    fn one_event_each_is_what_independent_events_are(
        rows in prop::collection::vec((0.0f64..100.0, 1.0f64..1e6), 1..8),
    ) {
        let weights = standard(&vec![1.0; rows.len()]);
        let bands = keyed(rows.iter().copied());
        let once: Vec<_> = bands.iter()
            .map(|&Band { key, events, population }| {
                RepeatBand { key, events_each: 1.0, persons: events, population }
            })
            .collect();
        let independent = direct(&bands, &weights, &SETTINGS).unwrap();
        prop_assert_eq!(independent.estimate, direct_repeated(&once, &weights, &SETTINGS).unwrap().estimate);
    }
}
