//! What indices of inequality refuse, and what must hold for any figures.

use super::*;
use crate::method::interval::{Confidence, Interval};
use proptest::prelude::*;

const SETTINGS: SlopeSettings =
    SlopeSettings { values: Values::Plain, towards: Towards::Last, per: 1.0, confidence: Confidence::P95 };

fn groups(values: &[f64], error: f64) -> Vec<Group> {
    let group = |(place, value): (usize, &f64)| Group {
        group: place as u32 + 1,
        population: Some(1000.0 + 100.0 * place as f64),
        value: Some(*value),
        spread: Spread::StandardError(error),
    };
    values.iter().enumerate().map(group).collect()
}

fn width(index: Index) -> f64 {
    index.limits.map_or(f64::NAN, |limits| limits.upper - limits.lower)
}

#[test]
fn the_other_way_round_is_the_opposite_and_the_inverse() {
    for values in [
        Values::Plain,
        Values::Rates(Fit::OfValues),
        Values::Rates(Fit::OfLogarithms),
        Values::Proportions(Fit::OfValues),
        Values::Proportions(Fit::OfLogarithms),
    ] {
        let groups = groups(&[0.5, 0.4, 0.37, 0.3, 0.2], 0.02);
        let there = slope_index(&groups, &SlopeSettings { values, ..SETTINGS }).unwrap();
        let back =
            slope_index(&groups, &SlopeSettings { values, towards: Towards::First, ..SETTINGS }).unwrap();
        let (one, other) = (there.slope.limits.unwrap(), back.slope.limits.unwrap());
        assert_eq!(
            (there.slope.value, one.lower, one.upper),
            (-back.slope.value, -other.upper, -other.lower)
        );
        let (one, other) = (there.relative.unwrap(), back.relative.unwrap());
        assert!((one.value * other.value - 1.0).abs() < 1e-15);
        assert!((one.limits.unwrap().lower * other.limits.unwrap().upper - 1.0).abs() < 1e-15);
    }
}

#[test]
fn all_ways_of_limits_agree_where_values_are_sure() {
    let values = [200.0, 180.0, 150.0, 140.0, 100.0];
    let plain: Vec<_> = groups(&values, 0.0)
        .into_iter()
        .map(|group| Group { spread: Spread::StandardError(0.001 * group.value.unwrap()), ..group })
        .collect();
    let plain = slope_index(&plain, &SETTINGS).unwrap();
    let with = |fit| {
        let settings = SlopeSettings { values: Values::Rates(fit), ..SETTINGS };
        slope_index(&groups(&values, 0.001), &settings).unwrap()
    };
    let of_values = with(Fit::OfValues);
    assert!((width(plain.slope) / width(of_values.slope) - 1.0).abs() < 1e-4);
    let ratios = [plain, of_values].map(|found| width(found.relative.unwrap()));
    assert!((ratios[0] / ratios[1] - 1.0).abs() < 1e-4, "{ratios:?}");
    // A ratio of logarithms has the limits of the slope.
    let settings = SlopeSettings { values: Values::Rates(Fit::OfLogarithms), ..SETTINGS };
    let found = slope_index(&groups(&values, 0.1), &settings).unwrap().relative.unwrap();
    let (limits, line) =
        (found.limits.unwrap(), Line::through(&ranked(&[1000.0, 1100.0, 1200.0, 1300.0, 1400.0])));
    let error = 0.1 * total(line.to_slope.iter().map(|x| x * x)).sqrt();
    let z = Confidence::P95.deviate();
    assert!((limits.upper / (found.value * (z * error).exp()) - 1.0).abs() < 1e-9, "{limits:?}");
    assert!((limits.lower / (found.value * (-z * error).exp()) - 1.0).abs() < 1e-9, "{limits:?}");
}

#[test]
fn the_limits_of_a_ratio_are_fiellers() {
    let groups = groups(&[75.0, 76.0, 79.0, 80.0, 83.0], 3.0);
    let found = slope_index(&groups, &SETTINGS).unwrap().relative.unwrap();
    let line = Line::through(&ranked(&[1000.0, 1100.0, 1200.0, 1300.0, 1400.0]));
    let z = Confidence::P95.deviate();
    for ratio in [found.limits.unwrap().lower, found.limits.unwrap().upper] {
        let factors: Vec<_> =
            line.to_start.iter().zip(&line.to_slope).map(|(i, s)| s + (1.0 - ratio) * i).collect();
        let at = weighed(&factors, &[75.0, 76.0, 79.0, 80.0, 83.0]);
        let error = 3.0 * total(factors.iter().map(|x| x * x)).sqrt();
        assert!((at.abs() / error / z - 1.0).abs() < 1e-9, "{ratio}");
    }
}

#[test]
fn values_that_are_too_unsure_have_an_index_without_limits() {
    let rates = SlopeSettings { values: Values::Rates(Fit::OfValues), ..SETTINGS };
    let wild = slope_index(&groups(&[5.0, 4.0, 3.0, 2.0, 1.0], 3.0), &rates).unwrap();
    assert_eq!(wild.slope.limits, None);
    let about_zero = slope_index(&groups(&[1.0, 2.0, 3.0, 4.0, 5.0], 3.0), &SETTINGS).unwrap();
    assert!(about_zero.slope.limits.is_some());
    assert!(about_zero.relative.is_some_and(|index| index.limits.is_none()));
    let below = slope_index(&groups(&[-5.0, -4.0, -3.0, -2.0, -1.0], 0.1), &SETTINGS).unwrap();
    assert_eq!(below.relative, None);
}

