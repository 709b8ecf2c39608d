//! Each method is reached from the engine through a framework, or there is a reason why it is for tables of one's own.
//! A public function without a line here fails.

use kilter_tests::method_functions::method_functions;
use kilter_tests::project;
use std::collections::BTreeSet;

/// How a function is reached.
enum Reached {
    /// Through these words of a framework or program, as this test or scenario shows.
    By(&'static str, &'static str),
    /// It is a part of how this other function is reached, or a figure of its answer.
    With(&'static str),
    /// It is for tables of one's own, for this reason.
    OwnTables(&'static str),
}

use Reached::{By, OwnTables, With};

/// The functions, by file and name; a name that ends in a blank or a slash stands for all that begin with it.
const FUNCTIONS: &[(&str, Reached)] = &[
    ("ages.rs ", OwnTables("a store holds counts by age group, and no dates of birth")),
    ("column.rs ", With("window.rs over_periods")),
    (
        "combine.rs ",
        By(
            "parts of areas, over_areas",
            "golden_engine_variants.rs rates_and_proportions_of_groups_are_those_of_the_reference",
        ),
    ),
    ("control_chart/mod.rs assurance", With("control_chart/mod.rs of")),
    (
        "control_chart/mod.rs of",
        By(
            "chart, a target",
            "golden_engine_runs.rs control_charts_and_their_icons_are_those_of_the_reference",
        ),
    ),
    ("control_chart/mod.rs points", With("control_chart/mod.rs xmr")),
    ("control_chart/mod.rs segments", With("control_chart/mod.rs xmr")),
    ("control_chart/mod.rs variation", With("control_chart/mod.rs xmr")),
    (
        "control_chart/mod.rs xmr",
        By(
            "chart = { kind = \"xmr\" }",
            "golden_engine_runs.rs control_charts_and_their_icons_are_those_of_the_reference",
        ),
    ),
    (
        "control_chart/shewhart/mod.rs of_ratios",
        By("chart = { kind = \"p\" }", "golden_engine_charts.rs shewhart_charts_are_those_of_the_reference"),
    ),
    (
        "control_chart/shewhart/mod.rs of_values",
        By("chart = { kind = \"c\" }", "golden_engine_charts.rs shewhart_charts_are_those_of_the_reference"),
    ),
    ("control_chart/signals.rs ", With("control_chart/mod.rs xmr")),
    ("dense.rs ", With("window.rs over_periods")),
    (
        "disclosure/",
        OwnTables(
            "a table of counts of one's own; in the engine `suppress` withholds what is small (withhold)",
        ),
    ),
    (
        "funnel/curve.rs curve",
        By(
            "kilter funnel --curve",
            "golden_engine_funnels.rs the_curves_of_funnels_are_those_of_the_reference",
        ),
    ),
    ("funnel/mod.rs average", With("funnel/mod.rs rates")),
    ("funnel/mod.rs method", With("funnel/mod.rs rates")),
    (
        "funnel/mod.rs points",
        OwnTables(
            "where a rate is drawn: its value, and its denominator for one year, are columns of the engine",
        ),
    ),
    (
        "funnel/mod.rs proportions",
        By(
            "kilter funnel of a percentage",
            "golden_engine_funnels.rs areas_stand_in_their_funnels_where_the_reference_has_them",
        ),
    ),
    (
        "funnel/mod.rs rates",
        By(
            "kilter funnel of a rate",
            "golden_engine_funnels.rs areas_stand_in_their_funnels_where_the_reference_has_them",
        ),
    ),
    (
        "funnel/mod.rs ratios",
        By(
            "kilter funnel of a standardised_ratio",
            "golden_engine_funnels.rs areas_stand_in_their_funnels_where_the_reference_has_them",
        ),
    ),
    ("funnel/mod.rs significance", With("funnel/mod.rs rates")),
    (
        "inequality/simd.rs simd",
        By("inequality", "golden_engine.rs inequality_by_deprivation_is_that_of_the_scottish_profiles"),
    ),
    (
        "inequality/slope.rs slope_index",
        By(
            "slope_index",
            "golden_engine_variants.rs slope_indices_are_those_of_the_reference_with_limits_at_any_level",
        ),
    ),
    ("interval.rs byar", By("interval = \"byar\"", "scenario scotpho.toml")),
    ("interval.rs contains", By("compare", "scenario compare-parent-and-earlier.toml")),
    ("interval.rs deviate", With("interval.rs new")),
    ("interval.rs level", With("interval.rs new")),
    (
        "interval.rs new",
        By(
            "--confidence",
            "golden_engine_variants.rs crude_rates_and_proportions_are_those_of_the_reference",
        ),
    ),
    (
        "interval.rs overlaps",
        By("compare = { test = \"interval against interval\" }", "scenario compare-peers.toml"),
    ),
    (
        "interval.rs poisson",
        By(
            "interval = \"poisson\"",
            "golden_engine_variants.rs crude_rates_and_proportions_are_those_of_the_reference",
        ),
    ),
    ("interval.rs poisson_method", With("interval.rs poisson")),
    (
        "interval.rs proportion",
        By("percentage", "golden_engine_variants.rs crude_rates_and_proportions_are_those_of_the_reference"),
    ),
    (
        "interval.rs rate",
        By("rate", "golden_engine_variants.rs crude_rates_and_proportions_are_those_of_the_reference"),
    ),
    (
        "interval.rs wilson",
        By(
            "interval = \"wilson\"",
            "golden_engine_variants.rs crude_rates_and_proportions_are_those_of_the_reference",
        ),
    ),
    (
        "life_expectancy.rs life_expectancy",
        By("life_expectancy", "golden_engine.rs life_expectancies_are_those_of_the_reference"),
    ),
    (
        "quantile.rs quantiles",
        By("quantile", "golden_engine_variants.rs quantiles_of_areas_are_those_of_the_reference"),
    ),
    (
        "rates.rs by_error",
        By(
            "interval = \"student\" and \"chiang\"",
            "golden_engine.rs life_expectancies_are_those_of_the_reference",
        ),
    ),
    (
        "rates.rs mean",
        By(
            "mean, interval = \"student\"",
            "golden_engine.rs means_of_the_figures_of_a_window_are_those_of_the_reference",
        ),
    ),
    (
        "rates.rs pooled",
        By(
            "rate and percentage of areas with parts",
            "golden_engine_variants.rs rates_and_proportions_of_groups_are_those_of_the_reference",
        ),
    ),
    ("rates.rs pooled_by_group", With("rates.rs pooled")),
    (
        "rolling.rs rolling_rates",
        By(
            "frequency, interval_of",
            "golden_engine_variants.rs limits_of_the_mean_of_the_years_are_those_of_the_function",
        ),
    ),
    (
        "rolling.rs scottish_rolling",
        By("scotpho", "golden_engine_variants.rs rolling_rates_of_the_profiles_are_those_of_the_reference"),
    ),
    (
        "rounding.rs half_up",
        By("decimals, comparison = \"as published\"", "scenario compared-as-published.toml"),
    ),
    (
        "run_chart/mod.rs run_chart",
        By("chart = { runs = \"anhoej\" }", "golden_engine_runs.rs run_charts_are_those_of_the_reference"),
    ),
    ("run_chart/mod.rs signal", With("run_chart/mod.rs run_chart")),
    ("run_chart/rules.rs ", With("run_chart/mod.rs run_chart")),
    (
        "run_chart/sustained.rs sustained",
        By("chart = { shifts = ... }", "golden_engine_charts.rs sustained_shifts_are_those_of_the_reference"),
    ),
    (
        "standardised/direct.rs direct",
        By("standardised", "golden_engine.rs directly_standardised_rates_are_those_of_the_reference"),
    ),
    (
        "standardised/direct.rs direct_repeated",
        By(
            "standardised with events_each",
            "golden_engine.rs rates_of_repeated_events_are_those_of_the_reference",
        ),
    ),
    (
        "standardised/indirect.rs ",
        By(
            "standardised_ratio, indirect_rate",
            "golden_engine.rs indirectly_standardised_ratios_and_rates_are_those_of_the_reference",
        ),
    ),
    ("standardised/mod.rs ", With("standardised/direct.rs direct")),
    (
        "standardised/scotland.rs ",
        By(
            "scotpho with a standard",
            "golden_engine_variants.rs rolling_standardised_rates_of_the_profiles_are_those_of_the_reference",
        ),
    ),
    ("sum.rs ", With("rates.rs pooled")),
    ("trend_test.rs five_proportions", By("any interval, yearly values", "scenario trend-five-points.toml")),
    ("trend_test.rs five_rates", By("any interval, yearly values", "scenario trend-five-points.toml")),
    ("window.rs over_periods", By("frequency, over_time", "scenario incomplete-windows.toml")),
    ("withhold/", By("suppress", "scenario small-numbers.toml")),
];

fn covers(line: &str, function: &str) -> bool {
    line == function || (line.ends_with([' ', '/']) && function.starts_with(line))
}

#[test]
fn every_public_function_of_the_methods_is_reached_or_has_its_reason() {
    let all = method_functions();
    for function in &all {
        let lines: Vec<_> =
            FUNCTIONS.iter().map(|(line, _)| *line).filter(|line| covers(line, function)).collect();
        assert_eq!(lines.len(), 1, "{function}: {lines:?}");
    }
    for (line, reached) in FUNCTIONS {
        assert!(all.iter().any(|function| covers(line, function)), "there is no {line}");
        match reached {
            By(words, shown) => {
                assert!(!words.is_empty() && is_there(shown), "{line}: there is no {shown}");
            }
            With(other) => {
                let other = FUNCTIONS.iter().find(|(line, _)| line == other);
                assert!(matches!(other, Some((_, By(..)))), "{line} goes with what is not reached");
            }
            OwnTables(reason) => assert!(!reason.is_empty()),
        }
    }
}

/// Whether a test or scenario is there: `file.rs test_name`, or the last word a scenario file.
fn is_there(shown: &str) -> bool {
    let words: Vec<&str> = shown.split(' ').collect();
    let tests = project().join("tests");
    match words.as_slice() {
        [file, test] if file.ends_with(".rs") => std::fs::read_to_string(tests.join("tests").join(file))
            .is_ok_and(|text| text.contains(&format!("#[test]\nfn {test}()"))),
        [.., scenario] => tests.join("scenarios").join(scenario).is_file(),
        [] => false,
    }
}

#[test]
fn every_calculation_and_interval_of_a_framework_is_shown_by_a_test_through_the_engine() {
    // What a framework may say, as it stands in its schema: none without a figure that a test holds it to.
    let source = project().join("crates/kilter-core/src/framework");
    let read = |file: &str| std::fs::read_to_string(source.join(file)).unwrap_or_default();
    let quoted = |text: &str, from: &str, until: &str| -> BTreeSet<String> {
        let part = text.split(from).nth(1).and_then(|rest| rest.split(until).next()).unwrap_or("");
        part.split('"').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    };
    let calculations = quoted(&read("calculation.rs"), "pub fn name(&self) -> &'static str {", "\n    }\n");
    let intervals = quoted(&read("indicator.rs"), "pub const NAMES: [(&'static str, Self); 8] = [", "];");
    assert!(calculations.len() >= 13 && intervals.len() == 8, "{calculations:?} {intervals:?}");
    let mut shown = String::new();
    let tests = project().join("tests");
    for folder in ["tests", "scenarios"] {
        let entries = std::fs::read_dir(tests.join(folder)).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.is_file()) {
            shown += &std::fs::read_to_string(&path).unwrap_or_default();
        }
    }
    let lacking: Vec<&String> = calculations
        .iter()
        .filter(|name| !shown.contains(&format!("{name} = ")))
        .chain(intervals.iter().filter(|name| !shown.contains(&format!("\"{name}\""))))
        .collect();
    assert!(lacking.is_empty(), "no test through the engine has {lacking:?}");
}
