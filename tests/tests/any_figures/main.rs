//! Every public function of the methods takes any figures, finite or not, without a panic, and answers with
//! finite numbers or a reason. A function without a property here fails the last test.
//!
//! `PROPTEST_CASES` says how many sets of figures each function is given; 256 where nothing is said.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod drawn;
mod properties;

use drawn::Drawn;
use kilter_tests::method_functions::method_functions;
use properties::PROPERTIES;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Public functions that take no figure, or are asked together with one above.
const WITHOUT_FIGURES: &[&str] = &[
    "ages.rs all",
    "column.rs",
    "combine.rs",
    "control_chart/mod.rs assurance",
    "control_chart/mod.rs points",
    "control_chart/mod.rs segments",
    "control_chart/mod.rs variation",
    "control_chart/signals.rs",
    "dense.rs",
    "disclosure/hypercube.rs counts",
    "disclosure/hypercube.rs place",
    "disclosure/mod.rs is_withheld",
    "disclosure/mod.rs shown",
    "funnel/curve.rs curve",
    "funnel/mod.rs average",
    "funnel/mod.rs method",
    "funnel/mod.rs points",
    "funnel/mod.rs significance",
    "interval.rs deviate",
    "interval.rs level",
    "run_chart/mod.rs signal",
    "run_chart/rules.rs crossings_too_few",
    "run_chart/rules.rs in_the_cut",
    "run_chart/rules.rs run_too_long",
    "run_chart/rules.rs signal",
    "run_chart/rules.rs trend_too_long",
    "standardised/indirect.rs rate",
    "standardised/mod.rs total",
    "standardised/mod.rs weight",
    "sum.rs since",
    "sum.rs total",
    // Works on what a store holds; its own tests ask for everything.
    "withhold/",
];

fn figure() -> impl Strategy<Value = Option<f64>> {
    let number = prop_oneof![
        4 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN]),
        1 => prop::sample::select(vec![f64::MIN_POSITIVE, 5e-324, -0.0, 0.0, 1.0, 9.999, 10.0, 1e9]),
        6 => 0.0f64..20.0,
        4 => 0.0f64..1e6,
        2 => (0u32..200_000).prop_map(f64::from),
        1 => -1e3f64..1e3,
    ];
    prop::option::weighted(0.94, number)
}

/// Figures most of which a function takes, so that its answers are looked at and not only its refusals.
fn sound() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![3 => 0.0f64..50.0, 3 => 1.0f64..1e6, 1 => (1u32..3000).prop_map(f64::from)].prop_map(Some)
}

proptest! {
    #[test]
    fn any_figures_have_a_finite_answer_or_a_reason(
        figures in prop_oneof![
            prop::collection::vec(figure(), 1..120),
            prop::collection::vec(sound(), 1..120),
        ],
    ) {
        for (name, property) in PROPERTIES {
            let answer = property(&mut Drawn::new(figures.clone()));
            prop_assert!(answer.iter().all(|number| number.is_finite()), "{}: {:?}", name, answer);
        }
    }
}

#[test]
fn every_function_answers_where_its_figures_are_in_order() {
    let mut answered = BTreeSet::new();
    let mut state = 1u64;
    for _ in 0..600 {
        let mut figure = || {
            // Knuth's multiplier: any spread of plain figures will do.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some(((state >> 33) % 3000) as f64 / [1.0, 7.0, 3000.0][(state >> 60) as usize % 3])
        };
        let figures: Vec<_> = (0..90).map(|_| figure()).collect();
        for (name, property) in PROPERTIES {
            if !property(&mut Drawn::new(figures.clone())).is_empty() {
                answered.insert(*name);
            }
        }
    }
    let silent: Vec<_> = PROPERTIES.iter().map(|(name, _)| *name).filter(|n| !answered.contains(n)).collect();
    assert!(silent.is_empty(), "only refusals of {silent:?}");
}

#[test]
fn every_public_function_of_the_methods_has_its_property() {
    let known: BTreeSet<&str> = PROPERTIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(known.len(), PROPERTIES.len(), "a property stands twice");
    let found = method_functions();
    let covered = |name: &str| known.contains(name) || WITHOUT_FIGURES.iter().any(|of| name.starts_with(of));
    let lacking: Vec<_> = found.iter().filter(|name| !covered(name)).collect();
    assert!(lacking.is_empty(), "no property for {lacking:?}");
    let gone: Vec<_> = known.iter().filter(|name| !found.contains(**name)).collect();
    assert!(gone.is_empty(), "there is no {gone:?}");
}