#[test]
fn what_makes_no_index_says_why() {
    let five = groups(&[0.1, 0.2, 0.3, 0.4, 0.5], 0.1);
    let refused =
        |groups: &[Group], values| slope_index(groups, &SlopeSettings { values, ..SETTINGS }).unwrap_err();
    let few = refused(&five[..4], Values::Plain);
    assert_eq!(few.to_string(), "there are 4 groups: an index of inequality takes 5 to 100");
    let with = |change: &dyn Fn(&mut Group), values| {
        let mut groups = five.clone();
        change(&mut groups[2]);
        refused(&groups, values)
    };
    let odds = Values::Proportions(Fit::OfValues);
    assert_eq!(with(&|group| group.group = 6, odds), NoIndex::BadGroup { row: 2, group: 6, groups: 5 });
    assert_eq!(with(&|group| group.group = 0, odds), NoIndex::BadGroup { row: 2, group: 0, groups: 5 });
    assert_eq!(with(&|group| group.group = 1, odds), NoIndex::BadGroup { row: 2, group: 1, groups: 5 });
    let one = with(&|group| group.value = Some(1.0), odds);
    assert_eq!(one, NoIndex::NoOdds { row: 2, what: "value", found: 1.0 });
    let missing = NoIndex::Figures(RowError::Missing { row: 2, what: "value" });
    assert_eq!(with(&|group| group.value = None, Values::Plain), missing);
    let zero = with(&|group| group.value = Some(0.0), Values::Rates(Fit::OfValues));
    assert_eq!(zero.to_string(), "row 2: the value is 0: it has to be above zero");
    let turned = with(&|group| group.spread = Spread::Limits95(Interval { lower: 0.4, upper: 0.2 }), odds);
    assert_eq!(turned, NoIndex::LimitsTurned { row: 2, lower: 0.4, upper: 0.2 });
    let negative = with(&|group| group.spread = Spread::StandardError(-1.0), odds);
    assert!(matches!(negative, NoIndex::Figures(RowError::Bad { row: 2, .. })));
}

#[test]
fn a_group_without_a_rate_is_left_out_only_where_that_was_said() {
    let group = |(group, rate)| DeprivationGroup { group, rate, population: Some(1000.0) };
    let groups = [(5, Some(10.0)), (1, Some(40.0)), (2, None), (3, Some(20.0)), (4, Some(15.0))].map(group);
    let of = |missing| simd(&groups, Deprivation::Quintiles, 21.0, missing, Confidence::P95);
    let refused = of(MissingRate::Refuse).unwrap_err();
    assert_eq!(refused, NoIndex::Figures(RowError::Missing { row: 2, what: "rate" }));
    let found = of(MissingRate::LeaveOut).unwrap();
    assert!((found.slope.value - 37.857_142_857_142_85).abs() < 1e-12);
    assert_eq!((found.attributable_percent, found.relative_range), (None, Some(4.0)));
    let zero = simd(&groups, Deprivation::Quintiles, 0.0, MissingRate::LeaveOut, Confidence::P95);
    assert!(zero.is_err());
    assert!(simd(&groups, Deprivation::Deciles, 21.0, MissingRate::LeaveOut, Confidence::P95).is_err());
}

fn figure() -> impl Strategy<Value = Option<f64>> {
    let number = prop_oneof![
        2 => any::<f64>(),
        1 => Just(0.0),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
        8 => 0.01f64..0.99,
        8 => 1.0f64..1e5,
    ];
    prop::option::weighted(0.98, number)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_comes_in_no_answer_is_infinite_or_no_number(
        rows in prop::collection::vec((figure(), figure(), figure()), 5),
        proper in any::<bool>(),
        per in prop_oneof![Just(1.0), any::<f64>()],
        level in 0.9f64..0.999,
    ) {
        let confidence = Confidence::new(level).unwrap();
        let clean = |figure: Option<f64>, most: f64| {
            if proper { figure.map(|x| x.abs().clamp(1e-3, most)) } else { figure }
        };
        let groups: Vec<_> = rows.iter().enumerate().map(|(place, row)| Group {
            group: place as u32 + 1,
            population: clean(row.0, 1e9),
            value: clean(row.1, 0.9),
            spread: Spread::StandardError(clean(row.2, 2.0).unwrap_or(0.1)),
        }).collect();
        let sound = |index: &Index| index.value.is_finite()
            && index.limits.is_none_or(|limits| limits.lower.is_finite() && limits.upper.is_finite());
        for values in [
            Values::Plain,
            Values::Rates(Fit::OfValues),
            Values::Rates(Fit::OfLogarithms),
            Values::Proportions(Fit::OfValues),
            Values::Proportions(Fit::OfLogarithms),
        ] {
            for towards in [Towards::First, Towards::Last] {
                let settings = SlopeSettings { values, towards, per, confidence };
                if let Ok(found) = slope_index(&groups, &settings) {
                    prop_assert!(sound(&found.slope) && found.start.is_finite(), "{:?}", found);
                    prop_assert!(found.relative.iter().all(sound), "{:?}", found);
                }
            }
        }
        let deprived: Vec<_> = groups.iter()
            .map(|&Group { group, value, population, .. }| {
                DeprivationGroup { group, rate: value, population }
            })
            .collect();
        let all = rows[0].2.unwrap_or(1.0);
        if let Ok(found) = simd(&deprived, Deprivation::Quintiles, all, MissingRate::LeaveOut, confidence) {
            let figures = [
                found.slope.value, found.slope.limits.lower, found.slope.limits.upper, found.relative.value,
                found.relative.limits.lower, found.relative.limits.upper, found.relative_percent,
                found.attributable_percent.unwrap_or(0.0), found.absolute_range.unwrap_or(0.0),
                found.relative_range.unwrap_or(0.0),
            ];
            prop_assert!(figures.iter().all(|x| x.is_finite()), "{:?}", found);
        }
    }
}
